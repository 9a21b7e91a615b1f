mod lost;
mod ownership;
mod twin;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use api::{
    BusinessId, Code, CounterId, Order, OrderId, Owners, Printer, PrinterId, TicketKind,
    printer::{Learned, PrintPolicy, ProfileOverrides},
    settings::Rule,
};
use printer_queue::PrintQueue;
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Feed, FeedError};
use crate::{
    clock::ServerClock,
    events::EventSender,
    host::Ring,
    owners::{OwnersInForce, OwnersNow},
    reports::{Reports, Touched, Wakes},
    scripted::{Memory, Reply, Scripted, pair, session},
    settings::SettingsNow,
    store::Store,
    view::{BacklogChoice, Handling},
};

/// The clock of the server.
const SERVER_TIME: &str = "2001-01-02T03:04:05Z";

/// The feed of a server, and a counter that asks it. Nothing prints: the queue was given no printer.
struct World {
    feed: Feed,
    entries: Arc<Mutex<Vec<Value>>>,
    /// Before the first entry.
    owners: Arc<Mutex<Owners>>,
    /// What counters reported; `None`: the server does not say it.
    reported: Arc<Mutex<Option<Vec<Value>>>>,
    /// The server can be told of a revision that it lost.
    takes_known: Arc<Mutex<bool>>,
    host: Arc<Memory>,
    server: Scripted,
    folder: tempfile::TempDir,
}

impl World {
    /// A counter that has taken up the empty feed.
    async fn new() -> World {
        let world = World::fresh().await;
        world.feed.catch_up().await.unwrap();
        world
    }

