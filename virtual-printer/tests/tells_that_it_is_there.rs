//! DNS-SD, heard by another program's daemon, on the loopback interface and a port of its own.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use mdns_sd::{IfKind, ResolvedService, ServiceDaemon, ServiceEvent};
use std::time::Duration;
use virtual_printer::{Options, VirtualPrinter};

async fn heard(port: u16, kind: &str) -> Box<ResolvedService> {
    let daemon = ServiceDaemon::new_with_port(port).unwrap();
    daemon.disable_interface(IfKind::All).unwrap();
    daemon.enable_interface(IfKind::LoopbackV4).unwrap();
    let events = daemon.browse(kind).unwrap();
    let resolved = async {
        loop {
            if let ServiceEvent::ServiceResolved(service) = events.recv_async().await.unwrap() {
                break service;
            }
        }
    };
    let service = tokio::time::timeout(Duration::from_secs(30), resolved)
        .await
        .expect("a service");
    daemon.shutdown().unwrap();
    service
}

#[tokio::test]
async fn each_printer_tells_where_it_is_what_it_takes_and_who_it_is() {
    let port = 15_361;
    let options = Options {
        dns_sd: Some(port),
        ..Options::default()
    };
    let printer = VirtualPrinter::start(options.with_printer("Kitchen").with_ipp("Office"))
        .await
        .unwrap();
    for kind in ["_ipp._tcp.local.", "_ipps._tcp.local."] {
        let service = heard(port, kind).await;
        assert_eq!(service.fullname, format!("Office.{kind}"));
        assert_eq!(service.port, printer.address("Office").unwrap().port());
        let addresses: Vec<String> = service.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["127.0.0.1"]);
        let key = |name| {
            service
                .txt_properties
                .get_property_val_str(name)
                .unwrap_or_default()
        };
        assert_eq!(key("rp"), "ipp/print");
        assert!(key("pdl").contains("image/pwg-raster"));
        assert_eq!((key("TLS"), key("UUID").len()), ("1.2", 36));
    }
    let service = heard(port, "_pdl-datastream._tcp.local.").await;
    assert_eq!(service.port, printer.address("Kitchen").unwrap().port());
    printer.shutdown().await;
}
