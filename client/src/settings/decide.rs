//! What becomes of a setting when the server has spoken. Pure.

use api::{
    Code,
    settings::{SettingKey, Versioned},
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    backend::PutRefused,
    outbox::{Pace, Waiting, next_try},
    refusal::is_passing,
    store::{DirtyMark, SettingRow},
};

/// What was sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sent {
    pub(super) key: SettingKey,
    pub(super) version: i64,
    pub(super) value: Option<Value>,
    pub(super) changed_at: Timestamp,
}

impl Sent {
    pub(super) fn of(row: &SettingRow) -> Option<Sent> {
        row.dirty.as_ref().map(|dirty| Sent {
            key: row.key.clone(),
            version: row.version,
            value: row.value.clone(),
            changed_at: dirty.changed_at,
        })
    }
}

/// A row after the server answered to what was sent of it. It may have been changed again in the meantime; then that
/// change goes on waiting, from the version that the server has now.
pub(super) fn after_put(
    mut row: SettingRow,
    sent: &Sent,
    answer: Result<Versioned, PutRefused>,
    (pace, jitter, now): (&Pace, f64, Timestamp),
) -> SettingRow {
    let answer = match answer {
        // The answer to an earlier try got lost: the server has what we sent.
        Err(PutRefused {
            current: Some(current),
            ..
        }) if current.value == sent.value => Ok(current),
        answer => answer,
    };
    match answer {
        Ok(taken) => {
            row.version = taken.version;
            let same = row.value == sent.value;
            if same
                && row
                    .dirty
                    .as_ref()
                    .is_some_and(|dirty| dirty.changed_at == sent.changed_at)
            {
                row.dirty = None;
            }
        }
        Err(refused) => {
            if let Some(current) = &refused.current {
                follow_owner(&mut row, current);
            }
            if let Some(dirty) = row
                .dirty
                .as_mut()
                .filter(|dirty| dirty.changed_at == sent.changed_at)
            {
                if may_pass(refused.problem.code) {
                    dirty.failures = dirty.failures.saturating_add(1);
                    dirty.next_try = Some(next_try(dirty.failures, jitter, pace, now));
                } else {
                    dirty.next_try = None;
                }
                dirty.problem = Some(refused.problem);
            }
        }
    }
    row
}

/// A row after the server told what it has. `None`: it stays as it is. `unmoved`: its version is what it was when the
/// server was asked.
pub(super) fn after_read(
    row: Option<&SettingRow>,
    read: Versioned,
    unmoved: bool,
) -> Option<SettingRow> {
    match row {
        // Read before what we know already. A lower version than one that did not move since is what the server has:
        // it was set up anew, or the version was damaged here.
        Some(row) if row.version > read.version && !unmoved => None,
        // It stays in force here, and goes out with the version it began from.
        Some(row) if row.dirty.is_some() => {
            let mut kept = row.clone();
            follow_owner(&mut kept, &read);
            if kept.value == read.value {
                kept.version = read.version;
                kept.dirty = None;
            }
            (kept != *row).then_some(kept)
        }
        // A value of the same version that differs was lost or damaged here.
        Some(row) if row.version == read.version && row.value == read.value => None,
        Some(_) | None => Some(SettingRow {
            key: read.key,
            version: read.version,
            value: read.value,
            dirty: None,
        }),
    }
}

/// Which counter prints on a printer is what the server says, also while something else about the printer is not there
/// yet: two counters that both believe in themselves would print everything twice.
fn follow_owner(row: &mut SettingRow, there: &Versioned) {
    keep_owner(&row.key, there.value.as_ref(), &mut row.value);
}

/// A printer that is changed stays with the counter that prints on it, whatever the change believes: it may have been
/// made from what was known a moment before another counter took it.
pub(super) fn keep_owner(key: &SettingKey, known: Option<&Value>, changed: &mut Option<Value>) {
    if !matches!(key, SettingKey::Printer(_)) {
        return;
    }
    let changed = changed.as_mut().and_then(Value::as_object_mut);
    let owner = known.and_then(|known| known.get("owner"));
    if let (Some(changed), Some(owner)) = (changed, owner) {
        changed.insert("owner".into(), owner.clone());
    }
}

/// A row as the outbox sees it; `None` when it is not to be sent (again) by itself.
pub(super) fn waiting(row: &SettingRow) -> Option<Waiting<SettingKey>> {
    let dirty = row.dirty.as_ref().filter(|dirty| !has_failed(dirty))?;
    Some(Waiting {
        key: row.key.clone(),
        changed_at: dirty.changed_at,
        failures: dirty.failures,
        next_try: dirty.next_try,
    })
}

/// The server refused it for a reason that does not pass by itself.
pub(super) fn has_failed(dirty: &DirtyMark) -> bool {
    dirty.problem.is_some() && dirty.next_try.is_none()
}

/// A setting waits for longer than anything else, also for a server that is repaired.
fn may_pass(code: Code) -> bool {
    is_passing(code) || code == Code::Internal
}

#[cfg(test)]
mod tests {
    use api::Problem;
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn dirty(value: Value, changed_at: i64) -> SettingRow {
        SettingRow {
            key: SettingKey::Rules,
            version: 3,
            value: Some(value),
            dirty: Some(DirtyMark {
                changed_at: at(changed_at),
                failures: 0,
                next_try: None,
                problem: None,
            }),
        }
    }

