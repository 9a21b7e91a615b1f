use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use api::centrifugo::frames;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

use super::*;

const CHANNEL: &str = "business:42";
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that does what its test says.
struct Server {
    listener: TcpListener,
}

/// One connection to it.
struct Line(WebSocketStream<TcpStream>);

/// Tokens for [`Server`], and how many were given.
#[derive(Clone)]
struct Tokens {
    url: String,
    refuses: bool,
    given: Arc<AtomicUsize>,
}

impl TokenSource for Tokens {
    async fn token(&self, channel: Option<String>) -> Result<RealtimeToken, TokenFault> {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        if self.refuses {
            return Err(TokenFault::Refused("the login ended".into()));
        }
        Ok(RealtimeToken {
            url: channel.is_none().then(|| self.url.clone()),
            channel,
            token: format!("token-{number}"),
            expires_in: 600,
        })
    }
}

/// What runs, and what it says.
struct Counter {
    wakes: mpsc::Receiver<Wake>,
    state: watch::Receiver<RealtimeState>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    async fn open() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Server { listener }
    }

    fn tokens(&self) -> Tokens {
        Tokens {
            url: format!("ws://{}", self.listener.local_addr().unwrap()),
            refuses: false,
            given: Arc::default(),
        }
    }

    async fn line(&self) -> Line {
        let (stream, _) = within(self.listener.accept()).await.unwrap();
        Line(within(accept_async(stream)).await.unwrap())
    }

    /// Takes a connection as far as its subscription, and returns what that asked for.
    async fn subscribed(&self, result: Value) -> (Line, Value) {
        let mut line = self.line().await;
        let connect = line.hears().await;
        line.says(
            json!({"id": connect["id"], "connect": {"client": "c", "ping": 25, "pong": true}}),
        )
        .await;
        let subscribe = line.hears().await;
        line.says(json!({"id": subscribe["id"], "subscribe": result}))
            .await;
        (line, subscribe["subscribe"].clone())
    }
}

impl Line {
    async fn says(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn hears(&mut self) -> Value {
        let text = within(self.0.next())
            .await
            .unwrap()
            .unwrap()
            .into_text()
            .unwrap();
        let frame = frames(&text).next().unwrap();
        serde_json::from_str(frame).unwrap()
    }

    async fn publishes(&mut self, offset: u64) {
        let push =
            json!({"push": {"channel": CHANNEL, "pub": {"data": event(offset), "offset": offset}}});
        self.says(push).await;
    }
}

impl Counter {
    fn start(tokens: Tokens, room: usize) -> Counter {
        let settings = Settings {
            backoff: (Duration::from_millis(5), Duration::from_millis(20)),
            ..Settings::new(CHANNEL)
        };
        let (wake, wakes) = mpsc::channel(room);
        let (status, state) = watch::channel(RealtimeState::Connecting);
        let cancel = CancellationToken::new();
        let task = tokio::spawn(run(settings, tokens, wake, status, cancel.clone()));
        Counter {
            wakes,
            state,
            cancel,
            task,
        }
    }

    async fn wakes(&mut self) -> Wake {
        within(self.wakes.recv()).await.expect("it goes on")
    }

    async fn is(&mut self, wanted: impl FnMut(&RealtimeState) -> bool) -> RealtimeState {
        within(self.state.wait_for(wanted)).await.unwrap().clone()
    }

