//! Local devices as byte streams. They have no orderly shutdown as sockets have, and a cable can be pulled.
//!
//! A device drops what it was handed when it is closed too early. So the end of stream is made here: after the write side
//! was shut down, the read side ends as soon as the last byte has left this PC. Once unplugged, every call fails.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// A device that takes bytes and may give some.
pub(super) trait Device: fmt::Debug + Send + Unpin {
    /// Some of what it says, at least one byte; `Pending` as long as there is none, for ever if it cannot speak.
    fn poll_hear(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>)
    -> Poll<io::Result<()>>;

    /// Hands it some bytes.
    fn poll_take(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Ready when none of what it was handed is still held back on this PC.
    fn poll_through(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// Nothing has this name.
pub(super) fn missing(path: &str) -> String {
    format!(
        "there is no {path} on this PC; plug the printer in and switch it on, or correct its address"
    )
}

/// Somebody else has it.
pub(super) fn busy(path: &str) -> String {
    format!("another program is using {path}; end it, and printing goes on by itself")
}

/// This user may not use it.
pub(super) fn forbidden(path: &str) -> String {
    match group_of(path) {
        Some(group) => format!(
            "this user may not use {path}; add the user to the group {group} (sudo usermod -aG {group} NAME), then log out and in again"
        ),
        None => format!("this user may not use {path}; ask whoever looks after this PC"),
    }
}

/// The name of the group whose members may use it.
#[cfg(unix)]
fn group_of(path: &str) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let gid = std::fs::metadata(path).ok()?.gid().to_string();
    // Being one of the administrator's own group is no advice.
    if gid == "0" {
        return None;
    }
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, id) = (fields.next()?, fields.next()?, fields.next()?);
        (id == gid).then(|| name.to_owned())
    })
}

#[cfg(not(unix))]
fn group_of(_: &str) -> Option<String> {
    None
}

/// Whether it is a terminal, which alone can be set to a speed; one that cannot be opened may be.
#[cfg(unix)]
pub(super) fn is_line(path: &str) -> bool {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(without_waiting())
        .open(path)
        .map_or(true, rustix::termios::isatty)
}

#[cfg(not(unix))]
pub(super) fn is_line(_: &str) -> bool {
    true
}

/// How a device is opened: never waiting for it, and never as our own terminal.
#[cfg(unix)]
pub(super) fn without_waiting() -> i32 {
    use rustix::fs::OFlags;
    (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed()
}

/// The device is not there any more.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unplugged(String);

impl Unplugged {
    /// As an error of a stream.
    pub(super) fn error(detail: impl fmt::Display) -> io::Error {
        let text = format!("the device is gone ({detail}); plug it in again");
        io::Error::new(io::ErrorKind::NotConnected, Unplugged(text))
    }

    /// Whether an error of a stream says so.
    pub(super) fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Unplugged>())
    }
}

/// A device as a stream with an end.
#[derive(Debug)]
pub(super) struct DeviceStream<D> {
    device: D,
    ending: bool,
}

impl<D> DeviceStream<D> {
    pub(super) fn new(device: D) -> Self {
        DeviceStream {
            device,
            ending: false,
        }
    }
}

impl<D: Device> AsyncRead for DeviceStream<D> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Poll::Ready(heard) = this.device.poll_hear(cx, buffer) {
            return Poll::Ready(heard);
        }
        if this.ending {
            // Nothing was put into the buffer: the end.
            return this.device.poll_through(cx);
        }
        Poll::Pending
    }
}

impl<D: Device> AsyncWrite for DeviceStream<D> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().device.poll_take(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().device.poll_through(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().ending = true;
        Poll::Ready(Ok(()))
    }
}

/// A short rest before a device that cannot wake us is asked again.
#[derive(Debug, Default)]
pub(super) struct Rest(Option<Pin<Box<Sleep>>>);

impl Rest {
    /// Ready when there is no rest, or when it is over.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(sleep) = &mut self.0 {
            ready!(sleep.as_mut().poll(cx));
            self.0 = None;
        }
        Poll::Ready(())
    }

    /// Begins one, and has the task woken when it is over.
    pub(super) fn begin(&mut self, cx: &mut Context<'_>, time: Duration) {
        self.0 = Some(Box::pin(sleep(time)));
        // A rest that was over already wakes by itself.
        if self.poll_over(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}
