//! Limits how often passwords may be guessed. Counts only: the caller brings the time.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    time::{Duration, Instant},
};

/// Keys that are remembered at the most, so that made-up ones cannot fill the memory.
const CAPACITY: usize = 10_000;

/// The recent login attempts that have not succeeded, by key.
#[derive(Debug)]
pub(crate) struct Throttle<K> {
    limit: usize,
    window: Duration,
    attempts: HashMap<K, VecDeque<Instant>>,
}

impl<K: Clone + Eq + Hash> Throttle<K> {
    /// Allows `limit` attempts within `window` for each key.
    pub(crate) fn new(limit: usize, window: Duration) -> Self {
        Throttle {
            limit,
            window,
            attempts: HashMap::new(),
        }
    }

    /// How long this key has to wait; `None` when it may try.
    pub(crate) fn wait(&mut self, key: &K, now: Instant) -> Option<Duration> {
        let attempts = self.attempts.get_mut(key)?;
        while attempts.front().is_some_and(|&at| now >= at + self.window) {
            attempts.pop_front();
        }
        if attempts.len() < self.limit {
            return None;
        }
        attempts.front().map(|&at| at + self.window - now)
    }

    /// Counts an attempt before its outcome is known: one whose caller hangs up counts as well.
    pub(crate) fn count(&mut self, key: &K, now: Instant) {
        if self.attempts.len() >= CAPACITY && !self.attempts.contains_key(key) {
            let window = self.window;
            self.attempts
                .retain(|_, at| at.back().is_some_and(|&at| now < at + window));
            if self.attempts.len() >= CAPACITY {
                // All are recent: the one with the oldest last attempt is evicted.
                let oldest = self
                    .attempts
                    .iter()
                    .min_by_key(|(_, at)| at.back().copied())
                    .map(|(key, _)| key.clone());
                if let Some(oldest) = oldest {
                    self.attempts.remove(&oldest);
                }
            }
        }
        let attempts = self.attempts.entry(key.clone()).or_default();
        if attempts.len() >= self.limit {
            attempts.pop_front();
        }
        attempts.push_back(now);
    }

    /// Takes back one attempt: it was no wrong password.
    pub(crate) fn uncount(&mut self, key: &K) {
        if let Some(attempts) = self.attempts.get_mut(key) {
            attempts.pop_back();
            if attempts.is_empty() {
                self.attempts.remove(key);
            }
        }
    }

    /// A login succeeded: earlier failures were typing errors.
    pub(crate) fn clear(&mut self, key: &K) {
        self.attempts.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(300);

    #[test]
    fn the_eleventh_guess_waits_until_the_first_is_five_minutes_old() {
        let start = Instant::now();
        let second = |n| start + Duration::from_secs(n);
        let mut throttle = Throttle::new(10, WINDOW);
        for n in 0..10 {
            assert_eq!(throttle.wait(&"a@b", second(n)), None);
            throttle.count(&"a@b", second(n));
        }
        assert_eq!(
            throttle.wait(&"a@b", second(10)),
            Some(Duration::from_secs(290))
        );
        assert_eq!(
            throttle.wait(&"c@d", second(10)),
            None,
            "others are not hindered"
        );
        assert_eq!(throttle.wait(&"a@b", second(300)), None);
    }

    #[test]
    fn a_login_that_went_well_forgets_the_failures_before_it() {
        let now = Instant::now();
        let mut throttle = Throttle::new(10, WINDOW);
        for _ in 0..10 {
            throttle.count(&"a@b", now);
        }
        throttle.clear(&"a@b");
        assert_eq!(throttle.wait(&"a@b", now), None);
    }

    #[test]
    fn an_attempt_that_was_no_wrong_password_is_taken_back() {
        let now = Instant::now();
        let mut throttle = Throttle::new(1, WINDOW);
        throttle.count(&"a@b", now);
        throttle.uncount(&"a@b");
        throttle.uncount(&"a@b");
        assert_eq!(throttle.wait(&"a@b", now), None);
        assert!(throttle.attempts.is_empty());
    }

    #[test]
    fn made_up_names_do_not_fill_the_memory() {
        let start = Instant::now();
        let mut throttle = Throttle::new(10, WINDOW);
        for n in 0..CAPACITY + 50 {
            throttle.count(&n, start + Duration::from_millis(n as u64));
        }
        assert_eq!(throttle.attempts.len(), CAPACITY);
        assert!(!throttle.attempts.contains_key(&0) && throttle.attempts.contains_key(&10_049));
        for n in 0..50 {
            throttle.count(&0, start + Duration::from_secs(n));
        }
        assert_eq!(throttle.attempts[&0].len(), 10);
    }
}
