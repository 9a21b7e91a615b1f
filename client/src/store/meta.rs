//! Small facts: the place in the feed, the names of the counters, addresses that belong to this PC, stations.

use std::collections::{BTreeMap, BTreeSet};

use api::{Cursor, OrderId, Owners, PrinterId, counter::Counter, printer::Address};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    identity::Identity,
    store::{
        damage::column,
        file::{Store, StoreError},
    },
};

/// The feed up to here was handled.
const PLACE: &str = "place";
/// The same of a version that counted in the feed of orders alone.
const POSITION: &str = "position";
/// Whom the queue has its printers by: ahead of the place while that is being handled.
const IN_FORCE: &str = "owners_in_force";
/// Printers that were added here and that the feed has not named yet.
const ADDED: &str = "added";
/// Of which orders a restored server has lost the newest revisions.
const LOST: &str = "lost_revisions";
/// The server's time when this counter took up the feed.
const BORN: &str = "born";
/// The counters of this restaurant, as last heard.
const COUNTERS: &str = "counters";
/// The settings were read at least once.
const SETTINGS_KNOWN: &str = "settings_known";
/// What proves to the server that this is the one program with its id.
const PROOF: &str = "proof";
/// Who this counter is, as in `counter.json`.
const IDENTITY: &str = "identity";

/// A place in the feed: everything before it was handled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What to ask for next.
    pub cursor: Cursor,
    /// Who prints on which printer there.
    pub owners: Owners,
    /// When the server gave the page that ends there, by its clock.
    pub heard: Timestamp,
    /// The number of the last entry before it.
    pub seq: i64,
}

/// The owners that the queue has its printers by.
#[derive(Debug, Serialize, Deserialize)]
struct Ahead {
    /// The place that stood then.
    of: Option<Cursor>,
    owners: Owners,
}

/// What is kept of the lease between two runs of the program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What the server gave last.
    pub text: Option<String>,
    /// It also said that the lease ends unless it is renewed.
    pub ends: bool,
    /// The server was asked, and its answer was not kept: it may have given another proof.
    pub asked: bool,
    /// The server said that this is a copy of another program.
    pub cloned: bool,
    /// On which PC the server gave it; `None` where that cannot be told.
    #[serde(default)]
    pub machine: Option<Uuid>,
}

impl Proof {
    /// As it counts on this PC: one that came with files from another PC says nothing of who prints there.
    pub fn on(mut self, here: Option<Uuid>) -> Proof {
        self.ends |= self.machine.is_some() && self.machine != here;
        self
    }
}

impl Store {
    /// Up to where the feed was handled; `None` on a fresh counter.
    pub async fn place(&self) -> Result<Option<Place>, StoreError> {
        if let Some(place) = &self.known.facts().place {
            return Ok(Some(place.clone()));
        }
        self.fact(PLACE).await
    }

    /// Moves it.
    pub async fn set_place(&self, place: &Place) -> Result<(), StoreError> {
        self.known.facts().place = None;
        self.set_fact(PLACE, place).await?;
        self.known.facts().place = Some(place.clone());
        Ok(())
    }

    /// The owners that the queue had its printers by when it last got any: those of an entry behind the place, if that was
    /// not handled to its end. What was taken over by then stands in the lines of their printers. `None` on a fresh counter.
    pub async fn owners_in_force(&self) -> Result<Option<Owners>, StoreError> {
        let place = self.place().await?;
        let ahead = self.fact::<Ahead>(IN_FORCE).await?;
        let here = place.as_ref().map(|place| &place.cursor);
        match ahead.filter(|ahead| ahead.of.as_ref() == here) {
            Some(ahead) => Ok(Some(ahead.owners)),
            None => Ok(place.map(|place| place.owners)),
        }
    }

    /// Keeps them, before the queue gets its printers by them. They count until the place moves.
    pub async fn set_owners_in_force(&self, owners: &Owners) -> Result<(), StoreError> {
        let ahead = Ahead {
            of: self.place().await?.map(|place| place.cursor),
            owners: owners.clone(),
        };
        self.set_fact(IN_FORCE, &ahead).await
    }

