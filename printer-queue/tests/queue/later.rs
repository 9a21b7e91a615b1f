//! What the tickets of an order have on paper, and the tickets of its later revisions.

use api::{JobId, JobState, OrderId, PrinterId, TicketKind, TicketName, job::WaitCause};
use printer_queue::{EarlierTicket, NewJob, RevisionJobs, Submitted};
use sqlx::{Connection, sqlite::SqliteConnectOptions, sqlite::SqliteConnection};
use uuid::Uuid;

use crate::setup::*;

fn of(order: OrderId, revision: u32, kind: TicketKind, printer: Option<PrinterId>) -> NewJob {
    NewJob {
        order: Some(order),
        revision,
        ticket: TicketName::whole(kind),
        ..ticket(printer, "Order 42")
    }
}

async fn first_revision(counter: &Counter, order: OrderId, jobs: Vec<NewJob>) -> Vec<JobId> {
    match counter.queue.submit(order, 1, jobs).await {
        Ok(Submitted::New(jobs)) => jobs,
        other => panic!("{other:?}"),
    }
}

async fn earlier(counter: &Counter, order: OrderId) -> Vec<EarlierTicket> {
    let tickets = counter.queue.earlier_tickets(order).await;
    tickets.expect("its tickets")
}

#[tokio::test]
async fn earlier_tickets_say_where_each_came_out_or_will_whatever_routing_chose() {
    let (kitchen, bar, counter) = (kitchen().await, kitchen().await, Counter::new().await);
    let (mut first, second) = (settings_of(&kitchen), settings_of(&bar));
    let gone = printer_at(nobody().await);
    first.backups = vec![second.id];
    first.policy.failover_after_s = Some(0);
    faults(&kitchen, |f| f.refuse = true).await;
    let printers = vec![first.clone(), second.clone(), gone.clone()];
    counter.queue.set_printers(printers).await;
    let order = OrderId(Uuid::new_v4());
    let chosen = [
        (TicketKind::Kitchen, Some(first.id)),
        (TicketKind::Receipt, Some(second.id)),
        (TicketKind::Delivery, Some(gone.id)),
        (TicketKind::Summary, Some(gone.id)),
        (TicketKind::Plain, None),
    ];
    let new = chosen.map(|(kind, printer)| of(order, 1, kind, printer));
    let jobs = first_revision(&counter, order, new.into()).await;
    counter.submit_one(ticket(Some(second.id), "Another")).await;
    counter.until_state(jobs[0], JobState::Printed).await;
    counter.until_state(jobs[1], JobState::Printed).await;
    let waits = |t: &api::TicketChanged| {
        let cause = WaitCause::Unreachable;
        matches!(t.state, JobState::Waiting { cause: now, .. } if now == cause)
    };
    counter.until(jobs[2], waits).await;
    counter.queue.cancel(jobs[3]).await.expect("a cancellation");

    let tickets = earlier(&counter, order).await;
    let found: Vec<_> = tickets
        .iter()
        .map(|t| (t.job, t.ticket.kind, t.destination, t.printers.clone()))
        .collect();
    let came_out = [
        vec![second.id],
        vec![second.id],
        vec![gone.id],
        vec![],
        vec![],
    ];
    let expected: Vec<_> = jobs
        .iter()
        .zip(chosen)
        .zip(came_out)
        .map(|((&job, (kind, printer)), came_out)| (job, kind, printer, came_out))
        .collect();
    assert_eq!(found, expected);
    assert!(matches!(tickets[2].state, JobState::Waiting { .. }));
    assert_eq!(tickets[3].state, JobState::Cancelled);
    assert!(matches!(tickets[4].state, JobState::Held { .. }));
    assert!(tickets.iter().all(|t| t.revision == 1 && t.lines.is_none()));
}

#[tokio::test]
async fn a_ticket_that_may_have_come_out_counts_as_paper_until_it_is_known() {
    let mut short = timings();
    short.device.confirm = std::time::Duration::from_millis(200);
    let (kitchen, counter) = (kitchen().await, Counter::with(short).await);
    let printer = settings_of(&kitchen);
    faults(&kitchen, |f| f.no_confirmation = true).await;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let order = OrderId(Uuid::new_v4());
    let new = of(order, 1, TicketKind::Kitchen, Some(printer.id));
    let jobs = first_revision(&counter, order, vec![new]).await;
    let asked = |t: &api::TicketChanged| matches!(t.state, JobState::Unconfirmed { .. });
    counter.until(jobs[0], asked).await;
    assert_eq!(earlier(&counter, order).await[0].printers, [printer.id]);
    // The printer is taken away and the ticket ended: what may lie there still does.
    counter.queue.cancel(jobs[0]).await.expect("an end");
    counter.queue.set_printers(Vec::new()).await;
    let ended = &earlier(&counter, order).await[0];
    assert_eq!(ended.state, JobState::Cancelled);
    assert_eq!(ended.printers, [printer.id]);
}

