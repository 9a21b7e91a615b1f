//! What other counters made of an order. The decisions are pure.

use std::collections::BTreeSet;

use api::{
    CounterId, JobState, OrderId, PrinterId, Problem, RevisionKey, TicketChanged, TicketName,
    counter::Counter,
    report::{PrintReport, ReportedTicket},
};
use jiff::Timestamp;
use printer_queue::{Elsewhere, UnmarkedPaper};

use crate::{
    refusal,
    restaurant::Restaurant,
    settings::SettingsNow,
    takeover::is_at,
    view::{OtherTicket, PrintedTwice, TicketPaper},
};

/// The tickets of an order at other counters, and what came out twice.
pub(super) async fn others(
    open: &Restaurant,
    order: OrderId,
    own: &[TicketChanged],
) -> Result<(Vec<OtherTicket>, Vec<PrintedTwice>), Problem> {
    let reported = open.store.reported_tickets(order).await;
    let reported = reported.map_err(|error| refusal::storage(&error))?;
    let made = open.queue.elsewhere_of(order).await;
    let made = made.map_err(|error| refusal::queue(&error))?;
    if reported.is_empty() && made.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let counters = open.store.counters().await;
    let names = Names {
        counters: counters.map_err(|error| refusal::storage(&error))?,
        settings: &open.settings.now(),
    };
    let papers = open.queue.unmarked_papers_of(order).await;
    let papers = papers.map_err(|error| refusal::queue(&error))?;
    let tickets = still_theirs(&reported, own).map(|ticket| names.ticket(ticket));
    let unheard = unheard(&made, &reported).map(|row| names.unheard(row));
    Ok((
        tickets.chain(unheard).collect(),
        names.twice(printed_twice(&reported, &papers)),
    ))
}

/// Without those that were handed over and that somebody else has by now.
fn still_theirs<'a>(
    reported: &'a [ReportedTicket],
    own: &'a [TicketChanged],
) -> impl Iterator<Item = &'a ReportedTicket> {
    let taken = |given: &ReportedTicket| {
        let (by, key) = (given.counter, key(&given.report));
        let elsewhere = reported
            .iter()
            .filter(|ticket| ticket.counter != by)
            .any(|ticket| !ticket.report.released && self::key(&ticket.report) == key);
        let here = own.iter().any(|ticket| {
            (ticket.revision, &ticket.ticket, ticket.copy)
                == (
                    given.report.revision,
                    &given.report.ticket,
                    given.report.copy,
                )
        });
        elsewhere || here
    };
    reported
        .iter()
        .filter(move |ticket| !(ticket.report.released && taken(ticket)))
}

/// Tickets of which no counter has said anything yet. What it made of an earlier revision may be all that it makes.
fn unheard<'a>(
    made: &'a [Elsewhere],
    reported: &'a [ReportedTicket],
) -> impl Iterator<Item = &'a Elsewhere> {
    made.iter()
        .filter(|row| !reported.iter().any(|said| is_at(said, row)))
}

fn key(report: &PrintReport) -> (u32, &TicketName, Option<PrinterId>, u32) {
    let PrintReport {
        revision,
        ticket,
        destination,
        copy,
        ..
    } = report;
    (*revision, ticket, *destination, *copy)
}

/// A paper without a mark; `counter` is `None` for this one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unmarked<'a> {
    counter: Option<CounterId>,
    revision: RevisionKey,
    ticket: &'a TicketName,
    destination: Option<PrinterId>,
    printer: Option<PrinterId>,
    at: Timestamp,
}

impl Unmarked<'_> {
    /// Two printers that a rule names each get a ticket of the same name, so the printer that was meant tells them apart.
    /// One that was held for want of a printer may be any of that name.
    fn is_same_ticket(&self, other: &Unmarked<'_>) -> bool {
        self.ticket == other.ticket
            && self.revision.is_same(other.revision)
            && (self.destination == other.destination
                || self.destination.is_none()
                || other.destination.is_none())
    }
}

