//! The bulk endpoints as a pipe: packets of a size, refusals, empty packets, a cable that is pulled. There is no bus here.

use std::{
    collections::VecDeque,
    future::ready,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use api::{
    Outcome,
    job::{Doubt, NotPrinted},
    printer::Health,
};
use nusb::transfer::TransferError;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf},
    sync::mpsc,
};

use super::{
    is_meant, list,
    pump::{Clearing, Done, Ends, Pump},
};
use crate::{
    Timings,
    driver::{
        escpos::{Link, Proof, Sending},
        transport::DeviceStream,
    },
};

/// The packets of a full-speed bulk endpoint.
const PACKET: usize = 64;
const NUMBER: [u8; 4] = *b"0042";
const REQUEST: &[u8] = b"\x1D\x28\x48\x06\x00\x30\x300042";

/// Endpoints whose other end is a stream.
#[derive(Debug)]
struct Bus {
    stream: DuplexStream,
    hears: bool,
    piece: Vec<u8>,
    through: usize,
    answer: usize,
    /// It refuses once this many bytes are through, each in its turn.
    refusals: VecDeque<usize>,
    /// It is pulled out once this many bytes are through.
    pulled_after: Option<usize>,
    total: usize,
    /// So many empty packets come before each answer.
    empty: usize,
    emptied: usize,
    cleared: usize,
}

impl Bus {
    fn new(stream: DuplexStream) -> Bus {
        Bus {
            stream,
            hears: true,
            piece: Vec::new(),
            through: 0,
            answer: 0,
            refusals: VecDeque::new(),
            pulled_after: None,
            total: 0,
            empty: 0,
            emptied: 0,
            cleared: 0,
        }
    }

    fn done(&self, status: Result<(), TransferError>) -> Poll<Done<usize>> {
        Poll::Ready(Done {
            through: self.through,
            status,
        })
    }
}

impl Ends for Bus {
    fn send(&mut self, piece: Vec<u8>) {
        assert!(self.through == self.piece.len() || self.cleared > 0);
        (self.piece, self.through) = (piece, 0);
    }

    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Done<usize>> {
        while self.through < self.piece.len() {
            if self.pulled_after.is_some_and(|most| self.total >= most) {
                return self.done(Err(TransferError::Disconnected));
            }
            if self.refusals.front().is_some_and(|at| self.total >= *at) {
                self.refusals.pop_front();
                return self.done(Err(TransferError::Stall));
            }
            let packet = &self.piece[self.through..];
            let packet = &packet[..packet.len().min(PACKET)];
            match Pin::new(&mut self.stream).poll_write(cx, packet) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(count)) => {
                    self.through += count;
                    self.total += count;
                }
                Poll::Ready(Err(_)) => return self.done(Err(TransferError::Disconnected)),
            }
        }
        self.done(Ok(()))
    }

    fn hears(&self) -> bool {
        self.hears
    }

    fn ask(&mut self, length: usize) {
        self.answer = length;
    }

    fn poll_heard(&mut self, cx: &mut Context<'_>) -> Poll<Done<Vec<u8>>> {
        let heard = |through: Vec<u8>, status| Poll::Ready(Done { through, status });
        if self.emptied < self.empty {
            self.emptied += 1;
            return heard(Vec::new(), Ok(()));
        }
        let mut bytes = vec![0; self.answer.min(PACKET)];
        let mut buffer = ReadBuf::new(&mut bytes);
        match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                self.emptied = 0;
                heard(buffer.filled().to_vec(), Ok(()))
            }
            Poll::Ready(_) => heard(Vec::new(), Err(TransferError::Disconnected)),
        }
    }

    fn clear(&mut self, _: bool) -> Clearing {
        self.cleared += 1;
        Box::pin(ready(io::Result::Ok(())))
    }
}

fn plugged(set: impl FnOnce(&mut Bus)) -> (Link<DeviceStream<Pump<Bus>>>, DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(PACKET);
    let mut bus = Bus::new(ours);
    set(&mut bus);
    let link = Link::new(DeviceStream::new(Pump::new(bus)), &Timings::default());
    (link, theirs)
}

fn sending(bytes: &[u8], proof: Proof) -> Sending<'_> {
    Sending {
        bytes,
        proof,
        limit: Duration::from_secs(15),
    }
}

async fn print(link: &mut Link<DeviceStream<Pump<Bus>>>, bytes: &[u8], proof: Proof) -> Outcome {
    let (told, _hears) = mpsc::unbounded_channel();
    let outcome = link.send(sending(bytes, proof), &told).await;
    link.close().await;
    outcome
}

/// Takes a whole ticket and says that it printed it.
async fn confirm(mut device: DuplexStream, ticket: &[u8]) -> DuplexStream {
    let mut taken = vec![0; ticket.len() + REQUEST.len()];
    device.read_exact(&mut taken).await.expect("the ticket");
    assert_eq!(taken, [ticket, REQUEST].concat());
    device
        .write_all(b"\x37\x220042\0")
        .await
        .expect("a listener");
    device
}

/// Prints at a printer that confirms, if it is given the ticket.
async fn printed(
    link: &mut Link<DeviceStream<Pump<Bus>>>,
    ticket: &[u8],
    device: DuplexStream,
) -> Outcome {
    let both = async {
        tokio::join!(
            print(link, ticket, Proof::Echo(NUMBER)),
            confirm(device, ticket)
        )
    };
    let hour = Duration::from_secs(3_600);
    tokio::time::timeout(hour, both).await.expect("a ticket").0
}

