//! Order to markup: our own tickets, an owner's templates, the summary of a day, the plain ticket of what cannot be
//! read, and the test page.

use api::{Business, Order, TicketKind};

pub use crate::context::{Period, Ticket};
use crate::{
    context::{Dishes, SumError, context, summary},
    inert,
    mustache::{Escaping, Partials, TemplateError, Value, parsed},
    words,
};

mod not_printed;
mod plain;
mod test_page;

pub use not_printed::{NotPrinted, render_not_printed};
pub use plain::render_plain;
pub use test_page::{test_page, test_page_for};

/// The built-in templates by kind of ticket.
const BUILT_IN: [(TicketKind, &str); 6] = [
    (
        TicketKind::Receipt,
        include_str!("../builtin/receipt.mustache"),
    ),
    (
        TicketKind::Kitchen,
        include_str!("../builtin/kitchen.mustache"),
    ),
    (
        TicketKind::Delivery,
        include_str!("../builtin/delivery.mustache"),
    ),
    (
        TicketKind::Change,
        include_str!("../builtin/change.mustache"),
    ),
    (TicketKind::Void, include_str!("../builtin/void.mustache")),
    (
        TicketKind::Summary,
        include_str!("../builtin/summary.mustache"),
    ),
];

/// The built-in template of a kind, for an owner to begin with; `None` for a page that no template makes.
pub fn built_in(kind: TicketKind) -> Option<&'static str> {
    let mut known = BUILT_IN.iter();
    known
        .find(|(known, _)| *known == kind)
        .map(|(_, source)| *source)
}

/// Why a ticket cannot be rendered. Its order is then printed plain, see [`render_plain`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The template is wrong.
    #[error("the template is wrong in {0}; correct it there, or choose the built-in one")]
    Template(TemplateError),
    /// A ticket asks for a line that its order does not have.
    #[error("the order has no line {0}; route it again")]
    UnknownLine(u32),
    /// A ticket without an order has no template of its own.
    #[error(
        "there is no template for a {0} ticket; use one that belongs to an order, or give a template"
    )]
    NoTemplate(&'static str),
    /// The summary of a day cannot be added up.
    #[error(transparent)]
    Sum(#[from] SumError),
}

// Its text stands in ours already; as a source it would be said twice.
impl From<TemplateError> for RenderError {
    fn from(error: TemplateError) -> Self {
        RenderError::Template(error)
    }
}

/// Renders a ticket to markup, with this template (Mustache over ReceiptLine) or the built-in one of its kind. What
/// `{{> name}}` includes is looked up in `partials`; a name that is not there includes nothing.
///
/// # Errors
/// See [`RenderError`]. Nothing is ever rendered in part.
pub fn render(
    ticket: &Ticket,
    template: Option<&str>,
    partials: &Partials,
) -> Result<String, RenderError> {
    let kind = ticket.name.kind;
    // The built-in summary has no order, see `render_summary`.
    let own = built_in(kind).filter(|_| kind != TicketKind::Summary);
    let source = template
        .or(own)
        .ok_or(RenderError::NoTemplate(kind.word()))?;
    let dishes = Dishes::of(ticket).map_err(RenderError::UnknownLine)?;
    made(source, &context(ticket, &dishes), partials)
}

/// Renders the summary of these orders, each in its newest revision, with this template or the built-in one.
///
/// # Errors
/// See [`RenderError`].
pub fn render_summary(
    business: &Business,
    orders: &[Order],
    period: Period,
    template: Option<&str>,
    partials: &Partials,
) -> Result<String, RenderError> {
    let source = template.or(built_in(TicketKind::Summary));
    let source = source.ok_or(RenderError::NoTemplate(TicketKind::Summary.word()))?;
    made(source, &summary(business, orders, period)?, partials)
}

fn made(source: &str, values: &Value, partials: &Partials) -> Result<String, RenderError> {
    Ok(parsed(source)?.render(values, partials, Escaping::Paper)?)
}

/// How every ticket of our own begins.
fn opening(locale: &str) -> String {
    let mut made = String::from("{x-mark}\n{x-wrap:word}\n");
    if words::is_right_to_left(locale) {
        let language = inert::text(locale);
        made.push_str(&format!("{{x-dir:rtl;x-lang:{language}}}\n"));
    }
    made
}

#[cfg(test)]
pub(crate) mod tests;
