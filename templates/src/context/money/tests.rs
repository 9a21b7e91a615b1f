use proptest::prelude::*;
use serde_json::json;

use super::{table, *};

/// Past the runner, which keeps what a passing test prints to itself.
fn left_out(why: &str) {
    let said = format!("LEFT OUT: amounts were not compared with Intl, {why}\n");
    std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).expect("stderr");
}

fn written(minor: i64, currency: &str, locale: &str) -> String {
    write(&Money::new(minor, currency), locale).replace(NO_BREAK_SPACE, " ")
}

#[test]
fn an_amount_is_written_as_its_country_writes_it() {
    for (minor, currency, locale, expected) in [
        (123_450, "EUR", "de-DE", "1.234,50 €"),
        (-500, "EUR", "de-DE", "-5,00 €"),
        (7, "EUR", "en-IE", "€0.07"),
        (123_450, "EUR", "es-ES", "1234,50 €"),
        (1_234_550, "EUR", "es-ES", "12.345,50 €"),
        (123_450, "USD", "es-US", "$1,234.50"),
        (123_450, "COP", "es-CO", "$ 1.234,50"),
        (123_456_700, "COP", "es-CO", "$ 1.234.567,00"),
        (123_450, "PEN", "es-PE", "S/ 1,234.50"),
        (-123_450, "CHF", "de-CH", "CHF-1'234.50"),
        (123_450, "CHF", "en-US", "CHF 1,234.50"),
        (1_200, "JPY", "ja-JP", "￥1,200"),
        (1_500, "KWD", "en-US", "KWD 1.500"),
        (123_456_700, "INR", "en-IN", "₹12,34,567.00"),
        (123_456_700, "INR", "ta-IN", "₹12,34,567.00"),
        (-1_000, "EUR", "nl-NL", "€ -10,00"),
        (1_000, "CAD", "en-US", "CA$10.00"),
        (1_000, "CAD", "en-Latn-CA", "$10.00"),
        (1_000, "TWD", "zh-TW", "$10.00"),
        (2_050, "CVE", "pt-CV", "20$50"),
        (-123_450, "SEK", "sv-SE", "-1 234,50 kr"),
        (12_345, "CLF", "en", "CLF 1.2345"),
    ] {
        assert_eq!(written(minor, currency, locale), expected, "{locale}");
    }
    assert_eq!(
        written(i64::MIN, "EUR", "en"),
        "-€92,233,720,368,547,758.08"
    );
}

#[test]
fn a_country_with_digits_of_its_own_has_them_on_paper_unless_its_tag_says_otherwise() {
    assert_eq!(written(123_450, "BDT", "bn-BD"), "১,২৩৪.৫০৳");
    assert_eq!(written(123_450, "BDT", "bn-BD-u-nu-latn"), "1,234.50৳");
    assert_eq!(written(123_450, "INR", "hi-IN"), "₹1,234.50");
    assert_eq!(written(123_450, "INR", "hi-IN-u-nu-deva"), "₹१,२३४.५०");
    // Of a numbering system that this language has no marks for.
    assert_eq!(written(123_450, "EUR", "de-u-nu-thai"), "1.234,50 €");
    let egypt = written(-123_450, "EGP", "ar-EG");
    assert!(egypt.contains("١٬٢٣٤٫٥٠"), "{egypt}");
    let plain = written(-123_450, "EGP", "ar-EG-u-nu-latn");
    assert!(plain.contains("-1,234.50"), "{plain}");
}

#[test]
fn digits_that_a_restaurant_leaves_out_are_left_out_only_where_a_whole_ticket_has_none_there() {
    let made = |shown: Option<u8>, currency: &str, minors: &[i64]| -> Vec<String> {
        let business = Business {
            minor_digits: shown,
            ..crate::context::tests::business("hu-HU")
        };
        let amounts: Vec<_> = minors
            .iter()
            .map(|minor| Money::new(*minor, currency))
            .collect();
        let writes = Amounts::of(&business, amounts.iter());
        let written = amounts.iter().map(|amount| writes.write(amount));
        written
            .map(|row| row.replace(NO_BREAK_SPACE, " "))
            .collect()
    };
    assert_eq!(made(None, "HUF", &[45_000]), ["450,00 Ft"]);
    assert_eq!(made(Some(0), "HUF", &[45_000, -200]), ["450 Ft", "-2 Ft"]);
    // Half a forint somewhere on the ticket: the sum of what is shown has to be the sum.
    assert_eq!(
        made(Some(0), "HUF", &[45_000, 150]),
        ["450,00 Ft", "1,50 Ft"]
    );
    assert_eq!(made(Some(1), "KWD", &[1_500]), ["1,5 KWD"]);
    assert_eq!(made(Some(2), "JPY", &[1_500]), ["1500 ¥"]);
    assert_eq!(
        made(Some(0), "HUF", &[0, i64::MIN]),
        ["0,00 Ft", "-92 233 720 368 547 758,08 Ft"]
    );
}

#[test]
fn marks_of_direction_stand_only_among_letters_from_the_right() {
    assert_eq!(written(-123_450, "ILS", "he-IL"), "-1,234.50 ₪");
    assert_eq!(written(-123_450, "PKR", "ur-PK"), "-Rs 1,234.50");
    // The minus stays before its digits although the symbol runs from the right.
    let morocco = written(-123_450, "MAD", "ar-MA");
    assert!(morocco.contains("\u{200E}-1.234,50"), "{morocco:?}");
}