    /// A counter that was never here.
    async fn fresh() -> World {
        let business = BusinessId(Uuid::now_v7());
        let entries: Arc<Mutex<Vec<Value>>> = Arc::default();
        let there = entries.clone();
        let owners: Arc<Mutex<Owners>> = Arc::default();
        let first = owners.clone();
        let reported = Arc::new(Mutex::new(Some(Vec::new())));
        let told: Arc<Mutex<Option<Vec<Value>>>> = reported.clone();
        let takes_known = Arc::new(Mutex::new(true));
        let told_of = takes_known.clone();
        let server = Scripted::start(move |request| {
            if request.line == "POST /auth/login" {
                return pair(business, 0, 900);
            }
            if request.line.starts_with("GET /tickets") {
                return match &*told.lock().unwrap() {
                    Some(tickets) => {
                        let next = (tickets.len() + 1).to_string();
                        Reply::Json(
                            200,
                            json!({"tickets": tickets, "next": next, "more": false}),
                        )
                    }
                    None => Reply::Json(503, json!({"code": "unavailable", "message": "No."})),
                };
            }
            if request.line.ends_with("/known") {
                let answer = told_of.lock().unwrap();
                return match *answer {
                    true => Reply::Json(200, json!({})),
                    false => Reply::Json(404, json!({"code": "not_found", "message": "No."})),
                };
            }
            if !request.line.starts_with("GET /feed") {
                // What counters are called.
                return Reply::Json(503, json!({"code": "unavailable", "message": "No."}));
            }
            let entries = there.lock().unwrap();
            let top = entries
                .iter()
                .filter_map(|entry| entry["seq"].as_i64())
                .max()
                .unwrap_or(0);
            let after = request
                .line
                .split_once("after=")
                .map(|(_, rest)| rest.split('&').next().unwrap().parse::<i64>().unwrap());
            if after.is_some_and(|after| after > top) {
                let body = json!({"code": "cursor_unknown", "message": "Read again."});
                return Reply::Json(409, body);
            }
            let new = |entry: &&Value| {
                entry["seq"]
                    .as_i64()
                    .is_some_and(|seq| seq > after.unwrap_or(0))
            };
            let orders: Vec<&Value> = entries.iter().filter(new).collect();
            let limit = request.line.split_once("limit=");
            let limit = limit.and_then(|(_, rest)| rest.split('&').next()?.parse().ok());
            let page: Vec<&Value> = orders
                .into_iter()
                .take(limit.expect("each page has a limit"))
                .collect();
            let next = page
                .last()
                .and_then(|entry| entry["seq"].as_i64())
                .unwrap_or(top);
            let mut owners = first.lock().unwrap().clone();
            for entry in entries.iter() {
                let before = entry["seq"]
                    .as_i64()
                    .is_some_and(|seq| seq <= after.unwrap_or(0));
                for change in entry["changes"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|_| before)
                {
                    let printer = serde_json::from_value(change["printer"].clone()).unwrap();
                    owners.insert(
                        printer,
                        serde_json::from_value(change["to"].clone()).unwrap(),
                    );
                }
            }
            Reply::Json(
                200,
                json!({
                    "owners": owners, "entries": page, "next": next.to_string(), "more": next < top,
                    "server_time": SERVER_TIME,
                }),
            )
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let host = Arc::new(Memory::default());
        let (session, counter) = session(folder.path(), &host).await;
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
        let rules = rules(counter);
        owners.lock().unwrap().insert(rules.printers[0].id, counter);
        // Nobody hands printers to the queue.
        let (apply_requests, _) = tokio::sync::mpsc::channel(1);
        let (clock, events) = (ServerClock::default(), EventSender::new().0);
        let reports = Reports {
            store: store.clone(),
            queue: queue.clone(),
            session: session.clone(),
            business,
            counter,
            counter_name: "Test".into(),
            clock: clock.clone(),
            events: events.clone(),
            history: Duration::from_secs(86_400),
            debounce: Duration::from_millis(10),
            poll: Duration::from_secs(60),
            backoff: (Duration::from_millis(10), Duration::from_millis(10)),
            wakes: Wakes::default(),
            touched: Touched::default(),
            lease: crate::lease::Lease::known(),
        };
        let feed = Feed {
            store,
            queue,
            session,
            in_force: watch::channel(Arc::new(rules)).1,
            owners: OwnersInForce::new(OwnersNow::default(), apply_requests),
            following: Arc::default(),
            rounds: watch::Sender::default(),
            reports,
            clock,
            events,
            host: host.clone(),
            business,
            counter,
            take_over_patience: Duration::ZERO,
            look_back: Duration::from_secs(7_200),
            history: Duration::from_secs(86_400),
        };
        World {
            feed,
            entries,
            owners,
            reported,
            takes_known,
            host,
            server,
            folder,
        }
    }

    fn add(&self, entry: Value) -> OrderId {
        let mut entries = self.entries.lock().unwrap();
        let mut entry = entry;
        entry["seq"] = json!(entries.len() + 1);
        let id = entry["id"].as_str().unwrap().parse().unwrap();
        entries.push(entry);
        id
    }

    /// As if the feed had never been read.
    async fn rewind(&self) {
        let mut place = self.feed.store.place().await.unwrap().unwrap();
        place.cursor = api::Cursor("0".into());
        self.feed.store.set_place(&place).await.unwrap();
    }

    async fn cursor(&self) -> String {
        self.feed.store.place().await.unwrap().unwrap().cursor.0
    }

    async fn tickets(&self, order: OrderId) -> Vec<String> {
        let jobs = self.feed.queue.jobs_of(order).await.unwrap();
        jobs.iter().map(|job| job.ticket.to_string()).collect()
    }

    async fn newest(&self, order: OrderId) -> (Handling, String) {
        let newest = self.feed.store.revisions(order, 1).await.unwrap().remove(0);
        (newest.handling, newest.body)
    }

    async fn backlog(&self) -> Vec<OrderId> {
        self.feed.store.backlog().await.unwrap()
    }
}

/// One printer of this counter, by the rules that it brought.
fn rules(counter: CounterId) -> SettingsNow {
    let printer = Printer {
        id: PrinterId(Uuid::now_v7()),
        name: "Only".into(),
        enabled: true,
        owner: Some(counter),
        address: None,
        profile_id: "generic-80".into(),
        overrides: ProfileOverrides::default(),
        learned: Learned::default(),
        backups: Vec::new(),
        policy: PrintPolicy::default(),
    };
    let rule = |ticket| Rule {
        id: api::RuleId(Uuid::now_v7()),
        ticket,
        stations: Vec::new(),
        channels: Vec::new(),
        kinds: Vec::new(),
        printer: Some(printer.id),
        copies: 1,
    };
    let mut settings = SettingsNow::default();
    settings.known = true;
    settings.rules = vec![rule(TicketKind::Receipt), rule(TicketKind::Kitchen)];
    settings.printers = vec![printer];
    settings
}

/// An order of one pizza, taken now by the server's clock.
fn order(number: u32) -> Value {
    let pizza = json!({"minor": 900, "currency": "EUR"});
    json!({
        "id": Uuid::now_v7(), "business_id": Uuid::nil(), "number": number, "revision": 1, "status": "open",
        "channel": "web", "kind": "pickup", "placed_at": "2001-01-02T03:05:00Z", "revised_at": "2001-01-02T03:05:00Z",
        "promised_at": null, "customer": {"name": "Jo", "phone": null}, "table": null, "note": null,
        "lines": [{
            "id": 1, "item_id": Uuid::nil(), "name": "Pizza", "quantity": 1, "unit_price": pizza, "options": [],
            "note": null, "station": "pizza", "total": pizza,
        }],
        "totals": {"subtotal": pizza, "delivery_fee": null, "total": pizza},
        "payment": {"method": "cash", "paid": false}, "cancelled": false,
    })
}

fn with(mut order: Value, changes: &[(&str, Value)]) -> Value {
    for (field, value) in changes {
        order[*field] = value.clone();
    }
    order
}

#[tokio::test]
async fn a_new_order_becomes_its_tickets_and_rings_once() {
    let world = World::new().await;
    let id = world.add(order(1));
    world.add(order(2));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(id).await, ["receipt", "kitchen"]);
    assert_eq!(world.newest(id).await.0, Handling::Routed);
    assert_eq!(
        world.host.rings(),
        [Ring::NewOrder],
        "two orders at once are one ring"
    );
    assert_eq!(world.cursor().await, "2");
    assert_eq!(world.feed.store.stations().await.unwrap(), ["pizza"]);
}

#[tokio::test]
async fn an_order_that_is_heard_again_is_submitted_once() {
    let world = World::new().await;
    let first = order(1);
    let id = world.add(first.clone());
    world.feed.catch_up().await.unwrap();
    // Progress comes under the same revision; a lost position makes us hear everything again.
    world.add(with(first, &[("status", json!("done"))]));
    world.feed.catch_up().await.unwrap();
    world.rewind().await;
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(id).await, ["receipt", "kitchen"]);
    let kept: Order = serde_json::from_str(&world.newest(id).await.1).unwrap();
    assert_eq!(kept.status, api::order::OrderStatus::Done);
    assert_eq!(world.host.rings(), [Ring::NewOrder]);
}

