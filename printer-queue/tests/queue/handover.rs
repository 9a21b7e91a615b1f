//! Printers that go from one counter to another.

use std::collections::BTreeMap;

use api::{
    CounterId, JobId, JobState, OrderId, Printer, PrinterId, TicketKind, TicketName,
    job::{Doubt, HeldCause},
};
use jiff::Timestamp;
use printer_queue::{Elsewhere, NewJob, Submitted, Taken, TakenJob, Tickets};
use uuid::Uuid;
use virtual_printer::VirtualPrinter;

use crate::setup::*;

fn off(mut printer: Printer) -> Printer {
    printer.enabled = false;
    printer
}

fn other() -> CounterId {
    CounterId(Uuid::from_u128(7))
}

fn row(order: OrderId, destination: Option<PrinterId>) -> Elsewhere {
    Elsewhere {
        order,
        revision: 1,
        revised_at: None,
        ticket: TicketName::whole(TicketKind::Kitchen),
        destination,
        copies: 1,
        owner: other(),
        at: Timestamp::UNIX_EPOCH,
    }
}

fn taken(job: NewJob, how: Taken) -> TakenJob {
    TakenJob {
        job,
        lines: None,
        how,
    }
}

async fn elsewhere(counter: &Counter) -> Vec<Elsewhere> {
    let rows = counter.queue.elsewhere(Timestamp::UNIX_EPOCH).await;
    rows.expect("what others make")
}

#[tokio::test]
async fn what_other_counters_make_is_kept_with_the_revision_and_only_once() {
    let counter = Counter::new().await;
    let order = OrderId(Uuid::new_v4());
    let kitchen = PrinterId(Uuid::new_v4());
    let tickets = || Tickets {
        jobs: Vec::new(),
        elsewhere: vec![row(order, Some(kitchen)), row(order, None)],
    };
    let submitted = counter.queue.submit(order, 1, tickets()).await;
    assert_eq!(submitted, Ok(Submitted::New(Vec::new())));
    let submitted = counter.queue.submit(order, 1, tickets()).await;
    assert_eq!(submitted, Ok(Submitted::AlreadyHandled));
    let later = Elsewhere {
        revision: 2,
        copies: 2,
        ..row(order, Some(kitchen))
    };
    let jobs = printer_queue::RevisionJobs {
        elsewhere: vec![later],
        ..Default::default()
    };
    let submitted = counter.queue.submit_later(order, 2, jobs).await;
    assert_eq!(submitted, Ok(Submitted::New(Vec::new())));
    let (counter, _) = counter.restart().await;
    let rows = elsewhere(&counter).await;
    let kept: Vec<_> = rows
        .iter()
        .map(|row| (row.destination, row.revision, row.copies))
        .collect();
    assert_eq!(kept.len(), 2, "the later revision stands for the earlier");
    assert!(kept.contains(&(Some(kitchen), 2, 2)), "{kept:?}");
    assert!(kept.contains(&(None, 1, 1)), "{kept:?}");
    assert!(rows.iter().all(|row| row.at > Timestamp::UNIX_EPOCH));
}

#[tokio::test]
async fn a_printer_that_goes_takes_along_what_was_not_begun_and_nothing_else() {
    let counter = Counter::new().await;
    let (kitchen, bar) = (
        off(printer_at(nobody().await)),
        off(printer_at(nobody().await)),
    );
    let ours = vec![kitchen.clone(), bar.clone()];
    counter.queue.set_printers(ours).await;
    let goes = counter
        .submit_one(ticket(Some(kitchen.id), "Order 1"))
        .await;
    let held = counter
        .submit_one(ticket(Some(kitchen.id), "Order 2"))
        .await;
    counter.queue.hold(held).await.expect("held");
    let stays = counter.submit_one(ticket(Some(bar.id), "Order 3")).await;
    let to = BTreeMap::from([(kitchen.id, other())]);
    assert_eq!(counter.queue.release_printers(to.clone()).await, Ok(1));
    assert_eq!(
        counter.queue.release_printers(to).await,
        Ok(0),
        "once, however often it is said"
    );
    let gone = counter.job(goes).await;
    assert_eq!(gone.state, JobState::Cancelled);
    assert!(matches!(
        counter.job(held).await.state,
        JobState::Held { .. }
    ));
    assert!(!counter.job(stays).await.state.is_over());
    assert_eq!(counter.queue.open_jobs_of(kitchen.id), 0);
    let rows = elsewhere(&counter).await;
    let kept: Vec<_> = rows
        .iter()
        .map(|row| (Some(row.order), row.owner))
        .collect();
    assert_eq!(kept, [(gone.order, other())], "it may come back");
}

