//! Printers that stand in for others.

use std::time::Duration;

use api::{JobState, Printer, job::WaitCause, printer::Health};
use printer_queue::Submitted;
use virtual_printer::VirtualPrinter;

use crate::setup::*;

/// Two printers, of which the second stands in for the first after so many seconds.
async fn pair(after_s: Option<u32>) -> (VirtualPrinter, VirtualPrinter, Counter, [Printer; 2]) {
    let (kitchen, bar, counter) = (kitchen().await, kitchen().await, Counter::new().await);
    let (mut first, mut second) = (settings_of(&kitchen), settings_of(&bar));
    second.name = "Bar".into();
    first.backups = vec![second.id];
    first.policy.failover_after_s = after_s;
    (kitchen, bar, counter, [first, second])
}

#[tokio::test]
async fn the_tickets_of_a_printer_that_is_gone_come_out_of_its_backup_once_and_say_so() {
    let (kitchen, bar, counter, [first, second]) = pair(Some(0)).await;
    faults(&kitchen, |f| f.refuse = true).await;
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    let new = ticket(Some(first.id), "Order 0.");
    let order = new.order.expect("an order");
    let mut jobs = vec![counter.submit_one(new.clone()).await];
    for number in 1..3 {
        let new = ticket(Some(first.id), &format!("Order {number}."));
        jobs.push(counter.submit_one(new).await);
    }
    for &job in &jobs {
        let done = counter.until_state(job, JobState::Printed).await;
        assert_eq!(done.destination, Some(second.id));
        assert_eq!(done.backup_for, Some(first.id));
        assert_eq!(done.printed_by, Some(second.id));
    }
    let history = counter.queue.history_of(jobs[0]).await.expect("its way");
    let places: Vec<_> = history.iter().map(|row| row.printer).collect();
    assert_eq!(places.first(), Some(&Some(first.id)));
    assert_eq!(places.last(), Some(&Some(second.id)));
    assert!(history.iter().any(|row| row.cause.contains("backup")));
    let papers = paper(&bar, 3).await;
    for (number, paper) in papers.iter().enumerate() {
        assert!(paper.contains(&format!("Order {number}.")), "{paper}");
        assert!(paper.contains("BACKUP FOR Kitchen"), "{paper}");
        assert!(!paper.contains("REPRINT"), "{paper}");
    }
    let again = counter.queue.submit(order, 1, vec![new]).await;
    assert_eq!(again, Ok(Submitted::AlreadyHandled));

    faults(&kitchen, |f| f.refuse = false).await;
    let own = counter.submit_one(ticket(Some(first.id), "Order 3.")).await;
    let own = counter.until_state(own, JobState::Printed).await;
    assert_eq!((own.printed_by, own.backup_for), (Some(first.id), None));
    assert!(!paper(&kitchen, 1).await[0].contains("BACKUP"));
    assert_eq!((papers_of(&kitchen), papers_of(&bar)), (1, 3));
}

fn papers_of(printer: &VirtualPrinter) -> usize {
    papers(printer).len()
}

#[tokio::test]
async fn a_ticket_is_set_anew_for_the_narrower_paper_of_the_backup() {
    let (kitchen, bar, counter, [first, mut second]) = pair(Some(0)).await;
    second.profile_id = "generic-58".into();
    faults(&kitchen, |f| f.paper_out = true).await;
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    let job = counter.submit_one(ticket(Some(first.id), "---")).await;
    counter.until_state(job, JobState::Printed).await;
    let wide = counter.submit_one(ticket(Some(first.id), "---"));
    let wide = wide.await;
    counter.until_state(wide, JobState::Printed).await;
    let longest = paper(&bar, 2).await;
    let longest = longest[0].lines().map(|row| row.trim().chars().count());
    assert_eq!(longest.max(), Some(32));
}

#[tokio::test]
async fn a_printer_keeps_its_tickets_for_as_long_as_its_settings_say() {
    for (after_s, least) in [
        (Some(1), Duration::from_millis(900)),
        (None, Duration::ZERO),
    ] {
        let (kitchen, bar, counter, [first, second]) = pair(after_s).await;
        faults(&kitchen, |f| f.cover_open = true).await;
        counter
            .queue
            .set_printers(vec![first.clone(), second.clone()])
            .await;
        let began = std::time::Instant::now();
        let job = counter.submit_one(ticket(Some(first.id), "Order 42")).await;
        counter
            .until(job, |t| {
                matches!(
                    t.state,
                    JobState::Waiting {
                        cause: WaitCause::CoverOpen,
                        ..
                    }
                )
            })
            .await;
        if after_s.is_none() {
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert_eq!(papers_of(&bar), 0);
            faults(&kitchen, |f| f.cover_open = false).await;
        }
        let done = counter.until_state(job, JobState::Printed).await;
        assert!(began.elapsed() >= least);
        let by = if after_s.is_some() { &second } else { &first };
        assert_eq!(done.printed_by, Some(by.id));
        assert_eq!(papers_of(&kitchen) + papers_of(&bar), 1);
    }
}