/// Originals that more than one counter printed.
fn printed_twice<'a>(
    reported: &'a [ReportedTicket],
    own: &'a [UnmarkedPaper],
) -> Vec<Vec<Unmarked<'a>>> {
    let theirs = reported
        .iter()
        .filter_map(|ReportedTicket { counter, report }| {
            let out = matches!(report.state, JobState::Printed | JobState::Sent);
            (out && !report.marked && report.copy == 0).then_some(Unmarked {
                counter: Some(*counter),
                revision: report.revision_key(),
                ticket: &report.ticket,
                destination: report.destination,
                printer: report.printer,
                at: report.at,
            })
        });
    let ours = own.iter().map(|paper| Unmarked {
        counter: None,
        revision: paper.revision_key(),
        ticket: &paper.ticket,
        destination: paper.destination,
        printer: paper.printer,
        at: paper.at,
    });
    let mut same: Vec<Vec<Unmarked<'_>>> = Vec::new();
    for paper in theirs.chain(ours) {
        let known = same
            .iter_mut()
            .find(|papers| papers.iter().all(|other| paper.is_same_ticket(other)));
        match known {
            Some(papers) => papers.push(paper),
            None => same.push(vec![paper]),
        }
    }
    same.retain(|papers| {
        let counters: BTreeSet<_> = papers.iter().map(|paper| paper.counter).collect();
        counters.len() > 1
    });
    for papers in &mut same {
        papers.sort_by_key(|paper| paper.at);
    }
    same
}

/// What people call counters and printers.
struct Names<'a> {
    counters: Vec<Counter>,
    settings: &'a SettingsNow,
}

impl Names<'_> {
    fn counter(&self, id: CounterId) -> Option<String> {
        let counter = self.counters.iter().find(|counter| counter.id == id)?;
        Some(counter.name.clone())
    }

    fn printer(&self, id: Option<PrinterId>) -> Option<String> {
        Some(self.settings.printer(id?)?.name.clone())
    }

    fn ticket(&self, ticket: &ReportedTicket) -> OtherTicket {
        let ReportedTicket { counter, report } = ticket;
        OtherTicket {
            counter: *counter,
            counter_name: self.counter(*counter),
            job: Some(report.job),
            revision: report.revision,
            ticket: report.ticket.clone(),
            copy: report.copy,
            destination: report.destination,
            printer_name: self.printer(report.printer),
            state: report.state.clone(),
            marked: report.marked,
            released: report.released,
            at: report.at,
        }
    }

    fn unheard(&self, row: &Elsewhere) -> OtherTicket {
        OtherTicket {
            counter: row.owner,
            counter_name: self.counter(row.owner),
            job: None,
            revision: row.revision,
            ticket: row.ticket.clone(),
            copy: 0,
            destination: row.destination,
            printer_name: self.printer(row.destination),
            state: JobState::Queued,
            marked: false,
            released: false,
            at: row.at,
        }
    }

    fn twice(&self, same: Vec<Vec<Unmarked<'_>>>) -> Vec<PrintedTwice> {
        let paper = |paper: &Unmarked<'_>| TicketPaper {
            here: paper.counter.is_none(),
            counter_name: paper.counter.and_then(|counter| self.counter(counter)),
            printer_name: self.printer(paper.printer),
            at: paper.at,
        };
        let twice = same.iter().filter_map(|papers| {
            let first = papers.first()?;
            Some(PrintedTwice {
                revision: first.revision.number,
                ticket: first.ticket.clone(),
                papers: papers.iter().map(paper).collect(),
            })
        });
        twice.collect()
    }
}

#[cfg(test)]
mod tests {
    use api::{JobId, TicketKind};
    use uuid::Uuid;

    use super::*;

    fn printer(number: u128) -> Option<PrinterId> {
        Some(PrinterId(Uuid::from_u128(number)))
    }

