//! The port: open (somebody listens) or shut (connections are refused) without ever losing its number.

use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Senders that may wait while one is served.
const BACKLOG: i32 = 16;

/// One port.
#[derive(Debug)]
pub(crate) struct Door {
    address: SocketAddr,
    state: Leaf,
}

#[derive(Debug)]
enum Leaf {
    Open(TcpListener),
    /// Bound, so that nobody else gets the number, but not listening: the system refuses.
    Shut(Option<Socket>),
}

impl Door {
    /// Binds and listens; port 0 takes a free one. Needs a tokio runtime.
    pub(crate) fn new(address: SocketAddr) -> io::Result<Self> {
        let listener = listen(bind(address)?)?;
        Ok(Self {
            address: listener.local_addr()?,
            state: Leaf::Open(listener),
        })
    }

    /// Where it is, also while it is shut.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens or shuts it. Shut, those who waited in the backlog are reset by the system.
    pub(crate) fn open(&mut self, open: bool) {
        match (&mut self.state, open) {
            (Leaf::Open(_), true) | (Leaf::Shut(_), false) => {}
            (Leaf::Open(_), false) => {
                // The listener must be gone before the number can be bound again.
                self.state = Leaf::Shut(None);
                match bind(self.address) {
                    Ok(socket) => self.state = Leaf::Shut(Some(socket)),
                    Err(error) => {
                        tracing::warn!(address = %self.address, %error, "the port is shut, but not reserved")
                    }
                }
            }
            (Leaf::Shut(socket), true) => {
                let socket = socket.take().map_or_else(|| bind(self.address), Ok);
                match socket.and_then(listen) {
                    Ok(listener) => self.state = Leaf::Open(listener),
                    Err(error) => {
                        tracing::error!(address = %self.address, %error, "the port does not open again")
                    }
                }
            }
        }
    }

    /// Everybody in the backlog is reset, as by a power cut; the door is as open or shut as before.
    pub(crate) fn reset_waiting(&mut self) {
        if let Leaf::Open(_) = self.state {
            self.open(false);
            self.open(true);
        }
    }

    /// The next sender; never while it is shut.
    pub(crate) async fn accept(&mut self) -> io::Result<TcpStream> {
        loop {
            match &self.state {
                Leaf::Open(listener) => return Ok(listener.accept().await?.0),
                Leaf::Shut(Some(_)) => std::future::pending().await,
                Leaf::Shut(None) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    self.state = Leaf::Shut(bind(self.address).ok());
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
