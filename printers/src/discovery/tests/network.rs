//! The questions to all on a real network of two hosts, at the ports that printers listen on.

use std::{io::Write, path::Path, process::Command};

use super::*;

const NAME: &str =
    "discovery::tests::network::epson_and_star_printers_are_found_by_a_broadcast_in_their_network";
const ROLE: &str = "PANBOT_TEST_ROLE";
const PROGRAMS: [&str; 3] = ["/usr/bin/unshare", "/usr/bin/nsenter", "/usr/sbin/ip"];

#[tokio::test]
async fn epson_and_star_printers_are_found_by_a_broadcast_in_their_network() {
    match std::env::var(ROLE).as_deref() {
        Ok("printers") => printers().await,
        Ok(_) => counter().await,
        Err(_) => in_a_network_of_its_own(),
    }
}

/// Both ends are this test again.
fn in_a_network_of_its_own() {
    let missing = PROGRAMS.iter().find(|program| !Path::new(program).exists());
    let allowed = || Command::new(PROGRAMS[0]).args(["--net", "true"]).output();
    let why = match missing {
        Some(program) => Some(format!(
            "{program} is not installed (scripts/setup.sh printers)"
        )),
        None if allowed().is_ok_and(|tried| tried.status.success()) => None,
        None => Some("only root can make a network".to_owned()),
    };
    if let Some(why) = why {
        let said = format!("left out: printers that answer a broadcast: {why}\n");
        assert!(std::env::var_os("CI").is_none(), "{said}");
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        return;
    }
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/discovery/tests/network.sh"
    );
    let ended = Command::new(PROGRAMS[0])
        .args(["--net", "sh", script])
        .arg(std::env::current_exe().unwrap())
        .arg(NAME)
        .output()
        .unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(
        ended.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

/// Answers until it is ended.
async fn printers() {
    let ports = Ports::default();
    let card = |last| [0x00, 0x26, 0xab, 0, 0, last];
    let epson = enpc::tests::says(card(1), "TM-T88V");
    let star = star::tests::says(card(2), "TSP143IIILAN (STR_T-001)", "STAR");
    tokio::join!(
        stands(2, ports.enpc, enpc::QUESTION.to_vec(), epson),
        stands(3, ports.star, star::QUESTION.to_vec(), star),
    );
}

/// A printer at 10.77.0.`host`.
async fn stands(host: u8, port: u16, question: Vec<u8>, answer: Vec<u8>) {
    let hears = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port))
        .await
        .unwrap();
    let mut packet = [0; 2_048];
    while let Ok((long, from)) = hears.recv_from(&mut packet).await {
        if packet[..long] == question {
            let says = UdpSocket::bind((Ipv4Addr::new(10, 77, 0, host), 0)).await;
            says.unwrap().send_to(&answer, from).await.unwrap();
        }
    }
}

async fn counter() {
    let search = Search {
        interfaces: Interfaces::All,
        time: Duration::from_secs(3),
        ..inside(Ports::default())
    };
    let (found, _) = look(&search).await;
    let told: Vec<_> = found
        .iter()
        .map(|found| (found.address.to_string(), found.by, found.speaks))
        .collect();
    assert_eq!(
        told,
        [
            (
                "tcp://10.77.0.2:9100".to_owned(),
                FoundBy::Epson,
                Speaks::Escpos
            ),
            (
                "tcp://10.77.0.3:9100".to_owned(),
                FoundBy::Star,
                Speaks::StarOnly
            ),
        ]
    );
}
