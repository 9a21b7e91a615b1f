//! How often a password may be guessed: a pure count, the caller brings the time.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// Failures for one e-mail within [`WINDOW`] before it has to wait.
const FAILURES: usize = 10;
/// How long a failure counts.
const WINDOW: Duration = Duration::from_secs(5 * 60);
/// E-mails that are remembered at the most, so that made-up ones cannot fill the memory.
const EMAILS: usize = 10_000;

/// The failed logins of the last minutes, by e-mail.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    failures: HashMap<String, VecDeque<Instant>>,
}

impl Throttle {
    /// How long this e-mail has to wait; `None` when it may try.
    pub(crate) fn wait(&mut self, email: &str, now: Instant) -> Option<Duration> {
        let failures = self.failures.get_mut(email)?;
        while failures.front().is_some_and(|&at| now >= at + WINDOW) {
            failures.pop_front();
        }
        if failures.len() < FAILURES {
            return None;
        }
        failures.front().map(|&at| at + WINDOW - now)
    }

    /// A login failed.
    pub(crate) fn failed(&mut self, email: &str, now: Instant) {
        if self.failures.len() >= EMAILS && !self.failures.contains_key(email) {
            self.failures
                .retain(|_, at| at.back().is_some_and(|&at| now < at + WINDOW));
            if self.failures.len() >= EMAILS {
                // All are recent: the one that failed longest ago goes.
                let oldest = self
                    .failures
                    .iter()
                    .min_by_key(|(_, at)| at.back().copied())
                    .map(|(email, _)| email.clone());
                if let Some(oldest) = oldest {
                    self.failures.remove(&oldest);
                }
            }
        }
        self.failures
            .entry(email.to_owned())
            .or_default()
            .push_back(now);
    }

    /// A login went well: earlier failures were typing errors.
    pub(crate) fn went_well(&mut self, email: &str) {
        self.failures.remove(email);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_guess_waits_until_the_first_is_five_minutes_old() {
        let start = Instant::now();
        let second = |n| start + Duration::from_secs(n);
        let mut throttle = Throttle::default();
        for n in 0..10 {
            assert_eq!(throttle.wait("a@b", second(n)), None);
            throttle.failed("a@b", second(n));
        }
        assert_eq!(
            throttle.wait("a@b", second(10)),
            Some(Duration::from_secs(290))
        );
        assert_eq!(
            throttle.wait("c@d", second(10)),
            None,
            "others are not hindered"
        );
        assert_eq!(throttle.wait("a@b", second(300)), None);
    }

    #[test]
    fn a_login_that_went_well_forgets_the_failures_before_it() {
        let now = Instant::now();
        let mut throttle = Throttle::default();
        for _ in 0..10 {
            throttle.failed("a@b", now);
        }
        throttle.went_well("a@b");
        assert_eq!(throttle.wait("a@b", now), None);
    }

    #[test]
    fn made_up_names_do_not_fill_the_memory() {
        let start = Instant::now();
        let mut throttle = Throttle::default();
        for n in 0..EMAILS + 50 {
            throttle.failed(&n.to_string(), start + Duration::from_millis(n as u64));
        }
        assert_eq!(throttle.failures.len(), EMAILS);
        assert!(!throttle.failures.contains_key("0") && throttle.failures.contains_key("10049"));
    }
}
