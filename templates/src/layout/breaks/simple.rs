//! Unicode Standard Annex 14 for Latin text, without its tables.

/// The classes of Annex 14 that letters of ASCII and Latin have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Open,
    Close,
    CloseParenthesis,
    Quote,
    Exclamation,
    Infix,
    Slash,
    Hyphen,
    After,
    Prefix,
    Postfix,
    Glue,
    Space,
}

/// Of the text that needs neither dictionaries nor tables.
fn class(character: char) -> Option<Class> {
    Some(match character {
        ' ' => Class::Space,
        '!' | '?' => Class::Exclamation,
        '"' | '\'' => Class::Quote,
        '$' | '+' | '\\' | '£' | '¥' | '€' => Class::Prefix,
        '%' | '¢' | '°' => Class::Postfix,
        '(' | '[' | '{' | '¡' | '¿' => Class::Open,
        ')' | ']' => Class::CloseParenthesis,
        '}' => Class::Close,
        ',' | '.' | ':' | ';' => Class::Infix,
        '-' => Class::Hyphen,
        '/' => Class::Slash,
        '0'..='9' => Class::Digit,
        '|' => Class::After,
        '\u{a0}' => Class::Glue,
        '!'..='~' | '©' | '¬' | '®' | '¯' | 'µ' => Class::Letter,
        'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{24f}' => Class::Letter,
        _ => return None,
    })
}

pub(super) fn is_simple(text: &str) -> bool {
    text.chars().all(|character| class(character).is_some())
}

/// The same as the segmenter for text of these classes, without its tables.
pub(super) fn simple(text: &str, allow: &mut impl FnMut(usize)) {
    let mut before = None;
    let mut spaces = false;
    for (at, character) in text.char_indices() {
        let here = class(character).unwrap_or(Class::Letter);
        if here == Class::Space {
            spaces = true;
            continue;
        }
        if breaks_between(before, spaces, here) {
            allow(at);
        }
        (before, spaces) = (Some(here), false);
    }
}

/// Rules LB7 to LB31, as far as they speak of these classes.
fn breaks_between(before: Option<Class>, spaces: bool, here: Class) -> bool {
    use Class::{
        After, Close, CloseParenthesis, Digit, Exclamation, Glue, Hyphen, Infix, Letter, Open,
        Postfix, Prefix, Quote, Slash, Space,
    };
    let Some(before) = before else {
        return spaces && !matches!(here, Close | CloseParenthesis | Exclamation | Infix | Slash);
    };
    match (before, here) {
        // LB12 to LB14: some of them even behind spaces.
        (Glue, _) => {
            spaces && !matches!(here, Close | CloseParenthesis | Exclamation | Infix | Slash)
        }
        (After | Hyphen, Glue) => true,
        (_, Glue) => spaces && before != Open,
        (_, Close | CloseParenthesis | Exclamation | Infix | Slash) | (Open, _) => false,
        // LB18
        _ if spaces => true,
        // LB19, LB21
        (Quote, _) | (_, Quote | After | Hyphen) => false,
        // LB23, LB24, LB28, LB30
        (Letter | Digit, Letter | Digit | Prefix | Postfix | Open) => false,
        (Prefix | Postfix, Letter | Digit | Open) => false,
        (Infix, Letter | Digit) => false,
        (CloseParenthesis, Letter | Digit | Prefix | Postfix) | (Close, Prefix | Postfix) => false,
        // LB25
        (Hyphen | Slash, Digit) => false,
        (
            After | Hyphen | Slash | Prefix | Postfix | Infix | Exclamation | Close
            | CloseParenthesis | Space,
            Letter | Digit | Prefix | Postfix | Open | Space,
        )
        | (Letter | Digit, Space) => true,
    }
}
