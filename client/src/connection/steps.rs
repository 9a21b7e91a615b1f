//! The way to a connection and back to the next try: tokens, dialling, timeouts, losses.

use std::time::{Duration, Instant};

use api::{
    centrifugo::{Command, ConnectRequest, RefreshRequest, StreamPosition},
    session::RealtimeToken,
};

use super::{
    Action, Connection, Held, Phase, Renewal, Status, Subscription, TokenFault, backoff, codes,
};

/// How a server knows what connects (at most 16 characters).
const NAME: &str = "panbot-counter";

impl Connection {
    pub(super) fn tick(&mut self, now: Instant) {
        let due = |at: Instant| at <= now;
        match &self.phase {
            Phase::Waiting { until } if due(*until) => self.begin(now),
            Phase::Dialling { due: at, .. } if due(*at) => {
                self.lose("the server did not answer the handshake", now);
            }
            Phase::Connecting { due: at, .. } if due(*at) => {
                self.lose("the server did not answer connect", now);
            }
            Phase::Waiting { .. }
            | Phase::Fetching
            | Phase::Dialling { .. }
            | Phase::Connecting { .. } => {}
            Phase::Online(session) => {
                if session.silent_at.is_some_and(due) {
                    return self.lose("no ping", now);
                }
                match session.renewal {
                    Renewal::At(at) if due(at) => self.fetch_for_renewal(),
                    Renewal::Asked { due: at, .. } if due(at) => {
                        return self.lose("the server did not answer refresh", now);
                    }
                    Renewal::Never | Renewal::At(_) | Renewal::Fetching | Renewal::Asked { .. } => {
                    }
                }
                self.tick_subscription(now);
            }
        }
    }

