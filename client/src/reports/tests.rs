//! Reports of one counter at a server that answers as a test says.

mod unprinted;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::{
    BusinessId, CounterId, Event, JobId, JobState, OrderId, TicketKind, TicketName,
    report::{PrintReport, PrintReports, ReportedTicket},
};
use jiff::Timestamp;
use printer_queue::{Content, NewJob, PrintQueue};
use serde_json::{Value, json};
use supervision::{Pause, Tasks};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Reports, Touched, Wakes};
use crate::{
    clock::ServerClock,
    events::{ClientEvent, EventSender},
    realtime::Wake,
    scripted::{Memory, Reply, Request, Scripted, pair, refusal, session},
    store::Store,
};

/// What a server keeps of reports and tickets.
#[derive(Default)]
struct Kept {
    log: Option<Uuid>,
    up_to: i64,
    taken: Vec<PrintReport>,
    tickets: Vec<Value>,
    /// Of its cursors.
    epoch: u32,
    /// It refuses batches with this number.
    refuses: Option<i64>,
    /// It cannot read them.
    reads_none: bool,
    /// Orders that nobody printed.
    flagged: Vec<OrderId>,
    /// What was said of them.
    nothing: Vec<(String, Value)>,
}

#[derive(Default)]
struct Backend {
    kept: Mutex<Kept>,
    away: AtomicBool,
    loses_answers: AtomicBool,
}

impl Backend {
    fn answer(&self, business: BusinessId, request: &Request) -> Reply {
        if request.line == "POST /auth/login" {
            return pair(business, 0, 900);
        }
        if self.away.load(Ordering::SeqCst) {
            return refusal(503, "unavailable");
        }
        if request.line == "POST /counters" {
            let other = Uuid::from_u128(99);
            let heard = Timestamp::UNIX_EPOCH;
            let counters = json!([{"id": other, "name": "Back office", "last_heard": heard}]);
            return Reply::Json(200, counters);
        }
        if request.line == "GET /unprinted" {
            let kept = self.kept.lock().unwrap();
            let flag =
                |order| json!({"order": order, "number": 1, "placed_at": Timestamp::UNIX_EPOCH});
            return Reply::Json(200, kept.flagged.iter().map(flag).collect());
        }
        let mut kept = self.kept.lock().unwrap();
        if let Some(path) = request.line.strip_prefix("POST /unprinted/") {
            let said = (path.to_owned(), request.body.clone());
            kept.nothing.push(said);
            return Reply::Json(200, Value::Null);
        }
        if let Some((_, query)) = request.line.split_once("GET /tickets?after=") {
            return tickets(&kept, query);
        }
        let batch: PrintReports = serde_json::from_value(request.body.clone()).unwrap();
        assert!(batch.reports.len() <= PrintReports::MOST);
        if kept.log != Some(batch.log) {
            (kept.log, kept.up_to) = (Some(batch.log), 0);
        }
        if batch.known.is_some_and(|known| known > kept.up_to) {
            return Reply::Json(200, json!({"up_to": kept.up_to}));
        }
        let refused = kept.refuses;
        if batch.reports.iter().any(|report| Some(report.n) == refused) {
            if kept.reads_none {
                let place = batch
                    .reports
                    .iter()
                    .position(|report| Some(report.n) == refused);
                let field = format!("reports[{}].state", place.unwrap());
                let body = json!({"code": "malformed", "message": "No.", "field": field});
                return Reply::Json(400, body);
            }
            return refusal(422, "invalid");
        }
        for report in batch.reports {
            assert!(report.n > kept.up_to, "{} is sent twice", report.n);
            kept.up_to = report.n;
            kept.taken.push(report);
        }
        if self.loses_answers.swap(false, Ordering::SeqCst) {
            return Reply::Lost;
        }
        Reply::Json(200, json!({"up_to": kept.up_to}))
    }
}

/// Two to a page.
fn tickets(kept: &Kept, query: &str) -> Reply {
    let after = query.split('&').next().unwrap();
    let from = match after.split_once('.') {
        None => 0,
        Some((epoch, from)) if epoch == kept.epoch.to_string() => from.parse().unwrap(),
        Some(_) => return refusal(409, "cursor_unknown"),
    };
    let end = (from + 2).min(kept.tickets.len());
    let page = json!({
        "tickets": kept.tickets[from..end],
        "next": format!("{}.{end}", kept.epoch),
        "more": end < kept.tickets.len(),
    });
    Reply::Json(200, page)
}

