//! Printers that change hands in the feed.

use api::{JobState, TicketChanged};
use jiff::Timestamp;

use super::*;

/// Another counter.
fn them() -> CounterId {
    CounterId(Uuid::from_u128(7))
}

impl World {
    fn printer(&self) -> PrinterId {
        self.feed.in_force.borrow().printers[0].id
    }

    /// A world in which another counter prints.
    async fn of_them() -> World {
        let world = World::fresh().await;
        let printer = world.printer();
        world.owners.lock().unwrap().insert(printer, them());
        world.feed.catch_up().await.unwrap();
        world
    }

    /// The printer goes to a counter, in the feed.
    fn hand(&self, from: CounterId, to: CounterId) {
        let mut entries = self.entries.lock().unwrap();
        let seq = entries.len() + 1;
        entries.push(json!({
            "entry": "ownership", "seq": seq, "at": SERVER_TIME, "cause": "taken_over",
            "changes": [{"printer": self.printer(), "from": from, "to": to}],
        }));
    }

    async fn jobs(&self, order: OrderId) -> Vec<TicketChanged> {
        self.feed.queue.jobs_of(order).await.unwrap()
    }

    fn report(&self, order: OrderId, ticket: &str, state: &Value, released: bool) {
        let mut reported = self.reported.lock().unwrap();
        reported.get_or_insert_default().push(json!({
            "counter": them(), "n": 1, "job": Uuid::now_v7(), "order": order, "revision": 1,
            "ticket": ticket, "destination": self.printer(), "copy": 0, "printer": self.printer(),
            "state": state, "marked": false, "released": released, "at": "2001-01-02T03:05:05Z",
        }));
    }

    /// The same just now, with something else in it.
    fn report_with(&self, order: OrderId, ticket: &str, state: &str, other: Value) {
        self.report(order, ticket, &json!({"state": state}), false);
        let mut reported = self.reported.lock().unwrap();
        let last = reported.as_mut().and_then(|reported| reported.last_mut());
        let last = last.unwrap().as_object_mut().unwrap();
        last.insert("at".into(), json!(Timestamp::now()));
        last.append(&mut other.as_object().unwrap().clone());
    }

    async fn elsewhere(&self) -> usize {
        let rows = self.feed.queue.elsewhere(Timestamp::UNIX_EPOCH).await;
        rows.unwrap().len()
    }
}

#[tokio::test]
async fn an_order_belongs_to_the_counter_that_owns_the_printers_at_its_place() {
    let world = World::new().await;
    let us = world.feed.counter;
    let ours = world.add(order(1));
    world.hand(us, them());
    let theirs = world.add(order(2));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(ours).await, ["receipt", "kitchen"]);
    assert!(world.tickets(theirs).await.is_empty());
    let place = world.feed.store.place().await.unwrap().unwrap();
    assert_eq!(place.owners.get(&world.printer()), Some(&them()));
    assert_eq!(
        world.jobs(ours).await[0].state,
        JobState::Cancelled,
        "not begun when the printer went"
    );
}

#[tokio::test]
async fn what_the_settings_say_of_an_owner_routes_no_order() {
    let world = World::of_them().await;
    let id = world.add(order(1));
    world.feed.catch_up().await.unwrap();
    assert!(world.tickets(id).await.is_empty());
    assert_eq!(world.elsewhere().await, 2);
}

#[tokio::test]
async fn a_printer_that_comes_brings_what_was_not_reported_as_printed() {
    let world = World::of_them().await;
    let lost = world.add(order(1));
    let half = world.add(order(2));
    let asked = world.add(order(3));
    world.report(half, "receipt", &json!({"state": "printed"}), false);
    world.report(asked, "kitchen", &json!({"state": "printing"}), false);
    world.report(asked, "receipt", &json!({"state": "cancelled"}), true);
    world.hand(them(), world.feed.counter);
    let after = world.add(order(4));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(lost).await, ["receipt", "kitchen"]);
    assert_eq!(world.tickets(half).await, ["kitchen"]);
    let doubtful = world.jobs(asked).await;
    let unsure = |job: &&TicketChanged| matches!(job.state, JobState::Unconfirmed { .. });
    assert_eq!(
        (doubtful.len(), doubtful.iter().filter(unsure).count()),
        (2, 1)
    );
    assert_eq!(world.tickets(after).await, ["receipt", "kitchen"]);
    assert_eq!(world.elsewhere().await, 0);
}

#[tokio::test]
async fn nothing_is_taken_over_before_the_reports_are_known_and_nothing_twice() {
    let world = World::of_them().await;
    let id = world.add(order(1));
    world.feed.catch_up().await.unwrap();
    *world.reported.lock().unwrap() = None;
    world.hand(them(), world.feed.counter);
    let after = world.add(order(2));
    let error = world.feed.catch_up().await.unwrap_err();
    assert!(matches!(error, FeedError::Server(_)), "{error}");
    assert!(world.tickets(id).await.is_empty());
    assert!(world.tickets(after).await.is_empty(), "in its order");
    *world.reported.lock().unwrap() = Some(Vec::new());
    world.feed.catch_up().await.unwrap();
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(id).await, ["receipt", "kitchen"]);
    assert_eq!(world.tickets(after).await, ["receipt", "kitchen"]);
}

