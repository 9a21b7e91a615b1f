//! What prints when another counter may have taken the printers over.

use std::io::Read;
use std::sync::{
    Arc,
    atomic::{AtomicU8, AtomicU32, Ordering},
};

use api::{JobId, JobState, PrinterId, TicketKind, TicketName, printer::Learned};
use printer_queue::{Lease, LeaseState, NewJob, Stage};
use std::time::Duration;
use virtual_printer::VirtualPrinter;

use crate::setup::*;

const MARK: &str = "REPRINT";

/// A lease that a test turns.
#[derive(Clone, Default)]
struct Turned {
    state: Arc<AtomicU8>,
    /// What a try to renew it makes of it, plus one.
    next: Arc<AtomicU8>,
    tries: Arc<AtomicU32>,
}

fn state(word: u8) -> LeaseState {
    match word {
        0 => LeaseState::Valid,
        1 => LeaseState::Over,
        _ => LeaseState::Lost,
    }
}

impl Turned {
    fn turn(&self, to: LeaseState) {
        self.state.store(to as u8, Ordering::SeqCst);
    }

    fn lease(&self) -> Lease {
        let (at, here) = (self.clone(), self.clone());
        Lease::of(
            move || state(at.state.load(Ordering::SeqCst)),
            move || {
                here.tries.fetch_add(1, Ordering::SeqCst);
                if let Some(next) = here.next.load(Ordering::SeqCst).checked_sub(1) {
                    here.turn(state(next));
                }
                Box::pin(async {})
            },
        )
    }
}

async fn counter(lease: Lease) -> (Counter, VirtualPrinter, api::Printer) {
    let kitchen = kitchen().await;
    let counter = Counter::set_up(timings(), |options| options.lease = lease).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    (counter, kitchen, printer)
}

async fn print(counter: &Counter, ticket: NewJob) -> JobId {
    let job = counter.submit_one(ticket).await;
    counter.until_state(job, JobState::Printed).await;
    job
}

#[tokio::test]
async fn a_ticket_is_marked_when_another_counter_may_have_printed_it_and_not_before() {
    let turned = Turned::default();
    let (counter, kitchen, printer) = counter(turned.lease()).await;
    let at = Some(printer.id);
    print(&counter, ticket(at, "Before.")).await;
    turned.turn(LeaseState::Over);
    let job = print(&counter, ticket(at, "After.")).await;
    let test = NewJob {
        ticket: TicketName::whole(TicketKind::Test),
        ..ticket(at, "A test page.")
    };
    print(&counter, test).await;
    turned.turn(LeaseState::Valid);
    print(&counter, ticket(at, "Renewed.")).await;
    let papers = paper(&kitchen, 4).await;
    let marked: Vec<_> = papers.iter().map(|text| text.contains(MARK)).collect();
    assert_eq!(marked, [false, true, false, false], "{papers:#?}");
    let history = counter.queue.history_of(job).await.expect("its way");
    assert!(history.iter().any(|row| row.cause.contains("lease")));
}

#[tokio::test]
async fn a_further_copy_is_marked_too_when_another_counter_may_have_printed_it() {
    let turned = Turned::default();
    let (counter, kitchen, printer) = counter(turned.lease()).await;
    turned.turn(LeaseState::Over);
    let original = ticket(Some(printer.id), "Twice.");
    let further = NewJob {
        copy: 1,
        ..original.clone()
    };
    let order = original.order.expect("an order");
    let submitted = counter.queue.submit(order, 1, vec![original, further]);
    submitted.await.expect("a revision");
    let papers = paper(&kitchen, 2).await;
    let marked: Vec<_> = papers.iter().map(|text| text.contains(MARK)).collect();
    assert_eq!(marked, [true, true], "{papers:#?}");
}

#[tokio::test]
async fn a_lease_that_is_renewed_in_time_marks_nothing() {
    let turned = Turned::default();
    let (counter, kitchen, printer) = counter(turned.lease()).await;
    turned.turn(LeaseState::Over);
    turned
        .next
        .store(LeaseState::Valid as u8 + 1, Ordering::SeqCst);
    print(&counter, ticket(Some(printer.id), "Renewed.")).await;
    assert_eq!(turned.tries.load(Ordering::SeqCst), 1);
    assert!(!paper(&kitchen, 1).await[0].contains(MARK));
}

