//! What the server says: answers, pushes and pings, in the order in which they arrive.

use std::time::{Duration, Instant};

use api::centrifugo::{ConnectResult, ErrorReply, Push, Reply, frames};

use super::{Action, Connection, Phase, Renewal, Session, Subscription, codes, subscription::said};

impl Connection {
    pub(super) fn heard(&mut self, text: &str, now: Instant) {
        for line in frames(text) {
            // A frame may have ended the connection; what follows it belongs to nobody.
            if !matches!(self.phase, Phase::Connecting { .. } | Phase::Online(_)) {
                return;
            }
            match serde_json::from_str::<Reply>(line) {
                Ok(reply) => self.reply(reply, now),
                Err(error) => {
                    return self.lose(&format!("a frame that cannot be read: {error}"), now);
                }
            }
        }
        // Anything that arrives shows that the connection lives.
        if let Phase::Online(session) = &mut self.phase {
            session.silent_at = session
                .ping
                .map(|ping| now + ping + self.settings.ping_slack);
        }
    }

    fn reply(&mut self, reply: Reply, now: Instant) {
        if reply.id > 0 {
            self.answer(reply, now);
        } else if let Some(push) = reply.push {
            self.pushed(push, now);
        } else {
            self.proved();
            if let Phase::Online(Session { pong: true, .. }) = self.phase {
                self.actions.push(Action::Send("{}".to_owned()));
            }
        }
    }

    /// Answers to what is no longer waited for fall through.
    fn answer(&mut self, reply: Reply, now: Instant) {
        match &self.phase {
            Phase::Connecting { id, .. } if *id == reply.id => match (reply.error, reply.connect) {
                (Some(error), _) => self.connect_failed(&error, now),
                (None, Some(result)) => self.connected(&result, now),
                (None, None) => self.lose("an answer to connect without a result", now),
            },
            Phase::Online(Session {
                renewal: Renewal::Asked { id, .. },
                ..
            }) if *id == reply.id => match (reply.error, reply.refresh) {
                (Some(error), _) => self.refresh_failed(&error, now),
                (None, result) => {
                    self.proved();
                    let ttl = result
                        .filter(|result| result.expires)
                        .map(|result| result.ttl);
                    let renewal = self.renewal(ttl, now);
                    self.renew_connection(renewal);
                }
            },
            Phase::Online(_) => self.channel_answer(reply, now),
            Phase::Waiting { .. }
            | Phase::Fetching
            | Phase::Dialling { .. }
            | Phase::Connecting { .. } => {}
        }
    }

    fn channel_answer(&mut self, reply: Reply, now: Instant) {
        match &self.subscription {
            Subscription::Asked { id, recovering, .. } if *id == reply.id => {
                let recovering = *recovering;
                match (reply.error, reply.subscribe) {
                    (Some(error), _) => self.subscribe_failed(&error, now),
                    (None, Some(result)) => self.subscribed(result, recovering, now),
                    (None, None) => self.lose("an answer to subscribe without a result", now),
                }
            }
            Subscription::In {
                renewal: Renewal::Asked { id, .. },
            } if *id == reply.id => match (reply.error, reply.sub_refresh) {
                (Some(error), _) => self.renewal_failed(&error, now),
                (None, result) => {
                    let ttl = result
                        .filter(|result| result.expires)
                        .map_or(0, |result| result.ttl);
                    self.renewed(ttl, now);
                }
            },
            Subscription::Out
            | Subscription::Waiting { .. }
            | Subscription::Fetching
            | Subscription::Asked { .. }
            | Subscription::In { .. } => {}
        }
    }

    fn connected(&mut self, result: &ConnectResult, now: Instant) {
        let ping = (result.ping > 0).then(|| Duration::from_secs(u64::from(result.ping)));
        let renewal = self.renewal(result.expires.then_some(result.ttl), now);
        self.phase = Phase::Online(Session {
            ping,
            pong: result.pong,
            silent_at: None,
            renewal,
        });
        self.subscribe(now);
    }

    fn renewal(&self, ttl: Option<u32>, now: Instant) -> Renewal {
        match ttl {
            Some(ttl) if ttl > 0 => Renewal::At(now + self.early(ttl)),
            Some(_) | None => Renewal::Never,
        }
    }

    fn connect_failed(&mut self, error: &ErrorReply, now: Instant) {
        if error.code == codes::TOKEN_EXPIRED {
            self.connection_token = None;
        }
        let detail = said("connect", error);
        if codes::passes(error) {
            self.lose(&detail, now);
        } else {
            self.fault(&detail, now);
        }
    }

    fn refresh_failed(&mut self, error: &ErrorReply, now: Instant) {
        if !codes::passes(error) {
            return self.fault(&said("refresh", error), now);
        }
        self.connection_token = None;
        let (from, to) = self.settings.renew_again;
        let at = now + self.jitter.between(from, to);
        self.renew_connection(Renewal::At(at));
    }

    fn pushed(&mut self, push: Push, now: Instant) {
        if let Some(end) = push.disconnect {
            let code = u16::try_from(end.code).unwrap_or(codes::ABNORMAL);
            return self.closed(code, &end.reason, now);
        }
        if push.channel != self.settings.channel {
            return;
        }
        if let Some(publication) = push.publication {
            self.published(publication, now);
        } else if let Some(end) = push.unsubscribe {
            self.unsubscribed(end.code, &end.reason, now);
        }
        // Joins, leaves and what newer servers say are of no interest to a counter.
    }
}