/// A ticket of a printer that is gone (the first) stands in the line of its backup, behind one that is being printed there
/// for as long as the test takes.
async fn at_its_backup() -> (VirtualPrinter, Counter, [Printer; 2], [JobId; 2]) {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.no_confirmation = true).await;
    let (mut gone, backup) = (printer_at(nobody().await), settings_of(&kitchen));
    gone.backups = vec![backup.id];
    gone.policy.failover_after_s = Some(0);
    let ours = vec![gone.clone(), backup.clone()];
    counter.queue.set_printers(ours).await;
    let before = counter.submit_one(ticket(Some(backup.id), "Order 1")).await;
    counter.until_state(before, JobState::Printing).await;
    let job = counter.submit_one(ticket(Some(gone.id), "Order 2")).await;
    counter
        .until(job, |t| t.destination == Some(backup.id))
        .await;
    // It would go over again at once.
    gone.backups = Vec::new();
    let ours = vec![gone.clone(), backup.clone()];
    counter.queue.set_printers(ours).await;
    (kitchen, counter, [gone, backup], [before, job])
}

#[tokio::test]
async fn what_stands_at_a_printer_as_its_backup_goes_back_to_its_own_one() {
    let (_kitchen, counter, [gone, backup], [before, job]) = at_its_backup().await;
    let to = BTreeMap::from([(backup.id, other())]);
    assert_eq!(counter.queue.release_printers(to).await, Ok(1));
    let back = counter.job(job).await;
    assert_eq!(
        (back.destination, back.backup_for, back.state.is_over()),
        (Some(gone.id), None, false)
    );
    let begun = counter.job(before).await.state;
    assert_eq!(begun, JobState::Printing, "bytes of it left");
    assert!(elsewhere(&counter).await.is_empty());
}

#[tokio::test]
async fn what_stands_at_a_backup_goes_with_its_own_printer() {
    let (_kitchen, counter, [gone, _], [_, job]) = at_its_backup().await;
    let to = BTreeMap::from([(gone.id, other())]);
    assert_eq!(counter.queue.release_printers(to).await, Ok(1));
    assert_eq!(counter.job(job).await.state, JobState::Cancelled);
    let rows = elsewhere(&counter).await;
    assert_eq!(rows[0].destination, Some(gone.id));
}

#[tokio::test]
async fn tickets_that_are_taken_over_print_marked_unmarked_or_wait_for_a_person() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let new = |text: &str| ticket(Some(printer.id), text);
    let jobs = [
        (new("Order 1"), Taken::Unmarked),
        (new("Order 2"), Taken::Marked),
        (new("Order 3"), Taken::Asked),
        (new("Order 4"), Taken::Held),
    ];
    let orders: Vec<OrderId> = jobs
        .iter()
        .map(|(job, _)| job.order.expect("an order"))
        .collect();
    for order in &orders {
        let tickets = Tickets {
            jobs: Vec::new(),
            elsewhere: vec![row(*order, Some(printer.id))],
        };
        let submitted = counter.queue.submit(*order, 1, tickets).await;
        submitted.expect("a revision");
    }
    let all: Vec<TakenJob> = jobs
        .iter()
        .map(|(job, how)| taken(job.clone(), *how))
        .collect();
    let rows = elsewhere(&counter).await;
    let took = counter.queue.take_over(all.clone(), rows.clone()).await;
    assert_eq!(took, Ok(4));
    assert!(elsewhere(&counter).await.is_empty());
    assert_eq!(counter.queue.take_over(all, rows).await, Ok(0), "once");
    let papers = paper(&kitchen, 2).await;
    assert!(!papers[0].contains("duplicate"), "{}", papers[0]);
    assert!(papers[1].contains("duplicate"), "{}", papers[1]);
    let state = async |order| counter.queue.jobs_of(order).await.expect("its jobs")[0].clone();
    let asked = state(orders[2]).await;
    let cause = Doubt::OtherCounter;
    assert_eq!(asked.state, JobState::Unconfirmed { cause });
    let cause = HeldCause::NoPrinter;
    let doubtful = async |order| {
        counter
            .queue
            .earlier_tickets(order)
            .await
            .expect("its tickets")[0]
            .doubtful
    };
    assert!(
        doubtful(orders[3]).await,
        "its first counter may have printed it"
    );
    assert!(!doubtful(orders[0]).await);
    let held = state(orders[3]).await;
    assert_eq!(held.state, JobState::Held { cause });
    counter.queue.print_again(asked.job).await.expect("again");
    counter.queue.release(held.job).await.expect("released");
    let papers = paper(&kitchen, 4).await;
    assert!(papers[2..].iter().all(|paper| paper.contains("duplicate")));
}

