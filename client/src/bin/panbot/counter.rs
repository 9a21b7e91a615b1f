//! `panbot counter`: a counter without a window. Nobody is in front of it, so its secrets lie in its folder, where its own
//! user alone can read them, and it signs in with its password whenever there is no login, or it has ended.

use std::{
    collections::{HashMap, HashSet},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, bail};
use api::{Code, JobId, JobState, OrderId, PrinterId, Problem};
use client::{
    Client, Interfaces, Options, Search,
    host::{Host, Ring, SecretError},
    view::{CounterView, LinkView, Notice, OrderView, PrintHere, SessionView, Update},
};
use tokio::sync::Notify;

use crate::words;

/// Between two tries to sign in, when the server cannot be reached.
const SIGN_IN_AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Tickets whose last state is remembered; after that some may be said twice.
const REMEMBERED: usize = 100_000;

/// Runs a counter: takes orders from a server and prints them, until Ctrl-C.
#[derive(clap::Args)]
pub struct Counter {
    /// The address of the server, such as panbot.example; http:// is spoken only where it is written.
    #[arg(long, env = "PANBOT_SERVER")]
    server: String,
    /// Who signs in.
    #[arg(long, env = "PANBOT_EMAIL")]
    email: String,
    /// Reads the password from standard input (up to its end, or the first line break).
    #[arg(long)]
    password_stdin: bool,
    /// The folder for its files.
    #[arg(long, env = "PANBOT_DATA", default_value = "panbot-data")]
    data: PathBuf,
    /// What people call this counter, at its first start.
    #[arg(long, default_value = "panbot")]
    name: String,
    /// A folder of fonts, for what a printer cannot say in its own letters.
    #[arg(long, env = "PANBOT_FONTS")]
    fonts: Option<PathBuf>,
    /// Through which networks of this PC printers are looked for that moved: all, loopback or none.
    #[arg(long, env = "PANBOT_FIND", default_value = "all")]
    find: Interfaces,
    /// Takes all printers over, once signed in: from then on this counter prints, and the one that did stops.
    #[arg(long)]
    take_printers: bool,
    /// Becomes another counter when the server says that this is a copy of one that runs, as on a copied disk: with an id
    /// of its own and no printers. Without it such a copy prints nothing.
    #[arg(long)]
    new_identity: bool,
    /// How often the lease of its printers is renewed, in milliseconds. For tests.
    #[arg(long, hide = true)]
    lease_renewal_ms: Option<u64>,
}

impl Counter {
    /// Runs it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Some(password) = self.password()? else {
            tracing::error!(
                "there is no password: pipe it in with --password-stdin, or set PANBOT_PASSWORD"
            );
            return Ok(ExitCode::from(2));
        };
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(self.serve(&password))
    }

    fn password(&self) -> anyhow::Result<Option<String>> {
        if !self.password_stdin {
            return Ok(std::env::var("PANBOT_PASSWORD").ok());
        }
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("the password cannot be read from standard input")?;
        Ok(text.lines().next().map(str::to_owned))
    }

    async fn serve(&self, password: &str) -> anyhow::Result<ExitCode> {
        let host = Arc::new(Terminal {
            folder: self.data.clone(),
            ..Terminal::default()
        });
        let options = Options {
            data_dir: self.data.clone(),
            counter_name: self.name.clone(),
            fonts_dir: self.fonts.clone(),
            search: Search {
                interfaces: self.find,
                ..Search::default()
            },
            lease_renewal: self
                .lease_renewal_ms
                .map_or(Options::default().lease_renewal, Duration::from_millis),
            ..Options::default()
        };
        loop {
            let client = Client::start(options.clone(), host.clone()).await?;
            let ended = tokio::select! {
                failed = self.stay_signed_in(&client, &host, password) => failed.map(|()| Then::End),
                () = told_to_stop() => Ok(Then::End),
                () = host.cloned.notified(), if self.new_identity => {
                    client.become_another().await.map(|()| Then::Again).map_err(Into::into)
                }
                () = client.ended() => Err(anyhow::anyhow!("a part of the program failed for good; see the log, and start it again")),
            };
            tracing::info!("ending");
            client.shutdown().await;
            match ended? {
                Then::End => return Ok(ExitCode::SUCCESS),
                Then::Again => {}
            }
        }
    }

    /// Signs in, and again whenever the login has ended. It comes back only with a reason to give up.
    async fn stay_signed_in(
        &self,
        client: &Client,
        host: &Terminal,
        password: &str,
    ) -> anyhow::Result<()> {
        let mut take_printers = self.take_printers;
        loop {
            let mut pause = SIGN_IN_AGAIN.0;
            while !client.is_signed_in(&self.server, &self.email)
                && let Err(problem) = client.login(&self.server, &self.email, password).await
            {
                if !may_pass(&problem) {
                    bail!("cannot sign in: {problem}");
                }
                tracing::warn!(%problem, "cannot sign in yet; tickets that are already here print");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(SIGN_IN_AGAIN.1);
            }
            let ended = host.login_ended.notified();
            tokio::select! {
                () = ended => {}
                () = print_here(client), if take_printers => {
                    take_printers = false;
                    host.login_ended.notified().await;
                }
            }
            tracing::warn!("the login has ended; signing in again");
            tokio::time::sleep(SIGN_IN_AGAIN.0).await;
        }
    }
}

