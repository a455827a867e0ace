//! How long footage is kept, and what happens when there is no room for it.
//!
//! Footage is routine, around a violation, or held. A policy belongs to a place; the one nearest to a canteen counts,
//! within the bounds of those above it. Nothing deletes held footage; a full disk shortens routine footage down to the
//! floor and no further.

mod forecast;
mod ladder;
mod receipt;

pub use forecast::{Forecast, Outlook, Stock, forecast};
pub use ladder::{Ladder, StorageStep};
pub use receipt::ReceiptFacts;

use crate::{
    camera::GapCause,
    place::words,
    time::{TimeRange, WallTime},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Footage this long before and after a violation belongs to it; clips take 5 s of it.
pub const EVIDENCE_WINDOW: Duration = Duration::from_secs(60);
/// No policy keeps less: 餐饮服务明厨亮灶工作指导意见 (2018) asks for seven days.
pub const LOWEST_FLOOR_DAYS: u32 = 7;
/// No policy keeps more: ten years.
pub const HIGHEST_CEILING_DAYS: u32 = 3650;

const DAY: Duration = Duration::from_secs(24 * 3600);

words! {
    /// Why footage is kept.
    FootageClass {
        /// Nothing happened.
        Routine = "routine", "日常录像", "Routine";
        /// Around a violation that nobody dismissed.
        Violation = "violation", "违规前后", "Around violations";
        /// Under a legal hold.
        Held = "held", "保全", "Held";
    }
}

words! {
    /// Why footage was deleted.
    DeletionCause {
        /// Its period ended.
        Period = "period", "到期", "Period ended";
        /// The disk was nearly full: routine footage older than the floor.
        Pressure = "pressure", "空间不足", "Disk nearly full";
        /// The disk was fuller still: what was recorded since then and shows no violation.
        EvidenceOnly = "evidence_only", "仅留证据", "Only evidence kept";
        /// A person ordered it.
        Order = "order", "按指令", "Ordered";
    }
}

impl DeletionCause {
    /// Returns the cause of the gap that the footage leaves.
    #[must_use]
    pub const fn gap(self) -> GapCause {
        match self {
            Self::Period | Self::Pressure => GapCause::DeletedByRetention,
            Self::EvidenceOnly => GapCause::DiskFull,
            Self::Order => GapCause::DeletedByOrder,
        }
    }
}

/// How long the footage of a place is kept, in days.
// Invariant, kept by `check`: LOWEST_FLOOR_DAYS <= floor <= routine <= violation <= ceiling <= HIGHEST_CEILING_DAYS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// No routine footage goes before, however full the disk is.
    pub floor_days: u32,
    /// Routine footage goes after.
    pub routine_days: u32,
    /// Footage around violations goes after.
    pub violation_days: u32,
    /// No period of this place, or of one below it, may be longer.
    pub ceiling_days: u32,
}

/// In force where nobody has set another: 30 days (国务院令第799号 Art. 17), violations half a year.
impl Default for Policy {
    fn default() -> Self {
        Self {
            floor_days: LOWEST_FLOOR_DAYS,
            routine_days: 30,
            violation_days: 180,
            ceiling_days: HIGHEST_CEILING_DAYS,
        }
    }
}

/// A period outside its bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {lowest} to {highest} days, not {value}: {why}")]
pub struct InvalidPolicy {
    /// Which period.
    pub field: &'static str,
    /// What was asked for.
    pub value: u32,
    /// Least allowed.
    pub lowest: u32,
    /// Most allowed.
    pub highest: u32,
    /// Where the bounds come from.
    pub why: &'static str,
}

impl Policy {
    /// Checks every period against the others and the bounds of the place above.
    ///
    /// # Errors
    /// Names the first period that is out of its bounds, and the bounds.
    pub fn check(&self, above: Option<&Self>) -> Result<(), InvalidPolicy> {
        let (lowest, highest) = above.map_or((LOWEST_FLOOR_DAYS, HIGHEST_CEILING_DAYS), |above| {
            (above.floor_days.max(LOWEST_FLOOR_DAYS), above.ceiling_days.min(HIGHEST_CEILING_DAYS))
        });
        let bounds = "floor and ceiling of the place above";
        let order = "floor, routine, violations and ceiling must not decrease";
        let within = |field, value, lowest: u32, highest: u32, why| {
            let highest = highest.max(lowest);
            if (lowest..=highest).contains(&value) {
                Ok(())
            } else {
                Err(InvalidPolicy { field, value, lowest, highest, why })
            }
        };
        within("ceiling_days", self.ceiling_days, lowest, highest, bounds)?;
        within("floor_days", self.floor_days, lowest, self.ceiling_days, bounds)?;
        within("routine_days", self.routine_days, self.floor_days, self.ceiling_days, order)?;
        within("violation_days", self.violation_days, self.routine_days, self.ceiling_days, order)
    }

