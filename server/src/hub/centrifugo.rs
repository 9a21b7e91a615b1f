//! Centrifugo's HTTP API. Source: Centrifugo v6, "Server HTTP API", `publish` and `disconnect`.

use std::{fmt, time::Duration};

use api::centrifugo::{Empty, ErrorReply, StreamPosition};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{
    HubError,
    config::{Config, ConfigError},
};

/// The name of the environment variable of [`Access::key`].
pub const API_KEY: &str = "PANBOT_CENTRIFUGO_API_KEY";

/// How long one publish may take.
const ANSWER: Duration = Duration::from_secs(5);

/// Where Centrifugo is.
#[derive(Clone)]
pub struct Access {
    /// Of its HTTP API as this server reaches it, such as `http://centrifugo:9000`.
    pub api: String,
    /// Of its HTTP API.
    pub key: String,
    /// Where clients connect, such as `wss://realtime.example.com/connection/websocket`.
    pub clients: String,
}

impl fmt::Debug for Access {
    /// A key is never written to a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("api", &self.api)
            .field("clients", &self.clients)
            .finish_non_exhaustive()
    }
}

/// Publishes by HTTP. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Publisher {
    http: reqwest::Client,
    access: Access,
}

#[derive(Serialize)]
struct Publish<'a> {
    channel: &'a str,
    data: &'a RawValue,
    #[serde(skip_serializing_if = "str::is_empty")]
    idempotency_key: &'a str,
}

#[derive(Serialize)]
struct Disconnect<'a> {
    user: &'a str,
    disconnect: Reason,
}

#[derive(Serialize)]
struct Reason {
    code: u16,
    reason: &'static str,
}

/// A code of ours after which clients come back, with a new token.
const SESSION_ENDED: Reason = Reason {
    code: 4000,
    reason: "a session of this user has ended",
};

#[derive(Deserialize)]
struct Answer<T> {
    result: Option<T>,
    error: Option<ErrorReply>,
}

impl Publisher {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// When the key is a placeholder, or no HTTP client can be made here.
    pub fn new(access: Access, config: &Config) -> Result<Publisher, ConfigError> {
        config.refuse_placeholder(API_KEY, &access.key)?;
        // An error says that this process has a TLS provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(ANSWER)
            .build()
            .map_err(ConfigError::Http)?;
        Ok(Publisher { http, access })
    }

    /// Where clients connect.
    pub fn clients(&self) -> &str {
        &self.access.clients
    }

    /// Publishes once per key.
    ///
    /// # Errors
    /// When Centrifugo cannot be reached, or refuses.
    pub async fn publish(
        &self,
        channel: &str,
        data: &RawValue,
        idempotency_key: &str,
    ) -> Result<StreamPosition, HubError> {
        let publish = Publish {
            channel,
            data,
            idempotency_key,
        };
        self.call("publish", channel, &publish).await
    }

    /// Ends all connections of a user; those with a valid token come back.
    ///
    /// # Errors
    /// When Centrifugo cannot be reached, or refuses.
    pub async fn disconnect(&self, user: &str) -> Result<(), HubError> {
        let disconnect = Disconnect {
            user,
            disconnect: SESSION_ENDED,
        };
        let _: Empty = self.call("disconnect", user, &disconnect).await?;
        Ok(())
    }

    /// Calls a method of the HTTP API; `about` is named in errors.
    async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        about: &str,
        request: &impl Serialize,
    ) -> Result<T, HubError> {
        let unreachable =
            |error: reqwest::Error| HubError::Unreachable(error.without_url().to_string());
        let response = self
            .http
            .post(format!(
                "{}/api/{method}",
                self.access.api.trim_end_matches('/')
            ))
            .header("X-API-Key", &self.access.key)
            .header("X-Centrifugo-Error-Mode", "transport")
            .json(request)
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        let answer = serde_json::from_slice(&body).unwrap_or(Answer {
            result: None,
            error: None,
        });
        // In whatever mode it is set up, an error in the body is an error.
        match (status.is_success(), answer.error, answer.result) {
            (true, None, Some(result)) => Ok(result),
            (_, Some(error), _) => Err(refused(about, &error)),
            (false, None, _) if status.is_client_error() => Err(HubError::Refused(format!(
                "{status}; is {API_KEY} the key that Centrifugo was started with?"
            ))),
            (_, None, _) => Err(HubError::Unreachable(format!("it answered {status}"))),
        }
    }
}

