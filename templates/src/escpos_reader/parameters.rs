//! What both families of commands share.

use super::command::Command;

/// What follows a lead byte: nothing complete yet, or a command (unknown without one) and its length behind the lead.
pub(super) type Parsed = Option<(Option<Command>, usize)>;

/// 0, 1 or their digits, which the reference allows in most switches.
pub(super) fn digit(n: u8) -> u8 {
    if n.is_ascii_digit() { n - b'0' } else { n }
}
