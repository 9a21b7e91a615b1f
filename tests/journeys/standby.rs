//! A counter that is silent loses its printers to one that reaches them; a copy of a counter prints nothing.

use std::{path::Path, process::Stdio, time::Duration};

use api::{JobState, TicketKind, settings::SettingKey};
use client::view::{Notice, Snapshot};
use journeys::{Counter, Restaurant, Terms};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
};
use virtual_printer::{Faults, Receipt};

const LEASE: Duration = Duration::from_secs(4);

fn short() -> Terms {
    Terms {
        lease_ms: 4_000,
        renewal_ms: 500,
    }
}

/// Long enough for a lease to end and for others to have seen it.
async fn lease_ends() {
    tokio::time::sleep(LEASE + Duration::from_secs(2)).await;
}

/// Long enough for each counter to have heard of the others.
async fn renewals() {
    tokio::time::sleep(Duration::from_secs(3)).await;
}

fn off() -> Faults {
    Faults {
        refuse: true,
        ..Faults::default()
    }
}

/// One that is not on the cable.
async fn beside(restaurant: &Restaurant) -> anyhow::Result<Counter> {
    let second = restaurant.new_counter("back office").await?;
    let (email, password) = restaurant.staff();
    second
        .client
        .login(&restaurant.server.url, email, password)
        .await?;
    second.until_live().await?;
    renewals().await;
    Ok(second)
}

fn stands_in(now: &Snapshot) -> bool {
    let notices = &now.counter.notices;
    notices.iter().any(
        |notice| matches!(notice, Notice::StandsIn { counter, .. } if counter == "counter" || counter == "panbot"),
    )
}

fn is_cloned(now: &Snapshot) -> bool {
    now.counter.notices.contains(&Notice::CounterCloned)
}

