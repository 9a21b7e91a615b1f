//! Which job at the printer is ours.
//!
//! A printer that was switched off and on may count its jobs from 1 again, so the number alone does not tell ours from
//! another one. Nor does the name: printers cut it, or put their own in its place, at once or later. So a name proves
//! that a job is ours, and a whole name of our kind with another number or ticket that it is not; any other name proves
//! nothing. What else tells jobs apart is looked at right after ours was made, and compared with itself later: whatever
//! a printer counts or invents, it did so then as well.
//!
//! Source: RFC 8011 sections 5.3.14.1 (`time-at-creation`: 0 or less once the printer was restarted), 5.3.14.4
//! (`job-printer-up-time`), PWG 5100.13 (`job-uuid`).

use uuid::Uuid;

use super::job::JobStatus;

/// Seconds that a printer may be off when it computes one time from another.
const SLACK: u32 = 2;
/// How our names begin.
const OURS: &str = "PanBot ";
/// Digits of the ticket in a name.
const TICKET: usize = 12;

/// A job of ours as its printer knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteJob {
    /// `job-id`.
    pub id: i32,
    /// What was seen of it when it was new; `None` when the printer could not be asked then.
    pub seen: Option<Seen>,
}

/// What tells a job from another one of the same number. What the printer does not say is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// `job-uuid`.
    pub uuid: Option<Uuid>,
    /// `time-at-creation`, in whatever the printer counts it.
    pub created: Option<i32>,
    /// `job-printer-up-time`: how long the printer had been on.
    pub up_time: Option<i32>,
}

impl RemoteJob {
    /// A new job of which nothing but the number is known.
    pub fn numbered(id: i32) -> RemoteJob {
        RemoteJob { id, seen: None }
    }

    /// The new job that the printer tells of.
    pub(super) fn new(said: &JobStatus) -> RemoteJob {
        // A printer without a clock says 0 of every job, which tells none from another.
        let created = said.seen.created.filter(|created| *created > 0);
        RemoteJob {
            id: said.id,
            seen: Some(Seen {
                created,
                ..said.seen
            }),
        }
    }

    /// Whether this is it, and not one that got its number after the printer was restarted.
    pub(super) fn is(&self, said: &JobStatus, name: &str) -> bool {
        if said.is_named(name) {
            return true;
        }
        let Some(then) = self.seen.filter(|_| !is_whole(&said.name)) else {
            return false;
        };
        let now = said.seen;
        if then
            .uuid
            .zip(now.uuid)
            .is_some_and(|(then, now)| then != now)
        {
            return false;
        }
        let restarted = then
            .up_time
            .zip(now.up_time)
            .is_some_and(|(then, now)| now < then && now.abs_diff(then) > SLACK);
        match (then.created, now.created) {
            // Kept over a restart.
            (Some(_), Some(..=0)) => true,
            (Some(then), Some(now)) => !restarted && now.abs_diff(then) <= SLACK,
            (None, _) | (_, None) => !restarted,
        }
    }
}

/// The name of a job at the printer: it tells it from every other one, also from an earlier try of the same ticket.
/// 24 letters, which nearly every printer keeps, and what tells most first: the try, and then those digits of the
/// ticket's number that are by chance.
pub fn job_name(job: impl std::fmt::Display, number: u32) -> String {
    let digits: Vec<char> = job
        .to_string()
        .chars()
        .filter(char::is_ascii_hexdigit)
        .collect();
    let last = digits.iter().skip(digits.len().saturating_sub(TICKET));
    format!("{OURS}{number:04} {}", last.collect::<String>())
}

/// A name that we made and nobody cut.
fn is_whole(name: &str) -> bool {
    name.strip_prefix(OURS)
        .and_then(|rest| rest.split_once(' '))
        .is_some_and(|(number, ticket)| {
            number.len() >= 4
                && number.bytes().all(|digit| digit.is_ascii_digit())
                && ticket.len() == TICKET
                && ticket.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(uuid: Option<u128>, created: Option<i32>, up_time: Option<i32>) -> Seen {
        Seen {
            uuid: uuid.map(Uuid::from_u128),
            created,
            up_time,
        }
    }

    fn said(name: &str, seen: Seen) -> JobStatus {
        JobStatus {
            id: 7,
            name: name.to_owned(),
            seen,
            ..JobStatus::default()
        }
    }

    fn name() -> String {
        job_name("01890a5d-ac96-774b-bcce-b302099a8057", 1)
    }

    /// What printers make of a name.
    const HABITS: [&str; 6] = [
        "",
        "PanBot",
        "PanBot 0001 b3...",
        "smbprn.0001",
        "Untitled",
        "PANBOT 0001 B302099A8057.PDF",
    ];

    #[test]
    fn a_name_is_short_enough_for_printers_and_tells_the_try_and_the_ticket() {
        assert_eq!(name(), "PanBot 0001 b302099a8057");
        assert_eq!(job_name("ab", 12_345), "PanBot 12345 ab");
        assert!(is_whole(&name()) && !HABITS.iter().any(|habit| is_whole(habit)));
    }

    #[test]
    fn a_cut_or_another_name_is_no_sign_of_a_restart() {
        for then in [
            seen(Some(1), Some(100), Some(100)),
            seen(None, Some(100), Some(100)),
            seen(Some(1), None, None),
            seen(None, None, None),
            seen(None, Some(0), Some(100)),
        ] {
            let ours = RemoteJob::new(&said("", then));
            for habit in HABITS {
                let later = Seen {
                    up_time: then.up_time.map(|then| then + 60),
                    ..then
                };
                assert!(ours.is(&said(habit, later), &name()), "{habit} {then:?}");
            }
        }
    }

    #[test]
    fn a_job_that_got_the_number_after_a_restart_is_not_ours() {
        let ours = RemoteJob::new(&said("", seen(Some(1), Some(100), Some(100))));
        for (other, why) in [
            (seen(Some(2), Some(100), Some(100)), "another UUID"),
            (seen(None, Some(40), Some(50)), "made at another time"),
            (seen(None, Some(99), Some(50)), "not on for so long"),
            (seen(None, Some(500), Some(900)), "made later"),
            (
                seen(None, None, Some(50)),
                "not on for so long, without a time",
            ),
        ] {
            assert!(!ours.is(&said("smbprn.0001", other), &name()), "{why}");
        }
        let another = job_name("ffffffffffffffffffffffffffffffff", 1);
        let same = seen(Some(1), Some(100), Some(100));
        assert!(!ours.is(&said(&another, same), &name()));
        let retried = job_name("01890a5d-ac96-774b-bcce-b302099a8057", 2);
        assert!(!ours.is(&said(&retried, same), &name()));
    }

    #[test]
    fn a_job_that_the_printer_kept_over_a_restart_is_ours() {
        let ours = RemoteJob::new(&said("", seen(None, Some(100), Some(100))));
        let kept = seen(None, Some(-40), Some(5));
        assert!(ours.is(&said("smbprn.0001", kept), &name()));
        let named = seen(Some(9), Some(3), Some(5));
        assert!(ours.is(&said(&name(), named), &name()));
    }

    #[test]
    fn a_job_of_which_nothing_was_seen_is_known_by_its_name_alone() {
        let ours = RemoteJob::numbered(7);
        assert!(ours.is(&said(&name(), Seen::default()), &name()));
        assert!(ours.is(&said(&name()[..18], Seen::default()), &name()));
        assert!(!ours.is(&said("smbprn.0001", Seen::default()), &name()));
    }
}
