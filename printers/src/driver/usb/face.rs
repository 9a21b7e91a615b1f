//! The interfaces of a USB device, and the one that takes a printer's bytes. Pure.

use nusb::{
    descriptors::{InterfaceDescriptor, TransferType},
    transfer::Direction,
};

/// Class and subclass of printers.
pub(super) const PRINTER: (u8, u8) = (7, 1);
/// The printer class's protocol for IPP over USB, which is no stream of bytes.
const IPP_USB: u8 = 4;
/// Of vendors who have a protocol of their own.
const OWN: u8 = 0xFF;

/// One setting of one interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Face {
    pub number: u8,
    pub alternate: u8,
    pub class: (u8, u8),
    pub protocol: u8,
    /// The bulk endpoint that takes; 0, which none has, when there is none.
    pub out: u8,
    /// The bulk endpoint that speaks.
    pub back: Option<u8>,
}

impl Face {
    pub(super) fn of(interface: &InterfaceDescriptor<'_>) -> Face {
        let bulk = |direction| {
            interface
                .endpoints()
                .find(|endpoint| {
                    endpoint.transfer_type() == TransferType::Bulk
                        && endpoint.direction() == direction
                })
                .map(|endpoint| endpoint.address())
        };
        Face {
            number: interface.interface_number(),
            alternate: interface.alternate_setting(),
            class: (interface.class(), interface.subclass()),
            protocol: interface.protocol(),
            out: bulk(Direction::Out).unwrap_or_default(),
            back: bulk(Direction::In),
        }
    }

    pub(super) fn is_printer(&self) -> bool {
        self.class == PRINTER
    }
}

/// The printer class before what vendors have of their own, both ways before one.
pub(super) fn choose(faces: &[Face]) -> Result<&Face, &'static str> {
    let takes = |face: &&Face| face.out != 0;
    let printers = faces
        .iter()
        .filter(|face| face.is_printer() && face.protocol != IPP_USB)
        .filter(takes);
    let own = || {
        faces
            .iter()
            .filter(|face| face.class.0 == OWN)
            .filter(takes)
            .max_by_key(|face| face.back.is_some())
    };
    // Of two that are equal the first: its alternate setting is the one that is in force.
    if let Some(face) = printers
        .rev()
        .max_by_key(|face| (face.back.is_some(), face.protocol <= 2))
        .or_else(own)
    {
        return Ok(face);
    }
    if faces
        .iter()
        .any(|face| face.is_printer() && face.protocol == IPP_USB)
    {
        return Err(
            "speaks IPP over USB alone; install ipp-usb and print to the address that it gives, ipp://localhost:60000/ipp/print",
        );
    }
    Err("is no printer; choose another USB device")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(number: u8, class: (u8, u8), protocol: u8, out: u8, back: Option<u8>) -> Face {
        Face {
            number,
            alternate: 0,
            class,
            protocol,
            out,
            back,
        }
    }

    #[test]
    fn the_printer_that_speaks_is_chosen_before_the_one_that_only_takes() {
        let mute = face(0, PRINTER, 1, 1, None);
        let both = face(0, PRINTER, 2, 1, Some(0x82));
        let disk = face(1, (8, 6), 0x50, 3, Some(0x84));
        let faces = [mute.clone(), both.clone(), disk.clone()];
        assert_eq!(choose(&faces), Ok(&both));
        assert_eq!(choose(&[disk, mute.clone()]), Ok(&mute));
    }

    #[test]
    fn a_device_with_a_class_of_its_own_is_used_when_it_has_no_other() {
        let own = face(0, (OWN, 0), 0, 1, Some(0x81));
        let printer = face(1, PRINTER, 1, 2, None);
        assert_eq!(choose(&[own.clone(), printer.clone()]), Ok(&printer));
        assert_eq!(choose(std::slice::from_ref(&own)), Ok(&own));
    }

    #[test]
    fn what_takes_no_bytes_says_what_to_do() {
        let ipp = face(0, PRINTER, IPP_USB, 1, Some(0x81));
        let error = choose(&[ipp]).expect_err("it is no stream");
        assert!(error.contains("ipp-usb"), "{error}");
        let keyboard = face(0, (3, 1), 1, 0, None);
        assert!(choose(&[keyboard]).is_err());
        assert!(choose(&[]).is_err());
    }
}
