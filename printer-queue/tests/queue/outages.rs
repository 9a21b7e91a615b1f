//! A printer that cannot be reached, or says that it cannot print.

use std::time::Duration;

use api::{
    JobState,
    job::{FailCause, WaitCause},
    printer::{Health, WhenUnreachable},
};
use jiff::Timestamp;

use crate::setup::*;

fn waits(state: &JobState) -> Option<(WaitCause, bool)> {
    if let JobState::Waiting {
        cause, bytes_left, ..
    } = state
    {
        return Some((*cause, *bytes_left));
    }
    None
}

#[tokio::test]
async fn after_three_tries_the_printer_is_gone_and_all_its_tickets_print_by_themselves_once_it_is_back()
 {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.refuse = true).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let mut jobs = Vec::new();
    for number in 0..3 {
        jobs.push(
            counter
                .submit_one(ticket(Some(printer.id), &format!("Order {number}.")))
                .await,
        );
    }
    for &job in &jobs {
        counter
            .until(job, |t| {
                waits(&t.state) == Some((WaitCause::Unreachable, false))
            })
            .await;
    }
    let first = counter.job(jobs[0]).await;
    assert_eq!(first.attempts, 3);
    assert_eq!(counter.job(jobs[2]).await.attempts, 0);
    let retries = counter
        .queue
        .history_of(jobs[0])
        .await
        .expect("its history");
    let retries = retries
        .iter()
        .filter(|row| waits(&row.state) == Some((WaitCause::Retry, false)));
    assert_eq!(retries.count(), 2);
    let status = counter
        .until_status(printer.id, |s| s.health == Health::Unreachable)
        .await;
    assert_eq!(status.open_jobs, 3);
    assert!(status.detail.is_some());
    let late = counter
        .submit_one(ticket(Some(printer.id), "Order 3."))
        .await;
    counter
        .until(late, |t| {
            waits(&t.state) == Some((WaitCause::Unreachable, false))
        })
        .await;

    faults(&kitchen, |f| f.refuse = false).await;
    counter.until_state(late, JobState::Printed).await;
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), 4);
    for (number, paper) in papers.iter().enumerate() {
        assert!(
            paper.text.contains(&format!("Order {number}.")),
            "{}",
            paper.text
        );
        assert!(!paper.text.contains("REPRINT"), "{}", paper.text);
    }
    counter
        .until_status(printer.id, |s| {
            s.health == Health::Ready && s.open_jobs == 0
        })
        .await;
}

#[tokio::test]
async fn where_it_is_set_so_the_ticket_fails_the_rest_waits_and_a_reprint_is_marked() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.refuse = true).await;
    let mut printer = settings_of(&kitchen);
    printer.policy.when_unreachable = WhenUnreachable::Fail;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let first = counter
        .submit_one(ticket(Some(printer.id), "Order 1."))
        .await;
    let second = counter
        .submit_one(ticket(Some(printer.id), "Order 2."))
        .await;
    let failed = counter.until(first, |t| t.state.is_over()).await;
    assert!(matches!(
        failed.state,
        JobState::Failed {
            cause: FailCause::Unreachable,
            ..
        }
    ));
    assert_eq!(failed.attempts, 3);
    counter
        .until(second, |t| {
            waits(&t.state) == Some((WaitCause::Unreachable, false))
        })
        .await;
    let again = counter.queue.reprint(first).await.expect("a reprint");
    faults(&kitchen, |f| f.refuse = false).await;
    counter.until_state(again, JobState::Printed).await;
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), 2);
    assert!(papers[0].text.contains("Order 2."));
    assert!(papers[1].text.contains("Order 1.") && papers[1].text.contains("REPRINT"));
}

#[tokio::test]
async fn a_ticket_that_failed_without_a_byte_prints_again_unmarked() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.reset_after_bytes = Some(0)).await;
    let mut printer = settings_of(&kitchen);
    printer.policy.when_unreachable = WhenUnreachable::Fail;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    let failed = counter.until(job, |t| t.state.is_over()).await;
    assert!(
        matches!(
            failed.state,
            JobState::Failed {
                cause: FailCause::Refused,
                ..
            }
        ),
        "{failed:?}"
    );
    assert_eq!(failed.attempts, 3);
    faults(&kitchen, |f| f.reset_after_bytes = None).await;
    counter.queue.print_again(job).await.expect("once more");
    counter.until_state(job, JobState::Printed).await;
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), 1);
    assert!(!papers[0].text.contains("REPRINT"), "{}", papers[0].text);
}

