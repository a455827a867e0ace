//! Notices and the answers to them.

use super::{
    violation::{CameraName, CanteenName, Violation, base_url},
    word,
};
use mingchu_domain::{
    id::{CanteenId, NoticeId, RectificationId, ViolationId},
    notice::NoticeState,
    place::ZoneKind,
    rule::{RuleCode, Severity},
    time::WallTime,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which notices are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NoticeQuery {
    /// Where it stands.
    #[param(value_type = Option<word::NoticeState>)]
    pub state: Option<NoticeState>,
    /// Only those the canteen still owes an answer to.
    pub open: Option<bool>,
    /// Only those past the deadline.
    pub overdue: Option<bool>,
    /// Canteen.
    #[param(value_type = Option<String>)]
    pub canteen_id: Option<CanteenId>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// How many, 1 to 200; 50 when left out.
    pub limit: Option<u32>,
}

/// A page of notices, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticePage {
    /// The notices.
    pub notices: Vec<Notice>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// A notice; a prompt (预警提示) until a person has confirmed the violation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notice {
    /// Where it stands and until when.
    #[serde(flatten)]
    pub head: NoticeHead,
    /// About what.
    pub violation: ViolationSummary,
}

/// What a notice is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ViolationSummary {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ViolationId,
    /// What was judged.
    #[schema(value_type = word::RuleCode)]
    pub code: RuleCode,
    /// How grave.
    #[schema(value_type = word::Severity)]
    pub severity: Severity,
    /// In which zone.
    #[schema(value_type = word::ZoneKind)]
    pub zone: ZoneKind,
    /// By which camera.
    pub camera: CameraName,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: WallTime,
    /// Address of the snapshot.
    pub snapshot_url: String,
}

/// A notice with everything that happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeDetail {
    /// Where it stands and until when.
    #[serde(flatten)]
    pub head: NoticeHead,
    /// The violation, whole.
    pub violation: Violation,
    /// What the canteen sent, oldest first.
    pub rectifications: Vec<Rectification>,
    /// Its objections, oldest first.
    pub appeals: Vec<Appeal>,
    /// Who did what, oldest first.
    pub history: Vec<HistoryEntry>,
}

/// A notice without its violation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeHead {
    /// Its id.
    #[schema(value_type = String)]
    pub id: NoticeId,
    /// Its number, once formal.
    pub number: Option<String>,
    /// Whether a person has confirmed the violation.
    pub is_formal: bool,
    /// Where it stands.
    #[schema(value_type = word::NoticeState)]
    pub state: NoticeState,
    /// Whether the canteen owes an answer and the deadline has passed.
    pub is_overdue: bool,
    /// To whom.
    pub canteen: CanteenName,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    pub sent_at: WallTime,
    /// Until when it must be put right, once formal.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline_at: Option<WallTime>,
    /// When the canteen read it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<WallTime>,
    /// When the canteen said it is put right.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub rectified_at: Option<WallTime>,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<WallTime>,
    /// When it was taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<WallTime>,
    /// What it demands, Chinese.
    pub demand: String,
    /// What it demands, English.
    pub demand_en: String,
}

impl NoticeHead {
    fn split(stored: mingchu_store::Notice, now: WallTime) -> (Self, ViolationSummary) {
        let is_overdue = stored.state.is_open() && stored.deadline_at.is_some_and(|deadline| deadline < now);
        let head = Self {
            id: stored.id,
            number: stored.number,
            is_formal: stored.is_formal,
            state: stored.state,
            is_overdue,
            canteen: stored.canteen.into(),
            sent_at: stored.sent_at,
            deadline_at: stored.deadline_at,
            acknowledged_at: stored.acknowledged_at,
            rectified_at: stored.rectified_at,
            closed_at: stored.closed_at,
            withdrawn_at: stored.withdrawn_at,
            demand: stored.demand,
            demand_en: stored.demand_en,
        };
        (head, stored.violation.into())
    }
}

impl From<mingchu_store::ViolationSummary> for ViolationSummary {
    fn from(summary: mingchu_store::ViolationSummary) -> Self {
        Self {
            id: summary.id,
            code: summary.code,
            severity: summary.severity,
            zone: summary.zone,
            camera: summary.camera.into(),
            started_at: summary.started_at,
            snapshot_url: format!("{}/snapshot.jpg", base_url(summary.id)),
        }
    }
}

impl Notice {
    /// Returns the record as of `now`, which decides whether it is overdue.
    pub(crate) fn new(stored: mingchu_store::Notice, now: WallTime) -> Self {
        let (head, violation) = NoticeHead::split(stored, now);
        Self { head, violation }
    }
}

impl NoticeDetail {
    /// Returns the record as of `now`.
    pub(crate) fn new(stored: mingchu_store::NoticeDetail, now: WallTime) -> Self {
        let (head, _) = NoticeHead::split(stored.notice, now);
        let rectifications = stored.rectifications.into_iter().map(|sent| Rectification {
            id: sent.id,
            photo_url: sent.photo.map(|_| format!("/api/v1/rectifications/{}/photo.jpg", sent.id)),
            text: sent.text,
            at: sent.at,
            by: sent.by,
        });
        let appeals = stored.appeals.into_iter().map(|sent| Appeal { text: sent.text, at: sent.at, by: sent.by });
        // viewings belong to the access ledger, not to what happened to the notice
        let acts = stored.history.into_iter().filter(|entry| !entry.action.ends_with(".view"));
        let history = acts.map(|entry| HistoryEntry {
            at: entry.at,
            actor: entry.actor,
            action: entry.action,
            detail: entry.detail,
        });
        Self {
            head,
            violation: stored.violation.into(),
            rectifications: rectifications.collect(),
            appeals: appeals.collect(),
            history: history.collect(),
        }
    }
}

/// What a canteen did to put it right.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rectification {
    /// Its id.
    #[schema(value_type = String)]
    pub id: RectificationId,
    /// In words.
    pub text: String,
    /// Address of the photo.
    pub photo_url: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
    /// The office that sent it.
    pub by: String,
}

/// An objection (申辩).
#[derive(Debug, Serialize, ToSchema)]
pub struct Appeal {
    /// In words.
    pub text: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
    /// The office that sent it.
    pub by: String,
}

/// One step of a notice's way.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
    /// The office, or `system`.
    pub actor: String,
    /// What, as `notice.rectify`.
    pub action: String,
    /// More, as the audit trail has it.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

/// A form with a line of text and a photo.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "documents the multipart form, which is read piece by piece")]
pub struct RectificationForm {
    /// What was done, up to 500 characters.
    pub text: String,
    /// JPEG, PNG or WebP.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    pub photo: String,
}

/// Words that must be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Up to 500 characters.
    pub text: String,
}

/// Words that may be given.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionalText {
    /// Up to 500 characters.
    pub text: Option<String>,
}

/// A later deadline.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The new deadline, after the present one.
    #[schema(value_type = String, format = DateTime)]
    pub deadline_at: WallTime,
    /// Why.
    pub text: String,
}
