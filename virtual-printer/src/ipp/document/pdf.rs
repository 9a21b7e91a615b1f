//! PDF to pages, drawn by `hayro`: a page that is as wide as the paper in its own size, a wider one (A4) made smaller until
//! it fits. Letters and lines are black or white; only pictures have greys.

use super::gray::{Dots, luminance};
use super::{Page, Paper, Unprintable, check_size, left_edge};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

/// Points of an inch.
const INCH: f32 = 72.0;
/// A drawing's dot is black when more than half of it is covered.
const HALF: u8 = 127;

pub(super) fn pages(bytes: &[u8], paper: Paper) -> Result<Vec<Page>, Unprintable> {
    let broken = |what: String| Unprintable::Broken { at: 0, what };
    let file = Pdf::new(bytes.to_vec()).map_err(|error| broken(format!("{error:?}")))?;
    let cache = RenderCache::new();
    let interpreter = InterpreterSettings::default();
    let sharp = RenderSettings {
        aliasing_threshold: Some(HALF),
        ..RenderSettings::default()
    };
    let mut pages = Vec::new();
    let mut pixels = 0;
    for page in file.pages().iter() {
        let (width, height) = page.render_dimensions();
        let scale = scale(width, paper);
        let (width, height) = ((width * scale) as u32, (height * scale) as u32);
        check_size((width, height), paper, &mut pixels)?;
        let left = left_edge(width, paper)?;
        let size = PixmapSettings {
            x_scale: scale,
            y_scale: scale,
            bg_color: WHITE,
        };
        let drawn = render(page, &cache, &interpreter, &sharp, &size);
        let across = usize::from(drawn.width()).max(1);
        let mut dots = Dots::new((width, height), left, paper.dots);
        for (y, row) in (0..height).zip(drawn.data().chunks(across)) {
            dots.row(
                y,
                row.iter().map(|pixel| luminance(pixel.r, pixel.g, pixel.b)),
            );
        }
        pages.push(Page {
            dots: dots.done(),
            cut: true,
        });
    }
    if pages.is_empty() {
        return Err(broken("it has no page".to_owned()));
    }
    Ok(pages)
}

/// Dots a point.
fn scale(width: f32, paper: Paper) -> f32 {
    let own = paper.dpi as f32 / INCH;
    if width * own <= (paper.wide + 2) as f32 {
        own
    } else {
        // A little more than wanted is rounded down to it; less would lose a dot.
        (paper.dots as f32 + 0.01) / width
    }
}
