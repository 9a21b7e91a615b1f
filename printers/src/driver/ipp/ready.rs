//! Whether an IPP printer can print, from what it says of itself.
//!
//! Source: RFC 8011 sections 5.4.11 (`printer-state`) and 5.4.12 (`printer-state-reasons`); `offline` is CUPS' word. A
//! reason ends in `-report`, `-warning` or `-error`, and programs disagree about which: ippeveprinter without paper says
//! `media-empty-report` while it is idle. So the ending counts for nothing.

use api::printer::Health;

use crate::driver::status::Report;

/// `printer-state`: nothing is printed until somebody does something.
const STOPPED: i32 = 5;

/// What keeps a printer from printing until somebody comes, and what that is to us.
const REASONS: [(&str, Health); 21] = [
    ("cover-open", Health::CoverOpen),
    ("door-open", Health::CoverOpen),
    ("interlock-open", Health::CoverOpen),
    ("media-empty", Health::PaperOut),
    ("media-needed", Health::PaperOut),
    ("input-tray-missing", Health::PaperOut),
    ("trimmer-jam", Health::CutterError),
    ("media-jam", Health::Fault),
    ("fuser-over-temp", Health::Fault),
    ("opc-life-over", Health::Fault),
    ("paused", Health::Offline),
    ("moving-to-paused", Health::Offline),
    ("shutdown", Health::Offline),
    ("offline", Health::Offline),
    ("timed-out", Health::Offline),
    ("marker-supply-empty", Health::Offline),
    ("toner-empty", Health::Offline),
    ("developer-empty", Health::Offline),
    ("output-tray-missing", Health::Offline),
    ("output-area-full", Health::Offline),
    ("spool-area-full", Health::Offline),
];

/// What the printer's words mean. `state` is `printer-state`, `accepting` is `printer-is-accepting-jobs`.
pub fn report(state: Option<i32>, reasons: &[&str], accepting: Option<bool>) -> Report {
    let bare: Vec<&str> = reasons
        .iter()
        .map(|reason| without_ending(reason))
        .collect();
    let healths = REASONS
        .iter()
        .filter(|(word, _)| bare.contains(word))
        .map(|(_, health)| *health);
    let mut report = Report::saying(healths);
    if state == Some(STOPPED) || accepting == Some(false) {
        report = report.or_offline();
    }
    if bare.contains(&"media-low") {
        report = report.with_paper_low();
    }
    report
}

/// Why the printer does not print, in its own words; empty when it says none.
pub fn words(reasons: &[&str], message: Option<&str>) -> String {
    let reasons: Vec<&str> = reasons
        .iter()
        .copied()
        .filter(|reason| *reason != "none")
        .collect();
    let message = message.filter(|message| !message.is_empty());
    [reasons.join(", ").as_str(), message.unwrap_or_default()]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join("; ")
}

fn without_ending(reason: &str) -> &str {
    ["-report", "-warning", "-error"]
        .iter()
        .find_map(|ending| reason.strip_suffix(ending))
        .unwrap_or(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_counts_whatever_it_ends_in() {
        for (word, health) in REASONS {
            for ending in ["", "-report", "-warning", "-error"] {
                let reason = format!("{word}{ending}");
                let report = report(Some(3), &[&reason], Some(true));
                assert_eq!(report.health(), health, "{reason}");
            }
        }
    }

    #[test]
    fn what_only_warns_does_not_stop_us() {
        for reason in [
            "none",
            "media-low-warning",
            "marker-supply-low-report",
            "toner-low-warning",
            "marker-waste-almost-full-report",
            "connecting-to-device",
            "cups-waiting-for-job-completed",
            "wifi-not-configured-report",
            "media-empty-soon",
        ] {
            for state in [Some(3), Some(4), None] {
                assert_eq!(report(state, &[reason], None).health(), Health::Ready);
            }
        }
    }

    #[test]
    fn a_stopped_printer_and_one_that_takes_no_jobs_are_offline_unless_they_say_what_is_wrong() {
        assert_eq!(report(Some(5), &["none"], None).health(), Health::Offline);
        assert_eq!(report(Some(3), &[], Some(false)).health(), Health::Offline);
        let empty = report(Some(5), &["media-empty-error"], Some(false));
        assert_eq!(empty.health(), Health::PaperOut);
    }

    #[test]
    fn of_several_troubles_the_one_that_a_person_ends_first_is_told() {
        let reasons = ["paused", "media-empty-error", "cover-open-error"];
        assert_eq!(report(Some(5), &reasons, None).health(), Health::CoverOpen);
        assert_eq!(
            words(&reasons[..2], Some("Out of paper.")),
            "paused, media-empty-error; Out of paper."
        );
        assert_eq!(words(&["none"], Some("")), "");
    }

    #[test]
    fn a_roll_that_is_nearly_used_up_is_low_and_still_prints() {
        let low = report(Some(4), &["media-low-report"], None);
        assert_eq!(low.health(), Health::Ready);
        assert!(low.paper_low());
        assert!(!report(Some(4), &["none"], None).paper_low());
        assert!(report(Some(5), &["media-empty"], None).paper_low());
    }
}