#[tokio::test]
async fn the_first_backup_that_can_print_takes_over() {
    let (kitchen, bar, counter, [mut first, second]) = pair(Some(0)).await;
    let (out, stopped) = (crate::setup::kitchen().await, crate::setup::kitchen().await);
    faults(&kitchen, |f| f.refuse = true).await;
    faults(&out, |f| f.paper_out = true).await;
    let (out, stopped) = (settings_of(&out), settings_of(&stopped));
    let mut off = stopped.clone();
    off.id = api::PrinterId(uuid::Uuid::new_v4());
    off.enabled = false;
    let elsewhere = api::PrinterId(uuid::Uuid::new_v4());
    first.backups = vec![first.id, elsewhere, off.id, out.id, stopped.id, second.id];
    let all = vec![
        first.clone(),
        second.clone(),
        out.clone(),
        off.clone(),
        stopped.clone(),
    ];
    counter.queue.set_printers(all).await;
    counter.queue.pause(stopped.id).await.expect("a pause");
    let waits = counter.submit_one(ticket(Some(out.id), "Order 1")).await;
    counter
        .until_status(out.id, |s| s.health == Health::PaperOut)
        .await;
    counter.until_status(stopped.id, |s| s.paused).await;
    counter
        .until_status(off.id, |s| s.health == Health::Disabled)
        .await;
    let job = counter.submit_one(ticket(Some(first.id), "Order 2")).await;
    let done = counter.until_state(job, JobState::Printed).await;
    assert_eq!(done.printed_by, Some(second.id));
    assert_eq!(papers_of(&bar), 1);
    assert!(!counter.job(waits).await.state.is_over());
}

#[tokio::test]
async fn where_all_backups_are_gone_too_the_ticket_waits_and_goes_to_the_first_that_comes_back() {
    let (kitchen, bar, counter, [first, second]) = pair(Some(0)).await;
    for printer in [&kitchen, &bar] {
        faults(printer, |f| f.paper_out = true).await;
    }
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    let own = counter.submit_one(ticket(Some(second.id), "Own")).await;
    counter
        .until_status(second.id, |s| s.health == Health::PaperOut)
        .await;
    let job = counter.submit_one(ticket(Some(first.id), "Order 42")).await;
    counter
        .until_status(first.id, |s| s.health == Health::PaperOut)
        .await;
    assert_eq!(counter.job(job).await.destination, Some(first.id));
    faults(&bar, |f| f.paper_out = false).await;
    for job in [own, job] {
        let done = counter.until_state(job, JobState::Printed).await;
        assert_eq!(done.printed_by, Some(second.id));
    }
}

#[tokio::test]
async fn printers_that_stand_in_for_each_other_do_not_send_a_ticket_round_and_round() {
    let (kitchen, bar, counter, [first, mut second]) = pair(Some(0)).await;
    second.backups = vec![first.id];
    second.policy.failover_after_s = Some(0);
    faults(&kitchen, |f| f.refuse = true).await;
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    counter.queue.pause(second.id).await.expect("a pause");
    counter.until_status(second.id, |s| s.paused).await;
    faults(&bar, |f| f.cover_open = true).await;
    let job = counter.submit_one(ticket(Some(first.id), "Order 42")).await;
    counter
        .until_status(first.id, |s| s.health == Health::Unreachable)
        .await;
    counter.queue.resume(second.id).await.expect("its end");
    counter
        .until(job, |t| {
            t.backup_for == Some(first.id)
                && matches!(
                    t.state,
                    JobState::Waiting {
                        cause: WaitCause::CoverOpen,
                        ..
                    }
                )
        })
        .await;
    // The first one is back before the backup began: the ticket stays where it is.
    faults(&kitchen, |f| f.refuse = false).await;
    let next = counter.submit_one(ticket(Some(first.id), "Order 43")).await;
    counter.until_state(next, JobState::Printed).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(counter.job(job).await.destination, Some(second.id));
    faults(&bar, |f| f.cover_open = false).await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!((papers_of(&kitchen), papers_of(&bar)), (1, 1));
}

