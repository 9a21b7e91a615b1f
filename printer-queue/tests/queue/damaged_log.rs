//! `jobs.sqlite-wal`, damaged at random places after the program was killed.

use std::{collections::BTreeSet, path::Path};

use api::{JobId, JobState};
use printer_queue::{Options, PrintQueue};
use sqlx::{Connection, Row, sqlite::SqliteConnection};
use virtual_printer::Faults;

use crate::setup::*;

const EACH: usize = 36;

/// The files as a kill leaves them, and the tickets that are on paper or may be.
struct Killed {
    file: Vec<u8>,
    log: Vec<u8>,
    index: Vec<u8>,
    begun: BTreeSet<JobId>,
}

impl Killed {
    fn new(shop: &Path, begun: &[JobId]) -> Killed {
        let read = |name: &str| std::fs::read(shop.join(name)).expect("what a kill leaves");
        Killed {
            file: read("jobs.sqlite"),
            log: read("jobs.sqlite-wal"),
            index: read("jobs.sqlite-shm"),
            begun: begun.iter().copied().collect(),
        }
    }
}

/// The same numbers each time (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % end as u64).expect("a place")
    }
}

const FRAME: usize = 4_096 + 24;

/// How long the log is without what is left behind it of the one before.
fn live(log: &[u8]) -> usize {
    let frames = log[32..].chunks_exact(FRAME);
    32 + FRAME
        * frames
            .take_while(|frame| frame[8..16] == log[16..24])
            .count()
}

/// What is left of the log, and whether the index is. Without the index a log that was cut off is one of a program that
/// was killed earlier: nothing in the files tells them apart, so those two are not tried together.
fn damage(whole: &[u8], numbers: &mut Numbers) -> (String, Option<Vec<u8>>, bool) {
    let mut damaged = whole.to_vec();
    let log = &whole[..live(whole)];
    // Half of them in the last few frames, where a write is cut off as well.
    let near = if numbers.below(2) == 0 {
        log.len()
    } else {
        log.len().min(3 * FRAME)
    };
    let place = log.len() - near + numbers.below(near);
    let index = numbers.below(2) == 0;
    match numbers.below(8) {
        0..=2 => {
            damaged[place] ^= 1 << numbers.below(8);
            (format!("a bit at {place}"), Some(damaged), index)
        }
        3 => {
            // In the header of a frame.
            let place = 32 + (place.max(32) - 32) / FRAME * FRAME + numbers.below(24);
            damaged[place] ^= 0xff;
            (format!("a byte at {place}"), Some(damaged), index)
        }
        4 | 5 => {
            let end = (place + 1 + numbers.below(20_000)).min(log.len());
            damaged[place..end].fill(0);
            (format!("zeroes at {place}..{end}"), Some(damaged), index)
        }
        6 => {
            damaged.truncate(place);
            (format!("cut off at {place}"), Some(damaged), true)
        }
        _ if numbers.below(4) == 0 => ("missing".into(), None, true),
        _ => {
            // Between two frames.
            let place = 32 + place.saturating_sub(32) / FRAME * FRAME;
            damaged.truncate(place);
            (format!("cut off at frame {place}"), Some(damaged), true)
        }
    }
}

