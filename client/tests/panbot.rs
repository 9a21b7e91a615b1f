//! The `panbot` program from outside: what comes out where, and its exit codes.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

fn panbot(arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_panbot"))
        .args(arguments)
        .env_remove("PANBOT_PASSWORD")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built for this test");
    // A program that refuses its arguments reads nothing.
    drop(
        child
            .stdin
            .take()
            .expect("it was piped")
            .write_all(input.as_ref()),
    );
    child.wait_with_output().expect("it ends by itself")
}

fn order() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/order.json")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("what is no picture is text")
}

fn rendered(arguments: &[&str]) -> Output {
    let order = order();
    let mut all = vec![
        "render",
        "--order",
        order.to_str().expect("a path in this repository"),
    ];
    all.extend(arguments);
    panbot(&all, "")
}

#[test]
fn a_ticket_comes_out_as_markup_text_and_bytes() {
    let markup = rendered(&["--template", "receipt", "--to", "markup"]);
    assert_eq!(markup.status.code(), Some(0));
    assert!(text(&markup).contains("Trattoria Rosa"));
    let wide = rendered(&["--template", "kitchen", "--to", "text"]);
    let narrow = rendered(&["--template", "kitchen", "--columns", "32", "--to", "text"]);
    assert!(text(&narrow).lines().all(|line| line.chars().count() <= 32));
    assert!(text(&wide).lines().any(|line| line.chars().count() > 32));
    let bytes = rendered(&["--template", "receipt", "--to", "escpos"]).stdout;
    assert!(bytes.starts_with(b"\x1b@"), "{bytes:?}");
}

#[test]
fn markup_that_is_already_rendered_is_taken_from_standard_input() {
    let output = panbot(&["render", "--markup", "-", "--to", "text"], "^^^Hello\n");
    assert_eq!(
        (output.status.code(), text(&output).trim()),
        (Some(0), "Hello")
    );
}

#[test]
fn a_template_of_ones_own_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (own, out) = (
        folder.path().join("own.mustache"),
        folder.path().join("out.txt"),
    );
    std::fs::write(&own, "Only this\n").unwrap();
    let output = rendered(&[
        "--template",
        own.to_str().unwrap(),
        "--to",
        "text",
        "-o",
        out.to_str().unwrap(),
    ]);
    assert_eq!(
        (output.status.code(), text(&output).as_str()),
        (Some(0), "")
    );
    assert_eq!(std::fs::read_to_string(out).unwrap().trim(), "Only this");
}

#[test]
fn every_command_of_the_page_about_receipts_works() {
    let docs = order().parent().expect("a folder").canonicalize().unwrap();
    let page = std::fs::read_to_string(docs.join("receipts.md")).unwrap();
    let block = |fence: &str| {
        let (_, rest) = page.split_once(fence).unwrap();
        rest.split_once("```").unwrap().0
    };
    let slip = std::fs::read_to_string(docs.join("examples/slip.mustache")).unwrap();
    assert_eq!(block("```mustache\n"), slip);

    let folder = tempfile::tempdir().unwrap();
    let commands: Vec<&str> = block("```sh\n").lines().collect();
    assert!(commands.len() > 8);
    for command in commands {
        let words = command
            .split(' ')
            .map(|word| match word.strip_prefix("docs/") {
                Some(file) => docs.join(file).display().to_string(),
                None if word.starts_with("receipt.") || word.ends_with(".png") => {
                    folder.path().join(word).display().to_string()
                }
                None => word.to_owned(),
            });
        let words: Vec<String> = words.collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(words[0], "panbot");
        let output = panbot(&words[1..], "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{command}: {said}");
    }
}

#[test]
fn wrong_use_is_told_from_what_failed() {
    for (wrong, input) in [
        (&["render", "--to", "text"][..], ""),
        (
            &[
                "render",
                "--order",
                "x",
                "--template",
                "receipt",
                "--columns",
                "3",
                "--to",
                "text",
            ],
            "",
        ),
        (&["render", "--markup", "-", "--to", "papyrus"], ""),
        (&["print", "--to", "http://x", "--markup", "-"], ""),
        (
            &[
                "counter",
                "--server",
                "http://127.0.0.1:1",
                "--email",
                "a@b.example",
            ],
            "",
        ),
    ] {
        assert_eq!(panbot(wrong, input).status.code(), Some(2), "{wrong:?}");
    }
    for (failed, input) in [
        (
            &[
                "render",
                "--order",
                "/no/such/file",
                "--template",
                "receipt",
                "--to",
                "text",
            ][..],
            "",
        ),
        (
            &[
                "render",
                "--order",
                "-",
                "--template",
                "receipt",
                "--to",
                "text",
            ],
            "[1]",
        ),
        (
            &[
                "render",
                "--order",
                "-",
                "--template",
                "receipt",
                "--to",
                "text",
            ],
            "{\"business\": 1}",
        ),
    ] {
        let output = panbot(failed, input);
        assert_eq!(output.status.code(), Some(1), "{failed:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}

#[test]
fn printing_ends_with_the_outcome_in_one_line() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", free.local_addr().unwrap());
    drop(free);
    let output = panbot(&["print", "--to", &address, "--markup", "-"], "Hello\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).starts_with("not printed: nobody answers there"),
        "{}",
        text(&output)
    );
    assert_eq!(text(&output).lines().count(), 1);
}

#[test]
fn every_command_explains_itself() {
    for command in [
        &["--help"][..],
        &["counter", "--help"],
        &["render", "--help"],
        &["print", "--help"],
    ] {
        let output = panbot(command, "");
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output).contains("Usage: panbot"));
    }
    assert!(text(&panbot(&["counter", "--help"], "")).contains("--take-printers"));
}

