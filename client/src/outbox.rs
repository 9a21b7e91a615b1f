//! When a changed setting is sent: once it has rested, and later again when the server was away. Pure, and made of
//! stored times only, so that the waiting survives a restart.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A key that the server does not have yet, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting<K> {
    /// Which setting.
    pub key: K,
    /// Its last change; each change begins its rest anew, and ends `failures` and `next_try`.
    pub changed_at: Timestamp,
    /// Tries since the last change that did not reach the server.
    pub failures: u32,
    /// When the last of these said to try again.
    pub next_try: Option<Timestamp>,
}

/// How patient the outbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long a key rests after its last change.
    pub debounce: Duration,
    /// The pause after the first failure, at the most.
    pub first: Duration,
    /// The longest pause.
    pub ceiling: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            debounce: Duration::from_secs(120),
            first: Duration::from_secs(1),
            ceiling: Duration::from_secs(300),
        }
    }
}

/// What to do now, and when to ask again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<K> {
    /// To be sent now, the longest due first.
    pub due: Vec<K>,
    /// When the next one is due; `None` when nothing else waits.
    pub wake_at: Option<Timestamp>,
}

/// Decides for all keys that wait.
pub fn decide<K: Clone>(waiting: &[Waiting<K>], pace: &Pace, now: Timestamp) -> Decision<K> {
    let mut times: Vec<(Timestamp, &Waiting<K>)> = waiting
        .iter()
        .map(|key| (due_at(key, pace, now), key))
        .collect();
    times.sort_by_key(|(at, _)| *at);
    let (due, later): (Vec<_>, Vec<_>) = times.into_iter().partition(|(at, _)| *at <= now);
    Decision {
        due: due.into_iter().map(|(_, key)| key.key.clone()).collect(),
        wake_at: later.first().map(|(at, _)| *at),
    }
}

/// When a key is due, seen from `now`. A time that lies further ahead than any pause can was written before the clock
/// was set back; how much of the pause is over nobody knows, so it counts as over. Sent early costs one request, and
/// waiting it out could take as long as the clock jumped.
pub fn due_at<K>(waiting: &Waiting<K>, pace: &Pace, now: Timestamp) -> Timestamp {
    let rested = if waiting.changed_at > now {
        now
    } else {
        later(waiting.changed_at, pace.debounce)
    };
    match waiting.next_try {
        Some(next) if next <= later(now, pace.ceiling) => rested.max(next),
        Some(_) | None => rested,
    }
}