    pub(super) fn opened(&mut self, now: Instant) {
        let Phase::Dialling { .. } = &self.phase else {
            return;
        };
        let Some(held) = &self.connection_token else {
            return self.lose("the connection token is gone", now);
        };
        let connect = ConnectRequest {
            token: held.token.token.clone(),
            name: NAME.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let connect = Some(connect);
        // Ids begin anew with each connection.
        self.last_id = 0;
        let id = self.command(Command {
            connect,
            ..Command::default()
        });
        let due = now + self.settings.answer;
        self.phase = Phase::Connecting { id, due };
    }

    pub(super) fn closed(&mut self, code: u16, reason: &str, now: Instant) {
        if matches!(self.phase, Phase::Waiting { .. } | Phase::Fetching) {
            return;
        }
        if code == codes::CONNECTION_EXPIRED {
            self.connection_token = None;
        }
        if code == codes::ALL_STATE_INVALIDATED {
            self.invalidate();
        }
        let detail = match reason {
            "" => format!("the connection closed (code {code})"),
            reason => format!("{reason} (code {code})"),
        };
        if codes::comes_back(code) {
            self.lose(&detail, now);
        } else {
            self.fault(&detail, now);
        }
    }

    pub(super) fn connection_token_came(
        &mut self,
        result: Result<RealtimeToken, TokenFault>,
        now: Instant,
    ) {
        let waits = match &self.phase {
            Phase::Fetching => true,
            Phase::Online(session) => matches!(session.renewal, Renewal::Fetching),
            Phase::Waiting { .. } | Phase::Dialling { .. } | Phase::Connecting { .. } => false,
        };
        if !waits {
            return;
        }
        match result {
            Ok(token) if token.token.is_empty() => {
                self.fault("the server gave an empty token", now)
            }
            Ok(token) => self.use_connection_token(token, now),
            Err(TokenFault::Refused(detail)) => self.fault(&detail, now),
            Err(TokenFault::Failed(detail)) => match &mut self.phase {
                Phase::Online(session) => {
                    let (from, to) = self.settings.renew_again;
                    session.renewal = Renewal::At(now + self.jitter.between(from, to));
                }
                Phase::Waiting { .. }
                | Phase::Fetching
                | Phase::Dialling { .. }
                | Phase::Connecting { .. } => {
                    self.lose(&detail, now);
                }
            },
        }
    }

    fn use_connection_token(&mut self, token: RealtimeToken, now: Instant) {
        if let Phase::Online(_) = self.phase {
            let refresh = Some(RefreshRequest {
                token: token.token.clone(),
            });
            self.connection_token = Some(self.hold(token, now));
            let id = self.command(Command {
                refresh,
                ..Command::default()
            });
            let due = now + self.settings.answer;
            self.renew_connection(Renewal::Asked { id, due });
            return;
        }
        self.connection_token = Some(self.hold(token, now));
        self.dial(now);
    }

    /// A new try.
    fn begin(&mut self, now: Instant) {
        self.attempt += 1;
        self.connection_token = self.connection_token.take().filter(|held| now < held.until);
        if self.connection_token.is_some() {
            return self.dial(now);
        }
        self.phase = Phase::Fetching;
        let attempt = self.attempt;
        self.actions.push(Action::FetchConnectionToken { attempt });
    }

    fn dial(&mut self, now: Instant) {
        let url = self
            .connection_token
            .as_ref()
            .and_then(|held| held.token.url.clone());
        let Some(url) = url else {
            return self.fault("the server does not say where to connect", now);
        };
        let due = now + self.settings.answer;
        self.actions.push(Action::Dial { url });
        self.phase = Phase::Dialling { due };
    }

    fn fetch_for_renewal(&mut self) {
        self.renew_connection(Renewal::Fetching);
        let attempt = self.attempt;
        self.actions.push(Action::FetchConnectionToken { attempt });
    }

    pub(super) fn renew_connection(&mut self, next: Renewal) {
        if let Phase::Online(session) = &mut self.phase {
            session.renewal = next;
        }
    }

    /// The connection is gone and is tried again.
    pub(super) fn lose(&mut self, detail: &str, now: Instant) {
        let wait = backoff::delay(self.failures, self.settings.backoff, &mut self.jitter);
        self.failures = self.failures.saturating_add(1);
        self.end(detail, false, now + wait);
    }

    /// Trying again is of no use, says the server. It is tried slowly, with tokens of its own.
    pub(super) fn fault(&mut self, detail: &str, now: Instant) {
        self.connection_token = None;
        self.subscription_token = None;
        let (from, to) = self.settings.slow_retry;
        let wait = self.jitter.between(from, to);
        self.end(detail, true, now + wait);
    }

    fn end(&mut self, detail: &str, is_final: bool, until: Instant) {
        self.actions.push(Action::Close);
        self.attempt += 1;
        self.phase = Phase::Waiting { until };
        self.subscription = Subscription::Out;
        self.subscribe_failures = 0;
        self.status = Status::Down {
            detail: detail.to_owned(),
            is_final,
        };
    }

    /// The connection has shown that it carries more than its own beginning.
    pub(super) fn proved(&mut self) {
        self.failures = 0;
    }

    /// A position that fits no stream: the next subscription says that everything has to be read anew.
    pub(super) fn invalidate(&mut self) {
        self.subscription_token = None;
        self.position = Some(StreamPosition {
            offset: 0,
            epoch: "_".to_owned(),
        });
    }

    /// Sends a command under the next id.
    pub(super) fn command(&mut self, command: Command) -> u32 {
        self.last_id += 1;
        let id = self.last_id;
        let text = serde_json::to_string(&Command { id, ..command })
            .expect("commands are plain data with text keys");
        self.actions.push(Action::Send(text));
        id
    }

    pub(super) fn hold(&self, token: RealtimeToken, now: Instant) -> Held {
        let until = now + self.early(token.expires_in);
        Held { token, until }
    }

    /// How long after now something is renewed that lives for so many seconds.
    pub(super) fn early(&self, seconds: u32) -> Duration {
        let life = Duration::from_secs(u64::from(seconds));
        life.saturating_sub(self.settings.renew_early)
            .max(life.mul_f64(0.5).min(Duration::from_secs(1)))
    }
}
