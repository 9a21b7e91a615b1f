//! Laid-out lines to dots: the paper as a picture, and single lines that a printer cannot say in letters of its own.

pub use crate::bitmap::Bitmap;
use crate::direction::is_drawn_whole;
use crate::document::{Align, Code, Document, Span, Style};
use crate::fonts::{Beyond, FontError, Fonts, Place};
use crate::layout::{EncodeError, Line, Pass, TextLine, lay_out, width_of};
use crate::missing::legible_with;
use crate::profile::Profile;
use crate::supplies::Supplies;
use crate::symbol;

/// White around the printed part in a picture of paper, in dots.
pub(crate) const MARGIN: u32 = 32;

/// The paper of a ticket as a PNG file of one bit a dot, with a margin around what is printed.
///
/// # Errors
/// When a part of it cannot be placed whole, or when there is no font.
pub fn to_png(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
) -> Result<Vec<u8>, EncodeError> {
    let (document, pass) = legible_with(document, None, pass, supplies);
    let pass = &*pass;
    let sheet = lay_out(&document, profile, pass)?;
    let mut paper = Bitmap::new(profile.dots + 2 * MARGIN, MARGIN);
    for line in &sheet.lines {
        if let Line::Cut(_) = line {
            paper.set_height(paper.height() + MARGIN);
        } else if let Some(dots) = line_dots(line, profile, pass, supplies)? {
            add_below(&mut paper, &dots, MARGIN);
        }
    }
    Ok(paper.into_png())
}

/// What is printed of a ticket, without any margin and as wide as the printable dots of the paper: one picture for each
/// piece that the cutter makes. A piece with nothing on it is none; there may be no piece at all.
///
/// # Errors
/// As for [`to_png`].
pub fn dots(
    document: &Document,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
) -> Result<Vec<Bitmap>, EncodeError> {
    let (document, pass) = legible_with(document, None, pass, supplies);
    let pass = &*pass;
    let sheet = lay_out(&document, profile, pass)?;
    let mut pieces = Vec::new();
    let mut piece = Bitmap::new(profile.dots, 0);
    for line in &sheet.lines {
        if let Line::Cut(_) = line {
            if piece.height() > 0 {
                pieces.push(std::mem::replace(&mut piece, Bitmap::new(profile.dots, 0)));
            }
        } else if let Some(dots) = line_dots(line, profile, pass, supplies)? {
            add_below(&mut piece, &dots, 0);
        }
    }
    if piece.height() > 0 {
        pieces.push(piece);
    }
    Ok(pieces)
}

fn add_below(paper: &mut Bitmap, dots: &Bitmap, left: u32) {
    let y = paper.height();
    paper.set_height(y + dots.height());
    paper.blit(dots, left, y);
}

/// Dots of one line; `None` for what leaves none on paper.
fn line_dots(
    line: &Line,
    profile: &Profile,
    pass: &Pass,
    supplies: &Supplies,
) -> Result<Option<Bitmap>, FontError> {
    let fonts = &supplies.fonts;
    Ok(Some(match line {
        Line::Text(line) => text_line(line, profile, &pass.locale, fonts)?,
        Line::Code(code) => code_lines(code, profile, &pass.locale, fonts)?,
        Line::Image(image) => match supplies.pictures.dots(image, profile.dots) {
            Ok(Some(picture)) => aligned(&picture, image.align, profile.dots),
            // A guest has nothing of it; [`crate::problems`] tells those who can mend it.
            Ok(None) | Err(_) => return Ok(None),
        },
        Line::Cut(_) | Line::Drawer | Line::Buzzer(_) | Line::Command(_) => return Ok(None),
    }))
}

/// The room of a line of text on paper, in dots.
pub(crate) struct Room {
    /// So far the paper moves for it.
    pub(crate) height: u32,
    /// The lower edge of its cells; all sizes stand on one base line.
    pub(crate) bottom: u32,
    /// Signs of its letters may stand out of their cells.
    pub(crate) tall: bool,
}

/// The room of a line of text.
pub(crate) fn room(line: &TextLine, profile: &Profile) -> Room {
    let spans = || line.pieces.iter().flat_map(|piece| &piece.spans);
    let high = spans().map(|span| span.style.high).max().unwrap_or(1);
    let height = profile.cell_of(line.font).1 * u32::from(high.clamp(1, 8));
    // Then the line takes the room that they want.
    let tall = spans().any(|span| !profile.has_letters_for(&span.text));
    if tall {
        let beyond = spans().map(|span| Beyond::of(&span.text));
        let beyond = beyond.fold(Beyond::of(""), Beyond::and);
        return Room {
            height: (height + beyond.sum(height)).max(profile.line_pitch()),
            bottom: beyond.above(height) + height,
            tall,
        };
    }
    let pitch = height.max(profile.line_pitch());
    Room {
        height: pitch,
        bottom: (height / 8).min(pitch - height) + height,
        tall,
    }
}

