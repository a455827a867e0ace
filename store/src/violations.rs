//! What the analyzer found.

use crate::{
    cell::{Cells, Json, Millis, Number, Record},
    db::{Tx, args},
    error::StoreError,
    evidence::Evidence,
    jobs::JobKind,
    open::Store,
    page::{Cursor, Page, PageKey},
    review::Review,
    scope::{scoped, within},
};
use mingchu_domain::{
    id::{CameraId, CanteenId, NoticeId, ViolationId},
    place::ZoneKind,
    role::Scope,
    rule::{Clause, RuleCode, Severity},
    time::WallTime,
    violation::{DecisionFrame, Figures, ViolationState},
};
use std::time::Duration;

/// The clip needs what comes after the violation: seconds of footage, and its GOP's end.
const CLIP_AFTER: Duration = Duration::from_secs(6);

/// A violation to add.
#[derive(Debug, Clone, PartialEq)]
pub struct NewViolation {
    /// Its id.
    pub id: ViolationId,
    /// The camera that saw it.
    pub camera_id: CameraId,
    /// The canteen.
    pub canteen_id: CanteenId,
    /// Where.
    pub zone: ZoneKind,
    /// Which rule.
    pub code: RuleCode,
    /// How grave.
    pub severity: Severity,
    /// Label of the rule pack in force, as `cn-default-2026 v1`.
    pub rule_pack: String,
    /// What the rule rests on.
    pub clauses: Vec<Clause>,
    /// What the notice demands, Chinese.
    pub demand: String,
    /// What the notice demands, English.
    pub demand_en: String,
    /// Time to put right after confirmation.
    pub rectify_within: Duration,
    /// Names and versions of the models.
    pub model: String,
    /// Number of the analyzer's track.
    pub track: i64,
    /// First judgement.
    pub started_at: WallTime,
    /// Last judgement.
    pub ended_at: WallTime,
    /// The figures behind it.
    pub figures: Figures,
    /// The pictures behind it.
    pub frames: Vec<DecisionFrame>,
    /// Object with the snapshot.
    pub snapshot_key: String,
    /// The camera's clock minus ours, in microseconds.
    pub clock_offset_us: Option<i64>,
}

/// A canteen's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanteenName {
    /// Its id.
    pub id: CanteenId,
    /// Chinese.
    pub name: String,
    /// English.
    pub name_en: String,
}

/// A camera's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraName {
    /// Its id.
    pub id: CameraId,
    /// Chinese.
    pub name: String,
    /// English.
    pub name_en: String,
    /// Whether its footage is rendered.
    pub is_synthetic: bool,
}

/// A violation with what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Its id.
    pub id: ViolationId,
    /// The canteen.
    pub canteen: CanteenName,
    /// The camera that saw it.
    pub camera: CameraName,
    /// Where.
    pub zone: ZoneKind,
    /// Which rule.
    pub code: RuleCode,
    /// How grave.
    pub severity: Severity,
    /// Label of the rule pack in force then.
    pub rule_pack: String,
    /// What the rule rests on.
    pub clauses: Vec<Clause>,
    /// What the notice demands, Chinese.
    pub demand: String,
    /// What the notice demands, English.
    pub demand_en: String,
    /// Time to put right after confirmation.
    pub rectify_within: Duration,
    /// Names and versions of the models.
    pub model: String,
    /// Number of the analyzer's track.
    pub track: i64,
    /// First judgement.
    pub started_at: WallTime,
    /// Last judgement, merged ones included.
    pub ended_at: WallTime,
    /// Further findings within the cool-down.
    pub merged: u32,
    /// The figures behind it.
    pub figures: Figures,
    /// The pictures behind it.
    pub frames: Vec<DecisionFrame>,
    /// Object with the snapshot.
    pub snapshot_key: String,
    /// The camera's clock minus ours, in microseconds.
    pub clock_offset_us: Option<i64>,
    /// Where the clip stands.
    pub evidence: Evidence,
    /// Whether a person has looked.
    pub state: ViolationState,
    /// What the person said.
    pub review: Option<Review>,
    /// The notice, once issued.
    pub notice_id: Option<NoticeId>,
    /// Earlier violations of the same rule in the canteen in the 30 days before, without dismissed ones.
    pub history_30d: u32,
}

