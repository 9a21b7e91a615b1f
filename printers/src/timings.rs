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
    /// More of it for every 50 rows of markup. 1 s.
    pub confirm_per_50_lines: Duration,
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
            confirm_per_50_lines: seconds(1),
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
    /// How long a ticket of so many rows may take to be confirmed.
    pub fn confirm_for(&self, lines: u32) -> Duration {
        self.confirm + self.confirm_per_50_lines * lines.div_ceil(50)
    }
}