#[tokio::test]
async fn a_fresh_counter_shows_the_last_hours_and_prints_none_of_them_unasked() {
    let world = World::fresh().await;
    let old = [
        ("placed_at", json!("2001-01-02T02:00:00Z")),
        ("revised_at", json!("2001-01-02T02:00:00Z")),
    ];
    let (first, second) = (
        world.add(with(order(1), &old)),
        world.add(with(order(2), &old)),
    );
    let cancelled = world.add(with(with(order(3), &old), &[("cancelled", json!(true))]));
    world.feed.catch_up().await.unwrap();
    for id in [first, second, cancelled] {
        assert!(world.tickets(id).await.is_empty());
        assert_eq!(world.newest(id).await.0, Handling::ShownOnly);
    }
    assert_eq!(world.backlog().await, [first, second]);
    assert!(world.host.rings().is_empty());
    let asked = &world.server.seen("since=")[0].line;
    assert!(
        asked.contains("2001-01-02T01%3A04%3A0"),
        "two hours before the server's time: {asked}"
    );

    let new = world.add(order(4));
    world.feed.catch_up().await.unwrap();
    assert_eq!(
        world.tickets(new).await.len(),
        2,
        "what comes from now on prints"
    );

    world
        .feed
        .decide_backlog(&BacklogChoice::These(vec![second]))
        .await
        .unwrap();
    assert!(world.tickets(first).await.is_empty());
    assert_eq!(world.tickets(second).await, ["receipt", "kitchen"]);
    assert_eq!(world.newest(second).await.0, Handling::Routed);
    assert!(world.backlog().await.is_empty());
    world
        .feed
        .decide_backlog(&BacklogChoice::All)
        .await
        .unwrap();
    assert_eq!(world.tickets(second).await.len(), 2, "decided once");
}

