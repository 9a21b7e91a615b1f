//! Bytes have left, and nobody knows whether they are on paper.

use std::time::Duration;

use api::{
    JobState,
    job::{Doubt, WaitCause},
    printer::ReprintUncertain,
};

use crate::setup::*;

fn unconfirmed(cause: Doubt) -> JobState {
    JobState::Unconfirmed { cause }
}

async fn short_counter() -> Counter {
    let mut timings = timings();
    timings.device.confirm = Duration::from_millis(200);
    Counter::with(timings).await
}

#[tokio::test]
async fn a_ticket_that_is_not_confirmed_asks_and_it_printed_ends_it() {
    let (kitchen, counter) = (kitchen().await, short_counter().await);
    faults(&kitchen, |f| f.no_confirmation = true).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until_state(job, unconfirmed(Doubt::NoConfirmation))
        .await;
    assert!(
        counter.queue.reprint(job).await.is_err(),
        "the question comes first"
    );
    counter.queue.it_printed(job).await.expect("an answer");
    assert_eq!(counter.job(job).await.state, JobState::Printed);
    assert_eq!(papers(&kitchen).len(), 1);
}

#[tokio::test]
async fn an_unconfirmed_ticket_prints_again_only_when_asked_and_with_its_mark() {
    let (kitchen, counter) = (kitchen().await, short_counter().await);
    faults(&kitchen, |f| f.no_confirmation = true).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let new = printer_queue::NewJob {
        drawer: true,
        ..ticket(Some(printer.id), "Order 42")
    };
    let job = counter.submit_one(new).await;
    counter
        .until_state(job, unconfirmed(Doubt::NoConfirmation))
        .await;
    faults(&kitchen, |f| f.no_confirmation = false).await;
    let next = counter
        .submit_one(ticket(Some(printer.id), "Order 43"))
        .await;
    counter.until_state(next, JobState::Printed).await;
    assert_eq!(
        papers(&kitchen).len(),
        2,
        "the line goes on, the question stays"
    );
    counter.queue.print_again(job).await.expect("once more");
    counter.until_state(job, JobState::Printed).await;
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), 3);
    let again = &papers[2];
    assert!(again.text.contains("Order 42"));
    assert!(
        again.text.contains("REPRINT - may be a duplicate"),
        "{}",
        again.text
    );
    assert_eq!((papers[0].drawer_pulses, again.drawer_pulses), (1, 0));
}

#[tokio::test]
async fn where_it_is_set_so_a_doubtful_ticket_is_printed_once_more_marked_and_then_asks() {
    let (kitchen, counter) = (kitchen().await, short_counter().await);
    faults(&kitchen, |f| f.no_confirmation = true).await;
    let mut printer = settings_of(&kitchen);
    printer.policy.reprint_uncertain = ReprintUncertain::Marked;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until_state(job, unconfirmed(Doubt::NoConfirmation))
        .await;
    let papers = paper(&kitchen, 2).await;
    assert_eq!(papers.len(), 2);
    assert!(!papers[0].contains("REPRINT"));
    assert!(papers[1].contains("REPRINT - may be a duplicate"));
}

#[tokio::test]
async fn the_confirmation_of_another_ticket_is_not_ours() {
    let (kitchen, counter) = (kitchen().await, short_counter().await);
    faults(&kitchen, |f| f.wrong_confirmation = true).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until_state(job, unconfirmed(Doubt::NoConfirmation))
        .await;
}

#[tokio::test]
async fn a_confirmation_that_comes_late_but_in_time_is_one() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.late_confirmation_ms = Some(300)).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_asks() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    // The four questions before the ticket are twelve bytes.
    faults(&kitchen, |f| f.reset_once_after_bytes = Some(40)).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let long: String = (0..100).map(|row| format!("row {row}\n")).collect();
    let job = counter.submit_one(ticket(Some(printer.id), &long)).await;
    counter
        .until_state(job, unconfirmed(Doubt::ConnectionLost))
        .await;
}

#[tokio::test]
async fn a_printer_that_loses_its_power_while_it_holds_a_ticket_asks() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    faults(&kitchen, |f| f.paper_out_after_lines = Some(1)).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "one\ntwo\nthree"))
        .await;
    counter
        .until(job, |t| {
            matches!(
                t.state,
                JobState::Waiting {
                    cause: WaitCause::PaperOut,
                    bytes_left: true,
                    ..
                }
            )
        })
        .await;
    kitchen.cut_power("Kitchen").await.expect("its plug");
    let asked = counter
        .until(job, |t| matches!(t.state, JobState::Unconfirmed { .. }))
        .await;
    assert_eq!(asked.attempts, 0);
}

#[tokio::test]
async fn a_program_that_ends_before_the_first_byte_prints_once_after_its_restart() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    let (counter, _) = counter.restart().await;
    assert_eq!(counter.job(job).await.state, JobState::Queued);
    counter.queue.set_printers(vec![printer]).await;
    counter.until_state(job, JobState::Printed).await;
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), 1);
    assert!(!papers[0].text.contains("REPRINT"));
}

