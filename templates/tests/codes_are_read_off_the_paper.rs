//! Every code is drawn on paper as a person would hold it, and read by scanners that share nothing with the drawing:
//! `rxing`, and `zbarimg` of Debian's zbar-tools.

#![allow(clippy::unwrap_used, clippy::unwrap_in_result)] // The whole file is a test.

use std::{
    env, fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use proptest::prelude::*;
use rxing::BarcodeFormat;
use templates::{
    Fonts, Pass, Profile, Supplies,
    document::{Align, Block, Code, CodeKind, CodeLook, Document, Level},
    to_png,
};

const PAPERS: [&str; 2] = ["generic-58", "generic-80"];

fn supplies() -> Supplies {
    static SHARED: OnceLock<Fonts> = OnceLock::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts");
    let fonts = SHARED.get_or_init(|| Fonts::in_folder(Some(folder.into())));
    fonts.clone().into()
}

fn look(kind: CodeKind) -> CodeLook {
    CodeLook {
        kind,
        bar: 2,
        cell: 4,
        height: 60,
        ..CodeLook::default()
    }
}

fn paper(look: CodeLook, data: &str, profile: &str) -> Vec<u8> {
    let code = Code {
        data: data.to_owned(),
        look,
        align: Align::Center,
        at: (1, 1),
    };
    let mut document = Document::default();
    document.blocks.push(Block::Code(code));
    let profile = Profile::named(profile).unwrap();
    to_png(&document, &profile, &Pass::default(), &supplies()).unwrap()
}

/// What `rxing` reads.
fn read(file: &[u8], format: BarcodeFormat) -> Option<String> {
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut grey = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut grey).unwrap();
    // Twice as large, as a camera would see it.
    let (width, height) = (info.width * 2, info.height * 2);
    let large = (0..height)
        .flat_map(|y| (0..width).map(move |x| (y / 2 * info.width + x / 2) as usize))
        .map(|place| grey[place])
        .collect();
    // As a scanner of goods is set: FNC1 within a code is told as GS.
    let mut hints = rxing::DecodeHints {
        AssumeGs1: Some(true),
        ..rxing::DecodeHints::default()
    };
    let read =
        rxing::helpers::detect_in_luma_with_hints(large, width, height, Some(format), &mut hints)
            .ok()?;
    let text = read.getText().to_owned();
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    // In a Data Matrix that says it is UTF-8, this reader takes the bytes for Latin-1, and says them twice.
    match bytes.map(String::from_utf8) {
        Some(Ok(twice)) if format == BarcodeFormat::DATA_MATRIX && !twice.is_ascii() => {
            let (once, again) = twice.split_at(twice.len() / 2);
            assert_eq!(once, again);
            Some(once.to_owned())
        }
        _ => Some(text),
    }
}

/// What `zbarimg` reads: kind and data. `None` when it is not installed, which is said past the runner, and which CI must
/// not be.
fn zbar(file: &[u8]) -> Option<Vec<(String, String)>> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "code-{}-{}.png",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let path: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, file).unwrap();
    let mut command = Command::new("zbarimg");
    command.args(["--quiet", "--nodbus", "-Supca.enable", "-Supce.enable"]);
    let ran = command.arg(&path).output();
    fs::remove_file(&path).unwrap();
    let Ok(ran) = ran else {
        static SAID: OnceLock<()> = OnceLock::new();
        SAID.get_or_init(|| {
            assert!(env::var_os("CI").is_none(), "zbarimg is missing");
            let said = b"left out: zbarimg is missing, so no code was read by it\n";
            drop(std::io::stderr().write_all(said));
        });
        return None;
    };
    let text = String::from_utf8(ran.stdout).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    Some(
        lines
            .map(|(kind, data)| (kind.to_owned(), data.to_owned()))
            .collect(),
    )
}