/// Which violations are wanted; `None` means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViolationFilter {
    /// In that state.
    pub state: Option<ViolationState>,
    /// Of that rule.
    pub code: Option<RuleCode>,
    /// Of that canteen.
    pub canteen_id: Option<CanteenId>,
    /// Begun at or after that time.
    pub since: Option<WallTime>,
}

/// The newest violation of a camera and rule, for the cool-down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentViolation {
    /// Its id.
    pub id: ViolationId,
    /// Last judgement, merged ones included.
    pub ended_at: WallTime,
    /// Further findings within the cool-down.
    pub merged: u32,
}

impl Record for Violation {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let review = Review::read_joined(row)?;
        Ok(Self {
            id: row.cell("violation_id")?,
            canteen: CanteenName {
                id: row.cell("canteen_id")?,
                name: row.cell("canteen_name")?,
                name_en: row.cell("canteen_name_en")?,
            },
            camera: CameraName {
                id: row.cell("camera_id")?,
                name: row.cell("camera_name")?,
                name_en: row.cell("camera_name_en")?,
                is_synthetic: row.cell("is_synthetic")?,
            },
            zone: row.cell("zone")?,
            code: row.cell("code")?,
            severity: row.cell("severity")?,
            rule_pack: row.cell("rule_pack")?,
            clauses: row.cell::<Json<_>>("clauses")?.0,
            demand: row.cell("demand")?,
            demand_en: row.cell("demand_en")?,
            rectify_within: row.cell::<Millis>("rectify_ms")?.0,
            model: row.cell("model")?,
            track: row.cell("track")?,
            started_at: row.cell("started_at")?,
            ended_at: row.cell("ended_at")?,
            merged: row.cell("merged")?,
            figures: row.cell::<Json<_>>("figures")?.0,
            frames: row.cell::<Json<_>>("frames")?.0,
            snapshot_key: row.cell("snapshot_key")?,
            clock_offset_us: row.maybe("clock_offset_us")?,
            evidence: Evidence::read(row)?,
            state: review.as_ref().map_or(ViolationState::ToReview, Review::state),
            review,
            notice_id: row.maybe("notice_id")?,
            history_30d: row.cell("history_30d")?,
        })
    }
}

impl Record for RecentViolation {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self { id: row.cell("violation_id")?, ended_at: row.cell("ended_at")?, merged: row.cell("merged")? })
    }
}

/// Everything [`Violation`] reads; 2,592,000,000,000 µs are 30 days.
macro_rules! select_violation {
    () => {
        "select v.*, canteen.name as canteen_name, canteen.name_en as canteen_name_en, \
         camera.name as camera_name, camera.name_en as camera_name_en, camera.is_synthetic, \
         e.state as evidence_state, e.reason as evidence_reason, e.clip_id, e.started_at as clip_start, \
         e.ended_at as clip_end, e.object_key, e.size_bytes, e.sha256, e.frames as clip_frames, \
         r.verdict, r.reason as review_reason, r.person_id as review_person_id, r.office as review_office, \
         r.reviewed_at, n.notice_id, \
         (select count(*) from violation h left join review hr on hr.violation_id = h.violation_id \
            where h.canteen_id = v.canteen_id and h.code = v.code and h.started_at < v.started_at \
            and h.started_at >= v.started_at - 2592000000000 \
            and coalesce(hr.verdict, '') <> 'dismissed') as history_30d \
         from violation v join canteen on canteen.canteen_id = v.canteen_id \
         join camera on camera.camera_id = v.camera_id \
         left join evidence e on e.violation_id = v.violation_id \
         left join review r on r.violation_id = v.violation_id \
         left join notice n on n.violation_id = v.violation_id where "
    };
}

const ONE_VIOLATION: &str = concat!(select_violation!(), "v.violation_id = $3 and ", within!("canteen.path"));

impl Tx {
    /// Returns a violation within the scope.
    pub(crate) async fn violation(&mut self, scope: &Scope, id: ViolationId) -> Result<Violation, StoreError> {
        self.one("violation", ONE_VIOLATION, scoped(scope, args![id])).await
    }
}

