//! Where senders come in: a port, or the end of a serial cable.

use super::cable::Cable;
use super::door::Door;
use super::wire::{Flow, Wire};
use std::io;
use std::net::SocketAddr;

/// A printer has one of these.
#[derive(Debug)]
pub(crate) enum Inlet {
    /// One sender after the other connects.
    Port(Door),
    /// There is one sender for ever, until the cable is unplugged.
    Cable(Cable, Flow),
}

impl Inlet {
    /// The port; a cable has none.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Port(door) => Some(door.address()),
            Self::Cable(..) => None,
        }
    }

    /// Opens or shuts the port; plugs or unplugs the cable.
    pub(super) fn open(&mut self, open: bool) {
        match self {
            Self::Port(door) => door.open(open),
            Self::Cable(cable, _) => cable.plug(open),
        }
    }

    /// Who waits is reset.
    pub(super) fn reset_waiting(&mut self) {
        match self {
            Self::Port(door) => door.reset_waiting(),
            Self::Cable(..) => {}
        }
    }

    /// The next sender.
    pub(super) async fn accept(&mut self) -> io::Result<Wire> {
        match self {
            Self::Port(door) => Ok(Wire::tcp(door.accept().await?)),
            Self::Cable(cable, flow) => Ok(Wire::Serial(Box::new(cable.accept().await?), *flow)),
        }
    }

    /// Another sender while one is served; on a cable there is none.
    pub(super) async fn another(&mut self) -> io::Result<Wire> {
        match self {
            Self::Port(_) => self.accept().await,
            Self::Cable(..) => std::future::pending().await,
        }
    }
}
