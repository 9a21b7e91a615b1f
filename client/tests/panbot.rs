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
    assert!(text(&panbot(&["counter", "--help"], "")).contains("kept in memory only"));
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
