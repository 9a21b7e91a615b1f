use proptest::prelude::*;

use super::*;
use crate::markup::parse;

fn sheet(markup: &str, columns: u32, pass: &Pass) -> Result<Sheet<'static>, EncodeError> {
    let profile = Profile::named("generic-80").unwrap().with_columns(columns);
    // A test has little enough text to keep it.
    let document = Box::leak(Box::new(parse(markup).document));
    lay_out(document, &profile, pass)
}

fn text(markup: &str, columns: u32) -> String {
    let profile = Profile::named("generic-80").unwrap().with_columns(columns);
    crate::to_text(&parse(markup).document, &profile, &Pass::default()).unwrap()
}

#[test]
fn columns_share_the_paper_and_long_names_break_between_words() {
    let markup = "{x-wrap:word;width:*,8}\n|Pizza Margherita with basil | 19.00\n|Tiramisù | 5.50\n-\n{width:auto}\n|a | b | c|\nThanks";
    insta::assert_snapshot!(text(markup, 24), @r"
    Pizza              19.00
    Margherita with
    basil
    Tiramisù            5.50
    ────────────────────────
    a          b           c
             Thanks
    ");
}

#[test]
fn black_text_that_breaks_has_space_inside_both_edges_or_inside_none() {
    let black = "{x-wrap:word}\n|`~To pay by card 62,20~`";
    assert_eq!(text(black, 22), " To pay by card 62,20\n");
    assert_eq!(text(black, 21), "To pay by card 62,20\n");
    assert_eq!(text(black, 18), "To pay by card\n62,20\n");
    // A step to the right was written on purpose, and so was white space.
    for other in ["`~To pay by card 62,20`", "~To pay by card 62,20~"] {
        let markup = format!("{{x-wrap:word}}\n|{other}");
        assert_eq!(text(&markup, 18), " To pay by card\n62,20\n");
    }
}

#[test]
fn plain_receiptline_breaks_between_characters() {
    assert_eq!(
        text("|abcdefghijklmnopqrstuvwxyz", 16),
        "abcdefghijklmnop\nqrstuvwxyz\n"
    );
}

#[test]
fn wide_characters_take_two_cells_and_punctuation_stays_with_its_word() {
    insta::assert_snapshot!(text("{x-wrap:word;width:*,6}\n|餃子とチャーハン、大盛り。 | 2400", 20), @r"
    餃子とチャー    2400
    ハン、大盛
    り。
    ");
}

#[test]
fn tables_have_lines_around_and_between_their_columns() {
    insta::assert_snapshot!(text("{border:line;width:6,6;align:left}\n-\n|a | 1|\n-\n{width:3,*,4}\n|b |c | 2|\n=\n|d |e | 3|\n-\n{border:space}\nend", 20), @r"
    ┌──────┬──────┐
    │a     │     1│
    ├───┬──┴──────┼────┐
    │b  │c        │   2│
    └───┴─────────┴────┘
    = = = = = = = = = =
    ┌───┬─────────┬────┐
    │d  │e        │   3│
    └───┴─────────┴────┘
    end
    ");
}

#[test]
fn columns_that_a_row_lacks_are_empty() {
    insta::assert_snapshot!(text("{width:4,*,6}\n|ab |cd | 1.00\n|ab |cd\nab\n|{width:*,1,2,3,4,5,6,7,8,9}\nab|\n{width:auto}\nab", 20), @r"
    ab   cd         1.00
    ab   cd
     ab
    a
    b
             ab
    ");
}

#[test]
fn more_widths_than_paper_are_no_fault_of_the_rows() {
    let widths = vec!["1"; 40].join(",");
    assert_eq!(text(&format!("{{width:{widths}}}\n|a|b"), 20), "a b\n");
}

#[test]
fn an_amount_that_has_no_room_beside_its_text_stands_alone_below_it() {
    let long = "1 234 567 890 123,45 €".replace(' ', "\u{a0}");
    for property in ["x-wrap:word", "text:wrap", "text:nowrap"] {
        let markup = format!("{{{property};width:*,9}}\n|Total | {long}\n|Tea | 2,00");
        assert_eq!(
            text(&markup, 32),
            format!("Total\n          {long}\nTea                         2,00\n"),
            "{property}"
        );
    }
}

#[test]
fn an_amount_without_a_place_to_break_is_refused_rather_than_cut() {
    let long = "1".repeat(90);
    for property in ["x-wrap:word", "text:wrap", "text:nowrap"] {
        let markup = format!("{{{property};width:*,9}}\n|Total | {long}");
        let error = sheet(&markup, 32, &Pass::default());
        let wanted = EncodeError::TooNarrow {
            text: long.clone(),
            columns: 9,
            paper: 32,
        };
        assert_eq!(error, Err(wanted), "{property}");
    }
}

#[test]
fn a_wide_amount_becomes_narrow_rather_than_break() {
    assert_eq!(
        text("{width:*,10}\n|^TOTAL | ^53,40 €", 32),
        "TOTAL                    53,40 €\n"
    );
}

#[test]
fn a_row_with_more_columns_than_paper_is_refused() {
    let many = vec!["1"; 40].join("|");
    assert_eq!(
        sheet(&many, 32, &Pass::default()),
        Err(EncodeError::TooManyColumns {
            columns: 40,
            paper: 32
        })
    );
}

#[test]
fn columns_beyond_the_list_share_the_rest_and_zero_hides() {
    assert_eq!(
        text("{width:4,0}\n|abcd |hidden | 12.00", 20),
        "abcd           12.00\n"
    );
}

#[test]
fn a_mark_stands_at_its_place_or_else_first() {
    let pass = Pass {
        mark: Mark::Copy,
        copy: 2,
        ..Pass::default()
    };
    let profile = Profile::named("generic-80").unwrap();
    let text = |markup: &str, pass: &Pass| {
        crate::to_text(&parse(markup).document, &profile, pass).unwrap()
    };
    assert!(
        text("a\n{x-mark}\nb", &pass)
            .lines()
            .nth(1)
            .unwrap()
            .contains("COPY 2")
    );
    assert!(
        text("a\nb", &pass)
            .lines()
            .next()
            .unwrap()
            .contains("COPY 2")
    );
    for (mark, backup, rows) in [
        (Mark::Reprint, None, &["REPRINT"] as &[_]),
        (
            Mark::ReprintMaybeDuplicate,
            None,
            &["REPRINT - may be a duplicate"],
        ),
        (Mark::None, Some("Kitchen"), &["BACKUP FOR Kitchen"]),
        (
            Mark::Reprint,
            Some("Kitchen"),
            &["BACKUP FOR Kitchen", "REPRINT"],
        ),
    ] {
        let pass = Pass {
            mark,
            backup_for: backup.map(str::to_owned),
            ..Pass::default()
        };
        let paper = text("{x-mark}\n{x-mark}", &pass);
        let shown: Vec<_> = paper.lines().map(str::trim).collect();
        assert_eq!(shown, rows);
    }
    assert_eq!(text("{x-mark}\na", &Pass::default()).trim(), "a");
}

#[test]
fn a_mark_is_big_and_bold_on_any_paper() {
    let pass = Pass {
        mark: Mark::ReprintMaybeDuplicate,
        ..Pass::default()
    };
    for columns in [16, 32, 48] {
        let sheet = sheet("x", columns, &pass).unwrap();
        let Line::Text(line) = &sheet.lines[0] else {
            panic!("no text")
        };
        assert!(
            line.pieces
                .iter()
                .flat_map(|piece| &piece.spans)
                .all(|span| span.style.bold && span.style.high == 2)
        );
    }
}

#[test]
fn every_ticket_ends_with_one_cut() {
    let cuts = |markup: &str| {
        let lines = sheet(markup, 48, &Pass::default()).unwrap().lines;
        lines
            .iter()
            .map(|line| {
                if matches!(line, Line::Cut(_)) {
                    '='
                } else {
                    '.'
                }
            })
            .collect::<String>()
    };
    assert_eq!(cuts("a"), ".=");
    assert_eq!(cuts("a\n="), ".=");
    assert_eq!(cuts("a\n=\nb"), ".=.=");
    assert_eq!(cuts(""), "=");
}

#[test]
fn the_drawer_opens_once_and_only_for_the_first_paper_of_a_ticket() {
    let drawers = |markup: &str, drawer: bool, copy: u32| {
        let pass = Pass {
            drawer,
            copy,
            ..Pass::default()
        };
        let lines = sheet(markup, 48, &pass).unwrap().lines;
        lines.iter().filter(|line| **line == Line::Drawer).count()
    };
    assert_eq!(drawers("a\n{x-drawer}\n{x-drawer}", true, 0), 1);
    assert_eq!(drawers("a", true, 0), 1);
    assert_eq!(drawers("a\n{x-drawer}", false, 0), 0);
    assert_eq!(drawers("a\n{x-drawer}", true, 1), 0);
}

#[test]
fn a_note_of_100_kilobytes_is_laid_out() {
    let note = "no onions please, ".repeat(6_000);
    let sheet = sheet(&format!("{{x-wrap:word}}\n|{note}"), 48, &Pass::default()).unwrap();
    assert!(sheet.lines.len() > 2_000);
    assert!(sheet_fits(&sheet, 48));
}

fn sheet_fits(sheet: &Sheet, columns: u32) -> bool {
    let profile = Profile::named("generic-80").unwrap().with_columns(columns);
    sheet.lines.iter().all(|line| {
        let Line::Text(TextLine { pieces, font, .. }) = line else {
            return true;
        };
        let paper = profile.columns_of(*font);
        let mut end = 0;
        pieces.iter().all(|piece| {
            let apart = piece.x >= end && piece.text_width() <= piece.width;
            end = piece.x + piece.width;
            apart && end <= paper
        })
    })
}

proptest! {
    #[test]
    fn columns_never_overlap_and_nothing_stands_beside_the_paper(
        rows in prop::collection::vec(r#"[ |a-z0-9^"ñ餃دя.-]{0,60}"#, 1..8),
        widths in "(auto|\\*|\\*,8|10,\\*,6|3,3,3|0,\\*)",
        border in "(line|0|1|2)",
        columns in 16_u32..64,
    ) {
        let markup = format!("{{x-wrap:word;width:{widths};border:{border}}}\n{}", rows.join("\n"));
        if let Ok(sheet) = sheet(&markup, columns, &Pass::default()) {
            prop_assert!(sheet_fits(&sheet, columns), "{sheet:?}");
        }
    }

    #[test]
    fn no_letter_of_a_text_is_lost_by_wrapping(text in "[a-zäß餃 0-9]{1,120}", words in any::<bool>(), columns in 16_u32..40) {
        let wrap = if words { "word" } else { "char" };
        let profile = Profile::named("generic-80").unwrap().with_columns(columns);
        let document = parse(&format!("{{x-wrap:{wrap}}}\n|{text}|")).document;
        let paper = crate::to_text(&document, &profile, &Pass::default()).unwrap();
        let letters = |text: &str| text.chars().filter(|character| !character.is_whitespace()).collect::<String>();
        prop_assert_eq!(letters(&paper), letters(&text));
    }
}

mod breaking;