#[tokio::test]
async fn a_counter_whose_orders_were_set_aside_does_not_ask_about_what_it_printed() {
    let world = World::new().await;
    let old = [("revised_at", json!("2001-01-02T02:00:00Z"))];
    let id = world.add(with(order(1), &old));
    world.feed.catch_up().await.unwrap();
    let (store, _) = Store::open(&world.folder.path().join("fresh.sqlite"))
        .await
        .unwrap();
    let feed = Feed {
        store,
        ..world.feed.clone()
    };
    feed.catch_up().await.unwrap();
    assert!(feed.store.backlog().await.unwrap().is_empty());
    assert_eq!(
        feed.store.revisions(id, 1).await.unwrap()[0].handling,
        Handling::Routed
    );
    assert_eq!(world.tickets(id).await.len(), 2);
}

#[tokio::test]
async fn a_counter_that_ended_between_commit_and_shelf_finds_out_what_it_decided() {
    let world = World::new().await;
    let before_us = [
        ("revision", json!(2)),
        ("placed_at", json!("2001-01-01T12:00:00Z")),
    ];
    let asked = world.add(with(order(1), &before_us));
    let printed = world.add(order(2));
    world.feed.queue.submit(asked, 2, Vec::new()).await.unwrap();
    world.feed.catch_up().await.unwrap();
    world
        .feed
        .store
        .prune_orders(jiff::Timestamp::MAX, 9)
        .await
        .unwrap();
    world.rewind().await;
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.backlog().await, [asked]);
    assert_eq!(world.newest(printed).await.0, Handling::Routed);
    assert_eq!(world.tickets(printed).await.len(), 2);
}

#[tokio::test]
async fn a_change_prints_in_full_where_the_program_ended_before_it_kept_what_it_had_printed() {
    let mut world = World::new().await;
    let first = order(1);
    let id = world.add(first.clone());
    world.feed.catch_up().await.unwrap();
    let store = world.feed.store.clone();
    let forgotten = || store.prune_orders(jiff::Timestamp::MAX, 9);
    forgotten().await.unwrap();
    // By now the server has a newer revision, and no longer gives the one that is on paper.
    world.add(with(
        first.clone(),
        &[("revision", json!(3)), ("note", json!("hurry"))],
    ));
    world.feed.catch_up().await.unwrap();
    assert_eq!(
        world.tickets(id).await,
        ["receipt", "kitchen", "receipt", "kitchen"]
    );
    assert_eq!(world.newest(id).await.0, Handling::Routed);
    // What is older than the history was forgotten on purpose.
    forgotten().await.unwrap();
    world.feed.history = Duration::ZERO;
    let older = [
        ("revision", json!(4)),
        ("placed_at", json!("2001-01-02T02:00:00Z")),
    ];
    world.add(with(first, &older));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(id).await.len(), 4);
    assert_eq!(world.newest(id).await.0, Handling::ChangeShown);
}

#[tokio::test]
async fn a_later_revision_prints_what_changed_where_it_was_told() {
    let world = World::new().await;
    let first = order(1);
    let id = world.add(first.clone());
    world.feed.catch_up().await.unwrap();
    let hurried = [("revision", json!(2)), ("note", json!("hurry"))];
    world.add(with(first.clone(), &hurried));
    world.feed.catch_up().await.unwrap();
    let before = ["receipt", "kitchen"];
    let after = ["receipt", "kitchen", "receipt", "change"];
    assert_eq!(world.tickets(id).await, after);
    assert_eq!(world.newest(id).await.0, Handling::Routed);
    // Once more: nothing more.
    world.rewind().await;
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(id).await, after);
    let taken_back = [("revision", json!(3)), ("cancelled", json!(true))];
    world.add(with(first, &taken_back));
    world.feed.catch_up().await.unwrap();
    let all = world.tickets(id).await;
    assert_eq!(all[..2], before);
    assert_eq!(all[4..], ["void"]);
}

