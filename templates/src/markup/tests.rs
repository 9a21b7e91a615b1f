use proptest::prelude::*;

use super::*;
use crate::document::{Border, Code, CodeKind, Column, Font, Level, Picture, Row, Span, Width};

fn row(line: &str) -> Vec<(Align, String)> {
    let parsed = parse(line);
    let [Block::Row(row)] = parsed.document.blocks.as_slice() else {
        panic!("{line:?} is no row: {:?}", parsed.document.blocks)
    };
    let document = &parsed.document;
    let columns = document.columns(row).iter();
    columns
        .map(|column| (column.align, plain(document, column)))
        .collect()
}

fn plain(document: &Document, column: &Column) -> String {
    let lines = document.lines(column);
    let lines = lines.map(|line| line.map(|span| span.text).collect());
    lines.collect::<Vec<String>>().join("/")
}

fn looks(line: &str) -> Vec<String> {
    let parsed = parse(line);
    let [Block::Row(row)] = parsed.document.blocks.as_slice() else {
        panic!("{line:?} is no row")
    };
    let look = |span: Span| {
        let style = span.style;
        let flags = [
            (style.bold, 'b'),
            (style.underline, 'u'),
            (style.inverse, 'i'),
        ];
        let flags: String = flags
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, flag)| flag)
            .collect();
        format!("{}:{flags}{}x{}", span.text, style.wide, style.high)
    };
    let columns = parsed.document.columns(row).iter();
    let lines = columns.flat_map(|column| parsed.document.lines(column));
    lines.flatten().map(look).collect()
}

fn notes(markup: &str) -> Vec<String> {
    let note = |note: Note| format!("{}:{} {}", note.line, note.column, note.what);
    parse(markup).notes.into_iter().map(note).collect()
}

#[test]
fn a_column_leans_to_the_pipe_that_it_touches() {
    use Align::{Center, Left, Right};
    for (line, columns) in [
        ("Total", vec![(Center, "Total")]),
        ("  Total  ", vec![(Center, "Total")]),
        ("|Total", vec![(Left, "Total")]),
        ("Total|", vec![(Right, "Total")]),
        ("|Total|", vec![(Center, "Total")]),
        ("| Total|", vec![(Right, "Total")]),
        ("|Total |19.00|", vec![(Left, "Total"), (Center, "19.00")]),
        ("Total | 19.00", vec![(Left, "Total"), (Right, "19.00")]),
        ("Total|19.00", vec![(Right, "Total"), (Left, "19.00")]),
        ("|Total |19.00", vec![(Left, "Total"), (Left, "19.00")]),
        (
            "|a | b | 1|",
            vec![(Left, "a"), (Center, "b"), (Right, "1")],
        ),
        ("||x|", vec![(Center, ""), (Center, "x")]),
        ("|", vec![(Center, "")]),
        ("", vec![(Center, "")]),
    ] {
        let expected: Vec<_> = columns
            .into_iter()
            .map(|(align, text)| (align, text.to_owned()))
            .collect();
        let markup = if line.is_empty() { "\n\n" } else { line };
        if line.is_empty() {
            assert_eq!(parse(markup).document.blocks.len(), 2);
        } else {
            assert_eq!(row(line), expected, "{line:?}");
        }
    }
}

