//! Pictures as people have them, as the PNG files that tickets are printed from: done once for a logo, not for each ticket.

use std::borrow::Cow;
use std::io::Cursor;

use ::image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::{ImageError, MOST_PIXELS, MOST_WIDE};

/// What a PNG file begins with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Bytes of a decoded picture of three or four samples a pixel; a logo is never so large.
const MOST_DECODED: u64 = 96 << 20;

/// The file, if it is PNG; otherwise the picture of a JPEG or WebP file in grey, upright as its EXIF data say, transparent
/// parts white.
///
/// # Errors
/// When it is none of these, damaged, or too large.
pub fn as_png(file: &[u8]) -> Result<Cow<'_, [u8]>, ImageError> {
    if file.starts_with(PNG) {
        return Ok(Cow::Borrowed(file));
    }
    let unreadable = |error: ::image::ImageError| ImageError::Unreadable(error.to_string());
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .map_err(|error| ImageError::Unreadable(error.to_string()))?;
    let known = matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::WebP));
    if !known {
        return Err(ImageError::Unreadable("another format".to_owned()));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_DECODED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > MOST_WIDE || pixels > MOST_PIXELS {
        return Err(ImageError::TooLarge { width, height });
    }
    let orientation = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    let picture = picture.into_luma_alpha8();
    let on_paper = |pixel: &::image::LumaA<u8>| {
        let [grey, alpha] = pixel.0.map(u32::from);
        ((grey * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    let grey: Vec<u8> = picture.pixels().map(on_paper).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&grey));
    written.map_err(|error| ImageError::Unreadable(error.to_string()))?;
    Ok(Cow::Owned(file))
}

#[cfg(test)]
mod tests {
    use ::image::{ExtendedColorType, ImageEncoder, Rgba, RgbaImage, codecs};

    use super::*;
    use crate::document::Dither;
    use crate::image::dithered;

    const WHITE: Rgba<u8> = Rgba([255; 4]);
    const BLACK: Rgba<u8> = Rgba([0, 0, 0, 255]);

    /// Black at the left, the other colour at the right.
    fn halves(right: Rgba<u8>) -> RgbaImage {
        RgbaImage::from_fn(32, 16, |x, _| if x < 16 { BLACK } else { right })
    }

    fn jpeg(picture: &RgbaImage) -> Vec<u8> {
        let rgb = DynamicImage::from(picture.clone()).into_rgb8();
        let mut file = Vec::new();
        codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 90)
            .write_image(&rgb, rgb.width(), rgb.height(), ExtendedColorType::Rgb8)
            .unwrap();
        file
    }

    /// Which corners of the dots are black: top left, top right, bottom left, bottom right.
    fn corners(file: &[u8]) -> (u32, u32, [bool; 4]) {
        let dots = dithered(&as_png(file).unwrap(), 576, Dither::Threshold).unwrap();
        let (right, bottom) = (dots.width() - 2, dots.height() - 2);
        let black = [(1, 1), (right, 1), (1, bottom), (right, bottom)].map(|(x, y)| dots.get(x, y));
        (dots.width(), dots.height(), black)
    }

    #[test]
    fn jpeg_and_webp_are_the_picture_that_they_show() {
        let shown = (32, 16, [true, false, true, false]);
        assert_eq!(corners(&jpeg(&halves(WHITE))), shown);
        let mut webp = Vec::new();
        // What is transparent is black in many files, and white on paper.
        let picture = halves(Rgba([0, 0, 0, 0]));
        codecs::webp::WebPEncoder::new_lossless(&mut webp)
            .encode(&picture, 32, 16, ExtendedColorType::Rgba8)
            .unwrap();
        assert_eq!(corners(&webp), shown);
        // Of a printing house: four inks, written as Adobe's programs do.
        assert_eq!(corners(include_bytes!("cmyk.jpg")), shown);
    }

    #[test]
    fn a_photo_that_says_how_it_was_held_is_upright() {
        let file = jpeg(&halves(WHITE));
        // APP1 with an EXIF directory of one entry: orientation (0112h), a short, and 6, which wants a quarter turn.
        let exif = b"\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let turned = [&file[..2], exif, &file[2..]].concat();
        assert_eq!(corners(&turned), (16, 32, [true, true, false, false]));
    }

    #[test]
    fn a_png_stays_as_it_is_and_everything_else_is_refused() {
        let png = [PNG, b"whatever"].concat();
        assert_eq!(as_png(&png), Ok(Cow::Borrowed(png.as_slice())));
        let mut cut = jpeg(&halves(WHITE));
        cut.truncate(100);
        for other in [
            b"GIF89a".as_slice(),
            b"",
            b"BM",
            &cut,
            b"RIFF\0\0\0\0WEBPVP8 ",
        ] {
            assert!(matches!(as_png(other), Err(ImageError::Unreadable(_))));
        }
    }
}
