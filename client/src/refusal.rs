//! What the crates below could not do, as a problem for the window.

use api::{Code, Problem};
use printer_queue::QueueError;

use crate::store::StoreError;

/// This PC could not store or read.
pub fn storage(error: &StoreError) -> Problem {
    Problem::new(Code::Storage, capitalised(&error.to_string()))
}

/// The queue refused.
pub fn queue(error: &QueueError) -> Problem {
    let code = match error {
        QueueError::Storage { .. }
        | QueueError::Damaged { .. }
        | QueueError::Newer { .. }
        | QueueError::InUse => Code::Storage,
        QueueError::UnknownJob(_) | QueueError::UnknownPrinter(_) => Code::NotFound,
        QueueError::NotNow(_) => Code::Conflict,
        QueueError::Closed => Code::Unavailable,
    };
    Problem::new(code, capitalised(&error.to_string()))
}

/// Whether the same request may be taken at another time.
pub fn is_passing(code: Code) -> bool {
    match code {
        Code::Unauthenticated
        | Code::TokenExpired
        | Code::LoginEnded
        | Code::TooMany
        | Code::Unavailable
        | Code::ServerUnreachable
        | Code::Storage => true,
        Code::Malformed
        | Code::Invalid
        | Code::WrongCredentials
        | Code::Forbidden
        | Code::NotFound
        | Code::Conflict
        | Code::CursorUnknown
        | Code::CounterCloned
        | Code::TooLarge
        | Code::Internal
        | Code::PrinterUnreachable => false,
    }
}

/// A sentence for the window, from an error that is written to stand behind a colon.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_becomes_a_sentence() {
        let problem = queue(&QueueError::NotNow("the ticket is being printed right now"));
        assert_eq!(problem.code, Code::Conflict);
        assert_eq!(problem.message, "The ticket is being printed right now.");
    }
}
