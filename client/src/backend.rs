//! The REST calls of a counter, typed: one method for each route that it uses. Whatever goes wrong comes back as an
//! [`api::Problem`] with a sentence for the person at the counter; nobody above this file sees a status code.

mod address;
mod answer;
mod repair;
mod transport;

use api::{
    BusinessId, Cursor, OrderId, Problem,
    counter::{Counter, NewCounter, Renewal, Renewed},
    feed::{Claim, Claimed, FeedPage},
    order::KnownRevision,
    report::{PrintReports, ReportsTaken},
    session::{Login, RealtimeToken, RealtimeTokenRequest, Refresh, TokenPair},
    settings::{SettingChange, SettingKey, Versioned},
    unprinted::{NothingToPrint, UnprintedOrder},
};
use jiff::Timestamp;
use reqwest::{Method, StatusCode, header::IF_MATCH};
use serde::Deserialize;
use serde_json::Value;

pub use crate::backend::transport::{Backend, Transport};

/// Whether two addresses, as people type them, are of one server.
pub fn same_server(one: &str, other: &str) -> bool {
    match (address::server_url(one), address::server_url(other)) {
        (Ok(one), Ok(other)) => one == other,
        (Ok(_) | Err(_), _) => false,
    }
}

/// Why a setting was not taken.
#[derive(Debug, Clone, PartialEq)]
pub struct PutRefused {
    /// What the server said.
    pub problem: Problem,
    /// What it has, when somebody else was first.
    pub current: Option<Versioned>,
}

impl From<Problem> for PutRefused {
    fn from(problem: Problem) -> Self {
        PutRefused {
            problem,
            current: None,
        }
    }
}

/// A page of tickets of all counters. Each comes as it is, so that one that cannot be read hides no other.
#[derive(Debug, Deserialize)]
pub struct TicketPage {
    /// Those that changed.
    pub tickets: Vec<Value>,
    /// What to ask next.
    pub next: Cursor,
    /// There are more behind it.
    pub more: bool,
}

/// The body of a 409.
#[derive(Deserialize)]
struct ConflictBody {
    current: Versioned,
}

/// All errors are those of [`Backend`]: what the server said, or that it cannot be reached.
#[allow(clippy::missing_errors_doc)]
impl Backend {
    /// `POST /auth/login`.
    pub async fn login(
        &self,
        email: &str,
        password: &str,
        device_key: Option<String>,
    ) -> Result<TokenPair, Problem> {
        let body = Login {
            email: email.to_owned(),
            password: password.to_owned(),
            device_key,
        };
        let request = self.request(Method::POST, "auth/login").json(&body);
        self.send(request).await?.read()
    }

    /// `POST /auth/refresh`.
    pub async fn refresh(&self, refresh_token: &str) -> Result<TokenPair, Problem> {
        let body = Refresh {
            refresh_token: refresh_token.to_owned(),
        };
        let request = self.request(Method::POST, "auth/refresh").json(&body);
        self.send(request).await?.read()
    }

    /// `POST /auth/logout`.
    pub async fn logout(&self, refresh_token: &str) -> Result<(), Problem> {
        let body = Refresh {
            refresh_token: refresh_token.to_owned(),
        };
        let request = self.request(Method::POST, "auth/logout").json(&body);
        self.send(request).await?.done()
    }

    /// `POST /realtime/token`: for the connection, or for a channel on it.
    pub async fn realtime_token(
        &self,
        access: &str,
        channel: Option<String>,
    ) -> Result<RealtimeToken, Problem> {
        let request = self
            .request(Method::POST, "realtime/token")
            .bearer_auth(access)
            .json(&RealtimeTokenRequest { channel });
        self.send(request).await?.read()
    }

    /// `POST /counters`: says who we are, and hears who else there is.
    pub async fn counters(&self, access: &str, name: &str) -> Result<Vec<Counter>, Problem> {
        let request = self
            .request(Method::POST, "counters")
            .bearer_auth(access)
            .json(&NewCounter {
                id: self.transport.counter,
                name: name.to_owned(),
            });
        self.send(request).await?.read()
    }

    /// `GET /feed?after=`: what is new. Each entry comes as it is, so that one that cannot be read hides no other.
    pub async fn feed_after(
        &self,
        access: &str,
        after: &Cursor,
        limit: u32,
    ) -> Result<FeedPage<Value>, Problem> {
        let request = self
            .request(Method::GET, "feed")
            .bearer_auth(access)
            .query(&[("after", after.0.clone()), ("limit", limit.to_string())]);
        self.send(request).await?.read()
    }

    /// `GET /feed?since=`: the last hours, for a counter without a place in the feed.
    pub async fn feed_since(
        &self,
        access: &str,
        since: Timestamp,
        limit: u32,
    ) -> Result<FeedPage<Value>, Problem> {
        let request = self
            .request(Method::GET, "feed")
            .bearer_auth(access)
            .query(&[("since", since.to_string()), ("limit", limit.to_string())]);
        self.send(request).await?.read()
    }

