//! Amounts as the restaurant's country writes them. Whole numbers from beginning to end: the digits are cut, never
//! divided as floats.
//!
//! The measure is `Intl` of a browser: mark, grouping, symbol, place of the sign and digits of the locale. Digits after
//! the decimal mark are those of ISO 4217, since CLDR leaves out some that are still owed.

use std::rc::Rc;

use api::{Business, Money, Quantity, money::minor_digits};

mod table;

use table::{Affixes, Style, Symbol};

const NO_BREAK_SPACE: char = '\u{A0}';

/// How one restaurant writes amounts, looked up once for a ticket.
#[derive(Debug, Clone)]
pub(super) struct Amounts {
    style: Rc<Style>,
    /// Digits after the decimal mark at the most.
    shown: usize,
}

impl Amounts {
    /// For a ticket with these amounts. It shows fewer digits where the restaurant says so and all of them are whole:
    /// rounded for the eye alone, its rows would not add up to its sum.
    pub(super) fn of<'m>(
        business: &Business,
        mut amounts: impl Iterator<Item = &'m Money>,
    ) -> Self {
        let wanted = business.minor_digits.map(usize::from);
        let whole = |shown: &usize| amounts.all(|amount| is_whole(amount, *shown));
        Amounts {
            style: Style::of(&business.locale),
            shown: wanted.filter(whole).unwrap_or(usize::MAX),
        }
    }

    pub(super) fn write(&self, money: &Money) -> String {
        let style = &*self.style;
        let symbol = style.symbol(&money.currency);
        let mut amount = Amount {
            made: String::with_capacity(24),
            style,
            symbol,
            turned: style.zero.len_utf8() > 1 && runs_left(style.zero)
                || symbol.text.chars().any(runs_left),
        };
        let (positive, negative) = match symbol.affixes {
            Some(positive) => (positive, None),
            None => (style.positive, style.negative),
        };
        let affixes = match (money.minor < 0, negative) {
            (true, Some(negative)) => negative,
            (true, None) => {
                amount.minus();
                positive
            }
            (false, _) => positive,
        };
        amount.before(affixes);
        let decimals = minor_digits(&money.currency) as usize;
        let left_out = decimals.saturating_sub(self.shown);
        let minor = money.minor.unsigned_abs() / power_of_ten(left_out);
        amount.digits(minor, decimals - left_out);
        amount.after(affixes);
        amount.made
    }
}

impl Amounts {
    /// A quantity in the digits of the amounts: `0,5`.
    pub(super) fn quantity(&self, quantity: Quantity) -> String {
        self.number(quantity.to_string())
    }

    /// Characters of a quantity.
    pub(super) fn quantity_width(quantity: Quantity) -> usize {
        let thousandths = quantity.thousandths().unsigned_abs();
        let whole = (thousandths / 1000).max(1).ilog10() as usize + 1;
        let zeros = [1000, 100, 10]
            .into_iter()
            .position(|power| thousandths.is_multiple_of(power));
        match zeros.unwrap_or(3) {
            0 => whole,
            part => whole + 1 + part,
        }
    }

    /// A count in the same digits.
    pub(super) fn count(&self, count: usize) -> String {
        self.number(count.to_string())
    }

    fn number(&self, plain: String) -> String {
        if self.style.zero == '0' && !plain.contains('.') {
            return plain;
        }
        let mut made = String::with_capacity(plain.len());
        for character in plain.chars() {
            match character {
                '.' => made.push_str(self.style.decimal),
                _ => made.push(
                    self.style
                        .digit(character.to_digit(10))
                        .unwrap_or(character),
                ),
            }
        }
        made
    }
}

/// The amount in words of the locale, a BCP 47 tag: `1.234,50 €`.
pub fn write(money: &Money, locale: &str) -> String {
    let amounts = Amounts {
        style: Style::of(locale),
        shown: usize::MAX,
    };
    amounts.write(money)
}

