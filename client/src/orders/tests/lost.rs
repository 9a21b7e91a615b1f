//! A server that lost its newest entries.

use api::{JobState, TicketChanged, job::HeldCause};

use super::*;

impl World {
    fn lose(&self) {
        self.entries.lock().unwrap().pop();
    }

    async fn made(&self, order: OrderId) -> Vec<TicketChanged> {
        self.feed.queue.jobs_of(order).await.unwrap()
    }
}

fn them() -> CounterId {
    CounterId(Uuid::from_u128(7))
}

/// A counter beside the one that prints.
async fn beside() -> World {
    let world = World::fresh().await;
    let printer = world.feed.in_force.borrow().printers[0].id;
    world.owners.lock().unwrap().insert(printer, them());
    world.feed.catch_up().await.unwrap();
    world
}

fn are_held(tickets: &[TicketChanged]) -> bool {
    let cause = HeldCause::NoPrinter;
    let held = JobState::Held { cause };
    tickets.len() == 2 && tickets.iter().all(|ticket| ticket.state == held)
}

#[tokio::test]
async fn what_another_counter_was_to_make_of_a_lost_order_is_held_for_a_person() {
    let world = beside().await;
    let kept = world.add(order(1));
    let lost = world.add(order(2));
    world.feed.catch_up().await.unwrap();
    world.lose();
    world.feed.catch_up().await.unwrap();
    assert!(are_held(&world.made(lost).await));
    assert!(world.made(kept).await.is_empty());
}

#[tokio::test]
async fn a_revision_that_the_server_lost_is_held_where_another_counter_was_to_print_it() {
    let world = beside().await;
    let first = order(1);
    let id = world.add(first.clone());
    world.feed.catch_up().await.unwrap();
    let mut second = first;
    second["revision"] = json!(2);
    second["revised_at"] = json!("2001-01-02T03:06:00Z");
    second["lines"][0]["quantity"] = json!(2);
    world.add(second);
    world.feed.catch_up().await.unwrap();
    assert!(world.made(id).await.is_empty());
    world.lose();
    world.feed.catch_up().await.unwrap();
    let made = world.made(id).await;
    assert!(
        are_held(&made) && made.iter().all(|ticket| ticket.revision == 2),
        "{made:?}"
    );
}

#[tokio::test]
async fn an_order_that_was_lost_before_its_place_was_kept_is_missed_all_the_same() {
    let world = beside().await;
    let before = world.feed.store.place().await.unwrap().unwrap();
    let lost = world.add(order(1));
    world.feed.catch_up().await.unwrap();
    // As if the program had ended before the place was kept.
    world.feed.store.set_place(&before).await.unwrap();
    *world.feed.following.lock().await = super::super::feed::Following::default();
    world.lose();
    world.add(order(2));
    world.feed.catch_up().await.unwrap();
    assert!(are_held(&world.made(lost).await));
}

#[tokio::test]
async fn what_was_given_away_by_an_entry_that_is_lost_is_taken_back() {
    let world = World::new().await;
    let id = world.add(order(1));
    world.feed.catch_up().await.unwrap();
    let before = world.feed.store.place().await.unwrap().unwrap();
    let printer = world.feed.in_force.borrow().printers[0].id;
    world.entries.lock().unwrap().push(json!({
        "entry": "ownership", "seq": 2, "at": SERVER_TIME, "cause": "taken_over",
        "changes": [{"printer": printer, "from": world.feed.counter, "to": them()}],
    }));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.made(id).await[0].state, JobState::Cancelled);
    world.feed.store.set_place(&before).await.unwrap();
    *world.feed.following.lock().await = super::super::feed::Following::default();
    world.lose();
    world.feed.catch_up().await.unwrap();
    let tickets = world.made(id).await;
    let queued = |ticket: &&TicketChanged| ticket.state == JobState::Queued;
    assert_eq!(tickets.iter().filter(queued).count(), 2, "{tickets:?}");
}
