//! The envelope of a job for an ESC/POS printer, over any connection that carries bytes both ways: look first, send,
//! wait for the proof, close in order.
//!
//! Source: Epson ESC/POS command reference: `DLE EOT` (real-time status), `GS ( H` function 48 (process ID response),
//! `GS r` (queued status), `GS I` (printer ID).

pub mod duplex;
mod proof;

use std::time::Duration;

use api::{
    Outcome,
    job::{Doubt, NotPrinted},
    printer::{Health, Learned},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    time::Instant,
};

use crate::{Timings, driver::status::Report};
use duplex::{Duplex, End, WriteResult};

/// The largest piece that is written at once: a printer without paper stops reading somewhere, and each piece has its
/// own time.
const CHUNK: usize = 4_096;
/// A device that says more than this before it was asked is no receipt printer.
const CHATTER: usize = 8;

/// What was learned by looking at a printer before sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusCheck {
    /// It answers `DLE EOT`.
    pub answers: bool,
    /// What it said.
    pub report: Report,
    /// It said something, but nothing that a receipt printer says.
    pub garbled: bool,
}

/// What shall prove that a ticket is through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The echo of this number; without it nobody knows.
    Echo([u8; 4]),
    /// The echo of this number if the printer can give one; without it, an orderly end will do.
    TryEcho([u8; 4]),
    /// The answer to a question that stands behind the ticket in the line, or an orderly end.
    Queued,
    /// An orderly end.
    End,
}

/// Something to send.
#[derive(Debug, Clone, Copy)]
pub struct Sending<'a> {
    /// From `ESC @` to the cut.
    pub bytes: &'a [u8],
    /// How it is proven.
    pub proof: Proof,
    /// How long the proof may take, not counting the time in which the printer says that it cannot go on. It is given as
    /// long again as it needed to take the bytes.
    pub limit: Duration,
}

/// What happens while a ticket is at the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It goes on.
    Printing,
    /// The printer holds bytes of it, says this of itself, and must be helped first.
    Waiting(Health),
}

/// A connection to an ESC/POS printer.
#[derive(Debug)]
pub struct Link<S> {
    duplex: Duplex<S>,
    answers: bool,
    timings: Timings,
}

impl<S: AsyncRead + AsyncWrite> Link<S> {
    /// Over a connection that was just made.
    pub fn new(stream: S, timings: &Timings) -> Self {
        Link {
            duplex: Duplex::new(stream),
            answers: false,
            timings: timings.clone(),
        }
    }

    /// Asks how it is. No answer is no failure: many devices can only be written to.
    ///
    /// # Errors
    /// [`NotPrinted::Refused`] when the connection ended or something else than a printer answered;
    /// [`NotPrinted::Unreached`] when the device was pulled out.
    pub async fn check_status(&mut self) -> Result<StatusCheck, NotPrinted> {
        let report = self.ask_how_it_is().await;
        if let Some(end) = &self.duplex.received.end {
            return Err(ended_before(end));
        }
        if self.duplex.received.unasked > CHATTER {
            return Err(NotPrinted::Refused {
                detail: "what answers at this address does not speak like a receipt printer".into(),
            });
        }
        self.answers = report.is_some();
        Ok(StatusCheck {
            answers: self.answers,
            report: report
                .or(self.duplex.received.automatic)
                .unwrap_or_default(),
            garbled: !self.answers && self.duplex.received.noise > 0,
        })
    }

    /// What it says of itself (`GS I`); nothing as long as it has not answered [`Link::check_status`].
    pub async fn identity(&mut self) -> Learned {
        if !self.answers {
            return Learned::default();
        }
        // One that does not know this question knows none of its kind.
        let Some(model) = self.info(67).await else {
            return Learned::default();
        };
        let maker = self.info(66).await;
        let serial = self.serial().await;
        let firmware = self.info(65).await;
        // The bit means this with its inventor alone, and only a yes is knowledge: there are models that leave it out.
        let epson = maker
            .as_ref()
            .is_some_and(|maker| maker.eq_ignore_ascii_case("EPSON"));
        let cutter = match epson {
            true => self.kind().await.filter(|kind| kind & 0x02 != 0),
            false => None,
        };
        Learned {
            model: Some(model),
            maker,
            serial,
            firmware,
            cutter: cutter.map(|_| true),
            ..Learned::default()
        }
    }

    /// What tells it from every other one of its model (`GS I` 68), when it says so; nothing as long as it has not answered
    /// [`Link::check_status`].
    pub async fn serial(&mut self) -> Option<String> {
        if !self.answers {
            return None;
        }
        let serial = self.info(68).await;
        serial.filter(|serial| serial.chars().any(|c| !matches!(c, '0' | ' ' | '-')))
    }

