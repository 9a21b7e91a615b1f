//! Validation of settings. Pure.

use std::collections::BTreeSet;

use api::{
    Business, Code, Printer, TicketKind,
    menu::Menu,
    settings::{Rule, SettingKey},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::logo;
use crate::refusal::{Refusal, no};

/// Bytes of a template at the most.
const MAX_TEMPLATE: usize = 64 * 1024;
/// RFC 5646, 4.4.1 asks readers for 35; extensions of people who want more fit too.
const MAX_LOCALE: usize = 64;
const MAX_RULES: usize = 200;
const MAX_STATIONS: usize = 50;
const MAX_BACKUPS: usize = 20;

pub(super) fn check(key: &SettingKey, value: Option<&Value>, menu: &Menu) -> Result<(), Refusal> {
    let Some(value) = value else {
        return match key {
            SettingKey::Business => Err(invalid(
                "",
                "a restaurant without a name cannot take orders: `business` can be changed, not deleted",
            )),
            SettingKey::Rules | SettingKey::Printer(_) | SettingKey::Template(_) => Ok(()),
        };
    };
    match key {
        SettingKey::Business => check_business(&read(value)?, menu),
        SettingKey::Rules => check_rules(&read::<Vec<Rule>>(value)?),
        SettingKey::Printer(id) => {
            let printer: Printer = read(value)?;
            if printer.id != *id {
                return Err(invalid(".id", format!("the key says {id}: write the same")));
            }
            check_printer(&printer)
        }
        SettingKey::Template(_) => {
            let text: String = read(value)?;
            if text.trim().is_empty() {
                return Err(invalid(
                    "",
                    "a template that prints nothing; delete it instead",
                ));
            }
            if text.len() > MAX_TEMPLATE {
                return Err(invalid("", format!("longer than {MAX_TEMPLATE} bytes")));
            }
            Ok(())
        }
    }
}

/// Every counter opens the addresses of shared printers: one that points at the counter's own PC would send tickets into
/// any file or program there.
pub(super) fn address_can_be_shared(
    key: &SettingKey,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    let (SettingKey::Printer(_), Some(value)) = (key, value) else {
        return Ok(());
    };
    match read::<Printer>(value)?.address {
        Some(address) if !address.can_be_shared() => Err(invalid(
            ".address",
            format!(
                "{address} means the PC that opens it, another one at each counter: set this address at the counter itself \
                 and leave it out here, or write the printer's address in the network such as tcp://192.168.1.40:9100"
            ),
        )),
        _ => Ok(()),
    }
}

fn check_business(business: &Business, menu: &Menu) -> Result<(), Refusal> {
    name(".name", &business.name)?;
    if business.address.len() > 10 || business.address.iter().any(|row| !is_row(row, 200)) {
        return Err(invalid(
            ".address",
            "at most 10 rows of 200 bytes fit on a receipt, without control characters",
        ));
    }
    for (field, row) in [(".phone", &business.phone), (".tax_id", &business.tax_id)] {
        if row.as_deref().is_some_and(|row| !is_row(row, 200)) {
            return Err(invalid(
                field,
                "at most 200 bytes in one row, without control characters",
            ));
        }
    }
    if let Some(url) = &business.alarm_webhook {
        let sound =
            reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !sound || url.len() > 500 {
            return Err(invalid(
                ".alarm_webhook",
                "this is no address to call; write one such as https://example.com/alarm, or leave it out",
            ));
        }
    }
    if let Some(logo) = &business.logo {
        logo::check(logo).map_err(|message| invalid(".logo", message))?;
    }
    if jiff::tz::TimeZone::get(&business.time_zone).is_err() {
        return Err(invalid(
            ".time_zone",
            format!(
                "{:?} is no time zone; write one such as Europe/Berlin",
                business.time_zone
            ),
        ));
    }
    if !is_locale(&business.locale) {
        return Err(invalid(
            ".locale",
            format!(
                "{:?} is no locale; write one such as de-DE",
                business.locale
            ),
        ));
    }
    if let Some(second) = business
        .second_locale
        .as_ref()
        .filter(|tag| !is_locale(tag))
    {
        return Err(invalid(
            ".second_locale",
            format!("{second:?} is no locale; write one such as en-GB, or leave it out"),
        ));
    }
    if business.currency.len() != 3 || !business.currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(invalid(
            ".currency",
            format!(
                "{:?} is no currency; write one such as EUR",
                business.currency
            ),
        ));
    }
    let digits = api::money::minor_digits(&business.currency);
    if business
        .minor_digits
        .is_some_and(|shown| u32::from(shown) > digits)
    {
        return Err(invalid(
            ".minor_digits",
            format!(
                "{} has {digits} digits after the decimal mark; write {digits} or fewer, or leave it out",
                business.currency
            ),
        ));
    }
    if let Some(item) = menu
        .items
        .iter()
        .find(|item| item.price.currency != business.currency)
    {
        return Err(invalid(
            ".currency",
            format!(
                "the menu's prices are in {}: {} cannot be sold in {}",
                item.price.currency, item.name, business.currency
            ),
        ));
    }
    Ok(())
}

