//! ESC/POS bytes back into commands, and commands into the paper that a person would hold: the virtual printer lives on
//! it, and every test that asks what really left for the printer.
//!
//! The reader is incremental (any split of the stream gives the same commands) and strict: what it does not know is
//! reported as such with its place, and never skipped in silence.

mod parse;
mod roll;

mod characters;
mod settings;

mod codes;
mod describe;
mod esc;
mod fs;
mod gs;
mod picture;
mod realtime;

mod barcode;
mod paper;
mod two_dimensional;
mod upc_e;

mod parameters;

mod line;

mod command;

pub use command::{
    Align, Barcode, BarcodeKind, Command, Font, Picture, PictureKind, PrintMode, Qr, Read, RealTime,
};
pub use line::{Ink, Piece, Style};
pub use paper::{Paper, Row};
pub use roll::Roll;

use crate::profile::Profile;
use characters::Characters;
use parse::Head;
use realtime::{Located, Scanner};
use std::collections::VecDeque;

/// Bytes in, commands out.
#[derive(Debug, Default)]
pub struct Reader {
    scanner: Scanner,
    seen: VecDeque<Located>,
    open: Vec<u8>,
    /// Offset of the first byte of `open` in the stream.
    at: usize,
    characters: Characters,
}

impl Reader {
    /// A reader at the beginning of a stream, with a printer's settings after power-on. Pages have Epson's numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a printer of this kind, whose numbers of pages and whose two-byte characters are its own.
    pub fn of(profile: &Profile) -> Self {
        Self {
            characters: Characters::of(profile),
            ..Self::default()
        }
    }

    /// Takes the next bytes and gives what is complete, in the order in which the last bytes of the commands came.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Read> {
        self.seen.extend(self.scanner.push(bytes));
        self.open.extend_from_slice(bytes);
        self.read(false)
    }

    /// The stream has ended: gives the last text, and what was broken off as [`Command::Truncated`].
    pub fn finish(&mut self) -> Vec<Read> {
        let mut reads = self.read(true);
        if !self.open.is_empty() {
            let rest = std::mem::take(&mut self.open);
            reads.push(Read {
                at: self.at,
                len: rest.len(),
                what: Command::Truncated(rest.clone()),
            });
            self.at += rest.len();
        }
        reads
    }

    /// How many bytes wait for the rest of their command.
    pub fn open_bytes(&self) -> usize {
        self.open.len()
    }

    fn read(&mut self, ended: bool) -> Vec<Read> {
        let mut reads = Vec::new();
        let mut from = 0;
        while from < self.open.len() {
            let front = &self.open[from..];
            let (what, len) = match parse::front(front, ended) {
                Head::Open => break,
                Head::Is(what, len) => (what, len),
                Head::Text(len) => {
                    let len = self.characters.whole(&front[..len]);
                    let bytes = front[..len].to_vec();
                    let text = self.characters.decode(&bytes);
                    (Command::Text { bytes, text }, len)
                }
            };
            let is_real_time = matches!(what, Command::RealTime { .. });
            self.obeyed_until(self.at + len, is_real_time, &mut reads);
            self.characters.follow(&what);
            reads.push(Read {
                at: self.at,
                len,
                what,
            });
            self.at += len;
            from += len;
        }
        self.open.drain(..from);
        self.obeyed_until(usize::MAX, false, &mut reads);
        reads
    }

    /// Reports the real-time commands inside of other bytes which were complete before `end`.
    fn obeyed_until(&mut self, end: usize, front_is_real_time: bool, reads: &mut Vec<Read>) {
        // They stand one behind the other, so that the first which is not complete here ends the search.
        while let Some(seen) = self.seen.pop_front_if(|seen| seen.at + seen.len <= end) {
            if front_is_real_time && seen.at == self.at {
                continue;
            }
            let what = Command::RealTime {
                request: seen.request,
                inside_data: true,
            };
            reads.push(Read {
                at: seen.at,
                len: seen.len,
                what,
            });
        }
    }
}

