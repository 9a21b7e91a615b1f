//! Every script in which people write menus, with the fonts that come with the program and no others.

use std::sync::LazyLock;

use icu::properties::CodePointMapData;
use icu::properties::props::{GeneralCategory, Script};

use super::*;
use crate::direction::is_drawn_whole;

static SHIPPED: LazyLock<Fonts> = LazyLock::new(|| {
    Fonts::of_folder_alone(concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts").into())
});

/// The recommended scripts (Unicode Standard Annex 31, table 5) and the blocks of their letters; blocks of letters that
/// only scholars write are left out, such as Vedic and Cyrillic Extended-B.
#[rustfmt::skip]
const RECOMMENDED: &[(Script, &[(u32, u32)])] = &[
    (Script::Arabic, &[(0x600, 0x6ff)]), (Script::Armenian, &[(0x530, 0x58f)]), (Script::Bengali, &[(0x980, 0x9ff)]),
    (Script::Bopomofo, &[(0x3100, 0x312f), (0x31a0, 0x31ba)]), (Script::Cyrillic, &[(0x400, 0x52f)]),
    (Script::Devanagari, &[(0x900, 0x97f)]), (Script::Ethiopic, &[(0x1200, 0x139f), (0x2d80, 0x2ddf), (0xab00, 0xab2f)]),
    (Script::Georgian, &[(0x10a0, 0x10ff), (0x1c90, 0x1cbf)]), (Script::Greek, &[(0x370, 0x3ff), (0x1f00, 0x1fff)]),
    (Script::Gujarati, &[(0xa80, 0xaff)]), (Script::Gurmukhi, &[(0xa00, 0xa7f)]),
    // As of Unicode 8: later ones are names of elements and of places.
    (Script::Han, &[(0x4e00, 0x9fd5)]),
    (Script::Hangul, &[(0x3131, 0x318e), (0xac00, 0xd7a3)]), (Script::Hebrew, &[(0x590, 0x5ff)]),
    (Script::Hiragana, &[(0x3041, 0x309f)]), (Script::Kannada, &[(0xc80, 0xcff)]),
    (Script::Katakana, &[(0x30a0, 0x30ff), (0x31f0, 0x31ff), (0xff66, 0xff9d)]), (Script::Khmer, &[(0x1780, 0x17ff)]),
    (Script::Lao, &[(0xe80, 0xeff)]), (Script::Latin, &[(0x41, 0x24f), (0x1e00, 0x1eff)]),
    (Script::Malayalam, &[(0xd00, 0xd7f)]), (Script::Myanmar, &[(0x1000, 0x109f), (0xa9e0, 0xa9ff), (0xaa60, 0xaa7f)]),
    (Script::Oriya, &[(0xb00, 0xb7f)]), (Script::Sinhala, &[(0xd80, 0xdff)]), (Script::Tamil, &[(0xb80, 0xbff)]),
    (Script::Telugu, &[(0xc00, 0xc7f)]), (Script::Thaana, &[(0x780, 0x7bf)]), (Script::Thai, &[(0xe00, 0xe7f)]),
    (Script::Tibetan, &[(0xf00, 0xfff)]),
];

/// Scripts of limited use (table 7) of which we ship a font.
#[rustfmt::skip]
const LIMITED: &[(Script, &[(u32, u32)])] = &[
    (Script::Adlam, &[(0x1e900, 0x1e95f)]), (Script::Balinese, &[(0x1b05, 0x1b4b)]),
    (Script::CanadianAboriginal, &[(0x1400, 0x167f)]), (Script::Cherokee, &[(0x13a0, 0x13ff)]),
    (Script::Javanese, &[(0xa980, 0xa9df)]), (Script::MeeteiMayek, &[(0xabc0, 0xabff)]),
    (Script::Mongolian, &[(0x1820, 0x1878)]), (Script::Nko, &[(0x7c0, 0x7ff)]), (Script::OlChiki, &[(0x1c50, 0x1c7f)]),
    (Script::Syriac, &[(0x710, 0x74f)]), (Script::Tifinagh, &[(0x2d30, 0x2d7f)]), (Script::Yi, &[(0xa000, 0xa48c)]),
];

/// Younger than the fonts: what Unicode 16 to 18 added to these blocks.
const LATER: &[char] = &[
    '\u{558}', '\u{58b}', '\u{58c}', '\u{5c8}', '\u{5c9}', '\u{b53}', '\u{b54}', '\u{c5c}',
    '\u{cdc}',
];

/// Letters, their marks and digits: what words are made of.
fn letters<'a>(script: Script, blocks: &'a [(u32, u32)]) -> impl Iterator<Item = char> + 'a {
    let kinds = CodePointMapData::<GeneralCategory>::new();
    let scripts = CodePointMapData::<Script>::new();
    let all = blocks.iter().flat_map(|(first, last)| *first..=*last);
    all.filter_map(char::from_u32).filter(move |letter| {
        let kind = kinds.get(*letter);
        scripts.get(*letter) == script
            && !LATER.contains(letter)
            && matches!(
                kind,
                GeneralCategory::UppercaseLetter
                    | GeneralCategory::LowercaseLetter
                    | GeneralCategory::TitlecaseLetter
                    | GeneralCategory::ModifierLetter
                    | GeneralCategory::OtherLetter
                    | GeneralCategory::NonspacingMark
                    | GeneralCategory::SpacingMark
                    | GeneralCategory::DecimalNumber
            )
    })
}

