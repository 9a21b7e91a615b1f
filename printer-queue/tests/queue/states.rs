//! A ticket on its ordinary way, and what the queue is told and tells.

use std::collections::BTreeSet;

use api::{
    JobState, TicketKind, TicketName,
    job::{FailCause, HeldCause},
    printer::{Health, Learned},
};
use printer_queue::{Content, NewJob, QueueError, Submitted};

use crate::setup::*;

#[tokio::test]
async fn a_ticket_is_queued_printing_and_printed_and_each_step_is_in_its_history() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    let mut changes = counter.queue.changes();
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let done = counter.until_state(job, JobState::Printed).await;
    assert_eq!((done.printed_by, done.attempts), (Some(printer.id), 0));
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), 1);
    assert!(papers[0].text.contains("Order 42"), "{}", papers[0].text);
    assert!(papers[0].finished, "it is cut");
    assert_eq!(papers[0].notes.len(), 0, "{:?}", papers[0].notes);

    let history = counter.queue.history_of(job).await.expect("its history");
    let kept: Vec<JobState> = history.iter().map(|row| row.state.clone()).collect();
    // It is told after it was committed, so what is already in the file may still be on its way here.
    let mut told = Vec::new();
    while told.len() < kept.len() {
        told.push(changes.recv().await.expect("each change is told").state);
    }
    assert_eq!(
        kept,
        [JobState::Queued, JobState::Printing, JobState::Printed]
    );
    assert_eq!(told, kept);
    assert!(history.iter().all(|row| !row.cause.is_empty()));
    let status = counter.until_status(printer.id, |s| s.open_jobs == 0).await;
    assert_eq!(status.health, Health::Ready);
    assert!(status.last_printed.is_some());
}

#[tokio::test]
async fn a_revision_that_is_submitted_twice_is_handled_once() {
    let counter = Counter::new().await;
    let new = ticket(None, "Order 42");
    let order = new.order.expect("an order");
    let first = counter.queue.submit(order, 1, vec![new.clone()]).await;
    assert!(matches!(first, Ok(Submitted::New(jobs)) if jobs.len() == 1));
    let other = NewJob {
        ticket: TicketName::whole(TicketKind::Receipt),
        ..new
    };
    let second = counter.queue.submit(order, 1, vec![other]).await;
    assert_eq!(second, Ok(Submitted::AlreadyHandled));
    assert_eq!(counter.queue.jobs_of(order).await.expect("jobs").len(), 1);
}

#[tokio::test]
async fn a_revision_without_a_ticket_is_handled_too() {
    let counter = Counter::new().await;
    let order = ticket(None, "").order.expect("an order");
    let handled = async |revision| counter.queue.is_handled(order, revision).await;
    assert_eq!(handled(1).await, Ok(false));
    assert_eq!(counter.queue.handled_revision(order).await, Ok(None));
    let none = counter.queue.submit(order, 1, Vec::new()).await;
    assert_eq!(none, Ok(Submitted::New(Vec::new())));
    counter
        .queue
        .submit(order, 3, Vec::new())
        .await
        .expect("a later one");
    assert_eq!((handled(1).await, handled(2).await), (Ok(true), Ok(false)));
    assert_eq!(counter.queue.handled_revision(order).await, Ok(Some(3)));
}

#[tokio::test]
async fn a_ticket_whose_key_is_there_is_left_alone() {
    let counter = Counter::new().await;
    let new = ticket(None, "Order 42");
    let copy = NewJob {
        copy: 1,
        ..new.clone()
    };
    counter.submit_one(new.clone()).await;
    let more = counter.queue.submit_more(vec![new, copy]).await;
    assert_eq!(more.expect("the copy").len(), 1);
}

#[tokio::test]
async fn a_ticket_without_a_printer_is_held_and_prints_once_one_is_chosen() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter.submit_one(ticket(None, "Order 42")).await;
    let held = JobState::Held {
        cause: HeldCause::NoPrinter,
    };
    assert_eq!(counter.job(job).await.state, held);
    counter
        .queue
        .choose_printer(job, printer.id)
        .await
        .expect("a choice");
    let done = counter.until_state(job, JobState::Printed).await;
    assert_eq!(done.destination, Some(printer.id));
    assert_eq!(papers(&kitchen).len(), 1);
}

#[tokio::test]
async fn a_ticket_for_a_printer_that_is_not_ours_is_held() {
    let counter = Counter::new().await;
    let printer = printer_at(nobody().await);
    let before = counter.submit_one(ticket(Some(printer.id), "before")).await;
    assert_eq!(counter.job(before).await.state, JobState::Queued);
    counter.queue.set_printers(Vec::new()).await;
    let after = counter.submit_one(ticket(Some(printer.id), "after")).await;
    for job in [before, after] {
        let held = JobState::Held {
            cause: HeldCause::NoPrinter,
        };
        assert_eq!(counter.job(job).await.state, held);
    }
    let refused = counter.queue.choose_printer(before, printer.id).await;
    assert_eq!(refused, Err(QueueError::UnknownPrinter(printer.id)));
}

