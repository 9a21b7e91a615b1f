//! Epson's network protocol for finding printers (ENPC), UDP 3289. Pure.
//!
//! Source: Epson's guide to the UB-E02 interface, 4.7: a packet is `EPSON`, `Q` (a question) or `q` (an answer), device
//! type and number, then big-endian function at 8, result at 10 and length at 12, and data from 14. What the data of the
//! basic information are (the network card in the first six bytes, the model's name 42 bytes in) is from programs of
//! others; no device was tried.

use std::net::IpAddr;

use api::printer::{Address, RAW_PORT};

use super::found::{Found, FoundBy, Identity, Speaks, ascii, mac};

/// Asks all for their basic information.
pub(super) const QUESTION: [u8; 14] = *b"EPSONQ\x03\0\0\0\0\0\0\0";

const HEAD: usize = 14;
const NAME_AT: usize = 42;
const NAME_LONGEST: usize = 32;

/// Reads an answer; `None` when it is none, or one that says that there is no printer.
pub(super) fn answer(packet: &[u8], from: IpAddr) -> Option<Found> {
    let head = packet.get(..HEAD)?;
    if &head[..6] != b"EPSONq" {
        return None;
    }
    let word = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let (function, result, length) = (word(8), word(10), word(12));
    if (function, result) != (0, 0) {
        return None;
    }
    let data = &packet[HEAD..];
    let data = data.get(..usize::from(length)).unwrap_or(data);
    let card = data.first_chunk::<6>().copied().and_then(mac);
    let name = data.get(NAME_AT..).unwrap_or_default();
    let model = ascii(&name[..name.len().min(NAME_LONGEST)]);
    Some(Found {
        address: Address::Tcp {
            host: from.to_string(),
            port: RAW_PORT,
        },
        others: Vec::new(),
        by: FoundBy::Epson,
        speaks: Speaks::Escpos,
        name: None,
        maker: Some("EPSON".into()),
        model,
        identity: Identity {
            mac: card,
            ..Identity::default()
        },
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    /// As a device with this card answers.
    pub(in crate::discovery) fn says(card: [u8; 6], model: &str) -> Vec<u8> {
        let mut data = card.to_vec();
        data.resize(NAME_AT, 0);
        data.extend(model.bytes());
        data.resize(170, 0);
        let mut packet = b"EPSONq\x03\0\0\0\0\0".to_vec();
        packet.extend(170u16.to_be_bytes());
        packet.extend(data);
        packet
    }

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn an_epson_printer_says_its_model_and_its_card() {
        let found = answer(&says([0, 0x26, 0xab, 1, 2, 3], "TM-T88V"), HERE).unwrap();
        assert_eq!(found.address.to_string(), "tcp://127.0.0.1:9100");
        assert_eq!(found.model.as_deref(), Some("TM-T88V"));
        assert_eq!(found.identity.mac.as_deref(), Some("00:26:ab:01:02:03"));
    }

    #[test]
    fn the_question_itself_and_a_refusal_are_no_printers() {
        assert_eq!(answer(&QUESTION, HERE), None);
        let mut refusal = says([2; 6], "x");
        refusal[10..12].copy_from_slice(&[0xff, 0xfe]);
        assert_eq!(answer(&refusal, HERE), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0usize..200) {
            let _ = answer(&bytes, HERE);
            let whole = says([2, 1, 1, 1, 1, 1], "TM");
            let mut mixed = whole[..cut.min(whole.len())].to_vec();
            mixed.extend(bytes);
            if let Some(found) = answer(&mixed, HERE) {
                prop_assert!(found.model.is_none_or(|model| model.len() <= 64 && !model.contains(char::is_control)));
            }
        }
    }
}
