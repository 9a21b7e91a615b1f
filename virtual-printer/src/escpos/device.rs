//! The device: bytes in, effects (answers, receipts) out. Pure: no I/O, the time is an argument.

use super::answers::{self, Effect, Identity};
use super::open_receipt::OpenReceipt;
use super::status;
use crate::faults::Faults;
use crate::paper::Moment;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use templates::escpos_reader::{Command, Read, Reader, RealTime, Roll};

/// An entry of the printer's buffer.
#[derive(Debug)]
enum Buffered {
    Read {
        connection: u64,
        read: Read,
        bytes: Vec<u8>,
        arrived: Moment,
    },
    End,
}

/// One printer with paper in it.
#[derive(Debug)]
pub(super) struct Device {
    identity: Identity,
    dots: u32,
    reader: Reader,
    /// Bytes of a command that is not complete yet.
    raw: Vec<u8>,
    roll: Roll,
    queue: VecDeque<Buffered>,
    held_bytes: usize,
    connection: u64,
    open_receipt: OpenReceipt,
    automatic: u8,
    sent_status: [u8; 4],
    /// DLE DC4 functions 1 (drawer) and 2 (power off): are they enabled?
    enabled: [bool; 2],
    /// The fault `paper_out_after_lines` as it was last set, and the line at which it strikes.
    paper_end: Option<(u32, u64)>,
    /// There was a power cut, and no sender was notified yet.
    restarted: bool,
    /// With the fault `lines_per_second`: when the next line may be printed.
    next_line: Option<Instant>,
    /// Drawer pulses since the start, at each connector.
    pub(super) drawers: [u64; 2],
    /// How often the buffer was cleared by a sender.
    pub(super) buffer_clears: u64,
    /// Power cuts since the start.
    pub(super) power_cuts: u64,
}

impl Device {
    pub(super) fn new(identity: Identity, dots: u32) -> Self {
        Self {
            identity,
            dots,
            reader: Reader::new(),
            raw: Vec::new(),
            roll: Roll::new(dots),
            queue: VecDeque::new(),
            held_bytes: 0,
            connection: 0,
            open_receipt: OpenReceipt::default(),
            automatic: 0,
            sent_status: [0; 4],
            enabled: [true, true],
            paper_end: None,
            restarted: false,
            next_line: None,
            drawers: [0, 0],
            buffer_clears: 0,
            power_cuts: 0,
        }
    }

