//! Money in the smallest unit of its currency; never a float.

use serde::{Deserialize, Serialize};

/// An amount in minor units (cents, for most currencies) of an ISO 4217 currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Money {
    /// Minor units; negative for a discount.
    #[cfg_attr(feature = "bindings", specta(type = i32))]
    pub minor: i64,
    /// ISO 4217 code, three capitals.
    pub currency: String,
}

impl Money {
    /// An amount in minor units.
    pub fn new(minor: i64, currency: impl Into<String>) -> Self {
        Money {
            minor,
            currency: currency.into(),
        }
    }

    /// The sum, or `None` when it overflows or the currencies differ.
    pub fn checked_add(&self, other: &Money) -> Option<Money> {
        (self.currency == other.currency)
            .then(|| self.minor.checked_add(other.minor))
            .flatten()
            .map(|minor| Money {
                minor,
                currency: self.currency.clone(),
            })
    }
}

/// Digits after the decimal mark of an ISO 4217 currency: 2 unless the standard says otherwise.
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_two_currencies_do_not_exist() {
        assert_eq!(
            Money::new(1, "EUR").checked_add(&Money::new(1, "USD")),
            None
        );
        assert_eq!(
            Money::new(1, "EUR").checked_add(&Money::new(2, "EUR")),
            Some(Money::new(3, "EUR"))
        );
    }
}
