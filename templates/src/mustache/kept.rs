//! Templates that were read before. A restaurant has a handful and prints each hundreds of times a day.

use std::{cell::RefCell, rc::Rc};

use super::{Template, TemplateError};

/// Templates that are kept, and the longest one of them in bytes.
const KEPT: usize = 24;
const LONGEST: usize = 64 << 10;

thread_local! {
    /// With the text that each was read from, the last used one first.
    static TEMPLATES: RefCell<Vec<(Box<str>, Rc<Template>)>> = const { RefCell::new(Vec::new()) };
}

/// The template of this text.
pub(super) fn template(source: &str) -> Result<Rc<Template>, TemplateError> {
    let known = TEMPLATES.with_borrow_mut(|kept| {
        let place = kept.iter().position(|(text, _)| &**text == source)?;
        kept[..=place].rotate_right(1);
        Some(Rc::clone(&kept[0].1))
    });
    if let Some(template) = known {
        return Ok(template);
    }
    let template = Rc::new(Template::parse(source)?);
    if source.len() <= LONGEST {
        TEMPLATES.with_borrow_mut(|kept| {
            kept.truncate(KEPT - 1);
            kept.insert(0, (source.into(), Rc::clone(&template)));
        });
    }
    Ok(template)
}
