//! What the restaurant sells, as far as intake needs it.

use serde::{Deserialize, Serialize};

use crate::{ItemId, Money};

/// The menu of a restaurant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Menu {
    /// Where dishes are made, in the order of the kitchen.
    pub stations: Vec<Station>,
    /// Dishes, in the order of the printed menu.
    pub items: Vec<Item>,
}

/// A place where dishes are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Station {
    /// What lines and rules say: `pizza`, `bar`.
    pub key: String,
    /// What people say.
    pub name: String,
}

/// A dish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Item {
    /// Its identity, across changes of name and price.
    pub id: ItemId,
    /// As printed.
    pub name: String,
    /// Of one.
    pub price: Money,
    /// The key of the station that makes it; `None` for what nobody makes (a voucher, a bag).
    pub station: Option<String>,
    /// What can be chosen with it.
    pub options: Vec<ItemOption>,
}

/// An extra or a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemOption {
    /// As printed; unique within its dish.
    pub name: String,
    /// Added to the price of one.
    pub price: Money,
}
