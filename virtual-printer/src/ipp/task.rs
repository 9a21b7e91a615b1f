//! The task that owns an IPP printer: its port, device, jobs and faults.

use super::answer_faults::{self, Reply};
use super::codec::Message;
use super::codes;
use super::connection;
use super::description::Identity;
use super::events::{ConnectionContext, ConnectionEvent, EventSender, RequestResult};
use super::operations::{self, DocumentOutcome, Step};
use super::printer::{Device, Effect};
use super::request::Request;
use super::tls::Certificate;
use crate::control::{Command, State};
use crate::faults::Faults;
use crate::paper::{Moment, PaperRoll};
use crate::port::Port;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// One printer and its port.
#[derive(Debug)]
pub(crate) struct PrinterTask {
    port: Port,
    device: Device,
    faults: Faults,
    paper: Arc<PaperRoll>,
    state: watch::Sender<State>,
    commands: mpsc::Receiver<Command>,
    certificate: Arc<Certificate>,
    page: Option<String>,
    power: CancellationToken,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl PrinterTask {
    pub(crate) fn new(
        port: Port,
        identity: Identity,
        paper: Arc<PaperRoll>,
        (state, commands): (watch::Sender<State>, mpsc::Receiver<Command>),
        (certificate, page): (Arc<Certificate>, Option<String>),
        stop: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            port,
            device: Device::new(identity),
            faults: Faults::default(),
            paper,
            state,
            commands,
            certificate,
            page,
            power: stop.child_token(),
            stop,
            tasks,
        }
    }

    /// Serves senders, all at once, until it is stopped.
    pub(crate) async fn run(mut self) {
        let (events, mut asked) = mpsc::unbounded_channel();
        loop {
            let wake = self.device.wake();
            tokio::select! {
                () = self.stop.cancelled() => return,
                Some(command) = self.commands.recv() => self.handle(command),
                Some(ask) = asked.recv() => self.answer(ask),
                sender = self.port.accept() => match sender {
                    Ok(stream) => self.serve(stream, events.clone()),
                    Err(error) => {
                        tracing::warn!(port = %self.port.address(), %error, "no sender could be taken");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                },
                () = sleep_until(wake) => {}
            }
            self.print();
        }
    }

    fn serve(&self, stream: tokio::net::TcpStream, events: EventSender) {
        let context = ConnectionContext {
            events,
            certificate: Arc::clone(&self.certificate),
            cut: CancellationToken::new(),
            page: self.page.clone(),
            paper: self.device.identity.paper,
        };
        let (power, stop) = (self.power.clone(), self.stop.clone());
        let serve = connection::serve(stream, context, self.state.clone(), power, stop);
        self.tasks.spawn(serve);
    }

    fn answer(&mut self, ask: ConnectionEvent) {
        let now = Moment::now();
        match ask {
            ConnectionEvent::Request(message, to) => {
                let (asked, whom) = (message.code, (message.version, message.id));
                let (step, effects) = match Request::of(message) {
                    Ok(request) => {
                        operations::execute(&mut self.device, request, &self.faults, now)
                    }
                    Err(refusal) => (Step::Answer(operations::refused(whom, refusal)), Vec::new()),
                };
                self.apply(effects);
                let result = match step {
                    Step::Answer(message) => RequestResult::Answer(self.reply(message, asked)),
                    Step::AwaitDocument(pending) => RequestResult::AwaitDocument(pending),
                };
                if let Err(RequestResult::AwaitDocument(pending)) = to.send(result) {
                    self.answer(ConnectionEvent::DocumentEnded(
                        pending,
                        DocumentOutcome::Lost,
                        None,
                    ));
                }
            }
            ConnectionEvent::DocumentEnded(pending, outcome, to) => {
                let asked = pending.operation();
                let (message, effects) =
                    operations::document_ended(&mut self.device, pending, outcome, now);
                self.apply(effects);
                if let Some(to) = to {
                    let reply = self.reply(message, asked);
                    // The sender may have gone; its request was executed all the same.
                    let _ = to.send(reply);
                }
            }
            ConnectionEvent::ResetDone => self.faults.reset_once_after_bytes = None,
        }
    }

    fn reply(&mut self, mut message: Message, asked: u16) -> Reply {
        if self.faults.wrong_confirmation && asked == codes::operation::GET_JOB_ATTRIBUTES {
            answer_faults::with_wrong_job_id(&mut message);
        }
        answer_faults::reply(&message, asked, &mut self.faults)
    }

    fn handle(&mut self, command: Command) {
        let done = match command {
            Command::SetFaults(turn, done) => {
                turn(&mut self.faults);
                self.port.set_open(!self.faults.refuse);
                done
            }
            Command::CutPower(done) => {
                let effects = self.device.power_cut(Moment::now());
                self.apply(effects);
                self.power.cancel();
                self.power = self.stop.child_token();
                self.port.reset_waiting();
                done
            }
            Command::TearOff(done) => {
                let effects = self.device.tear_off(false, Moment::now());
                self.apply(effects.into_iter().collect());
                done
            }
            // There is nothing to attach a stream to: it is dropped, which closes it.
            Command::Attach(_, done) => done,
        };
        self.print();
        // The caller may have gone; the command was executed all the same.
        let _ = done.send(());
    }

    /// Prints what can be printed and publishes the new state.
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
