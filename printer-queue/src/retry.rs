//! Decides what follows an attempt. The only place that decides whether a ticket may print a second time.

use std::time::Duration;

use api::{
    Outcome, PrinterId,
    job::{FailCause, NotPrinted, WaitCause},
    printer::{PrintPolicy, ReprintUncertain, WhenUnreachable},
};
use jiff::Timestamp;

pub use crate::job::{Next, spends, waits_for};

/// What an attempt is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tries {
    /// Attempts of this job that were spent in this outage, the one just made included.
    pub spent: u32,
    /// The ticket is already headed as a possible duplicate.
    pub marked: bool,
    /// How long the printer has not been able to print.
    pub waited: Duration,
    /// A backup that could print it now; `None` also for a ticket that came from another printer or must not leave this one.
    pub backup: Option<PrinterId>,
    /// A random number from 0 to 1, so that many counters do not retry in step.
    pub jitter: f64,
}

/// Decides. Only what is known not to have printed goes on by itself; what may have printed is never tried again
/// without its mark.
pub fn after(outcome: &Outcome, tries: Tries, policy: &PrintPolicy, now: Timestamp) -> Next {
    let exhausted = tries.spent >= policy.attempts.max(1);
    let fails_over = fail_over(policy, tries.waited, tries.backup).map(Next::FailOver);
    let again = || Next::Again {
        at: later(now, backoff(tries.spent, policy, tries.jitter)),
    };
    match outcome {
        Outcome::Confirmed => Next::Printed,
        Outcome::Sent => Next::Sent,
        // A device that is busy with another program, resets or answers nonsense is as good as not reached.
        Outcome::NotPrinted(
            why @ (NotPrinted::Unreached { detail } | NotPrinted::Refused { detail }),
        ) => match (exhausted, fails_over, policy.when_unreachable) {
            (false, _, _) => again(),
            (true, Some(fails_over), _) => fails_over,
            (true, None, WhenUnreachable::Wait) => Next::WaitForPrinter(WaitCause::Unreachable),
            (true, None, WhenUnreachable::Fail) => Next::GiveUp {
                cause: match why {
                    NotPrinted::Refused { .. } => FailCause::Refused,
                    NotPrinted::Unreached { .. }
                    | NotPrinted::NotReady { .. }
                    | NotPrinted::Impossible { .. } => FailCause::Unreachable,
                },
                detail: detail.clone(),
            },
        },
        Outcome::NotPrinted(NotPrinted::NotReady { health }) => {
            fails_over.unwrap_or(Next::WaitForPrinter(waits_for(*health)))
        }
        Outcome::NotPrinted(NotPrinted::Impossible { detail }) => Next::GiveUp {
            cause: FailCause::NotPrintable,
            detail: detail.clone(),
        },
        Outcome::Uncertain(doubt) => match policy.reprint_uncertain {
            ReprintUncertain::Marked if !tries.marked => Next::AgainMarked,
            ReprintUncertain::Marked | ReprintUncertain::Ask => Next::AskPerson(*doubt),
        },
    }
}

/// Where a ticket goes of which no byte has left and whose printer has not been able to print for so long.
pub fn fail_over(
    policy: &PrintPolicy,
    waited: Duration,
    backup: Option<PrinterId>,
) -> Option<PrinterId> {
    let after = Duration::from_secs(policy.failover_after_s?.into());
    backup.filter(|_| waited >= after)
}

/// How long to wait after the given number of tries: the first delay, doubled with each further one, a fifth more or
/// less by `jitter` (0 to 1), never above the ceiling.
pub fn backoff(tries: u32, policy: &PrintPolicy, jitter: f64) -> Duration {
    let doubled = u64::from(policy.first_delay_ms)
        .saturating_mul(1u64 << tries.saturating_sub(1).min(32))
        .min(u64::from(policy.ceiling_ms));
    let factor = 0.8 + 0.4 * jitter.clamp(0.0, 1.0);
    Duration::from_millis(doubled)
        .mul_f64(factor)
        .min(Duration::from_millis(u64::from(policy.ceiling_ms)))
}

