//! Commands that begin with `ESC`: styles, places, pages.
//!
//! Source: Epson's ESC/POS command reference.

use super::command::{Align, Command, Font, Picture, PictureKind, PrintMode};
use super::parameters::{Parsed, digit};

/// Most columns of `ESC *`: no paper is wider.
const MOST_COLUMNS: u32 = 2400;

/// What stands behind an `ESC`.
pub(super) fn front(bytes: &[u8]) -> Parsed {
    let (code, rest) = bytes.split_first()?;
    let count = match code {
        b'@' | b'2' | b'i' | b'm' | b'S' => 0,
        b'!' | b'E' | b'G' | b'{' | b'V' | b'-' | b'M' | b'a' | b'd' | b'J' | b'3' | b' '
        | b't' | b'R' => 1,
        b'=' | b'r' | b'U' | b'4' => 1,
        b'$' | b'\\' | b'c' | b'B' => 2,
        b'p' => 3,
        b'D' => return tab_stops(rest),
        b'*' => return columns(rest),
        b'(' => return block(rest),
        b'&' => return own_characters(rest),
        // Known by their length, but not obeyed: page mode, paper that runs back, characters of one's own.
        b'%' | b'?' | b'K' | b'T' | b'e' | b'u' => return rest.first().map(|_| (None, 2)),
        b'W' => return rest.get(..8).map(|_| (None, 9)),
        _ => return Some((None, 1)),
    };
    let parameters = rest.get(..count)?;
    let n = parameters.first().copied().unwrap_or(0);
    let word = u16::from_le_bytes([n, parameters.get(1).copied().unwrap_or(0)]);
    let command = match code {
        b'@' => Some(Command::Initialize),
        b'2' => Some(Command::DefaultLineSpacing),
        b'i' | b'm' => Some(Command::Cut {
            partial: true,
            feed: 0,
        }),
        b'S' => Some(Command::Setting("ESC S: standard mode")),
        b'!' => Some(Command::PrintMode(print_mode(n))),
        b'E' => Some(Command::Bold(n & 1 == 1)),
        b'G' => Some(Command::DoubleStrike(n & 1 == 1)),
        b'{' => Some(Command::UpsideDown(n & 1 == 1)),
        b'V' => (digit(n) == 0).then_some(Command::Setting("ESC V: upright characters")),
        b'-' => (digit(n) <= 2).then(|| Command::Underline(digit(n))),
        b'M' => font(n).map(Command::Font),
        b'a' => align(n).map(Command::Align),
        b'd' => Some(Command::FeedLines(n)),
        b'J' => Some(Command::FeedDots(n)),
        b'3' => Some(Command::LineSpacing(n)),
        b' ' => Some(Command::CharacterSpacing(n)),
        b't' => Some(Command::CodePage(n)),
        b'R' => (n <= 17).then_some(Command::CharacterSet(n)),
        // Not Epson's, and hardly anybody's: most printers have no slanted characters.
        b'4' => (digit(n) <= 1).then_some(Command::Setting("ESC 4: italic")),
        b'=' => matches!(n, 1..=3).then_some(Command::Setting("ESC =: peripheral device")),
        b'r' => (digit(n) <= 1).then_some(Command::Setting("ESC r: colour")),
        b'U' => Some(Command::Setting("ESC U: one direction")),
        b'$' => Some(Command::Position(word)),
        b'\\' => Some(Command::Move(word.cast_signed())),
        b'c' => matches!(n, b'0' | b'1' | b'3' | b'4' | b'5')
            .then_some(Command::Setting("ESC c: paper, sensors and buttons")),
        b'B' => beeps(parameters),
        _ => pulse(parameters),
    };
    Some((command, count + 1))
}

fn print_mode(n: u8) -> PrintMode {
    PrintMode {
        font: if n & 0x01 == 0 { Font::A } else { Font::B },
        bold: n & 0x08 != 0,
        double_height: n & 0x10 != 0,
        double_width: n & 0x20 != 0,
        underline: n & 0x80 != 0,
    }
}

/// Fonts A and B; their special forms (97, 98) have the same cells.
fn font(n: u8) -> Option<Font> {
    match n {
        0 | b'0' | b'a' => Some(Font::A),
        1 | b'1' | b'b' => Some(Font::B),
        _ => None,
    }
}

