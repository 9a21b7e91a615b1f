//! Orders that nobody printed.

use api::{CounterId, OrderId, TicketKind, TicketName};
use jiff::Timestamp;
use printer_queue::{Elsewhere, Tickets};
use serde_json::json;
use uuid::Uuid;

use super::{World, job};
use crate::{
    events::ClientEvent,
    store::NewRevision,
    view::{Handling, Notice},
};

#[tokio::test]
async fn an_order_of_which_the_rules_make_no_ticket_anywhere_is_no_alarm() {
    let mut world = World::new().await;
    let orders = [1, 2, 3, 4, 5].map(|order| OrderId(Uuid::from_u128(order)));
    let [nothing, shown, made, made_elsewhere, unheard] = orders;
    let queue = world.reports.queue.clone();
    for (order, handling) in [
        (nothing, Handling::Routed),
        (shown, Handling::ShownOnly),
        (made, Handling::Routed),
        (made_elsewhere, Handling::Routed),
    ] {
        let jobs = if order == made {
            vec![job(Some(order))]
        } else {
            Vec::new()
        };
        let row = Elsewhere {
            order,
            revision: 1,
            revised_at: None,
            ticket: TicketName::whole(TicketKind::Kitchen),
            destination: None,
            copies: 1,
            owner: CounterId(Uuid::from_u128(7)),
            at: Timestamp::UNIX_EPOCH,
        };
        let elsewhere = if order == made_elsewhere {
            vec![row]
        } else {
            Vec::new()
        };
        let tickets = Tickets { jobs, elsewhere };
        queue.submit(order, 1, tickets).await.unwrap();
        let kept = NewRevision {
            order,
            revision: 1,
            seq: 1,
            body: "{}",
            handling,
            backlog: false,
            heard_at: Timestamp::UNIX_EPOCH,
        };
        world.reports.store.keep_revision(&kept).await.unwrap();
    }
    world.kept(|kept| kept.flagged = orders.to_vec());
    world.reports.start(&world.tasks);
    let alarm = loop {
        if let ClientEvent::Notice(Notice::NotPrinted { orders }) =
            world.events.recv().await.unwrap()
        {
            break orders;
        }
    };
    let alarm: Vec<_> = alarm.iter().map(|order| order.order).collect();
    assert_eq!(alarm, [shown, made, made_elsewhere, unheard]);
    let said = world.kept(|kept| kept.nothing.clone());
    assert_eq!(
        said,
        [(format!("{nothing}/nothing"), json!({"revision": 1}))]
    );
}
