//! How IPP is carried: one POST a question, on our own HTTP client. What answers may be anything, so nothing is followed,
//! nothing is unpacked, and nothing is read beyond what an answer can have.
//!
//! Source: RFC 8010 section 4 (HTTP), RFC 7472 (ipps: TLS from the first byte, port 631).

use std::{error::Error, net::SocketAddr, path::PathBuf, time::Duration};

use api::{
    job::NotPrinted,
    printer::{Address, Health},
};
use reqwest::{
    Client, Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_TYPE, HOST},
    redirect::Policy,
};
use tokio::{net::lookup_host, time::timeout};

use super::{
    answer::Answer,
    filter::{LARGEST, Unreadable},
    trust::Trust,
};

/// What IPP is called in HTTP.
const IPP: &str = "application/ipp";

/// The way to one host.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
    url: String,
    /// `Host`, where the URL cannot say it.
    host: Option<String>,
    trust: Trust,
}

/// Where a host is, and what is asked there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// With TLS.
    pub tls: bool,
    /// A name or a literal; IPv6 without brackets.
    pub host: String,
    /// Never 0.
    pub port: u16,
    /// Begins with a slash.
    pub path: String,
    /// The socket of this PC by which it is reached instead, where there are such.
    pub socket: Option<PathBuf>,
}

/// Why a question was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpError {
    /// Nobody is there: the question was not heard.
    Unreached(String),
    /// Somebody was there, and no answer came: the question may have been heard.
    Lost(String),
    /// It is not the printer that we know.
    Stranger,
    /// The HTTP server refused, before any printer heard the question.
    Http(StatusCode),
    /// What came is no IPP.
    Strange(String),
}

impl Endpoint {
    /// As IPP writes it.
    pub fn uri(&self) -> String {
        Address::Ipp {
            tls: self.tls,
            host: self.host.clone(),
            port: self.port,
            path: self.path.clone(),
        }
        .to_string()
    }
}

impl Http {
    /// Resolves the name; connects with the first question.
    ///
    /// # Errors
    /// [`NotPrinted::Unreached`] when the name has no address.
    pub async fn to(place: &Endpoint, trust: Trust, limit: Duration) -> Result<Http, NotPrinted> {
        let addresses = match &place.socket {
            Some(_) if cfg!(unix) => Vec::new(),
            Some(_) | None => resolve(&place.host, place.port, limit).await?,
        };
        let impossible = |error: &dyn Error| NotPrinted::Impossible {
            detail: whole(error),
        };
        let tls = trust.tls().map_err(|error| impossible(&error))?;
        // A URL has no words for the network interface of a local IPv6 address.
        let zoned = place.host.contains('%');
        let name = match (zoned, place.host.contains(':')) {
            (true, _) => "printer.local".to_owned(),
            (false, true) => format!("[{}]", place.host),
            (false, false) => place.host.clone(),
        };
        let builder = Client::builder();
        #[cfg(unix)]
        let builder = match &place.socket {
            Some(socket) => builder.unix_socket(socket.as_path()),
            None => builder,
        };
        let client = builder
            .tls_backend_preconfigured(tls)
            .resolve_to_addrs(&name, &addresses)
            .connect_timeout(limit)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .http1_only()
            .build()
            .map_err(|error| impossible(&error))?;
        let scheme = if place.tls { "https" } else { "http" };
        let bare = place.host.split('%').next().unwrap_or_default();
        Ok(Http {
            client,
            url: format!("{scheme}://{name}:{}{}", place.port, place.path),
            host: zoned.then(|| format!("[{bare}]:{}", place.port)),
            trust,
        })
    }

    /// Asks within this time.
    ///
    /// # Errors
    /// See [`HttpError`].
    pub async fn ask(&self, question: Vec<u8>, limit: Duration) -> Result<Answer, HttpError> {
        let answered = timeout(limit, self.ask_for_as_long_as_it_takes(question)).await;
        answered.unwrap_or_else(|_| {
            let detail = format!("no answer within {limit:?}");
            Err(HttpError::Lost(detail))
        })
    }