#[test]
fn every_barcode_is_read_on_both_papers() {
    use BarcodeFormat as By;
    for (kind, data, by, is, zbar_kind, zbar_is) in [
        (
            CodeKind::Upc,
            "036000291452",
            By::UPC_A,
            "036000291452",
            "UPC-A",
            "036000291452",
        ),
        (
            CodeKind::Upc,
            "01234558",
            By::UPC_E,
            "01234558",
            "UPC-E",
            "01234558",
        ),
        (
            CodeKind::Upc,
            "654321",
            By::UPC_E,
            "06543217",
            "UPC-E",
            "06543217",
        ),
        (
            CodeKind::Ean,
            "4006381333931",
            By::EAN_13,
            "4006381333931",
            "EAN-13",
            "4006381333931",
        ),
        (
            CodeKind::Ean,
            "9638507",
            By::EAN_8,
            "96385074",
            "EAN-8",
            "96385074",
        ),
        (
            CodeKind::Code39,
            "A-10",
            By::CODE_39,
            "A-10",
            "CODE-39",
            "A-10",
        ),
        (
            CodeKind::Itf,
            "00104276",
            By::ITF,
            "00104276",
            "I2/5",
            "00104276",
        ),
        (
            CodeKind::Codabar,
            "B31117-42$A",
            By::CODABAR,
            "31117-42$",
            "Codabar",
            "B31117-42$A",
        ),
        (
            CodeKind::Codabar,
            "401564",
            By::CODABAR,
            "401564",
            "Codabar",
            "A401564A",
        ),
        (
            CodeKind::Code93,
            "A-1042",
            By::CODE_93,
            "A-1042",
            "CODE-93",
            "A-1042",
        ),
        (
            CodeKind::Code93,
            "No. 7!",
            By::CODE_93,
            "No. 7!",
            "CODE-93",
            "No. 7!",
        ),
        (
            CodeKind::Code128,
            "A-1042",
            By::CODE_128,
            "A-1042",
            "CODE-128",
            "A-1042",
        ),
        (
            CodeKind::Code128,
            "0123456789",
            By::CODE_128,
            "0123456789",
            "CODE-128",
            "0123456789",
        ),
        (
            CodeKind::Code128,
            "T123456x7",
            By::CODE_128,
            "T123456x7",
            "CODE-128",
            "T123456x7",
        ),
        (
            CodeKind::Qr,
            "https://panbot/t/42?x=1",
            By::QR_CODE,
            "https://panbot/t/42?x=1",
            "QR-Code",
            "https://panbot/t/42?x=1",
        ),
    ] {
        for profile in PAPERS {
            for readable in [false, true] {
                let file = paper(
                    CodeLook {
                        readable,
                        ..look(kind)
                    },
                    data,
                    profile,
                );
                assert_eq!(
                    read(&file, by).as_deref(),
                    Some(is),
                    "{kind:?} {data} on {profile}"
                );
                if let Some(read) = zbar(&file) {
                    let wanted = [(zbar_kind.to_owned(), zbar_is.to_owned())];
                    assert_eq!(read, wanted, "{kind:?} {data} on {profile}");
                }
            }
        }
    }
}

