//! The virtual printer as a program: flags in, one ready line out, then it runs until Ctrl-C or SIGTERM.

use anyhow::Context;
use clap::Parser;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;
use virtual_printer::{Faults, Flow, Options, SecondSender, Serial, VirtualPrinter};

/// Receipt printers without paper, to run and test against.
///
/// Each printer takes ESC/POS on its own TCP port or serial cable and answers like a real one. What it prints is kept, shown on a page
/// and written to a folder. When everything listens, one line of JSON on stdout says where:
/// {"ready":"virtual-printer","web":"http://127.0.0.1:PORT","escpos":{"Kitchen":"127.0.0.1:PORT"},"serial":{},"ipp":{}}
#[derive(Debug, Parser)]
#[command(version, after_help = after_help())]
struct Flags {
    /// A printer and where it listens; repeat for more. Port 0 takes a free one.
    #[arg(long, value_name = "NAME=ADDR", required_unless_present_any = ["serial", "ipp"], value_parser = named_address)]
    escpos: Vec<(String, SocketAddr)>,

    /// A printer on a serial cable, a pseudo-terminal that programs find at the link PATH; repeat for more.
    #[arg(long, value_name = "NAME=PATH", value_parser = named_path)]
    serial: Vec<(String, PathBuf)>,

    /// How a serial printer holds its sender back while its buffer is full: hardware (as if nothing is said), xonxoff or none.
    #[arg(long, value_name = "NAME=FLOW", value_parser = named_flow)]
    flow: Vec<(String, Flow)>,

    /// A printer that takes PWG raster, URF, PDF and JPEG by IPP and IPPS, at /ipp/print of its port; repeat for more.
    #[arg(long, value_name = "NAME=ADDR", value_parser = named_address)]
    ipp: Vec<(String, SocketAddr)>,

    /// Tell by DNS-SD that the printers are there, on UDP port 5353 or another one.
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "5353", require_equals = true)]
    dns_sd: Option<u16>,

    /// Folder for the certificates of printers with IPP; without it each start makes new ones.
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,

    /// Width of a printer's paper in millimetres: 80 (576 dots, as if nothing is said) or 58 (384 dots).
    #[arg(long, value_name = "NAME=MM", value_parser = named_paper)]
    paper: Vec<(String, u32)>,

    /// Where the page is served: the rolls as pictures, and buttons for what can go wrong.
    #[arg(long, value_name = "ADDR")]
    web: Option<SocketAddr>,

    /// Folder for the receipts: NAME-NUMBER.txt, .png and .bin (the bytes).
    #[arg(long, value_name = "DIR")]
    roll: Option<PathBuf>,

    /// Leave the pictures out of the folder: drawing takes milliseconds each.
    #[arg(long, requires = "roll")]
    no_pictures: bool,

    /// Folder with fonts (.ttf) to draw the pictures with; without it the system's fonts are used.
    #[arg(long, value_name = "DIR")]
    fonts: Option<PathBuf>,

    /// A fault of a printer from the start; repeat for more. The list is below; they can also be turned while it runs,
    /// on the page or by POST /api/printers/NAME/faults with {"FAULT": true}, a number, false or null.
    #[arg(long, value_name = "NAME=FAULT[:N]", value_parser = named_fault)]
    fault: Vec<(String, String)>,

    /// What the printers answer when they are asked for their maker.
    #[arg(long, value_name = "TEXT")]
    maker: Option<String>,

    /// For their model.
    #[arg(long, value_name = "TEXT")]
    model: Option<String>,

    /// For their firmware.
    #[arg(long, value_name = "TEXT")]
    firmware: Option<String>,

    /// A printer's serial number.
    #[arg(long, value_name = "NAME=TEXT", value_parser = named_text)]
    serial_number: Vec<(String, String)>,

    /// Turn away a second sender while one is served, instead of letting it wait.
    #[arg(long)]
    turn_away: bool,
}

impl Flags {
    /// A message for the first option that names an unknown printer.
    fn unknown_name(&self) -> Option<String> {
        let is_serial = |name: &str| self.serial.iter().any(|(of, _)| of == name);
        let is_known = |name: &str| {
            let mut on_ports = self.escpos.iter().chain(&self.ipp);
            is_serial(name) || on_ports.any(|(of, _)| of == name)
        };
        let papers = self.paper.iter().map(|(name, _)| ("paper", name));
        let faults = self.fault.iter().map(|(name, _)| ("fault", name));
        let numbers = self.serial_number.iter();
        let numbers = numbers.map(|(name, _)| ("serial-number", name));
        let mut named = papers.chain(faults).chain(numbers);
        if let Some((flag, name)) = named.find(|(_, name)| !is_known(name)) {
            return Some(format!(
                "--{flag} names {name:?}, but there is no --escpos {name}=ADDR, --ipp {name}=ADDR or --serial {name}=PATH"
            ));
        }
        let (name, _) = self.flow.iter().find(|(name, _)| !is_serial(name))?;
        Some(format!(
            "--flow names {name:?}, but there is no --serial {name}=PATH"
        ))
    }
}

