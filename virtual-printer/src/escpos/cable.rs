//! A serial cable without hardware: a pseudo-terminal behind a symbolic link with a stable name.
//!
//! The cable stays plugged when a program closes its end, as a real one does.

use std::io;
use std::path::PathBuf;
#[cfg(unix)]
use tokio::io::{AsyncRead, AsyncWrite};

/// A symbolic link to the current pseudo-terminal.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Cable {
    link: PathBuf,
    plugged: bool,
    /// Created at start and not accepted yet.
    ready: Option<unix::PseudoTerminal>,
}

#[cfg(unix)]
impl Cable {
    /// Makes the device and its link. Needs a tokio runtime.
    pub(crate) fn new(link: PathBuf) -> io::Result<Self> {
        let ready = Some(unix::plug(&link)?);
        Ok(Self {
            link,
            plugged: true,
            ready,
        })
    }

    /// The printer's end: at once, except while it is unplugged.
    pub(super) async fn accept(
        &mut self,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + use<>> {
        if !self.plugged {
            std::future::pending::<()>().await;
        }
        match self.ready.take() {
            Some(terminal) => Ok(terminal),
            None => unix::plug(&self.link),
        }
    }

    /// Unplugged, nothing is found at the link.
    pub(super) fn plug(&mut self, plugged: bool) {
        if self.plugged && !plugged {
            self.ready = None;
            unix::remove(&self.link);
        }
        self.plugged = plugged;
    }
}

#[cfg(unix)]
impl Drop for Cable {
    fn drop(&mut self) {
        unix::remove(&self.link);
    }
}

/// Not available on this system.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) enum Cable {}

#[cfg(not(unix))]
impl Cable {
    pub(crate) fn new(_: PathBuf) -> io::Result<Self> {
        let message =
            "this system has no pseudo-terminals: plug a stream in from a program instead";
        Err(io::Error::new(io::ErrorKind::Unsupported, message))
    }

    pub(super) fn accept(&mut self) -> std::future::Ready<io::Result<tokio::io::DuplexStream>> {
        match *self {}
    }

    pub(super) fn plug(&mut self, _: bool) {
        match *self {}
    }
}

#[cfg(unix)]
mod unix {
    use rustix::fs::{Mode, OFlags};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::path::{Path, PathBuf};
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
    use tokio::net::unix::pipe::{Receiver, Sender};

    /// The printer's end of a pseudo-terminal.
    #[derive(Debug)]
    pub(crate) struct PseudoTerminal {
        reads: Receiver,
        writes: Sender,
        /// Kept open: without any program at the other end, the device would only report errors.
        _other_end: OwnedFd,
    }

    /// A new device, and the link pointing to it.
    pub(super) fn plug(link: &Path) -> io::Result<PseudoTerminal> {
        if link.symlink_metadata().is_ok() && !link.is_symlink() {
            let message = "there is something else with this name";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&ours)?;
        unlockpt(&ours)?;
        let device = ptsname(&ours, Vec::new())?;
        let other_end = rustix::fs::open(&*device, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
        let mut settings = tcgetattr(&other_end)?;
        settings.make_raw();
        tcsetattr(&other_end, OptionalActions::Now, &settings)?;
        rustix::io::ioctl_fionbio(&ours, true)?;
        let terminal = PseudoTerminal {
            reads: Receiver::from_file_unchecked(File::from(ours.try_clone()?))?,
            writes: Sender::from_file_unchecked(File::from(ours))?,
            _other_end: other_end,
        };
        // Replaced in one step: a program finds the old device or the new one.
        let mut new = link.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        remove(&new);
        rustix::fs::symlink(&*device, &new)?;
        std::fs::rename(&new, link)?;
        Ok(terminal)
    }

    /// Only a link is ever removed, so that a mistyped path costs no file.
    pub(super) fn remove(link: &Path) {
        if link.is_symlink()
            && let Err(error) = std::fs::remove_file(link)
        {
            tracing::warn!(link = %link.display(), %error, "the link of the serial cable stays");
        }
    }

    impl AsyncRead for PseudoTerminal {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.reads).poll_read(cx, buffer)
        }
    }

    impl AsyncWrite for PseudoTerminal {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.writes).poll_write(cx, bytes)
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
}
