//! Templates that were read before. A restaurant has a handful and prints each hundreds of times a day.

use std::{cell::RefCell, rc::Rc};

use super::{Template, TemplateError};

/// Templates that are kept, and the longest one of them in bytes.
const CACHED: usize = 24;
const LONGEST: usize = 64 << 10;

thread_local! {
    /// With the text that each was read from, the last used one first.
    static TEMPLATES: RefCell<Vec<(Box<str>, Rc<Template>)>> = const { RefCell::new(Vec::new()) };
}

/// The template of this text.
pub(super) fn template(source: &str) -> Result<Rc<Template>, TemplateError> {
    let known = TEMPLATES.with_borrow_mut(|cache| {
        let place = cache.iter().position(|(text, _)| &**text == source)?;
        cache[..=place].rotate_right(1);
        Some(Rc::clone(&cache[0].1))
    });
    if let Some(template) = known {
        return Ok(template);
    }
    let template = Rc::new(Template::parse(source)?);
    if source.len() <= LONGEST {
        TEMPLATES.with_borrow_mut(|cache| {
            cache.truncate(CACHED - 1);
            cache.insert(0, (source.into(), Rc::clone(&template)));
        });
    }
    Ok(template)
}
