//! The faults of a printer, which may be changed while it runs.

mod switches;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
pub use switches::{Kind, SWITCHES, Switch, Takes};

/// All off is a healthy printer. Switches that fire once clear themselves afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Connections are refused.
    pub refuse: bool,
    /// Connections are taken, their bytes are not.
    pub never_read: bool,
    /// Takes so many bytes in a second and no more.
    pub bytes_per_second: Option<u32>,
    /// Each connection is reset after so many bytes; 0 resets on arrival.
    pub reset_after_bytes: Option<u64>,
    /// One connection is reset after so many bytes, then all is well.
    pub reset_once_after_bytes: Option<u64>,
    /// The power fails once, after so many bytes of a connection: the buffer is lost, the connection is reset.
    pub power_cut_after_bytes: Option<u64>,
    /// A second sender is reset while one is served, instead of being left to wait.
    pub turn_away: bool,
    /// Prints so many lines in a second; what is not printed yet waits in the buffer.
    pub lines_per_second: Option<u32>,
    /// No paper: offline, what waits in the buffer goes on once there is paper again.
    pub paper_out: bool,
    /// The paper ends after so many more lines; then `paper_out` is on and this is off.
    pub paper_out_after_lines: Option<u32>,
    /// The cover is open: offline like without paper.
    pub cover_open: bool,
    /// The roll is nearly used up; it still prints.
    pub near_end: bool,
    /// The cutter stuck: offline until the switch is turned off, the power is cut, or the sender recovers it by DLE ENQ 1
    /// (goes on) or DLE ENQ 2 (forgets the buffer).
    pub cutter_error: bool,
    /// An error that only a power cut ends.
    pub unrecoverable_error: bool,
    /// The cash drawer stands open: its sensor says so.
    pub drawer_open: bool,
    /// After a power cut the next sender is told first that there was one (`3B 31 00`, a memory switch of real printers).
    pub power_on_notice: bool,
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
    /// Of the formats, it knows JPEG alone.
    pub jpeg_only: bool,
    /// Of the formats, it knows PDF alone.
    pub pdf_only: bool,
    /// A job comes with its document by Print-Job; there is no Create-Job, no Send-Document and no Close-Job.
    pub print_job_only: bool,
    /// Names of jobs are kept up to so many letters; 0 leaves none.
    pub cut_job_names: Option<u32>,
    /// Jobs get a name of its own, such as `smbprn.0001`.
    pub own_job_names: bool,
    /// It lists one medium of an unusual size, says neither what lies in it nor what it takes by itself, and refuses
    /// jobs that ask for any other.
    pub odd_paper: bool,
}

impl Faults {
    /// Takes data, but prints none of it.
    pub fn is_offline(&self) -> bool {
        self.paper_out || self.cover_open || self.has_error()
    }

    /// An error, neither paper nor cover.
    pub(crate) fn has_error(&self) -> bool {
        self.cutter_error || self.unrecoverable_error
    }

    /// The same with some switches turned; only those that are named change, `null` turns one off that has a number.
    pub(crate) fn turned(&self, named: &Map<String, Value>) -> serde_json::Result<Self> {
        let mut all = serde_json::to_value(self)?;
        if let Some(all) = all.as_object_mut() {
            all.extend(named.clone());
        }
        serde_json::from_value(all)
    }

    /// The same with a switch turned on that is written `name`, or `name:number` when it has a number.
    ///
    /// # Errors
    /// When there is no such switch, or its number is missing or wrong; the message lists what there is.
    pub fn with(&self, written: &str) -> Result<Self, BadSwitch> {
        let bad = || BadSwitch(written.to_owned());
        let (name, number) = match written.split_once(':') {
            Some((name, number)) => (name, Some(number)),
            None => (written, None),
        };
        let value = match number {
            None => Value::Bool(true),
            Some(number) => number.parse::<u64>().map_err(|_| bad())?.into(),
        };
        let named = Map::from_iter([(name.to_owned(), value)]);
        self.turned(&named).map_err(|_| bad())
    }
}

/// No switch that can be turned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{written:?} is no fault; these are: {all}", written = .0, all = switches::list())]
pub struct BadSwitch(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_in_the_list_that_the_page_and_the_help_are_made_of() {
        let all = serde_json::to_value(Faults::default()).unwrap();
        let mut fields: Vec<&String> = all.as_object().unwrap().keys().collect();
        let mut listed: Vec<&str> = SWITCHES.iter().map(|switch| switch.name).collect();
        fields.sort();
        listed.sort_unstable();
        assert_eq!(fields, listed);
        for switch in SWITCHES {
            let is_number = all[switch.name].is_null();
            let takes_number = matches!(switch.takes, Takes::Number { .. });
            assert_eq!(is_number, takes_number, "{}", switch.name);
        }
    }

    #[test]
    fn a_fault_is_written_by_its_name_and_its_number() {
        let faults = Faults::default()
            .with("paper_out_after_lines:3")
            .and_then(|faults| faults.with("near_end"))
            .unwrap();
        let expected = Faults {
            paper_out_after_lines: Some(3),
            near_end: true,
            ..Faults::default()
        };
        assert_eq!(faults, expected);
        for wrong in [
            "on_fire",
            "near_end:3",
            "bytes_per_second",
            "bytes_per_second:x",
            "",
        ] {
            let refused = Faults::default().with(wrong).unwrap_err().to_string();
            assert!(refused.contains("bytes_per_second:BYTES/S"), "{refused}");
        }
    }
}
