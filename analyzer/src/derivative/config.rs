//! Settings of public pictures, section `[analyzer.public]` of `mingchu.toml`.

use serde::{Deserialize, Serialize};
use std::{path::PathBuf, time::Duration};

/// What is hidden of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hidden {
    /// Head and shoulders; hands at work stay to be seen.
    Heads,
    /// The whole figure.
    Persons,
}

/// Settings of public pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublicConfig {
    /// Whether public pictures are made at all.
    pub is_enabled: bool,
    /// Whether people are looked for by a process of its own, whose crash costs a card and nothing else.
    pub isolate: bool,
    /// What is hidden of a person: `heads` or `persons`.
    pub hide: Hidden,
    /// Width of the picture in pixels.
    pub width: u32,
    /// Pictures a second.
    pub fps: u32,
    /// Size of the stream in kbit/s.
    pub kbit_s: u32,
    /// The public sees everything this much later.
    #[serde(with = "mingchu_domain::humane")]
    pub delay: Duration,
    /// Cameras that may be public at the same time.
    pub cameras: usize,
    /// A picture that nobody watches any more is made for this long yet.
    #[serde(with = "mingchu_domain::humane")]
    pub idle: Duration,
    /// A font with Chinese letters; absent: the Noto Sans CJK of the system, or another that it has.
    pub font: Option<PathBuf>,
}

impl Default for PublicConfig {
    fn default() -> Self {
        Self {
            is_enabled: true,
            isolate: true,
            hide: Hidden::Heads,
            width: 640,
            fps: 5,
            kbit_s: 400,
            delay: Duration::ZERO,
            cameras: 4,
            idle: Duration::from_secs(10),
            font: None,
        }
    }
}

impl PublicConfig {
    /// Returns the key and the range of the first value out of it.
    pub(crate) fn wrong(&self) -> Option<(&'static str, &'static str)> {
        let checks = [
            ("public.width", "320 to 960", (320..=960).contains(&self.width)),
            ("public.fps", "2 to 10", (2..=10).contains(&self.fps)),
            ("public.kbit_s", "100 to 2000", (100..=2000).contains(&self.kbit_s)),
            ("public.delay", "0s to 2m", self.delay <= Duration::from_secs(120)),
            ("public.cameras", "1 to 64", (1..=64).contains(&self.cameras)),
            ("public.idle", "1s to 5m", (1..=300).contains(&self.idle.as_secs())),
        ];
        checks.into_iter().find(|&(_, _, is_right)| !is_right).map(|(key, allowed, _)| (key, allowed))
    }

    /// Returns the time between two pictures.
    pub(crate) fn every(&self) -> Duration {
        Duration::from_secs(1) / self.fps.max(1)
    }
}
