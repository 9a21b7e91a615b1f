//! The hub's configuration, in Centrifugo's own format, so that one file defines the namespaces for both.
//! Source: Centrifugo v6 configuration reference.
//!
//! Each key is applied, known and left to Centrifugo, or an error that names its path: a misspelt key must not silently
//! disable history.

mod duration;
mod keys;
mod read;
mod section;

use std::{collections::BTreeMap, path::Path, time::Duration};

use regex::Regex;

use self::section::Section;
use crate::secrets::{self, Secrets};

/// The applied configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Settings of connections.
    pub client: ClientConfig,
    /// Longest name of a channel, in bytes.
    pub channel_max_length: usize,
    /// By name; the empty name is for channels without a namespace.
    pub namespaces: BTreeMap<String, Namespace>,
    /// Paths of keys that are known and left to Centrifugo.
    pub left: Vec<String>,
    /// The placeholders for secrets in the file; never accepted as secrets.
    pub placeholders: Vec<String>,
}

/// Settings of every connection.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Globs; a request without `Origin` always passes.
    pub allowed_origins: Vec<String>,
    /// Required claims of connection tokens.
    pub token: TokenConfig,
    /// Required claims of subscription tokens.
    pub subscription_token: TokenConfig,
    /// Interval of pings.
    pub ping_interval: Duration,
    /// How long an answer to a ping may take.
    pub pong_timeout: Duration,
    /// How long a connection outlives its token.
    pub expired_close_delay: Duration,
    /// How long a subscription outlives its token.
    pub expired_sub_close_delay: Duration,
    /// How long a connection may take to send `connect`.
    pub stale_close_delay: Duration,
    /// Channels of one connection at the most.
    pub channel_limit: usize,
    /// Connections of one user; 0 is no limit.
    pub user_connection_limit: usize,
    /// Bytes that may be queued for a slow client.
    pub queue_max_size: usize,
    /// Publications in one recovery at the most.
    pub recovery_max_publication_limit: usize,
    /// Publications in one answer to `history` at the most.
    pub history_max_publication_limit: usize,
}

/// Required claims of a token.
#[derive(Debug, Clone, Default)]
pub struct TokenConfig {
    /// `aud`; `None` is not checked.
    pub audience: Option<String>,
    /// `iss`; `None` is not checked.
    pub issuer: Option<String>,
}

/// Settings of the channels of one namespace.
#[derive(Debug, Clone, Default)]
pub struct Namespace {
    /// Publications kept; 0 keeps none.
    pub history_size: usize,
    /// How long they are kept after the last one.
    pub history_ttl: Duration,
    /// How long the epoch outlives the last publication.
    pub history_meta_ttl: Duration,
    /// A subscription may ask for recovery, or always has it.
    pub recovery: Ability,
    /// A subscription may ask for a position, or always has it.
    pub positioning: Ability,
    /// Recovery brings the newest publication only.
    pub cache_recovery: bool,
    /// A subscription gets the newest publication without asking.
    pub auto_cache_recover: bool,
    /// Presence is tracked.
    pub presence: bool,
    /// Join and leave are pushed to subscribers that ask for it.
    pub join_leave: bool,
    /// Join and leave are pushed to all subscribers.
    pub force_push_join_leave: bool,
    /// Subscribers may query presence.
    pub presence_for_subscriber: bool,
    /// Any client may query presence.
    pub presence_for_client: bool,
    /// Subscribers may read history.
    pub history_for_subscriber: bool,
    /// Any client may read history.
    pub history_for_client: bool,
    /// Any client may subscribe without a subscription token.
    pub subscribe_for_client: bool,
    /// Data of publications must be a JSON object.
    pub data_must_be_object: bool,
    /// Matched against the name after the namespace.
    pub channel_regex: Option<Regex>,
}

/// When a feature of a namespace applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ability {
    /// Never.
    #[default]
    Off,
    /// On request of the client.
    OnRequest,
    /// Always.
    Always,
}