    /// Whether an earlier version of the program handled the feed of orders here.
    pub async fn has_old_position(&self) -> Result<bool, StoreError> {
        Ok(self.fact::<i64>(POSITION).await?.is_some())
    }

    /// As an earlier version kept it.
    #[cfg(test)]
    pub async fn set_old_position(&self, seq: i64) -> Result<(), StoreError> {
        self.set_fact(POSITION, &seq).await
    }

    /// It is not known any more up to where the feed was handled: the last hours will be shown, not printed.
    pub async fn forget_place(&self) -> Result<(), StoreError> {
        self.known.facts().place = None;
        self.forget_fact(PLACE).await?;
        self.forget_fact(IN_FORCE).await?;
        self.forget_fact(POSITION).await
    }

    /// Orders of which a restored server has lost the newest revisions, with the last one that it has; 0 is none.
    pub async fn lost(&self) -> Result<BTreeMap<OrderId, u32>, StoreError> {
        Ok(self.fact(LOST).await?.unwrap_or_default())
    }

    /// Keeps them.
    pub async fn set_lost(&self, lost: &BTreeMap<OrderId, u32>) -> Result<(), StoreError> {
        self.set_fact(LOST, lost).await
    }

    /// Printers that were added here and that the feed has not named yet.
    pub async fn added(&self) -> Result<BTreeSet<PrinterId>, StoreError> {
        Ok(self.fact(ADDED).await?.unwrap_or_default())
    }

    /// Keeps them.
    pub async fn set_added(&self, added: &BTreeSet<PrinterId>) -> Result<(), StoreError> {
        self.set_fact(ADDED, added).await
    }

    /// When this counter took up the feed. Orders placed before may have been printed elsewhere.
    pub async fn born(&self) -> Result<Option<Timestamp>, StoreError> {
        if let Some(born) = self.known.facts().born {
            return Ok(born);
        }
        let born = self.fact(BORN).await?;
        self.known.facts().born = Some(born);
        Ok(born)
    }

    /// Says when it took up the feed.
    pub async fn set_born(&self, at: Timestamp) -> Result<(), StoreError> {
        self.known.facts().born = None;
        self.set_fact(BORN, &at).await?;
        self.known.facts().born = Some(Some(at));
        Ok(())
    }

    /// The counters of this restaurant, as last heard.
    pub async fn counters(&self) -> Result<Vec<Counter>, StoreError> {
        Ok(self.fact(COUNTERS).await?.unwrap_or_default())
    }

    /// Keeps them.
    pub async fn set_counters(&self, counters: &[Counter]) -> Result<(), StoreError> {
        self.set_fact(COUNTERS, &counters).await
    }

    /// Whether the settings were read at least once; `None` when that is not kept.
    pub async fn settings_known(&self) -> Result<Option<bool>, StoreError> {
        self.fact(SETTINGS_KNOWN).await
    }

    /// What proves that this is the one program with its id.
    pub async fn proof(&self) -> Result<Proof, StoreError> {
        Ok(self.fact(PROOF).await?.unwrap_or_default())
    }

    /// Keeps it.
    pub async fn set_proof(&self, proof: &Proof) -> Result<(), StoreError> {
        self.set_fact(PROOF, proof).await
    }

    /// Keeps who this counter is: `counter.json` is restored from it.
    pub async fn set_identity(&self, identity: &Identity) -> Result<(), StoreError> {
        if self.fact(IDENTITY).await?.as_ref() == Some(identity) {
            return Ok(());
        }
        self.set_fact(IDENTITY, identity).await
    }

    /// Who the counter is that this file belongs to.
    pub async fn identity(&self) -> Result<Option<Identity>, StoreError> {
        self.fact(IDENTITY).await
    }

    /// They were.
    pub async fn set_settings_known(&self) -> Result<(), StoreError> {
        self.set_fact(SETTINGS_KNOWN, &true).await
    }