#[tokio::test]
async fn an_order_that_was_taken_back_comes_over_as_that_unless_none_of_it_comes_out() {
    let world = World::of_them().await;
    let (first, second, third) = (order(1), order(2), order(3));
    let (quiet, told) = (world.add(first.clone()), world.add(second.clone()));
    let unsaid = world.add(third.clone());
    world.feed.catch_up().await.unwrap();
    let back = [("revision", json!(2)), ("cancelled", json!(true))];
    world.add(with(first, &back));
    world.add(with(second, &back));
    world.add(with(third, &back));
    world.report(quiet, "kitchen", &json!({"state": "expired"}), false);
    world.report(told, "kitchen", &json!({"state": "printed"}), false);
    world.hand(them(), world.feed.counter);
    world.feed.catch_up().await.unwrap();
    assert!(world.tickets(quiet).await.is_empty());
    assert_eq!(world.tickets(told).await, ["void"]);
    assert_eq!(world.tickets(unsaid).await, ["void"]);
}

#[tokio::test]
async fn what_was_taken_back_before_it_was_heard_of_here_is_taken_back_at_a_printer_that_comes() {
    let world = World::of_them().await;
    let back = [("revision", json!(2)), ("cancelled", json!(true))];
    let id = world.add(with(order(1), &back));
    world.feed.catch_up().await.unwrap();
    world.report(id, "kitchen", &json!({"state": "printed"}), false);
    world.hand(them(), world.feed.counter);
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(id).await, ["void"]);
}

#[tokio::test]
async fn a_place_that_has_a_revision_on_paper_which_was_not_heard_here_gets_the_order_in_full() {
    let world = World::of_them().await;
    let second = with(order(1), &[("revision", json!(2))]);
    let id = world.add(second.clone());
    world.feed.catch_up().await.unwrap();
    world.add(with(second, &[("revision", json!(3))]));
    world.report(id, "kitchen", &json!({"state": "printed"}), false);
    world.hand(them(), world.feed.counter);
    world.feed.catch_up().await.unwrap();
    let tickets = world.tickets(id).await;
    assert!(tickets.contains(&"kitchen".to_owned()), "{tickets:?}");
}

#[tokio::test]
async fn a_place_that_has_an_earlier_revision_on_paper_is_told_what_changed() {
    let world = World::of_them().await;
    let first = order(1);
    let id = world.add(first.clone());
    world.feed.catch_up().await.unwrap();
    world.add(with(
        first,
        &[("revision", json!(2)), ("note", json!("hurry"))],
    ));
    world.report(id, "kitchen", &json!({"state": "printed"}), false);
    world.report(id, "receipt", &json!({"state": "printed"}), false);
    world.hand(them(), world.feed.counter);
    world.feed.catch_up().await.unwrap();
    let mut tickets = world.tickets(id).await;
    tickets.sort();
    assert_eq!(tickets, ["change", "receipt"]);
}

#[tokio::test]
async fn a_paper_of_another_counter_that_is_heard_of_late_is_taken_back_once() {
    let world = World::of_them().await;
    world.hand(them(), world.feed.counter);
    // Its first revision was printed by the counter that had the printer, and is no entry any more.
    let back = [("revision", json!(2)), ("cancelled", json!(true))];
    let id = world.add(with(order(1), &back));
    world.feed.catch_up().await.unwrap();
    assert!(
        world.tickets(id).await.is_empty(),
        "nobody knows of a paper"
    );
    world.report(id, "kitchen", &json!({"state": "printed"}), false);
    world.feed.reports.fetch().await.unwrap();
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(id).await, ["void"]);
    world.feed.reports.touched.all();
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(id).await, ["void"]);
}

#[tokio::test]
async fn a_paper_that_was_reported_before_its_order_is_heard_of_is_taken_back_with_it() {
    let world = World::of_them().await;
    world.hand(them(), world.feed.counter);
    let without = json!([]);
    let second = with(order(1), &[("revision", json!(2)), ("lines", without)]);
    let id = second["id"].as_str().unwrap().parse().unwrap();
    world.report(id, "kitchen", &json!({"state": "printed"}), false);
    world.feed.catch_up().await.unwrap();
    world.feed.reports.fetch().await.unwrap();
    world.add(second);
    world.feed.catch_up().await.unwrap();
    let tickets = world.tickets(id).await;
    assert!(tickets.contains(&"void".to_owned()), "{tickets:?}");
}