/// Whether it takes cells by itself, which a sign above or below a letter does not.
fn is_alone(letter: char) -> bool {
    cells(letter.encode_utf8(&mut [0; 4])) > 0
}

/// The numbers in their fonts of what is drawn for a text; 0 is the box of a font.
fn glyphs(text: &str, locale: &str) -> Vec<(FaceId, u16)> {
    let letters = if is_drawn_whole(text) {
        let place = Place {
            x: 0,
            y: 0,
            width: 20_000,
            align: Align::Left,
            right_to_left: false,
        };
        let span = Span {
            text: text.into(),
            style: Style::default(),
        };
        SHIPPED.line_letters(place, &[span], (12, 24), locale)
    } else {
        SHIPPED.cell_letters(0, text, (12, 24), Style::default(), locale)
    };
    let letters = letters.unwrap().letters;
    letters
        .iter()
        .map(|letter| (letter.face.id(), letter.glyph))
        .collect()
}

fn lacking(scripts: &[(Script, &[(u32, u32)])]) -> Vec<String> {
    let mut lacking = Vec::new();
    for (script, blocks) in scripts {
        let all: BTreeSet<char> = letters(*script, blocks).collect();
        assert!(all.len() > 20, "{script:?} has {} letters", all.len());
        for letter in SHIPPED.lacking(&all, "en").unwrap() {
            lacking.push(format!("{script:?} U+{:04X}", u32::from(letter)));
        }
        // Not all of them: to shape tens of thousands takes too long, and alone they are not changed by it. A sign stands
        // on a letter.
        let base = all.iter().find(|letter| is_alone(**letter)).copied();
        for letter in all.iter().copied().step_by(all.len().div_ceil(400)) {
            let text: String = base
                .filter(|_| !is_alone(letter))
                .into_iter()
                .chain([letter])
                .collect();
            let drawn = glyphs(&text, "en");
            if drawn.is_empty() || drawn.iter().any(|(_, glyph)| *glyph == 0) {
                lacking.push(format!("{script:?} U+{:04X} is a box", u32::from(letter)));
            }
        }
    }
    lacking
}

#[test]
fn every_letter_of_every_recommended_script_is_drawn_with_the_fonts_that_we_ship() {
    assert_eq!(lacking(RECOMMENDED), Vec::<String>::new());
}

#[test]
fn every_letter_of_the_living_scripts_of_limited_use_is_drawn_too() {
    assert_eq!(lacking(LIMITED), Vec::<String>::new());
}

/// A dish or two of each script.
const DISHES: &[&str] = &[
    "மசாலா தோசை",
    "김치찌개",
    "কাচ্চি বিরিয়ানি",
    "ხაჭაპური",
    "Խորոված",
    "អាម៉ុកត្រី",
    "ເຂົ້າປຽກ",
    "မုန့်ဟင်းခါး",
    "పులిహోర",
    "ಬಿಸಿಬೇಳೆ ಬಾತ್",
    "അപ്പം",
    "ખાંડવી",
    "ਮੱਖਣੀ ਦਾਲ",
    "කොත්තු රොටි",
    "ዶሮ ወጥ",
    "མོག་མོག",
    "म:म: चाउमिन",
    "ଦହି ବରା",
    "މަސްހުނި",
    "ต้มยำกุ้ง",
    "餃子",
    "麻婆豆腐",
    "ᏣᎳᎩ",
    "ⴰⵖⵔⵓⵎ",
    "ᐸᓚᐅᒐᖅ",
];

#[test]
fn no_sign_of_a_dish_in_any_script_is_a_box_also_where_its_letters_are_shaped() {
    for dish in DISHES {
        let drawn = glyphs(dish, "en");
        assert!(
            !drawn.is_empty() && drawn.iter().all(|(_, glyph)| *glyph != 0),
            "{dish} {drawn:?}"
        );
    }
}