#[cfg(test)]
mod peers;
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Vec<Command> {
        let mut reader = Reader::new();
        let mut reads = reader.push(bytes);
        reads.extend(reader.finish());
        reads.into_iter().map(|read| read.what).collect()
    }

    fn text(bytes: &[u8]) -> Command {
        Command::Text {
            bytes: bytes.to_vec(),
            text: String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    #[test]
    fn a_small_ticket_is_read_back_as_it_was_meant() {
        let read = read(b"\x1b@\x1ba\x01\x1d!\x11Order 42\n\x1d!\x00\x1bE\x01x\n\x1dV\x42\x10");
        assert_eq!(
            read,
            [
                Command::Initialize,
                Command::Align(Align::Center),
                Command::Size {
                    width: 2,
                    height: 2
                },
                text(b"Order 42"),
                Command::LineFeed,
                Command::Size {
                    width: 1,
                    height: 1
                },
                Command::Bold(true),
                text(b"x"),
                Command::LineFeed,
                Command::Cut {
                    partial: true,
                    feed: 16
                },
            ]
        );
    }

    #[test]
    fn what_it_does_not_know_is_reported_with_its_place() {
        let mut reader = Reader::new();
        let reads = reader.push(b"ab\x1b\xffc\n");
        assert_eq!(
            reads[1],
            Read {
                at: 2,
                len: 2,
                what: Command::Unknown(vec![0x1b, 0xff])
            }
        );
        assert_eq!(reads[2].at, 4);
        // A block of an unknown group says its own length.
        assert_eq!(
            read(b"\x1d(Z\x02\x00xy\n"),
            [
                Command::Unknown(b"\x1d(Z\x02\x00xy".to_vec()),
                Command::LineFeed
            ]
        );
        // Parameters that do not exist make a command unknown.
        assert_eq!(
            read(b"\x1ba\x07"),
            [Command::Unknown(b"\x1ba\x07".to_vec())]
        );
    }

    #[test]
    fn parameters_that_the_reference_does_not_have_make_a_command_unknown() {
        for (good, bad) in [
            (b"\x1ba\x02".as_slice(), b"\x1ba\x03".as_slice()),
            (b"\x1b-2", b"\x1b-3"),
            (b"\x1bM1", b"\x1bM\x07"),
            (b"\x1bR\x11", b"\x1bR\x12"),
            (b"\x1bB\x03\x02", b"\x1bB\x00\x02"),
            (b"\x1b(A\x04\x000\x01\x02\x03", b"\x1b(A\x03\x000\x01\x02"),
            (b"\x1b*\x21\x01\x00\x01\x02\x03", b"\x1b*\x21\x00\x00"),
            (b"\x1cC\x01", b"\x1cC\x03"),
            (b"\x1d!\x77", b"\x1d!\x08"),
            (b"\x1dw\x02", b"\x1dw\x07"),
            (b"\x1dI\x43", b"\x1dI\x09"),
            (b"\x1dP\x00\x00", b"\x1dP\xb4\xb4"),
            (b"\x1dkC\x0c400638133393", b"\x1dkC\x0c40063813339x"),
            (b"\x1dkF\x040010", b"\x1dkF\x03001"),
            (b"\x1dkI\x04{B12", b"\x1dkI\x0212"),
            (b"\x1dk\x04A1\x00", b"\x1dk\x04a1\x00"),
            (b"\x1d(k\x04\x001A2\x00", b"\x1d(k\x04\x001A4\x00"),
            (b"\x1d(k\x04\x001P0x", b"\x1d(k\x03\x001P0"),
            (b"\x1d(k\x03\x000A\x1e", b"\x1d(k\x03\x000A\x1f"),
            (b"\x1d(k\x03\x006C\x10", b"\x1d(k\x03\x006C\x11"),
            (b"\x1d(L\x02\x0002", b"\x1d(L\x03\x0002x"),
            (b"\x1d(D\x03\x00\x14\x01\x00", b"\x1d(D\x01\x00\x14"),
        ] {
            let understood = read(good);
            let is_odd =
                |command: &Command| matches!(command, Command::Unknown(_) | Command::Truncated(_));
            assert!(!understood.iter().any(is_odd), "{understood:?}");
            assert_eq!(read(bad), [Command::Unknown(bad.to_vec())]);
        }
        // What is not obeyed still takes its own bytes along.
        assert_eq!(
            read(b"\x1bW\x00\x00\x00\x00\x00\x02\x00\x02a\n"),
            [
                Command::Unknown(b"\x1bW\x00\x00\x00\x00\x00\x02\x00\x02".to_vec()),
                text(b"a"),
                Command::LineFeed
            ]
        );
    }

    #[test]
    fn a_stream_that_breaks_off_says_so() {
        assert_eq!(
            read(b"\x1dv0\0\x01\0\x02\0\xff"),
            [Command::Truncated(b"\x1dv0\0\x01\0\x02\0\xff".to_vec())]
        );
        assert_eq!(read(b"open line"), [text(b"open line")]);
    }

    #[test]
    fn a_real_time_command_inside_a_picture_is_obeyed_and_stays_a_part_of_the_picture() {
        let mut reader = Reader::new();
        let reads = reader.push(b"\x1dv0\0\x01\0\x05\0\xff\x10\x04\x01");
        let inside = Command::RealTime {
            request: RealTime::Status(1),
            inside_data: true,
        };
        assert_eq!(
            reads,
            [Read {
                at: 9,
                len: 3,
                what: inside
            }],
            "at once, before the picture is complete"
        );
        let reads = reader.push(b"\xaa");
        let [
            Read {
                at: 0,
                len: 13,
                what: Command::Picture(picture),
            },
        ] = reads.as_slice()
        else {
            panic!("one picture, not {reads:?}")
        };
        assert_eq!(*picture.data, *b"\xff\x10\x04\x01\xaa");
    }

    #[test]
    fn questions_between_commands_are_read_once() {
        let outside = |request| Command::RealTime {
            request,
            inside_data: false,
        };
        assert_eq!(
            read(b"\x10\x04\x04\x10\x05\x02\x10\x14\x01\x00\x02\x1dr1\x1da\x04\x1dIC"),
            [
                outside(RealTime::Status(4)),
                outside(RealTime::Recover(2)),
                outside(RealTime::DrawerPulse { pin: 2, on_ms: 200 }),
                Command::Status(1),
                Command::AutomaticStatus(4),
                Command::Identify(67),
            ]
        );
    }

    #[test]
    fn codes_confirmations_and_permissions_are_understood() {
        assert_eq!(
            read(b"\x1d(k\x03\x001C\x06\x1d(k\x05\x001P0hi\x1d(k\x03\x001Q0\x1dkI\x05{B123\x1d(H\x06\x00000042\x1d(D\x03\x00\x14\x01\x00"),
            [
                Command::Qr(Qr::Size(6)),
                Command::Qr(Qr::Store(b"hi".to_vec())),
                Command::Qr(Qr::Print),
                Command::Barcode(Barcode { kind: BarcodeKind::Code128, data: b"{B123".to_vec() }),
                Command::Confirm(*b"0042"),
                Command::RealTimeAllowed(vec![(1, false)]),
            ]
        );
    }

    #[test]
    fn an_endless_line_stays_bounded_and_no_character_is_torn() {
        let mut reader = Reader::new();
        let mut reads = reader.push(b"\x1c(C\x02\x0002");
        reads.extend(reader.push("ü".repeat(5000).as_bytes()));
        assert!(reader.open_bytes() < 4096);
        reads.extend(reader.finish());
        let joined: String = reads
            .iter()
            .filter_map(|read| {
                if let Command::Text { text, .. } = &read.what {
                    Some(text.as_str())
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(joined, "ü".repeat(5000));
    }

    /// Bytes that look like commands more often than chance would have it.
    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let lead = prop::sample::select(vec![
            0x10_u8, 0x1b, 0x1c, 0x1d, 0x0a, 0x04, 0x05, 0x14, b'(', b'k', b'v', b'0', b'*', b'D',
            0, 1, 2, 3, 8,
        ]);
        let small = prop::sample::select(vec![
            b"\x10\x04\x01".to_vec(),
            b"\x10\x14\x01\x00\x01".to_vec(),
            b"\x1dv0\0\x01\0\x08\0".to_vec(),
            b"\x1d(k\x06\x001P0".to_vec(),
            b"\x1dkI\x05".to_vec(),
            b"\x1b*\x21\x02\0".to_vec(),
            b"\x1d8L\x0b\0\0\x000p0".to_vec(),
            b"Pizza ".to_vec(),
        ]);
        let piece = prop_oneof![
            small,
            lead.prop_map(|byte| vec![byte]),
            any::<u8>().prop_map(|byte| vec![byte])
        ];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_commands(bytes in stream(), cuts in prop::collection::vec(0_usize..200, 0..8)) {
            let mut whole = Reader::new();
            let mut expected = whole.push(&bytes);
            expected.extend(whole.finish());

            let mut split = Reader::new();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut reads: Vec<Read> = cuts.windows(2).flat_map(|pair| split.push(&bytes[pair[0]..pair[1]])).collect();
            reads.extend(split.finish());
            prop_assert_eq!(&reads, &expected);

            let mut single = Reader::new();
            let mut reads: Vec<Read> = bytes.iter().flat_map(|byte| single.push(std::slice::from_ref(byte))).collect();
            reads.extend(single.finish());
            prop_assert_eq!(&reads, &expected);
        }

        #[test]
        fn no_byte_is_skipped(bytes in stream()) {
            let mut reader = Reader::new();
            let mut reads = reader.push(&bytes);
            reads.extend(reader.finish());
            let mut next = 0;
            for read in reads {
                if let Command::RealTime { inside_data: true, .. } = read.what { continue }
                prop_assert_eq!(read.at, next);
                next += read.len;
            }
            prop_assert_eq!(next, bytes.len());
        }
    }
}
