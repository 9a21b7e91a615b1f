//! Tickets as pages, by IPP, to the virtual printer.

use api::{
    JobState, Printer,
    job::{Doubt, WaitCause},
    printer::{Health, Learned},
};
use printers::driver::{Driver, ipp};
use templates::{Fonts, Pass, Profile, Supplies};
use virtual_printer::{Faults, Format, Receipt, VirtualPrinter};

use crate::setup::*;

/// With the letters that pages are drawn with.
pub fn supplies() -> Supplies {
    let folder = std::env::var_os("PANBOT_FONTS").map(Into::into);
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts").into();
    Supplies::from(Fonts::in_folder(folder.or(Some(beside))))
}

/// A counter that has them.
pub async fn counter() -> Counter {
    Counter::set_up(timings(), |options| options.supplies = supplies()).await
}

/// A printer of which nothing is known yet.
pub fn settings_at(uri: &str) -> Printer {
    Printer {
        address: Some(uri.parse().expect("an address")),
        learned: Learned::default(),
        ..printer_at("127.0.0.1:9")
    }
}

/// With one printer, on paper of 80 mm.
pub async fn bar() -> VirtualPrinter {
    bar_with(576).await
}

/// With paper of so many dots.
async fn bar_with(dots: u32) -> VirtualPrinter {
    let options = virtual_printer::Options {
        ipp: vec![(
            "Bar".into(),
            "127.0.0.1:0".parse().expect("an address"),
            dots,
        )],
        ..virtual_printer::Options::default()
    };
    VirtualPrinter::start(options).await.expect("a printer")
}

/// Where it is.
pub fn uri(bar: &VirtualPrinter) -> String {
    bar.ipp_uri("Bar").expect("its name").expect("its address")
}

/// How many papers came out.
pub fn papers_of(bar: &VirtualPrinter) -> usize {
    bar.receipts("Bar").expect("its papers").len()
}

/// Turns its switches.
pub async fn turn(bar: &VirtualPrinter, change: impl FnOnce(&mut Faults) + Send + 'static) {
    bar.change_faults("Bar", change)
        .await
        .expect("its switches");
}

