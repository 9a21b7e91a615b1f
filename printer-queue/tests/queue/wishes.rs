//! What a person wants of the lines: who goes first, what waits outside, and which printer stands still.

use api::{
    JobId, JobState, Printer,
    job::{HeldCause, WaitCause},
    printer::{Health, WhenUnreachable},
};
use printer_queue::{Content, NewJob, QueueError};
use virtual_printer::VirtualPrinter;

use crate::setup::*;

const BY_HAND: JobState = JobState::Held {
    cause: HeldCause::ByHand,
};

/// A printer without paper, and so many tickets that wait for it.
async fn line(length: usize) -> (VirtualPrinter, Counter, Printer, Vec<JobId>) {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.paper_out = true).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let mut jobs = Vec::new();
    for number in 0..length {
        let new = ticket(Some(printer.id), &format!("Order {number}."));
        jobs.push(counter.submit_one(new).await);
    }
    for &job in &jobs {
        counter
            .until(job, |t| {
                matches!(
                    t.state,
                    JobState::Waiting {
                        cause: WaitCause::PaperOut,
                        ..
                    }
                )
            })
            .await;
    }
    (kitchen, counter, printer, jobs)
}

async fn printed(kitchen: &VirtualPrinter, order: &[usize]) {
    let papers = paper(kitchen, order.len() as u64).await;
    for (paper, number) in papers.iter().zip(order) {
        assert!(paper.contains(&format!("Order {number}.")), "{papers:?}");
    }
    assert_eq!(papers.len(), order.len());
}

#[tokio::test]
async fn tickets_print_in_order_of_arrival_and_urgent_ones_first() {
    let (kitchen, counter, printer, jobs) = line(4).await;
    counter.queue.urgent(jobs[2]).await.expect("a wish");
    assert!(counter.job(jobs[2]).await.urgent);
    let born_urgent = NewJob {
        urgent: true,
        ..ticket(Some(printer.id), "Order 4.")
    };
    let last = counter.submit_one(born_urgent).await;
    counter
        .until(last, |t| matches!(t.state, JobState::Waiting { .. }))
        .await;
    faults(&kitchen, |f| f.paper_out = false).await;
    counter.until_state(jobs[3], JobState::Printed).await;
    printed(&kitchen, &[2, 4, 0, 1, 3]).await;
    let over = counter.queue.urgent(jobs[0]).await;
    assert!(matches!(over, Err(QueueError::NotNow(_))), "{over:?}");
}

#[tokio::test]
async fn a_held_ticket_lets_the_others_pass_and_takes_its_place_again_when_it_is_released() {
    let (kitchen, counter, printer, jobs) = line(3).await;
    counter.queue.hold(jobs[0]).await.expect("a hold");
    counter.queue.hold(jobs[1]).await.expect("a hold");
    assert_eq!(counter.job(jobs[0]).await.state, BY_HAND);
    counter.until_status(printer.id, |s| s.open_jobs == 1).await;
    assert!(counter.queue.hold(jobs[0]).await.is_err(), "it is held");
    let (counter, _) = counter.restart().await;
    counter.queue.set_printers(vec![printer.clone()]).await;
    assert_eq!(counter.job(jobs[0]).await.state, BY_HAND);
    counter.queue.release(jobs[0]).await.expect("its release");
    let again = counter.queue.release(jobs[0]).await;
    assert!(matches!(again, Err(QueueError::NotNow(_))), "{again:?}");
    faults(&kitchen, |f| f.paper_out = false).await;
    counter.until_state(jobs[2], JobState::Printed).await;
    printed(&kitchen, &[0, 2]).await;
    counter.queue.cancel(jobs[1]).await.expect("its end");
    let gone = counter.queue.release(jobs[1]).await;
    assert!(matches!(gone, Err(QueueError::NotNow(_))), "{gone:?}");
}

#[tokio::test]
async fn a_ticket_without_a_printer_is_released_by_choosing_one() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter.submit_one(ticket(None, "Order 42")).await;
    assert!(counter.queue.release(job).await.is_err());
    counter
        .queue
        .choose_printer(job, printer.id)
        .await
        .expect("the choice");
    counter.until_state(job, JobState::Printed).await;
}

