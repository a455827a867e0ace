//! Process settings: `mingchu.toml`, then the environment (`MINGCHU__WEB__BIND`), then the defaults.

use mingchu_store::Config as StoreConfig;
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Environment variables with this prefix set keys: `MINGCHU__SECTION__KEY`.
const PREFIX: &str = "MINGCHU__";

/// A configuration that cannot be used; the message names file, key and what is allowed.
#[derive(Debug, thiserror::Error)]
#[error("configuration {place}: {message}")]
pub(crate) struct ConfigError {
    place: String,
    message: String,
}

/// Everything that `mingchu run` can be told; `mingchu.example.toml` has every key with its unit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Database and files.
    pub(crate) store: StoreSection,
    /// Cameras in.
    #[cfg(feature = "gateway")]
    pub(crate) gateway: mingchu_gateway::Config,
    /// Not in this binary; kept so that nodes can share one file.
    #[cfg(not(feature = "gateway"))]
    pub(crate) gateway: toml::Table,
    /// Pictures to violations.
    #[cfg(feature = "analyzer")]
    pub(crate) analyzer: mingchu_analyzer::Config,
    /// Not in this binary; kept so that nodes can share one file.
    #[cfg(not(feature = "analyzer"))]
    pub(crate) analyzer: toml::Table,
    /// Pages, API, notices.
    #[cfg(feature = "web")]
    pub(crate) web: mingchu_web::Config,
    /// Not in this binary; kept so that nodes can share one file.
    #[cfg(not(feature = "web"))]
    pub(crate) web: toml::Table,
    /// Prometheus.
    pub(crate) metrics: MetricsSection,
}

/// Database and files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StoreSection {
    /// `sqlite:PATH` or `postgres://…`.
    pub(crate) database: String,
    /// Folder of pictures, clips and uploads.
    pub(crate) objects: PathBuf,
    /// Key that encrypts camera passwords; made at the first start, to be backed up apart.
    pub(crate) key_file: PathBuf,
}

impl Default for StoreSection {
    fn default() -> Self {
        Self {
            database: "sqlite:mingchu-data/mingchu.db".into(),
            objects: "mingchu-data/objects".into(),
            key_file: "mingchu-data/secret.key".into(),
        }
    }
}

impl StoreSection {
    /// Returns the store's own configuration.
    pub(crate) fn to_store(&self) -> StoreConfig {
        StoreConfig { database: self.database.clone(), objects: self.objects.clone(), key_file: self.key_file.clone() }
    }
}

/// Prometheus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MetricsSection {
    /// Address of `/metrics`; empty for none.
    pub(crate) bind: String,
}

impl Default for MetricsSection {
    fn default() -> Self {
        Self { bind: "127.0.0.1:9464".into() }
    }
}

impl MetricsSection {
    /// Returns the address, `None` when metrics are off.
    pub(crate) fn address(&self) -> Result<Option<SocketAddr>, ConfigError> {
        if self.bind.is_empty() {
            return Ok(None);
        }
        let wrong = || invalid("metrics.bind", "must be ADDRESS:PORT or empty");
        self.bind.parse().map(Some).map_err(|_| wrong())
    }
}

fn invalid(place: &str, message: impl Into<String>) -> ConfigError {
    ConfigError { place: place.to_owned(), message: message.into() }
}

impl Config {
    /// Reads `file`, or `./mingchu.toml` when there is one, and the environment over it.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let default = Path::new("mingchu.toml");
        let file = file.or_else(|| default.exists().then_some(default));
        let (place, text) = match file {
            None => ("defaults".to_owned(), String::new()),
            Some(path) => {
                let place = path.display().to_string();
                let text = std::fs::read_to_string(path).map_err(|error| invalid(&place, error.to_string()))?;
                (place, text)
            }
        };
        // read the file alone first, so that an error points at its line
        Self::parse(&text).map_err(|message| invalid(&place, message))?;
        let variables = std::env::vars().filter(|(name, _)| name.starts_with(PREFIX));
        let table = overlay(&text, variables).map_err(|message| invalid(&place, message))?;
        let config: Self = table.try_into().map_err(|error: toml::de::Error| {
            invalid("environment", format!("{}; see mingchu.example.toml for every key", error.message()))
        })?;
        config.validate()?;
        Ok(config)
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("{error}see mingchu.example.toml for every key"))
    }

    fn validate(&self) -> Result<(), ConfigError> {
        #[cfg(feature = "gateway")]
        self.gateway.validate().map_err(|error| invalid("value", error.to_string()))?;
        #[cfg(feature = "analyzer")]
        self.analyzer.validate().map_err(|error| invalid("value", error.to_string()))?;
        #[cfg(feature = "web")]
        self.web.validate().map_err(|error| invalid("value", error.to_string()))?;
        self.metrics.address().map(drop)
    }
}

/// Returns the file's table with `MINGCHU__SECTION__KEY` variables set over it; TOML values, else text.
fn overlay(text: &str, variables: impl Iterator<Item = (String, String)>) -> Result<toml::Table, String> {
    let mut table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
    for (name, value) in variables {
        let path = name[PREFIX.len()..].to_lowercase();
        let Some((section, key)) = path.split_once("__") else {
            return Err(format!("environment variable {name} must be {PREFIX}SECTION__KEY"));
        };
        let value = value.parse::<toml::Value>().unwrap_or(toml::Value::String(value));
        let section = table.entry(section.to_owned()).or_insert_with(|| toml::Table::new().into());
        let Some(section) = section.as_table_mut() else {
            return Err(format!("environment variable {name} names a key that is no section"));
        };
        section.insert(key.to_owned(), value);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_named() {
        let error = Config::parse("[metrics]\nbindd = \"x\"\n").unwrap_err();
        assert!(error.contains("bindd") && error.contains("line 2"), "{error}");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let variables = [("MINGCHU__METRICS__BIND".to_owned(), "127.0.0.1:1".to_owned())];
        let table = overlay("[metrics]\nbind = \"127.0.0.1:2\"\n", variables.into_iter()).unwrap();
        let config: Config = table.try_into().unwrap();
        assert_eq!(config.metrics.bind, "127.0.0.1:1");
    }

    /// The sample is the documentation: it must hold every key, and the defaults.
    #[test]
    #[cfg(all(feature = "gateway", feature = "analyzer", feature = "web"))]
    fn the_sample_configuration_has_every_key_at_its_default() {
        let sample = include_str!("../mingchu.example.toml");
        assert_eq!(Config::parse(sample).unwrap(), Config::default());
        let keys = |table: &toml::Table| -> Vec<String> {
            let inner = |(name, value): (&String, &toml::Value)| {
                let section = value.as_table().into_iter().flat_map(toml::Table::keys);
                section.map(move |key| format!("{name}.{key}")).collect::<Vec<_>>()
            };
            table.iter().flat_map(inner).collect()
        };
        let mut written = keys(&toml::from_str(sample).unwrap());
        let mut known = keys(&toml::Table::try_from(Config::default()).unwrap());
        // a key whose default is "unset" cannot be written; the sample shows it commented out
        written.extend(sample.lines().filter_map(commented_key));
        written.sort();
        written.dedup();
        known.sort();
        assert!(
            known.iter().all(|key| written.contains(key)),
            "missing in the sample: known {known:?}, written {written:?}"
        );
    }

    fn commented_key(line: &str) -> Option<String> {
        line.strip_prefix("#: ").and_then(|rest| rest.split_once(" =")).map(|(key, _)| key.to_owned())
    }
}
