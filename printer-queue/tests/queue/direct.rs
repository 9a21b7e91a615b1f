//! Past the queue: asking a printer, and printing once from a command line.

use api::{
    Outcome,
    job::NotPrinted,
    printer::{Address, Health, Learned},
};
use printers::{print_once, probe};

use crate::setup::*;

fn address(kitchen: &virtual_printer::VirtualPrinter) -> Address {
    settings_of(kitchen).address.expect("its address")
}

#[tokio::test]
async fn a_printer_says_how_it_is_and_what_it_is() {
    let kitchen = kitchen().await;
    let answer = probe(&address(&kitchen), &timings().device).await;
    assert_eq!(
        (answer.health, answer.learned.status),
        (Health::Ready, Some(true))
    );
    assert_eq!(answer.learned.model.as_deref(), Some("Virtual 80"));
    faults(&kitchen, |f| f.cover_open = true).await;
    let answer = probe(&address(&kitchen), &timings().device).await;
    assert_eq!(answer.health, Health::CoverOpen);
    faults(&kitchen, |f| {
        f.cover_open = false;
        f.no_status = true;
    })
    .await;
    let answer = probe(&address(&kitchen), &timings().device).await;
    assert_eq!(
        (answer.health, answer.learned.status),
        (Health::Unknown, None)
    );
    faults(&kitchen, |f| f.refuse = true).await;
    let answer = probe(&address(&kitchen), &timings().device).await;
    assert_eq!(answer.health, Health::Unreachable);
    assert!(answer.detail.is_some());
    assert_eq!(papers(&kitchen).len(), 0);
}

#[tokio::test]
async fn bytes_are_printed_once_and_the_outcome_is_told() {
    let kitchen = kitchen().await;
    let address = address(&kitchen);
    let confirms = Learned {
        confirm: Some(true),
        ..Learned::default()
    };
    let page = || b"\x1B@hello\n\x1DV\x00".to_vec();
    let outcome = print_once(&address, page(), &confirms, &timings().device).await;
    assert_eq!(outcome, Outcome::Confirmed);
    let outcome = print_once(&address, page(), &Learned::default(), &timings().device).await;
    assert_eq!(outcome, Outcome::Sent);
    assert_eq!(paper(&kitchen, 2).await.len(), 2);
    faults(&kitchen, |f| f.paper_out = true).await;
    let outcome = print_once(&address, page(), &confirms, &timings().device).await;
    let health = Health::PaperOut;
    assert_eq!(
        outcome,
        Outcome::NotPrinted(NotPrinted::NotReady { health })
    );
}

#[tokio::test]
async fn a_printer_is_reached_by_name_and_by_an_ipv6_address() {
    let options = virtual_printer::Options {
        printers: vec![(
            "Kitchen".into(),
            "[::1]:0".parse().expect("an address"),
            576,
        )],
        ..virtual_printer::Options::default()
    };
    let kitchen = virtual_printer::VirtualPrinter::start(options)
        .await
        .expect("a printer");
    let port = kitchen.address("Kitchen").expect("its address").port();
    let by_name = crate::setup::kitchen().await;
    let named = by_name.address("Kitchen").expect("its address").port();
    for text in [
        format!("tcp://[::1]:{port}"),
        format!("tcp://localhost:{named}"),
    ] {
        let answer = probe(&text.parse().expect("an address"), &timings().device).await;
        assert_eq!(answer.health, Health::Ready, "{text}: {answer:?}");
    }
}
