//! Numbers that a restored server gives twice.

use super::*;

impl World {
    fn told_known(&self) -> usize {
        self.server.seen("/known").len()
    }
}

fn twins() -> (Value, Value, Value) {
    let first = order(1);
    let at = |note: &str, time: &str| {
        with(
            first.clone(),
            &[
                ("revision", json!(2)),
                ("note", json!(note)),
                ("revised_at", json!(time)),
            ],
        )
    };
    let lost = at("no cheese", "2001-01-02T03:06:00Z");
    let twin = at("more cheese", "2001-01-02T03:07:00Z");
    (first, lost, twin)
}

#[tokio::test]
async fn a_number_that_comes_again_with_other_content_is_told_to_the_server_and_prints_under_the_next()
 {
    let world = World::new().await;
    let (first, lost, twin) = twins();
    let id = world.add(first);
    world.add(lost.clone());
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.tickets(id).await.len(), 4);
    world.add(with(lost, &[("status", json!("done"))]));
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.told_known(), 0, "its progress is no other content");

    world.add(twin.clone());
    world.feed.catch_up().await.unwrap();
    assert_eq!(world.told_known(), 1);
    assert!(world.newest(id).await.1.contains("no cheese"));
    world.add(with(twin, &[("revision", json!(3))]));
    world.feed.catch_up().await.unwrap();
    let tickets = world.tickets(id).await;
    assert_eq!(
        tickets[4..],
        ["receipt", "change"],
        "the difference to what is on paper"
    );
}

#[tokio::test]
async fn a_server_that_does_not_take_it_has_the_order_printed_in_full_and_once() {
    let world = World::new().await;
    *world.takes_known.lock().unwrap() = false;
    let (first, lost, twin) = twins();
    let id = world.add(first);
    world.add(lost);
    world.add(twin);
    world.feed.catch_up().await.unwrap();
    world.rewind().await;
    world.feed.catch_up().await.unwrap();
    let tickets = world.tickets(id).await;
    assert_eq!(tickets[4..], ["receipt", "kitchen"]);
}
