//! What the window is told of the files and the papers of this counter.

use std::collections::BTreeSet;

use templates::missing::{font_for, number_of};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    events::{ClientEvent, EventSender},
    store::Store,
    view::Notice,
};

/// Shows which rows of the file cannot be read.
pub(super) async fn report_damage(store: Store, events: EventSender, stop: CancellationToken) {
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

/// Shows which letters came out as their numbers, and where to get a font that has them.
pub(super) async fn report_missing_letters(
    mut letters: watch::Receiver<BTreeSet<char>>,
    events: EventSender,
    stop: CancellationToken,
) {
    let mut shown: Option<Notice> = None;
    loop {
        let known = letters.borrow_and_update().clone();
        if !known.is_empty() {
            let notice = missing(&known);
            if let Some(before) = shown.replace(notice.clone()) {
                events.send(ClientEvent::NoticeOver(before)).await;
            }
            events.send(ClientEvent::Notice(notice)).await;
        }
        tokio::select! {
            changed = letters.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
    }
}

fn missing(letters: &BTreeSet<char>) -> Notice {
    let fonts: BTreeSet<String> = letters.iter().copied().filter_map(font_for).collect();
    Notice::LettersMissing {
        letters: letters.iter().copied().map(number_of).collect(),
        fonts: fonts.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_names_each_letter_by_its_number_and_each_font_once() {
        let letters = BTreeSet::from(['\u{13000}', '\u{13001}', '\u{e000}']);
        let notice = Notice::LettersMissing {
            letters: ["U+E000", "U+13000", "U+13001"].map(str::to_owned).into(),
            fonts: vec!["Noto Sans Egyptian Hieroglyphs".into()],
        };
        assert_eq!(missing(&letters), notice);
    }
}
