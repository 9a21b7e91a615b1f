//! Whether this counter may print without saying that another one may have printed the same. The queue only asks; who
//! keeps the lease says.

use std::{fmt, sync::Arc};

use api::TicketKind;
use futures_util::future::BoxFuture;

/// How the lease on this counter's printers stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseState {
    /// No other counter may have taken its printers, or leases are not used.
    Valid,
    /// Another counter may print on them by now: what goes on is marked as a possible duplicate.
    Over,
    /// This program is not the counter that it says it is: nothing prints.
    Lost,
}

/// Whether a ticket may go on as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// As it is headed.
    Granted,
    /// Not without a mark.
    Unmarked,
    /// Not from this program.
    Refused,
}

/// Decides about a ticket as the lease stands. Test pages are nobody else's; a ticket that bears a mark needs no other, and
/// one that no other counter can have printed needs none.
pub fn leave(lease: LeaseState, needs_no_mark: bool, kind: TicketKind) -> Leave {
    match lease {
        LeaseState::Lost => Leave::Refused,
        LeaseState::Over if !needs_no_mark && kind != TicketKind::Test => Leave::Unmarked,
        LeaseState::Over | LeaseState::Valid => Leave::Granted,
    }
}

/// The lease of this counter. The default is always valid.
#[derive(Clone)]
pub struct Lease {
    state: Arc<dyn Fn() -> LeaseState + Send + Sync>,
    renewed: Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Lease {
    /// Asks `state` before each attempt, by a clock that counts on while this PC sleeps. Where it is over, `renewed` is
    /// awaited before a ticket is marked; it ends by itself after a short while, renewed or not.
    pub fn of(
        state: impl Fn() -> LeaseState + Send + Sync + 'static,
        renewed: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Lease {
            state: Arc::new(state),
            renewed: Arc::new(renewed),
        }
    }

    /// How it stands now.
    pub fn state(&self) -> LeaseState {
        (self.state)()
    }

    /// Waits for a try to renew it.
    pub(crate) async fn renewed(&self) {
        (self.renewed)().await;
    }
}

impl Default for Lease {
    fn default() -> Self {
        Lease::of(|| LeaseState::Valid, || Box::pin(async {}))
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&self.state()).finish()
    }
}
