//! Which `Host` names this server. A page of another site can send requests to any address, also by a name of its own
//! that it lets point here (DNS rebinding), but it cannot choose this header.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header, uri::Authority};

/// The `Host` of a request when it names this server: the address that the client connected to, a loopback name, or
/// the public URL. A loopback name may have any port: a tunnel of the client ends there.
pub(crate) fn own_host(
    headers: &HeaderMap,
    local: SocketAddr,
    public_url: Option<&str>,
) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    let host: Authority = host.parse().ok()?;
    if hosts.next().is_some() || host.as_str().contains('@') {
        return None;
    }
    let name = host.host();
    let address: Option<IpAddr> = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok();
    let loopback = name.eq_ignore_ascii_case("localhost")
        || address.is_some_and(|address| address.to_canonical().is_loopback());
    let connected_to = address.is_some_and(|address| address.to_canonical() == local.ip())
        && host.port_u16().unwrap_or(80) == local.port();
    let public = public_url
        .and_then(|url| url.split_once("://"))
        .and_then(|(_, rest)| rest.split('/').next())
        .is_some_and(|public| public.eq_ignore_ascii_case(host.as_str()));
    (loopback || connected_to || public).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_that_names_this_server_is_its_own() {
        let local = "192.0.2.5:8787".parse().expect("an address");
        let own = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().expect("a header"));
            own_host(&headers, local, Some("https://api.example.com/")).is_some()
        };
        for host in [
            "192.0.2.5:8787",
            "localhost:8787",
            "LocalHost",
            "127.0.0.1:9999",
            "[::1]:8787",
            "api.example.com",
            "API.example.com",
        ] {
            assert!(own(host), "{host}");
        }
        for host in [
            "192.0.2.5",
            "192.0.2.5:8788",
            "192.0.2.6:8787",
            "evil.example",
            "evil.example:8787",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "api.example.com.evil.example",
            "localhost@evil.example",
            "evil@localhost",
            "",
            "a b",
        ] {
            assert!(!own(host), "{host}");
        }
        assert!(own_host(&HeaderMap::new(), local, None).is_none());
        let mut two = HeaderMap::new();
        for host in ["localhost", "evil.example"] {
            two.append(header::HOST, host.parse().expect("a header"));
        }
        assert!(own_host(&two, local, None).is_none());
    }
}
