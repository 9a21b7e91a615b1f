//! Pictures that are stored once, such as the logo, known by their names; and what was rendered dots of before, so that the
//! same picture on the next ticket, or on its reprint, is not decoded again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api::Business;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::bitmap::Bitmap;
use crate::document::{Dither, Image, Picture};
use crate::image::{self, ImageError};

/// The name of the restaurant's own picture.
const LOGO: &str = "logo";
/// Dots of most receipt printers.
const COMMON_WIDTH: u32 = 576;
/// Pictures that are kept as dots. A restaurant has a logo or two, on two widths of paper.
const MOST_KEPT: usize = 32;
/// Bytes of files and dots that are kept.
const MOST_KEPT_BYTES: usize = 8 << 20;

/// A handle on the pictures; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Pictures {
    cache: Arc<Mutex<Cache>>,
}

#[derive(Debug, Default)]
struct Cache {
    named: HashMap<String, Result<Arc<[u8]>, ImageError>>,
    /// The logo as it is written in the settings.
    logo: Option<String>,
    /// The one used last comes first.
    rendered: Vec<Rendered>,
}

/// What became of a file, also when nothing did: a damaged one is not tried again for each ticket.
#[derive(Debug, Clone)]
struct Rendered {
    file: Arc<[u8]>,
    widest: u32,
    dither: Dither,
    dots: Result<Arc<Bitmap>, ImageError>,
}

impl Pictures {
    /// Keeps a PNG file under a name, or forgets the name.
    pub fn set(&self, name: &str, png: Option<Arc<[u8]>>) {
        self.keep(name, png.map(Ok));
    }

    fn keep(&self, name: &str, picture: Option<Result<Arc<[u8]>, ImageError>>) {
        let mut cache = self.cache();
        let before = match picture {
            Some(picture) => cache.named.insert(name.to_owned(), picture),
            None => cache.named.remove(name),
        };
        if let Some(Ok(before)) = before {
            cache
                .rendered
                .retain(|rendered| !Arc::ptr_eq(&rendered.file, &before));
        }
    }

    /// Keeps the restaurant's logo under the name `logo`, or forgets the name when it has none. A JPEG or WebP file is made
    /// PNG here, once.
    ///
    /// # Errors
    /// When nothing of the logo can be printed; whoever asks for its dots is told the same.
    pub fn set_logo(&self, business: Option<&Business>) -> Result<(), ImageError> {
        let logo = business.and_then(|business| business.logo.as_deref());
        if self.cache().logo.as_deref() == logo {
            return Ok(());
        }
        let picture = logo.map(read_logo);
        let read = picture.clone().transpose().map(drop);
        self.keep(LOGO, picture);
        self.cache().logo = logo.map(str::to_owned);
        read
    }

    /// The dots of a picture, at most `widest` wide. `None` where no picture has the name.
    ///
    /// # Errors
    /// When the file cannot be read or is too large.
    pub fn dots(&self, image: &Image, widest: u32) -> Result<Option<Arc<Bitmap>>, ImageError> {
        let file = {
            let mut cache = self.cache();
            let file = match &image.picture {
                Picture::Inline(file) => file.clone(),
                Picture::Named(name) => match cache.named.get(name) {
                    Some(file) => file.clone()?,
                    None => return Ok(None),
                },
            };
            if let Some(dots) = cache.find(&file, widest, image.dither) {
                return dots.map(Some);
            }
            file
        };
        // Without the lock: other printers need not wait for a large picture.
        let dots = image::dithered(&file, widest, image.dither).map(Arc::new);
        self.cache().remember(Rendered {
            file,
            widest,
            dither: image.dither,
            dots: dots.clone(),
        });
        dots.map(Some)
    }

