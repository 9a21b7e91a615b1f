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
    /// On which PC; nothing where that cannot be told.
    pub machine: Option<Uuid>,
    /// When it did.
    pub renewed_at: Option<i64>,
}

/// What a program says of itself that renews.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asks<'a> {
    /// This run of it.
    pub run: Uuid,
    /// What it was given last.
    pub proof: Option<&'a str>,
    /// On which PC it runs; nothing where that cannot be told.
    pub machine: Option<Uuid>,
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
///
/// Files can be copied with the newest proof in them. Of two programs that have it, the one on the PC that renewed last
/// goes on, as long as that PC is heard: the other one is the copy. Once it is silent, the files were moved.
pub fn renewal(known: Known<'_>, asks: Asks<'_>, terms: Terms, now: i64) -> Answer {
    let Asks {
        run,
        proof,
        machine,
    } = asks;
    let Some(newest) = known.proof else {
        return Answer::Rotate;
    };
    let is_lost = proof.is_some_and(|proof| number(proof) > number(newest));
    // A clock that was set back tells nothing of the other run.
    let is_running = known.run != Some(run)
        && known
            .renewed_at
            .is_some_and(|at| (0..terms.silent_ms()).contains(&now.saturating_sub(at)));
    let is_elsewhere = known
        .machine
        .zip(machine)
        .is_some_and(|(known, here)| known != here);
    if proof == Some(newest) {
        return if is_running && is_elsewhere {
            Answer::Cloned
        } else {
            Answer::Rotate
        };
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
mod tests;
