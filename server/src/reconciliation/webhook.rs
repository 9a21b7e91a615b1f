//! Calls an address of the owner's choice. It is somebody else's text: only addresses of the internet are called, none of
//! the network that the server stands in, and no redirect is followed.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use api::BusinessId;
use jiff::Timestamp;
use reqwest::Url;
use serde::Serialize;
use supervision::Tasks;

/// How long one call may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Before each further try.
const PAUSES: [u64; 5] = [1, 5, 15, 60, 300];

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
}

impl Webhook {
    pub(crate) fn new(tasks: Tasks, local: bool) -> Self {
        Webhook { tasks, local }
    }

    /// Says it, with some patience; nobody waits for it.
    pub(super) fn call(&self, business: BusinessId, url: String, alarm: &Alarm) {
        let (alarm, local) = (alarm.clone(), self.local);
        self.tasks.spawn_once("webhook of an owner", async move {
            let id = uuid::Uuid::now_v7().to_string();
            let body = Body {
                id: &id,
                business,
                at: Timestamp::now(),
                alarm: &alarm,
            };
            for pause in PAUSES.map(Some).into_iter().chain([None]) {
                let Err(error) = post(&url, &body, local).await else {
                    return;
                };
                tracing::warn!(%business, %error, again_in = pause, "a webhook could not be called");
                match pause {
                    Some(pause) => tokio::time::sleep(Duration::from_secs(pause)).await,
                    None => return,
                }
            }
        });
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
