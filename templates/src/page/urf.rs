//! Apple raster, which has no public description; as CUPS reads it (cups/raster-stream.c).

use super::rows::{Rows, runs};
use super::{Color, Page};

/// The rest of the row is white.
const WHITE: u8 = 128;
/// `duplex`: one side.
const ONE_SIDE: u8 = 1;
/// `quality`: normal.
const NORMAL: u8 = 4;

pub(super) fn file(pages: &[Page<'_>], resolution: u32) -> Vec<u8> {
    let mut file = b"UNIRAST\0".to_vec();
    file.extend(u32::try_from(pages.len()).unwrap_or(0).to_be_bytes());
    for page in pages {
        let Rows { width, height, .. } = page.rows;
        // Bits a pixel, colour space (0 is grey).
        file.extend([8, 0, ONE_SIDE, NORMAL]);
        file.extend([0; 8]);
        for number in [width, height, resolution, 0, 0] {
            file.extend(number.to_be_bytes());
        }
        page.rows.write(&mut file, Color::Sgray8, row);
    }
    file
}

fn row(to: &mut Vec<u8>, pixels: &[u8]) {
    let end = pixels
        .iter()
        .rposition(|pixel| *pixel != 255)
        .map_or(0, |last| last + 1);
    runs(to, &pixels[..end]);
    if end < pixels.len() {
        to.push(WHITE);
    }
}
