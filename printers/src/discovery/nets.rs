//! The networks of this PC, and networks as people write them.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    str::FromStr,
};

/// Through which of this PC's networks printers are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interfaces {
    /// All but the one that stays inside this PC.
    #[default]
    All,
    /// Only the one that stays inside this PC (127.0.0.0/8): for tests, and where nothing shall leave it.
    Loopback,
    /// None.
    None,
}

/// No word for networks of this PC.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} says not where to look for printers; write all, loopback or none")]
pub struct InterfacesError(String);

impl FromStr for Interfaces {
    type Err = InterfacesError;

    fn from_str(word: &str) -> Result<Self, InterfacesError> {
        match word {
            "all" => Ok(Interfaces::All),
            "loopback" => Ok(Interfaces::Loopback),
            "none" => Ok(Interfaces::None),
            other => Err(InterfacesError(other.to_owned())),
        }
    }
}

/// An interface: the address of this PC in it, and where a question to all goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interface {
    pub address: Ipv4Addr,
    pub broadcast: Ipv4Addr,
    /// Leading bits that all of the network share.
    pub prefix: u8,
}

impl Interfaces {
    /// Those that there are now.
    ///
    /// # Errors
    /// The technical text, when the system does not say.
    pub(super) fn list(self) -> Result<Vec<Interface>, String> {
        match self {
            Interfaces::None => Ok(Vec::new()),
            Interfaces::Loopback => Ok(vec![Interface {
                address: Ipv4Addr::LOCALHOST,
                broadcast: Ipv4Addr::new(127, 255, 255, 255),
                prefix: 8,
            }]),
            Interfaces::All => {
                let all = if_addrs::get_if_addrs().map_err(|error| {
                    format!("the networks of this PC cannot be listed: {error}")
                })?;
                Ok(all
                    .into_iter()
                    .filter(|found| !found.is_loopback() && !found.is_p2p)
                    .filter_map(|found| match found.addr {
                        if_addrs::IfAddr::V4(v4) => Some(Interface {
                            address: v4.ip,
                            broadcast: v4.broadcast?,
                            prefix: v4.prefixlen,
                        }),
                        if_addrs::IfAddr::V6(_) => None,
                    })
                    .collect())
            }
        }
    }

    /// The networks around this PC, of 254 addresses at the most each: what a person means by "the network".
    ///
    /// # Errors
    /// The technical text, when the system does not say.
    pub fn nets(self) -> Result<Vec<Net>, String> {
        let mut nets: Vec<Net> = self
            .list()?
            .into_iter()
            .filter_map(|found| Net::around(found.address, found.prefix.max(WIDEST)))
            .collect();
        nets.sort_unstable();
        nets.dedup();
        Ok(nets)
    }
}

/// A network that may be knocked through: 256 addresses at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Net {
    first: u32,
    prefix: u8,
}

const WIDEST: u8 = 24;

/// Why a text is no network that may be knocked through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// No address, or no prefix.
    #[error("{0:?} is not a network; write it as 192.168.1.0/24")]
    Malformed(String),
    /// More than 256 addresses.
    #[error(
        "{0} is too large; search one network of 256 addresses at a time, such as 192.168.1.0/24"
    )]
    TooLarge(String),
}

impl Net {
    fn around(address: Ipv4Addr, prefix: u8) -> Option<Net> {
        let free = 32u8.checked_sub(prefix)?;
        let mask = u32::MAX.checked_shl(free.into()).unwrap_or(0);
        (prefix >= WIDEST).then(|| Net {
            first: address.to_bits() & mask,
            prefix,
        })
    }

    /// Its addresses, without the two that are nobody's.
    pub fn hosts(self) -> impl Iterator<Item = IpAddr> {
        let count = 1u32 << (32 - self.prefix);
        let edge = u32::from(self.prefix < 31);
        (edge..count - edge).map(move |n| IpAddr::V4(Ipv4Addr::from_bits(self.first + n)))
    }
}

impl FromStr for Net {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        let malformed = || NetError::Malformed(text.to_owned());
        let (address, prefix) = text.trim().split_once('/').ok_or_else(malformed)?;
        let address = address.parse().map_err(|_| malformed())?;
        let prefix: u8 = prefix.parse().map_err(|_| malformed())?;
        if prefix > 32 {
            return Err(malformed());
        }
        Net::around(address, prefix).ok_or_else(|| NetError::TooLarge(text.to_owned()))
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from_bits(self.first), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Net {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_is_knocked_through_from_its_first_to_its_last_host() {
        let hosts: Vec<_> = net("192.168.1.77/24").hosts().collect();
        assert_eq!(hosts.len(), 254);
        assert_eq!(hosts[0].to_string(), "192.168.1.1");
        assert_eq!(hosts[253].to_string(), "192.168.1.254");
        assert_eq!(net("192.168.1.77/24").to_string(), "192.168.1.0/24");
        assert_eq!(net("10.0.0.9/32").hosts().count(), 1);
        assert_eq!(net("10.0.0.8/31").hosts().count(), 2);
    }

    #[test]
    fn what_is_no_network_says_how_to_write_one() {
        for text in [
            "",
            "192.168.1.0",
            "192.168.1/24",
            "::1/64",
            "1.2.3.4/33",
            "x/24",
        ] {
            let error = text.parse::<Net>().unwrap_err();
            assert_eq!(error, NetError::Malformed(text.into()));
            assert!(error.to_string().contains("192.168.1.0/24"));
        }
        let large = "10.0.0.0/8".parse::<Net>().unwrap_err();
        assert_eq!(large, NetError::TooLarge("10.0.0.0/8".into()));
    }

    #[test]
    fn a_pc_without_networks_has_nothing_to_search() {
        assert_eq!(Interfaces::None.nets(), Ok(Vec::new()));
        assert_eq!(Interfaces::Loopback.nets(), Ok(vec![net("127.0.0.0/24")]));
    }
}
