//! What can go wrong with a printer, as switches that may be turned while it runs.

use serde::{Deserialize, Serialize};

/// All off is a healthy printer. Switches that fire once clear themselves afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Connections are refused: nobody listens on the port.
    pub refuse: bool,
    /// Connections are taken, their bytes are not.
    pub never_read: bool,
    /// Takes so many bytes in a second and no more.
    pub bytes_per_second: Option<u32>,
    /// Each connection is reset after so many bytes; 0 resets on arrival.
    pub reset_after_bytes: Option<u64>,
    /// One connection is reset after so many bytes, then all is well.
    pub reset_once_after_bytes: Option<u64>,
    /// No paper: offline, what waits in the buffer goes on once there is paper again.
    pub paper_out: bool,
    /// The paper ends after so many more lines; then `paper_out` is on and this is off.
    pub paper_out_after_lines: Option<u32>,
    /// The cover is open: offline like without paper.
    pub cover_open: bool,
    /// The roll is nearly used up; it still prints.
    pub near_end: bool,
    /// Status questions (DLE EOT, GS r, GS a, GS I) stay unanswered: the printer only listens.
    pub no_status: bool,
    /// Sends its status without being asked from the start of each connection (a memory switch of real printers).
    pub automatic_status: bool,
    /// Confirmation requests (GS ( H) stay unanswered.
    pub no_confirmation: bool,
    /// Confirms so many milliseconds after printing.
    pub late_confirmation_ms: Option<u64>,
    /// Confirms something that nobody asked for.
    pub wrong_confirmation: bool,
    /// Answers every question with bytes that mean nothing.
    pub garbage_answers: bool,

    // What only printers with IPP have.
    /// No job is taken (`printer-is-accepting-jobs` is false).
    pub refuse_jobs: bool,
    /// One job at a time: while there is one, others are told that the printer is busy.
    pub one_job: bool,
    /// A job is made by Create-Job or Print-Job, and the connection breaks before the answer; then all is well.
    pub lose_create_answer: bool,
    /// A document is taken by Send-Document, and the connection breaks before the answer; then all is well.
    pub lose_document_answer: bool,
    /// A job is aborted after so many more lines (of 30 dots) were printed; then this is off.
    pub abort_after_lines: Option<u32>,
    /// Every job is said to be in this state: 3 pending, 5 processing, 7 canceled, 8 aborted, 9 completed, or none of all.
    pub wrong_job_state: Option<i32>,
    /// Each page takes so many milliseconds.
    pub ms_per_page: Option<u32>,
    /// Every answer comes so many milliseconds late.
    pub late_answers_ms: Option<u64>,
    /// Answers hold collections in collections, so deep.
    pub nested_answers: Option<u32>,
    /// HTTP answers with this status, and nothing else.
    pub http_status: Option<u16>,
}

impl Faults {
    /// Takes data, but prints none of it.
    pub fn is_offline(&self) -> bool {
        self.paper_out || self.cover_open
    }
}
