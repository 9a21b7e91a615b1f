//! Connections that say nothing, or say it too slowly, do not keep others out.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use server::http::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::world::{World, answer, on_both};

/// Longer than anything here takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same restaurant on a server with other limits.
async fn with(mut world: World, limits: Limits) -> World {
    world.stop().await;
    world.options.limits = limits;
    world.start().await;
    world
}

async fn connect(world: &World) -> TcpStream {
    let address = world.running().url.trim_start_matches("http://");
    TcpStream::connect(address).await.expect("a connection")
}

/// Whether the server ends the connection; what it says before is read.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut said = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said))
        .await
        .is_ok()
}

/// Whether nothing has ended the connection yet.
fn is_open(stream: &TcpStream) -> bool {
    let error = stream.try_read(&mut [0; 16]).map_err(|error| error.kind());
    error == Err(std::io::ErrorKind::WouldBlock)
}

async fn works(world: &World) {
    let (status, menu) = answer(world.ask(Method::GET, "/menu")).await;
    assert_eq!(status, StatusCode::OK, "{menu}");
    world.sign_in("staff@rosa.example").await;
}

#[tokio::test]
async fn silent_connections_make_room_for_those_that_speak() {
    on_both(async |world| {
        let limits = Limits {
            connections: 20,
            connections_per_address: 15,
            unauthenticated_timeout: PATIENCE * 10,
            ..Limits::default()
        };
        let world = with(world, limits).await;
        let mut silent = Vec::new();
        for _ in 0..100 {
            silent.push(connect(&world).await);
            if silent.len() % 10 == 0 {
                works(&world).await;
            }
        }
        works(&world).await;
        assert!(is_closed(&mut silent[0]).await, "the oldest made room");
        assert!(is_open(&silent[99]), "the newest is still there");
        world
    })
    .await;
}

#[tokio::test]
async fn who_has_signed_in_keeps_the_connection_when_others_flood_the_server() {
    on_both(async |world| {
        let limits = Limits {
            connections: 5,
            ..Limits::default()
        };
        let world = with(world, limits).await;
        let request = format!(
            "GET /api/v1/menu HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
            world.staff
        );
        let mut mine = connect(&world).await;
        let mut silent = Vec::new();
        for _ in 0..2 {
            mine.write_all(request.as_bytes())
                .await
                .expect("it is open");
            let mut said = [0; 12];
            mine.read_exact(&mut said).await.expect("an answer");
            assert_eq!(&said, b"HTTP/1.1 200");
            // The rest of the answer, and nothing else.
            let mut rest = [0; 65_536];
            while !is_open(&mine) {
                let _ = mine.try_read(&mut rest);
            }
            for _ in 0..50 {
                silent.push(connect(&world).await);
            }
        }
        world
    })
    .await;
}

#[tokio::test]
async fn a_client_that_has_not_signed_in_is_not_waited_for() {
    on_both(async |world| {
        let limits = Limits {
            unauthenticated_timeout: Duration::from_millis(200),
            ..Limits::default()
        };
        let world = with(world, limits).await;
        let mut silent = connect(&world).await;
        assert!(is_closed(&mut silent).await, "it said nothing");

        let mut idle = connect(&world).await;
        idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .expect("it is open");
        assert!(is_closed(&mut idle).await, "it asked once and stayed");

        let mut slow = connect(&world).await;
        slow.write_all(b"GET /healthz HTTP/1.1\r\n")
            .await
            .expect("it is open");
        let trickle = async {
            while slow.write_all(b"x: y\r\n").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let ended = tokio::time::timeout(PATIENCE, trickle).await;
        assert!(ended.is_ok(), "headers that never end are not waited for");
        world
    })
    .await;
}

#[tokio::test]
async fn a_realtime_connection_that_says_who_it_is_stays_and_a_silent_one_makes_room() {
    on_both(async |world| {
        let limits = Limits {
            connections: 5,
            ..Limits::default()
        };
        let world = with(world, limits).await;
        let (_, connection) = world.post("/realtime/token", &json!({})).await;
        let url = connection["url"].as_str().expect("a URL");
        let (mut mine, _) = connect_async(url).await.expect("a connection");
        let command = json!({"id": 1, "connect": {"token": connection["token"]}});
        let next = async |socket: &mut tokio_tungstenite::WebSocketStream<_>| {
            let next = futures_util::StreamExt::next(socket);
            tokio::time::timeout(PATIENCE, next).await.expect("in time")
        };
        futures_util::SinkExt::send(&mut mine, Message::text(command.to_string()))
            .await
            .expect("it is open");
        next(&mut mine).await.expect("a reply").expect("a reply");

        let (mut silent, _) = connect_async(url).await.expect("a connection");
        let mut others = Vec::new();
        for _ in 0..20 {
            others.push(connect(&world).await);
        }
        works(&world).await;
        let end = next(&mut silent)
            .await
            .expect("a message")
            .expect("a message");
        let Message::Close(Some(frame)) = end else {
            panic!("{end}");
        };
        // Not the code of the hub's own limit for silent connections, and one after which clients come back.
        assert_eq!(u16::from(frame.code), 3004, "it made room");
        let presence = json!({"id": 2, "presence": {"channel": "business:1"}});
        futures_util::SinkExt::send(&mut mine, Message::text(presence.to_string()))
            .await
            .expect("it is open");
        let reply = next(&mut mine).await.expect("a reply").expect("a reply");
        assert!(reply.is_text(), "{reply}");
        world
    })
    .await;
}

#[tokio::test]
async fn a_server_that_stops_ends_idle_connections_at_once() {
    on_both(async |mut world| {
        let mut idle = connect(&world).await;
        idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .expect("it is open");
        let mut said = [0; 12];
        idle.read_exact(&mut said).await.expect("an answer");
        let started = std::time::Instant::now();
        world.stop().await;
        assert!(
            started.elapsed() < Duration::from_secs(4),
            "nobody is waited for"
        );
        assert!(is_closed(&mut idle).await);
        world.start().await;
        world
    })
    .await;
}
