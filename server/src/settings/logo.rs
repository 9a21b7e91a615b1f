//! Validation of logos. Pure.

use std::io::Cursor;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// Bytes of a logo at the most, as it is written in the setting: every counter fetches it with the others.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// Pixels of a side at the most. The widest paper for receipts has fewer dots, and a small file may promise any size.
const MAX_SIDE: u32 = 2_000;
/// Bytes that the decoder may take for itself.
const MAX_DECODER_BYTES: usize = 4 << 20;

/// Decodes the whole picture, so that a damaged one is refused here and not first seen on paper.
pub(super) fn check(logo: &str) -> Result<(), String> {
    if logo.len() > MAX_BYTES {
        return Err(format!(
            "longer than {MAX_BYTES} bytes; take a smaller picture"
        ));
    }
    let file = BASE64_STANDARD
        .decode(logo)
        .map_err(|error| format!("not base64 ({error}); write the bytes of a PNG file in it"))?;
    let limits = png::Limits {
        bytes: MAX_DECODER_BYTES,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file.as_slice()), limits);
    // Both can be small and become gigabytes.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let (width, height) = decoder.read_header_info().map_err(unreadable_png)?.size();
    if width.max(height) > MAX_SIDE {
        return Err(format!(
            "{width} x {height} pixels; take a picture of at most {MAX_SIDE} x {MAX_SIDE}"
        ));
    }
    let mut picture = decoder.read_info().map_err(unreadable_png)?;
    while picture.next_row().map_err(unreadable_png)?.is_some() {}
    Ok(())
}

fn unreadable_png(error: png::DecodingError) -> String {
    format!("not a readable PNG file ({error}); save the picture as PNG again")
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
        for other in [b"GIF89a".as_slice(), b"\xff\xd8\xff\xe0\0\x10JFIF"] {
            assert!(refused(other).contains("save the picture as PNG"));
        }
        let whole = png_of(200, 200);
        let idat = whole.len() - 12;
        assert!(refused(&whole[..idat - 20]).contains("not a readable PNG"));
        let mut damaged = whole.clone();
        damaged[idat / 2 + 20] ^= 0xff;
        assert!(refused(&damaged).contains("not a readable PNG"));
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