#[test]
fn codes_in_two_dimensions_hold_what_a_restaurant_writes() {
    let link = "https://maps.example/?q=Hauptstr.+12,+10827+Berlin&order=A-1042".repeat(2);
    for data in [
        "A-1042",
        "0123456789012345678901234567890123456789012345678901234567890",
        "Abc 123 ;<>@[\\]_`~! {x} 'q' \"r\" (s) ? * | = ^ & # % +",
        "two\nlines",
        "Döner für 3,50 €",
        "東京 دجاج",
        &link,
    ] {
        for profile in PAPERS {
            for level in [Level::L, Level::Q] {
                for (kind, by) in [
                    (CodeKind::Pdf417, BarcodeFormat::PDF_417),
                    (CodeKind::DataMatrix, BarcodeFormat::DATA_MATRIX),
                    (CodeKind::Qr, BarcodeFormat::QR_CODE),
                ] {
                    let file = paper(
                        CodeLook {
                            level,
                            ..look(kind)
                        },
                        data,
                        profile,
                    );
                    let read = read(&file, by);
                    assert_eq!(
                        read.as_deref(),
                        Some(data),
                        "{kind:?} {level:?} on {profile}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_code_that_cannot_be_drawn_stands_there_in_plain_letters() {
    for (kind, data) in [
        (CodeKind::Ean, "4006381333932"),
        (
            CodeKind::Code128,
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
        (CodeKind::Itf, "123"),
        (CodeKind::Codabar, "E1"),
    ] {
        let file = paper(look(kind), data, "generic-58");
        let blank = paper(look(kind), " ", "generic-58");
        assert_ne!(file, blank, "{kind:?}");
        assert_eq!(zbar(&file).unwrap_or_default(), [], "{kind:?}");
    }
}

fn any_code() -> impl Strategy<Value = (CodeKind, BarcodeFormat, String)> {
    let of = |kind, by, data: &'static str| {
        let data = proptest::string::string_regex(data).unwrap();
        data.prop_map(move |data| (kind, by, data))
    };
    prop_oneof![
        of(CodeKind::Code128, BarcodeFormat::CODE_128, "[ -~]{1,10}"),
        of(CodeKind::Code128, BarcodeFormat::CODE_128, "[0-9A]{6,12}"),
        of(
            CodeKind::Code39,
            BarcodeFormat::CODE_39,
            "[0-9A-Z./+-]{1,8}"
        ),
        of(
            CodeKind::Code93,
            BarcodeFormat::CODE_93,
            "[0-9A-Za-z !#&:;<>?@_{}]{1,7}"
        ),
        of(
            CodeKind::Codabar,
            BarcodeFormat::CODABAR,
            "[0-9$:/.+-]{3,10}"
        ),
        of(CodeKind::Itf, BarcodeFormat::ITF, "([0-9][0-9]){3,7}"),
        of(CodeKind::Pdf417, BarcodeFormat::PDF_417, "[ -~]{1,120}"),
        of(
            CodeKind::Pdf417,
            BarcodeFormat::PDF_417,
            "[A-Z]{0,9}[0-9]{10,100}[a-z]{0,9}[0-9]{0,60}"
        ),
        of(
            CodeKind::Pdf417,
            BarcodeFormat::PDF_417,
            "[a-zäöüéßЖ東 ]{1,60}"
        ),
        of(
            CodeKind::DataMatrix,
            BarcodeFormat::DATA_MATRIX,
            "[ -~]{1,120}"
        ),
        of(
            CodeKind::DataMatrix,
            BarcodeFormat::DATA_MATRIX,
            "[a-zäöüéßЖ東 ]{1,60}"
        ),
        of(CodeKind::Qr, BarcodeFormat::QR_CODE, "[ -~äöüЖ東]{1,120}"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_data_are_read_back(
        (kind, by, data) in any_code(),
        profile in prop::sample::select(PAPERS.to_vec()),
        level in prop::sample::select(vec![Level::L, Level::M, Level::Q, Level::H]),
    ) {
        let file = paper(CodeLook { level, ..look(kind) }, &data, profile);
        prop_assert_eq!(read(&file, by), Some(data));
    }

    #[test]
    fn any_number_of_goods_is_read_back(number in 0_u64..1_000_000_000_000, short in 0_u32..1_000_000) {
        let ean = paper(look(CodeKind::Ean), &format!("{number:012}"), "generic-58");
        let read_ean = read(&ean, BarcodeFormat::EAN_13).unwrap();
        prop_assert_eq!(&read_ean[..12], format!("{number:012}"));
        let upc = paper(look(CodeKind::Upc), &format!("{short:06}"), "generic-58");
        let read_upc = read(&upc, BarcodeFormat::UPC_E).unwrap();
        prop_assert_eq!(&read_upc[1..7], format!("{short:06}"));
    }
}

#[test]
fn gs1_codes_are_read_with_their_separators() {
    let data = "(10)A-42(17)270131(01)09521234543213(21)7";
    let gs1 = |kind| CodeLook {
        gs1: true,
        ..look(kind)
    };
    let barcode = paper(gs1(CodeKind::Code128), data, "generic-80");
    // `]C1` says that FNC1 came first.
    let read_back = read(&barcode, BarcodeFormat::CODE_128).unwrap();
    let elements = "10A-42\u{1d}17270131010952123454321321\u{37}";
    assert_eq!(
        read_back
            .trim_start_matches("]C1")
            .trim_start_matches('\u{1d}'),
        elements
    );
    let matrix = paper(gs1(CodeKind::DataMatrix), data, "generic-58");
    let read_back = read(&matrix, BarcodeFormat::DATA_MATRIX).unwrap();
    assert_eq!(read_back.trim_start_matches('\u{1d}'), elements);
    if let Some(codes) = zbar(&barcode) {
        assert_eq!(codes.len(), 1, "{codes:?}");
        assert!(codes[0].1.contains("17270131"), "{codes:?}");
    }
}

#[test]
fn a_barcode_without_room_for_its_quiet_zone_is_read_on_the_paper_with_its_margin() {
    let data = "ABCDEFGHIJKLM";
    let picture = paper(look(CodeKind::Code128), data, "generic-58");
    assert_eq!(
        read(&picture, BarcodeFormat::CODE_128).as_deref(),
        Some(data)
    );
    if let Some(codes) = zbar(&picture) {
        assert_eq!(codes, [("CODE-128".to_owned(), data.to_owned())]);
    }
}

#[test]
fn a_data_matrix_that_begins_like_a_macro_keeps_its_last_bytes() {
    for data in [
        "[)>\u{1e}05\u{1d}",
        "[)>\u{1e}06\u{1d}12S1\u{1e}\u{4}",
        "[)>\u{1e}05\u{1d}A-1042",
    ] {
        let picture = paper(look(CodeKind::DataMatrix), data, "generic-58");
        assert_eq!(
            read(&picture, BarcodeFormat::DATA_MATRIX).as_deref(),
            Some(data)
        );
    }
}
