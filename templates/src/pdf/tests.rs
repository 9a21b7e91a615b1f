use std::path::{Path, PathBuf};

use super::*;
use crate::fonts::tests::fonts;
use crate::markup::parse;
use crate::page::A4;
use crate::text::to_text;
use crate::tools::{run, tool};

const TICKET: &str = "^^^Bräuhaus\nKörnerstraße 7, Übersee\n-\n{width:4,*,8}\n2 |Käsespätzle | 19.80\n\
    1 |Γιουβέτσι | 11.50\n10 |餃子定食 | 95.00\n1 |قهوة عربية | 3.00\n1 |חומוס ביתי | 4.50\n\
    {width:auto}\n\"_Total_\" | `~129.30~`|\n^wide ^^high\n{x-font:b}\n|small print\n{x-font:a}\n\
    {code:https://example.org/47;option:qrcode,5}\n{code:A-1042;option:code128,2,60,hri}\n=\nsecond piece\n";

fn profile() -> Profile {
    Profile::named("generic-80").unwrap()
}

fn pdf(markup: &str, title: &str) -> Vec<u8> {
    let (document, pass) = (parse(markup).document, pass());
    to_pdf(&document, &profile(), &pass, &fonts().into(), title).unwrap()
}

fn pass() -> Pass {
    Pass {
        locale: "de-DE".to_owned(),
        ..Pass::default()
    }
}

fn kept(file: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ticket.pdf");
    std::fs::write(&path, file).unwrap();
    (folder, path)
}

fn said(program: &str, before: &[&str], file: &Path, after: &[&str]) -> Option<String> {
    let mut command = tool(program)?;
    let said = run(command.args(before).arg(file).args(after), &[]);
    Some(String::from_utf8(said).unwrap())
}

/// Words of each line, without the marks of direction that pdftotext adds.
fn words(text: &str) -> Vec<Vec<String>> {
    let marks = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{c}');
    text.lines()
        .map(|line| {
            let plain = line.replace(marks, "");
            plain.split_whitespace().map(str::to_owned).collect()
        })
        .filter(|words: &Vec<String>| !words.is_empty())
        .collect()
}

#[test]
fn what_is_read_out_of_it_is_what_stands_on_the_paper() {
    let (_folder, path) = kept(&pdf(TICKET, "Receipt"));
    let Some(read) = said("pdftotext", &["-layout", "-enc", "UTF-8"], &path, &["-"]) else {
        return;
    };
    let document = parse(TICKET).document;
    let paper = to_text(&document, &profile(), &pass()).unwrap();
    let paper: Vec<_> = words(&paper)
        .into_iter()
        .filter(|words| !words[0].starts_with('[') && !words[0].starts_with('='))
        .collect();
    let mut read = words(&read);
    read.retain(|words| words != &["A-1042"]);
    assert_eq!(read, paper);
}

