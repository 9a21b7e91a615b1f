//! Order to markup: our own tickets, an owner's templates, the plain ticket of what cannot be read, and the test page.

use std::collections::BTreeMap;

use api::{Business, Order, TicketKind, TicketName, order::Line};

use crate::{
    context::context,
    mustache::{Escaping, Template, TemplateError},
    words,
};

mod plain;
mod test_page;

pub use plain::render_plain;
pub use test_page::test_page;

const RECEIPT: &str = include_str!("../builtin/receipt.mustache");
const KITCHEN: &str = include_str!("../builtin/kitchen.mustache");

/// One thing to be printed.
#[derive(Debug, Clone, Copy)]
pub struct Ticket<'a> {
    /// Whose it is.
    pub business: &'a Business,
    /// What was ordered.
    pub order: &'a Order,
    /// Which ticket of the order.
    pub name: &'a TicketName,
    /// Of a change or void ticket: the revision that its place was told last, holding the lines of that place alone. A
    /// change ticket tells the difference from it to `lines` of `order`, a void ticket its lines.
    pub before: Option<&'a Order>,
    /// The ids of its lines in `order`, in any order; `None` is all of them.
    pub lines: Option<&'a [u32]>,
}

/// Why a ticket cannot be rendered. Its order is then printed plain, see [`render_plain`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The template is wrong.
    #[error("the template is wrong in {0}; correct it there, or choose the built-in one")]
    Template(#[from] TemplateError),
    /// A ticket asks for a line that its order does not have.
    #[error("the order has no line {0}; route it again")]
    UnknownLine(u32),
    /// A ticket without an order has no template of its own.
    #[error(
        "there is no template for a {0} ticket; use a receipt or kitchen ticket, or give a template"
    )]
    NoTemplate(&'static str),
}

/// Renders a ticket to markup, with this template (Mustache over ReceiptLine) or the built-in one of its kind.
///
/// # Errors
/// See [`RenderError`]. Nothing is ever rendered in part.
pub fn render(ticket: &Ticket, template: Option<&str>) -> Result<String, RenderError> {
    let source = match (template, ticket.name.kind) {
        (Some(template), _) => template,
        (None, TicketKind::Receipt) => RECEIPT,
        (None, TicketKind::Kitchen) => KITCHEN,
        (
            None,
            kind @ (TicketKind::Delivery
            | TicketKind::Change
            | TicketKind::Void
            | TicketKind::Summary
            | TicketKind::Test
            | TicketKind::Plain),
        ) => {
            return Err(RenderError::NoTemplate(kind.word()));
        }
    };
    let lines = lines_of(ticket)?;
    let values = context(ticket.business, ticket.order, ticket.name, &lines);
    let template = Template::parse(source)?;
    Ok(template.render(&values, &BTreeMap::new(), Escaping::Paper)?)
}

/// How every ticket of our own begins.
fn opening(locale: &str) -> String {
    let mut made = String::from("{x-mark}\n{x-wrap:word}\n");
    if words::is_right_to_left(locale) {
        made.push_str("{x-dir:rtl}\n");
    }
    made
}

/// In the order of the order, each once.
fn lines_of<'a>(ticket: &Ticket<'a>) -> Result<Vec<&'a Line>, RenderError> {
    let all = &ticket.order.lines;
    let Some(wanted) = ticket.lines else {
        return Ok(all.iter().collect());
    };
    if let Some(unknown) = wanted
        .iter()
        .find(|id| all.iter().all(|line| line.id != **id))
    {
        return Err(RenderError::UnknownLine(*unknown));
    }
    Ok(all
        .iter()
        .filter(|line| wanted.contains(&line.id))
        .collect())
}

#[cfg(test)]
pub(crate) mod tests;
