//! Amounts as the restaurant's country writes them. Whole numbers from beginning to end: the digits are cut, never
//! divided as floats.

use api::{Money, money::minor_digits};

/// Where the sign of the currency stands. The spaces are no-break spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `€1.00`, and `-€1.00`.
    Before,
    /// `€ 1.00`, and `-€ 1.00`.
    BeforeSpace,
    /// `€ 1.00`, and `€ -1.00`.
    BeforeMinus,
    /// `1.00 €`, and `-1.00 €`.
    After,
}

/// How a country writes amounts.
#[derive(Debug, Clone, Copy)]
struct Pattern {
    decimal: char,
    group: char,
    /// Digits before the decimal mark from which they are grouped.
    grouped_from: usize,
    /// Digits of every group but the last, which has three.
    group_size: usize,
    place: Place,
}

const SPACE: char = '\u{A0}';

const fn pattern(decimal: char, group: char, grouped_from: usize, place: Place) -> Pattern {
    Pattern {
        decimal,
        group,
        grouped_from,
        group_size: 3,
        place,
    }
}

const ENGLISH: Pattern = pattern('.', ',', 4, Place::Before);
const COMMA_AFTER: Pattern = pattern(',', '.', 4, Place::After);
const SPACE_AFTER: Pattern = pattern(',', SPACE, 4, Place::After);
const INDIAN: Pattern = Pattern {
    group_size: 2,
    ..ENGLISH
};

/// By BCP 47 tag; a language counts for all its countries that are not here themselves. Anything else writes like
/// English. Digits are the Latin ones everywhere, so that every row of prices can be added up by eye.
const PATTERNS: [(&str, Pattern); 35] = [
    ("bg", pattern(',', SPACE, 5, Place::After)),
    ("cs", SPACE_AFTER),
    ("da", COMMA_AFTER),
    ("de", COMMA_AFTER),
    ("de-AT", pattern(',', '.', 4, Place::BeforeSpace)),
    ("de-CH", pattern('.', '\'', 4, Place::BeforeMinus)),
    ("de-LI", pattern('.', '\'', 4, Place::BeforeMinus)),
    ("el", COMMA_AFTER),
    ("en", ENGLISH),
    ("en-IN", INDIAN),
    ("es", pattern(',', '.', 5, Place::After)),
    ("es-MX", ENGLISH),
    ("fi", SPACE_AFTER),
    ("fr", SPACE_AFTER),
    ("fr-CH", pattern('.', SPACE, 4, Place::After)),
    ("he", pattern('.', ',', 4, Place::After)),
    ("hi", INDIAN),
    ("hr", COMMA_AFTER),
    ("hu", pattern(',', SPACE, 5, Place::After)),
    ("id", pattern(',', '.', 4, Place::BeforeSpace)),
    ("it", pattern(',', '.', 5, Place::After)),
    ("nb", SPACE_AFTER),
    ("nl", pattern(',', '.', 4, Place::BeforeMinus)),
    ("no", SPACE_AFTER),
    ("pl", pattern(',', SPACE, 5, Place::After)),
    ("pt", pattern(',', SPACE, 5, Place::After)),
    ("pt-BR", pattern(',', '.', 4, Place::BeforeSpace)),
    ("ro", COMMA_AFTER),
    ("ru", SPACE_AFTER),
    ("sk", SPACE_AFTER),
    ("sl", pattern(',', '.', 5, Place::After)),
    ("sv", SPACE_AFTER),
    ("tr", pattern(',', '.', 4, Place::Before)),
    ("uk", SPACE_AFTER),
    ("vi", COMMA_AFTER),
];

/// By ISO 4217 code: the sign at home, and the one that is clear anywhere. A currency that is not here shows its code.
const SIGNS: [(&str, &str, &[&str], &str); 29] = [
    ("AUD", "$", &["AU"], "A$"),
    ("BRL", "R$", &[], "R$"),
    ("CAD", "$", &["CA"], "CA$"),
    ("CNY", "¥", &["CN"], "CN¥"),
    ("CZK", "Kč", &["CZ"], "CZK"),
    ("DKK", "kr.", &["DK"], "DKK"),
    ("EUR", "€", &[], "€"),
    ("GBP", "£", &[], "£"),
    ("HKD", "HK$", &[], "HK$"),
    ("HUF", "Ft", &["HU"], "HUF"),
    ("IDR", "Rp", &["ID"], "IDR"),
    ("ILS", "₪", &[], "₪"),
    ("INR", "₹", &[], "₹"),
    ("ISK", "kr.", &["IS"], "ISK"),
    ("JPY", "￥", &["JP"], "¥"),
    ("KRW", "₩", &[], "₩"),
    ("MXN", "$", &["MX"], "MX$"),
    ("NOK", "kr", &["NO"], "NOK"),
    ("NZD", "$", &["NZ"], "NZ$"),
    ("PHP", "₱", &[], "₱"),
    ("PLN", "zł", &["PL"], "PLN"),
    ("RUB", "₽", &["RU"], "RUB"),
    ("SEK", "kr", &["SE"], "SEK"),
    ("SGD", "$", &["SG"], "SGD"),
    ("THB", "฿", &["TH"], "THB"),
    ("TRY", "₺", &["TR"], "TRY"),
    ("TWD", "$", &["TW"], "NT$"),
    ("UAH", "₴", &["UA"], "UAH"),
    ("USD", "$", &[], "$"),
];

