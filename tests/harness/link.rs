//! The cable between counter and server: a TCP relay that can be cut, that can lose an answer, and that can answer some
//! requests itself, as a gateway does whose server is away.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A relay on a port of its own.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    up: watch::Sender<bool>,
    lose_answer: Arc<AtomicBool>,
    /// Requests whose first line contains this are answered 502.
    refused: Arc<Mutex<Option<String>>>,
    /// The answer to the next request whose first line contains this is lost.
    losing: Arc<Mutex<Option<String>>>,
    /// How long whatever the server says is on its way.
    pause: Arc<Mutex<Duration>>,
    target: Arc<Mutex<Option<SocketAddr>>>,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Link {
    /// Opens a port; until [`Link::connect`] names the other end, nobody answers there.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn open() -> std::io::Result<(Link, LinkEnd)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (up, _) = watch::channel(true);
        let link = Link {
            address,
            up,
            lose_answer: Arc::default(),
            refused: Arc::default(),
            losing: Arc::default(),
            pause: Arc::default(),
            target: Arc::default(),
            cancel: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        Ok((link, LinkEnd(listener)))
    }

    /// Where the counter finds the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins to relay to `target`.
    pub fn connect(&self, end: LinkEnd, target: SocketAddr) {
        self.goes_to(target);
        let (up, lose, cancel, tasks) = (
            self.up.clone(),
            self.lose_answer.clone(),
            self.cancel.clone(),
            self.tasks.clone(),
        );
        let (refused, target) = (self.refused.clone(), self.target.clone());
        let (losing, pause) = (self.losing.clone(), self.pause.clone());
        self.tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = cancel.cancelled() => return,
                    accepted = end.0.accept() => accepted,
                };
                let Ok((near, _)) = accepted else { continue };
                if !*up.borrow() {
                    continue; // dropping it closes the connection at once
                }
                let (up, lose, cancel) = (up.subscribe(), lose.clone(), cancel.clone());
                let (refused, target) = (refused.clone(), *lock(&target));
                let (losing, pause) = (losing.clone(), pause.clone());
                let Some(target) = target else { continue };
                tasks.spawn(async move {
                    tokio::select! {
                        () = cancel.cancelled() => {}
                        () = relay(near, target, up, lose, &refused, (&losing, &pause)) => {}
                    }
                });
            }
        });
    }

    /// Cuts every connection and refuses new ones.
    pub fn cut(&self) {
        self.up.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.up.send_replace(true);
    }

    /// From now on new connections go there.
    pub fn goes_to(&self, target: SocketAddr) {
        *lock(&self.target) = Some(target);
    }

    /// Requests whose first line contains this are answered `502 Bad Gateway`; `None`: none are.
    pub fn refuse(&self, part: Option<&str>) {
        *lock(&self.refused) = part.map(str::to_owned);
    }

    /// From now on whatever the server says takes so long.
    pub fn slow(&self, pause: Duration) {
        *lock(&self.pause) = pause;
    }

    /// The next bytes that come from the server are lost, and their connection with them.
    pub fn lose_next_answer(&self) {
        self.lose_answer.store(true, Ordering::SeqCst);
    }

    /// The answer to the next request whose first line contains this is lost, and its connection with it.
    pub fn lose_answer_to(&self, part: &str) {
        *lock(&self.losing) = Some(part.to_owned());
    }

    /// Whether there was no such request yet.
    pub fn loses(&self) -> bool {
        lock(&self.losing).is_some()
    }

    /// Ends all of it.
    pub async fn close(&self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// The listening end, handed over once the server's port is known.
#[derive(Debug)]
pub struct LinkEnd(TcpListener);

async fn relay(
    near: TcpStream,
    target: SocketAddr,
    mut up: watch::Receiver<bool>,
    lose: Arc<AtomicBool>,
    refused: &Mutex<Option<String>>,
    (losing, pause): (&Mutex<Option<String>>, &Mutex<Duration>),
) {
    let lose_here = AtomicBool::new(false);
    let Ok(far) = TcpStream::connect(target).await else {
        return;
    };
    let (mut near_in, mut near_out) = near.into_split();
    let (mut far_in, mut far_out) = far.into_split();
    let there = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = near_in.read(&mut buffer).await {
            if is_refused(&buffer[..count], refused) {
                return Request::Refused;
            }
            if is_refused(&buffer[..count], losing) {
                lose_here.store(true, Ordering::SeqCst);
            }
            if far_out.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
        let _ = far_out.shutdown().await;
        Request::Through
    };
    let back = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = far_in.read(&mut buffer).await {
            if lose_here.swap(false, Ordering::SeqCst) {
                *lock(losing) = None;
                return Answer::Lost;
            }
            if lose.swap(false, Ordering::SeqCst) {
                return Answer::Lost;
            }
            let pause = *lock(pause);
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            if near_out.write_all(&buffer[..count]).await.is_err() {
                return Answer::Through;
            }
        }
        let _ = near_out.shutdown().await;
        Answer::Through
    };
    let both = async {
        tokio::pin!(there, back);
        tokio::select! {
            answer = &mut back => match answer {
                Answer::Through => there.await,
                Answer::Lost => Request::Through,
            },
            // A half-closed request may still get its answer.
            request = &mut there => {
                if let Request::Through = request {
                    back.await;
                }
                request
            }
        }
    };
    let request = tokio::select! {
        request = both => request,
        _ = up.wait_for(|up| !*up) => Request::Through,
    };
    if let Request::Refused = request {
        let answer = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        // The other end may be gone already.
        let _ = near_out.write_all(answer.as_bytes()).await;
        let _ = near_out.shutdown().await;
    }
}

/// Whether these bytes begin a request that this cable answers itself.
fn is_refused(bytes: &[u8], refused: &Mutex<Option<String>>) -> bool {
    let first = bytes
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    let line = String::from_utf8_lossy(first);
    lock(refused)
        .as_ref()
        .is_some_and(|part| line.ends_with("HTTP/1.1") && line.contains(part))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What became of what the counter said.
enum Request {
    Through,
    Refused,
}

/// What became of what the server said.
enum Answer {
    Through,
    Lost,
}
