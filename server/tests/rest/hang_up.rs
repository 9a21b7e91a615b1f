//! Clients that hang up in the middle.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use crate::world::{answer, new_order, on_both};

#[tokio::test]
async fn clients_that_hang_up_in_the_middle_leave_a_server_that_works() {
    on_both(async |world| {
        let mut sent = tokio::task::JoinSet::new();
        for n in 0..200u64 {
            let request = world.ask(Method::POST, "/orders").json(&new_order());
            sent.spawn(async move {
                let patience = Duration::from_micros(n * 97 % 20_000);
                tokio::time::timeout(patience, answer(request))
                    .await
                    .is_ok()
            });
        }
        sent.join_all().await;
        let (status, body) = world.post("/orders", &new_order()).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        // Some may still be on their way: what is read is whole at each moment.
        let halves =
            "orders o WHERE NOT EXISTS (SELECT 1 FROM revisions r WHERE r.order_id = o.id)";
        assert_eq!(
            world.count(halves).await,
            0,
            "each order is there as a whole or not at all"
        );
        let page = world.get("/orders?limit=500").await;
        let orders = page["orders"].as_array().expect("orders");
        let places: Vec<_> = orders.iter().map(|order| order["seq"].as_u64()).collect();
        assert_eq!(
            places,
            (1..=orders.len() as u64).map(Some).collect::<Vec<_>>(),
            "no place is empty"
        );
        world
    })
    .await;
}
