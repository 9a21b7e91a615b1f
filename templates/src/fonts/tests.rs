use std::sync::LazyLock;

use super::*;

/// One for all tests: listing the fonts of the PC takes a while.
static SHARED: LazyLock<Fonts> = LazyLock::new(unopened);

pub(crate) fn fonts() -> Fonts {
    SHARED.clone()
}

pub(crate) fn unopened() -> Fonts {
    Fonts::in_folder(Some(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts").into(),
    ))
}

fn cells_of(text: &str) -> (u32, Bitmap) {
    let mut paper = Bitmap::new(200, 40);
    let width = fonts()
        .draw_cells(&mut paper, (0, 8), text, (12, 24), Style::default(), "ja")
        .unwrap();
    (width, paper)
}

fn black(paper: &Bitmap, x: u32, width: u32) -> usize {
    (x..x + width)
        .map(|x| (0..paper.height()).filter(|y| paper.get(x, *y)).count())
        .sum()
}

#[test]
fn each_character_stands_in_its_own_cells() {
    let (width, paper) = cells_of("H 餃e\u{301}");
    assert_eq!(width, 12 + 12 + 24 + 12);
    assert!(black(&paper, 0, 12) > 20);
    assert_eq!(black(&paper, 12, 12), 0);
    assert!(black(&paper, 24, 24) > 60);
    assert!(black(&paper, 48, 12) > 20);
    assert_eq!(black(&paper, 60, 140), 0);
}

#[test]
fn a_character_that_no_font_has_is_drawn_as_a_box() {
    let (width, paper) = cells_of("\u{10fff0}");
    assert_eq!(width, 12);
    assert!(black(&paper, 0, 12) > 20);
}

#[test]
fn a_folder_that_is_not_there_leaves_the_fonts_of_the_pc() {
    let fonts = Fonts::in_folder(Some("/nowhere/at/all".into()));
    let mut paper = Bitmap::new(24, 24);
    // On a PC without any font this is the one clear error; everywhere else a letter is drawn.
    match fonts.draw_cells(&mut paper, (0, 0), "H", (12, 24), Style::default(), "en") {
        Ok(width) => assert!(width == 12 && black(&paper, 0, 12) > 20),
        Err(error) => assert!(error.to_string().contains("/nowhere/at/all")),
    }
}

#[test]
fn no_text_and_no_place_breaks_the_drawing() {
    let fonts = fonts();
    let mut paper = Bitmap::new(60, 30);
    let signs = "\u{1b}\r\n\u{2029}\u{202e}\u{fe0f}\u{200d}👩‍🍳 ﷽ กุ้ง क्ष \u{300}";
    for place in [(0, 0), (59, 29), (1000, 1000), (u32::MAX - 5, 3)] {
        let style = Style {
            wide: 8,
            high: 8,
            bold: true,
            underline: true,
            inverse: true,
        };
        fonts
            .draw_cells(&mut paper, place, signs, (12, 24), style, "")
            .unwrap();
        let (x, y) = place;
        let spans = [Span {
            text: signs.into(),
            style,
        }];
        let place = Place {
            x,
            y,
            width: 30,
            align: Align::Center,
            right_to_left: true,
        };
        fonts
            .draw_line(&mut paper, place, &spans, (12, 24), "ar")
            .unwrap();
        fonts
            .draw_line(&mut paper, place, &[], (12, 24), "ar")
            .unwrap();
    }
}

#[test]
fn a_sequence_of_signs_that_is_one_sign_takes_two_cells() {
    assert_eq!(
        ["a", "é", "餃", "👩‍🍳", "\u{200b}", "ｱ"].map(cells),
        [1, 1, 2, 2, 0, 1]
    );
}

#[test]
fn a_font_is_mapped_when_its_script_first_appears_and_not_before() {
    let fonts = unopened();
    let mut paper = Bitmap::new(400, 40);
    let mut mapped_after = |text: &str| {
        let place = Place {
            x: 0,
            y: 8,
            width: 400,
            align: Align::Left,
            right_to_left: false,
        };
        let spans = [Span {
            text: text.into(),
            style: Style::default(),
        }];
        fonts
            .draw_line(&mut paper, place, &spans, (12, 24), "ja")
            .unwrap();
        fonts.mapped()
    };
    let latin = ["NotoSansMono-Regular", "NotoSansMono-Bold"];
    assert_eq!(mapped_after("Espresso 2.50 €"), latin);
    assert_eq!(mapped_after("Καφές, кофе, żurek"), latin);
    let hebrew = mapped_after("פלאפל");
    assert_eq!(hebrew[..2], latin);
    assert_eq!(
        hebrew[2..],
        ["NotoSansHebrew-Regular", "NotoSansHebrew-Bold"]
    );
    assert_eq!(mapped_after("餃子").len(), 6);
    assert_eq!(mapped_after("Espresso 餃子 פלאפל").len(), 6);
}

