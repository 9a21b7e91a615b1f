//! Dots on paper: one bit each, black or not.

/// A picture of one bit a dot. Rows are packed to bytes, the leftmost dot in the highest bit, as printers want them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    height: u32,
    stride: usize,
    bits: Vec<u8>,
}

impl Bitmap {
    /// White paper of this many dots.
    pub fn new(width: u32, height: u32) -> Self {
        let stride = width.div_ceil(8) as usize;
        Bitmap {
            width,
            height,
            stride,
            bits: vec![0; stride * height as usize],
        }
    }

    /// Dots in a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Bytes of one row.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The packed dots of a row; bits beyond the width are 0. Empty below the last row.
    pub fn row(&self, y: u32) -> &[u8] {
        let start = y as usize * self.stride;
        self.bits.get(start..start + self.stride).unwrap_or(&[])
    }

    /// The packed dots of a row, to be written; bits beyond the width must stay 0.
    pub(crate) fn row_mut(&mut self, y: u32) -> &mut [u8] {
        let start = y as usize * self.stride;
        self.bits
            .get_mut(start..start + self.stride)
            .unwrap_or(&mut [])
    }

    /// All rows, one after the other.
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// Whether the dot is black; outside of the paper none is.
    pub fn get(&self, x: u32, y: u32) -> bool {
        x < self.width
            && y < self.height
            && self.bits[y as usize * self.stride + x as usize / 8] & (0x80 >> (x % 8)) != 0
    }

    /// Makes a dot black or white; outside of the paper nothing happens.
    pub fn set(&mut self, x: u32, y: u32, black: bool) {
        if x < self.width && y < self.height {
            let byte = &mut self.bits[y as usize * self.stride + x as usize / 8];
            let bit = 0x80 >> (x % 8);
            if black { *byte |= bit } else { *byte &= !bit }
        }
    }

    /// Makes a rectangle black or white.
    pub fn fill(&mut self, x: u32, y: u32, width: u32, height: u32, black: bool) {
        self.each_byte(x, y, width, height, |byte, mask| {
            if black { *byte |= mask } else { *byte &= !mask }
        });
    }

    /// Turns black to white and back in a rectangle.
    pub fn invert(&mut self, x: u32, y: u32, width: u32, height: u32) {
        self.each_byte(x, y, width, height, |byte, mask| *byte ^= mask);
    }

    /// Adds the black dots of another picture with its upper left corner at `x`, `y`.
    pub fn blit(&mut self, other: &Bitmap, x: u32, y: u32) {
        if x >= self.width || y >= self.height || other.stride == 0 {
            return;
        }
        let (first, shift) = (x as usize / 8, x % 8);
        let rows = self.bits.chunks_exact_mut(self.stride).skip(y as usize);
        // Bits beyond the width stay 0.
        let cut = self.width - x < other.width;
        let last_bits = 0xff << (self.stride as u32 * 8 - self.width);
        for (mine, theirs) in rows.zip(other.bits.chunks_exact(other.stride)) {
            let mine = &mut mine[first..];
            // Each byte of theirs falls on two of mine; what is shifted out of one begins the next.
            let mut carried = 0;
            let mut place = mine.iter_mut();
            for (theirs, byte) in theirs.iter().zip(place.by_ref()) {
                *byte |= carried | (theirs >> shift);
                carried = if shift == 0 { 0 } else { theirs << (8 - shift) };
            }
            if let Some(byte) = place.next() {
                *byte |= carried;
            }
            if let Some(last) = mine.last_mut().filter(|_| cut) {
                *last &= last_bits;
            }
        }
    }

    /// Makes the paper this high: adds white rows below, or takes rows away.
    pub fn set_height(&mut self, height: u32) {
        self.height = height;
        self.bits.resize(self.stride * height as usize, 0);
    }

    /// Rows `from..from + height` as a picture of their own.
    pub fn band(&self, from: u32, height: u32) -> Bitmap {
        let from = from.min(self.height);
        let height = height.min(self.height - from);
        let bits =
            self.bits[from as usize * self.stride..(from + height) as usize * self.stride].to_vec();
        Bitmap {
            width: self.width,
            height,
            stride: self.stride,
            bits,
        }
    }

    /// A PNG file of 1 bit a pixel.
    pub fn to_png(&self) -> Vec<u8> {
        self.clone().into_png()
    }

