//! How a printer is, by its faults, in IPP's words (RFC 8011 section 5.4.12).

use crate::faults::Faults;
use crate::ipp::description::{Condition, PrinterState};

pub(super) fn condition(faults: &Faults, printing: bool) -> Condition {
    let mut reasons = Vec::new();
    if faults.paper_out {
        reasons.push("media-empty-error");
    }
    if faults.cover_open {
        reasons.push("cover-open-error");
    }
    if faults.has_error() {
        reasons.push("other-error");
    }
    if faults.near_end && !faults.paper_out {
        reasons.push("media-low-warning");
    }
    let message = match (faults.paper_out, faults.cover_open, faults.near_end) {
        (true, _, _) => "The paper is out.",
        (_, true, _) => "The cover is open.",
        (_, _, true) => "The paper is nearly used up.",
        (false, false, false) if printing => "Printing.",
        (false, false, false) => "Ready.",
    };
    if reasons.is_empty() {
        reasons.push("none");
    }
    Condition {
        state: match (faults.is_offline(), printing) {
            (true, _) => PrinterState::Stopped,
            (false, true) => PrinterState::Processing,
            (false, false) => PrinterState::Idle,
        },
        reasons,
        message,
        accepts_jobs: !faults.refuse_jobs,
        level: match (faults.paper_out, faults.near_end) {
            (true, _) => 0,
            (false, true) => 5,
            (false, false) => 100,
        },
    }
}
