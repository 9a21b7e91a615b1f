//! What the printer says about itself (RFC 8011 section 5.4, PWG 5100.12, PWG 5100.14).

mod media;
mod template;

pub(crate) use media::{ODD_PAPER, database};
pub(crate) use template::{sort, template};

use super::codec::{Attribute, Value};
use super::codes::operation;
use super::document::{Compression, Paper};
use crate::dns_sd;
use crate::faults::Faults;
use crate::format::Format;
use crate::paper::Moment;
use jiff::tz::TimeZone;
use std::net::SocketAddr;
use uuid::Uuid;

/// Where its jobs are sent, behind the host.
pub(crate) const PATH: &str = "/ipp/print";

/// What never changes about a printer.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub name: String,
    pub model: String,
    pub uuid: Uuid,
    /// Host and port.
    pub authority: String,
    pub paper: Paper,
    /// Seconds that a job waits for its next document.
    pub time_out: u32,
    pub started: Moment,
}

/// Dots an inch of nearly every receipt printer.
const DPI: u32 = 203;
/// Millimetres of the longest page.
const LONGEST: u32 = 3000;

impl Identity {
    pub(crate) fn of(
        (name, model): (&str, &str),
        address: SocketAddr,
        dots: u32,
        time_out: u32,
    ) -> Self {
        let wide = match dots {
            576 => 80 * DPI * 10 / 254,
            384 => 58 * DPI * 10 / 254,
            other => other + 64,
        };
        Self {
            name: name.to_owned(),
            model: model.to_owned(),
            uuid: dns_sd::uuid(name),
            authority: address.to_string(),
            paper: Paper {
                dots,
                wide,
                dpi: DPI,
                longest: LONGEST * DPI * 10 / 254,
            },
            time_out,
            started: Moment::now(),
        }
    }

    /// `ipp://` or `ipps://`, and where.
    pub(crate) fn uri(&self, scheme: &str) -> String {
        format!("{scheme}://{}{PATH}", self.authority)
    }

    pub(crate) fn http(&self, path: &str) -> String {
        format!("http://{}/{path}", self.authority)
    }

    /// Seconds that it has been up, counted from 1.
    pub(crate) fn up_time(&self, now: Moment) -> i32 {
        let up = now.instant.saturating_duration_since(self.started.instant);
        i32::try_from(up.as_secs().saturating_add(1)).unwrap_or(i32::MAX)
    }
}

/// How the printer is, as IPP has words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub state: PrinterState,
    pub reasons: Vec<&'static str>,
    pub message: &'static str,
    pub accepts_jobs: bool,
    /// Percent of the roll.
    pub level: i32,
}

/// `printer-state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrinterState {
    Idle = 3,
    Processing = 4,
    Stopped = 5,
}

/// RFC 2579, in UTC.
pub(crate) fn date_time(moment: Moment) -> Value {
    let at = moment.at.to_zoned(TimeZone::UTC);
    let [high, low] = at.year().to_be_bytes();
    let part = |number: i8| number.unsigned_abs();
    Value::DateTime([
        high,
        low,
        part(at.month()),
        part(at.day()),
        part(at.hour()),
        part(at.minute()),
        part(at.second()),
        u8::try_from(at.millisecond() / 100).unwrap_or(0),
        b'+',
        0,
        0,
    ])
}

/// `urf-supported`.
pub(crate) fn urf() -> Vec<String> {
    let words = ["V1.4", "CP99", "W8", "SRGB24", "DM1"];
    let resolution = format!("RS{DPI}");
    words
        .map(str::to_owned)
        .into_iter()
        .chain([resolution])
        .collect()
}

fn keywords(words: &[&str]) -> Vec<Value> {
    words.iter().map(|word| Value::keyword(word)).collect()
}

