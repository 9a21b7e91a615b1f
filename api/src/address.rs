//! Where a printer stands, as a URL.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// The port of raw printing when none is written.
pub const RAW_PORT: u16 = 9100;
/// The port of IPP, with TLS and without, when none is written (RFC 8010, RFC 7472).
pub const IPP_PORT: u16 = 631;
/// Bits a second on a serial line when none are written; what most receipt printers are delivered with.
pub const BAUD: u32 = 9_600;

/// Where a printer stands, written as a URL:
///
/// | kind | written |
/// |---|---|
/// | raw socket | `tcp://192.168.1.40:9100`, `tcp://[fe80::1]:9100` |
/// | IPP | `ipp://192.168.1.41:631/ipp/print`, with TLS `ipps://…` |
/// | USB | `usb://04b8:0202`, `usb://04b8:0202/SERIAL` |
/// | serial line | `serial:///dev/ttyUSB0?baud=38400&flow=hardware&parity=none`, `serial://COM3` |
/// | device file | `file:///dev/usb/lp0` |
/// | queue of the operating system | `spooler://Receipts` |
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "bindings", specta(type = String))]
#[serde(try_from = "String", into = "String")]
pub enum Address {
    /// A raw socket, port 9100 by custom.
    Tcp {
        /// A name or a literal; IPv6 without brackets.
        host: String,
        /// Never 0.
        port: u16,
    },
    /// A printer that speaks IPP.
    Ipp {
        /// `ipps`.
        tls: bool,
        /// A name or a literal; IPv6 without brackets.
        host: String,
        /// Never 0.
        port: u16,
        /// Begins with a slash.
        path: String,
    },
    /// A device of the USB printer class, or one that is known by its numbers, at this PC.
    Usb {
        /// Of its maker.
        vendor: u16,
        /// Of its model.
        product: u16,
        /// Where two of one model are plugged in.
        serial: Option<String>,
    },
    /// A serial line of this PC, 8 data bits, 1 stop bit.
    Serial {
        /// `/dev/ttyUSB0`, `COM3`.
        port: String,
        /// Bits a second, as the printer is set.
        baud: u32,
        /// As the printer is set.
        flow: Flow,
        /// As the printer is set.
        parity: Parity,
    },
    /// A file that takes a printer's bytes, such as `/dev/usb/lp0`.
    File {
        /// Absolute.
        path: String,
    },
    /// A queue of this PC's operating system.
    Spooler {
        /// Its name there.
        queue: String,
    },
}

/// How a printer on a serial line stops us when its buffer is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Flow {
    /// By wires: the printer's DTR crossed to our CTS.
    #[default]
    Hardware,
    /// By XON and XOFF.
    Software,
    /// Not at all: long tickets lose bytes.
    None,
}

/// The ninth bit of a serial line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Parity {
    /// There is none.
    #[default]
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

const FLOWS: [(Flow, &str); 3] = [
    (Flow::Hardware, "hardware"),
    (Flow::Software, "software"),
    (Flow::None, "none"),
];
const PARITIES: [(Parity, &str); 3] = [
    (Parity::None, "none"),
    (Parity::Even, "even"),
    (Parity::Odd, "odd"),
];

/// What stays as it is in names and paths.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/')
    .remove(b':');

/// Why a text is no address of a printer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was written.
    #[error("the address is empty; write it as tcp://192.168.1.40:9100")]
    Empty,
    /// A way that no printer is reached by.
    #[error(
        "{0}:// is not supported; write the address as tcp://192.168.1.40:9100, or with ipp, ipps, usb, serial, file or spooler in front"
    )]
    Scheme(String),
    /// No host, port 0, or something that is no URL at all.
    #[error("{text:?} is not an address; write it as {example}")]
    Malformed {
        /// What was written.
        text: String,
        /// One of its kind that is right.
        example: &'static str,
    },
}

impl Address {
    /// It means something on one PC alone, so it belongs to that PC and not to the settings that all share.
    pub fn is_of_this_pc(&self) -> bool {
        match self {
            Address::Tcp { .. } | Address::Ipp { .. } => false,
            Address::Usb { .. }
            | Address::Serial { .. }
            | Address::File { .. }
            | Address::Spooler { .. } => true,
        }
    }

