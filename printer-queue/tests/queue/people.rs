//! What a person can ask of a ticket.

use api::{JobId, JobState};
use printer_queue::{NewJob, QueueError};
use uuid::Uuid;

use crate::setup::*;

#[tokio::test]
async fn each_reprint_has_its_own_number_and_is_marked_and_opens_no_drawer() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let new = NewJob {
        drawer: true,
        ..ticket(Some(printer.id), "Order 42")
    };
    let job = counter.submit_one(new).await;
    counter.until_state(job, JobState::Printed).await;
    for copy in 1..3 {
        let again = counter.queue.reprint(job).await.expect("a reprint");
        let done = counter.until_state(again, JobState::Printed).await;
        assert_eq!(done.copy, copy);
    }
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), 3);
    for paper in &papers[1..] {
        assert!(paper.text.contains("REPRINT"), "{}", paper.text);
        assert!(!paper.text.contains("duplicate"), "{}", paper.text);
        assert_eq!(paper.drawer_pulses, 0);
    }
    assert!(!papers[0].text.contains("REPRINT"));
}

#[tokio::test]
async fn a_cancelled_ticket_never_prints_and_can_be_reprinted() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let mut printer = settings_of(&kitchen);
    printer.enabled = false;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.queue.cancel(job).await.expect("a cancellation");
    assert_eq!(counter.job(job).await.state, JobState::Cancelled);
    assert!(counter.queue.cancel(job).await.is_err(), "it is over");
    printer.enabled = true;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let next = counter
        .submit_one(ticket(Some(printer.id), "Order 43"))
        .await;
    counter.until_state(next, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
    let again = counter.queue.reprint(job).await.expect("a reprint");
    counter.until_state(again, JobState::Printed).await;
}

#[tokio::test]
async fn a_waiting_ticket_moves_to_another_printer_and_prints_there_only() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let gone = printer_at(nobody().await);
    let printer = settings_of(&kitchen);
    counter
        .queue
        .set_printers(vec![gone.clone(), printer.clone()])
        .await;
    let job = counter.submit_one(ticket(Some(gone.id), "Order 42")).await;
    counter.until(job, |t| t.attempts == 3).await;
    counter
        .queue
        .choose_printer(job, printer.id)
        .await
        .expect("a choice");
    let done = counter.until_state(job, JobState::Printed).await;
    assert_eq!(done.printed_by, Some(printer.id));
    assert_eq!(papers(&kitchen).len(), 1);
    assert_eq!(counter.queue.open_jobs_of(gone.id), 0);
}

#[tokio::test]
async fn the_tickets_of_a_printer_are_moved_held_or_cancelled_together() {
    let counter = Counter::new().await;
    let mut printers = [printer_at(nobody().await), printer_at(nobody().await)];
    for printer in &mut printers {
        printer.enabled = false;
    }
    let [from, to] = printers.clone().map(|printer| printer.id);
    counter.queue.set_printers(printers.to_vec()).await;
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(counter.submit_one(ticket(Some(from), "Order")).await);
    }
    assert_eq!(counter.queue.open_jobs_of(from), 3);
    assert_eq!(counter.queue.move_jobs_of(from, to).await, Ok(3));
    assert_eq!(counter.queue.open_jobs_of(from), 0);
    assert_eq!(counter.queue.hold_jobs_of(to).await, Ok(3));
    assert!(matches!(
        counter.job(jobs[0]).await.state,
        JobState::Held { .. }
    ));
    for &job in &jobs {
        counter
            .queue
            .choose_printer(job, from)
            .await
            .expect("a choice");
    }
    assert_eq!(counter.queue.cancel_jobs_of(from).await, Ok(3));
    assert_eq!(counter.job(jobs[2]).await.state, JobState::Cancelled);
    let strange = api::PrinterId(Uuid::new_v4());
    let refused = counter.queue.move_jobs_of(from, strange).await;
    assert_eq!(refused, Err(QueueError::UnknownPrinter(strange)));
}

#[tokio::test]
async fn a_ticket_that_is_not_there_is_said_to_be_unknown() {
    let counter = Counter::new().await;
    let job = JobId(Uuid::new_v4());
    let unknown = Some(QueueError::UnknownJob(job));
    assert_eq!(counter.queue.cancel(job).await.err(), unknown);
    assert_eq!(counter.queue.reprint(job).await.err(), unknown);
    assert_eq!(counter.queue.markup_of(job).await.err(), unknown);
}

#[tokio::test]
async fn a_ticket_that_goes_to_another_printer_is_counted_there_and_no_longer_where_it_waited() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    let mut bar = printer_at(nobody().await);
    bar.enabled = false;
    counter
        .queue
        .set_printers(vec![bar.clone(), printer.clone()])
        .await;
    let job = counter.submit_one(ticket(Some(bar.id), "Order 42")).await;
    counter.until_status(bar.id, |s| s.open_jobs == 1).await;
    counter
        .queue
        .choose_printer(job, printer.id)
        .await
        .expect("the other printer");
    counter.until_state(job, JobState::Printed).await;
    counter.until_status(bar.id, |s| s.open_jobs == 0).await;
}