#[tokio::test]
async fn a_program_that_is_not_its_counter_prints_nothing_and_loses_nothing() {
    let turned = Turned::default();
    let (counter, kitchen, printer) = counter(turned.lease()).await;
    turned.turn(LeaseState::Lost);
    let job = counter.submit_one(ticket(Some(printer.id), "Waits.")).await;
    // Over twenty looks at the line.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(papers(&kitchen).is_empty());
    assert!(!counter.job(job).await.state.is_over());
    turned.turn(LeaseState::Valid);
    counter.until_state(job, JobState::Printed).await;
    assert!(!paper(&kitchen, 1).await[0].contains(MARK));
}

/// Turned at a stage of a ticket: a hook has no other way to a lease.
static AT_STAGE: AtomicU8 = AtomicU8::new(0);

async fn marked_when_it_ends_at(hook: fn(Stage, &str)) {
    let kitchen = kitchen().await;
    let lease = Lease::of(
        || state(AT_STAGE.load(Ordering::SeqCst)),
        || Box::pin(async {}),
    );
    let counter = Counter::set_up(timings(), |options| {
        (options.lease, options.at_stage) = (lease, Some(hook));
    })
    .await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    AT_STAGE.store(LeaseState::Valid as u8, Ordering::SeqCst);
    print(&counter, ticket(Some(printer.id), "Slept.")).await;
    let papers = paper(&kitchen, 1).await;
    assert_eq!(papers.len(), 1);
    assert!(papers[0].contains(MARK), "{papers:#?}");
}

#[tokio::test]
async fn a_pc_that_slept_until_its_lease_was_over_sends_no_byte_without_the_mark() {
    fn over() {
        AT_STAGE.store(LeaseState::Over as u8, Ordering::SeqCst);
    }
    marked_when_it_ends_at(|stage, _| {
        if stage == Stage::Reached {
            over();
        }
    })
    .await;
    marked_when_it_ends_at(|stage, _| {
        if stage == Stage::Begun {
            over();
        }
    })
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_printer_on_a_cable_of_this_pc_gets_no_mark_since_no_counter_stands_in_there() {
    let turned = Turned::default();
    let counter = Counter::set_up(timings(), |options| options.lease = turned.lease()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let device = folder.path().join("lp0");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &device, mode).expect("a pipe");
    // Open for writing too, so that it waits for nobody and ends with the test.
    let options = std::fs::File::options().read(true).write(true).to_owned();
    let mut end = options.open(&device).expect("its end");
    let address = format!("file://{}", device.display());
    let on_cable = api::Printer {
        address: Some(address.parse().expect("an address")),
        learned: Learned {
            status: Some(false),
            confirm: Some(false),
            ..Learned::default()
        },
        ..printer_at("127.0.0.1:9")
    };
    let kitchen = kitchen().await;
    let on_network = settings_of(&kitchen);
    let both = vec![on_cable.clone(), on_network.clone()];
    counter.queue.set_printers(both).await;
    turned.turn(LeaseState::Over);
    let sent = async |to: PrinterId, text: &str| {
        let job = counter.submit_one(ticket(Some(to), text)).await;
        counter
            .until(job, |job| {
                matches!(job.state, JobState::Sent | JobState::Printed)
            })
            .await;
    };
    sent(on_cable.id, "By the cable.").await;
    sent(on_network.id, "By the network.").await;
    // What was to come out at the other one may have come out there.
    counter.queue.set_printers(vec![on_cable.clone()]).await;
    let held = counter
        .submit_one(ticket(Some(on_network.id), "Chosen."))
        .await;
    counter
        .until(held, |job| matches!(job.state, JobState::Held { .. }))
        .await;
    counter
        .queue
        .choose_printer(held, on_cable.id)
        .await
        .expect("chosen");
    counter.until_state(held, JobState::Sent).await;
    assert!(paper(&kitchen, 1).await[0].contains(MARK));
    let mut bytes = vec![0; 65_536];
    let read = end.read(&mut bytes).expect("bytes");
    let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
    let (ours, rest) = text.split_once("By the cable.").expect("the first");
    let (chosen, _) = rest.split_once("Chosen.").expect("the second");
    let marked = (ours.contains(MARK), chosen.contains(MARK));
    assert_eq!(marked, (false, true), "{text}");
}
