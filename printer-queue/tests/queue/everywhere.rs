//! Printing on ippeveprinter, a program that we did not write, in every state that it can play.

use std::time::Duration;

use api::{
    JobState, Outcome,
    job::{Doubt, NotPrinted, WaitCause},
    printer::{Address, Health, Learned},
};
use printers::{
    Sheet,
    discovery::{self, FoundBy, Interfaces, Search},
    driver::{
        Driver, Proof, Sending,
        ipp::{self, DocumentInfo, job_name},
    },
    print_ticket, probe,
};
use templates::{Pass, Profile};
use tokio::sync::{mpsc, watch};

use crate::{
    hall::Hall,
    pages::{counter, settings_at, supplies},
    setup::*,
};

const DONE: &str = "exit 0\n";
const WAIT: &str = "while [ ! -e go ]; do kill -0 $PPID || exit; sleep 0.05; done\n";

fn address(uri: &str) -> Address {
    uri.parse().expect("an address")
}

fn profile() -> Profile {
    Profile::named("generic-80").expect("a known one")
}

/// A ticket, made as the printer wants it.
async fn made(driver: &mut Driver) -> (Vec<u8>, DocumentInfo) {
    driver.check_status().await.expect("a printer");
    let wanted = driver.wanted(&profile()).expect("pages").expect("a way");
    let document = templates::parse("Two pizzas, no onions\n\n{code:42; option:qrcode}\n").document;
    ipp::make(&document, &profile(), &Pass::default(), &supplies(), wanted).expect("a document")
}

