//! Any bytes as a logo: dots no wider than the paper, or a clear error; never more memory than promised.
#![no_main]

use libfuzzer_sys::fuzz_target;
use templates::document::Dither;
use templates::image;

fuzz_target!(|bytes: &[u8]| {
    for (widest, dither) in [
        (384, Dither::FloydSteinberg),
        (576, Dither::Atkinson),
        (576, Dither::Threshold),
    ] {
        if let Ok(dots) = image::dithered(bytes, widest, dither) {
            assert!((1..=widest).contains(&dots.width()) && dots.height() >= 1);
        }
    }
});
