//! The printer's icon, drawn: a case, a slot, and a receipt that comes out of it.

use templates::raster::Bitmap;

/// A PNG of so many dots both ways.
pub(super) fn png(size: u32) -> Vec<u8> {
    let mut icon = Bitmap::new(size, size);
    let mut fill = |[x, y, width, height]: [u32; 4], black| {
        // Drawn on a grid of 24.
        let scaled = |units: u32| units * size / 24;
        icon.fill(scaled(x), scaled(y), scaled(width), scaled(height), black);
    };
    fill([2, 9, 20, 12], true);
    fill([4, 11, 16, 8], false);
    fill([6, 2, 12, 13], true);
    fill([7, 3, 10, 11], false);
    for y in [5, 7, 9] {
        fill([9, y, 6, 1], true);
    }
    fill([9, 11, 3, 1], true);
    fill([16, 16, 2, 2], true);
    icon.to_png()
}
