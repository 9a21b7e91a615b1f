use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use ::printers::discovery::{Interfaces, Search};
use api::{
    BusinessId, Code, CounterId, Owners, Printer, PrinterId, TicketKind, TicketName,
    counter::Counter,
    job::{HeldCause, JobState},
    printer::{ReprintUncertain, WhenUnreachable},
    settings::SettingKey,
};
use jiff::Timestamp;
use printer_queue::{Content, NewJob, PrintQueue, Timings};
use serde_json::{Value, json};
use supervision::{Pause, Tasks};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Printers, here::change, print_here, views};
use crate::{
    events::EventSender,
    outbox::Pace,
    owners::{OwnersInForce, OwnersNow},
    scripted::{Memory, Reply, Request, Scripted, pair, session},
    settings::{Settings, SettingsNow},
    store::Store,
    view::{OpenTickets, PrinterForm, SyncView},
};

type Kept = Arc<Mutex<BTreeMap<String, (i64, Value)>>>;

/// A counter with a queue, and a server that keeps settings as the real one does.
struct World {
    printers: Printers,
    kept: Kept,
    server: Scripted,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> World {
        let business = BusinessId(Uuid::now_v7());
        let kept: Kept = Arc::default();
        let there = kept.clone();
        let server = Scripted::start(move |request| match request.line.as_str() {
            "POST /auth/login" => pair(business, 0, 900),
            _ => answer(&mut there.lock().unwrap(), request),
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let (session, counter) = session(folder.path(), &Arc::new(Memory::default())).await;
        session
            .login(&server.url, "a@b.example", "x")
            .await
            .unwrap();
        let (store, _) = Store::open(&folder.path().join("counter.sqlite"))
            .await
            .unwrap();
        let (tasks, _) = Tasks::root(Pause::default());
        let stop = tasks.stop().clone();
        let pace = Pace {
            debounce: Duration::from_secs(3_600),
            ..Pace::default()
        };
        let settings = Settings::start(store.clone(), session, business, pace, &tasks);
        let path = folder.path().join("jobs.sqlite");
        let mut options = printer_queue::Options::new(path, templates::Supplies::default());
        options.timings = quick();
        let (queue, _) = PrintQueue::open(options).await.unwrap();
        let (apply_requests, asked) = mpsc::channel(8);
        let printers = Printers {
            store,
            settings: settings.await.unwrap(),
            queue,
            counter,
            tasks: tasks.clone(),
            stop: stop.clone(),
            owners: OwnersInForce::new(OwnersNow::default(), apply_requests),
            in_force: watch::channel(Arc::new(SettingsNow::default())).0,
            given: watch::Sender::default(),
            pictures: templates::Pictures::default(),
            search: Search {
                interfaces: Interfaces::None,
                this_pc: false,
                ..Search::default()
            },
            finds: watch::Sender::default(),
            seen: watch::Sender::default(),
            events: EventSender::new().0,
        };
        let (following, mut asked) = (printers.clone(), asked);
        tasks.spawn_once("follow", async move { following.follow(&mut asked).await });
        printers.settings.fetch().await.unwrap();
        World {
            printers,
            kept,
            server,
            stop,
            _folder: folder,
        }
    }

    /// A printer at the server, as somebody else put it there.
    fn put(&self, owner: Option<CounterId>) -> PrinterId {
        let id = PrinterId(Uuid::now_v7());
        let printer = json!({
            "id": id, "name": "Bar", "enabled": true, "owner": owner, "address": "tcp://127.0.0.1:9",
            "profile_id": "generic-80", "overrides": {"columns": null, "dots": null},
            "learned": {"status": null, "confirm": null, "model": null}, "backups": [],
            "policy": {"attempts": 3, "first_delay_ms": 1, "ceiling_ms": 10, "when_unreachable": "wait",
                "reprint_uncertain": "ask", "failover_after_s": null},
        });
        let mut kept = self.kept.lock().unwrap();
        let version = kept
            .get(&format!("printer:{id}"))
            .map_or(0, |(version, _)| *version);
        kept.insert(format!("printer:{id}"), (version + 1, printer));
        id
    }

    fn owner_there(&self, id: PrinterId) -> Value {
        self.kept.lock().unwrap()[&format!("printer:{id}")].1["owner"].clone()
    }

    fn here(&self, id: PrinterId) -> Printer {
        self.printers.settings.now().printer(id).unwrap().clone()
    }

    async fn job(&self, printer: PrinterId) -> api::JobId {
        let job = NewJob {
            order: None,
            revision: 0,
            revised_at: None,
            ticket: TicketName::whole(TicketKind::Test),
            destination: Some(printer),
            copy: 0,
            content: Content::Markup("hello".into()),
            locale: "en-US".into(),
            drawer: false,
            urgent: false,
            ages_from: None,
        };
        self.printers.queue.submit_more(vec![job]).await.unwrap()[0]
    }

    async fn state(&self, job: api::JobId) -> JobState {
        let all = self.printers.queue.open_and_recent(9).await.unwrap();
        all.into_iter()
            .find(|ticket| ticket.job == job)
            .unwrap()
            .state
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn answer(kept: &mut BTreeMap<String, (i64, Value)>, request: &Request) -> Reply {
    let row = |key: &str, (version, value): &(i64, Value)| json!({"key": key, "version": version, "value": value});
    if request.line.starts_with("GET") {
        let rows: Vec<Value> = kept.iter().map(|(key, kept)| row(key, kept)).collect();
        return Reply::Json(200, rows.into());
    }
    if request.line == "POST /printers/claim" {
        return claimed(kept, &request.body);
    }
    let key = request.line.rsplit('/').next().unwrap().to_owned();
    let before = kept.get(&key).cloned().unwrap_or((0, Value::Null));
    if request.headers["if-match"] != format!("\"{}\"", before.0) {
        return Reply::Json(
            409,
            json!({"code": "conflict", "message": "No.", "current": row(&key, &before)}),
        );
    }
    let now = (before.0 + 1, request.body["value"].clone());
    kept.insert(key.clone(), now.clone());
    Reply::Json(200, row(&key, &now))
}

/// All or none, as the real one does it.
fn claimed(kept: &mut BTreeMap<String, (i64, Value)>, claim: &Value) -> Reply {
    let ids = claim["printers"].as_array().unwrap();
    let keys: Vec<String> = ids
        .iter()
        .map(|id| format!("printer:{}", id.as_str().unwrap()))
        .collect();
    let owned = |key: &String| !kept[key].1["owner"].is_null();
    if claim["from"] == "nobody" && keys.iter().any(owned) {
        return Reply::Json(409, json!({"code": "conflict", "message": "No."}));
    }
    for key in &keys {
        let there = kept.get_mut(key).unwrap();
        there.0 += 1;
        there.1["owner"] = claim["counter"].clone();
    }
    Reply::Json(200, json!({"printers": ids}))
}

fn quick() -> Timings {
    Timings {
        device: printers::Timings {
            connect: Duration::from_millis(200),
            status: Duration::from_millis(50),
            ..printers::Timings::default()
        },
        grace: Duration::from_millis(50),
        ..Timings::default()
    }
}

fn form(id: Option<PrinterId>, address: &str) -> PrinterForm {
    PrinterForm {
        id,
        name: "Kitchen".into(),
        address: address.into(),
        profile_id: "generic-80".into(),
        columns: None,
        cutter: None,
        native_qr: None,
        enabled: true,
        when_unreachable: WhenUnreachable::Wait,
        reprint_uncertain: ReprintUncertain::Ask,
        backups: Vec::new(),
        failover_after_s: Some(120),
    }
}

/// An address of this PC where nobody listens.
fn nobody() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("tcp://{}", free.local_addr().unwrap())
}

#[tokio::test]
async fn an_order_waits_until_the_queue_has_the_printers_that_are_in_force() {
    let world = World::new().await;
    let printers = &world.printers;
    for _ in 0..20 {
        let id = world.put(Some(printers.counter));
        printers.settings.fetch().await.unwrap();
        printers.settled().await;
        assert!(printers.in_force.borrow().printer(id).is_some());
        let owner = || printers.in_force.borrow().printer(id).unwrap().owner;
        let theirs = CounterId(Uuid::now_v7());
        for owners in [Owners::from([(id, theirs)]), Owners::new()] {
            let there = owners.get(&id).copied();
            printers.owners.set(owners).await;
            printers.settled().await;
            assert_eq!(owner(), there);
            printers.settled().await;
        }
    }
}

#[tokio::test]
async fn the_first_printer_prints_everything_and_the_second_changes_no_rule() {
    let world = World::new().await;
    let first = world.printers.save(form(None, &nobody())).await.unwrap();
    let now = world.printers.settings.now();
    let kinds: Vec<_> = now
        .rules
        .iter()
        .map(|rule| (rule.ticket, rule.printer))
        .collect();
    assert_eq!(
        kinds,
        [
            (TicketKind::Receipt, Some(first)),
            (TicketKind::Kitchen, Some(first))
        ]
    );
    assert_eq!(world.here(first).owner, Some(world.printers.counter));
    assert!(matches!(
        now.sync(&SettingKey::Rules),
        SyncView::Saved { .. }
    ));
    assert!(world.server.seen("PUT").is_empty(), "it rests first");

    let rules = now.rules.clone();
    world.printers.save(form(None, &nobody())).await.unwrap();
    assert_eq!(world.printers.settings.now().rules, rules);
}

#[tokio::test]
async fn a_printer_that_was_just_saved_prints_a_test_page() {
    let world = World::new().await;
    let id = world.printers.save(form(None, &nobody())).await.unwrap();
    let job = world.printers.test_print(id).await.unwrap();
    let state = world.state(job).await;
    assert!(!matches!(state, JobState::Held { .. }), "{state:?}");
    let other = world.put(Some(CounterId(Uuid::now_v7())));
    world.printers.settings.fetch().await.unwrap();
    assert_eq!(
        world.printers.test_print(other).await.unwrap_err().code,
        Code::Conflict
    );
}

#[tokio::test]
async fn after_a_test_page_a_person_is_asked_once_whether_its_qr_code_came_out() {
    let world = World::new().await;
    let id = world.printers.save(form(None, &nobody())).await.unwrap();
    let asks = || {
        let now = world.printers.settings.now();
        let counter = world.printers.counter;
        let all = views(&now, &[], &BTreeMap::new(), &[], counter, Interfaces::None);
        all[0].ask_qr
    };
    assert!(!asks(), "no test page has come out yet");
    let taught = api::printer::Learned {
        status: Some(true),
        confirm: Some(false),
        ..Default::default()
    };
    world.printers.keep_learned(id, taught).await;
    assert!(asks());
    world.printers.saw_qr(id, false).await.unwrap();
    assert!(!asks());
    assert_eq!(world.here(id).learned.native_qr, Some(false));
    assert_eq!(world.here(id).learned.confirm, Some(false));
}

#[tokio::test]
async fn printers_that_nobody_has_are_taken_at_once_and_others_are_left() {
    let world = World::new().await;
    let other = CounterId(Uuid::now_v7());
    let (free, taken) = (world.put(None), world.put(Some(other)));
    world.printers.settings.fetch().await.unwrap();
    assert!(world.printers.claim().await.unwrap());
    assert_eq!(world.owner_there(free), json!(world.printers.counter));
    assert_eq!(world.owner_there(taken), json!(other));
    world.printers.settings.fetch().await.unwrap();
    assert!(!world.printers.claim().await.unwrap(), "all are taken");
}

#[tokio::test]
async fn of_two_counters_the_faster_one_gets_the_printer() {
    let world = World::new().await;
    let other = CounterId(Uuid::now_v7());
    let id = world.put(None);
    world.printers.settings.fetch().await.unwrap();
    {
        let mut kept = world.kept.lock().unwrap();
        let there = kept.get_mut(&format!("printer:{id}")).unwrap();
        there.0 += 1;
        there.1["owner"] = json!(other);
    }
    assert!(!world.printers.claim().await.unwrap());
    assert_eq!(world.owner_there(id), json!(other));
    assert!(world.printers.take_over().await.unwrap());
    assert_eq!(world.owner_there(id), json!(world.printers.counter));
}

#[tokio::test]
async fn a_change_of_a_printer_takes_it_from_nobody() {
    let world = World::new().await;
    let (us, other) = (world.printers.counter, CounterId(Uuid::now_v7()));
    let (taken, free) = (world.put(Some(us)), world.put(None));
    world.printers.settings.fetch().await.unwrap();
    let before = world.here(taken);
    {
        let mut kept = world.kept.lock().unwrap();
        let there = kept.get_mut(&format!("printer:{taken}")).unwrap();
        there.0 += 1;
        there.1["owner"] = json!(other);
    }
    world.printers.settings.fetch().await.unwrap();
    // Begun before the other counter took it.
    let off = Printer {
        enabled: false,
        ..before
    };
    let change = change(&off).unwrap();
    world.printers.settings.change(vec![change]).await.unwrap();
    let here = world.here(taken);
    assert_eq!((here.owner, here.enabled), (Some(other), false));
    // Only the server says who of two counters gets it.
    world
        .printers
        .save(form(Some(free), &nobody()))
        .await
        .unwrap();
    assert_eq!(world.here(free).owner, None);
}

#[tokio::test]
async fn taking_over_works_also_while_another_change_of_the_printer_waits() {
    let world = World::new().await;
    let other = CounterId(Uuid::now_v7());
    let id = world.put(Some(other));
    world.printers.settings.fetch().await.unwrap();
    world.printers.enable(id, false).await.unwrap();
    {
        let mut kept = world.kept.lock().unwrap();
        let there = kept.get_mut(&format!("printer:{id}")).unwrap();
        there.0 += 1;
        there.1["name"] = json!("Pass");
    }
    world.printers.take_over().await.unwrap();
    assert_eq!(world.owner_there(id), json!(world.printers.counter));
    world.printers.settings.fetch().await.unwrap();
    let here = world.here(id);
    assert_eq!(
        (here.owner, here.enabled),
        (Some(world.printers.counter), false)
    );
    assert_ne!(
        world.printers.settings.now().sync(&SettingKey::Printer(id)),
        SyncView::Synced
    );
}

#[tokio::test]
async fn a_printer_with_open_tickets_is_deleted_only_when_somebody_says_what_becomes_of_them() {
    let world = World::new().await;
    let id = world.printers.save(form(None, &nobody())).await.unwrap();
    world.printers.enable(id, false).await.unwrap();
    let job = world.job(id).await;
    assert_eq!(
        world.printers.delete(id, None).await.unwrap_err().code,
        Code::Conflict
    );
    world
        .printers
        .delete(id, Some(OpenTickets::Hold))
        .await
        .unwrap();
    assert_eq!(world.printers.settings.now().printer(id), None);
    assert!(matches!(world.state(job).await, JobState::Held { .. }));
    assert_eq!(
        world.printers.delete(id, None).await.unwrap_err().code,
        Code::NotFound
    );
}

#[tokio::test]
async fn tickets_of_a_printer_that_another_counter_took_are_held_here() {
    let world = World::new().await;
    let id = world.put(Some(world.printers.counter));
    world.printers.settings.fetch().await.unwrap();
    world.printers.enable(id, false).await.unwrap();
    let job = world.job(id).await;
    {
        let mut kept = world.kept.lock().unwrap();
        let there = kept.get_mut(&format!("printer:{id}")).unwrap();
        there.0 += 1;
        there.1["owner"] = json!(CounterId(Uuid::now_v7()));
    }
    world.printers.settings.fetch().await.unwrap();
    world.printers.owners.settled().await;
    let state = world.state(job).await;
    assert_eq!(
        state,
        JobState::Held {
            cause: HeldCause::NoPrinter
        }
    );
}

#[tokio::test]
async fn what_a_printer_says_of_itself_is_kept_until_it_is_another_one() {
    let world = World::new().await;
    let id = world
        .printers
        .save(form(None, "tcp://127.0.0.1:9"))
        .await
        .unwrap();
    let taught = api::printer::Learned {
        status: Some(true),
        confirm: Some(true),
        ..api::printer::Learned::default()
    };
    world.printers.keep_learned(id, taught.clone()).await;
    assert_eq!(world.here(id).learned, taught);
    world
        .printers
        .save(form(Some(id), "tcp://127.0.0.1:9"))
        .await
        .unwrap();
    assert_eq!(world.here(id).learned, taught);
    world
        .printers
        .save(form(Some(id), &nobody()))
        .await
        .unwrap();
    assert_eq!(world.here(id).learned.confirm, None);
}

#[tokio::test]
async fn the_answer_of_a_device_that_was_replaced_meanwhile_says_nothing_about_the_new_one() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::new().await;
    let id = world.printers.save(form(None, &nobody())).await.unwrap();
    let device = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", device.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = device.accept().await {
            let mut question = [0; 3];
            while stream.read_exact(&mut question).await.is_ok() {
                stream.write_all(&[0x12]).await.unwrap();
            }
        }
    });
    world.printers.ask(id, address.parse().unwrap()).await;
    assert_eq!(world.here(id).learned.status, None);
    world.printers.save(form(Some(id), &address)).await.unwrap();
    world.printers.ask(id, address.parse().unwrap()).await;
    assert_eq!(world.here(id).learned.status, Some(true));
}

