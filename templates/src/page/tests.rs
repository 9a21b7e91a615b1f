use super::*;
use crate::fonts::tests::fonts;
use crate::markup::parse;
use crate::tools::{run, tool};

/// CUPS' reader of raster files: its name up to cups-filters 1, and since 2.
const RASTER_TO_PDF: [&str; 2] = [
    "/usr/lib/cups/filter/rastertopdf",
    "/usr/lib/cups/filter/pwgtopdf",
];

fn profile() -> Profile {
    Profile::named("generic-58").unwrap()
}

fn pages<'d>(
    pieces: &'d [Bitmap],
    profile: &Profile,
    options: &PageOptions,
) -> Result<Vec<Page<'d>>, PageError> {
    let place = Place::on(&options.medium, profile, options.resolution)?;
    super::pages(pieces, profile, options, &place)
}

fn options(color: Color) -> PageOptions {
    PageOptions {
        color,
        ..PageOptions::of(&profile())
    }
}

/// Everything that the code of a row must tell apart: runs of 1 to 300 bytes, bytes that differ 1 to 300 long, white rows,
/// black rows, and 1 to 520 rows that are alike.
fn difficult(width: u32) -> Bitmap {
    let mut dots = Bitmap::new(width, 0);
    let mut seed = 7_u32;
    let mut next = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    for alike in [1, 2, 3, 255, 256, 257, 520, 1, 5] {
        let mut row = Bitmap::new(width, 1);
        let mut x = 0;
        while x < width {
            let length = [1, 2, 7, 8, 9, 127 * 8, 128 * 8, 129 * 8, 300 * 8][next(9) as usize];
            match next(3) {
                0 => {}
                1 => row.fill(x, 0, length, 1, true),
                _ => (x..x + length).for_each(|x| row.set(x, 0, next(2) == 0)),
            }
            x += length;
        }
        for row in [row, Bitmap::new(width, 1)] {
            for _ in 0..alike {
                let y = dots.height();
                dots.set_height(y + 1);
                dots.blit(&row, 0, y);
            }
        }
    }
    dots
}

/// Width, height, and whether each pixel is black.
type Picture = (u32, u32, Vec<bool>);

fn picture(dots: &Bitmap) -> Picture {
    let rows = 0..dots.height();
    let pixels = rows.flat_map(|y| (0..dots.width()).map(move |x| dots.get(x, y)));
    (dots.width(), dots.height(), pixels.collect())
}

fn number(bytes: &[u8], place: usize) -> u32 {
    u32::from_be_bytes(bytes[place..place + 4].try_into().unwrap())
}

/// A reader of our own, by the tables of the specification. Takes rows of `bytes` until there are `height`.
fn unpack(file: &mut &[u8], bytes: usize, height: u32) -> Vec<Vec<u8>> {
    let mut take = |count: usize| {
        let (taken, rest) = file.split_at(count);
        *file = rest;
        taken
    };
    let mut rows = Vec::new();
    while rows.len() < height as usize {
        let alike = usize::from(take(1)[0]) + 1;
        let mut row = Vec::new();
        while row.len() < bytes {
            match take(1)[0] {
                128 => row.resize(bytes, 255),
                code @ 0..128 => row.extend([take(1)[0]].repeat(usize::from(code) + 1)),
                code => row.extend(take(257 - usize::from(code))),
            }
        }
        assert_eq!(row.len(), bytes, "a run goes beyond its row");
        rows.extend(vec![row; alike]);
    }
    assert_eq!(rows.len(), height as usize, "a row goes beyond its page");
    rows
}

fn pwg_pages(mut file: &[u8]) -> Vec<(Vec<u8>, Picture)> {
    assert_eq!(&file[..4], b"RaS2");
    file = &file[4..];
    let mut pages = Vec::new();
    while !file.is_empty() {
        let (header, rest) = file.split_at(1796);
        file = rest;
        let (width, height) = (number(header, 372), number(header, 376));
        let bits = number(header, 388);
        let rows = unpack(&mut file, number(header, 392) as usize, height);
        let black = |row: &Vec<u8>, x: usize| match bits {
            1 => row[x / 8] & (0x80 >> (x % 8)) != 0,
            _ => row[x] == 0,
        };
        let pixels = rows
            .iter()
            .flat_map(|row| (0..width as usize).map(move |x| black(row, x)))
            .collect();
        pages.push((header.to_vec(), (width, height, pixels)));
    }
    pages
}

