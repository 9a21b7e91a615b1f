//! The embedded hub over real sockets, in raw frames: what only a socket can show.

// A test that cannot go on says so by a panic, also in what its tests share.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use api::centrifugo::frames;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use server::{
    Secrets,
    hub::{Hub, PATH, config::Config},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message, client::IntoClientRequest as _, handshake::client::Request,
        http::StatusCode,
    },
};
use tokio_util::sync::CancellationToken;

const CHANNEL: &str = "business:42";

/// Longer than anything here takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

struct House {
    hub: Hub,
    address: String,
    cancel: CancellationToken,
}

impl House {
    async fn open(change: impl FnOnce(&mut Config)) -> House {
        let mut config = Config::built_in().unwrap();
        change(&mut config);
        let cancel = CancellationToken::new();
        let hub = Hub::embedded(config, &Secrets::random(), cancel.child_token()).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("ws://{}", listener.local_addr().unwrap());
        let router = hub.router();
        tokio::spawn(async { axum::serve(listener, router).await });
        House {
            hub,
            address,
            cancel,
        }
    }

    fn request(&self) -> Request {
        format!("{}{PATH}", self.address)
            .into_client_request()
            .unwrap()
    }

    /// A client that has not said anything yet.
    async fn silent(&self) -> Guest {
        let (socket, _) = connect_async(self.request()).await.unwrap();
        Guest {
            socket,
            heard: Vec::new(),
        }
    }

    /// A client that is connected and subscribed, both asked for in one message.
    async fn guest(&self, position: Option<(u64, &str)>) -> (Guest, Value) {
        let mut guest = self.silent().await;
        let token = self.hub.connection_token("u1", &self.address).token;
        let connect = json!({"id": 1, "connect": {"token": token}});
        let token = self.hub.subscription_token("u1", CHANNEL).token;
        let mut subscribe = json!({"channel": CHANNEL, "token": token});
        if let Some((offset, epoch)) = position {
            subscribe["recover"] = json!(true);
            subscribe["offset"] = json!(offset);
            subscribe["epoch"] = json!(epoch);
        }
        let subscribe = json!({"id": 2, "subscribe": subscribe});
        guest.says(&format!("{connect}\n{subscribe}")).await;
        assert_eq!(guest.next().await.unwrap()["id"], 1);
        let reply = guest.next().await.unwrap();
        assert_eq!(reply["id"], 2);
        (guest, reply["subscribe"].clone())
    }

    async fn publish(&self, number: u32, filling: usize) {
        let data = json!({"n": number, "filling": "x".repeat(filling)}).to_string();
        self.hub
            .publish(CHANNEL, &data, &number.to_string())
            .await
            .unwrap();
    }
}

struct Guest {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    heard: Vec<Value>,
}

