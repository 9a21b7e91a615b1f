//! The server's time, as far as this PC knows it. Ages of orders count on it, never on the wall clock of the PC, which
//! at many a counter is wrong; between two answers of the server it goes on by the monotonic clock.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use jiff::{SignedDuration, Timestamp};

/// The server's time. Clones are the same clock.
#[derive(Debug, Clone, Default)]
pub struct ServerClock(Arc<Mutex<Option<(Instant, Timestamp)>>>);

impl ServerClock {
    /// Takes over what an answer said in its `Date` header (RFC 9110 section 6.6.1), which arrived just now.
    pub fn heard(&self, date: &str) {
        if let Ok(time) = jiff::fmt::rfc2822::parse(date) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((Instant::now(), time.timestamp()));
        }
    }

    /// The time there, to the second; the time here as long as the server has never been heard.
    pub fn now(&self) -> Timestamp {
        let heard = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match heard {
            Some((at, time)) => SignedDuration::try_from(at.elapsed())
                .ok()
                .and_then(|passed| time.checked_add(passed).ok())
                .unwrap_or(time),
            None => Timestamp::now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_count_on_the_clock_of_the_server() {
        let clock = ServerClock::default();
        clock.heard("Tue, 02 Jan 2001 03:04:05 GMT");
        let heard: Timestamp = "2001-01-02T03:04:05Z".parse().unwrap();
        assert!(clock.now() >= heard);
        assert!(clock.now() < "2001-01-02T04:00:00Z".parse().unwrap());
    }

    #[test]
    fn a_date_that_is_none_changes_nothing() {
        let clock = ServerClock::default();
        clock.heard("Tue, 02 Jan 2001 03:04:05 GMT");
        clock.heard("yesterday");
        assert!(clock.now() < "2001-01-02T04:00:00Z".parse().unwrap());
    }
}
