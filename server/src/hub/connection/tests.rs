use api::centrifugo::{SubscribeResult, frames};
use serde_json::{Value, json, value::RawValue};

use super::*;
use crate::{
    hub::frame_queue::{FrameReceiver, frame_queue},
    secrets::Secrets,
};

/// A hub, and a clock that only the test moves.
struct Hub {
    shared: Arc<Shared>,
    now: Now,
}

/// A client with what it was sent.
struct Client {
    connection: Connection,
    waiting: FrameReceiver,
}

impl Hub {
    fn new() -> Hub {
        Hub::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Config)) -> Hub {
        let mut config = Config::built_in().unwrap();
        change(&mut config);
        let secrets = Secrets {
            jwt: "j".repeat(32),
            realtime: "r".repeat(32),
            realtime_sub: "s".repeat(32),
        };
        let tokens = Tokens::new(&config, secrets);
        let now = Now {
            instant: Instant::now(),
            time: Timestamp::from_second(1_000_000).unwrap(),
        };
        let shared = Arc::new(Shared::new(config, tokens, now.instant));
        Hub { shared, now }
    }

    fn pass(&mut self, seconds: u64) {
        self.now.instant += Duration::from_secs(seconds);
        self.now.time += Duration::from_secs(seconds);
    }

    fn open(&self) -> Client {
        let (outgoing, waiting) = frame_queue(self.shared.config.client.queue_max_size);
        let connection = Connection::new(self.shared.clone(), outgoing, 0.0, self.now);
        Client {
            connection,
            waiting,
        }
    }

    /// A client that is connected as a user.
    fn connected(&self, user: &str) -> Client {
        let mut client = self.open();
        let token = self.shared.tokens.connection(user, self.now.time).token;
        client
            .says(self, json!({"id": 1, "connect": {"token": token}}))
            .unwrap();
        client
    }

    fn sub_token(&self, user: &str, channel: &str) -> String {
        self.shared
            .tokens
            .subscription(user, channel, self.now.time)
            .token
    }

    fn publish(&self, channel: &str, number: u32) -> u64 {
        let data = RawValue::from_string(format!(r#"{{"n":{number}}}"#)).unwrap();
        let (namespace, _) = self.shared.config.namespace(channel).unwrap();
        let now = self.now.instant;
        let key = format!("{channel}-{number}");
        self.shared
            .channels(|channels| channels.publish(channel, namespace, &data, &key, now))
            .offset
    }
}

impl Client {
    /// Says something and hears everything that waits for it.
    fn says(&mut self, hub: &Hub, command: Value) -> Result<Vec<Value>, Disconnect> {
        self.connection.on_message(&command.to_string(), hub.now)?;
        Ok(self.hears())
    }

    fn hears(&mut self) -> Vec<Value> {
        let text = self.waiting.rest().unwrap_or_default();
        frames(&text)
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn subscribes(&mut self, hub: &Hub, user: &str, channel: &str, more: Value) -> Value {
        let token = hub.sub_token(user, channel);
        let mut subscribe = json!({"channel": channel, "token": token});
        if let (Value::Object(all), Value::Object(more)) = (&mut subscribe, more) {
            all.extend(more);
        }
        let mut heard = self
            .says(hub, json!({"id": 2, "subscribe": subscribe}))
            .unwrap();
        heard.remove(0)
    }

    fn error_of(&mut self, hub: &Hub, command: Value) -> u64 {
        let heard = self.says(hub, command).unwrap();
        heard[0]["error"]["code"].as_u64().unwrap()
    }
}

const CHANNEL: &str = "business:42";

#[test]
fn a_client_connects_subscribes_and_hears_what_is_published() {
    let hub = Hub::new();
    let mut client = hub.open();
    let token = hub.shared.tokens.connection("u1", hub.now.time).token;
    let heard = client
        .says(&hub, json!({"id": 1, "connect": {"token": token}}))
        .unwrap();
    let connect = &heard[0]["connect"];
    assert_eq!(
        (&connect["ping"], &connect["pong"]),
        (&json!(10), &json!(true))
    );
    assert_eq!(
        (&connect["expires"], &connect["ttl"]),
        (&json!(true), &json!(600))
    );

    let reply = client.subscribes(&hub, "u1", CHANNEL, json!({}));
    assert_eq!(reply["subscribe"]["recoverable"], true);
    assert!(reply["subscribe"]["epoch"].is_string());
    hub.publish(CHANNEL, 1);
    let heard = client.hears();
    assert_eq!(heard[0]["push"]["channel"], CHANNEL);
    assert_eq!(heard[0]["push"]["pub"]["data"], json!({"n": 1}));
    assert_eq!(heard[0]["push"]["pub"]["offset"], 1);
}

#[test]
fn a_repeated_key_publishes_nothing_and_gives_the_same_position() {
    let mut hub = Hub::new();
    let mut client = hub.connected("u1");
    client.subscribes(&hub, "u1", CHANNEL, json!({}));
    assert_eq!((hub.publish(CHANNEL, 1), hub.publish(CHANNEL, 1)), (1, 1));
    assert_eq!(client.hears().len(), 1);
    hub.pass(300);
    assert_eq!(
        hub.publish(CHANNEL, 1),
        2,
        "the key is forgotten after five minutes"
    );
}

#[test]
fn what_was_missed_is_recovered_once_and_in_order() {
    let hub = Hub::new();
    let mut client = hub.connected("u1");
    client.subscribes(&hub, "u1", CHANNEL, json!({}));
    for number in 1..=3 {
        hub.publish(CHANNEL, number);
    }
    let epoch = client.hears()[0]["push"]["pub"]["epoch"].clone();
    drop(client);
    for number in 4..=6 {
        hub.publish(CHANNEL, number);
    }

    let mut client = hub.connected("u1");
    let from = json!({"recover": true, "epoch": epoch, "offset": 3});
    let reply = client.subscribes(&hub, "u1", CHANNEL, from);
    let result: SubscribeResult = serde_json::from_value(reply["subscribe"].clone()).unwrap();
    assert!(result.recovered && result.was_recovering);
    assert_eq!(result.offset, 3);
    let offsets: Vec<_> = result.publications.iter().map(|one| one.offset).collect();
    assert_eq!(offsets, [4, 5, 6]);
    hub.publish(CHANNEL, 7);
    assert_eq!(client.hears()[0]["push"]["pub"]["offset"], 7);
}

#[test]
fn a_position_of_another_start_is_not_recovered() {
    let hub = Hub::new();
    hub.publish(CHANNEL, 1);
    let from = json!({"recover": true, "epoch": "other", "offset": 1});
    let reply = hub.connected("u1").subscribes(&hub, "u1", CHANNEL, from);
    let result: SubscribeResult = serde_json::from_value(reply["subscribe"].clone()).unwrap();
    assert!(result.was_recovering && !result.recovered);
    assert_eq!((result.offset, result.publications.len()), (1, 0));
    assert_ne!(result.epoch, "other");

    let strict = json!({"recover": true, "epoch": "other", "offset": 1, "flag": 2});
    let mut client = hub.connected("u1");
    let reply = client.subscribes(&hub, "u1", CHANNEL, strict);
    assert_eq!(reply["error"]["code"], 112);
    hub.publish(CHANNEL, 2);
    assert!(
        client.hears().is_empty(),
        "there is no subscription with a hole"
    );
}

#[test]
fn the_channel_of_another_restaurant_closes_the_connection() {
    let hub = Hub::new();
    for (user, channel) in [("u1", "business:43"), ("u2", CHANNEL)] {
        let mut client = hub.connected("u1");
        let token = hub.sub_token(user, channel);
        let subscribe = json!({"id": 2, "subscribe": {"channel": CHANNEL, "token": token}});
        assert_eq!(client.says(&hub, subscribe), Err(Disconnect::INVALID_TOKEN));
    }
}

#[test]
fn a_subscription_needs_a_good_token_a_known_namespace_and_a_fitting_name() {
    let mut hub = Hub::new();
    let old = hub.sub_token("u1", CHANNEL);
    hub.pass(600);
    let mut client = hub.connected("u1");
    let mut code = |channel: &str, token: &str| {
        client.error_of(
            &hub,
            json!({"id": 2, "subscribe": {"channel": channel, "token": token}}),
        )
    };
    assert_eq!(code(CHANNEL, &old), 109);
    assert_eq!(code(CHANNEL, "a.b.c"), 103);
    assert_eq!(code(CHANNEL, ""), 103);
    assert_eq!(code("nobody:42", &hub.sub_token("u1", "nobody:42")), 102);
    assert_eq!(
        code("business:4 2", &hub.sub_token("u1", "business:4 2")),
        107
    );
    client.subscribes(&hub, "u1", CHANNEL, json!({}));
    let again = client.subscribes(&hub, "u1", CHANNEL, json!({}));
    assert_eq!(again["error"]["code"], 105);
}

#[test]
fn a_connection_has_only_so_many_channels_and_a_user_so_many_connections() {
    let hub = Hub::with(|config| {
        config.client.channel_limit = 1;
        config.client.user_connection_limit = 1;
    });
    let mut client = hub.connected("u1");
    client.subscribes(&hub, "u1", CHANNEL, json!({}));
    let second = client.subscribes(&hub, "u1", "job:1", json!({}));
    assert_eq!(second["error"]["code"], 106);

    let token = hub.shared.tokens.connection("u1", hub.now.time).token;
    let connect = json!({"id": 1, "connect": {"token": token}});
    assert_eq!(
        hub.open().says(&hub, connect.clone()),
        Err(Disconnect::CONNECTION_LIMIT)
    );
    drop(client);
    assert!(hub.open().says(&hub, connect).is_ok());
}

#[test]
fn who_says_something_else_first_or_nothing_at_all_is_sent_away() {
    let mut hub = Hub::new();
    for first in [
        json!({"id": 1, "history": {"channel": CHANNEL}}),
        json!({}),
        json!({"id": 1}),
    ] {
        assert_eq!(hub.open().says(&hub, first), Err(Disconnect::BAD_REQUEST));
    }
    assert_eq!(
        hub.open().connection.on_message("hello", hub.now),
        Err(Disconnect::BAD_REQUEST)
    );
    let no_token = json!({"id": 1, "connect": {}});
    assert_eq!(
        hub.open().says(&hub, no_token),
        Err(Disconnect::BAD_REQUEST)
    );
    let bad_token = json!({"id": 1, "connect": {"token": "a.b.c"}});
    assert_eq!(
        hub.open().says(&hub, bad_token),
        Err(Disconnect::INVALID_TOKEN)
    );

    let mut silent = hub.open();
    hub.pass(10);
    assert_eq!(silent.connection.next_timeout(), hub.now.instant);
    assert_eq!(
        silent.connection.on_timeout(hub.now),
        Err(Disconnect::STALE)
    );
}

#[test]
fn an_expired_connection_token_is_answered_so_that_the_client_fetches_another() {
    let mut hub = Hub::new();
    let token = hub.shared.tokens.connection("u1", hub.now.time).token;
    hub.pass(600);
    let code = hub
        .open()
        .error_of(&hub, json!({"id": 1, "connect": {"token": token}}));
    assert_eq!(code, 109);
}

#[test]
fn pings_come_in_time_and_must_be_answered() {
    let mut hub = Hub::new();
    let mut client = hub.connected("u1");
    // Without jitter the first comes after half the interval of ten seconds.
    for wait in [5, 10, 10] {
        hub.pass(wait);
        assert_eq!(client.connection.next_timeout(), hub.now.instant);
        client.connection.on_timeout(hub.now).unwrap();
        assert_eq!(client.hears(), [json!({})]);
        client.says(&hub, json!({})).unwrap();
    }
    hub.pass(10);
    client.connection.on_timeout(hub.now).unwrap();
    hub.pass(4);
    assert_eq!(
        client.connection.on_timeout(hub.now),
        Err(Disconnect::NO_PONG)
    );
}

#[test]
fn a_connection_ends_after_its_token_unless_it_is_refreshed() {
    let mut hub = Hub::new();
    let mut client = hub.connected("u1");
    hub.pass(590);
    let token = hub.shared.tokens.connection("u1", hub.now.time).token;
    let heard = client
        .says(&hub, json!({"id": 9, "refresh": {"token": token}}))
        .unwrap();
    assert_eq!(
        (&heard[0]["id"], &heard[0]["refresh"]["ttl"]),
        (&json!(9), &json!(600))
    );
    hub.pass(624);
    client.connection.on_timeout(hub.now).unwrap();
    client.says(&hub, json!({})).unwrap();
    hub.pass(1);
    assert_eq!(
        client.connection.on_timeout(hub.now),
        Err(Disconnect::EXPIRED)
    );
}

#[test]
fn a_refresh_with_another_users_or_a_dead_token_ends_the_connection() {
    let mut hub = Hub::new();
    let dead = hub.shared.tokens.connection("u1", hub.now.time).token;
    let other = hub
        .shared
        .tokens
        .connection("u2", hub.now.time + Duration::from_secs(600))
        .token;
    hub.pass(600);
    for (token, end) in [
        (other.as_str(), Disconnect::INVALID_TOKEN),
        ("a.b.c", Disconnect::INVALID_TOKEN),
        (dead.as_str(), Disconnect::EXPIRED),
        ("", Disconnect::BAD_REQUEST),
    ] {
        let mut client = hub.connected("u1");
        let refresh = json!({"id": 9, "refresh": {"token": token}});
        assert_eq!(client.says(&hub, refresh), Err(end));
    }
}

#[test]
fn a_subscription_ends_after_its_token_unless_it_is_refreshed() {
    let mut hub = Hub::new();
    let mut client = hub.connected("u1");
    client.subscribes(&hub, "u1", CHANNEL, json!({}));
    hub.pass(300);
    let fresh = hub.shared.tokens.connection("u1", hub.now.time).token;
    client
        .says(&hub, json!({"id": 3, "refresh": {"token": fresh}}))
        .unwrap();
    let token = hub.sub_token("u1", CHANNEL);
    let refresh = json!({"id": 4, "sub_refresh": {"channel": CHANNEL, "token": token}});
    assert_eq!(
        client.says(&hub, refresh.clone()).unwrap()[0]["sub_refresh"]["ttl"],
        600
    );

    hub.pass(610);
    assert_eq!(
        client.error_of(&hub, refresh),
        110,
        "an expired token renews nothing"
    );
    hub.pass(14);
    client.connection.on_timeout(hub.now).unwrap();
    client.says(&hub, json!({})).unwrap();
    hub.publish(CHANNEL, 1);
    assert_eq!(
        client.hears().len(),
        1,
        "it is still there within the delay"
    );
    hub.pass(1);
    let fresh = hub.shared.tokens.connection("u1", hub.now.time).token;
    client
        .says(&hub, json!({"id": 5, "refresh": {"token": fresh}}))
        .unwrap();
    client.connection.on_timeout(hub.now).unwrap();
    assert_eq!(client.hears()[0]["push"]["unsubscribe"]["code"], 2501);
    hub.publish(CHANNEL, 2);
    assert!(
        client
            .hears()
            .iter()
            .all(|frame| frame["push"]["pub"].is_null())
    );
}

#[test]
fn those_in_a_channel_see_who_is_there_and_hear_who_comes_and_goes() {
    let hub = Hub::new();
    let mut first = hub.connected("u1");
    let presence = json!({"id": 6, "presence": {"channel": CHANNEL}});
    assert_eq!(
        first.error_of(&hub, presence.clone()),
        103,
        "not from outside"
    );
    first.subscribes(&hub, "u1", CHANNEL, json!({"join_leave": true}));
    first.hears();
    let mut second = hub.connected("u2");
    second.subscribes(&hub, "u2", CHANNEL, json!({}));
    assert_eq!(first.hears()[0]["push"]["join"]["info"]["user"], "u2");
    assert!(second.hears().is_empty(), "it did not ask");

    let heard = first.says(&hub, presence).unwrap();
    assert_eq!(
        heard[0]["presence"]["presence"].as_object().unwrap().len(),
        2
    );
    let stats = json!({"id": 7, "presence_stats": {"channel": CHANNEL}});
    let heard = first.says(&hub, stats).unwrap();
    assert_eq!(
        heard[0]["presence_stats"],
        json!({"num_clients": 2, "num_users": 2})
    );
    drop(second);
    assert_eq!(first.hears()[0]["push"]["leave"]["info"]["user"], "u2");
}

#[test]
fn history_is_for_those_inside() {
    let hub = Hub::new();
    for number in 1..=3 {
        hub.publish(CHANNEL, number);
    }
    let mut client = hub.connected("u1");
    let history = |more: Value| {
        let mut request = json!({"channel": CHANNEL});
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"id": 5, "history": request})
    };
    assert_eq!(client.error_of(&hub, history(json!({}))), 103);
    client.subscribes(&hub, "u1", CHANNEL, json!({}));
    let heard = client.says(&hub, history(json!({}))).unwrap();
    assert_eq!(heard[0]["history"]["offset"], 3);
    assert!(heard[0]["history"]["publications"].is_null());
    let heard = client.says(&hub, history(json!({"limit": 2}))).unwrap();
    assert_eq!(
        heard[0]["history"]["publications"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let other = history(json!({"since": {"offset": 1, "epoch": "other"}}));
    assert_eq!(client.error_of(&hub, other), 112);
    assert_eq!(
        client.error_of(&hub, json!({"id": 5, "history": {"channel": "location:1"}})),
        103
    );
}

#[test]
fn after_unsubscribing_nothing_more_is_heard() {
    let hub = Hub::new();
    let mut client = hub.connected("u1");
    client.subscribes(&hub, "u1", CHANNEL, json!({}));
    let heard = client
        .says(&hub, json!({"id": 3, "unsubscribe": {"channel": CHANNEL}}))
        .unwrap();
    assert_eq!(heard, [json!({"id": 3, "unsubscribe": {}})]);
    hub.publish(CHANNEL, 1);
    assert!(client.hears().is_empty());
}

#[test]
fn clients_publish_nothing_and_call_nothing() {
    let hub = Hub::new();
    let mut client = hub.connected("u1");
    let publish = json!({"id": 3, "publish": {"channel": CHANNEL, "data": {}}});
    assert_eq!(client.error_of(&hub, publish), 103);
    assert_eq!(
        client.error_of(&hub, json!({"id": 4, "rpc": {"method": "x"}})),
        104
    );
}

#[test]
fn several_commands_may_come_in_one_message() {
    let hub = Hub::new();
    let mut client = hub.open();
    let token = hub.shared.tokens.connection("u1", hub.now.time).token;
    let connect = json!({"id": 1, "connect": {"token": token}});
    let channel = json!({"channel": CHANNEL, "token": hub.sub_token("u1", CHANNEL)});
    let subscribe = json!({"id": 2, "subscribe": channel});
    client
        .connection
        .on_message(&format!("{connect}\n{subscribe}\n"), hub.now)
        .unwrap();
    let heard = client.hears();
    assert_eq!((&heard[0]["id"], &heard[1]["id"]), (&json!(1), &json!(2)));
    assert!(heard[1]["subscribe"].is_object());
}

#[test]
fn a_channel_that_keeps_the_newest_gives_it_to_whoever_comes() {
    let hub = Hub::new();
    let mut client = hub.connected("u1");
    hub.publish("job:7", 1);
    hub.publish("job:7", 2);
    let reply = client.subscribes(&hub, "u1", "job:7", json!({}));
    assert_eq!(
        reply["subscribe"]["publications"][0]["data"],
        json!({"n": 2})
    );
    assert_eq!(reply["subscribe"]["offset"], 1);
}

#[test]
fn a_stream_outlives_its_last_listener() {
    let hub = Hub::new();
    let epoch = |reply: Value| reply["subscribe"]["epoch"].clone();
    let mut client = hub.connected("u1");
    let first = epoch(client.subscribes(&hub, "u1", CHANNEL, json!({})));
    drop(client);
    let again = epoch(
        hub.connected("u1")
            .subscribes(&hub, "u1", CHANNEL, json!({})),
    );
    assert_eq!(first, again);
}
