//! The pixels of a picture added up where they fall together into one dot of the paper.

use png::ColorType;

/// The sums of all pixels in each dot. Pixels may come in any order of rows.
#[derive(Debug)]
pub(super) struct Grid {
    width: u32,
    height: u32,
    /// Sums of lightness, row by row; 255 is white.
    sums: Vec<u32>,
    /// The dot of each pixel in a row, and in a column.
    dot_of: Vec<u32>,
    row_of: Vec<u32>,
    /// How many pixels a dot has in a row, and in a column.
    wide: Vec<u32>,
    high: Vec<u32>,
}

impl Grid {
    /// Of a picture of `from` pixels on `to` dots, which are no more.
    pub(super) fn new(from: (u32, u32), to: (u32, u32)) -> Self {
        let ((dot_of, wide), (row_of, high)) = (shares(from.0, to.0), shares(from.1, to.1));
        Grid {
            width: to.0,
            height: to.1,
            sums: vec![0; to.0 as usize * to.1 as usize],
            dot_of,
            row_of,
            wide,
            high,
        }
    }

    /// Dots in a row.
    pub(super) fn width(&self) -> u32 {
        self.width
    }

    /// Rows of dots.
    pub(super) fn height(&self) -> u32 {
        self.height
    }

    /// Adds row `y` of the picture, of which the first pixel stands at `x` and the others `step` apart.
    pub(super) fn add(
        &mut self,
        y: u32,
        (x, step): (usize, usize),
        colours: ColorType,
        pixels: &[u8],
    ) {
        let columns = self.width as usize;
        let start = self.row_of.get(y as usize).copied().unwrap_or(0) as usize * columns;
        let Some(sums) = self.sums.get_mut(start..start + columns) else {
            return;
        };
        let same = self.dot_of.len() == columns && step == 1;
        let dots = if same {
            &[]
        } else {
            self.dot_of.get(x..).unwrap_or(&[])
        };
        let place = Place { dots, step, sums };
        match colours {
            // Palettes have become colours before.
            ColorType::Grayscale | ColorType::Indexed => place.add(pixels, |[grey]| grey.into()),
            ColorType::GrayscaleAlpha => {
                place.add(pixels, |[grey, alpha]| on_paper(grey.into(), alpha))
            }
            ColorType::Rgb => place.add(pixels, |[red, green, blue]| lightness(red, green, blue)),
            ColorType::Rgba => place.add(pixels, |[red, green, blue, alpha]| {
                on_paper(lightness(red, green, blue), alpha)
            }),
        }
    }

    /// The mean lightness of each dot in a row.
    pub(super) fn row(&self, y: u32, lights: &mut Vec<i32>) {
        let columns = self.width as usize;
        let start = y as usize * columns;
        let sums = self.sums.get(start..start + columns).unwrap_or(&[]);
        let high = self.high.get(y as usize).copied().unwrap_or(1);
        lights.clear();
        if high == 1 && self.dot_of.len() == columns {
            lights.extend(sums.iter().map(|sum| *sum as i32));
        } else {
            let means = sums.iter().zip(&self.wide);
            lights.extend(means.map(|(sum, wide)| (sum / (wide * high).max(1)) as i32));
        }
    }
}

/// Where the pixels of one row go.
struct Place<'g> {
    /// The dot of each pixel from the first one on; empty when each has its own.
    dots: &'g [u32],
    step: usize,
    sums: &'g mut [u32],
}

impl Place<'_> {
    fn add<const SAMPLES: usize>(self, pixels: &[u8], light: impl Fn([u8; SAMPLES]) -> u32) {
        let lights = pixels
            .as_chunks::<SAMPLES>()
            .0
            .iter()
            .map(|pixel| light(*pixel));
        if self.dots.is_empty() {
            for (sum, light) in self.sums.iter_mut().zip(lights) {
                *sum += light;
            }
        } else {
            for (dot, light) in self.dots.iter().step_by(self.step).zip(lights) {
                self.sums[*dot as usize] += light;
            }
        }
    }
}

/// For each of `from` pixels the dot that it falls into, and for each of `to` dots how many pixels do.
fn shares(from: u32, to: u32) -> (Vec<u32>, Vec<u32>) {
    let start = |dot: u32| (u64::from(dot) * u64::from(from) / u64::from(to)) as usize;
    let mut dot_of = Vec::with_capacity(from as usize);
    let mut counts = Vec::with_capacity(to as usize);
    for dot in 0..to {
        let end = start(dot + 1);
        counts.push((end - dot_of.len()) as u32);
        dot_of.resize(end, dot);
    }
    (dot_of, counts)
}

/// ITU-R BT.601 weights.
fn lightness(red: u8, green: u8, blue: u8) -> u32 {
    (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000
}

/// Paper is white.
fn on_paper(light: u32, alpha: u8) -> u32 {
    (light * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255
}
