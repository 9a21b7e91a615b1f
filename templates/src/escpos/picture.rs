//! Dots as commands, so that no printer finds another command in them.

use super::DLE;
use crate::bitmap::Bitmap;

/// Rows of one command; printers of little memory take no more, and the rest of the ticket follows sooner.
const BAND: u32 = 128;

/// `GS v 0`: prints a picture from the left edge, row by row.
pub(super) fn rows(dots: &Bitmap, out: &mut Vec<u8>) {
    for from in (0..dots.height()).step_by(BAND as usize) {
        let height = BAND.min(dots.height() - from);
        // White at the right need not be sent; a row must have a byte.
        let used = (from..from + height).map(|y| {
            let last = dots.row(y).iter().rposition(|byte| *byte != 0);
            last.map_or(1, |last| last + 1)
        });
        let width = used.max().unwrap_or(1);
        let [low, high] = u16::try_from(width).unwrap_or(u16::MAX).to_le_bytes();
        out.extend_from_slice(&[0x1d, b'v', b'0', 0, low, high, height as u8, 0]);
        let data = out.len();
        for y in from..from + height {
            out.extend_from_slice(&dots.row(y)[..width]);
        }
        disarm(&mut out[data..]);
    }
}

/// `ESC * 33`: columns of 24 dots, one band a line. `ESC 3 24` makes the lines touch.
pub(super) fn columns24(dots: &Bitmap, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x1b, b'3', 24]);
    columns(dots.width(), dots.height(), 24, out, |x, y| dots.get(x, y));
    out.extend_from_slice(&[0x1b, b'2']);
}

/// `ESC * 1`: columns of 8 pins. Pins are 72 an inch from top to bottom, so each stands for several rows of dots: of letters
/// it strikes where any of them is black, so that no thin stroke is lost; of `codes` where the middle one is, so that black
/// and white modules stay alike. `ESC 3 16` (of 144 an inch) makes the lines touch.
pub(super) fn columns8(dots: &Bitmap, dpi: u32, codes: bool, out: &mut Vec<u8>) {
    const PINS: u32 = 72;
    let row = |pin: u32| (pin * dpi / PINS).min(dots.height());
    out.extend_from_slice(&[0x1b, b'3', 16]);
    let height = (dots.height() * PINS).div_ceil(dpi.max(1));
    columns(dots.width(), height, 8, out, |x, pin| {
        if codes {
            dots.get(x, (2 * pin + 1) * dpi / (2 * PINS))
        } else {
            (row(pin)..row(pin + 1)).any(|y| dots.get(x, y))
        }
    });
    out.extend_from_slice(&[0x1b, b'2']);
}

fn columns(
    width: u32,
    height: u32,
    tall: u32,
    out: &mut Vec<u8>,
    black: impl Fn(u32, u32) -> bool,
) {
    let mode = if tall == 24 { 33 } else { 1 };
    for from in (0..height).step_by(tall as usize) {
        let rows = from..height.min(from + tall);
        let used = (0..width)
            .rev()
            .find(|x| rows.clone().any(|y| black(*x, y)));
        let mut used = used.map_or(0, |last| last + 1);
        if used > 0 {
            let mut data = Vec::with_capacity((used * tall / 8) as usize);
            for x in 0..used {
                for byte in 0..tall / 8 {
                    let bits = (0..8).map(|bit| {
                        let y = from + byte * 8 + bit;
                        if y < height && black(x, y) {
                            0x80_u8 >> bit
                        } else {
                            0
                        }
                    });
                    data.push(bits.sum());
                }
            }
            disarm(&mut data);
            if used % 256 == u32::from(DLE) {
                // The count of columns is not to look like the head of a real-time command either.
                used += 1;
                data.resize((used * tall / 8) as usize, 0);
            }
            let [low, high] = u16::try_from(used).unwrap_or(u16::MAX).to_le_bytes();
            out.extend_from_slice(&[0x1b, b'*', mode, low, high]);
            out.extend_from_slice(&data);
        }
        out.push(b'\n');
    }
}

/// Printers obey real-time commands even inside of a picture. The first byte of all of them is a single black dot; it
/// becomes two dots wide, which nobody sees, and neither bars nor QR modules ever are that narrow.
fn disarm(data: &mut [u8]) {
    for place in 1..data.len() {
        if data[place - 1] == DLE && matches!(data[place], 0x04 | 0x05 | 0x14) {
            data[place - 1] = 0x18;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::armed;
    use super::*;

    /// What a printer must not find, in every row and column, also across the ends of rows.
    fn trap() -> Bitmap {
        let mut dots = Bitmap::new(64, 300);
        let mut put = |column: u32, row: u32, byte: u8| {
            (0..8).for_each(|bit| dots.set(column * 8 + bit, row, byte & (0x80 >> bit) != 0));
        };
        for row in 0..300 {
            let second = [0x04, 0x05, 0x14][row as usize % 3];
            put(2, row, 0x10);
            put(3, row, second);
            // Across the end of a row.
            put(7, row, 0x10);
            put(0, row, second);
        }
        dots
    }

    #[test]
    fn no_picture_holds_a_real_time_command() {
        let mut sent = Vec::new();
        rows(&trap(), &mut sent);
        assert!(!armed(&sent));
        // The same dots with rows and columns changed.
        let mut turned = Bitmap::new(300, 64);
        for x in 0..300 {
            for y in 0..64 {
                turned.set(x, y, trap().get(y, x));
            }
        }
        for send in [columns24, |dots: &Bitmap, out: &mut Vec<u8>| {
            columns8(dots, 72, false, out)
        }] {
            let mut sent = Vec::new();
            send(&turned, &mut sent);
            assert!(!armed(&sent));
        }
    }

    #[test]
    fn no_count_of_columns_begins_a_real_time_command() {
        let mut dots = Bitmap::new(1100, 24);
        dots.fill(0, 0, 1040, 24, true);
        let mut sent = Vec::new();
        columns24(&dots, &mut sent);
        assert_eq!(&sent[..8], [0x1b, b'3', 24, 0x1b, b'*', 33, 0x11, 0x04]);
        assert!(!armed(&sent));
    }

    #[test]
    fn all_rows_arrive_and_white_at_the_right_does_not() {
        let mut dots = Bitmap::new(576, 200);
        dots.fill(0, 0, 20, 200, true);
        let mut sent = Vec::new();
        rows(&dots, &mut sent);
        assert_eq!(&sent[..8], [0x1d, b'v', b'0', 0, 3, 0, 128, 0]);
        assert_eq!(
            &sent[8 + 3 * 128..][..8],
            [0x1d, b'v', b'0', 0, 3, 0, 72, 0]
        );
        assert_eq!(sent.len(), 16 + 3 * 200);
    }

    #[test]
    fn a_pin_of_an_impact_printer_stands_for_the_rows_that_it_covers() {
        let mut dots = Bitmap::new(400, 20);
        dots.fill(1, 19, 1, 1, true);
        let mut sent = Vec::new();
        columns8(&dots, 160, false, &mut sent);
        // 20 rows of 160 an inch are 9 pins: two bands, the last row in the first pin of the second.
        assert_eq!(sent, b"\x1b3\x10\n\x1b*\x01\x02\x00\x00\x80\n\x1b2");
    }
}