fn refused(channel: &str, error: &ErrorReply) -> HubError {
    let said = format!("{} (code {})", error.message, error.code);
    match error.code {
        102 => HubError::UnknownChannel(channel.to_owned()),
        107 => HubError::WrongData {
            channel: channel.to_owned(),
            detail: said,
        },
        100 | 111 => HubError::Unreachable(said),
        _ => HubError::Refused(said),
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, extract::Json, http::HeaderMap, http::StatusCode, routing::post};
    use serde_json::{Value, json};

    use super::*;

    /// Something that answers as Centrifugo does, for one test.
    async fn publisher(status: StatusCode, answer: Value) -> Publisher {
        let handler = move |headers: HeaderMap, Json(body): Json<Value>| async move {
            assert_eq!(headers["x-api-key"], "k");
            assert_eq!(headers["x-centrifugo-error-mode"], "transport");
            let expected =
                json!({"channel": "business:1", "data": {"a": 1}, "idempotency_key": "e1"});
            assert_eq!(body, expected);
            (status, Json(answer))
        };
        let router = Router::new().route("/api/publish", post(handler));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        let access = Access {
            api,
            key: "k".into(),
            clients: "ws://x".into(),
        };
        Publisher::new(access, &Config::built_in().unwrap()).unwrap()
    }

    async fn publish(status: StatusCode, answer: Value) -> Result<StreamPosition, HubError> {
        let data = RawValue::from_string(r#"{"a":1}"#.into()).unwrap();
        publisher(status, answer)
            .await
            .publish("business:1", &data, "e1")
            .await
    }

    #[tokio::test]
    async fn a_publish_gives_the_position() {
        let answer = json!({"result": {"offset": 175, "epoch": "xcf4"}});
        let position = publish(StatusCode::OK, answer).await.unwrap();
        assert_eq!((position.offset, position.epoch.as_str()), (175, "xcf4"));
    }

    #[tokio::test]
    async fn the_connections_of_a_user_are_ended_so_that_they_may_come_back() {
        let handler = |Json(body): Json<Value>| async move {
            assert_eq!(body["user"], "u1");
            assert_eq!(body["disconnect"]["code"], 4000);
            Json(json!({"result": {}}))
        };
        let router = Router::new().route("/api/disconnect", post(handler));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let access = Access {
            api: format!("http://{}/", listener.local_addr().unwrap()),
            key: "k".into(),
            clients: "ws://x".into(),
        };
        tokio::spawn(async { axum::serve(listener, router).await });
        let publisher = Publisher::new(access, &Config::built_in().unwrap()).unwrap();
        publisher.disconnect("u1").await.unwrap();
    }

    #[tokio::test]
    async fn an_error_is_one_whatever_its_status() {
        for status in [StatusCode::OK, StatusCode::NOT_FOUND] {
            let answer = json!({"error": {"code": 102, "message": "unknown channel"}});
            let error = publish(status, answer).await.unwrap_err();
            assert!(matches!(error, HubError::UnknownChannel(_)) && !error.retryable());
        }
        let answer = json!({"error": {"code": 100, "message": "internal server error"}});
        let error = publish(StatusCode::INTERNAL_SERVER_ERROR, answer)
            .await
            .unwrap_err();
        assert!(error.retryable(), "{error}");
    }

    #[tokio::test]
    async fn a_wrong_key_is_named() {
        let error = publish(StatusCode::UNAUTHORIZED, json!({}))
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains(API_KEY) && !error.retryable(),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_centrifugo_that_is_not_there_is_tried_again() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let access = Access {
            api,
            key: "k".into(),
            clients: String::new(),
        };
        let publisher = Publisher::new(access, &Config::built_in().unwrap()).unwrap();
        let data = RawValue::from_string("{}".into()).unwrap();
        let error = publisher
            .publish("business:1", &data, "e1")
            .await
            .unwrap_err();
        assert!(error.retryable(), "{error}");
    }

    #[test]
    fn the_placeholder_of_the_file_is_no_key() {
        let config = Config::built_in().unwrap();
        for key in config.placeholders.clone() {
            let access = Access {
                api: String::new(),
                key,
                clients: String::new(),
            };
            let error = Publisher::new(access, &config).unwrap_err();
            assert!(error.to_string().starts_with(API_KEY), "{error}");
        }
    }
}