/// When to try again after the `failures`-th try in a row (from 1) failed at `now`. `jitter` is a random number from
/// 0 to 1: the pause lies between half and all of what has doubled since the first failure, so that counters which
/// lost the same server do not come back all at once.
pub fn next_try(failures: u32, jitter: f64, pace: &Pace, now: Timestamp) -> Timestamp {
    let doubled = 1u32
        .checked_shl(failures.saturating_sub(1))
        .and_then(|times| pace.first.checked_mul(times))
        .unwrap_or(pace.ceiling)
        .min(pace.ceiling);
    let jitter = if jitter.is_finite() {
        jitter.clamp(0.0, 1.0)
    } else {
        1.0
    };
    later(now, doubled.mul_f64(0.5 + jitter / 2.0).min(doubled))
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn changed(key: &'static str, seconds: i64) -> Waiting<&'static str> {
        Waiting {
            key,
            changed_at: at(seconds),
            failures: 0,
            next_try: None,
        }
    }

    fn decided(
        waiting: &[Waiting<&'static str>],
        now: i64,
    ) -> (Vec<&'static str>, Option<Timestamp>) {
        let Decision { due, wake_at } = decide(waiting, &Pace::default(), at(now));
        (due, wake_at)
    }

    #[test]
    fn a_key_is_sent_two_minutes_after_its_last_change() {
        let waiting = [changed("rules", 0)];
        assert_eq!(decided(&waiting, 119), (vec![], Some(at(120))));
        assert_eq!(decided(&waiting, 120), (vec!["rules"], None));
        assert_eq!(
            decided(&[changed("rules", 100)], 120),
            (vec![], Some(at(220)))
        );
    }

    #[test]
    fn each_key_rests_by_itself_and_the_longest_due_goes_first() {
        let waiting = [changed("a", 60), changed("b", 0), changed("c", 30)];
        assert_eq!(decided(&waiting, 120), (vec!["b"], Some(at(150))));
        assert_eq!(decided(&waiting, 160), (vec!["b", "c"], Some(at(180))));
        assert_eq!(decided(&[], 0), (vec![], None));
    }

    #[test]
    fn what_became_due_while_the_program_was_closed_is_due_at_start() {
        assert_eq!(
            decided(&[changed("rules", -90_000)], 0),
            (vec!["rules"], None)
        );
    }

    #[test]
    fn after_a_failure_it_is_tried_again_when_it_was_said() {
        let mut key = changed("rules", -300);
        key.failures = 1;
        key.next_try = Some(at(8));
        assert_eq!(decided(&[key.clone()], 7), (vec![], Some(at(8))));
        assert_eq!(decided(&[key], 8), (vec!["rules"], None));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_wait() {
        let mut key = changed("rules", 3_600);
        assert_eq!(decided(&[key.clone()], 0), (vec!["rules"], None));
        key.changed_at = at(-200);
        key.next_try = Some(at(3_600));
        assert_eq!(decided(&[key], 0), (vec!["rules"], None));
    }

    #[test]
    fn pauses_double_up_to_the_ceiling() {
        let pace = Pace::default();
        for (failures, longest) in [
            (1, 1),
            (2, 2),
            (3, 4),
            (9, 256),
            (10, 300),
            (32, 300),
            (u32::MAX, 300),
            (0, 1),
        ] {
            assert_eq!(
                next_try(failures, 1.0, &pace, at(0)),
                at(longest),
                "{failures}"
            );
        }
        assert_eq!(next_try(3, 0.0, &pace, at(0)), at(2));
        assert_eq!(next_try(1, f64::NAN, &pace, at(0)), at(1));
    }

    proptest! {
        /// Without failures a key is due exactly when it has rested, no matter when it is asked for.
        #[test]
        fn a_key_is_never_due_before_its_rest_and_never_later(
            changed_at in 0i64..10_000, asked_after in 0i64..1_000, debounce in 0u64..600,
        ) {
            let pace = Pace { debounce: Duration::from_secs(debounce), ..Pace::default() };
            let waiting = [changed("key", changed_at)];
            let decision = decide(&waiting, &pace, at(changed_at + asked_after));
            let rested = at(changed_at + i64::try_from(debounce).unwrap());
            if asked_after >= i64::try_from(debounce).unwrap() {
                prop_assert_eq!(decision, Decision { due: vec!["key"], wake_at: None });
            } else {
                prop_assert_eq!(decision, Decision { due: vec![], wake_at: Some(rested) });
            }
        }

        /// Whatever was stored, nobody waits longer than the longest pause there is, and a wake-up lies ahead.
        #[test]
        fn no_stored_time_makes_a_key_wait_for_ever(
            changed_at in any::<i32>(), next_try in proptest::option::of(any::<i32>()), now in any::<i32>(),
        ) {
            let pace = Pace::default();
            let waiting = [Waiting {
                key: (), changed_at: at(changed_at.into()), failures: 1, next_try: next_try.map(|s| at(s.into())),
            }];
            let now = at(now.into());
            let decision = decide(&waiting, &pace, now);
            match decision.wake_at {
                Some(wake) => prop_assert!(decision.due.is_empty() && wake > now && wake <= later(now, pace.ceiling)),
                None => prop_assert_eq!(decision.due.len(), 1),
            }
        }

        #[test]
        fn a_pause_lies_between_half_and_all_of_what_it_may_be(failures in 1u32..64, jitter in 0.0f64..=1.0) {
            let pace = Pace::default();
            let next = next_try(failures, jitter, &pace, at(0));
            prop_assert!(next <= next_try(failures, 1.0, &pace, at(0)));
            prop_assert!(next >= next_try(failures, 0.0, &pace, at(0)));
            prop_assert!(next > at(0) && next <= at(300));
        }
    }
}
