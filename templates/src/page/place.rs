//! Where on a page what is printed stands.

use super::scale::{Scale, rounded};
use super::{LEAST, MOST, Medium, PageError};
use crate::profile::Profile;

/// All in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Width of a page, and its height where that does not follow from what is printed.
    pub(super) size: (u32, Option<u32>),
    /// Width of what is printed.
    pub(super) receipt: u32,
    pub(super) left: u32,
    pub(super) top: u32,
    /// Height that is left for what is printed.
    pub(super) room: u32,
    /// Height of the paper that is not on the page, at either end of it.
    pub(super) beyond: u32,
}

impl Place {
    pub(super) fn on(
        medium: &Medium,
        profile: &Profile,
        (across, along): (u32, u32),
    ) -> Result<Place, PageError> {
        let possible = LEAST..=MOST;
        if !possible.contains(&across) || !possible.contains(&along) {
            return Err(PageError::Resolution { across, along });
        }
        let receipt = Scale::new(profile.dpi, across).pixels(profile.dots);
        let pixels = |length: u32, resolution: u32| rounded(length, resolution, 2540);
        let fits = |medium: u32| {
            if receipt > medium {
                return Err(PageError::TooWide { receipt, medium });
            }
            Ok(())
        };
        let room_of =
            |longest: Option<u32>| longest.map_or(u32::MAX, |longest| pixels(longest, along));
        Ok(match *medium {
            Medium::Roll { longest } => Place {
                size: (receipt, None),
                receipt,
                left: 0,
                top: 0,
                room: room_of(longest),
                beyond: 0,
            },
            Medium::Strip {
                width,
                longest,
                ends,
            } => {
                let width = pixels(width, across);
                fits(width)?;
                let top = pixels(ends, along);
                Place {
                    size: (width, None),
                    receipt,
                    left: (width - receipt) / 2,
                    top,
                    room: room_of(longest).saturating_sub(2 * top),
                    beyond: 0,
                }
            }
            Medium::Sheet {
                width,
                height,
                margin,
            } => {
                let (width, height) = (pixels(width, across), pixels(height, along));
                let (left, top) = (pixels(margin, across), pixels(margin, along));
                fits(width.saturating_sub(2 * left))?;
                Place {
                    size: (width, Some(height)),
                    receipt,
                    left,
                    top,
                    room: height.saturating_sub(2 * top),
                    beyond: 0,
                }
            }
        })
    }

    /// The same for one picture of everything. What is not as large as the paper is put in its middle by the printer, and
    /// nothing is made smaller for the edges that it cannot print.
    pub(super) fn for_picture(self) -> Place {
        match self.size {
            (_, None) => Place {
                size: (self.receipt, None),
                left: 0,
                top: 0,
                room: u32::MAX,
                beyond: self.top,
                ..self
            },
            (_, Some(_)) => Place {
                room: u32::MAX,
                ..self
            },
        }
    }
}
