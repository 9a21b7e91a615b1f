//! Channel commands: `subscribe`, `sub_refresh`, `unsubscribe`, `history`, `presence`.

use api::centrifugo::{
    Empty, HistoryRequest, HistoryResult, PresenceResult, PresenceStatsResult, RefreshResult,
    Reply, StreamPosition, SubRefreshRequest, SubscribeRequest, SubscribeResult,
};

use super::{Connection, Now, Subscription, session};
use crate::hub::{
    channels::{Channels, Subscriber},
    codes::{CommandError, Disconnect, ReplyError},
    config::Namespace,
    frame_queue::frame,
    tokens::{Claims, TokenError},
};

/// Bit of `flag`: the client prefers error 112 to a subscription with a gap.
const REJECT_UNRECOVERED: u64 = 2;

impl Connection {
    /// Queues its reply itself, under the lock: no publication may be lost between recovery and subscription, and none may
    /// overtake the reply.
    pub(super) fn subscribe(
        &mut self,
        id: u32,
        request: &SubscribeRequest,
        now: Now,
    ) -> Result<(), CommandError> {
        let name = request.channel.as_str();
        if name.is_empty() {
            return Err(Disconnect::BAD_REQUEST.into());
        }
        if name.len() > self.shared.config.channel_max_length {
            return Err(ReplyError::BAD_REQUEST.into());
        }
        if self.subscriptions.contains_key(name) {
            return Err(ReplyError::ALREADY_SUBSCRIBED.into());
        }
        let limit = self.shared.config.client.channel_limit;
        if self.subscriptions.len() >= limit {
            return Err(ReplyError::LIMIT_EXCEEDED.into());
        }
        let shared = self.shared.clone();
        let namespace = namespace_of(&shared, name)?;
        let (_, rest) = shared
            .config
            .namespace(name)
            .ok_or(ReplyError::UNKNOWN_CHANNEL)?;
        if namespace
            .channel_regex
            .as_ref()
            .is_some_and(|regex| !regex.is_match(rest))
        {
            return Err(ReplyError::BAD_REQUEST.into());
        }
        let claims = self.authorize_subscription(request, namespace, now)?;
        let ttl = session::seconds_left(&claims, now);

        let recoverable = namespace.recovery.granted(request.recoverable);
        let positioned = recoverable || namespace.positioning.granted(request.positioned);
        let since = StreamPosition {
            offset: request.offset,
            epoch: request.epoch.clone(),
        };
        let asked = recoverable && (request.recover || namespace.auto_cache_recover);
        let since = asked.then_some(since);
        let who = Subscriber {
            client: self.id.clone(),
            user: claims.sub,
            outgoing: self.outgoing.clone(),
            wants_join_leave: namespace.join_leave
                && (namespace.force_push_join_leave
                    || (request.join_leave
                        && (namespace.presence_for_subscriber || namespace.presence_for_client))),
        };
        let most = shared.config.client.recovery_max_publication_limit;
        shared.channels(|channels: &mut Channels| {
            let (top, recovery) =
                channels.recover(name, namespace, since.as_ref(), most, now.instant);
            if request.recover && request.flag & REJECT_UNRECOVERED != 0 && !recovery.recovered {
                return Err(ReplyError::UNRECOVERABLE_POSITION);
            }
            let StreamPosition { offset, epoch } = top;
            let reply = SubscribeResult {
                expires: ttl.is_some(),
                ttl: ttl.unwrap_or_default(),
                recoverable,
                positioned,
                recovered: recovery.recovered,
                was_recovering: recoverable && request.recover,
                // The client moves on from here with each publication that it handles.
                offset: match recovery.publications.first() {
                    _ if !positioned => 0,
                    Some(first) => first.offset - 1,
                    None => offset,
                },
                epoch: if positioned { epoch } else { String::new() },
                publications: recovery.publications,
            };
            let subscribe = Some(reply);
            self.outgoing.send(frame(&Reply {
                id,
                subscribe,
                ..Reply::default()
            }));
            channels.subscribe(name, namespace, who, now.instant);
            Ok(())
        })?;
        let delay = shared.config.client.expired_sub_close_delay;
        let closes = session::deadline(ttl, delay, now);
        self.subscriptions
            .insert(name.to_owned(), Subscription { closes });
        Ok(())
    }

