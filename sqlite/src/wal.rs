//! Finds damage in a write-ahead log before SQLite opens it. SQLite reads a log up to the first frame whose checksum is
//! wrong and drops the rest without a word: whatever was committed there is forgotten.
//!
//! The index beside the log (`-shm`) knows how many frames were committed: it outlives a kill, and is written after the
//! log is synced, so it never says too many. It finds also a log that was cut off, or is missing.
//!
//! A power cut may leave no index, or an old one. Then the frames themselves have to tell. SQLite writes a new log over an
//! older one and leaves what is behind it, so frames with the older salts may follow. A program that is killed leaves whole
//! frames and at most one of which the header is written and the page is not. Any other frame behind the readable ones is
//! damage, and so is that one where no index says that it was not committed (or a power cut within a write, which cannot be
//! told from it). Only a log that was cut off between two frames is not found: SQLite stores nothing of a commit anywhere
//! else.
//!
//! Sources: sqlite.org/fileformat2.html, section 4 (the log); sqlite.org/walformat.html, section 2 (the index).

use std::{io, path::Path};

const HEADER: usize = 32;
const FRAME: usize = 24;

/// Whether committed frames of the log beside this file are out of SQLite's reach. To be asked when nobody uses the file.
///
/// # Errors
/// When the log or its index is there and cannot be read.
pub fn wal_is_damaged(file: &Path) -> io::Result<bool> {
    // In this order: SQLite removes the index before the log when it closes the file.
    let log = read(&crate::beside(file, "-wal"))?;
    let index = read(&crate::beside(file, "-shm"))?;
    Ok(is_damaged(&log, Index::parse(&index).as_ref()))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    }
}

fn is_damaged(log: &[u8], index: Option<&Index>) -> bool {
    if log.is_empty() {
        return index.is_some_and(|index| index.committed > index.in_file);
    }
    let Some(header) = Header::parse(log) else {
        return true;
    };
    let frames = &log[HEADER..];
    let mut sum = header.sum;
    let (mut valid, mut committed) = (0, 0);
    for frame in frames.chunks_exact(header.frame) {
        sum = checksum(&frame[..8], sum, header.big);
        sum = checksum(&frame[FRAME..], sum, header.big);
        if !header.owns(frame) || word(frame, 0) == 0 || sum != [word(frame, 16), word(frame, 20)] {
            break;
        }
        valid += 1;
        if word(frame, 4) != 0 {
            committed = valid;
        }
    }
    let known = index.filter(|index| index.salts == header.salts);
    if known.is_some_and(|index| usize::try_from(index.committed).is_ok_and(|all| all > committed))
    {
        return true;
    }
    let mut rest = frames.chunks_exact(header.frame).skip(valid).peekable();
    let torn = rest.next_if(|frame| header.owns(frame)).is_some();
    torn && known.is_none() || !rest.all(|frame| header.is_after(frame))
}

/// Of a log.
struct Header {
    big: bool,
    /// How long a frame is with its page.
    frame: usize,
    /// How often SQLite began the log anew in this file.
    restarts: u32,
    salts: [u32; 2],
    sum: [u32; 2],
}

impl Header {
    /// `None` when it is damaged. It is written in one piece and synced before the first frame.
    fn parse(log: &[u8]) -> Option<Header> {
        let header = log.get(..HEADER)?;
        let big = match word(header, 0) {
            0x377f_0682 => false,
            0x377f_0683 => true,
            _ => return None,
        };
        let size = usize::try_from(word(header, 8)).ok()?;
        let sum = checksum(&header[..24], [0, 0], big);
        let sound = (512..=65_536).contains(&size) && sum == [word(header, 24), word(header, 28)];
        sound.then(|| Header {
            big,
            frame: FRAME + size,
            restarts: word(header, 12),
            salts: [word(header, 16), word(header, 20)],
            sum,
        })
    }

    fn owns(&self, frame: &[u8]) -> bool {
        [word(frame, 8), word(frame, 12)] == self.salts
    }

    /// Each restart counts the first salt up and draws the second one anew.
    fn is_after(&self, frame: &[u8]) -> bool {
        let before = self.salts[0].wrapping_sub(word(frame, 8));
        (1..=self.restarts).contains(&before) && word(frame, 12) != self.salts[1]
    }
}

/// What the index of a log says of it.
struct Index {
    salts: [u32; 2],
    /// Frames up to the last commit.
    committed: u32,
    /// How many of them are in the file itself, too.
    in_file: u32,
}

impl Index {
    /// `None` when it was never written, or not to its end. Its numbers have the byte order of the machine, but the salts.
    fn parse(index: &[u8]) -> Option<Index> {
        const COPY: usize = 48;
        let (header, copy) = (index.get(..COPY)?, index.get(COPY..2 * COPY)?);
        let big = cfg!(target_endian = "big");
        let number = |at| native(index, at, big);
        let sum = checksum(&header[..40], [0, 0], big);
        let sound = header == copy && header[12] == 1 && sum == [number(40), number(44)];
        sound.then(|| Index {
            salts: [word(header, 32), word(header, 36)],
            committed: number(16),
            in_file: number(2 * COPY),
        })
    }
}

fn checksum(bytes: &[u8], sum: [u32; 2], big: bool) -> [u32; 2] {
    let [mut one, mut two] = sum;
    for pair in bytes.chunks_exact(8) {
        one = one.wrapping_add(native(pair, 0, big)).wrapping_add(two);
        two = two.wrapping_add(native(pair, 4, big)).wrapping_add(one);
    }
    [one, two]
}

/// In the byte order of the machine that wrote it.
fn native(bytes: &[u8], at: usize, big: bool) -> u32 {
    let value = word(bytes, at);
    if big { value } else { value.swap_bytes() }
}

/// Big endian, as all numbers of the log are but those that are summed up.
fn word(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    u32::from_be_bytes(four.unwrap_or_default())
}
