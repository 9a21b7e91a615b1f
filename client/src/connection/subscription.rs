//! The channel: subscribing, from the last position if there is one, and keeping it open.

use std::time::Instant;

use api::{
    centrifugo::{
        Command, ErrorReply, Publication, StreamPosition, SubRefreshRequest, SubscribeRequest,
        SubscribeResult,
    },
    session::RealtimeToken,
};

use super::{
    Action, Connection, Recovered, Renewal, Status, Subscription, TokenFault, backoff, codes,
};

impl Connection {
    pub(super) fn tick_subscription(&mut self, now: Instant) {
        match &self.subscription {
            Subscription::Waiting { until } if *until <= now => self.subscribe(now),
            Subscription::Asked { due, .. } if *due <= now => {
                self.lose("the server did not answer subscribe", now);
            }
            Subscription::In {
                renewal: Renewal::At(at),
            } if *at <= now => {
                self.fetch_subscription_token();
                self.subscription = Subscription::In {
                    renewal: Renewal::Fetching,
                };
            }
            Subscription::In {
                renewal: Renewal::Asked { due, .. },
            } if *due <= now => {
                self.lose("the server did not answer sub_refresh", now);
            }
            Subscription::Out
            | Subscription::Waiting { .. }
            | Subscription::Fetching
            | Subscription::Asked { .. }
            | Subscription::In { .. } => {}
        }
    }

    pub(super) fn subscribe(&mut self, now: Instant) {
        self.subscription_token = self
            .subscription_token
            .take()
            .filter(|held| now < held.until);
        let Some(held) = &self.subscription_token else {
            self.fetch_subscription_token();
            self.subscription = Subscription::Fetching;
            return;
        };
        let recovering = self.position.is_some();
        let StreamPosition { offset, epoch } = self.position.clone().unwrap_or_default();
        let subscribe = Some(SubscribeRequest {
            channel: self.settings.channel.clone(),
            token: held.token.token.clone(),
            recover: recovering,
            epoch,
            offset,
            positioned: true,
            recoverable: true,
            ..SubscribeRequest::default()
        });
        let id = self.command(Command {
            subscribe,
            ..Command::default()
        });
        let due = now + self.settings.answer;
        self.subscription = Subscription::Asked {
            id,
            due,
            recovering,
        };
    }

    pub(super) fn subscription_token_came(
        &mut self,
        result: Result<RealtimeToken, TokenFault>,
        now: Instant,
    ) {
        let renews = match &self.subscription {
            Subscription::Fetching => false,
            Subscription::In {
                renewal: Renewal::Fetching,
            } => true,
            Subscription::Out
            | Subscription::Waiting { .. }
            | Subscription::Asked { .. }
            | Subscription::In { .. } => return,
        };
        match result {
            Ok(token) if token.token.is_empty() => {
                self.fault("the server gave an empty token", now)
            }
            Ok(token) if renews => {
                let sub_refresh = Some(SubRefreshRequest {
                    channel: self.settings.channel.clone(),
                    token: token.token.clone(),
                });
                self.subscription_token = Some(self.hold(token, now));
                let id = self.command(Command {
                    sub_refresh,
                    ..Command::default()
                });
                let due = now + self.settings.answer;
                self.subscription = Subscription::In {
                    renewal: Renewal::Asked { id, due },
                };
            }
            Ok(token) => {
                self.subscription_token = Some(self.hold(token, now));
                self.subscribe(now);
            }
            Err(TokenFault::Refused(detail)) => self.fault(&detail, now),
            Err(TokenFault::Failed(_)) if renews => self.renew_subscription_later(now),
            Err(TokenFault::Failed(detail)) => self.subscribe_later(&detail, now),
        }
    }

