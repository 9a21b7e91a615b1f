//! Everything that an ESC/POS printer says, read as it comes: byte by byte if need be, asked for or not.
//!
//! Source: Epson ESC/POS command reference (`DLE EOT`, `GS a`, `GS r`, `GS I`, `GS ( H`). The first byte decides what
//! an answer is. A printer may also speak unasked: automatic status can be switched on at the device, and picture data
//! that happens to contain `10 04 n` causes answers, so whoever asks must be ready to hear something else first.

use api::printer::Health;

/// One thing that a printer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusReply {
    /// The answer to `DLE EOT`.
    Realtime(u8),
    /// Automatic status (`GS a`), four bytes.
    Automatic([u8; 4]),
    /// The answer to `GS r` (or `GS I` 1 to 3): what stood before it in the line is processed.
    Queued(u8),
    /// `GS ( H` function 48: the ticket with this number is printed.
    Echo([u8; 4]),
    /// A text about itself (`GS I` 65 and above).
    Info(Vec<u8>),
    /// It was switched on just now; what it held is lost.
    PowerOn,
    /// Nothing that a receipt printer says.
    Noise(u8),
}

/// No answer of a printer is longer.
const LONGEST: usize = 96;

/// Puts answers together, wherever the network cut them.
#[derive(Debug, Default)]
pub struct StatusReader {
    open: Vec<u8>,
}

impl StatusReader {
    /// Takes what came in; returns what is complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<StatusReply> {
        let mut replies = Vec::new();
        for &byte in bytes {
            self.take(byte, &mut replies);
        }
        replies
    }

    fn take(&mut self, byte: u8, replies: &mut Vec<StatusReply>) {
        // XON and XOFF may stand anywhere, also inside an answer.
        if byte == 0x11 || byte == 0x13 {
            return;
        }
        match self.open.first() {
            None => self.begin(byte, replies),
            Some(0x37 | 0x3B | 0x3D | 0x5F) => self.go_on_block(byte, replies),
            Some(_) => self.go_on_automatic(byte, replies),
        }
    }

    fn begin(&mut self, byte: u8, replies: &mut Vec<StatusReply>) {
        match byte {
            0x37 | 0x3B | 0x3D | 0x5F => self.open.push(byte),
            b if b & 0x93 == 0x12 => replies.push(StatusReply::Realtime(b)),
            b if b & 0x93 == 0x10 => self.open.push(b),
            b if b & 0x90 == 0 => replies.push(StatusReply::Queued(b)),
            b => replies.push(StatusReply::Noise(b)),
        }
    }

    fn go_on_block(&mut self, byte: u8, replies: &mut Vec<StatusReply>) {
        self.open.push(byte);
        if byte != 0 {
            if self.open.len() > LONGEST {
                replies.extend(self.open.drain(..).map(StatusReply::Noise));
            }
            return;
        }
        let block = std::mem::take(&mut self.open);
        replies.push(match block.as_slice() {
            [0x37, 0x22, a, b, c, d, 0] => StatusReply::Echo([*a, *b, *c, *d]),
            [0x3B, 0x31, 0] => StatusReply::PowerOn,
            [0x3D | 0x5F, text @ .., 0] => StatusReply::Info(text.to_vec()),
            other => {
                replies.extend(other.iter().copied().map(StatusReply::Noise));
                return;
            }
        });
    }

    fn go_on_automatic(&mut self, byte: u8, replies: &mut Vec<StatusReply>) {
        match byte {
            // A real-time answer may fall between the four bytes.
            b if b & 0x93 == 0x12 => replies.push(StatusReply::Realtime(b)),
            b if b & 0x90 == 0 => {
                self.open.push(b);
                if let [a, b, c, d] = self.open.as_slice() {
                    replies.push(StatusReply::Automatic([*a, *b, *c, *d]));
                    self.open.clear();
                }
            }
            b => {
                replies.extend(self.open.drain(..).map(StatusReply::Noise));
                self.begin(b, replies);
            }
        }
    }
}

