//! The web page and its API: receipts as pictures, live, and the faults of each printer. One HTML file without external
//! resources.

mod guard;

use crate::control::State;
use crate::faults::{Faults, SWITCHES};
use crate::format::Format;
use crate::handle::{ChangeError, UnknownPrinter, VirtualPrinter};
use crate::paper::{Receipt, Summary};
use axum::extract::{Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::convert::Infallible;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// How long open requests may take to end.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
struct AppState {
    printer: VirtualPrinter,
    stop: CancellationToken,
}

/// Serves the page until it is stopped.
pub(crate) async fn serve(listener: TcpListener, printer: VirtualPrinter, stop: CancellationToken) {
    let router = Router::new()
        .route("/", get(page))
        .route("/events", get(events))
        .route("/api/printers", get(printers))
        .route("/api/printers/{name}", get(one_printer))
        .route("/api/printers/{name}/receipts", get(receipts))
        .route("/api/printers/{name}/faults", post(set_faults))
        .route("/api/printers/{name}/power", post(power))
        .route("/api/printers/{name}/certificate", post(certificate))
        .route("/api/printers/{name}/tear", post(tear))
        .route("/api/faults", get(async || Json(SWITCHES)))
        .route("/roll/{name}/{file}", get(file))
        .layer(middleware::from_fn(guard::refuse_foreign))
        .with_state(AppState {
            printer,
            stop: stop.clone(),
        });
    let serving =
        axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(SHUTDOWN_GRACE).await;
    };
    tokio::select! {
        served = serving => if let Err(error) = served {
            tracing::error!(%error, "the page is gone");
        },
        () = late => tracing::warn!("a request of the page did not end and was dropped"),
    }
}

/// The page in one piece.
const PAGE: &str = concat!(
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Virtual printer</title>\n",
    "<link rel=\"icon\" href=\"data:,\">\n<style>\n",
    include_str!("web/page.css"),
    "</style>\n",
    include_str!("web/page.html"),
    "<script>\n",
    include_str!("web/page.js"),
    "</script>\n",
);

/// Receipts are strangers' text: nothing but our own inline script may run, and nothing is loaded from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src 'self' data:; \
connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

async fn page() -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE))
}

/// A printer on the app.
#[derive(Debug, Serialize)]
struct PrinterView {
    name: String,
    address: String,
    /// Where jobs are sent by IPP; none for a printer of commands.
    ipp: Option<String>,
    dots: u32,
    #[serde(flatten)]
    state: State,
}

/// An error answer: status and message.
#[derive(Debug)]
struct ApiError(StatusCode, String);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "message": self.1 }))).into_response()
    }
}

impl From<UnknownPrinter> for ApiError {
    fn from(unknown: UnknownPrinter) -> Self {
        Self(StatusCode::NOT_FOUND, unknown.to_string())
    }
}

fn printer_view(printer: &VirtualPrinter, name: &str) -> Result<PrinterView, ApiError> {
    let state = printer.state(name)?;
    let known = printer.printer(name)?;
    Ok(PrinterView {
        name: name.to_owned(),
        address: match (known.address, &known.link) {
            (Some(address), _) => address.to_string(),
            (None, link) => link.iter().map(|link| link.display().to_string()).collect(),
        },
        ipp: known.ipp(),
        dots: known.dots,
        state,
    })
}

async fn printers(Shared(app): Shared<AppState>) -> Result<Json<Vec<PrinterView>>, ApiError> {
    app.printer
        .names()
        .iter()
        .map(|name| printer_view(&app.printer, name))
        .collect::<Result<_, _>>()
        .map(Json)
}

async fn one_printer(
    Shared(app): Shared<AppState>,
    Path(name): Path<String>,
) -> Result<Json<PrinterView>, ApiError> {
    printer_view(&app.printer, &name).map(Json)
}

async fn receipts(
    Shared(app): Shared<AppState>,
    Path(name): Path<String>,
) -> Result<Json<Vec<Summary>>, ApiError> {
    Ok(Json(
        app.printer
            .receipts(&name)?
            .iter()
            .map(Receipt::summary)
            .collect(),
    ))
}

