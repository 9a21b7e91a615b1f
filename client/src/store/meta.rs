//! Small facts: the position in the feed, the names of the counters, addresses that belong to this PC, stations.

use api::{PrinterId, counter::Counter, printer::Address};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::store::file::{Store, StoreError};

/// The feed up to here was handled.
const POSITION: &str = "position";
/// The server's time when this counter took up the feed.
const BORN: &str = "born";
/// The counters of this restaurant, as last heard.
const COUNTERS: &str = "counters";
/// The settings were read at least once.
const SETTINGS_KNOWN: &str = "settings_known";

impl Store {
    /// Up to where the feed was handled; `None` on a fresh counter.
    pub async fn position(&self) -> Result<Option<i64>, StoreError> {
        self.fact(POSITION).await
    }

    /// Moves the position.
    pub async fn set_position(&self, seq: i64) -> Result<(), StoreError> {
        self.set_fact(POSITION, &seq).await
    }

    /// Makes this a fresh counter: the last hours will be shown, not printed.
    pub async fn forget_position(&self) -> Result<(), StoreError> {
        self.forget_fact(POSITION).await
    }

    /// When this counter took up the feed. Orders placed before may have been printed elsewhere.
    pub async fn born(&self) -> Result<Option<Timestamp>, StoreError> {
        self.fact(BORN).await
    }

    /// Says when it took up the feed.
    pub async fn set_born(&self, at: Timestamp) -> Result<(), StoreError> {
        self.set_fact(BORN, &at).await
    }

    /// The counters of this restaurant, as last heard.
    pub async fn counters(&self) -> Result<Vec<Counter>, StoreError> {
        Ok(self.fact(COUNTERS).await?.unwrap_or_default())
    }

    /// Keeps them.
    pub async fn set_counters(&self, counters: &[Counter]) -> Result<(), StoreError> {
        self.set_fact(COUNTERS, &counters).await
    }

    /// Whether the settings were read at least once.
    pub async fn settings_known(&self) -> Result<bool, StoreError> {
        Ok(self.fact(SETTINGS_KNOWN).await?.unwrap_or(false))
    }

    /// They were.
    pub async fn set_settings_known(&self) -> Result<(), StoreError> {
        self.set_fact(SETTINGS_KNOWN, &true).await
    }

    /// Keys of the stations that orders have named so far.
    pub async fn stations(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT key FROM station ORDER BY key")
            .fetch_all(&self.pool)
            .await?)
    }

    /// Remembers a station; whether it is a new one.
    pub async fn add_station(&self, key: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("INSERT OR IGNORE INTO station VALUES (?)")
            .bind(key)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Addresses that belong to this PC alone.
    pub async fn bindings(&self) -> Result<Vec<(PrinterId, Address)>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT printer, address FROM binding")
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter()
            .map(|(printer, address)| {
                let unreadable = |error: &dyn std::fmt::Display| {
                    StoreError::Unreadable(format!("binding of {printer}: {error}"))
                };
                Ok((
                    printer.parse().map_err(|error| unreadable(&error))?,
                    address.parse().map_err(|error| unreadable(&error))?,
                ))
            })
            .collect()
    }

    /// Keeps the address that a printer has at this PC alone, or forgets it.
    pub async fn bind(
        &self,
        printer: PrinterId,
        address: Option<&Address>,
    ) -> Result<(), StoreError> {
        let query = match address {
            Some(address) => sqlx::query(
                "INSERT INTO binding VALUES (?, ?) ON CONFLICT DO UPDATE SET address = excluded.address",
            )
            .bind(printer.to_string())
            .bind(address.to_string()),
            None => sqlx::query("DELETE FROM binding WHERE printer = ?").bind(printer.to_string()),
        };
        query.execute(&self.pool).await?;
        Ok(())
    }

    async fn fact<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let value: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.pool)
            .await?;
        Ok(value.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    async fn set_fact<T: Serialize + Sync>(&self, key: &str, value: &T) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(serde_json::to_string(value)?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn forget_fact(&self, key: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM meta WHERE key = ?")
            .bind(key)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