impl Guest {
    async fn says(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next frame that is no ping, or the code with which the server ended it (0: without one).
    async fn next(&mut self) -> Result<Value, u16> {
        loop {
            if !self.heard.is_empty() {
                return Ok(self.heard.remove(0));
            }
            let message = tokio::time::timeout(PATIENCE, self.socket.next());
            match message.await.expect("something is heard in time") {
                Some(Ok(Message::Text(text))) => {
                    let all = frames(&text).map(|frame| serde_json::from_str(frame).unwrap());
                    self.heard = all.filter(|frame| *frame != json!({})).collect();
                }
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(0),
            }
        }
    }

    async fn number(&mut self) -> u64 {
        let frame = self.next().await.unwrap();
        frame["push"]["pub"]["data"]["n"].as_u64().unwrap()
    }
}

#[tokio::test]
async fn a_client_that_was_cut_off_recovers_what_it_missed_once_and_in_order() {
    let house = House::open(|_| {}).await;
    let (mut guest, reply) = house.guest(None).await;
    let epoch = reply["epoch"].as_str().unwrap().to_owned();
    house.publish(1, 0).await;
    assert_eq!(guest.number().await, 1);
    // Dropped without a word, as by a pulled cable.
    drop(guest);
    house.publish(2, 0).await;
    house.publish(3, 0).await;

    let (mut guest, reply) = house.guest(Some((1, &epoch))).await;
    assert_eq!(reply["recovered"], true);
    let missed: Vec<_> = reply["publications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|publication| publication["data"]["n"].as_u64().unwrap())
        .collect();
    assert_eq!(missed, [2, 3]);
    house.publish(4, 0).await;
    assert_eq!(guest.number().await, 4);
}

#[tokio::test]
async fn a_position_from_before_a_restart_is_not_recovered() {
    let before = House::open(|_| {}).await;
    let (_guest, reply) = before.guest(None).await;
    let epoch = reply["epoch"].as_str().unwrap().to_owned();
    let after = House::open(|_| {}).await;
    after.publish(1, 0).await;
    let (_guest, reply) = after.guest(Some((1, &epoch))).await;
    assert_eq!(reply["was_recovering"], true);
    assert!(reply["recovered"].is_null());
}

#[tokio::test]
async fn many_publications_reach_many_clients_in_order() {
    let house = House::open(|_| {}).await;
    let mut guests = Vec::new();
    for _ in 0..5 {
        guests.push(house.guest(None).await.0);
    }
    for number in 1..=200 {
        house.publish(number, 0).await;
    }
    for guest in &mut guests {
        for number in 1..=200 {
            assert_eq!(guest.number().await, number);
        }
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_and_the_others_hear_on() {
    let house = House::open(|config| config.client.queue_max_size = 1 << 20).await;
    let (mut lazy, _) = house.guest(None).await;
    let (mut eager, _) = house.guest(None).await;
    let total: u32 = 400;
    for number in 1..=total {
        house.publish(number, 100_000).await;
        assert_eq!(eager.number().await, u64::from(number));
    }
    let mut read = 0;
    let end = loop {
        match lazy.next().await {
            Ok(_) => read += 1,
            Err(code) => break code,
        }
    };
    assert!(read < total, "all of it fitted somewhere: {read}");
    // Without a code when the socket was full for longer than the goodbye may take.
    assert!([3008, 0].contains(&end), "{end}");
}

#[tokio::test]
async fn a_ping_that_is_not_answered_ends_the_connection() {
    let house = House::open(|config| {
        config.client.ping_interval = Duration::from_secs(1);
        config.client.pong_timeout = Duration::from_millis(100);
    })
    .await;
    let (mut guest, _) = house.guest(None).await;
    assert_eq!(guest.next().await, Err(3012));
}

#[tokio::test]
async fn who_never_says_who_they_are_is_closed() {
    let house =
        House::open(|config| config.client.stale_close_delay = Duration::from_millis(50)).await;
    assert_eq!(house.silent().await.next().await, Err(3502));
}

#[tokio::test]
async fn what_is_not_the_protocol_is_closed() {
    let house = House::open(|_| {}).await;
    let mut guest = house.silent().await;
    guest
        .says(r#"{"id":1,"history":{"channel":"business:42"}}"#)
        .await;
    assert_eq!(guest.next().await, Err(3501));

    let mut guest = house.silent().await;
    guest
        .socket
        .send(Message::binary(vec![1, 2, 3]))
        .await
        .unwrap();
    assert_eq!(guest.next().await, Err(3501));

    let (mut guest, _) = house.guest(None).await;
    let token = house.hub.subscription_token("u1", "business:43").token;
    let theirs = json!({"id": 3, "subscribe": {"channel": "business:44", "token": token}});
    guest.says(&theirs.to_string()).await;
    assert_eq!(guest.next().await, Err(3500));
}

#[tokio::test]
async fn a_web_page_that_is_not_named_is_refused_before_it_can_speak() {
    let house = House::open(|_| {}).await;
    for (origin, expected) in [("https://evil.example", false), ("tauri://localhost", true)] {
        let mut request = house.request();
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        let result = connect_async(request).await;
        match result {
            Ok(_) => assert!(expected, "{origin} was let in"),
            Err(Error::Http(response)) => {
                assert!(!expected, "{origin} was refused");
                assert_eq!(response.status(), StatusCode::FORBIDDEN);
            }
            Err(error) => panic!("{origin}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_hub_that_stops_says_so_and_waits_until_everybody_has_gone() {
    let house = House::open(|_| {}).await;
    let (mut guest, _) = house.guest(None).await;
    house.publish(1, 0).await;
    house.cancel.cancel();
    assert_eq!(guest.number().await, 1, "what was said before is heard");
    assert_eq!(guest.next().await, Err(3001));
    drop(guest);
    tokio::time::timeout(PATIENCE, house.hub.closed())
        .await
        .expect("nobody is left");
}
