//! Opens the local devices: USB, serial ports, device files.

use api::{job::NotPrinted, printer::Address};

use super::{Connector, Transport, serial, usb};
use crate::Timings;

/// Opens a device. No byte is sent.
///
/// # Errors
/// [`NotPrinted::Unreached`]; [`NotPrinted::Impossible`] for what is no device of this PC.
pub(super) async fn open(
    address: &Address,
    timings: &Timings,
) -> Result<(Box<dyn Transport>, Connector), NotPrinted> {
    match address {
        Address::Usb {
            vendor,
            product,
            serial,
        } => {
            let opened = usb::open(*vendor, *product, serial.as_deref(), timings.connect).await?;
            let connector = Connector {
                report: opened.report,
                learned: opened.learned,
                garbled: None,
            };
            Ok((opened.transport, connector))
        }
        Address::Serial {
            port,
            baud,
            flow,
            parity,
        } => {
            let connector = Connector {
                garbled: Some(format!(
                    "what answers at {port} cannot be understood; set its speed and parity as the printer's self-test says"
                )),
                ..Connector::default()
            };
            Ok((
                Box::new(serial::open(port, *baud, *flow, *parity)?),
                connector,
            ))
        }
        #[cfg(unix)]
        Address::File { path } => Ok((super::file::open(path)?, Connector::default())),
        #[cfg(not(unix))]
        Address::File { path } => Err(NotPrinted::Impossible {
            detail: format!(
                "this system has no device file {path}; write the address of the printer's queue, as spooler://NAME"
            ),
        }),
        Address::Tcp { .. } | Address::Ipp { .. } | Address::Spooler { .. } => {
            Err(NotPrinted::Impossible {
                detail: format!("{address} is no device of this PC"),
            })
        }
    }
}
