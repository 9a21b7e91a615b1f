//! `panbot printers`: what printers there are.

use std::{io::Write, process::ExitCode, time::Duration};

use ::printers::discovery::{self, Found, FoundBy, Net, Search, Speaks};
use client::Interfaces;
use tokio::sync::watch;

/// What printers there are.
#[derive(clap::Subcommand)]
pub enum Printers {
    /// Looks for printers on the network, plugged into this PC and in its queues, one line each: address, model, name, how it
    /// was found and where else it is reached.
    ///
    /// Nothing is sent to port 9100 of anything; with --scan it is seen who listens there, and still not one byte is sent.
    /// What is found is told on standard output, what could not be asked on standard error.
    Find(Find),
}

/// Looks for printers.
#[derive(clap::Args)]
pub struct Find {
    /// Also knocks at port 9100 of each address of this network, 256 at the most, such as 192.168.1.0/24. May be repeated.
    #[arg(long, value_name = "CIDR")]
    scan: Vec<Net>,
    /// Seconds to wait for answers.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Through which networks of this PC: all, loopback or none.
    #[arg(long, env = "PANBOT_FIND", default_value = "all")]
    networks: Interfaces,
}

impl Printers {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Printers::Find(find) = self;
        let search = Search {
            interfaces: find.networks,
            time: Duration::from_secs(find.seconds),
            scan: find.scan,
            ..Search::default()
        };
        let (tell, shown) = watch::channel(Vec::new());
        let runtime = tokio::runtime::Runtime::new()?;
        // What could not be asked is logged there.
        runtime.block_on(discovery::discover(&search, &tell));
        let found = shown.borrow().clone();
        let mut out = std::io::stdout().lock();
        for found in &found {
            writeln!(out, "{}", line(found))?;
        }
        if found.is_empty() {
            tracing::warn!(
                "no printer was found; --scan 192.168.1.0/24 also finds those that do not announce themselves"
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn line(found: &Found) -> String {
    let model = [found.maker.as_deref(), found.model.as_deref()];
    let model: Vec<&str> = model.into_iter().flatten().collect();
    let by = match found.by {
        FoundBy::DnsSd => "announces itself",
        FoundBy::Epson => "answered Epson's question",
        FoundBy::Star => "answered Star's question",
        FoundBy::Usb => "plugged in",
        FoundBy::Serial => "a serial port",
        FoundBy::Queue => "a queue of this PC",
        FoundBy::Scan => "listens on port 9100",
    };
    let language = match found.speaks {
        Speaks::StarOnly => "; set it to ESC/POS first",
        Speaks::Escpos | Speaks::Ipp | Speaks::Unknown => "",
    };
    let name = found.name.as_deref().unwrap_or("-");
    let model = if model.is_empty() {
        "-".to_owned()
    } else {
        model.join(" ")
    };
    let others = found.others.iter().map(|other| format!("; also {other}"));
    let others: String = others.collect();
    format!("{}\t{model}\t{name}\t{by}{others}{language}", found.address)
}
