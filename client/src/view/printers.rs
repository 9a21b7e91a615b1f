//! Printers as the window shows them, and what a person fills in about them.

use api::{
    Printer, PrinterId,
    printer::{Address, Health, PrinterStatus, ReprintUncertain, WhenUnreachable},
};
use serde::{Deserialize, Serialize};

use super::SyncView;

/// A printer with its state here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct PrinterView {
    /// As the settings keep it.
    pub printer: Printer,
    /// How it is; only of printers of this counter.
    pub status: Option<PrinterStatus>,
    /// Millimetres of its roll.
    pub paper_mm: u32,
    /// This counter prints on it.
    pub mine: bool,
    /// It has printed a test page and draws QR codes by itself, and nobody has said yet whether the one on it came out.
    pub ask_qr: bool,
    /// The name of the counter that prints on it.
    pub owner: Option<String>,
    /// The address in the settings, where it cannot be used from this PC: it means another PC, or this one itself.
    pub foreign: Option<Address>,
    /// Whether the backend has it.
    pub sync: SyncView,
}

/// A printer as a person fills it in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct PrinterForm {
    /// `None` adds one.
    pub id: Option<PrinterId>,
    /// 1 to 40 characters.
    pub name: String,
    /// As people type it.
    pub address: String,
    /// The id of a [`ProfileView`].
    pub profile_id: String,
    /// Characters in a row, 16 to 96, where the owner knows better than the profile.
    pub columns: Option<u32>,
    /// It has a cutter or has none, where the owner knows better than the profile.
    pub cutter: Option<bool>,
    /// It draws QR codes by itself or gets them as pictures, where the owner knows better than the profile.
    pub native_qr: Option<bool>,
    /// Switched on.
    pub enabled: bool,
    /// When it cannot be reached.
    pub when_unreachable: WhenUnreachable,
    /// When nobody knows whether a ticket came out.
    pub reprint_uncertain: ReprintUncertain,
    /// Who prints instead, in this order.
    pub backups: Vec<PrinterId>,
    /// Seconds after which they do; 0 at once, `None` never.
    pub failover_after_s: Option<u32>,
}

/// What a printer can be told to be: a model, or paper of a width for all that are no model of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ProfileView {
    /// `TM-T88V`, `generic-80`.
    pub id: String,
    /// Who makes it; `None` for paper of a width.
    pub maker: Option<String>,
    /// Millimetres of its roll.
    pub paper_mm: u32,
    /// Characters in a row.
    pub columns: u32,
    /// It cuts the paper.
    pub cutter: bool,
}

/// What a printer answered when it was asked, before it was saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Probe {
    /// `Unreachable` when nobody answered; `Unknown` when it took the connection and gave no status.
    pub health: Health,
    /// What it calls itself.
    pub model: Option<String>,
    /// The technical text of a failure, for copying.
    pub detail: Option<String>,
}

/// A search for printers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct FindView {
    /// It goes on.
    pub searching: bool,
    /// The networks of this PC are searched from address to address.
    pub network: bool,
    /// A device each, in the order of their names.
    pub found: Vec<FoundPrinter>,
    /// The technical text of what could not be asked, for copying.
    pub detail: Option<String>,
}

/// A printer that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct FoundPrinter {
    /// Where it is best printed on.
    pub address: String,
    /// What it is called there.
    pub name: Option<String>,
    /// Who made it.
    pub maker: Option<String>,
    /// What its maker calls it.
    pub model: Option<String>,
    /// How it was found.
    pub way: FoundWay,
    /// Where else it is reached: as a queue of this PC what is on the network or plugged in, and the other way round.
    pub also: Vec<String>,
    /// It speaks its maker's language alone and must be set to ESC/POS first.
    pub other_language: bool,
    /// The profile of its model, where there is one.
    pub profile_id: Option<String>,
    /// The name of the printer in the settings that it is already.
    pub known_as: Option<String>,
}

/// How a printer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum FoundWay {
    /// It announces itself.
    Announced,
    /// It answered its maker's question.
    Answered,
    /// It is plugged into this PC.
    Usb,
    /// A serial port of this PC; whether a printer is at it, nobody knows.
    Serial,
    /// A print queue of this PC's system.
    Queue,
    /// Something listens there; what it is, nobody knows.
    Listens,
}

/// What becomes of the open tickets of a printer that is deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "then", content = "printer", rename_all = "snake_case")]
pub enum OpenTickets {
    /// They print there.
    Move(PrinterId),
    /// They wait for a printer to be chosen.
    Hold,
    /// They end without paper.
    Cancel,
}
