//! A counter with a queue, a ticket as restaurants print it, and how figures are said.

use std::{path::Path, time::Duration};

use api::{
    OrderId, Printer, PrinterId, TicketKind, TicketName,
    printer::{Learned, PrintPolicy, ProfileOverrides},
};
use printer_queue::{Content, NewJob, Options, PrintQueue, QueueError, Submitted};
use uuid::Uuid;

pub async fn open(folder: &Path) -> PrintQueue {
    let options = Options::new(folder.join("jobs.sqlite"), templates::Supplies::default());
    PrintQueue::open(options).await.expect("a queue").0
}

/// A printer at this address that is known to confirm.
pub fn printer_at(address: impl std::fmt::Display) -> Printer {
    Printer {
        id: PrinterId(Uuid::new_v4()),
        name: "Kitchen".into(),
        enabled: true,
        owner: None,
        address: Some(format!("tcp://{address}").parse().expect("an address")),
        profile_id: "generic-80".into(),
        overrides: ProfileOverrides::default(),
        learned: Learned {
            status: Some(true),
            confirm: Some(true),
            ..Learned::default()
        },
        backups: Vec::new(),
        policy: PrintPolicy::default(),
    }
}

pub fn receipt(number: usize) -> String {
    let dishes: String = (1..=16)
        .map(|dish| format!("{dish} x Dish of the day | {dish}2.50\n"))
        .collect();
    format!("^^^Order {number}.\nTable 4\n-\n{dishes}-\nTotal | 132.50\nThank you!\n")
}

pub async fn submit(
    queue: &PrintQueue,
    printer: PrinterId,
    text: String,
) -> Result<Submitted, QueueError> {
    let order = OrderId(Uuid::now_v7());
    let job = NewJob {
        order: Some(order),
        revision: 1,
        revised_at: None,
        ticket: TicketName::whole(TicketKind::Receipt),
        destination: Some(printer),
        copy: 0,
        content: Content::Markup(text),
        locale: "en-US".into(),
        drawer: false,
        urgent: false,
        ages_from: None,
    };
    queue.submit(order, 1, vec![job]).await
}

pub fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

pub fn line(what: &str, times: &[Duration]) {
    let ms = |percent| percentile(times, percent).as_secs_f64() * 1000.0;
    println!("{what:<52} {:>9.2} ms {:>9.2} ms", ms(50), ms(99));
}

pub fn ratio(what: &str, above: &[Duration], below: &[Duration]) {
    let of = |percent| {
        percentile(above, percent).as_secs_f64() / percentile(below, percent).as_secs_f64()
    };
    println!("{what:<52} {:>12.2} {:>12.2}", of(50), of(99));
}
