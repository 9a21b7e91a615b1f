use super::*;
use crate::document::{Align, CodeLook};

fn code(kind: CodeKind, data: &str) -> Code {
    Code {
        data: data.to_owned(),
        look: CodeLook {
            kind,
            cell: 8,
            bar: 4,
            ..CodeLook::default()
        },
        align: Align::Center,
        at: (1, 1),
    }
}

#[test]
fn a_code_shrinks_to_the_paper_but_never_below_what_scanners_read() {
    let dots =
        |kind, data: &str, paper| symbol(&code(kind, data), paper).map(|symbol| symbol.module_dots);
    let link = "https://example.org/".repeat(8);
    assert_eq!(dots(CodeKind::Qr, &link, 576), Some(8));
    assert_eq!(dots(CodeKind::Qr, &link, 384), Some(6));
    assert_eq!(dots(CodeKind::DataMatrix, &link, 320), Some(6));
    assert_eq!(dots(CodeKind::Pdf417, &link, 384), Some(3));
    assert_eq!(dots(CodeKind::Pdf417, &link, 170), None);
    assert_eq!(dots(CodeKind::Code128, "A-1042", 576), Some(4));
    assert_eq!(dots(CodeKind::Code128, &"A".repeat(30), 384), None);
    assert_eq!(dots(CodeKind::Qr, &"x".repeat(5000), 576), None);
}

#[test]
fn every_code_stays_on_the_paper() {
    for paper in [192, 384, 576, 832] {
        for (kind, data) in [
            (CodeKind::Qr, "https://example.org/t/42"),
            (CodeKind::DataMatrix, "https://example.org/t/42"),
            (CodeKind::Pdf417, "https://example.org/t/42"),
            (CodeKind::Upc, "036000291452"),
            (CodeKind::Upc, "01234558"),
            (CodeKind::Ean, "96385074"),
            (CodeKind::Code39, "A-10"),
            (CodeKind::Itf, "1042"),
            (CodeKind::Codabar, "A1042B"),
            (CodeKind::Code93, "A-10"),
            (CodeKind::Code128, "A-1042"),
        ] {
            let Some(picture) = drawn(&code(kind, data), paper) else {
                assert!(paper == 192, "{kind:?} on {paper}");
                continue;
            };
            assert!(picture.width() <= paper, "{kind:?} on {paper}");
        }
    }
}

#[test]
fn data_that_a_symbology_cannot_say_make_no_symbol() {
    for (kind, data) in [
        (CodeKind::Ean, "12345"),
        (CodeKind::Ean, "4006381333932"),
        (CodeKind::Upc, "ABC"),
        (CodeKind::Upc, "01234559"),
        (CodeKind::Code39, "ä"),
        (CodeKind::Itf, "123"),
        (CodeKind::Codabar, "A1042"),
        (CodeKind::Code93, "ä"),
        (CodeKind::Code128, "Käse"),
        (CodeKind::Code128, "a\nb"),
        (CodeKind::Code128, "\u{1d}10A"),
        (CodeKind::Code128, ""),
        (CodeKind::Qr, ""),
        (CodeKind::DataMatrix, ""),
        (CodeKind::Pdf417, ""),
        (CodeKind::DataMatrix, ""),
    ] {
        assert_eq!(symbol(&code(kind, data), 576), None, "{kind:?} {data}");
    }
    let long = "9".repeat(4000);
    assert_eq!(symbol(&code(CodeKind::DataMatrix, &long), 576), None);
    assert_eq!(symbol(&code(CodeKind::Pdf417, &long), 576), None);
    assert!(symbol(&code(CodeKind::Ean, "4006381333931"), 576).is_some());
    assert!(symbol(&code(CodeKind::Ean, "400638133393"), 576).is_some());
}

#[test]
fn a_printer_draws_a_code_by_itself_only_where_its_own_way_of_it_fits() {
    let native = |kind, data: &str, paper| {
        symbol(&code(kind, data), paper).and_then(|symbol| symbol.native_dots)
    };
    let digits = "12345678901234567890";
    assert!(symbol(&code(CodeKind::Code128, digits), 384).is_some());
    assert_eq!(
        native(CodeKind::Code128, digits, 384),
        None,
        "set C fits, set B does not"
    );
    assert_eq!(native(CodeKind::Code128, "A-1042", 576), Some(4));
    assert_eq!(native(CodeKind::Upc, "036000291452", 576), Some(4));
    assert_eq!(native(CodeKind::Upc, "01234558", 576), None);
}

