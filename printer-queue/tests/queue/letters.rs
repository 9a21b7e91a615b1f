//! Tickets of which a part does not come out as its template says.

use std::{collections::BTreeSet, time::Duration};

use api::{
    JobState,
    job::Doubt,
    paper_note::{MarkupPlace, MissingLetter},
};
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
    let plain = counter.until_state(plain, JobState::Printed).await;
    assert_eq!(plain.note, None);
    assert!(missing.borrow_and_update().is_empty());
    let job = counter
        .submit_one(ticket(Some(printer.id), "Soup \u{13000}\u{13001}"))
        .await;
    let printed = counter.until_state(job, JobState::Printed).await;
    let papers = paper(&kitchen, 2).await;
    assert!(
        papers
            .iter()
            .any(|paper| paper.contains("Soup [U+13000 13001]")),
        "{papers:?}"
    );
    let told = missing.borrow_and_update().clone();
    assert_eq!(told, BTreeSet::from(['\u{13000}', '\u{13001}']));
    let note = printed.note.expect("a note on the ticket");
    let second = MissingLetter {
        number: "U+13001".into(),
        place: Some(MarkupPlace { line: 1, column: 7 }),
    };
    assert_eq!(note.letters.len(), 2);
    assert_eq!(note.letters[1], second);
    assert_eq!(note.fonts, ["Noto Sans Egyptian Hieroglyphs"]);
    assert!(note.parts.is_empty() && note.more == 0, "{note:?}");
}

#[tokio::test]
async fn a_ticket_keeps_which_codes_and_pictures_its_newest_paper_lacks_and_why() {
    let kitchen = kitchen().await;
    let mut timings = timings();
    timings.device.confirm = Duration::from_millis(1_000);
    let counter = Counter::with(timings).await;
    let parts = counter.queue.missing_parts();
    faults(&kitchen, |f| f.no_confirmation = true).await;
    let mut printer = settings_of(&kitchen);
    printer.profile_id = "generic-58".into();
    counter.queue.set_printers(vec![printer.clone()]).await;
    let markup = "Order 42\n{code:ABCDEFGHIJKLMNOPQR;option:code128,2}\n{x-image:logo}";
    let job = counter.submit_one(ticket(Some(printer.id), markup)).await;
    let cause = Doubt::NoConfirmation;
    let asked = counter
        .until_state(job, JobState::Unconfirmed { cause })
        .await;
    let note = asked.note.expect("a note on the ticket");
    let [code, picture] = note.parts.as_slice() else {
        panic!("{note:?}");
    };
    assert_eq!(code.place, MarkupPlace { line: 2, column: 2 });
    assert!(code.detail.contains("Code 128"), "{}", code.detail);
    assert_eq!(picture.place, MarkupPlace { line: 3, column: 2 });
    assert!(picture.detail.contains("\"logo\""), "{}", picture.detail);
    // The paper of another width has room for the code.
    printer.profile_id = "generic-80".into();
    counter.queue.set_printers(vec![printer.clone()]).await;
    faults(&kitchen, |f| f.no_confirmation = false).await;
    counter.queue.print_again(job).await.expect("to print");
    let printed = counter.until_state(job, JobState::Printed).await;
    let left = printed.note.expect("a note on the ticket").parts;
    assert_eq!(left, note.parts[1..]);
    let told: Vec<String> = parts.borrow().iter().cloned().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter()
            .all(|part| part.starts_with("kitchen: not printed")),
        "{told:?}"
    );
    let reprint = counter.queue.reprint(job).await.expect("a reprint");
    let reprint = counter.until_state(reprint, JobState::Printed).await;
    assert_eq!(reprint.note.expect("a note of its own").parts, left);
    assert_eq!(parts.borrow().len(), 2, "what is known is told once");
}
