//! The ticket of an order that nobody here can read: all its raw fields, so that the kitchen can still cook and somebody
//! can still ask.

use std::fmt::Write;

use serde_json::Value;

use crate::{
    inert,
    words::{self, Words},
};

/// Rows of one ticket at the most; the paper is no archive.
const ROWS: usize = 400;

/// Markup with every field of the order as it came in, a row each, its place in the order before it, under words of the
/// locale (BCP 47). Never fails; what is beyond 400 rows is counted at the end.
pub fn render_plain(raw: &Value, locale: &str) -> String {
    let Words {
        unreadable,
        unreadable_advice,
        rows_left_out,
        ..
    } = words::of(locale);
    let mut rows = Vec::new();
    collect(raw, "", &mut rows);
    let mut made = super::opening(locale);
    if let Some(number) = raw.get("number").and_then(Value::as_u64) {
        let _infallible = writeln!(made, "^^^^\"{number}\"\n");
    }
    let (title, advice) = (inert::text(unreadable), inert::text(unreadable_advice));
    let _infallible = writeln!(made, "^^`~{title}~`\n{advice}\n-");
    for (name, value) in rows.iter().take(ROWS) {
        let _infallible = writeln!(made, "|\"{}\": {}", inert::row(name), inert::row(value));
    }
    if rows.len() > ROWS {
        let left_out = words::filled(rows_left_out, &(rows.len() - ROWS).to_string());
        let _infallible = writeln!(made, "|\"{}\"", inert::text(&left_out));
    }
    made.push_str("-\n");
    made
}

fn collect(value: &Value, name: &str, rows: &mut Vec<(String, String)>) {
    let within = |key: &str| match name {
        "" => key.to_owned(),
        _ => format!("{name} {key}"),
    };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                collect(value, &within(key), rows);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                collect(value, &within(&(index + 1).to_string()), rows);
            }
        }
        Value::Null => {}
        Value::String(text) => rows.push((name.to_owned(), text.clone())),
        Value::Bool(_) | Value::Number(_) => rows.push((name.to_owned(), value.to_string())),
    }
}