#[tokio::test(start_paused = true)]
async fn a_ticket_goes_out_in_packets_and_is_confirmed() {
    // Neither more nor less than whole packets: nothing is added to say that it ends.
    for length in [PACKET, 2 * PACKET, 10_000, 3 * 4_096 - REQUEST.len()] {
        let (mut link, device) = plugged(|_| {});
        let ticket = vec![b'x'; length];
        let outcome = printed(&mut link, &ticket, device).await;
        assert_eq!(outcome, Outcome::Confirmed, "{length}");
    }
}

#[tokio::test(start_paused = true)]
async fn empty_packets_are_no_end() {
    let (mut link, device) = plugged(|bus| bus.empty = 50);
    let outcome = printed(&mut link, b"ticket", device).await;
    assert_eq!(outcome, Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_packet_that_was_refused_once_is_sent_again_and_no_byte_twice() {
    let ticket: Vec<u8> = (0..=255).cycle().take(9_000).collect();
    let (mut link, device) = plugged(|bus| bus.refusals = [0, 200, 5_000].into());
    let outcome = printed(&mut link, &ticket, device).await;
    assert_eq!(outcome, Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_printer_that_goes_on_refusing_leaves_a_doubt() {
    let (mut link, _device) = plugged(|bus| bus.refusals = [0, 0].into());
    let outcome = print(&mut link, &[b'x'; 500], Proof::Echo(NUMBER)).await;
    assert_eq!(outcome, Outcome::Uncertain(Doubt::ConnectionLost));
}

#[tokio::test(start_paused = true)]
async fn a_printer_without_a_way_back_is_mute_and_takes_its_tickets() {
    let (mut link, mut device) = plugged(|bus| bus.hears = false);
    let took = async {
        let mut taken = Vec::new();
        while !taken.ends_with(b"ticket") {
            taken.push(device.read_u8().await.expect("the ticket"));
        }
        device
    };
    let sent = async {
        let look = link.check_status().await.expect("no failure");
        assert_eq!((look.answers, look.report.health()), (false, Health::Ready));
        print(&mut link, b"ticket", Proof::End).await
    };
    let (outcome, _device) = tokio::join!(sent, took);
    assert_eq!(outcome, Outcome::Sent);
}

#[tokio::test(start_paused = true)]
async fn a_mute_printer_that_takes_no_more_is_not_believed_to_have_printed() {
    let (mut link, _device) = plugged(|bus| bus.hears = false);
    let outcome = print(&mut link, &[b'x'; 100], Proof::End).await;
    assert_eq!(outcome, Outcome::Uncertain(Doubt::NoConfirmation));
}

#[tokio::test(start_paused = true)]
async fn a_printer_that_is_pulled_out_before_the_first_byte_printed_nothing() {
    let (mut link, device) = plugged(|_| {});
    drop(device);
    let look = link.check_status().await;
    assert!(
        matches!(look, Err(NotPrinted::Unreached { .. })),
        "{look:?}"
    );
    let outcome = print(&mut link, b"ticket", Proof::Echo(NUMBER)).await;
    assert!(
        matches!(outcome, Outcome::NotPrinted(NotPrinted::Unreached { .. })),
        "{outcome:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_printer_that_is_pulled_out_in_the_middle_leaves_a_doubt() {
    for (after, proof) in [
        (100, Proof::Echo(NUMBER)),
        (6_000, Proof::Queued),
        (9_900, Proof::End),
    ] {
        let (mut link, mut device) = plugged(|bus| bus.pulled_after = Some(after));
        let took = async {
            let mut taken = Vec::new();
            device.read_to_end(&mut taken).await.expect("an end");
            taken.len()
        };
        let sent = async {
            let outcome = print(&mut link, &[b'x'; 10_000], proof).await;
            drop(link);
            outcome
        };
        let (outcome, taken) = tokio::join!(sent, took);
        assert_eq!(
            outcome,
            Outcome::Uncertain(Doubt::ConnectionLost),
            "{after}"
        );
        assert!(taken < 10_000, "{taken}");
    }
}

#[test]
fn an_address_without_a_serial_number_means_any_of_its_kind() {
    let address = |text: &str| text.parse().expect("an address");
    let plugged = address("usb://04b8:0202/J7");
    for (written, meant) in [
        ("usb://04b8:0202", true),
        ("usb://04b8:0202/J7", true),
        ("usb://04b8:0202/J8", false),
        ("usb://04b8:0203", false),
        ("serial:///dev/ttyUSB0", false),
    ] {
        assert_eq!(is_meant(&plugged, &address(written)), meant, "{written}");
    }
}

#[tokio::test]
async fn this_pc_says_what_is_plugged_in_or_that_nothing_is() {
    // On a machine with a printer it is in the list; here it is enough that asking is no error.
    list().await.expect("a list");
    let limit = Duration::from_secs(3);
    let error = super::open(0xFFFF, 0xFFFF, None, limit).await.err();
    assert!(
        matches!(&error, Some(NotPrinted::Unreached { detail }) if detail.contains("usb://ffff:ffff")),
        "{error:?}"
    );
}
