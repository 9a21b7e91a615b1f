//! JPEG (ITU-T T.81, JFIF 1.02), which has no pages: one picture, in greys.

use image::codecs::jpeg::{JpegEncoder, PixelDensity, PixelDensityUnit};
use image::{ExtendedColorType, ImageEncoder};

use super::{Page, PageError};

/// At 75, a printer that makes dots of greys prints specks beside letters and bars; at 92 none were seen.
const QUALITY: u8 = 98;
/// Pixels of a picture, which is held whole: two sheets of A4 at 600 an inch.
const MOST_PIXELS: u64 = 72_000_000;
/// Pixels of a side.
const LONGEST: u32 = 65_535;

/// The picture of the first page, which is the only one.
pub(super) fn file(pages: &[Page<'_>], (across, along): (u32, u32)) -> Result<Vec<u8>, PageError> {
    let Some(Page { rows, .. }) = pages.first() else {
        return Err(PageError::TooShort);
    };
    let (width, height) = (rows.width, rows.height);
    let too_large = PageError::TooLarge { width, height };
    if u64::from(width) * u64::from(height) > MOST_PIXELS || width.max(height) > LONGEST {
        return Err(too_large);
    }
    let density = |resolution: u32| u16::try_from(resolution).unwrap_or(u16::MAX);
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, QUALITY);
    encoder.set_pixel_density(PixelDensity {
        density: (density(across), density(along)),
        unit: PixelDensityUnit::Inches,
    });
    encoder
        .write_image(&rows.greys(), width, height, ExtendedColorType::L8)
        .map_err(|_| too_large)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use image::ImageDecoder;
    use image::codecs::jpeg::JpegDecoder;

    use crate::bitmap::Bitmap;
    use crate::fonts::tests::fonts;
    use crate::layout::Pass;
    use crate::page::{A4, Color, Medium, PageError, PageFormat, PageOptions, Pages, to_pages};
    use crate::{Profile, Supplies, parse, raster};

    const TICKET: &str = "^^^Bräuhaus\n-\n|2 Käsespätzle | 19.80|\n{code:https://example.org/47;option:qrcode,4}\n\
        {code:A-1042;option:code128,2,60,hri}\n=\nsecond piece\n";

    fn profile() -> Profile {
        Profile::named("generic-80").unwrap()
    }

    fn made(markup: &str, resolution: u32, medium: Medium) -> Result<Pages, PageError> {
        let options = PageOptions {
            resolution: (resolution, resolution),
            color: Color::Sgray8,
            medium,
            medium_name: String::new(),
        };
        let (document, supplies) = (parse(markup).document, Supplies::from(fonts()));
        let pass = Pass::default();
        to_pages(
            PageFormat::Jpeg,
            &document,
            &profile(),
            &pass,
            &supplies,
            &options,
        )
    }

    /// Width, height and greys.
    fn read(file: &[u8]) -> (u32, u32, Vec<u8>) {
        let decoder = JpegDecoder::new(std::io::Cursor::new(file)).unwrap();
        let (width, height) = decoder.dimensions();
        assert_eq!(decoder.total_bytes(), u64::from(width * height), "not grey");
        let mut greys = vec![0; (width * height) as usize];
        decoder.read_image(&mut greys).unwrap();
        (width, height, greys)
    }

    fn pieces() -> Vec<Bitmap> {
        let (document, supplies) = (parse(TICKET).document, Supplies::from(fonts()));
        raster::dots(&document, &profile(), &Pass::default(), &supplies).unwrap()
    }

    #[test]
    fn every_dot_is_there_as_black_or_white_as_it_was() {
        let pages = made(
            TICKET,
            203,
            Medium::Roll {
                longest: Some(1000),
            },
        )
        .unwrap();
        let (width, height, greys) = read(&pages.bytes);
        let pieces = pieces();
        let [one, two] = pieces.as_slice() else {
            panic!("{} pieces", pieces.len());
        };
        let gap = raster::MARGIN;
        assert_eq!((width, height), (576, one.height() + gap + two.height()));
        assert_eq!(pages.length, (height * 2540).div_ceil(203));
        let black = |x: u32, y: u32| match y.checked_sub(one.height() + gap) {
            Some(y) => two.get(x, y),
            None => y < one.height() && one.get(x, y),
        };
        let most = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| {
                let wanted = if black(x, y) { 0 } else { 255 };
                greys[(y * width + x) as usize].abs_diff(wanted)
            })
            .max();
        assert!(most < Some(24), "a dot is {most:?} of 255 off");
    }

    #[test]
    fn its_resolution_stands_in_it() {
        let pages = made("|x|", 300, A4).unwrap();
        assert_eq!(&pages.bytes[6..18], b"JFIF\0\x01\x02\x01\x01\x2c\x01\x2c");
    }

    #[test]
    fn on_a_sheet_it_stands_at_the_top_left_and_a_longer_one_makes_the_picture_longer() {
        let first_black = |greys: &[u8]| greys.iter().position(|grey| *grey < 128);
        let (width, height, greys) = read(&made(TICKET, 203, A4).unwrap().bytes);
        assert_eq!((width, height), (1678, 2374));
        // 5 mm.
        assert!(first_black(&greys) >= Some(40 * 1678));
        let margin = greys
            .chunks(1678)
            .all(|row| row[..40].iter().all(|grey| *grey > 200));
        assert!(margin, "something stands in the margin");
        let long = "row\n".repeat(200);
        let (width, height, _) = read(&made(&long, 203, A4).unwrap().bytes);
        assert!(width == 1678 && height > 2374, "{width} x {height}");
    }

    #[test]
    fn on_a_roll_the_paper_that_the_printer_is_told_has_room_for_its_ends() {
        let strip = Medium::Strip {
            width: 8_000,
            longest: Some(100_000),
            ends: 300,
        };
        let on_strip = made(TICKET, 203, strip).unwrap();
        let alone = made(TICKET, 203, Medium::Roll { longest: None }).unwrap();
        assert!(on_strip.bytes == alone.bytes);
        assert!(on_strip.length.abs_diff(alone.length + 600) < 20);
    }

    #[test]
    fn what_is_larger_than_a_jpeg_may_be_is_an_error_and_an_empty_ticket_is_none() {
        let long = "row\n".repeat(3000);
        let error = made(&long, 203, Medium::Roll { longest: None }).unwrap_err();
        assert!(matches!(error, PageError::TooLarge { .. }), "{error}");
        let (width, height, _) = read(&made("", 203, A4).unwrap().bytes);
        assert_eq!((width, height), (1678, 2374));
        read(&made("", 203, Medium::Roll { longest: None }).unwrap().bytes);
    }
}
