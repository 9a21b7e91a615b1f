//! The settings in force, read as what they mean.

use std::collections::BTreeMap;

use api::{
    Business, Printer, PrinterId,
    settings::{Rule, SettingKey},
};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    outbox::{Pace, due_at},
    owners::OwnersNow,
    settings::decide::{has_failed, waiting},
    store::SettingRow,
    view::SyncView,
};

/// The settings in force.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SettingsNow {
    /// They were read from the server at least once; before that nobody knows what goes where.
    pub known: bool,
    /// The restaurant.
    pub business: Option<Business>,
    /// What goes where, in the order of the list.
    pub rules: Vec<Rule>,
    /// By name.
    pub printers: Vec<Printer>,
    /// The owner's templates by their names.
    pub templates: BTreeMap<String, String>,
    sync: BTreeMap<SettingKey, (i64, SyncView)>,
}

impl SettingsNow {
    pub(super) fn of(
        rows: &BTreeMap<SettingKey, SettingRow>,
        known: bool,
        pace: &Pace,
        now: Timestamp,
    ) -> Self {
        let mut settings = SettingsNow {
            known,
            ..SettingsNow::default()
        };
        for row in rows.values() {
            settings
                .sync
                .insert(row.key.clone(), (row.version, sync(row, pace, now)));
            let Some(value) = &row.value else { continue };
            match &row.key {
                SettingKey::Business => settings.business = read(&row.key, value),
                SettingKey::Rules => settings.rules = read(&row.key, value).unwrap_or_default(),
                SettingKey::Printer(_) => {
                    settings.printers.extend(read::<Printer>(&row.key, value))
                }
                SettingKey::Template(name) => {
                    if let Some(text) = read(&row.key, value) {
                        settings.templates.insert(name.clone(), text);
                    }
                }
            }
        }
        settings
            .printers
            .sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        settings
    }

    /// The same, with the owners that printers have at a place in the feed.
    pub fn owned(&self, owners: &OwnersNow) -> SettingsNow {
        let mut settings = self.clone();
        for printer in &mut settings.printers {
            printer.owner = owners.of(printer);
        }
        settings
    }

    /// A printer, if there is such a one.
    pub fn printer(&self, id: PrinterId) -> Option<&Printer> {
        self.printers.iter().find(|printer| printer.id == id)
    }

    /// Whether the server has a setting.
    pub fn sync(&self, key: &SettingKey) -> SyncView {
        self.sync
            .get(key)
            .map_or(SyncView::Synced, |(_, sync)| sync.clone())
    }

    /// The version at the server that a setting began from; 0 when there is none.
    pub fn version(&self, key: &SettingKey) -> i64 {
        self.sync.get(key).map_or(0, |(version, _)| *version)
    }

    pub(super) fn versions(&self) -> BTreeMap<SettingKey, i64> {
        self.sync
            .iter()
            .map(|(key, (version, _))| (key.clone(), *version))
            .collect()
    }
}

/// Why the value of a setting does not mean what its key says; `None` when it does.
pub(super) fn unreadable(row: &SettingRow) -> Option<serde_json::Error> {
    let value = row.value.as_ref()?;
    match &row.key {
        SettingKey::Business => Business::deserialize(value).err(),
        SettingKey::Rules => Vec::<Rule>::deserialize(value).err(),
        SettingKey::Printer(_) => Printer::deserialize(value).err(),
        SettingKey::Template(_) => String::deserialize(value).err(),
    }
}

fn sync(row: &SettingRow, pace: &Pace, now: Timestamp) -> SyncView {
    match &row.dirty {
        None => SyncView::Synced,
        Some(dirty) => match (&dirty.problem, waiting(row)) {
            (Some(problem), _) if has_failed(dirty) => SyncView::Failed {
                problem: problem.clone(),
            },
            (Some(problem), Some(waits)) => SyncView::Waiting {
                next: due_at(&waits, pace, now),
                detail: problem.message.clone(),
            },
            (_, Some(waits)) => SyncView::Saved {
                due: due_at(&waits, pace, now),
            },
            (_, None) => SyncView::Saved { due: now },
        },
    }
}

/// What cannot be read is left out and said: its tickets are held then, and nothing is lost.
fn read<T: DeserializeOwned>(key: &SettingKey, value: &Value) -> Option<T> {
    match T::deserialize(value) {
        Ok(read) => Some(read),
        Err(error) => {
            tracing::error!(%key, %error, "a setting cannot be read by this version");
            None
        }
    }
}
