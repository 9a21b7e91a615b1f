//! Which limits a login attempt is held to.

use std::time::{Duration, Instant};

use api::CounterId;
use uuid::Uuid;

use super::throttle::Throttle;

/// Attempts within [`WINDOW`].
const ATTEMPTS: usize = 10;
const WINDOW: Duration = Duration::from_secs(5 * 60);

/// A login attempt and what it proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Its device key is valid.
    Device { user: Uuid, counter: CounterId },
    /// It proved nothing yet.
    Stranger { email: String },
}

impl Attempt {
    pub(crate) fn of_device(user: Uuid, counter: CounterId) -> Self {
        Attempt::Device { user, counter }
    }

    pub(crate) fn of_stranger(email: String) -> Self {
        Attempt::Stranger { email }
    }
}

/// The counts behind the limits. A counter with a device key has a count of its own, which nobody else can fill.
#[derive(Debug)]
pub(crate) struct LoginLimits {
    by_device: Throttle<(Uuid, CounterId)>,
    by_email: Throttle<String>,
}

impl Default for LoginLimits {
    fn default() -> Self {
        LoginLimits {
            by_device: Throttle::new(ATTEMPTS, WINDOW),
            by_email: Throttle::new(ATTEMPTS, WINDOW),
        }
    }
}

impl LoginLimits {
    /// Counts an attempt, or says how long it has to wait.
    pub(crate) fn begin(&mut self, attempt: &Attempt, now: Instant) -> Result<(), Duration> {
        match attempt {
            Attempt::Device { user, counter } => self.by_device.begin(&(*user, *counter), now),
            Attempt::Stranger { email } => self.by_email.begin(email, now),
        }
    }

    /// Takes an attempt back: it was no wrong password.
    pub(crate) fn undo(&mut self, attempt: &Attempt) {
        match attempt {
            Attempt::Device { user, counter } => self.by_device.uncount(&(*user, *counter)),
            Attempt::Stranger { email } => self.by_email.uncount(email),
        }
    }

    /// The password was right.
    pub(crate) fn succeeded(&mut self, attempt: &Attempt) {
        match attempt {
            Attempt::Device { user, counter } => self.by_device.clear(&(*user, *counter)),
            Attempt::Stranger { email } => self.by_email.clear(email),
        }
    }
}
