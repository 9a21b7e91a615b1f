//! A device file, such as `/dev/usb/lp0`, or a pipe that a program reads. Opened without waiting, for both ways where the
//! device can speak; nothing is ever made, and no plain file is written.
//!
//! `usblp` (Linux, drivers/usb/class/usblp.c) drops what it still holds when it is closed, so the end of a ticket is the
//! moment at which it could take more. `lp` (drivers/char/lp.c) wakes nobody: it is asked again and again.

use std::{
    fs::{File, FileType, OpenOptions},
    io::{self, Read, Write},
    os::{
        fd::AsFd,
        unix::fs::{FileTypeExt, OpenOptionsExt},
    },
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use api::{
    job::NotPrinted,
    printer::{Flow, Parity},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec},
    io::Errno,
    termios::{ControlModes, InputModes},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::unix::pipe,
};

use super::{
    Transport, serial,
    transport::{Device, DeviceStream, Rest, Unplugged, busy, forbidden, missing, without_waiting},
};

/// Before a device that wakes nobody is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// Opens a device. No byte is sent.
///
/// # Errors
/// [`NotPrinted::Unreached`] when it is not there, in use, or not ours to use; [`NotPrinted::Impossible`] when it is no
/// device.
pub(super) fn open(path: &str) -> Result<Box<dyn Transport>, NotPrinted> {
    let meta = std::fs::metadata(path).map_err(|error| closed(path, &error))?;
    let (file, hears) = if meta.file_type().is_fifo() {
        // For both ways it would hear itself.
        (with(path, false), false)
    } else {
        no_device(path, meta.file_type())?;
        match with(path, true) {
            // Some devices only take.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                (with(path, false), false)
            }
            opened => (opened, true),
        }
    };
    let file = file.map_err(|error| closed(path, &error))?;
    let kind = file.metadata().map_err(|error| closed(path, &error))?;
    let is_pipe = kind.file_type().is_fifo();
    if !is_pipe {
        no_device(path, kind.file_type())?;
    }
    if rustix::termios::isatty(&file) {
        return line(path, file);
    }
    let readiness = Readiness::of(file, hears).map_err(|error| closed(path, &error))?;
    Ok(Box::new(DeviceStream::new(DeviceFile {
        readiness,
        is_pipe,
        quiet: Rest::default(),
        full: Rest::default(),
    })))
}

fn with(path: &str, hears: bool) -> io::Result<File> {
    OpenOptions::new()
        .read(hears)
        .write(true)
        .custom_flags(without_waiting())
        .open(path)
}

/// A serial line that was written as a file: used as one, set as the system has set it.
fn line(path: &str, file: File) -> Result<Box<dyn Transport>, NotPrinted> {
    let set = rustix::termios::tcgetattr(&file).map_err(|error| closed(path, &error.into()))?;
    drop(file);
    let flow = if set.control_modes.contains(ControlModes::CRTSCTS) {
        Flow::Hardware
    } else if set.input_modes.contains(InputModes::IXON) {
        Flow::Software
    } else {
        Flow::None
    };
    let parity = match (
        set.control_modes.contains(ControlModes::PARENB),
        set.control_modes.contains(ControlModes::PARODD),
    ) {
        (false, _) => Parity::None,
        (true, false) => Parity::Even,
        (true, true) => Parity::Odd,
    };
    Ok(Box::new(serial::open(
        path,
        set.output_speed(),
        flow,
        parity,
    )?))
}

fn no_device(path: &str, kind: FileType) -> Result<(), NotPrinted> {
    let what = if kind.is_char_device() {
        return Ok(());
    } else if kind.is_dir() {
        "a folder"
    } else if kind.is_block_device() {
        "a disk"
    } else {
        "a plain file"
    };
    Err(NotPrinted::Impossible {
        detail: format!(
            "{path} is {what} and no printer; write the address of a device, such as file:///dev/usb/lp0"
        ),
    })
}

