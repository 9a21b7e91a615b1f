//! Identifiers: UUIDs that cannot be mistaken for one another.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "bindings", derive(specta::Type))]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map($name)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                $name(id)
            }
        }
    )+};
}

id! {
    /// A restaurant.
    BusinessId,
    /// One installation of the program; made at its first start.
    CounterId,
    /// A dish on the menu.
    ItemId,
    /// A ticket on its way to one printer. Exists on the counter only.
    JobId,
    /// What a customer wants.
    OrderId,
    /// Where paper comes out.
    PrinterId,
    /// One sentence of "what goes where".
    RuleId,
    /// A member of staff, or an owner.
    UserId,
}
