//! Who is running, and what happens when it ends unasked?
//!
//! Every long-lived task is spawned here, by name. A task that panics, or that returns although nobody stopped it, is
//! reported as an [`Incident`], and then its [`Policy`] says what follows: it is started again after a pause that grows,
//! or the whole tree ends in order. [`catch`] is the small form of it: it turns a panic over one order or one ticket
//! into a value, so that the next one goes on.
//!
//! Invariant: nothing here knows what a task does; which task has which policy stands in ARCHITECTURE.md.

#[cfg(feature = "fault-injection")]
mod faults;

use std::{any::Any, fmt, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The tasks of one owner: spawned, counted, stopped and waited for together. Clones are the same set.
#[derive(Debug, Clone)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
    /// Cancelled when a task of this tree with [`Policy::EndAll`] ends unasked.
    root: CancellationToken,
    incidents: mpsc::UnboundedSender<Incident>,
    pause: Pause,
    #[cfg(feature = "fault-injection")]
    faults: faults::Faults,
}

/// What follows when a task ends unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It is started again after a pause, as often as it takes.
    Restart,
    /// Everything under the same root is cancelled; the program is expected to end in order.
    EndAll,
}

/// How long a task rests before it is started again: doubled each time, from `first` to `most`. After `calm` without an
/// incident it counts from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Before the first restart. 0.5 s.
    pub first: Duration,
    /// At the most. 30 s.
    pub most: Duration,
    /// A task that ran for so long has recovered. 60 s.
    pub calm: Duration,
}

impl Default for Pause {
    fn default() -> Self {
        Pause {
            first: Duration::from_millis(500),
            most: Duration::from_secs(30),
            calm: Duration::from_secs(60),
        }
    }
}

impl Pause {
    /// Before the restart after so many incidents in a row (1 is the first).
    pub fn after(&self, incidents: u32) -> Duration {
        let factor = 2_u32.saturating_pow(incidents.saturating_sub(1));
        self.first.saturating_mul(factor).min(self.most)
    }
}

/// A task ended although nobody stopped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Name of the task.
    pub task: &'static str,
    /// How it ended.
    pub end: End,
    /// What follows.
    pub then: Then,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It panicked with this message.
    Panicked(Panic),
    /// It returned.
    Returned,
}

/// What follows an unasked end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It is started again after this pause.
    Restarts {
        /// How long.
        after: Duration,
    },
    /// Everything ends.
    EndsAll,
    /// Nothing: the task was to run once.
    Nothing,
}

/// The message of a panic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panic(pub String);

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Box<dyn Any + Send>> for Panic {
    fn from(payload: Box<dyn Any + Send>) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Panic(text.unwrap_or_else(|| "a panic without a message".into()))
    }
}

impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.end {
            End::Panicked(panic) => write!(f, "the task \"{}\" panicked: {panic}", self.task),
            End::Returned => write!(
                f,
                "the task \"{}\" ended although nobody stopped it",
                self.task
            ),
        }
    }
}

impl Tasks {
    /// A root. Incidents of all tasks under it come out of the receiver.
    pub fn root(pause: Pause) -> (Tasks, mpsc::UnboundedReceiver<Incident>) {
        let (incidents, received) = mpsc::unbounded_channel();
        let root = CancellationToken::new();
        let tasks = Tasks {
            tracker: TaskTracker::new(),
            stop: root.clone(),
            root,
            incidents,
            pause,
            #[cfg(feature = "fault-injection")]
            faults: faults::Faults::default(),
        };
        (tasks, received)
    }

    /// A set of its own under this one: it can be stopped alone, is stopped with its parent, and reports to the same
    /// receiver. The parent does not wait for it; its owner does.
    pub fn child(&self) -> Tasks {
        Tasks {
            tracker: TaskTracker::new(),
            stop: self.stop.child_token(),
            ..self.clone()
        }
    }

    /// Cancelled when the tasks are to end.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Spawns a task that runs until it is stopped. `start` makes its future, anew for each restart.
    pub fn spawn<F>(
        &self,
        name: &'static str,
        policy: Policy,
        start: impl FnMut() -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let supervised = self.clone().supervise(name, policy, start);
        self.tracker.spawn(supervised);
    }

    /// Spawns a task that may return by itself; only a panic of it is an incident.
    pub fn spawn_once(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let tasks = self.clone();
        self.tracker.spawn(async move {
            if let Err(panic) = catch(task).await {
                tasks.report(Incident {
                    task: name,
                    end: End::Panicked(panic),
                    then: Then::Nothing,
                });
            }
        });
    }

    /// Stops all tasks of this set and waits until they have ended.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Makes the running task of this name panic where it waits, and returns when it has. For tests.
    #[cfg(feature = "fault-injection")]
    pub async fn inject_panic(&self, name: &'static str) {
        self.faults.strike(name).await;
    }

    async fn supervise<F>(self, name: &'static str, policy: Policy, mut start: impl FnMut() -> F)
    where
        F: Future<Output = ()>,
    {
        let mut incidents = 0;
        loop {
            let began = Instant::now();
            // The future is made inside the guard: making it may panic, too.
            let run = async { start().await };
            #[cfg(feature = "fault-injection")]
            let run = self.faults.over(name, run);
            let end = match catch(run).await {
                Err(panic) => End::Panicked(panic),
                Ok(()) if self.stop.is_cancelled() => return,
                Ok(()) => End::Returned,
            };
            if began.elapsed() >= self.pause.calm {
                incidents = 0;
            }
            incidents += 1;
            let after = self.pause.after(incidents);
            let then = match policy {
                _ if self.stop.is_cancelled() => Then::Nothing,
                Policy::Restart => Then::Restarts { after },
                Policy::EndAll => Then::EndsAll,
            };
            self.report(Incident {
                task: name,
                end,
                then,
            });
            match then {
                Then::Nothing => return,
                Then::EndsAll => return self.root.cancel(),
                Then::Restarts { after } => tokio::select! {
                    () = self.stop.cancelled() => return,
                    () = tokio::time::sleep(after) => {}
                },
            }
        }
    }

    fn report(&self, incident: Incident) {
        tracing::error!(task = incident.task, then = ?incident.then, "{incident}");
        // Without a receiver the log alone tells it.
        drop(self.incidents.send(incident));
    }
}

/// Runs a future to its end, or to its panic.
///
/// # Errors
/// The message of the panic. What the future held is dropped; what it shares may be half changed, so callers catch
/// around work that shares nothing but channels and databases.
pub async fn catch<F: Future>(work: F) -> Result<F::Output, Panic> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .map_err(Panic::from)
}

#[cfg(test)]
mod tests;
