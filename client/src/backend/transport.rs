//! Sends a request and reads its answer.

use std::time::Duration;

use api::{Code, CounterId, Problem, counter::COUNTER_HEADER};
use reqwest::{Method, RequestBuilder, header::DATE};
use url::Url;

use crate::{
    backend::{address::server_url, answer::Answer},
    clock::ServerClock,
};

/// How long a call may take.
const CALL_LIMIT: Duration = Duration::from_secs(20);
/// How long the server may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The HTTP client; made once and shared, since it holds the connections.
#[derive(Debug, Clone)]
pub struct Transport {
    http: reqwest::Client,
    pub(super) counter: CounterId,
    clock: ServerClock,
}

impl Transport {
    /// Needs a TLS provider: [`crate::install_crypto`].
    ///
    /// # Errors
    /// When TLS cannot be set up on this PC.
    pub fn new(counter: CounterId, clock: ServerClock) -> Result<Self, Problem> {
        let builder = || {
            reqwest::Client::builder()
                .connect_timeout(CONNECT_LIMIT)
                .timeout(CALL_LIMIT)
                .user_agent(concat!("panbot/", env!("CARGO_PKG_VERSION")))
        };
        let http = builder().build().or_else(|error| {
            // A PC without any root certificate can still talk to a server in the house.
            tracing::warn!(%error, "no root certificates on this PC; servers by https cannot be trusted");
            builder().tls_certs_only([]).build()
        });
        Ok(Transport {
            http: http.map_err(|error| {
                Problem::new(
                    Code::Unavailable,
                    format!("TLS cannot be set up on this PC: {error}"),
                )
            })?,
            counter,
            clock,
        })
    }
}

/// A server that this counter talks to.
#[derive(Debug, Clone)]
pub struct Backend {
    pub(super) transport: Transport,
    base: Url,
}

impl Backend {
    /// The server at an address as people type it; without a scheme it is `https`.
    ///
    /// # Errors
    /// [`Code::Invalid`] when it is no address.
    pub fn at(server: &str, transport: Transport) -> Result<Self, Problem> {
        Ok(Backend {
            transport,
            base: server_url(server)?,
        })
    }

    /// The address, in full.
    pub fn server(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // `base` ends in a slash and `path` has no scheme, so the text is a URL.
        self.transport
            .http
            .request(method, format!("{}api/v1/{path}", self.base))
            .header(COUNTER_HEADER, self.transport.counter.to_string())
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Answer, Problem> {
        let response = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        if let Some(date) = response.headers().get(DATE).and_then(|d| d.to_str().ok()) {
            self.transport.clock.heard(date);
        }
        let status = response.status();
        let body = response
            .bytes()
            .await
            .map_err(|error| self.unreachable(&error))?
            .to_vec();
        Ok(Answer {
            server: self.server().to_owned(),
            status,
            body,
        })
    }

    fn unreachable(&self, error: &reqwest::Error) -> Problem {
        let server = self.server();
        let message = if error.is_timeout() {
            format!(
                "The server at {server} did not answer in time. Check the internet connection of this PC."
            )
        } else {
            format!(
                "The server at {server} cannot be reached. Check the address and the internet connection of this PC. ({})",
                innermost(error)
            )
        };
        Problem::new(Code::ServerUnreachable, message)
    }
}

/// The cause that says most: "Connection refused", not "error sending request".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
