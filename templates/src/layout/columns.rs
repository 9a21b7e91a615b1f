//! How the columns of a row share the paper.

use std::sync::Arc;

use super::wrap::width_of;
use super::{EncodeError, Piece};
use crate::document::{Align, Border, Column, Frame, Row, Span, Style, Width, Wrap};

/// Cells on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: u32,
    pub(super) width: u32,
}

/// What a whole row of this frame covers, for rules.
pub(super) fn area(frame: &Frame, paper: u32) -> Area {
    let shared = frame.widths.is_empty() || frame.widths.contains(&Width::Share);
    let fixed: u32 = frame
        .widths
        .iter()
        .map(|width| fixed(*width))
        .fold(0, u32::saturating_add);
    let shown = frame
        .widths
        .iter()
        .filter(|width| **width != Width::Characters(0))
        .count();
    let width = fixed.saturating_add(borders(
        frame.border,
        u32::try_from(shown).unwrap_or(u32::MAX),
    ));
    let width = if shared || width == 0 {
        paper
    } else {
        width.min(paper)
    };
    Area {
        left: indent(frame.align, paper - width),
        width,
    }
}

/// The columns that are shown, each with its cells.
pub(super) fn boxes(row: &Row, paper: u32) -> Result<Vec<(&Column, Area)>, EncodeError> {
    let Frame {
        align,
        widths,
        border,
        ..
    } = &*row.frame;
    let mut shown: Vec<(&Column, Width)> = Vec::new();
    for (place, column) in row.columns.iter().enumerate() {
        // A column beyond the list shares the rest: text that nobody meant to hide is not lost.
        let width = widths.get(place).copied().unwrap_or(Width::Share);
        if width != Width::Characters(0) {
            shown.push((column, width));
        }
    }
    let count = u32::try_from(shown.len()).unwrap_or(u32::MAX);
    let too_many = EncodeError::TooManyColumns {
        columns: count,
        paper,
    };
    let Some(room) = paper.checked_sub(borders(*border, count)) else {
        return Err(too_many);
    };
    let sharing = shown
        .iter()
        .filter(|(_, width)| *width == Width::Share)
        .count() as u32;
    let mut fixed_widths: Vec<u32> = shown
        .iter()
        .map(|(_, width)| fixed(*width).min(paper))
        .collect();
    // Fixed columns give way, the widest first, until each sharing column has a character.
    loop {
        let taken: u32 = fixed_widths.iter().sum();
        if taken.saturating_add(sharing) <= room {
            break;
        }
        match fixed_widths.iter_mut().max() {
            Some(widest) if *widest > 1 => *widest -= 1,
            _ => return Err(too_many),
        }
    }
    let free = room - fixed_widths.iter().sum::<u32>();
    let mut shared = 0;
    for (width, (_, wanted)) in fixed_widths.iter_mut().zip(&shown) {
        if *wanted == Width::Share {
            *width = (free + shared) / sharing;
            shared += 1;
        }
    }
    let total = fixed_widths.iter().sum::<u32>() + borders(*border, count);
    let edge = if *border == Border::Line { 1 } else { 0 };
    let mut left = indent(*align, paper - total) + edge;
    let gap = match border {
        Border::Space(gap) => *gap,
        Border::Line => 1,
    };
    let mut placed = Vec::with_capacity(shown.len());
    for ((column, _), width) in shown.into_iter().zip(fixed_widths) {
        placed.push((column, Area { left, width }));
        left += width + gap;
    }
    Ok(placed)
}

/// The vertical lines of a row.
pub(super) fn bars(row: &Row, boxes: &[(&Column, Area)]) -> Vec<Piece> {
    if row.frame.border != Border::Line {
        return Vec::new();
    }
    let bar = |x| Piece {
        x,
        width: 1,
        align: Align::Left,
        right_to_left: false,
        spans: vec![Span {
            text: "│".to_owned(),
            style: Style::default(),
        }],
    };
    let first = boxes.first().map(|(_, area)| bar(area.left - 1));
    first
        .into_iter()
        .chain(boxes.iter().map(|(_, area)| bar(area.left + area.width)))
        .collect()
}

/// A row of big letters across the paper. What is too wide for one line keeps its height and gives up its width:
/// "REPRINT - may be a duplicate" is read best in one piece.
pub(super) fn banner(text: String, paper: u32) -> Row {
    let big = Style {
        bold: true,
        wide: 2,
        high: 2,
        ..Style::default()
    };
    let wide = if width_of(&text, big) > paper { 1 } else { 2 };
    let column = Column {
        align: Align::Center,
        lines: vec![vec![Span {
            text,
            style: Style { wide, ..big },
        }]],
    };
    Row {
        columns: vec![column],
        frame: Arc::default(),
        wrap: Wrap::Words,
    }
}

fn fixed(width: Width) -> u32 {
    match width {
        Width::Characters(characters) => characters,
        Width::Share => 0,
    }
}

fn borders(border: Border, columns: u32) -> u32 {
    match border {
        Border::Space(gap) => gap.saturating_mul(columns.saturating_sub(1)),
        Border::Line => columns.saturating_add(1),
    }
}

fn indent(align: Align, free: u32) -> u32 {
    match align {
        Align::Left => 0,
        Align::Center => free / 2,
        Align::Right => free,
    }
}
