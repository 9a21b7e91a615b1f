//! What the counter PC does: session, realtime, orders, settings, printers; no window.
//!
//! [`Client::start`] spawns every task and [`Client::shutdown`] ends every one. The session owns the tokens, a restaurant
//! owns its files and its queue, its sync loop asks the server for what is new, and the view builder turns what happened into
//! what is shown.
//!
//! Invariant: no window, no webview and no keyring here; whatever a counter needs from the place it runs in is a method
//! of [`host::Host`]. And no order is understood by its event: the feed alone says what there is to do.

mod backend;
mod clock;
pub mod connection;
pub mod deciders;
pub mod difference;
mod events;
mod folder;
pub mod host;
mod identity;
mod lease;
mod machine;
mod options;
mod orders;
pub mod outbox;
mod owners;
mod printer_requests;
mod printers;
mod proof_file;
pub mod realtime;
mod refusal;
mod renewal;
mod reports;
mod restaurant;
pub mod routing;
#[cfg(test)]
mod scripted;
mod secrets;
mod session;
mod settings;
mod store;
mod sync_loop;
mod takeover;
mod tickets;
pub mod view;
mod view_builder;

use std::{
    fs::File,
    sync::{Arc, Mutex, PoisonError},
};

use api::{Code, CounterId, OrderId, Problem};
use printer_queue::PrintQueue;
use supervision::{Incident, Policy, Tasks, Then};
use templates::Fonts;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use crate::options::{Options, StartError};
pub use crate::printers::profiles;
use crate::{
    backend::Transport,
    events::EventSender,
    host::Host,
    identity::Identity,
    outbox::Pace,
    restaurant::{Parts, Restaurant, RestaurantHolder},
    secrets::Secrets,
    session::{Session, SessionState},
    view::{BacklogChoice, Notice, Snapshot},
    view_builder::{ViewBuilder, ViewRequest},
};
pub use ::printers::discovery::{Interfaces, InterfacesError, Search};

/// Settings that wait for a server that is away are tried at the longest after so many times the longest pause.
const OUTBOX_PATIENCE: u32 = 10;

/// Installs the TLS provider of this process; every `main` calls it first. Calling it again changes nothing.
pub fn install_crypto() {
    // An error says that there is one already, which is what we want.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// A running counter. Clones are the same counter. All problems are sentences for the person in front of it.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    session: Session,
    id: CounterId,
    name: String,
    holder: RestaurantHolder,
    views: mpsc::Sender<ViewRequest>,
    tasks: Tasks,
    /// Given back when the counter ends.
    lock: Mutex<Option<File>>,
    /// Dropping the last handle cancels all tasks.
    _ends: DropGuard,
}

impl Client {
    /// Starts the counter: opens the files of the last restaurant, so that its tickets print at once, and takes up the
    /// last session, if its refresh token was kept. The server need not be there.
    ///
    /// # Errors
    /// When another program uses the folder, or the files in it cannot be used. A damaged file is no error: it is set
    /// aside, and a notice says so.
    pub async fn start(options: Options, host: Arc<dyn Host>) -> Result<Client, StartError> {
        install_crypto();
        let (lock, file, identity, aside) = folder::take(&options).await?;
        let transport = Transport::new(identity.id).map_err(StartError::Transport)?;
        let (tasks, incidents) = Tasks::root(options.restart_pause);
        let secrets = Secrets::of(host.clone(), options.keyring_limit);
        let session = Session::start(
            file,
            identity.clone(),
            transport,
            secrets,
            host.clone(),
            &tasks,
        )
        .await;
        let (events, client_events) = EventSender::new();
        tasks.spawn_once(
            "incidents",
            report(incidents, events.clone(), tasks.stop().clone()),
        );
        let parts = Parts {
            tasks: tasks.clone(),
            data_dir: options.data_dir,
            counter: identity.id,
            counter_name: identity.name.clone(),
            session: session.clone(),
            host: host.clone(),
            events,
            fonts: Fonts::in_folder(options.fonts_dir.clone()),
            queue_timings: options.queue_timings,
            search: options.search,
            seek: options.seek,
            pace: Pace {
                debounce: options.debounce,
                first: options.backoff.0,
                ceiling: options.backoff.1 * OUTBOX_PATIENCE,
            },
            poll: options.poll,
            backoff: options.backoff,
            lease_renewal: options.lease_renewal,
            look_back: options.look_back,
            report_debounce: options.report_debounce,
            take_over_patience: options.take_over_patience,
            history: options.history,
        };
        let holder = RestaurantHolder::start(parts, &tasks);
        let (views, requests) = mpsc::channel(64);
        let builder = ViewBuilder {
            id: identity.id,
            name: identity.name.clone(),
            host,
            session: session.state(),
            open: holder.watch(),
            events: client_events,
            requests,
            notices: aside.into_iter().collect(),
        };
        let (builder, stop) = (
            Arc::new(tokio::sync::Mutex::new(builder)),
            tasks.stop().clone(),
        );
        tasks.spawn("view builder", Policy::Restart, move || {
            let (builder, stop) = (builder.clone(), stop.clone());
            async move { builder.lock().await.run(&stop).await }
        });
        let client = Client {
            inner: Arc::new(Inner {
                session,
                id: identity.id,
                name: identity.name,
                holder,
                views,
                _ends: tasks.stop().clone().drop_guard(),
                tasks,
                lock: Mutex::new(Some(lock)),
            }),
        };
        if let Some(last) = identity.last_login {
            if let Err(error) = client.inner.holder.open(last.business_id).await {
                client.shutdown().await;
                return Err(StartError::Files(error.into()));
            }
            client.inner.keep_identity().await;
        }
        Ok(client)
    }

