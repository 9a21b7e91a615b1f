//! What the largest pictures need of memory. A process of its own, in which nothing else is made.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod process;

use std::io::Write;

use templates::{document::Dither, image::dithered};

use process::kib;

/// KiB of the whole process, with the file and the decoder; the promise is 256 MB.
const MOST: u64 = 64 << 10;

/// Of a camera with twenty megapixels.
const SIDES: (u32, u32) = (5_184, 3_888);

#[test]
fn a_logo_of_twenty_megapixels_is_printed_in_a_quarter_of_the_memory_that_it_may_use() {
    let (width, height) = SIDES;
    // 16 bits of red, green, blue and alpha: 161 MB of pixels.
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Sixteen);
    encoder.set_compression(png::Compression::Fastest);
    let mut header = encoder.write_header().unwrap();
    let mut rows = header.stream_writer().unwrap();
    for y in 0..height {
        let light = (y * 255 / height) as u8;
        let row = [light, 0, light, 0, light, 0, 255, 255].repeat(width as usize);
        rows.write_all(&row).unwrap();
    }
    rows.finish().unwrap();
    drop(header);
    let dots = dithered(&file, 576, Dither::FloydSteinberg).unwrap();
    assert_eq!((dots.width(), dots.height()), (576, 432));
    assert!(dots.get(300, 0) && !dots.get(300, 431), "dark above");

    // The same size interlaced. All of it is transparent, which is white.
    let data = zeros(u64::from(width) * u64::from(height) * 8 + 3 * u64::from(height));
    let interlaced = file_of(SIDES, 1, &[(b"IDAT", &data)]);
    let dots = dithered(&interlaced, 576, Dither::Threshold).unwrap();
    assert_eq!((dots.width(), dots.height()), (576, 432));
    assert!(dots.bits().iter().all(|byte| *byte == 0));

    // Small files that become half a gigabyte: in a text, in a colour profile, behind the last row.
    let bomb = zeros(512 << 20);
    let text = [b"Comment\0\0".as_slice(), &bomb].concat();
    let long_text = [b"Comment\0\x01\0\0\0".as_slice(), &bomb].concat();
    let profile = [b"Profile\0\0".as_slice(), &bomb].concat();
    for chunks in [
        [(b"zTXt", &text), (b"IDAT", &zeros(4 * 33))],
        [(b"iTXt", &long_text), (b"IDAT", &zeros(4 * 33))],
        [(b"iCCP", &profile), (b"IDAT", &zeros(4 * 33))],
        [(b"IDAT", &bomb), (b"tEXt", &b"a\0b".to_vec())],
    ] {
        let dots = dithered(&file_of((4, 4), 0, &chunks), 576, Dither::Threshold).unwrap();
        assert_eq!((dots.width(), dots.height()), (4, 4));
    }
    let peak = kib("VmHWM");
    assert!(peak < MOST, "{peak} KiB");
}

/// A PNG file by hand: 16 bits of red, green, blue and alpha.
fn file_of((width, height): (u32, u32), interlace: u8, chunks: &[(&[u8; 4], &Vec<u8>)]) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([16, 6, 0, 0, interlace]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let end = Vec::new();
    let (head, end) = ([(b"IHDR", &header)], [(b"IEND", &end)]);
    for (name, data) in head.iter().chain(chunks).chain(&end) {
        file.extend((data.len() as u32).to_be_bytes());
        let start = file.len();
        file.extend_from_slice(name.as_slice());
        file.extend_from_slice(data);
        let crc = crc(&file[start..]);
        file.extend(crc.to_be_bytes());
    }
    file
}

/// PNG specification, annex D.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

/// So many zero bytes as zlib (RFC 1950) in one block of fixed codes (RFC 1951, 3.2.6): the first one, then again and again
/// the 258 before, 13 bits each.
fn zeros(count: u64) -> Vec<u8> {
    let mut bits = Bits(vec![0x78, 0x01], 0);
    bits.put(1, 1);
    bits.put(0b10, 2);
    bits.put(0b0011_0000, 8);
    for _ in 0..(count - 1) / 258 {
        bits.put(0b1_1000_1010_0000, 13);
    }
    for _ in 0..(count - 1) % 258 {
        bits.put(0b0011_0000, 8);
    }
    bits.put(0, 7);
    let Bits(mut stream, _) = bits;
    stream.extend((((count % 65_521) as u32) << 16 | 1).to_be_bytes());
    stream
}

/// Bytes that are filled from their lowest bit, and how many bits the last one has.
struct Bits(Vec<u8>, u32);

impl Bits {
    /// Codes begin with their highest bit.
    fn put(&mut self, code: u32, length: u32) {
        for bit in (0..length).rev() {
            if self.1 == 0 {
                self.0.push(0);
            }
            if let Some(last) = self.0.last_mut() {
                *last |= ((code >> bit & 1) as u8) << self.1;
            }
            self.1 = (self.1 + 1) % 8;
        }
    }
}
