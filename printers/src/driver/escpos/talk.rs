//! Speaking and listening at the same time: whatever is being written, the other direction is read, from the first
//! moment to the end. A socket that is closed while an answer lies unread in it is reset, and the ticket is cut off.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf},
    time::{Instant, sleep_until},
};

use crate::driver::{
    status::{Heard, Report, StatusReader},
    wire::Unplugged,
};

/// How a connection ended from the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// In order.
    Closed,
    /// By a reset or the like.
    Broken(String),
    /// The device is not there any more.
    Unplugged(String),
}

/// What the printer has said since the connection was made.
#[derive(Debug, Default)]
pub struct Seen {
    /// The last answer to `DLE EOT`.
    pub realtime: Option<u8>,
    /// The last answer to `GS r`.
    pub queued: Option<u8>,
    /// The number of the ticket whose echo is awaited.
    pub wanted: Option<[u8; 4]>,
    /// That echo came.
    pub echoed: bool,
    /// What it says about itself.
    pub info: Option<Vec<u8>>,
    /// It was switched on.
    pub power_on: bool,
    /// The last automatic status.
    pub automatic: Option<Report>,
    /// How many answers nobody asked for, of kinds that do not come by themselves.
    pub unasked: usize,
    /// How many bytes meant nothing.
    pub noise: usize,
    /// The connection is over.
    pub end: Option<End>,
}

impl Seen {
    fn note(&mut self, heard: Heard) {
        match heard {
            Heard::Realtime(byte) => self.realtime = Some(byte),
            Heard::Automatic(bytes) => self.automatic = Some(Report::of_automatic(bytes)),
            Heard::Queued(byte) => {
                self.queued = Some(byte);
                self.unasked += 1;
            }
            Heard::Echo(number) => self.echoed |= self.wanted == Some(number),
            Heard::Info(text) => self.info = Some(text),
            Heard::PowerOn => self.power_on = true,
            Heard::Noise(_) => {
                self.unasked += 1;
                self.noise += 1;
            }
        }
    }
}

/// What became of a write.
#[derive(Debug, PartialEq, Eq)]
pub enum Wrote {
    /// So many bytes were taken.
    Some(usize),
    /// None was, for as long as was allowed.
    Stalled,
    /// The connection is over.
    Ended,
}

/// One connection to a printer, in both directions.
#[derive(Debug)]
pub struct Talk<S> {
    read: ReadHalf<S>,
    write: WriteHalf<S>,
    reader: StatusReader,
    /// What was heard so far.
    pub seen: Seen,
}

impl<S: AsyncRead + AsyncWrite> Talk<S> {
    /// Over this connection.
    pub fn new(stream: S) -> Self {
        let (read, write) = tokio::io::split(stream);
        Talk {
            read,
            write,
            reader: StatusReader::default(),
            seen: Seen::default(),
        }
    }

    /// Writes some of the bytes while it listens.
    pub async fn write_some(&mut self, bytes: &[u8], limit: Duration) -> Wrote {
        let deadline = Instant::now() + limit;
        loop {
            if self.seen.end.is_some() {
                return Wrote::Ended;
            }
            tokio::select! {
                () = hear(&mut self.read, &mut self.reader, &mut self.seen) => {}
                written = self.write.write(bytes) => match written {
                    Ok(0) => self.seen.end = Some(End::Closed),
                    Ok(count) => return Wrote::Some(count),
                    Err(error) => self.seen.end = Some(broken(&error)),
                },
                () = sleep_until(deadline) => return Wrote::Stalled,
            }
        }
    }

    /// Writes a command whole; `false` when it was not taken in time.
    pub async fn say(&mut self, mut bytes: &[u8], limit: Duration) -> bool {
        while !bytes.is_empty() {
            match self.write_some(bytes, limit).await {
                Wrote::Some(count) => bytes = &bytes[count..],
                Wrote::Stalled | Wrote::Ended => return false,
            }
        }
        true
    }

    /// Listens until `enough`, the end of the connection or of the time; says whether it was enough.
    pub async fn listen(&mut self, limit: Duration, enough: impl Fn(&Seen) -> bool) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            if enough(&self.seen) {
                return true;
            }
            // A device that never stops talking must not stop the clock.
            if self.seen.end.is_some() || Instant::now() > deadline {
                return false;
            }
            tokio::select! {
                biased;
                () = hear(&mut self.read, &mut self.reader, &mut self.seen) => {}
                () = sleep_until(deadline) => return enough(&self.seen),
            }
        }
    }

    /// Says that nothing more will come. The other side may still speak.
    pub async fn finish(&mut self) {
        if self.seen.end.is_none()
            && let Err(error) = self.write.shutdown().await
        {
            self.seen.end = Some(broken(&error));
        }
    }
}

fn broken(error: &io::Error) -> End {
    if Unplugged::is(error) {
        End::Unplugged(error.to_string())
    } else {
        End::Broken(error.to_string())
    }
}

/// Takes what lies in the connection, or waits for it.
async fn hear<S: AsyncRead>(read: &mut ReadHalf<S>, reader: &mut StatusReader, seen: &mut Seen) {
    let mut buffer = [0u8; 512];
    match read.read(&mut buffer).await {
        Ok(0) => seen.end = Some(End::Closed),
        Ok(count) => {
            for heard in reader.push(&buffer[..count]) {
                seen.note(heard);
            }
        }
        Err(error) => seen.end = Some(broken(&error)),
    }
}
