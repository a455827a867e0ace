//! Violations with their evidence, as the review queue shows them.

use super::word;
use mingchu_domain::{
    geometry::BBox,
    id::{CameraId, CanteenId, NoticeId, ViolationId},
    place::ZoneKind,
    rule::{RuleCode, Severity},
    time::WallTime,
    violation::{DismissReason, EvidenceState, ViolationState},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which violations are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ViolationQuery {
    /// Review state.
    #[param(value_type = Option<word::ViolationState>)]
    pub state: Option<ViolationState>,
    /// Rule.
    #[param(value_type = Option<word::RuleCode>)]
    pub code: Option<RuleCode>,
    /// Canteen.
    #[param(value_type = Option<String>)]
    pub canteen_id: Option<CanteenId>,
    /// Found at or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    pub since: Option<WallTime>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// How many, 1 to 200; 50 when left out.
    pub limit: Option<u32>,
}

/// A page of violations, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViolationPage {
    /// The violations.
    pub violations: Vec<Violation>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// A violation with everything the why card shows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Violation {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ViolationId,
    /// What was judged.
    #[schema(value_type = word::RuleCode)]
    pub code: RuleCode,
    /// How grave.
    #[schema(value_type = word::Severity)]
    pub severity: Severity,
    /// Review state.
    #[schema(value_type = word::ViolationState)]
    pub state: ViolationState,
    /// Where.
    pub canteen: CanteenName,
    /// By which camera.
    pub camera: CameraName,
    /// In which zone.
    #[schema(value_type = word::ZoneKind)]
    pub zone: ZoneKind,
    /// First judgement of the window.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: WallTime,
    /// Last judgement.
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: WallTime,
    /// The figures behind it.
    pub figures: Figures,
    /// The pictures the decision rests on.
    pub frames: Vec<DecisionFrame>,
    /// Address of the snapshot.
    pub snapshot_url: String,
    /// Where the clip stands.
    pub evidence: Evidence,
    /// What it rests on.
    pub rule: RuleBasis,
    /// The models that judged.
    pub model: String,
    /// How far the camera's clock was off, in microseconds; positive when it was ahead.
    pub clock_offset_us: Option<i64>,
    /// What a person said.
    pub review: Option<Review>,
    /// The notice it led to.
    #[schema(value_type = Option<String>)]
    pub notice_id: Option<NoticeId>,
    /// How often the same was seen again and merged into this one.
    pub merged: u32,
    /// Other violations of this rule in this canteen in the 30 days before.
    pub canteen_history_30d: u32,
}

/// A canteen's name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CanteenName {
    /// Its id.
    #[schema(value_type = String)]
    pub id: CanteenId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
}

/// A camera's name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CameraName {
    /// Its id.
    #[schema(value_type = String)]
    pub id: CameraId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Whether its footage is rendered.
    pub is_synthetic: bool,
}

/// The figures behind a violation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Figures {
    /// How many judgements said violating.
    pub votes: u32,
    /// Of how many.
    pub of: u32,
    /// Length of the window in seconds.
    pub window_s: f32,
    /// Median confidence, 0..1.
    pub confidence: f32,
    /// Median head width in pixels.
    pub head_px: Option<f32>,
    /// What was measured where nobody votes.
    pub measure: Option<Measure>,
}

/// A measured value against its limit.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Measure {
    /// The value.
    pub value: f32,
    /// The rule's limit.
    pub limit: f32,
}

/// A picture the decision rests on, with the boxes to draw.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecisionFrame {
    /// When the gateway had it.
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
    /// Address of the JPEG.
    pub url: String,
    /// The person.
    pub subject: Box,
    /// The head.
    pub head: Option<Box>,
    /// Confidence of this judgement, 0..1.
    pub confidence: f32,
}

/// A rectangle relative to the picture, 0..1, origin top left.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct Box {
    /// Left.
    pub x1: f32,
    /// Top.
    pub y1: f32,
    /// Right.
    pub x2: f32,
    /// Bottom.
    pub y2: f32,
}

impl From<BBox> for Box {
    fn from(BBox { x1, y1, x2, y2 }: BBox) -> Self {
        Self { x1, y1, x2, y2 }
    }
}

/// Where the clip stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Evidence {
    /// Pending, ready or missing.
    #[schema(value_type = word::EvidenceState)]
    pub state: EvidenceState,
    /// Why there is none.
    pub reason: Option<String>,
    /// Address of the clip.
    pub clip_url: Option<String>,
    /// First instant of the clip.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub clip_start: Option<WallTime>,
    /// First instant after it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub clip_end: Option<WallTime>,
    /// SHA-256 of the clip, hex.
    pub sha256: Option<String>,
    /// Size of the clip in bytes.
    pub size_bytes: Option<u64>,
}

