//! One task owns the port, the printer behind it and the sender in front of it.

use super::answers::Effect;
use super::connection::{Connection, Ended};
use super::device::Device;
use super::inlet::Inlet;
use super::wire::Wire;
use super::{Hand, Manners, SecondSender, State};
use crate::faults::Faults;
use crate::paper::{Moment, PaperRoll};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// One printer and its port.
#[derive(Debug)]
pub(crate) struct Station {
    inlet: Inlet,
    /// Plugged in and not served yet.
    plugged: VecDeque<Wire>,
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
        inlet: Inlet,
        manners: Manners,
        paper: Arc<PaperRoll>,
        state: watch::Sender<State>,
        hands: mpsc::Receiver<Hand>,
        stop: CancellationToken,
    ) -> Self {
        let device = Device::new(manners.identity.clone(), manners.dots);
        Self {
            inlet,
            plugged: VecDeque::new(),
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
            let sender = if let Some(wire) = self.plugged.pop_front() {
                Ok(wire)
            } else {
                let prints_at = self.prints_at();
                tokio::select! {
                    () = self.stop.cancelled() => return,
                    Some(hand) = self.hands.recv() => {
                        self.handle(hand, None);
                        continue;
                    }
                    () = sleep_until(prints_at) => {
                        self.print(None);
                        continue;
                    }
                    sender = self.inlet.accept() => sender,
                }
            };
            match sender {
                Ok(wire) => {
                    self.state.send_modify(|state| {
                        state.connections += 1;
                        state.open = 1;
                        state.connected = true;
                    });
                    let ended = self.serve(Connection::new(wire)).await;
                    self.device.disconnected(Moment::now());
                    self.print(None);
                    self.state.send_modify(|state| {
                        state.open = 0;
                        state.connected = false;
                    });
                    tracing::debug!(port = ?self.inlet.address(), ?ended, "sender gone");
                }
                Err(error) => {
                    tracing::warn!(port = ?self.inlet.address(), %error, "no sender could be taken");
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
            if plan.power_cut {
                self.faults.power_cut_after_bytes = None;
                if self.cut_power(Some(&mut sender)) {
                    return Ended::Reset;
                }
                continue;
            }
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
                let is_stuck = !self.device.is_idle() && self.faults.is_offline();
                if is_stuck && sender.finished_for() >= self.manners.patience {
                    return Ended::OutOfPatience;
                }
            }
            let prints_at = self.prints_at();
            let wake = sender.wake(plan.read_at, prints_at, self.manners.patience);
            let turn_away =
                self.faults.turn_away || self.manners.second_sender == SecondSender::TurnedAway;
            tokio::select! {
                () = self.stop.cancelled() => return Ended::Stopped,
                Some(hand) = self.hands.recv() => {
                    if self.handle(hand, Some(&mut sender)) {
                        return Ended::Reset;
                    }
                }
                read = sender.turn(plan.bytes, self.faults.bytes_per_second) => {
                    match read.map(|bytes| self.take(bytes, &mut sender)) {
                        Ok(false) => {}
                        Ok(true) => return Ended::Reset,
                        Err(error) => {
                            tracing::debug!(%error, "sender lost");
                            return Ended::Lost;
                        }
                    }
                }
                other = self.inlet.another(), if turn_away => {
                    if let Ok(wire) = other {
                        wire.reset();
                    }
                }
                // Then there may be something to do that was too early before.
                () = sleep_until(wake) => {
                    if prints_at.is_some_and(|at| at <= tokio::time::Instant::now()) {
                        self.print(Some(&mut sender));
                    }
                }
            }
        }
    }

    /// Bytes of the sender; true when they switched the printer off and that ended the connection.
    fn take(&mut self, mut bytes: Vec<u8>, sender: &mut Connection) -> bool {
        if bytes.is_empty() {
            return false;
        }
        let now = Moment::now();
        let free = self.manners.buffer.saturating_sub(self.device.held_bytes());
        let lost = bytes.len().saturating_sub(free);
        bytes.truncate(free);
        let effects = self.device.receive(&bytes, now, &self.faults);
        let off = effects
            .iter()
            .any(|effect| matches!(effect, Effect::PowerOff));
        self.state.send_modify(|state| {
            state.received_bytes += (bytes.len() + lost) as u64;
            state.lost_bytes += lost as u64;
        });
        self.apply(effects, Some(sender));
        if off {
            return self.cut_power(Some(sender));
        }
        self.print(Some(sender));
        false
    }

    /// The power fails and comes back; true when that ended the connection.
    fn cut_power(&mut self, mut sender: Option<&mut Connection>) -> bool {
        let effects = self.device.power_cut(Moment::now());
        self.apply(effects, None);
        self.faults.unrecoverable_error = false;
        self.faults.cutter_error = false;
        let over = match sender.as_deref_mut() {
            None => false,
            Some(sender) => !sender.survives_power_cut(),
        };
        if let Some(sender) = sender.filter(|_| !over) {
            let effects = self.device.connected(&self.faults);
            self.apply(effects, Some(sender));
        }
        self.publish();
        over
    }

    fn prints_at(&self) -> Option<tokio::time::Instant> {
        self.device.prints_at(&self.faults).map(Into::into)
    }

    /// Prints what can be printed and tells how things stand then.
    fn print(&mut self, mut sender: Option<&mut Connection>) {
        let effects = self.device.run(Moment::now(), &self.faults);
        self.apply(effects, sender.as_deref_mut());
        if let Some(sender) = sender {
            sender.regulate(self.device.held_bytes(), self.manners.buffer);
        }
        self.publish();
    }

    fn publish(&self) {
        self.state.send_modify(|state| {
            state.faults = self.faults.clone();
            state.held_bytes = self.device.held_bytes();
            state.drawers = self.device.drawers;
            state.drawer_pulses = self.device.drawers.iter().sum();
            state.buffer_clears = self.device.buffer_clears;
            state.power_cuts = self.device.power_cuts;
            state.paper_hangs_out = self.device.has_paper_out();
        });
    }

    /// Does what a hand does; true when that ended the connection.
    fn handle(&mut self, hand: Hand, mut sender: Option<&mut Connection>) -> bool {
        let mut over = false;
        let done = match hand {
            Hand::Faults(turn, done) => {
                turn(&mut self.faults);
                self.inlet.open(!self.faults.refuse);
                let effects = self.device.faults_changed(&self.faults);
                self.apply(effects, sender.as_deref_mut());
                self.print(sender.as_deref_mut());
                if let Some(sender) = sender
                    && sender.flow().is_some()
                    && self.faults.refuse
                {
                    sender.reset();
                    over = true;
                }
                done
            }
            Hand::CutPower(done) => {
                self.inlet.reset_waiting();
                over = self.cut_power(sender);
                done
            }
            Hand::TearOff(done) => {
                let effects = self.device.tear_off(Moment::now());
                self.apply(effects, sender);
                self.publish();
                done
            }
            Hand::Plug(wire, done) => {
                self.plugged.push_back(wire);
                done
            }
        };
        // Whoever did it may have gone; it is done all the same.
        let _ = done.send(());
        over
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
                Effect::Recovered => {
                    self.faults.cutter_error = false;
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