    /// Asks without a limit; whoever asks has one of another kind.
    ///
    /// # Errors
    /// See [`HttpError`].
    pub async fn ask_for_as_long_as_it_takes(
        &self,
        question: Vec<u8>,
    ) -> Result<Answer, HttpError> {
        let mut post = self
            .client
            .post(&self.url)
            .header(CONTENT_TYPE, IPP)
            .header(ACCEPT_ENCODING, "identity")
            .body(question);
        if let Some(host) = &self.host {
            post = post.header(HOST, host);
        }
        let answer = post.send().await.map_err(|error| self.trouble(&error))?;
        if answer.status() != StatusCode::OK {
            return Err(HttpError::Http(answer.status()));
        }
        let kind = answer.headers().get(CONTENT_TYPE);
        if kind.is_none_or(|kind| !kind.as_bytes().starts_with(IPP.as_bytes())) {
            return Err(HttpError::Strange("it answers, but not with IPP".into()));
        }
        let bytes = self.body(answer).await?;
        Answer::read(&bytes).map_err(|why| HttpError::Strange(why.to_string()))
    }

    async fn body(&self, mut answer: Response) -> Result<Vec<u8>, HttpError> {
        let mut bytes = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| self.trouble(&error))? {
            if bytes.len() + part.len() > LARGEST {
                return Err(HttpError::Strange(Unreadable::TooLong.to_string()));
            }
            bytes.extend(part);
        }
        Ok(bytes)
    }

    fn trouble(&self, error: &reqwest::Error) -> HttpError {
        if self.trust.stranger().is_some() {
            return HttpError::Stranger;
        }
        let detail = whole(error);
        if error.is_connect() {
            HttpError::Unreached(detail)
        } else {
            HttpError::Lost(detail)
        }
    }
}

impl HttpError {
    /// What it means where no byte of a document can have left.
    pub fn nothing_printed(self, place: &Endpoint) -> NotPrinted {
        let uri = place.uri();
        match self {
            HttpError::Unreached(detail) | HttpError::Lost(detail) => NotPrinted::Unreached {
                detail: format!("{uri}: {detail}"),
            },
            HttpError::Stranger => NotPrinted::NotReady {
                health: Health::Stranger,
            },
            HttpError::Strange(detail) => NotPrinted::Refused {
                detail: format!("{uri}: {detail}; check the address"),
            },
            HttpError::Http(status) => refused(status, &uri),
        }
    }
}

/// What an HTTP server says that lets no question through to a printer.
fn refused(status: StatusCode, uri: &str) -> NotPrinted {
    let impossible = |what: &str| NotPrinted::Impossible {
        detail: format!("{uri} answers {status}: {what}"),
    };
    match status {
        StatusCode::UNAUTHORIZED => impossible(
            "it wants a name and a password; allow printing without them in the printer's own settings, or print through a queue of this PC that knows them (spooler://)",
        ),
        StatusCode::FORBIDDEN => {
            impossible("it does not let this PC print; allow it in the printer's own settings")
        }
        StatusCode::NOT_FOUND => NotPrinted::Refused {
            detail: format!(
                "{uri} answers {status}: there is no printer under this path; most have /ipp/print, a queue of CUPS /printers/NAME"
            ),
        },
        StatusCode::UPGRADE_REQUIRED => impossible(
            "it wants to be spoken to in private; write the address with ipps:// in front",
        ),
        StatusCode::SERVICE_UNAVAILABLE => NotPrinted::NotReady {
            health: Health::Offline,
        },
        _ => NotPrinted::Refused {
            detail: format!("{uri} answers {status} and takes nothing; check the address"),
        },
    }
}

async fn resolve(host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, NotPrinted> {
    let unreached = |detail: String| NotPrinted::Unreached { detail };
    let found: Vec<SocketAddr> = timeout(limit, lookup_host((host, port)))
        .await
        .map_err(|_| unreached(format!("the name {host} was not resolved within {limit:?}")))?
        .map_err(|error| unreached(format!("the name {host} cannot be resolved: {error}")))?
        .collect();
    if found.is_empty() {
        return Err(unreached(format!("the name {host} has no address")));
    }
    Ok(found)
}

/// An error with everything that caused it, in one line.
fn whole(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}
