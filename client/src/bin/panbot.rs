//! `panbot`: the counter without a window, and its paper from a command line. What was asked for goes to standard
//! output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 wrong use.

#[path = "panbot/counter.rs"]
mod counter;
#[path = "panbot/files.rs"]
mod files;
#[path = "panbot/paper.rs"]
mod paper;
#[path = "panbot/printers.rs"]
mod printers;
#[path = "panbot/read.rs"]
mod read;
#[path = "panbot/ticket.rs"]
mod ticket;
#[path = "panbot/words.rs"]
mod words;

use std::{io::IsTerminal, process::ExitCode};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Prints a restaurant's orders, without a window.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong use. What is logged can be set by RUST_LOG."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a counter: takes orders from a server and prints them, until Ctrl-C.
    ///
    /// The login is kept in the folder of its files, for its own user alone. The password is read by --password-stdin or
    /// from PANBOT_PASSWORD, and used when there is no login or it has ended. Each change of a ticket's state is one line on standard error. Tickets that were left over print
    /// at once, also before the server answers.
    Counter(counter::Counter),
    /// Shows what a ticket looks like: as markup, text, a picture, PDF, or bytes for a printer.
    Render(paper::Render),
    /// Prints a ticket on a printer, past every queue, and says what became of it.
    Print(paper::Print),
    /// Looks for printers.
    #[command(subcommand)]
    Printers(printers::Printers),
    /// Shows what bytes for a printer say: as commands, text or a picture of the paper.
    ///
    /// Ends with 1 when anything was not understood: an unknown command, one that is broken off, a character that the code
    /// page does not have.
    Read(read::Read),
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    client::install_crypto();
    let done = match command {
        Command::Counter(counter) => counter.run(),
        Command::Render(render) => render.run(),
        Command::Print(print) => print.run(),
        Command::Printers(printers) => printers.run(),
        Command::Read(read) => read.run(),
    };
    done.unwrap_or_else(|error| {
        tracing::error!("{error:#}");
        if error.is::<files::WrongUse>() {
            ExitCode::from(2)
        } else {
            ExitCode::FAILURE
        }
    })
}