#[tokio::test]
async fn a_change_of_an_order_that_was_only_shown_is_shown_too() {
    let world = World::fresh().await;
    let older = [
        ("placed_at", json!("2001-01-02T02:00:00Z")),
        ("revised_at", json!("2001-01-02T02:00:00Z")),
    ];
    let first = with(order(1), &older);
    let id = world.add(first.clone());
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.newest(id).await.0, Handling::ShownOnly);
    let later = [("revision", json!(2)), ("note", json!("hurry"))];
    world.add(with(first, &later));
    world.feed.catch_up().await.unwrap();
    assert!(world.tickets(id).await.is_empty());
    assert_eq!(world.newest(id).await.0, Handling::ChangeShown);
}

#[tokio::test]
async fn a_revision_behind_one_that_nobody_can_read_prints_in_full() {
    let world = World::new().await;
    let first = order(1);
    let broken = with(first.clone(), &[("lines", json!("three pizzas"))]);
    let id = world.add(broken);
    world.feed.catch_up().await.unwrap();
    world.add(with(first, &[("revision", json!(2))]));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(id).await, ["plain", "receipt", "kitchen"]);
}

#[tokio::test]
async fn an_order_that_was_changed_before_it_was_heard_prints_as_it_is_now() {
    let world = World::new().await;
    let changed = world.add(with(order(1), &[("revision", json!(3))]));
    // Placed before this counter was there: somebody else may have printed it.
    let before_us = [
        ("revision", json!(2)),
        ("placed_at", json!("2001-01-01T12:00:00Z")),
    ];
    let older = world.add(with(order(2), &before_us));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(changed).await, ["receipt", "kitchen"]);
    assert!(world.tickets(older).await.is_empty());
    assert_eq!(world.backlog().await, [older]);
}

#[tokio::test]
async fn progress_of_an_order_from_before_this_counter_prints_it_only_when_somebody_says_so() {
    let world = World::new().await;
    let long_ago = json!("2001-01-01T12:00:00Z");
    let done = world.add(with(
        order(1),
        &[
            ("placed_at", long_ago.clone()),
            ("revised_at", long_ago),
            ("status", json!("done")),
        ],
    ));
    world.feed.catch_up().await.unwrap();
    assert!(world.tickets(done).await.is_empty());
    assert_eq!(world.backlog().await, [done]);
    assert!(world.host.rings().is_empty());
}

#[tokio::test]
async fn an_order_that_was_taken_back_before_it_was_heard_prints_nothing() {
    let world = World::new().await;
    let id = world.add(with(
        order(1),
        &[("revision", json!(2)), ("cancelled", json!(true))],
    ));
    world.feed.catch_up().await.unwrap();
    assert!(world.tickets(id).await.is_empty());
    assert_eq!(world.newest(id).await.0, Handling::Routed);
    assert!(world.host.rings().is_empty());
}

#[tokio::test]
async fn an_order_that_cannot_be_read_is_printed_plain_and_hides_no_other() {
    let world = World::new().await;
    let strange = world.add(with(order(1), &[("lines", json!("three pizzas"))]));
    let after = world.add(order(2));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(strange).await, ["plain"]);
    let job = world.feed.queue.jobs_of(strange).await.unwrap()[0].job;
    let (markup, _, _) = world.feed.queue.markup_of(job).await.unwrap();
    assert!(markup.contains("three pizzas"), "{markup}");
    assert_eq!(world.tickets(after).await.len(), 2);
    assert_eq!(world.cursor().await, "2");
}

