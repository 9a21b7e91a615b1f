//! What a printer announces, as an address that can be printed on. Pure.

use std::{collections::BTreeMap, net::IpAddr};

use api::printer::Address;
use uuid::Uuid;

use crate::discovery::found::{Found, FoundBy, Identity, Speaks, plain};

/// A kind of service that printers announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ipps,
    Ipp,
    /// Port 9100.
    Raw,
    /// LPD (RFC 1179), which is not spoken here.
    Lpd,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::Ipps, Kind::Ipp, Kind::Raw, Kind::Lpd];

    pub(super) fn service(self) -> &'static str {
        match self {
            Kind::Ipps => "_ipps._tcp.local.",
            Kind::Ipp => "_ipp._tcp.local.",
            Kind::Raw => "_pdl-datastream._tcp.local.",
            Kind::Lpd => "_printer._tcp.local.",
        }
    }
}

/// An announcement as it came.
#[derive(Debug, Clone)]
pub(super) struct Advert {
    pub kind: Kind,
    /// What its owner calls it.
    pub name: String,
    pub port: u16,
    /// IP addresses, IPv6 of the link with their scope.
    pub hosts: Vec<String>,
    /// Its TXT record; keys in small letters.
    pub keys: BTreeMap<String, String>,
}

/// Formats that we make for printers which take pages.
const PAGES: [&str; 4] = [
    "image/pwg-raster",
    "image/urf",
    "application/pdf",
    "image/jpeg",
];

/// What can be printed on; `None` for what cannot: another service in the place of the one that is not offered (port 0),
/// a page printer's raw port, LPD, formats that we do not make.
pub(super) fn to_found(advert: &Advert) -> Option<Found> {
    if advert.port == 0 {
        return None;
    }
    let key = |key: &str| advert.keys.get(key).map(String::as_str);
    let formats = key("pdl").map(|pdl| pdl.to_ascii_lowercase());
    let host = best_host(&advert.hosts)?;
    let port = advert.port;
    let (address, speaks) = match advert.kind {
        Kind::Ipps | Kind::Ipp => {
            if formats.is_some_and(|formats| !PAGES.iter().any(|page| formats.contains(page))) {
                return None;
            }
            let tls = advert.kind == Kind::Ipps;
            let path = format!(
                "/{}",
                key("rp").unwrap_or("ipp/print").trim_start_matches('/')
            );
            let address = Address::Ipp {
                tls,
                host,
                port,
                path,
            };
            (address, Speaks::Ipp)
        }
        Kind::Raw => (
            Address::Tcp { host, port },
            raw_language(formats.as_deref())?,
        ),
        Kind::Lpd => return None,
    };
    // What could not be written down in the settings is no address.
    if address.to_string().parse().as_ref() != Ok(&address) {
        return None;
    }
    let product = key("product").map(|product| product.trim_matches(['(', ')']));
    let model = key("usb_mdl").or(product).or(key("ty"));
    let maker = key("usb_mfg").or(key("mfg"));
    Some(Found {
        address,
        others: Vec::new(),
        by: FoundBy::DnsSd,
        speaks,
        name: plain(&advert.name),
        maker: maker.and_then(plain),
        model: model.and_then(plain),
        identity: Identity {
            uuid: key("uuid")
                .and_then(|uuid| Uuid::try_parse(uuid.trim_start_matches("urn:uuid:")).ok())
                .filter(|uuid| !uuid.is_nil() && !uuid.is_max()),
            ..Identity::default()
        },
    })
}

/// A raw port that names page languages alone would print a receipt's bytes as page after page of signs.
fn raw_language(formats: Option<&str>) -> Option<Speaks> {
    let Some(formats) = formats else {
        return Some(Speaks::Unknown);
    };
    if formats.contains("escpos") || formats.contains("esc/pos") {
        return Some(Speaks::Escpos);
    }
    let pages = ["postscript", "pcl", "pdf", "pwg-raster", "urf", "pjl"];
    (!pages.iter().any(|page| formats.contains(page))).then_some(Speaks::Unknown)
}