#[tokio::test]
async fn tickets_come_out_once_each_and_the_printer_is_known_afterwards() {
    let bar = bar().await;
    let counter = counter().await;
    let mut learned = counter.queue.learned();
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    for text in ["Two pizzas", "A salad"] {
        let job = counter.submit_one(ticket(Some(printer.id), text)).await;
        counter.until_state(job, JobState::Printed).await;
    }
    assert_eq!(papers_of(&bar), 2);
    let mut test = ticket(Some(printer.id), "Test page");
    test.ticket = api::TicketName::whole(api::TicketKind::Test);
    let job = counter.submit_one(test).await;
    counter.until_state(job, JobState::Printed).await;
    let (_, taught) = learned.recv().await.expect("what it taught");
    assert_eq!((taught.status, taught.confirm), (Some(true), Some(true)));
    assert!(taught.model.is_some());
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn a_printer_without_paper_is_waited_for_before_and_in_the_middle_of_a_ticket() {
    let bar = bar().await;
    turn(&bar, |faults| faults.paper_out = true).await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Two pizzas"))
        .await;
    let waits = |left: bool| move |state: &JobState| matches!(state, JobState::Waiting { cause: WaitCause::PaperOut, bytes_left, .. } if *bytes_left == left);
    counter
        .until(job, |ticket| waits(false)(&ticket.state))
        .await;
    turn(&bar, |faults| faults.paper_out = false).await;
    counter.until_state(job, JobState::Printed).await;
    turn(&bar, |faults| faults.paper_out_after_lines = Some(1)).await;
    let text = "A salad\nwith everything\nthat there is\nand more\n";
    let job = counter.submit_one(ticket(Some(printer.id), text)).await;
    counter
        .until(job, |ticket| waits(true)(&ticket.state))
        .await;
    turn(&bar, |faults| faults.paper_out = false).await;
    counter.until_state(job, JobState::Printed).await;
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn an_answer_that_gets_lost_is_looked_up_and_nothing_is_printed_twice() {
    let bar = bar().await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    turn(&bar, |faults| faults.lose_create_answer = true).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Two pizzas"))
        .await;
    counter.until_state(job, JobState::Printed).await;
    turn(&bar, |faults| faults.lose_document_answer = true).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "A salad"))
        .await;
    counter.until_state(job, JobState::Printed).await;
    bar.settled().await;
    assert_eq!(papers_of(&bar), 2);
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn power_that_fails_in_the_middle_leaves_a_question() {
    let bar = bar().await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    turn(&bar, |faults| faults.ms_per_page = Some(20_000)).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Two pizzas"))
        .await;
    counter.until_state(job, JobState::Printing).await;
    while bar.state("Bar").expect("its state").held_bytes == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    bar.cut_power("Bar").await.expect("its plug");
    let asks = |state: &JobState| matches!(state, JobState::Unconfirmed { .. });
    let asked = counter.until(job, |ticket| asks(&ticket.state)).await;
    let cause = Doubt::PrinterRestarted;
    assert_eq!(asked.state, JobState::Unconfirmed { cause });
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn another_certificate_is_a_question_and_no_ticket_leaves_before_its_answer() {
    let bar = bar().await;
    let counter = counter().await;
    let mut learned = counter.queue.learned();
    let printer = settings_at(&uri(&bar).replace("ipp://", "ipps://"));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Two pizzas"))
        .await;
    counter.until_state(job, JobState::Printed).await;
    let (_, first) = learned.recv().await.expect("what it showed");
    bar.change_certificate("Bar").expect("its name");
    let next = counter
        .submit_one(ticket(Some(printer.id), "A salad"))
        .await;
    let waits = |state: &JobState| {
        matches!(
            state,
            JobState::Waiting {
                cause: WaitCause::Stranger,
                bytes_left: false,
                ..
            }
        )
    };
    let waiting = counter.until(next, |ticket| waits(&ticket.state)).await;
    assert_eq!((waiting.attempts, papers_of(&bar)), (0, 1));
    let status = counter
        .until_status(printer.id, |status| status.health == Health::Stranger)
        .await;
    let shown = status.certificate.expect("the certificate that it shows");
    assert_ne!(Some(&shown), first.certificate.as_ref());
    assert!(counter.queue.trust(printer.id, "another").is_err());
    counter
        .queue
        .trust(printer.id, &shown)
        .expect("the one that was seen");
    counter.until_state(next, JobState::Printed).await;
    let (_, second) = learned.recv().await.expect("what is known now");
    assert_eq!(second.certificate, Some(shown));
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn a_printer_that_knows_jpeg_alone_prints_the_same_dots() {
    let bar = bar().await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    for only in [false, true] {
        turn(&bar, move |faults| faults.jpeg_only = only).await;
        let text = "^^^Two pizzas\n|no onions | 19.80|\n{code:A-1042;option:code128,2,60,hri}\n";
        let job = counter.submit_one(ticket(Some(printer.id), text)).await;
        counter.until_state(job, JobState::Printed).await;
    }
    let papers = bar.receipts("Bar").expect("its papers");
    let [raster, jpeg] = papers.as_slice() else {
        panic!("{} papers", papers.len());
    };
    assert_eq!((raster.format, jpeg.format), (Format::Pwg, Format::Jpeg));
    let dots = |receipt: &Receipt| receipt.paper.picture(&Fonts::none()).expect("dots alone");
    let (raster, jpeg) = (dots(raster), dots(jpeg));
    assert_eq!(
        (raster.width(), raster.height()),
        (jpeg.width(), jpeg.height())
    );
    let other = (0..raster.height())
        .flat_map(|y| (0..raster.width()).map(move |x| (x, y)))
        .filter(|(x, y)| raster.get(*x, *y) != jpeg.get(*x, *y))
        .count();
    assert_eq!(other, 0, "dots that the printer made of greys");
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn a_printer_that_takes_job_and_document_in_one_is_asked_by_name_when_its_answer_gets_lost() {
    let bar = bar().await;
    turn(&bar, |faults| faults.print_job_only = true).await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    for lost in [false, true] {
        turn(&bar, move |faults| faults.lose_create_answer = lost).await;
        let job = counter
            .submit_one(ticket(Some(printer.id), "Two pizzas"))
            .await;
        let printed = counter.until_state(job, JobState::Printed).await;
        assert_eq!(printed.attempts, 0, "an answer was lost: {lost}");
    }
    bar.settled().await;
    assert_eq!(papers_of(&bar), 2);
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn a_document_that_broke_off_is_sent_again_once_the_printer_says_that_it_gave_the_job_up() {
    let bar = bar().await;
    turn(&bar, |faults| {
        faults.print_job_only = true;
        // Enough for the questions before it, too little for a ticket of this length.
        faults.reset_once_after_bytes = Some(3_000);
    })
    .await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let long: String = (0..120)
        .map(|row| format!("|row {row} | 1.00|\n"))
        .collect();
    let job = counter.submit_one(ticket(Some(printer.id), &long)).await;
    let printed = counter.until_state(job, JobState::Printed).await;
    assert_eq!(printed.attempts, 1, "the one that broke off");
    bar.settled().await;
    assert_eq!(papers_of(&bar), 1);
    let asked = counter.queue.history_of(job).await.expect("its history");
    let doubts = asked
        .iter()
        .filter(|row| matches!(row.state, JobState::Unconfirmed { .. }));
    assert_eq!(doubts.count(), 0, "nobody is asked what the printer knows");
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn a_job_that_the_printer_does_not_know_when_its_answer_was_lost_is_a_question() {
    let bar = bar().await;
    turn(&bar, |faults| {
        faults.print_job_only = true;
        faults.paper_out_after_lines = Some(1);
        faults.lose_create_answer = true;
    })
    .await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let text = "A salad\nwith everything\nthat there is\nand more\n";
    let job = counter.submit_one(ticket(Some(printer.id), text)).await;
    let waits = |state: &JobState| {
        matches!(
            state,
            JobState::Waiting {
                cause: WaitCause::PaperOut,
                bytes_left: true,
                ..
            }
        )
    };
    counter.until(job, |ticket| waits(&ticket.state)).await;
    bar.cut_power("Bar").await.expect("its plug");
    let asks = |state: &JobState| matches!(state, JobState::Unconfirmed { .. });
    let asked = counter.until(job, |ticket| asks(&ticket.state)).await;
    let cause = Doubt::PrinterRestarted;
    assert_eq!(asked.state, JobState::Unconfirmed { cause });
    counter.queue.shutdown().await;
}

/// The first and last column and row with ink on it.
fn ink(receipt: &Receipt) -> [u32; 4] {
    let dots = receipt.paper.picture(&Fonts::none()).expect("dots alone");
    let black = (0..dots.height())
        .flat_map(|y| (0..dots.width()).map(move |x| (x, y)))
        .filter(|(x, y)| dots.get(*x, *y));
    black.fold(
        [u32::MAX, 0, u32::MAX, 0],
        |[left, right, top, bottom], (x, y)| [left.min(x), right.max(x), top.min(y), bottom.max(y)],
    )
}

#[tokio::test]
async fn an_office_printer_prints_each_ticket_at_the_top_left_of_its_own_sheets() {
    // A4 without the edges, at 203 an inch.
    let bar = bar_with(1614).await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let long: String = (0..80).map(|row| format!("|row {row} | 1.00|\n")).collect();
    let mut before = 0;
    for (pdf, jpeg) in [(false, false), (true, false), (false, true)] {
        turn(&bar, move |faults| {
            faults.pdf_only = pdf;
            faults.jpeg_only = jpeg;
        })
        .await;
        for text in ["|Two pizzas | 19.80|\n", &long] {
            let job = counter.submit_one(ticket(Some(printer.id), text)).await;
            counter.until_state(job, JobState::Printed).await;
        }
        bar.settled().await;
        let papers = bar.receipts("Bar").expect("its papers").split_off(before);
        before += papers.len();
        let how = papers[0].format;
        // Sheets are not cut, so that those of a document can come out as one paper.
        let sheets: Vec<u32> = papers
            .iter()
            .map(|paper| (paper.paper.height() + 100) / 2374)
            .collect();
        // The long one goes on on a second sheet, or is one longer picture.
        let least = if jpeg { 2 } else { 3 };
        assert!(sheets.iter().sum::<u32>() >= least, "{how:?} {sheets:?}");
        for (paper, sheets) in papers.iter().zip(sheets) {
            let [left, right, top, bottom] = ink(paper);
            let (across, along) = (paper.paper.dots(), paper.paper.height());
            let whole = jpeg || along.abs_diff(sheets * 2374) < 100;
            assert!(across == 1614 && whole, "{how:?} {across} x {along}");
            let there = left < 40 && right < 600 && top < 80 && bottom + 30 < along;
            assert!(there, "{how:?}: {left} to {right}, {top} to {bottom}");
        }
    }
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn a_roll_is_told_how_long_a_pdf_is() {
    let bar = bar().await;
    turn(&bar, |faults| faults.pdf_only = true).await;
    let address = uri(&bar).parse().expect("an address");
    let mut driver = Driver::open(&address, &timings().device)
        .await
        .expect("a way");
    driver.check_status().await.expect("a printer");
    let profile = Profile::named("generic-80").expect("a known one");
    let wanted = driver.wanted(&profile).expect("pages").expect("a way");
    let document = templates::parse(&"row\n".repeat(40)).document;
    let (bytes, made) =
        ipp::make(&document, &profile, &Pass::default(), &supplies(), wanted).expect("a document");
    assert!(bytes.starts_with(b"%PDF-"));
    // 40 lines of 33 dots, and no edges.
    assert!((16_500..=16_600).contains(&made.length), "{}", made.length);
    driver
        .announce("PanBot 0123456789abcdef", &made)
        .await
        .expect("a job");
}