/// How one locale writes amounts, looked up once for a ticket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amounts<'l> {
    pattern: Pattern,
    locale: &'l str,
}

impl<'l> Amounts<'l> {
    pub(super) fn of(locale: &'l str) -> Self {
        let pattern = pattern_of(locale);
        Amounts { pattern, locale }
    }

    pub(super) fn write(&self, money: &Money) -> String {
        let sign = sign_of(&money.currency, self.locale);
        let mut made = String::with_capacity(16);
        let minus = if money.minor < 0 { "-" } else { "" };
        let amount = money.minor.unsigned_abs();
        let decimals = minor_digits(&money.currency);
        // A sign that ends in a letter would run into the number.
        let apart = sign.ends_with(char::is_alphabetic);
        match self.pattern.place {
            Place::Before | Place::BeforeSpace => made.extend([minus, sign]),
            Place::BeforeMinus => made.push_str(sign),
            Place::After => made.push_str(minus),
        }
        match self.pattern.place {
            Place::Before if apart => made.push(SPACE),
            Place::Before | Place::After => {}
            Place::BeforeSpace => made.push(SPACE),
            Place::BeforeMinus => {
                made.push(SPACE);
                made.push_str(minus);
            }
        }
        digits(&mut made, amount, decimals, &self.pattern);
        if self.pattern.place == Place::After {
            made.push(SPACE);
            made.push_str(sign);
        }
        made
    }
}

/// The amount in words of the locale, a BCP 47 tag: `1.234,50 €`.
pub fn write(money: &Money, locale: &str) -> String {
    Amounts::of(locale).write(money)
}

fn digits(made: &mut String, minor: u64, decimals: u32, pattern: &Pattern) {
    let decimals = decimals as usize;
    let all = format!("{minor:0width$}", width = decimals + 1);
    let (whole, fraction) = all.split_at(all.len() - decimals);
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        let at_group = left >= 3 && (left - 3) % pattern.group_size == 0;
        if index > 0 && at_group && whole.len() >= pattern.grouped_from {
            made.push(pattern.group);
        }
        made.push(digit);
    }
    if !fraction.is_empty() {
        made.push(pattern.decimal);
        made.push_str(fraction);
    }
}

fn pattern_of(locale: &str) -> Pattern {
    let (language, region) = parts(locale);
    let known = |language: &str, region: &str| {
        PATTERNS.iter().find(|(tag, _)| {
            let (its_language, its_region) = parts(tag);
            its_language.eq_ignore_ascii_case(language) && its_region.eq_ignore_ascii_case(region)
        })
    };
    known(language, region)
        .or_else(|| known(language, ""))
        .map_or(ENGLISH, |(_, pattern)| *pattern)
}

fn sign_of<'m>(currency: &'m str, locale: &str) -> &'m str {
    let (_, region) = parts(locale);
    match SIGNS.iter().find(|(code, ..)| *code == currency) {
        Some((_, home, at, _)) if at.iter().any(|at| at.eq_ignore_ascii_case(region)) => home,
        Some((.., anywhere)) => anywhere,
        None => currency,
    }
}

