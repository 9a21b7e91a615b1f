//! A raw socket, port 9100 by custom. Connected per job: printers drop idle connections, and most take one at a time.

use std::{io, net::SocketAddr, time::Duration};

use api::job::NotPrinted;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpSocket, TcpStream, lookup_host},
    time::{Instant, timeout_at},
};

/// So much of a ticket may lie on this PC, about, that the printer has not taken. The system would keep megabytes of it and
/// say that they are sent, and the time for the confirmation would be over while the printer still takes them. Two pieces
/// as they are written: a single one would wait for an acknowledgement that many devices delay.
const SEND_BUFFER: u32 = 8_192;

/// Resolves and connects within the time limit, trying each address of a name in turn.
///
/// # Errors
/// [`NotPrinted::Unreached`] with the technical text, [`NotPrinted::Refused`] when it answered with a reset.
pub async fn connect(host: &str, port: u16, limit: Duration) -> Result<TcpStream, NotPrinted> {
    let deadline = Instant::now() + limit;
    let unreached = |what: String| NotPrinted::Unreached { detail: what };
    let addresses: Vec<SocketAddr> = timeout_at(deadline, lookup_host((host, port)))
        .await
        .map_err(|_| unreached(format!("the name {host} was not resolved within {limit:?}")))?
        .map_err(|error| unreached(format!("the name {host} cannot be resolved: {error}")))?
        .collect();
    let mut last = format!("the name {host} has no address");
    for (tried, address) in addresses.iter().enumerate() {
        // An address that swallows everything must leave time for the next one.
        let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let share = deadline.saturating_duration_since(Instant::now()) / left;
        let connecting = async { socket(address)?.connect(*address).await };
        match timeout_at(Instant::now() + share, connecting).await {
            Ok(Ok(stream)) => return Ok(stream),
            // It answered with a reset.
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => {
                return Err(NotPrinted::Refused {
                    detail: format!("{address}: {error}; another program may be using the printer"),
                });
            }
            Ok(Err(error)) => last = format!("{address}: {error}"),
            Err(_) => last = format!("{address}: no answer within {share:?}"),
        }
    }
    Err(unreached(last))
}

/// A socket that finds a printer that vanished without a word within half a minute. There is no limit on unacknowledged
/// data: a printer that waits for paper takes none for hours, and Linux would count that against such a limit.
fn socket(address: &SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    let knock = Duration::from_secs(10);
    let probes = TcpKeepalive::new().with_time(knock).with_interval(knock);
    #[cfg(not(windows))]
    let probes = probes.with_retries(3);
    SockRef::from(&socket).set_tcp_keepalive(&probes)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Timings,
        driver::{Proof, Sending, escpos::Link},
    };
    use api::Outcome;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        sync::mpsc,
        time::sleep,
    };

    const TICKET: usize = 150_000;
    const PIECE: usize = 1_500;

    /// As a small device is: it has room for a few pieces, takes one every 40 ms, and confirms when it has the last.
    async fn slow_device(listener: TcpListener) {
        let (mut sender, _) = listener.accept().await.expect("a sender");
        let mut left = TICKET + 11;
        while left > 0 {
            sleep(Duration::from_millis(40)).await;
            let mut piece = [0; PIECE];
            let most = left.min(PIECE);
            left -= sender.read(&mut piece[..most]).await.expect("bytes");
        }
        let confirmed = sender.write_all(b"\x37\x220042\0").await;
        confirmed.expect("a listener");
        drop(sender.read(&mut [0]).await);
    }

    #[tokio::test]
    async fn a_printer_that_still_takes_the_ticket_is_waited_for() {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a small window");
        let free = "127.0.0.1:0".parse().expect("an address");
        socket.bind(free).expect("a port");
        let listener = socket.listen(1).expect("to listen");
        let port = listener.local_addr().expect("its address").port();
        let device = tokio::spawn(slow_device(listener));
        let stream = connect("127.0.0.1", port, Duration::from_secs(3)).await;
        // It takes 4 s for the ticket; what it takes after the last piece was written takes it less than one.
        let timings = Timings {
            // What comes while the connection is closed would do as well.
            drain: Duration::from_millis(100),
            ..Timings::default()
        };
        let mut link = Link::new(stream.expect("a device"), &timings);
        let sending = Sending {
            bytes: &[b'x'; TICKET],
            proof: Proof::Echo(*b"0042"),
            limit: Duration::from_secs(1),
        };
        let (told, _) = mpsc::unbounded_channel();
        assert_eq!(link.send(sending, &told).await, Outcome::Confirmed);
        link.close().await;
        device.await.expect("the device");
    }

    #[tokio::test]
    async fn a_closed_port_is_unreached_with_its_reason() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        drop(listener);
        let error = connect("127.0.0.1", port, Duration::from_secs(3))
            .await
            .expect_err("nobody listens");
        let NotPrinted::Unreached { detail } = error else {
            panic!("{error:?}");
        };
        assert!(detail.contains(&port.to_string()), "{detail}");
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_nothing_is_unreached() {
        let error = connect("no-such-printer.invalid", 9100, Duration::from_secs(3)).await;
        assert!(matches!(error, Err(NotPrinted::Unreached { .. })));
    }
}