#[tokio::test]
async fn what_went_and_comes_back_is_made_once() {
    let world = World::new().await;
    let us = world.feed.counter;
    let id = world.add(order(1));
    world.hand(us, them());
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.elsewhere().await, 2);
    world.report(id, "receipt", &json!({"state": "printed"}), false);
    world.hand(them(), us);
    world.feed.catch_up().await.unwrap();
    let jobs = world.jobs(id).await;
    let states: Vec<_> = jobs.iter().map(|job| job.state.clone()).collect();
    assert_eq!(states, [JobState::Cancelled, JobState::Queued]);
}

#[tokio::test]
async fn what_was_moved_or_reprinted_at_another_counter_is_held_here_when_its_printer_comes() {
    let world = World::of_them().await;
    let id = world.add(order(1));
    world.feed.catch_up().await.unwrap();
    world.report_with(id, "receipt", "printed", json!({}));
    world.report_with(id, "kitchen", "printed", json!({}));
    let moved = json!({"destination": Uuid::now_v7()});
    world.report_with(id, "kitchen", "queued", moved);
    world.report_with(id, "receipt", "queued", json!({"copy": 1}));
    let gone = json!({"copy": 2, "printer": Uuid::now_v7()});
    world.report_with(id, "receipt", "queued", gone);
    world.hand(them(), world.feed.counter);
    world.feed.catch_up().await.unwrap();
    let jobs = world.jobs(id).await;
    let mut seen: Vec<_> = jobs
        .iter()
        .map(|job| (job.ticket.to_string(), job.copy))
        .collect();
    seen.sort();
    let both = [("kitchen".to_owned(), 0), ("receipt".to_owned(), 1)];
    assert_eq!(seen, both);
    let is_held = |job: &TicketChanged| matches!(job.state, JobState::Held { .. });
    assert!(jobs.iter().all(is_held), "{jobs:#?}");
}

#[tokio::test]
async fn an_order_from_before_this_counter_is_not_lost_with_the_printer_that_comes() {
    let world = World::fresh().await;
    world.owners.lock().unwrap().insert(world.printer(), them());
    let (open, given, done) = (
        world.add(order(1)),
        world.add(order(2)),
        world.add(order(3)),
    );
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.elsewhere().await, 0, "they are shown");
    world.report_with(open, "kitchen", "queued", json!({}));
    world.report_with(given, "kitchen", "cancelled", json!({"released": true}));
    world.report_with(done, "kitchen", "printed", json!({}));
    world.hand(them(), world.feed.counter);
    world.feed.catch_up().await.unwrap();
    let held = world.jobs(open).await;
    assert!(matches!(held[0].state, JobState::Held { .. }), "{held:#?}");
    let taken = world.jobs(given).await;
    assert_eq!(taken[0].state, JobState::Queued, "given to this counter");
    assert!(world.tickets(done).await.is_empty());
}

#[tokio::test]
async fn the_printers_that_the_queue_has_are_known_after_a_crash_before_the_end_of_a_page() {
    let world = World::of_them().await;
    let (us, printer) = (world.feed.counter, world.printer());
    world.add(order(1));
    world.feed.catch_up().await.unwrap();
    world.hand(them(), us);
    *world.reported.lock().unwrap() = None;
    world.feed.catch_up().await.unwrap_err();
    let place = world.feed.store.place().await.unwrap().unwrap();
    assert_eq!(place.owners.get(&printer), Some(&them()), "not at its end");
    let queue = world.feed.store.owners_in_force().await.unwrap().unwrap();
    assert_eq!(queue.get(&printer), Some(&us));
    *world.reported.lock().unwrap() = Some(Vec::new());
    world.feed.catch_up().await.unwrap();
    let place = world.feed.store.place().await.unwrap().unwrap();
    let queue = world.feed.store.owners_in_force().await.unwrap();
    assert_eq!(queue, Some(place.owners));
}

#[tokio::test]
async fn the_tickets_of_a_printer_that_is_deleted_are_held_here_or_print_elsewhere() {
    let world = World::of_them().await;
    let (half, lost) = (world.add(order(1)), world.add(order(2)));
    world.feed.catch_up().await.unwrap();
    world.report_with(half, "kitchen", "printed", json!({}));
    world.feed.adopt(world.printer(), None).await.unwrap();
    assert_eq!(world.elsewhere().await, 0);
    assert_eq!(world.tickets(half).await, ["receipt"]);
    let is_held = |job: &TicketChanged| matches!(job.state, JobState::Held { .. });
    let jobs = world.jobs(lost).await;
    assert_eq!(jobs.len(), 2);
    assert!(jobs.iter().all(is_held), "{jobs:#?}");
    let to = PrinterId(Uuid::now_v7());
    world.feed.adopt(world.printer(), Some(to)).await.unwrap();
    for job in world.jobs(lost).await {
        assert_eq!((job.state, job.destination), (JobState::Queued, Some(to)));
    }
}