    async fn stops(self) {
        self.cancel.cancel();
        within(self.task).await.unwrap();
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, future).await;
    waited.expect("it happens in time")
}

fn event(number: u64) -> Value {
    let order = "0190f0f0-0000-7000-8000-000000000001";
    json!({"id": format!("e{number}"), "type": "order.created", "order_id": order, "revision": 1})
}

fn is_event(wake: &Wake, number: u64) -> bool {
    matches!(wake, Wake::Event(event) if event.id() == Some(&format!("e{number}")))
}

fn positioned(offset: u64) -> Value {
    json!({"recoverable": true, "positioned": true, "epoch": "e1", "offset": offset})
}

#[tokio::test]
async fn events_wake_the_counter_also_those_that_were_missed() {
    let server = Server::open().await;
    let mut counter = Counter::start(server.tokens(), 16);
    let (mut line, asked) = server.subscribed(positioned(0)).await;
    assert!(asked["recover"].is_null());
    assert_eq!(counter.wakes().await, Wake::Connected);
    counter.is(|state| *state == RealtimeState::Live).await;
    line.publishes(1).await;
    assert!(is_event(&counter.wakes().await, 1));

    drop(line);
    let mut answer = positioned(1);
    answer["was_recovering"] = json!(true);
    answer["recovered"] = json!(true);
    answer["publications"] = json!([{"data": event(2), "offset": 2}]);
    let (mut line, asked) = server.subscribed(answer).await;
    assert_eq!(
        (&asked["recover"], &asked["offset"], &asked["epoch"]),
        (&json!(true), &json!(1), &json!("e1"))
    );
    assert_eq!(counter.wakes().await, Wake::Recovered { gap: false });
    assert!(is_event(&counter.wakes().await, 2));
    line.publishes(3).await;
    assert!(is_event(&counter.wakes().await, 3));
    counter.stops().await;
}

#[tokio::test]
async fn a_lost_connection_is_shown_until_it_is_back() {
    let server = Server::open().await;
    let mut counter = Counter::start(server.tokens(), 16);
    let (line, _) = server.subscribed(positioned(0)).await;
    counter.is(|state| *state == RealtimeState::Live).await;
    drop(line);
    let down = counter
        .is(|state| matches!(state, RealtimeState::Down { .. }))
        .await;
    assert!(
        matches!(
            down,
            RealtimeState::Down {
                is_final: false,
                ..
            }
        ),
        "{down:?}"
    );
    let _line = server.subscribed(positioned(0)).await;
    counter.is(|state| *state == RealtimeState::Live).await;
    counter.stops().await;
}

#[tokio::test]
async fn wakes_that_do_not_fit_become_one_that_says_to_read_everything() {
    let server = Server::open().await;
    let mut counter = Counter::start(server.tokens(), 1);
    let (mut line, _) = server.subscribed(positioned(0)).await;
    for offset in 1..=50 {
        line.publishes(offset).await;
    }
    // The ping shows that the socket was not held up: its answer comes while nobody takes the wakes.
    line.says(json!({})).await;
    assert_eq!(line.hears().await, json!({}));
    assert_eq!(counter.wakes().await, Wake::Connected);
    assert_eq!(counter.wakes().await, Wake::Recovered { gap: true });
    line.publishes(51).await;
    assert!(is_event(&counter.wakes().await, 51));
    counter.stops().await;
}

#[tokio::test]
async fn a_refused_token_is_a_fault_and_not_asked_for_again_at_once() {
    let server = Server::open().await;
    let tokens = Tokens {
        refuses: true,
        ..server.tokens()
    };
    let mut counter = Counter::start(tokens.clone(), 16);
    let down = counter
        .is(|state| matches!(state, RealtimeState::Down { .. }))
        .await;
    assert!(
        matches!(down, RealtimeState::Down { is_final: true, ref detail, .. } if detail == "the login ended")
    );
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(tokens.given.load(Ordering::Relaxed), 1);
    counter.stops().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_until_it_is() {
    let server = Server::open().await;
    let tokens = server.tokens();
    let address = server.listener.local_addr().unwrap();
    drop(server);
    let mut counter = Counter::start(tokens, 16);
    counter
        .is(|state| matches!(state, RealtimeState::Down { .. }))
        .await;
    let listener = TcpListener::bind(address).await.unwrap();
    let _line = Server { listener }.subscribed(positioned(0)).await;
    counter.is(|state| *state == RealtimeState::Live).await;
    counter.stops().await;
}

#[tokio::test]
async fn each_connection_begins_with_a_token_that_still_lives() {
    let server = Server::open().await;
    let counter = Counter::start(server.tokens(), 16);
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let mut line = server.line().await;
        let connect = line.hears().await;
        let token = connect["connect"]["token"].as_str().unwrap().to_owned();
        assert!(seen.insert(token), "an expired token came again");
        line.says(json!({"id": connect["id"], "error": {"code": 109, "message": "token expired"}}))
            .await;
    }
    counter.stops().await;
}
