//! What hangs on this PC: a serial cable (made by socat, the virtual printer at its other end), a pipe, a device file.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Once,
    time::Duration,
};

use api::{
    JobState, Outcome, Printer,
    job::{Doubt, NotPrinted, WaitCause},
    printer::{Address, Health, Learned},
};
use printers::{print_once, probe};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_serial::SerialStream;
use virtual_printer::{Flow, VirtualPrinter};

use crate::setup::*;

/// A serial cable: what goes in at one end comes out at the other, until it is pulled.
struct Cable {
    folder: TempDir,
    socat: Option<Child>,
}

impl Cable {
    /// `None` without socat.
    fn new() -> Option<Cable> {
        let there = Command::new("socat")
            .arg("-V")
            .stdout(Stdio::null())
            .status();
        if there.is_err() {
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                // Not by a macro: the test runner would keep it to itself.
                let line = b"serial cables were left out: socat is not installed (scripts/setup.sh printers)\n";
                std::io::stderr().write_all(line).expect("stderr");
            });
            assert!(std::env::var_os("CI").is_none(), "CI must have socat");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        Some(Cable {
            folder,
            socat: None,
        })
    }

    async fn plug(&mut self) {
        let end = |name: &str| format!("pty,raw,echo=0,link={}", self.end(name).display());
        let socat = Command::new("socat")
            .args([end("ours"), end("theirs")])
            .spawn()
            .expect("socat");
        self.socat = Some(socat);
        let plugged = async {
            while !self.end("ours").exists() || !self.end("theirs").exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let plugged = tokio::time::timeout(PATIENCE, plugged).await;
        plugged.expect("two ends of a cable");
    }

    fn pull(&mut self) {
        if let Some(mut socat) = self.socat.take() {
            socat.kill().expect("socat ends");
            socat.wait().expect("socat ended");
        }
        for name in ["ours", "theirs"] {
            // A socat that was killed leaves its links behind.
            let _ = std::fs::remove_file(self.end(name));
        }
    }

    fn end(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The end that a printer is plugged into.
    fn theirs(&self) -> impl AsyncRead + AsyncWrite + Send + Unpin + use<> {
        let path = self.end("theirs");
        let port = tokio_serial::new(path.to_string_lossy(), 9_600);
        SerialStream::open(&port).expect("the other end")
    }

    fn address(&self, settings: &str) -> String {
        format!("serial://{}{settings}", self.end("ours").display())
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.pull();
    }
}

fn printer_on(address: &str) -> Printer {
    Printer {
        address: Some(address.parse().expect("an address")),
        ..printer_at("127.0.0.1:9")
    }
}

async fn cabled(cable: &mut Cable, flow: Flow) -> VirtualPrinter {
    let kitchen = kitchen().await;
    cable.plug().await;
    let plugged = kitchen.plug_serial("Kitchen", cable.theirs(), flow).await;
    plugged.expect("a printer");
    kitchen
}

#[tokio::test]
async fn tickets_over_a_serial_line_are_confirmed_one_after_the_other() {
    let Some(mut cable) = Cable::new() else {
        return;
    };
    let kitchen = cabled(&mut cable, Flow::XonXoff).await;
    let counter = Counter::new().await;
    let printer = printer_on(&cable.address("?baud=38400&flow=software"));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let long = "a dish of many words\n".repeat(200);
    for order in 0..3 {
        let text = format!("Order {order}\n{long}");
        let job = counter.submit_one(ticket(Some(printer.id), &text)).await;
        counter.until_state(job, JobState::Printed).await;
    }
    let papers = paper(&kitchen, 3).await;
    assert_eq!(papers.len(), 3);
    for (order, text) in papers.iter().enumerate() {
        assert!(text.contains(&format!("Order {order}")), "{text}");
        assert_eq!(text.matches("a dish of many words").count(), 200);
    }
}

#[tokio::test]
async fn a_serial_printer_says_how_it_is_and_what_it_is() {
    let Some(mut cable) = Cable::new() else {
        return;
    };
    let kitchen = cabled(&mut cable, Flow::None).await;
    for text in [
        cable.address("?flow=none"),
        // Written as a device file it is the same line.
        format!("file://{}", cable.end("ours").display()),
    ] {
        let address: Address = text.parse().expect("an address");
        let answer = probe(&address, &timings().device).await;
        assert_eq!(answer.health, Health::Ready, "{text}: {answer:?}");
        assert_eq!(answer.learned.model.as_deref(), Some("Virtual 80"));
    }
    faults(&kitchen, |f| f.paper_out = true).await;
    let address = cable.address("?flow=none").parse().expect("an address");
    let answer = probe(&address, &timings().device).await;
    assert_eq!(answer.health, Health::PaperOut);
}

#[tokio::test]
async fn a_silent_serial_printer_takes_its_tickets_to_the_last_byte() {
    let Some(mut cable) = Cable::new() else {
        return;
    };
    let kitchen = cabled(&mut cable, Flow::None).await;
    faults(&kitchen, |f| {
        f.no_status = true;
        f.no_confirmation = true;
    })
    .await;
    let counter = Counter::new().await;
    let mut printer = printer_on(&cable.address("?flow=none"));
    printer.learned = Learned {
        status: Some(false),
        confirm: Some(false),
        ..Learned::default()
    };
    counter.queue.set_printers(vec![printer.clone()]).await;
    let text = "a dish of many words\n".repeat(500);
    let job = counter.submit_one(ticket(Some(printer.id), &text)).await;
    counter.until_state(job, JobState::Sent).await;
    let papers = paper(&kitchen, 1).await;
    assert_eq!(papers[0].matches("a dish of many words").count(), 500);
}

#[tokio::test]
async fn a_cable_that_is_pulled_in_the_middle_of_a_ticket_leaves_a_doubt() {
    let Some(mut cable) = Cable::new() else {
        return;
    };
    cable.plug().await;
    let mut theirs = cable.theirs();
    let counter = Counter::new().await;
    let printer = printer_on(&cable.address("?flow=none"));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    let mut heard = Vec::new();
    // It answers until the ticket begins, and then there is no cable any more.
    while !heard.ends_with(b"\x1B@") {
        heard.push(theirs.read_u8().await.expect("bytes"));
        if let [.., 0x10, 0x04, 1..=4] = heard.as_slice() {
            theirs.write_all(&[0x12]).await.expect("a listener");
        }
    }
    cable.pull();
    let cause = Doubt::ConnectionLost;
    counter
        .until_state(job, JobState::Unconfirmed { cause })
        .await;
}

#[tokio::test]
async fn what_waits_for_a_cable_prints_by_itself_when_it_is_plugged_in() {
    let Some(mut cable) = Cable::new() else {
        return;
    };
    let counter = Counter::new().await;
    let printer = printer_on(&cable.address("?flow=none"));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    let unreachable = |state: &JobState| {
        matches!(
            state,
            JobState::Waiting {
                cause: WaitCause::Unreachable,
                bytes_left: false,
                ..
            }
        )
    };
    counter
        .until(job, |ticket| unreachable(&ticket.state))
        .await;
    let status = counter
        .until_status(printer.id, |status| status.detail.is_some())
        .await;
    let detail = status.detail.expect("why");
    assert!(detail.contains("plug the printer in"), "{detail}");
    let kitchen = cabled(&mut cable, Flow::None).await;
    counter.until_state(job, JobState::Printed).await;
    assert_eq!(papers(&kitchen).len(), 1);
}

#[tokio::test]
async fn a_line_that_is_set_to_another_speed_prints_nothing_and_says_so() {
    let Some(mut cable) = Cable::new() else {
        return;
    };
    cable.plug().await;
    let mut theirs = cable.theirs();
    // What is heard at the wrong speed is other bytes than were said.
    let garbles = tokio::spawn(async move {
        let mut taken = Vec::new();
        let mut bytes = [0; 64];
        while let Ok(count @ 1..) = theirs.read(&mut bytes).await {
            taken.extend_from_slice(&bytes[..count]);
            if theirs.write_all(&[0xE6, 0xF8, 0x80]).await.is_err() {
                break;
            }
        }
        taken
    });
    let counter = Counter::new().await;
    let printer = printer_on(&cable.address("?flow=none"));
    counter.queue.set_printers(vec![printer.clone()]).await;
    let job = counter
        .submit_one(ticket(Some(printer.id), "Order 42"))
        .await;
    let status = counter
        .until_status(printer.id, |status| status.health == Health::Unreachable)
        .await;
    let detail = status.detail.expect("why");
    assert!(detail.contains("speed"), "{detail}");
    let state = counter.job(job).await.state;
    assert!(
        matches!(
            state,
            JobState::Waiting {
                bytes_left: false,
                ..
            }
        ),
        "{state:?}"
    );
    counter.queue.shutdown().await;
    cable.pull();
    let taken = garbles.await.expect("what it took");
    assert!(!taken.windows(2).any(|two| two == b"\x1B@"), "{taken:?}");
}

#[tokio::test]
async fn a_line_that_another_program_uses_is_waited_for() {
    let Some(mut cable) = Cable::new() else {
        return;
    };
    let _kitchen = cabled(&mut cable, Flow::None).await;
    let port = tokio_serial::new(cable.end("ours").to_string_lossy(), 9_600);
    let other = SerialStream::open(&port).expect("another program");
    let address: Address = cable.address("?flow=none").parse().expect("an address");
    let answer = probe(&address, &timings().device).await;
    let detail = answer.detail.expect("why");
    assert!(detail.contains("another program"), "{detail}");
    drop(other);
    let answer = probe(&address, &timings().device).await;
    assert_eq!(answer.health, Health::Ready, "{answer:?}");
}

fn at(path: &Path) -> Address {
    let text = format!("file://{}", path.display());
    text.parse().expect("an address")
}

async fn printed(address: &Address) -> Outcome {
    let bytes = b"\x1B@hello\n\x1DV\x00".to_vec();
    print_once(address, bytes, &Learned::default(), &timings().device).await
}

fn pipe(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("pipe");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).expect("a pipe");
    path
}