impl Ability {
    /// Whether it applies to a subscription that did or did not request it.
    pub fn granted(self, asked: bool) -> bool {
        match self {
            Ability::Off => false,
            Ability::OnRequest => asked,
            Ability::Always => true,
        }
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not there, or not to be read.
    #[error("the realtime settings {path} cannot be read: {source}")]
    Read {
        /// Of the file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Not JSON.
    #[error("the realtime settings are not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Neither applied nor known.
    #[error("the realtime settings have an unknown key: {path}; correct or remove it")]
    Unknown {
        /// Such as `channel.namespaces[0].history_sise`.
        path: String,
    },
    /// A value that cannot be.
    #[error("the realtime settings are wrong at {path}: {what}")]
    Wrong {
        /// Such as `client.ping_interval`.
        path: String,
        /// What should stand there.
        what: String,
    },
    /// A secret is a public placeholder.
    #[error(
        "{name} is the placeholder of the realtime settings, which everybody can read: take a secret, for example `openssl rand -hex 32`"
    )]
    Placeholder {
        /// Of the variable.
        name: &'static str,
    },
    /// No HTTP client can be made.
    #[error("no HTTP client can be made on this machine: {0}")]
    Http(#[source] reqwest::Error),
}

impl ConfigError {
    fn wrong(path: &str, expected: &str) -> ConfigError {
        ConfigError::Wrong {
            path: path.to_owned(),
            what: format!("expected {expected}"),
        }
    }
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is not JSON, or has a key or a value that is not understood.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.display().to_string(),
            source,
        })?;
        Config::parse(&text)
    }

    /// The settings that come with this program: `infrastructure/centrifugo/config.json`.
    ///
    /// # Errors
    /// As [`Config::parse`].
    pub fn built_in() -> Result<Config, ConfigError> {
        Config::parse(include_str!(
            "../../../infrastructure/centrifugo/config.json"
        ))
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// When it is not JSON, or has a key or a value that is not understood.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let mut root = Section::root(serde_json::from_str(text)?)?;
        let mut notes = read::Notes::default();

        let client = read::client(root.section("client")?, &mut notes)?;
        let mut channel = root.section("channel")?;
        let (channel_max_length, namespaces) = read::channels(&mut channel, &mut notes)?;
        channel.finish()?;

        let mut http_api = root.section("http_api")?;
        notes.placeholders.extend(http_api.text("key")?);
        http_api.leave(keys::HTTP_API, &mut notes.left);
        http_api.finish()?;

        root.leave(keys::ROOT, &mut notes.left);
        root.finish()?;
        if let Some(conflict) = notes.conflicts.into_iter().next() {
            return Err(conflict);
        }
        Ok(Config {
            client,
            channel_max_length,
            namespaces,
            left: notes.left,
            placeholders: notes.placeholders,
        })
    }

    /// Refuses a secret that is a placeholder of the file.
    ///
    /// # Errors
    /// When one does, or looks as if it came from another such file.
    pub fn refuse_placeholders(&self, secrets: &Secrets) -> Result<(), ConfigError> {
        self.refuse_placeholder(secrets::JWT, &secrets.jwt)?;
        self.refuse_placeholder(secrets::REALTIME, &secrets.realtime)?;
        self.refuse_placeholder(secrets::REALTIME_SUB, &secrets.realtime_sub)
    }

    pub(super) fn refuse_placeholder(
        &self,
        name: &'static str,
        value: &str,
    ) -> Result<(), ConfigError> {
        let known = self
            .placeholders
            .iter()
            .any(|placeholder| placeholder == value);
        if known || value.to_ascii_uppercase().starts_with("PLACEHOLDER") {
            return Err(ConfigError::Placeholder { name });
        }
        Ok(())
    }

    /// The namespace of a channel and the rest of its name; `None` when there is no such namespace.
    pub fn namespace<'a>(&self, channel: &'a str) -> Option<(&Namespace, &'a str)> {
        let (name, rest) = channel.split_once(':').unwrap_or(("", channel));
        self.namespaces.get(name).map(|namespace| (namespace, rest))
    }
}

#[cfg(test)]
mod tests;
