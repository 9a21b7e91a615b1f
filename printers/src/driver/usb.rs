//! USB without a driver of the maker: printers are found by their class, claimed for us alone, and spoken to over their
//! bulk endpoints. The system's own driver (`usblp`) is let go while we are there and comes back afterwards.
//!
//! Source: USB Device Class Definition for Printing Devices 1.1.

mod face;
mod pump;
mod request;

use std::time::Duration;

use api::{
    job::NotPrinted,
    printer::{Address, Learned},
};
use futures_util::{Stream, StreamExt};
use nusb::{
    DeviceInfo, ErrorKind, Interface,
    hotplug::HotplugEvent,
    transfer::{Bulk, ControlIn, ControlType, In, Out, Recipient},
};
use tokio::time::timeout;

use super::{Transport, status::Report, transport::DeviceStream};
use face::Face;
use pump::{Pipes, Pump};

pub use request::DeviceId;

/// A printer that is plugged into this PC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugged {
    /// Where it is reached; with its serial number, where it has one.
    pub address: Address,
    /// Who made it, as it says.
    pub maker: Option<String>,
    /// What it is, as it says.
    pub model: Option<String>,
}

/// A printer that is open.
#[derive(Debug)]
pub(super) struct Opened {
    pub transport: Box<dyn Transport>,
    /// What its connector says of it; `None` when it says nothing, or nothing but that it is fine.
    pub report: Option<Report>,
    /// What its connector knows of it.
    pub learned: Learned,
}

/// The printers that are plugged in. None is opened.
///
/// # Errors
/// The technical text, when this PC does not say what is plugged in.
pub async fn list() -> Result<Vec<Plugged>, String> {
    let devices = devices()
        .await
        .map_err(|error| format!("this PC does not say which USB devices it has: {error}"))?;
    Ok(devices
        .iter()
        .filter(|device| is_printer(device))
        .map(plugged)
        .collect())
}