async fn print(address: &Address) -> Outcome {
    let parsed = templates::parse("Two pizzas\n");
    let sheet = Sheet {
        document: &parsed.document,
        profile: &profile(),
        pass: &Pass::default(),
        supplies: &supplies(),
    };
    print_ticket(address, sheet, &Learned::default(), &timings().device).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_comes_out_as_it_was_made_and_is_confirmed() {
    let Some(hall) = Hall::open() else { return };
    let printer = hall.printer(DONE);
    let mut driver = Driver::open(&address(&printer.uri()), &timings().device)
        .await
        .expect("a way");
    let (bytes, made) = made(&mut driver).await;
    assert!(
        bytes.starts_with(b"RaS2"),
        "PWG raster is what it lists first for us"
    );
    let name = job_name("0123456789abcdef0123456789abcdef", 1);
    let id = driver.announce(&name, &made).await.expect("a job");
    assert!(
        id.is_some(),
        "the job has its number before the document leaves"
    );
    let (told, _) = mpsc::unbounded_channel();
    let sending = Sending {
        bytes: &bytes,
        proof: Proof::End,
        limit: Duration::from_secs(15),
    };
    let outcome = driver.send(sending, &told).await;
    assert_eq!(outcome, Outcome::Confirmed);
    assert!(
        printer.received().await == bytes,
        "what came out is not what was sent"
    );
    // Asked again, it says the same; of another ticket it knows nothing.
    let again = driver.ask_about(&name, id, &told).await;
    assert_eq!(again, Some(Outcome::Confirmed));
    let other = job_name("ffffffffffffffffffffffffffffffff", 1);
    let doubt = Some(Outcome::Uncertain(Doubt::PrinterRestarted));
    assert_eq!(driver.ask_about(&other, id, &told).await, doubt);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aborted_ticket_may_have_printed_whatever_the_count_of_pages_says() {
    let Some(hall) = Hall::open() else { return };
    let printer = hall.printer("exit 1\n");
    let outcome = print(&address(&printer.uri())).await;
    assert_eq!(outcome, Outcome::Uncertain(Doubt::NoConfirmation));
    printer.plays("echo 'ATTR: job-impressions-completed=1' >&2\nsleep 0.5\nexit 1\n");
    let outcome = print(&address(&printer.uri())).await;
    assert_eq!(outcome, Outcome::Uncertain(Doubt::NoConfirmation));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_canceled_at_the_printer_may_have_printed() {
    let Some(hall) = Hall::open() else { return };
    let printer = hall.printer(WAIT);
    let uri = printer.uri();
    let target = ipp::request::Target {
        uri: uri.clone(),
        old: false,
    };
    let cancel = async {
        printer.received().await;
        let place = ipp::http::Endpoint {
            tls: false,
            host: "localhost".into(),
            port: printer.port,
            path: "/ipp/print".into(),
            socket: None,
        };
        let limit = Duration::from_secs(5);
        let http = ipp::http::Http::to(&place, ipp::trust::Trust::default(), limit)
            .await
            .expect("a way");
        let answer = http
            .ask(target.cancel_job(1), limit)
            .await
            .expect("an answer");
        assert!(answer.is_ok(), "{}", answer.said());
        printer.go();
    };
    let there = address(&uri);
    let (outcome, ()) = tokio::join!(print(&there), cancel);
    assert_eq!(outcome, Outcome::Uncertain(Doubt::NoConfirmation));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_runs_out_of_paper_in_the_middle_is_waited_for_and_prints_on() {
    let Some(hall) = Hall::open() else { return };
    let play = format!(
        "echo 'STATE: +media-empty' >&2\n{WAIT}echo 'STATE: -media-empty' >&2\nsleep 0.2\nexit 0\n"
    );
    let printer = hall.printer(&play);
    let counter = counter().await;
    let kitchen = settings_at(&printer.uri());
    counter.queue.set_printers(vec![kitchen.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(kitchen.id), "Two pizzas"))
        .await;
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
    printer.go();
    counter.until_state(job, JobState::Printed).await;
    counter.queue.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_printer_is_asked_again_later_and_nothing_is_spent() {
    let Some(hall) = Hall::open() else { return };
    let printer = hall.printer(WAIT);
    let there = address(&printer.uri());
    let counter = counter().await;
    let kitchen = settings_at(&printer.uri());
    let second = async {
        printer.received().await;
        counter.queue.set_printers(vec![kitchen.clone()]).await;
        let job = counter
            .submit_one(ticket(Some(kitchen.id), "Two pizzas"))
            .await;
        let waits = |state: &JobState| {
            matches!(
                state,
                JobState::Waiting {
                    cause: WaitCause::Offline,
                    bytes_left: false,
                    ..
                }
            )
        };
        counter.until(job, |ticket| waits(&ticket.state)).await;
        printer.plays(DONE);
        printer.go();
        let printed = counter.until_state(job, JobState::Printed).await;
        assert_eq!(
            printed.attempts, 0,
            "waiting for a busy printer costs nothing"
        );
    };
    let (first, ()) = tokio::join!(print(&there), second);
    assert_eq!(first, Outcome::Confirmed);
    counter.queue.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_says_what_is_wrong_gets_nothing() {
    let Some(hall) = Hall::open() else { return };
    for (word, health) in [
        ("cover-open", Health::CoverOpen),
        ("media-empty", Health::PaperOut),
        ("media-jam", Health::Fault),
        ("marker-supply-empty", Health::Offline),
    ] {
        let printer = hall.printer(&format!("echo 'STATE: +{word}' >&2\nexit 0\n"));
        let there = address(&printer.uri());
        assert_eq!(probe(&there, &timings().device).await.health, Health::Ready);
        // It says so from the end of this one on.
        assert_eq!(print(&there).await, Outcome::Confirmed);
        assert_eq!(
            probe(&there, &timings().device).await.health,
            health,
            "{word}"
        );
        let outcome = print(&there).await;
        let refused = Outcome::NotPrinted(NotPrinted::NotReady { health });
        assert_eq!(outcome, refused, "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_is_killed_in_the_middle_leaves_a_question_and_not_a_second_ticket() {
    let Some(hall) = Hall::open() else { return };
    let mut printer = hall.printer(WAIT);
    let counter = counter().await;
    let kitchen = settings_at(&printer.uri());
    counter.queue.set_printers(vec![kitchen.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(kitchen.id), "Two pizzas"))
        .await;
    counter.until_state(job, JobState::Printing).await;
    printer.received().await;
    printer.kill();
    printer.start_again();
    let asks = |state: &JobState| matches!(state, JobState::Unconfirmed { .. });
    let asked = counter.until(job, |ticket| asks(&ticket.state)).await;
    let cause = Doubt::PrinterRestarted;
    assert_eq!(asked.state, JobState::Unconfirmed { cause });
    // The next one gets the number that the lost one had, and is not taken for it.
    printer.plays(DONE);
    let next = counter
        .submit_one(ticket(Some(kitchen.id), "A salad"))
        .await;
    counter.until_state(next, JobState::Printed).await;
    assert_eq!(
        counter.job(job).await.state,
        JobState::Unconfirmed { cause }
    );
    counter.queue.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_of_ours_the_printer_is_asked_before_a_person() {
    let Some(hall) = Hall::open() else { return };
    let printer = hall.printer(WAIT);
    let counter = counter().await;
    let kitchen = settings_at(&printer.uri());
    counter.queue.set_printers(vec![kitchen.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(kitchen.id), "Two pizzas"))
        .await;
    counter.until_state(job, JobState::Printing).await;
    printer.received().await;
    let (counter, _) = counter.restart().await;
    assert_eq!(
        counter.job(job).await.state,
        JobState::Printing,
        "nobody is asked yet"
    );
    printer.go();
    counter.queue.set_printers(vec![kitchen.clone()]).await;
    counter.until_state(job, JobState::Printed).await;
    let states: Vec<JobState> = counter
        .queue
        .history_of(job)
        .await
        .expect("its history")
        .into_iter()
        .map(|row| row.state)
        .collect();
    assert!(
        !states
            .iter()
            .any(|state| matches!(state, JobState::Unconfirmed { .. })),
        "{states:?}"
    );
    counter.queue.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_shows_another_certificate_gets_nothing_until_a_person_trusts_it() {
    let Some(hall) = Hall::open() else { return };
    let mut printer = hall.printer(DONE);
    let counter = counter().await;
    let mut learned = counter.queue.learned();
    let kitchen = settings_at(&printer.secure_uri());
    counter.queue.set_printers(vec![kitchen.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(kitchen.id), "Two pizzas"))
        .await;
    counter.until_state(job, JobState::Printed).await;
    let (_, first) = learned.recv().await.expect("what it showed");
    assert_eq!(first.certificate.as_ref().map(String::len), Some(64));
    printer.kill();
    printer.lose_keys();
    printer.start_again();
    let next = counter
        .submit_one(ticket(Some(kitchen.id), "A salad"))
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
    assert_eq!(waiting.attempts, 0, "it waits without spending attempts");
    let status = counter
        .until_status(kitchen.id, |status| status.health == Health::Stranger)
        .await;
    let shown = status.certificate.expect("the certificate that it shows");
    assert_ne!(Some(&shown), first.certificate.as_ref());
    assert!(counter.queue.trust(kitchen.id, "another one").is_err());
    counter
        .queue
        .trust(kitchen.id, &shown)
        .expect("the one that was seen");
    counter.until_state(next, JobState::Printed).await;
    let (_, second) = learned.recv().await.expect("what is known now");
    assert_eq!(second.certificate, Some(shown));
    counter.queue.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_cups_confirms_what_its_printer_has_printed_and_only_sends_what_goes_to_a_raw_port()
 {
    let Some(hall) = Hall::open() else { return };
    let printer = hall.printer(DONE);
    let front = kitchen().await;
    let cups = hall.cups();
    let raw = front.address("Kitchen").expect("its address");
    cups.add("raw", &format!("socket://{raw}/?contimeout=3"), "raw");
    cups.add("eve", &printer.uri(), "everywhere");
    let queues = ipp::cups::queues(Some(&cups.server()), Duration::from_secs(5))
        .await
        .expect("queues");
    let names: Vec<&str> = queues.iter().map(|queue| queue.name.as_str()).collect();
    assert_eq!(names, ["eve", "raw"]);
    let search = Search {
        interfaces: Interfaces::None,
        cups: Some(cups.server()),
        ..Search::default()
    };
    let (tell, shown) = watch::channel(Vec::new());
    discovery::discover(&search, &tell).await;
    let mut found = shown.borrow().clone();
    found.retain(|found| found.by == FoundBy::Queue);
    let ways: Vec<_> = found
        .iter()
        .map(|found| (found.address.to_string(), found.others.clone()))
        .collect();
    assert_eq!(
        ways,
        [
            ("spooler://eve".to_owned(), vec![address(&printer.uri())]),
            (
                "spooler://raw".to_owned(),
                vec![address(&format!("tcp://{raw}"))]
            ),
        ]
    );
    assert_eq!(print(&address(&cups.uri("raw"))).await, Outcome::Sent);
    assert!(paper(&front, 1).await[0].contains("Two pizzas"));
    assert_eq!(print(&address(&cups.uri("eve"))).await, Outcome::Confirmed);
    assert!(!printer.received().await.is_empty());
    let nobody = print(&address(&cups.uri("nobody"))).await;
    assert!(
        matches!(nobody, Outcome::NotPrinted(NotPrinted::Refused { .. })),
        "{nobody:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_this_pc_is_found_by_its_name_at_the_port_and_the_socket_that_cups_server_says()
{
    let Some(hall) = Hall::open() else { return };
    let printer = hall.printer(DONE);
    let front = kitchen().await;
    let cups = hall.cups();
    let raw = front.address("Kitchen").expect("its address");
    cups.add("raw", &format!("socket://{raw}/?contimeout=3"), "raw");
    cups.add("eve", &printer.uri(), "everywhere");
    for (count, server) in [(1, cups.server()), (2, cups.socket())] {
        // A variable of a whole program: one of its own has it.
        let program = std::env::current_exe().expect("this program");
        let ended = std::process::Command::new(program)
            .env("CUPS_SERVER", &server)
            .args([
                "--exact",
                "everywhere::prints_through_the_spooler",
                "--ignored",
            ])
            .output()
            .expect("the same again");
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(
            ended.status.success() && said.contains("1 passed"),
            "{server}: {said}"
        );
        let papers = paper(&front, count).await;
        let last = papers.last().expect("a paper");
        assert!(last.contains("Two pizzas"), "{server}: {papers:?}");
    }
    assert!(!printer.received().await.is_empty());
}

/// At the server that `CUPS_SERVER` names: a queue with a printer that describes itself, a raw one, and one that there is
/// not.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test above starts it, with CUPS_SERVER"]
async fn prints_through_the_spooler() {
    let counter = counter().await;
    for (queue, end) in [("eve", JobState::Printed), ("raw", JobState::Sent)] {
        let printer = settings_at(&format!("spooler://{queue}"));
        counter.queue.set_printers(vec![printer.clone()]).await;
        let job = counter
            .submit_one(ticket(Some(printer.id), "Two pizzas"))
            .await;
        counter.until_state(job, end).await;
    }
    counter.queue.shutdown().await;
    let nobody = print(&address("spooler://nobody")).await;
    let Outcome::NotPrinted(NotPrinted::Refused { detail }) = &nobody else {
        panic!("{nobody:?}");
    };
    assert!(
        detail.contains("no printer or queue of this name"),
        "{detail}"
    );
}
