//! The fixed words of our own tickets, by language. A template finds them as `{{words.…}}`. A language that is not
//! here yet, or lacks a word, speaks English; adding one is adding a table.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $english:literal),+ $(,)?) => {
        /// One language's words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Words {
            $($(#[$doc])* pub $name: &'static str,)+
        }

        /// English, which has every word.
        pub const ENGLISH: Words = Words { $($name: $english,)+ };

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
    order = "Order",
    /// Before the time it was taken.
    placed = "Ordered",
    /// Before the time it was promised for.
    promised = "Ready for",
    /// Before the time a delivery was promised for.
    promised_delivery = "Deliver by",
    /// Instead of a promised time.
    asap = "as soon as possible",
    /// Before the table.
    table = "Table",
    /// Before the customer.
    customer = "Customer",
    /// Before a phone number.
    phone = "Phone",
    /// Before a note.
    note = "Note",
    /// Before the tax number of the restaurant.
    tax_id = "Tax ID",
    /// The sum of the lines.
    subtotal = "Subtotal",
    /// For bringing it.
    delivery_fee = "Delivery",
    /// What the customer pays.
    total = "Total",
    /// The money is there.
    paid = "Paid",
    /// The money is not there yet.
    to_pay = "To pay",
    /// Payment by notes and coins.
    cash = "Cash",
    /// Payment by card.
    card = "Card",
    /// Payment through the web shop.
    online = "Online",
    /// Before the channel of sale.
    channel = "Channel",
    /// It came from a phone agent.
    channel_phone = "Phone",
    /// It came from the web shop.
    channel_web = "Web",
    /// It came from a till in the house.
    channel_till = "Till",
    /// The customer comes.
    pickup = "Pickup",
    /// We bring it.
    delivery = "Delivery",
    /// Eaten here.
    dine_in = "Eat in",
    /// A later revision took the order back.
    cancelled = "CANCELLED",
    /// Of an order that has more than one revision.
    revision = "Revision",
    /// Lines of the order that are not on this ticket.
    elsewhere = "more at other stations",
    /// At the end of a receipt.
    thanks = "Thank you",
}

const GERMAN: Words = Words {
    order: "Bestellung",
    placed: "Bestellt",
    promised: "Fertig um",
    promised_delivery: "Liefern bis",
    asap: "so bald wie möglich",
    table: "Tisch",
    customer: "Kunde",
    phone: "Telefon",
    note: "Hinweis",
    tax_id: "Steuernummer",
    subtotal: "Zwischensumme",
    delivery_fee: "Lieferung",
    total: "Summe",
    paid: "Bezahlt",
    to_pay: "Zu zahlen",
    cash: "Bar",
    card: "Karte",
    online: "Online",
    channel: "Kanal",
    channel_phone: "Telefon",
    channel_web: "Web",
    channel_till: "Kasse",
    pickup: "Abholung",
    delivery: "Lieferung",
    dine_in: "Im Haus",
    cancelled: "STORNIERT",
    revision: "Änderung",
    elsewhere: "weitere an anderen Stationen",
    thanks: "Vielen Dank",
};

const LANGUAGES: [(&str, &Words); 2] = [("en", &ENGLISH), ("de", &GERMAN)];

/// The words for a BCP 47 tag; only its language counts.
pub fn of(locale: &str) -> &'static Words {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(language))
        .map_or(&ENGLISH, |(_, words)| words)
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
    }

    #[test]
    fn no_word_is_empty_in_any_language() {
        for (language, words) in LANGUAGES {
            for (name, word) in words.all() {
                assert!(!word.trim().is_empty(), "{language} {name}");
            }
        }
    }
}
