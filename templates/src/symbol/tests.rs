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
        (CodeKind::Code128, ""),
        (CodeKind::Qr, ""),
        (CodeKind::DataMatrix, ""),
        (CodeKind::Pdf417, ""),
        (CodeKind::Pdf417, ""),
        (CodeKind::Pdf417, "\u{1b}@"),
        (CodeKind::DataMatrix, ""),
        (CodeKind::Qr, "a\u{10}b"),
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
