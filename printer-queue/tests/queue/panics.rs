//! The program itself fails over a ticket.

use api::{
    JobState, Printer,
    job::{Doubt, FailCause},
};
use printer_queue::Stage;
use virtual_printer::VirtualPrinter;

use crate::setup::*;

fn explode(stage: Stage, markup: &str) {
    assert!(
        !markup.contains(&format!("Explodes {stage:?}")),
        "as the test wants it"
    );
}

async fn explosive() -> Counter {
    Counter::set_up(timings(), |options| options.at_stage = Some(explode)).await
}

#[tokio::test]
async fn a_ticket_over_which_the_program_fails_is_shown_and_the_next_one_goes_on() {
    let (kitchen, counter) = (kitchen().await, explosive().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    for (stage, may_have_printed) in [
        (Stage::Turn, false),
        (Stage::Encoding, false),
        (Stage::Reached, false),
        (Stage::Begun, true),
    ] {
        let text = format!("Explodes {stage:?}");
        let job = counter.submit_one(ticket(Some(printer.id), &text)).await;
        let next = counter.submit_one(ticket(Some(printer.id), "Next")).await;
        counter.until_state(next, JobState::Printed).await;
        let state = counter.job(job).await.state;
        if may_have_printed {
            let cause = Doubt::ProgramEnded;
            assert_eq!(state, JobState::Unconfirmed { cause }, "{stage:?}");
        } else {
            assert!(
                matches!(&state, JobState::Failed { cause: FailCause::Crashed, detail }
                    if detail.contains("as the test wants it")),
                "{stage:?} {state:?}"
            );
        }
    }
    let sent = counter
        .submit_one(ticket(Some(printer.id), "Explodes Sent"))
        .await;
    let next = counter.submit_one(ticket(Some(printer.id), "Next")).await;
    counter.until_state(next, JobState::Printed).await;
    assert_eq!(counter.job(sent).await.state, JobState::Printed);
    assert_eq!(papers(&kitchen).len(), 6);
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn a_ticket_over_whose_making_the_program_fails_says_so_at_a_printer_of_pages_and_at_one_that_is_off()
 {
    let options = virtual_printer::Options::default().with_ipp("Bar");
    let bar = VirtualPrinter::start(options).await.expect("a printer");
    let pages = bar.ipp_uri("Bar").expect("its name").expect("its address");
    let off = format!("tcp://{}", nobody().await);
    for address in [pages, off] {
        let counter = explosive().await;
        let printer = Printer {
            address: Some(address.parse().expect("an address")),
            ..printer_at("127.0.0.1:9")
        };
        counter.queue.set_printers(vec![printer.clone()]).await;
        let job = counter
            .submit_one(ticket(Some(printer.id), "Explodes Encoding"))
            .await;
        let failed = counter.until(job, |t| t.state.is_over()).await.state;
        assert!(
            matches!(&failed, JobState::Failed { cause: FailCause::Crashed, detail }
                if detail.contains("as the test wants it")),
            "{address}: {failed:?}"
        );
        counter.queue.shutdown().await;
    }
    assert_eq!(bar.receipts("Bar").expect("its papers").len(), 0);
}

#[tokio::test]
async fn a_worker_that_panics_is_started_again_and_prints_what_waits() {
    let (kitchen, counter) = (kitchen().await, explosive().await);
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Explodes Found"))
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    counter.queue.cancel(job).await.expect("a cancellation");
    let next = counter.submit_one(ticket(Some(printer.id), "Next")).await;
    counter.until_state(next, JobState::Printed).await;
    counter.queue.shutdown().await;
    assert_eq!(papers(&kitchen).len(), 1);
}
