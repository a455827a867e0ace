//! Settings of `[gateway.storage]`.

use crate::config::InvalidConfig;
use mingchu_domain::{humane, retention::Ladder};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// When a disk counts as full, and how often one looks. How long footage is kept is set in the browser, place by place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageConfig {
    /// From this share of a disk on, routine footage goes before its period ends, down to the floor.
    pub expire_at_percent: u8,
    /// From this share on, sub streams are not archived.
    pub main_only_at_percent: u8,
    /// From this share on, only footage around violations stays of what is recorded. With less than 1 % or
    /// 1 GB free nothing is recorded.
    pub evidence_only_at_percent: u8,
    /// Each of these ends so much below where it began.
    pub hysteresis_percent: u8,
    /// Most that footage may take of each disk, in megabytes of 1,000,000 bytes; 0: the whole disk.
    pub quota_mb: u64,
    /// How often the disks are measured.
    #[serde(with = "humane")]
    pub check_every: Duration,
    /// How often footage past its period is deleted.
    #[serde(with = "humane")]
    pub expire_every: Duration,
    /// While only evidence is kept: how long footage waits for a violation.
    #[serde(with = "humane")]
    pub evidence_wait: Duration,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self {
            expire_at_percent: 90,
            main_only_at_percent: 95,
            evidence_only_at_percent: 98,
            hysteresis_percent: 2,
            quota_mb: 0,
            check_every: Duration::from_secs(10),
            expire_every: Duration::from_secs(3600),
            evidence_wait: Duration::from_secs(600),
        }
    }
}

impl StorageConfig {
    /// Returns the steps on a disk of so many bytes.
    ///
    /// The archive stops when less than a hundredth, or 1 GB, is free: what database and evidence clips need.
    #[allow(clippy::cast_precision_loss, reason = "a share; the last bits of a petabyte do not matter")]
    pub(crate) fn ladder(&self, total_bytes: u64) -> Ladder {
        const RESERVE_BYTES: f64 = 1e9;
        let reserve = (RESERVE_BYTES / (total_bytes.max(1) as f64)).min(0.01);
        let share = |percent| f64::from(percent) / 100.0;
        Ladder {
            expire_at: share(self.expire_at_percent),
            main_only_at: share(self.main_only_at_percent),
            evidence_only_at: share(self.evidence_only_at_percent),
            stop_at: 1.0 - reserve,
            hysteresis: share(self.hysteresis_percent),
        }
    }

    /// Checks every range.
    pub(crate) fn validate(&self) -> Result<(), InvalidConfig> {
        let wrong = |key, allowed| Err(InvalidConfig { key, allowed });
        if !(10..=97).contains(&self.expire_at_percent) {
            return wrong("storage.expire_at_percent", "10 to 97");
        }
        if self.main_only_at_percent <= self.expire_at_percent || self.main_only_at_percent > 98 {
            return wrong("storage.main_only_at_percent", "more than storage.expire_at_percent, at most 98");
        }
        if self.evidence_only_at_percent <= self.main_only_at_percent || self.evidence_only_at_percent > 99 {
            return wrong("storage.evidence_only_at_percent", "more than storage.main_only_at_percent, at most 99");
        }
        if !(1..=9).contains(&self.hysteresis_percent) {
            return wrong("storage.hysteresis_percent", "1 to 9");
        }
        let within = |value: Duration, least: u64, most: u64| {
            (Duration::from_secs(least)..=Duration::from_secs(most)).contains(&value)
        };
        if !within(self.check_every, 1, 600) {
            return wrong("storage.check_every", "1s to 10m");
        }
        if !within(self.expire_every, 1, 86_400) {
            return wrong("storage.expire_every", "1s to 1d");
        }
        if !within(self.evidence_wait, 1, 86_400) {
            return wrong("storage.evidence_wait", "1s to 1d; clips need about 30s");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_disk_stops_at_a_gigabyte_and_a_small_one_at_a_hundredth() {
        let stop_at = |bytes| StorageConfig::default().ladder(bytes).stop_at;
        assert!((stop_at(20_000_000) - 0.99).abs() < 1e-9);
        assert!((stop_at(8_000_000_000_000) - 0.999_875).abs() < 1e-9);
    }

    #[test]
    fn steps_out_of_order_are_named() {
        let config = StorageConfig { main_only_at_percent: 90, ..StorageConfig::default() };
        let error = config.validate().unwrap_err().to_string();
        let text = "gateway.storage.main_only_at_percent must be more than storage.expire_at_percent, at most 98";
        assert_eq!(error, text);
        assert_eq!(StorageConfig::default().validate(), Ok(()));
    }
}
