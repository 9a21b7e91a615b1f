//! Another device at the address of a printer.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use api::{
    JobState, Printer,
    job::WaitCause,
    printer::{Health, Learned},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use virtual_printer::VirtualPrinter;

use crate::setup::*;

const OURS: &str = "J7AB012345";
const THEIRS: &str = "J7AB054321";

/// A printer without paper that says this serial number.
async fn numbered(serial: &str, port: Option<SocketAddr>) -> VirtualPrinter {
    let mut options = virtual_printer::Options {
        serial_numbers: vec![("Kitchen".to_owned(), serial.to_owned())],
        ..virtual_printer::Options::default()
    }
    .with_printer("Kitchen");
    if let Some(port) = port {
        options.printers[0].1 = port;
    }
    VirtualPrinter::start(options)
        .await
        .expect("a virtual printer")
}

/// Known by its serial number from a test page.
fn known_at(address: SocketAddr) -> Printer {
    let printer = printer_at(address);
    Printer {
        learned: Learned {
            serial: Some(OURS.to_owned()),
            ..printer.learned
        },
        ..printer
    }
}

fn waits_for(cause: WaitCause) -> impl Fn(&api::TicketChanged) -> bool {
    move |ticket| matches!(ticket.state, JobState::Waiting { cause: waits, bytes_left: false, .. } if waits == cause)
}

#[tokio::test]
async fn a_printer_that_comes_back_as_another_one_gets_nothing_until_a_person_has_said_that_it_is_right()
 {
    let ours = numbered(OURS, None).await;
    let at = ours.address("Kitchen").expect("its address");
    let counter = Counter::new().await;
    let mut learned = counter.queue.learned();
    let printer = known_at(at);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let first = counter
        .submit_one(ticket(Some(printer.id), "Two pizzas"))
        .await;
    counter.until_state(first, JobState::Printed).await;
    ours.shutdown().await;
    let next = counter
        .submit_one(ticket(Some(printer.id), "A salad"))
        .await;
    counter.until(next, waits_for(WaitCause::Unreachable)).await;

    let theirs = numbered(THEIRS, Some(at)).await;
    counter.until(next, waits_for(WaitCause::Stranger)).await;
    let test = counter
        .queue
        .print_test(printer.id, "Test".into(), "en-GB".into())
        .await
        .expect("a test page");
    let status = counter
        .until_status(printer.id, |status| status.health == Health::Stranger)
        .await;
    let device = status.device.expect("what it says of itself");
    assert_eq!(device.serial.as_deref(), Some(THEIRS));
    assert_eq!(device.model.as_deref(), Some("Virtual 80"));
    counter.until(test, waits_for(WaitCause::Stranger)).await;
    assert_eq!(theirs.receipts("Kitchen").expect("its roll").len(), 0);
    assert!(counter.queue.trust(printer.id, OURS).is_err());

    counter
        .queue
        .trust(printer.id, THEIRS)
        .expect("the one that was seen");
    // Of another device nobody knows yet that it confirms.
    counter.until_state(next, JobState::Sent).await;
    let (_, known) = learned.recv().await.expect("what is known now");
    assert_eq!(known.serial.as_deref(), Some(THEIRS));
    assert_eq!((known.status, known.confirm), (Some(true), None));
    let status = counter
        .until_status(printer.id, |status| status.health == Health::Ready)
        .await;
    assert_eq!(status.device, None);
    counter.until_state(test, JobState::Printed).await;
    counter.queue.shutdown().await;
    theirs.shutdown().await;
}

#[tokio::test]
async fn when_the_right_printer_is_back_its_tickets_print_by_themselves() {
    let theirs = numbered(THEIRS, None).await;
    let at = theirs.address("Kitchen").expect("its address");
    let counter = Counter::new().await;
    let printer = known_at(at);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Two pizzas"))
        .await;
    counter.until(job, waits_for(WaitCause::Stranger)).await;
    theirs.shutdown().await;
    let ours = numbered(OURS, Some(at)).await;
    counter.until_state(job, JobState::Printed).await;
    let status = counter
        .until_status(printer.id, |status| status.health == Health::Ready)
        .await;
    assert_eq!(status.device, None);
    counter.queue.shutdown().await;
    ours.shutdown().await;
}