#[test]
fn below_a_barcode_stands_what_a_scanner_reads() {
    let below = |kind, data: &str| readable(&code(kind, data));
    assert_eq!(
        below(CodeKind::Ean, "400638133393").unwrap(),
        "4006381333931"
    );
    assert_eq!(below(CodeKind::Upc, "123455").unwrap(), "01234558");
    assert_eq!(below(CodeKind::Code128, "A-1042").unwrap(), "A-1042");
    assert_eq!(below(CodeKind::Qr, "x"), None);
    assert_eq!(below(CodeKind::Pdf417, "x"), None);
}

#[test]
fn why_a_code_is_not_printed_is_said_with_what_to_write_instead() {
    let long = "x".repeat(3000);
    for (kind, data, said) in [
        (
            CodeKind::Ean,
            "1324354657687",
            "EAN: the last digit, 7, checks the others and should be 0",
        ),
        (
            CodeKind::Ean,
            "1234567890",
            "EAN: it has 13 or 8 digits, of which the last may be left out, and not 10",
        ),
        (CodeKind::Ean, "ABC", "EAN: it holds digits only"),
        (
            CodeKind::Upc,
            "042100005265",
            "UPC: the last digit, 5, checks the others and should be 4",
        ),
        (
            CodeKind::Upc,
            "04252615",
            "UPC: the last digit checks the others and should be 4",
        ),
        (
            CodeKind::Itf,
            "12345",
            "ITF: it holds pairs of digits, and these are 5; write a zero in front",
        ),
        (CodeKind::Itf, "12a4", "ITF: 'a' is no digit"),
        (
            CodeKind::Code39,
            "abc-12",
            "Code 39: 'a' is not in its alphabet of capital letters",
        ),
        (CodeKind::Codabar, "A1042", "Codabar: it holds digits and"),
        (CodeKind::Code93, "ä", "Code 93: 'ä' is not in its alphabet"),
        (
            CodeKind::Code128,
            "é12",
            "Code 128: 'é' is no printable ASCII; a QR code holds any text",
        ),
        (
            CodeKind::Code128,
            "\u{1d}0109521234543213",
            "Code 128: FNC1 is for GS1; write the option gs1",
        ),
        (
            CodeKind::Code128,
            "A-1042-A-1042-A-1042-A-1042-A-1042",
            "Code 128: its bars are 796 dots wide and this paper 576",
        ),
        (
            CodeKind::Qr,
            &long,
            "QR code: 3000 bytes are more than the 2953 that it holds",
        ),
        (
            CodeKind::Pdf417,
            &long,
            "PDF417: 3000 bytes are more than it holds",
        ),
        (CodeKind::Qr, "", "QR code: there are no data"),
    ] {
        let problem = problem(&code(kind, data), 576).unwrap_or_default();
        assert!(problem.starts_with(said), "{problem}");
    }
    assert_eq!(problem(&code(CodeKind::Ean, "4006381333931"), 576), None);
    let narrow = problem(&code(CodeKind::Qr, &"x".repeat(2000)), 240).unwrap();
    assert!(narrow.contains("wider than the 240 dots"), "{narrow}");
}

#[test]
fn a_barcode_may_have_the_margin_of_the_paper_for_its_quiet_zone() {
    // 12 characters in set B: 178 modules.
    let data = "ABCDEFGHIJKLM";
    let width = |paper| drawn(&code(CodeKind::Code128, data), paper).map(|dots| dots.width());
    assert_eq!(width(384), Some(2 * 178 + 2 * 14));
    assert_eq!(width(356), Some(2 * 178));
    assert_eq!(width(355), None);
    let wide = symbol(&code(CodeKind::Code128, data), 384).unwrap();
    assert_eq!(
        (wide.module_dots, wide.native_dots, wide.quiet),
        (2, Some(2), 7)
    );
}

#[test]
fn gs1_is_for_code_128_and_data_matrix() {
    let gs1 = |kind, data: &str| {
        let mut code = code(kind, data);
        code.look.gs1 = true;
        code
    };
    let data = "(01)09521234543213(3103)001500";
    for kind in [CodeKind::Code128, CodeKind::DataMatrix] {
        assert_eq!(problem(&gs1(kind, data), 576), None);
    }
    let barcode = gs1(CodeKind::Code128, data);
    assert_eq!(readable(&barcode).as_deref(), Some(data));
    // Start C, FNC1, 13 pairs, check and stop: no character but pairs of digits.
    let modules = symbol(&barcode, 576).unwrap().modules[0].len();
    assert_eq!(modules, 11 + 11 + 13 * 11 + 11 + 13);
    for (kind, data, said) in [
        (
            CodeKind::Qr,
            data,
            "QR code: gs1 goes with code128 and x-datamatrix only",
        ),
        (
            CodeKind::Code128,
            "(01)09521234543214",
            "Code 128: the last digit of (01)09521234543214 checks",
        ),
    ] {
        assert!(problem(&gs1(kind, data), 576).unwrap().starts_with(said));
    }
}