/// What is known of a printer from its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    offline: bool,
    cover: bool,
    paper_end: bool,
    paper_low: bool,
    cutter: bool,
    fault: bool,
    error: bool,
    /// The signal of the drawer's connector.
    drawer_high: Option<bool>,
}

impl Report {
    /// From the answers to `DLE EOT` 1 to 4; `None` where none came.
    pub fn of_realtime(answers: [Option<u8>; 4]) -> Report {
        let bit = |which: usize, bits: u8| answers[which].is_some_and(|b| b & bits != 0);
        Report {
            offline: bit(0, 0x08),
            cover: bit(1, 0x04),
            paper_end: bit(1, 0x20) || bit(3, 0x60),
            paper_low: bit(3, 0x0C),
            cutter: bit(2, 0x08),
            fault: bit(2, 0x20),
            error: bit(1, 0x40) || bit(2, 0x44),
            drawer_high: answers[0].map(|first| first & 0x04 != 0),
        }
    }

    /// From four bytes of automatic status.
    pub fn of_automatic(bytes: [u8; 4]) -> Report {
        let [first, second, third, _] = bytes;
        Report {
            offline: first & 0x08 != 0,
            cover: first & 0x20 != 0,
            paper_end: third & 0x0C != 0,
            paper_low: third & 0x03 != 0,
            cutter: second & 0x08 != 0,
            fault: second & 0x20 != 0,
            error: second & 0x44 != 0,
            drawer_high: Some(first & 0x04 != 0),
        }
    }

    /// From words that stand for these.
    pub fn saying(healths: impl Iterator<Item = Health>) -> Report {
        let mut report = Report::default();
        for health in healths {
            match health {
                Health::CoverOpen => report.cover = true,
                Health::PaperOut => report.paper_end = true,
                Health::CutterError => report.cutter = true,
                Health::Fault => report.fault = true,
                Health::Unknown | Health::Ready => {}
                Health::Offline
                | Health::Unreachable
                | Health::Disabled
                | Health::NoAddress
                | Health::Stranger => {
                    report.offline = true;
                }
            }
        }
        report
    }

    /// The same of a printer that takes nothing.
    pub fn or_offline(self) -> Report {
        Report {
            offline: true,
            ..self
        }
    }

    /// The same with a roll that is nearly used up.
    pub fn with_paper_low(self) -> Report {
        Report {
            paper_low: true,
            ..self
        }
    }

    /// The one word that staff need: what has to be done first.
    pub fn health(self) -> Health {
        if self.cover {
            Health::CoverOpen
        } else if self.paper_end {
            Health::PaperOut
        } else if self.cutter {
            Health::CutterError
        } else if self.fault {
            Health::Fault
        } else if self.offline || self.error {
            Health::Offline
        } else {
            Health::Ready
        }
    }

    /// The signal of the drawer's connector: high with an open drawer, and with none.
    pub fn drawer_high(self) -> Option<bool> {
        self.drawer_high
    }

