//! How much of a dish, to three digits after the decimal mark; never a float.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Unexpected, Visitor},
};

use crate::Money;

/// How much of a dish: 2, or 0.5, or 0.350 of a kilogram. In JSON a number with at most three digits after the decimal
/// mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    thousandths: i64,
}

/// In thousandths. Up to here each thousandth has a double of its own, and multiplying it by 1000 is off by less than a half.
const LARGEST: i64 = 1_000_000_000_000;

impl Quantity {
    /// One.
    pub const ONE: Quantity = Quantity::whole(1);

    /// So many.
    pub const fn whole(count: u32) -> Self {
        Quantity {
            thousandths: count as i64 * 1000,
        }
    }

    /// So many thousandths.
    pub const fn from_thousandths(thousandths: i64) -> Self {
        Quantity { thousandths }
    }

    /// In thousandths.
    pub const fn thousandths(self) -> i64 {
        self.thousandths
    }

    /// What so much costs when one costs this, or `None` when it overflows. Half a minor unit is rounded away from zero,
    /// once for the whole line: 0.350 kg at 12.99 are 4.5465 and cost 4.55. All totals of lines come from here.
    pub fn cost(self, one: &Money) -> Option<Money> {
        let exact = i128::from(one.minor) * i128::from(self.thousandths);
        let half = if exact < 0 { -500 } else { 500 };
        let minor = i64::try_from((exact + half) / 1000).ok()?;
        Some(Money::new(minor, one.currency.clone()))
    }
}

impl From<u32> for Quantity {
    fn from(count: u32) -> Self {
        Quantity::whole(count)
    }
}

/// As in JSON: `2`, `0.5`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.thousandths < 0 { "-" } else { "" };
        let (whole, part) = (
            self.thousandths.unsigned_abs() / 1000,
            self.thousandths.unsigned_abs() % 1000,
        );
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let part = format!("{part:03}");
        write!(f, "{sign}{whole}.{}", part.trim_end_matches('0'))
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.thousandths.unsigned_abs().is_multiple_of(1000) {
            serializer.serialize_i64(self.thousandths / 1000)
        } else {
            // The shortest number that reads back as this double has no more digits than went in.
            serializer.serialize_f64(self.thousandths as f64 / 1000.0)
        }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Number)
    }
}

struct Number;

impl Visitor<'_> for Number {
    type Value = Quantity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number with at most three digits after the decimal mark, such as 2 or 0.5")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Quantity, E> {
        let count = i64::try_from(value).ok();
        let thousandths = count.and_then(|count| count.checked_mul(1000));
        let taken = thousandths.filter(|thousandths| *thousandths <= LARGEST);
        taken
            .map(Quantity::from_thousandths)
            .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Quantity, E> {
        let thousandths = value.checked_mul(1000);
        let taken = thousandths.filter(|thousandths| (-LARGEST..=LARGEST).contains(thousandths));
        taken
            .map(Quantity::from_thousandths)
            .ok_or_else(|| E::invalid_value(Unexpected::Signed(value), &self))
    }

    /// A reader of JSON hands over the double that is nearest to what was written. Each thousandth has one of its own, so
    /// nothing is lost, and what is the double of none has more digits.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Quantity, E> {
        let thousandths = (value * 1000.0).round();
        let taken = thousandths.abs() <= LARGEST as f64 && thousandths / 1000.0 == value;
        if taken {
            Ok(Quantity::from_thousandths(thousandths as i64))
        } else {
            Err(E::invalid_value(Unexpected::Float(value), &self))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thousandth_comes_back_from_json_as_it_went() {
        for thousandths in (-2_000..=1_000_000).step_by(7).chain([LARGEST, -LARGEST]) {
            let quantity = Quantity::from_thousandths(thousandths);
            let json = serde_json::to_string(&quantity).unwrap();
            assert_eq!(
                serde_json::from_str::<Quantity>(&json).unwrap(),
                quantity,
                "{json}"
            );
            if thousandths.abs() < 1_000_000 {
                assert_eq!(json, quantity.to_string());
            }
        }
        for (json, thousandths) in [
            ("2", 2_000),
            ("0.350", 350),
            ("1e2", 100_000),
            ("2.0", 2_000),
        ] {
            let read: Quantity = serde_json::from_str(json).unwrap();
            assert_eq!(read.thousandths(), thousandths, "{json}");
        }
    }

    #[test]
    fn what_is_no_number_of_three_digits_is_refused_in_plain_words() {
        for json in [
            "0.0001",
            "1.2345",
            "1e300",
            "-1e300",
            "18446744073709551615",
            "9007199254741",
            "\"0.350\"",
            "null",
            "true",
            "[1]",
        ] {
            let refused = serde_json::from_str::<Quantity>(json)
                .unwrap_err()
                .to_string();
            assert!(
                refused.contains("at most three digits after the decimal mark"),
                "{json}: {refused}"
            );
        }
        assert!(serde_json::from_str::<Quantity>("NaN").is_err());
    }

    #[test]
    fn a_line_costs_its_exact_amount_rounded_once() {
        let cost = |thousandths, minor| {
            Quantity::from_thousandths(thousandths).cost(&Money::new(minor, "EUR"))
        };
        assert_eq!(cost(500, 1_050), Some(Money::new(525, "EUR")));
        assert_eq!(cost(350, 1_299), Some(Money::new(455, "EUR")));
        assert_eq!(cost(500, 1), Some(Money::new(1, "EUR")));
        assert_eq!(cost(500, -1), Some(Money::new(-1, "EUR")));
        assert_eq!(cost(499, 1), Some(Money::new(0, "EUR")));
        assert_eq!(cost(2_000, i64::MAX), None);
    }
}