/// What a violation rests on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleBasis {
    /// Rule pack and version.
    pub pack: String,
    /// The clauses.
    pub citations: Vec<Citation>,
}

/// A clause; without an article number unless a person has verified it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Citation {
    /// Law or standard.
    pub title: String,
    /// Article; null unless verified.
    pub article: Option<String>,
    /// The words.
    pub quote: Option<String>,
    /// Whether a person has compared it with the official text.
    pub verified: bool,
    /// As notices print it.
    pub text: String,
}

/// What a person said of a violation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Review {
    /// Confirmed or dismissed.
    #[schema(value_type = word::Verdict)]
    pub verdict: &'static str,
    /// Why it was dismissed.
    #[schema(value_type = Option<word::DismissReason>)]
    pub reason: Option<DismissReason>,
    /// The office that said it.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
}

/// Why a violation is dismissed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dismissal {
    /// One of six reasons.
    #[schema(value_type = word::DismissReason)]
    pub reason: DismissReason,
}

impl From<mingchu_store::Violation> for Violation {
    fn from(stored: mingchu_store::Violation) -> Self {
        let id = stored.id;
        let base = base_url(id);
        let frames = stored.frames.into_iter().enumerate().map(|(index, frame)| DecisionFrame {
            at: frame.at,
            url: format!("{base}/frames/{}.jpg", index + 1),
            subject: frame.subject.into(),
            head: frame.head.map(Box::from),
            confidence: frame.confidence,
        });
        Self {
            id,
            code: stored.code,
            severity: stored.severity,
            state: stored.state,
            canteen: stored.canteen.into(),
            camera: stored.camera.into(),
            zone: stored.zone,
            started_at: stored.started_at,
            ended_at: stored.ended_at,
            figures: stored.figures.into(),
            frames: frames.collect(),
            snapshot_url: format!("{base}/snapshot.jpg"),
            evidence: Evidence::new(stored.evidence, &base),
            rule: RuleBasis {
                pack: stored.rule_pack,
                citations: stored.clauses.into_iter().map(Citation::from).collect(),
            },
            model: stored.model,
            clock_offset_us: stored.clock_offset_us,
            review: stored.review.map(Review::from),
            notice_id: stored.notice_id,
            merged: stored.merged,
            canteen_history_30d: stored.history_30d,
        }
    }
}

/// Returns the address below which a violation's pictures lie.
pub(super) fn base_url(id: ViolationId) -> String {
    format!("/api/v1/violations/{id}")
}

impl From<mingchu_store::Review> for Review {
    fn from(review: mingchu_store::Review) -> Self {
        let verdict = if review.reason.is_some() { "dismiss" } else { "confirm" };
        Self { verdict, reason: review.reason, by: review.by, at: review.at }
    }
}

impl From<mingchu_store::CanteenName> for CanteenName {
    fn from(name: mingchu_store::CanteenName) -> Self {
        Self { id: name.id, name: name.name, name_en: name.name_en }
    }
}

impl From<mingchu_store::CameraName> for CameraName {
    fn from(name: mingchu_store::CameraName) -> Self {
        Self { id: name.id, name: name.name, name_en: name.name_en, is_synthetic: name.is_synthetic }
    }
}

impl From<mingchu_domain::violation::Figures> for Figures {
    fn from(figures: mingchu_domain::violation::Figures) -> Self {
        let mingchu_domain::violation::Figures { votes, of, window_s, confidence, head_px, measure } = figures;
        let measure = measure.map(|measure| Measure { value: measure.value, limit: measure.limit });
        Self { votes, of, window_s, confidence, head_px, measure }
    }
}

impl Evidence {
    fn new(stored: mingchu_store::Evidence, base: &str) -> Self {
        let clip = stored.clip.as_ref();
        Self {
            state: stored.state,
            clip_url: clip.map(|_| format!("{base}/clip.mp4")),
            clip_start: clip.map(|clip| clip.range.start()),
            clip_end: clip.map(|clip| clip.range.end()),
            sha256: clip.map(|clip| clip.sha256.clone()),
            size_bytes: clip.map(|clip| clip.size_bytes),
            reason: stored.reason,
        }
    }
}

impl From<mingchu_domain::rule::Clause> for Citation {
    fn from(clause: mingchu_domain::rule::Clause) -> Self {
        let text = clause.citation();
        let mingchu_domain::rule::Clause { title, article, quote, verified } = clause;
        Self { title, article: article.filter(|_| verified), quote, verified, text }
    }
}