/// IPv4 before IPv6, and what is valid everywhere before what is valid on one link; the same one every time.
fn best_host(hosts: &[String]) -> Option<String> {
    let rank = |host: &str| {
        let bare = host.split_once('%').map_or(host, |(bare, _)| bare);
        Some(match bare.parse().ok()? {
            IpAddr::V4(v4) if v4.is_link_local() => 2,
            IpAddr::V4(_) => 0,
            IpAddr::V6(v6) if v6.is_unicast_link_local() => 3,
            IpAddr::V6(_) => 1,
        })
    };
    hosts
        .iter()
        .filter_map(|host| Some((rank(host)?, host)))
        .min()
        .map(|(_, host)| host.clone())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn advert(kind: Kind, port: u16, keys: &[(&str, &str)]) -> Advert {
        Advert {
            kind,
            name: "Bar printer".into(),
            port,
            hosts: vec!["fe80::1%eth0".into(), "192.168.1.50".into()],
            keys: keys
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    const UUID: &str = "cfe92100-67c4-41d4-a45f-f8d027761251";

    #[test]
    fn an_announced_printer_has_an_address_a_model_and_an_identity() {
        let keys = [
            ("rp", "ipp/print"),
            ("uuid", UUID),
            ("ty", "EPSON TM-m30III"),
            ("usb_mdl", "TM-m30III"),
            ("usb_mfg", "EPSON"),
            ("pdl", "application/octet-stream,image/pwg-raster,image/urf"),
            ("tls", "1.2"),
        ];
        let found = to_found(&advert(Kind::Ipps, 631, &keys)).unwrap();
        assert_eq!(
            found.address.to_string(),
            "ipps://192.168.1.50:631/ipp/print"
        );
        assert_eq!(found.model.as_deref(), Some("TM-m30III"));
        assert_eq!(found.maker.as_deref(), Some("EPSON"));
        assert_eq!(found.identity.uuid, UUID.parse().ok());
        assert_eq!(found.name.as_deref(), Some("Bar printer"));
    }

    #[test]
    fn a_service_at_port_0_is_not_there() {
        assert_eq!(to_found(&advert(Kind::Raw, 0, &[])), None);
    }

    #[test]
    fn a_page_printer_is_never_offered_by_its_raw_port() {
        let pages = [("pdl", "application/postscript,application/vnd.hp-PCL")];
        assert_eq!(to_found(&advert(Kind::Raw, 9100, &pages)), None);
        let receipts = [("pdl", "application/vnd.epson.escpos")];
        let found = to_found(&advert(Kind::Raw, 9100, &receipts)).unwrap();
        assert_eq!(found.speaks, Speaks::Escpos);
        let found = to_found(&advert(Kind::Raw, 9100, &[])).unwrap();
        assert_eq!(
            (found.speaks, found.address.to_string().as_str()),
            (Speaks::Unknown, "tcp://192.168.1.50:9100")
        );
    }

    #[test]
    fn a_queue_that_takes_no_format_of_ours_is_not_offered() {
        let raw = [("rp", "printers/raw"), ("pdl", "application/vnd.cups-raw")];
        assert_eq!(to_found(&advert(Kind::Ipp, 631, &raw)), None);
    }

    #[test]
    fn a_printer_that_names_no_path_is_asked_at_the_usual_one() {
        let found = to_found(&advert(Kind::Ipp, 8631, &[])).unwrap();
        assert_eq!(
            found.address.to_string(),
            "ipp://192.168.1.50:8631/ipp/print"
        );
        assert_eq!(found.identity.uuid, None);
    }

    #[test]
    fn an_address_of_the_link_alone_is_the_last_choice() {
        let hosts =
            |hosts: &[&str]| best_host(&hosts.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            hosts(&["fe80::1%eth0", "2001:db8::1"]),
            Some("2001:db8::1".into())
        );
        assert_eq!(
            hosts(&["fe80::1%eth0", "169.254.1.1"]),
            Some("169.254.1.1".into())
        );
        assert_eq!(hosts(&["nonsense"]), None);
    }

    proptest! {
        #[test]
        fn whatever_is_announced_the_address_can_be_kept_and_the_texts_shown(
            which in 0usize..4,
            name in any::<String>(),
            port in any::<u16>(),
            hosts in prop::collection::vec(prop_oneof![any::<String>(), Just("::1".to_owned()), Just("10.0.0.1".to_owned())], 0..4),
            keys in prop::collection::btree_map("rp|uuid|ty|pdl|product|usb_mdl", any::<String>(), 0..6),
        ) {
            let advert = Advert { kind: Kind::ALL[which], name, port, hosts, keys };
            if let Some(found) = to_found(&advert) {
                let read = found.address.to_string().parse();
                prop_assert_eq!(read, Ok(found.address.clone()));
                for text in [&found.name, &found.maker, &found.model].into_iter().flatten() {
                    prop_assert!(!text.contains(char::is_control) && text.chars().count() <= 64);
                }
            }
        }
    }
}
