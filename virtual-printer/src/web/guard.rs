//! Refuses requests of pages of other sites: the page and its API need no login.
//!
//! `Host` must be an address or `localhost`, so that a name that another site points here (DNS rebinding) is refused.
//! `Origin` and `Sec-Fetch-Site`, which no page can forge, must be those of the page itself; tools send neither.

use super::ApiError;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;

pub(super) async fn refuse_foreign(request: Request, next: Next) -> Result<Response, ApiError> {
    check(request.method(), request.headers())
        .map_err(|message| ApiError(StatusCode::FORBIDDEN, message.to_owned()))?;
    Ok(next.run(request).await)
}

fn check(method: &Method, headers: &HeaderMap) -> Result<(), &'static str> {
    let text = |name: &str| {
        let value = headers.get(name);
        value.map(|value| value.to_str().unwrap_or_default())
    };
    let host = own_host(headers).ok_or(
        "open this page by its address, such as http://127.0.0.1:PORT: other names are refused",
    )?;
    let foreign = "only the page itself and programs may do this, no page of another site";
    let own_origin = |origin: &str| {
        let authority = origin.strip_prefix("http://");
        authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host.as_str()))
    };
    if !text(header::ORIGIN.as_str()).is_none_or(own_origin) {
        return Err(foreign);
    }
    // A link may be followed from anywhere.
    let follows_link = method == Method::GET && text("sec-fetch-mode") == Some("navigate");
    let own_site = |site| matches!(site, "same-origin" | "none");
    if !follows_link && !text("sec-fetch-site").is_none_or(own_site) {
        return Err(foreign);
    }
    Ok(())
}

/// The `Host` header if it is an IP address or `localhost`, with any port: a tunnel may end here.
fn own_host(headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host: Authority = hosts.next()?.to_str().ok()?.parse().ok()?;
    if hosts.next().is_some() || host.as_str().contains('@') {
        return None;
    }
    let name = host.host().trim_start_matches('[').trim_end_matches(']');
    let is_own = name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok();
    is_own.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_own_hosts() {
        let is_own = |hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, host.parse().expect("a header"));
            }
            own_host(&headers).is_some()
        };
        for host in [
            "127.0.0.1",
            "127.0.0.1:80",
            "[::1]:9180",
            "192.0.2.5:9180",
            "LocalHost:1",
        ] {
            assert!(is_own(&[host]), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.",
            "evil@localhost",
            "a b",
        ] {
            assert!(!is_own(&[host]), "{host}");
        }
        assert!(!is_own(&[]));
        assert!(!is_own(&["localhost", "evil.example"]));
    }
}