#[tokio::test]
async fn a_printer_with_an_open_cover_or_without_paper_is_waited_for_without_spending_a_try() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.cover_open = true).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let first = counter
        .submit_one(ticket(Some(printer.id), "Order 1."))
        .await;
    let second = counter
        .submit_one(ticket(Some(printer.id), "Order 2."))
        .await;
    for job in [first, second] {
        counter
            .until(job, |t| {
                waits(&t.state) == Some((WaitCause::CoverOpen, false))
            })
            .await;
    }
    counter
        .until_status(printer.id, |s| s.health == Health::CoverOpen)
        .await;
    faults(&kitchen, |f| {
        f.cover_open = false;
        f.paper_out = true;
    })
    .await;
    let waiting = counter
        .until(second, |t| {
            waits(&t.state) == Some((WaitCause::PaperOut, false))
        })
        .await;
    assert_eq!(waiting.attempts, 0);
    faults(&kitchen, |f| f.paper_out = false).await;
    counter.until_state(second, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 2);
}

#[tokio::test]
async fn paper_that_ends_in_the_middle_is_waited_for_and_the_ticket_is_printed_once() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    faults(&kitchen, |f| f.paper_out_after_lines = Some(3)).await;
    let long: String = (0..30).map(|row| format!("row {row}\n")).collect();
    let job = counter.submit_one(ticket(Some(printer.id), &long)).await;
    let waiting = counter
        .until(job, |t| {
            waits(&t.state) == Some((WaitCause::PaperOut, true))
        })
        .await;
    assert_eq!(waiting.printed_by, Some(printer.id));
    counter
        .until_status(printer.id, |s| s.health == Health::PaperOut)
        .await;
    assert!(
        counter.queue.cancel(job).await.is_err(),
        "its bytes are at the printer"
    );
    assert!(counter.queue.choose_printer(job, printer.id).await.is_err());
    faults(&kitchen, |f| f.paper_out = false).await;
    counter.until_state(job, JobState::Printed).await;
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), 1);
    assert!(papers[0].text.contains("row 29"));
    counter
        .until_status(printer.id, |s| s.health == Health::Ready)
        .await;
}

#[tokio::test]
async fn the_time_for_the_confirmation_does_not_run_while_the_paper_is_out() {
    let mut timings = timings();
    timings.device.confirm = Duration::from_millis(300);
    let (kitchen, counter) = (kitchen().await, Counter::with(timings).await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    faults(&kitchen, |f| f.paper_out_after_lines = Some(1)).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "one\ntwo\nthree"))
        .await;
    counter
        .until(job, |t| {
            waits(&t.state) == Some((WaitCause::PaperOut, true))
        })
        .await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    faults(&kitchen, |f| f.paper_out = false).await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
}

#[tokio::test]
async fn a_printer_that_is_switched_off_here_keeps_its_tickets_until_it_is_switched_on() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let mut printer = settings_of(&kitchen);
    printer.enabled = false;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until(job, |t| {
            waits(&t.state) == Some((WaitCause::Disabled, false))
        })
        .await;
    counter
        .until_status(printer.id, |s| s.health == Health::Disabled)
        .await;
    printer.enabled = true;
    let address = printer.address.take();
    counter.queue.set_printers(vec![printer.clone()]).await;
    counter
        .until(job, |t| {
            waits(&t.state) == Some((WaitCause::NoAddress, false))
        })
        .await;
    printer.address = address;
    counter.queue.set_printers(vec![printer]).await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
}

#[tokio::test]
async fn an_idle_printer_is_looked_at_and_its_trouble_is_shown_before_a_ticket_needs_it() {
    let mut timings = timings();
    timings.idle_probe = Some(Duration::from_millis(20));
    let (kitchen, counter) = (kitchen().await, Counter::with(timings).await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    counter
        .until_status(printer.id, |s| s.health == Health::Ready)
        .await;
    faults(&kitchen, |f| f.near_end = true).await;
    counter.until_status(printer.id, |s| s.paper_low).await;
    faults(&kitchen, |f| f.paper_out = true).await;
    let out = counter
        .until_status(printer.id, |s| s.health == Health::PaperOut)
        .await;
    assert!(out.since <= Timestamp::now());
    faults(&kitchen, |f| {
        f.paper_out = false;
        f.refuse = true;
    })
    .await;
    counter
        .until_status(printer.id, |s| s.health == Health::Unreachable)
        .await;
    faults(&kitchen, |f| f.refuse = false).await;
    counter
        .until_status(printer.id, |s| s.health == Health::Ready)
        .await;
    assert_eq!(papers(&kitchen).len(), 0, "looking prints nothing");
}

#[tokio::test]
async fn a_ticket_that_waits_for_a_printer_that_is_gone_still_prints_after_a_restart() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    faults(&kitchen, |f| f.refuse = true).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until(job, |t| {
            waits(&t.state) == Some((WaitCause::Unreachable, false))
        })
        .await;
    let (counter, _) = counter.restart().await;
    counter.queue.set_printers(vec![printer]).await;
    assert_eq!(
        waits(&counter.job(job).await.state),
        Some((WaitCause::Unreachable, false))
    );
    faults(&kitchen, |f| f.refuse = false).await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
}

