//! Epson's and Star's questions to all, in every network of this PC, and the answers.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{
    net::UdpSocket,
    time::{Instant, sleep_until},
};

use super::{
    Search, Tell, enpc,
    found::Found,
    nets::{Interface, Interfaces},
    star,
};

/// A datagram may get lost: the question is put again so often.
const TIMES: u32 = 3;
/// So many answers to one question are read; more come only from something that wants to keep us busy.
const MOST: usize = 256;

/// A maker's way to ask.
struct Question {
    bytes: &'static [u8],
    port: u16,
    read: fn(&[u8], IpAddr) -> Option<Found>,
}

/// Asks, and hears until the time is up.
pub(super) async fn ask(search: &Search, tell: &Tell) -> Vec<String> {
    let interfaces = match search.interfaces.list() {
        Ok(interfaces) => interfaces,
        Err(trouble) => return vec![trouble],
    };
    let questions = || {
        [
            Question {
                bytes: &enpc::QUESTION,
                port: search.ports.enpc,
                read: enpc::answer,
            },
            Question {
                bytes: &star::QUESTION,
                port: search.ports.star,
                read: star::answer,
            },
        ]
    };
    let inside = search.interfaces == Interfaces::Loopback;
    let asked = interfaces.into_iter().flat_map(|interface| {
        questions().into_iter().map(move |question| async move {
            let done = ask_one(interface, &question, search.time, inside, tell).await;
            done.err().map(|error| {
                format!(
                    "printers around {} cannot be asked on port {}: {error}",
                    interface.address, question.port
                )
            })
        })
    });
    join_all(asked).await.into_iter().flatten().collect()
}

async fn ask_one(
    interface: Interface,
    question: &Question,
    time: Duration,
    inside: bool,
    tell: &Tell,
) -> io::Result<()> {
    let socket = UdpSocket::bind(SocketAddr::new(interface.address.into(), 0)).await?;
    socket.set_broadcast(true)?;
    let to = SocketAddr::new(interface.broadcast.into(), question.port);
    let end = Instant::now() + time;
    let mut packet = [0; 1_024];
    let mut read = 0;
    for _ in 0..TIMES {
        socket.send_to(question.bytes, to).await?;
        let next = (Instant::now() + time / TIMES).min(end);
        loop {
            let received = tokio::select! {
                received = socket.recv_from(&mut packet) => received,
                () = sleep_until(next) => break,
            };
            // An ICMP error of one host is no reason to stop hearing the others.
            let Ok((long, from)) = received else { continue };
            read += 1;
            if read > MOST {
                return Ok(());
            }
            if inside && !from.ip().is_loopback() {
                continue;
            }
            if let Some(found) = (question.read)(&packet[..long], from.ip()) {
                let key = format!("{:?} {}", found.by, found.address);
                // Nobody hears it any more when the search was given up.
                drop(tell.send((key, Some(found))).await);
            }
        }
    }
    Ok(())
}
