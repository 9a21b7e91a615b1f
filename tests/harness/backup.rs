//! The backend is stopped, its database is copied or brought back, and it starts again.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::Restaurant;

/// A copy of the backend's database.
#[derive(Debug)]
pub struct Backup(PathBuf);

impl Restaurant {
    /// Stops the backend, copies its database, and starts it again.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn back_up(self) -> anyhow::Result<(Restaurant, Backup)> {
        let copy = self.folder("server.backup");
        let file = self.folder("server.sqlite");
        let restaurant = self.restarted(|| copy_database(&file, &copy)).await?;
        Ok((restaurant, Backup(copy)))
    }

    /// Stops the backend, brings a copy of its database back, and starts it again: what it took since is lost.
    ///
    /// # Errors
    /// When that does not work.
    pub async fn bring_back(self, backup: &Backup) -> anyhow::Result<Restaurant> {
        let file = self.folder("server.sqlite");
        self.restarted(|| copy_database(&backup.0, &file)).await
    }

    /// Starts the backend again with other patience.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn patient(
        mut self,
        patience: server::reconciliation::Patience,
    ) -> anyhow::Result<Restaurant> {
        self.options.patience = patience;
        self.restarted(|| Ok(())).await
    }

    async fn restarted(
        self,
        meanwhile: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<Restaurant> {
        self.server.shutdown().await;
        meanwhile()?;
        let server = server::start(self.options.clone()).await?;
        let address = server.url.strip_prefix("http://");
        self.link.goes_to(address.context("an http URL")?.parse()?);
        Ok(Restaurant { server, ..self })
    }
}

/// Copies a database that nobody has open, with what SQLite keeps beside it.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy_database(from: &Path, to: &Path) -> anyhow::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let beside = |path: &Path| PathBuf::from(format!("{}{end}", path.display()));
        let (from, to) = (beside(from), beside(to));
        if from.exists() {
            std::fs::copy(from, to)?;
        } else if to.exists() {
            std::fs::remove_file(to)?;
        }
    }
    Ok(())
}
