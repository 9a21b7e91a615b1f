//! What a banner says.

use api::unprinted::UnprintedOrder;
use serde::{Deserialize, Serialize};

/// Something that somebody has to know and that is not a printer's own trouble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// A file of this counter was damaged; it was set aside and work went on as on a new counter.
    FileSetAside {
        /// Where it lies now.
        path: String,
    },
    /// `counter.json` was damaged and set aside. This counter is the same as before; what it was called and who signed in
    /// last was read from the files of its restaurant.
    CounterRecovered {
        /// Where the damaged file lies now.
        path: String,
    },
    /// Rows of the files of this counter cannot be read. They were skipped; everything else goes on.
    RowsSkipped {
        /// Which; technical text, for copying.
        detail: String,
    },
    /// The settings cannot be read from the server; those that are known stay in force. Orders come in. It goes away by
    /// itself.
    SettingsNotRead {
        /// The technical text, for copying.
        detail: String,
    },
    /// A part of the program failed and was started again.
    TaskFailed {
        /// Its name.
        task: String,
        /// The technical text, for copying.
        detail: String,
        /// It could not be started again: the program ends.
        ends: bool,
    },
    /// This PC could not store something.
    Storage {
        /// The technical text, for copying.
        detail: String,
    },
    /// The server lost its newest entries, as after its database was brought back from a copy. Orders were read again from
    /// the last that both know; those that were never handled here printed.
    ServerRestored {
        /// How many orders.
        printed: u32,
    },
    /// No counter has printed these orders. It goes away when they are printed, or when somebody takes care of them.
    NotPrinted {
        /// Oldest first.
        orders: Vec<UnprintedOrder>,
    },
    /// The server says that this program is a copy of another one that runs, such as on a copied folder. It prints nothing
    /// until a person says that it is another counter.
    CounterCloned,
    /// Another counter was silent for too long. Its printers that this one reaches print from here.
    StandsIn {
        /// What people call it.
        counter: String,
        /// What people call them.
        printers: Vec<String>,
    },
    /// Another counter is silent, or says nothing of these open orders: nobody knows whether its tickets came out. It goes
    /// away when that is known.
    TicketsUnknown {
        /// What people call it.
        counter: String,
        /// Where they were to come out; what people call the printers.
        printers: Vec<String>,
        /// Their numbers.
        orders: Vec<u32>,
    },
    /// A printer did not answer any more and was found at another address. It prints there.
    PrinterMoved {
        /// What people call it.
        name: String,
        /// Where it stands now.
        address: String,
    },
    /// No font here has these letters, so that their numbers were printed in their place. All that were met since the start.
    LettersMissing {
        /// Their numbers, such as `U+13000`.
        letters: Vec<String>,
        /// The fonts that have them; fewer where a letter belongs to no script.
        fonts: Vec<String>,
    },
    /// Codes or pictures of tickets were not printed as their templates say. What was met since the start; the note of each
    /// ticket says where.
    PartsMissing {
        /// The kind of ticket and why, such as `receipt: no picture has the name "logo"`; technical text, for copying.
        parts: Vec<String>,
    },
}
