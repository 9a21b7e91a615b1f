//! Validation of logos. Pure.

use std::io::Cursor;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};

/// Bytes of a logo at the most, as it is written in the setting: every counter fetches it with the others.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// Pixels of a side at the most. The widest paper for receipts has fewer dots, and a small file may promise any size.
const MAX_SIDE: u32 = 2_000;
/// Bytes that a decoder may take for itself.
const MAX_DECODER_BYTES: u64 = 32 << 20;
/// Counters print what is lighter as white.
const WHITE: u32 = 231;

/// Decodes the whole picture, so that a damaged one, and one of which paper would show nothing, is refused here and not
/// first seen on paper.
pub(super) fn check(logo: &str) -> Result<(), String> {
    if logo.len() > MAX_BYTES {
        return Err(format!(
            "longer than {MAX_BYTES} bytes; take a smaller picture"
        ));
    }
    let file = BASE64_STANDARD
        .decode(logo)
        .map_err(|error| format!("not base64 ({error}); write the bytes of a PNG file in it"))?;
    let unreadable = |error: &dyn std::fmt::Display| {
        format!("no readable PNG, JPEG or WebP file ({error}); save the picture as PNG again")
    };
    let mut reader = ImageReader::new(Cursor::new(file.as_slice()))
        .with_guessed_format()
        .map_err(|error| unreadable(&error))?;
    match reader.format() {
        Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) => {}
        _ => return Err(unreadable(&"another format")),
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
    let (width, height) = image::ImageDecoder::dimensions(&decoder);
    if width.max(height) > MAX_SIDE {
        return Err(format!(
            "{width} x {height} pixels; take a picture of at most {MAX_SIDE} x {MAX_SIDE}"
        ));
    }
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    let picture = picture.into_luma_alpha8();
    let is_dark = |pixel: &image::LumaA<u8>| {
        let [grey, alpha] = pixel.0.map(u32::from);
        (grey * alpha + 255 * (255 - alpha)) / 255 <= WHITE
    };
    if !picture.pixels().any(is_dark) {
        return Err("nothing of it is dark, so that white paper would show nothing; take a dark picture on white".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        let pixels = vec![0x5a; (width * height) as usize];
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixels).unwrap();
        drop(writer);
        file
    }

    fn refused(file: &[u8]) -> String {
        check(&BASE64_STANDARD.encode(file)).unwrap_err()
    }

    #[test]
    fn jpeg_and_webp_are_taken_too() {
        let pixels = [[0x5a; 3], [0xff; 3]].concat();
        for format in [ImageFormat::Jpeg, ImageFormat::WebP] {
            let picture = image::RgbImage::from_raw(2, 1, pixels.clone()).unwrap();
            let mut file = Cursor::new(Vec::new());
            picture.write_to(&mut file, format).unwrap();
            let file = file.into_inner();
            assert_eq!(check(&BASE64_STANDARD.encode(&file)), Ok(()));
            assert!(refused(&file[..file.len() / 2]).contains("save the picture as PNG"));
        }
    }

    #[test]
    fn a_logo_of_which_white_paper_shows_nothing_is_refused() {
        for pixel in [[255, 255], [0, 0], [240, 255]] {
            let picture = image::GrayAlphaImage::from_pixel(20, 10, image::LumaA(pixel));
            let mut file = Cursor::new(Vec::new());
            picture.write_to(&mut file, ImageFormat::Png).unwrap();
            assert!(refused(&file.into_inner()).contains("nothing of it is dark"));
        }
    }

    #[test]
    fn a_png_of_any_sensible_size_is_taken() {
        for (width, height) in [(1, 1), (384, 200), (2_000, 20)] {
            assert_eq!(
                check(&BASE64_STANDARD.encode(png_of(width, height))),
                Ok(())
            );
        }
    }

    #[test]
    fn what_is_no_whole_png_is_refused_with_what_to_do() {
        assert!(check("not base64!").unwrap_err().contains("PNG"));
        assert!(check("").unwrap_err().contains("PNG"));
        for other in [b"GIF89a".as_slice(), b"BM", b"\xff\xd8\xff\xe0\0\x10JFIF"] {
            assert!(refused(other).contains("save the picture as PNG"));
        }
        let whole = png_of(200, 200);
        let idat = whole.len() - 12;
        assert!(refused(&whole[..idat - 20]).contains("no readable PNG"));
        let mut damaged = whole.clone();
        damaged[idat / 2 + 20] ^= 0xff;
        assert!(refused(&damaged).contains("no readable PNG"));
    }

    #[test]
    fn a_picture_larger_than_any_paper_is_refused_by_its_header() {
        let mut bomb = png_of(1, 1);
        // Width and height, and the checksum of the header over them.
        bomb[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1]);
        assert!(check(&BASE64_STANDARD.encode(&bomb)).is_err());
        assert!(refused(&png_of(2_001, 2)).contains("2001 x 2 pixels"));
        assert!(
            check(&"A".repeat(MAX_BYTES + 1))
                .unwrap_err()
                .contains("smaller")
        );
    }
}
