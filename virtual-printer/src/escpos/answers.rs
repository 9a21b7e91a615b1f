//! Effects of the device, and its answers: as the reference defines them, or changed by faults.

use crate::faults::Faults;
use crate::paper::Printed;

/// What the printer task must do for the device.
#[derive(Debug)]
pub(super) enum Effect {
    /// Bytes for the sender.
    Answer(Vec<u8>),
    /// Bytes for the sender that say "printed".
    Confirm(Vec<u8>),
    /// A paper came out.
    Printed(Box<Printed>),
    /// The last line of the roll was used.
    PaperRanOut,
    /// The power-off command was received.
    PowerOff,
    /// A recovery command cleared a cutter error.
    Recovered,
}

/// Starts like no known answer, then like a block without an end.
const GARBAGE: &[u8] = &[0xff, 0x00, 0xc1, 0x37, 0x41];

/// The echo of GS ( H function 48: `37 22 d1 d2 d3 d4 00`.
pub(super) fn confirmation(id: [u8; 4], faults: &Faults) -> Option<Effect> {
    if faults.no_confirmation {
        return None;
    }
    let id = match (faults.wrong_confirmation, &id) {
        (false, _) => id,
        (true, b"0000") => *b"!!!!",
        (true, _) => *b"0000",
    };
    let echo = [&[0x37, 0x22], id.as_slice(), &[0]].concat();
    Some(Effect::Confirm(apply_faults(echo, faults)))
}

/// The answer to DLE DC4 8: `37 25 00`.
pub(super) fn cleared(faults: &Faults) -> Effect {
    Effect::Answer(apply_faults(vec![0x37, 0x25, 0x00], faults))
}

/// The power-on notice.
pub(super) fn switched_on(faults: &Faults) -> Effect {
    Effect::Answer(apply_faults(vec![0x3b, 0x31, 0x00], faults))
}

/// Status bytes, asked for or not.
pub(super) fn status(bytes: &[u8], faults: &Faults) -> Option<Effect> {
    (!faults.no_status).then(|| Effect::Answer(apply_faults(bytes.to_vec(), faults)))
}

/// The identity that a printer reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub firmware: String,
    pub maker: String,
    pub model: String,
    pub serial_number: String,
}

/// The answer to GS I n: 1 to 3 are one byte (model, type with a cutter, firmware), texts are framed by `5F` and `00`.
pub(super) fn identity(n: u8, who: &Identity, faults: &Faults) -> Option<Effect> {
    let text = |text: &str| [&[0x5f], text.as_bytes(), &[0]].concat();
    let answer = match n {
        1 | b'1' => vec![0x20],
        2 | b'2' => vec![0x02],
        3 | b'3' => vec![0x01],
        65 => text(&who.firmware),
        66 => text(&who.maker),
        67 => text(&who.model),
        68 => text(&who.serial_number),
        69 => text(""),
        _ => return None,
    };
    status(&answer, faults)
}

fn apply_faults(answer: Vec<u8>, faults: &Faults) -> Vec<u8> {
    if faults.garbage_answers {
        GARBAGE.to_vec()
    } else {
        answer
    }
}
