//! One client's connection as a state machine: commands and timeouts go in, frames come out through [`FrameSender`], and
//! an error ends it. No socket and no clock here.

mod channel;
mod session;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use api::centrifugo::{Command, Push, Reply, frames};
use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    channels::Channels,
    codes::{CommandError, Disconnect, ReplyError, subscription_expired},
    config::Config,
    frame_queue::{FrameSender, frame, push},
    tokens::Tokens,
};

/// State shared by all connections.
#[derive(Debug)]
pub struct Shared {
    /// Fixed at the start.
    pub config: Config,
    /// Verifies tokens.
    pub tokens: Tokens,
    channels: Mutex<Channels>,
    /// Sessions that have ended, until all tokens of them have expired.
    ended: watch::Sender<HashMap<Uuid, Instant>>,
}

/// Both clocks at one moment: timeouts use the first, expiry times of tokens the second.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Monotonic.
    pub instant: Instant,
    /// Wall clock.
    pub time: Timestamp,
}

/// One client's connection. Dropping it unsubscribes the client from all its channels.
#[derive(Debug)]
pub struct Connection {
    shared: Arc<Shared>,
    outgoing: FrameSender,
    id: String,
    /// 0 to 1: where in the second half of the interval the first ping falls.
    jitter: f64,
    opened: Instant,
    user: Option<User>,
    subscriptions: BTreeMap<String, Subscription>,
    next_ping: Option<Instant>,
    pong_due: Option<Instant>,
}

#[derive(Debug)]
struct User {
    id: String,
    session: Option<Uuid>,
    closes: Option<Instant>,
}

#[derive(Debug)]
struct Subscription {
    closes: Option<Instant>,
}

impl Shared {
    /// The state of a new hub.
    pub fn new(config: Config, tokens: Tokens, now: Instant) -> Shared {
        Shared {
            config,
            tokens,
            channels: Mutex::new(Channels::new(now)),
            ended: watch::Sender::default(),
        }
    }

    /// Refuses the tokens of a session, which live no longer than `life`, and wakes its connections.
    pub fn end_session(&self, session: Uuid, life: Duration, now: Instant) {
        self.ended.send_modify(|ended| {
            ended.retain(|_, until| *until > now);
            ended.insert(session, now + life);
        });
    }

    /// Changes when a session ends.
    pub fn ended_sessions(&self) -> watch::Receiver<HashMap<Uuid, Instant>> {
        self.ended.subscribe()
    }

    fn has_ended(&self, session: Option<Uuid>) -> bool {
        session.is_some_and(|session| self.ended.borrow().contains_key(&session))
    }

