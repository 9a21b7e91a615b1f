//! Debounces the shown health of a printer. Pure.
//!
//! Trouble shows at once. So does recovery, until the printer got into trouble three times within a minute; then it must
//! stay well for ten seconds first. An unreachable printer gets here only after its tries.

use std::{collections::VecDeque, time::Duration};

use api::printer::Health;
use tokio::time::Instant;

/// So much trouble within [`WINDOW`] is one trouble that lasts.
const TOO_OFTEN: usize = 3;
const WINDOW: Duration = Duration::from_secs(60);
/// How long it must be well then.
const CALM: Duration = Duration::from_secs(10);
/// How long the sensor of a roll must see much paper: near the end it sees some and none as the roll turns.
const ROLL: Duration = Duration::from_secs(10);

/// What is shown of one printer.
#[derive(Debug)]
pub(crate) struct StatusDebounce {
    health: Health,
    paper_low: bool,
    /// When it got into trouble, within the window.
    falls: VecDeque<Instant>,
    /// What it said last.
    said: Health,
    /// Since when it has been well without being shown so.
    well_since: Option<Instant>,
    /// Since when the sensor has seen much paper without its being shown.
    full_since: Option<Instant>,
}

impl StatusDebounce {
    /// Of a printer that nobody has asked yet.
    pub fn new() -> Self {
        StatusDebounce {
            health: Health::Unknown,
            paper_low: false,
            falls: VecDeque::new(),
            said: Health::Unknown,
            well_since: None,
            full_since: None,
        }
    }

    /// Takes how it is now; says what of it is shown: its health, and whether its roll is nearly used up.
    pub fn take(&mut self, health: Health, paper_low: bool, now: Instant) -> (Health, bool) {
        self.take_health(health, now);
        if paper_low || !self.paper_low {
            self.paper_low = paper_low;
            self.full_since = None;
        } else if now.duration_since(*self.full_since.get_or_insert(now)) >= ROLL {
            self.paper_low = false;
            self.full_since = None;
        }
        (self.health, self.paper_low)
    }

    /// When something shows that is not shown yet, if the printer stays as it is.
    pub fn due(&self) -> Option<Instant> {
        let well = self.well_since.map(|since| since + CALM);
        let full = self.full_since.map(|since| since + ROLL);
        [well, full].into_iter().flatten().min()
    }

    fn take_health(&mut self, health: Health, now: Instant) {
        while self
            .falls
            .front()
            .is_some_and(|fall| now.duration_since(*fall) > WINDOW)
        {
            self.falls.pop_front();
        }
        let before = std::mem::replace(&mut self.said, health);
        if is_trouble(health) {
            if !is_trouble(before) {
                self.falls.push_back(now);
                if self.falls.len() > TOO_OFTEN {
                    self.falls.pop_front();
                }
            }
            self.well_since = None;
            self.health = health;
            return;
        }
        if !(health == Health::Ready && is_trouble(self.health)) {
            // Also what a person did: switched off, on, another address.
            self.well_since = None;
            self.health = health;
            return;
        }
        let restless = self.falls.len() >= TOO_OFTEN || self.well_since.is_some();
        if restless && now.duration_since(*self.well_since.get_or_insert(now)) < CALM {
            return;
        }
        self.well_since = None;
        self.health = health;
    }
}

fn is_trouble(health: Health) -> bool {
    match health {
        Health::Unknown | Health::Ready | Health::Disabled | Health::NoAddress => false,
        Health::Unreachable
        | Health::Offline
        | Health::PaperOut
        | Health::CoverOpen
        | Health::CutterError
        | Health::Fault
        | Health::Stranger => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// What is shown after each of these, a second apart.
    fn shown(said: &[Health]) -> Vec<Health> {
        let (mut debounce, begin) = (StatusDebounce::new(), Instant::now());
        said.iter()
            .zip(0u32..)
            .map(|(health, at)| debounce.take(*health, false, begin + SECOND * at).0)
            .collect()
    }

    use Health::{CoverOpen, Disabled, PaperOut, Ready, Unknown};

    #[test]
    fn bad_news_and_the_end_of_it_show_at_once() {
        let said = [Unknown, Ready, CoverOpen, PaperOut, Ready];
        assert_eq!(shown(&said), said);
    }

    #[test]
    fn a_printer_that_goes_back_and_forth_is_in_one_trouble_that_lasts() {
        let said = [
            Ready, CoverOpen, Ready, CoverOpen, Ready, CoverOpen, Ready, CoverOpen, Ready,
        ];
        let once = [
            Ready, CoverOpen, Ready, CoverOpen, Ready, CoverOpen, CoverOpen, CoverOpen, CoverOpen,
        ];
        assert_eq!(shown(&said), once);
    }

    #[test]
    fn it_is_ready_again_when_it_has_stayed_well_and_says_when_that_is() {
        let (mut debounce, begin) = (StatusDebounce::new(), Instant::now());
        for at in 0..3u32 {
            debounce.take(Ready, false, begin + SECOND * (2 * at));
            debounce.take(PaperOut, false, begin + SECOND * (2 * at + 1));
        }
        let well = begin + SECOND * 6;
        assert_eq!(debounce.take(Ready, false, well).0, PaperOut);
        assert_eq!(debounce.due(), Some(well + CALM));
        assert_eq!(debounce.take(Ready, false, well + CALM / 2).0, PaperOut);
        assert_eq!(debounce.take(Ready, false, well + CALM).0, Ready);
        assert_eq!(debounce.due(), None);
    }

    #[test]
    fn what_a_person_did_shows_at_once() {
        let said = [
            Ready, CoverOpen, Ready, CoverOpen, Ready, CoverOpen, Ready, Disabled,
        ];
        assert_eq!(shown(&said).last(), Some(&Disabled));
    }

    #[test]
    fn a_sensor_that_sees_the_roll_turn_says_low_until_there_is_a_new_one() {
        let (mut debounce, begin) = (StatusDebounce::new(), Instant::now());
        let mut low = |paper_low, at: u32| debounce.take(Ready, paper_low, begin + SECOND * at).1;
        assert!(!low(false, 0));
        assert!(low(true, 1));
        assert!(low(false, 2) && low(true, 3) && low(false, 4));
        assert!(!low(false, 14));
    }

    proptest! {
        #[test]
        fn however_a_printer_behaves_it_shows_the_truth_when_it_has_been_still(
            said in prop::collection::vec((0usize..4, 0u64..20, any::<bool>()), 0..40),
        ) {
            let (mut debounce, mut now) = (StatusDebounce::new(), Instant::now());
            let mut truth = (Unknown, false);
            for (which, seconds, low) in said {
                now += Duration::from_secs(seconds);
                truth = ([Ready, CoverOpen, PaperOut, Disabled][which], low);
                let (health, _) = debounce.take(truth.0, truth.1, now);
                if is_trouble(truth.0) {
                    prop_assert_eq!(health, truth.0);
                }
            }
            for _ in 0..3 {
                if let Some(due) = debounce.due() {
                    now = due;
                    debounce.take(truth.0, truth.1, now);
                }
            }
            prop_assert_eq!(debounce.due(), None);
            prop_assert_eq!(debounce.take(truth.0, truth.1, now), truth);
        }
    }
}
