//! Two counters, one paper.

use journeys::Restaurant;

#[tokio::test(flavor = "multi_thread")]
async fn two_counters_print_each_ticket_once_and_the_second_can_take_over() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let first = restaurant.counter().await?;
    let second = restaurant.new_counter("back office").await?;
    restaurant.sign_in(&second).await?;
    let now = second
        .until("it prints on no printer", |now| {
            now.counter.print_here.is_some()
        })
        .await?;
    let here = now.counter.print_here.expect("just seen");
    assert_eq!(here.owner.as_deref(), Some("counter"));
    assert!(here.last_heard.is_some());

    let mut wish = restaurant.wish(&["pizza"])?;
    let under_way = restaurant.place(&wish).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.paper_of("Counter", 1).await?;

    second.client.print_here().await?;
    second
        .until("the printers are its own", |now| {
            now.printers.iter().all(|printer| printer.mine)
        })
        .await?;
    first
        .until("it prints on none any more", |now| {
            now.counter.print_here.is_some()
        })
        .await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 2).await?;
    restaurant.paper_of("Counter", 2).await?;
    let third = restaurant.order(&["pizza"]).await?;
    for printer in ["Kitchen", "Counter"] {
        let paper = restaurant.paper_of(printer, 3).await?;
        let last = paper.last().expect("the third");
        assert!(last.text.contains(&third.number.to_string()));
    }
    for printer in ["Kitchen", "Counter"] {
        assert_eq!(restaurant.paper(printer)?.len(), 3, "each order once");
    }
    // The order that was under way is changed by the counter that prints now.
    wish["lines"][0]["quantity"] = serde_json::json!(3);
    let path = format!("/api/v1/orders/{}", under_way.id);
    restaurant.send("PUT", &path, Some(1), &wish).await?;
    let change = &restaurant.paper_of("Kitchen", 4).await?[3].text;
    assert!(
        change.contains("CHANGE") && change.contains("was 1"),
        "{change}"
    );
    restaurant.paper_of("Counter", 4).await?;
    assert_eq!(restaurant.paper("Kitchen")?.len(), 4, "told once");
    restaurant.close([first, second]).await;
    Ok(())
}
