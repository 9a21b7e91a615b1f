//! Orders beside paper.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use api::{JobState, OrderId};

use super::{
    BAR, Business, COUNTER, KITCHEN,
    counter::{Command, Reply, Shown},
    orders::{self, Known, Sale},
    papers::{self, Kind, Paper},
};
use crate::verdict::Verdict;

/// What became of an order at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The server has what it confirmed.
    Kept(Known),
    /// It was brought back from a copy, and has an earlier revision, or nobody knows which it confirmed last.
    SetBack,
    /// It was brought back from a copy, and does not have it.
    Gone,
}

/// How an order stands at a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The newest that has to be known there is on paper, or nothing has to.
    Told,
    /// A person is asked about it, or sees that it is held.
    Shown,
    /// Neither.
    Missing,
}

/// What is known of everything at one moment.
struct Now<'a> {
    business: &'a Business,
    papers: BTreeMap<String, Vec<Paper>>,
    /// Places of orders that a person sees.
    shown: BTreeSet<(String, String)>,
}

impl<'a> Now<'a> {
    async fn of(business: &'a Business, shown: &[Option<Shown>]) -> Now<'a> {
        let open = shown.iter().flatten().flat_map(|shown| &shown.open);
        let asked = open.filter(|open| open.ticket.state.needs_a_person());
        let places = asked.filter_map(|open| {
            let printer = business.name_of(open.ticket.destination?)?;
            Some((open.guest.clone(), printer.to_owned()))
        });
        Now {
            business,
            shown: places.collect(),
            papers: papers::look(&business.printers).await,
        }
    }

    fn papers(&self, sale: &Sale) -> &[Paper] {
        self.papers.get(&sale.guest).map_or(&[], Vec::as_slice)
    }

    /// How an order stands there.
    fn standing(&self, sale: &Sale, fate: Fate, printer: &str) -> Standing {
        let papers = self.papers(sale).iter();
        let mut whole = papers.filter(|paper| paper.whole && paper.from == printer);
        let is_told = match fate {
            Fate::Kept(known) if known.cancelled => {
                let (mut voids, mut others) = (0, 0);
                for paper in whole {
                    if paper.kind == Kind::Void {
                        voids += 1;
                    } else {
                        others += 1;
                    }
                }
                // What a customer holds is not taken back.
                voids > 0 || others == 0 || printer == COUNTER
            }
            // Each revision changes what the kitchen makes, and nothing at the bar.
            Fate::Kept(known) => whole.any(|paper| {
                paper.kind != Kind::Void && (printer != KITCHEN || paper.revision == known.revision)
            }),
            // Whether it was taken back before it came out, nobody can tell.
            Fate::SetBack | Fate::Gone => sale.taken_back || whole.next().is_some(),
        };
        if is_told {
            Standing::Told
        } else if self
            .shown
            .contains(&(sale.guest.clone(), printer.to_owned()))
        {
            Standing::Shown
        } else {
            Standing::Missing
        }
    }

    /// Tickets that came out more than once without a mark.
    fn doubled(&self, sale: &Sale, fate: Fate) -> Vec<String> {
        let mut blank: BTreeMap<(&str, Kind, u32), usize> = BTreeMap::new();
        for paper in self.papers(sale).iter().filter(|paper| !paper.marked) {
            // A server that was brought back gives a number of a revision away once more.
            let is_unsure =
                fate == Fate::SetBack && (paper.revision > 1 || paper.kind == Kind::Void);
            if !is_unsure {
                *blank
                    .entry((&paper.from, paper.kind, paper.revision))
                    .or_default() += 1;
            }
        }
        let twice = blank.into_iter().filter(|(_, count)| *count > 1);
        twice
            .map(|((from, kind, revision), count)| {
                format!("{kind:?} of revision {revision} at {from}, {count} times")
            })
            .collect()
    }
}

fn places(sale: &Sale) -> impl Iterator<Item = &'static str> {
    [COUNTER, KITCHEN]
        .into_iter()
        .chain(sale.drink.then_some(BAR))
}

