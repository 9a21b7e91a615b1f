//! The task that renews the lease of this counter, and stands in for those that did not renew theirs.

mod standby;
mod unknown;

use std::{collections::BTreeMap, time::Duration};

use api::{
    BusinessId, Code, CounterId, Problem,
    counter::{Renewal, Renewed},
};
use printer_queue::{LeaseState, PrintQueue};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    clock::uptime,
    events::{ClientEvent, EventSender},
    lease::Lease,
    machine,
    orders::Feed,
    printers::Printers,
    proof_file::ProofFile,
    refusal,
    session::{Session, SessionState},
    store::{Proof, Store},
    view::Notice,
};

/// After so many renewals that were refused, a program whose last answer was lost would be known again.
const DOUBT: u32 = 3;

/// What the lease is renewed with.
#[derive(Debug, Clone)]
pub struct LeaseKeeper {
    /// It.
    pub lease: Lease,
    /// Who is signed in.
    pub session: Session,
    /// For which restaurant.
    pub business: BusinessId,
    /// Who we are.
    pub counter: CounterId,
    /// This run of the program.
    pub run: Uuid,
    /// The restaurant's file.
    pub store: Store,
    /// The same beside it.
    pub file: ProofFile,
    /// Where entries say that printers went to another counter.
    pub feed: Feed,
    /// The printers that this counter may have to stand in at.
    pub printers: Printers,
    /// What reaches them.
    pub queue: PrintQueue,
    /// Reports changes to the view builder.
    pub events: EventSender,
    /// How often it is renewed.
    pub every: Duration,
    /// The shortest pause before it is tried again.
    pub again: Duration,
}

/// The end of one try.
enum Tried {
    Renewed(Renewed),
    Refused,
    Failed,
}

impl LeaseKeeper {
    /// Renews it whenever somebody is signed in.
    pub async fn run(self, stop: CancellationToken) {
        let mut session = self.session.state();
        let here = |state: &SessionState| state.business() == Some(self.business);
        // Refusals in a row.
        let mut refused = 0_u32;
        let mut failures = 0_u32;
        let mut told = BTreeMap::new();
        loop {
            let signed_in = here(&session.borrow_and_update());
            let pause = if signed_in {
                let tried = tokio::select! {
                    tried = self.renew(&mut refused) => tried,
                    () = stop.cancelled() => return,
                };
                match tried {
                    Tried::Renewed(renewed) => {
                        failures = 0;
                        let seen_to = async {
                            self.stand_in(&renewed.over).await;
                            self.tell_of_unknown(&renewed.silent, &mut told).await;
                        };
                        tokio::select! {
                            () = seen_to => {}
                            () = stop.cancelled() => return,
                        }
                        self.every
                    }
                    Tried::Refused => self.every,
                    Tried::Failed => {
                        failures = failures.saturating_add(1);
                        let growth = 2_u32.saturating_pow(failures.min(8) - 1);
                        self.again.saturating_mul(growth).min(self.every)
                    }
                }
            } else {
                self.lease.fail();
                self.every
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.lease.wanted() => {}
                changed = session.changed() => if changed.is_err() { return },
                () = stop.cancelled() => return,
            }
        }
    }

    async fn renew(&self, refused: &mut u32) -> Tried {
        let kept = match self.store.proof().await {
            Ok(kept) => kept,
            Err(error) => return self.failed(&refusal::storage(&error)),
        };
        // From here on the server may have given a proof that is not kept.
        let asked = Proof {
            asked: true,
            ..kept.clone()
        };
        if let Err(problem) = self.keep(&asked).await {
            return self.failed(&problem);
        }
        let answer = tokio::time::timeout(self.every, self.ask(kept.text.clone())).await;
        match answer {
            Ok(Ok((sent, renewed))) => {
                *refused = 0;
                match self.renewed(&kept, sent, &renewed).await {
                    Ok(()) => Tried::Renewed(renewed),
                    Err(problem) => self.failed(&problem),
                }
            }
            Ok(Err(problem)) if problem.code == Code::CounterCloned => {
                *refused = refused.saturating_add(1);
                // A program that keeps the last answer it got is refused for no other reason.
                let for_good = kept.cloned || !kept.asked || *refused > DOUBT;
                self.refused(&kept, for_good).await;
                Tried::Refused
            }
            Ok(Err(problem)) => {
                if problem.code != Code::ServerUnreachable {
                    // A server without leases knows every program.
                    self.lease.hear();
                }
                self.failed(&problem)
            }
            Err(_) => self.failed(&Problem::new(
                Code::ServerUnreachable,
                "The server did not answer in time when the lease was renewed.",
            )),
        }
    }

