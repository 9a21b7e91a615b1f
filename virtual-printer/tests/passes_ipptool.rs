//! Debian's `ipptool` (package cups-ipp-utils) with its own suites against our printer. What it finds is compared with the
//! list of what is known and why (docs/virtual-printer.md): a new failure fails, and so does one that is gone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod tickets;

use std::path::Path;
use std::process::Command;
use tickets::{JPEG, PATIENCE, pdf, pwg};
use virtual_printer::{Options, VirtualPrinter};

/// Suite, test, and what the test expects in vain.
const KNOWN: [(&str, &str, &str); 2] = [
    (
        "ipp-everywhere",
        "PWG 5100.14 section 5.1/5.2 - Required Operations and Attributes",
        "overrides-supported",
    ),
    (
        "ipp-everywhere",
        "PWG 5100.14 section 5.1/5.2 - Required Operations and Attributes",
        "overrides-supported",
    ),
];

/// Runs a suite: how many of its tests passed, and what the others expected in vain.
fn run(suite: &str, file: &Path, uri: &str) -> Option<(usize, Vec<(String, String)>)> {
    let made = Command::new("ipptool")
        // CUPS keeps certificates that it has seen at home.
        .env("HOME", file.with_file_name(""))
        .args(["-t", "-f"])
        .arg(file)
        .args([uri, &format!("{suite}.test")])
        .output();
    let Ok(output) = made else {
        let said = b"left out: ipptool is not installed (scripts/setup.sh printers)\n";
        assert!(std::env::var_os("CI").is_none(), "ipptool is not installed");
        // Past the runner, which keeps what a passing test prints to itself.
        std::io::Write::write_all(&mut std::io::stderr(), said).expect("stderr");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (mut passed, mut failed) = (0, Vec::new());
    let mut test = None;
    for line in text.lines() {
        if line.ends_with("[PASS]") {
            passed += 1;
        }
        if line.ends_with(']') && line.contains("[") {
            let name = line.rsplit_once('[').map_or(line, |(name, _)| name);
            test = line.ends_with("[FAIL]").then(|| name.trim().to_owned());
            if let Some(name) = &test {
                failed.push((name.clone(), String::new()));
            }
        }
        if let (Some(name), Some(expected)) = (&test, line.trim().strip_prefix("EXPECTED: ")) {
            failed.retain(|(of, what)| !(of == name && what.is_empty()));
            failed.push((name.clone(), expected.to_owned()));
        }
    }
    assert!(
        passed > 0,
        "{suite} against {uri}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.success(), failed.is_empty(), "{text}");
    Some((passed, failed))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suites_of_ipptool_find_what_is_known_and_nothing_else() {
    let printer = VirtualPrinter::start(Options::default().with_ipp("Office"))
        .await
        .unwrap();
    let uri = printer.ipp_uri("Office").unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tls = uri
        .replacen("ipp", "ipps", 1)
        .replace("127.0.0.1", "localhost");
    // The printer prints at once; a page that takes its time lets the suites see jobs that are not completed as well.
    let runs = [
        ("ticket.pwg", pwg("Order 42"), None, &uri),
        ("ticket.pdf", pdf("Order 42"), Some(100), &uri),
        ("ticket.jpg", JPEG.to_vec(), None, &tls),
    ];
    for (name, document, ms_per_page, uri) in runs {
        let file = folder.path().join(name);
        std::fs::write(&file, document).unwrap();
        printer
            .change_faults("Office", move |faults| faults.ms_per_page = ms_per_page)
            .await
            .unwrap();
        // Each suite includes the one before it.
        for (suite, tests) in [("ipp-1.1", 30), ("ipp-2.0", 31), ("ipp-everywhere", 31)] {
            if name != "ticket.pwg" && suite != "ipp-everywhere" {
                continue;
            }
            let (file, uri) = (file.clone(), uri.clone());
            let found = tokio::task::spawn_blocking(move || run(suite, &file, &uri)).await;
            let Some((passed, failed)) = found.unwrap() else {
                return;
            };
            let known: Vec<(String, String)> = KNOWN
                .iter()
                .filter(|(of, _, _)| *of == suite)
                .map(|(_, test, what)| ((*test).to_owned(), (*what).to_owned()))
                .collect();
            assert_eq!(
                failed, known,
                "{suite} with {name}: what is found is not what is known"
            );
            assert!(passed >= tests, "{suite}: only {passed} tests passed");
        }
    }
    assert!(printer.receipts("Office").unwrap().len() > 20);
    tokio::time::timeout(PATIENCE, printer.shutdown())
        .await
        .expect("an end");
}
