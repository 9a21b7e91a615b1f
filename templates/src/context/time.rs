//! Times as the restaurant's clock and language say them.

use std::{cell::RefCell, rc::Rc};

use api::Business;
use icu::{
    datetime::{
        DateTimeFormatter,
        fieldsets::{
            self,
            enums::{CompositeDateTimeFieldSet, DateFieldSet, TimeFieldSet},
        },
        input,
    },
    locale::{Locale, extensions::unicode::key, locale},
};
use jiff::{Timestamp, civil, tz::TimeZone};

use super::money::numbering_system;
use crate::words;

/// Clocks that are kept. Reading the data of a zone and of a language takes longer than all the rest of a ticket.
const KEPT: usize = 8;

thread_local! {
    /// The last used one first.
    static CLOCKS: RefCell<Vec<(Place, Rc<Clock>)>> = const { RefCell::new(Vec::new()) };
}

/// What a clock depends on.
#[derive(Debug)]
struct Place {
    zone: String,
    locale: String,
    second: Option<String>,
}

impl Place {
    fn of(business: &Business) -> Self {
        Place {
            zone: business.time_zone.clone(),
            locale: business.locale.clone(),
            second: business.second_locale.clone(),
        }
    }

    fn is_of(&self, business: &Business) -> bool {
        self.zone == business.time_zone
            && self.locale == business.locale
            && self.second == business.second_locale
    }

    /// That of the words beside it: a date in a language and a word in another are no sentence. Its digits are those of
    /// the amounts.
    fn language(&self, business: &Business) -> Locale {
        let speaker = words::speaker(business);
        let tag = words::known(speaker).map_or("en", |_| speaker);
        let mut locale: Locale = tag.replace('_', "-").parse().unwrap_or(locale!("en"));
        if let Ok(digits) = numbering_system(&self.locale).parse() {
            locale.extensions.unicode.keywords.set(key!("nu"), digits);
        }
        locale
    }
}

/// The restaurant's clock on the wall.
#[derive(Debug)]
pub(super) struct Clock {
    zone: TimeZone,
    /// `None` where the data of the language are not there.
    time: Option<Formatter>,
    date: Option<Formatter>,
    day: Option<Formatter>,
    /// Said behind each time when the zone of the settings does not exist.
    suffix: &'static str,
    /// The day that was written last, since nearly all tickets of an evening name the same one.
    last: RefCell<Option<(civil::Date, String, String)>>,
}

type Formatter = DateTimeFormatter<CompositeDateTimeFieldSet>;

/// A moment in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// `18:30`.
    pub(super) time: String,
    /// `21.11.2026`.
    pub(super) date: String,
    /// `Sa., 21. Nov.`
    pub(super) day: String,
    /// To compare days.
    pub(super) civil_date: civil::Date,
}

impl Clock {
    /// An unknown zone counts as UTC and says so behind each time; an unknown locale speaks English. A ticket with an
    /// honest time is better than none.
    pub(super) fn of(business: &Business) -> Rc<Clock> {
        CLOCKS.with_borrow_mut(|kept| {
            match kept.iter().position(|(place, _)| place.is_of(business)) {
                Some(place) => kept[..=place].rotate_right(1),
                None => {
                    let place = Place::of(business);
                    let clock = Rc::new(Clock::new(&place.zone, place.language(business)));
                    kept.truncate(KEPT - 1);
                    kept.insert(0, (place, clock));
                }
            }
            Rc::clone(&kept[0].1)
        })
    }

    fn new(zone: &str, locale: Locale) -> Clock {
        use CompositeDateTimeFieldSet::{Date, Time};
        let (zone, suffix) = match TimeZone::get(zone) {
            Ok(zone) => (zone, ""),
            Err(_) => (TimeZone::UTC, " UTC"),
        };
        let formatter = |fields| DateTimeFormatter::try_new((&locale).into(), fields).ok();
        Clock {
            zone,
            time: formatter(Time(TimeFieldSet::T(fieldsets::T::hm()))),
            date: formatter(Date(DateFieldSet::YMD(fieldsets::YMD::medium()))),
            day: formatter(Date(DateFieldSet::MDE(fieldsets::MDE::medium()))),
            suffix,
            last: RefCell::default(),
        }
    }

