//! How long a device may take. All times are here, so that tests can make them short.

use std::time::Duration;

/// How long a device may take for each thing that it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timings {
    /// To resolve a name and to connect, together. 3 s.
    pub connect: Duration,
    /// For one answer to `DLE EOT`. 1 s.
    pub status: Duration,
    /// For the confirmation of a ticket after its last byte. 15 s.
    pub confirm: Duration,
    /// More of it for every 50 rows, at a printer whose speed is not known. 25 s: printers of impact print 5 rows in a
    /// second and may do so at half their speed.
    pub confirm_per_50_lines: Duration,
    /// More of it for every 1024 bytes, at a printer whose speed is not known. 2 s: a slow serial line takes 1 s.
    pub confirm_per_kb: Duration,
    /// For the printer to close its end after we closed ours. 5 s.
    pub drain: Duration,
    /// A printer that takes no byte for so long is said to be waiting for something. 5 s.
    pub stalled: Duration,
    /// Between two questions while a confirmation is awaited. 1 s.
    pub watch: Duration,
    /// How long a doubtful ticket's late confirmation is listened for on a second connection. 3 s.
    pub ask_again: Duration,
    /// For one answer of an IPP printer. 5 s.
    pub answer: Duration,
    /// Before an IPP printer is asked about a job for the first time; half as long again each time. 0.5 s.
    pub poll: Duration,
    /// Between two such questions at the most. 3 s.
    pub poll_most: Duration,
    /// For an IPP printer to print a ticket, not counting the time in which it says what it waits for. 3 min.
    pub pages: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Timings {
            connect: seconds(3),
            status: seconds(1),
            confirm: seconds(15),
            confirm_per_50_lines: seconds(25),
            confirm_per_kb: seconds(2),
            drain: seconds(5),
            stalled: seconds(5),
            watch: seconds(1),
            ask_again: seconds(3),
            answer: seconds(5),
            poll: Duration::from_millis(500),
            poll_most: seconds(3),
            pages: seconds(180),
        }
    }
}

impl Timings {
    /// How long this ticket may take to be confirmed by a printer that is as fast as this.
    pub fn confirm_for(&self, size: Size, pace: Option<Pace>) -> Duration {
        let usual = (self.confirm_per_50_lines * size.rows / 50)
            .max(self.confirm_per_kb.mul_f64(f64::from(size.bytes) / 1024.0));
        self.confirm + pace.map_or(usual, |pace| pace.time_for(size) * 3)
    }
}

/// How much of a ticket there is to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Rows on the paper, about.
    pub rows: u32,
    /// Bytes that are sent.
    pub bytes: u32,
}

impl Size {
    /// Of these bytes, made from so many lines of markup. A line may take several rows; in pictures every byte may look
    /// like the end of a row.
    pub fn of(bytes: &[u8], lines: u32) -> Size {
        let ends = bytes.iter().filter(|&&byte| byte == b'\n').count();
        Size {
            rows: count(ends).min(lines.saturating_mul(4)).max(lines),
            bytes: count(bytes.len()),
        }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// How fast a printer is, as its confirmed tickets have shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    per_row: Duration,
    per_byte: Duration,
}

impl Pace {
    /// Of one ticket of this size that took so long; `None` when it was too short to tell.
    pub fn of(size: Size, took: Duration) -> Option<Pace> {
        const LONG_ENOUGH: u32 = 10;
        (size.rows >= LONG_ENOUGH).then(|| Pace {
            // Slower than this is no printer but one that waits for paper.
            per_row: (took / size.rows).min(Duration::from_secs(1)),
            per_byte: (took / size.bytes.max(1)).min(Duration::from_millis(10)),
        })
    }

    /// The slower of both.
    pub fn or_slower(self, other: Option<Pace>) -> Pace {
        let other = other.unwrap_or(self);
        Pace {
            per_row: self.per_row.max(other.per_row),
            per_byte: self.per_byte.max(other.per_byte),
        }
    }

    fn time_for(self, size: Size) -> Duration {
        (self.per_row * size.rows).max(self.per_byte * size.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_ticket_may_take_as_long_as_it_takes_on_this_printer() {
        let timings = Timings::default();
        let (short, long) = (
            Size {
                rows: 10,
                bytes: 500,
            },
            Size {
                rows: 230,
                bytes: 9_000,
            },
        );
        // At 3 rows a second, before anything is known of it.
        let took = Duration::from_secs(230 / 3);
        assert!(timings.confirm_for(long, None) > took);
        assert!(timings.confirm_for(short, None) <= Duration::from_secs(20));
        // A fast printer that falls silent is not waited for that long.
        let fast = Pace::of(long, Duration::from_secs(2));
        assert!(timings.confirm_for(long, fast) <= Duration::from_secs(21));
        // A slower one than anybody expects is given its time.
        let slow = Pace::of(short, Duration::from_secs(8)).expect("long enough");
        assert!(timings.confirm_for(long, Some(slow)) > Duration::from_secs(8 * 23));
        assert_eq!(slow.or_slower(fast), slow);
    }
}
