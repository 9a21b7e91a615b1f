//! The list of all faults in words: the page's buttons and the program's help are made of it.

use serde::Serialize;

/// A fault as people turn it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Switch {
    /// Of the field of [`Faults`](super::Faults).
    pub name: &'static str,
    /// What it belongs to.
    pub group: &'static str,
    /// On its button.
    pub words: &'static str,
    /// What happens.
    pub says: &'static str,
    /// Of which printers.
    pub of: Kind,
    /// On or off alone, or a number.
    #[serde(flatten)]
    pub takes: Takes,
}

/// Printers that have a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// All of them.
    All,
    /// Those that take ESC/POS.
    EscPos,
    /// Those that take jobs by IPP.
    Ipp,
}

/// What a switch needs to be turned on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Takes {
    /// A number.
    Number {
        /// A number to begin with.
        first: u64,
        /// What it counts.
        unit: &'static str,
    },
    /// Nothing.
    Nothing {},
}

impl Switch {
    const fn plain(
        group: &'static str,
        name: &'static str,
        words: &'static str,
        says: &'static str,
    ) -> Self {
        Self {
            name,
            group,
            words,
            says,
            of: Kind::All,
            takes: Takes::Nothing {},
        }
    }

    const fn only(self, of: Kind) -> Self {
        Self { of, ..self }
    }

    const fn number(self, first: u64, unit: &'static str) -> Self {
        Self {
            takes: Takes::Number { first, unit },
            ..self
        }
    }

    /// How it is written in a flag: `name`, or `name:UNIT`.
    pub fn written(&self) -> String {
        match self.takes {
            Takes::Nothing {} => self.name.to_owned(),
            Takes::Number { unit, .. } => format!("{}:{}", self.name, unit.to_uppercase()),
        }
    }
}