fn fate(sale: &Sale, known: &BTreeMap<OrderId, Known>) -> Fate {
    match known.get(&sale.id) {
        None => Fate::Gone,
        Some(_) if sale.adrift => Fate::SetBack,
        Some(known) if known.revision < sale.revision => Fate::SetBack,
        Some(known) => Fate::Kept(*known),
    }
}

/// How many orders are on no paper at all while everything goes on.
pub async fn waiting(business: &Business, shown: &[Option<Shown>]) -> usize {
    let now = Now::of(business, shown).await;
    let book = business.book();
    let mut sales = book.sales.iter();
    let is_new = |sale: &&Sale| sale.restores == business.backend.restores();
    sales
        .by_ref()
        .filter(is_new)
        .filter(|sale| {
            !sale.cancelled && now.standing(sale, Fate::Gone, KITCHEN) == Standing::Missing
        })
        .count()
}

/// How many orders are missing somewhere.
pub async fn missing(
    business: &Business,
    known: &BTreeMap<OrderId, Known>,
    shown: &[Option<Shown>],
) -> usize {
    let now = Now::of(business, shown).await;
    let book = business.book();
    let is_missing = |sale: &&Sale| {
        let fate = fate(sale, known);
        let is_there = |printer| now.standing(sale, fate, printer) != Standing::Missing;
        matches!(fate, Fate::Kept(_)) && !places(sale).all(is_there)
    };
    book.sales.iter().filter(is_missing).count()
}

/// Compares. Everything must still run: it is asked about what went wrong.
pub async fn judge(business: &Business, shown: &[Option<Shown>]) -> anyhow::Result<Verdict> {
    let known = orders::known(business).await?;
    let now = Now::of(business, shown).await;
    let sales = business.book().sales.clone();
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut wrong: Vec<(Option<&Sale>, String)> = Vec::new();
    let mut asked = Vec::new();
    for sale in &sales {
        let fate = fate(sale, &known);
        let mut count = |what| *counts.entry(what).or_default() += 1;
        match fate {
            Fate::Kept(_) => {}
            Fate::SetBack => count(SET_BACK),
            Fate::Gone => count(GONE),
        }
        for what in now.doubled(sale, fate) {
            count(DOUBLED);
            wrong.push((Some(sale), format!("doubled in silence: {what}")));
        }
        for printer in places(sale) {
            match now.standing(sale, fate, printer) {
                Standing::Told => {}
                Standing::Shown => {
                    count(SHOWN);
                    asked.push((sale, printer));
                }
                // What it forgot comes to nobody who has not heard of it before.
                Standing::Missing if fate == Fate::Gone => {
                    match known_at(business, sale, printer).await? {
                        KnownAt::Nobody => count(UNHEARD),
                        KnownAt::AnotherCounter => count(AT_ANOTHER),
                        KnownAt::Taken => {
                            count(LOST);
                            wrong.push((Some(sale), format!("lost at {printer}, and gone")));
                        }
                    }
                }
                Standing::Missing => {
                    count(LOST);
                    wrong.push((Some(sale), format!("lost at {printer}")));
                }
            }
        }
    }
    for (desk, shown) in business.desks.iter().zip(shown) {
        let Some(shown) = shown else {
            wrong.push((None, format!("{} shows nothing", desk.name)));
            continue;
        };
        for broken in &shown.broken {
            wrong.push((None, format!("{}: {broken}", desk.name)));
        }
        if shown.cloned {
            wrong.push((None, format!("{} is called a copy", desk.name)));
        }
        for open in &shown.open {
            if !open.ticket.state.needs_a_person() {
                let what = format!("{}: not over: {:?}", desk.name, open.ticket);
                let mut all = sales.iter();
                wrong.push((all.find(|sale| sale.guest == open.guest), what));
            }
        }
    }
    let mut verdict = Verdict {
        faults: business.tally.counts(),
        rows: rows(business, &now, &counts),
        wrong: Vec::new(),
    };
    for (sale, printer) in asked.into_iter().take(EXAMPLES) {
        let mut what = format!("waits for a person at {printer}");
        describe(&now, sale, fate(sale, &known), &mut what).await?;
        println!("{what}");
    }
    for (sale, mut what) in wrong {
        if let Some(sale) = sale {
            describe(&now, sale, fate(sale, &known), &mut what).await?;
        }
        verdict.wrong.push(what);
    }
    Ok(verdict)
}

