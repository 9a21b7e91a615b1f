//! Hosts at an IPP address that are no printers, or mean harm: each ends in a word, in time, with nothing printed.

use std::time::{Duration, Instant};

use api::{
    Outcome,
    job::NotPrinted,
    printer::{Address, Health, Learned},
};
use printers::{Sheet, Timings, print_ticket, probe};
use templates::{Pass, Profile};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{pages::supplies, setup::*};

/// A host that says this to whoever asks, and then this again and again if it is endless.
async fn host(answer: Vec<u8>, endless: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    tokio::spawn(async move {
        while let Ok((mut asker, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut question = [0; 4_096];
                if asker.read(&mut question).await.is_err() {
                    return;
                }
                let mut said = asker.write_all(&answer).await;
                while endless && said.is_ok() {
                    said = asker.write_all(&[0x44; 8_192]).await;
                }
                // One that says nothing holds the line.
                if answer.is_empty() {
                    drop(asker.read(&mut question).await);
                }
            });
        }
    });
    port
}

fn http(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    .into_bytes();
    answer.extend(body);
    answer
}

/// Collections in collections.
fn nested(depth: usize) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 0, 0, 1, 4];
    bytes.extend(b"\x34\0\x09media-col\0\0");
    for _ in 1..depth {
        bytes.extend(b"\x4A\0\0\0\x01m\x34\0\0\0\0");
    }
    for _ in 0..depth {
        bytes.extend(b"\x37\0\0\0\0");
    }
    bytes.push(3);
    bytes
}

fn hasty() -> Timings {
    Timings {
        answer: Duration::from_millis(500),
        ..timings().device
    }
}

async fn print(uri: String) -> NotPrinted {
    let address: Address = uri.parse().expect("an address");
    let parsed = templates::parse("Two pizzas\n");
    let sheet = Sheet {
        document: &parsed.document,
        profile: &Profile::named("generic-80").expect("a known one"),
        pass: &Pass::default(),
        supplies: &supplies(),
    };
    let began = Instant::now();
    let outcome = print_ticket(&address, sheet, &Learned::default(), &hasty()).await;
    assert!(began.elapsed() < PATIENCE, "{uri} holds us up");
    let probed = probe(&address, &hasty()).await;
    assert_ne!(probed.health, Health::Ready, "{uri}");
    let Outcome::NotPrinted(why) = outcome else {
        panic!("{uri}: {outcome:?}");
    };
    why
}

#[tokio::test]
async fn a_server_that_is_no_printer_is_told_from_one_and_says_what_to_do() {
    for (answer, word) in [
        (
            http("200 OK", "text/html", b"<h1>Welcome</h1>"),
            "check the address",
        ),
        (http("404 Not Found", "text/plain", b""), "/ipp/print"),
        (
            http(
                "301 Moved\r\nLocation: http://127.0.0.1:1/",
                "text/plain",
                b"",
            ),
            "check the address",
        ),
        (http("500 Oh", "application/ipp", b""), "check the address"),
        (
            http("200 OK", "application/ipp", b"no IPP at all"),
            "check the address",
        ),
        (http("200 OK", "application/ipp", b""), "check the address"),
        (
            http("200 OK", "application/ipp", &nested(2_000)),
            "check the address",
        ),
        (
            http("200 OK", "application/ipp", &nested(8_000)),
            "check the address",
        ),
    ] {
        let port = host(answer, false).await;
        let why = print(format!("ipp://127.0.0.1:{port}/ipp/print")).await;
        let NotPrinted::Refused { detail } = &why else {
            panic!("{why:?}");
        };
        assert!(detail.contains(word), "{detail}");
    }
}

#[tokio::test]
async fn a_printer_that_wants_a_login_or_tls_fails_at_once_with_the_next_step() {
    for (status, word) in [
        ("401 Unauthorized", "without"),
        ("403 Forbidden", "allow it"),
        ("426 Upgrade Required", "ipps://"),
    ] {
        let port = host(http(status, "text/plain", b""), false).await;
        let why = print(format!("ipp://127.0.0.1:{port}/")).await;
        let NotPrinted::Impossible { detail } = &why else {
            panic!("{why:?}");
        };
        assert!(detail.contains(word), "{detail}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_left_alone() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n\r\n\x02\0\0\0\0\0\0\x01\x04"
        .to_vec();
    let port = host(head, true).await;
    let why = print(format!("ipp://127.0.0.1:{port}/")).await;
    assert!(matches!(why, NotPrinted::Refused { .. }), "{why:?}");
    let port = host(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), true).await;
    let why = print(format!("ipp://127.0.0.1:{port}/")).await;
    assert!(
        matches!(
            why,
            NotPrinted::Unreached { .. } | NotPrinted::Refused { .. }
        ),
        "{why:?}"
    );
}

#[tokio::test]
async fn who_never_answers_or_is_not_there_is_unreached() {
    let silent = host(Vec::new(), false).await;
    let gone = nobody().await;
    for uri in [
        format!("ipp://127.0.0.1:{silent}/"),
        format!("ipps://127.0.0.1:{silent}/"),
        format!("ipp://{gone}/"),
        "ipp://no-such-printer.invalid/".to_owned(),
    ] {
        let why = print(uri.clone()).await;
        let NotPrinted::Unreached { detail } = &why else {
            panic!("{uri}: {why:?}");
        };
        assert!(!detail.is_empty());
    }
}

#[tokio::test]
async fn a_host_without_tls_at_a_secure_address_gets_nothing() {
    let port = host(http("200 OK", "text/html", b"<h1>Welcome</h1>"), false).await;
    let why = print(format!("ipps://127.0.0.1:{port}/")).await;
    assert!(matches!(why, NotPrinted::Unreached { .. }), "{why:?}");
}
