//! The cable between counter and server: a TCP relay that can be cut, and that can lose an answer.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
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
        let (up, lose, cancel, tasks) = (
            self.up.clone(),
            self.lose_answer.clone(),
            self.cancel.clone(),
            self.tasks.clone(),
        );
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
                tasks.spawn(async move {
                    tokio::select! {
                        () = cancel.cancelled() => {}
                        () = relay(near, target, up, lose) => {}
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

    /// The next bytes that come from the server are lost, and their connection with them.
    pub fn lose_next_answer(&self) {
        self.lose_answer.store(true, Ordering::SeqCst);
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
) {
    let Ok(far) = TcpStream::connect(target).await else {
        return;
    };
    let (mut near_in, mut near_out) = near.into_split();
    let (mut far_in, mut far_out) = far.into_split();
    let there = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = near_in.read(&mut buffer).await {
            if far_out.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
        let _ = far_out.shutdown().await;
    };
    let back = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = far_in.read(&mut buffer).await {
            if lose.swap(false, Ordering::SeqCst) {
                return Answer::Lost;
            }
            if near_out.write_all(&buffer[..count]).await.is_err() {
                return Answer::Through;
            }
        }
        let _ = near_out.shutdown().await;
        Answer::Through
    };
    tokio::pin!(there, back);
    let both = async {
        tokio::select! {
            answer = &mut back => if let Answer::Through = answer { there.await },
            // A half-closed request may still get its answer.
            () = &mut there => {
                back.await;
            }
        }
    };
    tokio::select! {
        () = both => {}
        _ = up.wait_for(|up| !*up) => {}
    }
}

/// What became of what the server said.
enum Answer {
    Through,
    Lost,
}
