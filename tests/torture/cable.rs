//! The cable to a printer: a TCP relay that can be unplugged (bytes stop without an error) and cut (connections are
//! reset).

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::{Notify, watch},
};

/// A relay on a port of its own, which ends with the program.
#[derive(Debug)]
pub struct Cable {
    address: SocketAddr,
    target: watch::Sender<Option<SocketAddr>>,
    plugged: watch::Sender<bool>,
    cut: Arc<Notify>,
}

impl Cable {
    /// Starts it. Until [`Cable::set_target`] names the other end, connections are reset.
    pub async fn start() -> std::io::Result<Cable> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let cable = Cable {
            address: listener.local_addr()?,
            target: watch::Sender::new(None),
            plugged: watch::Sender::new(true),
            cut: Arc::default(),
        };
        let (target, plugged, cut) = (
            cable.target.subscribe(),
            cable.plugged.subscribe(),
            cable.cut.clone(),
        );
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let target = *target.borrow();
                tokio::spawn(relay(near, target, plugged.clone(), cut.clone()));
            }
        });
        Ok(cable)
    }

    /// The address that the queue connects to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The printer's own address; `None` while there is none.
    pub fn set_target(&self, target: Option<SocketAddr>) {
        self.target.send_replace(target);
    }

    /// Pulls the plug or puts it back. Meanwhile bytes wait on both sides, and connections stay.
    pub fn plug(&self, in_place: bool) {
        self.plugged.send_replace(in_place);
    }

    /// Resets every connection.
    pub fn cut(&self) {
        self.cut.notify_waiters();
    }
}

async fn relay(
    mut near: TcpStream,
    target: Option<SocketAddr>,
    plugged: watch::Receiver<bool>,
    cut: Arc<Notify>,
) {
    // Whatever ends it other than both sides closing in order ends it with a reset.
    if near.set_zero_linger().is_err() {
        return;
    }
    let Some(target) = target else { return };
    let Ok(Ok(mut far)) =
        tokio::time::timeout(Duration::from_secs(1), TcpStream::connect(target)).await
    else {
        return;
    };
    if far.set_zero_linger().is_err() {
        return;
    }
    // Halves that are owned would end in order when they are dropped, before the reset.
    let (near_in, near_out) = near.split();
    let (far_in, far_out) = far.split();
    tokio::select! {
        () = cut.notified() => {}
        ended = async {
            tokio::try_join!(
                one_way(near_in, far_out, plugged.clone()),
                one_way(far_in, near_out, plugged),
            )
        } => {
            // Both sides have closed: what is on its way still arrives.
            let _ = ended;
        }
    }
}

async fn one_way(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut plugged: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if plugged.wait_for(|plugged| *plugged).await.is_err() {
            return Ok(());
        }
        if count == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..count]).await?;
    }
}
