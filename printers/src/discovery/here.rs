//! What is plugged into this PC.

use std::path::Path;

use api::printer::{Address, BAUD, Flow, Parity};

use super::{
    Search, Tell,
    found::{Found, FoundBy, Identity, Speaks, plain},
};
use crate::driver::usb::{self, Plugged};

/// Lists USB printers, and serial ports under the names that stay the same when they are plugged in anew.
pub(super) async fn list(search: &Search, tell: &Tell) -> Vec<String> {
    if !search.this_pc {
        return Vec::new();
    }
    let printers = usb_printers(usb::list().await);
    for found in printers
        .into_iter()
        .chain(serial_ports(Path::new("/dev/serial/by-id")))
    {
        let key = format!("here {}", found.address);
        // Nobody hears it any more when the search was given up.
        drop(tell.send((key, Some(found))).await);
    }
    Vec::new()
}

/// The printers of a USB bus. One that cannot be read has none: it says nothing about those on the network.
fn usb_printers(plugged: Result<Vec<Plugged>, String>) -> Vec<Found> {
    let plugged = plugged.unwrap_or_else(|error| {
        tracing::debug!(%error, "no USB printer can be found");
        Vec::new()
    });
    let found = plugged.into_iter().map(|printer| Found {
        identity: Identity {
            serial: match &printer.address {
                Address::Usb { serial, .. } => serial.clone(),
                Address::Tcp { .. }
                | Address::Ipp { .. }
                | Address::Serial { .. }
                | Address::File { .. }
                | Address::Spooler { .. } => None,
            },
            ..Identity::default()
        },
        address: printer.address,
        others: Vec::new(),
        by: FoundBy::Usb,
        speaks: Speaks::Unknown,
        name: None,
        maker: printer.maker,
        model: printer.model,
    });
    found.collect()
}

/// The ports in a folder of links to them, which the system names by what is plugged in:
/// `usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0`. A system without such a folder has none.
fn serial_ports(folder: &Path) -> Vec<Found> {
    let Ok(links) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    links
        .flatten()
        .filter_map(|link| {
            let name = link.file_name().into_string().ok()?;
            let path = link.path().to_str()?.to_owned();
            let address = Address::Serial {
                port: path,
                baud: BAUD,
                flow: Flow::default(),
                parity: Parity::default(),
            };
            Some(Found {
                address,
                others: Vec::new(),
                by: FoundBy::Serial,
                speaks: Speaks::Unknown,
                name: plain(&adapter(&name)),
                maker: None,
                model: None,
                identity: Identity::default(),
            })
        })
        .collect()
}

/// The adapter's name in the name of its link.
fn adapter(link: &str) -> String {
    let name = link.strip_prefix("usb-").unwrap_or(link);
    let name = name.split_once("-if").map_or(name, |(name, _)| name);
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugged(address: &str) -> Plugged {
        Plugged {
            address: address.parse().unwrap(),
            maker: Some("EPSON".into()),
            model: Some("TM-T20II".into()),
        }
    }

    #[test]
    fn each_usb_printer_is_found_by_what_it_says_of_itself() {
        let bus = vec![
            plugged("usb://04b8:0e15/J7AB012345"),
            plugged("usb://04b8:0e15"),
        ];
        let found = usb_printers(Ok(bus));
        let said: Vec<_> = found
            .iter()
            .map(|found| {
                (
                    found.address.to_string(),
                    found.by,
                    found.model.as_deref(),
                    found.identity.serial.as_deref(),
                )
            })
            .collect();
        let model = Some("TM-T20II");
        assert_eq!(
            said,
            [
                (
                    "usb://04b8:0e15/J7AB012345".into(),
                    FoundBy::Usb,
                    model,
                    Some("J7AB012345")
                ),
                ("usb://04b8:0e15".into(), FoundBy::Usb, model, None),
            ]
        );
    }

    #[test]
    fn a_bus_that_is_empty_or_cannot_be_read_has_no_printers() {
        assert_eq!(usb_printers(Ok(Vec::new())), []);
        assert_eq!(usb_printers(Err("permission denied".into())), []);
    }

    #[test]
    fn a_serial_port_is_named_by_what_is_plugged_in() {
        let folder = tempfile::tempdir().unwrap();
        let link = "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0";
        std::fs::write(folder.path().join(link), "").unwrap();
        let found = serial_ports(folder.path());
        let names: Vec<_> = found.iter().map(|found| found.name.as_deref()).collect();
        assert_eq!(names, [Some("FTDI FT232R USB UART A50285BI")]);
        let address = found[0].address.to_string();
        assert!(address.contains(link), "{address}");
        assert_eq!(address.parse(), Ok(found[0].address.clone()));
    }

    #[test]
    fn a_pc_without_serial_ports_has_none() {
        assert_eq!(serial_ports(Path::new("/nowhere")), []);
    }
}