#[tokio::test]
async fn a_rule_without_a_copy_or_with_a_roll_full_of_them_is_refused() {
    let world = World::new().await;
    world.printers.save(form(None, &nobody())).await.unwrap();
    let mut rules = world.printers.settings.now().rules.clone();
    for copies in [0, 21, u32::MAX] {
        rules[1].copies = copies;
        let problem = world.printers.save_rules(rules.clone()).await.unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("[1].copies"));
    }
}

#[tokio::test]
async fn who_prints_instead_is_said_by_name() {
    let world = World::new().await;
    let (us, other) = (world.printers.counter, CounterId(Uuid::now_v7()));
    let nobody_prints = print_here(&world.printers.settings.now(), &[], us).unwrap();
    assert_eq!(nobody_prints.owner, None);
    let id = world.put(Some(other));
    world.printers.settings.fetch().await.unwrap();
    let now = world.printers.settings.now();
    let known = Counter {
        id: other,
        name: "Front desk".into(),
        last_heard: Timestamp::UNIX_EPOCH,
    };
    let shown = print_here(&now, std::slice::from_ref(&known), us).unwrap();
    assert_eq!(shown.owner.as_deref(), Some("Front desk"));
    assert_eq!(shown.last_heard, Some(Timestamp::UNIX_EPOCH));
    let views = views(&now, &[], &BTreeMap::new(), &[known], us, Interfaces::None);
    assert_eq!((views[0].printer.id, views[0].mine), (id, false));
    assert_eq!(views[0].owner.as_deref(), Some("Front desk"));
    assert_eq!(print_here(&now, &[], other), None);
}

