//! An order comes out on paper, once.

use api::{JobState, TicketKind, settings::SettingKey};
use client::view::{Handling, Notice};
use journeys::{Restaurant, change_rules, printer, view};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_prints_a_receipt_and_a_kitchen_ticket() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let mut wish = restaurant.wish(&["pizza", "bar"])?;
    wish["customer"]["name"] = json!("Γιώργος Παπαδόπουλος");
    wish["lines"][0]["note"] = json!("no garlic");
    wish["lines"][0]["quantity"] = json!(2);
    let order = restaurant.place(&wish).await?;

    let kitchen = restaurant.paper_of("Kitchen", 1).await?;
    assert!(
        kitchen[0].finished && kitchen[0].notes.is_empty(),
        "{:?}",
        kitchen[0].notes
    );
    let text = &kitchen[0].text;
    assert!(text.contains(&order.number.to_string()), "{text}");
    assert!(text.to_lowercase().contains("no garlic"), "{text}");
    assert!(
        text.to_lowercase()
            .contains(&order.lines[0].name.to_lowercase()),
        "{text}"
    );
    assert!(
        !text
            .to_lowercase()
            .contains(&order.lines[1].name.to_lowercase()),
        "the bar's dish is not the kitchen's: {text}"
    );

    // The receipt, and the bar's ticket, come out of the other printer.
    let counter_paper = restaurant.paper_of("Counter", 2).await?;
    let receipt = counter_paper
        .iter()
        .find(|paper| paper.text.contains("Γιώργος") && paper.text.contains('€'));
    let receipt = receipt.unwrap_or_else(|| {
        panic!(
            "no receipt among {:?}",
            counter_paper.iter().map(|p| &p.text).collect::<Vec<_>>()
        )
    });
    for line in &order.lines {
        assert!(receipt.text.contains(&line.name), "{}", receipt.text);
    }

    for kind in [TicketKind::Receipt, TicketKind::Kitchen] {
        let ticket = counter
            .until_ticket(order.id, kind, |state| *state == JobState::Printed)
            .await?;
        assert_eq!((ticket.copy, ticket.attempts), (0, 0));
    }
    let now = counter.client.snapshot().await?;
    let shown = view(&now, order.id).expect("it is on the screen");
    assert_eq!(shown.handling, Handling::Routed);
    assert_eq!(shown.tickets.len(), 3);
    assert!(
        counter.memory.heard(client::host::Ring::NewOrder) >= 1,
        "a new order is heard"
    );

    // What a person sees of it is the paper itself.
    let picture = counter.client.ticket_picture(shown.tickets[0].job).await?;
    assert!(picture.starts_with(b"\x89PNG"));
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reprint_is_a_copy_of_its_own_and_says_so_on_the_paper() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let order = restaurant.order(&["pizza"]).await?;
    let printed = counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    counter.client.reprint(printed.job).await?;
    let paper = restaurant.paper_of("Kitchen", 2).await?;
    assert!(!paper[0].text.contains("REPRINT"), "{}", paper[0].text);
    assert!(paper[1].text.contains("REPRINT"), "{}", paper[1].text);
    let now = counter
        .until("both copies are printed", |now| {
            view(now, order.id).is_some_and(|order| {
                order
                    .tickets
                    .iter()
                    .filter(|t| {
                        t.ticket.kind == TicketKind::Kitchen && t.state == JobState::Printed
                    })
                    .count()
                    == 2
            })
        })
        .await?;
    let copies: Vec<_> = view(&now, order.id)
        .expect("it is on the screen")
        .tickets
        .iter()
        .filter(|ticket| ticket.ticket.kind == TicketKind::Kitchen)
        .map(|ticket| ticket.copy)
        .collect();
    assert_eq!(copies, [0, 1]);
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_twice_prints_once() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let first = restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    for _ in 0..3 {
        restaurant
            .server
            .announce(restaurant.business, first.id, first.revision)
            .await?;
    }
    // A later order has come out: everything that was said before it has been heard.
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 2).await?;
    restaurant.paper_of("Counter", 2).await?;
    let now = counter.client.snapshot().await?;
    assert_eq!(
        view(&now, first.id)
            .expect("it is on the screen")
            .tickets
            .len(),
        2
    );
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_heard_again_after_the_kitchen_printer_was_replaced_prints_nothing()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let order = restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.paper_of("Counter", 1).await?;
    // On paper, and confirmed: the printer has nothing left to do.
    counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;

    // The kitchen's work now comes out at the counter, and the old printer is gone.
    let now = counter.client.snapshot().await?;
    let (old, new) = (
        printer(&now, "Kitchen")?.printer.id,
        printer(&now, "Counter")?.printer.id,
    );
    let mut rules = now.rules.rules.clone();
    for rule in &mut rules {
        if rule.printer == Some(old) {
            rule.printer = Some(new);
        }
    }
    counter.client.save_rules(rules).await?;
    counter.client.delete_printer(old, None).await?;

    // The order appears again in the feed, under a new sequence number.
    let path = format!("/api/v1/orders/{}/status", order.id);
    restaurant
        .send("POST", &path, None, &json!({ "status": "done" }))
        .await?;
    counter
        .until("the order is done", |now| {
            view(now, order.id)
                .and_then(|o| o.order.as_ref())
                .is_some_and(|o| o.status == api::order::OrderStatus::Done)
        })
        .await?;
    let later = restaurant.order(&["pizza"]).await?;
    counter
        .until_ticket(later.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    counter
        .until_ticket(later.id, TicketKind::Receipt, |state| {
            *state == JobState::Printed
        })
        .await?;
    assert_eq!(
        restaurant.paper("Counter")?.len(),
        3,
        "one receipt of the first order, both tickets of the second"
    );
    assert_eq!(restaurant.paper("Kitchen")?.len(), 1);
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_a_dish_that_no_rule_takes_is_held_and_prints_after_a_printer_was_chosen()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    restaurant
        .set(&SettingKey::Rules, |rules| {
            change_rules(rules, |rules| {
                rules.retain(|rule| rule.ticket == TicketKind::Receipt)
            })
        })
        .await?;
    let counter = restaurant.counter().await?;
    let order = restaurant.order(&["pizza"]).await?;
    let held = counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            matches!(state, JobState::Held { .. })
        })
        .await?;
    assert_eq!(held.destination, None);
    restaurant.paper_of("Counter", 1).await?;
    assert!(restaurant.paper("Kitchen")?.is_empty());

    let now = counter.client.snapshot().await?;
    counter
        .client
        .choose_printer(held.job, printer(&now, "Kitchen")?.printer.id)
        .await?;
    let paper = restaurant.paper_of("Kitchen", 1).await?;
    assert!(
        !paper[0].text.contains("REPRINT"),
        "it was never on paper: {}",
        paper[0].text
    );
    counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_whose_picture_nobody_stored_prints_and_its_order_and_a_notice_say_so()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let template = "{{order.number}}\n{x-image:stamp}\n";
    let key = SettingKey::Template("kitchen".into());
    restaurant.set(&key, |_| Some(json!(template))).await?;
    let counter = restaurant.counter().await?;
    let order = restaurant.order(&["pizza"]).await?;
    let kitchen = restaurant.paper_of("Kitchen", 1).await?;
    assert!(kitchen[0].text.contains(&order.number.to_string()));
    let ticket = counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    let note = ticket.note.unwrap_or_default();
    assert_eq!(note.parts.len(), 1, "{note:?}");
    assert_eq!(note.parts[0].place.line, 2);
    assert!(note.parts[0].detail.contains("\"stamp\""), "{note:?}");
    counter
        .until("a picture was not printed", |now| {
            let told = |notice: &Notice| matches!(notice, Notice::PartsMissing { parts } if parts.len() == 1);
            now.counter.notices.iter().any(told)
        })
        .await?;
    Ok(())
}