#[tokio::test]
async fn a_template_that_is_wrong_keeps_no_order_from_the_kitchen() {
    let mut world = World::new().await;
    let mut settings = rules(world.feed.counter);
    settings
        .templates
        .insert("kitchen".into(), "{{#open".into());
    world.feed.in_force = watch::channel(Arc::new(settings)).1;
    let id = world.add(order(1));
    world.feed.catch_up().await.unwrap();
    let jobs = world.feed.queue.jobs_of(id).await.unwrap();
    let kitchen = jobs
        .iter()
        .find(|job| job.ticket.kind == TicketKind::Kitchen)
        .unwrap();
    let (markup, _, _) = world.feed.queue.markup_of(kitchen.job).await.unwrap();
    assert!(markup.contains("Pizza"), "{markup}");
}

#[tokio::test]
async fn what_this_pc_cannot_store_is_not_skipped() {
    let world = World::new().await;
    world.add(order(1));
    world.feed.queue.shutdown().await;
    let error = world.feed.catch_up().await.unwrap_err();
    assert!(matches!(error, FeedError::Here(_)), "{error}");
    assert_eq!(world.cursor().await, "0");
}

#[tokio::test]
async fn at_a_server_that_lost_its_newest_entries_what_was_never_handled_prints_and_nothing_else() {
    let world = World::new().await;
    let (old, before_us) = (world.add(order(1)), json!("2001-01-02T02:00:00Z"));
    world.feed.catch_up().await.unwrap();
    let mut place = world.feed.store.place().await.unwrap().unwrap();
    place.cursor = api::Cursor("1000".into());
    world.feed.store.set_place(&place).await.unwrap();
    let new = world.add(order(2));
    let older = [("placed_at", before_us.clone()), ("revised_at", before_us)];
    let older = world.add(with(order(3), &older));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(old).await.len(), 2, "once");
    assert_eq!(world.tickets(new).await, ["receipt", "kitchen"]);
    assert_eq!(world.backlog().await, [older], "from before this counter");
    let asked = &world.server.seen("since=")[1].line;
    assert!(asked.contains("2001-01-01T03%3A04%3A0"), "a day: {asked}");
    assert_eq!(world.cursor().await, "3");
}

#[tokio::test]
async fn a_counter_of_an_earlier_version_goes_over_and_prints_what_was_never_handled() {
    let world = World::new().await;
    let old = world.add(order(1));
    world.feed.catch_up().await.unwrap();
    world.feed.store.forget_place().await.unwrap();
    world.feed.store.set_old_position(1).await.unwrap();
    let new = world.add(order(2));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(old).await.len(), 2);
    assert_eq!(world.tickets(new).await, ["receipt", "kitchen"]);
    assert!(world.backlog().await.is_empty());
}

#[tokio::test]
async fn a_backlog_is_not_called_printed_where_nothing_prints() {
    let mut world = World::fresh().await;
    let id = world.add(with(
        order(1),
        &[("revised_at", json!("2001-01-02T03:00:00Z"))],
    ));
    world.feed.catch_up().await.unwrap();
    world.feed.in_force = watch::channel(Arc::new(rules(CounterId(Uuid::now_v7())))).1;
    let problem = world
        .feed
        .decide_backlog(&BacklogChoice::All)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::Conflict);
    assert_eq!(world.backlog().await, [id]);
    world
        .feed
        .decide_backlog(&BacklogChoice::None)
        .await
        .unwrap();
    assert!(world.backlog().await.is_empty());
}