#[tokio::test]
async fn a_ticket_of_which_a_byte_has_left_stays_and_those_behind_it_go_to_the_backup() {
    let (kitchen, bar, counter, [first, second]) = pair(Some(0)).await;
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    faults(&kitchen, |f| f.paper_out_after_lines = Some(3)).await;
    let long: String = (0..30).map(|row| format!("row {row}\n")).collect();
    let stuck = counter.submit_one(ticket(Some(first.id), &long)).await;
    counter
        .until(stuck, |t| {
            matches!(
                t.state,
                JobState::Waiting {
                    bytes_left: true,
                    ..
                }
            )
        })
        .await;
    let behind = counter.submit_one(ticket(Some(first.id), "Order 43")).await;
    let done = counter.until_state(behind, JobState::Printed).await;
    assert_eq!(done.printed_by, Some(second.id));
    assert_eq!(counter.job(stuck).await.destination, Some(first.id));
    faults(&kitchen, |f| f.paper_out = false).await;
    let done = counter.until_state(stuck, JobState::Printed).await;
    assert_eq!((done.printed_by, done.backup_for), (Some(first.id), None));
    assert_eq!((papers_of(&kitchen), papers_of(&bar)), (1, 1));
}

#[tokio::test]
async fn a_ticket_that_may_have_come_out_says_so_on_the_backup_too() {
    let (kitchen, bar, counter, [first, second]) = pair(Some(0)).await;
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    faults(&kitchen, |f| f.reset_once_after_bytes = Some(40)).await;
    let job = counter.submit_one(ticket(Some(first.id), "Order 42")).await;
    counter
        .until(job, |t| matches!(t.state, JobState::Unconfirmed { .. }))
        .await;
    assert_eq!(papers_of(&bar), 0, "nothing moves in silence");
    faults(&kitchen, |f| f.cover_open = true).await;
    counter.queue.print_again(job).await.expect("another try");
    let done = counter.until_state(job, JobState::Printed).await;
    assert_eq!(done.printed_by, Some(second.id));
    let paper = &paper(&bar, 1).await[0];
    assert!(paper.contains("BACKUP FOR Kitchen"), "{paper}");
    assert!(paper.contains("may be a duplicate"), "{paper}");
}

#[tokio::test]
async fn a_test_page_waits_for_its_own_printer() {
    let (kitchen, bar, counter, [first, second]) = pair(Some(0)).await;
    faults(&kitchen, |f| f.paper_out = true).await;
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    let page = counter
        .queue
        .print_test(first.id, "Test".into(), "en-US".into())
        .await
        .expect("a test page");
    let job = counter.submit_one(ticket(Some(first.id), "Order 42")).await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(counter.job(page).await.destination, Some(first.id));
    assert_eq!(papers_of(&bar), 1);
    faults(&kitchen, |f| f.paper_out = false).await;
    counter.until_state(page, JobState::Printed).await;
}

#[tokio::test]
async fn the_time_that_a_ticket_has_waited_is_remembered_over_a_restart() {
    let (kitchen, bar) = (kitchen().await, kitchen().await);
    let (mut first, second) = (settings_of(&kitchen), settings_of(&bar));
    first.backups = vec![second.id];
    first.policy.failover_after_s = Some(600);
    let wall = Wall::default();
    let clock = wall.clock();
    let counter = Counter::set_up(timings(), |options| options.clock = clock).await;
    faults(&kitchen, |f| f.paper_out = true).await;
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    let job = counter.submit_one(ticket(Some(first.id), "Order 42")).await;
    counter
        .until(job, |t| matches!(t.state, JobState::Waiting { .. }))
        .await;
    wall.turn(601);
    let (counter, _) = counter.restart().await;
    counter
        .queue
        .set_printers(vec![first, second.clone()])
        .await;
    let done = counter.until_state(job, JobState::Printed).await;
    assert_eq!(done.printed_by, Some(second.id));
    assert_eq!(papers_of(&bar), 1);
}

#[tokio::test]
async fn a_printer_that_a_person_chooses_prints_under_its_own_name() {
    let (kitchen, bar, counter, [first, second]) = pair(Some(0)).await;
    faults(&kitchen, |f| f.refuse = true).await;
    faults(&bar, |f| f.cover_open = true).await;
    counter
        .queue
        .set_printers(vec![first.clone(), second.clone()])
        .await;
    let job = counter.submit_one(ticket(Some(first.id), "Order 42")).await;
    counter.until(job, |t| t.backup_for.is_some()).await;
    counter
        .queue
        .choose_printer(job, second.id)
        .await
        .expect("the choice");
    faults(&bar, |f| f.cover_open = false).await;
    let done = counter.until_state(job, JobState::Printed).await;
    assert_eq!((done.printed_by, done.backup_for), (Some(second.id), None));
    assert!(!paper(&bar, 1).await[0].contains("BACKUP"));
}
