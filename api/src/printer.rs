//! A printer: where it stands, what it can do, how patient we are with it, and how it is right now.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{CounterId, PrinterId};

pub use crate::address::{Address, AddressError, BAUD, Flow, Parity, RAW_PORT};

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
    /// Who made it (`GS I 66`, or its USB device ID).
    pub maker: Option<String>,
    /// What tells it from every other one of its model (`GS I 68`, or its USB device ID).
    pub serial: Option<String>,
    /// The version of its program (`GS I 65`).
    pub firmware: Option<String>,
    /// It has a cutter (`GS I 2`).
    pub cutter: Option<bool>,
    /// The QR code of its test page came out, as a person saw.
    pub native_qr: Option<bool>,
    /// A cash drawer hangs on it: its connector was seen to say "closed" (`DLE EOT 1`).
    pub drawer: Option<bool>,
    /// What it announces itself by (`UUID` of DNS-SD, printer-uuid of IPP).
    pub uuid: Option<Uuid>,
    /// Its network card, as `aa:bb:cc:dd:ee:ff`.
    pub mac: Option<String>,
    /// The certificate that it showed first, or that a person trusted since: its SHA-256 in hexadecimal digits.
    pub certificate: Option<String>,
}

impl Learned {
    /// What is known when a printer has shown this after `before`. Where two serial numbers are known and differ, or what
    /// it announces itself by, or its network card, it is another device, of which what was known before says nothing.
    pub fn after(self, before: &Learned) -> Learned {
        let differs = |now: &Option<String>, before: &Option<String>| {
            now.is_some() && before.is_some() && now != before
        };
        let other_uuid = self.uuid.is_some() && before.uuid.is_some() && self.uuid != before.uuid;
        if other_uuid || differs(&self.serial, &before.serial) || differs(&self.mac, &before.mac) {
            return self;
        }
        let text = |now: Option<String>, before: &Option<String>| now.or_else(|| before.clone());
        Learned {
            status: self.status.or(before.status),
            confirm: self.confirm.or(before.confirm),
            model: text(self.model, &before.model),
            maker: text(self.maker, &before.maker),
            serial: text(self.serial, &before.serial),
            firmware: text(self.firmware, &before.firmware),
            cutter: self.cutter.or(before.cutter),
            native_qr: self.native_qr.or(before.native_qr),
            drawer: self.drawer.or(before.drawer),
            uuid: self.uuid.or(before.uuid),
            mac: text(self.mac, &before.mac),
            certificate: text(self.certificate, &before.certificate),
        }
    }
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
    /// A person stopped its line for a while; its tickets wait.
    pub paused: bool,
    /// The cash drawer is open; `None` where there is none, or it was not seen closed yet.
    pub drawer_open: Option<bool>,
    /// Tickets that wait for it or are on their way.
    pub open_jobs: u32,
    /// When paper last came out of it.
    #[cfg_attr(feature = "bindings", specta(type = Option<String>))]
    pub last_printed: Option<Timestamp>,
    /// The technical text of the last trouble, for copying.
    pub detail: Option<String>,
    /// With [`Health::Stranger`]: the SHA-256 of the certificate that it shows, to be compared and trusted by a person.
    pub certificate: Option<String>,
    /// With [`Health::Stranger`]: what the device says of itself that answers with another serial number, to be compared
    /// and trusted by a person.
    pub device: Option<Learned>,
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
    /// It shows another certificate or serial number than it did: a person says whether it is still the right printer.
    Stranger,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(serial: Option<&str>, confirm: Option<bool>) -> Learned {
        Learned {
            confirm,
            serial: serial.map(str::to_owned),
            ..Learned::default()
        }
    }

    #[test]
    fn what_is_shown_adds_to_what_is_known() {
        let before = shown(Some("J7"), Some(true));
        let now = Learned {
            status: Some(true),
            ..shown(None, None)
        };
        let known = now.after(&before);
        assert_eq!(
            (known.status, known.confirm, known.serial.as_deref()),
            (Some(true), Some(true), Some("J7"))
        );
    }

    #[test]
    fn another_serial_number_is_another_device() {
        let before = shown(Some("J7"), Some(true));
        let now = shown(Some("J8"), None);
        assert_eq!(now.clone().after(&before), now);
    }
}
