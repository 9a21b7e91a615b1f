//! A receipt printer on TCP port 9100: one task owns the port, the printer behind it and the sender in front of it.
//!
//! Like most real devices it takes one sender at a time. A sender that asks while another is served waits in the
//! backlog of the port, connected and unanswered, or is turned away ([`SecondSender`]).

mod connection;
mod device;
mod door;

mod answers;
mod current;
mod status;

use crate::faults::Faults;
use crate::paper::{Moment, PaperRoll};
use answers::Effect;
use connection::{Connection, Ended};
use device::Device;
pub(crate) use door::Door;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// What happens to a sender while another one is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondSender {
    /// It waits, connected and without an answer.
    #[default]
    Waits,
    /// It is turned away by a reset.
    TurnedAway,
}

/// What a printer looks like from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// Its switches.
    pub faults: Faults,
    /// A sender is connected.
    pub connected: bool,
    /// Senders since the start.
    pub connections: u64,
    /// Bytes taken since the start.
    pub received_bytes: u64,
    /// Bytes taken and not printed yet.
    pub held_bytes: usize,
    /// How often the cash drawer was opened since the start.
    pub drawer_pulses: u64,
}

/// What can be done to a running printer; answered when it is done.
pub(crate) enum Hand {
    /// Turns the switches.
    Faults(Box<dyn FnOnce(&mut Faults) + Send>, oneshot::Sender<()>),
    /// Pulls the plug and puts it back.
    CutPower(oneshot::Sender<()>),
}

/// How a printer behaves, apart from its faults.
#[derive(Debug, Clone)]
pub(crate) struct Manners {
    pub model: String,
    pub dots: u32,
    pub second_sender: SecondSender,
    /// Bytes that wait in its buffer before it stops taking more.
    pub buffer: usize,
    /// How long it keeps a connection whose sender has finished while it cannot print.
    pub patience: Duration,
}

/// One printer and its port.
#[derive(Debug)]
pub(crate) struct Station {
    door: Door,
    manners: Manners,
    device: Device,
    faults: Faults,
    paper: Arc<PaperRoll>,
    state: watch::Sender<State>,
    hands: mpsc::Receiver<Hand>,
    stop: CancellationToken,
}

impl Station {
    pub(crate) fn new(
        door: Door,
        manners: Manners,
        paper: Arc<PaperRoll>,
        state: watch::Sender<State>,
        hands: mpsc::Receiver<Hand>,
        stop: CancellationToken,
    ) -> Self {
        let device = Device::new(manners.model.clone(), manners.dots);
        Self {
            door,
            manners,
            device,
            faults: Faults::default(),
            paper,
            state,
            hands,
            stop,
        }
    }

