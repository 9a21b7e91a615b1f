//! A JSON object that is read key by key: an unread key is an error that names its path.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{ConfigError, duration};

/// A JSON object that is being read.
#[derive(Debug)]
pub struct Section {
    path: String,
    keys: Map<String, Value>,
}

impl Section {
    /// The whole file.
    pub fn root(value: Value) -> Result<Section, ConfigError> {
        Section::of(String::new(), value)
    }

    fn of(path: String, value: Value) -> Result<Section, ConfigError> {
        match value {
            Value::Object(keys) => Ok(Section { path, keys }),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Err(ConfigError::wrong(&path, "an object")),
        }
    }

    /// The path of a key of this object, as an operator would write it.
    pub fn path(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }

    /// An object below this one; an absent one is empty.
    pub fn section(&mut self, key: &str) -> Result<Section, ConfigError> {
        let value = self.keys.remove(key).unwrap_or(Value::Object(Map::new()));
        Section::of(self.path(key), value)
    }

    /// Objects in a list below this one.
    pub fn sections(&mut self, key: &str) -> Result<Vec<Section>, ConfigError> {
        let path = self.path(key);
        match self.keys.remove(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values
                .into_iter()
                .enumerate()
                .map(|(index, value)| Section::of(format!("{path}[{index}]"), value))
                .collect(),
            Some(_) => Err(ConfigError::wrong(&path, "a list of objects")),
        }
    }

    /// A text.
    pub fn text(&mut self, key: &str) -> Result<Option<String>, ConfigError> {
        match self.keys.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ConfigError::wrong(&self.path(key), "a text")),
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &str) -> Result<Vec<String>, ConfigError> {
        let wrong = ConfigError::wrong(&self.path(key), "a list of texts");
        match self.keys.remove(key) {
            None => Ok(Vec::new()),
            Some(value) => serde_json::from_value(value).map_err(|_| wrong),
        }
    }

    /// Yes or no; absent is no.
    pub fn flag(&mut self, key: &str) -> Result<bool, ConfigError> {
        match self.keys.remove(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(ConfigError::wrong(&self.path(key), "true or false")),
        }
    }

    /// A whole number, not negative.
    pub fn count(&mut self, key: &str, default: usize) -> Result<usize, ConfigError> {
        let Some(value) = self.keys.remove(key) else {
            return Ok(default);
        };
        value
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .ok_or_else(|| ConfigError::wrong(&self.path(key), "a whole number, 0 or more"))
    }

    /// A duration as Go writes it.
    pub fn duration(&mut self, key: &str, default: Duration) -> Result<Duration, ConfigError> {
        match self.keys.remove(key) {
            None => Ok(default),
            Some(Value::String(text)) => duration::parse(&text).ok_or_else(|| {
                ConfigError::wrong(&self.path(key), "a duration such as \"10s\" or \"6h\"")
            }),
            Some(_) => Err(ConfigError::wrong(
                &self.path(key),
                "a duration in quotes, such as \"10s\" or \"6h\"",
            )),
        }
    }

    /// Skips keys that are left to Centrifugo; their paths are added to `left`.
    pub fn leave(&mut self, keys: &[&str], left: &mut Vec<String>) {
        for key in keys {
            if self.keys.remove(*key).is_some() {
                left.push(self.path(key));
            }
        }
    }

    /// Fails for the first key that was not read.
    pub fn finish(self) -> Result<(), ConfigError> {
        match self.keys.keys().next() {
            None => Ok(()),
            Some(key) => Err(ConfigError::Unknown {
                path: self.path(key),
            }),
        }
    }
}
