//! Bytes for a printer as text that a person can compare: a row of it for each line feed.

use std::fmt::Write;

use templates::escpos_reader::{Command, Reader};

/// What the bytes say. A picture is its size and a sum of its dots, since its dots stand in the papers.
pub fn written(bytes: &[u8]) -> String {
    let mut reader = Reader::new();
    let mut commands = reader.push(bytes);
    commands.extend(reader.finish());
    let mut made = String::new();
    for read in commands {
        let dots = bytes.get(read.at..read.end()).unwrap();
        match read.what {
            Command::Text { text, .. } => write!(made, "{text:?} ").unwrap(),
            Command::LineFeed => made.push_str("LF\n"),
            Command::Picture(picture) => {
                let (width, height) = (picture.width, picture.height);
                writeln!(made, "Picture({width}x{height}, {:08x})", sum(dots)).unwrap();
            }
            unknown @ (Command::Unknown(_) | Command::Truncated(_)) => {
                panic!("{unknown:?} at {} after {made}", read.at)
            }
            other => write!(made, "{other:?} ").unwrap(),
        }
    }
    made
}

/// FNV-1a, 32 bits: equal bytes have equal sums on every machine.
fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| {
        (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