/// Language and region; a script between them is passed over.
fn parts(locale: &str) -> (&str, &str) {
    let mut subtags = locale.split(['-', '_']);
    let language = subtags.next().unwrap_or_default();
    let region = subtags
        .take_while(|tag| tag.len() > 1)
        .find(|tag| tag.len() == 2)
        .unwrap_or_default();
    (language, region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Past the runner, which keeps what a passing test prints to itself.
    fn left_out(why: &str) {
        let said = format!("left out: amounts were not compared with Intl, {why}\n");
        std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).expect("stderr");
    }

    #[test]
    fn an_amount_is_written_as_its_country_writes_it() {
        for (minor, currency, locale, written) in [
            (123_450, "EUR", "de-DE", "1.234,50 €"),
            (-500, "EUR", "de-DE", "-5,00 €"),
            (7, "EUR", "en-IE", "€0.07"),
            (123_450, "EUR", "es-ES", "1234,50 €"),
            (1_234_550, "EUR", "es-ES", "12.345,50 €"),
            (123_450, "CHF", "de-CH", "CHF 1'234.50"),
            (123_450, "CHF", "en-US", "CHF 1,234.50"),
            (1_200, "JPY", "ja-JP", "￥1,200"),
            (1_500, "KWD", "en-US", "KWD 1.500"),
            (123_456_700, "INR", "en-IN", "₹12,34,567.00"),
            (-1_000, "EUR", "nl-NL", "€ -10,00"),
            (1_000, "CAD", "en-US", "CA$10.00"),
            (1_000, "CAD", "en-Latn-CA", "$10.00"),
            (1_000, "EUR", "", "€10.00"),
        ] {
            let made = write(&Money::new(minor, currency), locale);
            assert_eq!(made.replace(SPACE, " "), written, "{locale}");
        }
        assert_eq!(
            write(&Money::new(i64::MIN, "EUR"), "en"),
            "-€92,233,720,368,547,758.08"
        );
    }

    /// Compared with another implementation of CLDR, where there is one.
    #[test]
    fn the_table_agrees_with_the_intl_of_node() {
        const CASES: &str = "bg-BG EUR,cs-CZ CZK,da-DK DKK,de-DE EUR,de-AT EUR,de-CH CHF,el-GR EUR,en-US USD,en-GB GBP,\
            en-IE EUR,en-IN INR,en-CA CAD,en-AU AUD,en-NZ NZD,es-ES EUR,es-MX MXN,fi-FI EUR,fr-FR EUR,fr-BE EUR,fr-CA CAD,\
            hr-HR EUR,hi-IN INR,hu-HU HUF,it-IT EUR,ja-JP JPY,ko-KR KRW,nb-NO NOK,nl-NL EUR,nl-BE EUR,pl-PL PLN,pt-PT EUR,\
            pt-BR BRL,ru-RU RUB,sk-SK EUR,sl-SI EUR,sv-SE SEK,tr-TR TRY,uk-UA UAH,zh-CN CNY,vi-VN EUR,de-DE USD,id-ID IDR";
        const AMOUNTS: [i64; 4] = [5, 123_450, 1_234_567_800, -1_234_567_800];
        let script = "const [cases, amounts] = process.argv.slice(1);\
            console.log(parseInt(process.versions.icu));\
            for (const c of cases.split(',')) { const [l, currency] = c.trim().split(' ');\
            const f = new Intl.NumberFormat(l, { style: 'currency', currency, ...(['IDR', 'HUF'].includes(currency) ? { minimumFractionDigits: 2 } : {}) });\
            const d = ['JPY', 'KRW'].includes(currency) ? 1 : 100;\
            for (const a of amounts.split(',')) console.log(f.format(a / d)); }";
        let amounts = AMOUNTS.map(|amount| amount.to_string()).join(",");
        let node = std::process::Command::new("node")
            .args(["-e", script, CASES, &amounts])
            .output();
        let Ok(node) = node else {
            left_out("there is no node on this machine");
            return;
        };
        let said = String::from_utf8(node.stdout).unwrap();
        let mut said = said.lines();
        let icu: u32 = said.next().unwrap().parse().unwrap();
        if icu < 76 {
            left_out(&format!("ICU {icu} of this node is older than the table"));
            return;
        }
        for case in CASES.split(',') {
            let (locale, currency) = case.trim().split_once(' ').unwrap();
            for amount in AMOUNTS {
                // What a printer has no character for is written with the plain one.
                let intl: String = said
                    .next()
                    .unwrap()
                    .chars()
                    .filter(|c| !matches!(c, '\u{200E}' | '\u{200F}' | '\u{61C}'))
                    .map(|c| match c {
                        '\u{202F}' => SPACE,
                        '\u{2212}' => '-',
                        '’' => '\'',
                        _ => c,
                    })
                    .collect();
                let ours = write(&Money::new(amount, currency), locale);
                // Intl puts the minus of Switzerland where the space would be.
                let ours = if locale == "de-CH" && amount < 0 {
                    ours.replace(&format!("{SPACE}-"), "-")
                } else {
                    ours
                };
                assert_eq!(ours, intl, "{locale} {currency} {amount}");
            }
        }
    }

    proptest! {
        /// Reading the digits back gives the amount, in any country.
        #[test]
        fn no_digit_is_lost(minor in any::<i64>(), index in 0..PATTERNS.len()) {
            let written = write(&Money::new(minor, "EUR"), PATTERNS[index].0);
            let read: String = written.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(read.parse::<u64>().unwrap(), minor.unsigned_abs());
            prop_assert_eq!(written.contains('-'), minor < 0);
        }
    }
}