fn align(n: u8) -> Option<Align> {
    match digit(n) {
        0 => Some(Align::Left),
        1 => Some(Align::Center),
        2 => Some(Align::Right),
        _ => None,
    }
}

/// `ESC B n t`, 1 to 9 each, `t` in tenths of a second; not Epson's (programming manuals of Xprinter and Rongta).
fn beeps(parameters: &[u8]) -> Option<Command> {
    let [times @ 1..=9, tenths @ 1..=9] = parameters else {
        return None;
    };
    Some(Command::Buzzer {
        times: *times,
        ms: u32::from(*tenths) * 100,
    })
}

fn pulse(parameters: &[u8]) -> Option<Command> {
    let [pin, on, off] = parameters else {
        return None;
    };
    let pin = match digit(*pin) {
        0 => 2,
        1 => 5,
        _ => return None,
    };
    Some(Command::DrawerPulse {
        pin,
        on_ms: u16::from(*on) * 2,
        off_ms: u16::from(*off) * 2,
    })
}

/// `ESC D` n1…nk NUL: at most 32, each larger than the one before it; a smaller one ends the list and is text already.
fn tab_stops(rest: &[u8]) -> Parsed {
    let mut stops = Vec::new();
    for (index, stop) in rest.iter().enumerate() {
        match stop {
            0 => return Some((Some(Command::TabStops(stops)), index + 2)),
            stop if stops.last().is_some_and(|last| last >= stop) || stops.len() == 32 => {
                return Some((Some(Command::TabStops(stops)), index + 1));
            }
            stop => stops.push(*stop),
        }
    }
    None
}

/// `ESC * m nL nH d1…dk`.
fn columns(rest: &[u8]) -> Parsed {
    let [mode, low, high, data @ ..] = rest else {
        return None;
    };
    let (height, scale_x, scale_y) = match mode {
        0 => (8, 2, 3),
        1 => (8, 1, 3),
        32 => (24, 2, 1),
        33 => (24, 1, 1),
        _ => return Some((None, 4)),
    };
    let width = u32::from(u16::from_le_bytes([*low, *high]));
    if width == 0 || width > MOST_COLUMNS {
        return Some((None, 4));
    }
    let data = data.get(..(width * height / 8) as usize)?;
    Some((
        Some(Command::Picture(Picture {
            width,
            height,
            scale_x,
            scale_y,
            kind: PictureKind::Columns,
            data: data.into(),
        })),
        4 + data.len(),
    ))
}

/// `ESC ( X pL pH …`: the buzzer, and others by their length.
fn block(rest: &[u8]) -> Parsed {
    let [group, low, high, rest @ ..] = rest else {
        return None;
    };
    let block = rest.get(..usize::from(u16::from_le_bytes([*low, *high])))?;
    let command = match (group, block) {
        // `t` tenths of a second from beep to beep.
        (b'A', [48, _, times, tenths]) => Some(Command::Buzzer {
            times: *times,
            ms: u32::from(*tenths) * 100,
        }),
        (b'A', [97, 100, times @ 0..=63, on, off]) => Some(Command::Buzzer {
            times: *times,
            ms: (u32::from(*on) + u32::from(*off)) * 100,
        }),
        (b'A', [98 | 99, _, _, _, _, _, ..]) => {
            Some(Command::Setting("ESC ( A: when the buzzer sounds"))
        }
        (_, _) => None,
    };
    Some((command, 4 + block.len()))
}

/// `ESC & y c1 c2 [x d…]…`: characters of the sender's own are not drawn here, but their bytes are no text.
fn own_characters(rest: &[u8]) -> Parsed {
    let [height, first, last, rest @ ..] = rest else {
        return None;
    };
    if !matches!(height, 1..=6) || last < first || *first < 0x20 {
        return Some((None, 4));
    }
    let mut len = 0;
    for _ in *first..=*last {
        let columns = usize::from(*rest.get(len)?);
        len += 1 + columns * usize::from(*height);
    }
    rest.get(..len).map(|_| (None, 4 + len))
}
