//! The test page: what somebody holds next to a new printer to see that everything arrives.

use api::{Business, Printer};

use crate::{codepage::Pages, inert, profile::Profile, words};

/// Markup of a page that shows the width, the sizes and fonts, the scripts, each code page of the printer, a QR code and
/// barcodes, the density, the drawer and the cut, in the words of the restaurant.
pub fn test_page(business: &Business, printer: &Printer) -> String {
    let address = printer.address.as_ref().map(ToString::to_string);
    test_page_for(business, &printer.name, address, &Profile::of(printer))
}

/// The same for a printer that is in no settings.
pub fn test_page_for(
    business: &Business,
    name: &str,
    address: Option<String>,
    profile: &Profile,
) -> String {
    let words = words::of(words::speaker(business));
    let say = inert::text;
    let address = address.unwrap_or_else(|| words.no_address.into());
    let columns = profile.columns;
    let mut page = super::opening(&business.locale);
    let mut row = |row: &str| {
        page.push_str(row);
        page.push('\n');
    };
    row(&format!("^^\"{}\"", say(words.test_page)));
    row(&format!("^^^\"{}\"", say(name)));
    row(&say(&business.name));
    row(&say(&address));
    row("-");
    row("{x-dir:ltr;x-wrap:char}");
    row(&format!("|{}", ruler(columns)));
    row(&format!("|{}", numbers(columns)));
    row(if words::is_right_to_left(&business.locale) {
        "{x-dir:rtl;x-wrap:word}"
    } else {
        "{x-dir:auto;x-wrap:word}"
    });
    row(&format!("|{} {columns}", say(words.columns)));
    row("-");
    row(&format!("|{} | \"{}\"", say(words.plain), say(words.bold)));
    row(&format!(
        "|_{}_ | `~{}~`",
        say(words.underlined),
        say(words.inverse)
    ));
    row(&format!("|^{} | ^^{}", say(words.wide), say(words.high)));
    row("|2 ^^2 ^^^2 ^^^^2 ^^^^^2");
    row(&format!("|{} A | ABC abc 123", say(words.font)));
    row("{x-font:b}");
    row(&format!("|{} B | ABC abc 123", say(words.font)));
    row("{x-font:a}");
    row("-");
    for script in SCRIPTS {
        row(&format!("|{script}"));
    }
    row("-");
    row(&say(words.code_page));
    for (index, (number, table)) in profile.pages.list().iter().enumerate() {
        let name = format!("{number} {}", table.name());
        let letters = letters_of(index, &profile.pages);
        row(&format!("|{} | {}", say(&name), say(&letters)));
    }
    row("-");
    row(&format!(
        "{{code:PanBot test page of {}; option:qrcode,5,m}}",
        say(name)
    ));
    row("");
    row("{code:PANBOT-58; option:code128,2,48,hri}");
    row("{code:2000000000008; option:ean,2,48,hri}");
    row("{x-pdf417:PanBot PDF417}");
    row("-");
    row(&say(words.density));
    for bar in ["~~~~~~~~~~~~~~~~", "~~~~~~~~"] {
        row(&format!("`{bar}`"));
    }
    row("░░░░▒▒▒▒▓▓▓▓████");
    row(&say(words.density_advice));
    row("-");
    row("{x-drawer}");
    row(&say(words.drawer));
    row(&say(words.cut));
    row("=");
    page
}

/// "Good morning" where the scripts of our languages are at home.
const SCRIPTS: [&str; 7] = [
    "Buenos días · Günaydın · Dzień dobry",
    "äöü ÄÖÜ ß éèêç ñ å ø ğış € £",
    "Καλημέρα κόσμε",
    "Доброе утро",
    "おはようございます 早安",
    "صباح الخير 123",
    "בוקר טוב 123",
];

/// A few letters that the printer says from this page: those that no page before it has, or else the first of all.
fn letters_of(index: usize, pages: &Pages) -> String {
    let Some((_, table)) = pages.list().get(index) else {
        return String::new();
    };
    let first = |letter: char| Some(pages.code(letter)?.pages.trailing_zeros() as usize);
    let letters = (0x80..=0xff)
        .filter_map(|byte| table.character(byte))
        .filter(|letter| letter.is_alphabetic() && first(*letter).is_some());
    let (mut own, shared): (Vec<char>, Vec<char>) =
        letters.partition(|letter| first(*letter) == Some(index));
    own.extend(shared);
    own.truncate(LETTERS);
    own.into_iter().collect()
}

const LETTERS: usize = 12;

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