    pub(super) fn subscribed(&mut self, result: SubscribeResult, recovering: bool, now: Instant) {
        self.proved();
        self.subscribe_failures = 0;
        self.status = Status::Live;
        let renewal = match result.expires && result.ttl > 0 {
            true => Renewal::At(now + self.early(result.ttl)),
            false => Renewal::Never,
        };
        self.subscription = Subscription::In { renewal };
        let recovered = match (recovering, result.recovered) {
            (false, _) => Recovered::Fresh,
            (true, true) => Recovered::All,
            (true, false) => Recovered::Gap,
        };
        self.actions.push(Action::Subscribed(recovered));
        // Epoch and offset belong together: both come from this reply, or neither.
        self.position = (result.positioned || result.recoverable).then_some(StreamPosition {
            offset: result.offset,
            epoch: result.epoch,
        });
        for publication in result.publications {
            self.published(publication, now);
        }
    }

    pub(super) fn subscribe_failed(&mut self, error: &ErrorReply, now: Instant) {
        let detail = said("subscribe", error);
        if error.code == codes::UNRECOVERABLE_POSITION {
            // Only a new beginning helps, and it has to be known that there was a gap.
            self.position = None;
            self.actions.push(Action::Subscribed(Recovered::Gap));
            return self.subscribe_later(&detail, now);
        }
        if error.code == codes::TOKEN_EXPIRED {
            self.subscription_token = None;
        }
        if codes::passes(error) {
            self.subscribe_later(&detail, now);
        } else {
            self.fault(&detail, now);
        }
    }

    pub(super) fn renewed(&mut self, ttl: u32, now: Instant) {
        self.proved();
        let renewal = match ttl {
            0 => Renewal::Never,
            ttl => Renewal::At(now + self.early(ttl)),
        };
        self.subscription = Subscription::In { renewal };
    }

    pub(super) fn renewal_failed(&mut self, error: &ErrorReply, now: Instant) {
        if codes::passes(error) || error.code == codes::EXPIRED {
            self.subscription_token = None;
            self.renew_subscription_later(now);
        } else {
            self.fault(&said("sub_refresh", error), now);
        }
    }

    /// The server ended the subscription.
    pub(super) fn unsubscribed(&mut self, code: u32, reason: &str, now: Instant) {
        if !matches!(self.subscription, Subscription::In { .. }) {
            return;
        }
        let detail = format!("{reason} (code {code})");
        if code == codes::STATE_INVALIDATED {
            self.invalidate();
        }
        if code == codes::SUBSCRIPTION_EXPIRED {
            self.subscription_token = None;
        }
        if codes::subscribes_again(code) {
            self.subscribe_later(&detail, now);
        } else {
            // Somebody at the server wanted this. With tokens of its own it is asked once more, much later.
            self.fault(&detail, now);
        }
    }

    /// Hands a publication on once. One that comes after a hole is left for the recovery that follows.
    pub(super) fn published(&mut self, publication: Publication, now: Instant) {
        if !matches!(self.subscription, Subscription::In { .. }) {
            return;
        }
        let Some(position) = self.position.as_mut().filter(|_| publication.offset > 0) else {
            self.actions.push(Action::Deliver(publication));
            return;
        };
        if position.epoch.is_empty() {
            position.epoch.clone_from(&publication.epoch);
        }
        if publication.offset <= position.offset {
            return;
        }
        if publication.offset > position.offset + 1 {
            let detail = "a publication is missing between two others";
            return self.lose(detail, now);
        }
        position.offset = publication.offset;
        self.actions.push(Action::Deliver(publication));
    }

    fn fetch_subscription_token(&mut self) {
        let attempt = self.attempt;
        self.actions
            .push(Action::FetchSubscriptionToken { attempt });
    }

    fn subscribe_later(&mut self, detail: &str, now: Instant) {
        let failures = self.subscribe_failures;
        let wait = backoff::delay(failures, self.settings.backoff, &mut self.jitter);
        self.subscribe_failures = failures.saturating_add(1);
        self.subscription = Subscription::Waiting { until: now + wait };
        self.status = Status::Down {
            detail: detail.to_owned(),
            is_final: false,
        };
    }

    fn renew_subscription_later(&mut self, now: Instant) {
        let (from, to) = self.settings.renew_again;
        let at = now + self.jitter.between(from, to);
        self.subscription = Subscription::In {
            renewal: Renewal::At(at),
        };
    }
}

/// An error of the server in words for a log.
pub(super) fn said(command: &str, error: &ErrorReply) -> String {
    format!("{command}: {} (code {})", error.message, error.code)
}
