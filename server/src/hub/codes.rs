//! Error and disconnect codes of the protocol. Source: centrifuge `errors.go`, `disconnect.go`, `unsubscribe.go`.

use api::centrifugo::{CodeReason, ErrorReply};

/// The error reply to a command; the connection stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyError {
    /// Of the reply.
    pub code: u32,
    message: &'static str,
}

impl ReplyError {
    /// No namespace of that name.
    pub const UNKNOWN_CHANNEL: ReplyError = ReplyError::new(102, "unknown channel");
    /// Not for this user, or a token that is not ours.
    pub const PERMISSION_DENIED: ReplyError = ReplyError::new(103, "permission denied");
    /// This server does not do that.
    pub const METHOD_NOT_FOUND: ReplyError = ReplyError::new(104, "method not found");
    /// A second subscription to one channel.
    pub const ALREADY_SUBSCRIBED: ReplyError = ReplyError::new(105, "already subscribed");
    /// Too many channels.
    pub const LIMIT_EXCEEDED: ReplyError = ReplyError::new(106, "limit exceeded");
    /// A name that no channel of the namespace can have.
    pub const BAD_REQUEST: ReplyError = ReplyError::new(107, "bad request");
    /// Switched off in this namespace.
    pub const NOT_AVAILABLE: ReplyError = ReplyError::new(108, "not available");
    /// A token that was good once: fetch another.
    pub const TOKEN_EXPIRED: ReplyError = ReplyError::new(109, "token expired");
    /// A subscription whose new token has ended as well.
    pub const EXPIRED: ReplyError = ReplyError::new(110, "expired");
    /// History does not reach back to that position.
    pub const UNRECOVERABLE_POSITION: ReplyError = ReplyError::new(112, "unrecoverable position");

    const fn new(code: u32, message: &'static str) -> ReplyError {
        ReplyError { code, message }
    }

    /// As it is sent. None of these is cured by repeating the same.
    pub fn reply(self) -> ErrorReply {
        ErrorReply {
            code: self.code,
            message: self.message.to_owned(),
            temporary: false,
        }
    }
}

/// Why the server ends a connection; the code of the WebSocket close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disconnect {
    /// Below 3500 the client comes back by itself.
    pub code: u16,
    /// For a log.
    pub reason: &'static str,
}

impl Disconnect {
    /// This server stops.
    pub const SHUTDOWN: Disconnect = Disconnect::new(3001, "shutdown");
    /// The token ended and no other came in time.
    pub const EXPIRED: Disconnect = Disconnect::new(3005, "connection expired");
    /// It had to make room for another connection.
    pub const EVICTED: Disconnect = Disconnect::new(3004, "internal server error");
    /// Too much waits for a slow reader.
    pub const SLOW: Disconnect = Disconnect::new(3008, "slow");
    /// A ping was not answered.
    pub const NO_PONG: Disconnect = Disconnect::new(3012, "no pong");
    /// A token that is not ours, or another user's.
    pub const INVALID_TOKEN: Disconnect = Disconnect::new(3500, "invalid token");
    /// Not the protocol.
    pub const BAD_REQUEST: Disconnect = Disconnect::new(3501, "bad request");
    /// No `connect` in time.
    pub const STALE: Disconnect = Disconnect::new(3502, "stale");
    /// Too many connections of one user.
    pub const CONNECTION_LIMIT: Disconnect = Disconnect::new(3504, "connection limit");

    const fn new(code: u16, reason: &'static str) -> Disconnect {
        Disconnect { code, reason }
    }
}

/// How a command failed: with an error reply, or with the end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// The reply says why.
    Reply(ReplyError),
    /// The connection ends.
    Close(Disconnect),
}

impl From<ReplyError> for CommandError {
    fn from(failure: ReplyError) -> Self {
        CommandError::Reply(failure)
    }
}

impl From<Disconnect> for CommandError {
    fn from(disconnect: Disconnect) -> Self {
        CommandError::Close(disconnect)
    }
}

/// The subscription's token ended; the client subscribes again.
pub fn subscription_expired() -> CodeReason {
    CodeReason {
        code: 2501,
        reason: "subscription expired".to_owned(),
    }
}