fn urf_pages(mut file: &[u8]) -> Vec<(Vec<u8>, Picture)> {
    assert_eq!(&file[..8], b"UNIRAST\0");
    let count = number(file, 8);
    file = &file[12..];
    let mut pages = Vec::new();
    while !file.is_empty() {
        let (header, rest) = file.split_at(32);
        file = rest;
        let (width, height) = (number(header, 12), number(header, 16));
        let rows = unpack(&mut file, width as usize, height);
        let pixels = rows.concat().iter().map(|pixel| *pixel == 0).collect();
        pages.push((header.to_vec(), (width, height, pixels)));
    }
    assert_eq!(count as usize, pages.len());
    pages
}

/// What CUPS' own reader makes of a file; `None` where CUPS is not installed.
fn read_by_cups(file: &[u8], content_type: &str) -> Option<Vec<Picture>> {
    let [old, new] = RASTER_TO_PDF;
    let here = std::path::Path::new(new).is_file();
    let mut to_pdf = tool(if here { new } else { old })?;
    let mut images = tool("pdfimages")?;
    let folder = tempfile::tempdir().unwrap();
    let pdf = folder.path().join("pages.pdf");
    let made = run(
        to_pdf
            .args(["1", "u", "t", "1", ""])
            .env("CONTENT_TYPE", content_type),
        file,
    );
    std::fs::write(&pdf, made).unwrap();
    run(
        images.arg("-png").arg(&pdf).arg(folder.path().join("page")),
        &[],
    );
    let mut files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "png"))
        .collect();
    files.sort();
    Some(files.iter().map(|path| read_png(path)).collect())
}

fn read_png(path: &std::path::Path) -> Picture {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(std::fs::read(path).unwrap()));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let black = pixels[..info.buffer_size()]
        .chunks(info.color_type.samples())
        .map(|pixel| pixel[0] < 128)
        .collect();
    (info.width, info.height, black)
}

#[test]
fn every_dot_is_read_back_from_pwg_raster() {
    for color in [Color::Black1, Color::Sgray8] {
        for width in [1, 8, 577, 1500] {
            let profile = Profile {
                dots: width,
                ..profile()
            };
            let pieces = [difficult(width), Bitmap::new(width, 3)];
            let pages = pages(&pieces, &profile, &options(color)).unwrap();
            let file = pwg::file(&pages, &options(color));
            let read: Vec<_> = pwg_pages(&file).into_iter().map(|page| page.1).collect();
            assert!(read == pieces.each_ref().map(picture), "{color:?} {width}");
        }
    }
}

#[test]
fn every_dot_is_read_back_from_urf() {
    for width in [1, 8, 577, 1500] {
        let profile = Profile {
            dots: width,
            ..profile()
        };
        let pieces = [difficult(width), Bitmap::new(width, 3)];
        let pages = pages(&pieces, &profile, &options(Color::Sgray8)).unwrap();
        let read = urf_pages(&urf::file(&pages, 203));
        assert!(
            read.into_iter().map(|page| page.1).collect::<Vec<_>>()
                == pieces.each_ref().map(picture),
            "{width}"
        );
    }
}

#[test]
fn cups_reads_the_same_dots() {
    for color in [Color::Black1, Color::Sgray8] {
        let pieces = [difficult(384), difficult(384).band(0, 40)];
        let pages = pages(&pieces, &profile(), &options(color)).unwrap();
        let file = pwg::file(&pages, &options(color));
        let Some(read) = read_by_cups(&file, "image/pwg-raster") else {
            return;
        };
        assert!(read == pieces.each_ref().map(picture), "{color:?}");
    }
}

#[test]
fn cups_reads_the_same_dots_from_urf() {
    let pieces = [difficult(384)];
    let pages = pages(&pieces, &profile(), &options(Color::Sgray8)).unwrap();
    let Some(read) = read_by_cups(&urf::file(&pages, 203), "image/urf") else {
        return;
    };
    assert!(read == [picture(&pieces[0])]);
}

fn ticket(markup: &str, options: &PageOptions) -> Result<Vec<u8>, PageError> {
    let (document, pass) = (parse(markup).document, Pass::default());
    to_pwg(&document, &profile(), &pass, &fonts().into(), options)
}

const TICKET: &str =
    "^^^Bella\n-\n|Tee | 2.00|\n|قهوة | 3.00|\n{code:A-1042;option:code128}\n=\n^^KITCHEN\nTee\n";