/// Everything that is plugged in. A PC without a USB bus has nothing.
async fn devices() -> Result<Vec<DeviceInfo>, nusb::Error> {
    match nusb::list_devices().await {
        Ok(devices) => Ok(devices.collect()),
        // The system's list of them is not there (ENOENT).
        Err(error) if error.os_error() == Some(2) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Each printer that is plugged in from now on. `None` when this PC does not tell; then they are found by asking.
pub fn arrivals() -> Option<impl Stream<Item = Plugged> + Send + Unpin> {
    let events = nusb::watch_devices()
        .inspect_err(
            |error| tracing::debug!(%error, "nobody tells when a USB printer is plugged in"),
        )
        .ok()?;
    Some(events.filter_map(|event| {
        std::future::ready(match event {
            HotplugEvent::Connected(device) => Some(plugged(&device)),
            HotplugEvent::Disconnected(_) => None,
        })
    }))
}

/// Whether a printer with this address is the one that stands at the other, perhaps without its serial number.
pub fn is_meant(plugged: &Address, written: &Address) -> bool {
    match (plugged, written) {
        (
            Address::Usb {
                vendor,
                product,
                serial,
            },
            Address::Usb {
                vendor: v,
                product: p,
                serial: s,
            },
        ) => (vendor, product) == (v, p) && (s.is_none() || serial == s),
        _ => false,
    }
}

/// Opens a printer and claims it. No byte is sent.
///
/// # Errors
/// [`NotPrinted::Unreached`] when it is not plugged in, in use, or not ours to use; [`NotPrinted::Impossible`] when it is
/// nothing that takes a printer's bytes.
pub(super) async fn open(
    vendor: u16,
    product: u16,
    serial: Option<&str>,
    limit: Duration,
) -> Result<Opened, NotPrinted> {
    let name = Address::Usb {
        vendor,
        product,
        serial: serial.map(str::to_owned),
    };
    timeout(limit, claim(&name, limit))
        .await
        .map_err(|_| NotPrinted::Unreached {
            detail: format!("{name} did not answer within {limit:?}; switch it off and on"),
        })?
}

async fn claim(name: &Address, limit: Duration) -> Result<Opened, NotPrinted> {
    let mut found = devices().await.map_err(|error| closed(name, &error))?;
    found.retain(|device| is_meant(&plugged(device).address, name));
    let found = one_of(found, name)?;
    let device = found.open().await.map_err(|error| closed(name, &error))?;
    let configuration = device
        .active_configuration()
        .map_err(|error| NotPrinted::Unreached {
            detail: format!("{name}: {error}; switch the printer off and on"),
        })?;
    let faces: Vec<Face> = configuration
        .interface_alt_settings()
        .map(|interface| Face::of(&interface))
        .collect();
    let face = face::choose(&faces).map_err(|why| NotPrinted::Impossible {
        detail: format!("{name} {why}"),
    })?;
    let interface = device
        .detach_and_claim_interface(face.number)
        .await
        .map_err(|error| closed(name, &error))?;
    if face.alternate != 0 {
        interface
            .set_alt_setting(face.alternate)
            .await
            .map_err(|error| closed(name, &error))?;
    }
    let (report, learned) = if face.is_printer() {
        (
            status_of(&interface, face, limit).await,
            id_of(&interface, face, limit).await,
        )
    } else {
        (None, Learned::default())
    };
    let to = interface
        .endpoint::<Bulk, Out>(face.out)
        .map_err(|error| closed(name, &error))?;
    let from = face
        .back
        .map(|back| interface.endpoint::<Bulk, In>(back))
        .transpose()
        .map_err(|error| closed(name, &error))?;
    Ok(Opened {
        transport: Box::new(DeviceStream::new(Pump::new(Pipes::new(to, from)))),
        report,
        learned,
    })
}

fn one_of(mut found: Vec<DeviceInfo>, name: &Address) -> Result<DeviceInfo, NotPrinted> {
    let unreached = |detail| Err(NotPrinted::Unreached { detail });
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => unreached(format!(
            "no USB device {name} is plugged into this PC; plug the printer in and switch it on"
        )),
        (Some(_), others) => unreached(format!(
            "{} devices {name} are plugged into this PC; add a serial number to the address, as in {name}/SERIAL",
            others + 1
        )),
    }
}

/// `GET_PORT_STATUS`. A printer that cannot tell says that it is fine.
async fn status_of(interface: &Interface, face: &Face, limit: Duration) -> Option<Report> {
    let asked = ask(1, u16::from(face.number), 1);
    let answer = interface.control_in(asked, limit).await.ok()?;
    request::port_status(*answer.first()?)
}

/// `GET_DEVICE_ID`.
async fn id_of(interface: &Interface, face: &Face, limit: Duration) -> Learned {
    let asked = ask(0, u16::from_be_bytes([face.number, face.alternate]), 1_023);
    match interface.control_in(asked, limit).await {
        Ok(answer) => DeviceId::read(&answer).learned(),
        Err(error) => {
            tracing::debug!(%error, "a USB printer does not say who it is");
            Learned::default()
        }
    }
}

/// A request of the printer class.
fn ask(request: u8, index: u16, length: u16) -> ControlIn {
    ControlIn {
        control_type: ControlType::Class,
        recipient: Recipient::Interface,
        request,
        value: 0,
        index,
        length,
    }
}

fn is_printer(device: &DeviceInfo) -> bool {
    device
        .interfaces()
        .any(|interface| (interface.class(), interface.subclass()) == face::PRINTER)
}

fn plugged(device: &DeviceInfo) -> Plugged {
    let text = |text: Option<&str>| request::plain(text.unwrap_or_default().as_bytes());
    Plugged {
        address: Address::Usb {
            vendor: device.vendor_id(),
            product: device.product_id(),
            serial: device
                .serial_number()
                .map(str::to_owned)
                .filter(|serial| !serial.is_empty()),
        },
        maker: text(device.manufacturer_string()),
        model: text(device.product_string()),
    }
}

fn closed(name: &Address, error: &nusb::Error) -> NotPrinted {
    let detail = match error.kind() {
        ErrorKind::Disconnected | ErrorKind::NotFound => {
            format!("{name} was unplugged; plug the printer in again")
        }
        ErrorKind::Busy => super::transport::busy(&name.to_string()),
        ErrorKind::PermissionDenied => format!(
            "this user may not use {name}; install 60-panbot-printers.rules in /etc/udev/rules.d, then plug the printer in again"
        ),
        ErrorKind::Unsupported if cfg!(windows) => {
            return NotPrinted::Impossible {
                detail: format!(
                    "Windows keeps {name} for its own driver; write the address of its queue instead, as spooler://NAME"
                ),
            };
        }
        ErrorKind::Unsupported | ErrorKind::Other => format!("{name}: {error}"),
        _ => format!("{name}: {error}"),
    };
    NotPrinted::Unreached { detail }
}

#[cfg(test)]
mod tests;
