//! Sends a request and reads its answer.

use std::time::Duration;

use api::{Code, CounterId, Problem, counter::COUNTER_HEADER};
use reqwest::{Method, RequestBuilder, Response};
use url::Url;

use crate::backend::{address::server_url, answer::Answer};

/// How long a call may take.
const CALL_LIMIT: Duration = Duration::from_secs(20);
/// How many bytes an answer may have. The largest are pages of the feed.
const ANSWER_LIMIT: usize = 64 << 20;
/// How long the server may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The HTTP client; made once and shared, since it holds the connections.
#[derive(Debug, Clone)]
pub struct Transport {
    http: reqwest::Client,
    pub(super) counter: CounterId,
}

impl Transport {
    /// Needs a TLS provider: [`crate::install_crypto`].
    ///
    /// # Errors
    /// When TLS cannot be set up on this PC.
    pub fn new(counter: CounterId) -> Result<Self, Problem> {
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
        let status = response.status();
        Ok(Answer {
            server: self.server().to_owned(),
            status,
            body: self.body(response, ANSWER_LIMIT).await?,
        })
    }

    /// The body of an answer, of which no more than `limit` bytes are kept in memory.
    async fn body(&self, mut response: Response, limit: usize) -> Result<Vec<u8>, Problem> {
        let too_large = || {
            Problem::new(
                Code::ServerUnreachable,
                format!(
                    "The server at {} sends an answer of more than {} MB, which no PanBot server does. Check the address.",
                    self.server(),
                    limit >> 20
                ),
            )
        };
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.unreachable(&error))?
        {
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
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

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    #[tokio::test]
    async fn an_answer_without_an_end_is_refused_and_not_kept_in_memory() {
        crate::install_crypto();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let endless = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = socket.read(&mut request).await.unwrap();
            let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
            socket.write_all(head).await.unwrap();
            let mut sent = 0_usize;
            while socket.write_all(&[b' '; 1 << 16]).await.is_ok() {
                sent += 1 << 16;
            }
            sent
        });
        let transport = Transport::new(CounterId(uuid::Uuid::nil())).unwrap();
        let backend = Backend::at(&url, transport).unwrap();
        let request = backend.request(Method::GET, "orders");
        let response = request.send().await.unwrap();
        let problem = backend.body(response, 1 << 20).await.unwrap_err();
        assert_eq!(problem.code, Code::ServerUnreachable);
        assert!(problem.message.contains("more than 1 MB"), "{problem}");
        assert!(endless.await.unwrap() < ANSWER_LIMIT, "it is hung up on");
    }
}
