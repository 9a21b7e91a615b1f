//! The queues of this PC on Unix: CUPS, asked by IPP, so that no library of it is needed.
//!
//! Source: CUPS' `client.conf(5)` for `CUPS_SERVER`, and its operation CUPS-Get-Printers.

use std::time::Duration;

use api::job::NotPrinted;

use super::{
    ask::Target,
    http::{Http, Place},
    trust::Trust,
};

/// Where CUPS listens when nothing else is said.
const PORT: u16 = 631;

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

/// Where the server of this PC is. `server` is what `CUPS_SERVER` says: `HOST`, `HOST:PORT`, or the path of a socket,
/// which is passed over for the port beside it.
pub fn server(server: Option<&str>, path: String) -> Place {
    let named = server.map(str::trim).filter(|server| {
        let host = |c: char| c.is_ascii_alphanumeric() || "-._:[]/=".contains(c);
        !server.is_empty() && !server.starts_with('/') && server.chars().all(host)
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
    Place {
        tls: false,
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
        path,
    }
}

/// Where a queue of it is.
pub fn queue(named: Option<&str>, queue: &str) -> Place {
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
            (
                Some("/run/cups/cups.sock"),
                "ipp://localhost:631/printers/Bar",
            ),
        ] {
            assert_eq!(queue(named, "Bar").uri(), uri, "{named:?}");
        }
    }

    #[test]
    fn a_name_of_any_letters_stays_one_part_of_the_path() {
        assert_eq!(queue(None, "Bar 1/ä").path, "/printers/Bar%201%2F%C3%A4");
    }
}