    fn versioned(version: i64, value: Value) -> Versioned {
        Versioned {
            key: SettingKey::Rules,
            version,
            value: Some(value),
        }
    }

    fn put(row: SettingRow, sent: &Sent, answer: Result<Versioned, PutRefused>) -> SettingRow {
        after_put(row, sent, answer, (&Pace::default(), 1.0, at(1000)))
    }

    fn refused(code: Code, current: Option<Versioned>) -> Result<Versioned, PutRefused> {
        let problem = Problem::new(code, "no");
        Err(PutRefused { problem, current })
    }

    #[test]
    fn what_the_server_has_is_no_longer_dirty() {
        let row = dirty(json!([1]), 5);
        let sent = Sent::of(&row).unwrap();
        let row = put(row, &sent, Ok(versioned(4, json!([1]))));
        assert_eq!((row.version, row.dirty), (4, None));
    }

    #[test]
    fn a_change_made_while_the_last_one_was_on_its_way_goes_on_waiting() {
        let sent = Sent::of(&dirty(json!([1]), 5)).unwrap();
        let row = put(dirty(json!([2]), 6), &sent, Ok(versioned(4, json!([1]))));
        assert_eq!((row.version, &row.value), (4, &Some(json!([2]))));
        assert_eq!(waiting(&row).unwrap().changed_at, at(6));
    }

    #[test]
    fn a_conflict_is_kept_with_our_value_in_force_and_is_not_sent_again() {
        let row = dirty(json!([1]), 5);
        let sent = Sent::of(&row).unwrap();
        let row = put(
            row,
            &sent,
            refused(Code::Conflict, Some(versioned(9, json!([7])))),
        );
        assert_eq!((row.version, &row.value), (3, &Some(json!([1]))));
        assert!(has_failed(row.dirty.as_ref().unwrap()));
        assert_eq!(waiting(&row), None);
    }

    #[test]
    fn an_answer_that_got_lost_is_no_conflict() {
        let row = dirty(json!([1]), 5);
        let sent = Sent::of(&row).unwrap();
        let row = put(
            row,
            &sent,
            refused(Code::Conflict, Some(versioned(4, json!([1])))),
        );
        assert_eq!((row.version, row.dirty), (4, None));
    }

    #[test]
    fn a_server_that_is_away_is_tried_again_later() {
        let row = dirty(json!([1]), 5);
        let sent = Sent::of(&row).unwrap();
        let row = put(row, &sent, refused(Code::ServerUnreachable, None));
        let waits = waiting(&row).unwrap();
        assert_eq!(waits.failures, 1);
        assert!(waits.next_try.unwrap() > at(1000));
    }

    #[test]
    fn who_prints_is_what_the_server_says_even_while_another_change_waits() {
        let key = SettingKey::Printer(api::PrinterId(uuid::Uuid::now_v7()));
        let local = SettingRow {
            key: key.clone(),
            ..dirty(json!({"name": "Bar", "owner": "us"}), 5)
        };
        let taken_over = Versioned {
            key,
            version: 4,
            value: Some(json!({"name": "Kitchen", "owner": "them"})),
        };
        let ours = Some(json!({"name": "Bar", "owner": "them"}));
        let read = after_read(Some(&local), taken_over.clone(), false).unwrap();
        assert_eq!((read.version, &read.value), (3, &ours));
        assert!(read.dirty.is_some());
        let sent = Sent::of(&local).unwrap();
        let put = put(local, &sent, refused(Code::Conflict, Some(taken_over)));
        assert_eq!(put.value, ours);
    }

    #[test]
    fn a_version_that_the_server_never_had_is_corrected() {
        let row = SettingRow {
            version: i64::MAX,
            dirty: None,
            ..dirty(json!([1]), 5)
        };
        let read = versioned(3, json!([7]));
        assert_eq!(after_read(Some(&row), read.clone(), false), None);
        let healed = after_read(Some(&row), read, true).unwrap();
        assert_eq!((healed.version, healed.value), (3, Some(json!([7]))));
    }

    #[test]
    fn a_value_that_was_lost_here_comes_back_with_the_next_read() {
        for lost in [None, Some(json!("half a va"))] {
            let row = SettingRow {
                value: lost,
                dirty: None,
                ..dirty(json!([1]), 5)
            };
            let healed = after_read(Some(&row), versioned(3, json!([1])), false).unwrap();
            assert_eq!((healed.version, healed.value), (3, Some(json!([1]))));
        }
    }

    #[test]
    fn a_local_change_outlives_a_read_and_an_old_read_changes_nothing() {
        let local = dirty(json!([1]), 5);
        assert_eq!(
            after_read(Some(&local), versioned(9, json!([7])), false),
            None
        );
        let clean = SettingRow {
            dirty: None,
            ..local
        };
        assert_eq!(
            after_read(Some(&clean), versioned(2, json!([7])), false),
            None
        );
        assert_eq!(
            after_read(Some(&clean), versioned(3, json!([1])), false),
            None
        );
        let newer = after_read(Some(&clean), versioned(4, json!([7])), false).unwrap();
        assert_eq!((newer.version, newer.value), (4, Some(json!([7]))));
    }
}
