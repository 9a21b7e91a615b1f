//! All routes and the middleware around them: every error response has an [`api::Problem`] as its body.

use std::any::Any;

use api::Code;
use axum::{
    Router,
    body::to_bytes,
    extract::{DefaultBodyLimit, FromRef},
    http::{Method, StatusCode, Uri, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use tower_http::{catch_panic::CatchPanicLayer, trace::TraceLayer};

use crate::{
    auth::{self, Auth},
    claims,
    counters::{self, CounterActivity},
    db::Db,
    feed,
    hub::Hub,
    leases, menu, openapi, orders,
    outbox::Outbox,
    realtime::{self, PublicUrl},
    reconciliation,
    refusal::{LARGEST_BODY, Refusal, no},
    reports,
    retention::Retention,
    settings,
};

/// The state of handlers.
#[derive(Debug, Clone, FromRef)]
pub(crate) struct App {
    pub db: Db,
    pub auth: Auth,
    pub hub: Hub,
    pub outbox: Outbox,
    pub activity: CounterActivity,
    pub public_url: PublicUrl,
    pub local_printers: settings::LocalPrinters,
    pub terms: leases::Terms,
    pub retention: Retention,
}

/// All routes; `demo_routes` are those of the demo.
pub(crate) fn router(app: App, demo_routes: Router<App>) -> Router {
    let auth = Router::new()
        .route("/login", post(auth::login))
        .route("/refresh", post(auth::refresh))
        .route("/logout", post(auth::logout))
        .layer(DefaultBodyLimit::max(auth::MAX_BODY));
    let api = Router::new()
        .route("/openapi.json", get(async || openapi::description()))
        .nest("/auth", auth)
        .route("/realtime/token", post(realtime::token))
        .route("/counters", post(counters::register))
        .route("/counters/lease", post(leases::renew))
        .route("/menu", get(menu::get))
        .route("/feed", get(feed::read))
        .route("/print-reports", post(reports::report))
        .route("/tickets", get(reports::tickets::list))
        .route("/unprinted", get(reconciliation::list))
        .route("/unprinted/{id}/resolve", post(reconciliation::resolve))
        .route("/unprinted/{id}/nothing", post(reconciliation::nothing))
        .route("/days/{date}", get(reconciliation::day::day))
        .route("/printers/claim", post(claims::claim))
        .route("/orders", get(orders::list).post(orders::create))
        .route("/orders/{id}", put(orders::revise))
        .route("/orders/{id}/cancel", post(orders::cancel))
        .route("/orders/{id}/status", post(orders::progress))
        .route("/orders/{id}/known", post(orders::known))
        .route("/businesses/{id}/settings", get(settings::list))
        .route("/businesses/{id}/settings/{key}", put(settings::put));
    Router::new()
        .route("/healthz", get(async || "ok"))
        .nest("/api/v1", api)
        .merge(demo_routes)
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(
            app.activity.clone(),
            counters::record_activity,
        ))
        .with_state(app.clone())
        // After the limits above: a WebSocket is no request with a body.
        .merge(app.hub.router())
        .layer(middleware::map_response(as_problem))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TraceLayer::new_for_http())
}

async fn unknown(method: Method, uri: Uri) -> Refusal {
    no(
        Code::NotFound,
        format!("{method} {}: there is nothing at this address", uri.path()),
    )
}

async fn wrong_method(method: Method, uri: Uri) -> Refusal {
    Refusal {
        status: Some(StatusCode::METHOD_NOT_ALLOWED),
        ..no(
            Code::Malformed,
            format!(
                "{} does not take {method}; the header Allow says what it takes",
                uri.path()
            ),
        )
    }
}

/// Turns an error response of a library into a [`api::Problem`].
async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let is_ours = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json");
    if is_ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let code = [
        Code::Unauthenticated,
        Code::Forbidden,
        Code::NotFound,
        Code::TooLarge,
        Code::TooMany,
        Code::Unavailable,
        Code::Internal,
    ]
    .into_iter()
    .find(|code| code.status() == status.as_u16())
    .unwrap_or(Code::Malformed);
    let (mut parts, body) = response.into_parts();
    let said = to_bytes(body, 1024).await.unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let message = if said.trim().is_empty() {
        status.to_string()
    } else {
        said.into_owned()
    };
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    let refusal = Refusal {
        status: Some(status),
        ..no(code, message)
    };
    // Headers of the first answer stay: a protocol may want them.
    (parts.headers, refusal).into_response()
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    // The panic itself is on stderr already, by the hook of the process.
    no(
        Code::Internal,
        "something went wrong inside the server; its log has the cause",
    )
    .into_response()
}