    /// A thread that panicked left the cache whole: nothing in it is changed in two steps.
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file of a logo, if anything of it would be seen on paper.
fn read_logo(base64: &str) -> Result<Arc<[u8]>, ImageError> {
    let file = BASE64_STANDARD
        .decode(base64)
        .map_err(|error| ImageError::Unreadable(error.to_string()))?;
    let png = image::as_png(&file)?;
    let dots = image::dithered(&png, COMMON_WIDTH, Dither::default())?;
    if dots.bits().iter().all(|byte| *byte == 0) {
        return Err(ImageError::Blank);
    }
    Ok(png.into())
}

impl Cache {
    /// Few are kept, so that comparing is cheaper than hashing a file: two different ones differ in their length or within
    /// their first bytes, as good as always.
    fn find(
        &mut self,
        file: &Arc<[u8]>,
        widest: u32,
        dither: Dither,
    ) -> Option<Result<Arc<Bitmap>, ImageError>> {
        let place = self.rendered.iter().position(|rendered| {
            rendered.widest == widest
                && rendered.dither == dither
                && (Arc::ptr_eq(&rendered.file, file) || rendered.file == *file)
        })?;
        self.rendered[..=place].rotate_right(1);
        self.rendered.first().map(|rendered| rendered.dots.clone())
    }

