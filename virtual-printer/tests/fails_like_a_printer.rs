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
    sender.receive_nothing().await;
    assert_eq!(printer.state("Kitchen").unwrap().received_bytes, 0);
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    assert_eq!(sender.receive(7).await, confirmed("0001"));
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
    assert_eq!(sender.receive(7).await, confirmed("0001"));
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
        sender.receive_to_end().await.is_err(),
        "reset, not closed in order"
    );
    let receipts = printer.wait_for("Kitchen", 1, PATIENCE).await.unwrap();
    assert_eq!(&*receipts[0].text, "one\ntwo\n");
    assert!(!receipts[0].finished);
    assert_eq!(printer.state("Kitchen").unwrap().received_bytes, 10);
    let mut again = Sender::connect(printer.address("Kitchen").unwrap()).await;
    let _ = again.try_send(b"one\ntwo\nthree\n").await;
    assert!(again.receive_to_end().await.is_err(), "each time");
    printer.shutdown().await;
}

#[tokio::test]
async fn it_resets_once_and_is_well_then() {
    let (printer, mut sender) = with(Faults {
        reset_once_after_bytes: Some(0),
        ..Faults::default()
    })
    .await;
    assert!(sender.receive_to_end().await.is_err());
    let mut again = Sender::connect(printer.address("Kitchen").unwrap()).await;
    again.send(&[ticket("x"), confirm("0001")].concat()).await;
    assert_eq!(again.receive(7).await, confirmed("0001"));
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
    assert!(sender.receive_to_end().await.is_err(), "reset");
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
    assert_eq!(again.receive(7).await, confirmed("0002"));
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
    assert_eq!(sender.receive_to_end().await.unwrap(), b"");
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
    assert_eq!(sender.receive_to_end().await.unwrap(), confirmed("0001"));
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
    assert_eq!(sender.receive(7).await, confirmed("0000"));
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
    assert_eq!(sender.receive(4).await, [0x10, 0, 0x03, 0]);
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
    sender.receive_nothing().await;
    assert!(printer.state("Kitchen").unwrap().received_bytes <= 1000);
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    // The question is answered on arrival, which may be before the last line is printed.
    let heard = sender.receive(8).await;
    assert!(
        heard.contains(&0x12) && heard.windows(7).any(|part| part == confirmed("0001")),
        "{heard:02x?}"
    );
    printer.shutdown().await;
}

#[tokio::test]
async fn a_stuck_cutter_stops_it_until_the_sender_recovers_it() {
    let (printer, mut sender) = with(Faults {
        cutter_error: true,
        ..Faults::default()
    })
    .await;
    sender.send(&[ticket("x"), confirm("0001")].concat()).await;
    assert_eq!(
        sender.ask(b"\x10\x04\x01\x10\x04\x02\x10\x04\x03", 3).await,
        [0x1a, 0x52, 0x1a]
    );
    sender.send(b"\x10\x05\x01").await;
    assert_eq!(sender.receive(7).await, confirmed("0001"));
    assert_eq!(printer.state("Kitchen").unwrap().faults, Faults::default());

    // DLE ENQ 2 forgets what waits; its echoes never come. On a healthy printer it does nothing.
    printer
        .change_faults("Kitchen", |faults| faults.cutter_error = true)
        .await
        .unwrap();
    sender
        .send(&[ticket("lost"), confirm("0002")].concat())
        .await;
    sender.send(b"\x10\x05\x02").await;
    sender
        .send(&[ticket("y"), confirm("0003"), b"\x10\x05\x02".to_vec()].concat())
        .await;
    assert_eq!(sender.receive(7).await, confirmed("0003"));
    assert_eq!(printer.state("Kitchen").unwrap().buffer_clears, 1);
    let texts: Vec<_> = printer
        .receipts("Kitchen")
        .unwrap()
        .iter()
        .map(|receipt| receipt.text.to_string())
        .collect();
    assert_eq!(texts, ["x\n", "y\n"]);
    printer.shutdown().await;
}

