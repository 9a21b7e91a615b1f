//! What a sender by IPP sees, and what is on the roll then.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod ipp_client;
mod tickets;

use ipp::model::{DelimiterTag, Operation};
use ipp::value::IppValue;
use ipp_client::{IppClient, keyword, mime, name};
use templates::Fonts;
use tickets::{PATIENCE, dots, pwg, urf};
use virtual_printer::{Format, Options, VirtualPrinter};

const UNSUPPORTED: DelimiterTag = DelimiterTag::UnsupportedAttributes;

async fn office() -> (VirtualPrinter, IppClient) {
    let printer = VirtualPrinter::start(Options::default().with_ipp("Office"))
        .await
        .unwrap();
    let uri = printer.ipp_uri("Office").unwrap().unwrap();
    (printer, IppClient::new(&uri))
}

fn number(job: i32) -> (&'static str, IppValue) {
    ("job-id", IppValue::Integer(job))
}

#[tokio::test]
async fn a_ticket_is_on_the_roll_as_it_was_sent_dot_by_dot() {
    let (printer, client) = office().await;
    for (count, (file, format)) in [
        (pwg("^^^Order 42"), Format::Pwg),
        (urf("^^^Order 42"), Format::Urf),
    ]
    .into_iter()
    .enumerate()
    {
        let job = client.create("Order 42").await;
        let answer = client.send(job, format.mime(), &file).await.unwrap();
        assert_eq!(answer.status, 0);
        let done = client.until(job, 9).await;
        assert_eq!(done.number("job-impressions-completed"), 1);
        assert_eq!(
            done.job("job-state-reasons"),
            &keyword("job-completed-successfully")
        );
        let receipts = printer
            .wait_for("Office", count as u64 + 1, PATIENCE)
            .await
            .unwrap();
        let receipt = receipts.last().unwrap();
        assert_eq!(
            receipt.paper.picture(&Fonts::default()).unwrap(),
            dots("^^^Order 42")
        );
        assert_eq!((receipt.format, &*receipt.bytes), (format, file.as_slice()));
        assert!(receipt.finished);
        let called = receipt.job.as_ref().unwrap();
        assert_eq!((called.id, called.name.as_str()), (job, "Order 42"));
    }
    let named = [
        ("job-name", name("Order 43")),
        ("document-format", mime("image/pwg-raster")),
    ];
    let copies = [("copies", IppValue::Integer(2))];
    let answer = client
        .try_request(Operation::PrintJob, &named, &copies, &pwg("Order 43"))
        .await
        .unwrap();
    assert_eq!(answer.status, 0);
    let done = client.until(answer.number("job-id"), 9).await;
    assert_eq!(done.number("job-impressions-completed"), 2);
    assert_eq!(
        printer.wait_for("Office", 4, PATIENCE).await.unwrap().len(),
        4
    );
    tokio::time::timeout(PATIENCE, printer.shutdown())
        .await
        .expect("an end");
}

#[tokio::test]
async fn the_state_of_the_printer_and_of_its_job_follow_the_paper() {
    let (printer, client) = office().await;
    printer
        .change_faults("Office", |faults| {
            faults.paper_out_after_lines = Some(1);
            faults.near_end = true;
        })
        .await
        .unwrap();
    let is = async || client.ask(Operation::GetPrinterAttributes, &[]).await;
    let idle = is().await;
    assert_eq!(idle.printer("printer-state"), &IppValue::Enum(3));
    assert_eq!(
        idle.printer("printer-state-reasons"),
        &keyword("media-low-warning")
    );
    let job = client.create("Order 42").await;
    client
        .send(job, "image/pwg-raster", &pwg("^^^Order 42"))
        .await
        .unwrap();
    let stopped = client.until(job, 6).await;
    assert_eq!(
        stopped.job("job-state-reasons"),
        &keyword("printer-stopped")
    );
    assert_eq!(stopped.number("job-impressions-completed"), 0);
    let out = is().await;
    assert_eq!(out.printer("printer-state"), &IppValue::Enum(5));
    assert_eq!(
        out.printer("printer-state-reasons"),
        &keyword("media-empty-error")
    );
    assert!(printer.receipts("Office").unwrap().is_empty());
    let open = |faults: &mut virtual_printer::Faults| {
        faults.paper_out = false;
        faults.cover_open = true;
    };
    printer.change_faults("Office", open).await.unwrap();
    assert_eq!(
        is().await.printer("printer-state-reasons"),
        &IppValue::Array(vec![
            keyword("cover-open-error"),
            keyword("media-low-warning")
        ])
    );
    printer
        .set_faults("Office", virtual_printer::Faults::default())
        .await
        .unwrap();
    client.until(job, 9).await;
    let receipts = printer.wait_for("Office", 1, PATIENCE).await.unwrap();
    assert_eq!(
        receipts[0].paper.picture(&Fonts::default()).unwrap(),
        dots("^^^Order 42")
    );
}