    /// As [`Bitmap::to_png`], without the memory for a second picture: some are 100 MB large.
    pub(crate) fn into_png(self) -> Vec<u8> {
        let mut file = Vec::new();
        // A picture without dots is no PNG; a single white dot stands for it.
        let mut picture = if self.bits.is_empty() {
            Bitmap::new(1, 1)
        } else {
            self
        };
        // In a PNG file 1 is light.
        for byte in &mut picture.bits {
            *byte = !*byte;
        }
        let mut encoder = png::Encoder::new(&mut file, picture.width, picture.height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        // Half as large again as the usual settings make a receipt, and in a fiftieth of their time. Most rows of letters
        // are much like the one above.
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Up);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&picture.bits))
            .expect("writing to memory cannot fail, and the data have the size of the picture");
        file
    }

    /// Every byte of a rectangle, with the bits of it that lie inside.
    fn each_byte(
        &mut self,
        x: u32,
        y: u32,
        width: u32,
        height: u32,
        mut change: impl FnMut(&mut u8, u8),
    ) {
        let right = x.saturating_add(width).min(self.width);
        let bottom = y.saturating_add(height).min(self.height);
        if x >= right || y >= bottom {
            return;
        }
        let (first, last) = (x as usize / 8, (right as usize - 1) / 8);
        let (from, to) = (0xff >> (x % 8), 0xff << (7 - (right - 1) % 8));
        let rows = self.bits.chunks_exact_mut(self.stride);
        for row in rows.skip(y as usize).take((bottom - y) as usize) {
            for (place, byte) in row.iter_mut().enumerate().take(last + 1).skip(first) {
                let mut mask = 0xff;
                if place == first {
                    mask &= from;
                }
                if place == last {
                    mask &= to;
                }
                change(byte, mask);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_laid_on_another_keeps_its_dots_at_any_place() {
        for width in [3, 8, 15, 20] {
            let mut stamp = Bitmap::new(width, 2);
            stamp.fill(0, 0, width, 2, true);
            for x in 0..20 {
                let mut paper = Bitmap::new(48, 5);
                paper.blit(&stamp, x, 1);
                let black: Vec<_> = (0..48).filter(|dot| paper.get(*dot, 2)).collect();
                assert_eq!(black, (x..x + width).collect::<Vec<_>>());
                assert!(!paper.get(x, 0) && !paper.get(x, 3));
            }
        }
    }

    #[test]
    fn rectangles_of_any_size_are_made_black_white_and_turned_dot_by_dot() {
        let places = [0, 1, 7, 8, 9, 15, 16, 19];
        for (x, width) in places.iter().flat_map(|x| places.map(|width| (*x, width))) {
            let mut paper = Bitmap::new(21, 3);
            paper.fill(x, 1, width, 1, true);
            let inside = |dot: u32| (x..x + width).contains(&dot);
            assert!((0..21).all(|dot| paper.get(dot, 1) == inside(dot)));
            assert!((0..21).all(|dot| !paper.get(dot, 0) && !paper.get(dot, 2)));
            paper.invert(x, 1, width, 2);
            assert!((0..21).all(|dot| !paper.get(dot, 1) && paper.get(dot, 2) == inside(dot)));
            paper.fill(x, 0, width, 3, false);
            assert_eq!(paper, Bitmap::new(21, 3));
        }
    }

    #[test]
    fn what_of_a_picture_stands_out_of_the_paper_is_left_out() {
        let mut stamp = Bitmap::new(23, 4);
        stamp.fill(0, 0, 23, 4, true);
        for x in 0..30 {
            let mut paper = Bitmap::new(21, 3);
            paper.blit(&stamp, x, 1);
            let mut wanted = Bitmap::new(21, 3);
            wanted.fill(x, 1, 23, 2, true);
            assert_eq!(paper, wanted, "at {x}");
            assert!(paper.row(1).last().is_some_and(|last| last & 0b111 == 0));
        }
    }

    #[test]
    fn nothing_is_drawn_beside_the_paper() {
        let mut paper = Bitmap::new(10, 4);
        paper.fill(5, 2, u32::MAX, u32::MAX, true);
        paper.set(10, 0, true);
        paper.blit(&Bitmap::new(30, 30), u32::MAX - 2, 1);
        assert_eq!(paper.row(3), [0b0000_0111, 0b1100_0000]);
        assert!(paper.row(4).is_empty());
    }

    #[test]
    fn a_picture_is_read_back_from_its_png_dot_by_dot() {
        let mut picture = Bitmap::new(11, 3);
        picture.fill(2, 1, 7, 1, true);
        let file = picture.to_png();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(
            pixels.iter().map(|byte| !byte).collect::<Vec<_>>()[2..4],
            picture.row(1)[..].to_vec()[..]
        );
        assert!(!Bitmap::default().to_png().is_empty());
    }
}