/// Dots of one line of text, as wide as the paper and as high as the paper moves for it.
pub(crate) fn text_line(
    line: &TextLine,
    profile: &Profile,
    locale: &str,
    fonts: &Fonts,
) -> Result<Bitmap, FontError> {
    let pieces = &line.pieces;
    let locale = line.language.unwrap_or(locale);
    let cell = profile.cell_of(line.font);
    let (cell_width, cell_height) = cell;
    let room = room(line, profile);
    let Room { height, bottom, .. } = room;
    let mut line = Bitmap::new(profile.dots, height);
    for piece in pieces {
        let drawn_whole = piece.spans.iter().any(|span| is_drawn_whole(&span.text));
        if drawn_whole {
            let high = piece
                .spans
                .iter()
                .map(|span| span.style.high)
                .max()
                .unwrap_or(1);
            let place = Place {
                x: piece.x * cell_width,
                y: bottom - cell_height * u32::from(high.clamp(1, 8)),
                width: piece.width * cell_width,
                align: piece.align,
                right_to_left: piece.right_to_left,
            };
            fonts.draw_line(&mut line, place, &piece.spans, cell, locale)?;
            continue;
        }
        let mut x = piece.text_x() * cell_width;
        for Span { text, style } in &piece.spans {
            // All sizes stand on one base line.
            let height = cell_height * u32::from(style.high.clamp(1, 8));
            let y = bottom - height;
            let width = fonts.draw_cells(&mut line, (x, y), text, cell, *style, locale)?;
            if style.inverse && room.tall {
                let upper = y.saturating_sub(Beyond::of(text).above(height));
                line.invert(x, upper, width, y - upper);
            }
            x += width;
        }
    }
    Ok(line)
}

/// Dots of a code; of its data in plain letters when it cannot be drawn on this paper.
pub(crate) fn code_lines(
    code: &Code,
    profile: &Profile,
    locale: &str,
    fonts: &Fonts,
) -> Result<Bitmap, FontError> {
    let Some(symbol) = symbol::drawn(code, profile.dots) else {
        return text_line(&plain_code(code, profile), profile, locale, fonts);
    };
    let mut dots = aligned(&symbol, code.align, profile.dots);
    if let Some((text, x)) = readable_at(code, symbol.width(), profile) {
        let y = dots.height();
        dots.set_height(y + profile.line_pitch());
        fonts.draw_cells(
            &mut dots,
            (x, y + 2),
            &text,
            profile.cell,
            Style::default(),
            locale,
        )?;
    }
    Ok(dots)
}

/// What is printed below a code of this width, and where it begins, in dots; `None` when nothing is.
pub(crate) fn readable_at(code: &Code, width: u32, profile: &Profile) -> Option<(String, u32)> {
    let text = symbol::readable(code).filter(|_| code.look.readable)?;
    let taken = u32::try_from(text.chars().count()).unwrap_or(u32::MAX) * profile.cell.0;
    let x = offset(code.align, profile.dots.saturating_sub(width));
    Some((text, x + width.saturating_sub(taken) / 2))
}

/// What stands in place of a code that cannot be drawn: what it is, and as much of its data as a row holds. Why is said by
/// [`symbol::problem`] to whoever can mend it; a guest would read it in vain.
pub(crate) fn plain_code<'t>(code: &Code, profile: &Profile) -> TextLine<'t> {
    let columns = profile.columns;
    let data = code.data.replace(char::is_control, " ");
    let whole = format!("[{} {data}]", symbol::name(code.look.kind));
    let fits = |text: &str| width_of(text, Style::default()) <= columns;
    let text = if fits(&whole) {
        whole
    } else {
        // A letter takes two cells at the most, and the data may be long.
        let mut short: Vec<char> = whole.chars().take(columns as usize).collect();
        loop {
            short.pop();
            let text = format!("{}...]", String::from_iter(&short));
            if fits(&text) || short.is_empty() {
                break text;
            }
        }
    };
    TextLine::plain(text, code.align, columns)
}

/// A picture on paper of this many dots.
pub(crate) fn aligned(picture: &Bitmap, align: Align, dots: u32) -> Bitmap {
    let mut paper = Bitmap::new(dots, picture.height());
    paper.blit(
        picture,
        offset(align, dots.saturating_sub(picture.width())),
        0,
    );
    paper
}

pub(crate) fn offset(align: Align, free: u32) -> u32 {
    match align {
        Align::Left => 0,
        Align::Center => free / 2,
        Align::Right => free,
    }
}

#[cfg(test)]
mod tests;