    /// Runs `work` under the lock. A poisoned lock is taken anyway: each step leaves the channels consistent.
    pub fn channels<T>(&self, work: impl FnOnce(&mut Channels) -> T) -> T {
        work(&mut self.channels.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Connection {
    /// A client that has just connected and not authenticated yet.
    pub fn new(shared: Arc<Shared>, outgoing: FrameSender, jitter: f64, now: Now) -> Connection {
        Connection {
            shared,
            outgoing,
            id: uuid::Uuid::new_v4().to_string(),
            jitter,
            opened: now.instant,
            user: None,
            subscriptions: BTreeMap::new(),
            next_ping: None,
            pong_due: None,
        }
    }

    /// The id of the connection, for logs.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the client has shown a valid token.
    pub fn is_authenticated(&self) -> bool {
        self.user.is_some()
    }

    /// Tells when sessions end; then [`Connection::on_ended_sessions`] is to be called.
    pub fn ended_sessions(&self) -> watch::Receiver<HashMap<Uuid, Instant>> {
        self.shared.ended_sessions()
    }

    /// Ends the connection with its session.
    ///
    /// # Errors
    /// When the session has ended.
    pub fn on_ended_sessions(&self) -> Result<(), Disconnect> {
        match &self.user {
            Some(user) if self.shared.has_ended(user.session) => Err(Disconnect::INVALID_TOKEN),
            Some(_) | None => Ok(()),
        }
    }

    /// Handles one WebSocket message.
    ///
    /// # Errors
    /// What ends the connection.
    pub fn on_message(&mut self, text: &str, now: Now) -> Result<(), Disconnect> {
        for line in frames(text) {
            let command = serde_json::from_str(line).map_err(|_| Disconnect::BAD_REQUEST)?;
            self.on_command(&command, now)?;
        }
        Ok(())
    }

    /// When [`Connection::on_timeout`] is to be called next.
    pub fn next_timeout(&self) -> Instant {
        let Some(user) = &self.user else {
            return self.opened + self.shared.config.client.stale_close_delay;
        };
        let far = self.opened + Duration::from_secs(86_400 * 365);
        let subscriptions = self.subscriptions.values().filter_map(|one| one.closes);
        [self.next_ping, self.pong_due, user.closes]
            .into_iter()
            .flatten()
            .chain(subscriptions)
            .min()
            .unwrap_or(far)
    }

    /// Sends pings and ends what was not renewed in time.
    ///
    /// # Errors
    /// What ends the connection.
    pub fn on_timeout(&mut self, now: Now) -> Result<(), Disconnect> {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now.instant);
        let Some(user) = &self.user else {
            let stale = self.next_timeout() <= now.instant;
            return if stale {
                Err(Disconnect::STALE)
            } else {
                Ok(())
            };
        };
        if due(self.pong_due) {
            return Err(Disconnect::NO_PONG);
        }
        if due(user.closes) {
            return Err(Disconnect::EXPIRED);
        }
        let ended: Vec<String> = self
            .subscriptions
            .iter()
            .filter(|(_, subscription)| due(subscription.closes))
            .map(|(channel, _)| channel.clone())
            .collect();
        for channel in ended {
            self.leave(&channel);
            self.outgoing.send(push(Push {
                channel,
                unsubscribe: Some(subscription_expired()),
                ..Push::default()
            }));
        }
        if due(self.next_ping) {
            let client = &self.shared.config.client;
            self.outgoing.send(frame(&Reply::default()));
            self.pong_due =
                Some(now.instant + client.pong_timeout).filter(|_| !client.pong_timeout.is_zero());
            self.next_ping = Some(now.instant + client.ping_interval);
        }
        Ok(())
    }

    fn on_command(&mut self, command: &Command, now: Now) -> Result<(), Disconnect> {
        // Any command answers a ping.
        self.pong_due = None;
        if self.user.is_none() && command.connect.is_none() {
            return Err(Disconnect::BAD_REQUEST);
        }
        if command.id == 0 {
            return match is_pong(command) {
                true => Ok(()),
                false => Err(Disconnect::BAD_REQUEST),
            };
        }
        let reply = match self.answer(command, now) {
            Ok(Some(reply)) => reply,
            Ok(None) => return Ok(()),
            Err(CommandError::Close(disconnect)) => return Err(disconnect),
            Err(CommandError::Reply(failure)) => Reply {
                error: Some(failure.reply()),
                ..Reply::default()
            },
        };
        self.reply(command.id, reply);
        Ok(())
    }

    /// `None` when the reply was queued already.
    fn answer(&mut self, command: &Command, now: Now) -> Result<Option<Reply>, CommandError> {
        let reply = Reply::default();
        Ok(Some(if let Some(connect) = &command.connect {
            let connect = Some(self.connect(connect, now)?);
            Reply { connect, ..reply }
        } else if let Some(subscribe) = &command.subscribe {
            self.subscribe(command.id, subscribe, now)?;
            return Ok(None);
        } else if let Some(refresh) = &command.refresh {
            let refresh = Some(self.refresh(refresh, now)?);
            Reply { refresh, ..reply }
        } else if let Some(refresh) = &command.sub_refresh {
            let sub_refresh = Some(self.sub_refresh(refresh, now)?);
            Reply {
                sub_refresh,
                ..reply
            }
        } else if let Some(request) = &command.unsubscribe {
            let unsubscribe = Some(self.unsubscribe(&request.channel)?);
            Reply {
                unsubscribe,
                ..reply
            }
        } else if let Some(request) = &command.history {
            let history = Some(self.history(request, now)?);
            Reply { history, ..reply }
        } else if let Some(request) = &command.presence {
            let presence = Some(self.presence(&request.channel)?);
            Reply { presence, ..reply }
        } else if let Some(request) = &command.presence_stats {
            let presence_stats = Some(self.presence_stats(&request.channel)?);
            Reply {
                presence_stats,
                ..reply
            }
        } else if command.publish.is_some() {
            // Only the backend publishes.
            return Err(ReplyError::PERMISSION_DENIED.into());
        } else {
            return Err(ReplyError::METHOD_NOT_FOUND.into());
        }))
    }

    fn reply(&self, id: u32, reply: Reply) {
        self.outgoing.send(frame(&Reply { id, ..reply }));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let channels: Vec<String> = self.subscriptions.keys().cloned().collect();
        for channel in channels {
            self.leave(&channel);
        }
        if let Some(user) = self.user.take() {
            self.shared
                .channels(|channels| channels.disconnect(&user.id));
        }
    }
}

fn is_pong(command: &Command) -> bool {
    let Command {
        id: 0,
        connect: None,
        subscribe: None,
        unsubscribe: None,
        publish: None,
        refresh: None,
        sub_refresh: None,
        history: None,
        presence: None,
        presence_stats: None,
    } = command
    else {
        return false;
    };
    true
}

#[cfg(test)]
mod tests;
