//! The server's time, as far as this PC knows it. Ages of orders count on it, never on the wall clock of the PC, which
//! at many a counter is wrong. Between two answers of the server it advances by a clock that also counts while the PC
//! sleeps.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

/// The time of the server of one restaurant. Clones share one clock.
#[derive(Debug, Clone, Default)]
pub struct ServerClock(Arc<Mutex<Option<Anchor>>>);

/// What the server said, and when by the clock of [`uptime`].
#[derive(Debug, Clone, Copy)]
struct Anchor {
    uptime: Duration,
    time: Timestamp,
}

impl ServerClock {
    /// Takes over what an answer said that arrived just now. The newest answer counts, also when it is earlier than
    /// what was said before: then the clock of the server was put right.
    pub fn set(&self, time: Timestamp) {
        let uptime = uptime();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Anchor { uptime, time });
    }

    /// The time there; `None` as long as the server has not said it.
    pub fn now(&self) -> Option<Timestamp> {
        let anchor = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        anchor.map(|anchor| anchor.after(uptime()))
    }
}

impl Anchor {
    fn after(&self, uptime: Duration) -> Timestamp {
        SignedDuration::try_from(uptime.saturating_sub(self.uptime))
            .ok()
            .and_then(|passed| self.time.checked_add(passed).ok())
            .unwrap_or(self.time)
    }
}

/// Time since the PC was started, sleep included.
#[cfg(unix)]
pub fn uptime() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    // Linux stops CLOCK_MONOTONIC in sleep; macOS does not.
    let clock = if cfg!(any(target_os = "linux", target_os = "android")) {
        BOOTTIME
    } else {
        ClockId::Monotonic
    };
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const BOOTTIME: rustix::time::ClockId = rustix::time::ClockId::Boottime;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const BOOTTIME: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

/// Time since the program was started; the performance counter of Windows counts sleep.
#[cfg(not(unix))]
pub fn uptime() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_knows_the_time_before_the_server_said_it() {
        assert_eq!(ServerClock::default().now(), None);
    }

    #[test]
    fn ages_count_on_the_clock_of_the_server_also_while_the_pc_sleeps() {
        let clock = ServerClock::default();
        let said: Timestamp = "2001-01-02T03:04:05Z".parse().unwrap();
        clock.set(said);
        let now = clock.now().unwrap();
        assert!(now >= said && now < "2001-01-02T04:00:00Z".parse().unwrap());
        let anchor = Anchor {
            uptime: Duration::from_secs(100),
            time: said,
        };
        let hours = anchor.after(Duration::from_secs(100 + 3 * 3_600));
        assert_eq!(hours, "2001-01-02T06:04:05Z".parse().unwrap());
        assert_eq!(
            anchor.after(Duration::from_secs(5)),
            said,
            "it never runs backwards"
        );
    }

    #[test]
    fn a_clock_that_was_ahead_and_is_put_right_is_believed() {
        let clock = ServerClock::default();
        clock.set("2031-01-02T03:04:05Z".parse().unwrap());
        clock.set("2001-01-02T03:04:05Z".parse().unwrap());
        assert!(clock.now() < "2001-01-02T04:00:00Z".parse().ok());
    }
}