#[tokio::test]
async fn only_a_power_cut_ends_an_unrecoverable_error_and_the_next_sender_is_told_of_it() {
    let (printer, mut sender) = with(Faults {
        unrecoverable_error: true,
        power_on_notice: true,
        ..Faults::default()
    })
    .await;
    assert_eq!(
        sender.ask(b"\x10\x05\x01\x10\x04\x03", 1).await,
        [0x32],
        "nothing to recover, and nothing to tell"
    );
    printer.cut_power("Kitchen").await.unwrap();
    let mut again = Sender::connect(printer.address("Kitchen").unwrap()).await;
    assert_eq!(again.receive(3).await, [0x3b, 0x31, 0x00]);
    assert_eq!(again.ask(b"\x10\x04\x01", 1).await, [0x12]);
    let state = printer.state("Kitchen").unwrap();
    assert!(state.power_cuts == 1 && !state.faults.unrecoverable_error);
    again.finish().await;
    again.receive_to_end().await.unwrap();
    let mut third = Sender::connect(printer.address("Kitchen").unwrap()).await;
    assert_eq!(third.ask(b"\x10\x04\x01", 1).await, [0x12], "told once");
    printer.shutdown().await;
}

#[tokio::test]
async fn the_power_fails_after_so_many_bytes_and_what_was_not_printed_is_lost() {
    let (printer, mut sender) = with(Faults {
        power_cut_after_bytes: Some(12),
        lines_per_second: Some(1),
        ..Faults::default()
    })
    .await;
    let _ = sender.try_send(b"one\ntwo\nthree\n\x1dV\x00").await;
    assert!(sender.receive_to_end().await.is_err(), "reset");
    let receipts = printer.wait_for("Kitchen", 1, PATIENCE).await.unwrap();
    assert_eq!(
        (&*receipts[0].text, receipts[0].finished),
        ("one\n", false),
        "the second line was in the buffer"
    );
    let state = printer.state("Kitchen").unwrap();
    assert_eq!(state.faults.power_cut_after_bytes, None, "once");
    assert_eq!((state.held_bytes, state.received_bytes), (0, 12));
    printer.shutdown().await;
}

#[tokio::test]
async fn it_prints_slowly_and_goes_on_when_its_sender_is_gone() {
    let (printer, mut sender) = with(Faults {
        lines_per_second: Some(20),
        ..Faults::default()
    })
    .await;
    let began = Instant::now();
    sender
        .send(&[b"a\n".repeat(5), confirm("0001")].concat())
        .await;
    assert_eq!(sender.receive(7).await, confirmed("0001"));
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert!(printer.state("Kitchen").unwrap().paper_hangs_out);
    sender
        .send(&[b"b\n".repeat(5), b"\x1dV\x00".to_vec()].concat())
        .await;
    drop(sender);
    let receipts = printer.wait_for("Kitchen", 1, PATIENCE).await.unwrap();
    assert_eq!(receipts[0].text.lines().count(), 10);
    assert!(receipts[0].finished && !printer.state("Kitchen").unwrap().paper_hangs_out);
    printer.shutdown().await;
}

#[tokio::test]
async fn the_drawer_says_where_it_stands_and_each_opening_is_counted() {
    let (printer, mut sender) = with(Faults {
        drawer_open: true,
        ..Faults::default()
    })
    .await;
    assert_eq!(
        sender.ask(b"\x10\x04\x01\x1dr\x02\x1dr2", 3).await,
        [0x16, 1, 1]
    );
    assert_eq!(sender.ask(b"\x1da\x01", 4).await, [0x14, 0, 0, 0]);
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    assert_eq!(sender.receive(4).await, [0x10, 0, 0, 0], "it was shut");
    sender.send(b"\x1bp\x00\x32\x32\x10\x14\x01\x01\x02").await;
    sender.send(&confirm("0001")).await;
    sender.receive(7).await;
    let state = printer.state("Kitchen").unwrap();
    assert_eq!((state.drawers, state.drawer_pulses), ([1, 1], 2));
    printer.shutdown().await;
}

#[tokio::test]
async fn a_second_sender_is_turned_away_as_long_as_the_switch_is_on() {
    let (printer, mut first) = with(Faults {
        turn_away: true,
        ..Faults::default()
    })
    .await;
    first.ask(b"\x10\x04\x01", 1).await;
    let address = printer.address("Kitchen").unwrap();
    let mut second = Sender::connect(address).await;
    assert!(second.receive_to_end().await.is_err(), "reset");
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    let mut third = Sender::connect(address).await;
    third.send(b"\x10\x04\x01").await;
    third.receive_nothing().await;
    drop(first);
    assert_eq!(third.receive(1).await, [0x12]);
    printer.shutdown().await;
}
