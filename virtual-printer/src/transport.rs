//! The connection to a sender: TCP, a serial cable, or any other attached byte stream.

use crate::port;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How a printer on a serial cable holds its sender back while its buffer is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Flow {
    /// By a wire of the cable (DTR, RTS): no byte is lost.
    #[default]
    Hardware,
    /// By the bytes XOFF (13h) and XON (11h). What a sender sends that does not stop is lost.
    XonXoff,
    /// Not at all: what does not fit is lost.
    None,
}

/// Both directions of a stream of bytes.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// The printer's end of a connection.
pub(crate) enum Transport {
    /// A connection of the port.
    Tcp(TcpStream),
    /// A serial cable: it stays plugged while the printer is switched off and on.
    Serial(Box<dyn Duplex>, Flow),
    /// Like a USB cable: gone with the power.
    Stream(Box<dyn Duplex>),
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(stream) => stream.fmt(f),
            Self::Serial(_, flow) => write!(f, "Serial({flow:?})"),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl Transport {
    /// A connection of the port.
    pub(crate) fn tcp(stream: TcpStream) -> Self {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "answers may be late");
        }
        Self::Tcp(stream)
    }

    /// How the sender of a serial cable is held back; none on other wires.
    pub(crate) fn flow(&self) -> Option<Flow> {
        match self {
            Self::Serial(_, flow) => Some(*flow),
            Self::Tcp(_) | Self::Stream(_) => None,
        }
    }

    fn stream(&mut self) -> Pin<&mut dyn Duplex> {
        match self {
            Self::Tcp(stream) => Pin::new(stream),
            Self::Serial(stream, _) | Self::Stream(stream) => Pin::new(stream.as_mut()),
        }
    }

    /// Bytes into `buffer`; 0 at the end of the stream.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        ready!(self.stream().poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(self.stream().poll_write(cx, bytes))?;
        // A buffering stream must be flushed; sockets and ports have nothing to flush.
        let _ = self.stream().poll_flush(cx)?;
        Poll::Ready(Ok(written))
    }

    /// Aborts the connection: TCP by a reset, others by closing.
    pub(crate) fn reset(self) {
        match self {
            Self::Tcp(stream) => port::reset(stream),
            Self::Serial(..) | Self::Stream(_) => {}
        }
    }
}
