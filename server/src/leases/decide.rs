//! What a renewal is answered, whether a lease is over, and whether a printer may be taken. Pure; times are milliseconds
//! by the server's clock.

use api::{
    counter::{LEASE_MS, LEASE_RENEWAL_MS},
    feed::ClaimFrom,
};
use uuid::Uuid;

/// How long leases last, and how often they are renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long one lasts, in milliseconds.
    pub lease_ms: u64,
    /// How often counters renew it, in milliseconds.
    pub renewal_ms: u64,
}

impl Default for Terms {
    fn default() -> Self {
        Terms {
            lease_ms: LEASE_MS,
            renewal_ms: LEASE_RENEWAL_MS,
        }
    }
}

impl Terms {
    /// A run of the program that has not renewed for so long may have ended: two renewals did not come, and a quarter
    /// of the time to the third.
    pub fn silent_ms(self) -> i64 {
        i64::try_from(self.renewal_ms.saturating_mul(9) / 4).unwrap_or(i64::MAX)
    }
}
/// Counters that were heard within this time are in use.
pub const IN_USE_MS: i64 = 24 * 60 * 60 * 1000;

/// What the server knows of the program behind a counter's id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known<'a> {
    /// The newest proof that was given out; nothing before the first renewal.
    pub proof: Option<&'a str>,
    /// The one before it.
    pub previous: Option<&'a str>,
    /// The run of the program that renewed last.
    pub run: Option<Uuid>,
    /// When it did.
    pub renewed_at: Option<i64>,
}

/// The answer to a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is the program: a new proof.
    Rotate,
    /// It is the program, and the last answer did not reach it: the same proof again.
    Again,
    /// It is another program with the same id.
    Cloned,
}

/// Decides whether a renewal comes from the one program with its id.
///
/// A proof with a greater number than the newest one known was given out by a later state of this database: it was
/// restored, and the program is not a clone for that.
pub fn renewal(known: Known<'_>, run: Uuid, proof: Option<&str>, terms: Terms, now: i64) -> Answer {
    let Some(newest) = known.proof else {
        return Answer::Rotate;
    };
    let is_lost = proof.is_some_and(|proof| number(proof) > number(newest));
    if proof == Some(newest) {
        return Answer::Rotate;
    }
    if known.run == Some(run) {
        return if is_lost {
            Answer::Rotate
        } else {
            Answer::Again
        };
    }
    // Nothing was before the first one.
    let is_previous = proof == known.previous;
    // A clock that was set back tells nothing of the other run.
    let is_running = known
        .renewed_at
        .is_some_and(|at| (0..terms.silent_ms()).contains(&now.saturating_sub(at)));
    if (is_previous || is_lost) && !is_running {
        return Answer::Rotate;
    }
    Answer::Cloned
}

/// The proof after the newest one known and the one that was sent.
pub fn next_proof(newest: Option<&str>, sent: Option<&str>, random: Uuid) -> String {
    let last = newest.map_or(0, number).max(sent.map_or(0, number));
    format!("{}.{}", last.saturating_add(1), random.simple())
}

/// The number of a proof; 0 of a text that is none.
fn number(proof: &str) -> u64 {
    let number = proof.split_once('.').map_or(proof, |(number, _)| number);
    number.parse().unwrap_or(0)
}

/// How long a lease lasts; nothing when ownership does not expire.
pub fn lease_ms(standby: bool, others_in_use: bool, terms: Terms) -> Option<u64> {
    (standby && others_in_use).then_some(terms.lease_ms)
}

/// Until when a lease lasts that is renewed now.
pub fn until(lease_ms: Option<u64>, now: i64) -> Option<i64> {
    lease_ms.map(|lease| now.saturating_add_unsigned(lease))
}

/// Whether a lease is over. One without an end never is.
pub fn is_over(until: Option<i64>, now: i64) -> bool {
    until.is_some_and(|until| until <= now)
}

