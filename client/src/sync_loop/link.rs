//! Whether orders come in, from how the realtime connection stands and how the server last answered. Pure.

use api::{Code, Problem};
use jiff::Timestamp;

use crate::{realtime::RealtimeState, view::LinkView};

/// How the server last answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum LastAnswer {
    /// It was not asked yet.
    None,
    /// We are up to date, or it is this PC that does not let us be.
    Good,
    /// It did not, or not with what we need.
    Bad { since: Timestamp, detail: String },
}

impl LastAnswer {
    /// After one more answer.
    pub(super) fn then(&self, failed: Option<&Problem>, now: Timestamp) -> LastAnswer {
        match (failed, self) {
            (None, _) => LastAnswer::Good,
            (Some(problem), _) if problem.code == Code::Storage => LastAnswer::Good,
            (Some(problem), LastAnswer::Bad { since, .. }) => LastAnswer::Bad {
                since: *since,
                detail: problem.message.clone(),
            },
            (Some(problem), LastAnswer::None | LastAnswer::Good) => LastAnswer::Bad {
                since: now,
                detail: problem.message.clone(),
            },
        }
    }
}

/// What the window shows.
pub(super) fn link(realtime: &RealtimeState, answer: &LastAnswer) -> LinkView {
    match (answer, realtime) {
        (LastAnswer::Bad { since, detail }, _) => LinkView::Offline {
            since: *since,
            detail: detail.clone(),
        },
        (LastAnswer::None, _) | (LastAnswer::Good, RealtimeState::Connecting) => {
            LinkView::Connecting
        }
        (LastAnswer::Good, RealtimeState::Live) => LinkView::Live,
        (LastAnswer::Good, RealtimeState::Down { since, .. }) => LinkView::Slow { since: *since },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_lost_realtime_connection_is_slow_and_a_lost_server_is_offline() {
        let down = RealtimeState::Down {
            since: at(5),
            detail: "reset".into(),
            is_final: false,
        };
        let good = LastAnswer::None.then(None, at(1));
        assert_eq!(link(&RealtimeState::Live, &good), LinkView::Live);
        assert_eq!(link(&down, &good), LinkView::Slow { since: at(5) });
        let gone = Problem::new(Code::ServerUnreachable, "nobody there");
        let bad = good.then(Some(&gone), at(7)).then(Some(&gone), at(9));
        let offline = LinkView::Offline {
            since: at(7),
            detail: "nobody there".into(),
        };
        assert_eq!(link(&RealtimeState::Live, &bad), offline);
        assert_eq!(
            link(&RealtimeState::Live, &bad.then(None, at(11))),
            LinkView::Live
        );
    }

    #[test]
    fn a_full_disk_is_no_lost_server() {
        let full = Problem::new(Code::Storage, "disk full");
        assert_eq!(LastAnswer::Good.then(Some(&full), at(1)), LastAnswer::Good);
    }
}
