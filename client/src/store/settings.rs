//! Settings, with the version that the server knows and the mark of a change that it does not know yet.

use api::{Problem, settings::SettingKey};
use jiff::Timestamp;
use serde_json::Value;

use crate::store::file::{Store, StoreError};

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

type Row = (
    String,
    i64,
    Option<String>,
    Option<String>,
    u32,
    Option<String>,
    Option<String>,
);

impl Store {
    /// All settings.
    pub async fn settings(&self) -> Result<Vec<SettingRow>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT key, version, value, changed_at, failures, next_try, problem FROM settings ORDER BY key",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(read).collect()
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

fn read(
    (key, version, value, changed_at, failures, next_try, problem): Row,
) -> Result<SettingRow, StoreError> {
    let time = |text: String| {
        text.parse::<Timestamp>()
            .map_err(|error| StoreError::Unreadable(format!("time of setting: {error}")))
    };
    let dirty = match changed_at {
        Some(changed_at) => Some(DirtyMark {
            changed_at: time(changed_at)?,
            failures,
            next_try: next_try.map(time).transpose()?,
            problem: problem
                .map(|text| serde_json::from_str(&text))
                .transpose()?,
        }),
        None => None,
    };
    Ok(SettingRow {
        key: key
            .parse()
            .map_err(|error| StoreError::Unreadable(format!("{error}")))?,
        version,
        value: value.map(|text| serde_json::from_str(&text)).transpose()?,
        dirty,
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
