//! What the connector of a USB printer says, whatever the printer itself is busy with. Pure.
//!
//! Source: USB Device Class Definition for Printing Devices 1.1, 4.2 (`GET_DEVICE_ID`, `GET_PORT_STATUS`); IEEE 1284-2000,
//! 7.6 (device ID).

use api::printer::{Health, Learned};

use crate::driver::status::Report;

/// What a printer says of itself before it is asked in its own language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceId {
    /// `MFG`, `MANUFACTURER`.
    pub maker: Option<String>,
    /// `MDL`, `MODEL`.
    pub model: Option<String>,
    /// `SN`, `SERN`, `SERIALNUMBER`.
    pub serial: Option<String>,
    /// `CMD`, `COMMAND SET`: the languages that it understands.
    pub commands: Vec<String>,
}

impl DeviceId {
    /// From an answer: two bytes of length, then `KEY:VALUE;` again and again. Whatever is no such pair is passed over.
    pub fn read(answer: &[u8]) -> DeviceId {
        let Some((&[high, low], text)) = answer.split_first_chunk() else {
            return DeviceId::default();
        };
        // The length counts itself. Some makers write it the wrong way round, some count without it; what came is then
        // the better measure.
        let said = usize::from(u16::from_be_bytes([high, low]));
        let text = match said.checked_sub(2) {
            Some(length) if length <= text.len() && length > 2 => &text[..length],
            _ => text,
        };
        let mut id = DeviceId::default();
        for pair in text.split(|byte| *byte == b';') {
            let Some(colon) = pair.iter().position(|byte| *byte == b':') else {
                continue;
            };
            let (key, value) = (pair[..colon].trim_ascii(), &pair[colon + 1..]);
            match key.to_ascii_uppercase().as_slice() {
                b"MFG" | b"MANUFACTURER" => id.maker = plain(value),
                b"MDL" | b"MODEL" => id.model = plain(value),
                b"SN" | b"SERN" | b"SERIALNUMBER" => id.serial = plain(value),
                b"CMD" | b"COMMAND SET" => {
                    id.commands = value
                        .split(|byte| *byte == b',')
                        .filter_map(plain)
                        .collect();
                }
                _ => {}
            }
        }
        id
    }

    /// As it is kept.
    pub fn learned(self) -> Learned {
        Learned {
            maker: self.maker,
            model: self.model,
            serial: self.serial,
            ..Learned::default()
        }
    }
}

/// What people can read of a device's text, short.
pub(super) fn plain(text: &[u8]) -> Option<String> {
    let text: String = text
        .iter()
        .copied()
        .map(char::from)
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .take(64)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// What the lines of the connector say: bit 5 paper empty, bit 4 selected, bit 3 no error. `None` when they say that all is
/// well, as they must where the printer cannot tell.
pub(super) fn port_status(byte: u8) -> Option<Report> {
    let health = if byte & 0x20 != 0 {
        Health::PaperOut
    } else if byte & 0x10 == 0 || byte & 0x08 == 0 {
        Health::Offline
    } else {
        return None;
    };
    Some(Report::saying(std::iter::once(health)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(text: &str) -> Vec<u8> {
        let length = u16::try_from(text.len() + 2).expect("short");
        [&length.to_be_bytes(), text.as_bytes()].concat()
    }

    #[test]
    fn a_device_says_who_it_is() {
        let id = DeviceId::read(&answer(
            "MFG:EPSON;CMD:ESC/POS,BDC;MDL:TM-T88V;CLS:PRINTER;DES:EPSON TM-T88V;SN:J7QK001234;",
        ));
        assert_eq!(
            id,
            DeviceId {
                maker: Some("EPSON".into()),
                model: Some("TM-T88V".into()),
                serial: Some("J7QK001234".into()),
                commands: vec!["ESC/POS".into(), "BDC".into()],
            }
        );
    }

    #[test]
    fn long_names_of_the_keys_and_spaces_are_read_too() {
        let id = DeviceId::read(&answer(
            " MANUFACTURER: Star ; Model:TSP143 ;COMMAND SET:StarGraphic;SERN:1",
        ));
        assert_eq!(id.maker.as_deref(), Some("Star"));
        assert_eq!(id.model.as_deref(), Some("TSP143"));
        assert_eq!(id.serial.as_deref(), Some("1"));
    }

    #[test]
    fn a_length_that_cannot_be_is_not_believed() {
        let text = b"MFG:X;MDL:Y;";
        for length in [[14, 0], [0, 0], [0, 1], [0xFF, 0xFF], [0, 2]] {
            let id = DeviceId::read(&[&length, text.as_slice()].concat());
            assert_eq!(id.maker.as_deref(), Some("X"), "{length:?}");
            assert_eq!(id.model.as_deref(), Some("Y"), "{length:?}");
        }
        // What stands behind the end of the text is not part of it.
        let id = DeviceId::read(&[&answer("MFG:X;"), b"MDL:left over;".as_slice()].concat());
        assert_eq!((id.maker.as_deref(), id.model), (Some("X"), None));
    }

    #[test]
    fn the_connector_says_what_has_to_be_done() {
        let health = |byte| port_status(byte).map(Report::health);
        assert_eq!(health(0x18), None);
        assert_eq!(health(0x38), Some(Health::PaperOut));
        assert_eq!(health(0x08), Some(Health::Offline));
        assert_eq!(health(0x10), Some(Health::Offline));
        assert_eq!(health(0x00), Some(Health::Offline));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..1_100)) {
            let id = DeviceId::read(&bytes);
            for text in [id.maker, id.model, id.serial].into_iter().flatten().chain(id.commands) {
                prop_assert!(!text.is_empty() && text.len() <= 64);
                prop_assert!(text.chars().all(|c| c.is_ascii_graphic() || c == ' '));
            }
        }

        #[test]
        fn what_a_maker_writes_is_read_whole(
            maker in "[A-Za-z0-9][A-Za-z0-9 ./-]{0,30}[A-Za-z0-9]",
            model in "[A-Za-z0-9][A-Za-z0-9 ./-]{0,30}[A-Za-z0-9]",
            serial in "[A-Za-z0-9]{1,20}",
            garbage in "[^;:]{0,20}",
        ) {
            let id = DeviceId::read(&answer(&format!("MFG:{maker};{garbage};MDL:{model};SN:{serial};")));
            prop_assert_eq!(id.maker, Some(maker));
            prop_assert_eq!(id.model, Some(model));
            prop_assert_eq!(id.serial, Some(serial));
        }
    }
}
