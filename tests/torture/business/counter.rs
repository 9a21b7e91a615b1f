//! A counter's process: the real client without a window. Its secrets lie in its folder, it signs in whenever it is not,
//! and it tells its parent what a window would show.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use api::{CounterId, JobId, OrderId, PrinterId, TicketChanged, session::Login};
use client::{
    Client, Options,
    host::{Host, Ring, SecretError},
    view::{CounterView, LinkView, Notice, OrderView, PrinterView, Update},
};
use serde::{Deserialize, Serialize};

use super::server::LEASES;
use crate::program;

/// How it is started.
#[derive(Debug, Serialize, Deserialize)]
pub struct Start {
    pub name: String,
    pub server: String,
    pub login: Login,
}

/// What it is to do.
#[derive(Debug, Serialize, Deserialize)]
pub enum Command {
    Look,
    ItPrinted(JobId),
    PrintAgain(JobId),
    Choose(JobId, PrinterId),
    Cancel(JobId),
    TakePrinters,
    /// What it knows of an order.
    Order(OrderId),
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    Done,
    Shown(Box<Shown>),
    /// Its tickets here, and all that is known of it in words; nothing of an order that was not heard of.
    Order(Option<(Vec<TicketChanged>, Vec<String>)>),
    Error(String),
}

/// What a window would show.
#[derive(Debug, Serialize, Deserialize)]
pub struct Shown {
    pub counter: CounterId,
    /// Orders come in at once.
    pub live: bool,
    /// It is called a copy of another one.
    pub cloned: bool,
    /// On which it prints.
    pub mine: Vec<PrinterId>,
    pub notices: Vec<String>,
    /// Parts of it that failed, and what of its files is damaged.
    pub broken: BTreeSet<String>,
    /// Tickets that are not over, or that a person is asked about.
    pub open: Vec<OpenTicket>,
}

/// A ticket that is not over.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenTicket {
    /// As the order says.
    pub guest: String,
    pub ticket: TicketChanged,
}

/// Runs it until stdin is closed.
pub async fn serve(folder: &Path, start: &str) -> anyhow::Result<()> {
    let start: Start = serde_json::from_str(start)?;
    let ms = Duration::from_millis;
    let options = Options {
        data_dir: folder.to_owned(),
        counter_name: start.name.clone(),
        debounce: ms(400),
        poll: ms(1_000),
        backoff: (ms(50), ms(500)),
        queue_timings: journeys::timings(),
        search: journeys::nowhere(),
        lease_renewal: ms(LEASES.renewal_ms),
        ..Options::default()
    };
    let desk = Arc::new(Desk {
        folder: folder.to_owned(),
        seen: Mutex::new(Seen {
            stale: true,
            ..Seen::default()
        }),
    });
    let client = Client::start(options, desk.clone()).await?;
    let signing_in = tokio::spawn({
        let client = client.clone();
        async move { stay_signed_in(&client, &start).await }
    });
    program::serve("", |command| {
        let (client, desk) = (client.clone(), desk.clone());
        async move {
            execute(&client, &desk, command)
                .await
                .unwrap_or_else(|error| Reply::Error(error.to_string()))
        }
    })
    .await?;
    signing_in.abort();
    client.shutdown().await;
    Ok(())
}

