//! What of a ticket's paper is not as its template says: kept with the job, and told once to whoever can mend it.

use std::collections::BTreeSet;

use api::{
    JobId, PaperNote, TicketKind,
    paper_note::{MarkupPlace, MissingLetter, MissingPart},
};
use templates::{
    Note,
    missing::{font_for, number_of, places},
};
use tokio::sync::watch;

/// So many characters of letters and fonts, and as many of codes and pictures, stand in a note; the rest is counted.
const MOST_CHARACTERS: usize = 250;

/// A reason is not longer.
const MOST_OF_A_REASON: usize = 200;

/// So many different codes and pictures are told; a template whose codes all differ would otherwise never end.
const MOST_TOLD: usize = 20;

/// `None` for a paper that is as its template says.
pub(super) fn note_of(
    markup: &str,
    missing: &BTreeSet<char>,
    problems: &[Note],
) -> Option<PaperNote> {
    if missing.is_empty() && problems.is_empty() {
        return None;
    }
    let mut note = PaperNote::default();
    let places = places(markup, missing);
    let mut room = MOST_CHARACTERS;
    for &letter in missing {
        let number = number_of(letter);
        let font = font_for(letter).filter(|font| !note.fonts.contains(font));
        let place = places.iter().find(|(placed, ..)| *placed == letter);
        let wanted = number.len() + font.as_ref().map_or(0, String::len);
        let Some(left) = room.checked_sub(wanted) else {
            note.more += 1;
            continue;
        };
        room = left;
        note.fonts.extend(font);
        let place = place.map(|&(_, line, column)| MarkupPlace { line, column });
        note.letters.push(MissingLetter { number, place });
    }
    room = MOST_CHARACTERS;
    for &Note {
        line,
        column,
        ref what,
    } in problems
    {
        let detail = shortened(what);
        let Some(left) = room.checked_sub(detail.chars().count()) else {
            note.more += 1;
            continue;
        };
        room = left;
        let place = MarkupPlace { line, column };
        note.parts.push(MissingPart { place, detail });
    }
    Some(note)
}

pub(super) fn tell_letters(
    known: &watch::Sender<BTreeSet<char>>,
    job: JobId,
    letters: BTreeSet<char>,
) {
    if letters.is_empty() {
        return;
    }
    let numbers: Vec<String> = letters.iter().copied().map(number_of).collect();
    tracing::warn!(%job, ?numbers, "no font here has these letters; their numbers are printed in their place");
    known.send_if_modified(|known| {
        let before = known.len();
        known.extend(letters);
        known.len() > before
    });
}

/// Without their places: those of the same code differ from order to order.
pub(super) fn tell_parts(
    known: &watch::Sender<BTreeSet<String>>,
    job: JobId,
    kind: TicketKind,
    problems: &[Note],
) {
    let kind = kind.word();
    for Note { line, column, what } in problems {
        tracing::warn!(%job, kind, line, column, what, "a part of a ticket is not printed as its template says");
        let part = format!("{kind}: {}", shortened(what));
        known.send_if_modified(|known| known.len() < MOST_TOLD && known.insert(part));
    }
}

fn shortened(reason: &str) -> String {
    if reason.chars().count() <= MOST_OF_A_REASON {
        return reason.to_owned();
    }
    let kept = reason.chars().take(MOST_OF_A_REASON - 1);
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn problem(line: u32, what: &str) -> Note {
        Note {
            line,
            column: 2,
            what: what.to_owned(),
        }
    }

    #[test]
    fn a_paper_that_is_as_its_template_says_has_no_note() {
        assert_eq!(note_of("Pizza", &BTreeSet::new(), &[]), None);
    }

    #[test]
    fn a_note_says_which_letters_and_parts_are_missing_and_where() {
        let letters = BTreeSet::from(['\u{13000}', '\u{13001}']);
        let problems = [problem(3, "not printed: no picture has the name \"logo\"")];
        let note = note_of("a\nSoup \u{13000}\n", &letters, &problems).expect("a note");
        let place = MarkupPlace { line: 2, column: 6 };
        assert_eq!(note.letters[0].number, "U+13000");
        assert_eq!(note.letters[0].place, Some(place));
        // It stands in the name of the printer for which this one stands in.
        assert_eq!(note.letters[1].place, None);
        assert_eq!(note.fonts, ["Noto Sans Egyptian Hieroglyphs"]);
        assert_eq!(note.parts[0].place, MarkupPlace { line: 3, column: 2 });
        assert_eq!(note.parts[0].detail, problems[0].what);
        assert_eq!(note.more, 0);
    }

    #[test]
    fn a_note_stays_short_and_says_how_much_more_there_is() {
        let letters: BTreeSet<char> = ('\u{13000}'..'\u{13400}').collect();
        let problems: Vec<Note> = (1..100)
            .map(|line| problem(line, &"é".repeat(400)))
            .collect();
        let note = note_of("", &letters, &problems).expect("a note");
        let letters_kept = note.letters.iter().map(|letter| letter.number.len());
        let reasons = note.parts.iter().map(|part| part.detail.chars().count());
        assert!(letters_kept.sum::<usize>() <= MOST_CHARACTERS);
        assert!(reasons.sum::<usize>() <= MOST_CHARACTERS);
        assert!(!note.letters.is_empty() && !note.parts.is_empty());
        let shown = note.letters.len() + note.parts.len();
        assert_eq!(shown + note.more as usize, letters.len() + problems.len());
    }

    #[test]
    fn of_very_many_different_codes_only_some_are_told() {
        let known = watch::channel(BTreeSet::new()).0;
        let tell = |problems: &[Note]| {
            let mut told = known.subscribe();
            tell_parts(&known, JobId(Uuid::nil()), TicketKind::Receipt, problems);
            told.has_changed().expect("a sender") && !told.borrow_and_update().is_empty()
        };
        assert!(tell(&[problem(3, "not printed")]));
        assert!(
            !tell(&[problem(4, "not printed")]),
            "the same of the next order"
        );
        assert_eq!(
            *known.borrow(),
            BTreeSet::from(["receipt: not printed".to_owned()])
        );
        let many: Vec<Note> = (0..100).map(|n| problem(1, &format!("code {n}"))).collect();
        assert!(tell(&many));
        assert_eq!(known.borrow().len(), MOST_TOLD);
    }
}
