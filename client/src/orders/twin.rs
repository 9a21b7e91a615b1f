//! A number that a restored server gives a second time: the revision that comes is not the one that was handled here. The
//! server is told of the one that it lost, and brings the order again under a number above both, as a later revision.

use api::{Order, OrderId, order::KnownRevision};

use crate::{
    orders::{
        entry::ReceivedOrder,
        feed::{Feed, FeedError},
        paper,
    },
    refusal::is_passing,
    settings::SettingsNow,
};

/// Tickets that cannot have the number of their revision, since it was given twice, are copies from this one on.
const COPIES_FROM: u32 = 100;

/// The newest revision that was handled here, when this one was not, and has no number above it. `kept` are those that were
/// handled.
pub fn given_twice<'a>(
    order: &Order,
    kept: impl Iterator<Item = &'a Order> + Clone,
) -> Option<KnownRevision> {
    let newest = kept.clone().max_by_key(|kept| kept.revision)?;
    let mut same = kept.filter(|kept| kept.revision == order.revision);
    let is_other = match same.next() {
        Some(same) => same.revised_at != order.revised_at,
        // An earlier one that was never heard here is no news.
        None => order.revision < newest.revision && order.revised_at > newest.revised_at,
    };
    is_other.then_some(KnownRevision {
        revision: newest.revision,
        revised_at: newest.revised_at,
    })
}

impl Feed {
    /// Sees to a revision whose number was given twice; `false` when it is none. Until the server knows, no later order is
    /// looked at.
    pub(super) async fn is_given_twice(
        &self,
        entry: &ReceivedOrder,
        settings: &SettingsNow,
    ) -> Result<bool, FeedError> {
        let Ok(order) = &entry.order else {
            return Ok(false);
        };
        let kept = self.store.revisions(entry.id, u32::MAX).await?;
        let read = kept
            .iter()
            .filter_map(|kept| serde_json::from_str(&kept.body).ok());
        let read: Vec<Order> = read.collect();
        let Some(known) = given_twice(order, read.iter()) else {
            return Ok(false);
        };
        tracing::warn!(order = %entry.id, revision = entry.revision, "the server has given a number twice");
        match self.tell_known(entry.id, known).await {
            Ok(()) => Ok(true),
            Err(problem) if is_passing(problem.code) => Err(FeedError::Server(problem)),
            Err(problem) => {
                tracing::error!(%problem, "the server does not take it; the order prints in full, marked");
                let mut jobs = paper::jobs(entry, settings, self.counter);
                for job in &mut jobs {
                    job.copy += COPIES_FROM;
                    job.drawer = false;
                }
                self.queue.submit_more(jobs).await?;
                Ok(false)
            }
        }
    }

    async fn tell_known(&self, order: OrderId, known: KnownRevision) -> Result<(), api::Problem> {
        self.session
            .call(self.business, async |access| {
                let backend = &access.backend;
                backend.known_revision(&access.token, order, known).await
            })
            .await
    }
}