struct World {
    reports: Reports,
    backend: Arc<Backend>,
    events: mpsc::Receiver<ClientEvent>,
    server: Scripted,
    tasks: Tasks,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> World {
        let business = BusinessId(Uuid::now_v7());
        let backend = Arc::new(Backend::default());
        let there = backend.clone();
        let server = Scripted::start(move |request| there.answer(business, request)).await;
        let folder = tempfile::tempdir().unwrap();
        let (session, counter) = session(folder.path(), &Arc::new(Memory::default())).await;
        session
            .login(&server.url, "a@b.example", "x")
            .await
            .unwrap();
        let (store, _) = Store::open(&folder.path().join("counter.sqlite"))
            .await
            .unwrap();
        let path = folder.path().join("jobs.sqlite");
        let options = printer_queue::Options::new(path, templates::Supplies::default());
        let (queue, _) = PrintQueue::open(options).await.unwrap();
        let (sender, events) = EventSender::new();
        let reports = Reports {
            store,
            queue,
            session,
            business,
            counter,
            counter_name: "Front".into(),
            clock: ServerClock::default(),
            events: sender,
            history: Duration::from_secs(86_400),
            debounce: Duration::from_millis(10),
            poll: Duration::from_secs(3_600),
            backoff: (Duration::from_millis(5), Duration::from_millis(20)),
            wakes: Wakes::default(),
            touched: Touched::default(),
            lease: crate::lease::Lease::known(),
        };
        World {
            reports,
            backend,
            events,
            server,
            tasks: Tasks::root(Pause::default()).0,
            _folder: folder,
        }
    }

    /// With its tasks.
    async fn running() -> World {
        let world = World::new().await;
        world.reports.start(&world.tasks);
        world
    }

    /// So many tickets in one transaction.
    async fn add(&self, orders: usize) -> Vec<JobId> {
        let tickets = (0..orders).map(|_| job(Some(OrderId(Uuid::now_v7()))));
        let jobs = self.reports.queue.submit_more(tickets.collect()).await;
        jobs.unwrap()
    }

    fn kept<T>(&self, read: impl FnOnce(&mut Kept) -> T) -> T {
        read(&mut self.backend.kept.lock().unwrap())
    }

    /// Waits until the server has what the queue has, in its order.
    async fn reported(&self) -> Vec<PrintReport> {
        let wanted = self.reports.queue.history_after(0, 10_000).await.unwrap();
        let wanted = wanted.rows.into_iter().filter(|row| row.order.is_some());
        let wanted: Vec<(i64, JobState)> = wanted.map(|row| (row.n, row.state)).collect();
        let taken = || self.kept(|kept| kept.taken.clone());
        let numbers = || {
            let taken = taken().into_iter();
            let taken = taken.map(|report| (report.n, report.state));
            taken.collect::<Vec<_>>()
        };
        until("all reports", async || numbers() == wanted).await;
        taken()
    }
}

fn job(order: Option<OrderId>) -> NewJob {
    NewJob {
        order,
        revision: 1,
        revised_at: None,
        ticket: TicketName::whole(TicketKind::Kitchen),
        destination: None,
        copy: 0,
        content: Content::Markup("Soup\n".into()),
        locale: "en".into(),
        drawer: false,
        urgent: false,
        ages_from: None,
    }
}