    /// The roll is nearly used up.
    pub fn paper_low(self) -> bool {
        self.paper_low || self.paper_end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Vec<StatusReply> {
        StatusReader::default().push(bytes)
    }

    #[test]
    fn each_answer_is_known_by_its_first_byte() {
        for (bytes, what) in [
            (&[0x12][..], StatusReply::Realtime(0x12)),
            (&[0x1E], StatusReply::Realtime(0x1E)),
            (
                &[0x18, 0x00, 0x0C, 0x0F],
                StatusReply::Automatic([0x18, 0x00, 0x0C, 0x0F]),
            ),
            (&[0x00], StatusReply::Queued(0)),
            (&[0x0C], StatusReply::Queued(0x0C)),
            (b"\x37\x220042\0", StatusReply::Echo(*b"0042")),
            (&[0x3B, 0x31, 0x00], StatusReply::PowerOn),
            (b"\x5FTM-T88V\0", StatusReply::Info(b"TM-T88V".to_vec())),
            (&[0xFF], StatusReply::Noise(0xFF)),
        ] {
            assert_eq!(read(bytes), vec![what], "{bytes:02X?}");
        }
    }

    #[test]
    fn flow_control_may_stand_anywhere() {
        assert_eq!(
            read(b"\x13\x37\x11\x220\x13042\x11\0\x11"),
            vec![StatusReply::Echo(*b"0042")]
        );
        assert_eq!(
            read(&[0x10, 0x13, 0, 0, 0x11, 0]),
            vec![StatusReply::Automatic([0x10, 0, 0, 0])]
        );
    }

    #[test]
    fn a_real_time_answer_between_the_bytes_of_an_automatic_one_loses_neither() {
        assert_eq!(
            read(&[0x10, 0x00, 0x12, 0x00, 0x00]),
            vec![
                StatusReply::Realtime(0x12),
                StatusReply::Automatic([0x10, 0, 0, 0])
            ]
        );
    }

    #[test]
    fn an_answer_that_never_ends_is_noise_and_what_follows_is_heard() {
        let mut bytes = vec![0x37];
        bytes.extend([b'A'; LONGEST]);
        bytes.push(0x12);
        let replies = read(&bytes);
        assert_eq!(replies.last(), Some(&StatusReply::Realtime(0x12)));
        assert_eq!(
            replies
                .iter()
                .filter(|h| matches!(h, StatusReply::Noise(_)))
                .count(),
            LONGEST + 1
        );
    }

    #[test]
    fn what_has_to_be_done_first_is_what_is_said() {
        let health = |answers| Report::of_realtime(answers).health();
        let fine = Some(0x12);
        assert_eq!(health([None; 4]), Health::Ready);
        assert_eq!(health([fine; 4]), Health::Ready);
        assert_eq!(health([Some(0x1A), fine, fine, fine]), Health::Offline);
        assert_eq!(
            health([Some(0x1A), Some(0x16), fine, Some(0x72)]),
            Health::CoverOpen
        );
        assert_eq!(
            health([Some(0x1A), Some(0x32), fine, Some(0x72)]),
            Health::PaperOut
        );
        assert_eq!(
            health([Some(0x1A), Some(0x52), Some(0x1A), fine]),
            Health::CutterError
        );
        assert_eq!(
            health([Some(0x1A), Some(0x52), Some(0x32), fine]),
            Health::Fault
        );
        assert_eq!(
            health([Some(0x1A), Some(0x52), Some(0x52), fine]),
            Health::Offline
        );
        let low = Report::of_realtime([fine, fine, fine, Some(0x1E)]);
        assert_eq!((low.health(), low.paper_low()), (Health::Ready, true));
    }

    #[test]
    fn automatic_status_says_the_same() {
        for (bytes, health) in [
            ([0x10, 0, 0, 0], Health::Ready),
            ([0x18, 0, 0x0C, 0], Health::PaperOut),
            ([0x38, 0, 0, 0], Health::CoverOpen),
            ([0x18, 0x08, 0, 0], Health::CutterError),
            ([0x18, 0x20, 0, 0], Health::Fault),
            ([0x18, 0x40, 0, 0], Health::Offline),
            ([0x18, 0, 0, 0], Health::Offline),
        ] {
            assert_eq!(Report::of_automatic(bytes).health(), health, "{bytes:02X?}");
        }
        assert!(Report::of_automatic([0x10, 0, 0x03, 0]).paper_low());
    }

    proptest! {
        #[test]
        fn any_bytes_cut_anywhere_are_read_alike(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            cuts in proptest::collection::vec(0usize..300, 0..20),
        ) {
            let whole = read(&bytes);
            let mut reader = StatusReader::default();
            let mut pieces = Vec::new();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            for pair in cuts.windows(2) {
                pieces.extend(reader.push(&bytes[pair[0]..pair[1]]));
            }
            prop_assert_eq!(whole, pieces);
        }

        #[test]
        fn an_echo_is_heard_after_any_noise_that_has_ended(
            noise in proptest::collection::vec(any::<u8>(), 0..50),
        ) {
            let mut reader = StatusReader::default();
            reader.push(&noise);
            // A zero ends any open block, and four more end an automatic status.
            reader.push(&[0; 5]);
            prop_assert_eq!(reader.push(b"\x37\x229999\0"), vec![StatusReply::Echo(*b"9999")]);
        }
    }
}
