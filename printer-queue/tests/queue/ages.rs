//! Tickets that are too old to print unasked, on the server's time.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use api::{JobId, JobState, OrderId, Printer, TicketKind, TicketName, job::HeldCause};
use jiff::{SignedDuration, Timestamp};
use printer_queue::{NewJob, ServerClock, TooOld};
use virtual_printer::VirtualPrinter;

use crate::setup::*;

const TOO_OLD: JobState = JobState::Held {
    cause: HeldCause::TooOld,
};

/// After an outage: three orders of three hours ago, each with a kitchen ticket and a receipt, and a fresh one.
struct Outage {
    kitchen: VirtualPrinter,
    counter: Counter,
    printer: Printer,
    orders: Vec<OrderId>,
    kitchen_tickets: Vec<JobId>,
    receipts: Vec<JobId>,
    fresh: JobId,
}

async fn outage() -> Outage {
    let (kitchen, server) = (kitchen().await, Wall::default());
    let clock = server.server();
    let counter = Counter::set_up(timings(), |options| options.server_clock = clock).await;
    let printer = settings_of(&kitchen);
    faults(&kitchen, |f| f.refuse = true).await;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let (mut orders, mut kitchen_tickets, mut receipts) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..3 {
        let station = ticket(Some(printer.id), &format!("Station {number}."));
        let receipt = NewJob {
            ticket: TicketName::whole(TicketKind::Receipt),
            order: station.order,
            ..ticket(Some(printer.id), &format!("Receipt {number}."))
        };
        orders.push(station.order.expect("an order"));
        let jobs = counter.submit(vec![station, receipt]).await;
        kitchen_tickets.push(jobs[0]);
        receipts.push(jobs[1]);
    }
    for &job in kitchen_tickets.iter().chain(&receipts) {
        counter
            .until(job, |t| matches!(t.state, JobState::Waiting { .. }))
            .await;
    }
    server.turn(3 * 3_600);
    let fresh = counter
        .submit_one(ticket(Some(printer.id), "Station 3."))
        .await;
    for &job in &kitchen_tickets {
        counter.until_state(job, TOO_OLD).await;
    }
    Outage {
        kitchen,
        counter,
        printer,
        orders,
        kitchen_tickets,
        receipts,
        fresh,
    }
}

impl Outage {
    async fn ends(&self) {
        faults(&self.kitchen, |f| f.refuse = false).await;
        for &job in self.receipts.iter().chain([&self.fresh]) {
            self.counter.until_state(job, JobState::Printed).await;
        }
    }

    fn printed(&self, text: &str) -> usize {
        let papers = papers(&self.kitchen);
        papers.iter().filter(|p| p.text.contains(text)).count()
    }
}

#[tokio::test]
async fn a_kitchen_ticket_older_than_two_hours_is_held_and_a_receipt_prints() {
    let outage = outage().await;
    outage.ends().await;
    assert_eq!(
        (outage.printed("Station"), outage.printed("Receipt")),
        (1, 3)
    );
    let held = outage.counter.queue.too_old().await.expect("a list");
    let held: Vec<_> = held.iter().map(|ticket| ticket.job).collect();
    assert_eq!(held, outage.kitchen_tickets);
    let history = outage.counter.queue.history_of(held[0]).await;
    let history = history.expect("its way");
    assert!(history.iter().any(|row| row.cause.contains("too old")));
}

#[tokio::test]
async fn after_an_outage_a_person_can_have_all_of_them() {
    let outage = outage().await;
    outage.ends().await;
    let printing = outage.counter.queue.decide_too_old(TooOld::PrintAll).await;
    assert_eq!(printing, Ok(outage.kitchen_tickets.clone()));
    for &job in &outage.kitchen_tickets {
        outage.counter.until_state(job, JobState::Printed).await;
    }
    assert_eq!(outage.printed("Station"), 4);
    assert_eq!(outage.printed("REPRINT"), 0);
    assert_eq!(outage.counter.queue.too_old().await, Ok(Vec::new()));
}

#[tokio::test]
async fn after_an_outage_a_person_can_have_those_of_open_orders_and_the_rest_expires() {
    let outage = outage().await;
    let open = BTreeSet::from([outage.orders[1]]);
    let choice = TooOld::PrintOpen(open);
    let printing = outage.counter.queue.decide_too_old(choice).await;
    assert_eq!(printing, Ok(vec![outage.kitchen_tickets[1]]));
    outage.ends().await;
    let counter = &outage.counter;
    counter
        .until_state(outage.kitchen_tickets[1], JobState::Printed)
        .await;
    for at in [0, 2] {
        let job = counter.job(outage.kitchen_tickets[at]).await;
        assert_eq!(job.state, JobState::Expired);
    }
    assert_eq!(
        (outage.printed("Station 1."), outage.printed("Station")),
        (1, 2)
    );
    let again = counter.queue.reprint(outage.kitchen_tickets[0]).await;
    counter
        .until_state(again.expect("a reprint"), JobState::Printed)
        .await;
}