    /// Everything that is shown, once; after it come updates without a gap.
    ///
    /// # Errors
    /// When this PC cannot read what it kept.
    pub async fn snapshot(&self) -> Result<Snapshot, Problem> {
        let (reply, answer) = oneshot::channel();
        self.ask_view(ViewRequest::Snapshot(reply), answer).await?
    }

    /// Signs in. Another restaurant that was open is closed.
    ///
    /// # Errors
    /// What the server said, that it cannot be reached, or that this PC cannot keep the restaurant's files.
    pub async fn login(&self, server: &str, email: &str, password: &str) -> Result<(), Problem> {
        let business = self.inner.session.login(server, email, password).await?;
        let opened = self.inner.holder.open(business).await;
        self.inner.keep_identity().await;
        opened.map_err(|error| {
            tracing::error!(%error, "the restaurant could not be opened");
            Problem::new(
                Code::Storage,
                format!("The files of the restaurant cannot be opened: {error}."),
            )
        })
    }

    /// Whether this account is signed in at this server.
    pub fn is_signed_in(&self, server: &str, email: &str) -> bool {
        match &*self.inner.session.state().borrow() {
            SessionState::SignedOut { .. } => false,
            SessionState::SignedIn { login, .. } => {
                login.email == email && backend::same_server(&login.server, server)
            }
        }
    }

    /// Signs out. Tickets that are already here still print.
    ///
    /// # Errors
    /// When this counter is shutting down.
    pub async fn logout(&self) -> Result<(), Problem> {
        self.inner.session.logout().await
    }

    /// Decides about the orders that came before this counter started.
    ///
    /// # Errors
    /// When this counter prints on no printer, or this PC cannot store.
    pub async fn backlog(&self, choice: BacklogChoice) -> Result<(), Problem> {
        self.restaurant()?.feed.decide_backlog(&choice).await
    }

    /// Somebody took care of an order that no counter printed.
    ///
    /// # Errors
    /// When the server cannot be reached, or does not know of it.
    pub async fn resolve_unprinted(&self, order: OrderId) -> Result<(), Problem> {
        let feed = &self.restaurant()?.feed;
        let resolve = async |access: crate::session::Access| {
            let backend = &access.backend;
            backend.resolve_unprinted(&access.token, order).await
        };
        feed.session.call(feed.business, resolve).await
    }

    /// This is another counter than the one whose files it works with, such as on a copied disk. In force from the next
    /// start on: it gets an id of its own, owns no printer, and leaves what it had to print to the other one.
    ///
    /// # Errors
    /// When this PC cannot store.
    pub async fn become_another(&self) -> Result<(), Problem> {
        let id = CounterId(uuid::Uuid::new_v4());
        self.inner.session.rename(id).await?;
        tracing::warn!(before = %self.inner.id, after = %id, "another counter from the next start on");
        Ok(())
    }

    /// The person has read the notices.
    ///
    /// # Errors
    /// When this counter is shutting down.
    pub async fn dismiss_notices(&self) -> Result<(), Problem> {
        let (reply, answer) = oneshot::channel();
        self.ask_view(ViewRequest::Dismiss(reply), answer).await
    }

    /// Waits until the counter ends: by [`Client::shutdown`], or because a task that all depend on has failed.
    pub async fn ended(&self) {
        self.inner.tasks.stop().cancelled().await;
    }

    /// Ends the counter: the ticket that is being printed comes out, files are closed, every task has ended.
    pub async fn shutdown(&self) {
        self.inner.tasks.shutdown().await;
        let lock = self
            .inner
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(lock);
    }

    fn restaurant(&self) -> Result<Restaurant, Problem> {
        self.inner.holder.restaurant()
    }

    fn queue(&self) -> Result<PrintQueue, Problem> {
        Ok(self.restaurant()?.queue)
    }

    async fn ask_view<T>(
        &self,
        request: ViewRequest,
        answer: oneshot::Receiver<T>,
    ) -> Result<T, Problem> {
        let gone = || Problem::new(Code::Unavailable, "This counter is shutting down.");
        self.inner.views.send(request).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

/// Shows tasks that ended unasked.
async fn report(
    mut incidents: mpsc::UnboundedReceiver<Incident>,
    events: EventSender,
    stop: CancellationToken,
) {
    loop {
        let incident = tokio::select! {
            incident = incidents.recv() => incident,
            () = stop.cancelled() => return,
        };
        let Some(incident) = incident else { return };
        let notice = Notice::TaskFailed {
            task: incident.task.to_owned(),
            detail: incident.to_string(),
            ends: incident.then == Then::EndsAll,
        };
        events.send(events::ClientEvent::Notice(notice)).await;
    }
}

impl Inner {
    /// Keeps who this counter is in the file of its restaurant too: `counter.json` can be restored from it.
    async fn keep_identity(&self) {
        let Ok(open) = self.holder.restaurant() else {
            return;
        };
        let last_login = match &*self.session.state().borrow() {
            SessionState::SignedOut { last, .. } => last.clone(),
            SessionState::SignedIn { login, .. } => Some(login.clone()),
        };
        let identity = Identity {
            id: self.id,
            name: self.name.clone(),
            last_login,
        };
        if let Err(error) = open.store.set_identity(&identity).await {
            tracing::error!(%error, "who this counter is could not be kept in its database");
        }
    }
}

fn queued<T>(done: Result<T, printer_queue::QueueError>) -> Result<T, Problem> {
    done.map_err(|error| refusal::queue(&error))
}
