//! How long to wait before trying again, with full jitter. Source: centrifuge-js `backoff`.

use std::time::Duration;

/// Randomness that is handed in as a seed, so that the machine stays a function of its inputs.
#[derive(Debug, Clone)]
pub struct Jitter(u64);

impl Jitter {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Jitter {
        Jitter(seed)
    }

    /// From 0 to below 1 (SplitMix64).
    pub fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let fraction = u32::try_from(bits >> 32).unwrap_or_default();
        f64::from(fraction) / (f64::from(u32::MAX) + 1.0)
    }

    /// Between two durations.
    pub fn between(&mut self, from: Duration, to: Duration) -> Duration {
        from + to.saturating_sub(from).mul_f64(self.draw())
    }
}

/// The wait before try number `failures` (0 is the first): `min(max, min + rand(0, min(max, min * 2^n)))`.
pub fn delay(
    failures: u32,
    (shortest, longest): (Duration, Duration),
    jitter: &mut Jitter,
) -> Duration {
    let doubled = shortest.saturating_mul(1_u32 << failures.min(31));
    let spread = longest.min(doubled).mul_f64(jitter.draw());
    longest.min(shortest + spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(20));

    #[test]
    fn waits_grow_between_their_bounds_and_spread() {
        let mut jitter = Jitter::new(7);
        for (failures, most) in [(0, 1_000), (3, 4_500), (6, 20_000), (40, 20_000)] {
            let waits: Vec<_> = (0..1_000)
                .map(|_| delay(failures, BOUNDS, &mut jitter).as_millis())
                .collect();
            let (least, longest) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(
                *least >= 500 && *longest <= most,
                "{failures}: {least} to {longest}"
            );
            // A crowd that was cut off together does not come back together.
            let middle = (500 + most) / 2;
            let early = waits.iter().filter(|wait| **wait < middle).count();
            assert!(
                (350..=650).contains(&early),
                "{failures}: {early} of 1000 are early"
            );
        }
    }
}
