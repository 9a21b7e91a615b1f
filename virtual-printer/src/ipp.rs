//! An IPP Everywhere printer (RFC 8010, RFC 8011, PWG 5100.14): one task owns the port, the printer behind it and its
//! jobs. Connections are tasks of their own, which ask it; plain and TLS share the port.

mod connection;
mod http;
mod icon;
mod operations;
mod spoil;
mod tls;

mod printer;

mod job;
mod request;

mod codec;
mod description;
mod document;
mod words;

pub use document::Format;
pub(crate) use tls::Certificate;
pub use tls::CertificateError;

use crate::dns_sd::IppKeys;
use crate::escpos::{Door, Hand, State};
use crate::faults::Faults;
use crate::paper::{Moment, PaperRoll};
use codec::Message;
use connection::Asks;
pub(crate) use description::{Identity, PATH};
use http::Wire;
use operations::{Awaited, Heard, Step};
use printer::{Device, Effect};
use request::Request;
use spoil::Reply;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What is told of printers with IPP where they are looked for.
pub(crate) fn keys() -> IppKeys {
    IppKeys {
        path: PATH,
        formats: Format::DOCUMENTS.map(Format::mime).join(","),
        urf: description::urf().join(","),
    }
}

/// What connections ask of the printer.
#[derive(Debug)]
enum Ask {
    /// A request, without its document.
    Begin(Message, oneshot::Sender<Begun>),
    /// The document of a request, or what became of it; answered when somebody is left to hear it.
    Heard(Awaited, Heard, Option<oneshot::Sender<Reply>>),
    /// The fault that resets one connection has done so.
    WasReset,
}

/// What follows a request.
#[derive(Debug)]
enum Begun {
    Answer(Reply),
    Hear(Awaited),
}

/// One printer and its port.
#[derive(Debug)]
pub(crate) struct Station {
    door: Door,
    device: Device,
    faults: Faults,
    paper: Arc<PaperRoll>,
    state: watch::Sender<State>,
    hands: mpsc::Receiver<Hand>,
    certificate: Arc<Certificate>,
    page: Option<String>,
    power: CancellationToken,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Station {
    pub(crate) fn new(
        door: Door,
        identity: Identity,
        paper: Arc<PaperRoll>,
        (state, hands): (watch::Sender<State>, mpsc::Receiver<Hand>),
        (certificate, page): (Arc<Certificate>, Option<String>),
        stop: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            door,
            device: Device::new(identity),
            faults: Faults::default(),
            paper,
            state,
            hands,
            certificate,
            page,
            power: stop.child_token(),
            stop,
            tasks,
        }
    }

    /// Serves senders, all at once, until it is stopped.
    pub(crate) async fn run(mut self) {
        let (asks, mut asked) = mpsc::unbounded_channel();
        loop {
            let wake = self.device.wake();
            tokio::select! {
                () = self.stop.cancelled() => return,
                Some(hand) = self.hands.recv() => self.handle(hand),
                Some(ask) = asked.recv() => self.answer(ask),
                sender = self.door.accept() => match sender {
                    Ok(stream) => self.serve(stream, asks.clone()),
                    Err(error) => {
                        tracing::warn!(port = %self.door.address(), %error, "no sender could be taken");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                },
                () = sleep_until(wake) => {}
            }
            self.print();
        }
    }

    fn serve(&self, stream: tokio::net::TcpStream, asks: Asks) {
        let wire = Wire {
            asks,
            certificate: Arc::clone(&self.certificate),
            cut: CancellationToken::new(),
            page: self.page.clone(),
            paper: self.device.identity.paper,
        };
        let (power, stop) = (self.power.clone(), self.stop.clone());
        let serve = connection::serve(stream, wire, self.state.clone(), power, stop);
        self.tasks.spawn(serve);
    }

    fn answer(&mut self, ask: Ask) {
        let now = Moment::now();
        match ask {
            Ask::Begin(message, to) => {
                let (asked, whom) = (message.code, (message.version, message.id));
                let (step, effects) = match Request::of(message) {
                    Ok(request) => operations::ask(&mut self.device, request, &self.faults, now),
                    Err(refusal) => (Step::Answer(operations::refused(whom, refusal)), Vec::new()),
                };
                self.apply(effects);
                let begun = match step {
                    Step::Answer(message) => Begun::Answer(self.reply(message, asked)),
                    Step::Hear(awaited) => Begun::Hear(awaited),
                };
                if let Err(Begun::Hear(awaited)) = to.send(begun) {
                    self.answer(Ask::Heard(awaited, Heard::Lost, None));
                }
            }
            Ask::Heard(awaited, heard, to) => {
                let asked = awaited.operation();
                let (message, effects) = operations::heard(&mut self.device, awaited, heard, now);
                self.apply(effects);
                if let Some(to) = to {
                    let reply = self.reply(message, asked);
                    // Who asked may have gone; what it asked for is done all the same.
                    let _ = to.send(reply);
                }
            }
            Ask::WasReset => self.faults.reset_once_after_bytes = None,
        }
    }

    fn reply(&mut self, mut message: Message, asked: u16) -> Reply {
        if self.faults.wrong_confirmation && asked == words::operation::GET_JOB_ATTRIBUTES {
            spoil::about_another_job(&mut message);
        }
        spoil::reply(&message, asked, &mut self.faults)
    }

    fn handle(&mut self, hand: Hand) {
        let done = match hand {
            Hand::Faults(turn, done) => {
                turn(&mut self.faults);
                self.door.open(!self.faults.refuse);
                done
            }
            Hand::CutPower(done) => {
                let effects = self.device.power_cut(Moment::now());
                self.apply(effects);
                self.power.cancel();
                self.power = self.stop.child_token();
                self.door.reset_waiting();
                done
            }
            Hand::TearOff(done) => {
                let effects = self.device.tear_off(false, Moment::now());
                self.apply(effects.into_iter().collect());
                done
            }
            // Who plugs a cable in where there is no socket finds it unplugged.
            Hand::Plug(_, done) => done,
        };
        self.print();
        // Whoever did it may have gone; it is done all the same.
        let _ = done.send(());
    }

    /// Prints what can be printed and tells how things stand then.
    fn print(&mut self) {
        let effects = self.device.run(Moment::now(), &self.faults);
        self.apply(effects);
        let (faults, held) = (&self.faults, self.device.held_bytes());
        self.state.send_if_modified(|state| {
            let changed = state.faults != *faults || state.held_bytes != held;
            if changed {
                state.faults = faults.clone();
                state.held_bytes = held;
            }
            changed
        });
    }

    fn apply(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Printed(printed) => self.paper.add(*printed),
                Effect::PaperRanOut => {
                    self.faults.paper_out = true;
                    self.faults.paper_out_after_lines = None;
                }
                Effect::Aborted => self.faults.abort_after_lines = None,
            }
        }
    }
}

async fn sleep_until(wake: Option<std::time::Instant>) {
    match wake {
        Some(wake) => tokio::time::sleep_until(wake.into()).await,
        None => std::future::pending().await,
    }
}