/// Opens a copy. Says whether the damage was told, and which tickets that are on paper would print again without a mark.
async fn open_copy(killed: &Killed, log: Option<&[u8]>, index: bool) -> (bool, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("jobs.sqlite");
    let write = |tail: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(format!("jobs.sqlite{tail}")), bytes).expect("a copy");
    };
    write("", &killed.file);
    if let Some(log) = log {
        write("-wal", log);
    }
    if index {
        write("-shm", &killed.index);
    }
    let options = Options {
        timings: timings(),
        ..Options::new(path.clone(), Default::default())
    };
    let (queue, opened) = PrintQueue::open(options).await.expect("it opens");
    queue.shutdown().await;
    let told = opened.set_aside.is_some();
    if let Some(aside) = opened.set_aside {
        assert!(aside.exists(), "{}", aside.display());
    }
    let mut file = SqliteConnection::connect_with(&sqlite::options(&path))
        .await
        .expect("the file");
    // Whoever is told submits nothing that is missing.
    let mut missing = killed.begun.clone();
    let mut doubles = Vec::new();
    let rows = sqlx::query("SELECT id, state, place, heading FROM jobs NOT INDEXED")
        .fetch_all(&mut file)
        .await
        .expect("the tickets");
    for row in rows {
        let (id, state): (String, String) = (row.get(0), row.get(1));
        let (place, heading): (String, String) = (row.get(2), row.get(3));
        let id = id.parse().expect("an id");
        let begun = missing.remove(&id);
        // What a start found at the printer a person is asked about.
        let safe = place == "over" || state.contains("unconfirmed") || place == "printer";
        if begun && !safe && heading != "maybe_duplicate" {
            doubles.push(format!("{id} {state} {heading}"));
        }
    }
    if !told {
        doubles.extend(missing.iter().map(|id| format!("{id} is missing")));
    }
    file.close().await.expect("to close");
    (told, doubles)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_damage_to_the_log_of_a_killed_program_prints_a_ticket_twice_in_silence() {
    let (kitchen, mute) = (kitchen().await, kitchen().await);
    faults(&mute, |faults| {
        *faults = Faults {
            no_confirmation: true,
            ..Faults::default()
        }
    })
    .await;
    let (well, silent) = (settings_of(&kitchen), settings_of(&mute));
    let counter = Counter::new().await;
    let shop = counter.folder.path().join("shop");
    counter
        .queue
        .set_printers(vec![well.clone(), silent.clone()])
        .await;
    let begins = counter.submit_one(ticket(Some(silent.id), "Begun.")).await;
    counter.until_state(begins, JobState::Printing).await;
    for number in 0..3 {
        let text = format!("Waits {number}.");
        counter.submit_one(ticket(Some(silent.id), &text)).await;
    }
    let mut begun = vec![begins];
    let print = async |begun: &mut Vec<JobId>| {
        for number in 0..6 {
            let text = format!("Printed {number}.");
            let job = counter.submit_one(ticket(Some(well.id), &text)).await;
            counter.until_state(job, JobState::Printed).await;
            begun.push(job);
        }
    };
    print(&mut begun).await;
    let young = Killed::new(&shop, &begun);
    // Until the log is in the file and the next commit begins it anew.
    let long = "A long line of a ticket. ".repeat(1_000);
    let full = loop {
        let before = std::fs::metadata(shop.join("jobs.sqlite-wal"));
        counter.submit(vec![ticket(None, &long)]).await;
        let killed = Killed::new(&shop, &begun);
        assert!(killed.log.len() as u64 >= before.expect("the log").len());
        if killed.log.len() > 1_000 * FRAME {
            break killed;
        }
    };
    print(&mut begun).await;
    let anew = Killed::new(&shop, &begun);
    assert!(
        live(&anew.log) < anew.log.len(),
        "an older log stands behind"
    );
    counter.queue.shutdown().await;

    let seed = std::env::var("PANBOT_TEST_SEED").map_or(42, |seed| seed.parse().expect("a seed"));
    println!("PANBOT_TEST_SEED={seed}");
    let mut numbers = Numbers(seed);
    let mut wrong = Vec::new();
    for (name, killed) in [("young", young), ("full", full), ("anew", anew)] {
        for index in [true, false] {
            let whole = open_copy(&killed, Some(&killed.log), index).await;
            assert_eq!(whole, (false, Vec::new()), "{name}, whole");
        }
        for _ in 0..EACH {
            let (what, log, index) = damage(&killed.log, &mut numbers);
            if log.as_ref() == Some(&killed.log) {
                continue;
            }
            // All of a full log is in the file.
            let matters = log.is_some() || name != "full";
            let (told, doubles) = open_copy(&killed, log.as_deref(), index).await;
            if !doubles.is_empty() || matters && !told && log.is_none_or(|log| !log.is_empty()) {
                wrong.push(format!(
                    "{name}, {what}, index {index}: told {told}, {doubles:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
}