#[test]
fn emoji_are_pictures_of_one_colour_also_when_several_signs_are_one_cells_of() {
    let (_, unknown) = cells_of("\u{1fbff}\u{10fff0}");
    let signs = ["🍕", "👩‍🍳", "👍🏽", "❤️", "☕", "👨‍👩‍👧‍👦", "🏳️‍🌈"];
    for sign in signs {
        let (width, paper) = cells_of(sign);
        assert_eq!(width, 24, "{sign}");
        assert!(black(&paper, 0, 24) > 40, "{sign} is drawn");
        assert_eq!(black(&paper, 24, 176), 0, "{sign} is one picture");
        assert_ne!(paper.bits(), unknown.bits());
    }
    // The same picture, lighter or darker or with a part more, is not the same dots.
    assert_ne!(cells_of("👩‍🍳").1, cells_of("👩").1);
}

#[test]
fn no_letter_of_our_languages_and_their_neighbours_is_a_box() {
    let letters = "AaÄäÖöÜüß Ññ¿¡ Çç Éé Œœ Àà Ìì İıĞğŞş Ãã Õõ Łł Żż Źź Ąą Ęę Ćć Ńń Řř Ůů Čč Őő Űű Ăă Țț Åå Øø Ææ Þþ Ðð \
        Ơơ Ưư Đđ ế ậ ỗ Αα Ωώ ΐ ΰ Яя Ёё Її Ґґ Ђђ אבגדה שׁ ابتثج ﻻ ڤ กขฃ ฿ 餃子麺價臺湾灣直骨辻 简体汉饺 ｱｶﾞ ー々 €£¥₺₹₽₪₩₫ \
        हिन्दी क्ष ─│┌┐└┘├┤┬┴┼ “”‘’„«»…–—•·× ½ ° № ™ ✓ ★ → ←";
    let fonts = unopened();
    let mut paper = Bitmap::new(60, 60);
    for character in letters
        .chars()
        .filter(|character| !character.is_whitespace())
    {
        let text = character.to_string();
        fonts
            .draw_cells(&mut paper, (8, 8), &text, (12, 24), Style::default(), "zh")
            .unwrap();
        assert!(fonts.has(character), "{character:?} is a box");
    }
}

#[test]
fn a_full_stop_stands_behind_a_word_that_runs_to_the_left() {
    let drawn = |text: &str| {
        let mut paper = Bitmap::new(200, 40);
        let place = Place {
            x: 0,
            y: 8,
            width: 200,
            align: Align::Left,
            right_to_left: true,
        };
        let span = Span {
            text: text.into(),
            style: Style::default(),
        };
        fonts()
            .draw_line(&mut paper, place, &[span], (12, 24), "he")
            .unwrap();
        paper
    };
    // The dot has no grey above the middle of the letters.
    let high = |paper: &Bitmap| (0..12).any(|x| (0..22).any(|y| paper.get(x, y)));
    assert!(high(&drawn("\u{5e9}\u{5dc}\u{5d5}\u{5dd}")));
    assert!(!high(&drawn("\u{5e9}\u{5dc}\u{5d5}\u{5dd}.")));
    // Letters with dots look the same with a full stop as without it, apart from where they stand.
    let [plain, stopped] = ["\u{628}\u{64a}\u{62a}", "\u{628}\u{64a}\u{62a}."].map(drawn);
    let grey_buffer = |paper: &Bitmap| {
        let columns = (0..200).map(|x| (0..40).map(|y| paper.get(x, y)).collect::<Vec<_>>());
        let mut columns: Vec<_> = columns.collect();
        columns.retain(|column| column.contains(&true));
        columns
    };
    assert!(grey_buffer(&stopped).ends_with(&grey_buffer(&plain)));
}

/// The characters of a line from left to right, as their letters stand on paper.
fn from_left(text: &str, right_to_left: bool) -> String {
    let place = Place {
        x: 0,
        y: 0,
        width: 1_000,
        align: Align::Left,
        right_to_left,
    };
    // The number is bold from its middle on.
    let middle = text.char_indices().nth(text.chars().count() / 2);
    let (first, last) = text.split_at(middle.map_or(0, |(at, _)| at));
    let spans = [(first, false), (last, true)].map(|(text, bold)| Span {
        text: text.into(),
        style: Style {
            bold,
            ..Style::default()
        },
    });
    let row = fonts().line_letters(place, &spans, (12, 24), "he").unwrap();
    let mut letters: Vec<_> = row.letters.iter().collect();
    letters.sort_by(|one, other| one.x.total_cmp(&other.x));
    let unseen = |character: &char| !matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = letters
        .iter()
        .flat_map(|letter| row.text[letter.text.clone()].chars());
    shown.filter(unseen).collect()
}

#[test]
fn a_number_within_text_from_the_right_is_dialled_as_it_stands_on_paper() {
    for number in [
        "+972 3-123-4567",
        "050-123-4567",
        "12-34#",
        "*1234#",
        "18:30-19:00",
        "2026-11-21",
        "21/11/2026",
        "1,234.50",
        "1 234 567",
        "۰۲۱-۸۸۷۷-۶۶۵۵",
        "٠٥٠-١٢٣-٤٥٦٧",
        "١٬٢٣٤٫٥٠",
        "B12-C34#",
    ] {
        for (before, behind) in [("שלום", "רב"), ("د", "د"), ("ب", "ר")] {
            for right_to_left in [true, false] {
                let text = format!("{before} {number} {behind}");
                let shown = from_left(&text, right_to_left);
                assert!(shown.contains(number), "{text:?} became {shown:?}");
            }
        }
    }
}
