//! Addresses where no printer is, and printers that vanish at every step of a ticket.

use std::time::Duration;

use api::{
    JobState,
    job::{Doubt, WaitCause},
    printer::Health,
};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::setup::*;

/// A ticket for this address waits until somebody answers there, and the board says why.
async fn waits_for_nobody(counter: &Counter, address: &str) {
    let printer = printer_at(address);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    let waiting = counter
        .until(job, |t| {
            matches!(
                t.state,
                JobState::Waiting {
                    cause: WaitCause::Unreachable,
                    bytes_left: false,
                    ..
                }
            )
        })
        .await;
    assert_eq!(waiting.attempts, 3, "{address}");
    let status = counter
        .until_status(printer.id, |s| s.health == Health::Unreachable)
        .await;
    assert!(status.detail.is_some(), "{address}: {status:?}");
    counter.queue.cancel(job).await.expect("its end");
}

fn impatient() -> printer_queue::Timings {
    let mut timings = timings();
    timings.device.connect = Duration::from_millis(150);
    timings
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_name_that_means_nothing_are_waited_for() {
    let counter = Counter::new().await;
    waits_for_nobody(&counter, &nobody().await).await;
    waits_for_nobody(&counter, "no-such-printer.invalid:9100").await;
    waits_for_nobody(&counter, "[::1]:9").await;
}

#[tokio::test]
async fn a_host_that_never_answers_is_given_up_in_time_and_waited_for() {
    let counter = Counter::with(impatient()).await;
    // Whoever knocks when the backlog is full hears nothing.
    let deaf = TcpSocket::new_v4().expect("a socket");
    deaf.bind("127.0.0.1:0".parse().expect("an address"))
        .expect("a port");
    let deaf = deaf.listen(1).expect("a short backlog");
    let address = deaf.local_addr().expect("its address");
    let mut crowd = Vec::new();
    while let Ok(Ok(one)) =
        tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await
    {
        crowd.push(one);
        assert!(crowd.len() < 64, "the backlog never fills");
    }
    waits_for_nobody(&counter, &address.to_string()).await;
}

#[tokio::test]
async fn a_printer_at_an_ipv6_address_prints() {
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
        .expect("a virtual printer");
    let counter = Counter::new().await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
}

#[tokio::test]
async fn a_web_server_gets_no_ticket_and_the_ticket_waits_with_its_reason() {
    let web = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = web.local_addr().expect("its address");
    let heard = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut heard = Vec::new();
        for _ in 0..3 {
            let (mut stream, _) = web.accept().await.expect("somebody");
            let mut bytes = [0; 512];
            let count = stream.read(&mut bytes).await.unwrap_or(0);
            heard.extend_from_slice(&bytes[..count]);
            // Whoever asked may be gone.
            let _ = stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")
                .await;
        }
        heard
    });
    let counter = Counter::new().await;
    let printer = printer_at(address);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter
        .until_status(printer.id, |s| {
            s.health == Health::Unreachable && s.detail.is_some()
        })
        .await;
    assert!(!counter.job(job).await.state.is_over());
    let heard = heard.await.expect("its end");
    assert!(
        heard.chunks(3).all(|asked| asked.starts_with(&[0x10])),
        "only questions were sent: {heard:02X?}"
    );
}

/// What the printer takes for one ticket, in all.
async fn whole_dialogue() -> u64 {
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    counter.until_state(job, JobState::Printed).await;
    kitchen.state("Kitchen").expect("its state").received_bytes
}

#[tokio::test]
async fn a_printer_that_resets_after_any_byte_of_a_ticket_prints_it_once_or_asks() {
    let bytes = whole_dialogue().await;
    let (kitchen, counter) = (kitchen().await, Counter::new().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let (mut by_itself, mut asked) = (0, 0);
    // Connect, each of the four questions, the ticket, the request for its echo, the end.
    for after in 0..=bytes {
        faults(&kitchen, move |f| f.reset_once_after_bytes = Some(after)).await;
        let order = format!("Order {after:05}");
        let job = counter.submit_one(ticket(Some(printer.id), &order)).await;
        let left = counter
            .until(job, |t| t.state.is_over() || t.state.needs_a_person())
            .await;
        let on_paper = || -> Vec<bool> {
            let marks = papers(&kitchen).into_iter();
            marks
                .filter(|paper| paper.text.contains(&order))
                .map(|paper| paper.text.contains("REPRINT"))
                .collect()
        };
        if left.state == JobState::Printed {
            by_itself += 1;
        } else {
            let in_doubt = matches!(
                left.state,
                JobState::Unconfirmed {
                    cause: Doubt::ConnectionLost | Doubt::NoConfirmation,
                }
            );
            assert!(in_doubt, "after {after} bytes: {:?}", left.state);
            asked += 1;
            assert!(after >= 12, "no byte of it can have left after {after}");
            faults(&kitchen, |f| f.reset_once_after_bytes = None).await;
            counter.queue.print_again(job).await.expect("once more");
            counter.until_state(job, JobState::Printed).await;
        }
        let papers = on_paper();
        assert!(!papers.is_empty(), "lost after {after} bytes");
        let unmarked = papers.iter().filter(|marked| !**marked).count();
        assert!(unmarked <= 1, "doubled in silence after {after} bytes");
    }
    assert!(by_itself >= 12 && asked > 0, "{by_itself} and {asked}");
}

#[tokio::test]
async fn two_programs_at_one_printer_print_each_ticket_once() {
    let kitchen = kitchen().await;
    let (one, other) = (Counter::new().await, Counter::new().await);
    let mut jobs = Vec::new();
    for counter in [&one, &other] {
        let printer = settings_of(&kitchen);
        counter.queue.set_printers(vec![printer.clone()]).await;
        for _ in 0..10 {
            let text = format!("Order {:03}.", jobs.len());
            let job = counter.submit_one(ticket(Some(printer.id), &text)).await;
            jobs.push((counter, job, text));
        }
    }
    for (counter, job, _) in &jobs {
        counter.until_state(*job, JobState::Printed).await;
    }
    let papers = papers(&kitchen);
    assert_eq!(papers.len(), jobs.len());
    for (.., text) in &jobs {
        let with = papers.iter().filter(|paper| paper.text.contains(text));
        assert_eq!(with.count(), 1, "{text}");
    }
}
