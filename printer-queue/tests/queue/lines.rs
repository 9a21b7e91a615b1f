//! Several printers, and printers that come and go.

use api::{
    JobState,
    job::{HeldCause, WaitCause},
};

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

#[tokio::test]
async fn a_printer_that_is_switched_off_in_the_middle_of_its_line_prints_no_further_ticket() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.late_confirmation_ms = Some(500)).await;
    let mut printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let mut jobs = Vec::new();
    for number in 0..4 {
        jobs.push(
            counter
                .submit_one(ticket(Some(printer.id), &format!("Order {number}.")))
                .await,
        );
    }
    counter.until_state(jobs[0], JobState::Printing).await;
    printer.enabled = false;
    counter.queue.set_printers(vec![printer.clone()]).await;
    for &job in &jobs[1..] {
        counter
            .until(job, |t| {
                matches!(
                    t.state,
                    JobState::Waiting {
                        cause: WaitCause::Disabled,
                        bytes_left: false,
                        ..
                    } | JobState::Printed
                )
            })
            .await;
    }
    assert_eq!(
        counter.job(jobs[0]).await.state,
        JobState::Printed,
        "what was at the printer comes to its end"
    );
    assert_eq!(papers(&kitchen).len(), 1);
    printer.enabled = true;
    counter.queue.set_printers(vec![printer]).await;
    counter.until_state(jobs[3], JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 4);
}

#[tokio::test]
async fn two_printers_that_are_one_device_never_knock_at_the_same_time() {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };
    use tokio::io::AsyncReadExt;
    let device = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = device.local_addr().expect("its address");
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let crowd = most.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = device.accept().await {
            let (inside, crowd) = (inside.clone(), crowd.clone());
            tokio::spawn(async move {
                crowd.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let mut taken = Vec::new();
                stream.read_to_end(&mut taken).await.expect("a ticket");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                inside.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    let counter = Counter::new().await;
    // It can say nothing, so a ticket is over when the connection is.
    let learned = api::printer::Learned {
        status: Some(false),
        confirm: Some(false),
        ..api::printer::Learned::default()
    };
    let mut printers = [printer_at(address), printer_at(address)];
    for printer in &mut printers {
        printer.learned = learned.clone();
    }
    counter.queue.set_printers(printers.to_vec()).await;
    let mut jobs = Vec::new();
    for _ in 0..3 {
        for printer in &printers {
            jobs.push(
                counter
                    .submit_one(ticket(Some(printer.id), "Order 42"))
                    .await,
            );
        }
    }
    for job in jobs {
        let sent = counter.until_state(job, JobState::Sent).await;
        assert_eq!(sent.attempts, 0);
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_test_page_of_the_device_that_was_replaced_teaches_nothing_about_the_new_one() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.late_confirmation_ms = Some(300)).await;
    let mut printer = settings_of(&kitchen);
    printer.learned.confirm = None;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let mut learned = counter.queue.learned();
    let page = counter
        .queue
        .print_test(printer.id, "Test\n".into(), "en-US".into())
        .await
        .expect("a test page");
    counter.until_state(page, JobState::Printing).await;
    printer.address = printer_at(nobody().await).address;
    counter.queue.set_printers(vec![printer.clone()]).await;
    counter.until_state(page, JobState::Printed).await;
    // The new device has its turn, so the old one's page is through.
    let next = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until(next, |t| matches!(t.state, JobState::Waiting { .. }))
        .await;
    assert!(learned.try_recv().is_err(), "nothing was learned");
}