/// Since when a counter has renewed without a gap as long as a lease.
pub fn unbroken_since(renewed_at: Option<i64>, since: Option<i64>, terms: Terms, now: i64) -> i64 {
    let lease = i64::try_from(terms.lease_ms).unwrap_or(i64::MAX);
    let is_unbroken = renewed_at.is_some_and(|at| (0..lease).contains(&now.saturating_sub(at)));
    since
        .filter(|since| is_unbroken && *since <= now)
        .unwrap_or(now)
}

/// Whether a counter may stand in for others. After an outage of the server or of the internet all leases are over, and
/// whoever comes back first would take everybody's printers: it waits for as long as a lease, in which the others renew.
pub fn may_stand_in(unbroken_since: Option<i64>, terms: Terms, now: i64) -> bool {
    let lease = i64::try_from(terms.lease_ms).unwrap_or(i64::MAX);
    unbroken_since.is_some_and(|since| now.saturating_sub(since) >= lease)
}

/// Whether a counter that was last heard then has been silent for as long as a lease lasts.
pub fn is_silent(last_heard: i64, terms: Terms, now: i64) -> bool {
    let lease = i64::try_from(terms.lease_ms).unwrap_or(i64::MAX);
    now.saturating_sub(last_heard) >= lease
}

/// Who prints on a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Nobody.
    Nobody,
    /// A counter, with the end of its lease.
    Counter {
        /// Nothing: ownership does not expire.
        lease_until: Option<i64>,
    },
}