impl Store {
    /// Adds a violation, and with it the job that cuts its clip.
    ///
    /// # Errors
    /// `Conflict` when camera or canteen does not exist.
    pub async fn insert_violation(&self, violation: &NewViolation) -> Result<(), StoreError> {
        const SQL: &str = "insert into violation (violation_id, camera_id, canteen_id, zone, code, severity, rule_pack, \
             clauses, demand, demand_en, rectify_ms, model, track, started_at, ended_at, merged, figures, frames, \
             snapshot_key, clock_offset_us) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, $16, $17, $18, $19)";
        let v = violation;
        let args = args![
            v.id,
            v.camera_id,
            v.canteen_id,
            v.zone.as_str(),
            v.code.as_str(),
            v.severity.as_str(),
            &v.rule_pack,
            serde_json::to_string(&v.clauses)?,
            &v.demand,
            &v.demand_en,
            v.rectify_within,
            &v.model,
            v.track,
            v.started_at,
            v.ended_at,
            serde_json::to_string(&v.figures)?,
            serde_json::to_string(&v.frames)?,
            &v.snapshot_key,
            v.clock_offset_us,
        ];
        let payload = serde_json::json!({ "violation_id": v.id });
        let mut tx = self.db.begin().await?;
        tx.run(SQL, args).await?;
        tx.enqueue(JobKind::EvidenceClip, &payload, v.ended_at + CLIP_AFTER).await?;
        tx.commit().await
    }

    /// Notes that a violation went on; `merged` counts the further findings in all.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn extend_violation(&self, id: ViolationId, ended_at: WallTime, merged: u32) -> Result<(), StoreError> {
        const SQL: &str = "update violation set merged = $3, \
             ended_at = case when ended_at < $2 then $2 else ended_at end where violation_id = $1";
        match self.db.run(SQL, args![id, ended_at, merged]).await? {
            0 => Err(StoreError::NotFound { what: "violation" }),
            _ => Ok(()),
        }
    }

    /// Returns the camera's newest violation of the rule that went on until `since` or later.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent_violation(
        &self,
        camera: CameraId,
        code: RuleCode,
        since: WallTime,
    ) -> Result<Option<RecentViolation>, StoreError> {
        const SQL: &str = "select violation_id, ended_at, merged from violation \
             where camera_id = $1 and code = $2 and ended_at >= $3 order by ended_at desc limit 1";
        self.db.maybe(SQL, args![camera, code.as_str(), since]).await
    }

    /// Returns a page of the violations of the scope, newest first.
    ///
    /// # Errors
    /// `BadCursor`.
    pub async fn violations(
        &self,
        scope: &Scope,
        filter: &ViolationFilter,
        key: &PageKey,
    ) -> Result<Page<Violation>, StoreError> {
        const SQL: &str = concat!(
            select_violation!(),
            "($3 is null or coalesce(r.verdict, 'to_review') = $3) and ($4 is null or v.code = $4) \
             and ($5 is null or v.canteen_id = $5) and v.started_at >= $6 \
             and (v.started_at, v.violation_id) < ($7, $8) and ",
            within!("canteen.path"),
            " order by v.started_at desc, v.violation_id desc limit $9",
        );
        let cursor = key.cursor()?;
        let args = args![
            filter.state.map(|state| state.as_str()),
            filter.code.map(|code| code.as_str()),
            filter.canteen_id,
            filter.since.unwrap_or(WallTime::from_micros(i64::MIN)),
            cursor.at,
            cursor.id,
            key.rows(),
        ];
        let rows = self.db.all(SQL, scoped(scope, args)).await?;
        Ok(key.page(rows, |row: &Violation| Cursor { at: row.started_at, id: row.id.uuid() }))
    }

    /// Returns a violation.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn violation(&self, scope: &Scope, id: ViolationId) -> Result<Violation, StoreError> {
        self.db.one("violation", ONE_VIOLATION, scoped(scope, args![id])).await
    }

    /// Returns how many violations of the rule the canteen has had since then, without dismissed ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn violation_history(
        &self,
        canteen: CanteenId,
        code: RuleCode,
        since: WallTime,
    ) -> Result<u32, StoreError> {
        const SQL: &str = "select count(*) as n from violation v left join review r on r.violation_id = v.violation_id \
             where v.canteen_id = $1 and v.code = $2 and v.started_at >= $3 \
             and coalesce(r.verdict, '') <> 'dismissed'";
        let count = self.db.one::<Number>("count", SQL, args![canteen, code.as_str(), since]).await?.0;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}