/// `printer-description`.
pub(crate) fn description(
    identity: &Identity,
    (condition, faults): (&Condition, &Faults),
    changed: Moment,
    queued: usize,
    now: Moment,
) -> Vec<Attribute> {
    let text = |text: &str| Value::Text(text.chars().take(127).collect());
    let uri = |uri: String| Value::Uri(uri);
    let number = |number: usize| Value::Integer(i32::try_from(number).unwrap_or(i32::MAX));
    let language = || Value::Language("en".to_owned());
    let mut formats: Vec<Value> = vec![Value::Mime("application/octet-stream".to_owned())];
    let known = Format::DOCUMENTS.map(Format::mime);
    let known = known
        .iter()
        .filter(|mime| Format::known(mime, faults).is_some());
    formats.extend(known.map(|mime| Value::Mime((*mime).to_owned())));
    let operations: Vec<Value> = operation::all(faults)
        .into_iter()
        .map(|operation| Value::Enum(i32::from(operation)))
        .collect();
    let dpi = i32::try_from(identity.paper.dpi).unwrap_or(i32::MAX);
    let resolution = || Value::Resolution(dpi, dpi, 3);
    let icons = [48, 128, 512].map(|size| uri(identity.http(&format!("icon-{size}.png"))));
    let supply = format!(
        "index=1;class=supplyThatIsConsumed;type=other;unit=percent;maxcapacity=100;level={};colorantname=none;",
        condition.level
    );
    let device_id = format!(
        "MFG:PanBot;MDL:{};CMD:PWGRaster,URF,PDF,JPEG;SN:{};",
        identity.model.replace([';', ':'], " "),
        identity.uuid
    );
    let list: Vec<(&str, Vec<Value>)> = vec![
        (
            "charset-configured",
            vec![Value::Charset("utf-8".to_owned())],
        ),
        (
            "charset-supported",
            ["us-ascii", "utf-8"]
                .map(|name| Value::Charset(name.to_owned()))
                .into(),
        ),
        ("color-supported", vec![Value::Boolean(false)]),
        (
            "compression-supported",
            Compression::ALL
                .map(|(name, _)| Value::keyword(name))
                .into(),
        ),
        (
            "document-format-default",
            formats.first().cloned().into_iter().collect(),
        ),
        ("document-format-supported", formats),
        ("generated-natural-language-supported", vec![language()]),
        ("identify-actions-default", keywords(&["display"])),
        (
            "identify-actions-supported",
            keywords(&["display", "sound"]),
        ),
        ("ipp-features-supported", keywords(&["ipp-everywhere"])),
        ("ipp-versions-supported", keywords(&["1.0", "1.1", "2.0"])),
        ("job-ids-supported", vec![Value::Boolean(true)]),
        (
            "multiple-document-jobs-supported",
            vec![Value::Boolean(true)],
        ),
        (
            "multiple-operation-time-out",
            vec![Value::Integer(
                i32::try_from(identity.time_out.max(1)).unwrap_or(i32::MAX),
            )],
        ),
        (
            "multiple-operation-time-out-action",
            keywords(&["abort-job"]),
        ),
        ("operations-supported", operations),
        ("natural-language-configured", vec![language()]),
        ("pages-per-minute", vec![Value::Integer(60)]),
        ("pdl-override-supported", keywords(&["attempted"])),
        (
            "preferred-attributes-supported",
            vec![Value::Boolean(false)],
        ),
        (
            "printer-config-change-date-time",
            vec![date_time(identity.started)],
        ),
        ("printer-config-change-time", vec![Value::Integer(1)]),
        ("printer-current-time", vec![date_time(now)]),
        ("printer-device-id", vec![Value::Text(device_id)]),
        ("printer-geo-location", vec![Value::Unknown]),
        (
            "printer-get-attributes-supported",
            keywords(&["document-format"]),
        ),
        ("printer-icons", icons.into()),
        ("printer-info", vec![text(&identity.name)]),
        (
            "printer-is-accepting-jobs",
            vec![Value::Boolean(condition.accepts_jobs)],
        ),
        ("printer-location", vec![text("")]),
        (
            "printer-make-and-model",
            vec![text(&format!("PanBot {}", identity.model))],
        ),
        ("printer-more-info", vec![uri(identity.http(""))]),
        (
            "printer-name",
            vec![Value::Name(identity.name.chars().take(63).collect())],
        ),
        ("printer-organization", vec![text("")]),
        ("printer-organizational-unit", vec![text("")]),
        ("printer-state", vec![Value::Enum(condition.state as i32)]),
        ("printer-state-change-date-time", vec![date_time(changed)]),
        (
            "printer-state-change-time",
            vec![Value::Integer(identity.up_time(changed))],
        ),
        ("printer-state-message", vec![text(condition.message)]),
        ("printer-state-reasons", keywords(&condition.reasons)),
        ("printer-supply", vec![Value::Octets(supply.into_bytes())]),
        ("printer-supply-description", vec![text("Receipt paper")]),
        ("printer-supply-info-uri", vec![uri(identity.http(""))]),
        (
            "printer-up-time",
            vec![Value::Integer(identity.up_time(now))],
        ),
        (
            "printer-uri-supported",
            ["ipp", "ipps"]
                .map(|scheme| uri(identity.uri(scheme)))
                .into(),
        ),
        ("printer-uuid", vec![uri(identity.uuid.urn().to_string())]),
        (
            "pwg-raster-document-resolution-supported",
            vec![resolution()],
        ),
        ("pwg-raster-document-sheet-back", keywords(&["normal"])),
        (
            "pwg-raster-document-type-supported",
            keywords(&["black_1", "sgray_8", "srgb_8"]),
        ),
        ("queued-job-count", vec![number(queued)]),
        ("uri-authentication-supported", keywords(&["none", "none"])),
        ("uri-security-supported", keywords(&["none", "tls"])),
        (
            "urf-supported",
            urf().iter().map(|word| Value::keyword(word)).collect(),
        ),
        (
            "which-jobs-supported",
            keywords(&["completed", "not-completed", "all"]),
        ),
    ];
    list.into_iter()
        .map(|(name, values)| Attribute::new(name, values))
        .collect()
}