/// So many tickets that wait for a person are shown.
const EXAMPLES: usize = 3;

const SET_BACK: &str = "orders set back with the server";
const GONE: &str = "orders gone with the server's copy";
const UNHEARD: &str = "… their tickets, never heard of by a counter";
const AT_ANOTHER: &str = "… their tickets, heard of by another counter";
const SHOWN: &str = "tickets that wait for a person";
const LOST: &str = "LOST";
const DOUBLED: &str = "DOUBLED IN SILENCE";

fn rows(
    business: &Business,
    now: &Now<'_>,
    counts: &BTreeMap<&'static str, u64>,
) -> Vec<(&'static str, u64)> {
    let papers = || now.papers.values().flatten();
    let count = |what: fn(&Paper) -> bool| papers().filter(|paper| what(paper)).count() as u64;
    let book = business.book();
    let mut rows = vec![
        ("orders", book.sales.len() as u64),
        ("orders sent again, no answer came", book.repeated),
        ("orders whose sender cannot know", book.unsure),
        ("orders changed", book.revised),
        ("orders taken back", book.cancelled),
        ("papers", papers().count() as u64),
        (
            "… of them cut off in the middle",
            count(|paper| !paper.whole),
        ),
        (
            "papers marked as a possible duplicate",
            count(|paper| paper.marked),
        ),
        ("questions asked", book.questions),
        ("… answered \"Print again\"", book.again),
        ("failed without paper, printed again", book.failed),
        ("looks at tickets that are held", book.held),
    ];
    for what in [SET_BACK, GONE, UNHEARD, AT_ANOTHER, SHOWN, LOST, DOUBLED] {
        rows.push((what, counts.get(what).copied().unwrap_or_default()));
    }
    rows
}

/// Who knows of an order that the server does not know any more.
enum KnownAt {
    Nobody,
    /// One that was not to print it there, or that gave it away.
    AnotherCounter,
    /// One that was to print it.
    Taken,
}

async fn known_at(business: &Business, sale: &Sale, printer: &str) -> anyhow::Result<KnownAt> {
    let mut found = KnownAt::Nobody;
    for desk in &business.desks {
        let asked = desk.program.execute(&Command::Order(sale.id)).await?;
        let Some(Reply::Order(Some((tickets, _)))) = asked else {
            continue;
        };
        let is_taken = tickets.iter().any(|ticket| {
            ticket.destination == business.stations.get(printer).copied()
                && ticket.state != JobState::Cancelled
        });
        if is_taken {
            return Ok(KnownAt::Taken);
        }
        found = KnownAt::AnotherCounter;
    }
    Ok(found)
}

/// Everything that is known of an order.
async fn describe(now: &Now<'_>, sale: &Sale, fate: Fate, what: &mut String) -> anyhow::Result<()> {
    let _ = write!(what, "\n  {sale:?}, {fate:?}");
    for desk in &now.business.desks {
        let asked = desk.program.execute(&Command::Order(sale.id)).await?;
        if let Some(Reply::Order(Some((_, rows)))) = asked {
            for row in rows {
                let _ = write!(what, "\n    {}: {row}", desk.name);
            }
        }
    }
    for paper in now.papers(sale) {
        let _ = write!(
            what,
            "\n    paper at {} from {}: {:?} of revision {} (whole: {}, marked: {})",
            paper.at, paper.from, paper.kind, paper.revision, paper.whole, paper.marked
        );
        for row in paper.text.lines() {
            let _ = write!(what, "\n        | {row}");
        }
    }
    Ok(())
}
