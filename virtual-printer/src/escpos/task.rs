//! The task that owns an ESC/POS printer: its listener, device, faults and current sender.

use super::answers::Effect;
use super::connection::{Connection, Ended};
use super::device::Device;
use super::listener::Listener;
use super::{Config, SecondSender};
use crate::control::{Command, State};
use crate::faults::Faults;
use crate::paper::{Moment, PaperRoll};
use crate::transport::Transport;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// One printer and its port.
#[derive(Debug)]
pub(crate) struct PrinterTask {
    listener: Listener,
    /// Attached streams that are not served yet.
    attached: VecDeque<Transport>,
    config: Config,
    device: Device,
    faults: Faults,
    paper: Arc<PaperRoll>,
    state: watch::Sender<State>,
    commands: mpsc::Receiver<Command>,
    stop: CancellationToken,
}

impl PrinterTask {
    pub(crate) fn new(
        listener: Listener,
        config: Config,
        paper: Arc<PaperRoll>,
        state: watch::Sender<State>,
        commands: mpsc::Receiver<Command>,
        stop: CancellationToken,
    ) -> Self {
        let device = Device::new(config.identity.clone(), config.dots);
        Self {
            listener,
            attached: VecDeque::new(),
            config,
            device,
            faults: Faults::default(),
            paper,
            state,
            commands,
            stop,
        }
    }

    /// Serves one sender after the other until it is stopped.
    pub(crate) async fn run(mut self) {
        loop {
            let sender = if let Some(transport) = self.attached.pop_front() {
                Ok(transport)
            } else {
                let prints_at = self.prints_at();
                tokio::select! {
                    () = self.stop.cancelled() => return,
                    Some(command) = self.commands.recv() => {
                        self.handle(command, None);
                        continue;
                    }
                    () = sleep_until(prints_at) => {
                        self.print(None);
                        continue;
                    }
                    sender = self.listener.accept() => sender,
                }
            };
            match sender {
                Ok(transport) => {
                    self.state.send_modify(|state| {
                        state.connections += 1;
                        state.open = 1;
                        state.connected = true;
                    });
                    let ended = self.serve(Connection::new(transport)).await;
                    self.device.disconnected(Moment::now());
                    self.print(None);
                    self.state.send_modify(|state| {
                        state.open = 0;
                        state.connected = false;
                    });
                    tracing::debug!(port = ?self.listener.address(), ?ended, "sender gone");
                }
                Err(error) => {
                    tracing::warn!(port = ?self.listener.address(), %error, "no sender could be taken");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    async fn serve(&mut self, mut sender: Connection) -> Ended {
        let effects = self.device.connected(&self.faults);
        self.apply(effects, Some(&mut sender));
        loop {
            let plan = sender.plan(&self.faults, self.device.held_bytes(), self.config.buffer);
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
                if is_stuck && sender.finished_for() >= self.config.patience {
                    return Ended::OutOfPatience;
                }
            }
            let prints_at = self.prints_at();
            let wake = sender.wake(plan.read_at, prints_at, self.config.patience);
            let turn_away =
                self.faults.turn_away || self.config.second_sender == SecondSender::TurnedAway;
            tokio::select! {
                () = self.stop.cancelled() => return Ended::Stopped,
                Some(command) = self.commands.recv() => {
                    if self.handle(command, Some(&mut sender)) {
                        return Ended::Reset;
                    }
                }
                read = sender.exchange(plan.bytes, self.faults.bytes_per_second) => {
                    match read.map(|bytes| self.take(bytes, &mut sender)) {
                        Ok(false) => {}
                        Ok(true) => return Ended::Reset,
                        Err(error) => {
                            tracing::debug!(%error, "sender lost");
                            return Ended::Lost;
                        }
                    }
                }
                other = self.listener.another(), if turn_away => {
                    if let Ok(transport) = other {
                        transport.reset();
                    }
                }
                // A timer expired: the loop looks again at what is due.
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
        let free = self.config.buffer.saturating_sub(self.device.held_bytes());
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

    /// Prints what can be printed and publishes the new state.
    fn print(&mut self, mut sender: Option<&mut Connection>) {
        let effects = self.device.run(Moment::now(), &self.faults);
        self.apply(effects, sender.as_deref_mut());
        if let Some(sender) = sender {
            sender.update_flow_control(self.device.held_bytes(), self.config.buffer);
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

    /// Executes a command; true when that ended the connection.
    fn handle(&mut self, command: Command, mut sender: Option<&mut Connection>) -> bool {
        let mut over = false;
        let done = match command {
            Command::SetFaults(turn, done) => {
                turn(&mut self.faults);
                self.listener.set_open(!self.faults.refuse);
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
            Command::CutPower(done) => {
                self.listener.reset_waiting();
                over = self.cut_power(sender);
                done
            }
            Command::TearOff(done) => {
                let effects = self.device.tear_off(Moment::now());
                self.apply(effects, sender);
                self.publish();
                done
            }
            Command::Attach(transport, done) => {
                self.attached.push_back(transport);
                done
            }
        };
        // The caller may have gone; the command was executed all the same.
        let _ = done.send(());
        over
    }

    fn apply(&mut self, effects: Vec<Effect>, mut sender: Option<&mut Connection>) {
        for effect in effects {
            match effect {
                Effect::Answer(bytes) => {
                    if let Some(sender) = sender.as_deref_mut() {
                        sender.send(&bytes);
                    }
                }
                Effect::Confirm(bytes) => {
                    if let Some(sender) = sender.as_deref_mut() {
                        let delay = self.faults.late_confirmation_ms.unwrap_or(0);
                        sender.send_later(bytes, Duration::from_millis(delay));
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
                // Handled by the caller, which has the connection.
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
