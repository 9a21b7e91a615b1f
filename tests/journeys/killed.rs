//! The program is killed, not ended: SIGKILL, at the two moments that matter.

use std::process::Stdio;

use api::{JobState, TicketKind, job::Doubt};
use journeys::{Counter, Restaurant, Stopped, host::Memory, timings};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
};
use virtual_printer::Faults;

/// The real program in a process of its own, signed in and printing.
async fn program(restaurant: &Restaurant) -> anyhow::Result<Child> {
    let (email, password) = restaurant.staff();
    let mut child = Command::new(env!("CARGO_BIN_EXE_panbot-to-kill"))
        .args([
            "counter",
            "--find",
            "none",
            "--server",
            &restaurant.public_url(),
            "--email",
            email,
            "--password-stdin",
            "--data",
        ])
        .arg(restaurant.folder("killed"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().expect("it was piped");
    stdin.write_all(password.as_bytes()).await?;
    drop(stdin);
    // A first order through and through: it is signed in, owns the printers and is past its first look at the feed.
    let deadline = tokio::time::Instant::now() + journeys::PATIENCE;
    loop {
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "the program never took the printers"
        );
        let owned = restaurant
            .settings()
            .await?
            .into_iter()
            .filter_map(|setting| setting.value);
        if owned.filter(|value| value["owner"].is_string()).count() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    loop {
        restaurant.order(&["pizza"]).await?;
        if restaurant
            .printers
            .wait_for("Kitchen", 1, std::time::Duration::from_secs(2))
            .await
            .is_ok()
        {
            return Ok(child);
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "the program never printed"
        );
    }
}

/// Kills it and starts a counter on its files.
async fn kill(restaurant: &Restaurant, mut child: Child) -> anyhow::Result<Counter> {
    child.kill().await?;
    let options = client::Options {
        data_dir: restaurant.folder("killed"),
        queue_timings: timings(),
        search: journeys::nowhere(),
        ..client::Options::default()
    };
    Stopped {
        memory: Memory::default(),
        options,
    }
    .start()
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_killed_between_commit_and_send_prints_once_after_the_restart()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let child = program(&restaurant).await?;
    let (kitchen, counter_paper) = settled(&restaurant).await;
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
    // Receipt and kitchen ticket are committed together: once the one is on paper, the other is in the file.
    restaurant.paper_of("Counter", counter_paper + 1).await?;
    let counter = kill(&restaurant, child).await?;
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    let paper = restaurant.paper_of("Kitchen", kitchen + 1).await?;
    let last = paper.last().expect("one more");
    assert!(
        last.text.contains(&order.number.to_string()) && !last.text.contains("REPRINT"),
        "{}",
        last.text
    );
    assert_eq!(restaurant.paper("Kitchen")?.len() as u64, kitchen + 1);
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_killed_after_the_bytes_left_asks() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let child = program(&restaurant).await?;
    let (kitchen, _) = settled(&restaurant).await;
    restaurant
        .break_printer(
            "Kitchen",
            Faults {
                no_confirmation: true,
                ..Faults::default()
            },
        )
        .await?;
    let order = restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", kitchen + 1).await?;
    let counter = kill(&restaurant, child).await?;
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    let asks = counter
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            matches!(
                state,
                JobState::Unconfirmed {
                    cause: Doubt::ProgramEnded
                }
            )
        })
        .await?;
    assert_eq!(
        restaurant.paper("Kitchen")?.len() as u64,
        kitchen + 1,
        "nothing is printed again unasked"
    );
    counter.client.print_again(asks.job).await?;
    let paper = restaurant.paper_of("Kitchen", kitchen + 2).await?;
    let last = paper.last().expect("one more");
    assert!(last.text.contains("may be a duplicate"), "{}", last.text);
    restaurant.close([counter]).await;
    Ok(())
}

/// How much has come out of both printers, once nothing more comes.
async fn settled(restaurant: &Restaurant) -> (u64, u64) {
    let count = |name: &str| restaurant.paper(name).map_or(0, |paper| paper.len() as u64);
    let mut before = (0, 0);
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        let now = (count("Kitchen"), count("Counter"));
        if now == before && now.0 == now.1 && now.0 > 0 {
            return now;
        }
        before = now;
    }
}