    /// `POST /print-reports`: what became of tickets.
    pub async fn print_reports(
        &self,
        access: &str,
        reports: &PrintReports,
    ) -> Result<ReportsTaken, Problem> {
        let request = self
            .request(Method::POST, "print-reports")
            .bearer_auth(access)
            .json(reports);
        self.send(request).await?.read()
    }

    /// `GET /tickets?after=`: what became of the tickets of all counters.
    pub async fn tickets_after(
        &self,
        access: &str,
        after: &Cursor,
        limit: u32,
    ) -> Result<TicketPage, Problem> {
        let request = self
            .request(Method::GET, "tickets")
            .bearer_auth(access)
            .query(&[("after", after.0.clone()), ("limit", limit.to_string())]);
        self.send(request).await?.read()
    }

    /// `POST /counters/lease`: says that we are still here.
    pub async fn renew_lease(&self, access: &str, renewal: &Renewal) -> Result<Renewed, Problem> {
        let request = self
            .request(Method::POST, "counters/lease")
            .bearer_auth(access)
            .json(renewal);
        self.send(request).await?.read()
    }

    /// `POST /printers/claim`: takes printers, all or none.
    pub async fn claim(&self, access: &str, claim: &Claim) -> Result<Claimed, Problem> {
        let request = self
            .request(Method::POST, "printers/claim")
            .bearer_auth(access)
            .json(claim);
        self.send(request).await?.read()
    }

    /// `POST /orders/{id}/known`: this counter has handled a revision under a number that the server gave another one.
    pub async fn known_revision(
        &self,
        access: &str,
        order: OrderId,
        known: KnownRevision,
    ) -> Result<(), Problem> {
        let path = format!("orders/{order}/known");
        let request = self.request(Method::POST, &path).bearer_auth(access);
        self.send(request.json(&known)).await?.done()
    }

    /// `GET /unprinted`: orders that no counter printed.
    pub async fn unprinted(&self, access: &str) -> Result<Vec<UnprintedOrder>, Problem> {
        let request = self.request(Method::GET, "unprinted").bearer_auth(access);
        self.send(request).await?.read()
    }

    /// `POST /unprinted/{id}/resolve`: somebody took care of it.
    pub async fn resolve_unprinted(&self, access: &str, order: OrderId) -> Result<(), Problem> {
        let path = format!("unprinted/{order}/resolve");
        let request = self.request(Method::POST, &path).bearer_auth(access);
        self.send(request).await?.done()
    }

    /// `POST /unprinted/{id}/nothing`: the rules make no ticket of it.
    pub async fn nothing_to_print(
        &self,
        access: &str,
        order: OrderId,
        said: NothingToPrint,
    ) -> Result<(), Problem> {
        let path = format!("unprinted/{order}/nothing");
        let request = self.request(Method::POST, &path).bearer_auth(access);
        let request = request.json(&said);
        self.send(request).await?.done()
    }

    /// `GET /businesses/{id}/settings`.
    pub async fn settings(
        &self,
        access: &str,
        business: BusinessId,
    ) -> Result<Vec<Value>, Problem> {
        let path = format!("businesses/{business}/settings");
        let request = self.request(Method::GET, &path).bearer_auth(access);
        self.send(request).await?.read()
    }

    /// `PUT /businesses/{id}/settings/{key}` with `If-Match`.
    pub async fn put_setting(
        &self,
        access: &str,
        business: BusinessId,
        key: &SettingKey,
        version: i64,
        value: Option<Value>,
    ) -> Result<Versioned, PutRefused> {
        let path = format!("businesses/{business}/settings/{key}");
        let request = self
            .request(Method::PUT, &path)
            .bearer_auth(access)
            .header(IF_MATCH, format!("\"{version}\""))
            .json(&SettingChange { value });
        let answer = self.send(request).await?;
        if answer.status == StatusCode::CONFLICT {
            return Err(PutRefused {
                problem: answer.problem(),
                current: serde_json::from_slice::<ConflictBody>(&answer.body)
                    .ok()
                    .map(|body| body.current),
            });
        }
        Ok(answer.read()?)
    }
}

#[cfg(test)]
mod tests {
    use api::{Code, CounterId};

    use super::*;

    #[tokio::test]
    async fn a_server_that_cannot_be_reached_is_said_in_a_sentence() {
        crate::install_crypto();
        let counter = CounterId(uuid::Uuid::nil());
        let transport = Transport::new(counter).unwrap();
        // Bound and dropped: nobody listens there.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let server = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        let problem = Backend::at(&server, transport)
            .unwrap()
            .login("a@b.example", "x", None)
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::ServerUnreachable);
        assert!(problem.message.contains(&server), "{problem}");
    }
}
