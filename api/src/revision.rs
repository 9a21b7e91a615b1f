//! Which revision of an order: by its number, and by when it was taken, since a server that was restored from an older copy
//! gives numbers a second time.

use jiff::Timestamp;

use crate::Order;

/// A revision of an order. One that was told by a counter of an earlier version has its number alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionKey {
    /// Its number.
    pub number: u32,
    /// When it was taken, as it says itself.
    pub revised_at: Option<Timestamp>,
}

impl RevisionKey {
    /// Of the content of an order.
    pub fn of(order: &Order) -> RevisionKey {
        RevisionKey {
            number: order.revision,
            revised_at: Some(order.revised_at),
        }
    }

    /// Whether both are the same revision, as far as anybody knows.
    pub fn is_same(self, other: RevisionKey) -> bool {
        self.covers(other) && other.covers(self)
    }

    /// Whether this is that revision or a later one of the same history. Of two with one number, of which a server lost
    /// the first, only the second covers the other; one that a server lost covers none that it gave a lower number since.
    pub fn covers(self, other: RevisionKey) -> bool {
        let is_earlier = match (self.millisecond(), other.millisecond()) {
            (Some(this), Some(that)) => this < that,
            (None, _) | (_, None) => false,
        };
        self.number >= other.number && !is_earlier
    }

    /// Files keep no smaller parts of a second.
    fn millisecond(self) -> Option<i64> {
        self.revised_at.map(Timestamp::as_millisecond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32, second: Option<i64>) -> RevisionKey {
        let revised_at = second.map(|second| Timestamp::from_second(second).unwrap());
        RevisionKey { number, revised_at }
    }

    #[test]
    fn two_revisions_with_one_number_are_told_apart_by_when_they_were_taken() {
        let (lost, newer) = (key(2, Some(10)), key(2, Some(20)));
        assert!(lost.is_same(lost) && !lost.is_same(newer) && !newer.is_same(lost));
        assert!(newer.covers(lost) && !lost.covers(newer));
        let behind = key(3, Some(15));
        assert!(!behind.covers(newer) && !newer.covers(behind));
        assert!(key(3, Some(30)).covers(newer) && key(3, Some(30)).covers(behind));
    }

    #[test]
    fn where_nobody_said_when_the_number_alone_counts() {
        assert!(key(2, None).is_same(key(2, Some(10))) && key(2, Some(10)).is_same(key(2, None)));
        assert!(key(3, None).covers(key(2, Some(10))) && !key(2, Some(10)).covers(key(3, None)));
    }

    #[test]
    fn parts_of_a_second_that_no_file_keeps_make_no_other_revision() {
        let exact = "2026-11-30T12:00:00.123456Z".parse().unwrap();
        let kept = Timestamp::from_millisecond(Timestamp::as_millisecond(exact)).unwrap();
        let key = |revised_at| RevisionKey {
            number: 1,
            revised_at: Some(revised_at),
        };
        assert!(key(exact).is_same(key(kept)));
    }
}
