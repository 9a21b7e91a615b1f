//! Finds damage in a write-ahead log before SQLite opens it. SQLite reads a log up to the first frame whose checksum is
//! wrong and drops the rest without a word: whatever was committed there is forgotten.
//!
//! Source: sqlite.org/fileformat2.html, section 4 (the WAL file format).

use std::{io, path::Path};

const HEADER: usize = 32;
const FRAME: usize = 24;

/// Whether committed frames of the log beside this file are out of SQLite's reach: behind the first frame that is damaged
/// stand others of the same log. A write that was cut off leaves none behind it.
///
/// # Errors
/// When the log is there and cannot be read.
pub fn wal_is_damaged(file: &Path) -> io::Result<bool> {
    match std::fs::read(crate::beside(file, "-wal")) {
        Ok(log) => Ok(is_damaged(&log)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_damaged(log: &[u8]) -> bool {
    let Some((header, frames)) = log.split_at_checked(HEADER) else {
        return false;
    };
    let big = match word(header, 0) {
        0x377f_0682 => false,
        0x377f_0683 => true,
        // Of a log that was written to at all.
        _ => !frames.is_empty(),
    };
    let size = usize::try_from(word(header, 8)).unwrap_or_default();
    let mut sum = checksum(&header[..24], [0, 0], big);
    if !(512..=65_536).contains(&size) || sum != [word(header, 24), word(header, 28)] {
        return !frames.is_empty();
    }
    let salts = &header[16..24];
    let mut broken = false;
    for frame in frames.chunks_exact(FRAME + size) {
        if &frame[8..16] != salts {
            // Of the log before this one.
            broken = true;
            continue;
        }
        if broken {
            return true;
        }
        sum = checksum(&frame[..8], sum, big);
        sum = checksum(&frame[FRAME..], sum, big);
        broken = sum != [word(frame, 16), word(frame, 20)];
    }
    false
}

fn checksum(bytes: &[u8], sum: [u32; 2], big: bool) -> [u32; 2] {
    let [mut one, mut two] = sum;
    for pair in bytes.chunks_exact(8) {
        let read = |at: usize| {
            let value = word(pair, at);
            if big { value } else { value.swap_bytes() }
        };
        one = one.wrapping_add(read(0)).wrapping_add(two);
        two = two.wrapping_add(read(4)).wrapping_add(one);
    }
    [one, two]
}

/// Big endian, as all numbers of the log are but those that are summed up.
fn word(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    u32::from_be_bytes(four.unwrap_or_default())
}