fn closed(path: &str, error: &io::Error) -> NotPrinted {
    let detail = match Errno::from_io_error(error) {
        Some(Errno::NOENT | Errno::NODEV) => missing(path),
        Some(Errno::ACCESS | Errno::PERM) => forbidden(path),
        Some(Errno::BUSY) => busy(path),
        Some(Errno::NXIO) => format!(
            "nobody is at the other end of {path}; switch the printer on, or start the program that reads there"
        ),
        Some(_) | None => format!("{path}: {error}"),
    };
    NotPrinted::Unreached { detail }
}

/// A device that is open.
#[derive(Debug)]
struct DeviceFile {
    readiness: Readiness,
    /// What is in a pipe stays there when we close.
    is_pipe: bool,
    quiet: Rest,
    full: Rest,
}

/// How one knows that it is ready.
#[derive(Debug)]
enum Readiness {
    /// It wakes us. Tokio's pipes are what it has for any file that can do so.
    Notified {
        to: pipe::Sender,
        /// Where it can speak.
        from: Option<pipe::Receiver>,
    },
    /// It has to be asked.
    Polled {
        file: File,
        /// It can speak.
        hears: bool,
    },
}

impl Readiness {
    fn of(file: File, hears: bool) -> io::Result<Readiness> {
        let spare = file.try_clone()?;
        match pipe::Sender::from_file_unchecked(file) {
            Ok(to) => {
                let from = hears.then(|| pipe::Receiver::from_file_unchecked(spare));
                Ok(Readiness::Notified {
                    to,
                    from: from.transpose()?,
                })
            }
            // What `epoll` says of a device that wakes nobody.
            Err(error) if Errno::from_io_error(&error) == Some(Errno::PERM) => {
                Ok(Readiness::Polled { file: spare, hears })
            }
            Err(error) => Err(error),
        }
    }
}

impl Device for DeviceFile {
    fn poll_hear(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.quiet.poll_over(cx));
        let before = buffer.filled().len();
        match &mut self.readiness {
            Readiness::Notified { from: None, .. } | Readiness::Polled { hears: false, .. } => {
                return Poll::Pending;
            }
            Readiness::Notified {
                from: Some(from), ..
            } => ready!(Pin::new(from).poll_read(cx, buffer)).map_err(lost)?,
            Readiness::Polled { file, .. } => match file.read(buffer.initialize_unfilled()) {
                Ok(count) => buffer.advance(count),
                Err(error) if not_yet(&error) => {}
                Err(error) => return Poll::Ready(Err(lost(error))),
            },
        }
        if buffer.filled().len() > before {
            return Poll::Ready(Ok(()));
        }
        // An empty packet of a printer that has nothing to say, not an end.
        self.quiet.begin(cx, ASK_AGAIN);
        Poll::Pending
    }

    fn poll_take(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.full.poll_over(cx));
        let taken = match &mut self.readiness {
            Readiness::Notified { to, .. } => ready!(Pin::new(to).poll_write(cx, bytes)),
            Readiness::Polled { file, .. } => file.write(bytes),
        };
        match taken {
            Ok(0) if !bytes.is_empty() => {}
            Ok(count) => return Poll::Ready(Ok(count)),
            Err(error) if not_yet(&error) => {}
            Err(error) => return Poll::Ready(Err(lost(error))),
        }
        self.full.begin(cx, ASK_AGAIN);
        Poll::Pending
    }

    fn poll_through(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_pipe {
            return Poll::Ready(Ok(()));
        }
        ready!(self.full.poll_over(cx));
        let file = match &self.readiness {
            Readiness::Notified { to, .. } => to.as_fd(),
            Readiness::Polled { file, .. } => file.as_fd(),
        };
        let mut asked = [PollFd::from_borrowed_fd(file, PollFlags::OUT)];
        rustix::event::poll(&mut asked, Some(&Timespec::default()))?;
        let said = asked[0].revents();
        if said.intersects(PollFlags::ERR | PollFlags::HUP) {
            return Poll::Ready(Err(Unplugged::error("it does not take the rest")));
        }
        if said.contains(PollFlags::OUT) {
            return Poll::Ready(Ok(()));
        }
        self.full.begin(cx, ASK_AGAIN);
        Poll::Pending
    }
}

fn not_yet(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// Nothing but the cable, or the program at the other end, makes a device fail that is open.
fn lost(error: io::Error) -> io::Error {
    Unplugged::error(error)
}