    /// When it was sent, and what was answered.
    async fn ask(&self, proof: Option<String>) -> Result<(Duration, Renewed), Problem> {
        let renewal = Renewal {
            counter: self.counter,
            run: self.run,
            proof,
            machine: machine::here(self.counter).await,
        };
        self.session
            .call(self.business, async |access| {
                let sent = uptime();
                let renewed = access.backend.renew_lease(&access.token, &renewal).await?;
                Ok::<_, Problem>((sent, renewed))
            })
            .await
    }

    async fn renewed(
        &self,
        kept: &Proof,
        sent: Duration,
        renewed: &Renewed,
    ) -> Result<(), Problem> {
        let here = machine::here(self.counter).await;
        let proof = Proof {
            text: Some(renewed.proof.clone()),
            ends: renewed.lease_ms.is_some(),
            asked: false,
            cloned: false,
            machine: here,
        };
        self.keep(&proof).await?;
        let was_cloned = self.lease.is_cloned();
        self.lease.hear();
        let alone = !kept.clone().on(here).ends && !proof.ends;
        if self.lease.state() != LeaseState::Valid && !alone {
            // Another counter may have taken the printers: the feed says so before anything prints unmarked.
            self.caught_up().await?;
        }
        let lasts = renewed.lease_ms.map(Duration::from_millis);
        self.lease.grant(sent, lasts);
        if was_cloned {
            let over = ClientEvent::NoticeOver(Notice::CounterCloned);
            self.events.send(over).await;
        }
        Ok(())
    }

    /// Follows the feed to its end, after the settings were read that its orders go by.
    async fn caught_up(&self) -> Result<(), Problem> {
        let mut rounds = self.feed.rounds.subscribe();
        let once = rounds.wait_for(|rounds| *rounds > 0);
        if tokio::time::timeout(self.every, once).await.is_err() {
            return Err(Problem::new(
                Code::Unavailable,
                "The feed has not been read yet.",
            ));
        }
        Ok(self.feed.catch_up().await?)
    }

    async fn refused(&self, kept: &Proof, for_good: bool) {
        if for_good {
            tracing::error!(
                "another running program has the id of this counter, such as one on a copy of its files: this one prints nothing"
            );
        } else {
            tracing::warn!(
                "the server does not know this run of the program yet; nothing prints until it does"
            );
        }
        self.lease.refuse(for_good);
        // One whose last answer was lost may be known again at the next try.
        let cloned = Proof {
            cloned: for_good,
            ..kept.clone()
        };
        if let Err(problem) = self.keep(&cloned).await {
            tracing::error!(%problem, "that this is a copy of another program could not be kept");
        }
        if for_good {
            let notice = ClientEvent::Notice(Notice::CounterCloned);
            self.events.send(notice).await;
        }
    }

    fn failed(&self, problem: &Problem) -> Tried {
        tracing::warn!(%problem, "the lease of this counter could not be renewed");
        self.lease.fail();
        Tried::Failed
    }

    async fn keep(&self, proof: &Proof) -> Result<(), Problem> {
        if let Err(error) = self.file.keep(self.counter, proof) {
            tracing::error!(%error, "proof.json cannot be written");
        }
        let kept = self.store.set_proof(proof).await;
        kept.map_err(|error| refusal::storage(&error))
    }
}