#[tokio::test]
async fn a_paused_printer_finishes_its_ticket_and_keeps_the_others_also_over_a_restart() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    faults(&kitchen, |f| f.late_confirmation_ms = Some(200)).await;
    let first = counter
        .submit_one(ticket(Some(printer.id), "Order 0."))
        .await;
    counter.until_state(first, JobState::Printing).await;
    counter.queue.pause(printer.id).await.expect("a pause");
    let second = counter
        .submit_one(ticket(Some(printer.id), "Order 1."))
        .await;
    counter.until_state(first, JobState::Printed).await;
    let paused = |state: &JobState| {
        matches!(
            state,
            JobState::Waiting {
                cause: WaitCause::Paused,
                bytes_left: false,
                ..
            }
        )
    };
    counter.until(second, |t| paused(&t.state)).await;
    let status = counter.until_status(printer.id, |s| s.paused).await;
    assert_ne!(status.health, Health::Disabled);

    let (counter, _) = counter.restart().await;
    counter.queue.set_printers(vec![printer.clone()]).await;
    counter.until_status(printer.id, |s| s.paused).await;
    let third = counter
        .submit_one(ticket(Some(printer.id), "Order 2."))
        .await;
    counter.until(third, |t| paused(&t.state)).await;
    assert_eq!(papers(&kitchen).len(), 1);
    counter.queue.resume(printer.id).await.expect("its end");
    counter.until_state(third, JobState::Printed).await;
    counter.until_status(printer.id, |s| !s.paused).await;
    printed(&kitchen, &[0, 1, 2]).await;
    let (counter, _) = counter.restart().await;
    counter.queue.set_printers(vec![printer.clone()]).await;
    counter
        .until_status(printer.id, |s| !s.paused && s.open_jobs == 0)
        .await;
}

#[tokio::test]
async fn a_pause_is_no_outage_no_backup_takes_over() {
    let (kitchen, bar, counter) = (kitchen().await, kitchen().await, Counter::new().await);
    let (mut first, second) = (settings_of(&kitchen), settings_of(&bar));
    first.backups = vec![second.id];
    first.policy.failover_after_s = Some(0);
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    counter.queue.pause(first.id).await.expect("a pause");
    let job = counter.submit_one(ticket(Some(first.id), "Order 0.")).await;
    counter
        .until(job, |t| matches!(t.state, JobState::Waiting { .. }))
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(counter.job(job).await.destination, Some(first.id));
    counter.queue.resume(first.id).await.expect("its end");
    counter.until_state(job, JobState::Printed).await;
    printed(&kitchen, &[0]).await;
}

#[tokio::test]
async fn a_ticket_moves_from_every_state_in_which_no_byte_is_at_a_printer() {
    let (kitchen, counter, printer, jobs) = line(3).await;
    let bar = crate::setup::kitchen().await;
    let other = settings_of(&bar);
    counter
        .queue
        .set_printers(vec![printer.clone(), other.clone()])
        .await;
    counter.queue.hold(jobs[1]).await.expect("a hold");
    let nonsense = NewJob {
        content: Content::Unprintable {
            detail: "no template".into(),
        },
        ..ticket(Some(printer.id), "")
    };
    let nonsense = counter.submit_one(nonsense).await;
    for &job in &jobs {
        counter
            .queue
            .choose_printer(job, other.id)
            .await
            .expect("the move");
        let done = counter.until_state(job, JobState::Printed).await;
        assert_eq!(done.printed_by, Some(other.id));
        let again = counter.queue.choose_printer(job, printer.id).await;
        assert!(matches!(again, Err(QueueError::NotNow(_))), "{again:?}");
    }
    let nothing = counter.queue.choose_printer(nonsense, other.id).await;
    assert!(matches!(nothing, Err(QueueError::NotNow(_))), "{nothing:?}");
    printed(&bar, &[0, 1, 2]).await;
    assert_eq!(papers(&kitchen).len(), 0);
}

#[tokio::test]
async fn a_failed_ticket_moves_and_says_so_if_it_may_have_come_out() {
    let (kitchen, bar, counter) = (kitchen().await, kitchen().await, Counter::new().await);
    let (mut first, second) = (settings_of(&kitchen), settings_of(&bar));
    first.policy.when_unreachable = WhenUnreachable::Fail;
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    faults(&kitchen, |f| f.reset_after_bytes = Some(0)).await;
    let job = counter.submit_one(ticket(Some(first.id), "Order 0.")).await;
    counter
        .until(job, |t| matches!(t.state, JobState::Failed { .. }))
        .await;
    counter
        .queue
        .choose_printer(job, second.id)
        .await
        .expect("the move");
    counter.until_state(job, JobState::Printed).await;
    let paper = &paper(&bar, 1).await[0];
    assert!(paper.contains("Order 0."), "{paper}");
    assert!(!paper.contains("REPRINT"), "nothing of it can have printed");
}