#[test]
fn a_ticket_is_as_wide_as_its_paper_and_each_cut_ends_a_page() {
    let file = ticket(TICKET, &options(Color::Black1)).unwrap();
    let pages = pwg_pages(&file);
    let document = parse(TICKET).document;
    let pieces = raster::dots(&document, &profile(), &Pass::default(), &fonts().into()).unwrap();
    assert_eq!(pieces.len(), 2);
    for ((header, read), piece) in pages.iter().zip(&pieces) {
        assert!(*read == picture(piece));
        // 384 dots at 203 an inch are 136 points.
        let height = (piece.height() * 72 + 101) / 203;
        let fields = [
            268, 276, 280, 340, 352, 356, 372, 384, 388, 392, 400, 420, 452, 472, 480,
        ]
        .map(|place| number(header, place));
        let expected = [
            4, 203, 203, 1, 136, height, 384, 1, 1, 48, 3, 1, 2, 384, 0xff_ffff,
        ];
        assert_eq!(fields, expected);
        assert!(header.starts_with(b"PwgRaster\0"));
    }
    if let Some(read) = read_by_cups(&file, "image/pwg-raster") {
        assert!(read == pieces.iter().map(picture).collect::<Vec<_>>());
    }
    if let Some(mut file_type) = tool("file") {
        let said = run(file_type.args(["--brief", "-"]), &file);
        let said = String::from_utf8(said).unwrap();
        let size = format!(
            "203x203 dpi, 384x{} pixels 1 bits/color",
            pieces[0].height()
        );
        assert!(
            said.contains("Raster version 2") && said.contains(&size),
            "{said}"
        );
    }
}

#[test]
fn a_receipt_that_is_longer_than_a_sheet_goes_on_on_the_next_at_the_top_left() {
    let options = PageOptions {
        resolution: (300, 300),
        color: Color::Sgray8,
        medium: A4,
        medium_name: "iso_a4_210x297mm".to_owned(),
    };
    let markup = (0..150).map(|row| format!("|row {row}\n"));
    let file = ticket(&markup.collect::<String>(), &options).unwrap();
    let pages = pwg_pages(&file);
    assert_eq!(pages.len(), 3);
    let mut lines = 0;
    for (header, (width, height, pixels)) in &pages {
        assert_eq!((*width, *height), (2480, 3508));
        assert_eq!((number(header, 352), number(header, 356)), (595, 842));
        assert_eq!(number(header, 268), 0, "sheets are not cut");
        assert!(header[1732..].starts_with(b"iso_a4_210x297mm\0"));
        let black = |y: usize, x: usize| pixels[y * 2480 + x];
        let printed: Vec<bool> = (0..3508).map(|y| (0..2480).any(|x| black(y, x))).collect();
        let margins = (0..59).chain(3449..3508).any(|y| printed[y]);
        let right = (0..3508).any(|y| (0..59).chain(59 + 568..2480).any(|x| black(y, x)));
        assert!(
            !margins && !right,
            "nothing stands beside the receipt's place"
        );
        // Between two lines it is white, also where a page ends.
        lines += printed
            .windows(2)
            .filter(|pair| !pair[0] && pair[1])
            .count();
    }
    assert_eq!(lines, 150);
}

#[test]
fn a_printer_of_600_dots_an_inch_draws_each_dot_three_by_three() {
    let options = PageOptions {
        resolution: (600, 600),
        ..options(Color::Black1)
    };
    let [(_, (width, height, pixels))] = &pwg_pages(&ticket("|Tee", &options).unwrap())[..] else {
        panic!("one page")
    };
    let document = parse("|Tee").document;
    let pieces = raster::dots(&document, &profile(), &Pass::default(), &fonts().into()).unwrap();
    assert_eq!((*width, *height), (3 * 384, 3 * pieces[0].height()));
    for (place, black) in (0_u32..).zip(pixels) {
        let (x, y) = (place % width, place / width);
        assert_eq!(*black, pieces[0].get(x / 3, y / 3));
    }
}

#[test]
fn a_roll_that_takes_only_so_much_is_cut_after_the_last_page_of_a_ticket() {
    let options = PageOptions {
        medium: Medium::Roll {
            longest: Some(5_000),
        },
        ..options(Color::Black1)
    };
    let pages = pwg_pages(&ticket(&"|row\n".repeat(30), &options).unwrap());
    let heights: u32 = pages.iter().map(|(_, page)| page.1).sum();
    assert_eq!(heights, 30 * 33);
    assert!(pages.iter().all(|(_, page)| page.1 <= 400));
    let cuts: Vec<_> = pages.iter().map(|page| number(&page.0, 268)).collect();
    assert_eq!(cuts, [0, 0, 4]);
}