#[test]
fn toggles_change_the_look_until_they_come_again() {
    assert_eq!(looks(r#"a"b"c"#), ["a:1x1", "b:b1x1", "c:1x1"]);
    assert_eq!(looks("_a`b`_"), ["a:u1x1", "b:ui1x1"]);
    assert_eq!(looks("^a^b^^c^^^d"), ["a:2x1", "b:1x1", "c:1x2", "d:2x2"]);
    assert_eq!(looks("^^^^^^^^^a"), ["a:6x6"]);
    assert_eq!(looks("\"a|b\""), ["a:b1x1", "b:1x1"]);
}

#[test]
fn escaped_characters_are_printed_and_change_nothing() {
    assert_eq!(
        row(r#"\|\{\}\\\_\"\`\^\~\-\="#),
        [(Align::Center, "|{}\\_\"`^~-=".to_owned())]
    );
    assert_eq!(
        row(r"a\nb~c\x41\xe9"),
        [(Align::Center, "a/b cA\u{e9}".to_owned())]
    );
    assert_eq!(row(r"\-\-\-"), [(Align::Center, "---".to_owned())]);
    assert_eq!(
        notes(r"\q \x4 \"),
        [
            "1:1 \\q means nothing special; write \\\\ for a backslash",
            "1:4 \\x wants two hexadecimal digits, such as \\x41",
            "1:8 a backslash at the end means nothing; write \\\\ for a backslash",
        ]
    );
}

#[test]
fn rules_and_cuts_stand_alone_in_their_line() {
    let blocks = parse("-\n---\n=\n--x").document.blocks;
    assert!(matches!(
        blocks.as_slice(),
        [
            Block::Rule(_),
            Block::Rule(_),
            Block::Cut(Cut::Partial),
            Block::Row(_)
        ]
    ));
}

#[test]
fn a_property_holds_until_it_is_changed() {
    let blocks = parse("{width:*,10; border:line; align:left}\na\n{w:auto;b:2;a:right}\nb")
        .document
        .blocks;
    let [Block::Row(first), Block::FrameEnd, Block::Row(second)] = blocks.as_slice() else {
        panic!("{blocks:?}")
    };
    assert_eq!(first.frame.widths, [Width::Share, Width::Characters(10)]);
    assert_eq!(
        (first.frame.border, first.frame.align),
        (Border::Line, Align::Left)
    );
    assert_eq!(
        *second.frame,
        Frame {
            align: Align::Right,
            widths: vec![],
            border: Border::Space(2),
            ..Frame::default()
        }
    );
}

#[test]
fn a_code_takes_the_options_of_its_own_line() {
    let blocks = parse(r"{code:A\;1\x41; option:qrcode,6,h}|")
        .document
        .blocks;
    let [Block::Code(code)] = blocks.as_slice() else {
        panic!("{blocks:?}")
    };
    assert_eq!(
        (code.data.as_str(), code.look.kind, code.align),
        ("A;1A", CodeKind::Qr, Align::Right)
    );
    assert_eq!((code.look.cell, code.look.level), (6, Level::H));
}

#[test]
fn our_own_words_are_properties_too() {
    let blocks = parse("{x-mark}\n{x-wrap:word}\nx\n{x-feed:3}\n{x-cut:full}\n{x-drawer}")
        .document
        .blocks;
    assert!(matches!(
        blocks.as_slice(),
        [
            Block::Mark,
            Block::Row(Row {
                wrap: Wrap::Words,
                ..
            }),
            Block::Feed(3),
            Block::Cut(Cut::Full),
            Block::Drawer
        ]
    ));
}

#[test]
fn raw_commands_stay_off_until_the_owner_turns_them_on() {
    let parsed = parse("{command:\\x1bp\\x00}\n{x:\\x1b}");
    assert_eq!(parsed.document.blocks, []);
    assert_eq!(
        notes("{command:\\x1bp\\x00}"),
        [
            "1:2 raw printer commands are off, so this one is left out; whoever owns the template can write {x-commands:on} in a line before it"
        ]
    );
    let parsed =
        parse("{x-commands:on}\n{command:\\x1bp\\x00\\n\\;\\xff}\n{x-commands:off}\n{x:\\x07}");
    assert_eq!(
        parsed.document.blocks,
        [Block::Command(b"\x1bp\x00\n;\xff".to_vec())]
    );
    assert_eq!(parsed.notes.len(), 1);
    let parsed = parse("{x-commands:on}\n{x:\\x1b\u{20ac}}");
    assert_eq!((parsed.document.blocks.len(), parsed.notes.len()), (0, 1));
}

#[test]
fn settings_of_our_own_hold_until_they_are_changed() {
    let made = frames(
        "{x-font:b; x-dir:rtl; x-lang:zh-Hant}\na\nb\n{x-font:a; x-dir:auto; x-lang:}\nc\n{x-dir:ltr}\nd",
    );
    let other = Frame {
        font: Font::B,
        direction: Direction::RightToLeft,
        language: Some("zh-Hant".into()),
        ..Frame::default()
    };
    let last = Frame {
        direction: Direction::LeftToRight,
        ..Frame::default()
    };
    assert_eq!(made, [other.clone(), other, Frame::default(), last]);
}

/// Of the rows.
fn frames(markup: &str) -> Vec<Frame> {
    let mut frames = Vec::new();
    for block in parse(markup).document.blocks {
        if let Block::Row(row) = block {
            frames.push(Frame::clone(&row.frame));
        }
    }
    frames
}

#[test]
fn pictures_are_named_or_pasted() {
    let image = |markup: &str| {
        let Block::Image(image) = parse(markup).document.blocks.remove(0) else {
            panic!("{markup} is no picture")
        };
        image
    };
    let logo = image("{x-image:logo; x-dither:atkinson}|");
    assert_eq!(logo.picture, Picture::Named("logo".to_owned()));
    assert_eq!((logo.align, logo.dither), (Align::Right, Dither::Atkinson));
    for pasted in ["{image:AQID+A==}", "{i:AQID+A}", "{i:AQ ID-+A==}"] {
        let bytes = Picture::Inline(Arc::from([1, 2, 3, 0xf8]));
        assert_eq!(image(pasted).picture, bytes, "{pasted}");
    }
}

#[test]
fn two_more_codes_take_the_options_of_the_others() {
    let markup = "{option:qrcode,5,h}\n{x-pdf417:A\\;B}\n{x-datamatrix:C; option:8}\n{c:D}";
    let blocks = parse(markup).document.blocks;
    let [Block::Code(pdf417), Block::Code(matrix), Block::Code(bars)] = blocks.as_slice() else {
        panic!("{blocks:?}")
    };
    let said = |code: &Code| (code.data.clone(), code.look.kind, code.look.cell);
    assert_eq!(said(pdf417), ("A;B".to_owned(), CodeKind::Pdf417, 5));
    assert_eq!(said(matrix), ("C".to_owned(), CodeKind::DataMatrix, 8));
    assert_eq!(said(bars), ("D".to_owned(), CodeKind::Code128, 8));
}

#[test]
fn unknown_values_of_our_own_words_are_named() {
    let lines = [
        "{x-buzzer:10}",
        "{x-font:c}",
        "{x-dir:up}",
        "{x-lang:!}",
        "{x-dither:x}",
        "{x-image:}",
        "{x-commands:yes}",
        "{x-feed:0}",
    ];
    let notes = notes(&lines.join("\n"));
    assert_eq!(notes.len(), lines.len(), "{notes:?}");
    for (place, (note, line)) in notes.iter().zip(lines).enumerate() {
        let inner = &line[1..line.len() - 1];
        let wanted = format!("{}:2 {inner} is not known; write ", place + 1);
        assert!(note.starts_with(&wanted), "{note}");
    }
    assert!(self::notes("{o:qr}")[0].starts_with("1:2 the option qr is not known; write"));
}

#[test]
fn the_buzzer_sounds_where_the_markup_says_so() {
    assert_eq!(parse("{x-buzzer:3}").document.blocks, [Block::Buzzer(3)]);
}

#[test]
fn a_width_that_is_left_out_hides_its_column() {
    use Width::{Characters, Share};
    let widths = |markup: &str| frames(markup).remove(0).widths;
    assert_eq!(
        widths("{width:*,,2 10}\na"),
        [Share, Characters(0), Characters(2), Characters(10)]
    );
    assert_eq!(widths("{width: 4, 8 }\na"), [Characters(4), Characters(8)]);
}

#[test]
fn what_is_not_understood_is_named_with_its_place() {
    assert_eq!(
        notes("ok\n{align:middle; colour:red}\na|{width:3}|b\n{image:???}\n{x-feed:x}"),
        [
            "2:2 align:middle is not known; write align:left, align:center or align:right",
            "2:16 the property colour is not known and is left out",
            "3:3 a property stands alone in its line; it is left out here",
            "4:2 the image is not base64 and is left out",
            "5:2 x-feed:x is not known; write x-feed:1 to x-feed:255",
        ]
    );
}

#[test]
fn text_with_braces_is_printed_as_it_stands() {
    assert_eq!(row("a {b} c"), [(Align::Center, "a {b} c".to_owned())]);
    assert_eq!(row("{a}{b}"), [(Align::Center, "{a}{b}".to_owned())]);
}

#[test]
fn a_tab_is_a_space_and_whatever_ends_a_row_in_other_programs_ends_it_here() {
    for row_end in [
        "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}", "\\x0b", "\\x0c", "\\x85",
    ] {
        let markup = format!("|no\tonion{row_end}extra |1\n");
        assert_eq!(row(&markup), row("|no onion\\nextra |1\n"), "{row_end:?}");
    }
}

#[test]
fn control_characters_become_visible_and_nothing_else() {
    assert_eq!(
        row("a\u{1b}p\u{7}\tb\\x1b\u{9b}"),
        [(
            Align::Center,
            "a\u{fffd}p\u{fffd} b\u{fffd}\u{fffd}".to_owned()
        )]
    );
    assert_eq!(
        row("Ame\u{301}lie"),
        [(Align::Center, "Am\u{e9}lie".to_owned())]
    );
}

#[test]
fn every_kind_of_line_break_ends_a_line() {
    assert_eq!(parse("a\r\nb\rc\n").document.blocks.len(), 3);
    assert_eq!(parse("").document.blocks, []);
    assert_eq!(parse("\u{feff}{x-mark}").document.blocks, [Block::Mark]);
}

proptest! {
    #[test]
    fn any_text_becomes_a_document_without_control_characters(markup in "(?s).{0,200}") {
        let document = parse(&markup).document;
        prop_assert!(!document.text().contains(char::is_control), "{:?}", document.text());
    }

    #[test]
    fn any_heap_of_marks_becomes_a_document(markup in r#"[-|{}\\_"`^~=;:,a1nx*\n ]{0,80}"#) {
        parse(&markup);
    }
}
