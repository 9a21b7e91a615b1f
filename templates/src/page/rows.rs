//! The rows of a page, made one by one, and the run-length code that both formats share.

use std::ops::Range;

use super::Color;
use super::scale::Scale;
use crate::bitmap::Bitmap;

/// Dots of a ticket somewhere on a page; around them it is white.
#[derive(Debug)]
pub(super) struct Rows<'d> {
    dots: Option<(&'d Bitmap, Range<u32>)>,
    scale: (Scale, Scale),
    left: u32,
    top: u32,
    /// Pixels of the page.
    pub(super) width: u32,
    /// Pixels of the page.
    pub(super) height: u32,
}

impl<'d> Rows<'d> {
    /// These rows of a piece of paper, their upper left corner at `left`, `top` of a page.
    pub(super) fn new(
        piece: &'d Bitmap,
        rows: Range<u32>,
        scale: (Scale, Scale),
        (left, top): (u32, u32),
        (width, height): (u32, u32),
    ) -> Self {
        Rows {
            dots: Some((piece, rows)),
            scale,
            left,
            top,
            width,
            height,
        }
    }

    /// A page with nothing on it.
    pub(super) fn white(width: u32, height: u32) -> Self {
        let one = Scale::new(1, 1);
        Rows {
            dots: None,
            scale: (one, one),
            left: 0,
            top: 0,
            width,
            height,
        }
    }

    /// Writes all rows: how many are alike, less one, then the pixels of one of them by `code`.
    pub(super) fn write(&self, to: &mut Vec<u8>, color: Color, code: impl Fn(&mut Vec<u8>, &[u8])) {
        let mut pixels = Vec::new();
        let mut y = 0;
        while y < self.height {
            let row = self.row(y);
            let alike = (y + 1..self.height)
                .take(255)
                .take_while(|next| self.row(*next) == row)
                .count();
            self.pixels(row, color, &mut pixels);
            to.push(u8::try_from(alike).unwrap_or(u8::MAX));
            code(to, &pixels);
            y += 1 + alike as u32;
        }
    }

    /// All pixels, a byte each, 0 is black.
    pub(super) fn greys(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.width as usize * self.height as usize);
        let mut pixels = Vec::new();
        for y in 0..self.height {
            self.pixels(self.row(y), Color::Sgray8, &mut pixels);
            all.extend(&pixels);
        }
        all
    }

    /// The packed dots of a row of pixels; empty where it is white.
    fn row(&self, y: u32) -> &'d [u8] {
        let Some((piece, rows)) = &self.dots else {
            return &[];
        };
        let dot = y
            .checked_sub(self.top)
            .and_then(|y| rows.start.checked_add(self.scale.1.dot(y)));
        let row = dot
            .filter(|dot| rows.contains(dot))
            .map_or(&[][..], |dot| piece.row(dot));
        if row.iter().all(|byte| *byte == 0) {
            &[]
        } else {
            row
        }
    }

    fn pixels(&self, row: &[u8], color: Color, pixels: &mut Vec<u8>) {
        pixels.clear();
        let (bytes, white) = match color {
            Color::Black1 => (self.width.div_ceil(8), 0),
            Color::Sgray8 => (self.width, 255),
        };
        pixels.resize(bytes as usize, white);
        let Some((piece, _)) = &self.dots else {
            return;
        };
        let scale = self.scale.0;
        if color == Color::Black1 && scale.is_one() && self.left.is_multiple_of(8) {
            let start = self.left as usize / 8;
            for (pixel, dots) in pixels.iter_mut().skip(start).zip(row) {
                *pixel = *dots;
            }
            return;
        }
        let black = |dot: u32| {
            row.get(dot as usize / 8)
                .is_some_and(|byte| byte & (0x80 >> (dot % 8)) != 0)
        };
        let wide = scale
            .pixels(piece.width())
            .min(self.width - self.left.min(self.width));
        for pixel in (0..wide).filter(|pixel| black(scale.dot(*pixel))) {
            let at = (self.left + pixel) as usize;
            match color {
                Color::Black1 => pixels[at / 8] |= 0x80 >> (at % 8),
                Color::Sgray8 => pixels[at] = 0,
            }
        }
    }
}

/// A row in runs (PWG 5102.4 section 4.4): 0 to 127 is one byte less than so many times the next byte, 129 to 255 is 257
/// less so many bytes as they are.
pub(super) fn runs(to: &mut Vec<u8>, row: &[u8]) {
    let mut rest = row;
    while let Some(first) = rest.first() {
        let same = run(rest);
        let taken = if same > 1 {
            to.extend([same as u8 - 1, *first]);
            same
        } else {
            let plain = plain(rest);
            // One byte alone is a run of one; 256 would not be a code.
            to.push(if plain == 1 { 0 } else { (257 - plain) as u8 });
            to.extend(&rest[..plain]);
            plain
        };
        rest = &rest[taken..];
    }
}

/// Bytes at the start that are the same, at most 128.
fn run(row: &[u8]) -> usize {
    row.iter()
        .take(128)
        .take_while(|byte| Some(*byte) == row.first())
        .count()
}

/// Bytes at the start before the first two that are the same, at most 128.
fn plain(row: &[u8]) -> usize {
    let pair = row.windows(2).take(128).position(|pair| pair[0] == pair[1]);
    pair.unwrap_or(row.len().min(128)).max(1)
}