    /// A text about itself.
    async fn info(&mut self, which: u8) -> Option<String> {
        self.duplex.received.info = None;
        if !self
            .duplex
            .say(&[0x1D, 0x49, which], self.timings.status)
            .await
        {
            return None;
        }
        let limit = self.timings.status;
        self.duplex.listen(limit, |seen| seen.info.is_some()).await;
        let text: String = self
            .duplex
            .received
            .info
            .take()?
            .into_iter()
            .map(char::from)
            .filter(|c| c.is_ascii_graphic() || *c == ' ')
            .take(64)
            .collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Its type ID (`GS I` 2).
    async fn kind(&mut self) -> Option<u8> {
        self.duplex.received.queued = None;
        if !self.duplex.say(&[0x1D, 0x49, 2], self.timings.status).await {
            return None;
        }
        let limit = self.timings.status;
        self.duplex
            .listen(limit, |seen| seen.queued.is_some())
            .await;
        self.duplex.received.queued
    }

    /// Sends a ticket and waits for its proof. `told` hears when the printer stops in the middle and when it goes on.
    pub async fn send(
        &mut self,
        sending: Sending<'_>,
        told: &mpsc::UnboundedSender<Progress>,
    ) -> Outcome {
        // What already lies there, such as a reset, is heard before a byte leaves.
        self.duplex.listen(Duration::ZERO, |_| false).await;
        let seen = &mut self.duplex.received;
        (seen.power_on, seen.queued, seen.echoed) = (false, None, false);
        let mut bytes = sending.bytes.to_vec();
        match sending.proof {
            Proof::Echo(number) | Proof::TryEcho(number) => {
                seen.wanted = Some(number);
                bytes.extend([0x1D, 0x28, 0x48, 6, 0, 0x30, 0x30]);
                bytes.extend(number);
            }
            Proof::Queued => bytes.extend([0x1D, 0x72, 1]),
            Proof::End => {}
        }
        let took = match self.write(&bytes, told).await {
            Ok(took) => took,
            Err(outcome) => return outcome,
        };
        // Where it took them as slowly as it prints, it still holds some of them.
        let sending = Sending {
            limit: sending.limit + took,
            ..sending
        };
        tracing::trace!(target: "panbot::stage", stage = "printer.written");
        if sending.proof == Proof::End {
            self.duplex.finish().await;
            // After our end is closed nothing can be asked any more.
            self.answers = false;
        }
        self.prove(sending, told).await
    }

    /// Ends the connection: says so, hears the other side out, and only then lets go.
    pub async fn close(&mut self) {
        self.duplex.finish().await;
        let limit = self.timings.drain;
        self.duplex.listen(limit, |_| false).await;
    }

    /// Asks a printer that an earlier connection sent a ticket to, and listens for the late echo of that ticket. A new
    /// request for an echo is not sent: its answer would prove nothing about what the printer held before.
    pub async fn ask_again(&mut self, number: [u8; 4], look: bool) -> Option<Outcome> {
        self.duplex.received.wanted = Some(number);
        if look {
            self.ask_how_it_is().await;
        }
        let limit = self.timings.ask_again;
        let enough = |seen: &duplex::Received| seen.echoed || seen.power_on;
        self.duplex.listen(limit, enough).await;
        if self.duplex.received.echoed {
            Some(Outcome::Confirmed)
        } else if self.duplex.received.power_on {
            Some(Outcome::Uncertain(Doubt::PrinterRestarted))
        } else {
            None
        }
    }

    /// Goes on for as long as the printer takes bytes. Says how long it took them, without the time in which it took none.
    async fn write(
        &mut self,
        bytes: &[u8],
        told: &mpsc::UnboundedSender<Progress>,
    ) -> Result<Duration, Outcome> {
        let mut written = 0;
        let mut waiting = false;
        let mut took = Duration::ZERO;
        while written < bytes.len() {
            let chunk = &bytes[written..bytes.len().min(written + CHUNK)];
            let began = Instant::now();
            match self.duplex.write_some(chunk, self.timings.stalled).await {
                WriteResult::Some(count) => {
                    written += count;
                    took += began.elapsed();
                    if std::mem::take(&mut waiting) {
                        tell(told, Progress::Printing);
                    }
                }
                WriteResult::Stalled if written == 0 => {
                    return Err(Outcome::NotPrinted(NotPrinted::NotReady {
                        health: self.stopped(),
                    }));
                }
                WriteResult::Stalled => {
                    waiting = true;
                    tell(told, Progress::Waiting(self.stopped()));
                }
                WriteResult::Ended if written == 0 => {
                    let end = self.duplex.received.end.clone().unwrap_or(End::Closed);
                    return Err(Outcome::NotPrinted(ended_before(&end)));
                }
                WriteResult::Ended => return Err(self.lost()),
            }
            if written > 0 && self.duplex.received.power_on {
                return Err(Outcome::Uncertain(Doubt::PrinterRestarted));
            }
        }
        Ok(took)
    }

    /// `DLE EOT` 1 to 4, one at a time: a question behind an unanswered one would be lost.
    async fn ask_how_it_is(&mut self) -> Option<Report> {
        let mut answers = [None; 4];
        for (answer, which) in answers.iter_mut().zip(1u8..) {
            self.duplex.received.realtime = None;
            if !self
                .duplex
                .say(&[0x10, 0x04, which], self.timings.status)
                .await
            {
                break;
            }
            let limit = self.timings.status;
            self.duplex
                .listen(limit, |seen| seen.realtime.is_some())
                .await;
            *answer = self.duplex.received.realtime;
            if answer.is_none() {
                break;
            }
        }
        answers[0].map(|_| Report::of_realtime(answers))
    }

    fn stopped(&self) -> Health {
        self.duplex
            .received
            .automatic
            .map(Report::health)
            .filter(|health| *health != Health::Ready)
            .unwrap_or(Health::Offline)
    }

    fn lost(&self) -> Outcome {
        Outcome::Uncertain(if self.duplex.received.power_on {
            Doubt::PrinterRestarted
        } else {
            Doubt::ConnectionLost
        })
    }
}

/// Nobody listens any more when the job was let go of; then there is nobody to tell.
fn tell(told: &mpsc::UnboundedSender<Progress>, progress: Progress) {
    let _ = told.send(progress);
}

fn ended_before(end: &End) -> NotPrinted {
    let detail = match end {
        End::Closed => "the printer closed the connection before it took anything; another program may be using it".into(),
        End::Broken(detail) => format!("the connection broke before the printer took anything: {detail}"),
        // As if it had never been there: when it comes back, printing goes on.
        End::Unplugged(detail) => {
            return NotPrinted::Unreached {
                detail: detail.clone(),
            };
        }
    };
    NotPrinted::Refused { detail }
}

#[cfg(test)]
mod tests;
