//! The roll on disk, the page, and the program around them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod sender;

use sender::{PATIENCE, Sender, confirm, ticket};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use virtual_printer::{Options, VirtualPrinter};

fn http() -> reqwest::Client {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

async fn print(printer: &VirtualPrinter, name: &str, text: &str) {
    let mut sender = Sender::connect(printer.address(name).unwrap()).await;
    sender.send(&[ticket(text), confirm("0001")].concat()).await;
    sender.receive(7).await;
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[tokio::test]
async fn each_receipt_is_in_the_folder_as_text_picture_and_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        roll: Some(folder.path().join("roll")),
        ..Options::default()
    };
    let printer = VirtualPrinter::start(options().with_printer("Kitchen"))
        .await
        .unwrap();
    print(&printer, "Kitchen", "Order 42").await;
    printer.settled().await;
    let read = |name: &str| std::fs::read(folder.path().join("roll").join(name)).unwrap();
    assert_eq!(read("Kitchen-1.txt"), b"Order 42\n");
    assert_eq!(read("Kitchen-1.bin"), ticket("Order 42"));
    assert!(read("Kitchen-1.png").starts_with(PNG));
    let mut sender = Sender::connect(printer.address("Kitchen").unwrap()).await;
    sender.send(b"half\n").await;
    sender.finish().await;
    sender.receive_to_end().await.unwrap();
    printer.shutdown().await;
    assert_eq!(
        read("Kitchen-2.txt"),
        b"half\n--- unfinished: the paper was not cut ---\n",
        "written before the end"
    );
    let left_over = std::fs::read_dir(folder.path().join("roll"))
        .unwrap()
        .count();
    assert_eq!(left_over, 6, "nothing half-written stays");

    let printer = VirtualPrinter::start(options().with_printer("Kitchen"))
        .await
        .unwrap();
    print(&printer, "Kitchen", "next day").await;
    printer.shutdown().await;
    assert_eq!(
        read("Kitchen-3.txt"),
        b"next day\n",
        "an old receipt is never written over"
    );
    assert_eq!(read("Kitchen-1.txt"), b"Order 42\n");
}

#[tokio::test]
async fn without_pictures_the_folder_holds_text_and_bytes_alone() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        roll: Some(folder.path().to_owned()),
        pictures: false,
        ..Options::default()
    };
    let printer = VirtualPrinter::start(options.with_printer("Kitchen"))
        .await
        .unwrap();
    print(&printer, "Kitchen", "Order 42").await;
    printer.shutdown().await;
    let files = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["Kitchen-1.bin", "Kitchen-1.txt"]);
}