    /// Serves one sender after the other until it is stopped.
    pub(crate) async fn run(mut self) {
        loop {
            let sender = tokio::select! {
                () = self.stop.cancelled() => return,
                Some(hand) = self.hands.recv() => {
                    self.handle(hand, None);
                    continue;
                }
                sender = self.door.accept() => sender,
            };
            match sender {
                Ok(stream) => {
                    self.state.send_modify(|state| {
                        state.connections += 1;
                        state.connected = true;
                    });
                    let ended = self.serve(Connection::new(stream)).await;
                    self.device.disconnected(Moment::now());
                    self.print(None);
                    self.state.send_modify(|state| state.connected = false);
                    tracing::debug!(port = %self.door.address(), ?ended, "sender gone");
                }
                Err(error) => {
                    tracing::warn!(port = %self.door.address(), %error, "no sender could be taken");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    async fn serve(&mut self, mut sender: Connection) -> Ended {
        let effects = self.device.connected(&self.faults);
        self.apply(effects, Some(&mut sender));
        loop {
            let plan = sender.plan(&self.faults, self.device.held_bytes(), self.manners.buffer);
            if plan.reset {
                sender.reset();
                if self.faults.reset_once_after_bytes.take().is_some() {
                    self.publish();
                }
                return Ended::Reset;
            }
            if sender.has_finished() {
                if self.device.is_idle() && !sender.has_answers() {
                    return Ended::InOrder;
                }
                if sender.finished_for() >= self.manners.patience && !self.device.is_idle() {
                    return Ended::OutOfPatience;
                }
            }
            let wake = sender.wake(plan.read_at, self.manners.patience);
            let turn_away = self.manners.second_sender == SecondSender::TurnedAway;
            tokio::select! {
                () = self.stop.cancelled() => return Ended::Stopped,
                Some(hand) = self.hands.recv() => {
                    if self.handle(hand, Some(&mut sender)) {
                        sender.reset();
                        return Ended::Reset;
                    }
                }
                ready = sender.ready(plan.bytes > 0) => {
                    let read = ready.and_then(|()| sender.read(plan.bytes, self.faults.bytes_per_second));
                    let read = read.and_then(|bytes| Ok((self.take(&bytes, &mut sender), sender.write()?)));
                    match read {
                        Ok((false, ())) => {}
                        Ok((true, ())) => {
                            sender.reset();
                            return Ended::Reset;
                        }
                        Err(error) => {
                            tracing::debug!(%error, "sender lost");
                            return Ended::Lost;
                        }
                    }
                }
                other = self.door.accept(), if turn_away => {
                    if let Ok(stream) = other {
                        Connection::new(stream).reset();
                    }
                }
                () = sleep_until(wake) => {
                    if let Err(error) = sender.write() {
                        tracing::debug!(%error, "sender lost");
                        return Ended::Lost;
                    }
                }
            }
        }
    }

    /// Bytes of the sender; true when they switched the printer off.
    fn take(&mut self, bytes: &[u8], sender: &mut Connection) -> bool {
        let now = Moment::now();
        let mut effects = self.device.receive(bytes, now, &self.faults);
        let off = effects
            .iter()
            .any(|effect| matches!(effect, Effect::PowerOff));
        if off {
            effects.extend(self.device.power_cut(now));
        }
        self.state
            .send_modify(|state| state.received_bytes += bytes.len() as u64);
        self.apply(effects, Some(sender));
        self.print(Some(sender));
        off
    }

    /// Prints what can be printed and tells how things stand then.
    fn print(&mut self, sender: Option<&mut Connection>) {
        let effects = self.device.run(Moment::now(), &self.faults);
        self.apply(effects, sender);
        self.publish();
    }

    fn publish(&self) {
        self.state.send_modify(|state| {
            state.faults = self.faults.clone();
            state.held_bytes = self.device.held_bytes();
            state.drawer_pulses = self.device.drawer_pulses;
        });
    }

    /// Does what a hand does; true when the power was cut.
    fn handle(&mut self, hand: Hand, mut sender: Option<&mut Connection>) -> bool {
        match hand {
            Hand::Faults(turn, done) => {
                turn(&mut self.faults);
                self.door.open(!self.faults.refuse);
                let effects = self.device.faults_changed(&self.faults);
                self.apply(effects, sender.as_deref_mut());
                self.print(sender);
                // Whoever turned it may have gone; it is turned all the same.
                let _ = done.send(());
                false
            }
            Hand::CutPower(done) => {
                let effects = self.device.power_cut(Moment::now());
                self.apply(effects, None);
                self.door.reset_waiting();
                self.publish();
                if let Some(sender) = sender {
                    sender.reset();
                }
                let _ = done.send(());
                true
            }
        }
    }

    fn apply(&mut self, effects: Vec<Effect>, mut sender: Option<&mut Connection>) {
        for effect in effects {
            match effect {
                Effect::Answer(bytes) => {
                    if let Some(sender) = sender.as_deref_mut() {
                        sender.say(&bytes);
                    }
                }
                Effect::Confirm(bytes) => {
                    if let Some(sender) = sender.as_deref_mut() {
                        let delay = self.faults.late_confirmation_ms.unwrap_or(0);
                        sender.say_later(bytes, Duration::from_millis(delay));
                    }
                }
                Effect::Printed(printed) => self.paper.add(*printed),
                Effect::PaperRanOut => {
                    self.faults.paper_out = true;
                    self.faults.paper_out_after_lines = None;
                    let told = self.device.faults_changed(&self.faults);
                    self.apply(told, sender.as_deref_mut());
                }
                // Done by the caller, who knows the connection.
                Effect::PowerOff => {}
            }
        }
    }
}

async fn sleep_until(wake: Option<tokio::time::Instant>) {
    match wake {
        Some(wake) => tokio::time::sleep_until(wake).await,
        None => std::future::pending().await,
    }
}
