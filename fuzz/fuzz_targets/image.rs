//! Any bytes as a logo: dots no wider than the paper, or a clear error; never more memory than promised.
#![no_main]

use libfuzzer_sys::fuzz_target;
use templates::image;

fuzz_target!(|bytes: &[u8]| {
    for widest in [384, 576] {
        if let Ok(dots) = image::dithered(bytes, widest) {
            assert!((1..=widest).contains(&dots.width()) && dots.height() >= 1);
        }
    }
});
