//! What senders can rely on when the printer is well, or only out of paper.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod sender;

use sender::{PATIENCE, SILENCE, Sender, confirm, confirmed, ticket};
use virtual_printer::{Faults, Options, SecondSender, VirtualPrinter};

async fn kitchen() -> VirtualPrinter {
    VirtualPrinter::start(Options::default().with_printer("Kitchen"))
        .await
        .unwrap()
}

async fn sender_of(printer: &VirtualPrinter) -> Sender {
    Sender::connect(printer.address("Kitchen").unwrap()).await
}

#[tokio::test]
async fn it_confirms_what_it_printed_and_closes_in_order() {
    let printer = kitchen().await;
    let mut sender = sender_of(&printer).await;
    sender
        .send(&[ticket("Order 42"), confirm("0042")].concat())
        .await;
    assert_eq!(sender.receive(7).await, confirmed("0042"));
    let receipts = printer.receipts("Kitchen").unwrap();
    assert_eq!(receipts.len(), 1, "a confirmed receipt is already there");
    assert_eq!(&*receipts[0].text, "Order 42\n");
    assert_eq!(&*receipts[0].bytes, ticket("Order 42"));
    assert!(receipts[0].finished && receipts[0].notes.is_empty());
    assert!(receipts[0].last_byte.instant <= receipts[0].printed.instant);
    sender.finish().await;
    assert_eq!(sender.receive_to_end().await.unwrap(), b"");
    printer.shutdown().await;
}

#[tokio::test]
async fn out_of_paper_it_confirms_nothing_says_so_and_goes_on_when_paper_is_in() {
    let printer = kitchen().await;
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
    let mut sender = sender_of(&printer).await;
    sender
        .send(&[ticket("Order 42"), confirm("0042")].concat())
        .await;
    sender.receive_nothing().await;
    assert_eq!(sender.ask(b"\x10\x04\x04", 1).await, [0x7e]);
    assert_eq!(
        sender.ask(b"\x10\x04\x01\x10\x04\x02", 2).await,
        [0x1a, 0x32]
    );
    assert!(printer.receipts("Kitchen").unwrap().is_empty());
    assert!(printer.state("Kitchen").unwrap().held_bytes > 0);
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    assert_eq!(sender.receive(7).await, confirmed("0042"));
    assert_eq!(&*printer.receipts("Kitchen").unwrap()[0].text, "Order 42\n");
    printer.shutdown().await;
}

#[tokio::test]
async fn the_paper_can_end_in_the_middle_of_a_ticket() {
    let printer = kitchen().await;
    printer
        .set_faults(
            "Kitchen",
            Faults {
                paper_out_after_lines: Some(2),
                ..Faults::default()
            },
        )
        .await
        .unwrap();
    let mut sender = sender_of(&printer).await;
    sender.send(b"one\ntwo\nthree\nfour\n\x1dV\x00").await;
    sender.send(&confirm("0001")).await;
    let mut state = printer.watch("Kitchen").unwrap();
    let out = state.wait_for(|state| state.faults.paper_out);
    tokio::time::timeout(PATIENCE, out)
        .await
        .expect("the paper ends")
        .unwrap();
    assert_eq!(sender.ask(b"\x10\x04\x04", 1).await, [0x7e]);
    assert!(printer.receipts("Kitchen").unwrap().is_empty());
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    assert_eq!(sender.receive(7).await, confirmed("0001"));
    assert_eq!(
        &*printer.receipts("Kitchen").unwrap()[0].text,
        "one\ntwo\nthree\nfour\n"
    );
    printer.shutdown().await;
}

