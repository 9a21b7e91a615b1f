//! `GS ( k`: two-dimensional codes, function by function.
//!
//! Source: Epson's ESC/POS command reference.

use super::command::{Command, Qr};

/// What the block of a `GS ( k` says.
pub(super) fn symbol(block: &[u8]) -> Option<Command> {
    let [kind, function, data @ ..] = block else {
        return None;
    };
    if *kind == 49 {
        return qr(*function, data).map(Command::Qr);
    }
    is_defined(*kind, *function, data).then(|| Command::Symbol {
        kind: *kind,
        function: *function,
        data: data.to_vec(),
    })
}

fn qr(function: u8, data: &[u8]) -> Option<Qr> {
    match (function, data) {
        (65, [model @ 49..=51, 0]) => Some(Qr::Model(*model)),
        (67, [size @ 1..=16]) => Some(Qr::Size(*size)),
        (69, [level @ 48..=51]) => Some(Qr::Correction(*level)),
        (80, [48, data @ ..]) if !data.is_empty() => Some(Qr::Store(data.to_vec())),
        (81, [48]) => Some(Qr::Print),
        (82, [48]) => Some(Qr::AskSize),
        (_, _) => None,
    }
}

/// Whether the reference has this function with these parameters, for the codes 48 PDF417, 50 MaxiCode, 51 GS1 DataBar,
/// 52 composite, 53 Aztec and 54 DataMatrix.
fn is_defined(kind: u8, function: u8, data: &[u8]) -> bool {
    match (kind, function, data) {
        (48, 65, [0..=30])
        | (48, 66, [0 | 3..=90])
        | (48, 67, [1..=8])
        | (48, 68, [2..=8])
        | (48, 69, [48, 48..=56] | [49, 1..=40])
        | (48, 70, [0 | 1])
        | (50, 65, [50..=54])
        | (51 | 52, 67, [2..=8])
        | (51 | 52, 71, [_, _])
        | (52, 72, [0..=5 | 48..=53 | 97 | 98])
        | (53, 66, [0 | 1 | 48 | 49, 0..=32])
        | (53, 67, [2..=16])
        | (53, 69, [5..=95])
        | (54, 66, [0 | 1 | 48 | 49, 0..=144, 0..=144])
        | (54, 67, [2..=16]) => true,
        (48 | 50..=54, 81 | 82, [48]) => true,
        (48 | 50 | 53 | 54, 80, [48, data @ ..]) => !data.is_empty(),
        (51, 80, [48, 72 | 73 | 76, data @ ..]) => !data.is_empty(),
        (52, 80, [48, 65..=66, 65..=77, data @ ..]) => !data.is_empty(),
        (_, _, _) => false,
    }
}