#[tokio::test]
async fn a_program_that_ends_after_the_first_byte_asks_after_its_restart() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.no_confirmation = true).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    paper(&kitchen, 1).await;
    let (counter, _) = counter.restart().await;
    assert_eq!(
        counter.job(job).await.state,
        unconfirmed(Doubt::ProgramEnded)
    );
    counter.queue.set_printers(vec![printer.clone()]).await;
    faults(&kitchen, |f| f.no_confirmation = false).await;
    let next = counter
        .submit_one(ticket(Some(printer.id), "Order 43"))
        .await;
    counter.until_state(next, JobState::Printed).await;
    assert_eq!(
        counter.job(job).await.state,
        unconfirmed(Doubt::ProgramEnded)
    );
    assert_eq!(papers(&kitchen).len(), 2);
}

#[tokio::test]
async fn a_program_that_ends_after_the_first_byte_reprints_marked_where_it_is_set_so() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.no_confirmation = true).await;
    let mut printer = settings_of(&kitchen);
    printer.policy.reprint_uncertain = ReprintUncertain::Marked;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    paper(&kitchen, 1).await;
    let (counter, _) = counter.restart().await;
    faults(&kitchen, |f| f.no_confirmation = false).await;
    counter.queue.set_printers(vec![printer]).await;
    counter.until_state(job, JobState::Printed).await;
    let papers = paper(&kitchen, 2).await;
    assert!(
        papers[1].contains("REPRINT - may be a duplicate"),
        "{}",
        papers[1]
    );
}

#[tokio::test]
async fn a_shutdown_lets_the_ticket_at_the_printer_come_to_its_end() {
    let mut timings = timings();
    timings.grace = PATIENCE;
    let (kitchen, counter) = (kitchen().await, Counter::with(timings).await);
    faults(&kitchen, |f| f.late_confirmation_ms = Some(200)).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.until_state(job, JobState::Printing).await;
    counter.queue.shutdown().await;
    let (counter, _) = counter.restart().await;
    assert_eq!(counter.job(job).await.state, JobState::Printed);
}

#[tokio::test]
async fn a_mute_printer_that_takes_everything_and_never_ends_the_connection_asks() {
    let (kitchen, counter) = (kitchen().await, short_counter().await);
    faults(&kitchen, |f| f.never_read = true).await;
    let mut printer = settings_of(&kitchen);
    printer.learned = api::printer::Learned {
        status: Some(false),
        confirm: Some(false),
        ..api::printer::Learned::default()
    };
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until_state(job, unconfirmed(Doubt::NoConfirmation))
        .await;
}

#[tokio::test]
async fn a_printer_that_stops_confirming_does_not_stall_its_line_and_is_shown_so_until_it_confirms_again()
 {
    let mut timings = timings();
    timings.device.confirm = Duration::from_secs(1);
    let (kitchen, counter) = (kitchen().await, Counter::with(timings).await);
    faults(&kitchen, |f| f.no_confirmation = true).await;
    let printer = settings_of(&kitchen);
    let mut learned = counter.queue.learned();
    counter.queue.set_printers(vec![printer.clone()]).await;
    let mut jobs = Vec::new();
    for number in 0..8 {
        let new = ticket(Some(printer.id), &format!("Order {number}"));
        jobs.push(counter.submit_one(new).await);
    }
    for job in &jobs[..3] {
        counter
            .until_state(*job, unconfirmed(Doubt::NoConfirmation))
            .await;
    }
    let begin = tokio::time::Instant::now();
    for job in &jobs[3..] {
        counter.until_state(*job, JobState::Sent).await;
    }
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    let shown = counter
        .until_status(printer.id, |s| s.detail.is_some())
        .await
        .detail;
    assert!(shown.is_some_and(|detail| detail.contains("confirmed none")));
    let (_, known) = learned.recv().await.expect("what was learned");
    assert_eq!(known.confirm, Some(false));
    faults(&kitchen, |f| f.no_confirmation = false).await;
    let job = counter.submit_one(ticket(Some(printer.id), "Last")).await;
    counter.until_state(job, JobState::Printed).await;
    let (_, known) = learned.recv().await.expect("what was learned");
    assert_eq!(known.confirm, Some(true));
    counter
        .until_status(printer.id, |s| s.detail.is_none())
        .await;
    assert_eq!(papers(&kitchen).len(), 9);
}

#[tokio::test]
async fn a_long_ticket_on_a_slow_printer_is_waited_for_as_long_as_it_takes() {
    let mut timings = timings();
    timings.device.confirm = Duration::from_millis(300);
    timings.device.confirm_per_50_lines = Duration::from_secs(25);
    let (kitchen, counter) = (kitchen().await, Counter::with(timings).await);
    faults(&kitchen, |f| f.lines_per_second = Some(20)).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let dishes: Vec<String> = (0..40).map(|dish| format!("Dish {dish}")).collect();
    let long = ticket(Some(printer.id), &dishes.join("\n"));
    let long = counter.submit_one(long).await;
    let next = counter.submit_one(ticket(Some(printer.id), "Next")).await;
    counter.until_state(long, JobState::Printed).await;
    counter.until_state(next, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 2);
}