#[tokio::test]
async fn what_a_sender_left_in_the_buffer_is_printed_when_paper_is_in_although_it_is_gone() {
    let printer = kitchen().await;
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
    let mut first = sender_of(&printer).await;
    first
        .send(&[ticket("first"), confirm("0001")].concat())
        .await;
    assert_eq!(first.ask(b"\x10\x04\x04", 1).await, [0x7e]);
    drop(first);
    let mut second = sender_of(&printer).await;
    assert_eq!(
        second.ask(b"\x10\x04\x04", 1).await,
        [0x7e],
        "the next sender is served and told"
    );
    second
        .send(&[ticket("second"), confirm("0002")].concat())
        .await;
    second.receive_nothing().await;
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    assert_eq!(
        second.receive(7).await,
        confirmed("0002"),
        "it hears nothing of the other one's confirmation"
    );
    let texts: Vec<_> = printer
        .receipts("Kitchen")
        .unwrap()
        .iter()
        .map(|receipt| receipt.text.to_string())
        .collect();
    assert_eq!(texts, ["first\n", "second\n"]);
    printer.shutdown().await;
}

#[tokio::test]
async fn automatic_status_comes_at_once_and_on_each_change() {
    let printer = kitchen().await;
    let mut sender = sender_of(&printer).await;
    assert_eq!(sender.ask(b"\x1da\x0e", 4).await, [0x10, 0, 0, 0]);
    printer
        .set_faults(
            "Kitchen",
            Faults {
                cover_open: true,
                ..Faults::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(sender.receive(4).await, [0x38, 0, 0, 0]);
    printer
        .set_faults(
            "Kitchen",
            Faults {
                near_end: true,
                ..Faults::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(sender.receive(4).await, [0x10, 0, 0x03, 0]);
    assert_eq!(
        sender.ask(b"\x1da\x00\x1dr\x02", 1).await,
        [0],
        "switched off"
    );
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    assert_eq!(
        sender.ask(b"\x1dr\x01", 1).await,
        [0],
        "no change is told any more"
    );
    printer.shutdown().await;
}

#[tokio::test]
async fn it_says_who_it_is() {
    let printer = kitchen().await;
    let mut sender = sender_of(&printer).await;
    assert_eq!(sender.ask(b"\x1dIC", 12).await, b"_Virtual 80\0");
    assert_eq!(sender.ask(b"\x1dIB", 8).await, b"_PanBot\0");
    assert_eq!(sender.ask(b"\x1dID", 12).await, b"_0000000001\0");
    assert_eq!(sender.ask(b"\x1dI\x02", 1).await, [0x02]);
    printer.shutdown().await;

    let options = Options {
        firmware: "2.0".to_owned(),
        maker: "Maker".to_owned(),
        model: "TM-1".to_owned(),
        serial_numbers: vec![("Kitchen".to_owned(), "X7".to_owned())],
        ..Options::default()
    };
    let printer = VirtualPrinter::start(options.with_printer("Kitchen"))
        .await
        .unwrap();
    let mut sender = sender_of(&printer).await;
    let said = sender.ask(b"\x1dIA\x1dIB\x1dIC\x1dID\x1dIE", 24).await;
    assert_eq!(said, b"_2.0\0_Maker\0_TM-1\0_X7\0_\0");
    printer.shutdown().await;
}

#[tokio::test]
async fn a_status_is_told_in_real_time_by_dle_dc4() {
    let printer = kitchen().await;
    let mut sender = sender_of(&printer).await;
    let status = sender.ask(b"\x10\x14\x07\x01", 4).await;
    assert_eq!(status, [0x10, 0, 0, 0]);
    printer.shutdown().await;
}

#[tokio::test]
async fn real_time_commands_hidden_in_a_picture_are_obeyed_and_noted() {
    let printer = kitchen().await;
    let mut sender = sender_of(&printer).await;
    sender
        .send(b"\x1dv0\x00\x01\x00\x08\x00\x10\x04\x01\x10\x14\x01\x00\x01\x1dV\x00")
        .await;
    assert_eq!(
        sender.receive(1).await,
        [0x12],
        "an answer that nobody asked for"
    );
    let receipts = printer.wait_for("Kitchen", 1, PATIENCE).await.unwrap();
    assert_eq!(receipts[0].notes.len(), 2, "{:?}", receipts[0].notes);
    assert_eq!(receipts[0].drawer_pulses, 1);
    assert_eq!(&*receipts[0].text, "[picture 8x8]\n");
    // Forbidden, the drawer stays closed.
    sender.send(b"\x1d(D\x03\x00\x14\x01\x00").await;
    sender.send(&confirm("0001")).await;
    sender.receive(7).await;
    sender.send(b"\x10\x14\x01\x00\x01\x10\x04\x01").await;
    sender.receive(1).await;
    assert_eq!(printer.state("Kitchen").unwrap().drawer_pulses, 1);
    printer.shutdown().await;
}

#[tokio::test]
async fn a_cleared_buffer_is_never_confirmed() {
    let printer = kitchen().await;
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
    let mut sender = sender_of(&printer).await;
    sender
        .send(&[ticket("lost"), confirm("0001")].concat())
        .await;
    sender
        .send(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
        .await;
    assert_eq!(sender.receive(3).await, [0x37, 0x25, 0x00]);
    sender
        .send(&[ticket("kept"), confirm("0002")].concat())
        .await;
    printer
        .set_faults("Kitchen", Faults::default())
        .await
        .unwrap();
    assert_eq!(sender.receive(7).await, confirmed("0002"));
    let texts: Vec<_> = printer
        .receipts("Kitchen")
        .unwrap()
        .iter()
        .map(|receipt| receipt.text.to_string())
        .collect();
    assert_eq!(texts, ["kept\n"]);
    printer.shutdown().await;
}

#[tokio::test]
async fn a_second_sender_waits_for_the_first() {
    let printer = kitchen().await;
    let mut first = sender_of(&printer).await;
    first.ask(b"\x10\x04\x01", 1).await;
    let mut second = sender_of(&printer).await;
    second.send(b"\x10\x04\x01").await;
    second.receive_nothing().await;
    first.finish().await;
    first.receive_to_end().await.unwrap();
    assert_eq!(second.receive(1).await, [0x12]);
    printer.shutdown().await;
}

#[tokio::test]
async fn a_second_sender_can_be_turned_away() {
    let options = Options {
        second_sender: SecondSender::TurnedAway,
        ..Options::default()
    };
    let printer = VirtualPrinter::start(options.with_printer("Kitchen"))
        .await
        .unwrap();
    let mut first = sender_of(&printer).await;
    first.ask(b"\x10\x04\x01", 1).await;
    let mut second = sender_of(&printer).await;
    assert!(second.receive_to_end().await.is_err(), "reset");
    assert_eq!(first.ask(b"\x10\x04\x01", 1).await, [0x12]);
    printer.shutdown().await;
}

#[tokio::test]
async fn a_receipt_without_a_cut_ends_with_the_connection_and_is_marked() {
    let printer = kitchen().await;
    let mut sender = sender_of(&printer).await;
    sender.send(b"\x1b@printed\nnot printed").await;
    sender.finish().await;
    sender.receive_to_end().await.unwrap();
    let receipts = printer.wait_for("Kitchen", 1, PATIENCE).await.unwrap();
    assert_eq!(&*receipts[0].text, "printed\n");
    assert!(!receipts[0].finished && receipts[0].open_line);
    // Questions alone leave no paper.
    let mut asks = sender_of(&printer).await;
    asks.ask(b"\x10\x04\x01", 1).await;
    asks.send(b"\x1b@").await;
    asks.finish().await;
    asks.receive_to_end().await.unwrap();
    assert_eq!(printer.receipts("Kitchen").unwrap().len(), 1);
    printer.shutdown().await;
}

#[tokio::test]
async fn shutting_down_frees_the_port_and_ends_connections() {
    let printer = kitchen().await;
    let address = printer.address("Kitchen").unwrap();
    let mut sender = sender_of(&printer).await;
    sender.ask(b"\x10\x04\x01", 1).await;
    tokio::time::timeout(PATIENCE, printer.shutdown())
        .await
        .expect("an end");
    sender.receive_to_end().await.ok();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert!(
        printer
            .set_faults("Kitchen", Faults::default())
            .await
            .is_err()
    );
    assert!(printer.wait_for("Kitchen", 1, SILENCE).await.is_err());
}
