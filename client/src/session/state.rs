//! What others see of a session.

use api::{BusinessId, Problem};

use crate::{backend::Backend, identity::LastLogin};

/// Who is signed in.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionState {
    /// Nobody.
    SignedOut {
        /// Who was, to fill in the form.
        last: Option<LastLogin>,
        /// Why it ended by itself.
        ended: Option<Problem>,
    },
    /// Somebody.
    SignedIn {
        /// Who and where.
        login: LastLogin,
        /// The keyring refused: after a restart somebody has to sign in again.
        forgotten_at_exit: bool,
    },
}

impl SessionState {
    /// The restaurant of the session.
    pub fn business(&self) -> Option<BusinessId> {
        match self {
            SessionState::SignedOut { .. } => None,
            SessionState::SignedIn { login, .. } => Some(login.business_id),
        }
    }
}

/// What one call to the server needs.
#[derive(Clone)]
pub struct Access {
    /// Which server.
    pub backend: Backend,
    /// What proves who we are; never written to a log.
    pub token: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}