#[test]
fn the_file_is_sound_its_fonts_are_in_it_and_a_page_ends_at_each_cut() {
    let file = pdf(TICKET, "Receipt <47> & \u{0}more");
    let (_folder, path) = kept(&file);
    if let Some(said) = said("qpdf", &["--check"], &path, &[]) {
        assert!(
            said.contains("No syntax or stream encoding errors"),
            "{said}"
        );
    }
    if let Some(said) = said("pdffonts", &[], &path, &[]) {
        let fonts: Vec<&str> = said.lines().skip(2).collect();
        assert!(fonts.len() >= 4, "{said}");
        for font in fonts {
            // Subsets are named by six letters; "emb sub uni" says yes three times.
            assert_eq!(font.find('+'), Some(6), "{said}");
            assert!(font.contains("yes yes yes"), "{said}");
        }
    }
    if let Some(said) = said("pdfinfo", &[], &path, &[]) {
        let has = |wanted: &str| {
            said.lines()
                .any(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") == wanted)
        };
        assert!(
            has("Pages: 2") && has("Title: Receipt <47> & more"),
            "{said}"
        );
        assert!(!said.contains("Date"), "{said}");
        // 576 dots and a margin of 32 on both sides, at 203 an inch: 80 mm.
        assert!(said.contains("226.995"), "{said}");
    }
}

#[test]
fn the_same_ticket_is_the_same_file() {
    assert!(pdf(TICKET, "Receipt") == pdf(TICKET, "Receipt"));
}

#[test]
fn a_ticket_that_is_longer_than_a_page_can_be_goes_on_on_the_next() {
    let markup: String = (0..3000)
        .map(|row| format!("|row {row} | 1.00|\n"))
        .collect();
    let (_folder, path) = kept(&pdf(&markup, ""));
    let Some(read) = said("pdftotext", &["-layout"], &path, &["-"]) else {
        return;
    };
    assert_eq!(words(&read).len(), 3000);
    let info = said("pdfinfo", &["-l", "9"], &path, &[]).unwrap();
    assert!(
        info.contains("Page    3 size") && !info.contains("Page    4 size"),
        "{info}"
    );
}

fn pdf_on(medium: &Medium, markup: &str) -> Pages {
    let (document, pass, supplies) = (parse(markup).document, pass(), fonts().into());
    to_pdf_on(medium, &document, &profile(), &pass, &supplies, "").unwrap()
}

/// Left, top, right and bottom of each word of each page, in points.
fn boxes(path: &Path) -> Option<Vec<Vec<[f32; 4]>>> {
    let said = said("pdftotext", &["-bbox"], path, &["-"])?;
    let pages = said.split("<page ").skip(1).map(|page| {
        let words = page.lines().filter(|line| line.contains("<word "));
        let sides = words.map(|word| {
            let numbers: Vec<f32> = word
                .split('"')
                .skip(1)
                .step_by(2)
                .map(|number| number.parse().unwrap())
                .collect();
            numbers.try_into().unwrap()
        });
        sides.collect()
    });
    Some(pages.collect())
}

#[test]
fn on_sheets_each_receipt_begins_its_own_at_the_top_left_and_a_long_one_goes_on_between_two_lines()
{
    let rows: String = (0..150)
        .map(|row| format!("|row {row} | 1.00|\n"))
        .collect();
    let file = pdf_on(&A4, &format!("{rows}=\n|short|\n"));
    assert_eq!(file.length, 29_700);
    let (_folder, path) = kept(&file.bytes);
    let Some(pages) = boxes(&path) else { return };
    let info = said("pdfinfo", &["-l", "9"], &path, &[]).unwrap();
    assert_eq!(
        info.matches("595.276 x 841.89 pts (A4)").count(),
        pages.len(),
        "{info}"
    );
    let words: Vec<usize> = pages.iter().map(Vec::len).collect();
    let [whole @ .., rest, short] = words.as_slice() else {
        panic!("{words:?}");
    };
    // Three words a row.
    assert_eq!(whole.iter().sum::<usize>() + rest, 3 * 150);
    assert!(whole.iter().all(|page| page % 3 == 0), "{words:?}");
    assert_eq!(*short, 1);
    // 5 mm, and 72 mm of receipt.
    let (margin, right) = (14.0, 14.2 + 204.4);
    for [left, top, end, bottom] in pages.iter().flatten() {
        let fits = *left >= margin && *top >= margin && *end <= right && *bottom <= 841.9 - margin;
        assert!(fits, "{left} {top} {end} {bottom}");
    }
    for page in &pages {
        assert!(
            page[0][1] < 14.2 + 20.0,
            "it begins at the top: {:?}",
            page[0]
        );
    }
}

#[test]
fn on_a_roll_that_the_printer_is_told_the_length_of_the_page_is_the_paper() {
    let strip = Medium::Strip {
        width: 8_000,
        longest: Some(20_000),
        ends: 300,
    };
    let short = pdf_on(&strip, "|a|\n");
    let line = profile().line_pitch() * 2540 / 203;
    assert!(short.length.abs_diff(line + 600) <= 2, "{}", short.length);
    let long = pdf_on(&strip, &"|a|\n".repeat(100));
    assert!((15_000..=20_000).contains(&long.length), "{}", long.length);
    let (_folder, path) = kept(&long.bytes);
    let Some(pages) = boxes(&path) else { return };
    assert!(pages.len() > 1 && pages.iter().map(Vec::len).sum::<usize>() == 100);
    let info = said("pdfinfo", &[], &path, &[]).unwrap();
    assert!(info.contains("226.772 x "), "80 mm: {info}");
}

#[test]
fn what_is_too_wide_or_too_high_for_a_page_is_made_smaller() {
    let small = Medium::Sheet {
        width: 4_000,
        height: 1_000,
        margin: 300,
    };
    let file = pdf_on(&small, "|left | right|\n{code:A-1042;option:qrcode,8}\n");
    let (_folder, path) = kept(&file.bytes);
    let Some(pages) = boxes(&path) else { return };
    assert_eq!(pages.len(), 2);
    let [_, _, end, _] = pages[0][1];
    assert!(end <= (4_000.0 - 300.0) * 72.0 / 2540.0, "{end}");
}

#[test]
fn no_ticket_breaks_it() {
    for markup in [
        "",
        "=",
        "=\n=\n",
        "{image:AAAA}",
        "{x-image:none}",
        "{code:;option:qrcode}",
        "\u{fffd}\u{200d}\u{fe0f}👩‍🍳 ﷽ กุ้ง क्षि \u{300}",
        "|\u{202e}abc\u{2069}|",
        "^^^^^^^`\"_x_\"`",
        "{x-buzzer:2}",
    ] {
        let file = pdf(markup, "");
        assert!(file.starts_with(b"%PDF-"), "{markup:?}");
        let (_folder, path) = kept(&file);
        if let Some(said) = said("qpdf", &["--check"], &path, &[]) {
            assert!(
                said.contains("No syntax or stream encoding errors"),
                "{markup:?} {said}"
            );
        }
    }
}

#[test]
fn without_a_font_the_error_says_what_to_do() {
    let supplies = crate::Fonts::none().into();
    let made = to_pdf(&parse("|x").document, &profile(), &pass(), &supplies, "");
    assert!(made.unwrap_err().to_string().contains("put font files"));
}
