//! A queue of the Windows spooler that takes a printer's bytes as they are (`RAW`). The spooler says when it has them, never
//! when they are on paper: the best that a ticket comes to is [`Outcome::Sent`].
//!
//! Source: Microsoft, `PRINTER_INFO_2` (its `Status`), `StartDocPrinter`, `WritePrinter`.

use std::io;

use api::{
    Outcome,
    job::{Doubt, NotPrinted},
    printer::Health,
};

use super::status::Report;

/// What has to be done at the printer, by the bits of its queue's status; the most helpful first.
const STATES: [(u32, Health); 4] = [
    // The door is open.
    (0x0040_0000, Health::CoverOpen),
    // No paper; a problem with it.
    (0x0000_0050, Health::PaperOut),
    // An error; a jam; somebody is called for; no memory left.
    (0x0030_000A, Health::Fault),
    // Paused; being deleted; offline; not available; unknown to the server, or that is offline.
    (0x0280_1085, Health::Offline),
];

/// What a queue's status says; `None` when that is nothing.
fn report(status: u32) -> Option<Report> {
    let health = STATES.iter().find(|(bits, _)| status & bits != 0)?.1;
    Some(Report::saying(std::iter::once(health)))
}

/// What became of a ticket of this length. What failed before the first byte is known by its words; of anything else
/// nobody knows.
fn outcome(handed: io::Result<usize>, length: usize) -> Outcome {
    match handed {
        Ok(taken) if taken == length => Outcome::Sent,
        Ok(_) => Outcome::Uncertain(Doubt::ConnectionLost),
        Err(error) => {
            let detail = error.to_string();
            if error.kind() == io::ErrorKind::NotFound {
                return Outcome::NotPrinted(NotPrinted::Unreached { detail });
            }
            if ["start document", "start page"]
                .iter()
                .any(|step| detail.contains(step))
            {
                return Outcome::NotPrinted(NotPrinted::Refused {
                    detail: format!("the Windows spooler took nothing: {detail}"),
                });
            }
            Outcome::Uncertain(Doubt::ConnectionLost)
        }
    }
}

#[cfg(windows)]
pub(super) use windows::Queue;

#[cfg(windows)]
mod windows {
    use super::{Doubt, NotPrinted, Outcome, Report, outcome, report};

    /// A queue that is there.
    #[derive(Debug)]
    pub struct Queue {
        name: String,
    }

    impl Queue {
        /// Finds a queue, and what its status says.
        ///
        /// # Errors
        /// [`NotPrinted::Unreached`] when there is no such queue; [`NotPrinted::Impossible`] when it cannot be written to.
        pub async fn open(name: &str) -> Result<(Queue, Option<Report>), NotPrinted> {
            // The one call that takes its name takes it in the letters of this PC's language alone.
            if !name.is_ascii() {
                return Err(NotPrinted::Impossible {
                    detail: format!(
                        "the queue {name} has letters in its name that cannot be handed to Windows; rename it with plain ones"
                    ),
                });
            }
            let unreached = |detail| NotPrinted::Unreached { detail };
            let queues = tokio::task::spawn_blocking(statuses)
                .await
                .map_err(|error| unreached(format!("the Windows spooler was not asked: {error}")))?
                .map_err(unreached)?;
            let found = queues
                .iter()
                .find(|(queue, _)| queue.eq_ignore_ascii_case(name));
            let Some((_, status)) = found else {
                return Err(unreached(format!(
                    "Windows has no printer queue {name}; set the printer up there, or correct its address"
                )));
            };
            let queue = Queue {
                name: name.to_owned(),
            };
            Ok((queue, report(*status)))
        }

        /// Hands a ticket over.
        pub async fn send(&self, bytes: &[u8]) -> Outcome {
            let (name, bytes) = (self.name.clone(), bytes.to_vec());
            let length = bytes.len();
            let handing = move || raw_printer::write_to_device(&name, &bytes, Some("PanBot"));
            match tokio::task::spawn_blocking(handing).await {
                Ok(handed) => outcome(handed, length),
                Err(_) => Outcome::Uncertain(Doubt::ConnectionLost),
            }
        }
    }

    /// The queues of this PC, each with its status.
    fn statuses() -> Result<Vec<(String, u32)>, String> {
        use winsafe::{EnumPrinters2, co::PRINTER_ENUM};
        let queues = EnumPrinters2(PRINTER_ENUM::LOCAL | PRINTER_ENUM::CONNECTIONS)
            .map_err(|error| format!("the Windows spooler does not answer: {error}"))?;
        let named = |queue: &winsafe::PRINTER_INFO_2<
            '_,
            '_,
            '_,
            '_,
            '_,
            '_,
            '_,
            '_,
            '_,
            '_,
            '_,
            '_,
            '_,
        >| { Some((queue.pPrinterName()?, queue.Status.raw())) };
        Ok(queues.iter().filter_map(named).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_says_what_has_to_be_done_first() {
        let health = |status| report(status).map(Report::health);
        // Nothing; printing; power save.
        for fine in [0, 0x400, 0x0100_0000] {
            assert_eq!(health(fine), None, "{fine:#x}");
        }
        assert_eq!(health(0x10), Some(Health::PaperOut));
        assert_eq!(health(0x0040_0012), Some(Health::CoverOpen));
        assert_eq!(health(0x80), Some(Health::Offline));
        assert_eq!(health(0x01), Some(Health::Offline));
        assert_eq!(health(0x08), Some(Health::Fault));
    }

    #[test]
    fn only_a_ticket_that_was_taken_whole_is_sent() {
        assert_eq!(outcome(Ok(9), 9), Outcome::Sent);
        let doubt = Outcome::Uncertain(Doubt::ConnectionLost);
        assert_eq!(outcome(Ok(8), 9), doubt);
        assert_eq!(
            outcome(Err(io::Error::other("Failed to write to printer")), 9),
            doubt
        );
    }

    #[test]
    fn what_failed_before_the_first_byte_printed_nothing() {
        let missing = io::Error::new(io::ErrorKind::NotFound, "Failed to open printer: Bar");
        assert!(matches!(
            outcome(Err(missing), 9),
            Outcome::NotPrinted(NotPrinted::Unreached { .. })
        ));
        for words in ["Failed to start document", "Failed to start page"] {
            assert!(matches!(
                outcome(Err(io::Error::other(words)), 9),
                Outcome::NotPrinted(NotPrinted::Refused { .. })
            ));
        }
    }
}