    /// A network address at which a PC reaches itself: loopback, unspecified, or `localhost`, in any spelling that a
    /// resolver takes (`127.1`, `0x7f000001`). A name that a DNS server answers with such an address is not seen here.
    pub fn is_loopback(&self) -> bool {
        let host = match self {
            Address::Tcp { host, .. } | Address::Ipp { host, .. } => host,
            Address::Usb { .. }
            | Address::Serial { .. }
            | Address::File { .. }
            | Address::Spooler { .. } => return false,
        };
        let bare = host.split_once('%').map_or(host.as_str(), |(bare, _)| bare);
        let ip = match bare.parse::<Ipv6Addr>() {
            Ok(address) => address.to_canonical(),
            Err(_) => match url::Host::parse(bare) {
                Ok(url::Host::Ipv4(address)) => address.into(),
                Ok(url::Host::Domain(name)) => {
                    let name = name.trim_end_matches('.');
                    return name == "localhost" || name.ends_with(".localhost");
                }
                Ok(url::Host::Ipv6(_)) | Err(_) => return false,
            },
        };
        // The whole of 0.0.0.0/8 is "this host" (RFC 6890).
        ip.is_loopback()
            || ip.is_unspecified()
            || matches!(ip, IpAddr::V4(v4) if v4.octets()[0] == 0)
    }

    /// Whether it may stand in the settings that all counters share: it means the same printer on every PC.
    pub fn can_be_shared(&self) -> bool {
        !self.is_of_this_pc() && !self.is_loopback()
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Takes a URL and, since people type it so, `HOST[:PORT]` alone for a raw socket.
    fn from_str(s: &str) -> Result<Self, AddressError> {
        let text = s.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("tcp", text));
        let (read, example): (fn(&str) -> Option<Address>, _) =
            match scheme.to_ascii_lowercase().as_str() {
                "tcp" | "socket" => (tcp, "tcp://192.168.1.40:9100"),
                "ipp" => (|rest| ipp(rest, false), "ipp://192.168.1.41/ipp/print"),
                "ipps" => (|rest| ipp(rest, true), "ipps://192.168.1.41/ipp/print"),
                "usb" => (usb, "usb://04b8:0202"),
                "serial" => (serial, "serial:///dev/ttyUSB0?baud=38400"),
                "file" => (file, "file:///dev/usb/lp0"),
                "spooler" => (spooler, "spooler://Receipts"),
                other => return Err(AddressError::Scheme(other.to_owned())),
            };
        read(rest).ok_or_else(|| AddressError::Malformed {
            text: text.to_owned(),
            example,
        })
    }
}

fn tcp(rest: &str) -> Option<Address> {
    let (host, port) = host_and_port(rest.strip_suffix('/').unwrap_or(rest), RAW_PORT)?;
    Some(Address::Tcp { host, port })
}

fn ipp(rest: &str, tls: bool) -> Option<Address> {
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, "/ipp/print"),
    };
    let (host, port) = host_and_port(authority, IPP_PORT)?;
    let plain = path.bytes().all(|b| b.is_ascii_graphic());
    plain.then(|| Address::Ipp {
        tls,
        host,
        port,
        path: path.to_owned(),
    })
}

fn usb(rest: &str) -> Option<Address> {
    let (numbers, serial) = match rest.split_once('/') {
        Some((numbers, "")) => (numbers, None),
        Some((numbers, serial)) => (numbers, Some(decoded(serial)?)),
        None => (rest, None),
    };
    let (vendor, product) = numbers.split_once(':')?;
    let number = |digits: &str| {
        let plain = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        plain
            .then(|| u16::from_str_radix(digits, 16).ok())
            .flatten()
    };
    Some(Address::Usb {
        vendor: number(vendor)?,
        product: number(product)?,
        serial,
    })
}

