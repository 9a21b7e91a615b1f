//! The backend's database is brought back from a copy: its newest orders are lost there, and new ones take their places.

use client::view::Notice;
use journeys::Restaurant;

#[tokio::test(flavor = "multi_thread")]
async fn at_a_server_that_was_brought_back_from_a_copy_each_order_that_comes_prints_once()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.paper_of("Counter", 1).await?;
    let (restaurant, copy) = restaurant.back_up().await?;
    counter.until_live().await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 3).await?;
    restaurant.paper_of("Counter", 3).await?;

    restaurant.link.cut();
    let restaurant = restaurant.bring_back(&copy).await?;
    // They take the places of those that were lost.
    restaurant.order(&["pizza"]).await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.link.mend();
    let now = counter
        .until("it says that the server was brought back", |now| {
            let notices = &now.counter.notices;
            notices
                .iter()
                .any(|notice| matches!(notice, Notice::ServerRestored { .. }))
        })
        .await?;
    let printed = now.counter.notices.iter().find_map(|notice| {
        if let Notice::ServerRestored { printed } = notice {
            Some(*printed)
        } else {
            None
        }
    });
    assert_eq!(printed, Some(3));
    restaurant.order(&["pizza"]).await?;
    for printer in ["Kitchen", "Counter"] {
        let papers = restaurant.paper_of(printer, 7).await?;
        assert_eq!(papers.len(), 7, "each once");
        assert!(papers.iter().all(|paper| !paper.text.contains("duplicate")));
    }
    restaurant.close([counter]).await;
    Ok(())
}
