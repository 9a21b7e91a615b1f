//! Error responses and request extractors: whatever is wrong with a request, the response body is an [`api::Problem`].

use std::time::Duration;

use api::{Code, Problem};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use sea_orm::DbErr;
use serde::{Serialize, de::DeserializeOwned};

/// An error response.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Refusal {
    #[serde(flatten)]
    pub problem: Problem,
    /// The current value, in the response to a conflicting change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<serde_json::Value>,
    /// Overrides the status of the code.
    #[serde(skip)]
    pub status: Option<StatusCode>,
    /// Seconds after which trying again makes sense.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Refusal {
            problem,
            current: None,
            status: None,
            retry_after: None,
        }
    }
}

impl From<DbErr> for Refusal {
    /// The cause is logged; the sender can only retry.
    fn from(error: DbErr) -> Self {
        tracing::error!(%error, "the database refused");
        no(
            Code::Unavailable,
            "the server cannot reach or write its database; try again in a moment",
        )
    }
}

/// An error of the whole request.
pub(crate) fn no(code: Code, message: impl Into<String>) -> Refusal {
    Problem::new(code, message).into()
}

/// An error for a stored value that cannot be read.
pub(crate) fn unreadable(what: &str, error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(what, %error, "a stored value cannot be read");
    no(
        Code::Internal,
        format!("the server's stored {what} cannot be read; its log has the cause"),
    )
}

/// An error for a change of an outdated version.
pub(crate) fn conflict(message: impl Into<String>, current: &impl Serialize) -> Refusal {
    Refusal {
        current: serde_json::to_value(current).ok(),
        ..no(Code::Conflict, message)
    }
}

impl Refusal {
    /// The same, at a place in the request.
    pub(crate) fn at(mut self, field: impl Into<String>) -> Self {
        self.problem.field = Some(field.into());
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status.unwrap_or_else(|| {
            StatusCode::from_u16(self.problem.code.status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        });
        let retry_after = self.retry_after;
        let mut response = (status, axum::Json(self)).into_response();
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                axum::http::HeaderValue::from_static("Bearer"),
            );
        }
        response
    }
}

/// A JSON body. Errors name the place, as `lines[2].quantity`.
#[derive(Debug)]
pub(crate) struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let arriving = Bytes::from_request(request, state);
        let arrived = tokio::time::timeout(BODY_TIME, arriving).await;
        let arrived = arrived.map_err(|_| Refusal {
            status: Some(StatusCode::REQUEST_TIMEOUT),
            ..no(
                Code::Malformed,
                format!("the body did not arrive within {BODY_TIME:?}"),
            )
        })?;
        let bytes = arrived.map_err(|error| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                no(Code::TooLarge, "the body is larger than this address takes")
            } else {
                no(Code::Malformed, format!("the body did not arrive: {error}"))
            }
        })?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = place(error.path(), &error.inner().to_string());
            let refusal = no(
                Code::Malformed,
                format!("the body cannot be read: {}", error.inner()),
            );
            match path {
                None => refusal,
                Some(path) => refusal.at(path),
            }
        })?;
        reader.end().map_err(|error| {
            no(
                Code::Malformed,
                format!("the body goes on after its end: {error}"),
            )
        })?;
        Ok(Json(value))
    }
}

/// The field that an error of the reader is about: of one that is missing the error knows only what it is missing in.
fn place(path: &serde_path_to_error::Path, error: &str) -> Option<String> {
    let within = Some(path.to_string()).filter(|path| path != ".");
    let missing = error
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    match (within, missing) {
        (None, missing) => missing.map(str::to_owned),
        (within, None) => within,
        (Some(within), Some(missing)) => Some(format!("{within}.{missing}")),
    }
}

/// The largest body in bytes.
pub(crate) const LARGEST_BODY: usize = 1024 * 1024;

/// How long a body may take, so that slow senders do not hold memory.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Parameters of the path.
#[derive(Debug)]
pub(crate) struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Path(value))
            .map_err(|error| {
                no(
                    Code::Malformed,
                    format!("the address: {}", error.body_text()),
                )
                .at("path")
            })
    }
}

/// Parameters of the query string.
#[derive(Debug)]
pub(crate) struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Query(value))
            .map_err(|error| no(Code::Malformed, error.body_text()).at("query"))
    }
}

/// The version in `If-Match: "NUMBER"` that a change is based on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        if_match(&parts.headers).map(IfMatch).ok_or_else(|| {
            no(
                Code::Malformed,
                "say which version you change with one header such as If-Match: \"3\"",
            )
            .at("if-match")
        })
    }
}

fn if_match(headers: &HeaderMap) -> Option<i64> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let value = values.next()?.to_str().ok()?.trim();
    let number = value.strip_prefix('"')?.strip_suffix('"')?;
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    if values.next().is_some() || !digits {
        return None;
    }
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let begun = futures_util::stream::once(async { Ok::<_, std::convert::Infallible>("{") });
        let never = futures_util::StreamExt::chain(begun, futures_util::stream::pending());
        let request = Request::new(axum::body::Body::from_stream(never));
        let refusal = Json::<serde_json::Value>::from_request(request, &())
            .await
            .expect_err("nothing that could be read");
        assert_eq!(
            refusal.into_response().status(),
            StatusCode::REQUEST_TIMEOUT
        );
    }

    #[test]
    fn a_version_is_one_number_in_quotes_and_nothing_else() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(
                    header::IF_MATCH,
                    axum::http::HeaderValue::from_static(value),
                );
            }
            if_match(&headers)
        };
        assert_eq!(read(&["\"0\""]), Some(0));
        assert_eq!(read(&["\"17\""]), Some(17));
        for wrong in [
            &[][..],
            &["17"],
            &["\"\""],
            &["\"-1\""],
            &["\"+1\""],
            &["*"],
            &["W/\"1\""],
            &["\"1\", \"2\""],
            &["\"1\"", "\"1\""],
            &["\"99999999999999999999\""],
        ] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