#[test]
fn a_locale_that_is_none_or_old_has_amounts_all_the_same() {
    assert_eq!(written(1_000, "EUR", ""), "€10.00");
    assert_eq!(written(1_000, "EUR", "?!"), "€10.00");
    assert_eq!(written(1_000, "EUR", "xx-YY"), "€10.00");
    assert_eq!(
        written(1_000, "ILS", "iw-IL"),
        written(1_000, "ILS", "he-IL")
    );
    assert_eq!(
        written(1_000, "NOK", "no-NO"),
        written(1_000, "NOK", "nb-NO")
    );
    assert_eq!(written(1_000, "EUR", "DE_at"), "€ 10,00");
    assert_eq!(written(1_000, "WORTHLESS", "en"), "WORTHLESS 10.00");
    assert_eq!(written(1_000, "€", "en"), "€10.00");
}

/// Where the Intl of this node writes otherwise, and why we do not follow it.
fn is_explained(locale: &str, currency: &str, cldr: &str) -> bool {
    match locale {
        // ICU uses what a locale says about the currency of its country alone, the euro or the escudo of Cape Verde with
        // its `$` as decimal mark, for every other currency too.
        "en-BE" | "en-DE" | "en-EE" | "en-ES" | "en-FI" | "en-FR" | "en-IT" | "en-LT" | "en-LV"
        | "en-NL" | "en-PT" | "en-SI" | "en-SK" => currency != "EUR",
        "pt-CV" => currency != "CVE",
        // The grouping mark is an apostrophe since 48.2.
        "fr-CH" => matches!(cldr, "48.0" | "48.1"),
        _ => false,
    }
}

/// Compared with another implementation of CLDR, where there is one.
#[test]
fn every_locale_and_currency_agrees_with_the_intl_of_node() {
    const AMOUNTS: [i64; 4] = [0, -5, 123_450, -123_456_789_012_345];
    let locales: Vec<&str> = table::locales().collect();
    let digits: std::collections::BTreeMap<&str, u32> = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
        "XAF", "XOF", "XPF", "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
    ]
    .into_iter()
    .map(|currency| (currency, minor_digits(currency)))
    .collect();
    let node = std::process::Command::new("node")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/context/money/intl.mjs"
        ))
        .args([json!(locales), json!(AMOUNTS), json!(digits)].map(|value| value.to_string()))
        .output();
    let Ok(node) = node else {
        return left_out("there is no node on this machine");
    };
    let said = String::from_utf8(node.stdout).expect("UTF-8");
    let mut rows = said.lines();
    let cldr = rows.next().expect("a version");
    if cldr.split('.').next() != Some("48") {
        return left_out(&format!(
            "this node has CLDR {cldr}, and the table is of 48"
        ));
    }
    let currencies: Vec<&str> = rows.next().expect("currencies").split(',').collect();
    let mut differences = Vec::new();
    let mut compared = 0;
    while let Some(row) = rows.next() {
        let locale = row.strip_prefix('=').expect("a locale");
        for currency in &currencies {
            for (minor, intl) in AMOUNTS
                .iter()
                .zip(rows.next().expect("amounts").split('\t'))
            {
                compared += 1;
                let ours = write(&Money::new(*minor, *currency), locale);
                if simple(&ours) != simple(intl) && !is_explained(locale, currency, cldr) {
                    differences.push(format!("{locale} {currency} {minor}: {ours:?} {intl:?}"));
                }
            }
        }
    }
    assert!(compared > 200_000, "{compared}");
    assert!(
        differences.is_empty(),
        "{}\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// What a printer has no character for is written with the plain one; marks of direction are compared in a test of
/// their own.
fn simple(text: &str) -> String {
    // A currency whose symbol is nothing.
    let text = text.trim_end_matches(['\u{200B}', NO_BREAK_SPACE]);
    let seen = text
        .chars()
        .filter(|c| !matches!(c, '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{200B}'));
    seen.map(|c| match c {
        '\u{202F}' => NO_BREAK_SPACE,
        '\u{2212}' => '-',
        '’' => '\'',
        _ => c,
    })
    .collect()
}

proptest! {
    #[test]
    fn a_quantity_is_as_wide_as_it_is_written(thousandths in 1_i64..=999_000, whole in any::<bool>()) {
        use unicode_width::UnicodeWidthStr;
        let thousandths = if whole { (thousandths + 999) / 1000 * 1000 } else { thousandths };
        let quantity = Quantity::from_thousandths(thousandths);
        for locale in ["en", "ar-EG"] {
            let business = crate::context::tests::business(locale);
            let written = Amounts::of(&business, std::iter::empty()).quantity(quantity);
            prop_assert_eq!(Amounts::quantity_width(quantity), written.width(), "{}", written);
        }
    }

    /// Reading the digits back gives the amount, in any country.
    #[test]
    fn no_digit_is_lost(minor in any::<i64>(), index in any::<prop::sample::Index>()) {
        let locales: Vec<&str> = table::locales().collect();
        let locale = format!("{}-u-nu-latn", index.get(&locales));
        let written = write(&Money::new(minor, "EUR"), &locale);
        let read: String = written.chars().filter(char::is_ascii_digit).collect();
        prop_assert_eq!(read.parse::<u64>().unwrap(), minor.unsigned_abs());
        prop_assert_eq!(written.contains('-'), minor < 0);
    }
}
