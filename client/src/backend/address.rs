//! The address of a server, as people type it.

use api::{Code, Problem};
use url::Url;

/// Reads a server's address as people type it.
pub(super) fn server_url(text: &str) -> Result<Url, Problem> {
    let text = text.trim();
    let refuse = |why: &str| {
        Problem::new(
            Code::Invalid,
            format!("{text:?} is not the address of a server: {why}. Write it as https://panbot.example."),
        )
        .at("server")
    };
    if text.is_empty() {
        return Err(refuse("it is empty"));
    }
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let mut url = Url::parse(&full).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("only http and https are spoken"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(refuse("it names no host"));
    }
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_type_it() {
        for (typed, full) in [
            ("panbot.example", "https://panbot.example/"),
            (" http://127.0.0.1:8080 ", "http://127.0.0.1:8080/"),
            ("https://x.example/panbot", "https://x.example/panbot/"),
        ] {
            assert_eq!(server_url(typed).unwrap().as_str(), full);
        }
        for typed in ["", "ftp://x.example", "http://", "https://a b"] {
            let problem = server_url(typed).unwrap_err();
            assert_eq!(problem.code, Code::Invalid, "{typed}");
            assert!(problem.message.contains("https://panbot.example"));
        }
    }
}
