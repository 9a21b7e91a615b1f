//! The channels of the hub, each with its stream and subscribers. Plain state behind one lock, which is never held across
//! an await.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use api::centrifugo::{
    ClientInfo, HistoryRequest, HistoryResult, JoinLeave, PresenceResult, PresenceStatsResult,
    Publication, Push, StreamPosition,
};
use serde_json::value::RawValue;

use super::{
    codes::ReplyError,
    config::{Config, Namespace},
    frame_queue::{FrameSender, push},
    stream::Stream,
};

/// How long idempotency keys are remembered.
const IDEMPOTENCY_TTL: Duration = Duration::from_secs(300);
/// How often unused channels are dropped.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// All channels, and the number of connections of each user.
#[derive(Debug)]
pub struct Channels {
    channels: HashMap<String, Channel>,
    connections: HashMap<String, usize>,
    swept: Instant,
}

#[derive(Debug)]
struct Channel {
    stream: Stream,
    subscribers: BTreeMap<String, Subscriber>,
    published: HashMap<String, StreamPosition>,
    published_at: VecDeque<(Instant, String)>,
}

/// A subscriber of a channel.
#[derive(Debug, Clone)]
pub struct Subscriber {
    /// The id of the connection.
    pub client: String,
    /// The user of its token.
    pub user: String,
    /// Where its frames are queued.
    pub outgoing: FrameSender,
    /// Receives join and leave pushes.
    pub wants_join_leave: bool,
}

/// What a subscriber missed.
#[derive(Debug, Default)]
pub struct Recovery {
    /// Oldest first.
    pub publications: Vec<Publication>,
    /// The publications have no gap.
    pub recovered: bool,
}

impl Channels {
    /// No channels.
    pub fn new(now: Instant) -> Channels {
        Channels {
            channels: HashMap::new(),
            connections: HashMap::new(),
            swept: now,
        }
    }

    /// Counts a connection of a user; `false` when the user is at the limit.
    pub fn connect(&mut self, user: &str, limit: usize) -> bool {
        let count = self.connections.entry(user.to_owned()).or_default();
        let fits = limit == 0 || user.is_empty() || *count < limit;
        *count += usize::from(fits);
        fits
    }

