//! The same printer on something else than TCP: a serial cable, or any stream that is plugged in.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]
#![cfg(unix)]

mod sender;

use sender::{PATIENCE, SILENCE, confirm, confirmed, ticket};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use virtual_printer::{Faults, Flow, Options, StartError, State, VirtualPrinter};

async fn receive(stream: &mut (impl AsyncRead + Unpin), count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut bytes))
        .await
        .expect("an answer")
        .expect("a whole answer");
    bytes
}

async fn until(printer: &VirtualPrinter, is_so: impl FnMut(&State) -> bool) {
    let mut state = printer.watch("Bar").expect("a printer");
    tokio::time::timeout(PATIENCE, state.wait_for(is_so))
        .await
        .expect("soon")
        .expect("a printer that runs");
}

/// A program's end of the cable.
fn open(link: &Path) -> impl AsyncRead + AsyncWrite + Unpin + use<> {
    use std::os::unix::fs::OpenOptionsExt;
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32)
        .open(link)
        .expect("a device at the link");
    let same = file.try_clone().expect("a second handle");
    let reads = tokio::net::unix::pipe::Receiver::from_file_unchecked(same).expect("reads");
    let writes = tokio::net::unix::pipe::Sender::from_file_unchecked(file).expect("writes");
    tokio::io::join(reads, writes)
}

async fn on_a_cable(flow: Flow, buffer: usize) -> (tempfile::TempDir, VirtualPrinter) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        buffer,
        ..Options::default()
    };
    let options = options.with_serial("Bar", folder.path().join("bar"), flow);
    let printer = VirtualPrinter::start(options).await.expect("a start");
    (folder, printer)
}

#[tokio::test]
async fn a_stream_that_is_plugged_in_is_served_like_a_connection() {
    let options = Options::default().with_printer("Bar");
    let printer = VirtualPrinter::start(options).await.unwrap();
    let (mut ours, theirs) = tokio::io::duplex(64);
    printer.plug("Bar", theirs).await.unwrap();
    let long = "a line of a long ticket\n".repeat(50);
    ours.write_all(&[ticket(&long), confirm("0001")].concat())
        .await
        .unwrap();
    assert_eq!(receive(&mut ours, 7).await, confirmed("0001"));
    ours.write_all(b"\x10\x04\x01").await.unwrap();
    assert_eq!(receive(&mut ours, 1).await, [0x12]);
    assert_eq!(printer.receipts("Bar").unwrap().len(), 1);

    printer.cut_power("Bar").await.unwrap();
    assert_eq!(ours.read(&mut [0]).await.unwrap(), 0, "gone with the power");
    let (mut again, theirs) = tokio::io::duplex(64);
    printer.plug("Bar", theirs).await.unwrap();
    again.write_all(b"half a ticket\n").await.unwrap();
    drop(again);
    let receipts = printer.wait_for("Bar", 2, PATIENCE).await.unwrap();
    assert_eq!(
        (&*receipts[1].text, receipts[1].finished),
        ("half a ticket\n", false)
    );
    // The port is served again.
    let mut sender = sender::Sender::connect(printer.address("Bar").unwrap()).await;
    assert_eq!(sender.ask(b"\x10\x04\x01", 1).await, [0x12]);
    printer.shutdown().await;
}

#[tokio::test]
async fn a_serial_printer_is_found_at_its_link_and_outlives_programs_and_power_cuts() {
    let (folder, printer) = on_a_cable(Flow::Hardware, 64 * 1024).await;
    let link = folder.path().join("bar");
    assert_eq!(printer.serial("Bar").unwrap().as_ref(), Some(&link));
    assert!(printer.address("Bar").is_err(), "it has no port");
    // Not one of these bytes means anything to a terminal that is not raw.
    let every_byte: Vec<u8> = b"\x1dv0\x00\x20\x00\x08\x00"
        .iter()
        .copied()
        .chain(0..=255)
        .collect();
    let mut program = open(&link);
    let job = [&every_byte, ticket("one").as_slice(), &confirm("0001")].concat();
    program.write_all(&job).await.unwrap();
    assert_eq!(receive(&mut program, 7).await, confirmed("0001"));
    assert_eq!(
        printer.receipts("Bar").unwrap()[0].bytes.len(),
        job.len() - confirm("0001").len()
    );
    drop(program);

    let mut program = open(&link);
    printer.cut_power("Bar").await.unwrap();
    let job = [ticket("two"), confirm("0002")].concat();
    program.write_all(&job).await.unwrap();
    assert_eq!(receive(&mut program, 7).await, confirmed("0002"));
    assert_eq!(&*printer.receipts("Bar").unwrap()[1].text, "two\n");

    // No connection ends here: what was not cut hangs out until a hand takes it.
    program.write_all(b"three\n\x10\x04\x01").await.unwrap();
    receive(&mut program, 1).await;
    assert_eq!(printer.receipts("Bar").unwrap().len(), 2);
    printer.tear_off("Bar").await.unwrap();
    let torn = printer.receipts("Bar").unwrap().pop().unwrap();
    assert_eq!((&*torn.text, torn.finished), ("three\n", false));
    printer.shutdown().await;
    assert!(!link.is_symlink(), "the link goes with the printer");
}