/// Changes only the faults that are named; `null` clears one that has a number.
async fn set_faults(
    Shared(app): Shared<AppState>,
    Path(name): Path<String>,
    Json(named): Json<Map<String, Value>>,
) -> Result<Json<PrinterView>, ApiError> {
    let bad = |error: serde_json::Error| {
        ApiError(
            StatusCode::BAD_REQUEST,
            format!("these switches do not exist: {error}"),
        )
    };
    // Checked against a healthy printer first, so that an invalid request changes nothing.
    Faults::default().turned(&named).map_err(bad)?;
    app.printer
        .change_faults(&name, move |faults| {
            if let Ok(changed) = faults.turned(&named) {
                *faults = changed;
            }
        })
        .await?;
    printer_view(&app.printer, &name).map(Json)
}

async fn power(
    Shared(app): Shared<AppState>,
    Path(name): Path<String>,
) -> Result<Json<PrinterView>, ApiError> {
    app.printer.cut_power(&name).await?;
    printer_view(&app.printer, &name).map(Json)
}

async fn certificate(
    Shared(app): Shared<AppState>,
    Path(name): Path<String>,
) -> Result<Json<PrinterView>, ApiError> {
    app.printer
        .change_certificate(&name)
        .map_err(|error| match error {
            ChangeError::Unknown(unknown) => unknown.into(),
            ChangeError::Certificate(error) => {
                ApiError(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
            }
        })?;
    printer_view(&app.printer, &name).map(Json)
}

async fn tear(
    Shared(app): Shared<AppState>,
    Path(name): Path<String>,
) -> Result<Json<PrinterView>, ApiError> {
    app.printer.tear_off(&name).await?;
    printer_view(&app.printer, &name).map(Json)
}

async fn file(
    Shared(app): Shared<AppState>,
    Path((name, file)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let missing = || {
        ApiError(
            StatusCode::NOT_FOUND,
            format!("there is no {file} on the roll of {name}"),
        )
    };
    let (number, ending) = file.split_once('.').ok_or_else(missing)?;
    let number = number.parse().map_err(|_| missing())?;
    let receipt = app
        .printer
        .printer(&name)?
        .paper
        .receipt(number)
        .ok_or_else(missing)?;
    let typed = |kind: &'static str, body: Vec<u8>| {
        let lasting = (header::CACHE_CONTROL, "private, max-age=3600");
        ([(header::CONTENT_TYPE, kind), lasting], body).into_response()
    };
    match ending {
        "png" => {
            let drawn = tokio::task::spawn_blocking(move || receipt.png()).await;
            let failed = |error: String| ApiError(StatusCode::INTERNAL_SERVER_ERROR, error);
            let png = drawn
                .map_err(|error| failed(error.to_string()))?
                .map_err(|error| failed(error.to_string()))?;
            Ok(typed("image/png", png.to_vec()))
        }
        "txt" => Ok(typed(
            "text/plain; charset=utf-8",
            receipt.text.as_bytes().to_vec(),
        )),
        ending if ending == receipt.format.ending() => {
            let kind = match receipt.format {
                Format::EscPos => "application/octet-stream",
                format @ (Format::Pwg | Format::Urf | Format::Pdf | Format::Jpeg) => format.mime(),
            };
            Ok(typed(kind, receipt.bytes.to_vec()))
        }
        _ => Err(missing()),
    }
}

/// Server-sent events: `receipt`, `printer`, and `again` when the page missed some and must reload everything.
async fn events(
    Shared(app): Shared<AppState>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let papers = stream::unfold(app.printer.news(), |mut news| async {
        let event = match news.recv().await {
            Ok(receipt) => sse_event("receipt", &receipt.summary()),
            Err(RecvError::Lagged(_)) => Event::default().event("again").data(""),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(event), news))
    });
    let states = app.printer.names().into_iter().filter_map(|name| {
        let printer = app.printer.clone();
        let watch = printer.watch(&name).ok()?;
        Some(Box::pin(stream::unfold(
            (watch, printer, name),
            |(mut watch, printer, name)| async {
                watch.changed().await.ok()?;
                watch.borrow_and_update();
                let event = sse_event("printer", &printer_view(&printer, &name).ok()?);
                // The state may change thousands of times a second; 25 events are enough.
                tokio::time::sleep(Duration::from_millis(40)).await;
                Some((Ok(event), (watch, printer, name)))
            },
        )))
    });
    let events = stream::select(papers, stream::select_all(states));
    Sse::new(events.take_until(app.stop.cancelled_owned())).keep_alive(KeepAlive::default())
}

fn sse_event(name: &str, what: &impl Serialize) -> Event {
    Event::default()
        .event(name)
        .json_data(what)
        .unwrap_or_else(|error| {
            tracing::error!(%error, "not told to the page");
            Event::default().event("again").data("")
        })
}
