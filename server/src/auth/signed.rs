//! Who sent a request.

use api::{BusinessId, Code, session::Claims};
use sea_orm::Value;
use uuid::Uuid;

use crate::{
    http::Peer,
    refusal::{Refusal, no},
};

/// A signed-in user.
#[derive(Debug, Clone)]
pub(crate) struct Staff(pub Claims);

/// The bearer of a valid access token whose session may have ended since: for a handler that begins with a query anyway
/// and asks in it for the session too.
#[derive(Debug)]
pub(crate) struct Signed {
    claims: Claims,
    session: Uuid,
    /// When it was asked, in milliseconds since 1970.
    now: i64,
    peer: Option<Peer>,
}

impl Signed {
    pub(super) fn new(claims: Claims, session: Uuid, now: i64, peer: Option<Peer>) -> Signed {
        Signed {
            claims,
            session,
            now,
            peer,
        }
    }

    /// Whose rows the query may read. Nothing of them is told before [`Signed::proven`].
    pub(crate) fn business(&self) -> BusinessId {
        self.claims.business_id
    }

    /// The first two values of a query with [`super::ALIVE`] in it.
    pub(crate) fn session(&self) -> [Value; 2] {
        [self.session.into(), self.now.into()]
    }

    /// The user, of a session that is still alive.
    pub(crate) fn proven(self, is_alive: bool) -> Result<Staff, Refusal> {
        if !is_alive {
            return Err(no(
                Code::Unauthenticated,
                "the login of this access token has ended: sign in again",
            ));
        }
        if let Some(peer) = &self.peer {
            peer.slot.authenticated();
        }
        Ok(Staff(self.claims))
    }
}
