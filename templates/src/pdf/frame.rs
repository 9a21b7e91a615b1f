//! Where on a page what is printed stands.

use crate::page::Medium;
use crate::profile::Profile;
use crate::raster::MARGIN;

/// Hundredths of a millimetre.
pub(super) const INCH: f32 = 2_540.0;
/// Inches that a page may have, the most that every reader takes (ISO 32000-1, annex C.2); 5 m of paper.
const LONGEST: f32 = 200.0;

/// All in dots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    width: f32,
    /// `None` where it follows from what is printed.
    height: Option<f32>,
    pub(super) left: f32,
    pub(super) top: f32,
    /// Width and height that are left for what is printed.
    across: f32,
    pub(super) room: f32,
    dots: f32,
}

impl Frame {
    pub(super) fn on(medium: &Medium, profile: &Profile) -> Frame {
        let dpi = profile.dpi as f32;
        let dots = profile.dots as f32;
        let length = |hundredths: u32| hundredths as f32 * dpi / INCH;
        let longest = |longest: Option<u32>| {
            let most = LONGEST * dpi;
            longest.map_or(most, |longest| length(longest).min(most))
        };
        let (width, height, left, top, room) = match *medium {
            Medium::Roll { longest: most } => {
                let margin = MARGIN as f32;
                (dots + 2.0 * margin, None, margin, margin, longest(most))
            }
            Medium::Strip {
                width,
                longest: most,
                ends,
            } => {
                let width = length(width);
                let left = ((width - dots) / 2.0).max(0.0);
                (width, None, left, length(ends), longest(most))
            }
            Medium::Sheet {
                width,
                height,
                margin,
            } => {
                let (height, margin) = (length(height), length(margin));
                (length(width), Some(height), margin, margin, height)
            }
        };
        Frame {
            width,
            height,
            left,
            top,
            across: (width - 2.0 * left).max(1.0),
            room: (room - 2.0 * top).max(1.0),
            dots,
        }
    }

    /// Width and height of a page with so many dots on it.
    pub(super) fn page(&self, printed: u32) -> (f32, f32) {
        let printed = printed as f32 * self.shrink(printed);
        let height = printed + 2.0 * self.top;
        (self.width, self.height.unwrap_or(height.max(1.0)))
    }

    /// How much smaller it is made to fit on it.
    pub(super) fn shrink(&self, printed: u32) -> f32 {
        let high = self.room / (printed as f32).max(1.0);
        high.min(self.across / self.dots.max(1.0)).min(1.0)
    }
}