    fn reported(counter: u128, state: JobState) -> ReportedTicket {
        ReportedTicket {
            counter: CounterId(Uuid::from_u128(counter)),
            report: PrintReport {
                n: 1,
                job: JobId(Uuid::from_u128(counter)),
                order: OrderId(Uuid::nil()),
                revision: 1,
                revised_at: None,
                ticket: TicketName::whole(TicketKind::Kitchen),
                destination: printer(5),
                copy: 0,
                printer: printer(5),
                state,
                marked: false,
                released: false,
                at: Timestamp::from_second(10).unwrap(),
            },
        }
    }

    fn own(destination: Option<PrinterId>) -> UnmarkedPaper {
        UnmarkedPaper {
            job: JobId(Uuid::from_u128(77)),
            revision: 1,
            revised_at: None,
            ticket: TicketName::whole(TicketKind::Kitchen),
            destination,
            printer: destination,
            at: Timestamp::from_second(5).unwrap(),
        }
    }

    #[test]
    fn a_ticket_that_two_counters_printed_without_a_mark_is_printed_twice() {
        let theirs = [reported(1, JobState::Sent), reported(2, JobState::Printed)];
        let ours = [own(printer(5))];
        let twice = printed_twice(&theirs, &ours);
        assert_eq!(twice.len(), 1);
        let counters: Vec<_> = twice[0].iter().map(|paper| paper.counter).collect();
        assert_eq!(counters[0], None, "the first to come out");
        assert_eq!(counters.len(), 3);
        let held = [own(None)];
        let without = printed_twice(&theirs[..1], &held);
        assert_eq!(without.len(), 1, "held first, then sent to some printer");
    }

    #[test]
    fn a_ticket_of_another_counter_is_shown_before_anything_was_heard_of_it() {
        let row = |destination| Elsewhere {
            order: OrderId(Uuid::nil()),
            revision: 1,
            revised_at: None,
            ticket: TicketName::whole(TicketKind::Kitchen),
            destination,
            copies: 1,
            owner: CounterId(Uuid::from_u128(1)),
            at: Timestamp::UNIX_EPOCH,
        };
        let made = [row(printer(5)), row(printer(6))];
        let shown = |reported: &[ReportedTicket]| unheard(&made, reported).count();
        assert_eq!(shown(&[]), 2);
        assert_eq!(shown(&[reported(1, JobState::Queued)]), 1);
    }

    #[test]
    fn what_is_marked_or_meant_for_another_printer_or_no_original_is_not_printed_twice() {
        let printed = reported(1, JobState::Printed);
        let turned = |turn: fn(&mut PrintReport)| {
            let mut ticket = printed.clone();
            turn(&mut ticket.report);
            ticket
        };
        for other in [
            turned(|report| report.marked = true),
            turned(|report| report.copy = 1),
            turned(|report| report.revision = 2),
            turned(|report| report.destination = printer(6)),
            turned(|report| report.ticket = TicketName::whole(TicketKind::Receipt)),
            turned(|report| report.state = JobState::Cancelled),
            turned(|report| report.state = JobState::Printing),
        ] {
            let twice = printed_twice(std::slice::from_ref(&other), &[own(printer(5))]).len();
            assert_eq!(twice, 0, "{other:?}");
        }
        let one = [printed.clone(), printed];
        assert!(printed_twice(&one, &[]).is_empty(), "of one counter");
    }

    #[test]
    fn a_ticket_that_was_handed_over_is_shown_until_somebody_has_it() {
        let mut given = reported(1, JobState::Cancelled);
        given.report.released = true;
        let taken = reported(2, JobState::Queued);
        let shown = |reported: &[ReportedTicket]| -> Vec<u128> {
            let counters = still_theirs(reported, &[]);
            counters.map(|ticket| ticket.counter.0.as_u128()).collect()
        };
        assert_eq!(shown(std::slice::from_ref(&given)), [1]);
        assert_eq!(shown(&[given, taken]), [2]);
    }
}
