//! Raw commands of the template's owner: all but those that the pass does not allow, that a printer would answer, or that
//! would swallow what comes behind them.

use super::armed;
use crate::escpos_reader::{Command, Reader, RealTime};

/// What of the bytes may go out. Left out are: pulses of the drawer unless it `opens` in this pass; status requests and
/// confirmations, whose answers would be taken for those to our own; real-time commands, which clear the buffer or switch
/// off, and the permission for them; and a command that is broken off, which would take the next line for its own data.
/// What the reader does not know goes out: the owner knows the printer.
pub(super) fn harmless(bytes: &[u8], opens: bool) -> Vec<u8> {
    let mut kept = sifted(bytes, opens);
    // What was left out may have stood between the halves of something else.
    loop {
        let again = sifted(&kept, opens);
        if again.len() == kept.len() {
            return kept;
        }
        kept = again;
    }
}

fn sifted(bytes: &[u8], opens: bool) -> Vec<u8> {
    let mut reader = Reader::new();
    let mut reads = reader.push(bytes);
    reads.extend(reader.finish());
    // Real-time commands inside of another command's data are told apart from it, and take it with them.
    let inside: Vec<usize> = reads
        .iter()
        .filter(|read| obeyed_inside(&read.what))
        .map(|read| read.at)
        .collect();
    let mut kept = Vec::with_capacity(bytes.len());
    for read in &reads {
        let range = read.at..read.at + read.len;
        let trapped = inside.iter().any(|at| range.contains(at));
        let wanted = if let Command::RealTime { request, .. } = &read.what {
            opens && !obeyed_inside(&read.what) && matches!(request, RealTime::DrawerPulse { .. })
        } else {
            !trapped && allowed(&read.what, opens)
        };
        let sent = bytes.get(range).unwrap_or_default();
        // Real-time commands of kinds that no manual has, but some printer may.
        let known = matches!(read.what, Command::RealTime { .. });
        let meets = armed(&[kept.last(), sent.first()].map(|byte| byte.copied().unwrap_or(0)));
        if wanted && (known || !armed(sent) && !meets) {
            kept.extend(sent);
        }
    }
    kept
}

fn obeyed_inside(command: &Command) -> bool {
    matches!(
        command,
        Command::RealTime {
            inside_data: true,
            ..
        }
    )
}

fn allowed(command: &Command, opens: bool) -> bool {
    let drawer = matches!(command, Command::DrawerPulse { .. });
    let refused = matches!(
        command,
        Command::RealTimeAllowed(_)
            | Command::Status(_)
            | Command::AutomaticStatus(_)
            | Command::Identify(_)
            | Command::Confirm(_)
            | Command::Truncated(_)
    );
    !refused && (opens || !drawer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_owner_wrote_goes_out_as_it_is() {
        for bytes in [
            &b"\x1b3\x20"[..],
            b"\x1bE\x01VIP\x1bE\x00\n",
            b"\x1dv0\0\x01\0\x02\0\xff\x81",
            b"\x1b\xf1\x05",
        ] {
            assert_eq!(harmless(bytes, false), bytes, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_drawer_opens_only_where_the_pass_says_so() {
        for pulse in [&b"\x1bp\x00\x19\xfa"[..], b"\x10\x14\x01\x00\x05"] {
            let bytes = [b"a", pulse, b"b"].concat();
            assert_eq!(harmless(&bytes, false), b"ab");
            assert_eq!(harmless(&bytes, true), bytes);
        }
    }

    #[test]
    fn nothing_goes_out_that_is_answered_or_clears_or_switches_off() {
        for command in [
            &b"\x10\x04\x01"[..],
            b"\x10\x05\x02",
            b"\x10\x14\x02\x01\x08",
            b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
            b"\x1dr1",
            b"\x1da\x0f",
            b"\x1dIC",
            b"\x1d(H\x06\x00000042",
            b"\x1d(D\x03\x00\x14\x01\x01",
            b"\x1dv0\0\x01\0\x03\0\x10\x04\x01",
        ] {
            for opens in [false, true] {
                assert_eq!(
                    harmless(&[b"a", command, b"b"].concat(), opens),
                    b"ab",
                    "{}",
                    command.escape_ascii()
                );
            }
        }
    }

    #[test]
    fn a_real_time_command_of_no_known_kind_goes_out_neither() {
        for bytes in [
            &b"a\x10\x05\x03b"[..],
            b"a\x10\x04\xffb",
            b"a\x10\x14\xf0b",
            b"a\x1d(k\x05\0\x10\x05\x03\x10\x05b",
        ] {
            for opens in [false, true] {
                let kept = harmless(bytes, opens);
                assert!(!armed(&kept), "{}", kept.escape_ascii());
                assert!(kept.starts_with(b"a"), "{}", kept.escape_ascii());
            }
        }
    }

    #[test]
    fn a_command_that_breaks_off_does_not_swallow_the_ticket() {
        assert_eq!(harmless(b"ok\x1d(k\xff\x00", false), b"ok");
        assert_eq!(harmless(b"\x1b", false), b"");
    }

    #[test]
    fn two_halves_do_not_meet_when_what_stood_between_them_is_left_out() {
        let kept = harmless(b"\x10\x1bp\x00\x19\xfa\x14\x01\x00\x01", false);
        assert!(!armed(&kept), "{}", kept.escape_ascii());
    }
}