#[test]
fn bytes_for_a_printer_are_read_back_as_commands_text_and_paper() {
    let bytes = rendered(&["--template", "receipt", "--to", "escpos"]).stdout;
    let commands = panbot(&["read", "-", "--to", "commands"], &bytes);
    assert_eq!(commands.status.code(), Some(0));
    let lines = text(&commands);
    assert!(lines.starts_with("       0      2  ESC @ initialize\n"));
    assert!(lines.contains("GS V cut"), "{lines}");
    let paper = panbot(&["read", "-", "--to", "text"], &bytes);
    assert_eq!(paper.status.code(), Some(0));
    assert!(text(&paper).contains("Trattoria Rosa"));
    let folder = tempfile::tempdir().unwrap();
    let (sent, shown) = (folder.path().join("x.bin"), folder.path().join("x.png"));
    std::fs::write(&sent, &bytes).unwrap();
    let (sent, shown) = (sent.to_str().unwrap(), shown.to_str().unwrap());
    let picture = panbot(&["read", sent, "--to", "png", "-o", shown], "");
    assert_eq!(picture.status.code(), Some(0));
    assert!(std::fs::read(shown).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn what_is_not_understood_is_shown_with_its_place_and_ends_with_1() {
    let output = panbot(&["read", "-", "--to", "commands"], b"a\x1b\xff\n\x1dv0");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output),
        "       0      1  text \"a\"\n       1      2  UNKNOWN 1B FF\n       3      1  LF\n       4      3  TRUNCATED 1D 76 30\n"
    );
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("1 unknown, 1 broken off"), "{said}");
}

#[test]
fn the_printer_decides_what_two_bytes_mean_and_how_wide_the_paper_is() {
    let sent = b"\x1c&\xb1\xe8\x1c.\x1ba\x02\n5\n\x1dV\x00";
    let korean = panbot(
        &[
            "read",
            "-",
            "--to",
            "text",
            "--profile",
            "generic-80-korean",
            "--columns",
            "32",
        ],
        sent,
    );
    assert_eq!(
        (korean.status.code(), text(&korean)),
        (
            Some(0),
            format!("{:>31}\n{:>32}\n- - - - - - - -\n", "김", "5")
        )
    );
    let nobody = panbot(&["read", "-", "--to", "text", "--profile", "nobody"], sent);
    assert_eq!(nobody.status.code(), Some(1));
}

/// Every name of a template that `panbot render --help` tells.
fn templates() -> Vec<String> {
    let help = text(&panbot(&["render", "--help"], ""));
    let (_, after) = help
        .split_once("--template <NAME|FILE>")
        .expect("it explains --template");
    let (names, _) = after.split_once(", or a file").expect("files come last");
    names
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect()
}

#[test]
fn every_ticket_of_the_house_comes_out_in_every_form() {
    let names = templates();
    assert!(
        names.len() >= 7 && names.contains(&"summary".to_owned()),
        "{names:?}"
    );
    let was = order();
    let was = was.to_str().unwrap();
    for name in &names {
        let mut arguments = vec!["--template", name.as_str(), "--to"];
        for (form, begins) in [
            ("markup", &b"{x-mark}"[..]),
            ("escpos", b"\x1b@"),
            ("png", b"\x89PNG"),
            ("pdf", b"%PDF-"),
            ("pwg", b"RaS2PwgRaster\0"),
            ("urf", b"UNIRAST\0"),
            ("text", b""),
        ] {
            arguments.truncate(3);
            arguments.push(form);
            if name == "change" {
                arguments.extend(["--before", was]);
            }
            let output = rendered(&arguments);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(0), "{name} {form} {said}");
            assert!(output.stdout.starts_with(begins), "{name} {form}");
            assert!(output.stdout.len() > 20, "{name} {form}");
        }
    }
}

#[test]
fn a_change_ticket_tells_the_difference_to_the_order_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut was: serde_json::Value =
        serde_json::from_slice(&std::fs::read(order()).unwrap()).unwrap();
    let lines = was["order"]["lines"].as_array_mut().unwrap();
    let added = lines.remove(0)["name"].as_str().unwrap().to_owned();
    for (name, before) in [("whole.json", &was), ("order.json", &was["order"])] {
        let file = folder.path().join(name);
        std::fs::write(&file, before.to_string()).unwrap();
        let file = file.to_str().unwrap();
        let arguments = ["--template", "change", "--to", "text", "--before", file];
        let shown = text(&rendered(&arguments));
        let (told, unchanged) = shown.split_once("Unchanged").expect("some lines stayed");
        assert!(
            told.contains(&added) && !told.contains("Tiramisù"),
            "{shown}"
        );
        assert!(unchanged.contains("Tiramisù"), "{shown}");
    }
}

