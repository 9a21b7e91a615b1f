//! A whole business: the real server in a process of its own, two counters in theirs, a line of each to the server, and
//! three printers. All of it is killed, stands still, breaks and is mended at random, printers change hands, and the
//! server is brought back from older copies of its database, while orders come, change and are taken back. People at the
//! counters look at the paper and answer every question. At the end orders are compared with paper.

mod backend;
pub mod counter;
mod faults;
mod orders;
mod papers;
mod person;
pub mod server;
mod verdict;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use api::{
    CounterId, ItemId, Printer, PrinterId, TicketKind,
    menu::Menu,
    printer::ReprintUncertain,
    settings::{Rule, SettingKey, Versioned},
};
use journeys::link::Link;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    printers::{Feedback, TestPrinter},
    program::Program,
    verdict::{Tally, Verdict},
};
use backend::Backend;
use counter::Shown;
use faults::Weather;
use orders::OrderBook;

/// Once nothing goes wrong any more, everything is over within this time, also on a PC that has other things to do.
const CALM: Duration = Duration::from_secs(240);
/// Nothing changed for so many looks.
const STILL: u32 = 8;
const COUNTER: &str = "Counter";
const KITCHEN: &str = "Kitchen";
const BAR: &str = "Bar";

/// All of it.
#[derive(Debug)]
struct Business {
    backend: Backend,
    /// What realtime connections go by.
    realtime: Link,
    desks: Vec<Desk>,
    printers: Vec<TestPrinter>,
    /// By their names.
    stations: BTreeMap<String, PrinterId>,
    /// A dish of the kitchen and a drink.
    dishes: (ItemId, ItemId),
    book: Mutex<OrderBook>,
    tally: Tally,
    weather: Weather,
}

/// A counter.
#[derive(Debug)]
struct Desk {
    name: &'static str,
    id: CounterId,
    program: Program,
    line: Link,
    /// It is killed, or stands still.
    is_away: AtomicBool,
}

impl Desk {
    fn leave(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    fn is_there(&self) -> bool {
        !self.is_away.load(Ordering::SeqCst)
    }
}

impl Business {
    fn book(&self) -> std::sync::MutexGuard<'_, OrderBook> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lines(&self) -> impl Iterator<Item = &Link> {
        self.desks
            .iter()
            .map(|desk| &desk.line)
            .chain([&self.realtime])
    }

    fn name_of(&self, printer: PrinterId) -> Option<&str> {
        let mut stations = self.stations.iter();
        let (name, _) = stations.find(|(_, id)| **id == printer)?;
        Some(name)
    }
}

/// One business, for so long, and what came of it.
pub async fn run(time: Duration, seed: u64) -> anyhow::Result<Vec<(&'static str, Verdict)>> {
    client::install_crypto();
    let folder = tempfile::tempdir()?;
    let verdict = async {
        let business = open(folder.path().to_owned()).await?;
        let mut seeds = StdRng::seed_from_u64(seed);
        let mut rng = || StdRng::seed_from_u64(seeds.random());
        let end = Instant::now() + time;
        let (first, orders, hands, server, weather) = (rng(), rng(), rng(), rng(), rng());
        let desks = business.desks.iter();
        let harms = desks.map(|desk| faults::harm(&business, desk, rng(), end));
        let harms: Vec<_> = harms.collect();
        let tears = business.lines();
        let tears = tears.map(|line| faults::tear(&business, line, rng(), end));
        let tears: Vec<_> = tears.collect();
        let plagues = business.printers.iter();
        let plagues = plagues.map(|one| faults::plague(&business, one, rng(), end));
        let plagues: Vec<_> = plagues.collect();
        let is_over = AtomicBool::new(false);
        let worst = async {
            tokio::try_join!(
                futures_util::future::try_join_all(harms),
                futures_util::future::try_join_all(tears),
                futures_util::future::try_join_all(plagues),
                faults::pass_around(&business, hands, end),
                faults::upset(&business, server, end),
                business.weather.change(weather, end),
                orders::keep_ordering(&business, orders, end),
            )?;
            is_over.store(true, Ordering::SeqCst);
            anyhow::Ok(())
        };
        tokio::try_join!(worst, keep_answering(&business, &is_over))?;
        let shown = come_to_rest(&business, first).await?;
        let verdict = verdict::judge(&business, &shown).await?;
        for desk in &business.desks {
            desk.program.stop().await?;
        }
        business.backend.program.stop().await?;
        anyhow::Ok(verdict)
    }
    .await;
    if !verdict
        .as_ref()
        .is_ok_and(|verdict| verdict.wrong.is_empty())
    {
        let kept = folder.keep();
        println!(
            "torture: its files and what it said are in {}",
            kept.display()
        );
    }
    Ok(vec![("business", verdict?)])
}

async fn open(folder: PathBuf) -> anyhow::Result<Business> {
    let plain = virtual_printer::Options::default();
    let mut printers = Vec::new();
    for (name, reprint) in [
        (COUNTER, ReprintUncertain::Ask),
        (KITCHEN, ReprintUncertain::Ask),
        (BAR, ReprintUncertain::Marked),
    ] {
        let feedback = Feedback::Confirms;
        printers.push(TestPrinter::new(name, feedback, false, plain.clone(), reprint).await?);
    }
    let (realtime, realtime_end) = Link::open().await?;
    let start = server::Start {
        public_url: format!("http://{}", realtime.address()),
        printers: printers
            .iter()
            .map(|one| {
                let address = one.settings.address.as_ref().context("it has one")?;
                Ok((one.name().to_owned(), address.to_string()))
            })
            .collect::<anyhow::Result<_>>()?,
    };
    let backend = Backend::open(folder.clone(), &start).await?;
    realtime.connect(realtime_end, backend.address()?);
    let menu: Menu = serde_json::from_value(backend.get("/api/v1/menu").await?)?;
    let dish = |station: &str| {
        let mut items = menu.items.iter();
        let dish = items.find(|item| item.station.as_deref() == Some(station));
        dish.map(|dish| dish.id)
            .with_context(|| format!("no dish is made at {station}"))
    };
    let mut business = Business {
        dishes: (dish("pizza")?, dish("bar")?),
        backend,
        realtime,
        desks: Vec::new(),
        stations: BTreeMap::new(),
        printers,
        book: Mutex::default(),
        tally: Tally::default(),
        weather: Weather::default(),
    };
    set_up(&mut business).await?;
    for name in ["front", "back"] {
        let desk = new_desk(&business, name, folder.join(name)).await?;
        business.desks.push(desk);
    }
    business.backend.program.stop().await?;
    business.backend.copy()?;
    business.backend.start(business.lines()).await?;
    Ok(business)
}

