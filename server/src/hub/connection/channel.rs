//! What the client may hear: `subscribe`, `sub_refresh`, `unsubscribe`, and looking around in a channel.

use api::centrifugo::{
    Empty, HistoryRequest, HistoryResult, PresenceResult, PresenceStatsResult, RefreshResult,
    Reply, StreamPosition, SubRefreshRequest, SubscribeRequest, SubscribeResult,
};

use super::{Connection, Now, Subscription, session};
use crate::hub::{
    channels::{Channels, Subscriber},
    codes::{Disconnect, Failure, Refused},
    config::Namespace,
    outgoing::frame,
    tokens::{Claims, TokenError},
};

/// Bit of `flag`: rather error 112 than a subscription with a hole.
const REJECT_UNRECOVERED: u64 = 2;

impl Connection {
    /// Sends its reply itself: between the look into history and the first live publication nothing may be lost, and
    /// nothing may overtake the reply.
    pub(super) fn subscribe(
        &mut self,
        id: u32,
        request: &SubscribeRequest,
        now: Now,
    ) -> Result<(), Refused> {
        let name = request.channel.as_str();
        if name.is_empty() {
            return Err(Disconnect::BAD_REQUEST.into());
        }
        if name.len() > self.shared.config.channel_max_length {
            return Err(Failure::BAD_REQUEST.into());
        }
        if self.subscriptions.contains_key(name) {
            return Err(Failure::ALREADY_SUBSCRIBED.into());
        }
        let limit = self.shared.config.client.channel_limit;
        if self.subscriptions.len() >= limit {
            return Err(Failure::LIMIT_EXCEEDED.into());
        }
        let shared = self.shared.clone();
        let namespace = named(&shared, name)?;
        let (_, rest) = shared
            .config
            .namespace(name)
            .ok_or(Failure::UNKNOWN_CHANNEL)?;
        if namespace
            .channel_regex
            .as_ref()
            .is_some_and(|regex| !regex.is_match(rest))
        {
            return Err(Failure::BAD_REQUEST.into());
        }
        let claims = self.may_subscribe(request, namespace, now)?;
        let ttl = session::lasts(&claims, now);

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
            hears_others: namespace.join_leave
                && (namespace.force_push_join_leave
                    || (request.join_leave
                        && (namespace.presence_for_subscriber || namespace.presence_for_client))),
        };
        let most = shared.config.client.recovery_max_publication_limit;
        shared.channels(|channels: &mut Channels| {
            let (top, recovery) =
                channels.recover(name, namespace, since.as_ref(), most, now.instant);
            if request.recover && request.flag & REJECT_UNRECOVERED != 0 && !recovery.recovered {
                return Err(Failure::UNRECOVERABLE_POSITION);
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
            channels.enter(name, namespace, who, now.instant);
            Ok(())
        })?;
        let delay = shared.config.client.expired_sub_close_delay;
        let closes = session::closes(ttl, delay, now);
        self.subscriptions
            .insert(name.to_owned(), Subscription { closes });
        Ok(())
    }

    pub(super) fn sub_refresh(
        &mut self,
        request: &SubRefreshRequest,
        now: Now,
    ) -> Result<RefreshResult, Refused> {
        if request.channel.is_empty() {
            return Err(Disconnect::BAD_REQUEST.into());
        }
        if !self.subscriptions.contains_key(&request.channel) {
            return Err(Failure::PERMISSION_DENIED.into());
        }
        if request.token.is_empty() {
            return Err(Failure::BAD_REQUEST.into());
        }
        let claims = match self.subscription_claims(&request.token, &request.channel, now) {
            Err(Refused::Reply(Failure::TOKEN_EXPIRED)) => return Err(Failure::EXPIRED.into()),
            Err(Refused::Reply(_)) => return Err(Disconnect::INVALID_TOKEN.into()),
            other => other?,
        };
        let ttl = session::lasts(&claims, now);
        let delay = self.shared.config.client.expired_sub_close_delay;
        let closes = session::closes(ttl, delay, now);
        self.subscriptions
            .insert(request.channel.clone(), Subscription { closes });
        Ok(RefreshResult {
            expires: ttl.is_some(),
            ttl: ttl.unwrap_or_default(),
            ..RefreshResult::default()
        })
    }

    pub(super) fn unsubscribe(&mut self, channel: &str) -> Result<Empty, Refused> {
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
                .channels(|channels| channels.leave(channel, namespace, &self.id));
        }
    }

    pub(super) fn history(
        &self,
        request: &HistoryRequest,
        now: Now,
    ) -> Result<HistoryResult, Refused> {
        let namespace = self.look(&request.channel, |namespace| {
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

    pub(super) fn presence(&self, channel: &str) -> Result<PresenceResult, Refused> {
        self.look(channel, presence)?;
        Ok(self.shared.channels(|channels| channels.presence(channel)))
    }

    pub(super) fn presence_stats(&self, channel: &str) -> Result<PresenceStatsResult, Refused> {
        self.look(channel, presence)?;
        Ok(self
            .shared
            .channels(|channels| channels.presence_stats(channel)))
    }

    /// Whether the client may look around: the namespace has it, and it is for those inside or for all.
    fn look(
        &self,
        channel: &str,
        rights: impl Fn(&Namespace) -> (bool, bool, bool),
    ) -> Result<&Namespace, Refused> {
        if channel.is_empty() {
            return Err(Disconnect::BAD_REQUEST.into());
        }
        let namespace = named(&self.shared, channel)?;
        let (exists, inside, all) = rights(namespace);
        if !exists {
            return Err(Failure::NOT_AVAILABLE.into());
        }
        if all || (inside && self.subscriptions.contains_key(channel)) {
            return Ok(namespace);
        }
        Err(Failure::PERMISSION_DENIED.into())
    }

    fn may_subscribe(
        &self,
        request: &SubscribeRequest,
        namespace: &Namespace,
        now: Now,
    ) -> Result<Claims, Refused> {
        if !request.token.is_empty() {
            return self.subscription_claims(&request.token, &request.channel, now);
        }
        match &self.user {
            Some(user) if namespace.subscribe_for_client && !user.id.is_empty() => Ok(Claims {
                sub: user.id.clone(),
                ..Claims::default()
            }),
            Some(_) | None => Err(Failure::PERMISSION_DENIED.into()),
        }
    }

    /// A token for another channel or user is no mistake of a moment: it ends the connection.
    fn subscription_claims(&self, token: &str, channel: &str, now: Now) -> Result<Claims, Refused> {
        let claims = match self.shared.tokens.subscription_claims(token, now.time) {
            Ok(claims) => claims,
            Err(TokenError::Expired) => return Err(Failure::TOKEN_EXPIRED.into()),
            Err(TokenError::Invalid) => return Err(Failure::PERMISSION_DENIED.into()),
        };
        let same_user = self.user.as_ref().is_some_and(|user| user.id == claims.sub);
        if claims.channel != channel || !same_user {
            return Err(Disconnect::INVALID_TOKEN.into());
        }
        Ok(claims)
    }
}

fn named<'a>(shared: &'a super::Shared, channel: &str) -> Result<&'a Namespace, Failure> {
    let namespace = shared.config.namespace(channel);
    namespace
        .map(|(namespace, _)| namespace)
        .ok_or(Failure::UNKNOWN_CHANNEL)
}

fn presence(namespace: &Namespace) -> (bool, bool, bool) {
    (
        namespace.presence,
        namespace.presence_for_subscriber,
        namespace.presence_for_client,
    )
}
