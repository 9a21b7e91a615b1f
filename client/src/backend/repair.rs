//! Repairs JSON whose texts were cut in the middle of a character.

/// The same with U+FFFD in place of half a character: bytes that are no UTF-8, and escapes of one surrogate without the
/// other (`"\ud83c"`), which some programs write when they cut a text (RFC 8259, section 8.2).
pub(super) fn repaired(json: &[u8]) -> String {
    let json = String::from_utf8_lossy(json);
    let mut made = String::with_capacity(json.len());
    let mut rest = json.as_ref();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        made.push_str(before);
        let taken = match surrogate(escape) {
            Some(0xd800..=0xdbff)
                if matches!(escape.get(6..).and_then(surrogate), Some(0xdc00..=0xdfff)) =>
            {
                12
            }
            Some(_) => {
                made.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            // A backslash and what it escapes, which may be a backslash too.
            None => 1 + escape.chars().nth(1).map_or(0, char::len_utf8),
        };
        let (escape, after) = escape.split_at(taken);
        made.push_str(escape);
        rest = after;
    }
    made.push_str(rest);
    made
}

/// The surrogate that a text begins with, as an escape.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let code = digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())?;
    code.filter(|code| (0xd800..=0xdfff).contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn half_a_character_is_one_that_is_missing_and_the_rest_stays() {
        for (json, text) in [
            (br#""x\ud83cy""#.as_slice(), "x\u{fffd}y"),
            (br#""\udf55x""#, "\u{fffd}x"),
            (br#""\ud83c""#, "\u{fffd}"),
            (br#""\ud83c\ud83c\udf55""#, "\u{fffd}🍕"),
            (br#""\ud83c\udf55 \u00e9""#, "🍕 é"),
            (br#""\\ud83c \"\\\\ud83c""#, r#"\ud83c "\\ud83c"#),
            (b"\"caf\xe9\"", "caf\u{fffd}"),
        ] {
            let read: Value = serde_json::from_str(&repaired(json)).unwrap();
            assert_eq!(read, Value::String(text.into()));
        }
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for json in [r#""\ud8"#, r#""\u"#, "\\", r#""\ud8é0""#, "<html>"] {
            assert!(serde_json::from_str::<Value>(&repaired(json.as_bytes())).is_err());
        }
    }
}
