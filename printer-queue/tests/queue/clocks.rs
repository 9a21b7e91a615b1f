//! A clock on the wall that somebody turns.

use api::{JobState, job::WaitCause};

use crate::setup::*;

const HOURS: [i64; 4] = [5 * 3_600, -10 * 3_600, 400 * 86_400, -800 * 86_400];

#[tokio::test]
async fn a_clock_that_jumps_neither_loses_nor_doubles_nor_stalls_a_ticket() {
    let (kitchen, wall) = (kitchen().await, Wall::default());
    let clock = wall.clock();
    let counter = Counter::set_up(timings(), |options| {
        options.clock = clock;
        options.history.every = std::time::Duration::from_millis(5);
    })
    .await;
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let mut papers = 0;
    for (round, hours) in HOURS.into_iter().enumerate() {
        // While it waits for its next try.
        faults(&kitchen, |f| f.reset_after_bytes = Some(0)).await;
        let text = format!("Order {round}.");
        let job = counter.submit_one(ticket(Some(printer.id), &text)).await;
        counter
            .until(job, |t| {
                matches!(
                    t.state,
                    JobState::Waiting {
                        cause: WaitCause::Retry,
                        ..
                    } | JobState::Failed { .. }
                )
            })
            .await;
        wall.turn(hours);
        faults(&kitchen, |f| f.reset_after_bytes = None).await;
        if matches!(counter.job(job).await.state, JobState::Failed { .. }) {
            counter.queue.print_again(job).await.expect("another try");
        }
        let printed = |state: &JobState| matches!(state, JobState::Printed);
        // It may have failed just now, with the same three tries as ever.
        let done = counter
            .until(job, |t| {
                printed(&t.state) || matches!(t.state, JobState::Failed { .. })
            })
            .await;
        if !printed(&done.state) {
            counter.queue.print_again(job).await.expect("another try");
            counter.until_state(job, JobState::Printed).await;
        }
        // While it waits for paper, and while it is being printed.
        faults(&kitchen, |f| f.paper_out_after_lines = Some(0)).await;
        let stuck = counter
            .submit_one(ticket(Some(printer.id), &format!("Stuck {round}.")))
            .await;
        counter
            .until(stuck, |t| matches!(t.state, JobState::Waiting { .. }))
            .await;
        wall.turn(-hours / 2);
        faults(&kitchen, |f| f.paper_out = false).await;
        counter.until_state(stuck, JobState::Printed).await;
        papers += 2;
        assert_eq!(crate::setup::papers(&kitchen).len(), papers);
    }
    for paper in crate::setup::papers(&kitchen) {
        assert!(!paper.text.contains("REPRINT"), "{}", paper.text);
    }
    // Old history may be forgotten; an open ticket never is.
    let open = counter.submit_one(ticket(None, "open")).await;
    wall.turn(4_000 * 86_400);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(matches!(
        counter.job(open).await.state,
        JobState::Held { .. }
    ));
}
