//! Any bytes as what an ESC/POS printer says: split at each byte they are heard alike, none is lost on the way, and what
//! the reader keeps for later stays small.
#![no_main]

use libfuzzer_sys::fuzz_target;
use status::{Report, StatusReader, StatusReply};

// The file alone: the crate around it would bring its database along.
#[allow(dead_code)]
#[path = "../../printers/src/driver/status.rs"]
mod status;

/// The longest piece that the reader may keep while it waits for its end.
const KEPT: usize = 96;
/// Longer inputs are split at one place besides at all: each further one costs as much as the first.
const SHORT: usize = 64;

fuzz_target!(|bytes: &[u8]| {
    let whole = StatusReader::default().push(bytes);

    let mut reader = StatusReader::default();
    let mut single = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        single.extend(reader.push(std::slice::from_ref(byte)));
        let said: usize = single.iter().map(length).sum();
        let quiet = bytes[..=at].iter().filter(|byte| matches!(**byte, 0x11 | 0x13)).count();
        let kept = at + 1 - quiet - said;
        assert!(kept <= KEPT, "{kept} bytes are kept after {at}");
        if bytes.len() > SHORT && at > 2 * SHORT {
            // The sums above grow with each byte; the rest is heard at once.
            single.extend(reader.push(&bytes[at + 1..]));
            break;
        }
    }
    assert_eq!(whole, single, "byte by byte");

    let splits = if bytes.len() <= SHORT { 0..bytes.len() } else { 0..1 };
    for at in splits {
        let at = if bytes.len() <= SHORT { at } else { usize::from(bytes[0]) * bytes.len() / 256 };
        let mut halves = StatusReader::default();
        let mut again = halves.push(&bytes[..at]);
        again.extend(halves.push(&bytes[at..]));
        assert_eq!(whole, again, "split at {at}");
    }

    for heard in &whole {
        if let StatusReply::Automatic(four) = heard {
            let report = Report::of_automatic(*four);
            let _ = (report.health(), report.paper_low());
        }
    }
    let mut answers = [None; 4];
    for (answer, byte) in answers.iter_mut().zip(bytes) {
        *answer = (byte & 1 == 0).then_some(*byte);
    }
    let _ = Report::of_realtime(answers).health();
});

/// How many bytes were heard as this.
fn length(heard: &StatusReply) -> usize {
    match heard {
        StatusReply::Realtime(_) | StatusReply::Queued(_) | StatusReply::Noise(_) => 1,
        StatusReply::Automatic(_) => 4,
        StatusReply::Echo(_) => 7,
        StatusReply::PowerOn => 3,
        StatusReply::Info(text) => text.len() + 2,
    }
}
