use super::*;
use crate::format::Format;
use crate::ipp::description::PrinterState;
use crate::ipp::document::{Page, Paper};
use crate::ipp::job::Document;
use std::sync::Arc;

fn identity() -> Identity {
    Identity::of(
        ("Kitchen", "Virtual 80"),
        ([127, 0, 0, 1], 631).into(),
        576,
        60,
    )
}

fn document(heights: &[u32]) -> Document {
    let page = |height: &u32| {
        let mut dots = Bitmap::new(576, *height);
        dots.fill(0, 0, 576, *height, true);
        Page { dots, cut: true }
    };
    Document {
        format: Format::Pwg,
        bytes: Arc::from(b"RaS2".as_slice()),
        pages: heights.iter().map(page).collect(),
    }
}

fn send(device: &mut Device, heights: &[u32], now: Moment) -> i32 {
    let id = device.create(("Order 42", "anna"), Vec::new(), false, now);
    let job = device.job(id).unwrap();
    job.documents.push(document(heights));
    job.incoming = 0;
    id
}

fn papers(effects: &[Effect]) -> Vec<(u32, bool)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Printed(printed) => Some((printed.paper.height(), printed.finished)),
            Effect::PaperRanOut | Effect::Aborted => None,
        })
        .collect()
}

fn later(now: Moment, seconds: u64) -> Moment {
    Moment {
        instant: now.instant + Duration::from_secs(seconds),
        ..now
    }
}

#[test]
fn a_job_is_printed_page_by_page_and_then_completed() {
    let (mut device, now) = (Device::new(identity()), Moment::now());
    let id = send(&mut device, &[100, 50], now);
    let effects = device.run(now, &Faults::default());
    assert_eq!(papers(&effects), [(100, true), (50, true)]);
    let job = device.job(id).unwrap();
    assert_eq!(
        (job.state, job.impressions_completed),
        (JobState::Completed, 2)
    );
    assert_eq!(device.condition().state, PrinterState::Idle);
}

#[test]
fn paper_that_runs_out_in_the_middle_stops_the_job_and_new_paper_ends_it() {
    let (mut device, now) = (Device::new(identity()), Moment::now());
    let id = send(&mut device, &[300], now);
    let faults = Faults {
        paper_out_after_lines: Some(4),
        ..Faults::default()
    };
    let effects = device.run(now, &faults);
    assert!(matches!(effects.as_slice(), [Effect::PaperRanOut]));
    let out = Faults {
        paper_out: true,
        ..Faults::default()
    };
    device.run(now, &out);
    let job = device.job(id).unwrap();
    assert_eq!(
        (job.state, job.impressions_completed),
        (JobState::ProcessingStopped, 0)
    );
    assert_eq!(device.condition().state, PrinterState::Stopped);
    assert_eq!(device.condition().reasons, ["media-empty-error"]);
    let waits = send(&mut device, &[10], now);
    device.run(now, &out);
    assert_eq!(device.job(waits).unwrap().state, JobState::Pending);
    let effects = device.run(now, &Faults::default());
    assert_eq!(
        papers(&effects),
        [(300, true), (10, true)],
        "nothing is lost or doubled"
    );
    assert_eq!(device.job(id).unwrap().state, JobState::Completed);
}

#[test]
fn a_job_that_ends_in_the_middle_leaves_a_torn_paper_and_counts_no_page() {
    let (mut device, now) = (Device::new(identity()), Moment::now());
    let id = send(&mut device, &[300], now);
    let faults = Faults {
        abort_after_lines: Some(2),
        ..Faults::default()
    };
    let effects = device.run(now, &faults);
    assert_eq!(papers(&effects), [(60, false)]);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Aborted))
    );
    let job = device.job(id).unwrap();
    assert_eq!(
        (job.state, job.impressions_completed),
        (JobState::Aborted, 0)
    );
    let id = send(&mut device, &[300], now);
    let at_once = Faults {
        abort_after_lines: Some(0),
        ..Faults::default()
    };
    assert_eq!(papers(&device.run(now, &at_once)), [], "not a dot of it");
    assert_eq!(device.job(id).unwrap().state, JobState::Aborted);
}

#[test]
fn slow_pages_and_late_confirmations_take_their_time() {
    let (mut device, now) = (Device::new(identity()), Moment::now());
    let id = send(&mut device, &[30, 30], now);
    let faults = Faults {
        ms_per_page: Some(2000),
        late_confirmation_ms: Some(5000),
        ..Faults::default()
    };
    let mut state = |seconds| {
        let effects = device.run(later(now, seconds), &faults);
        let job = device.job(id).unwrap();
        (papers(&effects).len(), job.state, job.impressions_completed)
    };
    assert_eq!(state(0), (0, JobState::Processing, 0));
    assert_eq!(state(2), (1, JobState::Processing, 1));
    assert_eq!(state(3), (0, JobState::Processing, 1));
    assert_eq!(state(4), (1, JobState::Processing, 2));
    assert_eq!(state(8), (0, JobState::Processing, 2));
    assert_eq!(state(9), (0, JobState::Completed, 2));
    assert_eq!(device.wake(), None);
}

#[test]
fn a_printer_that_never_confirms_holds_the_job_in_processing_until_it_does() {
    let (mut device, now) = (Device::new(identity()), Moment::now());
    let id = send(&mut device, &[30], now);
    let silent = Faults {
        no_confirmation: true,
        ..Faults::default()
    };
    assert_eq!(papers(&device.run(now, &silent)), [(30, true)]);
    assert_eq!(device.job(id).unwrap().state, JobState::Processing);
    device.run(now, &Faults::default());
    assert_eq!(device.job(id).unwrap().state, JobState::Completed);
}

#[test]
fn a_job_whose_documents_do_not_come_is_given_up_in_time() {
    let (mut device, now) = (Device::new(identity()), Moment::now());
    let id = device.create(("Order 42", "anna"), Vec::new(), true, now);
    device.run(later(now, 59), &Faults::default());
    assert_eq!(device.job(id).unwrap().state, JobState::Pending);
    assert_eq!(device.wake(), Some(later(now, 60).instant));
    device.run(later(now, 60), &Faults::default());
    assert_eq!(device.job(id).unwrap().state, JobState::Aborted);
}

#[test]
fn a_power_cut_leaves_what_is_on_paper_and_no_job() {
    let (mut device, now) = (Device::new(identity()), Moment::now());
    send(&mut device, &[300], now);
    let faults = Faults {
        paper_out_after_lines: Some(1),
        ..Faults::default()
    };
    device.run(now, &faults);
    assert_eq!(papers(&device.power_cut(now)), [(30, false)]);
    assert!(device.jobs.is_empty());
    assert_eq!(send(&mut device, &[10], now), 1, "numbers begin again");
}

#[test]
fn finished_jobs_are_forgotten_in_the_end_and_waiting_ones_never() {
    let (mut device, now) = (Device::new(identity()), Moment::now());
    let waiting = device.create(("waits", "anna"), Vec::new(), true, now);
    for _ in 0..MOST_FINISHED + 20 {
        send(&mut device, &[1], now);
        device.run(now, &Faults::default());
    }
    assert_eq!(device.jobs.len(), MOST_FINISHED);
    assert!(device.job(waiting).is_some());
    assert_eq!(device.identity.paper, Paper { ..identity().paper });
}
