//! A counter with a queue, and printers to print on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use api::{
    JobId, JobState, OrderId, Printer, PrinterId, TicketChanged, TicketKind, TicketName,
    printer::{Learned, PrintPolicy, PrinterStatus, ProfileOverrides},
};
use jiff::{SignedDuration, Timestamp};
use printer_queue::{
    Clock, Content, History, NewJob, Opened, Options, PrintQueue, QueueError, ServerClock,
    Submitted, Timings,
};
use tempfile::TempDir;
use uuid::Uuid;
use virtual_printer::{Receipt, VirtualPrinter};

/// Nothing that ought to happen takes longer.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Counter {
    pub folder: TempDir,
    pub queue: PrintQueue,
    options: Options,
}

pub fn timings() -> Timings {
    let millis = Duration::from_millis;
    Timings {
        device: printers::Timings {
            connect: millis(1_000),
            status: millis(300),
            confirm: millis(20_000),
            confirm_per_50_lines: millis(0),
            confirm_per_kb: millis(0),
            drain: millis(1_000),
            stalled: millis(100),
            watch: millis(20),
            ask_again: millis(100),
            answer: millis(5_000),
            poll: millis(50),
            poll_most: millis(300),
            pages: millis(60_000),
        },
        recheck: millis(20),
        idle_probe: None,
        grace: millis(200),
        storage_retry: millis(20),
    }
}

/// A clock on the wall that a test turns.
#[derive(Clone, Default)]
pub struct Wall(Arc<AtomicI64>);

impl Wall {
    /// By so many seconds, forward or back.
    pub fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn clock(&self) -> Clock {
        let turned = self.0.clone();
        Clock::of(move || {
            Timestamp::now() + SignedDuration::from_secs(turned.load(Ordering::SeqCst))
        })
    }
}

impl Wall {
    /// The same as the server's.
    pub fn server(&self) -> ServerClock {
        let clock = self.clock();
        ServerClock::of(move || Some(clock.now()))
    }
}

impl Counter {
    pub async fn new() -> Counter {
        Counter::with(timings()).await
    }

    pub async fn with(timings: Timings) -> Counter {
        Counter::set_up(timings, |_| ()).await
    }

    /// With options of its own.
    pub async fn set_up(timings: Timings, turn: impl FnOnce(&mut Options)) -> Counter {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = options(&folder, &timings);
        turn(&mut options);
        let opened = PrintQueue::open(options.clone()).await;
        Counter {
            folder,
            queue: opened.expect("a fresh queue").0,
            options,
        }
    }

    /// As if the plug had been pulled: nothing is ended, everything is dropped, and the program starts again.
    pub async fn restart(self) -> (Counter, Opened) {
        let Counter {
            folder,
            queue,
            options,
        } = self;
        drop(queue);
        let opened = PrintQueue::open(options.clone()).await;
        let (queue, opened) = opened.expect("the same queue");
        let counter = Counter {
            folder,
            queue,
            options,
        };
        (counter, opened)
    }

    pub async fn submit(&self, tickets: Vec<NewJob>) -> Vec<JobId> {
        let order = tickets[0].order.expect("an order");
        match self.queue.submit(order, 1, tickets).await {
            Ok(Submitted::New(jobs)) => jobs,
            other => panic!("{other:?}"),
        }
    }

    pub async fn submit_one(&self, ticket: NewJob) -> JobId {
        self.submit(vec![ticket]).await[0]
    }

    pub async fn job(&self, job: JobId) -> TicketChanged {
        self.queue
            .open_and_recent(1_000)
            .await
            .expect("the tickets")
            .into_iter()
            .find(|ticket| ticket.job == job)
            .expect("the ticket")
    }

    /// Waits until the job is as described.
    pub async fn until(&self, job: JobId, what: impl Fn(&TicketChanged) -> bool) -> TicketChanged {
        let mut last = self.job(job).await;
        let found = tokio::time::timeout(PATIENCE, async {
            while !what(&last) {
                tokio::time::sleep(Duration::from_millis(5)).await;
                last = self.job(job).await;
            }
        })
        .await;
        assert!(found.is_ok(), "the ticket stays {last:?}");
        last
    }

    pub async fn until_state(&self, job: JobId, state: JobState) -> TicketChanged {
        self.until(job, |ticket| ticket.state == state).await
    }

    /// Waits until the printer is as described.
    pub async fn until_status(
        &self,
        printer: PrinterId,
        what: impl Fn(&PrinterStatus) -> bool,
    ) -> PrinterStatus {
        let mut statuses = self.queue.statuses();
        let found = tokio::time::timeout(
            PATIENCE,
            statuses.wait_for(|all| all.get(&printer).is_some_and(&what)),
        )
        .await;
        match found {
            Ok(Ok(all)) => all[&printer].clone(),
            _ => panic!("{:?}", self.queue.statuses().borrow().get(&printer)),
        }
    }
}

pub async fn open(folder: &TempDir, timings: &Timings) -> Result<(PrintQueue, Opened), QueueError> {
    PrintQueue::open(options(folder, timings)).await
}

pub fn options(folder: &TempDir, timings: &Timings) -> Options {
    let mut options = Options::new(folder.path().join("shop/jobs.sqlite"), Default::default());
    options.timings = timings.clone();
    options.history = History::default();
    options
}

pub async fn kitchen() -> VirtualPrinter {
    kitchen_with(virtual_printer::Options::default()).await
}

pub async fn kitchen_with(options: virtual_printer::Options) -> VirtualPrinter {
    VirtualPrinter::start(options.with_printer("Kitchen"))
        .await
        .expect("a virtual printer")
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
        policy: PrintPolicy {
            first_delay_ms: 10,
            ceiling_ms: 50,
            ..PrintPolicy::default()
        },
    }
}

pub fn settings_of(kitchen: &VirtualPrinter) -> Printer {
    printer_at(kitchen.address("Kitchen").expect("its address"))
}

/// An address where nobody listens.
pub async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    listener.local_addr().expect("its address").to_string()
}

pub fn ticket(printer: Option<PrinterId>, text: &str) -> NewJob {
    NewJob {
        order: Some(OrderId(Uuid::new_v4())),
        revision: 1,
        revised_at: None,
        ticket: TicketName::whole(TicketKind::Kitchen),
        destination: printer,
        copy: 0,
        content: Content::Markup(format!("{text}\n")),
        locale: "en-US".into(),
        drawer: false,
        urgent: false,
        ages_from: None,
    }
}

pub fn papers(kitchen: &VirtualPrinter) -> Vec<Receipt> {
    kitchen.receipts("Kitchen").expect("its papers")
}

pub async fn paper(kitchen: &VirtualPrinter, count: u64) -> Vec<String> {
    kitchen
        .wait_for("Kitchen", count, PATIENCE)
        .await
        .expect("its papers")
        .iter()
        .map(|paper| paper.text.to_string())
        .collect()
}

pub async fn faults(
    kitchen: &VirtualPrinter,
    turn: impl FnOnce(&mut virtual_printer::Faults) + Send + 'static,
) {
    kitchen
        .change_faults("Kitchen", turn)
        .await
        .expect("its switches");
}
