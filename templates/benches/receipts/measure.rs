//! How long a case takes, in CPU time of this process.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use serde::{Deserialize, Serialize};

use crate::cases::Case;

/// One measured case, in the words of the peers' programs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) peer: String,
    pub(crate) case: String,
    /// A second of the clock.
    pub(crate) ops: f64,
    /// A second of CPU time.
    pub(crate) cpu: f64,
    /// What one makes.
    pub(crate) bytes: usize,
}

/// Runs a case for so many seconds, after a third of them to warm up.
pub(crate) fn of(case: &mut Case, seconds: f64) -> Line {
    let seconds = Duration::from_secs_f64(seconds);
    let warm = Instant::now();
    let mut bytes = (case.make)();
    while warm.elapsed() < seconds / 3 {
        bytes = (case.make)();
    }
    let (wall, cpu, mut times) = (Instant::now(), ProcessTime::now(), 0_u32);
    while wall.elapsed() < seconds {
        for _ in 0..8 {
            black_box((case.make)());
        }
        times += 8;
    }
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
    Line {
        peer: "ours".to_owned(),
        case: case.name.to_owned(),
        ops: f64::from(times) / wall,
        cpu: f64::from(times) / cpu,
        bytes,
    }
}

/// CPU time for criterion.
pub(crate) struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = ProcessTime;
    type Value = Duration;

    fn start(&self) -> ProcessTime {
        ProcessTime::now()
    }

    fn end(&self, start: ProcessTime) -> Duration {
        start.elapsed()
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}
