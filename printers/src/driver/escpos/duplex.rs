//! A duplex connection: it is read from the first moment to the end, also while bytes are written. A socket that is closed
//! with an unread answer in its buffer is reset, and the ticket is cut off.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf},
    time::{Instant, sleep_until},
};

use crate::driver::{
    status::{Report, StatusReader, StatusReply},
    transport::Unplugged,
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
pub struct Received {
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

impl Received {
    fn record(&mut self, heard: StatusReply) {
        match heard {
            StatusReply::Realtime(byte) => self.realtime = Some(byte),
            StatusReply::Automatic(bytes) => self.automatic = Some(Report::of_automatic(bytes)),
            StatusReply::Queued(byte) => {
                self.queued = Some(byte);
                self.unasked += 1;
            }
            StatusReply::Echo(number) => self.echoed |= self.wanted == Some(number),
            StatusReply::Info(text) => self.info = Some(text),
            StatusReply::PowerOn => self.power_on = true,
            StatusReply::Noise(_) => {
                self.unasked += 1;
                self.noise += 1;
            }
        }
    }
}

/// What became of a write.
#[derive(Debug, PartialEq, Eq)]
pub enum WriteResult {
    /// So many bytes were taken.
    Some(usize),
    /// None was, for as long as was allowed.
    Stalled,
    /// The connection is over.
    Ended,
}

/// One connection to a printer, in both directions.
#[derive(Debug)]
pub struct Duplex<S> {
    read: ReadHalf<S>,
    write: WriteHalf<S>,
    reader: StatusReader,
    /// What was heard so far.
    pub received: Received,
}

impl<S: AsyncRead + AsyncWrite> Duplex<S> {
    /// Over this connection.
    pub fn new(stream: S) -> Self {
        let (read, write) = tokio::io::split(stream);
        Duplex {
            read,
            write,
            reader: StatusReader::default(),
            received: Received::default(),
        }
    }

    /// Writes some of the bytes while it listens.
    pub async fn write_some(&mut self, bytes: &[u8], limit: Duration) -> WriteResult {
        let deadline = Instant::now() + limit;
        loop {
            if self.received.end.is_some() {
                return WriteResult::Ended;
            }
            tokio::select! {
                () = receive(&mut self.read, &mut self.reader, &mut self.received) => {}
                written = self.write.write(bytes) => match written {
                    Ok(0) => self.received.end = Some(End::Closed),
                    Ok(count) => return WriteResult::Some(count),
                    Err(error) => self.received.end = Some(broken(&error)),
                },
                () = sleep_until(deadline) => return WriteResult::Stalled,
            }
        }
    }

    /// Writes a command whole; `false` when it was not taken in time.
    pub async fn say(&mut self, mut bytes: &[u8], limit: Duration) -> bool {
        while !bytes.is_empty() {
            match self.write_some(bytes, limit).await {
                WriteResult::Some(count) => bytes = &bytes[count..],
                WriteResult::Stalled | WriteResult::Ended => return false,
            }
        }
        true
    }

    /// Listens until `enough`, the end of the connection or of the time; says whether it was enough.
    pub async fn listen(&mut self, limit: Duration, enough: impl Fn(&Received) -> bool) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            if enough(&self.received) {
                return true;
            }
            // A device that never stops talking must not stop the clock.
            if self.received.end.is_some() || Instant::now() > deadline {
                return false;
            }
            tokio::select! {
                biased;
                () = receive(&mut self.read, &mut self.reader, &mut self.received) => {}
                () = sleep_until(deadline) => return enough(&self.received),
            }
        }
    }

    /// Says that nothing more will come. The other side may still speak.
    pub async fn finish(&mut self) {
        if self.received.end.is_none()
            && let Err(error) = self.write.shutdown().await
        {
            self.received.end = Some(broken(&error));
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
async fn receive<S: AsyncRead>(
    read: &mut ReadHalf<S>,
    reader: &mut StatusReader,
    seen: &mut Received,
) {
    let mut buffer = [0u8; 512];
    match read.read(&mut buffer).await {
        Ok(0) => seen.end = Some(End::Closed),
        Ok(count) => {
            for heard in reader.push(&buffer[..count]) {
                seen.record(heard);
            }
        }
        Err(error) => seen.end = Some(broken(&error)),
    }
}
