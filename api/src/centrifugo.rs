//! Frames of the Centrifugo v6 client protocol in JSON, as far as both our ends speak it.
//! Source: centrifugal/protocol v0.21 `client.proto` and the JSON mapping of centrifuge-js 5.7.
//!
//! One WebSocket text message holds 1..n JSON objects joined by `\n`, in both directions. proto3 rules: a missing
//! number is 0, a missing flag is false, unknown fields are ignored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Client to server. Exactly one method is set, except in a pong, which is `{}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Command {
    /// Unique per connection and rising; 0 in a pong and in `send`.
    #[serde(skip_serializing_if = "is_default")]
    pub id: u32,
    /// The first command of a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<ConnectRequest>,
    /// Joins a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<SubscribeRequest>,
    /// Leaves a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<ChannelRequest>,
    /// Publishes; our servers refuse it to clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish: Option<ChannelRequest>,
    /// A new connection token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh: Option<RefreshRequest>,
    /// A new subscription token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_refresh: Option<SubRefreshRequest>,
    /// Old publications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryRequest>,
    /// Who is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<ChannelRequest>,
    /// How many are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_stats: Option<ChannelRequest>,
}

/// `connect`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectRequest {
    /// A connection JWT.
    #[serde(skip_serializing_if = "is_default")]
    pub token: String,
    /// At most 16 characters.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// At most 64 characters.
    #[serde(skip_serializing_if = "is_default")]
    pub version: String,
}

/// `subscribe`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscribeRequest {
    /// Such as `business:{id}`.
    pub channel: String,
    /// A subscription JWT.
    #[serde(skip_serializing_if = "is_default")]
    pub token: String,
    /// Asks for what was missed since `epoch` and `offset`.
    #[serde(skip_serializing_if = "is_default")]
    pub recover: bool,
    /// Of the position.
    #[serde(skip_serializing_if = "is_default")]
    pub epoch: String,
    /// Of the position.
    #[serde(skip_serializing_if = "is_default")]
    pub offset: u64,
    /// Asks for a position to be kept.
    #[serde(skip_serializing_if = "is_default")]
    pub positioned: bool,
    /// Asks for recovery to be possible.
    #[serde(skip_serializing_if = "is_default")]
    pub recoverable: bool,
    /// Asks for joins and leaves.
    #[serde(skip_serializing_if = "is_default")]
    pub join_leave: bool,
    /// Bit 2: answer error 112 rather than a subscription with a hole.
    #[serde(skip_serializing_if = "is_default")]
    pub flag: u64,
}

/// `unsubscribe`, `publish` (without its data), `presence`, `presence_stats`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelRequest {
    /// Which.
    pub channel: String,
}

/// `refresh`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RefreshRequest {
    /// A connection JWT; never empty.
    pub token: String,
}

/// `sub_refresh`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SubRefreshRequest {
    /// Which.
    pub channel: String,
    /// A subscription JWT.
    pub token: String,
}

/// `history`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryRequest {
    /// Which.
    pub channel: String,
    /// 0 returns the position only.
    #[serde(skip_serializing_if = "is_default")]
    pub limit: i32,
    /// Only what came after this position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<StreamPosition>,
    /// Newest first.
    #[serde(skip_serializing_if = "is_default")]
    pub reverse: bool,
}

/// A place in a channel's stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamPosition {
    /// Of the last publication handled.
    #[serde(skip_serializing_if = "is_default")]
    pub offset: u64,
    /// Of the stream; offsets of two epochs cannot be compared.
    #[serde(skip_serializing_if = "is_default")]
    pub epoch: String,
}

/// Server to client: the answer to a command (`id` set), a push, or, all empty, a ping.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reply {
    /// Of the command; 0 in a push and a ping.
    #[serde(skip_serializing_if = "is_default")]
    pub id: u32,
    /// The command failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReply>,
    /// Not an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<Push>,
    /// To `connect`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<ConnectResult>,
    /// To `subscribe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<SubscribeResult>,
    /// To `unsubscribe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<Empty>,
    /// To `refresh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh: Option<RefreshResult>,
    /// To `sub_refresh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_refresh: Option<RefreshResult>,
    /// To `history`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryResult>,
    /// To `presence`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<PresenceResult>,
    /// To `presence_stats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_stats: Option<PresenceStatsResult>,
}

/// An object without fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

/// Why a command failed. Codes: CENTRIFUGO protocol, `errors.go`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ErrorReply {
    /// 100 to 399 are the protocol's.
    pub code: u32,
    /// For a log.
    pub message: String,
    /// Trying again may help.
    #[serde(skip_serializing_if = "is_default")]
    pub temporary: bool,
}

/// Something the server says unasked. Exactly one kind is set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Push {
    /// Where; empty for the connection as a whole.
    #[serde(skip_serializing_if = "is_default")]
    pub channel: String,
    /// A publication.
    #[serde(rename = "pub", skip_serializing_if = "Option::is_none")]
    pub publication: Option<Publication>,
    /// Somebody came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join: Option<JoinLeave>,
    /// Somebody went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leave: Option<JoinLeave>,
    /// The subscription ended: below 2500 for good, from 2500 subscribe again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<CodeReason>,
    /// The connection ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnect: Option<CodeReason>,
}

