//! The restaurant itself.

use serde::{Deserialize, Serialize};

/// What a receipt says about the restaurant, and how it writes times and amounts. The value of the setting `business`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Business {
    /// The name over the door.
    pub name: String,
    /// The address, a row of paper each.
    pub address: Vec<String>,
    /// As printed.
    pub phone: Option<String>,
    /// As printed; the law of many countries wants it on a receipt.
    pub tax_id: Option<String>,
    /// IANA name, such as `Europe/Berlin`.
    pub time_zone: String,
    /// BCP 47 tag, such as `de-DE`.
    pub locale: String,
    /// BCP 47 tag of the language that the fixed words of a ticket are in where `locale` has none of ours; without it, or
    /// when it has none either, they are English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_locale: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// Digits after the decimal mark that amounts show, when fewer than ISO 4217 has for `currency`: 0 for forints without
    /// fillér. A ticket on which that would leave out something shows all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minor_digits: Option<u8>,
    /// A PNG in base64.
    pub logo: Option<String>,
    /// A counter that is silent for long loses its printers to another one that reaches them.
    #[serde(default = "on")]
    pub standby: bool,
    /// An http(s) address that is called when no counter is there while orders come in, and again when one is back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm_webhook: Option<String>,
}

fn on() -> bool {
    true
}
