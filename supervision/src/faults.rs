//! Panics that a test asks for, by the name of the task.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

/// The faults of one tree. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<BTreeMap<&'static str, Arc<Fault>>>>);

#[derive(Debug, Default)]
struct Fault {
    wanted: Notify,
    happened: Notify,
}

impl Faults {
    /// Asks for a panic and waits until it has happened.
    pub(crate) async fn strike(&self, name: &'static str) {
        let fault = self.of(name);
        fault.wanted.notify_one();
        fault.happened.notified().await;
    }

    /// Runs a task until it ends, or until somebody wants it to panic.
    pub(crate) async fn over(&self, name: &'static str, run: impl Future<Output = ()>) {
        let fault = self.of(name);
        tokio::select! {
            biased;
            () = fault.wanted.notified() => {
                fault.happened.notify_one();
                panic!("a test wanted \"{name}\" to panic");
            }
            () = run => {}
        }
    }

    fn of(&self, name: &'static str) -> Arc<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.entry(name).or_default().clone()
    }
}
