//! What the analyzer found and what people said of it.

use crate::{geometry::BBox, place::words, time::WallTime};
use serde::{Deserialize, Serialize};

words! {
    /// Every finding has one of three states; only the first ever opens a violation.
    Observation {
        /// The rule is broken.
        Violating = "violating", "违规", "Violating";
        /// The rule is kept.
        Compliant = "compliant", "合规", "Compliant";
        /// Steam, too small, back turned, covered.
        CannotJudge = "cannot_judge", "无法判断", "Cannot judge";
    }
}

words! {
    /// The review state of a violation.
    ViolationState {
        /// Found by the analyzer, no person has looked.
        ToReview = "to_review", "待核实", "To review";
        /// A person says yes.
        Confirmed = "confirmed", "已核实", "Confirmed";
        /// A person says no.
        Dismissed = "dismissed", "已驳回", "Dismissed";
    }
}

words! {
    /// Why a person dismisses a violation.
    DismissReason {
        /// The rule is kept; the analyzer erred.
        NotAViolation = "not_a_violation", "未违规，识别有误", "Not a violation";
        /// The picture does not show enough.
        CannotTell = "cannot_tell", "画面无法判断", "Cannot tell from the picture";
        /// Not a person, or not kitchen staff.
        NotStaff = "not_staff", "非从业人员", "Not kitchen staff";
        /// The rule does not bind here or now.
        RuleDoesNotApply = "rule_does_not_apply", "该处不适用此规则", "Rule does not apply here";
        /// Another violation already says it.
        Duplicate = "duplicate", "重复", "Duplicate";
        /// Too slight to act on (行政处罚法 Art. 33).
        Minor = "minor", "轻微且已改正", "Minor and corrected";
    }
}

/// What a person decides about a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is one.
    Confirm,
    /// It is none.
    Dismiss(DismissReason),
}

/// A verdict on a violation that already has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("violation is already {}", .0.as_str())]
pub struct AlreadyReviewed(pub ViolationState);

impl ViolationState {
    /// Returns the state after a verdict.
    ///
    /// # Errors
    /// When somebody has decided before.
    pub const fn next(self, verdict: Verdict) -> Result<Self, AlreadyReviewed> {
        match (self, verdict) {
            (Self::ToReview, Verdict::Confirm) => Ok(Self::Confirmed),
            (Self::ToReview, Verdict::Dismiss(_)) => Ok(Self::Dismissed),
            (state, _) => Err(AlreadyReviewed(state)),
        }
    }
}

words! {
    /// Where the evidence of a violation stands.
    EvidenceState {
        /// The clip is being cut.
        Pending = "pending", "证据生成中", "Evidence pending";
        /// Pictures and clip are stored.
        Ready = "ready", "证据齐全", "Evidence ready";
        /// There is none; the reason is written.
        Missing = "missing", "证据缺失", "Evidence missing";
    }
}

/// The figures behind a violation, as the why card shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// How many judgements said violating.
    pub votes: u32,
    /// Of how many judgements in the window.
    pub of: u32,
    /// Length of the window in seconds.
    pub window_s: f32,
    /// Median confidence, 0..1.
    pub confidence: f32,
    /// Median head width in pixels of the judged picture; absent where no head counts.
    pub head_px: Option<f32>,
    /// What was measured where nobody votes: a camera's picture, an open bin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
}

/// A measured value against its limit; what it measures follows from the rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The value.
    pub value: f32,
    /// The rule's limit.
    pub limit: f32,
}

/// One decoded picture that the decision rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionFrame {
    /// When the gateway had the picture.
    pub at: WallTime,
    /// Key of the stored JPEG.
    pub object_key: String,
    /// SHA-256 of the JPEG, hex.
    pub sha256: String,
    /// The person or thing judged.
    pub subject: BBox,
    /// The head, where one was seen.
    pub head: Option<BBox>,
    /// Confidence of this judgement, 0..1.
    pub confidence: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_given_once() {
        let state = ViolationState::ToReview.next(Verdict::Confirm).unwrap();
        let again = state.next(Verdict::Dismiss(DismissReason::Minor));
        assert_eq!(again, Err(AlreadyReviewed(ViolationState::Confirmed)));
    }
}