    pub(super) fn sub_refresh(
        &mut self,
        request: &SubRefreshRequest,
        now: Now,
    ) -> Result<RefreshResult, CommandError> {
        if request.channel.is_empty() {
            return Err(Disconnect::BAD_REQUEST.into());
        }
        if !self.subscriptions.contains_key(&request.channel) {
            return Err(ReplyError::PERMISSION_DENIED.into());
        }
        if request.token.is_empty() {
            return Err(ReplyError::BAD_REQUEST.into());
        }
        let claims = match self.subscription_claims(&request.token, &request.channel, now) {
            Err(CommandError::Reply(ReplyError::TOKEN_EXPIRED)) => {
                return Err(ReplyError::EXPIRED.into());
            }
            Err(CommandError::Reply(_)) => return Err(Disconnect::INVALID_TOKEN.into()),
            other => other?,
        };
        let ttl = session::seconds_left(&claims, now);
        let delay = self.shared.config.client.expired_sub_close_delay;
        let closes = session::deadline(ttl, delay, now);
        self.subscriptions
            .insert(request.channel.clone(), Subscription { closes });
        Ok(RefreshResult {
            expires: ttl.is_some(),
            ttl: ttl.unwrap_or_default(),
            ..RefreshResult::default()
        })
    }

    pub(super) fn unsubscribe(&mut self, channel: &str) -> Result<Empty, CommandError> {
        if channel.is_empty() {
            return Err(Disconnect::BAD_REQUEST.into());
        }
        self.leave(channel);
        Ok(Empty {})
    }

    pub(super) fn leave(&mut self, channel: &str) {
        let known = self.subscriptions.remove(channel).is_some();
        if let Some((namespace, _)) = self.shared.config.namespace(channel).filter(|_| known) {
            self.shared
                .channels(|channels| channels.unsubscribe(channel, namespace, &self.id));
        }
    }

    pub(super) fn history(
        &self,
        request: &HistoryRequest,
        now: Now,
    ) -> Result<HistoryResult, CommandError> {
        let namespace = self.authorize_query(&request.channel, |namespace| {
            (
                namespace.history_size > 0,
                namespace.history_for_subscriber,
                namespace.history_for_client,
            )
        })?;
        let most = self.shared.config.client.history_max_publication_limit;
        let history = self
            .shared
            .channels(|channels| channels.history(request, namespace, most, now.instant))?;
        Ok(history)
    }

    pub(super) fn presence(&self, channel: &str) -> Result<PresenceResult, CommandError> {
        self.authorize_query(channel, presence)?;
        Ok(self.shared.channels(|channels| channels.presence(channel)))
    }

    pub(super) fn presence_stats(
        &self,
        channel: &str,
    ) -> Result<PresenceStatsResult, CommandError> {
        self.authorize_query(channel, presence)?;
        Ok(self
            .shared
            .channels(|channels| channels.presence_stats(channel)))
    }

    /// Checks that a query is enabled in the namespace, and allowed to subscribers or to all clients.
    fn authorize_query(
        &self,
        channel: &str,
        rights: impl Fn(&Namespace) -> (bool, bool, bool),
    ) -> Result<&Namespace, CommandError> {
        if channel.is_empty() {
            return Err(Disconnect::BAD_REQUEST.into());
        }
        let namespace = namespace_of(&self.shared, channel)?;
        let (exists, inside, all) = rights(namespace);
        if !exists {
            return Err(ReplyError::NOT_AVAILABLE.into());
        }
        if all || (inside && self.subscriptions.contains_key(channel)) {
            return Ok(namespace);
        }
        Err(ReplyError::PERMISSION_DENIED.into())
    }

    fn authorize_subscription(
        &self,
        request: &SubscribeRequest,
        namespace: &Namespace,
        now: Now,
    ) -> Result<Claims, CommandError> {
        if !request.token.is_empty() {
            return self.subscription_claims(&request.token, &request.channel, now);
        }
        match &self.user {
            Some(user) if namespace.subscribe_for_client && !user.id.is_empty() => Ok(Claims {
                sub: user.id.clone(),
                ..Claims::default()
            }),
            Some(_) | None => Err(ReplyError::PERMISSION_DENIED.into()),
        }
    }

    /// A token for another channel or user ends the connection: a retry would not help.
    fn subscription_claims(
        &self,
        token: &str,
        channel: &str,
        now: Now,
    ) -> Result<Claims, CommandError> {
        let claims = match self.shared.tokens.subscription_claims(token, now.time) {
            Ok(claims) => claims,
            Err(TokenError::Expired) => return Err(ReplyError::TOKEN_EXPIRED.into()),
            Err(TokenError::Invalid) => return Err(ReplyError::PERMISSION_DENIED.into()),
        };
        let same_user = self.user.as_ref().is_some_and(|user| user.id == claims.sub);
        if claims.channel != channel || !same_user {
            return Err(Disconnect::INVALID_TOKEN.into());
        }
        Ok(claims)
    }
}

fn namespace_of<'a>(shared: &'a super::Shared, channel: &str) -> Result<&'a Namespace, ReplyError> {
    let namespace = shared.config.namespace(channel);
    namespace
        .map(|(namespace, _)| namespace)
        .ok_or(ReplyError::UNKNOWN_CHANNEL)
}

fn presence(namespace: &Namespace) -> (bool, bool, bool) {
    (
        namespace.presence,
        namespace.presence_for_subscriber,
        namespace.presence_for_client,
    )
}
