//! The fixed words of our own tickets, one file a language. A template finds them as `{{words.…}}`. A language that is
//! not here speaks English; one that is here has every word, or this crate does not build.
//!
//! Counts stand behind their word ("Orders: 3"), so that no language has to bend it. A `{}` is the place of a number or
//! name.

mod ar;
mod bg;
mod choice;
mod cs;
mod da;
mod de;
mod el;
mod en;
mod es;
mod fi;
mod fr;
mod he;
mod hi;
mod hu;
mod id;
mod it;
mod ja;
mod ko;
mod nb;
mod nl;
mod pl;
mod pt;
mod pt_pt;
mod ro;
mod ru;
mod sr_cyrl;
mod sr_latn;
mod sv;
mod th;
mod tr;
mod uk;
mod vi;
mod zh;
mod zh_hant;

pub use choice::{is_right_to_left, known, speaker};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// One language's words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Words {
            $($(#[$doc])* pub $name: &'static str,)+
        }

        impl Words {
            /// Each word with the name that templates use.
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)+]
            }
        }
    };
}

words! {
    /// Before the order number.
    order,
    /// Before the time it was taken.
    placed,
    /// Before the time it was promised for.
    promised,
    /// Before the time a delivery was promised for.
    promised_delivery,
    /// Instead of a promised time.
    asap,
    /// Before the table.
    table,
    /// Before the customer.
    customer,
    /// Before a phone number.
    phone,
    /// Before an address.
    address,
    /// Before a note.
    note,
    /// Before the tax number of the restaurant.
    tax_id,
    /// The sum of the lines.
    subtotal,
    /// For bringing it.
    delivery_fee,
    /// What the customer pays.
    total,
    /// The money is there.
    paid,
    /// The money is not there yet.
    to_pay,
    /// Payment by notes and coins.
    cash,
    /// Payment by card.
    card,
    /// Payment through the web shop.
    online,
    /// Before the channel of sale.
    channel,
    /// It came from a phone agent.
    channel_phone,
    /// It came from the web shop.
    channel_web,
    /// It came from a till in the house.
    channel_till,
    /// The customer comes.
    pickup,
    /// We bring it.
    delivery,
    /// Eaten here.
    dine_in,
    /// A later revision took the order back.
    cancelled,
    /// Of an order that has more than one revision.
    revision,
    /// Before the count of dishes that are not on this ticket.
    elsewhere,
    /// At the end of a receipt.
    thanks,
    /// To the driver, of an order that is paid.
    collect_nothing,
    /// Above the QR code with the link to a map.
    map,
    /// Over a ticket that says what changed.
    change,
    /// Before the time of the change.
    changed_at,
    /// Over a dish that is new.
    added,
    /// Over a dish that is not wanted any more.
    removed,
    /// Over a dish that is wanted otherwise.
    changed,
    /// Over the dishes that stay as they are.
    unchanged,
    /// Before what it was until now.
    was,
    /// Instead of what is not there any more.
    none,
    /// Over a ticket that takes the whole order back.
    void,
    /// What the kitchen does about it.
    void_stop,
    /// Over the summary of a day.
    summary,
    /// Before the beginning of the time.
    from,
    /// Before its end.
    until,
    /// Before the count of orders.
    orders,
    /// Before what was sold for.
    sales,
    /// Over the counts by channel.
    by_channel,
    /// Over the counts by type of order.
    by_kind,
    /// Over the sums by way of payment.
    by_payment,
    /// The money of these orders is not there yet.
    unpaid,
    /// Of orders that were taken back.
    cancelled_orders,
    /// Over the page that a new printer prints.
    test_page,
    /// Instead of the address of a printer.
    no_address,
    /// Before the count of characters in a row.
    columns,
    /// A kind of letters.
    plain,
    /// A kind of letters.
    bold,
    /// A kind of letters.
    underlined,
    /// A kind of letters.
    inverse,
    /// A kind of letters.
    wide,
    /// A kind of letters.
    high,
    /// Before the letter of a font.
    font,
    /// Over the code pages of a printer.
    code_page,
    /// Over the bars that should be black.
    density,
    /// What to do when they are not.
    density_advice,
    /// Where the cash drawer opens.
    drawer,
    /// Before the cut.
    cut,
    /// Over the raw fields of an order that cannot be read.
    unreadable,
    /// What to do about it.
    unreadable_advice,
    /// Over the list of tickets that grew too old before they could print.
    not_printed,
    /// A ticket for a station.
    kitchen,
    /// A ticket for the customer.
    receipt,
    /// How many rows were left out: `{}`.
    rows_left_out,
    /// In place of rows that people wrote and that would take too much paper: `{}`.
    more_rows,
    /// On the second of several papers: `{}` is its number.
    copy,
    /// On what was printed before.
    reprint,
    /// On what may have been printed before.
    maybe_duplicate,
    /// On the paper of another printer: `{}` is its name.
    backup_for,
}