#[tokio::test]
async fn what_is_plugged_into_this_pc_is_kept_here_and_not_in_the_settings_that_all_share() {
    let world = World::new().await;
    let us = world.printers.counter;
    let usb = "usb://ffff:0001/J7";
    let id = world.printers.save(form(None, usb)).await.unwrap();
    assert_eq!(world.here(id).address, None);
    let bindings = world.printers.store.bindings().await.unwrap();
    assert_eq!(bindings, [(id, usb.parse().unwrap())]);
    let now = world.printers.settings.now();
    let shown = &views(&now, &bindings, &BTreeMap::new(), &[], us, Interfaces::None)[0];
    assert_eq!(shown.printer.address, Some(usb.parse().unwrap()));
    // The queue has it too: a ticket waits for the device, and not for an address.
    let mut statuses = world.printers.queue.statuses();
    let tried = |all: &BTreeMap<PrinterId, api::printer::PrinterStatus>| {
        let detail = all.get(&id).and_then(|status| status.detail.clone());
        detail.is_some_and(|detail| detail.contains(usb))
    };
    world.job(id).await;
    // What is found is let go of at once: it keeps others from changing it.
    let found = tokio::time::timeout(Duration::from_secs(10), statuses.wait_for(tried))
        .await
        .is_ok();
    assert!(found, "{:?}", world.printers.queue.statuses());
    // The same form again changes nothing that was learned; another device does.
    let taught = api::printer::Learned {
        confirm: Some(true),
        ..api::printer::Learned::default()
    };
    world.printers.keep_learned(id, taught).await;
    world.printers.save(form(Some(id), usb)).await.unwrap();
    assert_eq!(world.here(id).learned.confirm, Some(true));
    let serial = form(Some(id), "serial:///dev/no-such-line");
    world.printers.save(serial).await.unwrap();
    assert_eq!(world.here(id).learned.confirm, None);
    // Moved to the network, it stands where all see it.
    let moved = form(Some(id), "tcp://127.0.0.1:9");
    world.printers.save(moved).await.unwrap();
    assert_eq!(world.printers.store.bindings().await.unwrap(), []);
    assert_eq!(
        world.here(id).address,
        Some("tcp://127.0.0.1:9".parse().unwrap())
    );
    world.printers.save(form(Some(id), usb)).await.unwrap();
    world
        .printers
        .delete(id, Some(OpenTickets::Cancel))
        .await
        .unwrap();
    assert_eq!(world.printers.store.bindings().await.unwrap(), []);
}