#[test]
fn what_cannot_be_printed_whole_is_an_error_that_says_what_to_do() {
    let with = |medium: Medium, resolution: (u32, u32)| {
        let options = PageOptions {
            medium,
            resolution,
            ..options(Color::Black1)
        };
        ticket("|Tee", &options)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let roll = || Medium::Roll { longest: None };
    let sheet = |width, height, margin| Medium::Sheet {
        width,
        height,
        margin,
    };
    for resolution in [(0, 203), (203, 0), (u32::MAX, 203), (203, 10_000)] {
        assert!(with(roll(), resolution).contains("choose a resolution"));
    }
    assert!(with(sheet(4_000, 9_000, 300), (203, 203)).contains("choose a wider medium"));
    assert!(with(sheet(9_000, 100, 50), (203, 203)).contains("choose a longer one"));
    assert!(with(sheet(0, u32::MAX, u32::MAX), (203, 203)).contains("choose a wider medium"));
    assert!(with(Medium::Roll { longest: Some(0) }, (203, 203)).contains("choose a longer one"));
    let oblong = PageOptions {
        resolution: (203, 300),
        ..options(Color::Sgray8)
    };
    let document = parse("|Tee").document;
    let urf = to_urf(
        &document,
        &profile(),
        &Pass::default(),
        &fonts().into(),
        &oblong,
    );
    assert!(urf.unwrap_err().to_string().contains("203 x 300"));
}

#[test]
fn a_ticket_with_nothing_on_it_is_a_page_with_a_white_row() {
    let pages = pwg_pages(&ticket("", &options(Color::Sgray8)).unwrap());
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].1, (384, 1, vec![false; 384]));
    let pages = pwg_pages(
        &ticket(
            "=",
            &PageOptions {
                medium: A4,
                ..options(Color::Black1)
            },
        )
        .unwrap(),
    );
    assert_eq!((pages[0].1.0, pages[0].1.1), (1678, 2374));
}

#[test]
fn a_name_of_a_medium_never_runs_into_what_stands_behind_it() {
    let options = PageOptions {
        medium_name: "ü".repeat(100),
        ..options(Color::Black1)
    };
    let pages = pwg_pages(&ticket("|x", &options).unwrap());
    let name = &pages[0].0[1732..];
    assert_eq!(std::str::from_utf8(&name[..62]), Ok(&*"ü".repeat(31)));
    assert_eq!(name[62..], [0, 0]);
}

#[test]
fn a_page_of_a_strip_is_as_wide_as_the_paper_with_the_receipt_in_its_middle() {
    let profile = profile();
    let dots = difficult(profile.dots);
    let of = |medium| {
        let options = PageOptions {
            medium,
            ..options(Color::Black1)
        };
        pages(std::slice::from_ref(&dots), &profile, &options).map(|pages| {
            pages
                .iter()
                .map(|page| (page.rows.width, page.rows.height, page.cut))
                .collect::<Vec<_>>()
        })
    };
    let strip = |width, longest, ends| Medium::Strip {
        width,
        longest,
        ends,
    };
    let paper = scale::rounded(5_800, 203, 2540);
    assert_eq!(
        of(strip(5_800, None, 0)),
        Ok(vec![(paper, dots.height(), true)])
    );
    let ends = scale::rounded(300, 203, 2540);
    assert_eq!(
        of(strip(5_800, None, 300)),
        Ok(vec![(paper, dots.height() + 2 * ends, true)])
    );
    let split = of(strip(5_800, Some(10_000), 300)).unwrap();
    assert!(
        split.len() > 1
            && split
                .iter()
                .all(|(_, height, _)| *height <= scale::rounded(10_000, 203, 2540))
    );
    assert!(matches!(
        of(strip(3_000, None, 0)),
        Err(PageError::TooWide { .. })
    ));
}

#[test]
fn pages_say_how_long_the_longest_of_them_is() {
    let profile = profile();
    let parsed = parse("one\n=\ntwo\nthree\nfour\n=\n");
    let pass = Pass::default();
    let options = options(Color::Black1);
    let made = to_pages(
        PageFormat::Pwg,
        &parsed.document,
        &profile,
        &pass,
        &fonts().into(),
        &options,
    )
    .unwrap();
    let lines = 3 * profile.line_pitch();
    assert_eq!(made.length, (lines * 2540).div_ceil(203));
    assert_eq!(
        Ok(made.bytes),
        to_pwg(&parsed.document, &profile, &pass, &fonts().into(), &options)
    );
}
