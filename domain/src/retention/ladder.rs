//! What a gateway gives up, step by step, while its disks fill.

use crate::{media::StreamKind, place::words};

words! {
    /// How full the disks are, in terms of what is given up.
    StorageStep {
        /// Room enough.
        Normal = "normal", "空间正常", "Enough room";
        /// Routine footage goes before its period ends, down to the floor.
        Expiring = "expiring", "提前清理", "Clearing early";
        /// Sub streams are no longer archived.
        MainOnly = "main_only", "停存子码流", "Sub streams not archived";
        /// Of what is recorded from now on, only what is around violations stays.
        EvidenceOnly = "evidence_only", "仅留证据", "Only evidence kept";
        /// Nothing is archived, so that database and evidence clips have room.
        Stopped = "stopped", "停止录像", "Archive stopped";
    }
}

impl StorageStep {
    /// Whether a stream may be archived.
    #[must_use]
    pub fn archives(self, kind: StreamKind) -> bool {
        match kind {
            StreamKind::Main => self < Self::Stopped,
            StreamKind::Sub => self < Self::MainOnly,
        }
    }
}

/// The shares of a disk, 0..1, at which the steps begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ladder {
    /// Of [`StorageStep::Expiring`].
    pub expire_at: f64,
    /// Of [`StorageStep::MainOnly`].
    pub main_only_at: f64,
    /// Of [`StorageStep::EvidenceOnly`].
    pub evidence_only_at: f64,
    /// Of [`StorageStep::Stopped`].
    pub stop_at: f64,
    /// A step ends this much below where it began, so that it does not flap.
    pub hysteresis: f64,
}

impl Ladder {
    /// Returns the share at which a step begins.
    #[must_use]
    pub fn begins_at(&self, step: StorageStep) -> f64 {
        match step {
            StorageStep::Normal => 0.0,
            StorageStep::Expiring => self.expire_at,
            StorageStep::MainOnly => self.main_only_at,
            StorageStep::EvidenceOnly => self.evidence_only_at,
            StorageStep::Stopped => self.stop_at,
        }
    }

    /// Returns the share below which a step ends.
    #[must_use]
    pub fn ends_below(&self, step: StorageStep) -> f64 {
        match step {
            // twice as much free as where it began: a share of a large disk would be too much to ask
            StorageStep::Stopped => self.stop_at - (1.0 - self.stop_at),
            _ => self.begins_at(step) - self.hysteresis,
        }
    }

    /// Returns the step after `now` when `used` of the disk, 0..1, is taken.
    #[must_use]
    pub fn next(&self, now: StorageStep, used: f64) -> StorageStep {
        let steps = StorageStep::ALL.iter().rev().copied();
        let holds = |step: StorageStep| {
            used >= self.begins_at(step)
                || (step <= now && step != StorageStep::Normal && used >= self.ends_below(step))
        };
        steps.into_iter().find(|step| holds(*step)).unwrap_or(StorageStep::Normal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LADDER: Ladder =
        Ladder { expire_at: 0.9, main_only_at: 0.95, evidence_only_at: 0.98, stop_at: 0.99, hysteresis: 0.02 };

    fn any_step() -> impl Strategy<Value = StorageStep> {
        prop::sample::select(StorageStep::ALL)
    }

    #[test]
    fn each_step_begins_at_its_share_and_ends_below_it() {
        let mut step = StorageStep::Normal;
        let mut seen = Vec::new();
        for used in [0.5, 0.91, 0.96, 0.985, 0.995, 0.985, 0.97, 0.95, 0.92, 0.89, 0.87] {
            step = LADDER.next(step, used);
            seen.push(step.as_str());
        }
        let expected = [
            "normal",
            "expiring",
            "main_only",
            "evidence_only",
            "stopped",
            "stopped",
            "evidence_only",
            "main_only",
            "expiring",
            "expiring",
            "normal",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn sub_streams_stop_first_and_main_streams_last() {
        assert!(StorageStep::Expiring.archives(StreamKind::Sub));
        assert!(!StorageStep::MainOnly.archives(StreamKind::Sub) && StorageStep::MainOnly.archives(StreamKind::Main));
        assert!(StorageStep::EvidenceOnly.archives(StreamKind::Main));
        assert!(!StorageStep::Stopped.archives(StreamKind::Main));
    }

    proptest! {
        #[test]
        fn the_same_fill_twice_is_the_same_step(step in any_step(), used in 0.0f64..=1.0) {
            let once = LADDER.next(step, used);
            prop_assert_eq!(LADDER.next(once, used), once);
        }

        #[test]
        fn a_fuller_disk_is_never_a_lower_step(step in any_step(), used in 0.0f64..=1.0, more in 0.0f64..=1.0) {
            prop_assert!(LADDER.next(step, used.max(more)) >= LADDER.next(step, used));
        }

        #[test]
        fn a_wobble_within_the_hysteresis_changes_nothing(step in any_step(), wobble in 0.0f64..0.019) {
            let begun = LADDER.begins_at(step);
            let at = LADDER.next(step, begun);
            if step != StorageStep::Stopped && at == step && step != StorageStep::Normal {
                prop_assert_eq!(LADDER.next(at, begun - wobble), at);
            }
        }
    }
}
