//! Lines so long that whoever asks for all of them at once would keep everybody else waiting.

use api::{JobState, OrderId, PrinterId, job::WaitCause, printer::Health};
use printer_queue::{NewJob, Submitted};
use uuid::Uuid;

use crate::setup::*;

const CROWD: u32 = 50_000;
const AN_ORDER: u32 = 1_000;

/// So many tickets for this printer, in orders of a thousand.
async fn crowd(counter: &Counter, printer: PrinterId) {
    for _ in 0..CROWD / AN_ORDER {
        let order = OrderId(Uuid::new_v4());
        let tickets = (0..AN_ORDER).map(|copy| NewJob {
            order: Some(order),
            copy,
            ..ticket(Some(printer), "Order 42")
        });
        let taken = counter
            .queue
            .submit(order, 1, tickets.collect::<Vec<_>>())
            .await;
        assert!(
            matches!(taken, Ok(Submitted::New(jobs)) if jobs.len() == AN_ORDER as usize),
            "each is taken"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_thousand_tickets_wait_and_delay_no_other_printer_not_even_when_they_go_elsewhere() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let (gone, mut shut, bar) = (
        printer_at(nobody().await),
        printer_at(nobody().await),
        settings_of(&kitchen),
    );
    shut.enabled = false;
    let printers = vec![gone.clone(), shut.clone(), bar.clone()];
    counter.queue.set_printers(printers.clone()).await;
    crowd(&counter, gone.id).await;
    counter.submit_one(ticket(Some(bar.id), "Order 43")).await;
    paper(&kitchen, 1).await;
    assert_eq!(counter.queue.open_jobs_of(gone.id), CROWD);
    counter
        .until_status(gone.id, |status| {
            status.health == Health::Unreachable && status.open_jobs == CROWD
        })
        .await;

    let (queue, printer) = (counter.queue.clone(), bar.id);
    let meanwhile = tokio::spawn(async move {
        for _ in 0..5 {
            let new = ticket(Some(printer), "Order 44");
            let order = new.order.expect("an order");
            let taken = queue.submit(order, 1, vec![new]).await;
            assert!(matches!(taken, Ok(Submitted::New(_))), "{taken:?}");
        }
    });
    let moved = counter.queue.move_jobs_of(gone.id, shut.id).await;
    assert_eq!(moved, Ok(CROWD));
    meanwhile.await.expect("the others");
    assert_eq!(paper(&kitchen, 6).await.len(), 6);
    assert_eq!(counter.queue.open_jobs_of(gone.id), 0);
    assert_eq!(counter.queue.open_jobs_of(shut.id), CROWD);

    let (counter, opened) = counter.restart().await;
    assert_eq!(opened.set_aside, None);
    assert_eq!(counter.queue.open_jobs_of(shut.id), CROWD);
    counter.queue.set_printers(printers).await;
    counter.submit_one(ticket(Some(bar.id), "Order 45")).await;
    assert_eq!(paper(&kitchen, 7).await.len(), 7);
}

#[tokio::test]
async fn whatever_a_person_does_the_open_tickets_of_a_printer_are_counted_right() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let (gone, bar) = (printer_at(nobody().await), settings_of(&kitchen));
    counter
        .queue
        .set_printers(vec![gone.clone(), bar.clone()])
        .await;
    let mut jobs = Vec::new();
    for _ in 0..12 {
        jobs.push(counter.submit_one(ticket(Some(gone.id), "Order 42")).await);
    }
    counter
        .until(jobs[11], |t| {
            matches!(
                t.state,
                JobState::Waiting {
                    cause: WaitCause::Unreachable,
                    ..
                }
            )
        })
        .await;
    counter.queue.urgent(jobs[0]).await.expect("a wish");
    counter.queue.hold(jobs[1]).await.expect("a wish");
    counter.queue.hold(jobs[2]).await.expect("a wish");
    counter.queue.release(jobs[2]).await.expect("a wish");
    counter.queue.cancel(jobs[3]).await.expect("a wish");
    for &job in &jobs[4..6] {
        let choice = counter.queue.choose_printer(job, bar.id).await;
        choice.expect("a wish");
        counter.until_state(job, JobState::Printed).await;
    }
    counter.queue.hold(jobs[6]).await.expect("a wish");
    let choice = counter.queue.choose_printer(jobs[6], bar.id).await;
    choice.expect("a wish");
    let again = counter.queue.reprint(jobs[4]).await.expect("a wish");
    for job in [jobs[6], again] {
        counter.until_state(job, JobState::Printed).await;
    }
    let waiting = |printer: PrinterId, tickets: &[api::TicketChanged]| {
        tickets
            .iter()
            .filter(|t| t.destination == Some(printer))
            .filter(|t| {
                matches!(
                    t.state,
                    JobState::Queued | JobState::Waiting { .. } | JobState::Printing
                )
            })
            .count()
    };
    let tickets = counter.queue.open_and_recent(100).await.expect("all");
    for (printer, open) in [(gone.id, 7), (bar.id, 0)] {
        assert_eq!(waiting(printer, &tickets), open);
        assert_eq!(counter.queue.open_jobs_of(printer) as usize, open);
    }
    let (counter, _) = counter.restart().await;
    assert_eq!(counter.queue.open_jobs_of(gone.id), 7);
    assert_eq!(counter.queue.open_jobs_of(bar.id), 0);
}
