//! Any template over values of every type, with any text from people: an error with its place or markup, in which that
//! text has become neither layout nor a command.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use templates::mustache::{Escaping, Template, Value};

/// Between the parts of the input: template, partial, what a person wrote.
const BETWEEN: char = '\0';

fuzz_target!(|bytes: &[u8]| {
    let input = String::from_utf8_lossy(bytes);
    let mut parts = input.splitn(3, BETWEEN);
    let source = parts.next().unwrap_or_default();
    let partial = parts.next().unwrap_or_default();
    let written = parts.next().unwrap_or_default();

    let template = match Template::parse(source) {
        Ok(template) => template,
        Err(error) => {
            assert!(error.line >= 1 && error.column >= 1);
            assert!(error.line <= source.split('\n').count(), "{error}");
            return;
        }
    };
    let partials = BTreeMap::from([("p".to_owned(), partial.to_owned())]);
    let Ok(theirs) = template.render(&values(written), &partials, Escaping::Paper) else {
        return;
    };
    // The same template over harmless text of the same truth has exactly the same layout.
    let harmless: String = written.chars().map(|_| 'x').collect();
    let Ok(plain) = template.render(&values(&harmless), &partials, Escaping::Paper) else {
        return;
    };
    assert_eq!(layout(&theirs), layout(&plain), "{source:?} {written:?}");
    let _ = template.render(&values(written), &partials, Escaping::Html);
});

fn values(written: &str) -> Value<'_> {
    // A list that is not in reach of its own items: one that is multiplies itself up to the limits at nearly every run.
    let item = |count| {
        Value::map([
            ("t", Value::text(written)),
            ("n", Value::Number(count)),
            ("l", Value::Nothing),
        ])
    };
    Value::map([
        ("t", Value::text(written)),
        ("m", Value::Markup("^m^".into())),
        ("n", Value::Number(3)),
        ("z", Value::Number(0)),
        ("b", Value::Bool(true)),
        ("f", Value::Bool(false)),
        ("o", Value::Nothing),
        ("l", Value::List(vec![item(1), item(0)])),
        ("d", Value::map([("e", Value::map([("t", Value::text(written))]))])),
    ])
}

/// What is left of the markup when everything without a meaning is taken away: escaped characters, and characters that
/// are only printed.
fn layout(markup: &str) -> String {
    let mut layout = String::new();
    let mut characters = markup.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                // A break in the cell is what text may bring.
                Some(_) | None => {}
            },
            '|' | '{' | '}' | '_' | '"' | '`' | '^' | ';' | ':' | '\n' => {
                layout.push(character)
            }
            _ => {}
        }
    }
    layout
}
