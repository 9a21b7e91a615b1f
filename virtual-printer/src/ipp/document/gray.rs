//! Greys to dots. A page of nothing but black and white stays what it is, dot by dot; greys are spread over the dots
//! around them (Floyd and Steinberg), so that a photograph is still one.

use templates::raster::Bitmap;

/// Makes dots of rows of greys, from top to bottom.
#[derive(Debug)]
pub(super) struct Dots {
    bitmap: Bitmap,
    left: u32,
    /// What the row above left over for each dot, and what this row leaves over for the next.
    over: (Vec<i32>, Vec<i32>),
}

impl Dots {
    /// A page of `width` dots, of which the columns from `left` on are printed, `dots` of them at the most.
    pub(super) fn new((width, height): (u32, u32), left: u32, dots: u32) -> Self {
        let slots = width as usize + 2;
        Self {
            bitmap: Bitmap::new(width.min(dots), height),
            left,
            over: (vec![0; slots], vec![0; slots]),
        }
    }

    /// A row of greys, 0 is black.
    pub(super) fn row(&mut self, y: u32, greys: impl Iterator<Item = u8>) {
        let (now, next) = &mut self.over;
        next.fill(0);
        for (x, grey) in greys.enumerate().take(now.len() - 2) {
            let wanted = i32::from(grey) + now[x + 1] / 16;
            let black = wanted < 128;
            let error = wanted - if black { 0 } else { 255 };
            now[x + 2] += error * 7;
            next[x] += error * 3;
            next[x + 1] += error * 5;
            next[x + 2] += error;
            if black && let Some(x) = u32::try_from(x).ok().and_then(|x| x.checked_sub(self.left)) {
                self.bitmap.set(x, y, true);
            }
        }
        std::mem::swap(now, next);
    }

    pub(super) fn done(self) -> Bitmap {
        self.bitmap
    }
}

/// The grey of a colour, as the eye sees it (ITU-R BT.601).
pub(super) fn luminance(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from((sum + 500) / 1000).unwrap_or(u8::MAX)
}
