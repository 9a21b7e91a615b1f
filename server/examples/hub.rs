//! The embedded hub alone, with a door for publishing and one for tokens, on 127.0.0.1: for clients of other makers to
//! be tried against. `hub [TOKEN_LIFE_SECONDS]`; it ends when its standard input does.
//!
//! `POST /publish {"channel","data","key"}` gives the position, `POST /token {"user","channel"?}` a token.

use std::{io::Write as _, path::Path, time::Duration};

use anyhow::Context as _;
use api::{centrifugo::StreamPosition, session::RealtimeToken};
use axum::{Json, extract::State, http::StatusCode, routing::post};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use server::{
    Secrets,
    hub::{Hub, PATH, config::Config},
};
use tokio::io::AsyncReadExt as _;
use tokio_util::sync::CancellationToken;

#[derive(Deserialize)]
struct Publish {
    channel: String,
    data: Box<RawValue>,
    #[serde(default)]
    key: String,
}

#[derive(Deserialize)]
struct TokenFor {
    user: String,
    channel: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let life = match std::env::args().nth(1) {
        Some(seconds) => Duration::from_secs(seconds.parse().context("seconds of a token's life")?),
        None => Duration::from_secs(600),
    };
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../infrastructure/centrifugo/config.json");
    let stop = CancellationToken::new();
    let hub = Hub::embedded(Config::read(&file)?, &Secrets::random(), stop.child_token())?
        .with_token_life(life);
    let router = axum::Router::new()
        .route("/publish", post(publish))
        .route("/token", post(token))
        .with_state(hub.clone())
        .merge(hub.router());

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let ready = json!({
        "ready": "hub",
        "url": format!("http://{address}"),
        "realtime": format!("ws://{address}{PATH}"),
    });
    writeln!(std::io::stdout(), "{ready}")?;
    let served = axum::serve(listener, router).with_graceful_shutdown(async move {
        let mut ignored = Vec::new();
        // Whoever started it is gone when nothing more can come.
        let _ = tokio::io::stdin().read_to_end(&mut ignored).await;
        stop.cancel();
    });
    served.await?;
    hub.closed().await;
    Ok(())
}

async fn publish(
    State(hub): State<Hub>,
    Json(body): Json<Publish>,
) -> Result<Json<StreamPosition>, (StatusCode, String)> {
    hub.publish(&body.channel, body.data.get(), &body.key)
        .await
        .map(Json)
        .map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))
}

async fn token(State(hub): State<Hub>, Json(body): Json<TokenFor>) -> Json<RealtimeToken> {
    Json(match &body.channel {
        Some(channel) => hub.subscription_token(&body.user, channel),
        None => hub.connection_token(&body.user, "ws://127.0.0.1"),
    })
}