async fn stay_signed_in(client: &Client, start: &Start) {
    loop {
        let Login {
            email, password, ..
        } = &start.login;
        if !client.is_signed_in(&start.server, email)
            && let Err(problem) = client.login(&start.server, email, password).await
        {
            tracing::warn!(%problem, "not signed in yet");
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

async fn execute(client: &Client, desk: &Desk, command: Command) -> Result<Reply, api::Problem> {
    match command {
        Command::Look => {
            // What changes from now on is told besides.
            if std::mem::take(&mut desk.seen().stale) {
                let all = client.snapshot().await?;
                let mut seen = desk.seen();
                seen.counter(all.counter);
                seen.printers(&all.printers);
                all.orders.into_iter().for_each(|order| seen.order(order));
            }
            Ok(Reply::Shown(Box::new(desk.seen().shown())))
        }
        Command::ItPrinted(job) => client.it_printed(job).await.map(|()| Reply::Done),
        Command::PrintAgain(job) => client.print_again(job).await.map(|()| Reply::Done),
        Command::Choose(job, printer) => {
            let chosen = client.choose_printer(job, printer).await;
            chosen.map(|()| Reply::Done)
        }
        Command::Cancel(job) => client.cancel_job(job).await.map(|()| Reply::Done),
        Command::TakePrinters => client.print_here().await.map(|()| Reply::Done),
        Command::Order(id) => {
            let all = client.snapshot().await?;
            let Some(order) = all.orders.into_iter().find(|order| order.id == id) else {
                return Ok(Reply::Order(None));
            };
            let revision = order.order.as_ref().map(|order| order.revision);
            let mut rows = vec![format!("revision {revision:?}, {:?}", order.handling)];
            for ticket in &order.tickets {
                rows.push(format!(
                    "{} of revision {} for {:?}: {:?}, job {}",
                    ticket.ticket, ticket.revision, ticket.destination, ticket.state, ticket.job
                ));
                for step in client.ticket_history(ticket.job).await? {
                    rows.push(format!("  {} {:?}: {}", step.at, step.state, step.cause));
                }
            }
            for other in &order.elsewhere {
                rows.push(format!(
                    "of {:?}: {} of revision {} for {:?}: {:?} at {}, marked {}, released {}",
                    other.counter_name,
                    other.ticket,
                    other.revision,
                    other.printer_name,
                    other.state,
                    other.at,
                    other.marked,
                    other.released
                ));
            }
            Ok(Reply::Order(Some((order.tickets, rows))))
        }
    }
}

/// A host with files in place of a keyring, and somebody who remembers in place of a window.
struct Desk {
    folder: PathBuf,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Everything has to be asked for anew.
    stale: bool,
    counter: Option<CounterView>,
    mine: Vec<PrinterId>,
    broken: BTreeSet<String>,
    open: BTreeMap<OrderId, Vec<OpenTicket>>,
}

impl Desk {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn secret(&self, name: &str) -> PathBuf {
        self.folder.join(format!("secret-{name}"))
    }
}

impl Seen {
    fn counter(&mut self, counter: CounterView) {
        for notice in &counter.notices {
            if let Notice::FileSetAside { .. }
            | Notice::CounterRecovered { .. }
            | Notice::RowsSkipped { .. }
            | Notice::TaskFailed { .. }
            | Notice::Storage { .. } = notice
            {
                self.broken.insert(format!("{notice:?}"));
            }
        }
        self.counter = Some(counter);
    }

    fn printers(&mut self, printers: &[PrinterView]) {
        let mine = printers.iter().filter(|printer| printer.mine);
        self.mine = mine.map(|printer| printer.printer.id).collect();
    }

    fn order(&mut self, order: OrderView) {
        let guest = order.order.and_then(|order| order.customer.name);
        let guest = guest.unwrap_or_default();
        let open = order
            .tickets
            .into_iter()
            .filter(|ticket| !ticket.state.is_over() || ticket.state.needs_a_person());
        let open: Vec<OpenTicket> = open
            .map(|ticket| OpenTicket {
                guest: guest.clone(),
                ticket,
            })
            .collect();
        if open.is_empty() {
            self.open.remove(&order.id);
        } else {
            self.open.insert(order.id, open);
        }
    }

    fn shown(&self) -> Shown {
        let counter = self.counter.as_ref();
        let notices = counter.map(|counter| counter.notices.as_slice());
        let notices = notices.unwrap_or_default();
        Shown {
            counter: counter.map_or(CounterId(uuid::Uuid::nil()), |counter| counter.id),
            live: counter.is_some_and(|counter| counter.link == LinkView::Live),
            cloned: notices.contains(&Notice::CounterCloned),
            mine: self.mine.clone(),
            notices: notices.iter().map(|notice| format!("{notice:?}")).collect(),
            broken: self.broken.clone(),
            open: self
                .open
                .values()
                .flatten()
                .map(|open| OpenTicket {
                    guest: open.guest.clone(),
                    ticket: open.ticket.clone(),
                })
                .collect(),
        }
    }
}

impl Host for Desk {
    fn read_secret(&self, name: &str) -> Result<Option<String>, SecretError> {
        match std::fs::read_to_string(self.secret(name)) {
            Ok(secret) => Ok(Some(secret)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SecretError(error.to_string())),
        }
    }

    fn write_secret(&self, name: &str, value: &str) -> Result<(), SecretError> {
        let path = self.secret(name);
        let new = path.with_extension("new");
        std::fs::write(&new, value)
            .and_then(|()| std::fs::rename(&new, &path))
            .map_err(|error| SecretError(error.to_string()))
    }

    fn delete_secret(&self, name: &str) -> Result<(), SecretError> {
        match std::fs::remove_file(self.secret(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(SecretError(error.to_string()))
            }
            _ => Ok(()),
        }
    }

    fn emit(&self, update: Update) {
        let mut seen = self.seen();
        match update {
            Update::Counter(counter) => seen.counter(counter),
            Update::Order(order) => seen.order(*order),
            Update::Printers(printers) => seen.printers(&printers),
            Update::Reset => seen.stale = true,
            Update::OrdersGone(_) | Update::Rules(_) | Update::Found(_) => {}
        }
    }

    fn ring(&self, _ring: Ring) {}
}