/// A device that answers status questions, and the question for its serial number with these in turn, the last of them
/// again and again. Counts how often it was asked for it.
async fn device(
    serials: &'static [Option<&'static str>],
) -> (SocketAddr, Arc<AtomicUsize>, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let at = listener.local_addr().expect("its address");
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let serves = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            answer(stream, serials, &count).await;
        }
    });
    (at, asked, serves)
}

async fn answer(mut stream: TcpStream, serials: &[Option<&str>], asked: &AtomicUsize) {
    let mut heard: Vec<u8> = Vec::new();
    let mut piece = [0; 512];
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        heard.extend(&piece[..length]);
        while let Some((at, said)) = question(&heard, serials, asked) {
            heard.drain(..at);
            if stream.write_all(&said).await.is_err() {
                return;
            }
        }
    }
}

/// The first question in what was heard: where it ends, and its answer.
fn question(
    heard: &[u8],
    serials: &[Option<&str>],
    asked: &AtomicUsize,
) -> Option<(usize, Vec<u8>)> {
    let text = |text: &str| [&[0x5F], text.as_bytes(), &[0]].concat();
    heard
        .windows(3)
        .zip(3..)
        .find_map(|(bytes, end)| match bytes {
            [0x10, 0x04, _] => Some((end, vec![0x12])),
            [0x1D, 0x72, 1] => Some((end, vec![0])),
            [0x1D, 0x49, 68] => {
                let turn = asked.fetch_add(1, Ordering::SeqCst);
                let said = serials.get(turn).or(serials.last()).copied().flatten();
                Some((end, said.map(text).unwrap_or_default()))
            }
            [0x1D, 0x49, 65..=67] => Some((end, text("TM-T88V"))),
            _ => None,
        })
}

/// Prints so many tickets one after the other at a device; says how often it was asked for its serial number.
async fn asked_over(tickets: usize, serials: &'static [Option<&'static str>]) -> usize {
    let (at, asked, serves) = device(serials).await;
    let counter = Counter::new().await;
    let mut printer = known_at(at);
    printer.learned.confirm = Some(false);
    counter.queue.set_printers(vec![printer.clone()]).await;
    for number in 0..tickets {
        let text = format!("Order {number}.");
        let job = counter.submit_one(ticket(Some(printer.id), &text)).await;
        counter.until_state(job, JobState::Sent).await;
    }
    counter.queue.shutdown().await;
    serves.abort();
    asked.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_printer_is_asked_who_it_is_once_and_not_for_each_ticket() {
    assert_eq!(asked_over(3, &[Some(OURS)]).await, 1);
}

#[tokio::test]
async fn silence_and_an_answer_that_is_not_repeated_make_nobody_a_stranger() {
    assert_eq!(asked_over(2, &[None]).await, 1);
    assert_eq!(asked_over(2, &[Some("J7"), Some(OURS)]).await, 2);
}

#[tokio::test]
async fn after_an_outage_a_printer_is_asked_again() {
    let (at, asked, serves) = device(&[Some(OURS)]).await;
    let counter = Counter::new().await;
    let mut printer = known_at(at);
    printer.learned.confirm = Some(false);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let first = counter.submit_one(ticket(Some(printer.id), "First")).await;
    counter.until_state(first, JobState::Sent).await;
    serves.abort();
    let _ = serves.await;
    let next = counter.submit_one(ticket(Some(printer.id), "Next")).await;
    counter.until(next, waits_for(WaitCause::Unreachable)).await;
    let listener = TcpListener::bind(at).await.expect("its port again");
    let count = asked.clone();
    let serves = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            answer(stream, &[Some(OURS)], &count).await;
        }
    });
    counter.until_state(next, JobState::Sent).await;
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    tokio::time::timeout(Duration::from_secs(5), counter.queue.shutdown())
        .await
        .expect("its end");
    serves.abort();
}
