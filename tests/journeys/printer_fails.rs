//! A printer is gone, out of paper, or silent: nothing is lost, nothing doubled, and the screen says what is.

use api::{
    JobState, TicketKind,
    job::{Doubt, FailCause, WaitCause},
    printer::{Health, WhenUnreachable},
    settings::SettingKey,
};
use client::host::Ring;
use journeys::{Restaurant, change_printer, printer, quick};
use virtual_printer::Faults;

/// The id of a printer at the backend, after it was changed there.
async fn change(
    restaurant: &Restaurant,
    name: &str,
    change: impl FnOnce(&mut api::Printer),
) -> anyhow::Result<()> {
    let key = restaurant
        .settings()
        .await?
        .into_iter()
        .find(|setting| {
            setting
                .value
                .as_ref()
                .is_some_and(|value| value["name"] == name)
        })
        .map(|setting| setting.key)
        .ok_or_else(|| anyhow::anyhow!("no printer is named {name}"))?;
    assert!(matches!(key, SettingKey::Printer(_)));
    restaurant
        .set(&key, |value| change_printer(value, change))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_cannot_be_reached_alarms_after_three_attempts_and_prints_what_waits_once_when_it_is_back()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    change(&restaurant, "Kitchen", quick).await?;
    let counter = restaurant.counter().await?;
    restaurant
        .break_printer(
            "Kitchen",
            Faults {
                refuse: true,
                ..Faults::default()
            },
        )
        .await?;
    let orders = [
        restaurant.order(&["pizza"]).await?,
        restaurant.order(&["cold"]).await?,
    ];
    let first = counter
        .until_ticket(orders[0].id, TicketKind::Kitchen, |state| {
            matches!(
                state,
                JobState::Waiting {
                    cause: WaitCause::Unreachable,
                    bytes_left: false,
                    ..
                }
            )
        })
        .await?;
    assert_eq!(first.attempts, 3);
    let now = counter
        .until(
            "the kitchen printer cannot be reached and two tickets wait",
            |now| {
                printer(now, "Kitchen").is_ok_and(|shown| {
                    shown.status.as_ref().is_some_and(|status| {
                        status.health == Health::Unreachable && status.open_jobs == 2
                    })
                })
            },
        )
        .await?;
    assert!(
        printer(&now, "Counter")?
            .status
            .as_ref()
            .is_some_and(|status| status.health == Health::Ready)
    );
    assert!(counter.memory.heard(Ring::Alarm) >= 1, "an alarm is heard");
    // The dead printer delays nobody: both receipts are out.
    restaurant.paper_of("Counter", 2).await?;

    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    for order in &orders {
        counter
            .until_ticket(order.id, TicketKind::Kitchen, |state| {
                *state == JobState::Printed
            })
            .await?;
    }
    let paper = restaurant.paper("Kitchen")?;
    assert_eq!(paper.len(), 2);
    assert!(paper.iter().all(|paper| !paper.text.contains("REPRINT")));
    counter
        .until("the kitchen printer is ready", |now| {
            printer(now, "Kitchen").is_ok_and(|shown| {
                shown
                    .status
                    .as_ref()
                    .is_some_and(|s| s.health == Health::Ready && s.open_jobs == 0)
            })
        })
        .await?;
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_when_unreachable_fail_the_ticket_fails_and_prints_on_reprint_marked()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    change(&restaurant, "Kitchen", |printer| {
        quick(printer);
        printer.policy.when_unreachable = WhenUnreachable::Fail;
    })
    .await?;
    let counter = restaurant.counter().await?;
    restaurant
        .break_printer(
            "Kitchen",
            Faults {
                refuse: true,
                ..Faults::default()
            },
        )
        .await?;
    let order = restaurant.order(&["pizza"]).await?;
    let failed = counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            matches!(
                state,
                JobState::Failed {
                    cause: FailCause::Unreachable,
                    ..
                }
            )
        })
        .await?;
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    counter.client.reprint(failed.job).await?;
    let paper = restaurant.paper_of("Kitchen", 1).await?;
    assert!(paper[0].text.contains("REPRINT"), "{}", paper[0].text);
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_paper_waits_says_so_and_goes_on_by_itself() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    restaurant
        .break_printer(
            "Kitchen",
            Faults {
                paper_out: true,
                ..Faults::default()
            },
        )
        .await?;
    let order = restaurant.order(&["pizza"]).await?;
    let waiting = counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            matches!(
                state,
                JobState::Waiting {
                    cause: WaitCause::PaperOut,
                    bytes_left: false,
                    ..
                }
            )
        })
        .await?;
    assert_eq!(
        waiting.attempts, 0,
        "a printer that says what it needs spends no attempt"
    );
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    assert_eq!(restaurant.paper("Kitchen")?.len(), 1);
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_nobody_confirms_asks_and_a_person_decides() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    restaurant
        .break_printer(
            "Kitchen",
            Faults {
                no_confirmation: true,
                ..Faults::default()
            },
        )
        .await?;
    let unconfirmed = |state: &JobState| {
        matches!(
            state,
            JobState::Unconfirmed {
                cause: Doubt::NoConfirmation
            }
        )
    };
    let seen = restaurant.order(&["pizza"]).await?;
    let ticket = counter
        .until_ticket(seen.id, TicketKind::Kitchen, unconfirmed)
        .await?;
    counter.client.it_printed(ticket.job).await?;
    let vouched = counter
        .until_ticket(seen.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    assert_eq!(
        vouched.printed_by, None,
        "a person vouched for it, no printer did"
    );

    let unseen = restaurant.order(&["pizza"]).await?;
    let ticket = counter
        .until_ticket(unseen.id, TicketKind::Kitchen, unconfirmed)
        .await?;
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    counter.client.print_again(ticket.job).await?;
    counter
        .until_ticket(unseen.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    let paper = restaurant.paper("Kitchen")?;
    assert_eq!(
        paper.len(),
        3,
        "each order once, and the second once more because a person wanted it"
    );
    assert!(
        paper[2].text.contains("may be a duplicate"),
        "{}",
        paper[2].text
    );
    restaurant.close([counter]).await;
    Ok(())
}
