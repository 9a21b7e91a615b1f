//! Accepts senders on a TCP port or a serial cable.

use super::cable::Cable;
use crate::port::Port;
use crate::transport::{Flow, Transport};
use std::io;
use std::net::SocketAddr;

/// Where a printer accepts senders.
#[derive(Debug)]
pub(crate) enum Listener {
    /// One sender after the other connects.
    Port(Port),
    /// One permanent sender, until the cable is unplugged.
    Cable(Cable, Flow),
}

impl Listener {
    /// The port; a cable has none.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Port(port) => Some(port.address()),
            Self::Cable(..) => None,
        }
    }

    /// Opens or shuts the port; plugs or unplugs the cable.
    pub(super) fn set_open(&mut self, open: bool) {
        match self {
            Self::Port(port) => port.set_open(open),
            Self::Cable(cable, _) => cable.plug(open),
        }
    }

    /// Resets the senders that wait in the backlog.
    pub(super) fn reset_waiting(&mut self) {
        match self {
            Self::Port(port) => port.reset_waiting(),
            Self::Cable(..) => {}
        }
    }

    /// The next sender.
    pub(super) async fn accept(&mut self) -> io::Result<Transport> {
        match self {
            Self::Port(port) => Ok(Transport::tcp(port.accept().await?)),
            Self::Cable(cable, flow) => {
                Ok(Transport::Serial(Box::new(cable.accept().await?), *flow))
            }
        }
    }

    /// Another sender while one is served; on a cable there is none.
    pub(super) async fn another(&mut self) -> io::Result<Transport> {
        match self {
            Self::Port(_) => self.accept().await,
            Self::Cable(..) => std::future::pending().await,
        }
    }
}
