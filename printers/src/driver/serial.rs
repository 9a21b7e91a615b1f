//! A serial line. Opened for us alone; what the printer says travels beside what it is sent.
//!
//! The system holds some kilobytes back and sends them at the speed of the line, or not at all while the printer says
//! stop, by its wires or by XOFF. Closing would then wait for half a minute, or drop what it holds: so the end of a
//! ticket is the moment at which nothing is held back any more (`TIOCOUTQ`, `ClearCommError`).

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use api::{
    job::NotPrinted,
    printer::{Flow, Parity},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_serial::{ClearBuffer, DataBits, FlowControl, SerialPort, SerialStream, StopBits};

use super::transport::{Device, DeviceStream, Rest, Unplugged, busy, forbidden, is_line, missing};

/// Between two looks whether all has been sent: ten bytes at 9600 baud.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Opens a line. No byte is sent.
///
/// # Errors
/// [`NotPrinted::Unreached`] when it is not there, in use, or not ours to use; [`NotPrinted::Impossible`] when it is no
/// serial line, or cannot be set so.
pub(super) fn open(
    port: &str,
    baud: u32,
    flow: Flow,
    parity: Parity,
) -> Result<DeviceStream<SerialTransport>, NotPrinted> {
    let settings = tokio_serial::new(port, baud)
        .data_bits(DataBits::Eight)
        .stop_bits(StopBits::One)
        .flow_control(match flow {
            Flow::Hardware => FlowControl::Hardware,
            Flow::Software => FlowControl::Software,
            Flow::None => FlowControl::None,
        })
        .parity(match parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        });
    let stream = SerialStream::open(&settings).map_err(|error| closed(port, baud, &error))?;
    Ok(DeviceStream::new(SerialTransport {
        stream,
        rest: Rest::default(),
    }))
}

/// A serial line that is open.
#[derive(Debug)]
pub(super) struct SerialTransport {
    stream: SerialStream,
    rest: Rest,
}

impl Device for SerialTransport {
    fn poll_hear(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer)).map_err(lost)?;
        if buffer.filled().len() == before {
            // A line has no end; this is how one reads that hung up.
            return Poll::Ready(Err(Unplugged::error("it hung up")));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_take(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream)
            .poll_write(cx, bytes)
            .map_err(lost)
    }

    fn poll_through(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.rest.poll_over(cx));
        match self.stream.bytes_to_write() {
            Ok(0) => Poll::Ready(Ok(())),
            Ok(_) => {
                self.rest.begin(cx, LOOK_AGAIN);
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(lost(error.into()))),
        }
    }
}

impl Drop for SerialTransport {
    /// What the printer would not take is thrown away; the system would wait for it with this thread.
    fn drop(&mut self) {
        if self.stream.bytes_to_write().is_ok_and(|held| held > 0)
            && let Err(error) = self.stream.clear(ClearBuffer::Output)
        {
            tracing::debug!(%error, "a serial line could not be emptied");
        }
    }
}

/// Nothing but the cable makes a line fail that is open.
fn lost(error: io::Error) -> io::Error {
    Unplugged::error(error)
}

fn closed(port: &str, baud: u32, error: &tokio_serial::Error) -> NotPrinted {
    use tokio_serial::ErrorKind;
    let unreached = |detail| NotPrinted::Unreached { detail };
    match error.kind {
        ErrorKind::Io(io::ErrorKind::NotFound) => unreached(missing(port)),
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => unreached(forbidden(port)),
        // Windows says so of a port that is not there, Linux of one that is locked.
        ErrorKind::NoDevice if cfg!(windows) => unreached(missing(port)),
        ErrorKind::NoDevice => unreached(busy(port)),
        ErrorKind::InvalidInput => NotPrinted::Impossible {
            detail: format!(
                "{port} cannot be set to {baud} baud ({error}); write the speed that is printed on the printer's self-test"
            ),
        },
        ErrorKind::Unknown if !is_line(port) => NotPrinted::Impossible {
            detail: format!("{port} is no serial line; write its address as file://{port}"),
        },
        ErrorKind::Unknown | ErrorKind::Io(_) => unreached(format!("{port}: {error}")),
    }
}
