//! A ticket from files: an order, or the orders of a day, and a template.

use std::path::Path;

use anyhow::{Context, bail};
use api::{Business, Order, TicketKind, TicketName};
use serde::de::DeserializeOwned;
use serde_json::Value;
use templates::{Partials, Period, Profile, Ticket};

use crate::files::{WrongUse, text};

/// What `--template` says.
#[derive(Clone, Debug)]
pub enum Template {
    /// One of ours.
    BuiltIn(TicketKind),
    /// A file.
    Own(String),
}

impl Template {
    /// Every name that is no file.
    pub fn names() -> String {
        TicketKind::ALL.map(TicketKind::word).join(", ")
    }

    /// A name of ours wins over a file of that name, which can be written as `./receipt`.
    #[expect(clippy::unnecessary_wraps, reason = "what clap wants of a parser")]
    pub fn parse(given: &str) -> Result<Template, std::convert::Infallible> {
        let kind = TicketKind::ALL
            .into_iter()
            .find(|kind| kind.word() == given);
        Ok(kind.map_or_else(|| Template::Own(given.to_owned()), Template::BuiltIn))
    }
}

/// Markup, and what else is known of it.
pub struct Rendered {
    pub markup: String,
    pub business: Option<Business>,
    /// "receipt 47".
    pub title: String,
}

/// Renders. `locale` is in place of the restaurant's, `before` names the file of the order as it was.
pub fn rendered(
    file: &Path,
    template: &Template,
    partials: &Partials,
    before: Option<&Path>,
    locale: Option<&str>,
    profile: &Profile,
) -> anyhow::Result<Rendered> {
    let (kind, own) = match template {
        Template::BuiltIn(kind) => (*kind, None),
        Template::Own(path) => {
            let kind = before.map_or(TicketKind::Receipt, |_| TicketKind::Change);
            (kind, Some(text(Path::new(path))?))
        }
    };
    let told = matches!(kind, TicketKind::Change | TicketKind::Void);
    if before.is_some() && !told {
        return Err(WrongUse(format!(
            "--before belongs to a change or void ticket; a {} ticket shows the order as it is",
            kind.word()
        ))
        .into());
    }
    if kind == TicketKind::Change && before.is_none() {
        let said =
            "a change ticket tells a difference: give the order as it was with --before FILE";
        return Err(WrongUse(said.to_owned()).into());
    }
    let from = Source::open(file)?;
    let mut business: Business = from.part("business", "restaurant")?;
    if let Some(locale) = locale {
        locale.clone_into(&mut business.locale);
    }
    let mut title = match template {
        Template::BuiltIn(kind) => kind.word().to_owned(),
        Template::Own(path) => Path::new(path)
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default(),
    };
    let markup = match kind {
        TicketKind::Summary => {
            let orders = from.orders()?;
            let period = from.period(&orders)?;
            templates::render_summary(&business, &orders, period, None, partials)?
        }
        TicketKind::Test => templates::test_page_for(&business, "PanBot", None, profile),
        TicketKind::Plain => {
            templates::render_plain(from.raw("order"), templates::words::speaker(&business))
        }
        TicketKind::Receipt
        | TicketKind::Kitchen
        | TicketKind::Delivery
        | TicketKind::Change
        | TicketKind::Void => {
            let order: Order = from.part("order", "order")?;
            title = format!("{title} {}", order.number);
            let before = before.map(was).transpose()?;
            let ticket = Ticket {
                business: &business,
                order: &order,
                name: &TicketName::whole(kind),
                before: before.as_ref(),
                lines: None,
            };
            templates::render(&ticket, own.as_deref(), partials)?
        }
    };
    Ok(Rendered {
        markup,
        business: Some(business),
        title,
    })
}

/// The order as it was, under "order" as in --order, or by itself.
fn was(file: &Path) -> anyhow::Result<Order> {
    let from = Source::open(file)?;
    if from.json.get("order").is_some() {
        return from.part("order", "order");
    }
    serde_json::from_value(from.json).with_context(|| format!("{} holds no order", from.shown))
}

/// A file with `{"business": …, "order": …}`, for a summary with `"orders": […]`, and `"from"` and `"until"` if not from
/// the first order to the last.
struct Source {
    json: Value,
    shown: String,
}

impl Source {
    fn open(file: &Path) -> anyhow::Result<Source> {
        let shown = file.display().to_string();
        let json =
            serde_json::from_str(&text(file)?).with_context(|| format!("{shown} is not JSON"))?;
        Ok(Source { json, shown })
    }

    fn raw(&self, name: &str) -> &Value {
        self.json.get(name).unwrap_or(&Value::Null)
    }

    fn part<T: DeserializeOwned>(&self, name: &str, what: &str) -> anyhow::Result<T> {
        T::deserialize(self.raw(name))
            .with_context(|| format!("{} holds no {what} under {name:?}", self.shown))
    }

    fn orders(&self) -> anyhow::Result<Vec<Order>> {
        if self.json.get("orders").is_none() {
            return Ok(vec![self.part("order", "order")?]);
        }
        self.part("orders", "list of orders")
    }

    fn period(&self, orders: &[Order]) -> anyhow::Result<Period> {
        let named = |name| match self.json.get(name) {
            None => Ok(None),
            Some(_) => self.part(name, "time").map(Some),
        };
        let placed = || orders.iter().map(|order| order.placed_at);
        let from = named("from")?.or(placed().min());
        let until = named("until")?.or(placed().max());
        let (Some(from), Some(until)) = (from, until) else {
            bail!(
                "{} holds no order to sum up; add one to \"orders\", or say \"from\" and \"until\"",
                self.shown
            )
        };
        Ok(Period { from, until })
    }
}
