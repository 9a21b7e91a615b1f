//! A later revision of an order prints what changed, where it was told before; a cancelled one says so there.

use api::{JobState, TicketKind, settings::SettingKey};
use client::view::{Change, Handling};
use journeys::{Restaurant, change_rules, printer, view};
use serde_json::{Value, json};
use virtual_printer::Faults;

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_order_tells_the_kitchen_what_changed_and_gives_a_new_receipt()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let mut wish = restaurant.wish(&["pizza"])?;
    let order = restaurant.place(&wish).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.paper_of("Counter", 1).await?;

    wish["lines"][0]["quantity"] = json!(3);
    let path = format!("/api/v1/orders/{}", order.id);
    restaurant
        .send("PUT", &path, Some(i64::from(order.revision)), &wish)
        .await?;
    let now = counter
        .until("the change is shown", |now| {
            view(now, order.id).is_some_and(|shown| !shown.changes.is_empty())
        })
        .await?;
    let shown = view(&now, order.id).expect("it is on the screen");
    assert_eq!(shown.handling, Handling::Routed);
    assert_eq!(
        shown.changes,
        [Change::Quantity {
            name: order.lines[0].name.clone(),
            before: 1.into(),
            after: 3.into()
        }]
    );
    let kitchen = restaurant.paper_of("Kitchen", 2).await?;
    let change = &kitchen[1].text;
    assert!(
        change.contains("CHANGE") && change.contains("was 1"),
        "{change}"
    );
    let counter_paper = restaurant.paper_of("Counter", 2).await?;
    assert!(
        counter_paper[1].text.contains("Revision 2"),
        "{}",
        counter_paper[1].text
    );

    restaurant
        .send("POST", &format!("{path}/cancel"), Some(2), &Value::Null)
        .await?;
    let void = &restaurant.paper_of("Kitchen", 3).await?[2].text;
    assert!(
        void.contains("VOID") && void.contains(&order.lines[0].name),
        "{void}"
    );
    let void = &restaurant.paper_of("Counter", 3).await?[2].text;
    assert!(void.contains("VOID"), "{void}");

    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 4).await?;
    restaurant.paper_of("Counter", 4).await?;
    assert_eq!(restaurant.paper("Kitchen")?.len(), 4, "nothing twice");
    assert_eq!(restaurant.paper("Counter")?.len(), 4, "nothing twice");
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_while_the_counter_was_off_is_told_as_the_difference_to_what_the_kitchen_knows()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let mut wish = restaurant.wish(&["pizza"])?;
    let order = restaurant.place(&wish).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.paper_of("Counter", 1).await?;
    // What it has printed is kept behind the commit of its tickets.
    counter
        .until("the order is kept", |now| {
            now.orders.iter().any(|kept| kept.id == order.id)
        })
        .await?;
    let off = counter.stop().await;
    let path = format!("/api/v1/orders/{}", order.id);
    for (revision, quantity) in [(1, 2), (2, 5)] {
        wish["lines"][0]["quantity"] = json!(quantity);
        restaurant.send("PUT", &path, Some(revision), &wish).await?;
    }
    let counter = off.start().await?;
    let change = &restaurant.paper_of("Kitchen", 2).await?[1].text;
    assert!(
        change.contains("was 1"),
        "not 2, which nobody was told: {change}"
    );
    assert!(change.contains("Revision 3"), "{change}");
    restaurant.paper_of("Counter", 2).await?;
    assert_eq!(
        restaurant.paper("Kitchen")?.len(),
        2,
        "one ticket for both changes"
    );
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_and_a_void_come_out_where_the_order_is_on_paper_though_the_rules_point_elsewhere()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let mut wish = restaurant.wish(&["pizza"])?;
    let order = restaurant.place(&wish).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.paper_of("Counter", 1).await?;
    let now = counter.client.snapshot().await?;
    let elsewhere = printer(&now, "Counter")?.printer.id;
    restaurant
        .set(&SettingKey::Rules, |rules| {
            change_rules(rules, |rules| {
                for rule in rules {
                    rule.printer = Some(elsewhere);
                }
            })
        })
        .await?;
    counter
        .until("the rules are its own", |now| {
            let mut rules = now.rules.rules.iter();
            rules.all(|rule| rule.printer == Some(elsewhere))
        })
        .await?;

    wish["lines"][0]["quantity"] = json!(5);
    let salad = restaurant.wish(&["cold"])?["lines"][0].clone();
    wish["lines"].as_array_mut().expect("lines").push(salad);
    let path = format!("/api/v1/orders/{}", order.id);
    restaurant.send("PUT", &path, Some(1), &wish).await?;
    let change = &restaurant.paper_of("Kitchen", 2).await?[1].text;
    assert!(
        change.contains("CHANGE") && change.contains("was 1"),
        "{change}"
    );
    // A receipt, and the new dish where it is made now.
    let new = &restaurant.paper_of("Counter", 3).await?[1..];
    let pizza = &order.lines[0].name;
    let kitchen: Vec<_> = new.iter().filter(|one| !one.text.contains(pizza)).collect();
    assert_eq!(kitchen.len(), 1, "{new:?}");

    restaurant
        .send("POST", &format!("{path}/cancel"), Some(2), &Value::Null)
        .await?;
    let void = &restaurant.paper_of("Kitchen", 3).await?[2].text;
    assert!(void.contains("VOID") && void.contains(pizza), "{void}");
    let void = &restaurant.paper_of("Counter", 4).await?[3].text;
    assert!(void.contains("VOID"), "{void}");
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_dish_twice_is_no_change_when_its_lines_are_swapped() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let mut wish = restaurant.wish(&["pizza", "pizza", "pizza"])?;
    for (line, note) in ["rare", "medium", "well done"].into_iter().enumerate() {
        wish["lines"][line]["note"] = json!(note);
    }
    let order = restaurant.place(&wish).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    let path = format!("/api/v1/orders/{}", order.id);
    let lines = wish["lines"].as_array_mut().expect("lines");
    lines.remove(1);
    lines.reverse();
    restaurant.send("PUT", &path, Some(1), &wish).await?;
    let change = &restaurant.paper_of("Kitchen", 2).await?[1].text;
    assert_eq!(change.matches("REMOVED").count(), 1, "{change}");
    assert!(
        !change.contains("CHANGED") && !change.contains("ADDED"),
        "{change}"
    );
    wish["lines"].as_array_mut().expect("lines").reverse();
    restaurant.send("PUT", &path, Some(2), &wish).await?;
    let next = restaurant.order(&["pizza"]).await?;
    let paper = restaurant.paper_of("Kitchen", 3).await?;
    assert!(
        paper[2].text.contains(&next.number.to_string()) && !paper[2].text.contains("CHANGE"),
        "lines that are only swapped print nothing: {}",
        paper[2].text
    );
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kitchen_that_never_got_its_ticket_gets_a_changed_order_in_full() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let refuses = Faults {
        refuse: true,
        ..Faults::default()
    };
    restaurant.break_printer("Kitchen", refuses).await?;
    let mut wish = restaurant.wish(&["pizza"])?;
    let order = restaurant.place(&wish).await?;
    let waiting = counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            matches!(state, JobState::Waiting { .. })
        })
        .await?;
    counter.client.cancel_job(waiting.job).await?;
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    wish["lines"][0]["quantity"] = json!(3);
    let path = format!("/api/v1/orders/{}", order.id);
    restaurant.send("PUT", &path, Some(1), &wish).await?;
    let first = &restaurant.paper_of("Kitchen", 1).await?[0].text;
    assert!(
        first.contains(&order.lines[0].name) && !first.contains("CHANGE"),
        "{first}"
    );
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn cash_that_is_paid_at_the_counter_opens_the_drawer_once() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let mut wish = restaurant.wish(&["pizza"])?;
    wish["payment"] = json!({"method": "cash", "paid": false});
    let order = restaurant.place(&wish).await?;
    restaurant.paper_of("Counter", 1).await?;
    // Of the papers themselves: the printer publishes its state only after them.
    let opened = || {
        let receipts = restaurant.printers.receipts("Counter")?;
        let pulses = receipts.iter().map(|receipt| receipt.drawer_pulses);
        anyhow::Ok(pulses.sum::<u32>())
    };
    assert_eq!(opened()?, 0, "nobody has paid yet");
    let path = format!("/api/v1/orders/{}", order.id);
    wish["payment"]["paid"] = json!(true);
    restaurant.send("PUT", &path, Some(1), &wish).await?;
    restaurant.paper_of("Counter", 2).await?;
    assert_eq!(opened()?, 1);
    let receipt = counter
        .until_ticket(order.id, TicketKind::Receipt, |state| {
            *state == JobState::Printed || *state == JobState::Sent
        })
        .await?;
    counter.client.reprint(receipt.job).await?;
    restaurant.paper_of("Counter", 3).await?;
    assert_eq!(opened()?, 1, "never for a reprint");
    restaurant.close([counter]).await;
    Ok(())
}