/// Each station has its printer, and printers are as patient as the torture.
async fn set_up(business: &mut Business) -> anyhow::Result<()> {
    let path = format!("/api/v1/businesses/{}/settings", business.backend.business);
    let settings: Vec<Versioned> = serde_json::from_value(business.backend.get(&path).await?)?;
    let mut rules = None;
    for setting in settings {
        let path = format!("{path}/{}", setting.key);
        match &setting.key {
            SettingKey::Printer(id) => {
                let mut printer: Printer =
                    serde_json::from_value(setting.value.unwrap_or_default())?;
                let mut all = business.printers.iter();
                let one = all.find(|one| one.name() == printer.name);
                let one = one.context("a printer of ours")?;
                printer.policy = one.settings.policy.clone();
                business.stations.insert(printer.name.clone(), *id);
                put(&business.backend, &path, setting.version, &json!(printer)).await?;
            }
            SettingKey::Rules => {
                let now: Vec<Rule> = serde_json::from_value(setting.value.unwrap_or_default())?;
                rules = Some((path, setting.version, now));
            }
            SettingKey::Business | SettingKey::Template(_) => {}
        }
    }
    let (path, version, mut rules) = rules.context("the demo has rules")?;
    let printer = |name: &str| business.stations.get(name).copied();
    for rule in &mut rules {
        rule.printer = match rule.ticket {
            TicketKind::Kitchen if rule.stations.iter().any(|key| key == "bar") => printer(BAR),
            TicketKind::Kitchen => printer(KITCHEN),
            TicketKind::Receipt
            | TicketKind::Delivery
            | TicketKind::Change
            | TicketKind::Void
            | TicketKind::Plain
            | TicketKind::Summary
            | TicketKind::Test => printer(COUNTER),
        };
    }
    put(&business.backend, &path, version, &json!(rules)).await
}

async fn put(backend: &Backend, path: &str, version: i64, value: &Value) -> anyhow::Result<()> {
    let body = json!({ "value": value });
    let answer = backend.ask("PUT", path, u32::try_from(version).ok(), &body);
    let answer = answer.await?.context("the server answers")?;
    ensure!(answer.0 == 200, "PUT {path}: {answer:?}");
    Ok(())
}

/// Starts a counter and waits until orders come in at once.
async fn new_desk(
    business: &Business,
    name: &'static str,
    folder: PathBuf,
) -> anyhow::Result<Desk> {
    let (line, end) = Link::open().await?;
    line.connect(end, business.backend.address()?);
    let start = counter::Start {
        name: name.into(),
        server: format!("http://{}", line.address()),
        login: business.backend.staff.clone(),
    };
    let arguments = ["counter".into(), folder.clone().into_os_string()];
    let arguments = arguments
        .into_iter()
        .chain([serde_json::to_string(&start)?.into()]);
    let mut desk = Desk {
        name,
        id: CounterId(uuid::Uuid::nil()),
        program: Program::new(arguments, folder.with_extension("log")),
        line,
        is_away: AtomicBool::new(false),
    };
    desk.program.start(None).await?;
    let deadline = Instant::now() + CALM;
    loop {
        let shown = person::look(&desk).await?;
        if let Some(shown) = shown
            && shown.live
            && (shown.mine.len() == business.stations.len() || !business.desks.is_empty())
        {
            desk.id = shown.counter;
            return Ok(desk);
        }
        ensure!(Instant::now() < deadline, "{name} never came to work");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn keep_answering(business: &Business, is_over: &AtomicBool) -> anyhow::Result<()> {
    while !is_over.load(Ordering::SeqCst) {
        let shown = person::round(business).await?;
        let waiting = verdict::waiting(business, &shown).await;
        business.book().waiting = waiting;
        sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

/// Nothing goes wrong any more: what is open is printed or asked about, until nothing is open.
async fn come_to_rest(business: &Business, mut rng: StdRng) -> anyhow::Result<Vec<Option<Shown>>> {
    for printer in &business.printers {
        printer.heal().await;
    }
    business.lines().for_each(faults::mend);
    // Once it is on paper, whoever prints has read everything before it.
    orders::place(business, &mut rng).await?;
    let known = orders::known(business).await?;
    let deadline = Instant::now() + CALM;
    let mut still = 0;
    loop {
        let shown = person::round(business).await?;
        let is_calm = shown.iter().all(|shown| {
            shown.as_ref().is_some_and(|shown| {
                shown.live
                    && shown
                        .open
                        .iter()
                        .all(|open| open.ticket.state.needs_a_person())
            })
        });
        let missing = verdict::missing(business, &known, &shown).await;
        still = if is_calm && missing == 0 {
            still + 1
        } else {
            0
        };
        if still >= STILL || Instant::now() > deadline {
            return Ok(shown);
        }
        sleep(Duration::from_millis(500)).await;
    }
}