fn check_rules(rules: &[Rule]) -> Result<(), Refusal> {
    if rules.len() > MAX_RULES {
        return Err(invalid("", format!("at most {MAX_RULES} rules")));
    }
    let mut seen = BTreeSet::new();
    for (n, rule) in rules.iter().enumerate() {
        if !seen.insert(rule.id) {
            return Err(invalid(
                format!("[{n}].id"),
                "two rules have this id; each needs its own",
            ));
        }
        match rule.ticket {
            TicketKind::Receipt | TicketKind::Kitchen | TicketKind::Delivery => {}
            // These are made from an earlier ticket, or belong to no order.
            TicketKind::Change
            | TicketKind::Void
            | TicketKind::Summary
            | TicketKind::Test
            | TicketKind::Plain => {
                return Err(invalid(
                    format!("[{n}].ticket"),
                    "a rule prints receipt, kitchen or delivery",
                ));
            }
        }
        if !(1..=20).contains(&rule.copies) {
            return Err(invalid(format!("[{n}].copies"), "1 to 20 copies come out"));
        }
        if rule.stations.len() > MAX_STATIONS
            || rule.stations.iter().any(|station| !is_row(station, 200))
        {
            return Err(invalid(
                format!("[{n}].stations"),
                format!("at most {MAX_STATIONS} stations of 200 bytes, without control characters"),
            ));
        }
        if rule
            .stations
            .iter()
            .any(|station| station.trim().is_empty())
        {
            return Err(invalid(
                format!("[{n}].stations"),
                "a station without a name; leave the list empty for every line",
            ));
        }
    }
    Ok(())
}

fn check_printer(printer: &Printer) -> Result<(), Refusal> {
    name(".name", &printer.name)?;
    let profile = &printer.profile_id;
    if profile.trim().is_empty() || !is_row(profile, 100) {
        return Err(invalid(".profile_id", "write one such as generic-80"));
    }
    if printer
        .overrides
        .columns
        .is_some_and(|columns| !(16..=96).contains(&columns))
    {
        return Err(invalid(
            ".overrides.columns",
            "a row has 16 to 96 characters",
        ));
    }
    if printer
        .overrides
        .dots
        .is_some_and(|dots| !(128..=2400).contains(&dots))
    {
        return Err(invalid(".overrides.dots", "a row has 128 to 2400 dots"));
    }
    if printer.backups.len() > MAX_BACKUPS {
        return Err(invalid(
            ".backups",
            format!("at most {MAX_BACKUPS} backups"),
        ));
    }
    if printer.backups.contains(&printer.id) {
        return Err(invalid(".backups", "a printer is no backup of itself"));
    }
    let policy = &printer.policy;
    if !(1..=100).contains(&policy.attempts) {
        return Err(invalid(".policy.attempts", "1 to 100 tries"));
    }
    if policy.first_delay_ms > policy.ceiling_ms {
        return Err(invalid(
            ".policy.first_delay_ms",
            "the first delay is longer than the ceiling",
        ));
    }
    Ok(())
}

fn name(field: &str, name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
        return Err(invalid(
            field,
            "a name has 1 to 80 characters, none of them a control character",
        ));
    }
    Ok(())
}

/// One row of text, short enough for paper.
fn is_row(text: &str, longest: usize) -> bool {
    text.len() <= longest && !text.chars().any(char::is_control)
}

/// The shape of a BCP 47 tag: a language, then parts of letters and digits.
fn is_locale(tag: &str) -> bool {
    let mut parts = tag.split('-');
    tag.len() <= MAX_LOCALE
        && parts.next().is_some_and(|lang| {
            (2..=3).contains(&lang.len()) && lang.bytes().all(|b| b.is_ascii_alphabetic())
        })
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Refusal> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let path = match path.as_str() {
            "." => String::new(),
            list if list.starts_with('[') => list.to_owned(),
            field => format!(".{field}"),
        };
        invalid(path, error.inner().to_string())
    })
}

fn invalid(path: impl AsRef<str>, message: impl Into<String>) -> Refusal {
    no(Code::Invalid, message).at(format!("value{}", path.as_ref()))
}

#[cfg(test)]
mod tests;
