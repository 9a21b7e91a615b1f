//! Opening and closing a restaurant on this counter.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use ::printers::discovery::Search;
use api::{BusinessId, CounterId, PrinterId};
use printer_queue::{History, PrintQueue, QueueError};
use supervision::{Policy, Tasks};
use templates::{Fonts, Supplies};
use tokio::sync::{Mutex, mpsc, watch};
use uuid::Uuid;

use crate::{
    clock::ServerClock,
    events::{ClientEvent, EventSender},
    host::Host,
    lease::Lease,
    machine,
    orders::Feed,
    outbox::Pace,
    owners::{OwnersInForce, OwnersNow},
    printers::Printers,
    proof_file::ProofFile,
    renewal::LeaseKeeper,
    reports::{Reports, Touched, Wakes},
    restaurant::report,
    session::Session,
    settings::{Settings, SettingsNow},
    store::{Proof, Store, StoreError},
    sync_loop::SyncLoop,
    view::{LinkView, Notice},
};

/// What every restaurant of this counter is opened with.
#[derive(Clone)]
pub struct Parts {
    /// Where files lie.
    pub data_dir: PathBuf,
    /// Parent of the tasks of a restaurant.
    pub tasks: Tasks,
    /// This counter.
    pub counter: CounterId,
    /// What people call it.
    pub counter_name: String,
    /// Who is signed in.
    pub session: Session,
    /// The place it runs in.
    pub host: Arc<dyn Host>,
    /// Reports changes to the view builder.
    pub events: EventSender,
    /// Letters for what a printer cannot say.
    pub fonts: Fonts,
    /// How long printers may take.
    pub queue_timings: printer_queue::Timings,
    /// Where printers are looked for.
    pub search: Search,
    /// Between two looks for a printer that does not answer, at first.
    pub seek: Duration,
    /// How settings are sent.
    pub pace: Pace,
    /// How often the server is asked when nothing wakes us.
    pub poll: Duration,
    /// Between tries.
    pub backoff: (Duration, Duration),
    /// How often the lease of its printers is renewed.
    pub lease_renewal: Duration,
    /// How far a counter without a position looks back.
    pub look_back: Duration,
    /// How long changes of tickets are collected before they are reported.
    pub report_debounce: Duration,
    /// How long reports of the counter that had a printer before are waited for.
    pub take_over_patience: Duration,
    /// How much is kept.
    pub history: History,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("data_dir", &self.data_dir)
            .finish_non_exhaustive()
    }
}

/// Why a restaurant could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its orders and settings.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its tickets.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The program ends.
    #[error("this counter is shutting down")]
    Closing,
}

/// An open restaurant. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Restaurant {
    /// Which.
    pub business: BusinessId,
    /// Its file.
    pub store: Store,
    /// Its tickets.
    pub queue: PrintQueue,
    /// What people decided.
    pub settings: Settings,
    /// Its printers, seen from here.
    pub printers: Printers,
    /// Its orders.
    pub feed: Feed,
    /// What its papers are made with.
    pub supplies: Supplies,
    /// Whether orders come in.
    pub link: watch::Receiver<LinkView>,
    tasks: Tasks,
}

