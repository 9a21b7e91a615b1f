//! What the queue costs beside what the same machine needs at least for the same steps, measured in turns in one run:
//! read the ratios, machines differ.
//!
//! - from `submit` to the first byte of the ticket at the printer, beside its floor: two synced commits by SQLite (the
//!   ticket, the intent), a connection, four questions and answers, a write;
//! - a thousand receipts to eight virtual printers;
//! - `submit` and start with the full history, beside an empty queue;
//! - fifty idle printers, in a process of their own.
#![allow(missing_docs, missing_debug_implementations, clippy::expect_used)]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

#[path = "queue/floor.rs"]
mod floor;
#[path = "queue/history.rs"]
mod history;
#[path = "queue/idle.rs"]
mod idle;
#[path = "queue/many.rs"]
mod many;
#[path = "queue/shop.rs"]
mod shop;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` only wants to know that it starts.
    if arguments
        .iter()
        .any(|word| word == "--test" || word == "--list")
    {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    if let [word, folder, address] = arguments.as_slice()
        && word == "idle"
    {
        runtime.block_on(idle::counter(folder.as_ref(), address));
        return;
    }
    let wanted = |name: &str| {
        let mut names = arguments
            .iter()
            .filter(|word| !word.starts_with('-'))
            .peekable();
        names.peek().is_none() || names.any(|word| word == name)
    };
    println!("{:<52} {:>12} {:>12}", "the print queue", "p50", "p99");
    if wanted("floor") {
        runtime.block_on(floor::measure());
    }
    if wanted("many") {
        runtime.block_on(many::measure());
    }
    if wanted("history") {
        runtime.block_on(history::measure());
    }
    if wanted("idle") {
        runtime.block_on(idle::measure());
    }
}
