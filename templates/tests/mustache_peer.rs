//! Our templates beside those of the `mustache` crate: the same template and the same values give the same text, but for
//! what this table says.
//!
//! | what | the `mustache` crate | here | why |
//! |---|---|---|---|
//! | tags alone in their rows, one behind another | leaves an empty row | leaves none | it would be on the paper |
//! | a section of `0` | is rendered | is not | "none" is no reason to print a heading |
//! | a list or an object in the place of a value | panics | prints nothing | an order must not stop for it |
//! | a name that is there and empty inside of another one | looks further out for `null` | is empty | a dish without a note does not print the note of the order |
//! | a partial | is read from a file on disk | comes from a map | templates live in the settings |
//! | what people wrote | is escaped for HTML | is printed as it is, and never layout | a receipt is no web page |
//! | a mistake | is named without its place | has line and column, and what was expected | somebody has to find it |

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use templates::mustache::{Escaping, Template, Value};

/// A part of a template.
#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Tag(&'static str, String),
    Section {
        inverted: bool,
        name: String,
        rows: bool,
        body: Vec<Part>,
    },
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "m.a", "m.n.b"]).prop_map(str::to_owned)
}

fn part() -> impl Strategy<Value = Part> {
    let text = "[x|^\" \n-]{0,6}".prop_map(Part::Text);
    let tag = (prop::sample::select(vec!["", "&", "{", "!"]), name())
        .prop_map(|(sigil, name)| Part::Tag(sigil, name));
    let leaf = prop_oneof![3 => text, 2 => tag];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let sections = prop::sample::select(vec!["b", "list", "m", "no", "none", "m.n", "yes"]);
        let body = prop::collection::vec(inner, 0..5);
        (any::<bool>(), sections, any::<bool>(), body).prop_map(|(inverted, name, rows, body)| {
            Part::Section {
                inverted,
                name: name.to_owned(),
                rows,
                body,
            }
        })
    })
}

fn written(parts: &[Part], out: &mut String) {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Tag("{", name) => out.push_str(&format!("{{{{{{{name}}}}}}}")),
            Part::Tag(sigil, name) => out.push_str(&format!("{{{{{sigil}{name}}}}}")),
            Part::Section {
                inverted,
                name,
                rows,
                body,
            } => {
                let sigil = if *inverted { '^' } else { '#' };
                let row = if *rows { "\n" } else { "" };
                out.push_str(&format!("{row}{{{{{sigil}{name}}}}}{row}"));
                written(body, out);
                out.push_str(&format!("{row}{{{{/{name}}}}}{row}"));
            }
        }
    }
}

/// The values, as both take them. HTML has nothing to escape in them.
fn values() -> (serde_json::Value, Value<'static>) {
    let json = json!({
        "a": "one", "b": "two", "c": "", "yes": true, "no": false, "none": [],
        "m": {"a": "inner", "n": {"b": "innermost"}},
        "list": [{"a": "first"}, {"b": "second", "list": []}],
    });
    let ours = Value::map([
        ("a", Value::text("one")),
        ("b", Value::text("two")),
        ("c", Value::text("")),
        ("yes", Value::Bool(true)),
        ("no", Value::Bool(false)),
        ("none", Value::List(Vec::new())),
        (
            "m",
            Value::map([
                ("a", Value::text("inner")),
                ("n", Value::map([("b", Value::text("innermost"))])),
            ]),
        ),
        (
            "list",
            Value::List(vec![
                Value::map([("a", Value::text("first"))]),
                Value::map([
                    ("b", Value::text("second")),
                    ("list", Value::List(Vec::new())),
                ]),
            ]),
        ),
    ]);
    (json, ours)
}

fn theirs(source: &str, values: &serde_json::Value) -> String {
    let template = mustache::compile_str(source).expect("it reads the template");
    let made = template.render_to_string(values);
    made.expect("it takes the values")
}

fn ours(source: &str, values: &Value) -> String {
    let template = Template::parse(source).expect("we read the template");
    let made = template.render(values, &BTreeMap::new(), Escaping::Html);
    made.expect("we take the values")
}

/// Without breaks: an empty row that is left parts what would stand in one.
fn unbroken(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_whitespace())
        .collect()
}

/// A tag that prints nothing stands alone in its row.
fn has_tags_alone(source: &str) -> bool {
    let alone = |row: &str| {
        let row = row.trim();
        row.starts_with("{{") && row.ends_with("}}") && "#^/!".contains(&row[2..3])
    };
    source.split('\n').any(alone)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn the_same_template_and_values_give_the_same_text(parts in prop::collection::vec(part(), 0..8)) {
        let mut source = String::new();
        written(&parts, &mut source);
        let (json, value) = values();
        let (theirs, ours) = (theirs(&source, &json), ours(&source, &value));
        if has_tags_alone(&source) {
            prop_assert_eq!(unbroken(&theirs), unbroken(&ours), "{:?}", source);
        } else {
            prop_assert_eq!(theirs, ours, "{:?}", source);
        }
    }
}

#[test]
fn each_difference_of_the_table_is_there() {
    let (json, value) = values();
    let rows = "{{#yes}}\n{{#yes}}\nx\n{{/yes}}\n{{/yes}}\ny";
    assert_eq!(theirs(rows, &json), "x\n\ny");
    assert_eq!(ours(rows, &value), "x\ny");

    assert!(std::panic::catch_unwind(|| theirs("{{list}}", &json)).is_err());
    assert_eq!(ours("{{list}}{{m}}", &value), "");

    let zero = "{{#count}}{{.}}{{/count}}";
    assert_eq!(theirs(zero, &json!({ "count": 0 })), "0");
    assert_eq!(ours(zero, &Value::map([("count", Value::Number(0))])), "");

    let note = "{{#dish}}{{note}}{{/dish}}";
    let told = json!({"note": "ring twice", "dish": {"note": null}});
    assert_eq!(theirs(note, &told), "");
    let nothing = Value::map([
        ("note", Value::text("ring twice")),
        ("dish", Value::map([("note", Value::Nothing)])),
    ]);
    assert_eq!(ours(note, &nothing), "");

    assert_eq!(
        theirs("{{t}}", &json!({"t": "Fish & Chips"})),
        "Fish &amp; Chips"
    );
    let printed = Template::parse("{{t}}").unwrap().render(
        &Value::map([("t", Value::text("Fish & Chips"))]),
        &BTreeMap::new(),
        Escaping::Paper,
    );
    assert_eq!(printed.unwrap(), "Fish & Chips");

    let wrong = "one\n  {{#two}}\nthree";
    let said = mustache::compile_str(wrong).unwrap_err().to_string();
    assert!(!said.contains('2'), "{said}");
    let said = Template::parse(wrong).unwrap_err().to_string();
    assert!(said.contains("line 2, column 3"), "{said}");
}