    /// Keys of the stations that orders have named so far.
    pub async fn stations(&self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query("SELECT key FROM station ORDER BY key")
            .fetch_all(&self.pool)
            .await?;
        Ok(self
            .damage
            .readable("station", &rows, |row| column(row, "key")))
    }

    /// Remembers a station; whether it is a new one.
    pub async fn add_station(&self, key: &str) -> Result<bool, StoreError> {
        if self.known.facts().stations.contains(key) {
            return Ok(false);
        }
        let done = sqlx::query("INSERT OR IGNORE INTO station VALUES (?)")
            .bind(key)
            .execute(&self.pool)
            .await?;
        self.known.facts().stations.insert(key.to_owned());
        Ok(done.rows_affected() == 1)
    }

    /// Addresses that belong to this PC alone.
    pub async fn bindings(&self) -> Result<Vec<(PrinterId, Address)>, StoreError> {
        let rows = sqlx::query("SELECT printer, address FROM binding")
            .fetch_all(&self.pool)
            .await?;
        Ok(self.damage.readable("binding", &rows, |row| {
            let printer: String = column(row, "printer")?;
            let address: String = column(row, "address")?;
            let unreadable = |error: &dyn std::fmt::Display| {
                StoreError::Unreadable(format!("{printer} at {address}: {error}"))
            };
            Ok((
                printer.parse().map_err(|error| unreadable(&error))?,
                address.parse().map_err(|error| unreadable(&error))?,
            ))
        }))
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

    pub(super) async fn fact<T: DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<Option<T>, StoreError> {
        let row = sqlx::query("SELECT value FROM meta WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let read: Result<T, StoreError> =
            column::<String>(&row, "value").and_then(|value| Ok(serde_json::from_str(&value)?));
        Ok(read
            .inspect_err(|error| {
                self.damage
                    .note(format!("{key} is not known any more: {error}"))
            })
            .ok())
    }

    pub(super) async fn set_fact<T: Serialize + Sync>(
        &self,
        key: &str,
        value: &T,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(serde_json::to_string(value)?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(super) async fn forget_fact(&self, key: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM meta WHERE key = ?")
            .bind(key)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(seq: i64) -> Place {
        Place {
            cursor: Cursor(seq.to_string()),
            owners: Owners::new(),
            heard: Timestamp::UNIX_EPOCH,
            seq,
        }
    }

    #[tokio::test]
    async fn what_could_not_be_kept_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counter.sqlite");
        let (store, _) = Store::open(&path).await.unwrap();
        store.set_place(&place(1)).await.unwrap();
        store.set_born(Timestamp::UNIX_EPOCH).await.unwrap();
        let refuse = async |on: bool| {
            let pragma = if on {
                "PRAGMA query_only = true"
            } else {
                "PRAGMA query_only = false"
            };
            sqlx::raw_sql(pragma).execute(&store.pool).await.unwrap();
        };
        refuse(true).await;
        store.set_place(&place(2)).await.unwrap_err();
        store.set_born(Timestamp::MAX).await.unwrap_err();
        store.add_station("bar").await.unwrap_err();
        assert_eq!(store.place().await.unwrap(), Some(place(1)));
        assert_eq!(store.born().await.unwrap(), Some(Timestamp::UNIX_EPOCH));
        refuse(false).await;
        assert!(store.add_station("bar").await.unwrap(), "it is a new one");
        assert!(!store.add_station("bar").await.unwrap());
        store.set_place(&place(3)).await.unwrap();
        assert_eq!(store.place().await.unwrap(), Some(place(3)));
        store.close().await;
        let (again, _) = Store::open(&path).await.unwrap();
        assert_eq!(again.place().await.unwrap(), Some(place(3)));
        assert_eq!(again.stations().await.unwrap(), ["bar"]);
        again.forget_place().await.unwrap();
        assert_eq!(again.place().await.unwrap(), None);
    }
}
