//! What a customer wants: as it is stored, and as it comes in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{BusinessId, ItemId, Money, OrderId, Quantity};

/// One revision of an order: its whole content, as it was at intake. Prices, names and stations are copies, so that
/// a later change of the menu does not change what was sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Order {
    /// Its identity over all revisions.
    pub id: OrderId,
    /// Whose order it is.
    pub business_id: BusinessId,
    /// What people call: counts up from 1 per business.
    pub number: u32,
    /// 1, 2, 3… of its content. Progress (`status`) does not count.
    pub revision: u32,
    /// How far it is.
    pub status: OrderStatus,
    /// Where it came from.
    pub channel: Channel,
    /// How the customer gets it.
    pub kind: OrderKind,
    /// When the first revision was taken.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub placed_at: Timestamp,
    /// When this revision was taken.
    #[cfg_attr(feature = "bindings", specta(type = String))]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub revised_at: Timestamp,
    /// When it was promised; `None` is "as soon as possible".
    #[cfg_attr(feature = "bindings", specta(type = Option<String>))]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub promised_at: Option<Timestamp>,
    /// Who gets it.
    pub customer: Customer,
    /// The table, where there is one.
    pub table: Option<String>,
    /// A note to the whole order.
    pub note: Option<String>,
    /// The dishes.
    pub lines: Vec<Line>,
    /// What it costs.
    pub totals: Totals,
    /// How it is paid.
    pub payment: Payment,
    /// This revision takes the order back.
    pub cancelled: bool,
}

/// Progress of an order; it does not change the revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Taken, not finished.
    Open,
    /// Handed over.
    Done,
    /// Taken back.
    Cancelled,
}

/// The body of `POST /api/v1/orders/{id}/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// `open` or `done`; an order is taken back by `POST /api/v1/orders/{id}/cancel`.
    pub status: OrderStatus,
}

/// The body of `POST /api/v1/orders/{id}/known`: the newest revision that a counter has handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct KnownRevision {
    /// Its number.
    pub revision: u32,
    /// When it was taken, as it says itself.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub revised_at: Timestamp,
}

/// Where an order came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
// The window's bindings have another `Channel`, that of their transport.
#[cfg_attr(feature = "bindings", serde(rename = "SalesChannel"))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A phone agent.
    Phone,
    /// The web shop.
    Web,
    /// A till in the house.
    Till,
}

/// How the customer gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// The customer comes.
    Pickup,
    /// We bring it.
    Delivery,
    /// Eaten here.
    DineIn,
}

/// Who gets it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Customer {
    /// As they said it.
    pub name: Option<String>,
    /// As they said it.
    pub phone: Option<String>,
    /// A row each; empty unless it is delivered.
    #[serde(default)]
    pub address: Vec<String>,
}

/// One dish of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Line {
    /// Its place in the order, from 1; kept over revisions by the dish and its options.
    pub id: u32,
    /// The dish on the menu it was copied from.
    pub item_id: ItemId,
    /// As printed.
    pub name: String,
    /// More than 0, to three digits after the decimal mark.
    #[cfg_attr(feature = "bindings", specta(type = i32))]
    #[cfg_attr(feature = "openapi", schema(value_type = f64))]
    pub quantity: Quantity,
    /// What it is counted in, such as `kg`; pieces without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Of one, without options.
    pub unit_price: Money,
    /// What was chosen with it.
    pub options: Vec<LineOption>,
    /// What the customer said about it.
    pub note: Option<String>,
    /// The key of the station that makes it.
    pub station: Option<String>,
    /// Quantity times (price and options), half a minor unit rounded away from zero ([`Quantity::cost`]).
    pub total: Money,
}

/// An extra or a choice of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineOption {
    /// As printed.
    pub name: String,
    /// Of one.
    pub price: Money,
}

/// What an order costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Totals {
    /// The sum of the lines.
    pub subtotal: Money,
    /// For bringing it.
    pub delivery_fee: Option<Money>,
    /// What the customer pays.
    pub total: Money,
}

/// How an order is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Payment {
    /// By what.
    pub method: PaymentMethod,
    /// Whether the money is there.
    pub paid: bool,
}

/// By what an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// Notes and coins.
    Cash,
    /// A card at the counter or the door.
    Card,
    /// Through the web shop.
    Online,
}

/// An order as it comes in: `POST /api/v1/orders`, and `PUT /api/v1/orders/{id}` for a later revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// The sender's own reference. The same reference with the same content is the same order, not a second one; with
    /// other content it is refused. A later revision leaves it out or repeats it.
    #[serde(default)]
    pub reference: Option<String>,
    /// How long the reference means this order.
    #[serde(default)]
    pub reference_scope: ReferenceScope,
    /// Where it came from.
    pub channel: Channel,
    /// How the customer gets it.
    pub kind: OrderKind,
    /// `None` is "as soon as possible".
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub promised_at: Option<Timestamp>,
    /// Who gets it.
    #[serde(default)]
    pub customer: Customer,
    /// The table, where there is one.
    #[serde(default)]
    pub table: Option<String>,
    /// A note to the whole order.
    #[serde(default)]
    pub note: Option<String>,
    /// At least one.
    pub lines: Vec<NewLine>,
    /// How it is paid.
    pub payment: Payment,
    /// Minor units of the restaurant's currency.
    #[serde(default)]
    pub delivery_fee: Option<i64>,
}

/// How long a reference means the same order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReferenceScope {
    /// The sender never uses a reference twice.
    #[default]
    Forever,
    /// The sender restarts its numbers every day, at midnight in the restaurant's time zone.
    Day,
}

/// One dish of an order that comes in; name, price and station are copied from the menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// A dish on the menu.
    pub item_id: ItemId,
    /// More than 0 and at most 999, with at most three digits after the decimal mark: 2, 0.5, 0.350.
    #[cfg_attr(feature = "openapi", schema(value_type = f64))]
    pub quantity: Quantity,
    /// What it is counted in, such as `kg`, of at most 8 characters; pieces without it.
    #[serde(default)]
    pub unit: Option<String>,
    /// Names of options of the dish.
    #[serde(default)]
    pub options: Vec<String>,
    /// What the customer said about it.
    #[serde(default)]
    pub note: Option<String>,
}

/// An entry of the feed `GET /api/v1/orders?after=SEQ&limit=N`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderEntry {
    /// Its place in the business' feed. A changed order appears again under a new one.
    pub seq: i64,
    /// Its newest revision.
    #[serde(flatten)]
    pub order: Order,
}

/// A page of the feed. A counter reads `O` as raw JSON first, so that one order it cannot read hides no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderPage<O> {
    /// In the order of `seq`.
    pub orders: Vec<O>,
    /// What to ask `after` next; the same as asked when nothing is new.
    pub next: i64,
    /// The server's clock when it answered. Ages of orders count on it. `None` from a server that does not say it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub server_time: Option<Timestamp>,
}