#[tokio::test]
async fn a_pipe_takes_a_ticket_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = pipe(&folder);
    let reader = path.clone();
    let reads = tokio::task::spawn_blocking(move || std::fs::read(reader));
    // The reader opens its end in its own time.
    let outcome = tokio::time::timeout(PATIENCE, async {
        loop {
            let outcome = printed(&at(&path)).await;
            let Outcome::NotPrinted(NotPrinted::Unreached { detail }) = outcome else {
                return outcome;
            };
            assert!(detail.contains("other end"), "{detail}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert_eq!(outcome.await.expect("an outcome"), Outcome::Sent);
    let bytes = reads.await.expect("a reader").expect("bytes");
    // The question how it is stands in front: nobody knew that it cannot answer.
    assert!(bytes.ends_with(b"\x1B@hello\n\x1DV\x00"), "{bytes:?}");
}

#[tokio::test]
async fn a_pipe_whose_reader_goes_in_the_middle_leaves_a_doubt() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = pipe(&folder);
    let options = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK;
    let reader = rustix::fs::open(&path, options, rustix::fs::Mode::empty()).expect("a reader");
    let address = at(&path);
    let learned = Learned::default();
    let timings = timings();
    // More than a pipe holds.
    let bytes = vec![b'x'; 1_000_000];
    let printing = print_once(&address, bytes, &learned, &timings.device);
    let goes = async {
        let mut some = vec![0; 100_000];
        let mut taken = 0;
        while taken < 200_000 {
            match rustix::io::read(&reader, &mut some) {
                Ok(count) => taken += count,
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
        drop(reader);
    };
    let (outcome, ()) = tokio::join!(printing, goes);
    assert_eq!(outcome, Outcome::Uncertain(Doubt::ConnectionLost));
}

#[tokio::test]
async fn a_device_that_swallows_everything_is_mute_and_takes_it() {
    assert_eq!(printed(&at(Path::new("/dev/null"))).await, Outcome::Sent);
}

#[tokio::test]
async fn what_is_no_device_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("menu.txt");
    std::fs::write(&file, "pizza").expect("a file");
    for path in [file.as_path(), folder.path()] {
        let outcome = printed(&at(path)).await;
        assert!(
            matches!(&outcome, Outcome::NotPrinted(NotPrinted::Impossible { detail }) if detail.contains("no printer")),
            "{outcome:?}"
        );
    }
    assert_eq!(std::fs::read(&file).expect("the file"), b"pizza");
    let missing = folder.path().join("lp0");
    let outcome = printed(&at(&missing)).await;
    assert!(
        matches!(&outcome, Outcome::NotPrinted(NotPrinted::Unreached { detail }) if detail.contains("plug the printer in")),
        "{outcome:?}"
    );
    assert!(!missing.exists(), "nothing is made");
    let text = format!("serial://{}", file.display());
    let outcome = printed(&text.parse().expect("an address")).await;
    assert!(
        matches!(&outcome, Outcome::NotPrinted(NotPrinted::Impossible { detail }) if detail.contains("no serial line")),
        "{outcome:?}"
    );
}
