//! From the dots of the printer that the ticket was laid out for to the pixels of the one that prints it.

/// One way of the paper, across or along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    /// So many pixels
    pixels: u32,
    /// for so many dots.
    dots: u32,
}

impl Scale {
    /// Where the resolutions are within 3 % of a whole multiple (600 to 203), every dot becomes the same number of pixels:
    /// bars of a code stay as wide as each other, which matters more than a millimetre of width.
    pub(super) fn new(dpi: u32, resolution: u32) -> Scale {
        let whole = (resolution + dpi / 2) / dpi.max(1);
        if whole > 0 && (whole * dpi).abs_diff(resolution) * 100 <= resolution * 3 {
            return Scale {
                pixels: whole,
                dots: 1,
            };
        }
        Scale {
            pixels: resolution,
            dots: dpi.max(1),
        }
    }

    /// Pixels that so many dots become.
    pub(super) fn pixels(self, dots: u32) -> u32 {
        rounded(dots, self.pixels, self.dots)
    }

    /// Dots that fit into so many pixels.
    pub(super) fn dots_in(self, pixels: u32) -> u32 {
        let dots = u64::from(pixels) * u64::from(self.dots) / u64::from(self.pixels.max(1));
        u32::try_from(dots).unwrap_or(u32::MAX)
    }

    /// The dot in whose middle a pixel lies, the nearest one.
    pub(super) fn dot(self, pixel: u32) -> u32 {
        let twice = (2 * u64::from(pixel) + 1) * u64::from(self.dots);
        u32::try_from(twice / (2 * u64::from(self.pixels.max(1)))).unwrap_or(u32::MAX)
    }

    /// Each dot is one pixel.
    pub(super) fn is_one(self) -> bool {
        self.pixels == self.dots
    }
}

/// `length * per / of`, to the nearest.
pub(super) fn rounded(length: u32, per: u32, of: u32) -> u32 {
    let of = u64::from(of.max(1));
    let rounded = (u64::from(length) * u64::from(per) * 2 + of) / (2 * of);
    u32::try_from(rounded).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_becomes_whole_pixels_where_the_resolutions_are_nearly_multiples() {
        for (resolution, whole) in [(203, 1), (200, 1), (406, 2), (600, 3), (609, 3), (1200, 6)] {
            let scale = Scale::new(203, resolution);
            assert_eq!(scale.pixels(576), 576 * whole, "{resolution}");
            for pixel in 0..whole * 3 {
                assert_eq!(scale.dot(pixel), pixel / whole);
            }
        }
    }

    #[test]
    fn a_receipt_keeps_its_size_in_between() {
        for resolution in [72, 100, 150, 180, 300, 360] {
            let scale = Scale::new(203, resolution);
            let pixels = scale.pixels(576);
            assert_eq!(pixels, (576 * resolution + 101) / 203, "{resolution}");
            assert!((0..pixels).all(|pixel| scale.dot(pixel) < 576));
            assert!(scale.pixels(scale.dots_in(1000)) <= 1000);
        }
    }
}
