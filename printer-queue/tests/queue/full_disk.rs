//! A real disk that is really full.

use std::{io::Write, path::Path, process::Command, time::Duration};

use api::JobState;
use printer_queue::{PrintQueue, QueueError, Submitted};

use crate::setup::*;

/// A disk of 16 megabytes, for as long as it is held.
struct SmallDisk<'a>(&'a Path);

impl SmallDisk<'_> {
    /// `None` where only root may mount, and this is somebody else; it says so.
    fn mount(at: &Path) -> Option<SmallDisk<'_>> {
        std::fs::create_dir_all(at).expect("a folder");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"])
            .arg(at)
            .output();
        if done.is_ok_and(|done| done.status.success()) {
            return Some(SmallDisk(at));
        }
        // Past the capture of the test's output: nobody shall believe that this was tried.
        let left_out = "LEFT OUT: a disk that is full; only root may mount the small one\n";
        drop(std::io::stderr().write_all(left_out.as_bytes()));
        None
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0).output());
    }
}

/// Takes what is left, to the last byte.
fn fill(path: &Path) -> std::fs::File {
    let mut file = std::fs::File::create(path).expect("a file");
    while file.write_all(&[7; 512]).is_ok() {}
    file
}

#[tokio::test]
async fn a_full_disk_is_said_nothing_is_lost_and_work_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("shop");
    let Some(_disk) = SmallDisk::mount(&place) else {
        return;
    };
    let kitchen = kitchen().await;
    let printer = settings_of(&kitchen);
    let filler = place.join("photos");
    std::fs::write(&filler, vec![7; 15_500_000]).expect("a filler");
    let (queue, _) = PrintQueue::open(options(&folder, &timings()))
        .await
        .expect("a fresh queue");
    let mut taken = Vec::new();
    let (refused, order) = loop {
        assert!(taken.len() < 1_000, "the disk is never full");
        let new = ticket(Some(printer.id), &"A long order. ".repeat(300));
        let order = new.order.expect("an order");
        match queue.submit(order, 1, vec![new.clone()]).await {
            Ok(Submitted::New(jobs)) => taken.extend(jobs),
            Ok(Submitted::AlreadyHandled) => panic!("it is new"),
            Err(error) => {
                let said = error.to_string();
                assert!(matches!(error, QueueError::Storage { .. }), "{said}");
                assert!(
                    said.contains("full") && said.contains("free space"),
                    "{said}"
                );
                break (new, order);
            }
        }
    };
    assert!(!taken.is_empty());
    assert_eq!(queue.is_handled(order, 1).await, Ok(false));
    let known = queue.open_and_recent(0).await.expect("what is there");
    assert_eq!(known.len(), taken.len(), "nothing of it is lost");

    let rest = fill(&place.join("videos"));
    // What cannot be written down is not printed, and the printer's card says why.
    queue.set_printers(vec![printer.clone()]).await;
    let mut statuses = queue.statuses();
    let said = statuses.wait_for(|all| {
        all.get(&printer.id).is_some_and(|status| {
            let detail = status.detail.as_deref().unwrap_or_default();
            detail.contains("full")
        })
    });
    tokio::time::timeout(PATIENCE, said)
        .await
        .expect("in time")
        .expect("a status");
    let out = papers(&kitchen).len();
    assert!(out <= taken.len());

    drop(rest);
    for filler in [filler, place.join("videos")] {
        std::fs::remove_file(filler).expect("room");
    }
    let again = queue.submit(order, 1, vec![refused]).await;
    let Ok(Submitted::New(late)) = again else {
        panic!("{again:?}")
    };
    taken.extend(late);
    let all_printed = async {
        loop {
            let open = queue.open_and_recent(1_000).await.expect("the tickets");
            if open.iter().all(|t| t.state == JobState::Printed) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all_printed)
        .await
        .expect("in time");
    assert_eq!(papers(&kitchen).len(), taken.len(), "each once");
    queue.shutdown().await;
}

#[tokio::test]
async fn a_ticket_that_the_disk_did_not_take_is_no_longer_waited_for_at_its_printer() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("shop");
    let Some(_disk) = SmallDisk::mount(&place) else {
        return;
    };
    let kitchen = kitchen().await;
    faults(&kitchen, |f| f.paper_out = true).await;
    let printer = settings_of(&kitchen);
    let (queue, _) = PrintQueue::open(options(&folder, &timings()))
        .await
        .expect("a fresh queue");
    queue.set_printers(vec![printer.clone()]).await;
    let filler = place.join("photos");
    let rest = fill(&filler);
    // The first ones may still fit into what the file of tickets has.
    let refused = async {
        let mut taken = 0;
        loop {
            let new = ticket(Some(printer.id), &"A long order. ".repeat(3_000));
            let order = new.order.expect("an order");
            match queue.submit(order, 1, vec![new]).await {
                Ok(_) => taken += 1,
                Err(QueueError::Storage { .. }) => return taken,
                Err(error) => panic!("{error}"),
            }
        }
    };
    let taken = tokio::time::timeout(PATIENCE, refused)
        .await
        .expect("in time");
    // It has been looked at for the one that is not there.
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(rest);
    std::fs::remove_file(filler).expect("room");
    faults(&kitchen, |f| f.paper_out = false).await;
    let new = ticket(Some(printer.id), "Order 42");
    let order = new.order.expect("an order");
    let taken_now = queue.submit(order, 1, vec![new]).await;
    assert!(matches!(taken_now, Ok(Submitted::New(_))), "{taken_now:?}");
    let papers = paper(&kitchen, taken + 1).await;
    assert_eq!(papers.len() as u64, taken + 1);
    assert!(papers.last().is_some_and(|last| last.contains("Order 42")));
    queue.shutdown().await;
}