    /// Bytes that were taken and are not printed yet.
    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes + self.raw.len()
    }

    /// Nothing waits.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// Something has come out since the last cut.
    pub(super) fn has_paper_out(&self) -> bool {
        !self.roll.is_blank()
    }

    /// When something can be printed that waits only because the printer is slow.
    pub(super) fn prints_at(&self, faults: &Faults) -> Option<Instant> {
        let waits = !self.queue.is_empty() && !faults.is_offline();
        self.next_line.filter(|_| waits)
    }

    /// A sender connected, or the printer was switched on in front of one.
    pub(super) fn connected(&mut self, faults: &Faults) -> Vec<Effect> {
        self.connection += 1;
        self.automatic = 0;
        let mut effects = Vec::new();
        if std::mem::take(&mut self.restarted) && faults.power_on_notice {
            effects.push(answers::switched_on(faults));
        }
        if faults.automatic_status {
            self.automatic = 0x0f;
            self.sent_status = status::automatic(faults);
            effects.extend(answers::status(&self.sent_status, faults));
        }
        effects
    }

    /// The sender is gone. The buffer is still printed, and the receipt ends there.
    pub(super) fn disconnected(&mut self, now: Moment) {
        let reads = std::mem::take(&mut self.reader).finish();
        self.hold(reads, now);
        self.raw.clear();
        self.queue.push_back(Buffered::End);
        self.connection += 1;
        self.automatic = 0;
    }

    /// Takes bytes: real-time commands are executed now, all others by [`Device::run`].
    pub(super) fn receive(&mut self, bytes: &[u8], now: Moment, faults: &Faults) -> Vec<Effect> {
        self.raw.extend_from_slice(bytes);
        let reads = self.reader.push(bytes);
        let mut effects = Vec::new();
        let mut waiting = Vec::with_capacity(reads.len());
        let mut stuck = faults.cutter_error;
        for read in reads {
            if let Command::RealTime {
                request,
                inside_data,
            } = read.what
            {
                if inside_data {
                    self.open_receipt
                        .note(&read, "obeyed although it stands inside of other data");
                }
                let recovers = stuck && matches!(request, RealTime::Recover(1 | 2));
                if request == RealTime::ClearBuffer || (recovers && request == RealTime::Recover(2))
                {
                    waiting.clear();
                    self.clear_buffer();
                }
                if recovers {
                    // Recovered once: the next command of this kind has nothing to recover.
                    stuck = false;
                    effects.push(Effect::Recovered);
                }
                self.real_time(request, faults, &mut effects);
                if inside_data {
                    continue;
                }
            }
            waiting.push(read);
        }
        self.hold(waiting, now);
        effects
    }

    fn hold(&mut self, reads: Vec<Read>, arrived: Moment) {
        // Cleared commands leave their bytes in front: everything up to the next kept one goes with them.
        let mut end = self.raw.len();
        let mut held = Vec::with_capacity(reads.len());
        let open = self.reader.open_bytes().min(end);
        end -= open;
        for read in reads.into_iter().rev() {
            let from = end.saturating_sub(read.len);
            held.push((self.raw[from..end].to_vec(), read));
            end = from;
        }
        self.raw.drain(..self.raw.len() - open);
        for (bytes, read) in held.into_iter().rev() {
            self.held_bytes += bytes.len();
            self.queue.push_back(Buffered::Read {
                connection: self.connection,
                read,
                bytes,
                arrived,
            });
        }
    }

    fn real_time(&mut self, request: RealTime, faults: &Faults, effects: &mut Vec<Effect>) {
        match request {
            RealTime::Status(n @ 1..=4) => {
                effects.extend(answers::status(&[status::real_time(n, faults)], faults))
            }
            RealTime::DrawerPulse { pin, .. } if self.enabled[0] => self.open_drawer(pin),
            RealTime::PowerOff if self.enabled[1] => effects.push(Effect::PowerOff),
            RealTime::ClearBuffer => effects.push(answers::cleared(faults)),
            RealTime::TransmitStatus(1) => {
                effects.extend(answers::status(&status::automatic(faults), faults));
            }
            RealTime::Status(_)
            | RealTime::Recover(_)
            | RealTime::DrawerPulse { .. }
            | RealTime::PowerOff
            | RealTime::Buzzer
            | RealTime::TransmitStatus(_) => {}
        }
    }

    fn clear_buffer(&mut self) {
        self.queue.retain(|held| matches!(held, Buffered::End));
        self.held_bytes = 0;
        self.buffer_clears += 1;
    }

    fn open_drawer(&mut self, pin: u8) {
        self.drawers[usize::from(pin == 5)] += 1;
        self.open_receipt.drawer_opened();
    }

    /// Faults changed: sends the automatic status if it was enabled.
    pub(super) fn faults_changed(&mut self, faults: &Faults) -> Vec<Effect> {
        self.paper_end = match (faults.paper_out_after_lines, self.paper_end) {
            (None, _) => None,
            (Some(lines), Some((set, at))) if set == lines => Some((set, at)),
            (Some(lines), _) => Some((lines, self.roll.lines() + u64::from(lines))),
        };
        let mut effects = Vec::new();
        let now = status::automatic(faults);
        let watched = status::watched(self.automatic);
        if (0..4).any(|byte| (now[byte] ^ self.sent_status[byte]) & watched[byte] != 0) {
            self.sent_status = now;
            effects.extend(answers::status(&now, faults));
        }
        effects
    }

    /// Prints what waits, as far as there is paper, the cover is closed and the printer is fast enough.
    pub(super) fn run(&mut self, now: Moment, faults: &Faults) -> Vec<Effect> {
        let mut effects = Vec::new();
        if faults.lines_per_second.is_none() {
            self.next_line = None;
        }
        while !faults.is_offline() && self.next_line.is_none_or(|at| at <= now.instant) {
            let before = self.roll.lines();
            let Some(held) = self.queue.pop_front() else {
                break;
            };
            match held {
                Buffered::End => {
                    self.end(now, &mut effects);
                }
                Buffered::Read {
                    connection,
                    read,
                    bytes,
                    arrived,
                } => {
                    self.held_bytes = self.held_bytes.saturating_sub(bytes.len());
                    let asked = connection == self.connection;
                    self.execute(&read, &bytes, arrived, now, faults, asked, &mut effects);
                }
            }
            if let Some(speed) = faults.lines_per_second
                && self.roll.lines() > before
            {
                let lines = (self.roll.lines() - before) as f64;
                let takes = Duration::from_secs_f64(lines / f64::from(speed.max(1)));
                self.next_line = Some(now.instant + takes);
            }
            if self
                .paper_end
                .is_some_and(|(_, line)| self.roll.lines() >= line)
            {
                self.paper_end = None;
                effects.push(Effect::PaperRanOut);
                break;
            }
        }
        effects
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one command with all that it came with"
    )]
    fn execute(
        &mut self,
        read: &Read,
        bytes: &[u8],
        arrived: Moment,
        now: Moment,
        faults: &Faults,
        asked: bool,
        effects: &mut Vec<Effect>,
    ) {
        let is_question = self.question(&read.what, faults, asked, effects);
        self.open_receipt.add(bytes, is_question, arrived);
        if let Command::Unknown(_) | Command::Truncated(_) = read.what {
            self.open_receipt.note(read, "not understood");
        }
        if let Command::DrawerPulse { pin, .. } = read.what {
            self.open_drawer(pin);
        }
        if let Command::RealTimeAllowed(pairs) = &read.what {
            for (function, allowed) in pairs {
                if let Some(enabled) = self.enabled.get_mut(usize::from(*function).wrapping_sub(1))
                {
                    *enabled = *allowed;
                }
            }
        }
        if let Some(paper) = self.roll.take(&read.what) {
            let open_receipt = std::mem::take(&mut self.open_receipt);
            effects.push(Effect::Printed(open_receipt.printed(paper, false, now)));
        }
    }

    /// Answers a query; true when the command was one.
    fn question(
        &mut self,
        command: &Command,
        faults: &Faults,
        asked: bool,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let mut ignored = Vec::new();
        let effects = if asked { effects } else { &mut ignored };
        if let Command::Status(n) = command {
            effects.extend(answers::status(&[status::queued(*n, faults)], faults));
        } else if let Command::AutomaticStatus(n) = command {
            if asked {
                self.automatic = *n;
            }
            if *n != 0 {
                self.sent_status = status::automatic(faults);
                effects.extend(answers::status(&self.sent_status, faults));
            }
        } else if let Command::Identify(n) = command {
            effects.extend(answers::identity(*n, &self.identity, faults));
        } else if let Command::Confirm(id) = command {
            effects.extend(answers::confirmation(*id, faults));
        } else {
            return matches!(command, Command::RealTime { .. });
        }
        true
    }

    /// The sender's connection is over: what is on the paper ends here, without a cut.
    fn end(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        let open_line = self.roll.has_open_line();
        let torn = self.roll.tear_off();
        let open_receipt = std::mem::take(&mut self.open_receipt);
        if let Some(paper) = torn {
            effects.push(Effect::Printed(open_receipt.printed(paper, open_line, now)));
        }
    }

    /// Tears off the paper that hangs out. What waits in the buffer is printed on the next one.
    pub(super) fn tear_off(&mut self, now: Moment) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.end(now, &mut effects);
        effects
    }

    /// The power fails: the buffer and every setting are gone, the paper stays as far as it was printed.
    pub(super) fn power_cut(&mut self, now: Moment) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.end(now, &mut effects);
        let lines_left = self
            .paper_end
            .map(|(set, at)| (set, at.saturating_sub(self.roll.lines())));
        let fresh = Self::new(std::mem::take(&mut self.identity), self.dots);
        *self = Self {
            connection: self.connection + 1,
            restarted: true,
            drawers: self.drawers,
            buffer_clears: self.buffer_clears,
            power_cuts: self.power_cuts + 1,
            paper_end: lines_left,
            ..fresh
        };
        effects
    }
}