/// A publication in a channel.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Publication {
    /// The payload, byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// Its place in the stream; 0 where there is no history.
    #[serde(skip_serializing_if = "is_default")]
    pub offset: u64,
    /// Sent by some servers with offset 1.
    #[serde(skip_serializing_if = "is_default")]
    pub epoch: String,
}

/// Who came or went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JoinLeave {
    /// Who.
    pub info: ClientInfo,
}

/// A client of a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientInfo {
    /// `sub` of its token.
    pub user: String,
    /// Of its connection.
    pub client: String,
}

/// A code below 2500 ends a subscription, 3000 to 3499 and 4000 to 4499 invite a reconnect, 3500 to 3999 and 4500 to
/// 4999 do not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeReason {
    /// See the type.
    pub code: u32,
    /// For a log.
    pub reason: String,
}

/// To `connect`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectResult {
    /// Of the connection.
    pub client: String,
    /// Of the server.
    #[serde(skip_serializing_if = "is_default")]
    pub version: String,
    /// The token ends.
    #[serde(skip_serializing_if = "is_default")]
    pub expires: bool,
    /// Seconds until the client must send `refresh`.
    #[serde(skip_serializing_if = "is_default")]
    pub ttl: u32,
    /// Seconds between pings.
    #[serde(skip_serializing_if = "is_default")]
    pub ping: u32,
    /// Answer pings with `{}`.
    #[serde(skip_serializing_if = "is_default")]
    pub pong: bool,
    /// Subscriptions that the token made, by channel.
    #[serde(skip_serializing_if = "is_default_map")]
    pub subs: BTreeMap<String, SubscribeResult>,
}

fn is_default_map(map: &BTreeMap<String, SubscribeResult>) -> bool {
    map.is_empty()
}

/// To `subscribe`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscribeResult {
    /// The token ends.
    #[serde(skip_serializing_if = "is_default")]
    pub expires: bool,
    /// Seconds until the client must send `sub_refresh`.
    #[serde(skip_serializing_if = "is_default")]
    pub ttl: u32,
    /// Recovery is possible.
    #[serde(skip_serializing_if = "is_default")]
    pub recoverable: bool,
    /// Of the stream.
    #[serde(skip_serializing_if = "is_default")]
    pub epoch: String,
    /// What was missed, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<Publication>,
    /// No gap since the position that was asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub recovered: bool,
    /// The position asked for when recovered, else the top of the stream.
    #[serde(skip_serializing_if = "is_default")]
    pub offset: u64,
    /// The server keeps a position.
    #[serde(skip_serializing_if = "is_default")]
    pub positioned: bool,
    /// Recovery was asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub was_recovering: bool,
}

/// To `refresh` and `sub_refresh`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RefreshResult {
    /// Of the connection; in `refresh` only.
    #[serde(skip_serializing_if = "is_default")]
    pub client: String,
    /// The token ends.
    #[serde(skip_serializing_if = "is_default")]
    pub expires: bool,
    /// Seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub ttl: u32,
}

/// To `history`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryResult {
    /// As asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<Publication>,
    /// Of the stream.
    #[serde(skip_serializing_if = "is_default")]
    pub epoch: String,
    /// The top of the stream.
    #[serde(skip_serializing_if = "is_default")]
    pub offset: u64,
}

/// To `presence`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PresenceResult {
    /// By the id of the connection.
    pub presence: BTreeMap<String, ClientInfo>,
}

/// To `presence_stats`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PresenceStatsResult {
    /// Connections.
    #[serde(skip_serializing_if = "is_default")]
    pub num_clients: u32,
    /// People.
    #[serde(skip_serializing_if = "is_default")]
    pub num_users: u32,
}

/// The objects of one WebSocket message, blank lines left out.
pub fn frames(message: &str) -> impl Iterator<Item = &str> {
    message
        .split('\n')
        .map(str::trim)
        .filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_is_an_empty_object_in_both_directions() {
        assert_eq!(serde_json::to_string(&Reply::default()).unwrap(), "{}");
        assert_eq!(serde_json::to_string(&Command::default()).unwrap(), "{}");
    }

    #[test]
    fn a_payload_keeps_its_bytes_and_unknown_fields_are_ignored() {
        let text = r#"{"push":{"channel":"business:1","pub":{"data":{"b":1.0,"a":[ ]},"offset":7,"tags":{}}},"new":1}"#;
        let reply: Reply = serde_json::from_str(text).unwrap();
        let publication = reply.push.and_then(|push| push.publication).unwrap();
        assert_eq!(publication.data.unwrap().get(), r#"{"b":1.0,"a":[ ]}"#);
        assert_eq!(publication.offset, 7);
    }

    #[test]
    fn a_message_may_hold_several_objects() {
        assert_eq!(
            frames("{}\n\n{\"id\":1}\n").collect::<Vec<_>>(),
            ["{}", "{\"id\":1}"]
        );
    }
}
