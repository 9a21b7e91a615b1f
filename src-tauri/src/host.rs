//! The desktop host: secrets in the keyring of the operating system, updates and sounds as events to the window.

use client::{
    host::{Host, Ring, SecretError},
    view::Update,
};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Runtime};
use tauri_specta::Event;

/// The service name under which the keyring lists our secrets.
const KEYRING_SERVICE: &str = "com.panbot.desktop";

/// An update; carries the whole changed value.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type, Event)]
pub struct Updated(pub Update);

/// A sound to play.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type, Event)]
pub struct Rang(pub Sound);

/// The sounds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// An order came in.
    NewOrder,
    /// Something needs a person.
    Alarm,
}

/// The host of the running desktop program.
#[derive(Debug)]
pub struct DesktopHost<R: Runtime> {
    app: AppHandle<R>,
    /// The data folder: part of each keyring entry, so that two folders on one PC do not share logins.
    place: String,
}

impl<R: Runtime> DesktopHost<R> {
    /// A host for the counter with its data folder at `place`.
    pub fn new(app: AppHandle<R>, place: String) -> Self {
        DesktopHost { app, place }
    }

    fn entry(&self, name: &str) -> Result<keyring::Entry, SecretError> {
        keyring::Entry::new(KEYRING_SERVICE, &format!("{name} {}", self.place)).map_err(unusable)
    }

    fn send(&self, event: &(impl Event + Serialize + Clone), what: &str) {
        if let Err(error) = event.emit(&self.app) {
            tracing::error!(%error, "the window did not get {what}");
        }
    }
}

impl<R: Runtime> Host for DesktopHost<R> {
    fn read_secret(&self, name: &str) -> Result<Option<String>, SecretError> {
        match self.entry(name)?.get_password() {
            Ok(secret) => Ok(Some(secret)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(unusable(error)),
        }
    }

    fn write_secret(&self, name: &str, value: &str) -> Result<(), SecretError> {
        self.entry(name)?.set_password(value).map_err(unusable)
    }

    fn delete_secret(&self, name: &str) -> Result<(), SecretError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(unusable(error)),
        }
    }

    fn emit(&self, update: Update) {
        self.send(&Updated(update), "an update");
    }

    fn ring(&self, ring: Ring) {
        let sound = match ring {
            Ring::NewOrder => Sound::NewOrder,
            Ring::Alarm => Sound::Alarm,
        };
        self.send(&Rang(sound), "a sound");
    }
}

#[allow(clippy::needless_pass_by_value)]
fn unusable(error: keyring::Error) -> SecretError {
    SecretError(error.to_string())
}
