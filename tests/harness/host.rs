//! A host that remembers: secrets survive a restart of the counter, updates and rings can be asked for later.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use client::{
    host::{Host, Ring, SecretError},
    view::Update,
};

/// A keyring and a pair of eyes, shared by every start of one counter.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    secrets: BTreeMap<String, String>,
    rings: Vec<Ring>,
    updates: usize,
}

impl Memory {
    /// What lies in the keyring under this name.
    pub fn secret(&self, name: &str) -> Option<String> {
        self.kept().secrets.get(name).cloned()
    }

    /// Puts something into the keyring, as somebody who restored a backup would.
    pub fn put_secret(&self, name: &str, value: &str) {
        self.kept()
            .secrets
            .insert(name.to_owned(), value.to_owned());
    }

    /// How often this was heard.
    pub fn heard(&self, ring: Ring) -> usize {
        self.kept()
            .rings
            .iter()
            .filter(|&&heard| heard == ring)
            .count()
    }

    /// How many updates the window got.
    pub fn updates(&self) -> usize {
        self.kept().updates
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // A test that failed elsewhere must not hide behind a poisoned lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for Memory {
    fn read_secret(&self, name: &str) -> Result<Option<String>, SecretError> {
        Ok(self.secret(name))
    }

    fn write_secret(&self, name: &str, value: &str) -> Result<(), SecretError> {
        self.put_secret(name, value);
        Ok(())
    }

    fn delete_secret(&self, name: &str) -> Result<(), SecretError> {
        self.kept().secrets.remove(name);
        Ok(())
    }

    fn emit(&self, _update: Update) {
        self.kept().updates += 1;
    }

    fn ring(&self, ring: Ring) {
        self.kept().rings.push(ring);
    }
}
