//! The status bytes, bit by bit. Source: Epson's ESC/POS reference, DLE EOT, GS r and GS a.

use crate::faults::Faults;

/// Answer to DLE EOT n (1 to 4): always `0xx1xx10`.
pub(super) fn real_time(n: u8, faults: &Faults) -> u8 {
    const FIXED: u8 = 0b0001_0010;
    let bits = match n {
        1 => bit(2, faults.drawer_open) | bit(3, faults.is_offline()),
        2 => bit(2, faults.cover_open) | bit(5, faults.paper_out) | bit(6, faults.has_error()),
        3 => bit(3, faults.cutter_error) | bit(5, faults.unrecoverable_error),
        4 => paper(faults, 2, 5),
        _ => 0,
    };
    FIXED | bits
}

/// Answer to GS r n: 1 paper, 2 drawer (as numbers or digits).
pub(super) fn queued(n: u8, faults: &Faults) -> u8 {
    match n {
        1 | b'1' => paper(faults, 0, 2),
        2 | b'2' => bit(0, faults.drawer_open),
        _ => 0,
    }
}

/// The four bytes of the automatic status.
pub(super) fn automatic(faults: &Faults) -> [u8; 4] {
    let first = 0b0001_0000
        | bit(2, faults.drawer_open)
        | bit(3, faults.is_offline())
        | bit(5, faults.cover_open);
    let errors = bit(3, faults.cutter_error) | bit(5, faults.unrecoverable_error);
    [first, errors, paper(faults, 0, 2), 0]
}

/// Which bits of the automatic status count as a change under `GS a n`.
pub(super) fn watched(n: u8) -> [u8; 4] {
    let online = if n & 0x02 == 0 { 0 } else { 0b0010_1000 };
    let drawer = if n & 0x01 == 0 { 0 } else { 0b0000_0100 };
    let errors = if n & 0x04 == 0 { 0 } else { 0xff };
    let paper = if n & 0x08 == 0 { 0 } else { 0xff };
    [online | drawer, errors, paper, 0]
}

/// A roll at its end is near its end as well. Both sensors have two bits that always agree.
fn paper(faults: &Faults, near: u8, end: u8) -> u8 {
    let low = faults.near_end || faults.paper_out;
    bit(near, low)
        | bit(near + 1, low)
        | bit(end, faults.paper_out)
        | bit(end + 1, faults.paper_out)
}

fn bit(place: u8, on: bool) -> u8 {
    u8::from(on) << place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthy_printer_answers_with_the_fixed_bits_alone() {
        let healthy = Faults::default();
        assert_eq!([1, 2, 3, 4].map(|n| real_time(n, &healthy)), [0x12; 4]);
        assert_eq!(automatic(&healthy), [0x10, 0, 0, 0]);
        assert_eq!(queued(1, &healthy), 0);
    }

    #[test]
    fn paper_end_and_an_open_cover_stand_in_the_bits_of_the_reference() {
        let out = Faults {
            paper_out: true,
            ..Faults::default()
        };
        assert_eq!(
            [1, 2, 3, 4].map(|n| real_time(n, &out)),
            [0x1a, 0x32, 0x12, 0x7e]
        );
        assert_eq!(automatic(&out), [0x18, 0, 0x0f, 0]);
        let open = Faults {
            cover_open: true,
            ..Faults::default()
        };
        assert_eq!([1, 2, 4].map(|n| real_time(n, &open)), [0x1a, 0x16, 0x12]);
        assert_eq!(automatic(&open), [0x38, 0, 0, 0]);
        let low = Faults {
            near_end: true,
            ..Faults::default()
        };
        assert_eq!([1, 4].map(|n| real_time(n, &low)), [0x12, 0x1e]);
        assert_eq!(queued(1, &low), 0x03);
    }

    #[test]
    fn errors_and_the_drawer_stand_in_the_bits_of_the_reference() {
        let stuck = Faults {
            cutter_error: true,
            ..Faults::default()
        };
        assert_eq!(
            [1, 2, 3, 4].map(|n| real_time(n, &stuck)),
            [0x1a, 0x52, 0x1a, 0x12]
        );
        assert_eq!(automatic(&stuck), [0x18, 0x08, 0, 0]);
        let broken = Faults {
            unrecoverable_error: true,
            ..Faults::default()
        };
        assert_eq!([1, 2, 3].map(|n| real_time(n, &broken)), [0x1a, 0x52, 0x32]);
        assert_eq!(automatic(&broken), [0x18, 0x20, 0, 0]);
        let drawer = Faults {
            drawer_open: true,
            ..Faults::default()
        };
        assert_eq!([1, 2, 3].map(|n| real_time(n, &drawer)), [0x16, 0x12, 0x12]);
        assert_eq!(automatic(&drawer), [0x14, 0, 0, 0]);
        assert_eq!([2, b'2', 1].map(|n| queued(n, &drawer)), [1, 1, 0]);
    }
}
