//! The queues of this PC's CUPS, and which device each of them leads to, as far as its `device-uri` says so.
//!
//! Source: the manuals of CUPS' backends for the forms of `device-uri`.

use std::borrow::Cow;

use api::{job::NotPrinted, printer::Address};
use uuid::Uuid;

use super::{
    Search, Tell,
    found::{Found, FoundBy, Identity, Speaks, plain},
};
use crate::driver::{
    describe,
    ipp::cups::{self, Queue},
};

/// What CUPS calls the model of a queue that passes on bytes as they are.
const RAW: &str = "Local Raw Printer";

/// Asks for the queues. Windows has none of CUPS.
pub(super) async fn list(search: &Search, tell: &Tell) -> Vec<String> {
    if !search.this_pc || cfg!(windows) {
        return Vec::new();
    }
    match cups::queues(search.cups.as_deref(), search.time).await {
        Ok(queues) => {
            for found in queues.iter().map(to_found) {
                let key = format!("queue {}", found.address);
                // Nobody hears it any more when the search was given up.
                drop(tell.send((key, Some(found))).await);
            }
            Vec::new()
        }
        // Most PCs at a counter run none.
        Err(NotPrinted::Unreached { .. }) => Vec::new(),
        Err(why) => vec![format!(
            "the queues of this PC cannot be listed: {}",
            describe(&why)
        )],
    }
}

fn to_found(queue: &Queue) -> Found {
    let device = queue.device.as_deref().map(device).unwrap_or_default();
    let set_up_for = queue.model.as_deref().filter(|model| *model != RAW);
    let name = queue.info.as_deref().unwrap_or(&queue.name);
    Found {
        address: Address::Spooler {
            queue: queue.name.clone(),
        },
        others: device.address.into_iter().collect(),
        by: FoundBy::Queue,
        speaks: Speaks::Ipp,
        name: plain(name),
        maker: device.maker,
        model: device.model.or_else(|| set_up_for.and_then(plain)),
        identity: device.identity,
    }
}

/// The device behind a queue.
#[derive(Debug, Default, PartialEq, Eq)]
struct Device {
    /// Where it is on the network, when tickets could go there past the queue too.
    address: Option<Address>,
    maker: Option<String>,
    model: Option<String>,
    identity: Identity,
}

fn device(uri: &str) -> Device {
    let (place, options) = uri.split_once('?').unwrap_or((uri, ""));
    let option = |key: &str| {
        let mut pairs = options.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    match place.split_once("://") {
        Some(("socket" | "ipp" | "ipps", _)) => Device {
            address: place.parse().ok(),
            ..Device::default()
        },
        Some(("usb", named)) => {
            let (maker, model) = named.split_once('/').unwrap_or((named, ""));
            Device {
                address: None,
                maker: plain(&decoded(maker)),
                model: plain(&decoded(model)),
                identity: Identity {
                    serial: option("serial").and_then(|serial| plain(&decoded(serial))),
                    ..Identity::default()
                },
            }
        }
        Some(("dnssd", _)) => Device {
            identity: Identity {
                uuid: option("uuid").and_then(|uuid| Uuid::parse_str(uuid).ok()),
                ..Identity::default()
            },
            ..Device::default()
        },
        Some(_) | None => Device::default(),
    }
}

/// With `%20` as a space.
fn decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        sync::mpsc,
    };

    use super::*;

    fn queue(model: &str, device: Option<&str>) -> Queue {
        Queue {
            name: "Bar".into(),
            info: None,
            model: Some(model.into()),
            device: device.map(str::to_owned),
        }
    }

    #[test]
    fn a_queue_tells_the_device_that_it_leads_to() {
        let leads = |uri: &str| device(uri).address.map(|address| address.to_string());
        for (uri, address) in [
            (
                "socket://192.168.1.5:9100/?contimeout=3",
                Some("tcp://192.168.1.5:9100"),
            ),
            ("socket://192.168.1.5", Some("tcp://192.168.1.5:9100")),
            (
                "ipps://bar.local:443/ipp/print?waitjob=false",
                Some("ipps://bar.local:443/ipp/print"),
            ),
            ("lpd://192.168.1.5/queue", None),
            ("implicitclass://Bar/", None),
            ("hp:/net/Bar?ip=192.168.1.5", None),
            ("socket://", None),
            ("", None),
        ] {
            assert_eq!(leads(uri).as_deref(), address, "{uri}");
        }
        let plugged = device("usb://Star/TSP143%20(STR_T-001)?serial=2550%31&interface=1");
        assert_eq!(plugged.maker.as_deref(), Some("Star"));
        assert_eq!(plugged.model.as_deref(), Some("TSP143 (STR_T-001)"));
        assert_eq!(plugged.identity.serial.as_deref(), Some("25501"));
        let announced =
            device("dnssd://Bar%20m30._ipp._tcp.local/?uuid=4509a320-00a0-408f-8000-0026ab0a0b0c");
        assert!(announced.identity.uuid.is_some());
    }

    #[test]
    fn a_queue_is_named_for_people_and_knows_its_model_unless_it_passes_bytes_on() {
        let named = Queue {
            info: Some("Bar, by the window".into()),
            ..queue("EPSON TM-m30", Some("socket://192.168.1.5"))
        };
        let found = to_found(&named);
        assert_eq!(found.address.to_string(), "spooler://Bar");
        assert_eq!(found.name.as_deref(), Some("Bar, by the window"));
        assert_eq!(found.model.as_deref(), Some("EPSON TM-m30"));
        let raw = to_found(&queue(RAW, None));
        assert_eq!((raw.name.as_deref(), raw.model), (Some("Bar"), None));
        let plugged = to_found(&queue("Epson, driver 1.0", Some("usb://EPSON/TM-T20II")));
        assert_eq!(plugged.model.as_deref(), Some("TM-T20II"));
    }

    async fn listed(cups: String) -> (Vec<String>, Option<Found>) {
        let search = Search {
            time: Duration::from_secs(5),
            cups: Some(cups),
            ..Search::default()
        };
        let (tell, mut told) = mpsc::channel(64);
        let troubles = list(&search, &tell).await;
        drop(tell);
        (troubles, told.recv().await.and_then(|(_, found)| found))
    }

    #[tokio::test]
    async fn a_pc_whose_cups_does_not_run_has_no_queues_and_no_trouble() {
        let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let nobody = free.local_addr().unwrap().to_string();
        drop(free);
        assert_eq!(listed(nobody).await, (Vec::new(), None));
    }

    #[tokio::test]
    async fn what_answers_for_cups_and_is_none_is_told() {
        let other = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = other.local_addr().unwrap().to_string();
        let serves = tokio::spawn(async move {
            let (mut client, _) = other.accept().await.unwrap();
            let mut request = [0; 4_096];
            assert!(client.read(&mut request).await.unwrap() > 0);
            let answer =
                b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            client.write_all(answer).await.unwrap();
        });
        let (troubles, found) = listed(address).await;
        assert_eq!((troubles.len(), found), (1, None), "{troubles:?}");
        assert!(troubles[0].contains("queues of this PC"), "{troubles:?}");
        serves.await.unwrap();
    }
}
