//! Wall time, media time and the clock seam.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

/// Microseconds since the Unix epoch, UTC. In JSON RFC 3339 with `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WallTime(i64);

impl WallTime {
    /// Returns the time `us` microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(us: i64) -> Self {
        Self(us)
    }
    /// Returns microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Returns milliseconds since the epoch, rounded down.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// Returns how long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn micros_of(pause: Duration) -> i64 {
    i64::try_from(pause.as_micros()).unwrap_or(i64::MAX)
}

impl Add<Duration> for WallTime {
    type Output = Self;
    fn add(self, pause: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(pause)))
    }
}

impl Sub<Duration> for WallTime {
    type Output = Self;
    fn sub(self, pause: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(pause)))
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(stamp) => write!(f, "{stamp:.6}"),
            Err(_) => write!(f, "{} µs", self.0),
        }
    }
}

impl std::str::FromStr for WallTime {
    type Err = InvalidTime;
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        text.parse::<jiff::Timestamp>()
            .map(|stamp| Self(stamp.as_microsecond()))
            .map_err(|_| InvalidTime(text.to_owned()))
    }
}

/// A time that is not RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time as 2026-11-21T03:04:05Z")]
pub struct InvalidTime(pub String);

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A half-open range of wall time: `start` belongs to it, `end` does not.
// Invariant: start <= end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TimeRange {
    start: WallTime,
    end: WallTime,
}

impl TimeRange {
    /// Returns the range, or `None` when it is reversed.
    #[must_use]
    pub fn new(start: WallTime, end: WallTime) -> Option<Self> {
        (start <= end).then_some(Self { start, end })
    }
    /// Returns the first instant.
    #[must_use]
    pub const fn start(self) -> WallTime {
        self.start
    }
    /// Returns the first instant after the range.
    #[must_use]
    pub const fn end(self) -> WallTime {
        self.end
    }
    /// Returns the length.
    #[must_use]
    pub fn length(self) -> Duration {
        self.end.since(self.start)
    }
}

/// 90 kHz ticks, unwrapped: RTP's clock for video (RFC 6184 §8.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaTime(pub i64);

impl MediaTime {
    /// Ticks in a second.
    pub const PER_SECOND: i64 = 90_000;

    /// Returns the ticks from `earlier` to this; negative when this is before.
    #[must_use]
    pub const fn ticks_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

/// Tells the time. `store` has the system's, tests have [`ManualClock`].
pub trait Clock: Send + Sync + 'static {
    /// Returns now.
    fn now(&self) -> WallTime;
}

/// A clock that moves only when told.
#[derive(Debug)]
pub struct ManualClock(std::sync::atomic::AtomicI64);

impl ManualClock {
    /// Returns a clock that shows `now`.
    #[must_use]
    pub const fn at(now: WallTime) -> Self {
        Self(std::sync::atomic::AtomicI64::new(now.micros()))
    }
    /// Moves the clock forward.
    pub fn advance(&self, pause: Duration) {
        self.0.fetch_add(micros_of(pause), std::sync::atomic::Ordering::SeqCst);
    }
    /// Sets the clock, also backward.
    pub fn set(&self, now: WallTime) {
        self.0.store(now.micros(), std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> WallTime {
        WallTime(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_is_rfc_3339_in_json() {
        let time: WallTime = "2026-11-21T03:04:05.25Z".parse().unwrap();
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"2026-11-21T03:04:05.250000Z\"");
        assert_eq!(serde_json::from_str::<WallTime>("\"2026-11-21T11:04:05.25+08:00\"").unwrap(), time);
    }

    #[test]
    fn a_reversed_range_is_none() {
        let (a, b) = (WallTime::from_micros(1), WallTime::from_micros(2));
        assert!(TimeRange::new(b, a).is_none());
        assert_eq!(TimeRange::new(a, b).unwrap().length(), Duration::from_micros(1));
    }
}
