//! Settings, with the version that the server knows and the mark of a change that it does not know yet.

use api::{Problem, settings::SettingKey};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{Row, ValueRef, sqlite::SqliteRow};

use crate::store::{
    damage::column,
    file::{Store, StoreError},
};

/// A setting on this PC. It is in force as it stands here.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingRow {
    /// Which.
    pub key: SettingKey,
    /// The version at the server that this one began from; 0 when the server has none.
    pub version: i64,
    /// `None`: there is none (any more).
    pub value: Option<Value>,
    /// The server does not have it yet.
    pub dirty: Option<DirtyMark>,
}

/// A change that the server does not have yet.
#[derive(Debug, Clone, PartialEq)]
pub struct DirtyMark {
    /// When it was last changed, by the clock of this PC.
    pub changed_at: Timestamp,
    /// How often sending it failed.
    pub failures: u32,
    /// When it is tried again after a failure, by the clock of this PC.
    pub next_try: Option<Timestamp>,
    /// Why the last try failed.
    pub problem: Option<Problem>,
}

impl Store {
    /// All settings that can be read. One that cannot is as good as not there: the server is asked for it again.
    pub async fn settings(&self) -> Result<Vec<SettingRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT key, version, value, changed_at, failures, next_try, problem FROM settings ORDER BY key",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(self
            .damage
            .readable("settings", &rows, |row| self.setting(row)))
    }

    fn setting(&self, row: &SqliteRow) -> Result<SettingRow, StoreError> {
        let key: String = column(row, "key")?;
        let key: SettingKey = key
            .parse()
            .map_err(|error| StoreError::Unreadable(format!("{key:?}: {error}")))?;
        let unreadable = |error: &dyn std::fmt::Display| {
            StoreError::Unreadable(format!("the setting {key}: {error}"))
        };
        let value: Option<String> = column(row, "value").map_err(|error| unreadable(&error))?;
        let value = value.map(|text| serde_json::from_str(&text)).transpose();
        let version: i64 = column(row, "version")?;
        if version < 0 {
            return Err(unreadable(&"its version is negative"));
        }
        let unsent = !row
            .try_get_raw("changed_at")
            .map_err(|error| unreadable(&error))?
            .is_null();
        Ok(SettingRow {
            value: value.map_err(|error| unreadable(&error))?,
            version,
            dirty: unsent.then(|| self.mark(row, &key)),
            key,
        })
    }

    /// The mark of a change. Where it cannot be read the change is sent as if it had been made just now.
    fn mark(&self, row: &SqliteRow, key: &SettingKey) -> DirtyMark {
        read_mark(row).unwrap_or_else(|error| {
            self.damage.note(format!(
                "when the setting {key} was changed is not known: {error}"
            ));
            DirtyMark {
                changed_at: Timestamp::now(),
                failures: 0,
                next_try: None,
                problem: None,
            }
        })
    }

    /// Keeps settings with their marks, in one transaction.
    pub async fn keep_settings(&self, rows: &[SettingRow]) -> Result<(), StoreError> {
        let mut step = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for row in rows {
            let dirty = row.dirty.as_ref();
            let problem = dirty.and_then(|dirty| dirty.problem.as_ref());
            sqlx::query(
                "INSERT INTO settings (key, version, value, changed_at, failures, next_try, problem)
                 VALUES (?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET version = excluded.version, value = excluded.value,
                 changed_at = excluded.changed_at, failures = excluded.failures,
                 next_try = excluded.next_try, problem = excluded.problem",
            )
            .bind(row.key.to_string())
            .bind(row.version)
            .bind(row.value.as_ref().map(Value::to_string))
            .bind(dirty.map(|dirty| dirty.changed_at.to_string()))
            .bind(dirty.map_or(0, |dirty| dirty.failures))
            .bind(dirty.and_then(|dirty| dirty.next_try).map(|at| at.to_string()))
            .bind(problem.map(serde_json::to_string).transpose()?)
            .execute(&mut *step)
            .await?;
        }
        step.commit().await?;
        Ok(())
    }
}

fn read_mark(row: &SqliteRow) -> Result<DirtyMark, StoreError> {
    let time = |text: String| {
        text.parse::<Timestamp>()
            .map_err(|error| StoreError::Unreadable(error.to_string()))
    };
    let next_try: Option<String> = column(row, "next_try")?;
    let problem: Option<String> = column(row, "problem")?;
    Ok(DirtyMark {
        changed_at: time(column(row, "changed_at")?)?,
        failures: column(row, "failures")?,
        next_try: next_try.map(time).transpose()?,
        problem: problem
            .map(|text| serde_json::from_str(&text))
            .transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use api::Code;

    use super::*;

    #[tokio::test]
    async fn a_change_and_its_mark_survive_a_restart_together() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counter.sqlite");
        let rows = [
            SettingRow {
                key: SettingKey::Rules,
                version: 3,
                value: Some(serde_json::json!([])),
                dirty: Some(DirtyMark {
                    changed_at: "2026-08-01T12:00:00.5Z".parse().unwrap(),
                    failures: 2,
                    next_try: Some("2026-08-01T12:03:00Z".parse().unwrap()),
                    problem: Some(Problem::new(Code::Conflict, "Somebody was first.")),
                }),
            },
            SettingRow {
                key: SettingKey::Template("receipt".into()),
                version: 1,
                value: None,
                dirty: None,
            },
        ];
        let (store, _) = Store::open(&path).await.unwrap();
        store.keep_settings(&rows).await.unwrap();
        store.close().await;
        let (store, _) = Store::open(&path).await.unwrap();
        assert_eq!(store.settings().await.unwrap(), rows);
    }
}
