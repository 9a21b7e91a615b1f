//! The check of the `Origin` header. Source: Centrifugo v6, `client.allowed_origins`.

/// Whether a request with this `Origin` may connect. Clients that are no web page send none and are always allowed.
pub fn is_allowed(origin: Option<&str>, allowed: &[String]) -> bool {
    let Some(origin) = origin.filter(|origin| !origin.is_empty()) else {
        return true;
    };
    let origin = origin.to_ascii_lowercase();
    allowed
        .iter()
        .any(|pattern| matches_glob(&pattern.to_ascii_lowercase(), &origin))
}

/// A glob: `*` stands for any characters.
fn matches_glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, tail)) => rest = tail,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_that_are_named_may_connect() {
        let allowed = ["tauri://localhost", "https://*.example.com"].map(String::from);
        for origin in [
            None,
            Some(""),
            Some("tauri://localhost"),
            Some("https://APP.example.com"),
        ] {
            assert!(is_allowed(origin, &allowed), "{origin:?}");
        }
        for origin in [
            "https://example.com",
            "https://a.example.com.evil.net",
            "null",
        ] {
            assert!(!is_allowed(Some(origin), &allowed), "{origin}");
        }
        assert!(!is_allowed(Some("https://a"), &[]));
        assert!(is_allowed(Some("https://a"), &["*".into()]));
    }
}