/// Further than a clock can count is the end of its days.
pub(crate) fn later(now: Timestamp, delay: Duration) -> Timestamp {
    now.saturating_add(delay).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::{job::Doubt, printer::Health};
    use proptest::prelude::*;

    fn tries(spent: u32) -> Tries {
        Tries {
            spent,
            marked: false,
            waited: Duration::ZERO,
            backup: None,
            jitter: 0.5,
        }
    }

    fn bar() -> PrinterId {
        PrinterId(uuid::Uuid::from_u128(7))
    }

    /// With a backup, after the printer has not been able to print for so many seconds.
    fn covered(spent: u32, seconds: u64) -> Tries {
        Tries {
            waited: Duration::from_secs(seconds),
            backup: Some(bar()),
            ..tries(spent)
        }
    }

    fn unreached() -> Outcome {
        Outcome::NotPrinted(NotPrinted::Unreached {
            detail: "refused".into(),
        })
    }

    fn refused() -> Outcome {
        Outcome::NotPrinted(NotPrinted::Refused {
            detail: "reset".into(),
        })
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).expect("within the range")
    }

    #[test]
    fn what_printed_is_never_tried_again() {
        for spent in 0..5 {
            let policy = PrintPolicy::default();
            assert_eq!(
                after(&Outcome::Confirmed, tries(spent), &policy, now()),
                Next::Printed
            );
            assert_eq!(
                after(&Outcome::Sent, tries(spent), &policy, now()),
                Next::Sent
            );
        }
    }

    #[test]
    fn a_printer_that_is_not_reached_is_tried_three_times_and_then_waited_for() {
        let policy = PrintPolicy::default();
        for (spent, millis) in [(1, 1_000), (2, 2_000)] {
            let at = later(now(), Duration::from_millis(millis));
            assert_eq!(
                after(&unreached(), tries(spent), &policy, now()),
                Next::Again { at }
            );
        }
        for spent in [3, 4, 100] {
            assert_eq!(
                after(&unreached(), tries(spent), &policy, now()),
                Next::WaitForPrinter(WaitCause::Unreachable)
            );
        }
    }

    #[test]
    fn where_it_is_set_so_the_ticket_fails_instead() {
        let policy = PrintPolicy {
            when_unreachable: WhenUnreachable::Fail,
            ..PrintPolicy::default()
        };
        assert!(matches!(
            after(&unreached(), tries(2), &policy, now()),
            Next::Again { .. }
        ));
        assert_eq!(
            after(&unreached(), tries(3), &policy, now()),
            Next::GiveUp {
                cause: FailCause::Unreachable,
                detail: "refused".into()
            }
        );
    }

    #[test]
    fn a_printer_that_answers_and_cannot_print_is_waited_for_without_spending_a_try() {
        let policy = PrintPolicy::default();
        for (health, cause) in [
            (Health::PaperOut, WaitCause::PaperOut),
            (Health::CoverOpen, WaitCause::CoverOpen),
            (Health::CutterError, WaitCause::CutterError),
            (Health::Fault, WaitCause::Fault),
            (Health::Offline, WaitCause::Offline),
        ] {
            let outcome = Outcome::NotPrinted(NotPrinted::NotReady { health });
            assert!(!spends(&outcome));
            assert_eq!(
                after(&outcome, tries(99), &policy, now()),
                Next::WaitForPrinter(cause)
            );
        }
    }

    #[test]
    fn a_backup_takes_over_after_its_time_at_once_or_never() {
        let paper_out = Outcome::NotPrinted(NotPrinted::NotReady {
            health: Health::PaperOut,
        });
        for (after_s, seconds, goes) in [
            (Some(120), 119, false),
            (Some(120), 120, true),
            (Some(0), 0, true),
            (None, 1_000_000, false),
        ] {
            for when_unreachable in [WhenUnreachable::Wait, WhenUnreachable::Fail] {
                let policy = PrintPolicy {
                    failover_after_s: after_s,
                    when_unreachable,
                    ..PrintPolicy::default()
                };
                for (outcome, spent) in [(&unreached(), 3), (&paper_out, 0)] {
                    let next = after(outcome, covered(spent, seconds), &policy, now());
                    assert_eq!(next == Next::FailOver(bar()), goes, "{next:?}");
                    let alone = Tries {
                        backup: None,
                        ..covered(spent, seconds)
                    };
                    let next = after(outcome, alone, &policy, now());
                    assert!(!matches!(next, Next::FailOver(_)), "{next:?}");
                }
            }
        }
    }

    #[test]
    fn a_printer_that_was_not_reached_keeps_its_tries_before_its_backup_takes_over() {
        let policy = PrintPolicy {
            failover_after_s: Some(0),
            ..PrintPolicy::default()
        };
        let next = after(&unreached(), covered(2, 500), &policy, now());
        assert!(matches!(next, Next::Again { .. }), "{next:?}");
    }

    #[test]
    fn a_printer_that_takes_nothing_is_tried_three_times_and_then_waited_for() {
        let policy = PrintPolicy::default();
        assert!(spends(&refused()));
        assert!(matches!(
            after(&refused(), tries(2), &policy, now()),
            Next::Again { .. }
        ));
        assert_eq!(
            after(&refused(), tries(3), &policy, now()),
            Next::WaitForPrinter(WaitCause::Unreachable)
        );
        let policy = PrintPolicy {
            when_unreachable: WhenUnreachable::Fail,
            ..policy
        };
        assert_eq!(
            after(&refused(), tries(3), &policy, now()),
            Next::GiveUp {
                cause: FailCause::Refused,
                detail: "reset".into()
            }
        );
    }

    #[test]
    fn what_no_try_can_cure_fails_at_once() {
        let outcome = Outcome::NotPrinted(NotPrinted::Impossible { detail: "x".into() });
        assert_eq!(
            after(&outcome, tries(0), &PrintPolicy::default(), now()),
            Next::GiveUp {
                cause: FailCause::NotPrintable,
                detail: "x".into()
            }
        );
    }

    #[test]
    fn what_may_have_printed_asks_a_person_or_prints_once_more_with_its_mark() {
        let marked = PrintPolicy {
            reprint_uncertain: ReprintUncertain::Marked,
            ..PrintPolicy::default()
        };
        for doubt in [
            Doubt::NoConfirmation,
            Doubt::ConnectionLost,
            Doubt::ProgramEnded,
            Doubt::PrinterRestarted,
        ] {
            let outcome = Outcome::Uncertain(doubt);
            assert!(!spends(&outcome));
            let ask = PrintPolicy::default();
            assert_eq!(
                after(&outcome, tries(0), &ask, now()),
                Next::AskPerson(doubt)
            );
            assert_eq!(after(&outcome, tries(0), &marked, now()), Next::AgainMarked);
            let second = Tries {
                marked: true,
                ..tries(0)
            };
            assert_eq!(
                after(&outcome, second, &marked, now()),
                Next::AskPerson(doubt)
            );
        }
    }

    proptest! {
        #[test]
        fn the_wait_between_two_tries_stays_within_its_bounds(
            spent in 0u32..200,
            first in 0u32..100_000,
            ceiling in 0u32..1_000_000,
            jitter in 0.0f64..=1.0,
        ) {
            let policy = PrintPolicy { first_delay_ms: first, ceiling_ms: ceiling, ..PrintPolicy::default() };
            let wait = backoff(spent, &policy, jitter);
            prop_assert!(wait <= Duration::from_millis(ceiling.into()));
            let least = Duration::from_millis(first.min(ceiling).into()).mul_f64(0.79);
            prop_assert!(wait >= least);
            prop_assert!(backoff(spent + 1, &policy, jitter) >= wait);
        }

        #[test]
        fn nothing_but_not_printed_is_tried_again_unmarked(
            spent in 0u32..10, marked: bool, wait: bool, ask: bool, backup: bool, which in 0usize..8,
        ) {
            let outcome = [
                Outcome::Confirmed,
                Outcome::Sent,
                Outcome::Uncertain(Doubt::NoConfirmation),
                Outcome::Uncertain(Doubt::ConnectionLost),
                Outcome::Uncertain(Doubt::ProgramEnded),
                Outcome::Uncertain(Doubt::PrinterRestarted),
                unreached(),
                refused(),
            ][which].clone();
            let policy = PrintPolicy {
                when_unreachable: if wait { WhenUnreachable::Wait } else { WhenUnreachable::Fail },
                reprint_uncertain: if ask { ReprintUncertain::Ask } else { ReprintUncertain::Marked },
                ..PrintPolicy::default()
            };
            let next = after(&outcome, Tries { spent, marked, jitter: 0.0, waited: Duration::from_secs(999), backup: backup.then(bar) }, &policy, now());
            if matches!(next, Next::Again { .. } | Next::WaitForPrinter(_) | Next::FailOver(_)) {
                prop_assert!(matches!(outcome, Outcome::NotPrinted(_)));
            }
        }
    }
}
