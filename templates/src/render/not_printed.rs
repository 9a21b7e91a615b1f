//! The list that stands for tickets which grew too old before they could print.

use api::{Business, TicketKind};
use jiff::Timestamp;

use crate::{context::hour, inert, words};

/// A ticket that was not printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotPrinted {
    /// The number of its order; `None` where nobody can read it.
    pub number: Option<u32>,
    /// What it was for.
    pub kind: TicketKind,
    /// When it would have printed.
    pub at: Timestamp,
}

/// Markup of the list: the number of the order, what the ticket was for, and when it came.
pub fn render_not_printed(business: &Business, tickets: &[NotPrinted]) -> String {
    let words = words::of(words::speaker(business));
    let say = inert::text;
    let mut page = super::opening(&business.locale);
    page.push_str(&format!("^^\"{}\"\n-\n", say(words.not_printed)));
    // However narrow the paper is, nothing of it is left out.
    page.push_str("{x-wrap:char;width:*,10}\n");
    for ticket in tickets {
        let number = ticket.number.map_or("?".to_owned(), |n| n.to_string());
        let kind = match ticket.kind {
            TicketKind::Receipt => words.receipt,
            TicketKind::Kitchen => words.kitchen,
            TicketKind::Delivery => words.delivery,
            TicketKind::Change => words.change,
            TicketKind::Void => words.void,
            TicketKind::Summary => words.summary,
            TicketKind::Test => words.test_page,
            TicketKind::Plain => words.order,
        };
        let at = hour(business, ticket.at);
        page.push_str(&format!(
            "|\"{}\" {} | {}\n",
            say(&number),
            say(kind),
            say(&at)
        ));
    }
    page.push_str("=\n");
    page
}

#[cfg(test)]
mod tests {
    use crate::{Pass, Profile, parse, words::languages};

    use super::*;

    #[test]
    fn the_list_names_each_order_its_ticket_and_its_time_in_the_words_of_the_restaurant() {
        let mut business = Business {
            name: "Rosa".into(),
            address: Vec::new(),
            phone: None,
            tax_id: None,
            time_zone: "Europe/Berlin".into(),
            locale: "de-DE".into(),
            currency: "EUR".into(),
            logo: None,
            standby: true,
            alarm_webhook: None,
            second_locale: None,
            minor_digits: None,
        };
        let tickets = [
            NotPrinted {
                number: Some(42),
                kind: TicketKind::Kitchen,
                at: "2026-11-21T17:30:00Z".parse().unwrap(),
            },
            NotPrinted {
                number: None,
                kind: TicketKind::Plain,
                at: "2026-11-21T18:05:00Z".parse().unwrap(),
            },
        ];
        let pass = Pass::default();
        for columns in [16, 32, 48] {
            let profile = Profile::named("generic-80").unwrap().with_columns(columns);
            let text = |business: &Business| {
                let parsed = parse(&render_not_printed(business, &tickets));
                assert!(parsed.notes.is_empty(), "{:?}", parsed.notes);
                crate::to_text(&parsed.document, &profile, &pass).unwrap()
            };
            business.locale = "de-DE".into();
            let rows = text(&business);
            assert!(rows.contains("Nicht gedruckt"), "{rows}");
            let row = rows.lines().find(|row| row.contains("42")).unwrap();
            assert!(row.ends_with("18:30"), "{row}");
            assert!(columns < 32 || row.contains("42 Küche"), "{row}");
            assert!(
                rows.lines()
                    .any(|row| row.starts_with('?') && row.ends_with("19:05"))
            );
            for language in languages() {
                business.locale = language.into();
                let rows = text(&business);
                assert!(rows.contains("42"), "{language} {rows}");
            }
        }
    }
}