#[tokio::test]
async fn old_orders_are_forgotten_by_the_clock_of_the_server() {
    let world = World::new().await;
    let id = world.add(order(1));
    world.feed.catch_up().await.unwrap();
    world.feed.prune().await.unwrap();
    assert_eq!(world.feed.store.newest_orders(9).await.unwrap(), [id]);
    world
        .feed
        .clock
        .set("2001-01-04T03:04:05Z".parse().unwrap());
    world.feed.prune().await.unwrap();
    assert!(world.feed.store.newest_orders(9).await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_forgotten_while_nobody_knows_the_servers_time() {
    let mut world = World::new().await;
    // Kept long ago by the clock of the server, which this PC does not know yet after its restart.
    let id = world.add(order(1));
    world.feed.catch_up().await.unwrap();
    world.feed.clock = ServerClock::default();
    world.feed.prune().await.unwrap();
    assert_eq!(world.feed.store.newest_orders(9).await.unwrap(), [id]);
}

#[tokio::test]
async fn a_new_counter_looks_back_by_the_clock_of_the_server() {
    let world = World::fresh().await;
    world.feed.catch_up().await.unwrap();
    let asked = world.server.seen("since=").remove(0).line;
    assert!(asked.contains("2001-01-02T01%3A04%3A05"), "{asked}");
    let born = world.feed.store.born().await.unwrap().unwrap();
    assert_eq!(born.strftime("%F").to_string(), "2001-01-02");
}

#[tokio::test]
async fn an_order_that_panics_at_any_stage_comes_out_plain_and_the_next_ones_go_on() {
    use super::crash::inject::{ALL, DECODE, RENDER, ROUTE, SUBMIT};
    let world = World::new().await;
    let number = |number| with(order(1), &[("number", json!(number))]);
    let mut marked = Vec::new();
    for stage in [DECODE, ROUTE, RENDER, SUBMIT, ALL] {
        let id = world.add(number(stage));
        marked.push((stage, id, world.add(order(2))));
    }
    world.feed.catch_up().await.unwrap();
    for (stage, id, next) in marked {
        assert_eq!(
            world.tickets(next).await,
            ["receipt", "kitchen"],
            "after {stage}"
        );
        let jobs = world.feed.queue.jobs_of(id).await.unwrap();
        if stage == ALL {
            assert!(
                matches!(jobs[0].state, api::JobState::Failed { .. }),
                "{jobs:?}"
            );
            continue;
        }
        let kinds = if stage == RENDER { 2 } else { 1 };
        assert_eq!(jobs.len(), kinds, "{stage}: {jobs:?}");
        let (markup, _, _) = world.feed.queue.markup_of(jobs[0].job).await.unwrap();
        assert!(markup.contains("Pizza"), "{stage}: {markup}");
    }
    assert_eq!(world.cursor().await, "10");
}

#[tokio::test]
async fn more_orders_than_a_page_holds_are_all_handled() {
    let world = World::new().await;
    let orders: Vec<OrderId> = (0..201).map(|number| world.add(order(number))).collect();
    world.feed.catch_up().await.unwrap();
    for id in [orders[0], orders[200]] {
        assert_eq!(world.tickets(id).await.len(), 2);
    }
}

#[tokio::test]
async fn the_drawer_opens_for_cash_that_came_in_at_the_counter_just_now() {
    let world = World::new().await;
    let paid = |method: &str, paid| ("payment", json!({"method": method, "paid": paid}));
    let first = order(1);
    let cash = world.add(with(first.clone(), &[paid("cash", true)]));
    let later = world.add(order(2));
    let card = world.add(with(order(3), &[paid("card", true)]));
    let brought = [paid("cash", true), ("kind", json!("delivery"))];
    let brought = world.add(with(order(4), &brought));
    world.feed.catch_up().await.unwrap();
    let drawers = async |id| world.feed.queue.earlier_tickets(id).await.unwrap();
    let opened = async |id| {
        let tickets = drawers(id).await;
        tickets.iter().filter(|ticket| ticket.drawer).count()
    };
    let opens = [
        opened(cash).await,
        opened(later).await,
        opened(card).await,
        opened(brought).await,
    ];
    assert_eq!(opens, [1, 0, 0, 0]);
    let mut second = world.entries.lock().unwrap()[1].clone();
    second["revision"] = json!(2);
    second["payment"]["paid"] = json!(true);
    world.add(second.clone());
    world.feed.catch_up().await.unwrap();
    assert_eq!(opened(later).await, 1);
    second["revision"] = json!(3);
    second["note"] = json!("with ice");
    world.add(second);
    world.feed.catch_up().await.unwrap();
    assert_eq!(opened(later).await, 1, "paid once");
}
