//! A printer as one source saw it, or as all of them together.

use api::printer::Address;
use uuid::Uuid;

/// A printer that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is best printed on.
    pub address: Address,
    /// Where else it can be.
    pub others: Vec<Address>,
    /// How it was found.
    pub by: FoundBy,
    /// What is spoken at the address, as far as the device said so.
    pub speaks: Speaks,
    /// What its owner calls it.
    pub name: Option<String>,
    /// Who made it.
    pub maker: Option<String>,
    /// What its maker calls it.
    pub model: Option<String>,
    /// What tells it from all others.
    pub identity: Identity,
}

/// How a printer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FoundBy {
    /// It announces itself (DNS-SD).
    DnsSd,
    /// It answered Epson's question.
    Epson,
    /// It answered Star's question.
    Star,
    /// It is plugged into this PC.
    Usb,
    /// A serial port of this PC; whether a printer is at it, nobody knows.
    Serial,
    /// A print queue of this PC's system.
    Queue,
    /// Something listens on port 9100; what it is, nobody knows.
    Scan,
}

/// What is spoken at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Speaks {
    /// ESC/POS.
    Escpos,
    /// IPP.
    Ipp,
    /// It did not say.
    Unknown,
    /// Its maker's own language alone, which we do not speak; many such printers can be set to ESC/POS.
    StarOnly,
}

/// What tells a device from all others, as far as it said so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// What it announces (`UUID` in DNS-SD, printer-uuid in IPP).
    pub uuid: Option<Uuid>,
    /// Its network card, as `aa:bb:cc:dd:ee:ff`.
    pub mac: Option<String>,
    /// Its number at its maker.
    pub serial: Option<String>,
}

impl Identity {
    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Identity::default()
    }
}

/// The longest text that a device may say of itself.
const LONGEST: usize = 64;

/// A text of a device, as it can be shown: in one line, without what turns the text around it. `None` when nothing is
/// left.
pub(super) fn plain(text: &str) -> Option<String> {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() && !turns(*c))
        .take(LONGEST)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A text that ends at its first zero byte.
pub(super) fn ascii(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    let text = &bytes[..end];
    let graphic = text.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
    if !graphic {
        return None;
    }
    plain(&String::from_utf8_lossy(text))
}

/// A network card's number; `None` for those that no card has.
pub(super) fn mac(bytes: [u8; 6]) -> Option<String> {
    let of_many = bytes[0] & 1 == 1;
    if of_many || bytes == [0; 6] {
        return None;
    }
    Some(bytes.map(|b| format!("{b:02x}")).join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_says_stays_in_its_line() {
        assert_eq!(plain(" Bar\n\u{202e}x "), Some("Barx".into()));
        assert_eq!(plain("\u{7}"), None);
        assert_eq!(plain(&"x".repeat(900)).map(|text| text.len()), Some(64));
        assert_eq!(ascii(b"TM-T20II\0rest"), Some("TM-T20II".into()));
        assert_eq!(ascii(b"\xff\xfe"), None);
    }

    #[test]
    fn a_card_that_is_every_card_tells_nothing_apart() {
        assert_eq!(mac([0; 6]), None);
        assert_eq!(mac([0xff; 6]), None);
        let real = [0x00, 0x26, 0xab, 1, 2, 3];
        assert_eq!(mac(real), Some("00:26:ab:01:02:03".into()));
    }
}
