//! Faults of a printer with IPP as its sender meets them, and its certificate.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod ipp_client;
mod tickets;

use ipp::model::Operation;
use ipp::value::IppValue;
use ipp_client::{IppClient, name};
use std::time::{Duration, Instant};
use tickets::{PATIENCE, pwg};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use virtual_printer::{Faults, Options, VirtualPrinter};

async fn office(faults: Faults) -> (VirtualPrinter, IppClient) {
    let printer = VirtualPrinter::start(Options::default().with_ipp("Office"))
        .await
        .unwrap();
    printer.set_faults("Office", faults).await.unwrap();
    let uri = printer.ipp_uri("Office").unwrap().unwrap();
    (printer, IppClient::new(&uri))
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_a_job_that_can_be_found() {
    let (printer, client) = office(Faults {
        lose_create_answer: true,
        lose_document_answer: true,
        ..Faults::default()
    })
    .await;
    let named = [("job-name", name("Order 42"))];
    let lost = client
        .try_request(Operation::CreateJob, &named, &[], b"")
        .await;
    assert!(lost.is_err(), "the connection broke");
    let jobs = client.ask(Operation::GetJobs, &[]).await;
    assert_eq!(jobs.jobs(), 1, "but the job was made");
    let job = jobs.number("job-id");
    assert!(
        client
            .send(job, "image/pwg-raster", &pwg("Order 42"))
            .await
            .is_err()
    );
    client.until(job, 9).await;
    assert_eq!(
        printer.wait_for("Office", 1, PATIENCE).await.unwrap().len(),
        1
    );
    assert_eq!(
        printer.state("Office").unwrap().faults,
        Faults::default(),
        "once, and then all is well"
    );
}

#[tokio::test]
async fn a_power_cut_breaks_connections_and_the_printer_knows_no_job_any_more() {
    let (printer, client) = office(Faults {
        paper_out: true,
        ..Faults::default()
    })
    .await;
    let job = client.create("Order 42").await;
    client
        .send(job, "image/pwg-raster", &pwg("Order 42"))
        .await
        .unwrap();
    assert!(printer.state("Office").unwrap().held_bytes > 1800);
    printer.cut_power("Office").await.unwrap();
    assert_eq!(client.state(job).await.status, 0x0406);
    assert_eq!(client.create("Order 43").await, 1, "numbers begin again");
    assert!(printer.receipts("Office").unwrap().is_empty());
}

#[tokio::test]
async fn a_sender_that_goes_away_in_the_middle_of_a_document_leaves_an_aborted_job_and_no_paper() {
    let (printer, client) = office(Faults::default()).await;
    let job = client.create("Order 42").await;
    let named = [
        ("job-id", IppValue::Integer(job)),
        ("last-document", IppValue::Boolean(true)),
    ];
    let request = client.request(Operation::SendDocument, &named, &[]);
    let document = pwg("Order 42");
    let mut stream = tokio::net::TcpStream::connect(printer.address("Office").unwrap())
        .await
        .unwrap();
    let length = request.len() + document.len();
    let head = format!(
        "POST /ipp/print HTTP/1.1\r\nhost: x\r\ncontent-type: application/ipp\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&request).await.unwrap();
    stream.write_all(&document[..1000]).await.unwrap();
    drop(stream);
    let over = client.until(job, 8).await;
    assert_eq!(over.number("job-impressions-completed"), 0);
    assert!(printer.receipts("Office").unwrap().is_empty());
}

#[tokio::test]
async fn a_job_that_is_aborted_in_the_middle_leaves_half_a_paper() {
    let (printer, client) = office(Faults {
        abort_after_lines: Some(2),
        ..Faults::default()
    })
    .await;
    let job = client.create("Order 42").await;
    client
        .send(job, "image/pwg-raster", &pwg("^^^Order 42\n\nlong"))
        .await
        .unwrap();
    let over = client.until(job, 8).await;
    assert_eq!(over.number("job-impressions-completed"), 0);
    let receipts = printer.wait_for("Office", 1, PATIENCE).await.unwrap();
    assert!(!receipts[0].finished);
    assert_eq!(receipts[0].paper.height(), 60);
}

#[tokio::test]
async fn jobs_are_refused_held_off_and_lied_about() {
    let (printer, client) = office(Faults {
        refuse_jobs: true,
        ..Faults::default()
    })
    .await;
    assert_eq!(client.ask(Operation::CreateJob, &[]).await.status, 0x0506);
    let busy = Faults {
        one_job: true,
        wrong_job_state: Some(9),
        ..Faults::default()
    };
    printer.set_faults("Office", busy).await.unwrap();
    let job = client.create("Order 42").await;
    assert_eq!(client.ask(Operation::CreateJob, &[]).await.status, 0x0507);
    assert_eq!(
        client.state(job).await.number("job-state"),
        9,
        "although nothing was sent"
    );
    let wrong = Faults {
        wrong_confirmation: true,
        ..Faults::default()
    };
    printer.set_faults("Office", wrong).await.unwrap();
    assert_ne!(
        client.state(job).await.number("job-id"),
        job,
        "about another job"
    );
}

#[tokio::test]
async fn answers_are_late_missing_nonsense_or_dangerous() {
    let (printer, client) = office(Faults {
        late_answers_ms: Some(300),
        ..Faults::default()
    })
    .await;
    let asked = Instant::now();
    client.ask(Operation::GetPrinterAttributes, &[]).await;
    assert!(asked.elapsed() >= Duration::from_millis(300));
    let turn = async |faults: Faults| printer.set_faults("Office", faults).await.unwrap();
    turn(Faults {
        no_status: true,
        ..Faults::default()
    })
    .await;
    let question = client.ask(Operation::GetPrinterAttributes, &[]);
    assert!(
        tokio::time::timeout(Duration::from_millis(200), question)
            .await
            .is_err()
    );
    let job = client.create("it listens all the same").await;
    assert_eq!(job, 1);
    let raw = async || {
        let request = client.request(Operation::GetPrinterAttributes, &[], &[]);
        client.post(request).await.unwrap()
    };
    turn(Faults {
        nested_answers: Some(8000),
        ..Faults::default()
    })
    .await;
    let (_, body) = raw().await;
    let begins = [0x4a, 0, 0, 0, 1, b'x', 0x34, 0, 0, 0, 0];
    assert_eq!(
        body.windows(11).filter(|bytes| *bytes == begins).count(),
        8000
    );
    turn(Faults {
        garbage_answers: true,
        ..Faults::default()
    })
    .await;
    assert_eq!(raw().await.1.len(), 17);
    turn(Faults {
        http_status: Some(503),
        ..Faults::default()
    })
    .await;
    assert_eq!(raw().await.0, 503);
    turn(Faults {
        reset_after_bytes: Some(0),
        ..Faults::default()
    })
    .await;
    let question = client
        .try_request(Operation::GetPrinterAttributes, &[], &[], b"")
        .await;
    assert!(question.is_err());
    turn(Faults {
        refuse: true,
        ..Faults::default()
    })
    .await;
    let refused = tokio::net::TcpStream::connect(printer.address("Office").unwrap()).await;
    assert!(refused.is_err());
    turn(Faults::default()).await;
    client.ask(Operation::GetPrinterAttributes, &[]).await;
}

#[tokio::test]
async fn a_document_comes_through_slowly_and_through_a_reset_not_at_all() {
    let (printer, client) = office(Faults::default()).await;
    let job = client.create("Order 42").await;
    let reset = |faults: &mut Faults| faults.reset_once_after_bytes = Some(1500);
    printer.change_faults("Office", reset).await.unwrap();
    // On a connection of its own, whose bytes are counted from the first.
    let fresh = IppClient::new(&printer.ipp_uri("Office").unwrap().unwrap());
    assert!(
        fresh
            .send(job, "image/pwg-raster", &pwg("Order 42"))
            .await
            .is_err()
    );
    let fresh = IppClient::new(&printer.ipp_uri("Office").unwrap().unwrap());
    fresh.until(job, 8).await;
    let slow = |faults: &mut Faults| faults.bytes_per_second = Some(10_000);
    printer.change_faults("Office", slow).await.unwrap();
    let job = fresh.create("Order 43").await;
    let asked = Instant::now();
    let document = pwg("^^^Order 43");
    fresh
        .send(job, "image/pwg-raster", &document)
        .await
        .unwrap();
    assert!(asked.elapsed() >= Duration::from_secs_f64(document.len() as f64 / 11_000.0));
    fresh.until(job, 9).await;
    let never = |faults: &mut Faults| faults.never_read = true;
    printer.change_faults("Office", never).await.unwrap();
    let mut stream = tokio::net::TcpStream::connect(printer.address("Office").unwrap())
        .await
        .unwrap();
    stream
        .write_all(b"POST /ipp/print HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    let heard = tokio::time::timeout(Duration::from_millis(200), stream.read_u8()).await;
    assert!(heard.is_err(), "silence");
    tokio::time::timeout(PATIENCE, printer.shutdown())
        .await
        .expect("an end");
}

#[tokio::test]
async fn tls_is_spoken_on_the_same_port_and_who_has_pinned_the_certificate_notices_another() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        certificates: Some(folder.path().join("certificates")),
        ..Options::default().with_ipp("Office")
    };
    let printer = VirtualPrinter::start(options()).await.unwrap();
    let pinned = printer.certificate("Office").unwrap().unwrap();
    let client = |printer: &VirtualPrinter| {
        let certificate = reqwest::Certificate::from_der(&pinned).unwrap();
        let http = ipp_client::http_client()
            .tls_certs_only([certificate])
            .build()
            .unwrap();
        let uri = printer.ipp_uri("Office").unwrap().unwrap();
        IppClient::by(http, &uri.replacen("ipp", "ipps", 1))
    };
    let trusting = client(&printer);
    let job = trusting.create("Order 42").await;
    trusting
        .send(job, "image/pwg-raster", &pwg("Order 42"))
        .await
        .unwrap();
    trusting.until(job, 9).await;
    printer.shutdown().await;

    let printer = VirtualPrinter::start(options()).await.unwrap();
    assert_eq!(
        printer.certificate("Office").unwrap().unwrap(),
        pinned,
        "kept in the folder"
    );
    client(&printer)
        .ask(Operation::GetPrinterAttributes, &[])
        .await;
    printer.change_certificate("Office").unwrap();
    let question = client(&printer);
    let refused = question
        .try_request(Operation::GetPrinterAttributes, &[], &[], b"")
        .await;
    assert!(refused.is_err(), "another certificate");
    printer.shutdown().await;
    let printer = VirtualPrinter::start(options()).await.unwrap();
    assert_ne!(
        printer.certificate("Office").unwrap().unwrap(),
        pinned,
        "changed for good"
    );
    std::fs::write(folder.path().join("certificates/Office.pem"), "nothing").unwrap();
    let refused = VirtualPrinter::start(options())
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("no certificate for Office"), "{refused}");
}
