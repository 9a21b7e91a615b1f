//! What the protocol's numbers mean for a client. Source: centrifuge `errors.go`, `disconnect.go`, `unsubscribe.go`.

use api::centrifugo::ErrorReply;

/// The token has ended; another may do.
pub const TOKEN_EXPIRED: u32 = 109;
/// The subscription has ended; another token may do.
pub const EXPIRED: u32 = 110;
/// History does not reach back to the position.
pub const UNRECOVERABLE_POSITION: u32 = 112;
/// Of an unsubscribe: the subscription's token has ended.
pub const SUBSCRIPTION_EXPIRED: u32 = 2501;
/// Of an unsubscribe: what the server knew of the subscription is worth nothing.
pub const STATE_INVALIDATED: u32 = 2502;
/// Of a disconnect: the connection's token has ended.
pub const CONNECTION_EXPIRED: u16 = 3005;
/// Of a disconnect: as [`STATE_INVALIDATED`], for all subscriptions.
pub const ALL_STATE_INVALIDATED: u16 = 3014;
/// The socket closed without a word.
pub const ABNORMAL: u16 = 1006;

/// Whether a connection that ended with this code is tried again as a matter of course.
pub fn comes_back(code: u16) -> bool {
    !matches!(code, 1009 | 3500..=3999 | 4500..=4999)
}

/// Whether a server's unsubscribe is answered by subscribing again.
pub fn subscribes_again(code: u32) -> bool {
    code >= 2500
}

/// Whether the same may succeed later, perhaps with another token.
pub fn passes(error: &ErrorReply) -> bool {
    error.temporary || error.code < 100 || error.code == TOKEN_EXPIRED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_whether_to_come_back() {
        for code in [
            1000, 1001, 1006, 3000, 3001, 3005, 3008, 3010, 3012, 4400, 5000,
        ] {
            assert!(comes_back(code), "{code}");
        }
        for code in [1009, 3500, 3501, 3503, 3999, 4500, 4999] {
            assert!(!comes_back(code), "{code}");
        }
    }
}