#[tokio::test]
async fn jobs_are_listed_canceled_and_closed_as_they_are_asked_for() {
    let (printer, client) = office().await;
    let (first, second) = (client.create("first").await, client.create("second").await);
    let jobs = async |named: ipp_client::Named<'_>| client.ask(Operation::GetJobs, named).await;
    assert_eq!(jobs(&[]).await.jobs(), 2);
    assert_eq!(jobs(&[("limit", IppValue::Integer(1))]).await.jobs(), 1);
    let mine = ("my-jobs", IppValue::Boolean(true));
    let anna = ("requesting-user-name", name("anna"));
    assert_eq!(jobs(&[mine.clone(), anna.clone()]).await.jobs(), 0);
    let answer = client.ask(Operation::CancelJob, &[number(first)]).await;
    assert_eq!(answer.status, 0);
    assert_eq!(client.state(first).await.number("job-state"), 7);
    let again = client.ask(Operation::CancelJob, &[number(first)]).await;
    assert_eq!(again.status, 0x0404, "what is over cannot be canceled");
    assert_eq!(client.state(999).await.status, 0x0406);
    assert_eq!(
        jobs(&[("which-jobs", keyword("completed"))]).await.jobs(),
        1
    );
    let answer = jobs(&[("which-jobs", keyword("strange"))]).await;
    assert_eq!(answer.status, 0x040b);
    assert!(answer.get(UNSUPPORTED, "which-jobs").is_some());
    client
        .send(second, "image/pwg-raster", &pwg("Order 42"))
        .await
        .unwrap();
    let answer = client
        .send(second, "image/pwg-raster", &pwg("Order 42"))
        .await
        .unwrap();
    assert_eq!(answer.status, 0x0404, "the last document was the last");
    let third = client.create("third").await;
    let cancel_mine = client.ask(Operation::CancelMyJobs, &[anna]).await;
    assert_eq!(cancel_mine.status, 0);
    assert_eq!(
        client.state(third).await.number("job-state"),
        3,
        "it is not anna's"
    );
    let close = client.ask(Operation::CloseJob, &[number(third)]).await;
    assert_eq!(close.status, 0);
    client.until(third, 9).await;
    assert_eq!(printer.receipts("Office").unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_not_supported_comes_back_in_its_group_and_fidelity_refuses_it() {
    let (printer, client) = office().await;
    let wanted = [
        ("sides", keyword("two-sided-long-edge")),
        ("staples", IppValue::Integer(7)),
        ("copies", IppValue::Integer(2)),
    ];
    let answer = client
        .try_request(
            Operation::CreateJob,
            &[("strange", keyword("x"))],
            &wanted,
            b"",
        )
        .await
        .unwrap();
    assert_eq!(answer.status, 1, "ignored or substituted");
    assert_eq!(
        answer.get(UNSUPPORTED, "sides"),
        Some(&keyword("two-sided-long-edge"))
    );
    for name in ["staples", "strange"] {
        assert!(answer.get(UNSUPPORTED, name).is_some(), "{name}");
    }
    assert!(answer.get(UNSUPPORTED, "copies").is_none());
    let faithful = [("ipp-attribute-fidelity", IppValue::Boolean(true))];
    let answer = client
        .try_request(Operation::ValidateJob, &faithful, &wanted, b"")
        .await
        .unwrap();
    assert_eq!(answer.status, 0x040b);
    let bad = [("document-format", mime("application/postscript"))];
    assert_eq!(
        client.ask(Operation::ValidateJob, &bad).await.status,
        0x040a
    );
    let bad = [("compression", keyword("zip"))];
    assert_eq!(
        client.ask(Operation::ValidateJob, &bad).await.status,
        0x040f
    );
    let bad = [("document-format", keyword("image/pwg-raster"))];
    assert_eq!(
        client.ask(Operation::ValidateJob, &bad).await.status,
        0x0400
    );
    assert_eq!(client.ask(Operation::PurgeJobs, &[]).await.status, 0x0501);
    assert_eq!(printer.receipts("Office").unwrap().len(), 0);
}

#[tokio::test]
async fn a_document_that_cannot_be_printed_aborts_its_job_and_says_why() {
    let (printer, client) = office().await;
    let whole = pwg("Order 42");
    let cases: [(&[u8], u16); 4] = [
        (&whole[..whole.len() - 1], 0x0411),
        (b"%!PS", 0x0411),
        (b"", 0x0400),
        (b"RaS2", 0x0411),
    ];
    for (document, status) in cases {
        let job = client.create("broken").await;
        let answer = client
            .send(job, "image/pwg-raster", document)
            .await
            .unwrap();
        assert_eq!(answer.status, status);
        let over = client.state(job).await;
        assert_eq!(over.number("job-state"), 8);
        assert_eq!(over.number("job-impressions-completed"), 0);
    }
    let job = client.create("packed").await;
    let named = [
        number(job),
        ("compression", keyword("gzip")),
        ("last-document", IppValue::Boolean(true)),
    ];
    let answer = client
        .try_request(Operation::SendDocument, &named, &[], b"RaS2")
        .await
        .unwrap();
    assert_eq!(answer.status, 0x0410);
    assert!(printer.receipts("Office").unwrap().is_empty());
}

#[tokio::test]
async fn pdf_and_jpeg_are_drawn_by_the_printer() {
    let (printer, client) = office().await;
    let cases = [
        (
            tickets::pdf("^^^Order 42\n\n2 Margherita | 17.00"),
            Format::Pdf,
        ),
        (tickets::JPEG.to_vec(), Format::Jpeg),
    ];
    for (count, (file, format)) in (1..).zip(cases) {
        let job = client.create("Order 42").await;
        let answer = client.send(job, format.mime(), &file).await.unwrap();
        assert_eq!(answer.status, 0, "{answer:?}");
        client.until(job, 9).await;
        let receipts = printer.wait_for("Office", count, PATIENCE).await.unwrap();
        let receipt = receipts.last().unwrap();
        let picture = receipt.paper.picture(&Fonts::default()).unwrap();
        if let Some(folder) = std::env::var_os("KEEP_PICTURES") {
            let file = std::path::Path::new(&folder).join(format!("{count}.png"));
            std::fs::write(file, picture.to_png()).unwrap();
        }
        let black = |left: u32, right: u32| {
            let dots = (0..picture.height()).flat_map(|y| (left..right).map(move |x| (x, y)));
            let dots: Vec<bool> = dots.map(|(x, y)| picture.get(x, y)).collect();
            dots.iter().filter(|black| **black).count() as f64 / dots.len() as f64
        };
        if format == Format::Jpeg {
            assert_eq!((picture.width(), picture.height()), (576, 16));
            assert!(
                black(0, 16) > 0.95 && black(16, 32) < 0.05,
                "black left, white right"
            );
        } else {
            let sent = dots("^^^Order 42\n\n2 Margherita | 17.00");
            let ink = |dots: &templates::raster::Bitmap| {
                dots.bits()
                    .iter()
                    .map(|byte| byte.count_ones())
                    .sum::<u32>()
            };
            let (came, sent) = (f64::from(ink(&picture)), f64::from(ink(&sent)));
            assert!(
                (0.6..1.6).contains(&(came / sent)),
                "{came} dots for {sent}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_no_ipp_is_answered_and_breaks_nothing() {
    let (_printer, client) = office().await;
    assert_eq!(client.post(b"GET".to_vec()).await.unwrap().0, 400);
    let (status, body) = client
        .post(vec![2, 0, 0, 11, 0, 0, 0, 9, 1, 0x44, 0xff, 0xff])
        .await
        .unwrap();
    assert_eq!(
        (status, &body[..8]),
        (200, [2, 0, 4, 0, 0, 0, 0, 9].as_slice())
    );
    let mut old = client.request(Operation::GetPrinterAttributes, &[], &[]);
    old[0] = 3;
    let (_, body) = client.post(old).await.unwrap();
    assert_eq!(
        body[..4],
        [2, 0, 5, 3],
        "its own version, and that the other is not spoken"
    );
    let url = _printer
        .ipp_uri("Office")
        .unwrap()
        .unwrap()
        .replacen("ipp", "http", 1);
    let http = ipp_client::http_client().build().unwrap();
    let other = http.post(&url).body("x").send().await.unwrap();
    assert_eq!(other.status(), 415);
    let root = url.trim_end_matches("/ipp/print").to_owned();
    assert_eq!(http.get(&root).send().await.unwrap().status(), 200);
    let icon = http
        .get(format!("{root}/icon-48.png"))
        .send()
        .await
        .unwrap();
    assert!(icon.bytes().await.unwrap().starts_with(b"\x89PNG"));
    assert_eq!(
        http.get(format!("{root}/icon-9999.png"))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
}