/// The numbering system of the amounts of a locale, as BCP 47 names it.
pub(super) fn numbering_system(locale: &str) -> &'static str {
    Style::of(locale).system
}

/// Whether an amount has nothing but zeros behind so many digits after its decimal mark.
fn is_whole(amount: &Money, shown: usize) -> bool {
    let decimals = minor_digits(&amount.currency) as usize;
    amount
        .minor
        .unsigned_abs()
        .is_multiple_of(power_of_ten(decimals.saturating_sub(shown)))
}

/// The digits of a currency are 4 at the most.
fn power_of_ten(exponent: usize) -> u64 {
    (0..exponent).fold(1, |power: u64, _| power.saturating_mul(10))
}

/// One amount while it is written.
struct Amount<'a> {
    made: String,
    style: &'a Style,
    symbol: Symbol<'a>,
    /// It has letters or digits of a script from the right. Only among those do marks of direction say anything, and
    /// anywhere else they would cost a picture of the row.
    turned: bool,
}

impl Amount<'_> {
    fn before(&mut self, affixes: Affixes) {
        let symbol = self.affix(affixes.before.chars());
        let at_end = affixes.before.ends_with('¤');
        if at_end && symbol && Symbol::runs_into_digits(self.symbol.text.chars().next_back()) {
            self.made.push(NO_BREAK_SPACE);
        }
    }

    fn after(&mut self, affixes: Affixes) {
        // A symbol of nothing: the mark between the digits says which currency it is.
        if self.symbol.text.is_empty() {
            return;
        }
        if affixes.after.starts_with('¤')
            && Symbol::runs_into_digits(self.symbol.text.chars().next())
        {
            self.made.push(NO_BREAK_SPACE);
        }
        self.affix(affixes.after.chars());
    }

    /// Whether the symbol was in it.
    fn affix(&mut self, affix: impl Iterator<Item = char>) -> bool {
        let mut symbol = false;
        for character in affix {
            match character {
                '¤' => {
                    self.text(self.symbol.text);
                    symbol = true;
                }
                '-' => self.minus(),
                character => self.push(character),
            }
        }
        symbol
    }

    fn minus(&mut self) {
        self.text(self.style.minus);
    }

    fn text(&mut self, text: &str) {
        if self.turned {
            self.made.push_str(text);
        } else {
            text.chars().for_each(|character| self.push(character));
        }
    }

    fn push(&mut self, character: char) {
        let mark = matches!(character, '\u{200E}' | '\u{200F}' | '\u{61C}');
        if self.turned || !mark {
            self.made.push(character);
        }
    }

    fn digits(&mut self, minor: u64, decimals: usize) {
        let mut all = [0_u8; 24];
        let mut rest = minor;
        let mut count = 0;
        while rest > 0 || count <= decimals {
            all[count] = (rest % 10) as u8;
            rest /= 10;
            count += 1;
        }
        let whole = count - decimals;
        let (last, others) = self.style.groups;
        for left in (0..whole).rev() {
            self.digit(all[decimals + left]);
            let at_group = left == last || left > last && (left - last) % others == 0;
            if at_group && whole >= self.style.grouped_from {
                self.made
                    .push_str(self.symbol.group.unwrap_or(self.style.group));
            }
        }
        if decimals > 0 {
            self.made
                .push_str(self.symbol.decimal.unwrap_or(self.style.decimal));
            for left in (0..decimals).rev() {
                self.digit(all[left]);
            }
        }
    }

    fn digit(&mut self, digit: u8) {
        self.made.extend(self.style.digit(Some(digit.into())));
    }
}

/// Whether a row with this character is drawn as a whole, from right to left.
fn runs_left(character: char) -> bool {
    matches!(u32::from(character), 0x590..=0x8FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFE | 0x1_0800..=0x1_0FFF | 0x1_E800..=0x1_EFFF)
}

#[cfg(test)]
mod tests;
