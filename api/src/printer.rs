//! A printer: where it stands, what it can do, how patient we are with it, and how it is right now.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CounterId, PrinterId};

/// A printer as the settings keep it (`printer:{id}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Printer {
    /// Its identity, across names and addresses.
    pub id: PrinterId,
    /// What people call it: "Kitchen".
    pub name: String,
    /// Switched off here: its tickets wait until it is switched on.
    pub enabled: bool,
    /// The counter that prints on it. `None` is taken by the first counter that signs in.
    pub owner: Option<CounterId>,
    /// Where it stands. `None` when the address belongs to the owner's PC alone (USB, serial).
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub address: Option<Address>,
    /// A name in the table of profiles, such as `generic-80`.
    pub profile_id: String,
    /// What the owner knows better than the profile.
    pub overrides: ProfileOverrides,
    /// What the printer itself has shown.
    pub learned: Learned,
    /// Who prints instead, in this order.
    pub backups: Vec<PrinterId>,
    /// How patient we are with it.
    pub policy: PrintPolicy,
}

/// Where a printer stands, written as a URL: `tcp://192.168.1.40:9100`, `tcp://[fe80::1]:9100`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "bindings", specta(type = String))]
#[serde(try_from = "String", into = "String")]
pub enum Address {
    /// A raw socket, port 9100 by custom.
    Tcp {
        /// A name or a literal; IPv6 without brackets.
        host: String,
        /// Never 0.
        port: u16,
    },
}

/// Why a text is no address of a printer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was written.
    #[error("the address is empty; write it as tcp://192.168.1.40:9100")]
    Empty,
    /// Something else than `tcp://`.
    #[error("{0}:// is not supported; write the address as tcp://192.168.1.40:9100")]
    Scheme(String),
    /// No host, port 0, a path, or something that is no URL at all.
    #[error("{0:?} is not an address; write it as tcp://192.168.1.40:9100")]
    Malformed(String),
}

/// The port of raw printing when none is written.
pub const RAW_PORT: u16 = 9100;

impl FromStr for Address {
    type Err = AddressError;

    /// Takes `tcp://HOST[:PORT]` and, since people type it so, `HOST[:PORT]`.
    fn from_str(s: &str) -> Result<Self, AddressError> {
        let text = s.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let malformed = || AddressError::Malformed(text.to_owned());
        let rest = match text.split_once("://") {
            Some(("tcp", rest)) => rest,
            Some((scheme, _)) => return Err(AddressError::Scheme(scheme.to_owned())),
            None => text,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = if let Some(bracketed) = rest.strip_prefix('[') {
            let (host, after) = bracketed.split_once(']').ok_or_else(malformed)?;
            let bare = host.split_once('%').map_or(host, |(bare, _)| bare);
            bare.parse::<std::net::Ipv6Addr>()
                .map_err(|_| malformed())?;
            match after.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if after.is_empty() => (host, None),
                None => return Err(malformed()),
            }
        } else if rest.parse::<std::net::Ipv6Addr>().is_ok() {
            (rest, None)
        } else {
            match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            }
        };
        let named = host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._:%".contains(&b));
        if host.is_empty() || host.len() > 253 || !named {
            return Err(malformed());
        }
        let port = match port {
            Some(port) => port
                .parse()
                .ok()
                .filter(|&port| port != 0)
                .ok_or_else(malformed)?,
            None => RAW_PORT,
        };
        Ok(Address::Tcp {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Address::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;
    fn try_from(s: String) -> Result<Self, AddressError> {
        s.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.to_string()
    }
}

/// What the owner knows better than the profile. `None` keeps the profile's value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProfileOverrides {
    /// Characters of font A in a row.
    pub columns: Option<u32>,
    /// Printable dots in a row.
    pub dots: Option<u32>,
    /// It has a cutter.
    pub cutter: Option<bool>,
    /// It draws QR codes by itself.
    pub native_qr: Option<bool>,
}

/// What the printer itself has shown: by its answers when it was added, and by the test print. `None` is "not known".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Learned {
    /// It answers `DLE EOT`.
    pub status: Option<bool>,
    /// It confirms what it printed (`GS ( H` function 48).
    pub confirm: Option<bool>,
    /// What it calls itself (`GS I 67`).
    pub model: Option<String>,
}