impl Restaurant {
    /// Opens its files, which are made when they are missing, and spawns its tasks. A damaged file is set aside
    /// and told.
    pub(super) async fn open(parts: &Parts, business: BusinessId) -> Result<Restaurant, OpenError> {
        let folder = parts.data_dir.join(business.to_string());
        let (store, store_aside) = Store::open(&folder.join("counter.sqlite")).await?;
        // Pictures of its own: no restaurant prints the logo of another.
        let supplies = Supplies::from(parts.fonts.clone());
        let mut options = printer_queue::Options::new(folder.join("jobs.sqlite"), supplies.clone());
        options.timings = parts.queue_timings.clone();
        options.history = parts.history.clone();
        options.tasks = Some(parts.tasks.clone());
        let proof_file = ProofFile(folder.join("proof.json"));
        let before = store.identity().await?.map(|before| before.id);
        let before = before.filter(|before| *before != parts.counter);
        let proof = match before {
            Some(_) => Proof::default(),
            None => match (store.proof().await?, proof_file.read(parts.counter)) {
                // The database was damaged and set aside.
                (kept, Some(beside)) if kept == Proof::default() => {
                    store.set_proof(&beside).await?;
                    beside
                }
                (kept, _) => kept,
            },
        };
        let proof = proof.on(machine::here(parts.counter).await);
        let lease = Lease::kept(&proof, parts.lease_renewal);
        options.lease = lease.of_queue();
        let clock = ServerClock::default();
        options.server_clock = printer_queue::ServerClock::of({
            let clock = clock.clone();
            move || clock.now()
        });
        let (queue, opened) = PrintQueue::open(options).await?;
        if opened.set_aside.is_some() || tickets_are_gone(&store, &queue).await? {
            // Which tickets were open nobody knows any more: the last hours are shown, and a person says what prints.
            store.forget_place().await?;
            // Numbers of changes may be given twice.
            queue.new_report_log().await?;
        }
        for path in store_aside.into_iter().chain(opened.set_aside) {
            let path = path.display().to_string();
            parts
                .events
                .send(ClientEvent::Notice(Notice::FileSetAside { path }))
                .await;
        }
        let tasks = parts.tasks.child();
        let stop = tasks.stop().clone();
        let settings = Settings::start(
            store.clone(),
            parts.session.clone(),
            business,
            parts.pace,
            &tasks,
        )
        .await?;
        if let Some(before) = before {
            begin_anew(&store, &queue, &settings, before).await?;
        }
        let (apply_requests, asked) = mpsc::channel(8);
        let mut kept = OwnersNow {
            owners: store.owners_in_force().await?,
            added: store.added().await?,
        };
        let named = |id: &PrinterId| kept.owners.as_ref().is_some_and(|all| all.contains_key(id));
        if kept.added.iter().any(named) {
            kept.added = kept.added.iter().copied().filter(|id| !named(id)).collect();
            store.set_added(&kept.added).await?;
        }
        let owners = OwnersInForce::new(kept, apply_requests);
        let (in_force, routed_by) = watch::channel(Arc::new(SettingsNow::default()));
        let printers = Printers {
            store: store.clone(),
            settings: settings.clone(),
            queue: queue.clone(),
            counter: parts.counter,
            tasks: tasks.clone(),
            stop: stop.clone(),
            owners: owners.clone(),
            in_force,
            given: watch::Sender::default(),
            pictures: supplies.pictures.clone(),
            search: parts.search.clone(),
            finds: watch::Sender::default(),
            seen: watch::Sender::default(),
            events: parts.events.clone(),
        };
        let (following, asked) = (printers.clone(), Arc::new(Mutex::new(asked)));
        tasks.spawn("printers: follow", Policy::Restart, move || {
            let (printers, asked) = (following.clone(), asked.clone());
            async move { printers.follow(&mut *asked.lock().await).await }
        });
        let (seeking, pause) = (printers.clone(), parts.seek);
        tasks.spawn("printers: seek", Policy::Restart, move || {
            seeking.clone().seek(pause)
        });
        let history = Duration::from_secs(u64::from(parts.history.days) * 86_400);
        let reports = Reports {
            store: store.clone(),
            queue: queue.clone(),
            session: parts.session.clone(),
            business,
            counter: parts.counter,
            counter_name: parts.counter_name.clone(),
            clock: clock.clone(),
            events: parts.events.clone(),
            history,
            debounce: parts.report_debounce,
            poll: parts.poll,
            backoff: parts.backoff,
            wakes: Wakes::default(),
            touched: Touched::default(),
            lease: lease.clone(),
        };
        reports.start(&tasks);
        let feed = Feed {
            store: store.clone(),
            queue: queue.clone(),
            session: parts.session.clone(),
            in_force: routed_by,
            owners,
            following: Arc::default(),
            rounds: watch::Sender::default(),
            reports: reports.clone(),
            clock,
            events: parts.events.clone(),
            host: parts.host.clone(),
            business,
            counter: parts.counter,
            take_over_patience: parts.take_over_patience,
            look_back: parts.look_back,
            history,
        };
        let (late, hearing) = (feed.clone(), stop.clone());
        tasks.spawn("late papers", Policy::Restart, move || {
            late.clone().hear_reports(hearing.clone())
        });
        let sync_loop = SyncLoop {
            session: parts.session.clone(),
            business,
            counter_name: parts.counter_name.clone(),
            store: store.clone(),
            settings: settings.clone(),
            printers: printers.clone(),
            feed: feed.clone(),
            reports,
            events: parts.events.clone(),
            poll: parts.poll,
            backoff: parts.backoff,
        };
        let keeper = LeaseKeeper {
            lease,
            session: parts.session.clone(),
            business,
            counter: parts.counter,
            run: Uuid::new_v4(),
            store: store.clone(),
            file: proof_file,
            feed: feed.clone(),
            printers: printers.clone(),
            queue: queue.clone(),
            events: parts.events.clone(),
            every: parts.lease_renewal,
            again: parts.backoff.0,
        };
        let renewing = stop.clone();
        tasks.spawn("lease", Policy::Restart, move || {
            keeper.clone().run(renewing.clone())
        });
        let (show, link) = watch::channel(LinkView::Off);
        report::spawn(&tasks, &stop, &store, &queue, &parts.events);
        let parent = tasks.clone();
        tasks.spawn("sync loop", Policy::Restart, move || {
            sync_loop.clone().run(show.clone(), parent.clone())
        });
        tracing::info!(%business, "restaurant opened");
        Ok(Restaurant {
            business,
            store,
            queue,
            settings,
            printers,
            feed,
            supplies,
            link,
            tasks,
        })
    }

    /// Ends its tasks, lets the ticket that is being printed come out, closes its files.
    pub(super) async fn close(&self) {
        self.tasks.shutdown().await;
        self.queue.shutdown().await;
        self.store.close().await;
        tracing::info!(business = %self.business, "restaurant closed");
    }
}

/// These files are those of another counter: it prints what was to be printed, under its id, and this one begins as a
/// fresh one.
async fn begin_anew(
    store: &Store,
    queue: &PrintQueue,
    settings: &Settings,
    before: CounterId,
) -> Result<(), OpenError> {
    tracing::warn!(%before, "these are the files of another counter; this one begins anew");
    let now = settings.now();
    let theirs = now.printers.iter().map(|printer| (printer.id, before));
    queue.release_printers(theirs.collect()).await?;
    queue.new_report_log().await?;
    store.set_added(&BTreeSet::new()).await?;
    store.forget_place().await?;
    // Last: whoever is interrupted before does it again.
    store.set_proof(&Proof::default()).await?;
    Ok(())
}

/// Each order is in the queue before it is kept here, and stays there for ever: one that the queue never handled says
/// that the file of tickets was deleted, or replaced by an old copy, or set aside just before the program ended.
async fn tickets_are_gone(store: &Store, queue: &PrintQueue) -> Result<bool, OpenError> {
    let newest = store.newest_orders(1).await?;
    let Some(order) = newest.first() else {
        return Ok(false);
    };
    let gone = queue.handled_revision(*order).await?.is_none();
    if gone {
        tracing::error!(%order, "the file of tickets does not know the newest order; it was deleted or replaced");
    }
    Ok(gone)
}
