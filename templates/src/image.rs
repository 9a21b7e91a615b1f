//! Pictures of other people, such as a logo, as dots: decoded within limits, made no wider than the paper, dithered.

use crate::bitmap::Bitmap;

/// Most pixels that are decoded.
const MOST_PIXELS: u64 = 20_000_000;
/// Most bytes that the decoder may hold.
const MOST_BYTES: usize = 128 << 20;
/// Most rows of dots that a picture may become; half a metre of paper.
const MOST_ROWS: u32 = 4_000;

/// Why a picture is not printed.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Damaged, or something else.
    #[error("the picture is not a readable PNG file: {0}")]
    NotPng(#[from] png::DecodingError),
    /// It could use up the memory of this PC, or the roll of the printer.
    #[error(
        "the picture has {width} x {height} pixels, which is too large to print; make it smaller"
    )]
    TooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
}

/// Black and white dots of a PNG file, at most `widest` wide. Transparent parts are white.
///
/// # Errors
/// When the file cannot be read or is too large.
pub fn dithered(file: &[u8], widest: u32) -> Result<Bitmap, ImageError> {
    let limits = png::Limits { bytes: MOST_BYTES };
    let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(file), limits);
    decoder.set_transformations(
        png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
    );
    let mut reader = decoder.read_info()?;
    let (width, height) = reader.info().size();
    let too_large = ImageError::TooLarge { width, height };
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(too_large);
    }
    let Some(size) = reader
        .output_buffer_size()
        .filter(|size| *size <= MOST_BYTES)
    else {
        return Err(too_large);
    };
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels)?;
    let channels = frame.color_type.samples();
    let grey: Vec<u8> = pixels[..frame.buffer_size()]
        .chunks_exact(channels)
        .map(lightness)
        .collect();
    let to_width = width.min(widest.max(1));
    let to_height =
        u32::try_from(u64::from(height) * u64::from(to_width) / u64::from(width.max(1)))
            .unwrap_or(u32::MAX)
            .max(1);
    if to_height > MOST_ROWS {
        return Err(too_large);
    }
    Ok(diffuse(
        &scaled(&grey, (width, height), (to_width, to_height)),
        to_width,
        to_height,
    ))
}

/// On white paper, 255 = white. ITU-R BT.601 weights.
fn lightness(pixel: &[u8]) -> u8 {
    let on_paper = |light: u32, alpha: u8| {
        ((light * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255) as u8
    };
    match *pixel {
        [grey] => grey,
        [grey, alpha] => on_paper(u32::from(grey), alpha),
        [red, green, blue, ref rest @ ..] => {
            let light =
                (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000;
            on_paper(light, rest.first().copied().unwrap_or(255))
        }
        [] => 255,
    }
}

/// Mean of the pixels that fall into each dot.
fn scaled(grey: &[u8], (width, height): (u32, u32), (to_width, to_height): (u32, u32)) -> Vec<i16> {
    let mut dots = Vec::with_capacity(to_width as usize * to_height as usize);
    let range = |place: u32, of: u32, from: u32| {
        let start = (u64::from(place) * u64::from(from) / u64::from(of)) as usize;
        let end = (u64::from(place + 1) * u64::from(from) / u64::from(of)) as usize;
        start..end.max(start + 1)
    };
    for y in 0..to_height {
        for x in 0..to_width {
            let (mut sum, mut count) = (0_u32, 0_u32);
            for from_y in range(y, to_height, height) {
                for from_x in range(x, to_width, width) {
                    sum += grey
                        .get(from_y * width as usize + from_x)
                        .copied()
                        .map_or(255, u32::from);
                    count += 1;
                }
            }
            dots.push((sum / count.max(1)) as i16);
        }
    }
    dots
}

/// Floyd and Steinberg's error diffusion (1976). What is nearly black or white becomes so, which keeps edges clean.
fn diffuse(grey: &[i16], width: u32, height: u32) -> Bitmap {
    let mut dots = Bitmap::new(width, height);
    let columns = width as usize;
    let mut here = vec![0_i16; columns + 2];
    let mut below = vec![0_i16; columns + 2];
    for y in 0..height {
        for x in 0..columns {
            let light = grey.get(y as usize * columns + x).copied().unwrap_or(255);
            let light = if light < 24 {
                0
            } else if light > 231 {
                255
            } else {
                light
            };
            let wanted = if light == 0 || light == 255 {
                light
            } else {
                light + here[x + 1]
            };
            let black = wanted < 128;
            dots.set(x as u32, y, black);
            let error = (wanted - if black { 0 } else { 255 }).clamp(-255, 255);
            here[x + 2] += error * 7 / 16;
            below[x] += error * 3 / 16;
            below[x + 1] += error * 5 / 16;
            below[x + 2] += error / 16;
        }
        std::mem::swap(&mut here, &mut below);
        below.fill(0);
    }
    dots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey_png(width: u32, height: u32, level: u8) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        let data = vec![level; (width * height) as usize];
        encoder
            .write_header()
            .unwrap()
            .write_image_data(&data)
            .unwrap();
        file
    }

    fn black(dots: &Bitmap) -> u32 {
        dots.bits().iter().map(|byte| byte.count_ones()).sum()
    }

    #[test]
    fn a_picture_is_made_as_wide_as_the_paper_and_keeps_its_shape() {
        let dots = dithered(&grey_png(1000, 500, 128), 576).unwrap();
        assert_eq!((dots.width(), dots.height()), (576, 288));
        let share = f64::from(black(&dots)) / (576.0 * 288.0);
        assert!(
            (0.45..0.55).contains(&share),
            "half grey became {share} black"
        );
    }

    #[test]
    fn a_small_picture_stays_small_and_white_stays_white() {
        let dots = dithered(&grey_png(8, 8, 255), 576).unwrap();
        assert_eq!((dots.width(), black(&dots)), (8, 0));
        assert_eq!(black(&dithered(&grey_png(8, 8, 0), 576).unwrap()), 64);
    }

    #[test]
    fn a_picture_that_would_fill_the_memory_or_the_roll_is_refused() {
        assert!(matches!(
            dithered(&grey_png(1, 8000, 0), 576),
            Err(ImageError::TooLarge { .. })
        ));
        // A header alone can promise any size.
        let mut bomb = grey_png(1, 1, 0);
        bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        assert!(dithered(&bomb, 576).is_err());
        assert!(dithered(b"GIF89a", 576).is_err());
    }
}
