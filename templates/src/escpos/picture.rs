//! Dots as `GS v 0`, so that no printer finds a command in them.

use crate::bitmap::Bitmap;

/// Rows of one command; printers of little memory take no more, and the rest of the ticket follows sooner.
const BAND: u32 = 128;

/// The commands that print a picture from the left edge.
pub(super) fn commands(dots: &Bitmap) -> Vec<u8> {
    let mut bytes = Vec::new();
    for from in (0..dots.height()).step_by(BAND as usize) {
        let band = dots.band(from, BAND);
        // White at the right need not be sent; a row must have a byte.
        let used = (0..band.height()).map(|y| {
            band.row(y)
                .iter()
                .rposition(|byte| *byte != 0)
                .map_or(1, |last| last + 1)
        });
        let width = used.max().unwrap_or(1);
        let mut data = Vec::with_capacity(width * band.height() as usize);
        for y in 0..band.height() {
            data.extend_from_slice(&band.row(y)[..width]);
        }
        disarm(&mut data);
        let [low, high] = u16::try_from(width).unwrap_or(u16::MAX).to_le_bytes();
        bytes.extend([0x1d, b'v', b'0', 0, low, high, band.height() as u8, 0]);
        bytes.extend(data);
    }
    bytes
}

/// Printers obey real-time commands even inside of a picture: `DLE EOT` asks for status, `DLE ENQ` clears the buffer,
/// `DLE DC4` opens the drawer or switches off. The first byte of all three is a single black dot; it becomes two dots wide,
/// which nobody sees, and neither bars nor QR modules ever are that narrow.
fn disarm(data: &mut [u8]) {
    const DLE: u8 = 0x10;
    for place in 1..data.len() {
        if data[place - 1] == DLE && matches!(data[place], 0x04 | 0x05 | 0x14) {
            data[place - 1] = 0x18;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_picture_holds_a_real_time_command() {
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
        let sent = commands(&dots);
        let armed = sent
            .windows(2)
            .find(|pair| pair[0] == 0x10 && matches!(pair[1], 0x04 | 0x05 | 0x14));
        assert_eq!(armed, None);
    }

    #[test]
    fn all_rows_arrive_and_white_at_the_right_does_not() {
        let mut dots = Bitmap::new(576, 200);
        dots.fill(0, 0, 20, 200, true);
        let sent = commands(&dots);
        assert_eq!(&sent[..8], [0x1d, b'v', b'0', 0, 3, 0, 128, 0]);
        assert_eq!(
            &sent[8 + 3 * 128..][..8],
            [0x1d, b'v', b'0', 0, 3, 0, 72, 0]
        );
        assert_eq!(sent.len(), 16 + 3 * 200);
    }
}
