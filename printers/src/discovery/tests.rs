//! All sources, on 127.0.0.0/8 alone.

#[cfg(target_os = "linux")]
mod network;

use std::net::{Ipv4Addr, SocketAddr};

use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, UdpSocket},
    task::JoinHandle,
};
use uuid::Uuid;

use super::*;

/// Nothing leaves this PC, and nothing but what the test set up is asked.
fn inside(ports: Ports) -> Search {
    Search {
        interfaces: Interfaces::Loopback,
        time: Duration::from_millis(1_500),
        scan: Vec::new(),
        this_pc: false,
        cups: None,
        ports,
    }
}

/// Ports of this test alone. Nobody listens there until the test does.
async fn ports() -> Ports {
    let mut ports = [0; 3];
    for port in &mut ports {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        *port = socket.local_addr().unwrap().port();
    }
    let [mdns, enpc, star] = ports;
    let raw = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let raw = raw.local_addr().unwrap().port();
    Ports {
        mdns,
        enpc,
        star,
        raw,
    }
}

async fn look(search: &Search) -> (Vec<Found>, Vec<String>) {
    let (tell, shown) = watch::channel(Vec::new());
    let troubles = discover(search, &tell).await;
    let found = shown.borrow().clone();
    (found, troubles)
}

/// Answers each question to all with these packets, as a device would that may misbehave.
async fn responder(port: u16, packets: Vec<Vec<u8>>) -> JoinHandle<()> {
    let all = SocketAddr::from(([127, 255, 255, 255], port));
    let hears = UdpSocket::bind(all).await.unwrap();
    tokio::spawn(async move {
        let says = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let mut packet = [0; 2_048];
        while let Ok((_, from)) = hears.recv_from(&mut packet).await {
            for answer in &packets {
                says.send_to(answer, from).await.unwrap();
            }
        }
    })
}

/// A second daemon, which announces.
fn announcer(port: u16) -> ServiceDaemon {
    let daemon = ServiceDaemon::new_with_port(port).unwrap();
    daemon.disable_interface(IfKind::All).unwrap();
    daemon.enable_interface(IfKind::LoopbackV4).unwrap();
    daemon
}

fn announce(daemon: &ServiceDaemon, kind: &str, name: &str, port: u16, keys: &[(&str, &str)]) {
    let info = ServiceInfo::new(kind, name, "bar.local.", "127.0.0.1", port, keys).unwrap();
    daemon.register(info).unwrap();
}

#[tokio::test]
async fn a_printer_that_announces_itself_is_found_once_with_tls() {
    let ports = ports().await;
    let daemon = announcer(ports.mdns);
    let uuid = Uuid::from_u128(0x00c0_ffee_0000_4000_8000_0000_0000_0001).to_string();
    let keys = [
        ("rp", "ipp/print"),
        ("UUID", uuid.as_str()),
        ("ty", "Virtual 80"),
    ];
    announce(&daemon, "_ipp._tcp.local.", "Bar", 8631, &keys);
    announce(&daemon, "_ipps._tcp.local.", "Bar", 8632, &keys);
    announce(&daemon, "_printer._tcp.local.", "Bar", 0, &keys);
    announce(
        &daemon,
        "_pdl-datastream._tcp.local.",
        "Bar",
        9100,
        &[("pdl", "application/postscript")],
    );
    let (found, troubles) = look(&inside(ports)).await;
    assert_eq!(troubles, Vec::<String>::new());
    let addresses: Vec<_> = found
        .iter()
        .map(|found| found.address.to_string())
        .collect();
    assert_eq!(addresses, ["ipps://127.0.0.1:8632/ipp/print"]);
    assert_eq!(found[0].name.as_deref(), Some("Bar"));
    assert_eq!(
        found[0].identity.uuid.map(|uuid| uuid.to_string()),
        Some(uuid)
    );
    daemon.shutdown().unwrap();
}

#[tokio::test]
async fn epson_and_star_printers_answer_the_question_to_all_and_rubbish_is_no_printer() {
    let ports = ports().await;
    let card = |last| [0x00, 0x26, 0xab, 0, 0, last];
    let epson = vec![
        b"EPSONq".to_vec(),
        enpc::QUESTION.to_vec(),
        vec![0xff; 1_500],
        enpc::tests::says(card(1), "TM-T88V"),
        enpc::tests::says(card(1), "TM-T88V"),
    ];
    let star = vec![
        b"STR_BCAST".to_vec(),
        star::tests::says(card(2), "TSP143IIILAN (STR_T-001)", "STAR")[..90].to_vec(),
    ];
    let answering = [
        responder(ports.enpc, epson).await,
        responder(ports.star, star).await,
    ];
    let (found, troubles) = look(&inside(ports)).await;
    assert_eq!(troubles, Vec::<String>::new());
    let told: Vec<_> = found
        .iter()
        .map(|found| (found.model.clone(), found.identity.mac.clone()))
        .collect();
    assert_eq!(
        told,
        [
            (Some("TM-T88V".into()), Some("00:26:ab:00:00:01".into())),
            (Some("TSP100LAN".into()), Some("00:26:ab:00:00:02".into())),
        ]
    );
    answering.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn a_scan_finds_who_listens_and_sends_not_one_byte() {
    let mut ports = ports().await;
    let listener = TcpListener::bind(("127.0.0.7", 0)).await.unwrap();
    ports.raw = listener.local_addr().unwrap().port();
    let got = tokio::spawn(async move {
        let (mut knocks, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        knocks.read_to_end(&mut bytes).await.unwrap();
        bytes
    });
    let search = Search {
        scan: vec!["127.0.0.0/24".parse().unwrap()],
        time: Duration::from_millis(50),
        ..inside(ports)
    };
    let (found, _) = look(&search).await;
    let addresses: Vec<_> = found
        .iter()
        .map(|found| found.address.to_string())
        .collect();
    assert_eq!(addresses, [format!("tcp://127.0.0.7:{}", ports.raw)]);
    assert_eq!(got.await.unwrap(), Vec::<u8>::new());
}

#[tokio::test]
async fn without_a_person_s_word_nobody_is_knocked_at() {
    let mut ports = ports().await;
    let listener = TcpListener::bind(("127.0.0.8", 0)).await.unwrap();
    ports.raw = listener.local_addr().unwrap().port();
    let search = Search {
        time: Duration::from_millis(100),
        ..inside(ports)
    };
    let (found, _) = look(&search).await;
    assert_eq!(found, Vec::new());
    let nobody = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(nobody.is_err());
}

#[tokio::test]
async fn a_search_that_is_given_up_leaves_nothing_behind() {
    let search = Search {
        time: Duration::from_secs(60),
        ..inside(ports().await)
    };
    let (tell, _) = watch::channel(Vec::new());
    let given_up = tokio::time::timeout(Duration::from_millis(100), discover(&search, &tell)).await;
    assert!(given_up.is_err());
    // Its ports are free again.
    let again = async {
        while UdpSocket::bind((Ipv4Addr::UNSPECIFIED, search.ports.mdns))
            .await
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), again)
        .await
        .unwrap();
}
