//! What senders must survive: each fault as it looks from the other end of the wire.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod sender;

use sender::{PATIENCE, Sender, confirm, confirmed, ticket};
use std::time::{Duration, Instant};
use virtual_printer::{Faults, Options, VirtualPrinter};

async fn with(faults: Faults) -> (VirtualPrinter, Sender) {
    let printer = VirtualPrinter::start(Options::default().with_printer("Kitchen"))
        .await
        .unwrap();
    printer.set_faults("Kitchen", faults).await.unwrap();
    let sender = Sender::connect(printer.address("Kitchen").unwrap()).await;
    (printer, sender)
}

#[tokio::test]
async fn it_refuses_and_then_listens_on_the_same_port() {
    let (printer, mut sender) = with(Faults::default()).await;
    sender.ask(b"\x10\x04\x01", 1).await;
    let address = printer.address("Kitchen").unwrap();
    printer
        .set_faults(
            "Kitchen",
            Faults {
                refuse: true,
                ..Faults::default()
            },
        )
        .await
        .unwrap();
    let refused = tokio::net::TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(
        sender.ask(b"\x10\x04\x01", 1).await,
        [0x12],
        "who is connected stays so"
    );
    drop(sender);
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    let mut again = Sender::connect(address).await;
    assert_eq!(again.ask(b"\x10\x04\x01", 1).await, [0x12]);
    printer.shutdown().await;
}

#[tokio::test]
async fn it_takes_a_connection_and_never_a_byte() {
    let (printer, mut sender) = with(Faults {
        never_read: true,
        ..Faults::default()
    })
    .await;
    sender.send(&[ticket("x"), confirm("0001")].concat()).await;
    sender.hear_nothing().await;
    assert_eq!(printer.state("Kitchen").unwrap().received_bytes, 0);
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    assert_eq!(sender.hear(7).await, confirmed("0001"));
    printer.shutdown().await;
}

#[tokio::test]
async fn it_is_slow() {
    let (printer, mut sender) = with(Faults {
        bytes_per_second: Some(1000),
        ..Faults::default()
    })
    .await;
    let began = Instant::now();
    sender
        .send(&[ticket(&"x".repeat(280)), confirm("0001")].concat())
        .await;
    assert_eq!(sender.hear(7).await, confirmed("0001"));
    assert!(
        began.elapsed() >= Duration::from_millis(250),
        "{:?}",
        began.elapsed()
    );
    printer.shutdown().await;
}

#[tokio::test]
async fn it_resets_after_so_many_bytes_and_keeps_what_they_printed() {
    let (printer, mut sender) = with(Faults {
        reset_after_bytes: Some(10),
        ..Faults::default()
    })
    .await;
    let _ = sender.try_send(b"one\ntwo\nthree\nfour\n\x1dV\x00").await;
    assert!(
        sender.hear_to_the_end().await.is_err(),
        "reset, not closed in order"
    );
    let receipts = printer.wait_for("Kitchen", 1, PATIENCE).await.unwrap();
    assert_eq!(&*receipts[0].text, "one\ntwo\n");
    assert!(!receipts[0].finished);
    assert_eq!(printer.state("Kitchen").unwrap().received_bytes, 10);
    let mut again = Sender::connect(printer.address("Kitchen").unwrap()).await;
    let _ = again.try_send(b"one\ntwo\nthree\n").await;
    assert!(again.hear_to_the_end().await.is_err(), "each time");
    printer.shutdown().await;
}

#[tokio::test]
async fn it_resets_once_and_is_well_then() {
    let (printer, mut sender) = with(Faults {
        reset_once_after_bytes: Some(0),
        ..Faults::default()
    })
    .await;
    assert!(sender.hear_to_the_end().await.is_err());
    let mut again = Sender::connect(printer.address("Kitchen").unwrap()).await;
    again.send(&[ticket("x"), confirm("0001")].concat()).await;
    assert_eq!(again.hear(7).await, confirmed("0001"));
    assert_eq!(printer.state("Kitchen").unwrap().faults, Faults::default());
    printer.shutdown().await;
}

