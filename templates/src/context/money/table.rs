//! How each locale writes amounts, by the Unicode CLDR: `data/currencies.txt`, which `scripts/currencies.mjs` writes.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::LazyLock,
};

use icu::{
    locale::{Locale, LocaleCanonicalizer, extensions::unicode::key, fallback::LocaleFallbacker},
    properties::{
        CodePointMapData,
        props::{GeneralCategory, GeneralCategoryGroup},
    },
};
use memchr::memmem;
use smallvec::SmallVec;

const TABLE: &str = include_str!("../../../data/currencies.txt");

/// Locales that are kept: looking one up takes longer than writing the amounts of a ticket.
const KEPT: usize = 8;

/// Stands in for every language that is not in the table.
const ENGLISH: &str = "en";

thread_local! {
    /// The last used one first.
    static STYLES: RefCell<Vec<(String, Rc<Style>)>> = const { RefCell::new(Vec::new()) };
}

/// Sorted by tag.
static UNITS: LazyLock<Vec<Unit>> = LazyLock::new(|| {
    let mut units: Vec<Unit> = TABLE.split("\n=").skip(1).filter_map(Unit::read).collect();
    units.sort_unstable_by_key(|unit| unit.tag);
    units
});

/// The lines of one locale.
#[derive(Debug)]
struct Unit {
    tag: &'static str,
    parent: &'static str,
    system: &'static str,
    fields: &'static str,
    /// Behind the fields: a tab, a code and its symbol, and so on.
    symbols: &'static str,
    /// Lines for other numbering systems.
    others: &'static str,
}

impl Unit {
    fn read(text: &'static str) -> Option<Unit> {
        let (line, others) = text.split_once('\n').unwrap_or((text, ""));
        let (tag, rest) = line.split_once('\t')?;
        let (parent, rest) = rest.split_once('\t')?;
        let (system, rest) = rest.split_once('\t')?;
        let end = rest
            .match_indices('\t')
            .nth(5)
            .map_or(rest.len(), |(at, _)| at);
        let (fields, symbols) = rest.split_at(end);
        Some(Unit {
            tag,
            parent,
            system,
            fields,
            symbols,
            others,
        })
    }

    fn of(tag: &str) -> Option<&'static Unit> {
        let units: &'static Vec<Unit> = &UNITS;
        let place = units.binary_search_by_key(&tag, |unit| unit.tag).ok()?;
        units.get(place)
    }

    /// A numbering system and its six fields; those of its own where it has no others.
    fn fields_of(&self, system: &str) -> (&'static str, &'static str) {
        let mut lines = self
            .others
            .lines()
            .filter_map(|line| line.strip_prefix('+')?.split_once('\t'));
        let other = lines.find(|(known, _)| *known == system);
        other.unwrap_or((self.system, self.fields))
    }
}

/// The locales of the table.
#[cfg(test)]
pub(super) fn locales() -> impl Iterator<Item = &'static str> {
    UNITS.iter().map(|unit| unit.tag)
}

/// How one locale writes amounts.
#[derive(Debug)]
pub(super) struct Style {
    /// Of its digits.
    pub(super) system: &'static str,
    pub(super) zero: char,
    pub(super) decimal: &'static str,
    pub(super) group: &'static str,
    pub(super) minus: &'static str,
    /// Digits before the decimal mark from which they are grouped.
    pub(super) grouped_from: usize,
    /// Digits of the last group, and of those before it.
    pub(super) groups: (usize, usize),
    pub(super) positive: Affixes,
    /// `None` is a minus before the positive ones.
    pub(super) negative: Option<Affixes>,
    /// Of the locale, its parent and so on.
    symbols: SmallVec<[&'static str; 4]>,
    /// The currency that was asked for last, since nearly all amounts of an evening are in the same one.
    last: Cell<Option<([u8; 3], Option<Symbol<'static>>)>>,
}

/// What stands around the digits: `¤` is the place of the currency's symbol, `-` that of the minus.
#[derive(Debug, Clone, Copy)]
pub(super) struct Affixes {
    pub(super) before: &'static str,
    pub(super) after: &'static str,
}

/// A currency in a locale.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Symbol<'m> {
    pub(super) text: &'m str,
    /// What is written otherwise for this currency alone: 20$00 on Cape Verde, €1,234.50 in English all over Europe.
    pub(super) decimal: Option<&'static str>,
    pub(super) group: Option<&'static str>,
    pub(super) affixes: Option<Affixes>,
}

impl Style {
    /// Of a BCP 47 tag. Its `-u-nu-` key chooses the digits, otherwise its language and country do.
    pub(super) fn of(locale: &str) -> Rc<Style> {
        STYLES.with_borrow_mut(|kept| {
            match kept.iter().position(|(known, _)| known == locale) {
                Some(place) => kept[..=place].rotate_right(1),
                None => {
                    kept.truncate(KEPT - 1);
                    kept.insert(0, (locale.to_owned(), Rc::new(Style::new(locale))));
                }
            }
            Rc::clone(&kept[0].1)
        })
    }

