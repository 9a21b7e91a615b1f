//! Who may use the page and its API: the page itself and tools, but no page of another site.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use reqwest::{Method, RequestBuilder, header};
use serde_json::json;
use virtual_printer::{Options, VirtualPrinter};

struct Api {
    printer: VirtualPrinter,
    http: reqwest::Client,
    url: String,
}

impl Api {
    async fn start() -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = Options {
            web: Some(([127, 0, 0, 1], 0).into()),
            ..Options::default()
        };
        let printer = VirtualPrinter::start(options.with_printer("Kitchen"))
            .await
            .unwrap();
        Self {
            url: printer.web_url().unwrap(),
            http: reqwest::Client::new(),
            printer,
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// The status of each POST, with these headers; the faults turn paper out on.
    async fn posts(&self, headers: &[(&str, &str)]) -> Vec<u16> {
        let mut statuses = Vec::new();
        for action in ["faults", "power", "tear", "certificate"] {
            let path = format!("/api/printers/Kitchen/{action}");
            let mut request = self.request(Method::POST, &path);
            if action == "faults" {
                request = request.json(&json!({ "paper_out": true }));
            }
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            statuses.push(request.send().await.unwrap().status().as_u16());
        }
        statuses
    }

    async fn gets(&self, headers: &[(&str, &str)]) -> Vec<u16> {
        let mut statuses = Vec::new();
        for path in [
            "/",
            "/events",
            "/api/printers",
            "/api/printers/Kitchen/receipts",
        ] {
            let mut request = self.request(Method::GET, path);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            statuses.push(request.send().await.unwrap().status().as_u16());
        }
        statuses
    }

    fn is_untouched(&self) -> bool {
        let state = self.printer.state("Kitchen").unwrap();
        !state.faults.paper_out && state.power_cuts == 0
    }
}

#[tokio::test]
async fn a_page_of_another_site_can_neither_set_a_fault_nor_cut_the_power() {
    let api = Api::start().await;
    let port = api.url.rsplit(':').next().unwrap();
    let another_port = "http://127.0.0.1:1";
    let same_host_by_tls = format!("https://127.0.0.1:{port}");
    for origin in [
        "https://evil.example",
        "null",
        another_port,
        &same_host_by_tls,
    ] {
        assert_eq!(api.posts(&[("origin", origin)]).await, [403; 4], "{origin}");
    }
    for site in ["cross-site", "same-site"] {
        let headers = [("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")];
        assert_eq!(api.posts(&headers).await, [403; 4], "{site}");
        assert_eq!(api.gets(&headers).await, [403; 4], "{site}");
    }
    // A form of another site that opens its answer as a page is no link that somebody follows.
    let form = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
    ];
    assert_eq!(api.posts(&form).await, [403; 4]);
    assert!(api.is_untouched());
    api.printer.shutdown().await;
}

#[tokio::test]
async fn a_name_that_another_site_lets_point_here_reaches_nothing() {
    let api = Api::start().await;
    let port = api.url.rsplit(':').next().unwrap();
    let with_port = format!("evil.example:{port}");
    for host in [
        "evil.example",
        &with_port,
        "127.0.0.1.evil.example",
        "localhost.evil.example",
    ] {
        let origin = format!("http://{host}");
        // After the rebinding the page is of the same origin.
        let headers = [
            ("host", host),
            ("origin", &*origin),
            ("sec-fetch-site", "same-origin"),
        ];
        assert_eq!(api.posts(&headers).await, [403; 4], "{host}");
        assert_eq!(api.gets(&[("host", host)]).await, [403; 4], "{host}");
    }
    assert!(api.is_untouched());
    api.printer.shutdown().await;
}

#[tokio::test]
async fn faults_are_json_and_nothing_that_a_form_can_send() {
    let api = Api::start().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let refused = api
            .request(Method::POST, "/api/printers/Kitchen/faults")
            .header(header::CONTENT_TYPE, kind)
            .body(r#"{"paper_out": true}"#)
            .send()
            .await
            .unwrap();
        assert_eq!(refused.status(), 415, "{kind}");
    }
    assert!(api.is_untouched());
    api.printer.shutdown().await;
}

#[tokio::test]
async fn the_page_itself_and_tools_go_on_working() {
    let api = Api::start().await;
    let own = api.url.clone();
    let port = own.rsplit(':').next().unwrap().to_owned();
    let by_name = format!("localhost:{port}");
    let named = format!("http://{by_name}");
    let tool: &[(&str, &str)] = &[];
    // As Node's fetch sends it.
    let node = &[("sec-fetch-mode", "cors")];
    let page = &[("origin", &*own), ("sec-fetch-site", "same-origin")];
    let page_by_name = &[("host", &*by_name), ("origin", &*named)];
    for headers in [tool, node, page, page_by_name] {
        assert_eq!(api.posts(headers).await, [200; 4], "{headers:?}");
        assert_eq!(api.gets(headers).await, [200; 4], "{headers:?}");
    }
    // Typed into the address bar, and followed from a page of another site.
    for site in ["none", "cross-site"] {
        let opened = api
            .request(Method::GET, "/")
            .header("sec-fetch-site", site)
            .header("sec-fetch-mode", "navigate")
            .send();
        assert_eq!(opened.await.unwrap().status(), 200, "{site}");
    }
    api.printer.shutdown().await;
}
