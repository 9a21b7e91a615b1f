//! An IPP Everywhere printer (RFC 8010, RFC 8011, PWG 5100.14). One task owns the port, the device and its jobs; each
//! connection is a task of its own that sends it events. Plain HTTP and TLS share the port.

mod task;

mod connection;
mod http;

mod events;
mod icon;
mod operations;

mod answer_faults;
mod tls;

mod printer;

mod job;
mod request;

mod codec;
mod codes;
mod description;
mod document;

pub(crate) use description::{Identity, PATH};
pub(crate) use task::PrinterTask;
pub(crate) use tls::Certificate;
pub use tls::CertificateError;

use crate::dns_sd::IppKeys;
use crate::format::Format;

/// The TXT keys that IPP printers announce.
pub(crate) fn keys() -> IppKeys {
    IppKeys {
        path: PATH,
        formats: Format::DOCUMENTS.map(Format::mime).join(","),
        urf: description::urf().join(","),
    }
}