#[tokio::test]
async fn what_is_plugged_into_another_pc_is_set_there() {
    let world = World::new().await;
    let other = CounterId(Uuid::now_v7());
    let id = world.put(Some(other));
    world
        .kept
        .lock()
        .unwrap()
        .get_mut(&format!("printer:{id}"))
        .unwrap()
        .1["address"] = Value::Null;
    world.printers.settings.fetch().await.unwrap();
    let problem = world.printers.save(form(Some(id), "usb://04b8:0202")).await;
    let problem = problem.unwrap_err();
    assert_eq!(
        (problem.code, problem.field.as_deref()),
        (Code::Conflict, Some("address"))
    );
    // Its name can be changed here all the same.
    world.printers.save(form(Some(id), "")).await.unwrap();
    let here = world.here(id);
    assert_eq!(
        (here.name.as_str(), here.address, here.owner),
        ("Kitchen", None, Some(other))
    );
    assert_eq!(world.printers.store.bindings().await.unwrap(), []);
    // A new one needs an address.
    let problem = world.printers.save(form(None, "")).await.unwrap_err();
    assert_eq!(problem.field.as_deref(), Some("address"));
}

#[tokio::test]
async fn a_printer_of_another_counter_is_not_deleted_unasked_before_its_tickets_are_out() {
    let world = World::new().await;
    let other = CounterId(Uuid::now_v7());
    let id = world.put(Some(other));
    world.printers.settings.fetch().await.unwrap();
    let order = api::OrderId(Uuid::now_v7());
    let kitchen = TicketName::whole(TicketKind::Kitchen);
    let tickets = printer_queue::Tickets {
        jobs: Vec::new(),
        elsewhere: vec![printer_queue::Elsewhere {
            order,
            revision: 1,
            revised_at: None,
            ticket: kitchen.clone(),
            destination: Some(id),
            copies: 1,
            owner: other,
            at: Timestamp::UNIX_EPOCH,
        }],
    };
    let submitted = world.printers.queue.submit(order, 1, tickets).await;
    submitted.unwrap();
    let refused = world.printers.delete(id, None).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict, "{refused}");
    let printed = api::report::ReportedTicket {
        counter: other,
        report: api::report::PrintReport {
            n: 1,
            job: api::JobId(Uuid::now_v7()),
            order,
            revision: 1,
            revised_at: None,
            ticket: kitchen,
            destination: Some(id),
            copy: 0,
            printer: Some(id),
            state: JobState::Printed,
            marked: false,
            released: false,
            at: Timestamp::now(),
        },
    };
    let read = crate::store::TicketsRead {
        counter: world.printers.counter,
        cursor: api::Cursor("1".into()),
    };
    let tickets = [printed];
    let kept = world.printers.store.keep_tickets(None, &read, &tickets);
    assert!(kept.await.unwrap());
    world.printers.delete(id, None).await.unwrap();
}
