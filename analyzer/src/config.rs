//! Settings of the analyzer, section `[analyzer]` of `mingchu.toml`.

use crate::{derivative::PublicConfig, detect::Provider, judge::Bands};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, time::Duration};

/// Settings of the analyzer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whether cameras are judged at all.
    pub is_enabled: bool,
    /// Folder of the models; absent: `MINGCHU_MODELS`, then the project's own, then `../shared/models`.
    pub models: Option<PathBuf>,
    /// The ONNX runtime library; absent: `ORT_DYLIB_PATH`, then `.tools/onnxruntime`; without any, OpenCV DNN.
    pub runtime: Option<PathBuf>,
    /// What ONNX Runtime runs on: `cpu` or `cuda`.
    pub provider: Provider,
    /// Looks for persons a second and camera while something moves or somebody is there.
    pub person_fps: f32,
    /// Shortest time between two looks at heads of one camera.
    #[serde(with = "mingchu_domain::humane")]
    pub head_every: Duration,
    /// A still picture is looked at again after this long all the same.
    #[serde(with = "mingchu_domain::humane")]
    pub look_at_least_every: Duration,
    /// How often the still of each camera is renewed.
    #[serde(with = "mingchu_domain::humane")]
    pub still_every: Duration,
    /// How often the list of cameras, zones and rules is read again.
    #[serde(with = "mingchu_domain::humane")]
    pub reload_every: Duration,
    /// Threads that run models; each has its own models in memory.
    pub workers: usize,
    /// Threads of one inference.
    pub threads_per_inference: usize,
    /// Decision bands of the classifiers.
    pub bands: Bands,
    /// Public pictures.
    pub public: PublicConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            is_enabled: true,
            models: None,
            runtime: None,
            provider: Provider::Cpu,
            person_fps: 2.0,
            head_every: Duration::from_secs(1),
            look_at_least_every: Duration::from_secs(5),
            still_every: Duration::from_secs(20),
            reload_every: Duration::from_secs(5),
            workers: 1,
            threads_per_inference: 1,
            bands: Bands::default(),
            public: PublicConfig::default(),
        }
    }
}

/// A setting out of range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("analyzer.{key} must be {allowed}")]
pub struct InvalidConfig {
    /// Which key.
    pub key: &'static str,
    /// What it may be.
    pub allowed: &'static str,
}

impl Config {
    /// Checks the ranges.
    ///
    /// # Errors
    /// Names the first key that is out of range.
    pub fn validate(&self) -> Result<(), InvalidConfig> {
        let seconds = |pause: Duration, least: f32, most: f32| (least..=most).contains(&pause.as_secs_f32());
        let checks = [
            ("person_fps", "0.2 to 10", (0.2..=10.0).contains(&self.person_fps)),
            ("head_every", "200ms to 60s", seconds(self.head_every, 0.2, 60.0)),
            ("look_at_least_every", "1s to 60s", seconds(self.look_at_least_every, 1.0, 60.0)),
            ("still_every", "1s to 1h", seconds(self.still_every, 1.0, 3600.0)),
            ("reload_every", "1s to 10m", seconds(self.reload_every, 1.0, 600.0)),
            ("workers", "1 to 64", (1..=64).contains(&self.workers)),
            ("threads_per_inference", "1 to 64", (1..=64).contains(&self.threads_per_inference)),
            ("bands.hat_covered", "above bands.hat_bare, up to 1", {
                self.bands.hat_bare < self.bands.hat_covered && self.bands.hat_covered <= 1.0
            }),
            ("bands.hat_bare", "0 to 1", (0.0..=1.0).contains(&self.bands.hat_bare)),
            ("bands.face", "0.3 to 1", (0.3..=1.0).contains(&self.bands.face)),
        ];
        let wrong = checks.into_iter().find(|&(_, _, is_right)| !is_right).map(|(key, allowed, _)| (key, allowed));
        wrong.or_else(|| self.public.wrong()).map_or(Ok(()), |(key, allowed)| Err(InvalidConfig { key, allowed }))
    }

    /// Returns the shortest time between two looks for persons.
    #[must_use]
    pub fn person_every(&self) -> Duration {
        Duration::from_secs_f32(1.0 / self.person_fps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_in_range() {
        assert_eq!(Config::default().validate(), Ok(()));
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let config = Config { person_fps: 0.0, ..Config::default() };
        assert_eq!(config.validate().unwrap_err().to_string(), "analyzer.person_fps must be 0.2 to 10");
        let bands = Bands { hat_bare: 0.9, ..Bands::default() };
        let config = Config { bands, ..Config::default() };
        assert_eq!(config.validate().unwrap_err().key, "bands.hat_covered");
    }
}