    pub(super) fn at(&self, at: Timestamp) -> Written {
        let local = self.zone.to_datetime(at);
        let say = |formatter: &Option<Formatter>, plain| {
            let formatter = formatter.as_ref();
            formatter
                .and_then(|formatter| say(formatter, local))
                .unwrap_or_else(|| local.strftime(plain).to_string())
        };
        let mut time = say(&self.time, "%H:%M");
        time.push_str(self.suffix);
        let mut last = self.last.borrow_mut();
        let (civil_date, date, day) = match last.take() {
            Some(known) if known.0 == local.date() => known,
            _ => (
                local.date(),
                say(&self.date, "%Y-%m-%d"),
                say(&self.day, "%m-%d"),
            ),
        };
        *last = Some((civil_date, date.clone(), day.clone()));
        Written {
            time,
            date,
            day,
            civil_date,
        }
    }
}

fn say(formatter: &Formatter, local: civil::DateTime) -> Option<String> {
    let part = |part: i8| u8::try_from(part).ok();
    let date = input::Date::try_new_iso(
        local.year().into(),
        part(local.month())?,
        part(local.day())?,
    );
    let time = input::Time::try_new(part(local.hour())?, part(local.minute())?, 0, 0);
    let written = formatter.format(&input::DateTime {
        date: date.ok()?,
        time: time.ok()?,
    });
    // Printers have no narrow space, and it would cost a picture of the row.
    Some(
        written
            .to_string()
            .replace(['\u{202F}', '\u{2009}'], "\u{A0}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(zone: &str, locale: &str) -> Written {
        let business = Business {
            time_zone: zone.into(),
            ..crate::context::tests::business(locale)
        };
        Clock::of(&business).at("2026-11-21T17:05:59Z".parse().unwrap())
    }

    #[test]
    fn the_clock_on_the_wall_of_the_restaurant_counts() {
        let berlin = written("Europe/Berlin", "de-DE");
        assert_eq!(
            (
                berlin.time.as_str(),
                berlin.date.as_str(),
                berlin.day.as_str()
            ),
            ("18:05", "21.11.2026", "Sa., 21. Nov.")
        );
        let chicago = written("America/Chicago", "en-US");
        assert_eq!(
            (
                chicago.time.as_str(),
                chicago.date.as_str(),
                chicago.day.as_str()
            ),
            ("11:05\u{A0}AM", "Nov 21, 2026", "Sat, Nov 21")
        );
        assert_eq!(written("Asia/Tokyo", "ja-JP").date, "2026/11/22");
        assert!(written("Africa/Cairo", "ar-EG").time.starts_with("٧:٠٥"));
        let plain = written("Africa/Cairo", "ar-EG-u-nu-latn");
        assert!(plain.time.starts_with("7:05"));
        assert_eq!(written("Europe/Vienna", "de_AT").date, "21.11.2026");
    }

    #[test]
    fn a_date_is_in_the_language_of_the_words() {
        assert_eq!(written("Asia/Taipei", "zh-TW").day, "11月22日週日");
        assert_eq!(written("Europe/Belgrade", "sr-Latn-RS").date, "21.11.2026.");
        // No words of ours: English ones, in the digits of the amounts.
        assert_eq!(written("UTC", "eo").day, "Sat, Nov 21");
        assert_eq!(written("UTC", "bn-BD").date, "Nov ২১, ২০২৬");
        let mut business = crate::context::tests::business("gsw-CH");
        business.second_locale = Some("de-CH".into());
        let at = "2026-11-21T17:05:59Z".parse().unwrap();
        assert_eq!(Clock::of(&business).at(at).day, "Sa., 21. Nov.");
    }

    #[test]
    fn a_zone_that_does_not_exist_is_said_behind_the_time() {
        assert_eq!(written("Mars/Olympus", "de").time, "17:05 UTC");
    }

    #[test]
    fn a_locale_that_is_none_speaks_english() {
        assert_eq!(written("UTC", "?!").date, "Nov 21, 2026");
    }
}