    /// A connection of a user has ended.
    pub fn disconnect(&mut self, user: &str) {
        if let Some(count) = self.connections.get_mut(user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.connections.remove(user);
            }
        }
    }

    /// Publishes once per key.
    pub fn publish(
        &mut self,
        name: &str,
        namespace: &Namespace,
        data: &RawValue,
        key: &str,
        now: Instant,
    ) -> StreamPosition {
        let channel = self.channel(name, namespace, now);
        channel.forget_keys(now);
        if let Some(position) = channel.published.get(key) {
            return position.clone();
        }
        let publication = channel.stream.add(data, namespace, now);
        let position = channel.stream.position();
        if !key.is_empty() {
            channel.published.insert(key.to_owned(), position.clone());
            channel.published_at.push_back((now, key.to_owned()));
        }
        let frame = push(Push {
            channel: name.to_owned(),
            publication: Some(publication),
            ..Push::default()
        });
        for subscriber in channel.subscribers.values() {
            subscriber.outgoing.send(Arc::clone(&frame));
        }
        position
    }

    /// The position at the end of a channel, and the publications after `since` if it is given.
    pub fn recover(
        &mut self,
        name: &str,
        namespace: &Namespace,
        since: Option<&StreamPosition>,
        limit: usize,
        now: Instant,
    ) -> (StreamPosition, Recovery) {
        let stream = &mut self.channel(name, namespace, now).stream;
        stream.forget(namespace, now);
        let recovery = match since {
            None => Recovery::default(),
            Some(since) if namespace.cache_recovery => {
                let newest = stream.newest();
                let known = *since == stream.position();
                Recovery {
                    recovered: newest.is_some(),
                    publications: newest.filter(|_| !known).cloned().into_iter().collect(),
                }
            }
            Some(since) => match stream.since(since, limit) {
                None => Recovery::default(),
                Some(publications) => Recovery {
                    publications,
                    recovered: true,
                },
            },
        };
        (stream.position(), recovery)
    }

    /// Adds a subscriber, which receives everything published from now on.
    pub fn subscribe(&mut self, name: &str, namespace: &Namespace, who: Subscriber, now: Instant) {
        let channel = self.channel(name, namespace, now);
        let info = who.info();
        channel.subscribers.insert(who.client.clone(), who);
        if namespace.join_leave {
            let join = Some(JoinLeave { info });
            channel.push_join_leave(Push {
                channel: name.to_owned(),
                join,
                ..Push::default()
            });
        }
    }

    /// Removes a subscriber.
    pub fn unsubscribe(&mut self, name: &str, namespace: &Namespace, client: &str) {
        let Some(channel) = self.channels.get_mut(name) else {
            return;
        };
        let Some(gone) = channel.subscribers.remove(client) else {
            return;
        };
        if namespace.join_leave {
            let leave = Some(JoinLeave { info: gone.info() });
            channel.push_join_leave(Push {
                channel: name.to_owned(),
                leave,
                ..Push::default()
            });
        }
    }

    /// Reads history.
    pub fn history(
        &mut self,
        request: &HistoryRequest,
        namespace: &Namespace,
        limit: usize,
        now: Instant,
    ) -> Result<HistoryResult, ReplyError> {
        let stream = &mut self.channel(&request.channel, namespace, now).stream;
        stream.forget(namespace, now);
        let publications = stream
            .history(request, limit)
            .ok_or(ReplyError::UNRECOVERABLE_POSITION)?;
        let StreamPosition { offset, epoch } = stream.position();
        Ok(HistoryResult {
            publications,
            epoch,
            offset,
        })
    }

    /// Lists subscribers.
    pub fn presence(&self, name: &str) -> PresenceResult {
        let presence = self
            .subscribers(name)
            .map(|one| (one.client.clone(), one.info()));
        PresenceResult {
            presence: presence.collect(),
        }
    }

    /// Counts subscribers and users.
    pub fn presence_stats(&self, name: &str) -> PresenceStatsResult {
        let mut users: Vec<_> = self
            .subscribers(name)
            .map(|one| one.user.as_str())
            .collect();
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let num_clients = count(users.len());
        users.sort_unstable();
        users.dedup();
        PresenceStatsResult {
            num_clients,
            num_users: count(users.len()),
        }
    }

    /// Drops channels without subscribers whose stream has expired.
    pub fn sweep(&mut self, config: &Config, now: Instant) {
        if now.saturating_duration_since(self.swept) < SWEEP_INTERVAL {
            return;
        }
        self.swept = now;
        self.channels.retain(|name, channel| {
            !channel.subscribers.is_empty()
                || config
                    .namespace(name)
                    .is_some_and(|(namespace, _)| !channel.stream.is_over(namespace, now))
        });
    }

    fn subscribers(&self, name: &str) -> impl Iterator<Item = &Subscriber> {
        self.channels
            .get(name)
            .into_iter()
            .flat_map(|channel| channel.subscribers.values())
    }

    fn channel(&mut self, name: &str, namespace: &Namespace, now: Instant) -> &mut Channel {
        let channel = self
            .channels
            .entry(name.to_owned())
            .or_insert_with(|| Channel::new(now));
        // While there are subscribers the stream stays: only a new subscription learns of a new epoch.
        if channel.subscribers.is_empty() && channel.stream.is_over(namespace, now) {
            *channel = Channel::new(now);
        }
        channel
    }
}

impl Channel {
    fn new(now: Instant) -> Channel {
        let epoch = uuid::Uuid::new_v4().simple().to_string();
        Channel {
            stream: Stream::new(epoch[..8].to_owned(), now),
            subscribers: BTreeMap::new(),
            published: HashMap::new(),
            published_at: VecDeque::new(),
        }
    }

    fn forget_keys(&mut self, now: Instant) {
        while let Some((at, _)) = self.published_at.front()
            && now.saturating_duration_since(*at) >= IDEMPOTENCY_TTL
            && let Some((_, key)) = self.published_at.pop_front()
        {
            self.published.remove(&key);
        }
    }

    fn push_join_leave(&self, what: Push) {
        let frame = push(what);
        for subscriber in self.subscribers.values().filter(|one| one.wants_join_leave) {
            subscriber.outgoing.send(Arc::clone(&frame));
        }
    }
}

impl Subscriber {
    fn info(&self) -> ClientInfo {
        ClientInfo {
            user: self.user.clone(),
            client: self.client.clone(),
        }
    }
}
