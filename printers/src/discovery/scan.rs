//! Who listens on port 9100. Whoever does is not sent a single byte: a printer would print it.

use std::{net::SocketAddr, time::Duration};

use api::printer::Address;
use futures_util::{StreamExt, stream};
use tokio::{net::TcpStream, time::timeout};

use super::{
    Search, Tell,
    found::{Found, FoundBy, Identity, Speaks},
};

/// Knocks at once.
const AT_ONCE: usize = 64;
/// How long a host may take to open.
const PATIENCE: Duration = Duration::from_millis(300);

/// Knocks at the port of every host of the networks in question.
pub(super) async fn knock(search: &Search, tell: &Tell) -> Vec<String> {
    let port = search.ports.raw;
    let hosts = search.scan.iter().flat_map(|net| net.hosts());
    stream::iter(hosts)
        .for_each_concurrent(AT_ONCE, |host| async move {
            let socket = SocketAddr::new(host, port);
            let Ok(Ok(open)) = timeout(PATIENCE, TcpStream::connect(socket)).await else {
                return;
            };
            // One that answers this PC's own address is no device in the network.
            let own = open.local_addr().is_ok_and(|own| own.ip() == host) && !host.is_loopback();
            drop(open);
            if own {
                return;
            }
            let found = Found {
                address: Address::Tcp {
                    host: host.to_string(),
                    port,
                },
                others: Vec::new(),
                by: FoundBy::Scan,
                speaks: Speaks::Unknown,
                name: None,
                maker: None,
                model: None,
                identity: Identity::default(),
            };
            // Nobody hears it any more when the search was given up.
            drop(tell.send((format!("scan {socket}"), Some(found))).await);
        })
        .await;
    Vec::new()
}
