//! Star's discovery protocol, UDP 22222. Pure.
//!
//! Source: the manual of Star's IFBD-HE07/08 names it; question and answer are from programs of others, which took them
//! from a TSP100 with a network card: `STR_BCAST` in 16 bytes, a version in 8, and in the answer the short name of the
//! model at 36 (16 bytes), the network card at 78, the maker at 140, the command set at 172 and the model at 204 (64
//! bytes). No device was tried.

use std::net::IpAddr;

use api::printer::{Address, RAW_PORT};

use super::found::{Found, FoundBy, Identity, Speaks, ascii, mac};

/// Asks all who they are.
pub(super) const QUESTION: [u8; 28] = *b"STR_BCAST\0\0\0\0\0\0\0RQ1.0.0\0\0\x1cd1";

/// Reads an answer; `None` when it is none.
pub(super) fn answer(packet: &[u8], from: IpAddr) -> Option<Found> {
    if packet.get(..9)? != b"STR_BCAST" || packet.get(16..20)? != b"RS1." {
        return None;
    }
    let text = |at: usize, long: usize| {
        let rest = packet.get(at..).unwrap_or_default();
        ascii(&rest[..rest.len().min(long)])
    };
    let card = packet
        .get(78..84)
        .and_then(|card| <[u8; 6]>::try_from(card).ok())
        .and_then(mac);
    let language = text(172, 16).unwrap_or_default().to_ascii_uppercase();
    let model = text(204, 64).or_else(|| text(36, 16));
    Some(Found {
        address: Address::Tcp {
            host: from.to_string(),
            port: RAW_PORT,
        },
        others: Vec::new(),
        by: FoundBy::Star,
        speaks: if language.contains("ESC") {
            Speaks::Escpos
        } else if language.contains("STAR") {
            Speaks::StarOnly
        } else {
            Speaks::Unknown
        },
        name: None,
        maker: text(140, 16).or_else(|| Some("Star".into())),
        // "TSP143IIILAN (STR_T-001)": the second name is one of the network card's program.
        model: model.map(|model| {
            let (short, _) = model.split_once(" (").unwrap_or((&model, ""));
            short.to_owned()
        }),
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
    pub(in crate::discovery) fn says(card: [u8; 6], model: &str, language: &str) -> Vec<u8> {
        let mut packet = vec![0; 302];
        let mut put = |at: usize, bytes: &[u8]| packet[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"STR_BCAST");
        put(16, b"RS1.0.1");
        put(36, b"TSP100LAN");
        put(78, &card);
        put(140, b"Star");
        put(172, language.as_bytes());
        put(204, model.as_bytes());
        packet
    }

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_star_printer_says_its_model_its_card_and_its_language() {
        let packet = says([0, 0x11, 0x62, 1, 2, 3], "TSP143IIILAN (STR_T-001)", "STAR");
        let found = answer(&packet, HERE).unwrap();
        assert_eq!(found.model.as_deref(), Some("TSP143IIILAN"));
        assert_eq!(found.identity.mac.as_deref(), Some("00:11:62:01:02:03"));
        assert_eq!(found.speaks, Speaks::StarOnly);
        let emulating = answer(&says([2; 6], "TSP654", "ESC/POS"), HERE).unwrap();
        assert_eq!(emulating.speaks, Speaks::Escpos);
    }

    #[test]
    fn another_pc_that_asks_is_no_printer() {
        assert_eq!(answer(&QUESTION, HERE), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0usize..302) {
            let _ = answer(&bytes, HERE);
            let mut mixed = says([2; 6], "TSP", "STAR")[..cut].to_vec();
            mixed.extend(bytes);
            if let Some(found) = answer(&mixed, HERE) {
                prop_assert!(found.model.is_none_or(|model| model.len() <= 64 && !model.contains(char::is_control)));
            }
        }
    }
}