#[test]
fn the_language_the_printer_and_the_mark_are_what_was_asked_for() {
    let receipt = |more: &[&str]| {
        let mut arguments = vec!["--template", "receipt", "--to", "text"];
        arguments.extend(more);
        let output = rendered(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        text(&output)
    };
    assert!(receipt(&["--locale", "de-DE"]).contains("Summe"));
    assert!(!receipt(&[]).contains("Summe"));
    let widest = |text: String| text.lines().map(|line| line.chars().count()).max();
    assert_eq!(widest(receipt(&["--profile", "generic-58"])), Some(32));
    assert_eq!(
        widest(receipt(&["--profile", "generic-58", "--columns", "40"])),
        Some(40)
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.json");
    std::fs::write(&file, r#"{"based_on": "generic-80", "columns": 44}"#).unwrap();
    assert_eq!(
        widest(receipt(&["--profile", file.to_str().unwrap()])),
        Some(44)
    );
    for (mark, says) in [
        ("copy", "COPY 2"),
        ("reprint", "REPRINT"),
        ("duplicate", "may be a duplicate"),
        ("backup:Bar", "BACKUP FOR Bar"),
    ] {
        let shown = receipt(&["--mark", mark]);
        assert!(shown.lines().next().unwrap().contains(says), "{shown}");
    }
    let opens = |arguments: &[&str]| {
        let mut all = vec!["--template", "receipt", "--to", "escpos"];
        all.extend(arguments);
        rendered(&all)
            .stdout
            .windows(3)
            .any(|bytes| bytes == b"\x1bp\0")
    };
    assert!(opens(&["--drawer"]) && !opens(&[]));
    assert!(
        !opens(&["--drawer", "--mark", "copy"]),
        "only the original opens it"
    );
}

#[test]
fn pages_are_made_for_what_the_printer_lists() {
    let number = |file: &[u8], place: usize| {
        u32::from_be_bytes(file[place + 4..place + 8].try_into().unwrap())
    };
    let pages = |more: &[&str]| {
        let mut arguments = vec!["--template", "receipt", "--to", "pwg"];
        arguments.extend(more);
        rendered(&arguments).stdout
    };
    let roll = pages(&[]);
    assert_eq!(
        [276, 372, 388].map(|place| number(&roll, place)),
        [203, 576, 1]
    );
    let sheet = pages(&[
        "--resolution",
        "300",
        "--color",
        "sgray_8",
        "--medium",
        "a4",
    ]);
    assert_eq!(
        [276, 372, 376, 388].map(|place| number(&sheet, place)),
        [300, 2480, 3508, 8]
    );
}

#[test]
fn what_cannot_be_meant_is_wrong_use() {
    let was = order();
    let was = was.to_str().unwrap();
    for (wrong, why) in [
        (
            &["--template", "change", "--to", "text"][..],
            "--before FILE",
        ),
        (
            &["--template", "receipt", "--to", "text", "--before", was],
            "--before belongs",
        ),
        (
            &[
                "--template",
                "receipt",
                "--to",
                "png",
                "--resolution",
                "300",
            ],
            "--resolution",
        ),
        (
            &["--template", "receipt", "--to", "urf", "--color", "black_1"],
            "URF",
        ),
        (
            &["--template", "receipt", "--to", "text", "--mark", "backup:"],
            "backup:NAME",
        ),
        (
            &["--template", "receipt", "--to", "text", "--mark", "x"],
            "reprint",
        ),
    ] {
        let output = rendered(wrong);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{wrong:?} {said}");
        assert!(said.contains(why), "{wrong:?} {said}");
    }
    for (failed, why) in [
        (
            &["--template", "/no/such.mustache", "--to", "text"][..],
            "cannot be read",
        ),
        (
            &[
                "--template",
                "receipt",
                "--to",
                "text",
                "--profile",
                "TM-none",
            ],
            "TM-none",
        ),
        (
            &["--template", "receipt", "--to", "pwg", "--resolution", "9"],
            "choose a resolution",
        ),
    ] {
        let output = rendered(failed);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{failed:?} {said}");
        assert!(
            said.contains(why) && output.stdout.is_empty(),
            "{failed:?} {said}"
        );
    }
}

#[test]
fn a_letter_that_no_font_has_is_printed_as_its_number_and_told_with_its_place() {
    let fonts = concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts");
    let arguments = ["render", "--markup", "-", "--fonts", fonts, "--to", "text"];
    let output = panbot(&arguments, "Tea\nPizza \u{e000}\n");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (
            output.status.code(),
            text(&output).contains("Pizza [U+E000]")
        ),
        (Some(0), true),
        "{said}"
    );
    assert!(
        said.contains("line 2, column 7: no font here has U+E000"),
        "{said}"
    );
}
