//! The test page: what somebody holds next to a new printer to see that everything arrives.

use std::fmt::Write;

use api::{Business, Printer};

use crate::{inert, profile::Profile};

/// Markup of a page that shows the width, the scripts, the sizes, a QR code, the density and the cut.
pub fn test_page(business: &Business, printer: &Printer) -> String {
    let columns = Profile::of(printer).columns;
    let address = printer.address.as_ref().map(ToString::to_string);
    let mut page = String::from("{x-mark}\n{x-wrap:word}\n");
    let rows = [
        format!("^^^\"{}\"", inert::text(&printer.name)),
        inert::text(&business.name),
        inert::text(&address.unwrap_or_else(|| "no address".into())),
        "-".into(),
        "{x-wrap:char}".into(),
        format!("|{}", ruler(columns)),
        format!("|{}", numbers(columns)),
        format!("{{x-wrap:word}}\n|{columns} characters a row"),
        "-".into(),
        "|Plain | \"Bold\"".into(),
        "|_Underlined_ | `~Inverse~`".into(),
        "|^Wide | ^^High".into(),
        "-".into(),
        "|äöü ÄÖÜ ß éèêç ñ å ø € £".into(),
        "|Καλημέρα κόσμε".into(),
        "|Доброе утро".into(),
        "|おはようございます 早安".into(),
        "|صباح الخير 123".into(),
        "|בוקר טוב 123".into(),
        "-".into(),
        format!(
            "{{code:PanBot test page of {}; option:qrcode,5,m}}",
            inert::text(&printer.name)
        ),
        "|`~~~~~~~~~~~~~~~~`|".into(),
        "Not black and sharp? Clean the print head.".into(),
        "The paper is cut below.".into(),
        "=".into(),
    ];
    for row in rows {
        let _infallible = writeln!(page, "{row}");
    }
    page
}

/// `----5----|----5----|…`, as wide as the paper.
fn ruler(columns: u32) -> String {
    (1..=columns)
        .map(|column| match column % 10 {
            0 => "\\|",
            5 => "+",
            _ => "\\-",
        })
        .collect()
}

/// `        10        20…`, below the ruler.
fn numbers(columns: u32) -> String {
    let tens = (1..=columns / 10).map(|ten| format!("{:~>10}", ten * 10));
    tens.collect()
}