    fn remember(&mut self, rendered: Rendered) {
        self.rendered.insert(0, rendered);
        self.rendered.truncate(MOST_KEPT);
        let mut bytes = 0;
        let fits = self.rendered.iter().take_while(|rendered| {
            bytes += rendered.bytes();
            bytes <= MOST_KEPT_BYTES
        });
        let fits = fits.count();
        self.rendered.truncate(fits);
    }
}

impl Rendered {
    fn bytes(&self) -> usize {
        self.file.len() + self.dots.as_ref().map_or(0, |dots| dots.bits().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Align;

    fn picture(side: u32) -> Arc<[u8]> {
        let mut dots = Bitmap::new(side, side);
        dots.fill(0, 0, side / 2, side, true);
        dots.to_png().into()
    }

    fn image(picture: Picture) -> Image {
        Image {
            picture,
            align: Align::Center,
            dither: Dither::default(),
            at: (1, 1),
        }
    }

    fn with_logo(base64: &str) -> Business {
        let business = serde_json::json!({
            "name": "Bella", "address": [], "phone": null, "tax_id": null, "time_zone": "Europe/Berlin",
            "locale": "de-DE", "currency": "EUR", "logo": base64
        });
        serde_json::from_value(business).unwrap()
    }

    #[test]
    fn the_same_picture_is_decoded_once_for_each_width_and_dither() {
        let pictures = Pictures::default();
        let first = image(Picture::Inline(picture(64)));
        let dots = pictures.dots(&first, 576).unwrap().unwrap();
        // A reprint parses the markup anew: the same bytes at another place.
        let again = image(Picture::Inline(picture(64)));
        assert!(Arc::ptr_eq(
            &dots,
            &pictures.clone().dots(&again, 576).unwrap().unwrap()
        ));
        assert_eq!(pictures.dots(&again, 32).unwrap().unwrap().width(), 32);
        let plain = Image {
            dither: Dither::Threshold,
            ..again
        };
        let plain = pictures.dots(&plain, 576).unwrap().unwrap();
        assert!(!Arc::ptr_eq(&dots, &plain));
        let other = image(Picture::Inline(picture(65)));
        assert_eq!(pictures.dots(&other, 576).unwrap().unwrap().width(), 65);
    }

    #[test]
    fn a_name_stands_for_the_picture_that_was_set_last() {
        let pictures = Pictures::default();
        let logo = image(Picture::Named("logo".to_owned()));
        let width = || pictures.dots(&logo, 576).unwrap().map(|dots| dots.width());
        assert_eq!(width(), None);
        pictures.set("logo", Some(picture(40)));
        assert_eq!(width(), Some(40));
        pictures.set("logo", Some(picture(48)));
        assert_eq!(width(), Some(48));
        pictures.set("logo", None);
        assert_eq!(width(), None);
        assert!(
            pictures.cache().rendered.is_empty(),
            "nothing of it is kept"
        );
    }

    #[test]
    fn the_logo_is_that_of_the_restaurant_that_is_open() {
        let pictures = Pictures::default();
        let logo = image(Picture::Named("logo".to_owned()));
        let width = || pictures.dots(&logo, 576).unwrap().map(|dots| dots.width());
        let mut business = with_logo(&BASE64_STANDARD.encode(picture(40)));
        pictures.set_logo(Some(&business)).unwrap();
        let first = pictures.dots(&logo, 576).unwrap().unwrap();
        pictures.set_logo(Some(&business)).unwrap();
        let again = pictures.dots(&logo, 576).unwrap().unwrap();
        assert!(Arc::ptr_eq(&first, &again), "nothing changed");
        assert_eq!(width(), Some(40));
        business.logo = Some("no base64!".to_owned());
        assert!(pictures.set_logo(Some(&business)).is_err());
        assert!(pictures.dots(&logo, 576).is_err(), "not the one before");
        pictures.set_logo(None).unwrap();
        assert_eq!(width(), None);
    }

    #[test]
    fn a_logo_of_which_paper_would_show_nothing_is_refused_and_the_reason_kept() {
        let white = |alpha| {
            let mut file = Vec::new();
            let mut encoder = png::Encoder::new(&mut file, 40, 16);
            encoder.set_color(png::ColorType::GrayscaleAlpha);
            let pixels = [255, alpha].repeat(40 * 16);
            let mut writer = encoder.write_header().unwrap();
            writer.write_image_data(&pixels).unwrap();
            drop(writer);
            BASE64_STANDARD.encode(file)
        };
        let logo = image(Picture::Named("logo".to_owned()));
        for alpha in [0, 255] {
            let pictures = Pictures::default();
            let business = with_logo(&white(alpha));
            assert_eq!(pictures.set_logo(Some(&business)), Err(ImageError::Blank));
            assert_eq!(pictures.dots(&logo, 576), Err(ImageError::Blank));
        }
    }

    #[test]
    fn a_damaged_picture_is_an_error_each_time() {
        let pictures = Pictures::default();
        let broken = image(Picture::Inline(b"GIF89a".as_slice().into()));
        for _ in 0..2 {
            assert!(matches!(
                pictures.dots(&broken, 576),
                Err(ImageError::Unreadable(_))
            ));
        }
    }

    #[test]
    fn what_is_kept_stays_bounded_in_number_and_in_bytes() {
        let pictures = Pictures::default();
        for side in 1..100 {
            pictures
                .dots(&image(Picture::Inline(picture(side))), 576)
                .unwrap();
        }
        assert_eq!(pictures.cache().rendered.len(), MOST_KEPT);
        let first = image(Picture::Inline(picture(99)));
        pictures.dots(&first, 576).unwrap();
        for side in 100..100 + MOST_KEPT as u32 - 1 {
            pictures
                .dots(&image(Picture::Inline(picture(side))), 576)
                .unwrap();
        }
        let kept = pictures
            .cache()
            .rendered
            .last()
            .map(|rendered| rendered.file.clone());
        assert_eq!(kept, Some(picture(99)), "the one not used for longest goes");
        // Bytes behind the picture's end are no part of it; so much of them fits once.
        let heavy = |side| {
            let mut file = picture(side).to_vec();
            file.resize(MOST_KEPT_BYTES * 2 / 3, 0);
            image(Picture::Inline(file.into()))
        };
        pictures.dots(&heavy(8), 576).unwrap();
        pictures.dots(&heavy(9), 576).unwrap();
        let bytes: usize = pictures.cache().rendered.iter().map(Rendered::bytes).sum();
        assert!(bytes <= MOST_KEPT_BYTES, "{bytes}");
    }
}
