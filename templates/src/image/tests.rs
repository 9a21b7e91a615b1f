use super::*;
use png::{BitDepth, ColorType};
use proptest::prelude::*;

fn png_of(width: u32, height: u32, colours: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colours);
    encoder.set_depth(depth);
    if colours == ColorType::Indexed {
        // Black, white, red, and a white that is not there.
        encoder.set_palette(vec![0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0]);
        encoder.set_trns(vec![255, 255, 255, 0]);
    }
    encoder
        .write_header()
        .unwrap()
        .write_image_data(data)
        .unwrap();
    file
}

fn grey_png(width: u32, height: u32, level: u8) -> Vec<u8> {
    let data = vec![level; (width * height) as usize];
    png_of(width, height, ColorType::Grayscale, BitDepth::Eight, &data)
}

fn black(dots: &Bitmap) -> u32 {
    dots.bits().iter().map(|byte| byte.count_ones()).sum()
}

fn floyd(file: &[u8], widest: u32) -> Result<Bitmap, ImageError> {
    dithered(file, widest, Dither::FloydSteinberg)
}

/// A PNG file by hand, since no encoder writes what a decoder must survive: pixels of 8-bit grey in rows as given.
fn file_of(width: u32, height: u32, interlaced: bool, chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 0, 0, 0, u8::from(interlaced)]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let head = [(b"IHDR", header)];
    let end = [(b"IEND", Vec::new())];
    for (name, data) in head.iter().chain(chunks).chain(&end) {
        file.extend((data.len() as u32).to_be_bytes());
        let body = [name.as_slice(), data].concat();
        file.extend(&body);
        file.extend(crc(&body).to_be_bytes());
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

/// zlib (RFC 1950) with stored blocks (RFC 1951, 3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.len().div_ceil(0xffff).max(1);
    for (n, block) in data.chunks(0xffff).enumerate() {
        stream.push(u8::from(n + 1 == blocks));
        let length = block.len() as u16;
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

#[test]
fn a_picture_is_made_as_wide_as_the_paper_and_keeps_its_shape() {
    for (dither, shares) in [
        (Dither::FloydSteinberg, 0.45..0.55),
        (Dither::Atkinson, 0.45..0.55),
        (Dither::Threshold, 0.0..0.01),
    ] {
        let dots = dithered(&grey_png(1000, 500, 128), 576, dither).unwrap();
        assert_eq!((dots.width(), dots.height()), (576, 288));
        let share = f64::from(black(&dots)) / (576.0 * 288.0);
        assert!(
            shares.contains(&share),
            "{dither:?}: half grey became {share} black"
        );
    }
}

#[test]
fn the_darker_a_picture_the_more_of_it_is_black() {
    let share = |level, dither| {
        let dots = dithered(&grey_png(200, 200, level), 576, dither).unwrap();
        f64::from(black(&dots)) / 40_000.0
    };
    for level in [40, 80, 128, 180, 220] {
        let wanted = 1.0 - f64::from(level) / 255.0;
        let is = share(level, Dither::FloydSteinberg);
        assert!((is - wanted).abs() < 0.02, "{level}: {is}");
        let contrast = share(level, Dither::Atkinson);
        assert!(
            (contrast - 0.5).abs() + 0.02 >= (is - 0.5).abs(),
            "{level}: {contrast}, {is}"
        );
    }
    assert_eq!(share(127, Dither::Threshold), 1.0);
}

#[test]
fn a_small_picture_stays_small_and_white_stays_white() {
    for dither in [Dither::FloydSteinberg, Dither::Atkinson, Dither::Threshold] {
        let white = dithered(&grey_png(9, 8, 240), 576, dither).unwrap();
        assert_eq!((white.width(), black(&white)), (9, 0));
        let dark = dithered(&grey_png(9, 8, 20), 576, dither).unwrap();
        assert_eq!(black(&dark), 72);
    }
}

#[test]
fn every_kind_of_png_is_read_and_what_is_transparent_is_white() {
    let dots = |colours, depth, data: &[u8]| {
        let dots = dithered(&png_of(2, 1, colours, depth, data), 576, Dither::Threshold).unwrap();
        (dots.get(0, 0), dots.get(1, 0))
    };
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let left = (true, false);
    assert_eq!(dots(Grayscale, One, &[0b0100_0000]), left);
    assert_eq!(dots(Grayscale, Two, &[0b0011_0000]), left);
    assert_eq!(dots(Grayscale, Four, &[0x0f]), left);
    assert_eq!(dots(Grayscale, Eight, &[0, 255]), left);
    assert_eq!(dots(Grayscale, Sixteen, &[0, 255, 255, 0]), left);
    assert_eq!(dots(GrayscaleAlpha, Eight, &[0, 255, 0, 0]), left);
    assert_eq!(
        dots(GrayscaleAlpha, Sixteen, &[0, 0, 255, 255, 0, 0, 0, 0]),
        left
    );
    assert_eq!(dots(Rgb, Eight, &[255, 0, 0, 255, 255, 0]), left);
    assert_eq!(
        dots(Rgb, Sixteen, &[255, 0, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0]),
        left
    );
    assert_eq!(dots(Rgba, Eight, &[0, 0, 0, 255, 0, 0, 0, 60]), left);
    assert_eq!(dots(Indexed, Two, &[0b1011_0000]), left);
    assert_eq!(dots(Indexed, Two, &[0b0001_0000]), left);
    assert_eq!(
        dots(
            Rgba,
            Sixteen,
            &[0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0]
        ),
        left
    );
}

#[test]
fn an_interlaced_picture_is_the_same_picture() {
    for (width, height) in [(1, 1), (3, 2), (8, 8), (21, 13), (700, 9)] {
        let pixels: Vec<u8> = (0..width * height).map(|n| (n * 37 % 251) as u8).collect();
        let mut data = Vec::new();
        for (y, x, step) in interlaced_rows(width, height) {
            let row = &pixels[(y * width) as usize..((y + 1) * width) as usize];
            data.push(0);
            data.extend(row.iter().skip(x).step_by(step));
        }
        let interlaced = file_of(width, height, true, &[(b"IDAT", stored(&data))]);
        let plain = png_of(
            width,
            height,
            ColorType::Grayscale,
            BitDepth::Eight,
            &pixels,
        );
        assert_eq!(
            floyd(&interlaced, 576),
            floyd(&plain, 576),
            "{width} x {height}"
        );
    }
}

#[test]
fn a_picture_that_would_fill_the_memory_or_the_roll_is_refused() {
    let too_large = |file: &[u8]| matches!(floyd(file, 576), Err(ImageError::TooLarge { .. }));
    assert!(too_large(&grey_png(1, 8000, 0)));
    // A header alone can promise any size.
    for (width, height) in [
        (u32::MAX >> 1, u32::MAX >> 1),
        (65_536, 1),
        (20_000, 20_000),
    ] {
        assert!(too_large(&file_of(width, height, false, &[])));
        assert!(too_large(&file_of(width, height, true, &[])));
    }
}

#[test]
fn what_is_no_whole_png_is_said_to_be_none() {
    let whole = file_of(4, 4, false, &[(b"IDAT", stored(&[0; 20]))]);
    assert!(floyd(&whole, 576).is_ok());
    let pixels_end = whole.len() - 12 - 4 - 4 - 5;
    for length in 0..pixels_end {
        let result = floyd(&whole[..length], 576);
        assert!(
            matches!(result, Err(ImageError::Unreadable(_))),
            "{length} bytes of {}",
            whole.len()
        );
    }
    for other in [
        b"GIF89a".as_slice(),
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"<svg/>",
        b"",
        &file_of(0, 4, false, &[(b"IDAT", stored(&[0; 20]))]),
        &file_of(4, 0, false, &[(b"IDAT", stored(&[0; 20]))]),
        &file_of(4, 4, false, &[]),
        &file_of(4, 4, false, &[(b"IDAT", b"no zlib".to_vec())]),
        &file_of(4, 4, false, &[(b"IDAT", stored(&[9; 20]))]),
        &file_of(4, 4, false, &[(b"IDAT", stored(&[0; 19]))]),
    ] {
        let error = floyd(other, 576).unwrap_err();
        assert!(error.to_string().contains("save it as PNG"), "{error}");
    }
}

#[test]
fn what_a_file_carries_besides_its_pixels_is_passed_over() {
    let text = [b"Comment\0\0".as_slice(), b"this is no zlib stream"].concat();
    let file = file_of(
        4,
        4,
        false,
        &[
            (b"iCCP", [b"p\0\0".as_slice(), b"nor is this"].concat()),
            (b"zTXt", text),
            (
                b"IDAT",
                stored(&[[0; 20].as_slice(), &[7; 100_000]].concat()),
            ),
        ],
    );
    assert_eq!(black(&floyd(&file, 576).unwrap()), 16);
}

#[test]
fn of_an_animation_the_still_picture_is_printed() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 8, 8);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0; 64]).unwrap();
    writer.write_image_data(&[255; 64]).unwrap();
    writer.finish().unwrap();
    assert_eq!(black(&floyd(&file, 576).unwrap()), 64);
}