#[tokio::test]
async fn a_printer_that_is_back_and_takes_nothing_at_first_is_given_all_its_tries() {
    let counter = Counter::new().await;
    let address = nobody().await;
    let printer = printer_at(&address);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until(job, |t| {
            waits(&t.state) == Some((WaitCause::Unreachable, false))
        })
        .await;
    let back = tokio::net::TcpListener::bind(&address)
        .await
        .expect("the same port");
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = back.accept().await {
            // It says that all is well, four times, and slams the door.
            let mut question = [0; 3];
            for _ in 0..4 {
                stream.read_exact(&mut question).await.expect("a question");
                stream.write_all(&[0x12]).await.expect("an answer");
            }
            stream.set_zero_linger().expect("a slammed door");
        }
    });
    // With new tries, since it was reached; then it is waited for again, and named.
    let detail = counter
        .until_status(printer.id, |s| {
            s.detail
                .as_ref()
                .is_some_and(|detail| detail.contains("broke"))
        })
        .await
        .detail;
    assert!(detail.is_some_and(|detail| detail.contains("printer")));
    let waiting = counter.job(job).await;
    assert!(!waiting.state.is_over(), "{waiting:?}");
}

#[tokio::test]
async fn a_printer_that_another_program_holds_is_waited_for_and_prints_every_ticket_once_by_itself()
{
    for fault in ["reset at once", "reset in the middle of a question"] {
        let (kitchen, counter) = (kitchen().await, Counter::new().await);
        faults(&kitchen, |f| {
            f.reset_after_bytes = Some(fault.len() as u64 % 2)
        })
        .await;
        let printer = settings_of(&kitchen);
        counter.queue.set_printers(vec![printer.clone()]).await;
        let mut jobs = Vec::new();
        for text in ["Order 41", "Order 42", "Order 43"] {
            jobs.push(counter.submit_one(ticket(Some(printer.id), text)).await);
        }
        for job in &jobs {
            counter
                .until(*job, |t| {
                    waits(&t.state) == Some((WaitCause::Unreachable, false))
                })
                .await;
        }
        let status = counter
            .until_status(printer.id, |s| s.health == Health::Unreachable)
            .await;
        assert!(status.detail.is_some(), "{fault}: it is named");
        faults(&kitchen, |f| f.reset_after_bytes = None).await;
        for job in jobs {
            counter.until_state(job, JobState::Printed).await;
        }
        assert_eq!(papers(&kitchen).len(), 3, "{fault}");
    }
}

#[tokio::test]
async fn what_is_no_printer_gets_no_ticket() {
    let web = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = web.local_addr().expect("its address");
    let answers = tokio::spawn(async move {
        let mut heard = Vec::new();
        while let Ok((mut stream, _)) = web.accept().await {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let mut bytes = [0; 512];
            let count = stream.read(&mut bytes).await.unwrap_or(0);
            heard.extend_from_slice(&bytes[..count]);
            let page = b"HTTP/1.1 400 Bad Request\r\nServer: x\r\nConnection: close\r\n\r\n";
            // Whoever asked may be gone.
            let _ = stream.write_all(page).await;
            if heard.len() > 100_000 {
                break;
            }
        }
    });
    let counter = Counter::new().await;
    let printer = printer_at(address);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until(job, |t| {
            waits(&t.state) == Some((WaitCause::Unreachable, false))
        })
        .await;
    let status = counter
        .until_status(printer.id, |s| s.health == Health::Unreachable)
        .await;
    assert!(status.detail.is_some(), "it is named");
    answers.abort();
}

#[tokio::test]
async fn a_printer_that_serves_another_program_is_waited_for_and_gets_its_ticket_once() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let address = kitchen.address("Kitchen").expect("its address");
    let other = tokio::net::TcpStream::connect(address)
        .await
        .expect("a connection");
    let mut state = kitchen.watch("Kitchen").expect("its state");
    state
        .wait_for(|state| state.connected)
        .await
        .expect("it is served");
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    let waiting = counter
        .until(job, |t| {
            waits(&t.state) == Some((WaitCause::Offline, false))
        })
        .await;
    assert_eq!(waiting.attempts, 0);
    drop(other);
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
}

#[tokio::test]
async fn a_printer_that_has_become_mute_still_gets_its_tickets() {
    let mut timings = timings();
    timings.device.status = Duration::from_millis(50);
    let (kitchen, counter) = (kitchen().await, Counter::with(timings).await);
    faults(&kitchen, |f| f.no_status = true).await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    for order in ["Order 42", "Order 43"] {
        let job = counter.submit_one(ticket(Some(printer.id), order)).await;
        counter.until_state(job, JobState::Printed).await;
    }
    assert_eq!(papers(&kitchen).len(), 2);
}
