//! Several printers, and printers that come and go.

use api::{JobState, job::HeldCause};

use crate::setup::*;

#[tokio::test]
async fn a_dead_printer_does_not_delay_another_one() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let silent = kitchen_with(virtual_printer::Options::default()).await;
    faults(&silent, |f| f.never_read = true).await;
    let (bar, printer) = (settings_of(&silent), settings_of(&kitchen));
    counter
        .queue
        .set_printers(vec![bar.clone(), printer.clone()])
        .await;
    let stuck = counter.submit_one(ticket(Some(bar.id), "Order 41")).await;
    counter.until_state(stuck, JobState::Printing).await;
    let mut last = None;
    for _ in 0..5 {
        last = Some(
            counter
                .submit_one(ticket(Some(printer.id), "Order 42"))
                .await,
        );
    }
    counter
        .until_state(last.expect("a ticket"), JobState::Printed)
        .await;
    assert_eq!(papers(&kitchen).len(), 5);
    assert!(!counter.job(stuck).await.state.is_over());
}

#[tokio::test]
async fn the_tickets_of_a_printer_that_is_taken_away_are_held() {
    let counter = Counter::new().await;
    let printer = printer_at(nobody().await);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.until(job, |t| t.attempts == 3).await;
    counter.queue.set_printers(Vec::new()).await;
    let held = JobState::Held {
        cause: HeldCause::NoPrinter,
    };
    counter.until_state(job, held).await;
    let mut statuses = counter.queue.statuses();
    let gone = statuses.wait_for(|all| !all.contains_key(&printer.id));
    tokio::time::timeout(PATIENCE, gone)
        .await
        .expect("in time")
        .expect("a board");
}

#[tokio::test]
async fn a_printer_that_is_taken_away_in_the_middle_of_a_ticket_asks() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.no_confirmation = true).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    paper(&kitchen, 1).await;
    counter.queue.set_printers(Vec::new()).await;
    counter
        .until(job, |t| matches!(t.state, JobState::Unconfirmed { .. }))
        .await;
    faults(&kitchen, |f| f.no_confirmation = false).await;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let next = counter
        .submit_one(ticket(Some(printer.id), "Order 43"))
        .await;
    counter.until_state(next, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 2);
}

#[tokio::test]
async fn a_new_address_is_in_force_at_once() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let mut printer = printer_at(nobody().await);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.until(job, |t| t.attempts == 3).await;
    printer.address = settings_of(&kitchen).address;
    counter.queue.set_printers(vec![printer]).await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
}