    fn new(locale: &str) -> Style {
        let tag = locale.replace('_', "-");
        let mut locale: Locale = tag.parse().unwrap_or(Locale::UNKNOWN);
        LocaleCanonicalizer::new_common().canonicalize(&mut locale);
        let keywords = &locale.extensions.unicode.keywords;
        let digits = keywords.get(&key!("nu")).map(ToString::to_string);
        let unit = unit_of(&locale).or_else(|| Unit::of(ENGLISH));
        let (system, fields) = unit.map_or(("latn", ""), |unit| {
            unit.fields_of(digits.as_deref().unwrap_or(unit.system))
        });
        let mut symbols = SmallVec::new();
        let mut above = unit;
        while let Some(unit) = above {
            symbols.push(unit.symbols);
            above = Unit::of(unit.parent);
        }
        Style::read(system, fields, symbols)
    }

    /// Fields that are not there are those of English.
    fn read(
        system: &'static str,
        fields: &'static str,
        symbols: SmallVec<[&'static str; 4]>,
    ) -> Style {
        let mut fields = fields.split('\t');
        let mut next = |english| {
            fields
                .next()
                .filter(|field| !field.is_empty())
                .unwrap_or(english)
        };
        let zero = next("0").chars().next().unwrap_or('0');
        let (decimal, group, minus) = (next("."), next(","), next("-"));
        let least: usize = next("1").parse().unwrap_or(1);
        let pattern = next("¤#,##0.00");
        let (positive, negative) = match pattern.split_once(';') {
            Some((positive, negative)) => (positive, Some(Affixes::of(negative))),
            None => (pattern, None),
        };
        let groups = groups(positive);
        Style {
            system,
            zero,
            decimal,
            group,
            minus,
            grouped_from: groups.0 + least,
            groups,
            positive: Affixes::of(positive),
            negative,
            symbols,
            last: Cell::new(None),
        }
    }

    /// A digit of this locale; nothing for what is none.
    pub(super) fn digit(&self, digit: Option<u32>) -> Option<char> {
        char::from_u32(u32::from(self.zero) + digit?)
    }

    /// The symbol of a currency; one that has none shows its code.
    pub(super) fn symbol<'m>(&self, currency: &'m str) -> Symbol<'m> {
        let &[a, b, c] = currency.as_bytes() else {
            return Symbol::plain(currency);
        };
        let code = [a, b, c];
        let found = match self.last.get() {
            Some((known, found)) if known == code => found,
            _ => {
                let found = self.find(code);
                self.last.set(Some((code, found)));
                found
            }
        };
        found.unwrap_or_else(|| Symbol::plain(currency))
    }

    fn find(&self, [a, b, c]: [u8; 3]) -> Option<Symbol<'static>> {
        let needle = [b'\t', a, b, c];
        let found = self.symbols.iter().find_map(|symbols| {
            let at = memmem::find(symbols.as_bytes(), &needle)?;
            symbols.get(at + needle.len()..)?.split('\t').next()
        });
        found.map(Symbol::read)
    }
}

impl<'m> Symbol<'m> {
    fn plain(text: &'m str) -> Self {
        Symbol {
            text,
            ..Symbol::default()
        }
    }

    fn read(text: &'static str) -> Self {
        let mut parts = text.split('|');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        Symbol {
            text: next().unwrap_or_default(),
            decimal: next(),
            group: next(),
            affixes: next().map(Affixes::of),
        }
    }

    /// Whether this character of a symbol would run into the digits beside it (CLDR, `currencySpacing`).
    pub(super) fn runs_into_digits(character: Option<char>) -> bool {
        let apart = GeneralCategoryGroup::Symbol.union(GeneralCategoryGroup::Separator);
        character.is_some_and(|character| {
            !apart.contains(CodePointMapData::<GeneralCategory>::new().get(character))
        })
    }
}

impl Affixes {
    fn of(pattern: &'static str) -> Affixes {
        let digit = |character: char| matches!(character, '#' | '0' | ',' | '.');
        let from = pattern.find(digit).unwrap_or(pattern.len());
        let (before, rest) = pattern.split_at(from);
        Affixes {
            before,
            after: rest.trim_start_matches(digit),
        }
    }
}

/// Digits of the last group, and of those before it: `#,##,##0.00` has 3 and 2.
fn groups(pattern: &str) -> (usize, usize) {
    let whole = pattern.split('.').next().unwrap_or_default();
    let mut parts = whole
        .rsplit(',')
        .map(|part| part.matches(['#', '0']).count());
    let last = parts.next().filter(|size| *size > 0).unwrap_or(3);
    let several = whole.matches(',').count() > 1;
    let others = parts.next().filter(|size| several && *size > 0);
    (last, others.unwrap_or(last))
}

/// The lines of a locale, or of the nearest one above it.
fn unit_of(locale: &Locale) -> Option<&'static Unit> {
    if locale.id.language.is_unknown() {
        return None;
    }
    // As it is first: the fallback leaves out a script that goes without saying, and some tags of the table say it.
    if let Some(unit) = Unit::of(&locale.id.to_string()) {
        return Some(unit);
    }
    let mut above = LocaleFallbacker::new()
        .for_config(Default::default())
        .fallback_for((&locale.id).into());
    loop {
        let tag = above.get();
        if tag.is_unknown() {
            return None;
        }
        if let Some(unit) = Unit::of(&tag.to_string()) {
            return Some(unit);
        }
        above.step();
    }
}
