//! The notice (告知书) to a canteen and its way to closure.
//!
//! ```text
//! sent -> acknowledged -> rectified -> closed        dismissed violation: withdrawn, from any open state
//!    \________________/  ^        |
//!        appeal: appealed |        +-- rejected: sent again, with a new deadline
//! ```
//! A notice starts as a prompt (预警提示), which the canteen may put right at once. It becomes formal (告知书: number,
//! deadline) only when a person has confirmed the violation (行政处罚法 Art. 41); only a formal notice can be closed.

use crate::{place::words, time::WallTime};

words! {
    /// Where a notice stands. Overdue (超期) is no state: an open notice after its deadline.
    NoticeState {
        /// Sent to the canteen.
        Sent = "sent", "待整改", "To rectify";
        /// The canteen has read it.
        Acknowledged = "acknowledged", "已签收", "Acknowledged";
        /// The canteen says it is put right.
        Rectified = "rectified", "待复核", "To recheck";
        /// The canteen objects (申辩).
        Appealed = "appealed", "申辩中", "Appealed";
        /// Done (销号).
        Closed = "closed", "已销号", "Closed";
        /// Taken back: a person found no violation.
        Withdrawn = "withdrawn", "已撤回", "Withdrawn";
    }
}

/// What happens to a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeEvent {
    /// The canteen has read it.
    Acknowledge,
    /// The canteen sends what it did.
    Rectify,
    /// The canteen objects.
    Appeal,
    /// The regulator accepts the rectification.
    Close,
    /// The regulator wants more, or refuses the appeal.
    Reject,
    /// The violation was dismissed, or the appeal was right.
    Withdraw,
}

/// An event that does not fit the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRefused {
    /// Not possible now.
    #[error("a notice that is {} cannot take {event:?}", .state.as_str())]
    Illegal {
        /// The state it is in.
        state: NoticeState,
        /// What was asked.
        event: NoticeEvent,
    },
    /// Nobody has confirmed the violation yet.
    #[error("a notice can be closed only after a person has confirmed the violation")]
    NotFormal,
}

/// Whether a person has confirmed the violation behind a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// 预警提示: found by the analyzer only.
    Prompt,
    /// 告知书: confirmed by a person.
    Formal,
}

impl NoticeState {
    /// Whether the canteen still owes an answer.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Sent | Self::Acknowledged)
    }

    /// Returns the state after an event.
    ///
    /// # Errors
    /// When the event does not fit the state, or nobody has confirmed the violation.
    pub const fn next(self, event: NoticeEvent, standing: Standing) -> Result<Self, NoticeRefused> {
        use NoticeEvent as E;
        match (self, event) {
            (Self::Sent, E::Acknowledge) => Ok(Self::Acknowledged),
            (Self::Sent | Self::Acknowledged, E::Rectify) => Ok(Self::Rectified),
            (Self::Sent | Self::Acknowledged, E::Appeal) => Ok(Self::Appealed),
            (Self::Rectified, E::Close) => match standing {
                Standing::Formal => Ok(Self::Closed),
                Standing::Prompt => Err(NoticeRefused::NotFormal),
            },
            (Self::Rectified | Self::Appealed, E::Reject) => Ok(Self::Sent),
            (Self::Sent | Self::Acknowledged | Self::Rectified | Self::Appealed, E::Withdraw) => Ok(Self::Withdrawn),
            (state, event) => Err(NoticeRefused::Illegal { state, event }),
        }
    }
}

/// Returns the year of `at` in China (UTC+8, no summer time), which notice numbers count in.
#[must_use]
pub fn year_in_china(at: WallTime) -> i64 {
    let stamp = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
    jiff::tz::Offset::constant(8).to_datetime(stamp).year().into()
}

/// Returns the number of a notice (文号), as `（示）明厨告〔2026〕0001号`; `mark` stands for the issuing county.
#[must_use]
pub fn number(mark: &str, year: i64, sequence: i64) -> String {
    format!("（{mark}）明厨告〔{year}〕{sequence:04}号")
}

#[cfg(test)]
mod tests {
    use super::*;
    use NoticeEvent as E;

    const EVENTS: [NoticeEvent; 6] = [E::Acknowledge, E::Rectify, E::Appeal, E::Close, E::Reject, E::Withdraw];

    #[test]
    fn the_common_way_leads_to_closed() {
        let end = [E::Acknowledge, E::Rectify, E::Close]
            .into_iter()
            .try_fold(NoticeState::Sent, |state, event| state.next(event, Standing::Formal));
        assert_eq!(end, Ok(NoticeState::Closed));
    }

    #[test]
    fn the_year_turns_at_midnight_in_china() {
        let before: WallTime = "2026-12-31T15:59:59Z".parse().unwrap();
        let after: WallTime = "2026-12-31T16:00:00Z".parse().unwrap();
        assert_eq!((year_in_china(before), year_in_china(after)), (2026, 2027));
        assert_eq!(number("示", 2026, 1), "（示）明厨告〔2026〕0001号");
    }

    #[test]
    fn an_unconfirmed_violation_is_never_closed_as_rectified() {
        assert_eq!(NoticeState::Rectified.next(E::Close, Standing::Prompt), Err(NoticeRefused::NotFormal));
    }

    #[test]
    fn nothing_moves_a_finished_notice() {
        for state in [NoticeState::Closed, NoticeState::Withdrawn] {
            for event in EVENTS {
                assert!(state.next(event, Standing::Formal).is_err(), "{state:?} took {event:?}");
            }
        }
    }
}