#[tokio::test]
async fn the_lines_of_a_later_ticket_are_kept_and_its_copies_and_reprints_have_them_too() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let order = OrderId(Uuid::new_v4());
    let change = of(order, 2, TicketKind::Change, Some(printer.id));
    let copy = NewJob {
        copy: 1,
        ..change.clone()
    };
    let whole = of(order, 2, TicketKind::Receipt, Some(printer.id));
    let new = RevisionJobs {
        jobs: vec![
            (change, Some(vec![1, 3])),
            (copy, Some(vec![1, 3])),
            (whole, None),
        ],
        replaced: Vec::new(),
        elsewhere: Vec::new(),
    };
    let Ok(Submitted::New(jobs)) = counter.queue.submit_later(order, 2, new).await else {
        panic!("it is taken");
    };
    counter.until_state(jobs[0], JobState::Printed).await;
    let again = counter.queue.reprint(jobs[0]).await.expect("a reprint");
    counter.until_state(again, JobState::Printed).await;
    let lines = [Some(vec![1, 3]), Some(vec![1, 3]), None, Some(vec![1, 3])];
    let kept = |tickets: Vec<EarlierTicket>| tickets.into_iter().map(|t| t.lines);
    assert!(kept(earlier(&counter, order).await).eq(lines.clone()));
    paper(&kitchen, 4).await;
    counter.queue.shutdown().await;
    let (counter, _) = counter.restart().await;
    assert!(kept(earlier(&counter, order).await).eq(lines));
}

#[tokio::test]
async fn a_later_revision_is_taken_once_and_ends_the_held_tickets_that_it_replaces_and_no_others() {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let order = OrderId(Uuid::new_v4());
    let first = vec![
        of(order, 1, TicketKind::Kitchen, None),
        of(order, 1, TicketKind::Delivery, None),
        of(order, 1, TicketKind::Receipt, Some(printer.id)),
    ];
    let jobs = first_revision(&counter, order, first).await;
    let (replaced, stays, printed) = (jobs[0], jobs[1], jobs[2]);
    counter.until_state(printed, JobState::Printed).await;
    let second = |replaced| RevisionJobs {
        jobs: vec![(of(order, 2, TicketKind::Change, Some(printer.id)), None)],
        replaced,
        elsewhere: Vec::new(),
    };
    let pruned = JobId(Uuid::new_v4());
    let new = second(vec![replaced, printed, pruned]);
    let taken = counter.queue.submit_later(order, 2, new).await;
    assert!(matches!(&taken, Ok(Submitted::New(jobs)) if jobs.len() == 1));
    paper(&kitchen, 2).await;
    assert_eq!(counter.job(replaced).await.state, JobState::Cancelled);
    let history = counter.queue.history_of(replaced).await.expect("its way");
    let why = history.last().map(|row| row.cause.clone());
    assert!(why.is_some_and(|why| why.contains("later revision")));
    assert_eq!(counter.job(printed).await.state, JobState::Printed);

    let again = counter
        .queue
        .submit_later(order, 2, second(vec![stays]))
        .await;
    assert_eq!(again, Ok(Submitted::AlreadyHandled));
    let again = counter.queue.submit(order, 2, Vec::new()).await;
    assert_eq!(again, Ok(Submitted::AlreadyHandled));
    let held = counter.job(stays).await.state;
    assert!(matches!(held, JobState::Held { .. }), "{held:?}");
    assert_eq!(counter.queue.handled_revision(order).await, Ok(Some(2)));
    assert_eq!(earlier(&counter, order).await.len(), 4);
    // One that was added would stand before this one.
    let next = counter.submit_one(ticket(Some(printer.id), "Next")).await;
    counter.until_state(next, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 3);
}

#[tokio::test]
async fn a_later_revision_that_cannot_be_stored_whole_leaves_nothing_of_it_and_can_come_again() {
    let counter = Counter::new().await;
    let order = OrderId(Uuid::new_v4());
    let held = of(order, 1, TicketKind::Kitchen, None);
    let held = first_revision(&counter, order, vec![held]).await[0];
    let options =
        SqliteConnectOptions::new().filename(counter.folder.path().join("shop/jobs.sqlite"));
    let mut file = SqliteConnection::connect_with(&options)
        .await
        .expect("the file");
    // Of all that is written the end of the replaced ticket comes last.
    sqlx::raw_sql(
        "CREATE TRIGGER full BEFORE UPDATE ON jobs BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )
    .execute(&mut file)
    .await
    .expect("a trigger");
    let new = RevisionJobs {
        jobs: vec![(of(order, 2, TicketKind::Kitchen, None), Some(vec![1]))],
        replaced: vec![held],
        elsewhere: Vec::new(),
    };
    let refused = counter.queue.submit_later(order, 2, new.clone()).await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(counter.queue.is_handled(order, 2).await, Ok(false));
    assert_eq!(earlier(&counter, order).await.len(), 1);
    sqlx::raw_sql("DROP TRIGGER full")
        .execute(&mut file)
        .await
        .expect("to drop it");
    let taken = counter.queue.submit_later(order, 2, new).await;
    assert!(matches!(taken, Ok(Submitted::New(_))), "{taken:?}");
    let tickets = earlier(&counter, order).await;
    assert_eq!(tickets[0].state, JobState::Cancelled);
    assert_eq!(tickets[1].lines, Some(vec![1]));
}
