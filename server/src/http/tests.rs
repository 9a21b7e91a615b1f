use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};

use super::*;

struct Served {
    address: SocketAddr,
    server: Arc<HttpServer>,
    stop: CancellationToken,
}

async fn served(router: Router, limits: Limits) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let server = Arc::new(HttpServer::new(listener, router, limits, stop.clone()));
    Served {
        address,
        server,
        stop,
    }
}

/// A task that accepts connections.
fn run(served: &Served) -> tokio::task::JoinHandle<()> {
    let server = served.server.clone();
    tokio::spawn(async move { server.run().await })
}

async fn ask(stream: &mut TcpStream, path: &str) {
    let head = format!("GET {path} HTTP/1.1\r\nhost: rosa\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
}

/// What comes until the connection ends, or until `end` has come.
async fn answer(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut some = [0; 1024];
    while end.is_empty() || !text.ends_with(end) {
        match stream.read(&mut some).await.unwrap_or_default() {
            0 => break,
            read => text.push_str(std::str::from_utf8(&some[..read]).unwrap()),
        }
    }
    text
}

async fn fails() -> &'static str {
    panic!("a test wanted this")
}

#[tokio::test]
async fn a_connection_that_panics_is_closed_and_no_other_notices() {
    let router = Router::new()
        .route("/fails", get(fails))
        .route("/works", get(async || "it works"));
    let served = served(router, Limits::default()).await;
    let task = run(&served);
    let mut other = TcpStream::connect(served.address).await.unwrap();
    ask(&mut other, "/works").await;
    assert!(answer(&mut other, "it works").await.contains("200 OK"));
    let mut failing = TcpStream::connect(served.address).await.unwrap();
    ask(&mut failing, "/fails").await;
    assert_eq!(answer(&mut failing, "").await, "", "nothing is made up");
    ask(&mut other, "/works").await;
    assert!(answer(&mut other, "it works").await.contains("200 OK"));
    let mut next = TcpStream::connect(served.address).await.unwrap();
    ask(&mut next, "/works").await;
    assert!(answer(&mut next, "it works").await.contains("200 OK"));
    served.stop.cancel();
    task.await.unwrap();
}

#[tokio::test]
async fn a_request_goes_on_over_a_restart_of_the_server_and_is_waited_for_at_its_end() {
    let (began, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (began, go_on) = (began.clone(), go_on.clone());
        async move || {
            began.notify_one();
            go_on.notified().await;
            "late"
        }
    };
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let served = served(Router::new().route("/slow", get(slow)), limits).await;
    let first = run(&served);
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    ask(&mut stream, "/slow").await;
    began.notified().await;
    // A panic drops what the task held, as this does.
    first.abort();
    assert!(first.await.is_err());
    let second = run(&served);
    served.stop.cancel();
    // Whoever waits for the second run waits for the request of the first, too.
    let waits = tokio::time::timeout(Duration::from_millis(200), second);
    let mut waits = pin!(waits);
    assert!(
        waits.as_mut().await.is_err(),
        "the request of the first run was forgotten"
    );
    go_on.notify_one();
    assert!(answer(&mut stream, "late").await.contains("200 OK"));
}
