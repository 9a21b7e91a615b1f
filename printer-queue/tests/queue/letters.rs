//! Tickets with letters that no font has.

use std::collections::BTreeSet;

use api::JobState;
use templates::Fonts;

use crate::setup::*;

#[tokio::test]
async fn a_ticket_with_letters_that_no_font_has_prints_their_numbers_and_says_so() {
    let kitchen = kitchen().await;
    let counter = Counter::set_up(timings(), |options| {
        let fonts = concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts");
        options.supplies = Fonts::of_folder_alone(fonts.into()).into();
    })
    .await;
    let mut missing = counter.queue.missing_letters();
    let printer = settings_of(&kitchen);
    counter.queue.set_printers(vec![printer.clone()]).await;
    let plain = counter.submit_one(ticket(Some(printer.id), "Pizza")).await;
    counter.until_state(plain, JobState::Printed).await;
    assert!(missing.borrow_and_update().is_empty());
    let job = counter
        .submit_one(ticket(Some(printer.id), "Soup \u{13000}\u{13001}"))
        .await;
    counter.until_state(job, JobState::Printed).await;
    let papers = paper(&kitchen, 2).await;
    assert!(
        papers
            .iter()
            .any(|paper| paper.contains("Soup [U+13000 13001]")),
        "{papers:?}"
    );
    let told = missing.borrow_and_update().clone();
    assert_eq!(told, BTreeSet::from(['\u{13000}', '\u{13001}']));
}