/// How patient we are with a printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrintPolicy {
    /// Tries to reach it before it counts as offline; at least 1.
    pub attempts: u32,
    /// Milliseconds before the second try; doubles with each.
    pub first_delay_ms: u32,
    /// Milliseconds between tries at the most, and between probes of an offline printer.
    pub ceiling_ms: u32,
    /// What becomes of the ticket when all tries failed.
    pub when_unreachable: WhenUnreachable,
    /// What becomes of a ticket that may or may not have come out.
    pub reprint_uncertain: ReprintUncertain,
    /// Seconds after which a waiting ticket goes to a backup; 0 at once, `None` never.
    pub failover_after_s: Option<u32>,
}

impl Default for PrintPolicy {
    fn default() -> Self {
        PrintPolicy {
            attempts: 3,
            first_delay_ms: 1_000,
            ceiling_ms: 30_000,
            when_unreachable: WhenUnreachable::Wait,
            reprint_uncertain: ReprintUncertain::Ask,
            failover_after_s: Some(120),
        }
    }
}

/// What becomes of a ticket whose printer cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhenUnreachable {
    /// It waits and prints by itself.
    Wait,
    /// It fails; a person prints it again.
    Fail,
}

/// What becomes of a ticket that may or may not have come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReprintUncertain {
    /// A person says whether it did.
    Ask,
    /// It is printed once more, marked as a possible duplicate.
    Marked,
}

/// How a printer is right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct PrinterStatus {
    /// Which.
    pub printer: PrinterId,
    /// What it says, or that it says nothing.
    pub health: Health,
    /// Since when.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    pub since: Timestamp,
    /// The roll is nearly used up.
    pub paper_low: bool,
    /// Tickets that wait for it or are on their way.
    pub open_jobs: u32,
    /// When paper last came out of it.
    #[cfg_attr(feature = "bindings", specta(type = Option<String>))]
    pub last_printed: Option<Timestamp>,
    /// The technical text of the last trouble, for copying.
    pub detail: Option<String>,
}

/// What a printer says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Not asked yet.
    Unknown,
    /// It prints.
    Ready,
    /// Switched off here by a person.
    Disabled,
    /// It has no address on this PC.
    NoAddress,
    /// Nobody answers there.
    Unreachable,
    /// It answers and says that it is offline.
    Offline,
    /// The roll is used up.
    PaperOut,
    /// The cover is open.
    CoverOpen,
    /// The cutter is stuck.
    CutterError,
    /// It reports an error that only switching it off and on, or a technician, ends.
    Fault,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_type_it() {
        for (text, said) in [
            ("192.168.1.40", "tcp://192.168.1.40:9100"),
            (" tcp://kitchen.local:9101/ ", "tcp://kitchen.local:9101"),
            ("tcp://[::1]:9100", "tcp://[::1]:9100"),
            ("::1", "tcp://[::1]:9100"),
            ("tcp://[fe80::1%eth0]", "tcp://[fe80::1%eth0]:9100"),
        ] {
            assert_eq!(
                text.parse::<Address>().map(|a| a.to_string()),
                Ok(said.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_says_how_to_write_one() {
        for text in [
            "",
            "tcp://",
            "tcp://host:0",
            "tcp://host:99999",
            "tcp://a b",
            "http://host",
            "tcp://[x]",
            "tcp://h/x",
        ] {
            let error = text.parse::<Address>().expect_err(text).to_string();
            assert!(error.contains("tcp://192.168.1.40:9100"), "{error}");
        }
    }
}