fn marked(papers: &[Receipt]) -> Vec<bool> {
    let marked = |paper: &Receipt| paper.text.contains("duplicate");
    papers.iter().map(marked).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_counter_dies_another_one_prints_its_orders_unasked() -> anyhow::Result<()> {
    let restaurant = Restaurant::open_with(short()).await?;
    let first = restaurant.counter().await?;
    let second = beside(&restaurant).await?;
    first.stop().await;
    for _ in 0..3 {
        restaurant.order(&["pizza"]).await?;
    }
    second.until("it says that it stands in", stands_in).await?;
    for at in ["Kitchen", "Counter"] {
        let papers = restaurant.paper_of(at, 3).await?;
        assert_eq!(marked(&papers), [true; 3], "nobody knows what came out");
    }
    restaurant.order(&["pizza"]).await?;
    let papers = restaurant.paper_of("Kitchen", 4).await?;
    assert!(!marked(&papers)[3]);
    restaurant.close([second]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_without_its_server_marks_what_it_prints_after_its_lease() -> anyhow::Result<()> {
    let restaurant = Restaurant::open_with(short()).await?;
    let first = restaurant.counter().await?;
    let second = beside(&restaurant).await?;
    restaurant.break_printer("Kitchen", off()).await?;
    let order = restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Counter", 1).await?;
    // What came out is reported.
    renewals().await;
    restaurant.link.cut();
    lease_ends().await;
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    first
        .until_ticket(order.id, TicketKind::Kitchen, |state| {
            *state == JobState::Printed
        })
        .await?;
    // The other one prints it too, as soon as it reaches the printer.
    let papers = restaurant.paper_of("Kitchen", 2).await?;
    assert_eq!(marked(&papers), [true; 2]);
    assert_eq!(marked(&restaurant.paper("Counter")?), [false]);
    restaurant.close([first, second]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lone_counter_and_one_without_standby_never_mark_however_long_the_server_is_away()
-> anyhow::Result<()> {
    for alone in [true, false] {
        let restaurant = Restaurant::open_with(short()).await?;
        let first = restaurant.counter().await?;
        let mut counters = Vec::new();
        if !alone {
            restaurant
                .set(&SettingKey::Business, |business| {
                    let mut business = business?;
                    business["standby"] = false.into();
                    Some(business)
                })
                .await?;
            counters.push(beside(&restaurant).await?);
        }
        restaurant.break_printer("Kitchen", off()).await?;
        restaurant.order(&["pizza"]).await?;
        restaurant.paper_of("Counter", 1).await?;
        restaurant.link.cut();
        lease_ends().await;
        restaurant
            .break_printer("Kitchen", Faults::default())
            .await?;
        restaurant.paper_of("Kitchen", 1).await?;
        lease_ends().await;
        assert_eq!(marked(&restaurant.paper("Kitchen")?), [false], "{alone}");
        counters.push(first);
        restaurant.close(counters).await;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_folder_prints_nothing_says_why_and_becomes_another_counter() -> anyhow::Result<()>
{
    let restaurant = Restaurant::open_with(short()).await?;
    let first = restaurant.counter().await?;
    restaurant.break_printer("Kitchen", off()).await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Counter", 1).await?;
    renewals().await;
    let stopped = first.stop().await;
    copy(&restaurant.folder("counter"), &restaurant.folder("copy"))?;
    let first = stopped.start().await?;
    first.until_live().await?;
    renewals().await;
    let second = restaurant.new_counter("copy").await?;
    restaurant.sign_in(&second).await?;
    second.until("it is called a copy", is_cloned).await?;
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 2).await?;
    renewals().await;
    assert_eq!(marked(&restaurant.paper("Kitchen")?), [false; 2]);
    assert_eq!(restaurant.paper("Counter")?.len(), 2);
    assert!(!is_cloned(&first.client.snapshot().await?));

    let id = second.client.snapshot().await?.counter.id;
    second.client.become_another().await?;
    let second = second.restart().await?;
    second.until_live().await?;
    renewals().await;
    let now = second.client.snapshot().await?;
    assert_ne!(now.counter.id, id);
    assert!(!is_cloned(&now));
    assert!(now.printers.iter().all(|printer| !printer.mine));
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 3).await?;
    renewals().await;
    assert_eq!(marked(&restaurant.paper("Kitchen")?), [false; 3]);
    restaurant.close([first, second]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_started_again_is_no_copy_also_when_its_last_answer_was_lost()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open_with(short()).await?;
    let mut first = restaurant.counter().await?;
    for lost in [false, true] {
        renewals().await;
        if lost {
            restaurant.link.lose_answer_to("counters/lease");
            while restaurant.link.loses() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            restaurant.link.refuse(Some("counters/lease"));
        }
        first = first.restart().await?;
        restaurant.link.refuse(None);
        let before = restaurant.paper("Kitchen")?.len() as u64;
        restaurant.order(&["pizza"]).await?;
        restaurant.paper_of("Kitchen", before + 1).await?;
        assert!(!is_cloned(&first.client.snapshot().await?));
    }
    restaurant.close([first]).await;
    Ok(())
}

/// The real program in a process of its own, printing.
async fn program(restaurant: &Restaurant) -> anyhow::Result<Child> {
    let (email, password) = restaurant.staff();
    let mut child = Command::new(env!("CARGO_BIN_EXE_panbot-to-kill"))
        .args(["counter", "--find", "none", "--lease-renewal-ms", "500"])
        .args(["--server", &restaurant.public_url()])
        .args(["--email", email, "--password-stdin", "--data"])
        .arg(restaurant.folder("stopped"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().expect("it was piped");
    stdin.write_all(password.as_bytes()).await?;
    drop(stdin);
    let deadline = tokio::time::Instant::now() + journeys::PATIENCE;
    loop {
        let settings = restaurant.settings().await?;
        let values = settings.into_iter().filter_map(|setting| setting.value);
        if values.filter(|value| value["owner"].is_string()).count() == 2 {
            return Ok(child);
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "the program never took the printers"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn signal(child: &Child, signal: &str) -> anyhow::Result<()> {
    let id = child.id().expect("it runs").to_string();
    let done = Command::new("kill").args([signal, &id]).status().await?;
    anyhow::ensure!(done.success(), "kill {signal} {id}");
    Ok(())
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_stood_still_prints_nothing_unmarked_that_another_one_took()
-> anyhow::Result<()> {
    let restaurant = Restaurant::open_with(short()).await?;
    let mut child = program(&restaurant).await?;
    let second = beside(&restaurant).await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.break_printer("Kitchen", off()).await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Counter", 2).await?;
    // What came out is reported.
    renewals().await;
    signal(&child, "-STOP").await?;
    restaurant
        .break_printer("Kitchen", Faults::default())
        .await?;
    second.until("it says that it stands in", stands_in).await?;
    let papers = restaurant.paper_of("Kitchen", 2).await?;
    assert_eq!(marked(&papers), [false, true]);
    signal(&child, "-CONT").await?;
    restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 3).await?;
    lease_ends().await;
    let papers = restaurant.paper("Kitchen")?;
    let unmarked = marked(&papers).iter().filter(|marked| !**marked).count();
    assert_eq!(unmarked, 2, "the first order and the last: {papers:#?}");
    child.kill().await?;
    restaurant.close([second]).await;
    Ok(())
}