    /// Returns this policy within the bounds of the place above, which may have been tightened since.
    #[must_use]
    pub fn within(self, above: &Self) -> Self {
        let ceiling_days = self.ceiling_days.clamp(above.floor_days, above.ceiling_days);
        let floor_days = self.floor_days.clamp(above.floor_days, ceiling_days);
        let routine_days = self.routine_days.clamp(floor_days, ceiling_days);
        let violation_days = self.violation_days.clamp(routine_days, ceiling_days);
        Self { floor_days, routine_days, violation_days, ceiling_days }
    }

    /// Returns what counts at the end of a chain of places, the topmost first.
    #[must_use]
    pub fn in_force(chain: impl IntoIterator<Item = Self>) -> Self {
        chain.into_iter().reduce(|above, policy| policy.within(&above)).unwrap_or_default()
    }

    /// Returns how many days footage of a class is kept; `None`: until the hold is released.
    #[must_use]
    pub const fn days(&self, class: FootageClass) -> Option<u32> {
        match class {
            FootageClass::Routine => Some(self.routine_days),
            FootageClass::Violation => Some(self.violation_days),
            FootageClass::Held => None,
        }
    }
}

/// Returns the time `days` before `now`.
#[must_use]
pub fn days_before(now: WallTime, days: u32) -> WallTime {
    now - DAY * days
}

/// Returns the footage that belongs to a violation.
#[must_use]
pub fn evidence_window(started_at: WallTime, ended_at: WallTime) -> TimeRange {
    let (start, end) = (started_at - EVIDENCE_WINDOW, ended_at.max(started_at) + EVIDENCE_WINDOW);
    TimeRange::new(start, end).expect("a window before and after does not reverse")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_policy() -> impl Strategy<Value = Policy> {
        prop::array::uniform4(LOWEST_FLOOR_DAYS..=HIGHEST_CEILING_DAYS).prop_map(|mut days| {
            days.sort_unstable();
            let [floor_days, routine_days, violation_days, ceiling_days] = days;
            Policy { floor_days, routine_days, violation_days, ceiling_days }
        })
    }

    proptest! {
        #[test]
        fn what_is_in_force_keeps_within_every_place_above(chain in prop::collection::vec(any_policy(), 1..5)) {
            let policy = Policy::in_force(chain.clone());
            prop_assert_eq!(policy.check(None), Ok(()));
            let top = chain[0];
            prop_assert!(policy.floor_days >= top.floor_days && policy.ceiling_days <= top.ceiling_days);
        }

        #[test]
        fn what_passes_the_check_is_taken_as_it_is(above in any_policy(), policy in any_policy()) {
            if policy.check(Some(&above)).is_ok() {
                prop_assert_eq!(policy.within(&above), policy);
            }
        }

        #[test]
        fn a_refused_policy_names_bounds_that_its_value_breaks(
            days in prop::array::uniform4(0u32..5000),
            above in any_policy(),
        ) {
            let [floor_days, routine_days, violation_days, ceiling_days] = days;
            let policy = Policy { floor_days, routine_days, violation_days, ceiling_days };
            if let Err(refused) = policy.check(Some(&above)) {
                prop_assert!(!(refused.lowest..=refused.highest).contains(&refused.value), "{refused}");
            }
        }
    }

    #[test]
    fn the_default_is_thirty_days_and_valid() {
        assert_eq!(Policy::default().check(None), Ok(()));
        assert_eq!(Policy::default().days(FootageClass::Routine), Some(30));
        assert_eq!(Policy::default().days(FootageClass::Held), None);
    }

    #[test]
    fn a_period_below_the_floor_is_named_with_its_bounds() {
        let policy = Policy { floor_days: 3, ..Policy::default() };
        let refused = policy.check(None).unwrap_err();
        let text = "floor_days must be 7 to 3650 days, not 3: floor and ceiling of the place above";
        assert_eq!(refused.to_string(), text);
        let policy = Policy { routine_days: 5, ..Policy::default() };
        assert_eq!(policy.check(None).unwrap_err().field, "routine_days");
    }
}
