//! Whatever a printer does, no thread, socket or file stays behind. In a program of its own, where nobody else opens any.
#![allow(missing_docs, clippy::expect_used)]
#![cfg(target_os = "linux")]

use std::time::Duration;

use api::{
    OrderId, Printer, PrinterId, TicketKind, TicketName,
    printer::{Learned, PrintPolicy, ProfileOverrides},
};
use printer_queue::{Content, NewJob, Options, PrintQueue};
use uuid::Uuid;
use virtual_printer::{Faults, VirtualPrinter};

fn entries(folder: &str) -> usize {
    std::fs::read_dir(folder).expect("Linux shows them").count()
}

fn printer_at(address: &str) -> Printer {
    Printer {
        id: PrinterId(Uuid::new_v4()),
        name: address.into(),
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
        policy: PrintPolicy {
            first_delay_ms: 5,
            ceiling_ms: 20,
            ..PrintPolicy::default()
        },
    }
}

/// A queue with a printer of every bad kind, in the middle of its tickets when it ends.
async fn a_bad_day(in_order: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let names = [
        "well",
        "refuses",
        "never reads",
        "resets",
        "garbage",
        "silent",
    ];
    let mut options = virtual_printer::Options::default();
    for name in names {
        options = options.with_printer(name);
    }
    let kitchen = VirtualPrinter::start(options).await.expect("printers");
    for name in names {
        let faults = Faults {
            refuse: name == "refuses",
            never_read: name == "never reads",
            reset_after_bytes: (name == "resets").then_some(20),
            garbage_answers: name == "garbage",
            no_confirmation: name == "silent",
            ..Faults::default()
        };
        kitchen
            .set_faults(name, faults)
            .await
            .expect("its switches");
    }
    let mut printers: Vec<Printer> = names
        .iter()
        .map(|name| printer_at(&kitchen.address(name).expect("its address").to_string()))
        .collect();
    printers.push(printer_at("no-such-printer.invalid:9100"));
    let mut options = Options::new(folder.path().join("jobs.sqlite"), Default::default());
    options.timings.grace = Duration::from_millis(50);
    options.timings.device.status = Duration::from_millis(50);
    let (queue, _) = PrintQueue::open(options).await.expect("a queue");
    queue.set_printers(printers.clone()).await;
    for printer in printers.iter().chain(&printers) {
        let order = OrderId(Uuid::new_v4());
        let new = NewJob {
            order: Some(order),
            revision: 1,
            revised_at: None,
            ticket: TicketName::whole(TicketKind::Kitchen),
            destination: Some(printer.id),
            copy: 0,
            content: Content::Markup("Order 42\n".into()),
            locale: "en-US".into(),
            drawer: false,
            urgent: false,
            ages_from: None,
        };
        queue.submit(order, 1, vec![new]).await.expect("a submit");
    }
    kitchen
        .wait_for("well", 2, Duration::from_secs(30))
        .await
        .expect("the others delay nobody");
    if in_order {
        queue.shutdown().await;
    } else {
        drop(queue);
        // What is dropped needs its grace, and then a moment.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    kitchen.shutdown().await;
}

fn run(in_order: bool) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(a_bad_day(in_order));
}

#[test]
fn after_a_bad_day_no_thread_and_no_socket_stays_behind() {
    // What is made once and kept, such as tables of fonts, is made here.
    run(true);
    let count = || (entries("/proc/self/task"), entries("/proc/self/fd"));
    let before = count();
    for in_order in [true, false] {
        run(in_order);
        // A thread that has ended may be listed for a moment.
        let mut after = count();
        for _ in 0..100 {
            if after <= before {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
            after = count();
        }
        assert_eq!(after, before, "ended in order: {in_order}");
    }
}
