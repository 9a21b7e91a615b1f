//! Requests of a simulated counter besides those of its catch-up.

use api::{PrinterId, feed::ClaimFrom};
use jiff::SignedDuration;

use crate::{counter::Term, step::Fate, world::World};

impl World {
    /// The server can be asked.
    pub fn reaches(&self, c: usize, fate: Fate) -> bool {
        let counter = &self.counters[c];
        !counter.asleep && !counter.cut && fate != Fate::Failed
    }

    pub fn claim(&mut self, c: usize, printers: &[PrinterId], from: ClaimFrom, fate: Fate) {
        let is_copy = self.counters[c].lease == Term::Refused;
        if self.reaches(c, fate) && !printers.is_empty() && !is_copy {
            let (id, now) = (self.counters[c].id, self.now);
            self.server.claim(id, printers, from, now, &mut self.random);
        }
    }

    pub fn renew(&mut self, c: usize, fate: Fate) {
        if !self.reaches(c, fate) {
            return;
        }
        let sent = self.now;
        self.tick(5);
        let counter = &mut self.counters[c];
        let proof = counter.proof.clone();
        let answer = self.server.renew(
            counter.id,
            (counter.run, counter.machine),
            proof.as_deref(),
            self.now,
            &mut self.random,
        );
        if fate == Fate::AnswerLost {
            return;
        }
        match answer {
            None => counter.lease = Term::Refused,
            Some((proof, lease_ms, over)) => {
                counter.proof = Some(proof);
                counter.ends = lease_ms.is_some();
                counter.over = over;
                counter.lease = lease_ms.map_or(Term::Never, |lease| {
                    Term::Until(sent + SignedDuration::from_millis(lease.cast_signed()))
                });
            }
        }
    }

    pub fn report(&mut self, c: usize, fate: Fate) {
        if !self.reaches(c, fate) || !self.counters[c].is_heard() {
            return;
        }
        let counter = &mut self.counters[c];
        // It asks first how far the server is, which may have been restored.
        counter.reported = self.server.report(counter.id, &[]);
        let reports = counter.queue.reports_after(counter.reported);
        let taken = self.server.report(counter.id, &reports);
        if fate != Fate::AnswerLost {
            counter.reported = taken;
        }
    }
}
