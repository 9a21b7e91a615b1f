//! Codes and pictures on a page.

use std::sync::Arc;

use krilla::geom::{PathBuilder, Rect, Size, Transform};
use krilla::image::{BitsPerComponent, CustomImage, Image, ImageColorspace};
use krilla::surface::Surface;

use crate::bitmap::Bitmap;

/// The black dots of a code as one shape, so that it is sharp on every screen and printer.
pub(super) fn draw_code(surface: &mut Surface<'_>, dots: &Bitmap, (left, top): (u32, u32)) {
    let mut path = PathBuilder::new();
    let mut y = 0;
    while y < dots.height() {
        let alike = (y..dots.height())
            .take_while(|next| dots.row(*next) == dots.row(y))
            .count() as u32;
        for (x, width) in runs(dots, y) {
            let (x, y) = ((left + x) as f32, (top + y) as f32);
            if let Some(rect) = Rect::from_xywh(x, y, width as f32, alike as f32) {
                path.push_rect(rect);
            }
        }
        y += alike;
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

/// Where black begins in a row, and how far it goes.
fn runs(dots: &Bitmap, y: u32) -> Vec<(u32, u32)> {
    let mut runs = Vec::new();
    let mut x = 0;
    while x < dots.width() {
        let black = (x..dots.width()).take_while(|x| dots.get(*x, y)).count() as u32;
        if black > 0 {
            runs.push((x, black));
        }
        x += black + 1;
    }
    runs
}

/// A picture, dot by dot.
pub(super) fn draw_picture(
    surface: &mut Surface<'_>,
    picture: &Bitmap,
    (left, top): (u32, u32),
) -> Result<(), String> {
    let Some(size) = Size::from_wh(picture.width() as f32, picture.height() as f32) else {
        return Ok(());
    };
    let pixels = (0..picture.height())
        .flat_map(|y| (0..picture.width()).map(move |x| if picture.get(x, y) { 0 } else { 255 }));
    let image = Image::from_custom(
        Grey {
            pixels: pixels.collect(),
            size: (picture.width(), picture.height()),
        },
        false,
    )?;
    surface.push_transform(&Transform::from_translate(left as f32, top as f32));
    surface.draw_image(image, size);
    surface.pop();
    Ok(())
}

/// The library has no pictures of one bit; the runs of these bytes pack as small.
#[derive(Clone, Hash)]
struct Grey {
    pixels: Arc<[u8]>,
    size: (u32, u32),
}

impl CustomImage for Grey {
    fn color_channel(&self) -> &[u8] {
        &self.pixels
    }

    fn alpha_channel(&self) -> Option<&[u8]> {
        None
    }

    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }

    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }

    fn color_space(&self) -> ImageColorspace {
        ImageColorspace::Luma
    }
}
