//! The one secret of a counter, in the place that its host keeps for secrets. A keyring may block for as long as it
//! shows a prompt, so it is asked from a blocking task and with a time limit.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::host::{Host, SecretError};

/// The name under which the refresh token is kept.
const REFRESH_TOKEN: &str = "refresh-token";

/// Where the refresh token is kept.
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
