//! A TCP port that can be opened and closed (connections are refused) without losing its number.

use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Senders that may wait while one is served.
const BACKLOG: i32 = 16;

/// A port and its state.
#[derive(Debug)]
pub(crate) struct Port {
    address: SocketAddr,
    state: PortState,
}

#[derive(Debug)]
enum PortState {
    Open(TcpListener),
    /// Bound, which reserves the number, but not listening: the system refuses connections.
    Closed(Option<Socket>),
}

impl Port {
    /// Binds and listens; port 0 takes a free one. Needs a tokio runtime.
    pub(crate) fn new(address: SocketAddr) -> io::Result<Self> {
        let listener = listen(bind(address)?)?;
        Ok(Self {
            address: listener.local_addr()?,
            state: PortState::Open(listener),
        })
    }

    /// Its address, also while it is closed.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens or closes it. Closing resets the connections in the backlog.
    pub(crate) fn set_open(&mut self, open: bool) {
        match (&mut self.state, open) {
            (PortState::Open(_), true) | (PortState::Closed(_), false) => {}
            (PortState::Open(_), false) => {
                // The listener must be gone before the number can be bound again.
                self.state = PortState::Closed(None);
                match bind(self.address) {
                    Ok(socket) => self.state = PortState::Closed(Some(socket)),
                    Err(error) => {
                        tracing::warn!(address = %self.address, %error, "the port is shut, but not reserved")
                    }
                }
            }
            (PortState::Closed(socket), true) => {
                let socket = socket.take().map_or_else(|| bind(self.address), Ok);
                match socket.and_then(listen) {
                    Ok(listener) => self.state = PortState::Open(listener),
                    Err(error) => {
                        tracing::error!(address = %self.address, %error, "the port does not open again")
                    }
                }
            }
        }
    }

    /// Resets the connections in the backlog, as a power cut does; the port stays as open or closed as it was.
    pub(crate) fn reset_waiting(&mut self) {
        if let PortState::Open(_) = self.state {
            self.set_open(false);
            self.set_open(true);
        }
    }

    /// The next connection; pending while it is closed.
    pub(crate) async fn accept(&mut self) -> io::Result<TcpStream> {
        loop {
            match &self.state {
                PortState::Open(listener) => return Ok(listener.accept().await?.0),
                PortState::Closed(Some(_)) => std::future::pending().await,
                PortState::Closed(None) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    self.state = PortState::Closed(bind(self.address).ok());
                }
            }
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // On Unix this only means "although old connections of the port are not forgotten yet"; elsewhere it means more.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::from(address))?;
    Ok(socket)
}

fn listen(socket: Socket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Closes so that the other side gets a reset, and what it sent or waits for is lost.
pub(crate) fn reset(stream: TcpStream) {
    if let Err(error) = SockRef::from(&stream).set_linger(Some(Duration::ZERO)) {
        tracing::debug!(%error, "closed in order instead of reset");
    }
    drop(stream);
}
