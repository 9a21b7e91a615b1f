//! Programs of other people that tests compare with.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A program by its name or whole path. `None` where it is not installed, which is said past the runner, since that keeps
/// what a passing test prints to itself; in CI it must be there.
pub(crate) fn tool(program: &str) -> Option<Command> {
    let there = Path::new(program).is_file()
        || std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .any(|folder| folder.join(program).is_file());
    if !there {
        let said = format!("left out: {program} is not installed (scripts/setup.sh paper)\n");
        assert!(std::env::var_os("CI").is_none(), "{said}");
        std::io::stderr()
            .write_all(said.as_bytes())
            .expect("stderr");
        return None;
    }
    Some(Command::new(program))
}

/// Runs it with this input; what it wrote. Fails with what it complained about.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A program that has seen enough closes its end.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    });
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}
