//! A real disk that is really full.

use std::{io::Write, path::Path, process::Command, time::Duration};

use api::JobState;
use printer_queue::{PrintQueue, QueueError, Submitted};

use crate::setup::*;

/// A disk of 16 megabytes, for as long as it is held.
struct SmallDisk<'a>(&'a Path);

impl SmallDisk<'_> {
    /// `None` where only root may mount, and this is somebody else.
    fn mount(at: &Path) -> Option<SmallDisk<'_>> {
        std::fs::create_dir_all(at).expect("a folder");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"])
            .arg(at)
            .output();
        done.is_ok_and(|done| done.status.success())
            .then_some(SmallDisk(at))
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
        // Past the capture of the test's output: nobody shall believe that this was tried.
        let left_out = "LEFT OUT: a disk that is full; only root may mount the small one\n";
        drop(std::io::stderr().write_all(left_out.as_bytes()));
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
