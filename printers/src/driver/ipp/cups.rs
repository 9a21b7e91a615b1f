//! The queues of this PC on Unix: CUPS, asked by IPP, so that no library of it is needed.
//!
//! Source: CUPS' `client.conf(5)` for `CUPS_SERVER`, its `cups/http-support.c` for where its server is when nothing is said,
//! and its operation CUPS-Get-Printers.

use std::{path::Path, time::Duration};

use api::job::NotPrinted;

use super::{
    http::{Endpoint, Http},
    request::Target,
    trust::Trust,
};

/// Where CUPS listens when nothing else is said.
const PORT: u16 = 631;
/// Its sockets on Linux and macOS. It may listen there alone, above all where the system starts it with the first question.
const SOCKETS: [&str; 2] = ["/run/cups/cups.sock", "/private/var/run/cupsd"];

/// A queue of CUPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name, as in `spooler://NAME`.
    pub name: String,
    /// What it says of itself for people.
    pub info: Option<String>,
    /// The model that it is set up for.
    pub model: Option<String>,
    /// Where it sends what it is given, such as `usb://EPSON/TM-T20`.
    pub device: Option<String>,
}

/// What this PC calls its server: what `CUPS_SERVER` says, or the usual socket where there is one.
pub fn named() -> Option<String> {
    let said = std::env::var("CUPS_SERVER").ok();
    said.filter(|said| !said.trim().is_empty()).or_else(|| {
        let usual = SOCKETS.iter().find(|socket| Path::new(socket).exists());
        usual.map(|socket| (*socket).to_owned())
    })
}

/// Where the server of this PC is. `server` is what `CUPS_SERVER` may say: `HOST`, `HOST:PORT`, or the path of a socket.
pub fn server(server: Option<&str>, path: String) -> Endpoint {
    let server = server.map(str::trim);
    if let Some(socket) = server.filter(|server| server.starts_with('/')) {
        return Endpoint {
            socket: Some(socket.into()),
            ..self::server(None, path)
        };
    }
    let named = server.filter(|server| {
        let host = |c: char| c.is_ascii_alphanumeric() || "-._:[]/=".contains(c);
        !server.is_empty() && server.chars().all(host)
    });
    // `/version=1.1` may stand behind it.
    let named = named.and_then(|server| server.split('/').next());
    let (host, port) = match named {
        None => ("localhost", PORT),
        Some(server) => match server.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') => (host, port.parse().unwrap_or(PORT)),
            Some(_) | None => (server, PORT),
        },
    };
    Endpoint {
        tls: false,
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
        path,
        socket: None,
    }
}

/// Where a queue of it is.
pub fn queue(named: Option<&str>, queue: &str) -> Endpoint {
    use std::fmt::Write as _;
    let mut path = "/printers/".to_owned();
    for byte in queue.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    server(named, path)
}

/// The queues of the server of this PC.
///
/// # Errors
/// [`NotPrinted::Unreached`] when there is no server, and what else it may say.
pub async fn queues(named: Option<&str>, limit: Duration) -> Result<Vec<Queue>, NotPrinted> {
    let place = server(named, "/".to_owned());
    let http = Http::to(&place, Trust::default(), limit).await?;
    let target = Target {
        uri: place.uri(),
        old: false,
    };
    let question = target.queues(&[
        "printer-name",
        "printer-info",
        "printer-make-and-model",
        "device-uri",
    ]);
    let answer = http
        .ask(question, limit)
        .await
        .map_err(|trouble| trouble.nothing_printed(&place))?;
    let said = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    // A server without a queue says that it found none, and lists none.
    Ok(answer
        .printers()
        .filter_map(|printer| {
            Some(Queue {
                name: said(printer.word("printer-name"))?,
                info: said(printer.word("printer-info")),
                model: said(printer.word("printer-make-and-model")),
                device: said(printer.word("device-uri")),
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_at_the_server_of_this_pc_unless_another_is_named() {
        for (named, uri) in [
            (None, "ipp://localhost:631/printers/Bar"),
            (Some(""), "ipp://localhost:631/printers/Bar"),
            (Some("print.local"), "ipp://print.local:631/printers/Bar"),
            (Some("127.0.0.1:8631"), "ipp://127.0.0.1:8631/printers/Bar"),
            (
                Some("[::1]:8631/version=1.1"),
                "ipp://[::1]:8631/printers/Bar",
            ),
        ] {
            let place = queue(named, "Bar");
            assert_eq!(
                (place.uri().as_str(), place.socket),
                (uri, None),
                "{named:?}"
            );
        }
        let by_socket = queue(Some("/run/cups/cups.sock"), "Bar");
        assert_eq!(by_socket.uri(), "ipp://localhost:631/printers/Bar");
        assert_eq!(
            by_socket.socket.as_deref(),
            Some(Path::new("/run/cups/cups.sock"))
        );
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_socket_that_is_not_there_is_a_server_that_was_not_reached() {
        let nobody = queues(Some("/nowhere/cups.sock"), Duration::from_secs(5)).await;
        let unreached = matches!(nobody, Err(NotPrinted::Unreached { .. }));
        assert!(unreached, "{nobody:?}");
    }

    #[test]
    fn a_name_of_any_letters_stays_one_part_of_the_path() {
        assert_eq!(queue(None, "Bar 1/ä").path, "/printers/Bar%201%2F%C3%A4");
    }
}
