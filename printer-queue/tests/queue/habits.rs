//! Printers with habits of their own, by IPP: names of jobs that they cut or replace, and paper of one unusual size.

use api::{
    JobState, Outcome,
    job::{Doubt, WaitCause},
};
use printers::{
    RemoteJob,
    driver::{Driver, Proof, Sending, ipp},
};
use templates::{Pass, Profile};
use virtual_printer::Faults;

use crate::{
    pages::{bar, counter, papers_of, settings_at, supplies, turn, uri},
    setup::*,
};

#[tokio::test]
async fn a_printer_that_cuts_or_replaces_the_names_of_jobs_confirms_each_ticket_once() {
    type Habit = fn(&mut Faults);
    let habits: [(&str, Habit); 5] = [
        ("cut to 30", |faults| faults.cut_job_names = Some(30)),
        ("cut to 20", |faults| faults.cut_job_names = Some(20)),
        ("cut to 8", |faults| faults.cut_job_names = Some(8)),
        ("none", |faults| faults.cut_job_names = Some(0)),
        ("its own", |faults| faults.own_job_names = true),
    ];
    let bar = bar().await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let mut before = 0;
    for (name, habit) in habits {
        for in_one in [false, true] {
            turn(&bar, move |faults| {
                *faults = Faults {
                    print_job_only: in_one,
                    ..Faults::default()
                };
                habit(faults);
            })
            .await;
            let job = counter
                .submit_one(ticket(Some(printer.id), "Two pizzas"))
                .await;
            let over = |state: &JobState| {
                matches!(state, JobState::Printed | JobState::Unconfirmed { .. })
            };
            let ended = counter.until(job, |ticket| over(&ticket.state)).await;
            assert_eq!(
                (ended.state, ended.attempts),
                (JobState::Printed, 0),
                "{name}, in one: {in_one}"
            );
            before += 1;
            assert_eq!(papers_of(&bar), before, "{name}, in one: {in_one}");
        }
    }
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn a_printer_that_lost_its_power_is_found_out_although_it_names_jobs_itself() {
    let bar = bar().await;
    let mut driver = Driver::open(&uri(&bar).parse().expect("an address"), &timings().device)
        .await
        .expect("a way");
    turn(&bar, |faults| faults.own_job_names = true).await;
    let names = [1, 2].map(|number| ipp::job_name("0123456789abcdef0123456789abcdef", number));
    let mut made = Vec::new();
    for name in &names {
        made.push(print(&mut driver, name).await);
        bar.cut_power("Bar").await.expect("its plug");
    }
    // The plug was pulled once more: whatever is made now gets the number that both had.
    made.push(print(&mut driver, &names[1]).await);
    let [lost, _, here] = made.as_slice() else {
        panic!("{made:?}");
    };
    assert_eq!(lost.map(|job| job.id), here.map(|job| job.id));
    let (told, _) = tokio::sync::mpsc::unbounded_channel();
    let doubt = Some(Outcome::Uncertain(Doubt::PrinterRestarted));
    assert_eq!(driver.ask_about(&names[0], *lost, &told).await, doubt);
    let printed = Some(Outcome::Confirmed);
    assert_eq!(driver.ask_about(&names[1], *here, &told).await, printed);
}

/// A ticket on a connection of ours, confirmed; the job that it had at the printer.
async fn print(driver: &mut Driver, name: &str) -> Option<RemoteJob> {
    driver.check_status().await.expect("a printer");
    let profile = Profile::named("generic-80").expect("a known one");
    let wanted = driver.wanted(&profile).expect("pages").expect("a way");
    let document = templates::parse("Two pizzas\n").document;
    let made = ipp::make(&document, &profile, &Pass::default(), &supplies(), wanted);
    let (bytes, made) = made.expect("a document");
    let job = driver.announce(name, &made).await.expect("a job");
    let (told, _) = tokio::sync::mpsc::unbounded_channel();
    let sending = Sending {
        bytes: &bytes,
        proof: Proof::End,
        limit: std::time::Duration::from_secs(15),
    };
    assert_eq!(driver.send(sending, &told).await, Outcome::Confirmed);
    job
}

#[tokio::test]
async fn after_a_crash_of_ours_a_printer_that_names_jobs_itself_is_asked_before_a_person() {
    let bar = bar().await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    turn(&bar, |faults| {
        faults.own_job_names = true;
        faults.paper_out_after_lines = Some(1);
    })
    .await;
    let text = "A salad\nwith everything\nthat there is\nand more\n";
    let job = counter.submit_one(ticket(Some(printer.id), text)).await;
    let waits = |state: &JobState| matches!(state, JobState::Waiting { cause: WaitCause::PaperOut, bytes_left, .. } if *bytes_left);
    counter.until(job, |ticket| waits(&ticket.state)).await;
    let (counter, _) = counter.restart().await;
    turn(&bar, |faults| faults.paper_out = false).await;
    counter.queue.set_printers(vec![printer.clone()]).await;
    let over = |state: &JobState| matches!(state, JobState::Printed | JobState::Unconfirmed { .. });
    let ended = counter.until(job, |ticket| over(&ticket.state)).await;
    assert_eq!(ended.state, JobState::Printed);
    bar.settled().await;
    assert_eq!(papers_of(&bar), 1);
    counter.queue.shutdown().await;
}

#[tokio::test]
async fn a_printer_that_lists_one_unusual_size_is_asked_for_no_other() {
    let bar = bar().await;
    turn(&bar, |faults| faults.odd_paper = true).await;
    let counter = counter().await;
    let printer = settings_at(&uri(&bar));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Two pizzas"))
        .await;
    let over = |state: &JobState| matches!(state, JobState::Printed | JobState::Failed { .. });
    let ended = counter.until(job, |ticket| over(&ticket.state)).await;
    assert_eq!(ended.state, JobState::Printed);
    assert_eq!(papers_of(&bar), 1);
    counter.queue.shutdown().await;
}