#[tokio::test]
async fn an_unplugged_serial_printer_is_gone_until_it_is_plugged_in() {
    let (folder, printer) = on_a_cable(Flow::Hardware, 64 * 1024).await;
    let link = folder.path().join("bar");
    let mut program = open(&link);
    let gone = Faults {
        refuse: true,
        ..Faults::default()
    };
    printer.set_faults("Bar", gone).await.unwrap();
    let mut byte = [0];
    let read = tokio::time::timeout(PATIENCE, program.read(&mut byte));
    assert!(
        !matches!(read.await.unwrap(), Ok(1..)),
        "the device is gone"
    );
    assert!(!link.exists());
    printer.set_faults("Bar", Faults::default()).await.unwrap();
    until(&printer, |state| state.connected).await;
    let mut program = open(&link);
    program.write_all(b"\x10\x04\x01").await.unwrap();
    assert_eq!(receive(&mut program, 1).await, [0x12]);
    printer.shutdown().await;
}

#[tokio::test]
async fn with_xon_and_xoff_a_sender_that_obeys_loses_nothing() {
    let (folder, printer) = on_a_cable(Flow::XonXoff, 2000).await;
    let out = Faults {
        paper_out: true,
        ..Faults::default()
    };
    printer.set_faults("Bar", out.clone()).await.unwrap();
    let mut program = open(&folder.path().join("bar"));
    let line = [b'x'; 99].iter().chain(b"\n").copied().collect::<Vec<u8>>();
    let mut sent = 0;
    while tokio::time::timeout(Duration::from_millis(20), receive(&mut program, 1)).await
        != Ok(vec![0x13])
    {
        program.write_all(&line).await.unwrap();
        sent += 1;
    }
    assert!(
        (15..=20).contains(&sent),
        "{sent} lines of 100 bytes fill 2000 bytes"
    );
    printer.set_faults("Bar", Faults::default()).await.unwrap();
    assert_eq!(receive(&mut program, 1).await, [0x11], "go on");
    program
        .write_all(&[b"\x1dV\x00".as_slice(), &confirm("0001")].concat())
        .await
        .unwrap();
    assert_eq!(receive(&mut program, 7).await, confirmed("0001"));
    assert_eq!(printer.state("Bar").unwrap().lost_bytes, 0);
    let receipts = printer.receipts("Bar").unwrap();
    assert_eq!(receipts[0].text.matches('x').count(), sent * 99);

    // One that does not stop loses what does not fit.
    printer.set_faults("Bar", out).await.unwrap();
    program.write_all(&line.repeat(30)).await.unwrap();
    until(&printer, |state| state.lost_bytes >= 1000).await;
    printer.shutdown().await;
}

#[tokio::test]
async fn without_flow_control_what_does_not_fit_is_lost_and_counted() {
    let (folder, printer) = on_a_cable(Flow::None, 1000).await;
    let out = Faults {
        paper_out: true,
        ..Faults::default()
    };
    printer.set_faults("Bar", out).await.unwrap();
    let mut program = open(&folder.path().join("bar"));
    program
        .write_all(&b"0123456789\n".repeat(200))
        .await
        .unwrap();
    until(&printer, |state| state.received_bytes == 2200).await;
    assert_eq!(printer.state("Bar").unwrap().lost_bytes, 1200);
    let silence = tokio::time::timeout(SILENCE, program.read(&mut [0])).await;
    assert!(silence.is_err(), "nobody says stop");
    printer.shutdown().await;
}

#[tokio::test]
async fn a_file_at_the_place_of_the_link_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("letter.txt");
    std::fs::write(&link, "dear reader").unwrap();
    let options = Options::default().with_serial("Bar", &link, Flow::Hardware);
    let refused = VirtualPrinter::start(options).await.unwrap_err();
    assert!(matches!(refused, StartError::Cable { .. }), "{refused}");
    assert_eq!(std::fs::read(&link).unwrap(), b"dear reader");
}
