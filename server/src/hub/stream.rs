//! The history of one channel. Source: centrifuge `broker_memory.go`, `client.go`
//! (`isStreamRecovered`).

use std::{collections::VecDeque, time::Instant};

use api::centrifugo::{HistoryRequest, Publication, StreamPosition};
use serde_json::value::RawValue;

use super::config::Namespace;

/// The stream of one channel. A new one has a new epoch, so no position of an older one fits it.
#[derive(Debug)]
pub struct Stream {
    epoch: String,
    top: u64,
    kept: VecDeque<Publication>,
    touched: Instant,
}

impl Stream {
    /// An empty stream.
    pub fn new(epoch: String, now: Instant) -> Stream {
        Stream {
            epoch,
            top: 0,
            kept: VecDeque::new(),
            touched: now,
        }
    }

    /// The position of its end.
    pub fn position(&self) -> StreamPosition {
        StreamPosition {
            offset: self.top,
            epoch: self.epoch.clone(),
        }
    }

    /// Appends a publication; without history it has no offset.
    pub fn add(&mut self, data: &RawValue, namespace: &Namespace, now: Instant) -> Publication {
        let mut publication = Publication {
            data: Some(data.to_owned()),
            ..Publication::default()
        };
        if namespace.history_size == 0 {
            return publication;
        }
        self.forget(namespace, now);
        self.top += 1;
        self.touched = now;
        publication.offset = self.top;
        self.kept.push_back(publication.clone());
        while self.kept.len() > namespace.history_size {
            self.kept.pop_front();
        }
        // The first one carries the epoch for clients that subscribed before there was a stream.
        if self.top == 1 {
            publication.epoch.clone_from(&self.epoch);
        }
        publication
    }

    /// Drops the history once the last publication is older than its TTL.
    pub fn forget(&mut self, namespace: &Namespace, now: Instant) {
        if self.silent_for(now, namespace.history_ttl) {
            self.kept.clear();
        }
    }

    /// No position in it can be valid any more.
    pub fn is_over(&self, namespace: &Namespace, now: Instant) -> bool {
        self.silent_for(now, namespace.history_meta_ttl)
    }

    fn silent_for(&self, now: Instant, life: std::time::Duration) -> bool {
        now.saturating_duration_since(self.touched) >= life
    }

    /// The publications after a position; `None` when there is a gap, or more than `limit`. An empty epoch is not compared.
    pub fn since(&self, position: &StreamPosition, limit: usize) -> Option<Vec<Publication>> {
        if !position.epoch.is_empty() && position.epoch != self.epoch {
            return None;
        }
        let missed = usize::try_from(self.top.checked_sub(position.offset)?).ok()?;
        (missed <= limit && missed <= self.kept.len()).then(|| {
            self.kept
                .iter()
                .skip(self.kept.len() - missed)
                .cloned()
                .collect()
        })
    }

    /// The newest publication.
    pub fn newest(&self) -> Option<&Publication> {
        self.kept.back()
    }

    /// Reads history; `None` when the position is of another epoch.
    pub fn history(&self, request: &HistoryRequest, limit: usize) -> Option<Vec<Publication>> {
        let limit = match request.limit {
            0 => 0,
            asked => usize::try_from(asked).unwrap_or(limit).min(limit),
        };
        let since = request.since.as_ref();
        if since.is_some_and(|since| !since.epoch.is_empty() && since.epoch != self.epoch) {
            return None;
        }
        // Reads forward from the position, or backward in reverse order.
        let publications = self.kept.iter();
        Some(if request.reverse {
            let before = since.map_or(u64::MAX, |since| since.offset);
            let matching = publications.rev().filter(|one| one.offset < before);
            matching.take(limit).cloned().collect()
        } else {
            let after = since.map_or(0, |since| since.offset);
            let matching = publications.filter(|one| one.offset > after);
            matching.take(limit).cloned().collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn namespace() -> Namespace {
        Namespace {
            history_size: 3,
            history_ttl: HOUR,
            history_meta_ttl: 2 * HOUR,
            ..Namespace::default()
        }
    }

    fn stream(count: u64, now: Instant) -> Stream {
        let mut stream = Stream::new("e1".into(), now);
        for number in 1..=count {
            let data = RawValue::from_string(number.to_string()).unwrap();
            stream.add(&data, &namespace(), now);
        }
        stream
    }

    fn at(offset: u64, epoch: &str) -> StreamPosition {
        let epoch = epoch.to_owned();
        StreamPosition { offset, epoch }
    }

    fn offsets(publications: Option<Vec<Publication>>) -> Option<Vec<u64>> {
        publications.map(|all| all.iter().map(|one| one.offset).collect())
    }

    #[test]
    fn what_was_missed_comes_back_in_order() {
        let stream = stream(5, Instant::now());
        assert_eq!(offsets(stream.since(&at(3, "e1"), 300)), Some(vec![4, 5]));
        assert_eq!(
            offsets(stream.since(&at(2, "e1"), 300)),
            Some(vec![3, 4, 5])
        );
        assert_eq!(offsets(stream.since(&at(5, "e1"), 300)), Some(vec![]));
    }

    #[test]
    fn a_gap_is_never_called_recovered() {
        let stream = stream(5, Instant::now());
        assert_eq!(
            offsets(stream.since(&at(1, "e1"), 300)),
            None,
            "one fell out of history"
        );
        assert_eq!(
            offsets(stream.since(&at(3, "e0"), 300)),
            None,
            "another epoch"
        );
        assert_eq!(
            offsets(stream.since(&at(6, "e1"), 300)),
            None,
            "a position ahead of the stream"
        );
        assert_eq!(
            offsets(stream.since(&at(2, "e1"), 2)),
            None,
            "more than one recovery may bring"
        );
    }

    #[test]
    fn history_goes_after_its_time_and_the_position_stays() {
        let now = Instant::now();
        let mut stream = stream(2, now);
        stream.forget(&namespace(), now + HOUR);
        assert_eq!(offsets(stream.since(&at(1, "e1"), 300)), None);
        assert_eq!(offsets(stream.since(&at(2, "e1"), 300)), Some(vec![]));
        assert!(!stream.is_over(&namespace(), now + HOUR));
        assert!(stream.is_over(&namespace(), now + 2 * HOUR));
    }

    #[test]
    fn history_is_read_from_a_position_in_both_directions() {
        let stream = stream(5, Instant::now());
        let ask = |limit, reverse, since| {
            offsets(stream.history(
                &HistoryRequest {
                    limit,
                    reverse,
                    since,
                    ..HistoryRequest::default()
                },
                300,
            ))
        };
        assert_eq!(ask(0, false, None), Some(vec![]));
        assert_eq!(ask(2, false, None), Some(vec![3, 4]));
        assert_eq!(ask(-1, true, None), Some(vec![5, 4, 3]));
        assert_eq!(ask(9, false, Some(at(3, "e1"))), Some(vec![4, 5]));
        assert_eq!(ask(9, true, Some(at(5, "e1"))), Some(vec![4, 3]));
        assert_eq!(ask(9, false, Some(at(3, "e0"))), None);
    }
}
