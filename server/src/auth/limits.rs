//! Which limits a login attempt is held to.
//!
//! Wrong passwords for an account count together with the network that they come from, so nobody locks an account for
//! others. What comes from many networks is held to a wider limit of the account. A counter that shows its device key
//! is held to neither: attempts of devices have counts of their own.

use std::{
    hash::Hash,
    net::IpAddr,
    time::{Duration, Instant},
};

use api::CounterId;
use uuid::Uuid;

use super::throttle::Throttle;

/// Attempts of one network, or of one device, at one account.
const ATTEMPTS: usize = 10;
const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Attempts of all networks, or of all devices, at one account; more than one of them can make alone.
const ACCOUNT_ATTEMPTS: usize = 100;
const ACCOUNT_WINDOW: Duration = Duration::from_secs(15 * 60);

/// A login attempt and what it proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Its device key is valid.
    Device { user: Uuid, counter: CounterId },
    /// It has proved nothing yet.
    Stranger { email: String, network: IpAddr },
}

/// The counts behind the limits.
#[derive(Debug, Default)]
pub(crate) struct LoginLimits {
    devices: Limits<Uuid, CounterId>,
    strangers: Limits<String, IpAddr>,
}

/// A limit for each account and origin, and a wider one for each account.
#[derive(Debug)]
struct Limits<A, O> {
    by_origin: Throttle<(A, O)>,
    by_account: Throttle<A>,
}

impl LoginLimits {
    /// Counts an attempt before its outcome is known, or says how long it has to wait. One whose caller hangs up stays
    /// counted.
    pub(crate) fn begin(&mut self, attempt: &Attempt, now: Instant) -> Result<(), Duration> {
        match attempt {
            Attempt::Device { user, counter } => self.devices.begin(user, counter, now),
            Attempt::Stranger { email, network } => self.strangers.begin(email, network, now),
        }
    }

    /// Takes an attempt back: it was no wrong password.
    pub(crate) fn undo(&mut self, attempt: &Attempt) {
        match attempt {
            Attempt::Device { user, counter } => self.devices.undo(user, counter),
            Attempt::Stranger { email, network } => self.strangers.undo(email, network),
        }
    }

    /// The password was right: earlier failures of the same origin were typing errors. Those of others stay counted.
    pub(crate) fn succeeded(&mut self, attempt: &Attempt) {
        self.undo(attempt);
        match attempt {
            Attempt::Device { user, counter } => self.devices.by_origin.clear(&(*user, *counter)),
            Attempt::Stranger { email, network } => {
                self.strangers.by_origin.clear(&(email.clone(), *network));
            }
        }
    }
}

impl<A: Clone + Eq + Hash, O: Clone + Eq + Hash> Limits<A, O> {
    fn begin(&mut self, account: &A, origin: &O, now: Instant) -> Result<(), Duration> {
        let key = (account.clone(), origin.clone());
        let waits = [
            self.by_origin.wait(&key, now),
            self.by_account.wait(account, now),
        ];
        waits.into_iter().flatten().max().map_or(Ok(()), Err)?;
        self.by_origin.count(&key, now);
        self.by_account.count(account, now);
        Ok(())
    }

    fn undo(&mut self, account: &A, origin: &O) {
        self.by_origin.uncount(&(account.clone(), origin.clone()));
        self.by_account.uncount(account);
    }
}

impl<A: Clone + Eq + Hash, O: Clone + Eq + Hash> Default for Limits<A, O> {
    fn default() -> Self {
        Limits {
            by_origin: Throttle::new(ATTEMPTS, WINDOW),
            by_account: Throttle::new(ACCOUNT_ATTEMPTS, ACCOUNT_WINDOW),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(network: u8) -> Attempt {
        Attempt::Stranger {
            email: "a@b".into(),
            network: IpAddr::from([192, 0, 2, network]),
        }
    }

    #[test]
    fn one_network_cannot_keep_others_out_however_long_it_guesses() {
        let start = Instant::now();
        let mut limits = LoginLimits::default();
        for second in 0..3600 {
            let now = start + Duration::from_secs(second);
            let _ = limits.begin(&from(1), now);
            assert_eq!(limits.begin(&from(2), now), Ok(()), "after {second} s");
            limits.succeeded(&from(2));
        }
        assert!(
            limits
                .begin(&from(1), start + Duration::from_secs(3599))
                .is_err()
        );
    }

    #[test]
    fn guesses_from_many_networks_are_bounded_and_a_device_key_passes() {
        let now = Instant::now();
        let mut limits = LoginLimits::default();
        let guesses = (0..=255).filter(|&n| limits.begin(&from(n), now).is_ok());
        assert_eq!(guesses.count(), ACCOUNT_ATTEMPTS);
        let device = |n| Attempt::Device {
            user: Uuid::from_u128(1),
            counter: CounterId(Uuid::from_u128(n)),
        };
        assert_eq!(limits.begin(&device(0), now), Ok(()));
        limits.succeeded(&device(0));
        // Somebody who can make device keys cannot guess without end either.
        let guesses = (0..200).filter(|&n| limits.begin(&device(n), now).is_ok());
        assert_eq!(guesses.count(), ACCOUNT_ATTEMPTS);
        let later = now + ACCOUNT_WINDOW;
        assert_eq!(limits.begin(&from(1), later), Ok(()));
    }
}