#[tokio::test]
async fn a_power_cut_loses_the_buffer_and_resets_the_connection() {
    let (printer, mut sender) = with(Faults {
        paper_out_after_lines: Some(1),
        ..Faults::default()
    })
    .await;
    sender.send(b"one\ntwo\n\x1dV\x00").await;
    let mut state = printer.watch("Kitchen").unwrap();
    tokio::time::timeout(PATIENCE, state.wait_for(|state| state.faults.paper_out))
        .await
        .unwrap()
        .unwrap();
    printer.cut_power("Kitchen").await.unwrap();
    assert!(sender.hear_to_the_end().await.is_err(), "reset");
    let receipts = printer.receipts("Kitchen").unwrap();
    assert_eq!(
        (&*receipts[0].text, receipts[0].finished),
        ("one\n", false),
        "the paper stays as it was"
    );
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    let mut again = Sender::connect(printer.address("Kitchen").unwrap()).await;
    again
        .send(&[ticket("three"), confirm("0002")].concat())
        .await;
    assert_eq!(again.hear(7).await, confirmed("0002"));
    let texts: Vec<_> = printer
        .receipts("Kitchen")
        .unwrap()
        .iter()
        .map(|receipt| receipt.text.to_string())
        .collect();
    assert_eq!(
        texts,
        ["one\n", "three\n"],
        "what was only in the buffer never comes"
    );
    printer.shutdown().await;
}

#[tokio::test]
async fn it_only_listens() {
    let (printer, mut sender) = with(Faults {
        no_status: true,
        no_confirmation: true,
        ..Faults::default()
    })
    .await;
    sender.send(b"\x10\x04\x01\x1dr\x01\x1dIC\x1da\x0f").await;
    sender.send(&[ticket("x"), confirm("0001")].concat()).await;
    printer.wait_for("Kitchen", 1, PATIENCE).await.unwrap();
    sender.finish().await;
    assert_eq!(sender.hear_to_the_end().await.unwrap(), b"");
    printer.shutdown().await;
}

#[tokio::test]
async fn it_confirms_late() {
    let (printer, mut sender) = with(Faults {
        late_confirmation_ms: Some(200),
        ..Faults::default()
    })
    .await;
    let began = Instant::now();
    sender.send(&[ticket("x"), confirm("0001")].concat()).await;
    sender.finish().await;
    assert_eq!(sender.hear_to_the_end().await.unwrap(), confirmed("0001"));
    assert!(began.elapsed() >= Duration::from_millis(200));
    printer.shutdown().await;
}

#[tokio::test]
async fn it_confirms_something_else() {
    let (printer, mut sender) = with(Faults {
        wrong_confirmation: true,
        ..Faults::default()
    })
    .await;
    sender.send(&[ticket("x"), confirm("0042")].concat()).await;
    assert_eq!(sender.hear(7).await, confirmed("0000"));
    printer.shutdown().await;
}

#[tokio::test]
async fn it_talks_nonsense() {
    let (printer, mut sender) = with(Faults {
        garbage_answers: true,
        ..Faults::default()
    })
    .await;
    let answer = sender.ask(b"\x10\x04\x01", 5).await;
    assert_ne!(
        answer[0] & 0x93,
        0x12,
        "nothing that a status could be: {answer:02x?}"
    );
    printer.shutdown().await;
}

#[tokio::test]
async fn it_tells_its_status_before_anybody_asks() {
    let (printer, mut sender) = with(Faults {
        automatic_status: true,
        near_end: true,
        ..Faults::default()
    })
    .await;
    assert_eq!(sender.hear(4).await, [0x10, 0, 0x03, 0]);
    printer.shutdown().await;
}

#[tokio::test]
async fn with_a_full_buffer_it_takes_no_more_until_paper_is_in() {
    let options = Options {
        buffer: 1000,
        ..Options::default()
    };
    let printer = VirtualPrinter::start(options.with_printer("Kitchen"))
        .await
        .unwrap();
    printer
        .set_faults(
            "Kitchen",
            Faults {
                paper_out: true,
                ..Faults::default()
            },
        )
        .await
        .unwrap();
    let mut sender = Sender::connect(printer.address("Kitchen").unwrap()).await;
    let long = "line of a long ticket\n".repeat(200);
    sender
        .send(&[ticket(&long), confirm("0001")].concat())
        .await;
    let mut state = printer.watch("Kitchen").unwrap();
    tokio::time::timeout(PATIENCE, state.wait_for(|state| state.held_bytes >= 900))
        .await
        .unwrap()
        .unwrap();
    sender.send(b"\x10\x04\x04").await;
    sender.hear_nothing().await;
    assert!(printer.state("Kitchen").unwrap().received_bytes <= 1000);
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    // The question is answered on arrival, which may be before the last line is printed.
    let heard = sender.hear(8).await;
    assert!(
        heard.contains(&0x12) && heard.windows(7).any(|part| part == confirmed("0001")),
        "{heard:02x?}"
    );
    printer.shutdown().await;
}