async fn until(what: &str, is: impl AsyncFn() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !is().await {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn changes_are_reported_once_in_the_order_of_their_commits() {
    let world = World::running().await;
    let first = world.add(3).await;
    world.reported().await;
    world.reports.queue.cancel(first[1]).await.unwrap();
    world.add(1).await;
    let reports = world.reported().await;
    assert_eq!(reports.len(), 5);
    let cancelled = &reports[3];
    assert_eq!(
        (cancelled.job, &cancelled.state),
        (first[1], &JobState::Cancelled)
    );
    assert!(cancelled.marked, "a person asked for it");
}

#[tokio::test]
async fn a_page_that_belongs_to_no_order_is_not_reported_and_holds_up_none() {
    let world = World::running().await;
    let test = NewJob {
        order: None,
        revision: 0,
        revised_at: None,
        ticket: TicketName::whole(TicketKind::Summary),
        destination: None,
        copy: 0,
        content: Content::Markup("Test\n".into()),
        locale: "en".into(),
        drawer: false,
        urgent: false,
        ages_from: None,
    };
    world.reports.queue.submit_more(vec![test]).await.unwrap();
    world.add(1).await;
    assert_eq!(world.reported().await.len(), 1);
}

#[tokio::test]
async fn what_happens_without_a_server_is_reported_in_order_afterwards() {
    let world = World::running().await;
    world.add(1).await;
    world.reported().await;
    world.backend.away.store(true, Ordering::SeqCst);
    for _ in 0..5 {
        let jobs = world.add(2).await;
        world.reports.queue.cancel(jobs[0]).await.unwrap();
    }
    let tries = || world.server.seen("print-reports").len();
    let before = tries();
    until("tries", async || tries() > before + 3).await;
    assert_eq!(world.kept(|kept| kept.taken.len()), 1);
    world.backend.away.store(false, Ordering::SeqCst);
    assert_eq!(world.reported().await.len(), 1 + 5 * 3);
}

#[tokio::test]
async fn a_long_time_without_a_server_is_reported_in_batches() {
    let world = World::new().await;
    world.add(450).await;
    world.reports.start(&world.tasks);
    assert_eq!(world.reported().await.len(), 450);
}

#[tokio::test]
async fn reports_whose_answer_was_lost_are_not_sent_again() {
    let world = World::new().await;
    world.add(1).await;
    world.reports.start(&world.tasks);
    world.reported().await;
    world.backend.loses_answers.store(true, Ordering::SeqCst);
    // The server panics at a number that comes twice.
    world.add(3).await;
    world.reported().await;
    world.add(1).await;
    assert_eq!(world.reported().await.len(), 5);
}

#[tokio::test]
async fn a_server_that_lost_reports_gets_them_again() {
    let world = World::running().await;
    world.add(10).await;
    world.reported().await;
    world.kept(|kept| {
        kept.taken.truncate(4);
        kept.up_to = kept.taken[3].n;
    });
    // A server that was restored closes its connections.
    world.reports.hear(&Wake::Connected);
    assert_eq!(world.reported().await.len(), 10);
    world.add(1).await;
    assert_eq!(world.reported().await.len(), 11);
}

#[tokio::test]
async fn a_server_that_lost_reports_and_is_not_asked_gets_them_with_the_next_ticket() {
    let world = World::running().await;
    world.add(10).await;
    world.reported().await;
    // Its database was put back between two requests.
    world.kept(|kept| {
        kept.taken.truncate(4);
        kept.up_to = kept.taken[3].n;
    });
    world.add(1).await;
    assert_eq!(world.reported().await.len(), 11);
    world.kept(|kept| (kept.taken, kept.up_to) = (Vec::new(), 0));
    world.add(1).await;
    assert_eq!(world.reported().await.len(), 12);
}

#[tokio::test]
async fn a_file_that_is_older_than_what_was_reported_of_it_is_reported_in_another_log() {
    let world = World::new().await;
    let log = world.reports.queue.report_log().await.unwrap();
    world.add(3).await;
    world.kept(|kept| (kept.log, kept.up_to) = (Some(log), 1_000));
    world.reports.start(&world.tasks);
    until("another log", async || {
        world.kept(|kept| kept.log) != Some(log)
    })
    .await;
    assert_eq!(world.reported().await.len(), 3);
}

#[tokio::test]
async fn a_report_that_the_server_refuses_holds_up_no_other() {
    one_is_left_out(false).await;
}

#[tokio::test]
async fn a_report_that_an_older_server_cannot_read_holds_up_no_other() {
    one_is_left_out(true).await;
}

async fn one_is_left_out(reads_none: bool) {
    let world = World::new().await;
    world.add(5).await;
    let third = world.reports.queue.history_after(2, 1).await.unwrap();
    let third = third.up_to.unwrap();
    world.kept(|kept| (kept.refuses, kept.reads_none) = (Some(third), reads_none));
    world.reports.start(&world.tasks);
    let taken = || world.kept(|kept| kept.taken.iter().map(|report| report.n).collect::<Vec<_>>());
    until("the others", async || taken().len() == 4).await;
    assert!(!taken().contains(&third));
}

#[tokio::test]
async fn a_report_carries_no_long_technical_text() {
    let world = World::new().await;
    let job = NewJob {
        order: Some(OrderId(Uuid::now_v7())),
        revision: 1,
        revised_at: None,
        ticket: TicketName::whole(TicketKind::Kitchen),
        destination: None,
        copy: 0,
        content: Content::Unprintable {
            detail: "ü".repeat(100_000),
        },
        locale: "en".into(),
        drawer: false,
        urgent: false,
        ages_from: None,
    };
    world.reports.queue.submit_more(vec![job]).await.unwrap();
    world.reports.start(&world.tasks);
    until("a report", async || {
        world.kept(|kept| !kept.taken.is_empty())
    })
    .await;
    let state = world.kept(|kept| kept.taken[0].state.clone());
    let JobState::Failed { detail, .. } = state else {
        panic!("{state:?}");
    };
    assert_eq!(detail, "ü".repeat(300));
}

fn ticket(counter: CounterId, job: u128, state: JobState) -> ReportedTicket {
    ReportedTicket {
        counter,
        report: PrintReport {
            n: 1,
            job: JobId(Uuid::from_u128(job)),
            order: OrderId(Uuid::from_u128(job)),
            revision: 1,
            revised_at: None,
            ticket: TicketName::whole(TicketKind::Kitchen),
            destination: None,
            copy: 0,
            printer: None,
            state,
            marked: false,
            released: false,
            at: Timestamp::UNIX_EPOCH,
        },
    }
}

/// Waits for an event about this order.
async fn touched(world: &mut World, order: u128) {
    let order = ClientEvent::Order(OrderId(Uuid::from_u128(order)));
    let heard = async { while world.events.recv().await.unwrap() != order {} };
    tokio::time::timeout(Duration::from_secs(20), heard)
        .await
        .unwrap();
}

#[tokio::test]
async fn tickets_of_others_are_read_to_the_end_and_one_that_cannot_be_read_hides_no_other() {
    let world = World::new().await;
    let other = CounterId(Uuid::from_u128(99));
    let own = world.reports.counter;
    world.kept(|kept| {
        kept.tickets = vec![
            json!(ticket(other, 1, JobState::Queued)),
            json!({"counter": other, "state": "sung"}),
            json!(ticket(own, 2, JobState::Queued)),
            json!(ticket(other, 3, JobState::Printed)),
            json!(ticket(other, 1, JobState::Sent)),
        ];
    });
    world.reports.fetch().await.unwrap();
    let state = async |order| {
        let order = OrderId(Uuid::from_u128(order));
        let tickets = world.reports.store.reported_tickets(order).await.unwrap();
        let states = tickets.into_iter().map(|ticket| ticket.report.state);
        states.collect::<Vec<_>>()
    };
    assert_eq!(state(1).await, [JobState::Sent]);
    assert_eq!(state(2).await, []);
    assert_eq!(state(3).await, [JobState::Printed]);
    let asked = world.server.seen("/tickets").len();
    world.reports.fetch().await.unwrap();
    assert_eq!(world.server.seen("/tickets").len(), asked + 1, "to the end");
}

#[tokio::test]
async fn a_counter_that_begins_leaves_out_the_tickets_of_years() {
    let world = World::new().await;
    let other = CounterId(Uuid::from_u128(99));
    let now: Timestamp = "2026-08-14T12:00:00Z".parse().unwrap();
    let mut recent = ticket(other, 9, JobState::Queued);
    recent.report.at = now;
    world.kept(|kept| {
        let old = (1..8).map(|job| json!(ticket(other, job, JobState::Queued)));
        kept.tickets = old.chain([json!(recent)]).collect();
    });
    world.reports.clock.set(now);
    world.reports.fetch().await.unwrap();
    let known = async |order| {
        let order = OrderId(Uuid::from_u128(order));
        let tickets = world.reports.store.reported_tickets(order).await.unwrap();
        tickets.len()
    };
    assert_eq!((known(1).await, known(9).await), (0, 1));
    let asked = world.server.seen("/tickets").len();
    world.reports.fetch().await.unwrap();
    assert_eq!(world.server.seen("/tickets").len(), asked + 1);
}

#[tokio::test]
async fn a_report_of_another_counter_is_read_at_once_and_shown_with_its_order() {
    let mut world = World::running().await;
    let other = CounterId(Uuid::from_u128(99));
    until("the first look", async || {
        !world.server.seen("/tickets").is_empty()
    })
    .await;
    let event = |counter| {
        Wake::Event(Event::TicketsReported {
            id: "e".into(),
            counter,
        })
    };
    world.kept(|kept| kept.tickets.push(json!(ticket(other, 5, JobState::Queued))));
    world.reports.hear(&event(other));
    touched(&mut world, 5).await;
    let counters = world.reports.store.counters().await.unwrap();
    assert_eq!(counters[0].name, "Back office", "one that is new here");
    let before = world.server.seen("/tickets").len();
    world.reports.hear(&event(world.reports.counter));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(
        world.server.seen("/tickets").len(),
        before,
        "our own reports are no news"
    );
}

#[tokio::test]
async fn a_restored_server_is_read_from_the_beginning_and_asked_for_our_reports() {
    let mut world = World::running().await;
    let other = CounterId(Uuid::from_u128(99));
    world.add(2).await;
    world.reported().await;
    world.kept(|kept| kept.tickets.push(json!(ticket(other, 5, JobState::Queued))));
    world.reports.wakes.news.notify_one();
    touched(&mut world, 5).await;
    world.kept(|kept| {
        kept.epoch += 1;
        kept.tickets = vec![json!(ticket(other, 6, JobState::Queued))];
        kept.taken.clear();
        kept.up_to = 0;
    });
    world.reports.wakes.news.notify_one();
    touched(&mut world, 6).await;
    assert_eq!(world.reported().await.len(), 2);
}
