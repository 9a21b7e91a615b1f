//! Which web pages may connect. Source: Centrifugo v6, `client.allowed_origins`.

/// Whether a request with this `Origin` may connect. Programs that are no web page send none and always may.
pub fn may_connect(origin: Option<&str>, allowed: &[String]) -> bool {
    let Some(origin) = origin.filter(|origin| !origin.is_empty()) else {
        return true;
    };
    let origin = origin.to_ascii_lowercase();
    allowed
        .iter()
        .any(|pattern| fits(&pattern.to_ascii_lowercase(), &origin))
}

/// A glob: `*` stands for any characters.
fn fits(pattern: &str, text: &str) -> bool {
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
            assert!(may_connect(origin, &allowed), "{origin:?}");
        }
        for origin in [
            "https://example.com",
            "https://a.example.com.evil.net",
            "null",
        ] {
            assert!(!may_connect(Some(origin), &allowed), "{origin}");
        }
        assert!(!may_connect(Some("https://a"), &[]));
        assert!(may_connect(Some("https://a"), &["*".into()]));
    }
}
