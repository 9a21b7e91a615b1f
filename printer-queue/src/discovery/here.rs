//! What is plugged into this PC.

use std::path::Path;

use api::printer::{Address, BAUD, Flow, Parity};

use super::{
    Search, Tell,
    sighting::{Found, Identity, Speaks, Way, plain},
};

/// Lists serial ports under the names that stay the same when they are plugged in anew.
pub(super) async fn list(search: &Search, tell: &Tell) -> Vec<String> {
    if !search.this_pc {
        return Vec::new();
    }
    for found in serial_ports(Path::new("/dev/serial/by-id")) {
        let key = format!("serial {}", found.address);
        // Nobody hears it any more when the search was given up.
        drop(tell.send((key, Some(found))).await);
    }
    Vec::new()
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
                way: Way::Serial,
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
