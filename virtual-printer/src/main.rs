//! The virtual printer as a program: flags in, one ready line out, then it runs until Ctrl-C or SIGTERM.

use anyhow::Context;
use clap::Parser;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;
use virtual_printer::{Options, SecondSender, VirtualPrinter};

/// Receipt printers without paper, to run and test against.
///
/// Each printer takes ESC/POS on its own TCP port and answers like a real one. What it prints is kept, shown on a page
/// and written to a folder. When everything listens, one line of JSON on stdout says where:
/// {"ready":"virtual-printer","web":"http://127.0.0.1:PORT","escpos":{"Kitchen":"127.0.0.1:PORT"}}
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Example: virtual-printer --escpos Kitchen=127.0.0.1:9100 --escpos Bar=127.0.0.1:9101 \
--paper Bar=58 --web 127.0.0.1:8080 --roll ./roll\n\nRUST_LOG=debug shows more on stderr."
)]
struct Flags {
    /// A printer and where it listens; repeat for more. Port 0 takes a free one.
    #[arg(long, value_name = "NAME=ADDR", required = true, value_parser = named_address)]
    escpos: Vec<(String, SocketAddr)>,

    /// Width of a printer's paper in millimetres: 80 (576 dots, as if nothing is said) or 58 (384 dots).
    #[arg(long, value_name = "NAME=MM", value_parser = named_paper)]
    paper: Vec<(String, u32)>,

    /// Where the page is served: the rolls as pictures, and buttons for what can go wrong.
    #[arg(long, value_name = "ADDR")]
    web: Option<SocketAddr>,

    /// Folder for the receipts: NAME-NUMBER.txt, .png and .bin (the bytes).
    #[arg(long, value_name = "DIR")]
    roll: Option<PathBuf>,

    /// Folder with fonts (.ttf) to draw the pictures with; without it the system's fonts are used.
    #[arg(long, value_name = "DIR")]
    fonts: Option<PathBuf>,

    /// Turn away a second sender while one is served, instead of letting it wait.
    #[arg(long)]
    turn_away: bool,
}

fn named_address(value: &str) -> Result<(String, SocketAddr), String> {
    let (name, address) = named(value, "Kitchen=127.0.0.1:9100")?;
    let address = address
        .parse()
        .map_err(|_| format!("{address:?} is no address and port, such as 127.0.0.1:9100"))?;
    Ok((name, address))
}

fn named_paper(value: &str) -> Result<(String, u32), String> {
    let (name, width) = named(value, "Kitchen=58")?;
    match width {
        "80" => Ok((name, 576)),
        "58" => Ok((name, 384)),
        other => Err(format!("{other:?} is no width of paper: 80 or 58")),
    }
}

fn named<'a>(value: &'a str, example: &str) -> Result<(String, &'a str), String> {
    match value.split_once('=') {
        Some((name, rest)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), rest.trim())),
        _ => Err(format!(
            "a name, an equals sign and a value are needed, such as {example}"
        )),
    }
}

fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let names: Vec<&str> = flags.escpos.iter().map(|(name, _)| name.as_str()).collect();
    if let Some((name, _)) = flags
        .paper
        .iter()
        .find(|(name, _)| !names.contains(&name.as_str()))
    {
        let message = format!("--paper names {name:?}, but there is no --escpos {name}=ADDR");
        <Flags as clap::CommandFactory>::command()
            .error(clap::error::ErrorKind::ValueValidation, message)
            .exit();
    }
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    tokio::runtime::Runtime::new()
        .context("the runtime did not start")?
        .block_on(run(flags))
}

async fn run(flags: Flags) -> anyhow::Result<()> {
    let dots = |name: &str| {
        flags
            .paper
            .iter()
            .rev()
            .find(|(of, _)| of == name)
            .map_or(576, |(_, dots)| *dots)
    };
    let printers = flags
        .escpos
        .iter()
        .map(|(name, address)| (name.clone(), *address, dots(name)))
        .collect();
    let ended = ended().context("signals cannot be heard")?;
    let printer = VirtualPrinter::start(Options {
        printers,
        web: flags.web,
        roll: flags.roll,
        fonts: templates::Fonts::in_folder(flags.fonts),
        second_sender: if flags.turn_away {
            SecondSender::TurnedAway
        } else {
            SecondSender::Waits
        },
        ..Options::default()
    })
    .await?;
    let mut escpos = serde_json::Map::new();
    for name in printer.names() {
        let address = printer.address(&name)?.to_string();
        escpos.insert(name, address.into());
    }
    let ready = serde_json::json!({ "ready": "virtual-printer", "web": printer.web_url(), "escpos": escpos });
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{ready}")
        .and_then(|()| stdout.flush())
        .context("the ready line could not be written")?;
    ended.await;
    tracing::info!("ending");
    printer.shutdown().await;
    Ok(())
}

/// Completes at Ctrl-C or SIGTERM; both are heard from the call on.
#[cfg(unix)]
fn ended() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes at Ctrl-C, which is heard from the call on.
#[cfg(not(unix))]
fn ended() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(windows)]
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        #[cfg(windows)]
        interrupt.recv().await;
        #[cfg(not(windows))]
        std::future::pending::<()>().await;
    })
}