/// English, which stands in for every language that is not here.
pub const ENGLISH: Words = en::WORDS;

/// By BCP 47 tag: twenty-nine languages, and what is written otherwise in another script or country.
const LANGUAGES: [(&str, &Words); 33] = [
    ("ar", &ar::WORDS),
    ("bg", &bg::WORDS),
    ("cs", &cs::WORDS),
    ("da", &da::WORDS),
    ("de", &de::WORDS),
    ("el", &el::WORDS),
    ("en", &en::WORDS),
    ("es", &es::WORDS),
    ("fi", &fi::WORDS),
    ("fr", &fr::WORDS),
    ("he", &he::WORDS),
    ("hi", &hi::WORDS),
    ("hu", &hu::WORDS),
    ("id", &id::WORDS),
    ("it", &it::WORDS),
    ("ja", &ja::WORDS),
    ("ko", &ko::WORDS),
    ("nb", &nb::WORDS),
    ("nl", &nl::WORDS),
    ("pl", &pl::WORDS),
    ("pt", &pt::WORDS),
    ("pt-PT", &pt_pt::WORDS),
    ("ro", &ro::WORDS),
    ("ru", &ru::WORDS),
    ("sr", &sr_cyrl::WORDS),
    ("sr-Latn", &sr_latn::WORDS),
    ("sv", &sv::WORDS),
    ("th", &th::WORDS),
    ("tr", &tr::WORDS),
    ("uk", &uk::WORDS),
    ("vi", &vi::WORDS),
    ("zh", &zh::WORDS),
    ("zh-Hant", &zh_hant::WORDS),
];

/// The tags of the languages that have words of their own.
pub fn languages() -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().map(|(language, _)| *language)
}

/// The words for a BCP 47 tag.
pub fn of(locale: &str) -> &'static Words {
    let known = known(locale);
    let mut languages = LANGUAGES.iter();
    languages
        .find(|(tag, _)| Some(*tag) == known)
        .map_or(&ENGLISH, |(_, words)| words)
}

/// A word with what belongs in its place.
pub fn filled(word: &str, what: &str) -> String {
    word.replacen("{}", what, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_the_restaurant_decides_and_english_stands_in() {
        assert_eq!(of("de-AT").total, "Summe");
        assert_eq!(of("DE").total, "Summe");
        assert_eq!(of("en-GB").total, "Total");
        assert_eq!(of("eo").total, "Total");
        assert_eq!(of("").total, "Total");
        assert_eq!(of("zh_TW").total, "合計");
        assert_eq!(of("iw-IL"), of("he"));
    }

    #[test]
    fn no_word_is_empty_and_none_was_forgotten_in_english() {
        for (language, words) in LANGUAGES {
            for ((name, word), (_, english)) in words.all().into_iter().zip(ENGLISH.all()) {
                assert!(!word.trim().is_empty(), "{language} {name}");
                let sentence = english.contains(' ') && language != "en";
                assert!(!sentence || word != english, "{language} {name} is English");
            }
        }
    }

    #[test]
    fn a_number_or_name_has_its_place_in_every_language() {
        for (language, words) in LANGUAGES {
            for ((name, word), (_, english)) in words.all().into_iter().zip(ENGLISH.all()) {
                let places = |word: &str| word.matches("{}").count();
                assert_eq!(places(word), places(english), "{language} {name}");
            }
        }
        assert_eq!(filled(of("de").copy, "2"), "KOPIE 2");
        assert_eq!(filled(of("en").backup_for, "{}"), "BACKUP FOR {}");
    }
}
