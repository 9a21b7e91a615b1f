//! Dishes that no rule takes while the counter that sees to them is away: the one that holds what has no printer is the
//! owner of the first of all printers.

use std::time::Duration;

use anyhow::Context;
use api::{JobState, OrderId, TicketKind, TicketName, settings::SettingKey};
use client::view::{OtherTicket, Snapshot};
use journeys::{Counter, Restaurant, Terms, change_printer, change_rules, view};

/// Receipts alone have a rule. The leader has the first printer, the other counter the second one.
async fn without_a_kitchen(restaurant: &Restaurant) -> anyhow::Result<(Counter, Counter)> {
    let leader = restaurant.counter().await?;
    let second = restaurant.new_counter("back office").await?;
    restaurant.sign_in(&second).await?;
    second.until_live().await?;
    let now = second.client.snapshot().await?;
    let last = now.printers.iter().map(|view| view.printer.id).max();
    let (last, owner) = (last.context("two printers")?, now.counter.id);
    let first = now.printers.iter().map(|view| view.printer.id).min();
    restaurant
        .set(&SettingKey::Printer(last), |value| {
            change_printer(value, |printer| printer.owner = Some(owner))
        })
        .await?;
    restaurant
        .set(&SettingKey::Rules, |rules| {
            change_rules(rules, |rules| {
                rules.retain(|rule| rule.ticket == TicketKind::Receipt);
                for rule in rules {
                    rule.printer = first;
                }
            })
        })
        .await?;
    second
        .until("it has the last printer", |now| mine(now) == 1)
        .await?;
    leader
        .until("it has the first", |now| mine(now) == 1)
        .await?;
    Ok((leader, second))
}

fn mine(now: &Snapshot) -> usize {
    now.printers.iter().filter(|printer| printer.mine).count()
}

fn unrouted() -> TicketName {
    TicketName {
        kind: TicketKind::Kitchen,
        part: "pizza".into(),
    }
}

/// The ticket without a printer, as the other counter shows it.
fn elsewhere(now: &Snapshot, order: OrderId) -> Option<&OtherTicket> {
    let mut tickets = view(now, order)?.elsewhere.iter();
    tickets.find(|ticket| ticket.ticket == unrouted())
}

fn is_held(state: &JobState) -> bool {
    matches!(state, JobState::Held { .. })
}

fn papers(restaurant: &Restaurant) -> anyhow::Result<usize> {
    let count = |name| restaurant.paper(name).map(|papers| papers.len());
    Ok(count("Counter")? + count("Kitchen")?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dish_that_no_rule_takes_waits_for_the_counter_that_leads_and_prints_there_once()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let (leader, second) = without_a_kitchen(&restaurant).await?;
    let name = leader.client.snapshot().await?.counter.name;
    let away = leader.stop().await;
    let order = restaurant.order(&["pizza"]).await?;
    let now = second
        .until("the leader is to hold it", |now| {
            elsewhere(now, order.id).is_some()
        })
        .await?;
    let said = elsewhere(&now, order.id).context("just seen")?;
    assert_eq!(said.counter_name.as_deref(), Some(name.as_str()));
    assert_eq!((said.job, said.destination), (None, None), "nothing heard");
    assert!(
        view(&now, order.id)
            .context("just seen")?
            .tickets
            .is_empty()
    );
    assert_eq!(papers(&restaurant)?, 0);

    let leader = away.start().await?;
    let held = leader
        .until_ticket(order.id, TicketKind::Kitchen, is_held)
        .await?;
    second
        .until("the leader holds it", |now| {
            elsewhere(now, order.id)
                .is_some_and(|ticket| ticket.job == Some(held.job) && is_held(&ticket.state))
        })
        .await?;
    let now = leader.client.snapshot().await?;
    let here = now.printers.iter().find(|printer| printer.mine);
    let here = here.context("its printer")?.printer.id;
    leader.client.choose_printer(held.job, here).await?;
    let now = second
        .until("it came out", |now| {
            elsewhere(now, order.id).is_some_and(|ticket| ticket.state == JobState::Printed)
        })
        .await?;
    let shown = view(&now, order.id).context("just seen")?;
    assert!(shown.tickets.is_empty() && shown.printed_twice.is_empty());
    leader
        .until_ticket(order.id, TicketKind::Receipt, |state| {
            *state == JobState::Printed
        })
        .await?;
    assert_eq!(papers(&restaurant)?, 2, "a receipt, and the dish once");
    restaurant.close([leader, second]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_leader_stays_away_the_counter_that_stands_in_holds_it_and_marks_it()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open_with(Terms {
        lease_ms: 4_000,
        renewal_ms: 500,
    })
    .await?;
    let (leader, second) = without_a_kitchen(&restaurant).await?;
    // Each has heard of the other one.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let away = leader.stop().await;
    let order = restaurant.order(&["pizza"]).await?;
    let held = second
        .until_ticket(order.id, TicketKind::Kitchen, is_held)
        .await?;
    let now = second.client.snapshot().await?;
    assert_eq!(mine(&now), 2, "it stands in");
    let here = now.printers.first().context("a printer")?.printer.id;
    second.client.choose_printer(held.job, here).await?;
    second
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    second
        .until_ticket(order.id, TicketKind::Receipt, |state| {
            *state == JobState::Printed
        })
        .await?;
    assert_eq!(papers(&restaurant)?, 2);
    for name in ["Counter", "Kitchen"] {
        for paper in restaurant.paper(name)? {
            assert!(
                paper.text.contains("duplicate"),
                "nobody knows: {}",
                paper.text
            );
        }
    }

    let leader = away.start().await?;
    leader
        .until("the other one has its printer", |now| mine(now) == 0)
        .await?;
    // It would have come out by now.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(papers(&restaurant)?, 2);
    restaurant.close([leader, second]).await;
    Ok(())
}