/// What follows when a counter has ended.
enum Then {
    End,
    /// It starts again, as another one.
    Again,
}

/// Takes all printers over, and tries again until that has worked.
async fn print_here(client: &Client) {
    let mut pause = SIGN_IN_AGAIN.0;
    while let Err(problem) = client.print_here().await {
        tracing::warn!(%problem, "the printers cannot be taken over yet");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(SIGN_IN_AGAIN.1);
    }
    tracing::info!("this counter prints on all printers from now on");
}

fn may_pass(problem: &Problem) -> bool {
    matches!(
        problem.code,
        Code::ServerUnreachable | Code::Unavailable | Code::Internal | Code::TooMany
    )
}

async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut end) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = end.recv() => {}
            }
            return;
        }
    }
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "Ctrl-C is not heard here");
        std::future::pending::<()>().await;
    }
}

/// A host with a log instead of a window, and files of its user alone instead of a keyring.
#[derive(Default)]
struct Terminal {
    folder: PathBuf,
    seen: Mutex<Seen>,
    login_ended: Notify,
    /// The server says that this program is a copy of another one.
    cloned: Notify,
}

impl Terminal {
    fn secret(&self, name: &str) -> PathBuf {
        self.folder.join(format!("secret-{name}"))
    }
}

/// Nothing there is no secret.
fn kept<T>(done: std::io::Result<T>) -> Result<Option<T>, SecretError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SecretError(error.to_string())),
    }
}

/// In one step: after a power cut the old secret is there or the new one.
fn write_secret(path: &Path, value: &str) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = sqlite::private_file(&temporary)?;
    file.set_len(0)?;
    file.write_all(value.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)
}

/// What was said last, so that nothing is said twice.
#[derive(Default)]
struct Seen {
    tickets: HashMap<JobId, JobState>,
    /// Orders with the times of papers that came out twice.
    twice: HashSet<(OrderId, Vec<String>)>,
    printers: HashMap<PrinterId, String>,
    link: Option<LinkView>,
    signed_in: bool,
    print_here: Option<PrintHere>,
}

impl Host for Terminal {
    fn read_secret(&self, name: &str) -> Result<Option<String>, SecretError> {
        kept(std::fs::read_to_string(self.secret(name)))
    }

    fn write_secret(&self, name: &str, value: &str) -> Result<(), SecretError> {
        write_secret(&self.secret(name), value).map_err(|error| SecretError(error.to_string()))
    }

    fn delete_secret(&self, name: &str) -> Result<(), SecretError> {
        kept(std::fs::remove_file(self.secret(name))).map(drop)
    }

