//! What the window is told of the files and the papers of this counter.

use std::collections::BTreeSet;

use printer_queue::PrintQueue;
use supervision::{Policy, Tasks};
use templates::missing::{font_for, number_of};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    events::{ClientEvent, EventSender},
    store::Store,
    view::Notice,
};

/// Births the tasks that tell it.
pub(super) fn spawn(
    tasks: &Tasks,
    stop: &CancellationToken,
    store: &Store,
    queue: &PrintQueue,
    events: &EventSender,
) {
    let (file, to, stopped) = (store.clone(), events.clone(), stop.clone());
    tasks.spawn("damage report", Policy::Restart, move || {
        report_damage(file.clone(), to.clone(), stopped.clone())
    });
    let (missing, to, stopped) = (queue.missing_letters(), events.clone(), stop.clone());
    tasks.spawn("letters that no font has", Policy::Restart, move || {
        report_missing(missing.clone(), letters, to.clone(), stopped.clone())
    });
    let (missing, to, stopped) = (queue.missing_parts(), events.clone(), stop.clone());
    tasks.spawn("parts that are not printed", Policy::Restart, move || {
        report_missing(missing.clone(), parts, to.clone(), stopped.clone())
    });
}

/// Shows which rows of the file cannot be read.
async fn report_damage(store: Store, events: EventSender, stop: CancellationToken) {
    let mut damage = store.damage().watch();
    let mut shown: Option<Notice> = None;
    loop {
        let known = damage.borrow_and_update().clone();
        if !known.is_empty() {
            let detail = known.into_iter().collect::<Vec<_>>().join("\n");
            let notice = Notice::RowsSkipped { detail };
            if let Some(before) = shown.replace(notice.clone()) {
                events.send(ClientEvent::NoticeOver(before)).await;
            }
            events.send(ClientEvent::Notice(notice)).await;
        }
        tokio::select! {
            changed = damage.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
    }
}

/// Shows what is missing on papers, as often as there is more of it.
async fn report_missing<T: Ord + Clone>(
    mut missing: watch::Receiver<BTreeSet<T>>,
    notice_of: fn(&BTreeSet<T>) -> Notice,
    events: EventSender,
    stop: CancellationToken,
) {
    let mut shown: Option<Notice> = None;
    loop {
        let known = missing.borrow_and_update().clone();
        if !known.is_empty() {
            let notice = notice_of(&known);
            if let Some(before) = shown.replace(notice.clone()) {
                events.send(ClientEvent::NoticeOver(before)).await;
            }
            events.send(ClientEvent::Notice(notice)).await;
        }
        tokio::select! {
            changed = missing.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
    }
}

/// Which letters came out as their numbers, and where to get a font that has them.
fn letters(letters: &BTreeSet<char>) -> Notice {
    let fonts: BTreeSet<String> = letters.iter().copied().filter_map(font_for).collect();
    Notice::LettersMissing {
        letters: letters.iter().copied().map(number_of).collect(),
        fonts: fonts.into_iter().collect(),
    }
}

/// Which codes and pictures were not printed.
fn parts(parts: &BTreeSet<String>) -> Notice {
    let parts = parts.iter().cloned().collect();
    Notice::PartsMissing { parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_names_each_letter_by_its_number_and_each_font_once() {
        let missing = BTreeSet::from(['\u{13000}', '\u{13001}', '\u{e000}']);
        let notice = Notice::LettersMissing {
            letters: ["U+E000", "U+13000", "U+13001"].map(str::to_owned).into(),
            fonts: vec!["Noto Sans Egyptian Hieroglyphs".into()],
        };
        assert_eq!(letters(&missing), notice);
    }

    #[tokio::test]
    async fn what_is_missing_is_told_again_only_when_there_is_more_of_it() {
        let (known, missing) = watch::channel(BTreeSet::new());
        let (events, mut told) = EventSender::new();
        let stop = CancellationToken::new();
        let task = tokio::spawn(report_missing(missing, parts, events, stop.clone()));
        let notice = |all: &[&str]| Notice::PartsMissing {
            parts: all.iter().map(|&part| part.to_owned()).collect(),
        };
        known.send_if_modified(|known| known.insert("receipt: a".into()));
        let first = told.recv().await;
        assert!(
            matches!(first, Some(ClientEvent::Notice(told)) if told == notice(&["receipt: a"]))
        );
        known.send_if_modified(|known| known.insert("receipt: b".into()));
        let over = told.recv().await;
        assert!(
            matches!(over, Some(ClientEvent::NoticeOver(told)) if told == notice(&["receipt: a"]))
        );
        let both = told.recv().await;
        assert!(
            matches!(both, Some(ClientEvent::Notice(told)) if told == notice(&["receipt: a", "receipt: b"]))
        );
        stop.cancel();
        task.await.expect("its end");
        assert!(told.recv().await.is_none(), "nothing else is told");
    }
}
