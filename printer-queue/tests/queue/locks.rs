//! One connection at a time to a device, whoever wants one.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use api::{
    JobState,
    printer::{Address, Health},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};

use crate::setup::*;

/// Stands before a device and counts the connections that are open at once.
struct Counted {
    address: SocketAddr,
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

async fn counted(device: SocketAddr) -> Counted {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let counted = Counted {
        address: listener.local_addr().expect("its address"),
        open: Arc::default(),
        most: Arc::default(),
    };
    let (open, most) = (counted.open.clone(), counted.most.clone());
    tokio::spawn(async move {
        while let Ok((sender, _)) = listener.accept().await {
            most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let open = open.clone();
            tokio::spawn(async move {
                let device = TcpStream::connect(device).await.expect("the device");
                let (mut asks, mut takes) = sender.into_split();
                let (mut says, mut hears) = device.into_split();
                let there = async {
                    drop(tokio::io::copy(&mut asks, &mut hears).await);
                    drop(hears.shutdown().await);
                };
                let back = async {
                    drop(tokio::io::copy(&mut says, &mut takes).await);
                };
                tokio::join!(there, back);
                // Before the sender hears of the end, and whoever waits comes after it.
                open.fetch_sub(1, Ordering::SeqCst);
                drop(takes);
            });
        }
    });
    counted
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_has_one_connection_at_a_time_while_tickets_print_and_people_ask_after_it() {
    let mut patient = timings();
    // Whoever waits for the device gets it, however slow this computer is.
    patient.device.connect = PATIENCE;
    patient.device.drain = PATIENCE;
    patient.idle_probe = Some(Duration::from_millis(5));
    let (kitchen, counter) = (kitchen().await, Counter::with(patient).await);
    let device = counted(kitchen.address("Kitchen").expect("its address")).await;
    let port = device.address.port();
    // Two printers of the settings at one device, and a person who writes it another way.
    let (one, two) = (printer_at(device.address), printer_at(device.address));
    let other: Address = format!("tcp://[::ffff:127.0.0.1]:{port}")
        .parse()
        .expect("an address");
    let printers = vec![one.clone(), two.clone()];
    counter.queue.set_printers(printers).await;
    let asking = tokio::spawn({
        let queue = counter.queue.clone();
        async move {
            for _ in 0..20 {
                let (first, second) = tokio::join!(queue.probe(&other), queue.probe(&other));
                assert_eq!(
                    (first.health, second.health),
                    (Health::Ready, Health::Ready)
                );
            }
        }
    });
    let mut jobs = Vec::new();
    for printer in [&one, &two].repeat(10) {
        jobs.push(
            counter
                .submit_one(ticket(Some(printer.id), "Order 42"))
                .await,
        );
    }
    for job in jobs {
        let printed = counter.until_state(job, JobState::Printed).await;
        assert_eq!(printed.attempts, 0);
    }
    asking.await.expect("answers");
    counter.queue.shutdown().await;
    assert_eq!(papers(&kitchen).len(), 20);
    assert_eq!(device.most.load(Ordering::SeqCst), 1);

    // It counts: two that know nothing of each other are two.
    let stranger = async || TcpStream::connect(device.address).await.expect("a port");
    let (_first, _second) = (stranger().await, stranger().await);
    let counts = async {
        while device.open.load(Ordering::SeqCst) < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, counts).await.expect("two");
    assert_eq!(device.most.load(Ordering::SeqCst), 2);
}
