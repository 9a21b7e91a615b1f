//! How the columns of a row share the paper.

use smallvec::SmallVec;

use super::EncodeError;
use crate::document::{Border, Direction, Frame, Width};

/// Cells on paper; none at all for a column that is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: u32,
    pub(super) width: u32,
    /// It has no room beside the others: its text stands across the row, below theirs.
    pub(super) below: bool,
}

/// The columns of a row in the order of the markup.
pub(super) type Areas = SmallVec<[Area; 8]>;

/// What a whole row of this frame covers, for rules.
pub(super) fn area(frame: &Frame, paper: u32) -> Area {
    let shared = frame.widths.is_empty() || frame.widths.contains(&Width::Share);
    let shown = || {
        let shown = |width: &&Width| **width != Width::Characters(0);
        frame.widths.iter().filter(shown)
    };
    let wanted = shown().map(|width| fixed(*width));
    let fixed = wanted.fold(0, u32::saturating_add);
    let width = fixed.saturating_add(borders(frame.border, shown().count()));
    let width = if shared || width == 0 {
        paper
    } else {
        width.min(paper)
    };
    let left = frame.align.before(paper - width);
    let area = Area {
        left,
        width,
        below: false,
    };
    mirrored(area, frame, paper)
}

/// The cells of `count` columns. A column beyond the list of widths shares the rest: text that nobody meant to hide is not
/// lost. Columns that the list has and the row has not are empty, and those that have no room are not there.
pub(super) fn areas(frame: &Frame, count: usize, paper: u32) -> Result<Areas, EncodeError> {
    let listed = frame.widths.len().max(count);
    let wanted = |place: usize| frame.widths.get(place).copied().unwrap_or(Width::Share);
    let mut shown: SmallVec<[usize; 8]> = (0..listed)
        .filter(|place| wanted(*place) != Width::Characters(0))
        .collect();
    let real = shown.iter().filter(|place| **place < count).count();
    shown.truncate(real.max(most_columns(frame.border, paper)));
    let too_many = EncodeError::TooManyColumns {
        columns: u32::try_from(real).unwrap_or(u32::MAX),
        paper,
    };
    let room = paper
        .checked_sub(borders(frame.border, shown.len()))
        .filter(|room| *room as usize >= shown.len());
    let Some(room) = room else {
        return Err(too_many);
    };
    let mut widths = shared(shown.iter().map(|place| wanted(*place)), room);
    let mut below = None;
    if let Border::Space(gap) = frame.border
        && let [first @ .., last] = shown.as_slice()
        && is_crowded(
            first.iter().map(|place| wanted(*place)),
            wanted(*last),
            &widths,
            paper,
        )
    {
        below = shown.pop();
        let wider = paper - gap * (shown.len() as u32).saturating_sub(1);
        widths = shared(shown.iter().map(|place| wanted(*place)), wider);
    }
    let total = widths.iter().sum::<u32>() + borders(frame.border, shown.len());
    let (edge, gap) = match frame.border {
        Border::Space(gap) => (0, gap),
        Border::Line => (1, 1),
    };
    let mut left = frame.align.before(paper - total) + edge;
    let mut areas = Areas::from_elem(Area::default(), listed);
    for (place, width) in shown.into_iter().zip(widths) {
        let area = Area {
            left,
            width,
            below: false,
        };
        areas[place] = mirrored(area, frame, paper);
        left += width + gap;
    }
    if let Some(place) = below {
        areas[place] = Area {
            left: 0,
            width: paper,
            below: true,
        };
    }
    Ok(areas)
}

/// Whether a last column of its own width leaves too little to the columns that share the rest: a long amount would have
/// the names of the dishes broken letter by letter.
fn is_crowded(
    mut others: impl Iterator<Item = Width> + Clone,
    last: Width,
    widths: &[u32],
    paper: u32,
) -> bool {
    let least = (paper / 3).min(LEAST_TEXT);
    let shares = others.clone().zip(widths);
    let mut shares = shares.filter(|(wanted, _)| *wanted == Width::Share);
    // What is wider than the paper has no room below either; it gives way.
    last != Width::Share
        && fixed(last) <= paper
        && others.any(|wanted| wanted == Width::Share)
        && shares.any(|(_, width)| *width < least)
}

/// Characters for the name of a dish beside its amount.
const LEAST_TEXT: u32 = 10;

/// Widths that together have room, which is at least one character for each.
fn shared(wanted: impl Iterator<Item = Width> + Clone, room: u32) -> SmallVec<[u32; 8]> {
    let sharing = wanted
        .clone()
        .filter(|width| *width == Width::Share)
        .count() as u32;
    let mut widths: SmallVec<[u32; 8]> =
        wanted.clone().map(|width| fixed(width).min(room)).collect();
    // Fixed columns give way, the widest first, until each sharing column has a character.
    let mut taken: u32 = widths.iter().sum::<u32>() + sharing;
    while taken > room
        && let Some(widest) = widths.iter_mut().max()
    {
        *widest = widest.saturating_sub(1);
        taken -= 1;
    }
    let free = room - (taken - sharing);
    let sharing_ones = widths.iter_mut().zip(wanted);
    let sharing_ones = sharing_ones.filter(|(_, wanted)| *wanted == Width::Share);
    for (place, (width, _)) in (0..).zip(sharing_ones) {
        *width = (free + place) / sharing;
    }
    widths
}

/// Columns of one character each that have room.
fn most_columns(border: Border, paper: u32) -> usize {
    (match border {
        Border::Space(gap) => (paper + gap) / (gap + 1),
        Border::Line => paper.saturating_sub(1) / 2,
    }) as usize
}

fn fixed(width: Width) -> u32 {
    match width {
        Width::Characters(characters) => characters,
        Width::Share => 0,
    }
}

fn borders(border: Border, columns: usize) -> u32 {
    let columns = u32::try_from(columns).unwrap_or(u32::MAX);
    match border {
        Border::Space(gap) => gap.saturating_mul(columns.saturating_sub(1)),
        Border::Line => columns.saturating_add(1),
    }
}

/// From the right edge where rows run to the left.
fn mirrored(area: Area, frame: &Frame, paper: u32) -> Area {
    match frame.direction {
        Direction::Auto | Direction::LeftToRight => area,
        Direction::RightToLeft => Area {
            left: paper - area.left - area.width,
            ..area
        },
    }
}
