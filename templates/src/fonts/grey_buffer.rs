//! Grey dots while letters are drawn, and what becomes black of them.

use crate::bitmap::Bitmap;

/// Grey from which a dot is black: below the middle, since thin strokes would break.
const BLACK: u8 = 105;

/// Grey dots, 255 = black.
pub(super) struct GreyBuffer {
    width: u32,
    height: u32,
    grey: Vec<u8>,
}

impl GreyBuffer {
    pub(super) fn new(width: u32, height: u32) -> Self {
        GreyBuffer {
            width,
            height,
            grey: vec![0; width as usize * height as usize],
        }
    }

    pub(super) fn darken(&mut self, x: i32, y: i32, grey: u8) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
            return;
        };
        if x < self.width && y < self.height {
            let dot = &mut self.grey[y as usize * self.width as usize + x as usize];
            *dot = (*dot).max(grey);
        }
    }

    /// The first `taken` columns as black and white, made narrower and lower to this size by the mean of what falls into
    /// each dot.
    pub(super) fn fit(&self, taken: u32, width: u32, height: u32) -> Bitmap {
        let mut dots = Bitmap::new(width, height);
        let span = |dot: u32, of: u32, from: u32| {
            let start = (u64::from(dot) * u64::from(from) / u64::from(of)) as u32;
            let end = (u64::from(dot + 1) * u64::from(from)).div_ceil(u64::from(of)) as u32;
            start..end.min(from).max(start + 1)
        };
        for y in 0..height {
            for x in 0..width {
                let (mut sum, mut count) = (0_u32, 0_u32);
                for from_y in span(y, height, self.height) {
                    for from_x in span(x, width, taken.min(self.width)) {
                        let place = from_y as usize * self.width as usize + from_x as usize;
                        sum += self.grey.get(place).copied().map_or(0, u32::from);
                        count += 1;
                    }
                }
                if sum > u32::from(BLACK) * count {
                    dots.set(x, y, true);
                }
            }
        }
        dots
    }
}