/// Below-base Ra and the half forms of Sa were lost with a later release of Noto Sans Bengali: the shaper does not find
/// that they are below (harfrust 0.5, `SequenceContextFormat3`).
#[test]
fn consonants_that_stand_together_are_one_sign_where_their_script_wants_it() {
    for (together, signs) in [
        ("\u{9a4}\u{9cd}\u{9b0}", 1),
        ("\u{995}\u{9cd}\u{9b7}", 1),
        ("\u{9b8}\u{9cd}\u{9a4}\u{9cd}\u{9b0}\u{9c0}", 3),
        ("\u{915}\u{94d}\u{937}", 1),
        ("\u{b95}\u{bcd}\u{bb7}", 1),
        ("\u{c15}\u{c4d}\u{c37}", 1),
        ("\u{d15}\u{d4d}\u{d37}", 1),
        ("\u{178f}\u{17d2}\u{179a}", 2),
    ] {
        assert_eq!(glyphs(together, "en").len(), signs, "{together}");
    }
    // A vowel that is written before its consonant, though it is spoken after it.
    let [(font, before), (_, after)] = glyphs("\u{ba4}\u{bc6}", "en")[..] else {
        panic!("two signs");
    };
    assert_eq!(glyphs("\u{ba4}", "en"), [(font, after)]);
    assert_ne!(before, after);
}

/// The font's own name.
fn family_of(letter: &str, locale: &str) -> String {
    let fonts = Fonts::of_folder_alone(concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts").into());
    let drawn = fonts.cell_letters(0, letter, (12, 24), Style::default(), locale);
    assert_eq!(drawn.unwrap().letters.len(), 1);
    fonts.mapped()[2].clone()
}

#[test]
fn han_characters_have_the_shapes_of_their_language() {
    for (locale, family) in [
        ("ja-JP", "NotoSansJP-Regular"),
        ("zh-CN", "NotoSansSC-Regular"),
        ("zh-Hant-TW", "NotoSansTC-Regular"),
        ("zh-HK", "NotoSansTC-Regular"),
        ("ko-KR", "NotoSansKR-Regular"),
    ] {
        assert_eq!(family_of("直", locale), family, "{locale}");
    }
    assert_eq!(family_of("김", "de-DE"), "NotoSansKR-Regular");
}

#[test]
fn bold_letters_of_every_script_of_a_menu_are_letters_of_a_bold_font() {
    for dish in DISHES.iter().filter(|dish| !dish.contains('ⴰ')) {
        let style = Style {
            bold: true,
            ..Style::default()
        };
        let place = Place {
            x: 0,
            y: 0,
            width: 2_000,
            align: Align::Left,
            right_to_left: false,
        };
        let span = Span {
            text: (*dish).into(),
            style,
        };
        let bold = SHIPPED
            .line_letters(place, &[span], (12, 24), "ja")
            .unwrap();
        assert!(bold.letters.iter().all(|letter| !letter.thick), "{dish}");
    }
}

/// Whether dots of a text reach the first or the last row of the room of its line.
fn is_cut(text: &str, high: u8) -> bool {
    let cell = (12, 24);
    let height = 24 * u32::from(high);
    let beyond = Beyond::of(text);
    let (above, below) = (beyond.above(height), beyond.below(height));
    let mut paper = Bitmap::new(1_600, 1_000);
    let style = Style {
        wide: high,
        high,
        ..Style::default()
    };
    let span = Span {
        text: text.into(),
        style,
    };
    let place = Place {
        x: 0,
        y: 300,
        width: 1_600,
        align: Align::Left,
        right_to_left: false,
    };
    SHIPPED
        .draw_line(&mut paper, place, &[span], cell, "en")
        .unwrap();
    let black = |y: u32| (0..1_600).filter(|x| paper.get(*x, y)).count();
    let (first, last) = (300 - above, 300 + height + below - 1);
    // A stroke that only just fits ends there; one that is cut is broad.
    black(first) > 3 || black(last) > 3
}

#[test]
fn no_mark_above_or_below_a_letter_is_cut() {
    let deep = [
        "སྒྲུབས་ རྫོགས་ ཨོཾ་ ཧཱུྃ",
        "ဩ ကြော် မြွှေ င်္က",
        "ស្ត្រី ញ៉ាំ គ្រឿង ឡុកឡាក់",
        "ນ້ຳ ຕຳໝາກຫຸ່ງ ປີ້",
        "ಸ್ತ್ರೀ ಕ್ಷೀರ",
        "స్త్రీ కృష్ణ",
        "স্ত্রী",
        "क्षीर र्कि",
        "สี่ ปั๊ม ฐู",
        "ක්‍ෂ ශ්‍රී",
        "ꦱꦼꦒ ꦱꦿꦸ",
        "ᬩᬾᬩᭂᬓ᭄",
    ];
    for text in deep {
        for high in [1, 2, 4] {
            assert!(!is_cut(text, high), "{text} at {high}");
        }
    }
}
