use api::{
    JobId, OrderId, PrinterId, TicketKind,
    job::{Doubt, FailCause, HeldCause, WaitCause},
    report::PrintReport,
};
use uuid::Uuid;

use super::*;

const OLD: u128 = 1;
const BEFORE: u128 = 2;

fn counter(id: u128) -> CounterId {
    CounterId(Uuid::from_u128(id))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn row() -> Elsewhere {
    Elsewhere {
        order: OrderId(Uuid::from_u128(3)),
        revision: 2,
        revised_at: None,
        ticket: kitchen(TicketKind::Kitchen),
        destination: Some(PrinterId(Uuid::from_u128(4))),
        copies: 1,
        owner: counter(OLD),
        at: at(50),
    }
}

fn kitchen(kind: TicketKind) -> TicketName {
    TicketName {
        kind,
        part: "grill".into(),
    }
}

fn said(by: u128, state: JobState) -> ReportedTicket {
    ReportedTicket {
        counter: counter(by),
        report: PrintReport {
            n: 1,
            job: JobId(Uuid::from_u128(5)),
            order: row().order,
            revision: 2,
            revised_at: None,
            ticket: kitchen(TicketKind::Kitchen),
            destination: row().destination,
            copy: 0,
            printer: row().destination,
            state,
            marked: false,
            released: false,
            at: at(101),
        },
    }
}

fn released(by: u128, second: i64) -> ReportedTicket {
    let mut said = said(by, JobState::Cancelled);
    said.report.released = true;
    said.report.at = at(second);
    said
}

fn handover() -> Handover {
    Handover {
        from: Some(counter(OLD)),
        at: at(100),
        reprint_uncertain: ReprintUncertain::Ask,
    }
}

fn waiting(bytes_left: bool) -> JobState {
    JobState::Waiting {
        cause: WaitCause::PaperOut,
        since: at(60),
        bytes_left,
    }
}

#[test]
fn each_state_of_a_ticket_leads_to_one_decision() {
    let cause = Doubt::NoConfirmation;
    let failed = JobState::Failed {
        cause: FailCause::Refused,
        detail: String::new(),
    };
    let held = JobState::Held {
        cause: HeldCause::ByHand,
    };
    let table = [
        (JobState::Printed, Decision::Drop, Decision::Drop),
        (JobState::Sent, Decision::Drop, Decision::Drop),
        (failed, Decision::Drop, Decision::Drop),
        (JobState::Expired, Decision::Drop, Decision::Drop),
        (JobState::Cancelled, Decision::Drop, Decision::Drop),
        (held, Decision::Hold, Decision::Hold),
        (JobState::Queued, Decision::TakeMarked, Decision::TakeMarked),
        (waiting(false), Decision::TakeMarked, Decision::TakeMarked),
        (waiting(true), Decision::Ask, Decision::TakeMarked),
        (JobState::Printing, Decision::Ask, Decision::TakeMarked),
        (
            JobState::Unconfirmed { cause },
            Decision::Ask,
            Decision::TakeMarked,
        ),
    ];
    for (state, asks, prints) in table {
        let heard = [said(OLD, state.clone())];
        assert_eq!(decide(&row(), 0, &heard, handover()), asks, "{state:?}");
        let marked = Handover {
            reprint_uncertain: ReprintUncertain::Marked,
            ..handover()
        };
        assert_eq!(decide(&row(), 0, &heard, marked), prints, "{state:?}");
    }
}

#[test]
fn what_nobody_reported_prints_marked() {
    assert_eq!(decide(&row(), 0, &[], handover()), Decision::TakeMarked);
    // An earlier revision, another place, another printer, another copy.
    let others: [fn(&mut PrintReport); 4] = [
        |report| report.revision = 1,
        |report| report.ticket = TicketName::whole(TicketKind::Receipt),
        |report| report.destination = None,
        |report| report.copy = 1,
    ];
    for other in others {
        let mut heard = said(OLD, JobState::Printed);
        other(&mut heard.report);
        let decision = decide(&row(), 0, &[heard], handover());
        assert_eq!(decision, Decision::TakeMarked);
    }
}

#[test]
fn a_change_of_the_place_is_the_ticket_of_the_place() {
    for kind in [TicketKind::Change, TicketKind::Void] {
        let mut heard = said(OLD, JobState::Printed);
        heard.report.ticket = kitchen(kind);
        assert_eq!(decide(&row(), 0, &[heard], handover()), Decision::Drop);
    }
}

#[test]
fn only_what_its_last_counter_gave_away_just_now_prints_as_an_original() {
    let decide = |heard: &[ReportedTicket]| decide(&row(), 0, heard, handover());
    assert_eq!(decide(&[released(OLD, 100)]), Decision::TakeUnmarked);
    assert_eq!(
        decide(&[released(OLD, 99)]),
        Decision::TakeMarked,
        "it had it again since then"
    );
    assert_eq!(
        decide(&[released(BEFORE, 100)]),
        Decision::TakeMarked,
        "the counter that had it last said nothing"
    );
    assert_eq!(
        decide(&[released(BEFORE, 60), released(OLD, 100)]),
        Decision::TakeMarked,
        "whoever gave it away before may have got it back"
    );
}

#[test]
fn what_bore_a_mark_when_it_was_given_away_keeps_it() {
    let mut heard = released(OLD, 100);
    heard.report.marked = true;
    let decision = decide(&row(), 0, &[heard], handover());
    assert_eq!(
        decision,
        Decision::TakeMarked,
        "its first try may be on paper"
    );
}

#[test]
fn the_most_that_any_counter_says_counts() {
    let heard = [
        released(OLD, 100),
        said(BEFORE, JobState::Queued),
        said(BEFORE, JobState::Printed),
    ];
    assert_eq!(decide(&row(), 0, &heard, handover()), Decision::Drop);
    let heard = [released(OLD, 100), said(BEFORE, JobState::Printing)];
    assert_eq!(decide(&row(), 0, &heard, handover()), Decision::Ask);
}

#[test]
fn what_ended_without_paper_says_nothing_of_a_later_revision_of_its_place() {
    let failed = JobState::Failed {
        cause: FailCause::Refused,
        detail: String::new(),
    };
    let anew = |mut later: ReportedTicket| {
        later.report.revision = 3;
        later
    };
    for ended in [failed, JobState::Expired, JobState::Cancelled] {
        let first = said(OLD, ended.clone());
        let decide = |later: ReportedTicket| decide(&row(), 0, &[first.clone(), later], handover());
        assert_eq!(
            decide(anew(said(OLD, JobState::Queued))),
            Decision::TakeMarked
        );
        assert_eq!(decide(anew(released(OLD, 100))), Decision::TakeUnmarked);
        assert_eq!(decide(anew(said(OLD, ended.clone()))), Decision::Drop);
        let mut further = anew(said(OLD, JobState::Queued));
        further.report.copy = 1;
        assert_eq!(decide(further), Decision::Drop, "another copy");
    }
    let heard = [
        said(OLD, JobState::Printed),
        anew(said(OLD, JobState::Queued)),
    ];
    assert_eq!(
        decide(&row(), 0, &heard, handover()),
        Decision::Drop,
        "on paper it stays"
    );
}

#[test]
fn a_paper_of_a_revision_that_the_server_lost_is_not_taken_for_the_one_that_got_its_number() {
    let later = |second| Elsewhere {
        revised_at: Some(at(second)),
        ..row()
    };
    let mut lost = said(OLD, JobState::Printed);
    lost.report.revised_at = Some(at(10));
    let verdict = |row: &Elsewhere, said: &ReportedTicket| {
        decide(row, 0, std::slice::from_ref(said), handover())
    };
    assert_eq!(verdict(&later(10), &lost), Decision::Drop);
    assert_eq!(verdict(&later(20), &lost), Decision::TakeMarked);
    lost.report.revision = 3;
    assert_eq!(verdict(&later(20), &lost), Decision::TakeMarked);
    let mut old = said(OLD, JobState::Printed);
    assert_eq!(verdict(&later(20), &old), Decision::Drop, "it does not say");
    old.report.revised_at = Some(at(20));
    assert_eq!(verdict(&row(), &old), Decision::Drop);
}
