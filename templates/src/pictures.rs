//! Pictures that are stored once, such as the logo, known by their names.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::bitmap::Bitmap;
use crate::document::{Image, Picture};
use crate::image::{self, ImageError};

/// A handle on the pictures; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Pictures {
    named: Arc<Mutex<HashMap<String, Arc<[u8]>>>>,
}

impl Pictures {
    /// Keeps a PNG file under a name, or forgets the name.
    pub fn set(&self, name: &str, png: Option<Arc<[u8]>>) {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        match png {
            Some(png) => named.insert(name.to_owned(), png),
            None => named.remove(name),
        };
    }

    /// The dots of a picture, at most `widest` wide. `None` where no picture has the name.
    ///
    /// # Errors
    /// When the file cannot be read or is too large.
    pub fn dots(&self, image: &Image, widest: u32) -> Result<Option<Arc<Bitmap>>, ImageError> {
        let file = match &image.picture {
            Picture::Inline(file) => file.clone(),
            Picture::Named(name) => {
                let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
                match named.get(name) {
                    Some(file) => file.clone(),
                    None => return Ok(None),
                }
            }
        };
        image::dithered(&file, widest).map(|dots| Some(Arc::new(dots)))
    }
}