/// Whether a printer may be taken from its owner.
pub fn may_take(from: ClaimFrom, owner: Owner, standby: bool, now: i64) -> bool {
    match (from, owner) {
        (ClaimFrom::Anybody, _) | (_, Owner::Nobody) => true,
        (ClaimFrom::Nobody, Owner::Counter { .. }) => false,
        (ClaimFrom::LeaseEnded, Owner::Counter { lease_until }) => {
            standby && is_over(lease_until, now)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIS: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const NOW: i64 = 1_000_000;

    fn terms() -> Terms {
        Terms::default()
    }

    fn known() -> Known<'static> {
        Known {
            proof: Some("7.new"),
            previous: Some("6.old"),
            run: Some(THIS),
            renewed_at: Some(NOW - 20_000),
        }
    }

    #[test]
    fn the_program_is_known_by_its_proof_and_a_lost_answer_is_given_again() {
        let renewal = |run, proof| renewal(known(), run, proof, terms(), NOW);
        assert_eq!(renewal(THIS, Some("7.new")), Answer::Rotate);
        assert_eq!(
            renewal(OTHER, Some("7.new")),
            Answer::Rotate,
            "it was started anew"
        );
        assert_eq!(renewal(THIS, Some("6.old")), Answer::Again);
        assert_eq!(renewal(THIS, None), Answer::Again);
        assert_eq!(
            super::renewal(Known::default(), THIS, None, terms(), NOW),
            Answer::Rotate
        );
    }

    #[test]
    fn a_second_program_with_the_id_is_told_apart() {
        for proof in [
            Some("6.old"),
            Some("5.older"),
            Some("7.else"),
            Some("x"),
            Some(""),
            None,
        ] {
            assert_eq!(
                renewal(known(), OTHER, proof, terms(), NOW),
                Answer::Cloned,
                "{proof:?}"
            );
        }
    }

    #[test]
    fn a_program_that_was_started_anew_before_its_answer_came_waits_until_its_last_run_is_silent() {
        let at = |now| renewal(known(), OTHER, Some("6.old"), terms(), now);
        let silent = NOW - 20_000 + terms().silent_ms();
        assert_eq!(
            (at(silent - 1), at(silent)),
            (Answer::Cloned, Answer::Rotate)
        );
        for stale in [Some("5.older"), Some("7.else"), None] {
            assert_eq!(
                renewal(known(), OTHER, stale, terms(), NOW * 9),
                Answer::Cloned,
                "{stale:?}"
            );
        }
        assert_eq!(
            at(0),
            Answer::Rotate,
            "a clock that was set back stops nobody"
        );
    }

    #[test]
    fn a_program_whose_first_answer_was_lost_is_known_again_once_its_last_run_is_silent() {
        let first = Known {
            proof: Some("1.first"),
            previous: None,
            ..known()
        };
        let at = |now| renewal(first, OTHER, None, terms(), now);
        let silent = NOW - 20_000 + terms().silent_ms();
        assert_eq!(
            (at(silent - 1), at(silent)),
            (Answer::Cloned, Answer::Rotate)
        );
    }

    #[test]
    fn a_server_that_was_restored_knows_its_counters_again() {
        let sent = Some("500.later");
        assert_eq!(renewal(known(), THIS, sent, terms(), NOW), Answer::Rotate);
        assert_eq!(
            renewal(known(), OTHER, sent, terms(), NOW + terms().silent_ms()),
            Answer::Rotate
        );
        assert_eq!(renewal(known(), OTHER, sent, terms(), NOW), Answer::Cloned);
        let next = next_proof(known().proof, sent, Uuid::nil());
        assert_eq!(number(&next), 501, "greater than any that was given out");
        assert_eq!(
            number(&next_proof(
                Some("18446744073709551615.x"),
                None,
                Uuid::nil()
            )),
            u64::MAX
        );
    }

    #[test]
    fn ownership_expires_only_where_another_counter_may_take_over() {
        assert_eq!(lease_ms(true, true, terms()), Some(LEASE_MS));
        for (standby, others) in [(true, false), (false, true), (false, false)] {
            assert_eq!(until(lease_ms(standby, others, terms()), NOW), None);
        }
        assert!(!is_over(None, i64::MAX));
        let end = until(Some(LEASE_MS), NOW).expect("an end");
        assert!(!is_over(Some(end), end - 1) && is_over(Some(end), end));
    }

    #[test]
    fn after_an_outage_nobody_stands_in_before_the_others_could_renew() {
        let terms = terms();
        let lease = i64::try_from(terms.lease_ms).expect("a lease");
        let every = i64::try_from(terms.renewal_ms).expect("a pause");
        let back = unbroken_since(Some(NOW - lease), Some(1), terms, NOW);
        assert_eq!(back, NOW, "it was away itself");
        assert!(!may_stand_in(Some(back), terms, NOW + lease - 1));
        let (mut since, mut now) = (back, NOW);
        while now < NOW + lease {
            now += every;
            since = unbroken_since(Some(now - every), Some(since), terms, now);
        }
        assert_eq!(since, NOW);
        assert!(may_stand_in(Some(since), terms, now));
        assert!(!may_stand_in(None, terms, i64::MAX), "never heard");
        for (renewed_at, since) in [
            (None, Some(1)),
            (Some(NOW + 1), Some(1)),
            (Some(NOW), Some(NOW + 1)),
        ] {
            assert_eq!(
                unbroken_since(renewed_at, since, terms, NOW),
                NOW,
                "{renewed_at:?} {since:?}"
            );
        }
    }

    #[test]
    fn a_printer_is_taken_only_from_whom_the_claim_says() {
        let ended = Owner::Counter {
            lease_until: Some(NOW),
        };
        let running = Owner::Counter {
            lease_until: Some(NOW + 1),
        };
        let for_ever = Owner::Counter { lease_until: None };
        let may = |from, owner| may_take(from, owner, true, NOW);
        for owner in [Owner::Nobody, ended, running, for_ever] {
            assert!(may(ClaimFrom::Anybody, owner));
            assert_eq!(may(ClaimFrom::Nobody, owner), owner == Owner::Nobody);
            let is_free = owner == Owner::Nobody || owner == ended;
            assert_eq!(may(ClaimFrom::LeaseEnded, owner), is_free, "{owner:?}");
        }
        assert!(
            !may_take(ClaimFrom::LeaseEnded, ended, false, NOW),
            "standby is off"
        );
    }
}
