use super::*;
use crate::document::Dither;
use crate::fonts::tests::fonts;
use crate::layout::Piece;
use crate::markup::parse;

fn picture(markup: &str) -> (u32, u32, Vec<u8>) {
    let profile = Profile::named("generic-58").unwrap();
    let file = to_png(
        &parse(markup).document,
        &profile,
        &Pass::default(),
        &fonts().into(),
    )
    .unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .unwrap();
    let mut light = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut light).unwrap();
    (info.width, info.height, light)
}

fn line(markup: &str) -> Bitmap {
    let profile = Profile::named("generic-58").unwrap();
    let document = parse(markup).document;
    let sheet = lay_out(&document, &profile, &Pass::default()).unwrap();
    let Some(Line::Text(line)) = sheet.lines.first() else {
        panic!("{markup:?} is no text")
    };
    text_line(line, &profile, "en", &fonts()).unwrap()
}

/// First and last black column.
fn extent(dots: &Bitmap) -> Option<(u32, u32)> {
    let black = |x: &u32| (0..dots.height()).any(|y| dots.get(*x, y));
    Some((
        (0..dots.width()).find(black)?,
        (0..dots.width()).rev().find(black)?,
    ))
}

#[test]
fn the_picture_is_the_paper_with_a_margin() {
    let (width, height, light) = picture("Bella\n-\n|Tee | 2.00");
    assert_eq!(width, 384 + 64);
    assert_eq!(height, 32 + 3 * 33 + 32);
    let black: u32 = light.iter().map(|byte| byte.count_zeros()).sum();
    assert!(black > 500, "{black} black dots");
}

#[test]
fn text_stands_where_its_column_leans() {
    let middle = 384 / 2;
    assert!(extent(&line("|x ")).unwrap().1 < 24);
    assert!(extent(&line("| x|")).unwrap().0 >= 384 - 12);
    let (left, right) = extent(&line("xx")).unwrap();
    assert!(left >= middle - 12 && right < middle + 12);
}

#[test]
fn right_to_left_text_begins_at_the_right() {
    let alone = line("| א|");
    let (left, right) = extent(&alone).unwrap();
    let different = |text: &Bitmap| {
        let dots = (left..=right).flat_map(|x| (0..alone.height()).map(move |y| (x, y)));
        dots.filter(|(x, y)| alone.get(*x, *y) != text.get(*x, *y))
            .count()
    };
    let (first, last) = (different(&line("| אוו|")), different(&line("| ווא|")));
    assert!(
        first * 2 < last,
        "{first} dots differ when it is the first letter, {last} when it is the last"
    );
}

#[test]
fn a_line_that_is_wider_than_its_box_is_made_narrower() {
    let letters = "سسسسسسسسسسسسسسسس";
    let profile = Profile::named("generic-58").unwrap();
    let spans = vec![Span {
        text: letters.into(),
        style: Style::default(),
    }];
    let piece = Piece {
        x: 4,
        width: 6,
        align: Align::Left,
        right_to_left: true,
        spans: spans.into(),
    };
    let line = TextLine {
        pieces: vec![piece].into(),
        ..TextLine::default()
    };
    let dots = text_line(&line, &profile, "ar", &fonts()).unwrap();
    let (left, right) = extent(&dots).unwrap();
    assert!(left >= 4 * 12 && right < 10 * 12, "{left}..{right}");
}

#[test]
fn big_letters_are_as_big_as_they_say() {
    let tall = |markup: &str| {
        let dots = line(markup);
        let rows = (0..dots.height()).filter(|y| dots.row(*y).iter().any(|byte| *byte != 0));
        rows.count() as f64
    };
    let normal = tall("|H");
    for (markup, times) in [("|^^H", 2.0), ("|^^^H", 2.0), ("|^^^^H", 3.0)] {
        let ratio = tall(markup) / normal;
        assert!(
            (times - 0.4..times + 0.4).contains(&ratio),
            "{markup}: {ratio}"
        );
    }
    assert!(extent(&line("|^HH")).unwrap().1 > 36);
}

#[test]
fn bold_inverse_and_underlined_text_is_blacker_than_plain_text() {
    let black = |markup: &str| {
        line(markup)
            .bits()
            .iter()
            .map(|byte| byte.count_ones())
            .sum::<u32>()
    };
    let plain = black("|mmmm");
    assert!(black("|\"mmmm\"") > plain);
    assert!(black("|_mmmm_") >= plain + 40);
    assert!(black("|`mmmm`") > 4 * 12 * 24 / 2);
}

#[test]
fn a_logo_stands_in_the_middle_and_is_never_wider_than_the_paper() {
    let mut black = Bitmap::new(100, 10);
    black.fill(0, 0, 100, 10, true);
    let paper = aligned(
        &crate::image::dithered(&black.to_png(), 384, Dither::default()).unwrap(),
        Align::Center,
        384,
    );
    assert_eq!(extent(&paper), Some((142, 241)));
    let mut wide = Bitmap::new(2000, 10);
    wide.fill(0, 0, 2000, 10, true);
    assert_eq!(
        crate::image::dithered(&wide.to_png(), 384, Dither::default())
            .unwrap()
            .width(),
        384
    );
}

#[test]
fn each_cut_makes_a_piece_of_paper_of_its_own_and_no_piece_has_a_margin() {
    let profile = Profile::named("generic-58").unwrap();
    let pieces = |markup: &str| {
        let document = parse(markup).document;
        dots(&document, &profile, &Pass::default(), &fonts().into()).unwrap()
    };
    let sizes = |pieces: &[Bitmap]| -> Vec<(u32, u32)> {
        pieces
            .iter()
            .map(|piece| (piece.width(), piece.height()))
            .collect()
    };
    let two = pieces("one\n=\ntwo\nrows");
    assert_eq!(sizes(&two), [(384, 33), (384, 66)]);
    assert_eq!(
        two[0].band(0, 33).bits(),
        pieces("one")[0].bits(),
        "what stands on a piece does not depend on the others"
    );
    // Nothing before the first cut and between two cuts is no piece.
    assert_eq!(sizes(&pieces("=\n=\none\n=")), [(384, 33)]);
    assert!(pieces("").is_empty());
}

#[test]
fn every_part_of_a_white_letter_lies_on_black() {
    for word in ["حساسية", "أيًّا", "אלרגיה", "焼き鳥", "Ấn", "gypsy"] {
        for size in ["", "^^", "^^^"] {
            let black = line(&format!("|{size}{word}"));
            let white = line(&format!("|{size}`{word}`"));
            let dots = (0..black.height()).flat_map(|y| (0..black.width()).map(move |x| (x, y)));
            let letters: Vec<_> = dots.filter(|(x, y)| black.get(*x, *y)).collect();
            assert!(letters.len() > 20, "{word}");
            // A dot that is not turned around would be black, and white on white beside the box.
            let unseen = letters.iter().filter(|(x, y)| white.get(*x, *y)).count();
            assert_eq!(unseen, 0, "{size}{word}");
        }
    }
}