fn serial(rest: &str) -> Option<Address> {
    let (port, settings) = rest.split_once('?').unwrap_or((rest, ""));
    let (mut baud, mut flow, mut parity) = (BAUD, Flow::default(), Parity::default());
    for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
        match setting.split_once('=')? {
            ("baud", value) => baud = value.parse().ok().filter(|baud| *baud > 0)?,
            ("flow", value) => flow = from_word(&FLOWS, value)?,
            ("parity", value) => parity = from_word(&PARITIES, value)?,
            _ => return None,
        }
    }
    Some(Address::Serial {
        port: decoded(port)?,
        baud,
        flow,
        parity,
    })
}

fn file(rest: &str) -> Option<Address> {
    let path = decoded(rest)?;
    path.starts_with('/').then_some(Address::File { path })
}

fn spooler(rest: &str) -> Option<Address> {
    decoded(rest).map(|queue| Address::Spooler { queue })
}

fn host_and_port(text: &str, custom: u16) -> Option<(String, u16)> {
    let (host, port) = if let Some(bracketed) = text.strip_prefix('[') {
        let (host, after) = bracketed.split_once(']')?;
        let bare = host.split_once('%').map_or(host, |(bare, _)| bare);
        bare.parse::<Ipv6Addr>().ok()?;
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return None,
        }
    } else if text.parse::<Ipv6Addr>().is_ok() {
        (text, None)
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let named = host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._:%".contains(&b));
    if host.is_empty() || host.len() > 253 || !named {
        return None;
    }
    let port = match port {
        Some(port) => port.parse().ok().filter(|&port| port != 0)?,
        None => custom,
    };
    Some((host.to_owned(), port))
}

fn decoded(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?;
    let plain = !text.is_empty() && text.len() <= 253 && !text.chars().any(char::is_control);
    plain.then(|| text.into_owned())
}

fn from_word<T: Copy>(words: &[(T, &str)], word: &str) -> Option<T> {
    words
        .iter()
        .find(|(_, known)| *known == word)
        .map(|(value, _)| *value)
}

