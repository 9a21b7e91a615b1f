//! What other people's programs send over the network is what stands on the paper.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod sender;

use sender::PATIENCE;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use virtual_printer::{Faults, Options, Receipt, VirtualPrinter};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Says past the runner that a test was left out; where everything must be installed, it fails instead.
fn left_out(what: &str, word: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what} is not installed");
    let said = format!("left out: {what} is not installed (scripts/setup.sh {word})\n");
    std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).expect("stderr");
}

/// Runs a program that sends to the printer, and waits until it has ended.
async fn run(program: &Path, script: &Path, printer: &VirtualPrinter) -> Output {
    let address = printer.address("Kitchen").expect("a printer");
    let mut command = Command::new(program);
    command
        .arg(script)
        .arg(address.ip().to_string())
        .arg(address.port().to_string())
        .stdin(Stdio::null());
    let ran = tokio::task::spawn_blocking(move || command.output());
    let output = ran.await.expect("a thread").expect("a program that starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    output
}

fn last_line(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines().last().unwrap_or_default().to_owned()
}

async fn kitchen() -> VirtualPrinter {
    let options = Options {
        // A machine where ten test programs run is slow.
        patience: PATIENCE,
        ..Options::default()
    };
    VirtualPrinter::start(options.with_printer("Kitchen"))
        .await
        .expect("a printer")
}

/// The dots of the paper: how many of them are black.
fn black(receipt: &Receipt) -> usize {
    let fonts = templates::Fonts::default();
    let picture = receipt.paper.picture(&fonts).expect("a picture");
    picture
        .bits()
        .iter()
        .map(|byte| byte.count_ones() as usize)
        .sum()
}

/// What a scanner reads off the paper, sorted; none when there is no scanner here.
fn codes(receipt: &Receipt) -> Option<Vec<String>> {
    if Command::new("zbarimg").arg("--version").output().is_err() {
        left_out("zbarimg", "paper");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("receipt.png");
    let png = receipt.png().expect("a picture");
    std::fs::write(&file, png).expect("a file");
    let mut zbarimg = Command::new("zbarimg");
    let read = zbarimg.args(["--quiet", "--raw"]).arg(&file).output();
    let read = read.expect("a program that starts");
    let said = String::from_utf8_lossy(&read.stdout);
    let mut codes: Vec<String> = said.lines().map(str::to_owned).collect();
    codes.sort();
    Some(codes)
}

fn is_whole(receipt: &Receipt, says: &[&str]) {
    assert!(receipt.finished, "cut");
    assert_eq!(receipt.drawer_pulses, 1, "the drawer opened once");
    assert_eq!(
        &*receipt.notes,
        &[] as &[String],
        "all of it was understood"
    );
    for said in says {
        assert!(receipt.text.contains(said), "{said} in {}", receipt.text);
    }
    assert!(
        black(receipt) > 5000,
        "codes and pictures are there as dots"
    );
}

#[tokio::test]
async fn tickets_of_npm_receiptline_come_out_whole() {
    let module = here("../node_modules/receiptline/package.json");
    let node = Path::new("node");
    if !module.exists() || Command::new(node).arg("--version").output().is_err() {
        return left_out("npm receiptline", "build");
    }
    let printer = kitchen().await;
    run(node, &here("tests/senders/receiptline.mjs"), &printer).await;
    let receipts = printer.wait_for("Kitchen", 1, PATIENCE).await.unwrap();
    is_whole(
        &receipts[0],
        &["Kitchen", "Order 42", "Margherita", "19.00", "Crème brûlée"],
    );
    if let Some(codes) = codes(&receipts[0]) {
        assert_eq!(codes, ["4006381333931", "https://example.org/42"]);
    }
    printer.shutdown().await;
}

#[tokio::test]
async fn tickets_of_python_escpos_come_out_whole_and_it_is_told_how_the_printer_is() {
    let python = here("../target/tools/senders/bin/python");
    if !python.exists() {
        return left_out("PyPI python-escpos", "senders");
    }
    let printer = kitchen().await;
    let script = here("tests/senders/python_escpos.py");
    let output = run(&python, &script, &printer).await;
    assert_eq!(
        last_line(&output),
        "online paper: 2",
        "2 is its word for enough paper"
    );
    let low = Faults {
        near_end: true,
        ..Faults::default()
    };
    printer.set_faults("Kitchen", low).await.unwrap();
    let output = run(&python, &script, &printer).await;
    assert_eq!(
        last_line(&output),
        "online paper: 1",
        "1 is its word for little paper"
    );
    let receipts = printer.wait_for("Kitchen", 2, PATIENCE).await.unwrap();
    is_whole(
        &receipts[0],
        &["Kitchen", "Order 43", "Margherita", "Crème brûlée"],
    );
    if let Some(codes) = codes(&receipts[0]) {
        let link = "https://example.org/43";
        assert_eq!(codes, ["4006381333931", link, link]);
    }
    assert_eq!(receipts[0].bytes, receipts[1].bytes);
    printer.shutdown().await;
}
