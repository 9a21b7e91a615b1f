//! A printer gets another address, as where a router gives them anew.

use std::net::{Ipv4Addr, SocketAddr};

use client::{Interfaces, Search, view::Notice};
use journeys::{PATIENCE, Restaurant, printer, tcp};
use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use printers::discovery::Ports;
use tokio::net::UdpSocket;
use virtual_printer::VirtualPrinter;

const SERVICE: &str = "_pdl-datastream._tcp.local.";
const GRILL: &str = "4509a320-00a0-408f-8000-0026ab010203";
const STRANGER: &str = "4509a320-00a0-408f-8000-0026ab0a0b0c";

/// Ports on which nobody but this journey asks and answers.
async fn ports() -> anyhow::Result<Ports> {
    let mut free = [0; 3];
    for port in &mut free {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        *port = socket.local_addr()?.port();
    }
    let [mdns, enpc, star] = free;
    Ok(Ports {
        mdns,
        enpc,
        star,
        ..Ports::default()
    })
}

async fn at(host: [u8; 4]) -> anyhow::Result<(VirtualPrinter, SocketAddr)> {
    let mut options = virtual_printer::Options::default();
    options
        .printers
        .push(("Grill".into(), SocketAddr::from((host, 0)), 576));
    let printer = VirtualPrinter::start(options).await?;
    let address = printer.address("Grill")?;
    Ok((printer, address))
}

fn announce(daemon: &ServiceDaemon, name: &str, at: SocketAddr, uuid: &str) -> anyhow::Result<()> {
    let host = format!("{name}.local.");
    let keys = [("UUID", uuid), ("ty", "Virtual 80")];
    let ip = at.ip().to_string();
    daemon.register(ServiceInfo::new(
        SERVICE,
        name,
        &host,
        ip,
        at.port(),
        &keys[..],
    )?)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_got_another_address_is_found_again_and_prints_what_waited()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let ports = ports().await?;
    let search = Search {
        interfaces: Interfaces::Loopback,
        time: std::time::Duration::from_millis(1_500),
        this_pc: false,
        ports,
        ..Search::default()
    };
    let counter = restaurant.new_counter_that_looks("counter", search).await?;
    restaurant.sign_in(&counter).await?;
    let daemon = ServiceDaemon::new_with_port(ports.mdns)?;
    daemon.disable_interface(IfKind::All)?;
    daemon.enable_interface(IfKind::LoopbackV4)?;

    // Another printer of the same kind is there all the time.
    let (stranger, elsewhere) = at([127, 0, 0, 3]).await?;
    announce(&daemon, "stranger", elsewhere, STRANGER)?;
    let (before, old) = at([127, 0, 0, 1]).await?;
    announce(&daemon, "grill", old, GRILL)?;
    let id = counter
        .client
        .save_printer(journeys::form("Grill", &tcp(old)))
        .await?;
    counter
        .until("it is known by what it announces", |now| {
            printer(now, "Grill").is_ok_and(|shown| {
                shown.printer.learned.uuid.map(|uuid| uuid.to_string()) == Some(GRILL.into())
            })
        })
        .await?;

    before.shutdown().await;
    let (after, new) = at([127, 0, 0, 2]).await?;
    drop(daemon.unregister(&format!("grill.{SERVICE}"))?);
    announce(&daemon, "grill-moved", new, GRILL)?;
    counter.client.test_print(id).await?;

    let paper = after.wait_for("Grill", 1, PATIENCE).await?;
    assert!(paper[0].text.contains("Grill"), "{}", paper[0].text);
    let now = counter
        .until("it stands at its new address", |now| {
            printer(now, "Grill").is_ok_and(|shown| shown.printer.address == Some(tcp(new)))
        })
        .await?;
    let moved = Notice::PrinterMoved {
        name: "Grill".into(),
        address: tcp(new).to_string(),
    };
    assert!(
        now.counter.notices.contains(&moved),
        "{:?}",
        now.counter.notices
    );
    assert_eq!(
        stranger.receipts("Grill")?.len(),
        0,
        "it is no printer of ours"
    );

    daemon.shutdown()?;
    after.shutdown().await;
    stranger.shutdown().await;
    restaurant.close([counter]).await;
    Ok(())
}
