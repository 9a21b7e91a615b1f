//! What a counter needs from the place it runs in. The desktop, the `panbot` program and the journeys have one each.

use crate::view::Update;

/// The seam between the counter and its surroundings. All methods may be called from any thread; the secret ones may
/// block (a desktop may show a prompt), so the counter calls them from a blocking task with a time limit.
pub trait Host: Send + Sync + 'static {
    /// Reads a secret that was kept under this name.
    ///
    /// # Errors
    /// When the place for secrets cannot be opened.
    fn read_secret(&self, name: &str) -> Result<Option<String>, SecretError>;

    /// Keeps a secret.
    ///
    /// # Errors
    /// When the place for secrets cannot be opened or written.
    fn write_secret(&self, name: &str, value: &str) -> Result<(), SecretError>;

    /// Forgets a secret; one that is not there is no error.
    ///
    /// # Errors
    /// When the place for secrets cannot be opened or written.
    fn delete_secret(&self, name: &str) -> Result<(), SecretError>;

    /// Shows a change. Must not block.
    fn emit(&self, update: Update);

    /// Makes itself heard. Must not block.
    fn ring(&self, ring: Ring);
}

/// What there is to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// A new order.
    NewOrder,
    /// Something needs a person: a printer is gone, a ticket failed, the login ended.
    Alarm,
}

/// The place for secrets did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the keyring of this PC cannot be used: {0}")]
pub struct SecretError(pub String);