#[tokio::test]
async fn a_ticket_that_could_not_be_made_is_a_failed_one_that_is_shown() {
    let counter = Counter::new().await;
    let new = NewJob {
        content: Content::Unprintable {
            detail: "line 3".into(),
        },
        ..ticket(None, "")
    };
    let job = counter.submit_one(new).await;
    let state = JobState::Failed {
        cause: FailCause::NotPrintable,
        detail: "line 3".into(),
    };
    assert_eq!(counter.job(job).await.state, state);
    for answer in [
        counter.queue.print_again(job).await.err(),
        counter.queue.reprint(job).await.err(),
        counter.queue.markup_of(job).await.err(),
    ] {
        assert!(matches!(answer, Some(QueueError::NotNow(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn a_ticket_that_cannot_be_set_on_the_paper_prints_plain() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let mut printer = settings_of(&kitchen);
    printer.profile_id = "generic-58".into();
    let narrow = NewJob {
        // More columns than the paper has characters.
        content: Content::Markup(format!("|{}\n", "Total|".repeat(40))),
        ..ticket(Some(printer.id), "")
    };
    let narrow = counter.submit_one(narrow).await;
    counter.queue.set_printers(vec![printer]).await;
    counter.until_state(narrow, JobState::Printed).await;
    let papers = papers(&kitchen);
    assert!(
        papers[0].text.contains("Total Total Total"),
        "{}",
        papers[0].text
    );
}

#[tokio::test]
async fn copies_are_numbered_and_only_the_first_opens_the_drawer() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let first = NewJob {
        drawer: true,
        ..ticket(Some(printer.id), "Order 42")
    };
    let second = NewJob {
        copy: 1,
        ..first.clone()
    };
    let jobs = counter.submit(vec![first, second]).await;
    counter.until_state(jobs[1], JobState::Printed).await;
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), 2);
    assert!(!papers[0].text.contains("COPY"), "{}", papers[0].text);
    assert!(papers[1].text.contains("COPY 2"), "{}", papers[1].text);
    assert_eq!((papers[0].drawer_pulses, papers[1].drawer_pulses), (1, 0));
}

#[tokio::test]
async fn a_test_page_shows_that_a_printer_confirms() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let mut printer = settings_of(&kitchen);
    printer.learned = Learned::default();
    counter.queue.set_printers(vec![printer.clone()]).await;
    let mut learned = counter.queue.learned();
    let markup = || "Test page\n".to_owned();
    let job = counter
        .queue
        .print_test(printer.id, markup(), "en-US".into())
        .await;
    let shown = Learned {
        status: Some(true),
        confirm: Some(true),
        model: Some("Virtual 80".into()),
        maker: Some("PanBot".into()),
        drawer: Some(true),
        ..Learned::default()
    };
    let told = tokio::time::timeout(PATIENCE, learned.recv()).await;
    let (id, told) = told.expect("an answer").expect("a queue");
    assert!(told.serial.is_some() && told.firmware.is_some(), "{told:?}");
    let told = Learned {
        serial: None,
        firmware: None,
        ..told
    };
    assert_eq!((id, told), (printer.id, shown));
    assert_eq!(
        counter.job(job.expect("a test")).await.state,
        JobState::Printed
    );
    let next = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.until_state(next, JobState::Printed).await;
    counter
        .queue
        .print_test(printer.id, markup(), "en-US".into())
        .await
        .expect("a second one");
}

#[tokio::test]
async fn a_test_page_shows_that_a_printer_cannot_confirm_and_its_tickets_are_sent() {
    let mut timings = timings();
    timings.device.confirm = std::time::Duration::from_millis(200);
    let (kitchen, counter) = (kitchen().await, Counter::with(timings).await);
    faults(&kitchen, |f| {
        f.no_status = true;
        f.no_confirmation = true;
    })
    .await;
    let mut printer = settings_of(&kitchen);
    printer.learned = Learned::default();
    counter.queue.set_printers(vec![printer.clone()]).await;
    let mut learned = counter.queue.learned();
    let job = counter
        .queue
        .print_test(printer.id, "Test\n".into(), "en-US".into())
        .await;
    counter
        .until_state(job.expect("a test"), JobState::Sent)
        .await;
    let told = tokio::time::timeout(PATIENCE, learned.recv()).await;
    let shown = Learned {
        status: Some(false),
        confirm: Some(false),
        ..Learned::default()
    };
    assert_eq!(told.expect("an answer"), Ok((printer.id, shown)));
    let next = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.until_state(next, JobState::Sent).await;
    assert_eq!(paper(&kitchen, 2).await.len(), 2);
}

#[tokio::test]
async fn a_printer_that_was_never_tested_is_not_asked_to_confirm() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let mut printer = settings_of(&kitchen);
    printer.learned = Learned::default();
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.until_state(job, JobState::Sent).await;
    let bytes = papers(&kitchen)[0].bytes.clone();
    assert!(!bytes.windows(3).any(|three| three == [0x1D, 0x28, 0x48]));
}

#[tokio::test]
async fn tickets_come_out_in_their_order_of_arrival() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    for number in 0..10 {
        counter
            .submit_one(ticket(Some(printer.id), &format!("Order {number}.")))
            .await;
    }
    counter.queue.set_printers(vec![printer]).await;
    let papers = paper(&kitchen, 10).await;
    for (number, text) in papers.iter().enumerate() {
        assert!(text.contains(&format!("Order {number}.")), "{text}");
    }
    let all = counter.queue.open_and_recent(3).await.expect("the newest");
    assert!(all.len() >= 3);
    let jobs: BTreeSet<_> = all.iter().map(|ticket| ticket.job).collect();
    assert_eq!(jobs.len(), all.len());
}

#[tokio::test]
async fn after_the_shutdown_nothing_is_taken_any_more() {
    let counter = Counter::new().await;
    counter.queue.shutdown().await;
    let new = ticket(None, "late");
    let order = new.order.expect("an order");
    assert_eq!(
        counter.queue.submit(order, 1, vec![new]).await,
        Err(QueueError::Closed)
    );
    assert_eq!(counter.queue.jobs_of(order).await, Err(QueueError::Closed));
}
