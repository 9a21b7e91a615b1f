//! The lease of this counter: as long as it is renewed, no other counter takes its printers over. A program that the
//! server calls a copy of another one prints nothing. Times are those of a clock that counts on while this PC sleeps.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use printer_queue::LeaseState;
use tokio::sync::{Notify, watch};

use crate::{clock::uptime, store::Proof};

/// How long a ticket waits at the longest for a lease that is over to be renewed.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the lease lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Term {
    /// This run has not asked yet. Whether another counter may have come, by what is kept.
    Unknown { ends: bool },
    /// For ever: there is no other counter, or it may not stand in.
    Never,
    /// Until then.
    Until(Duration),
    /// The server does not know this program, which may be for a short while.
    Refused,
    /// This program is a copy of another one.
    Cloned,
}

/// The lease of a counter. Clones are the same lease.
#[derive(Debug, Clone)]
pub struct Lease {
    term: watch::Sender<Term>,
    /// The server has heard this run of the program, and knows it.
    heard: watch::Sender<bool>,
    /// Counts tries to renew it.
    tries: watch::Sender<u64>,
    /// A ticket waits for it.
    wanted: Arc<Notify>,
    /// The last try that failed; nothing after one that did not.
    failed: Arc<Mutex<Option<Duration>>>,
    /// So long after a try that failed no ticket waits for another one.
    rest: Duration,
}

impl Lease {
    /// As it was kept.
    pub fn kept(proof: &Proof, every: Duration) -> Self {
        let term = if proof.cloned {
            Term::Cloned
        } else {
            Term::Unknown { ends: proof.ends }
        };
        Lease {
            term: watch::Sender::new(term),
            heard: watch::Sender::default(),
            tries: watch::Sender::default(),
            wanted: Arc::default(),
            failed: Arc::default(),
            rest: every / 2,
        }
    }

    /// Of a program that the server knows.
    #[cfg(test)]
    pub fn known() -> Self {
        let lease = Lease::kept(&Proof::default(), Duration::from_secs(1));
        lease.grant(Duration::ZERO, None);
        lease
    }

    /// For the queue.
    pub fn of_queue(&self) -> printer_queue::Lease {
        let (now, here) = (self.clone(), self.clone());
        printer_queue::Lease::of(
            move || now.state(),
            move || {
                let lease = here.clone();
                Box::pin(async move { lease.tried().await })
            },
        )
    }

    /// How it stands.
    pub fn state(&self) -> LeaseState {
        state(*self.term.borrow(), uptime())
    }

    /// Whether it is a copy of another one.
    pub fn is_cloned(&self) -> bool {
        *self.term.borrow() == Term::Cloned
    }

    /// The server knows this run of the program.
    pub fn hear(&self) {
        self.heard.send_replace(true);
    }

    /// Waits until somebody wants it renewed.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Waits until the server knows this run of the program: a copy must not speak for the counter.
    pub async fn heard(&self) {
        drop(self.heard.subscribe().wait_for(|heard| *heard).await);
    }

    /// Waits for a try to renew it, for a short while.
    async fn tried(&self) {
        let rests = self
            .last_failure()
            .is_some_and(|at| uptime().saturating_sub(at) < self.rest);
        if !rests {
            let mut tries = self.tries.subscribe();
            tries.borrow_and_update();
            self.wanted.notify_one();
            // One that takes longer is one that failed.
            drop(tokio::time::timeout(PATIENCE, tries.changed()).await);
        }
        self.term.send_if_modified(|term| {
            let alone = *term == Term::Unknown { ends: false };
            if alone {
                *term = Term::Never;
            }
            alone
        });
    }

    /// Granted for so long from when the request was sent.
    pub fn grant(&self, sent: Duration, lasts: Option<Duration>) {
        let term = lasts.map_or(Term::Never, |lasts| Term::Until(sent.saturating_add(lasts)));
        self.term.send_replace(term);
        self.heard.send_replace(true);
        self.end_try(None);
    }

    /// The server does not know this program; `for_good` when that will not pass.
    pub fn refuse(&self, for_good: bool) {
        let term = if for_good {
            Term::Cloned
        } else {
            Term::Refused
        };
        self.term.send_if_modified(|now| {
            let changed = *now != term && *now != Term::Cloned;
            if changed {
                *now = term;
            }
            changed
        });
        self.heard.send_replace(false);
        self.end_try(None);
    }

