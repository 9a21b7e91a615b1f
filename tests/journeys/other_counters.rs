//! What each counter knows of the tickets of the other.

use anyhow::Context;
use api::{
    JobState, OrderId, TicketKind,
    job::WaitCause,
    report::{ReportedTicket, TicketPage},
    settings::SettingKey,
};
use client::view::{LinkView, OrderView, OtherTicket, Snapshot};
use journeys::{Counter, Restaurant, change_printer, printer, view};
use sqlx::{Connection, SqliteConnection};
use virtual_printer::Faults;

/// The first counter prints receipts, the second one, `back office`, in the kitchen.
async fn two_counters(restaurant: &Restaurant) -> anyhow::Result<[Counter; 2]> {
    let first = restaurant.counter().await?;
    let second = restaurant.new_counter("back office").await?;
    restaurant.sign_in(&second).await?;
    let now = second.client.snapshot().await?;
    let kitchen = printer(&now, "Kitchen")?.printer.id;
    let owner = now.counter.id;
    restaurant
        .set(&SettingKey::Printer(kitchen), |value| {
            change_printer(value, |printer| printer.owner = Some(owner))
        })
        .await?;
    for (counter, name, mine) in [(&first, "Kitchen", false), (&second, "Kitchen", true)] {
        counter
            .until("the kitchen prints from the back office", |now| {
                printer(now, name).is_ok_and(|view| view.mine == mine)
            })
            .await?;
    }
    Ok([first, second])
}

fn other(now: &Snapshot, order: OrderId) -> Option<&OtherTicket> {
    view(now, order)?.elsewhere.first()
}

/// Every ticket of every counter is, and each has one.
fn is_printed(view: &OrderView) -> bool {
    let own = view.tickets.iter().map(|ticket| &ticket.state);
    let there = view.elsewhere.iter().map(|ticket| &ticket.state);
    !view.tickets.is_empty()
        && !view.elsewhere.is_empty()
        && own.chain(there).all(|state| *state == JobState::Printed)
}

/// What the server knows of the tickets of an order.
async fn reported(restaurant: &Restaurant, order: OrderId) -> anyhow::Result<Vec<ReportedTicket>> {
    let page = restaurant.get("/api/v1/tickets?after=0&limit=200").await?;
    let page: TicketPage = serde_json::from_value(page)?;
    let tickets = page.tickets.into_iter();
    Ok(tickets
        .filter(|ticket| ticket.report.order == order)
        .collect())
}

async fn until_reported(
    restaurant: &Restaurant,
    order: OrderId,
    what: impl Fn(&[ReportedTicket]) -> bool,
) -> anyhow::Result<Vec<ReportedTicket>> {
    let deadline = tokio::time::Instant::now() + journeys::PATIENCE;
    loop {
        let tickets = reported(restaurant, order).await?;
        if what(&tickets) {
            return Ok(tickets);
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "the server knows only {tickets:?}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_counter_sees_the_tickets_of_the_other_and_an_order_is_printed_when_both_are()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let [first, second] = two_counters(&restaurant).await?;
    let no_paper = Faults {
        paper_out: true,
        ..Faults::default()
    };
    restaurant.break_printer("Kitchen", no_paper).await?;
    let order = restaurant.order(&["pizza"]).await?;
    first
        .until_ticket(order.id, TicketKind::Receipt, |state| {
            *state == JobState::Printed
        })
        .await?;
    let now = first
        .until("the kitchen has no paper at the other counter", |now| {
            other(now, order.id).is_some_and(|ticket| {
                matches!(
                    ticket.state,
                    JobState::Waiting {
                        cause: WaitCause::PaperOut,
                        ..
                    }
                )
            })
        })
        .await?;
    let late = other(&now, order.id).context("just seen")?;
    assert_eq!(late.counter_name.as_deref(), Some("back office"));
    assert_eq!(late.printer_name.as_deref(), Some("Kitchen"));
    assert_eq!(late.ticket.kind, TicketKind::Kitchen);
    assert!(!is_printed(view(&now, order.id).context("just seen")?));
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    for counter in [&first, &second] {
        let now = counter
            .until("the order is printed", |now| {
                view(now, order.id).is_some_and(is_printed)
            })
            .await?;
        let view = view(&now, order.id).context("just seen")?;
        assert_eq!((view.tickets.len(), view.elsewhere.len()), (1, 1));
        assert!(view.printed_twice.is_empty());
    }
    restaurant.close([first, second]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_printed_without_a_server_is_reported_afterwards() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let offline = Faults {
        paper_out: true,
        ..Faults::default()
    };
    restaurant.break_printer("Kitchen", offline).await?;
    let order = restaurant.order(&["pizza"]).await?;
    let waits = |ticket: &ReportedTicket| matches!(ticket.report.state, JobState::Waiting { .. });
    until_reported(&restaurant, order.id, |tickets| tickets.iter().any(waits)).await?;
    restaurant.link.cut();
    counter
        .until("the server cannot be reached", |now| {
            matches!(now.counter.link, LinkView::Offline { .. })
        })
        .await?;
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    restaurant.paper_of("Kitchen", 1).await?;
    counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    assert!(reported(&restaurant, order.id).await?.iter().any(waits));
    restaurant.link.mend();
    let tickets = until_reported(&restaurant, order.id, |tickets| {
        let printed = |ticket: &ReportedTicket| ticket.report.state == JobState::Printed;
        tickets.iter().all(printed)
    })
    .await?;
    assert_eq!(tickets.len(), 2, "{tickets:?}");
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_reports_gets_them_again() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let order = restaurant.order(&["pizza"]).await?;
    let printed = |tickets: &[ReportedTicket]| {
        let printed = |ticket: &ReportedTicket| ticket.report.state == JobState::Printed;
        tickets.len() == 2 && tickets.iter().all(printed)
    };
    let before = until_reported(&restaurant, order.id, printed).await?;
    restaurant.link.cut();
    let file = sqlite::options(&restaurant.folder("server.sqlite"));
    let mut file = SqliteConnection::connect_with(&file).await?;
    sqlx::raw_sql("DELETE FROM tickets; DELETE FROM report_logs;")
        .execute(&mut file)
        .await?;
    file.close().await?;
    assert!(reported(&restaurant, order.id).await?.is_empty());
    restaurant.link.mend();
    let after = until_reported(&restaurant, order.id, printed).await?;
    assert_eq!(after.len(), before.len());
    restaurant.close([counter]).await;
    Ok(())
}
