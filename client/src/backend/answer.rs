//! What a server said, read as what was expected or as a problem.

use api::{Code, Problem};
use reqwest::StatusCode;
use serde::de::DeserializeOwned;

use crate::backend::repair::repaired;

/// A whole answer.
pub(super) struct Answer {
    pub(super) server: String,
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The body of a success.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if !self.status.is_success() {
            return Err(self.problem());
        }
        // An order of which a character is missing is better than a page of orders that nobody sees.
        serde_json::from_slice(&self.body)
            .or_else(|_| serde_json::from_str(&repaired(&self.body)))
            .map_err(|error| self.stranger(&format!("its answer cannot be read: {error}")))
    }

    /// A success whose body does not matter.
    pub(super) fn done(&self) -> Result<(), Problem> {
        if self.status.is_success() {
            Ok(())
        } else {
            Err(self.problem())
        }
    }

    /// The problem that the server reports. One without our error body comes from something in between (a proxy, a
    /// hotel's login page), so it says nothing about the session.
    pub(super) fn problem(&self) -> Problem {
        if let Ok(problem) = serde_json::from_slice::<Problem>(&self.body) {
            return problem;
        }
        match self.status.as_u16() {
            413 => Problem::new(Code::TooLarge, "That is more than the server takes."),
            429 => Problem::new(
                Code::TooMany,
                "That was tried too often. Wait a minute and try again.",
            ),
            500.. => Problem::new(
                Code::Unavailable,
                format!(
                    "The server at {} cannot answer now (HTTP {}). Nothing is lost; it is tried again.",
                    self.server,
                    self.status.as_u16()
                ),
            ),
            status => self.stranger(&format!("HTTP {status}")),
        }
    }

    fn stranger(&self, detail: &str) -> Problem {
        Problem::new(
            Code::ServerUnreachable,
            format!(
                "What answers at {} is no PanBot server of this version ({detail}). Check the address.",
                self.server
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &'static str) -> Answer {
        Answer {
            server: "https://panbot.example".into(),
            status: StatusCode::from_u16(status).unwrap(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn half_a_character_in_one_order_hides_no_other() {
        let body = r#"{"orders": [{"note": "no \ud83c"}, {"note": "\ud83c\udf55"}], "next": 7}"#;
        let page: api::order::OrderPage<serde_json::Value> = answer(200, body).read().unwrap();
        assert_eq!(page.orders[0]["note"], "no \u{fffd}");
        assert_eq!(page.orders[1]["note"], "🍕");
        assert!(answer(200, "<html>").read::<serde_json::Value>().is_err());
    }

    #[test]
    fn a_problem_of_the_server_arrives_as_it_was_said() {
        let said = Problem::new(Code::LoginEnded, "Sign in again.");
        let answer = answer(401, r#"{"code":"login_ended","message":"Sign in again."}"#);
        assert_eq!(answer.problem(), said);
    }

    #[test]
    fn a_stranger_in_between_never_ends_a_login() {
        for (status, body) in [
            (401, "<html>Welcome to the hotel</html>"),
            (404, ""),
            (502, "bad gateway"),
        ] {
            let code = answer(status, body).problem().code;
            assert!(
                matches!(code, Code::ServerUnreachable | Code::Unavailable),
                "{status}: {code:?}"
            );
        }
        let success = answer(200, "<html>Welcome to the hotel</html>");
        assert_eq!(
            success.read::<api::session::TokenPair>().unwrap_err().code,
            Code::ServerUnreachable
        );
    }
}
