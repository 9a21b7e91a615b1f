//! What owners decide, key by key.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{PrinterId, RuleId, TicketKind, order::Channel, order::OrderKind};

/// The name of a setting.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "bindings", specta(type = String))]
#[serde(try_from = "String", into = "String")]
pub enum SettingKey {
    /// [`crate::Business`].
    Business,
    /// A list of [`Rule`].
    Rules,
    /// [`crate::Printer`].
    Printer(PrinterId),
    /// The text of a template, as a JSON string.
    Template(String),
}

/// A text that names no setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no setting; there are business, rules, printer:UUID and template:NAME")]
pub struct UnknownKey(String);

impl fmt::Display for SettingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingKey::Business => f.write_str("business"),
            SettingKey::Rules => f.write_str("rules"),
            SettingKey::Printer(id) => write!(f, "printer:{id}"),
            SettingKey::Template(name) => write!(f, "template:{name}"),
        }
    }
}

impl FromStr for SettingKey {
    type Err = UnknownKey;

    fn from_str(s: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey(s.to_owned());
        match s.split_once(':') {
            None if s == "business" => Ok(SettingKey::Business),
            None if s == "rules" => Ok(SettingKey::Rules),
            Some(("printer", id)) => id.parse().map(SettingKey::Printer).map_err(|_| unknown()),
            Some(("template", name))
                if (1..=64).contains(&name.len())
                    && name
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') =>
            {
                Ok(SettingKey::Template(name.to_owned()))
            }
            _ => Err(unknown()),
        }
    }
}

impl TryFrom<String> for SettingKey {
    type Error = UnknownKey;
    fn try_from(s: String) -> Result<Self, UnknownKey> {
        s.parse()
    }
}

impl From<SettingKey> for String {
    fn from(key: SettingKey) -> String {
        key.to_string()
    }
}

/// A setting with the version that a change of it must name. Version 0 is "does not exist yet"; `value: None` in a
/// change deletes, and in an answer says that it was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Versioned {
    /// Which setting.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub key: SettingKey,
    /// Counts up with each change.
    pub version: i64,
    /// The setting, in the shape that its key names.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<serde_json::Value>))]
    pub value: Option<serde_json::Value>,
}

/// The body of `PUT /api/v1/businesses/{id}/settings/{key}`, with `If-Match: "VERSION"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SettingChange {
    /// `None` deletes. It must be written out as `null`: a body without a value changes nothing.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<serde_json::Value>, required))]
    #[serde(deserialize_with = "written_out")]
    pub value: Option<serde_json::Value>,
}

fn written_out<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<serde_json::Value>, D::Error> {
    Option::deserialize(from)
}

/// One sentence of "what goes where". A list of them is the value of the setting `rules`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rule {
    /// Its identity, for the screen.
    pub id: RuleId,
    /// What is printed: `receipt` takes whole orders, `kitchen` lines by their station, `delivery` whole orders that are brought.
    pub ticket: TicketKind,
    /// Only lines of these stations; empty is every line. A receipt ignores it.
    pub stations: Vec<String>,
    /// Only orders from here; empty is every channel.
    pub channels: Vec<Channel>,
    /// Only orders of these kinds; empty is every kind.
    pub kinds: Vec<OrderKind>,
    /// Where it comes out. `None` is "prints nowhere, on purpose".
    pub printer: Option<PrinterId>,
    /// How many come out; at least 1.
    pub copies: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_without_a_value_is_no_deletion() {
        assert!(serde_json::from_str::<SettingChange>("{}").is_err());
        let deletion: SettingChange = serde_json::from_str(r#"{"value":null}"#).unwrap();
        assert_eq!(deletion.value, None);
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let id = "0192d3a0-7f3b-7e0e-9d8e-5f1c2b3a4d5e";
        for text in [
            "business".into(),
            "rules".into(),
            format!("printer:{id}"),
            "template:my-receipt".into(),
        ] {
            assert_eq!(text.parse::<SettingKey>().map(|k| k.to_string()), Ok(text));
        }
        for text in [
            "",
            "printer:",
            "printer:1",
            "template:",
            "template:../x",
            "tax",
        ] {
            assert!(text.parse::<SettingKey>().is_err(), "{text}");
        }
    }
}
