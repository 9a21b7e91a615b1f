//! Amounts as the restaurant's country writes them. Whole numbers from beginning to end: the digits are cut, never
//! divided as floats.
//!
//! The measure is `Intl` of a browser: mark, grouping, symbol, place of the sign and digits of the locale. Digits after
//! the decimal mark are those of ISO 4217, since CLDR leaves out some that are still owed.

use std::rc::Rc;

use api::{Money, money::minor_digits};

mod table;

use table::{Affixes, Style, Symbol};

const NO_BREAK_SPACE: char = '\u{A0}';

/// How one locale writes amounts, looked up once for a ticket.
#[derive(Debug, Clone)]
pub(super) struct Amounts {
    style: Rc<Style>,
}

impl Amounts {
    pub(super) fn of(locale: &str) -> Self {
        Amounts {
            style: Style::of(locale),
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
        amount.digits(
            money.minor.unsigned_abs(),
            minor_digits(&money.currency) as usize,
        );
        amount.after(affixes);
        amount.made
    }
}

/// The amount in words of the locale, a BCP 47 tag: `1.234,50 €`.
pub fn write(money: &Money, locale: &str) -> String {
    Amounts::of(locale).write(money)
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
        let zero = self.style.zero;
        let written = char::from_u32(u32::from(zero) + u32::from(digit));
        self.made.push(written.unwrap_or(zero));
    }
}

/// Whether a row with this character is drawn as a whole, from right to left.
fn runs_left(character: char) -> bool {
    matches!(u32::from(character), 0x590..=0x8FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFE | 0x1_0800..=0x1_0FFF | 0x1_E800..=0x1_EFFF)
}

#[cfg(test)]
mod tests;
