//! Settings of the gateway, the table `[gateway]` of `mingchu.toml`.

use crate::retention::StorageConfig;
use mingchu_domain::humane;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

/// Which client pulls cameras.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// retina; GStreamer for cameras that retina refuses.
    #[default]
    Auto,
    /// retina alone.
    Retina,
    /// GStreamer alone.
    Gstreamer,
}

/// How RTP comes from cameras.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Interleaved in the RTSP connection; a stream whose address begins with `rtspu://` comes over UDP all the same.
    #[default]
    Tcp,
    /// UDP for every stream. A lost packet is a lost picture.
    Udp,
}

/// Settings of the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of the archive.
    pub data: PathBuf,
    /// Further folders, each on a disk of its own; new files go where the greatest share is free.
    pub volumes: Vec<PathBuf>,
    /// Length of an archive file; it ends with the first whole GOP after it.
    #[serde(with = "humane")]
    pub segment: Duration,
    /// Whether sub streams are archived too. They carry the same scene as the main stream, so it is off.
    pub archive_sub: bool,
    /// Which client pulls cameras.
    pub source: SourceKind,
    /// How RTP comes from cameras.
    pub transport: Transport,
    /// How long a camera may take from the first word to the first key picture.
    #[serde(with = "humane")]
    pub first_frame_timeout: Duration,
    /// How long a playing camera may be silent.
    #[serde(with = "humane")]
    pub idle_timeout: Duration,
    /// First pause before a lost camera is tried again.
    #[serde(with = "humane")]
    pub retry_min: Duration,
    /// Longest pause before a lost camera is tried again.
    #[serde(with = "humane")]
    pub retry_max: Duration,
    /// Most viewers of one stream.
    pub viewers_per_stream: usize,
    /// Most cameras that are transcoded for viewers at the same time, where a camera sends H.265 alone. 0: none, they
    /// show one picture a second.
    pub transcodes: usize,
    /// When a disk counts as full.
    pub storage: StorageConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("mingchu-data/archive"),
            volumes: Vec::new(),
            segment: Duration::from_secs(60),
            archive_sub: false,
            source: SourceKind::Auto,
            transport: Transport::Tcp,
            first_frame_timeout: Duration::from_secs(8),
            idle_timeout: Duration::from_secs(5),
            retry_min: Duration::from_secs(1),
            retry_max: Duration::from_secs(30),
            viewers_per_stream: 200,
            transcodes: 4,
            storage: StorageConfig::default(),
        }
    }
}

/// A setting out of range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("gateway.{key} must be {allowed}")]
pub struct InvalidConfig {
    /// Which key.
    pub key: &'static str,
    /// What it may be.
    pub allowed: &'static str,
}

impl Config {
    /// Returns all folders of the archive, `data` first.
    pub(crate) fn archive_folders(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.data.as_path()).chain(self.volumes.iter().map(PathBuf::as_path))
    }

    /// Checks every range.
    ///
    /// # Errors
    /// When a value is out of range; the error names key and range.
    pub fn validate(&self) -> Result<(), InvalidConfig> {
        let within = |key, value: Duration, range: RangeInclusive<u64>, allowed| {
            let range = Duration::from_secs(*range.start())..=Duration::from_secs(*range.end());
            if range.contains(&value) { Ok(()) } else { Err(InvalidConfig { key, allowed }) }
        };
        within("segment", self.segment, 2..=600, "2s to 10m")?;
        within("first_frame_timeout", self.first_frame_timeout, 1..=60, "1s to 60s")?;
        within("idle_timeout", self.idle_timeout, 1..=60, "1s to 60s")?;
        within("retry_max", self.retry_max, 1..=600, "1s to 10m")?;
        if self.retry_min < Duration::from_millis(50) || self.retry_min > self.retry_max {
            return Err(InvalidConfig { key: "retry_min", allowed: "50ms up to gateway.retry_max" });
        }
        if !(1..=10_000).contains(&self.viewers_per_stream) {
            return Err(InvalidConfig { key: "viewers_per_stream", allowed: "1 to 10000" });
        }
        if self.transcodes > 64 {
            return Err(InvalidConfig { key: "transcodes", allowed: "0 to 64" });
        }
        let folders: HashSet<_> = self.archive_folders().collect();
        if folders.len() != self.volumes.len() + 1 || folders.contains(Path::new("")) {
            return Err(InvalidConfig { key: "volumes", allowed: "folders, each once and none of them gateway.data" });
        }
        self.storage.validate()?;
        if self.source == SourceKind::Gstreamer && !cfg!(feature = "gst") {
            return Err(InvalidConfig { key: "source", allowed: "auto or retina: this build has no GStreamer" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(Config::default().validate(), Ok(()));
    }

    #[test]
    fn a_value_out_of_range_is_named_with_its_range() {
        let config = Config { segment: Duration::from_secs(1), ..Config::default() };
        assert_eq!(config.validate().unwrap_err().to_string(), "gateway.segment must be 2s to 10m");
    }
}
