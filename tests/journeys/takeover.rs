//! Printers go from one counter to another: no ticket is lost, and none comes out twice in silence.

use std::{collections::BTreeMap, time::Duration};

use api::{Printer, settings::SettingKey};
use journeys::{Counter, Restaurant, printer};

const PRINTERS: [&str; 2] = ["Kitchen", "Counter"];

/// A second counter beside the one that prints.
async fn second(restaurant: &Restaurant) -> anyhow::Result<Counter> {
    let second = restaurant.new_counter("back office").await?;
    restaurant.sign_in(&second).await?;
    second
        .until("it prints on no printer", |now| {
            now.counter.print_here.is_some()
        })
        .await?;
    Ok(second)
}

async fn prints(counter: &Counter) -> anyhow::Result<()> {
    counter
        .until("the printers are its own", |now| {
            now.printers.len() == 2 && now.printers.iter().all(|printer| printer.mine)
        })
        .await?;
    Ok(())
}

/// Places an order of a guest whose name stands on each of its papers, and is that of no other.
async fn order_of(restaurant: &Restaurant, guest: u32) -> anyhow::Result<u32> {
    let mut wish = restaurant.wish(&["pizza"])?;
    wish["customer"]["name"] = format!("Guest-{guest:03}").into();
    restaurant.place(&wish).await?;
    Ok(guest)
}

/// How often the receipts of a printer name each guest, and how often without a mark.
fn counted(
    restaurant: &Restaurant,
    at: &str,
    numbers: &[u32],
) -> anyhow::Result<BTreeMap<u32, (usize, usize)>> {
    let papers = restaurant.paper(at)?;
    let of = |number: &u32| {
        let name = format!("Guest-{number:03}");
        let named = papers.iter().filter(|paper| paper.text.contains(&name));
        let texts: Vec<&str> = named.map(|paper| paper.text.as_ref()).collect();
        let plain = texts.iter().filter(|text| !text.contains("duplicate"));
        (*number, (texts.len(), plain.count()))
    };
    Ok(numbers.iter().map(of).collect())
}

/// Waits until each order is on paper at each printer, and no longer.
async fn all_on_paper(restaurant: &Restaurant, numbers: &[u32]) -> anyhow::Result<()> {
    let deadline = tokio::time::Instant::now() + journeys::PATIENCE;
    loop {
        let mut missing = Vec::new();
        for at in PRINTERS {
            let all = counted(restaurant, at, numbers)?;
            let none = all.into_iter().filter(|(_, (papers, _))| *papers == 0);
            missing.extend(none.map(|(number, _)| (at, number)));
        }
        if missing.is_empty() {
            return Ok(());
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "never came out: {missing:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn none_twice_in_silence(restaurant: &Restaurant, numbers: &[u32]) -> anyhow::Result<()> {
    for at in PRINTERS {
        for (number, (papers, plain)) in counted(restaurant, at, numbers)? {
            assert!(
                plain <= 1,
                "order {number}: {papers} papers at {at}, {plain} of them without a mark"
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_counter_that_is_gone_was_to_print_comes_out_marked_where_its_printers_go()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let first = restaurant.counter().await?;
    let second = second(&restaurant).await?;
    first.stop().await;
    let mut numbers = Vec::new();
    for guest in 0..5 {
        numbers.push(order_of(&restaurant, guest).await?);
    }
    second
        .until("it has the five orders", |now| now.orders.len() == 5)
        .await?;
    second.client.print_here().await?;
    for at in PRINTERS {
        let papers = restaurant.paper_of(at, 5).await?;
        assert!(papers.iter().all(|paper| paper.text.contains("duplicate")));
    }
    let new = order_of(&restaurant, 5).await?;
    all_on_paper(&restaurant, &numbers).await?;
    for at in PRINTERS {
        let papers = restaurant.paper_of(at, 6).await?;
        assert_eq!(papers.len(), 6);
        assert_eq!(counted(&restaurant, at, &[new])?[&new], (1, 1));
    }
    restaurant.close([second]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_printers_change_hands_no_order_is_lost_and_none_doubled_in_silence()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let first = restaurant.counter().await?;
    let second = second(&restaurant).await?;
    let mut numbers = Vec::new();
    for round in 0..4 {
        let (taker, other) = if round % 2 == 0 {
            (&second, &first)
        } else {
            (&first, &second)
        };
        let guest = round * 10;
        numbers.push(order_of(&restaurant, guest).await?);
        // In the same moment, whichever the server takes first.
        let (one, another, taken) = tokio::join!(
            order_of(&restaurant, guest + 1),
            order_of(&restaurant, guest + 2),
            taker.client.print_here(),
        );
        taken?;
        numbers.extend([one?, another?]);
        prints(taker).await?;
        numbers.push(order_of(&restaurant, guest + 3).await?);
        other
            .until("it prints on none any more", |now| {
                now.counter.print_here.is_some()
            })
            .await?;
    }
    all_on_paper(&restaurant, &numbers).await?;
    // Whatever is still in a line comes out before this one.
    let last = order_of(&restaurant, 900).await?;
    all_on_paper(&restaurant, &[last]).await?;
    none_twice_in_silence(&restaurant, &numbers)?;
    restaurant.close([first, second]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_read_keep_no_counter_from_taking_over() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let first = restaurant.counter().await?;
    let second = second(&restaurant).await?;
    restaurant.link.refuse(Some("/settings"));
    second.client.print_here().await?;
    prints(&second).await?;
    first
        .until("it prints on none any more", |now| {
            now.counter.print_here.is_some()
        })
        .await?;
    let number = order_of(&restaurant, 1).await?;
    all_on_paper(&restaurant, &[number]).await?;
    let again = order_of(&restaurant, 2).await?;
    all_on_paper(&restaurant, &[again]).await?;
    for at in PRINTERS {
        assert_eq!(counted(&restaurant, at, &[number])?[&number], (1, 1));
    }
    restaurant.link.refuse(None);
    restaurant.close([first, second]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_counters_that_sign_in_for_the_first_time_at_once_never_share_the_printers()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let one = restaurant.new_counter("one").await?;
    let two = restaurant.new_counter("two").await?;
    let (first, second) = tokio::join!(restaurant.sign_in(&one), restaurant.sign_in(&two));
    first?;
    second?;
    let all_mine = |now: &client::view::Snapshot| {
        now.printers.len() == 2 && now.printers.iter().all(|printer| printer.mine)
    };
    let deadline = tokio::time::Instant::now() + journeys::PATIENCE;
    while !all_mine(&one.client.snapshot().await?) && !all_mine(&two.client.snapshot().await?) {
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "nobody got them all"
        );
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    let mut owners = Vec::new();
    for setting in restaurant.settings().await? {
        if let SettingKey::Printer(_) = setting.key {
            let printer: Option<Printer> = serde_json::from_value(setting.value.into())?;
            owners.extend(printer.map(|printer| printer.owner));
        }
    }
    assert_eq!(owners.len(), 2);
    assert!(owners[0].is_some() && owners[0] == owners[1], "{owners:?}");
    let now = one.client.snapshot().await?;
    printer(&now, "Kitchen")?;
    let number = order_of(&restaurant, 1).await?;
    all_on_paper(&restaurant, &[number]).await?;
    let last = order_of(&restaurant, 900).await?;
    all_on_paper(&restaurant, &[last]).await?;
    for at in PRINTERS {
        assert_eq!(counted(&restaurant, at, &[number])?[&number], (1, 1));
    }
    restaurant.close([one, two]).await;
    Ok(())
}
