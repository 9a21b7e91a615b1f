//! The secrets of a counter: its refresh token, and the device key by which the server knows it, in the place that its host keeps for secrets. A keyring may block for as long as it
//! shows a prompt, so it is asked from a blocking task and with a time limit.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::host::{Host, SecretError};

/// The name under which the refresh token is kept.
const REFRESH_TOKEN: &str = "refresh-token";

/// The name under which the device key is kept.
const DEVICE_KEY: &str = "device-key";

/// A device key: the login of an account at a server with it is not locked out by what strangers try.
#[derive(Serialize, Deserialize)]
struct DeviceKey {
    server: String,
    email: String,
    key: String,
}

/// Where the secrets are kept.
#[derive(Clone)]
pub struct Secrets {
    host: Arc<dyn Host>,
    limit: Duration,
    /// What should be kept by now. A write that was stuck in a prompt writes the newest, not what it was called with.
    wanted: Arc<Mutex<Option<String>>>,
    turn: Arc<Mutex<()>>,
}

impl std::fmt::Debug for Secrets {
    /// A token is never written to a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    /// Those of a host.
    pub fn of(host: Arc<dyn Host>, limit: Duration) -> Self {
        Secrets {
            host,
            limit,
            wanted: Arc::default(),
            turn: Arc::default(),
        }
    }

    /// The refresh token that was kept.
    ///
    /// # Errors
    /// When the keyring cannot be used, or does not answer in time.
    pub async fn read(&self) -> Result<Option<String>, SecretError> {
        let host = self.host.clone();
        self.within(move || host.read_secret(REFRESH_TOKEN)).await
    }

    /// Keeps the newest refresh token, or forgets it.
    ///
    /// # Errors
    /// When the keyring cannot be used, or does not answer in time.
    pub async fn keep(&self, token: Option<&str>) -> Result<(), SecretError> {
        *lock(&self.wanted) = token.map(str::to_owned);
        let this = self.clone();
        self.within(move || {
            let _turn = lock(&this.turn);
            let newest = lock(&this.wanted).clone();
            match newest {
                Some(token) => this.host.write_secret(REFRESH_TOKEN, &token),
                None => this.host.delete_secret(REFRESH_TOKEN),
            }
        })
        .await
    }

    /// The device key of an account, if one was kept. Without it a login works too, so a keyring that refuses is no
    /// error.
    pub async fn device_key(&self, server: &str, email: &str) -> Option<String> {
        let host = self.host.clone();
        let kept = self.within(move || host.read_secret(DEVICE_KEY)).await;
        let kept = kept
            .inspect_err(|error| tracing::warn!(%error, "the device key could not be read"))
            .ok()??;
        let kept: DeviceKey = serde_json::from_str(&kept).ok()?;
        (kept.server == server && kept.email == email).then_some(kept.key)
    }

    /// Keeps the device key of an account.
    pub async fn keep_device_key(&self, server: &str, email: &str, key: &str) {
        let kept = DeviceKey {
            server: server.to_owned(),
            email: email.to_owned(),
            key: key.to_owned(),
        };
        let (host, turn) = (self.host.clone(), self.turn.clone());
        let written = self.within(move || {
            let _turn = lock(&turn);
            let text = serde_json::to_string(&kept).map_err(|e| SecretError(e.to_string()))?;
            host.write_secret(DEVICE_KEY, &text)
        });
        if let Err(error) = written.await {
            tracing::warn!(%error, "the device key could not be kept");
        }
    }

    async fn within<T: Send + 'static>(
        &self,
        ask: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        match tokio::time::timeout(self.limit, tokio::task::spawn_blocking(ask)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(SecretError(error.to_string())),
            Err(_) => Err(SecretError("it did not answer in time".into())),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