    /// The server did not answer, or something else.
    pub fn fail(&self) {
        self.end_try(Some(uptime()));
    }

    fn end_try(&self, failed: Option<Duration>) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = failed;
        self.tries
            .send_modify(|tries| *tries = tries.wrapping_add(1));
    }

    fn last_failure(&self) -> Option<Duration> {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn state(term: Term, now: Duration) -> LeaseState {
    match term {
        Term::Never => LeaseState::Valid,
        Term::Until(end) if now < end => LeaseState::Valid,
        Term::Until(_) | Term::Unknown { .. } => LeaseState::Over,
        Term::Refused | Term::Cloned => LeaseState::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    const EVERY: Duration = Duration::from_secs(20);

    #[test]
    fn a_lease_counts_from_when_it_was_asked_for() {
        let minute = Duration::from_secs(60);
        let end = Term::Until(minute);
        assert_eq!(state(end, minute - EVERY), LeaseState::Valid);
        assert_eq!(state(end, minute), LeaseState::Over);
        assert_eq!(state(Term::Never, Duration::MAX), LeaseState::Valid);
    }

    #[tokio::test(start_paused = true)]
    async fn a_counter_that_was_alone_prints_unmarked_also_when_the_server_is_away() {
        let lease = Lease::kept(&Proof::default(), EVERY);
        assert_eq!(lease.state(), LeaseState::Over, "it is asked for first");
        lease.tried().await;
        assert_eq!(lease.state(), LeaseState::Valid);
    }

    #[tokio::test(start_paused = true)]
    async fn a_counter_that_others_stand_in_for_marks_until_the_server_has_answered() {
        let kept = Proof {
            ends: true,
            ..Proof::default()
        };
        let lease = Lease::kept(&kept, EVERY);
        lease.tried().await;
        assert_eq!(lease.state(), LeaseState::Over);
        lease.grant(uptime(), Some(EVERY));
        assert_eq!(lease.state(), LeaseState::Valid);
    }

    #[tokio::test]
    async fn whether_ownership_ends_is_known_after_a_start_without_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counter.sqlite");
        for (ends, state) in [(false, LeaseState::Valid), (true, LeaseState::Over)] {
            let (store, _) = Store::open(&path).await.unwrap();
            // The program ended while it asked once more.
            let before = Proof {
                text: Some("7.x".into()),
                ends,
                asked: true,
                cloned: false,
                machine: None,
            };
            store.set_proof(&before).await.unwrap();
            store.close().await;
            let (store, _) = Store::open(&path).await.unwrap();
            let lease = Lease::kept(&store.proof().await.unwrap(), EVERY);
            lease.fail();
            lease.tried().await;
            assert_eq!(lease.state(), state, "it ends: {ends}");
            store.close().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn files_of_another_pc_mark_until_the_server_has_answered_also_of_a_counter_that_was_alone()
     {
        let (there, here) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        let kept = Proof {
            machine: Some(there),
            ..Proof::default()
        };
        for (pc, state) in [
            (Some(there), LeaseState::Valid),
            (Some(here), LeaseState::Over),
            (None, LeaseState::Over),
        ] {
            let lease = Lease::kept(&kept.clone().on(pc), EVERY);
            lease.fail();
            lease.tried().await;
            assert_eq!(lease.state(), state, "on {pc:?}");
        }
        let old: Proof =
            serde_json::from_str(r#"{"text":"7.x","ends":false,"asked":false,"cloned":false}"#)
                .unwrap();
        assert!(!old.on(Some(here)).ends, "nobody knows where it was given");
    }

    #[tokio::test]
    async fn a_copy_stays_one_until_the_server_says_otherwise_and_speaks_for_nobody() {
        let lease = Lease::kept(&Proof::default(), EVERY);
        lease.refuse(true);
        lease.refuse(false);
        lease.fail();
        assert_eq!(lease.state(), LeaseState::Lost);
        assert!(lease.is_cloned());
        let heard = tokio::time::timeout(Duration::from_millis(50), lease.heard()).await;
        assert!(heard.is_err());
        lease.grant(uptime(), None);
        assert_eq!(lease.state(), LeaseState::Valid);
        lease.heard().await;
    }
}