#[tokio::test]
async fn the_page_shows_receipts_and_turns_switches() {
    let options = Options {
        web: Some(([127, 0, 0, 1], 0).into()),
        ..Options::default()
    };
    let printer = VirtualPrinter::start(
        options
            .with_printer("Kitchen")
            .with_paper("Bar & Grill", 384),
    )
    .await
    .unwrap();
    let url = printer.web_url().unwrap();
    let http = http();
    let page = http.get(&url).send().await.unwrap();
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    let page = page.text().await.unwrap();
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "nothing from elsewhere"
    );

    let mut events = http.get(format!("{url}/events")).send().await.unwrap();
    print(&printer, "Bar & Grill", "<b>Order</b> 7").await;
    let mut heard = String::new();
    while !heard.contains("event: receipt") || !heard.ends_with("\n\n") {
        let chunk = tokio::time::timeout(PATIENCE, events.chunk())
            .await
            .expect("an event")
            .unwrap()
            .unwrap();
        heard.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(heard.contains(r#""text":"<b>Order</b> 7\n""#), "{heard}");

    let bar = format!("{url}/api/printers/Bar%20%26%20Grill");
    let receipts: Value = http
        .get(format!("{bar}/receipts"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&receipts[0]["number"], &receipts[0]["width"]),
        (&json!(1), &json!(384))
    );
    let png = http
        .get(format!("{url}/roll/Bar%20%26%20Grill/1.png"))
        .send()
        .await
        .unwrap();
    assert_eq!(png.headers()["content-type"], "image/png");
    assert!(png.bytes().await.unwrap().starts_with(PNG));
    assert_eq!(
        http.get(format!("{url}/roll/Kitchen/1.png"))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    assert_eq!(
        http.get(format!("{url}/roll/Kitchen/..%2fx.png"))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );

    let kitchen = format!("{url}/api/printers/Kitchen");
    let turn = async |named: Value| {
        http.post(format!("{kitchen}/faults"))
            .json(&named)
            .send()
            .await
            .unwrap()
    };
    let view: Value = turn(json!({"paper_out": true})).await.json().await.unwrap();
    assert_eq!(
        (&view["faults"]["paper_out"], &view["faults"]["refuse"]),
        (&json!(true), &json!(false))
    );
    let view: Value = turn(json!({"bytes_per_second": 100}))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        view["faults"]["paper_out"],
        json!(true),
        "what is not named stays"
    );
    turn(json!({"bytes_per_second": null, "paper_out": false})).await;
    assert_eq!(
        printer.state("Kitchen").unwrap().faults,
        virtual_printer::Faults::default()
    );
    let refused = turn(json!({"on_fire": true})).await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("on_fire"));
    assert_eq!(
        http.post(format!("{kitchen}/power"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let nobody = http
        .post(format!("{url}/api/printers/Nobody/power"))
        .send()
        .await
        .unwrap();
    assert_eq!(nobody.status(), 404);

    tokio::time::timeout(PATIENCE, printer.shutdown())
        .await
        .expect("an end, although an event stream is open");
}

#[tokio::test]
async fn the_program_says_where_it_listens_and_ends_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_virtual-printer"))
        .args([
            "--escpos",
            "Kitchen=127.0.0.1:0",
            "--escpos",
            "Bar=127.0.0.1:0",
            "--paper",
            "Bar=58",
        ])
        .args(["--web", "127.0.0.1:0", "--roll"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(program.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["ready"], "virtual-printer");
    let page = http()
        .get(ready["web"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    let mut sender =
        Sender::connect(ready["escpos"]["Bar"].as_str().unwrap().parse().unwrap()).await;
    sender
        .send(&[ticket("Order 42"), confirm("0001")].concat())
        .await;
    sender.receive(7).await;
    end(&mut program);
    assert_eq!(
        std::fs::read(folder.path().join("Bar-1.txt")).unwrap(),
        b"Order 42\n"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn faults_and_serial_cables_are_there_from_the_start_when_the_flags_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("bar");
    let mut program = Command::new(env!("CARGO_BIN_EXE_virtual-printer"))
        .args(["--escpos", "Kitchen=127.0.0.1:0", "--serial"])
        .arg(format!("Bar={}", link.display()))
        .args(["--flow", "Bar=xonxoff", "--model", "TM-1"])
        .args(["--fault", "Kitchen=near_end", "--fault", "Bar=cover_open"])
        .args(["--fault", "Kitchen=paper_out_after_lines:1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(program.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["serial"]["Bar"], link.display().to_string());
    assert!(link.exists());
    let kitchen = ready["escpos"]["Kitchen"].as_str().unwrap();
    let mut sender = Sender::connect(kitchen.parse().unwrap()).await;
    assert_eq!(sender.ask(b"\x10\x04\x04\x1dIC", 7).await, b"\x1e_TM-1\0");
    sender.send(b"one\ntwo\n").await;
    assert_eq!(sender.ask(b"\x10\x04\x04", 1).await, [0x7e]);
    end(&mut program);
    assert!(!link.is_symlink());
}

#[test]
fn the_help_names_every_fault() {
    let out = Command::new(env!("CARGO_BIN_EXE_virtual-printer"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(out.stdout).unwrap();
    for switch in virtual_printer::SWITCHES {
        assert!(help.contains(&switch.written()), "{}", switch.name);
        assert!(help.contains(switch.says), "{}", switch.name);
    }
}

#[cfg(unix)]
fn end(program: &mut std::process::Child) {
    let told = Command::new("kill")
        .arg(program.id().to_string())
        .status()
        .unwrap();
    assert!(told.success());
    assert!(program.wait().unwrap().success(), "ended in order");
}

#[cfg(not(unix))]
fn end(program: &mut std::process::Child) {
    std::thread::sleep(std::time::Duration::from_secs(2));
    program.kill().unwrap();
    program.wait().unwrap();
}

#[test]
fn wrong_use_is_exit_code_2_and_says_what_is_right() {
    let run = |flags: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_virtual-printer"))
            .args(flags)
            .output()
            .unwrap();
        assert!(out.stdout.is_empty());
        (
            out.status.code().unwrap(),
            String::from_utf8(out.stderr).unwrap(),
        )
    };
    let cases: [(&[&str], &str); 9] = [
        (&[], "--escpos"),
        (
            &["--escpos", "127.0.0.1:0"],
            "such as Kitchen=127.0.0.1:9100",
        ),
        (&["--escpos", "Kitchen=somewhere"], "no address and port"),
        (
            &["--escpos", "Kitchen=127.0.0.1:0", "--paper", "Kitchen=70"],
            "80 or 58",
        ),
        (
            &["--escpos", "Kitchen=127.0.0.1:0", "--fault", "Bar=near_end"],
            "there is no --escpos Bar",
        ),
        (
            &[
                "--escpos",
                "Kitchen=127.0.0.1:0",
                "--fault",
                "Kitchen=on_fire",
            ],
            "paper_out_after_lines:LINES",
        ),
        (
            &[
                "--escpos",
                "Kitchen=127.0.0.1:0",
                "--flow",
                "Kitchen=xonxoff",
            ],
            "there is no --serial Kitchen",
        ),
        (
            &["--serial", "Bar=./bar", "--flow", "Bar=fast"],
            "hardware, xonxoff or none",
        ),
        (
            &["--escpos", "Kitchen=127.0.0.1:0", "--paper", "Bar=58"],
            "there is no --escpos Bar",
        ),
    ];
    for (flags, says) in cases {
        let (code, stderr) = run(flags);
        assert_eq!(code, 2, "{flags:?}");
        assert!(stderr.contains(says), "{flags:?}: {stderr}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, stderr) = run(&[
        "--escpos",
        &format!("Kitchen={}", taken.local_addr().unwrap()),
    ]);
    assert_eq!(code, 1, "right use, wrong world");
    assert!(stderr.contains("Choose another port"), "{stderr}");
}
