//! What becomes of a ticket that another counter was to make when its printer comes to this one. Pure: what the other
//! counter reported is an argument, and so is when the printer changed hands.
//!
//! No ticket is lost and none doubled in silence: what is known to be on paper or to be over is left alone, what the other
//! counter gave away prints as an original, and whatever nobody knows prints marked or is asked about.

use api::{
    CounterId, JobState, PrinterId, TicketName,
    printer::ReprintUncertain,
    report::{PrintReport, ReportedTicket},
};
use jiff::Timestamp;
use printer_queue::{Elsewhere, place_name};

/// What is done about a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// It prints as an original.
    TakeUnmarked,
    /// It prints, headed as a possible duplicate.
    TakeMarked,
    /// It is held here as it was there.
    Hold,
    /// A person says whether it came out.
    Ask,
    /// It came out, or is over.
    Drop,
}

/// How its printer came here.
#[derive(Debug, Clone, Copy)]
pub struct Handover {
    /// Who had the printer until then.
    pub from: Option<CounterId>,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// What the printer is set to do with tickets that may have come out.
    pub reprint_uncertain: ReprintUncertain,
}

/// Decides about one copy of a ticket, by what the counters that had its printer reported of the order. The most that any
/// of them says counts: a ticket that one gave away and the next one printed is on paper. One that ended without paper
/// before a later ticket of its place was made says nothing of that.
pub fn decide(
    row: &Elsewhere,
    copy: u32,
    reported: &[ReportedTicket],
    handover: Handover,
) -> Decision {
    let said = reported
        .iter()
        .filter(|said| said.report.copy == copy && covers(said, row))
        .filter(|said| is_at(said, row));
    let newest = said.clone().map(|said| said.report.revision).max();
    // Who said nothing of it may have printed it.
    said.filter(|said| !has_ended(&said.report) || Some(said.report.revision) == newest)
        .map(|said| verdict(said, handover))
        .max()
        .unwrap_or(Decision::TakeMarked)
}

/// It is over without paper, and was not given away.
fn has_ended(report: &PrintReport) -> bool {
    match &report.state {
        JobState::Failed { .. } | JobState::Expired => true,
        JobState::Cancelled => !report.released,
        JobState::Queued
        | JobState::Waiting { .. }
        | JobState::Printing
        | JobState::Printed
        | JobState::Sent
        | JobState::Unconfirmed { .. }
        | JobState::Held { .. } => false,
    }
}

/// Whether all that is known of a ticket says that each copy came out or is over.
pub fn is_settled(row: &Elsewhere, reported: &[ReportedTicket]) -> bool {
    let handover = Handover {
        from: None,
        at: row.at,
        reprint_uncertain: ReprintUncertain::Ask,
    };
    (0..row.copies).all(|copy| decide(row, copy, reported, handover) == Decision::Drop)
}

/// A ticket that another counter was to make on a printer that came here, though nothing says so here: a person there had
/// moved it or had it reprinted, or it is older than this counter. With the place that it is of, and its copy.
pub fn stray(
    said: &ReportedTicket,
    came: impl Fn(PrinterId) -> bool,
    rows: &[Elsewhere],
) -> Option<Elsewhere> {
    let report = &said.report;
    let is_open = match &report.state {
        JobState::Queued
        | JobState::Waiting { .. }
        | JobState::Printing
        | JobState::Unconfirmed { .. } => true,
        JobState::Cancelled => report.released,
        JobState::Printed
        | JobState::Sent
        | JobState::Failed { .. }
        | JobState::Held { .. }
        | JobState::Expired => false,
    };
    let known =
        |row: &Elsewhere| row.order == report.order && row.copies > report.copy && is_at(said, row);
    let here = report.printer.or(report.destination).is_some_and(came);
    (is_open && here && !rows.iter().any(known)).then(|| Elsewhere {
        order: report.order,
        revision: report.revision,
        revised_at: report.revised_at,
        ticket: place_name(&report.ticket),
        destination: report.destination,
        copies: report.copy + 1,
        owner: said.counter,
        at: report.at,
    })
}

/// Whether a report is of this ticket's revision or of one after it.
pub fn covers(said: &ReportedTicket, row: &Elsewhere) -> bool {
    let said = said.report.revision_key();
    said.covers(row.revision_key())
}

/// Whether a report is about this place: the same printer, and the same ticket or what it became of it later.
pub fn is_at(said: &ReportedTicket, row: &Elsewhere) -> bool {
    is_place(&said.report.ticket, row) && said.report.destination == row.destination
}

/// Whether a ticket is of this place.
pub fn is_place(ticket: &TicketName, row: &Elsewhere) -> bool {
    place_name(ticket) == row.ticket
}

fn verdict(said: &ReportedTicket, handover: Handover) -> Decision {
    let uncertain = match handover.reprint_uncertain {
        ReprintUncertain::Marked => Decision::TakeMarked,
        ReprintUncertain::Ask => Decision::Ask,
    };
    match &said.report.state {
        JobState::Printed | JobState::Sent | JobState::Failed { .. } | JobState::Expired => {
            Decision::Drop
        }
        // What was given away at another time, or by another counter, may have come out since, and what bore a mark before.
        JobState::Cancelled if said.report.released => {
            let is_blank = !said.report.marked
                && handover.from == Some(said.counter)
                && said.report.at >= handover.at;
            if is_blank {
                Decision::TakeUnmarked
            } else {
                Decision::TakeMarked
            }
        }
        JobState::Cancelled => Decision::Drop,
        JobState::Held { .. } => Decision::Hold,
        JobState::Queued => Decision::TakeMarked,
        JobState::Waiting { bytes_left, .. } if !bytes_left => Decision::TakeMarked,
        JobState::Waiting { .. } | JobState::Printing | JobState::Unconfirmed { .. } => uncertain,
    }
}

#[cfg(test)]
mod tests;
