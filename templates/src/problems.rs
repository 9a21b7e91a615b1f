//! What of a ticket does not come out as its template says, for those who can mend it: the paper itself goes to guests.

use crate::document::{Block, Document, Picture};
use crate::markup::Note;
use crate::profile::Profile;
use crate::supplies::Supplies;
use crate::symbol;

/// The codes and pictures that are not printed on this paper, with their places in the markup.
pub fn problems(document: &Document, profile: &Profile, supplies: &Supplies) -> Vec<Note> {
    let problems = document.blocks.iter().filter_map(|block| {
        let (at, what) = match block {
            Block::Code(code) => {
                let problem = symbol::problem(code, profile.dots)?;
                (code.at, format!("not printed as a code: {problem}"))
            }
            Block::Image(image) => {
                let what = match supplies.pictures.dots(image, profile.dots) {
                    Ok(Some(_)) => return None,
                    Ok(None) => match &image.picture {
                        Picture::Named(name) => format!("no picture has the name {name:?}"),
                        Picture::Inline(_) => return None,
                    },
                    Err(error) => error.to_string(),
                };
                (image.at, format!("not printed: {what}"))
            }
            Block::Row(_)
            | Block::Rule(_)
            | Block::FrameEnd
            | Block::Mark
            | Block::Feed(_)
            | Block::Cut(_)
            | Block::Drawer
            | Block::Buzzer(_)
            | Block::Command(_) => return None,
        };
        let (line, column) = at;
        Some(Note { line, column, what })
    });
    problems.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_printed_is_told_with_its_line_and_column() {
        let markup = "a\n{code:4006381333931;option:ean}\n{x-image:logo}\n{option:ean;code:4006381333932}\n{image:R0lGODlh}";
        let document = crate::parse(markup).document;
        let profile = Profile::named("generic-58").unwrap();
        let notes = problems(&document, &profile, &Supplies::default());
        let told: Vec<_> = notes
            .iter()
            .map(|note| (note.line, note.column, note.what.as_str()))
            .collect();
        let [(3, 2, logo), (4, 13, code), (5, 2, picture)] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!(*logo, "not printed: no picture has the name \"logo\"");
        assert!(code.contains("EAN: the last digit, 2"), "{code}");
        assert!(
            picture.contains("no readable PNG, JPEG or WebP"),
            "{picture}"
        );
    }
}