    fn emit(&self, update: Update) {
        let mut seen = lock(&self.seen);
        match update {
            Update::Counter(counter) => self.counter(&mut seen, counter),
            Update::Order(order) => seen.order(&order),
            Update::Printers(printers) => {
                seen.printers = printers
                    .into_iter()
                    .map(|view| (view.printer.id, view.printer.name))
                    .collect();
            }
            Update::OrdersGone(_) | Update::Rules(_) | Update::Found(_) | Update::Reset => {}
        }
    }

    fn ring(&self, ring: Ring) {
        match ring {
            Ring::NewOrder => tracing::info!("a new order"),
            Ring::Alarm => tracing::warn!("somebody is needed"),
        }
    }
}

impl Terminal {
    fn counter(&self, seen: &mut Seen, counter: CounterView) {
        if seen.link.as_ref() != Some(&counter.link) {
            tracing::info!("orders: {}", link(&counter.link));
            seen.link = Some(counter.link);
        }
        let signed_in = matches!(counter.session, SessionView::SignedIn { .. });
        if seen.signed_in && !signed_in {
            self.login_ended.notify_one();
        }
        seen.signed_in = signed_in;
        for notice in counter.notices {
            tracing::warn!("{notice:?}");
            if notice == Notice::CounterCloned {
                tracing::error!(
                    "this is a copy of another counter and prints nothing; stop one of them, or start this one with --new-identity"
                );
                self.cloned.notify_one();
            }
        }
        if seen.print_here != counter.print_here {
            if let Some(other) = &counter.print_here {
                let owner = other.owner.as_deref().unwrap_or("nobody");
                tracing::warn!(
                    "this counter prints on no printer ({owner} does); start it with --take-printers to print here"
                );
            }
            seen.print_here = counter.print_here;
        }
        if let Some(backlog) = counter.backlog {
            tracing::info!(
                orders = backlog.orders.len(),
                "orders before this counter started are not printed"
            );
        }
    }
}

impl Seen {
    fn order(&mut self, view: &OrderView) {
        let number = view
            .order
            .as_ref()
            .map_or_else(|| view.id.to_string(), |order| format!("#{}", order.number));
        for ticket in &view.tickets {
            if self.tickets.get(&ticket.job) == Some(&ticket.state) {
                continue;
            }
            self.tickets.insert(ticket.job, ticket.state.clone());
            let printer = ticket.destination.and_then(|id| self.printers.get(&id));
            let printer = printer.map_or("no printer", String::as_str);
            tracing::info!(
                "{number} {} on {printer}: {}",
                ticket.ticket,
                words::state(&ticket.state)
            );
        }
        for ticket in &view.elsewhere {
            let Some(job) = ticket.job else {
                continue;
            };
            let known = self.tickets.insert(job, ticket.state.clone());
            if known.as_ref() != Some(&ticket.state) {
                let printer = ticket.printer_name.as_deref().unwrap_or("no printer");
                let counter = ticket.counter_name.as_deref();
                tracing::info!(
                    "{number} {} on {printer} of {}: {}",
                    ticket.ticket,
                    counter.unwrap_or("another counter"),
                    words::state(&ticket.state)
                );
            }
        }
        for twice in &view.printed_twice {
            let papers = twice.papers.iter().map(|paper| paper.at.to_string());
            let papers: Vec<String> = papers.collect();
            if self.twice.insert((view.id, papers.clone())) {
                tracing::warn!(
                    "{number} {} was printed twice, without a mark: {}",
                    twice.ticket,
                    papers.join(", ")
                );
            }
        }
        if self.tickets.len() > REMEMBERED {
            self.tickets.clear();
            self.twice.clear();
        }
    }
}

fn link(link: &LinkView) -> String {
    match link {
        LinkView::Off => "none, nobody is signed in".into(),
        LinkView::Connecting => "connecting".into(),
        LinkView::Live => "they come at once".into(),
        LinkView::Slow { .. } => {
            "the realtime connection is gone; they come within a minute".into()
        }
        LinkView::Offline { detail, .. } => format!("none come in: {detail}"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
