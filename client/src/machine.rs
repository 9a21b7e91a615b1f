//! Which PC this is: a number that is the same at each start and goes with no copy of our files. It is made of what the
//! operating system knows the PC by and of the counter's id, so that it means nothing elsewhere. A copy of a whole disk
//! takes it along.

use std::sync::OnceLock;

use api::CounterId;
use uuid::Uuid;

/// Of this program.
const NAMESPACE: Uuid = Uuid::from_u128(0x8d0d_5a3c_62b1_4f0e_9a44_1e6f_0b7c_d3a9);

/// The number of this PC for a counter, without keeping the other tasks waiting.
pub async fn here(counter: CounterId) -> Option<Uuid> {
    // It asks the operating system the first time.
    let known = tokio::task::spawn_blocking(move || of_this_pc(counter)).await;
    known.unwrap_or_else(|error| {
        tracing::error!(%error, "which PC this is cannot be told");
        None
    })
}

/// The number of this PC for a counter; `None` where the system does not say which PC it is. The first time it may take
/// a while.
fn of_this_pc(counter: CounterId) -> Option<Uuid> {
    static KNOWN: OnceLock<Option<String>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| system_id().and_then(|id| readable(&id)));
    known.as_deref().map(|system| number(system, counter))
}

fn number(system: &str, counter: CounterId) -> Uuid {
    let of_counter = Uuid::new_v5(&NAMESPACE, counter.0.as_bytes());
    Uuid::new_v5(&of_counter, system.as_bytes())
}

/// A system that was not set up yet says `uninitialized`, or nothing.
fn readable(id: &str) -> Option<String> {
    let digits: String = id.chars().filter(char::is_ascii_hexdigit).collect();
    let is_id = digits.len() == 32
        && id
            .trim()
            .chars()
            .all(|c| c.is_ascii_hexdigit() || matches!(c, '-' | '{' | '}'));
    is_id.then(|| digits.to_ascii_lowercase())
}

#[cfg(target_os = "linux")]
fn system_id() -> Option<String> {
    std::fs::read_to_string("/etc/machine-id")
        .inspect_err(
            |error| tracing::info!(%error, "/etc/machine-id does not say which PC this is"),
        )
        .ok()
}

#[cfg(windows)]
fn system_id() -> Option<String> {
    use std::os::windows::process::CommandExt;
    /// Without a console window.
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    let key = r"HKLM\SOFTWARE\Microsoft\Cryptography";
    let said = std::process::Command::new("reg")
        .args(["query", key, "/v", "MachineGuid", "/reg:64"])
        .creation_flags(CREATE_NO_WINDOW)
        .output()
        .inspect_err(|error| tracing::info!(%error, "the registry does not say which PC this is"))
        .ok()?;
    value(&String::from_utf8_lossy(&said.stdout))
}

#[cfg(not(any(target_os = "linux", windows)))]
fn system_id() -> Option<String> {
    None
}

/// The value in what `reg query` prints: name, type and value in a row.
#[cfg(any(windows, test))]
fn value(said: &str) -> Option<String> {
    let row = said.lines().find(|row| row.contains("MachineGuid"))?;
    row.split_whitespace().last().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pc_has_one_number_and_shows_nobody_what_the_system_calls_it() {
        let (counter, other) = (CounterId(Uuid::from_u128(1)), CounterId(Uuid::from_u128(2)));
        let here = readable("0123456789abcdef0123456789abcdef\n").unwrap();
        let there = readable("fedcba9876543210fedcba9876543210").unwrap();
        assert_eq!(number(&here, counter), number(&here, counter));
        assert_ne!(number(&here, counter), number(&there, counter));
        assert_ne!(number(&here, counter), number(&here, other));
        assert!(
            !number(&here, counter)
                .simple()
                .to_string()
                .contains(&here[..8])
        );
        assert_eq!(of_this_pc(counter), of_this_pc(counter));
    }

    #[test]
    fn a_system_that_does_not_know_its_pc_makes_it_nobody() {
        for unknown in [
            "",
            "\n",
            "uninitialized\n",
            "0123",
            "0123456789abcdef0123456789abcdeg",
        ] {
            assert_eq!(readable(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn the_registry_says_it_in_a_row() {
        let said = "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\r\n    MachineGuid    REG_SZ    \
                    6f1f0a3c-8c52-4b7e-9d3a-2b1c4d5e6f70\r\n\r\n";
        let id = value(said).and_then(|id| readable(&id)).unwrap();
        assert_eq!(id, "6f1f0a3c8c524b7e9d3a2b1c4d5e6f70");
        assert_eq!(value("ERROR: not found"), None);
    }
}
