//! The sections of the file, one function each.

use std::{collections::BTreeMap, time::Duration};

use regex::Regex;

use super::{Ability, ClientConfig, ConfigError, Namespace, TokenConfig, keys, section::Section};

/// What is noticed while the sections are read.
#[derive(Debug, Default)]
pub struct Notes {
    /// Paths of keys that are known and left to Centrifugo.
    pub left: Vec<String>,
    /// What stands in place of secrets.
    pub placeholders: Vec<String>,
    /// What does not go together. A misspelt key is often the reason, so unknown keys are told first.
    pub conflicts: Vec<ConfigError>,
}

/// `client`.
pub fn client(mut section: Section, notes: &mut Notes) -> Result<ClientConfig, ConfigError> {
    let seconds = Duration::from_secs;
    let token = token(section.section("token")?, notes)?;
    let mut own = section.section("subscription_token")?;
    let separate = own.flag("enabled")?;
    let own = self::token(own, notes)?;
    if !separate {
        notes.conflicts.push(ConfigError::Wrong {
            path: "client.subscription_token.enabled".to_owned(),
            what: "expected true: subscriptions have a secret of their own".to_owned(),
        });
    }
    let config = ClientConfig {
        allowed_origins: section.texts("allowed_origins")?,
        token,
        subscription_token: own,
        ping_interval: section.duration("ping_interval", seconds(25))?,
        pong_timeout: section.duration("pong_timeout", seconds(8))?,
        expired_close_delay: section.duration("expired_close_delay", seconds(25))?,
        expired_sub_close_delay: section.duration("expired_sub_close_delay", seconds(25))?,
        stale_close_delay: section.duration("stale_close_delay", seconds(10))?,
        channel_limit: section.count("channel_limit", 128)?,
        user_connection_limit: section.count("user_connection_limit", 0)?,
        queue_max_size: section.count("queue_max_size", 1_048_576)?,
        recovery_max_publication_limit: section.count("recovery_max_publication_limit", 300)?,
        history_max_publication_limit: section.count("history_max_publication_limit", 300)?,
    };
    if config.ping_interval < seconds(1) || config.pong_timeout >= config.ping_interval {
        notes.conflicts.push(ConfigError::wrong(
            &section.path("ping_interval"),
            "at least 1s, and more than pong_timeout",
        ));
    }
    section.leave(keys::CLIENT, &mut notes.left);
    section.finish()?;
    Ok(config)
}

fn token(mut section: Section, notes: &mut Notes) -> Result<TokenConfig, ConfigError> {
    notes.placeholders.extend(section.text("hmac_secret_key")?);
    let config = TokenConfig {
        audience: section.text("audience")?.filter(|text| !text.is_empty()),
        issuer: section.text("issuer")?.filter(|text| !text.is_empty()),
    };
    section.leave(keys::TOKEN, &mut notes.left);
    section.finish()?;
    Ok(config)
}

/// `channel`: the longest name, and the namespaces.
pub fn channels(
    section: &mut Section,
    notes: &mut Notes,
) -> Result<(usize, BTreeMap<String, Namespace>), ConfigError> {
    let month = Duration::from_secs(720 * 3600);
    let meta_ttl = section.duration("history_meta_ttl", month)?;
    let max_length = section.count("max_length", 255)?;
    let mut namespaces = BTreeMap::new();
    let without = section.section("without_namespace")?;
    namespaces.insert(String::new(), namespace(without, meta_ttl, notes)?);
    for mut item in section.sections("namespaces")? {
        let path = item.path("name");
        let name = item.text("name")?.unwrap_or_default();
        if name.len() < 2 || name.contains(':') || namespaces.contains_key(&name) {
            return Err(ConfigError::wrong(
                &path,
                "a name of its own, two characters or more, without a colon",
            ));
        }
        namespaces.insert(name, namespace(item, meta_ttl, notes)?);
    }
    section.leave(keys::CHANNEL, &mut notes.left);
    Ok((max_length, namespaces))
}

fn namespace(
    mut section: Section,
    meta_ttl: Duration,
    notes: &mut Notes,
) -> Result<Namespace, ConfigError> {
    let regex = section
        .text("channel_regex")?
        .filter(|text| !text.is_empty());
    let format = section.text("publication_data_format")?;
    let mode = section.text("force_recovery_mode")?;
    let mut namespace = Namespace {
        history_size: section.count("history_size", 0)?,
        history_ttl: section.duration("history_ttl", Duration::ZERO)?,
        history_meta_ttl: section.duration("history_meta_ttl", meta_ttl)?,
        recovery: ability(&mut section, "recovery")?,
        positioning: ability(&mut section, "positioning")?,
        cache_recovery: one_of(&section, "force_recovery_mode", mode, &["stream", "cache"])? == 1,
        auto_cache_recover: section.flag("auto_cache_recover")?,
        presence: section.flag("presence")?,
        join_leave: section.flag("join_leave")?,
        force_push_join_leave: section.flag("force_push_join_leave")?,
        presence_for_subscriber: section.flag("allow_presence_for_subscriber")?,
        presence_for_client: section.flag("allow_presence_for_client")?,
        history_for_subscriber: section.flag("allow_history_for_subscriber")?,
        history_for_client: section.flag("allow_history_for_client")?,
        subscribe_for_client: section.flag("allow_subscribe_for_client")?,
        data_must_be_object: one_of(
            &section,
            "publication_data_format",
            format,
            &["json", "json_object"],
        )? == 1,
        channel_regex: regex
            .map(|text| Regex::new(&text))
            .transpose()
            .map_err(|error| {
                ConfigError::wrong(
                    &section.path("channel_regex"),
                    &format!("a regular expression ({error})"),
                )
            })?,
    };
    let kept = namespace.history_size > 0;
    if kept == namespace.history_ttl.is_zero() {
        notes.conflicts.push(ConfigError::wrong(
            &section.path("history_size"),
            "history_size and history_ttl together, or neither",
        ));
    }
    if namespace.history_ttl > namespace.history_meta_ttl {
        notes.conflicts.push(ConfigError::wrong(
            &section.path("history_ttl"),
            "no more than history_meta_ttl",
        ));
    }
    if namespace.recovery != Ability::Off && !kept {
        notes.conflicts.push(ConfigError::wrong(
            &section.path("force_recovery"),
            "history_size and history_ttl beside it",
        ));
    }
    if namespace.recovery == Ability::Always {
        namespace.positioning = Ability::Always;
    }
    section.leave(keys::NAMESPACE, &mut notes.left);
    section.finish()?;
    Ok(namespace)
}

fn ability(section: &mut Section, what: &str) -> Result<Ability, ConfigError> {
    let always = section.flag(&format!("force_{what}"))?;
    let asked = section.flag(&format!("allow_{what}"))?;
    Ok(match (always, asked) {
        (true, _) => Ability::Always,
        (false, true) => Ability::OnRequest,
        (false, false) => Ability::Off,
    })
}

/// The place of a word in a list; an absent or empty one is the first.
fn one_of(
    section: &Section,
    key: &str,
    value: Option<String>,
    words: &[&str],
) -> Result<usize, ConfigError> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(0);
    };
    words.iter().position(|word| *word == value).ok_or_else(|| {
        ConfigError::wrong(&section.path(key), &format!("one of {}", words.join(", ")))
    })
}
