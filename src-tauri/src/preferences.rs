//! Preferences of the window. Nothing that a receipt depends on is stored here: the store plugin writes in place, so a
//! power cut can empty its file.

use api::{Code, Problem};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};
use tauri::{AppHandle, Wry};
use tauri_plugin_store::{Store, StoreBuilder};

/// Settings of the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Preferences {
    /// A tag such as `de`; `None` follows the system.
    pub language: Option<String>,
    /// Light, dark, or as the system.
    pub theme: Theme,
    /// A tone for a new order.
    pub sound: bool,
    /// The screen that was open last.
    pub last_screen: String,
}

/// The colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system.
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Default for Preferences {
    fn default() -> Self {
        Preferences {
            language: None,
            theme: Theme::System,
            sound: true,
            last_screen: "orders".to_owned(),
        }
    }
}

const KEY: &str = "window";

/// The file, opened once.
pub struct PreferencesFile(Arc<Store<Wry>>);

impl std::fmt::Debug for PreferencesFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PreferencesFile").finish()
    }
}

impl PreferencesFile {
    /// Opens `preferences.json` in this folder; a file that cannot be read counts as empty.
    ///
    /// # Errors
    /// When the folder cannot be used at all.
    pub fn open(app: &AppHandle<Wry>, folder: PathBuf) -> Result<Self, tauri_plugin_store::Error> {
        // Saving by itself drops its errors; we save after each change and look at the result.
        StoreBuilder::new(app, folder.join("preferences.json"))
            .disable_auto_save()
            .build()
            .map(PreferencesFile)
    }

    /// The stored preferences, or the defaults.
    pub fn read(&self) -> Preferences {
        self.0
            .get(KEY)
            .and_then(|kept| serde_json::from_value(kept).ok())
            .unwrap_or_default()
    }

    /// Stores them.
    ///
    /// # Errors
    /// [`Code::Storage`] when the file cannot be written.
    pub fn write(&self, preferences: &Preferences) -> Result<(), Problem> {
        let unkept = |error: String| {
            Problem::new(
                Code::Storage,
                format!(
                    "These settings hold until the program ends; the PC could not keep them: {error}"
                ),
            )
        };
        self.0.set(
            KEY,
            serde_json::to_value(preferences).map_err(|error| unkept(error.to_string()))?,
        );
        self.0.save().map_err(|error| unkept(error.to_string()))
    }
}