fn named_address(value: &str) -> Result<(String, SocketAddr), String> {
    let (name, address) = named(value, "Kitchen=127.0.0.1:9100")?;
    let address = address
        .parse()
        .map_err(|_| format!("{address:?} is no address and port, such as 127.0.0.1:9100"))?;
    Ok((name, address))
}

const EXAMPLE: &str = "Example: virtual-printer --escpos Kitchen=127.0.0.1:9100 --escpos Bar=127.0.0.1:9101 \
--paper Bar=58 --fault Bar=near_end --web 127.0.0.1:8080 --roll ./roll\n\nRUST_LOG=debug shows more on stderr.";

fn after_help() -> String {
    let mut help = String::from("Faults:\n");
    for switch in virtual_printer::SWITCHES {
        help.push_str(&format!("  {:<32} {}\n", switch.written(), switch.says));
    }
    help + "\n" + EXAMPLE
}

fn named_fault(value: &str) -> Result<(String, String), String> {
    let (name, fault) = named_text(value)?;
    match Faults::default().with(&fault) {
        Ok(_) => Ok((name, fault)),
        Err(bad) => Err(bad.to_string()),
    }
}

fn named_text(value: &str) -> Result<(String, String), String> {
    let (name, text) = named(value, "Kitchen=near_end")?;
    Ok((name, text.to_owned()))
}

fn named_path(value: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = named(value, "Bar=./bar-printer")?;
    Ok((name, path.into()))
}

fn named_flow(value: &str) -> Result<(String, Flow), String> {
    let (name, flow) = named(value, "Bar=xonxoff")?;
    match flow {
        "hardware" => Ok((name, Flow::Hardware)),
        "xonxoff" => Ok((name, Flow::XonXoff)),
        "none" => Ok((name, Flow::None)),
        other => Err(format!(
            "{other:?} is no flow control: hardware, xonxoff or none"
        )),
    }
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
    if let Some(message) = flags.unknown_name() {
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
    let dots = |name: &str| last(&flags.paper, name).unwrap_or(576);
    let with_paper = |printers: &[(String, SocketAddr)]| {
        let printers = printers.iter();
        printers
            .map(|(name, address)| (name.clone(), *address, dots(name)))
            .collect()
    };
    let serial = flags.serial.iter().map(|(name, link)| Serial {
        name: name.clone(),
        link: link.clone(),
        flow: last(&flags.flow, name).unwrap_or_default(),
        dots: dots(name),
    });
    let serial = serial.collect();
    let mut faults: Vec<(String, Faults)> = Vec::new();
    for (name, fault) in &flags.fault {
        let before = faults.iter().position(|(of, _)| of == name);
        let before = before.map_or_else(Faults::default, |place| faults.swap_remove(place).1);
        faults.push((name.clone(), before.with(fault)?));
    }
    let usual = Options::default();
    let shutdown = shutdown_signal().context("signals cannot be heard")?;
    let printer = VirtualPrinter::start(Options {
        printers: with_paper(&flags.escpos),
        serial,
        ipp: with_paper(&flags.ipp),
        certificates: flags.certificates.clone(),
        dns_sd: flags.dns_sd,
        web: flags.web,
        roll: flags.roll,
        pictures: !flags.no_pictures,
        fonts: templates::Fonts::in_folder(flags.fonts),
        second_sender: if flags.turn_away {
            SecondSender::TurnedAway
        } else {
            SecondSender::Waits
        },
        faults,
        firmware: flags.firmware.unwrap_or(usual.firmware),
        maker: flags.maker.unwrap_or(usual.maker),
        model: flags.model.unwrap_or(usual.model),
        serial_numbers: flags.serial_number,
        ..Options::default()
    })
    .await?;
    let mut ready = serde_json::json!({
        "ready": "virtual-printer", "web": printer.web_url(), "escpos": {}, "serial": {}, "ipp": {},
    });
    for name in printer.names() {
        let (kind, place) = match (printer.ipp_uri(&name)?, printer.serial(&name)?) {
            (Some(uri), _) => ("ipp", uri),
            (None, Some(link)) => ("serial", link.display().to_string()),
            (None, None) => ("escpos", printer.address(&name)?.to_string()),
        };
        ready[kind][&name] = place.into();
    }
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{ready}")
        .and_then(|()| stdout.flush())
        .context("the ready line could not be written")?;
    shutdown.await;
    tracing::info!("ending");
    printer.shutdown().await;
    Ok(())
}

/// The last value given for this name.
fn last<T: Copy>(named: &[(String, T)], name: &str) -> Option<T> {
    let found = named.iter().rev().find(|(of, _)| of == name);
    found.map(|(_, value)| *value)
}

/// Completes at Ctrl-C or SIGTERM; the handlers are installed by the call.
#[cfg(unix)]
fn shutdown_signal() -> std::io::Result<impl Future<Output = ()>> {
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

/// Completes at Ctrl-C; the handler is installed by the call.
#[cfg(not(unix))]
fn shutdown_signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(windows)]
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        #[cfg(windows)]
        interrupt.recv().await;
        #[cfg(not(windows))]
        std::future::pending::<()>().await;
    })
}
