//! What an owner changes is in force at once and reaches the backend by itself.

use api::{
    Printer, PrinterId,
    printer::{ReprintUncertain, WhenUnreachable},
    settings::SettingKey,
};
use client::view::{PrinterForm, SyncView};
use journeys::{PATIENCE, Restaurant, printer, tcp};

fn bar(restaurant: &Restaurant) -> anyhow::Result<PrinterForm> {
    Ok(PrinterForm {
        id: None,
        name: "Bar".into(),
        address: tcp(restaurant.printers.address("Kitchen")?).to_string(),
        profile_id: "generic-58".into(),
        columns: None,
        cutter: None,
        native_qr: None,
        enabled: true,
        when_unreachable: WhenUnreachable::Wait,
        reprint_uncertain: ReprintUncertain::Ask,
        backups: Vec::new(),
        failover_after_s: Some(120),
    })
}

/// The printer as the backend has it, once it has.
async fn at_the_backend(restaurant: &Restaurant, id: PrinterId) -> anyhow::Result<Printer> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let found = restaurant
            .settings()
            .await?
            .into_iter()
            .find(|setting| setting.key == SettingKey::Printer(id));
        if let Some(value) = found.and_then(|setting| setting.value) {
            return Ok(serde_json::from_value(value)?);
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "the backend never got the printer"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_added_on_the_screen_is_at_the_backend_after_its_debounce() -> anyhow::Result<()>
{
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let id = counter.client.save_printer(bar(&restaurant)?).await?;
    let now = counter.client.snapshot().await?;
    let shown = printer(&now, "Bar")?;
    assert!(shown.mine, "in force at once");
    assert!(
        matches!(shown.sync, SyncView::Saved { .. }),
        "{:?}",
        shown.sync
    );
    counter.client.test_print(id).await?;
    restaurant.paper_of("Kitchen", 1).await?;

    let there = at_the_backend(&restaurant, id).await?;
    assert_eq!(
        (there.name.as_str(), there.profile_id.as_str()),
        ("Bar", "generic-58")
    );
    counter
        .until("it is synced", |now| {
            printer(now, "Bar").is_ok_and(|shown| shown.sync == SyncView::Synced)
        })
        .await?;
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_added_just_before_the_app_was_closed_is_at_the_backend_after_the_next_start()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let id = counter.client.save_printer(bar(&restaurant)?).await?;
    let stopped = counter.stop().await;
    let there = restaurant
        .settings()
        .await?
        .into_iter()
        .any(|setting| setting.key == SettingKey::Printer(id));
    assert!(!there, "it was still resting");
    let counter = stopped.start().await?;
    at_the_backend(&restaurant, id).await?;
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_made_offline_waits_and_is_sent_when_the_server_is_back() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    restaurant.link.cut();
    let id = counter.client.save_printer(bar(&restaurant)?).await?;
    counter
        .until("the change waits for the server", |now| {
            printer(now, "Bar").is_ok_and(|shown| matches!(shown.sync, SyncView::Waiting { .. }))
        })
        .await?;
    restaurant.link.mend();
    at_the_backend(&restaurant, id).await?;
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn when_somebody_else_was_first_both_values_live_on_and_the_screen_says_so()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let now = counter
        .until("both are synced", |now| {
            now.printers
                .iter()
                .all(|shown| shown.sync == SyncView::Synced)
        })
        .await?;
    let kitchen = printer(&now, "Kitchen")?.printer.clone();
    restaurant.link.cut();
    let form = PrinterForm {
        id: Some(kitchen.id),
        name: "Kitchen left".into(),
        ..bar(&restaurant)?
    };
    counter.client.save_printer(form).await?;
    restaurant
        .set(&SettingKey::Printer(kitchen.id), |value| {
            journeys::change_printer(value, |printer| printer.name = "Kitchen right".into())
        })
        .await?;
    restaurant.link.mend();
    counter
        .until("the conflict is shown and the value here stays in force", |now| {
            printer(now, "Kitchen left").is_ok_and(|shown| {
                matches!(&shown.sync, SyncView::Failed { problem } if problem.code == api::Code::Conflict)
            })
        })
        .await?;
    assert_eq!(
        at_the_backend(&restaurant, kitchen.id).await?.name,
        "Kitchen right"
    );
    restaurant.close([counter]).await;
    Ok(())
}
