//! Bytes for a printer as text that a person can compare: a row of it for each line feed.

use std::fmt::Write;

use templates::escpos_reader::{Command, Reader};

const WRITES: &str = "a String takes everything";

/// What the bytes say. A picture is its size and a sum of its dots, since its dots stand in the papers.
pub fn written(bytes: &[u8]) -> String {
    let mut reader = Reader::new();
    let mut commands = reader.push(bytes);
    commands.extend(reader.finish());
    let mut made = String::new();
    for read in commands {
        let dots = bytes
            .get(read.at..read.end())
            .expect("a command lies within the bytes");
        let unread = matches!(read.what, Command::Unknown(_) | Command::Truncated(_));
        assert!(!unread, "{:?} at {} after {made}", read.what, read.at);
        if let Command::Picture(picture) = &read.what {
            let (width, height) = (picture.width, picture.height);
            writeln!(made, "Picture({width}x{height}, {:08x})", sum(dots)).expect(WRITES);
        } else if let Command::Text { text, .. } = &read.what {
            write!(made, "{text:?} ").expect(WRITES);
        } else if read.what == Command::LineFeed {
            made.push_str("LF\n");
        } else {
            write!(made, "{:?} ", read.what).expect(WRITES);
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