fn word<T: PartialEq>(words: &[(T, &'static str)], value: T) -> &'static str {
    words
        .iter()
        .find(|(known, _)| *known == value)
        .map_or("none", |(_, word)| word)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |text| utf8_percent_encode(text, PLAIN);
        match self {
            Address::Tcp { host, port } => write!(f, "tcp://{}:{port}", Host(host)),
            Address::Ipp {
                tls,
                host,
                port,
                path,
            } => {
                let scheme = if *tls { "ipps" } else { "ipp" };
                write!(f, "{scheme}://{}:{port}{path}", Host(host))
            }
            Address::Usb {
                vendor,
                product,
                serial,
            } => {
                write!(f, "usb://{vendor:04x}:{product:04x}")?;
                match serial {
                    Some(serial) => write!(f, "/{}", escaped(serial)),
                    None => Ok(()),
                }
            }
            Address::Serial {
                port,
                baud,
                flow,
                parity,
            } => write!(
                f,
                "serial://{}?baud={baud}&flow={}&parity={}",
                escaped(port),
                word(&FLOWS, *flow),
                word(&PARITIES, *parity)
            ),
            Address::File { path } => write!(f, "file://{}", escaped(path)),
            Address::Spooler { queue } => write!(f, "spooler://{}", escaped(queue)),
        }
    }
}

/// A host as it stands in a URL.
struct Host<'a>(&'a str);

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains(':') {
            write!(f, "[{}]", self.0)
        } else {
            f.write_str(self.0)
        }
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;
    fn try_from(s: String) -> Result<Self, AddressError> {
        s.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_type_it() {
        for (text, said) in [
            ("192.168.1.40", "tcp://192.168.1.40:9100"),
            (" tcp://kitchen.local:9101/ ", "tcp://kitchen.local:9101"),
            ("socket://10.0.0.9", "tcp://10.0.0.9:9100"),
            ("tcp://[::1]:9100", "tcp://[::1]:9100"),
            ("::1", "tcp://[::1]:9100"),
            ("tcp://[fe80::1%eth0]", "tcp://[fe80::1%eth0]:9100"),
            ("ipp://bar.local", "ipp://bar.local:631/ipp/print"),
            ("IPPS://[::1]/printers/Bar", "ipps://[::1]:631/printers/Bar"),
            ("usb://04B8:0202", "usb://04b8:0202"),
            ("usb://04b8:0202/J7 1", "usb://04b8:0202/J7%201"),
            (
                "serial:///dev/ttyUSB0",
                "serial:///dev/ttyUSB0?baud=9600&flow=hardware&parity=none",
            ),
            (
                "serial://COM3?baud=38400&flow=software&parity=even",
                "serial://COM3?baud=38400&flow=software&parity=even",
            ),
            ("file:///dev/usb/lp0", "file:///dev/usb/lp0"),
            ("spooler://Küche 1", "spooler://K%C3%BCche%201"),
        ] {
            let address = text.parse::<Address>().expect(text);
            assert_eq!(address.to_string(), said, "{text}");
            assert_eq!(said.parse(), Ok(address), "{said}");
        }
    }

    #[test]
    fn what_is_no_address_says_how_to_write_one() {
        for (text, example) in [
            ("", "tcp://192.168.1.40:9100"),
            ("tcp://", "tcp://192.168.1.40:9100"),
            ("tcp://host:0", "tcp://192.168.1.40:9100"),
            ("tcp://host:99999", "tcp://192.168.1.40:9100"),
            ("tcp://a b", "tcp://192.168.1.40:9100"),
            ("http://host", "tcp://192.168.1.40:9100"),
            ("tcp://[x]", "tcp://192.168.1.40:9100"),
            ("tcp://h/x", "tcp://192.168.1.40:9100"),
            ("ipp:///ipp/print", "ipp://192.168.1.41/ipp/print"),
            ("ipps://h/a b", "ipps://192.168.1.41/ipp/print"),
            ("usb://Epson", "usb://04b8:0202"),
            ("usb://4b8:202", "usb://04b8:0202"),
            ("serial://", "serial:///dev/ttyUSB0"),
            ("serial://COM3?baud=0", "serial:///dev/ttyUSB0"),
            ("serial://COM3?speed=9600", "serial:///dev/ttyUSB0"),
            ("file://lp0", "file:///dev/usb/lp0"),
            ("spooler://", "spooler://Receipts"),
            ("spooler://a%0Ab", "spooler://Receipts"),
        ] {
            let error = text.parse::<Address>().expect_err(text).to_string();
            assert!(error.contains(example), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_plugged_into_a_pc_belongs_to_that_pc() {
        for (text, of_this_pc) in [
            ("tcp://h", false),
            ("ipps://h", false),
            ("usb://04b8:0202", true),
            ("serial://COM3", true),
            ("file:///dev/usb/lp0", true),
            ("spooler://Bar", true),
        ] {
            let address = text.parse::<Address>().expect(text);
            assert_eq!(address.is_of_this_pc(), of_this_pc, "{text}");
        }
    }

    #[test]
    fn an_address_by_which_a_pc_reaches_itself_is_known_in_every_spelling() {
        for text in [
            "127.0.0.1",
            "tcp://127.8.9.1:9101",
            "tcp://127.1",
            "tcp://0x7f.1",
            "tcp://2130706433",
            "tcp://017700000001",
            "tcp://0.0.0.0",
            "tcp://0",
            "tcp://localhost",
            "tcp://LocalHost.:9100",
            "tcp://printer.localhost",
            "tcp://[::1]",
            "tcp://[::1%lo]",
            "tcp://[::]",
            "tcp://[::ffff:127.0.0.1]:9100",
            "ipp://localhost/ipp/print",
            "ipps://127.0.0.1",
        ] {
            let address = text.parse::<Address>().expect(text);
            assert!(address.is_loopback() && !address.can_be_shared(), "{text}");
        }
        for (text, shared) in [
            ("192.168.1.40", true),
            ("tcp://128.0.0.1", true),
            ("tcp://kitchen.local", true),
            ("tcp://localhost.example", true),
            ("tcp://my_printer", true),
            ("tcp://[fe80::1%eth0]", true),
            ("ipp://bar.local", true),
            ("usb://04b8:0202", false),
            ("serial://COM3", false),
            ("file:///dev/usb/lp0", false),
            ("spooler://Bar", false),
        ] {
            let address = text.parse::<Address>().expect(text);
            assert!(!address.is_loopback(), "{text}");
            assert_eq!(address.can_be_shared(), shared, "{text}");
        }
    }
}
