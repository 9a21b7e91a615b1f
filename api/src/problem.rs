//! The one error body of the backend.

use serde::{Deserialize, Serialize};

/// What went wrong, for a program (`code`) and for a person (`message`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{message}")]
pub struct Problem {
    /// What programs match on.
    pub code: Code,
    /// What happened and what to do, in English.
    pub message: String,
    /// Where in the request, as a path such as `lines[2].quantity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Problem {
    /// A problem of the whole request.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Problem {
            code,
            message: message.into(),
            field: None,
        }
    }

    /// The same, at a place in the request.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// What programs match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 400: not JSON, or not of the right shape.
    Malformed,
    /// 422: the right shape, with a value that cannot be.
    Invalid,
    /// 401: e-mail and password do not belong together.
    WrongCredentials,
    /// 401: no access token, or one that is not ours.
    Unauthenticated,
    /// 401: the access token has ended; refresh it.
    TokenExpired,
    /// 401: the login has ended; sign in again.
    LoginEnded,
    /// 403: signed in, and still not allowed.
    Forbidden,
    /// 404: there is no such thing, or it is another restaurant's.
    NotFound,
    /// 409: somebody else changed it first.
    Conflict,
    /// 409: this server's feed does not hold the entry that a cursor stands on: it was restored, or lags behind.
    CursorUnknown,
    /// 409: another running program has the same counter id and was here first.
    CounterCloned,
    /// 413: more than the server takes.
    TooLarge,
    /// 429: too many tries.
    TooMany,
    /// 500: our fault.
    Internal,
    /// 503: the server cannot do it now.
    Unavailable,
    /// Said by a counter only: nobody answers at the server's address.
    ServerUnreachable,
    /// Said by a counter only: nobody answers at the printer's address.
    PrinterUnreachable,
    /// Said by a counter only: this PC cannot store it (disk full, file damaged).
    Storage,
}

impl Code {
    /// The HTTP status that goes with it.
    pub fn status(self) -> u16 {
        match self {
            Code::Malformed => 400,
            Code::WrongCredentials
            | Code::Unauthenticated
            | Code::TokenExpired
            | Code::LoginEnded => 401,
            Code::Forbidden => 403,
            Code::NotFound => 404,
            Code::Conflict | Code::CursorUnknown | Code::CounterCloned => 409,
            Code::TooLarge => 413,
            Code::Invalid => 422,
            Code::TooMany => 429,
            Code::Internal => 500,
            Code::Unavailable
            | Code::ServerUnreachable
            | Code::PrinterUnreachable
            | Code::Storage => 503,
        }
    }
}