fn any_kind() -> impl Strategy<Value = (ColorType, BitDepth)> {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    prop::sample::select(vec![
        (Grayscale, One),
        (Grayscale, Four),
        (Grayscale, Eight),
        (Grayscale, Sixteen),
        (GrayscaleAlpha, Eight),
        (Rgb, Eight),
        (Rgba, Eight),
        (Rgba, Sixteen),
        (Indexed, Two),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_picture_fits_on_any_paper(
        (colours, depth) in any_kind(),
        (width, height) in (1_u32..80, 1_u32..80),
        widest in 0_u32..100,
        dither in prop::sample::select(vec![Dither::FloydSteinberg, Dither::Atkinson, Dither::Threshold]),
        seed in any::<u8>(),
    ) {
        let bits = colours.samples() * depth as usize;
        let row = (width as usize * bits).div_ceil(8);
        let data: Vec<u8> = (0..row * height as usize).map(|n| (n as u8).wrapping_mul(seed) ^ (n >> 3) as u8).collect();
        let dots = dithered(&png_of(width, height, colours, depth, &data), widest, dither).unwrap();
        prop_assert_eq!(dots.width(), width.min(widest.max(LEAST_WIDTH)));
        prop_assert!(dots.height() >= 1 && dots.height() <= height);
        let beside = (0..dots.height()).any(|y| dots.row(y).last().is_some_and(|byte| {
            !dots.width().is_multiple_of(8) && byte & (0xff >> (dots.width() % 8)) != 0
        }));
        prop_assert!(!beside, "bits beyond the width");
    }

    #[test]
    fn a_damaged_file_is_an_error_or_a_picture(place in 0_usize..400, byte in any::<u8>(), cut in 0_usize..400) {
        let mut file = grey_png(30, 10, 100);
        let length = file.len();
        file[place % length] = byte;
        file.truncate(length - cut % length);
        if let Ok(dots) = floyd(&file, 576) {
            prop_assert!(dots.width() >= 1 && dots.height() <= MOST_ROWS);
        }
    }
}