#[tokio::test]
async fn a_ticket_that_was_given_away_and_comes_back_is_the_same_one_again() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![off(printer.clone())]).await;
    let new = ticket(Some(printer.id), "Order 1");
    let job = counter.submit_one(new.clone()).await;
    let to = BTreeMap::from([(printer.id, other())]);
    counter
        .queue
        .release_printers(to)
        .await
        .expect("given away");
    counter.queue.set_printers(Vec::new()).await;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let rows = elsewhere(&counter).await;
    let back = vec![taken(new, Taken::Marked)];
    assert_eq!(
        counter.queue.take_over(back.clone(), rows.clone()).await,
        Ok(1)
    );
    assert_eq!(counter.queue.take_over(back, rows).await, Ok(0));
    counter.until_state(job, JobState::Printed).await;
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), 1);
    assert!(papers[0].text.contains("duplicate"), "{}", papers[0].text);
}

#[tokio::test]
async fn a_ticket_that_a_person_cancelled_does_not_come_back_with_its_printer() {
    let counter = Counter::new().await;
    let printer = off(printer_at(nobody().await));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let new = ticket(Some(printer.id), "Order 1");
    let job = counter.submit_one(new.clone()).await;
    counter.queue.cancel(job).await.expect("cancelled");
    let back = vec![taken(new, Taken::Marked)];
    assert_eq!(counter.queue.take_over(back, Vec::new()).await, Ok(0));
    assert_eq!(counter.job(job).await.state, JobState::Cancelled);
}

#[tokio::test]
async fn what_only_this_counter_knows_is_held_when_its_printer_goes() {
    let (virtual_kitchen, counter) = (kitchen().await, Counter::new().await);
    let (kitchen, broken) = (
        settings_of(&virtual_kitchen),
        off(printer_at(nobody().await)),
    );
    let ours = vec![kitchen.clone(), broken.clone()];
    counter.queue.set_printers(ours).await;
    let printed = counter
        .submit_one(ticket(Some(kitchen.id), "Order 1"))
        .await;
    counter.until_state(printed, JobState::Printed).await;
    let ours = vec![off(kitchen.clone()), broken.clone()];
    counter.queue.set_printers(ours).await;
    let reprint = counter.queue.reprint(printed).await.expect("a reprint");
    let moved = counter.submit_one(ticket(Some(broken.id), "Order 2")).await;
    let chosen = counter.queue.choose_printer(moved, kitchen.id).await;
    chosen.expect("moved");
    let list = NewJob {
        order: None,
        ticket: TicketName::whole(TicketKind::Summary),
        ..ticket(Some(kitchen.id), "Not printed")
    };
    let list = counter.queue.submit_more(vec![list]).await.expect("a list")[0];
    let test = counter
        .queue
        .print_test(kitchen.id, "Test".into(), "en-US".into());
    let test = test.await.expect("a test page");
    let to = BTreeMap::from([(kitchen.id, other())]);
    assert_eq!(counter.queue.release_printers(to).await, Ok(4));
    counter.queue.set_printers(vec![broken.clone()]).await;
    let cause = HeldCause::NoPrinter;
    for job in [reprint, moved, list] {
        assert_eq!(counter.job(job).await.state, JobState::Held { cause });
    }
    assert_eq!(counter.job(test).await.state, JobState::Cancelled);
    assert!(elsewhere(&counter).await.is_empty());
}

#[tokio::test]
async fn what_was_moved_goes_along_when_the_printer_that_it_was_routed_to_goes_too() {
    let counter = Counter::new().await;
    let [broken, kitchen] = [nobody().await, nobody().await].map(|at| off(printer_at(at)));
    let ours = vec![kitchen.clone(), broken.clone()];
    counter.queue.set_printers(ours).await;
    let moved = counter.submit_one(ticket(Some(broken.id), "Order 1")).await;
    let chosen = counter.queue.choose_printer(moved, kitchen.id).await;
    chosen.expect("moved");
    let heir = CounterId(Uuid::from_u128(8));
    let to = BTreeMap::from([(kitchen.id, other()), (broken.id, heir)]);
    assert_eq!(counter.queue.release_printers(to).await, Ok(1));
    assert_eq!(counter.job(moved).await.state, JobState::Cancelled);
    let rows = elsewhere(&counter).await;
    let kept: Vec<_> = rows
        .iter()
        .map(|row| (row.destination, row.owner))
        .collect();
    assert_eq!(
        kept,
        [(Some(broken.id), heir)],
        "who has it routed to a printer of theirs"
    );
}