/// Every fault, in the order in which people see them.
pub const SWITCHES: &[Switch] = &[
    Switch::plain(
        "Paper",
        "paper_out",
        "Out of paper",
        "No paper: offline, what waits in the buffer goes on once there is paper again.",
    ),
    Switch::plain(
        "Paper",
        "paper_out_after_lines",
        "Paper ends after",
        "The paper ends after so many more lines.",
    )
    .number(5, "lines"),
    Switch::plain(
        "Paper",
        "near_end",
        "Roll nearly used up",
        "The roll is nearly used up; it still prints.",
    ),
    Switch::plain(
        "Paper",
        "cover_open",
        "Cover open",
        "Offline like without paper.",
    ),
    Switch::plain(
        "Paper",
        "cutter_error",
        "Cutter stuck",
        "Offline until it is turned off, the power is cut, or the sender recovers it by DLE ENQ.",
    )
    .only(Kind::EscPos),
    Switch::plain(
        "Paper",
        "unrecoverable_error",
        "Broken",
        "An error that only a power cut ends.",
    )
    .only(Kind::EscPos),
    Switch::plain(
        "Paper",
        "drawer_open",
        "Drawer stands open",
        "The drawer's sensor says that it is open.",
    )
    .only(Kind::EscPos),
    Switch::plain(
        "Paper",
        "lines_per_second",
        "Prints slowly",
        "Prints so many lines in a second; the rest waits in the buffer.",
    )
    .number(10, "lines/s")
    .only(Kind::EscPos),
    Switch::plain(
        "Connection",
        "refuse",
        "Refuses connections",
        "Nobody listens on the port; a serial cable is unplugged.",
    ),
    Switch::plain(
        "Connection",
        "never_read",
        "Connects, takes nothing",
        "Connections are taken, their bytes are not.",
    ),
    Switch::plain(
        "Connection",
        "turn_away",
        "Turns a second away",
        "A second sender is reset while one is served, instead of being left to wait.",
    )
    .only(Kind::EscPos),
    Switch::plain(
        "Connection",
        "bytes_per_second",
        "Takes slowly",
        "Takes so many bytes in a second and no more.",
    )
    .number(200, "bytes/s"),
    Switch::plain(
        "Connection",
        "reset_once_after_bytes",
        "Resets once after",
        "One connection is reset after so many bytes.",
    )
    .number(100, "bytes"),
    Switch::plain(
        "Connection",
        "reset_after_bytes",
        "Resets each after",
        "Each connection is reset after so many bytes; 0 resets on arrival.",
    )
    .number(100, "bytes"),
    Switch::plain(
        "Connection",
        "power_cut_after_bytes",
        "Power fails after",
        "The power fails once, after so many bytes of a connection: the buffer is lost.",
    )
    .number(100, "bytes")
    .only(Kind::EscPos),
    Switch::plain(
        "Answers",
        "no_status",
        "No status",
        "Status questions stay unanswered.",
    ),
    Switch::plain(
        "Answers",
        "automatic_status",
        "Status unasked",
        "Sends its status from the start of each connection.",
    )
    .only(Kind::EscPos),
    Switch::plain(
        "Answers",
        "power_on_notice",
        "Tells of power cuts",
        "After a power cut the next sender is told first (3B 31 00).",
    )
    .only(Kind::EscPos),
    Switch::plain(
        "Answers",
        "no_confirmation",
        "No confirmation",
        "Confirmation requests (GS ( H) stay unanswered.",
    ),
    Switch::plain(
        "Answers",
        "late_confirmation_ms",
        "Confirms late",
        "Confirms so many milliseconds after printing.",
    )
    .number(3000, "ms"),
    Switch::plain(
        "Answers",
        "wrong_confirmation",
        "Wrong confirmation",
        "Confirms something that nobody asked for.",
    ),
    Switch::plain(
        "Answers",
        "garbage_answers",
        "Nonsense",
        "Answers every question with bytes that mean nothing.",
    ),
    Switch::plain(
        "IPP",
        "refuse_jobs",
        "Takes no jobs",
        "No job is taken: printer-is-accepting-jobs is false.",
    )
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "one_job",
        "One job at a time",
        "While there is a job, others are told that the printer is busy.",
    )
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "lose_create_answer",
        "Loses a job's answer",
        "A job is made, and once the connection breaks before the answer.",
    )
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "lose_document_answer",
        "Loses a document's answer",
        "A document is taken, and once the connection breaks before the answer.",
    )
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "abort_after_lines",
        "Aborts after",
        "A job is aborted once, after so many more lines.",
    )
    .number(20, "lines")
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "wrong_job_state",
        "Lies: every job is",
        "3 pending, 5 processing, 7 canceled, 8 aborted, 9 completed, or none of all.",
    )
    .number(9, "state")
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "ms_per_page",
        "A page takes",
        "Each page takes so many milliseconds.",
    )
    .number(1000, "ms")
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "late_answers_ms",
        "Answers late",
        "Every answer comes so many milliseconds late.",
    )
    .number(3000, "ms")
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "nested_answers",
        "Nested answers",
        "Answers hold collections in collections, so deep.",
    )
    .number(2000, "deep")
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "http_status",
        "HTTP says",
        "HTTP answers with this status, and nothing else.",
    )
    .number(503, "status")
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "jpeg_only",
        "Knows JPEG alone",
        "Documents in other formats are refused.",
    )
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "pdf_only",
        "Knows PDF alone",
        "Documents in other formats are refused.",
    )
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "print_job_only",
        "Knows Print-Job alone",
        "No Create-Job and no Send-Document: a job comes with its document.",
    )
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "cut_job_names",
        "Cuts names of jobs to",
        "Names of jobs are kept up to so many letters; 0 leaves none.",
    )
    .number(30, "letters")
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "own_job_names",
        "Names jobs itself",
        "Jobs get a name of its own, such as smbprn.0001.",
    )
    .only(Kind::Ipp),
    Switch::plain(
        "IPP",
        "odd_paper",
        "Unusual paper",
        "It lists one unusual size alone, and refuses jobs that ask for any other.",
    )
    .only(Kind::Ipp),
];

/// All names, for a message.
pub(super) fn list() -> String {
    let written: Vec<String> = SWITCHES.iter().map(Switch::written).collect();
    written.join(", ")
}
