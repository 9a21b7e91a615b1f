//! Calls an address of the owner's choice. It is somebody else's text: only addresses of the internet are called, none of
//! the network that the server stands in, and no redirect is followed.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use api::BusinessId;
use jiff::Timestamp;
use reqwest::Url;
use sea_orm::DbErr;
use serde::Serialize;
use supervision::Tasks;

/// How long one call may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How long one may take with all that comes before it.
const TRY: Duration = Duration::from_secs(15);
/// Seconds before the first further tries, and before each one after them.
const PAUSES: [u64; 4] = [1, 5, 15, 60];
const MOST: u64 = 300;
/// Before what was told is told again.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// What is said.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type")]
pub(super) enum Alarm {
    /// Orders come in and no counter is there to print them.
    #[serde(rename = "counters.silent")]
    Silent {
        /// When one was last heard of.
        last_heard: Option<Timestamp>,
        /// The numbers of the orders that came since, oldest first.
        orders: Vec<u32>,
    },
    /// A counter is back.
    #[serde(rename = "counters.heard")]
    Heard,
}

#[derive(Serialize)]
struct Body<'a> {
    /// The same for each try, so that a receiver can tell a repetition.
    id: &'a str,
    business: BusinessId,
    at: Timestamp,
    #[serde(flatten)]
    alarm: &'a Alarm,
}

#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("{0} is no http or https address")]
    Address(String),
    #[error("{0} is not an address of the internet")]
    Private(String),
    #[error("nobody is at {0}: {1}")]
    Name(String, std::io::Error),
    #[error("it cannot be called: {0}")]
    Http(reqwest::Error),
    #[error("it answered {0}")]
    Status(reqwest::StatusCode),
}

/// Calls webhooks, in tasks of their own.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    tasks: Tasks,
    /// Also addresses of this PC and its network: for tests.
    local: bool,
    tries: Arc<Mutex<HashMap<BusinessId, Tries>>>,
}

/// How often the newest alarm of a business was tried.
#[derive(Debug)]
struct Tries {
    id: String,
    failures: usize,
    /// When the next try may begin.
    next: Instant,
}

impl Webhook {
    pub(crate) fn new(tasks: Tasks, local: bool) -> Self {
        Webhook {
            tasks,
            local,
            tries: Arc::default(),
        }
    }

    /// Calls once, unless the last try is too near; nobody waits for it. `told` is done when it was taken.
    pub(super) fn call(
        &self,
        business: BusinessId,
        id: String,
        url: String,
        alarm: Alarm,
        told: impl Future<Output = Result<(), DbErr>> + Send + 'static,
    ) {
        if !self.is_due(business, &id) {
            return;
        }
        let webhook = self.clone();
        self.tasks.spawn_once("webhook of an owner", async move {
            let body = Body {
                id: &id,
                business,
                at: Timestamp::now(),
                alarm: &alarm,
            };
            let posted = tokio::time::timeout(TRY, post(&url, &body, webhook.local)).await;
            let problem = match posted {
                Ok(Ok(())) => match told.await {
                    Ok(()) => {
                        webhook.wait(business, NEVER);
                        return;
                    }
                    Err(error) => error.to_string(),
                },
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("it did not answer within {TRY:?}"),
            };
            let again_in = webhook.failed(business);
            tracing::warn!(%business, problem, ?again_in, "a webhook could not be called");
        });
    }

    /// Whether a try of this alarm may begin; then it has.
    fn is_due(&self, business: BusinessId, id: &str) -> bool {
        let now = Instant::now();
        let mut all = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let tries = all
            .entry(business)
            .and_modify(|tries| {
                if tries.id != id {
                    *tries = Tries::new(id, now);
                }
            })
            .or_insert_with(|| Tries::new(id, now));
        let is_due = tries.next <= now;
        if is_due {
            // A try that never ends holds up no other.
            tries.next = now + 2 * TRY;
        }
        is_due
    }

    fn failed(&self, business: BusinessId) -> Duration {
        let failures = {
            let mut all = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
            all.get_mut(&business).map_or(0, |tries| {
                tries.failures = tries.failures.saturating_add(1);
                tries.failures - 1
            })
        };
        let pause = PAUSES.get(failures).unwrap_or(&MOST);
        let pause = Duration::from_secs(*pause);
        self.wait(business, pause);
        pause
    }

    fn wait(&self, business: BusinessId, pause: Duration) {
        let mut all = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tries) = all.get_mut(&business) {
            tries.next = Instant::now() + pause;
        }
    }
}

impl Tries {
    fn new(id: &str, now: Instant) -> Self {
        Tries {
            id: id.to_owned(),
            failures: 0,
            next: now,
        }
    }
}

async fn post(url: &str, body: &Body<'_>, local: bool) -> Result<(), CallError> {
    let no = || CallError::Address(url.to_owned());
    let parsed = Url::parse(url).map_err(|_| no())?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(no());
    }
    let host = parsed.host_str().ok_or_else(no)?.to_owned();
    let port = parsed.port_or_known_default().ok_or_else(no)?;
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, port))
        .await
        .map_err(|error| CallError::Name(host.clone(), error))?
        .filter(|address| local || is_public(address.ip()))
        .collect();
    if found.is_empty() {
        return Err(CallError::Private(host));
    }
    // The addresses that were looked at, and no others, whatever the name means a moment later.
    let client = reqwest::Client::builder()
        .timeout(ANSWER)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .resolve_to_addrs(&host, &found)
        .build()
        .map_err(CallError::Http)?;
    let answer = client.post(parsed).json(body).send().await;
    let status = answer
        .map_err(|error| CallError::Http(error.without_url()))?
        .status();
    if status.is_success() {
        Ok(())
    } else {
        Err(CallError::Status(status))
    }
}

/// Not of this PC, of a network in the house, or of a cloud's own services.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let reserved = a == 0 || a >= 224;
            !(v4.is_loopback() || v4.is_private() || v4.is_link_local() || shared || reserved)
        }
        // 2000::/3 is what is given out.
        IpAddr::V6(v6) => v6.segments()[0] & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_called() {
        for private in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