#[tokio::test]
async fn after_an_outage_a_person_can_have_one_list_instead() {
    let outage = outage().await;
    let digest = NewJob {
        order: None,
        revision: 0,
        ticket: TicketName {
            kind: TicketKind::Summary,
            part: "17".into(),
        },
        ..ticket(Some(outage.printer.id), "List of 2")
    };
    // The list was made before the third was held.
    let choice = TooOld::Digest {
        jobs: outage.kitchen_tickets[..2].to_vec(),
        ticket: Box::new(digest),
    };
    let counter = &outage.counter;
    let printing = counter.queue.decide_too_old(choice).await;
    let printing = printing.expect("a decision");
    assert_eq!(printing.len(), 1);
    outage.ends().await;
    counter.until_state(printing[0], JobState::Printed).await;
    for at in [0, 1] {
        let job = counter.job(outage.kitchen_tickets[at]).await;
        assert_eq!(job.state, JobState::Expired);
    }
    assert_eq!(counter.job(outage.kitchen_tickets[2]).await.state, TOO_OLD);
    assert_eq!(
        (outage.printed("List of 2"), outage.printed("Station")),
        (1, 1)
    );
}

#[tokio::test]
async fn one_that_a_person_releases_prints_however_old_it_is() {
    let outage = outage().await;
    let counter = &outage.counter;
    for (at, released) in [(0, true), (1, false)] {
        let job = outage.kitchen_tickets[at];
        let asked = if released {
            counter.queue.release(job).await
        } else {
            counter.queue.choose_printer(job, outage.printer.id).await
        };
        asked.expect("its release");
    }
    outage.ends().await;
    for at in [0, 1] {
        let job = outage.kitchen_tickets[at];
        counter.until_state(job, JobState::Printed).await;
    }
    assert_eq!(counter.job(outage.kitchen_tickets[2]).await.state, TOO_OLD);
}

#[tokio::test]
async fn an_order_that_was_promised_for_later_is_not_old_and_one_that_came_late_is() {
    let (kitchen, server) = (kitchen().await, Wall::default().server());
    let counter = Counter::set_up(timings(), |options| options.server_clock = server).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let at = |hours| Some(Timestamp::now() + SignedDuration::from_hours(hours));
    let promised = NewJob {
        ages_from: at(3),
        ..ticket(Some(printer.id), "Promised")
    };
    let late = NewJob {
        ages_from: at(-3),
        ..ticket(Some(printer.id), "Late")
    };
    let (promised, late) = (
        counter.submit_one(promised).await,
        counter.submit_one(late).await,
    );
    counter.until_state(promised, JobState::Printed).await;
    counter.until_state(late, TOO_OLD).await;
    assert_eq!(papers(&kitchen).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn as_long_as_the_time_of_the_server_is_unknown_nothing_is_too_old_and_then_it_is_decided() {
    let kitchen = kitchen().await;
    let known: Arc<Mutex<Option<Timestamp>>> = Arc::default();
    let asked = known.clone();
    let counter = Counter::set_up(timings(), move |options| {
        options.server_clock = ServerClock::of(move || *asked.lock().expect("the time"));
    })
    .await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let ordered = |text: &str, at: Timestamp| NewJob {
        ages_from: Some(at),
        ..ticket(Some(printer.id), text)
    };
    // By the clock of this PC the order is from years ago.
    let years_ago: Timestamp = "2001-01-01T12:00:00Z".parse().expect("a time");
    let first = counter.submit_one(ordered("Printed.", years_ago)).await;
    counter.until_state(first, JobState::Printed).await;
    counter.queue.pause(printer.id).await.expect("a pause");
    let old = counter.submit_one(ordered("Held.", years_ago)).await;
    let fresh = counter
        .submit_one(ticket(Some(printer.id), "Undated."))
        .await;
    let now = years_ago + SignedDuration::from_hours(3);
    *known.lock().expect("the time") = Some(now);
    counter.queue.resume(printer.id).await.expect("to go on");
    counter.until_state(old, TOO_OLD).await;
    counter.until_state(fresh, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_of_the_pc_that_jumps_forward_deletes_no_history_and_the_time_of_the_server_does() {
    let (wall, server) = (Wall::default(), Wall::default());
    let (here, there) = (wall.clock(), server.server());
    let counter = Counter::set_up(timings(), move |options| {
        (options.clock, options.server_clock) = (here, there);
        options.history.every = Duration::from_millis(5);
    })
    .await;
    let job = counter.submit_one(ticket(None, "Long over.")).await;
    counter.queue.cancel(job).await.expect("a cancellation");
    // The job that changed last stays, so that no number of a change is given twice.
    counter.submit_one(ticket(None, "Waits.")).await;
    wall.turn(10 * 365 * 86_400);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let left = async || {
        let tickets = counter.queue.open_and_recent(10).await;
        tickets.expect("the tickets").len()
    };
    assert_eq!(left().await, 2);
    server.turn(91 * 86_400);
    tokio::time::timeout(PATIENCE, async {
        while left().await > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("in time");
}
