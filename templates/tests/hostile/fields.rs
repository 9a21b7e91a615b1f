//! The texts of an order, found by walking its JSON: a new field is fed by itself.

use api::Order;
use serde_json::Value;

/// JSON pointers of every string that may be any text.
pub(crate) fn text_fields(order: &Value) -> Vec<String> {
    let mut strings = Vec::new();
    collect(order, String::new(), &mut strings);
    // Every dish has the same fields.
    strings.retain(|field| !field.starts_with("/lines/") || field.starts_with("/lines/0/"));
    strings.retain(|field| {
        // An id, a time, a word of a list or a currency reads no such text.
        let fed = filled(order, &[field], "any text");
        let read = serde_json::from_value::<Order>(fed);
        read.is_ok() && !field.ends_with("/currency")
    });
    strings
}

/// The order with this text in these fields.
pub(crate) fn filled(order: &Value, fields: &[&str], text: &str) -> Value {
    let mut order = order.clone();
    for field in fields {
        if let Some(value) = order.pointer_mut(field) {
            *value = text.into();
        }
    }
    order
}

/// Fails when the order lacks a field that an order can have, or has an empty one.
pub(crate) fn all_set(order: &Value) {
    let read: Order = serde_json::from_value(order.clone()).unwrap();
    let written = serde_json::to_value(&read).unwrap();
    none_empty(&written, String::new());
}

fn none_empty(value: &Value, path: String) {
    match value {
        Value::Null => panic!("{path} is not set"),
        Value::Array(values) => {
            assert!(!values.is_empty(), "{path} is empty");
            for (place, value) in values.iter().enumerate() {
                none_empty(value, format!("{path}/{place}"));
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                none_empty(value, format!("{path}/{name}"));
            }
        }
        Value::String(text) => assert!(!text.is_empty(), "{path} is empty"),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

fn collect(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(path),
        Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                collect(value, format!("{path}/{place}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(value, format!("{path}/{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
