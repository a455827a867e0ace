//! Notices as people read them.

use crate::{
    cell::{Cells, Json, Millis, Record, Text},
    db::{Tx, args},
    error::StoreError,
    open::Store,
    page::{Cursor, Page, PageKey},
    scope::{scoped, within},
    violations::{CameraName, CanteenName, Violation},
};
use mingchu_domain::{
    id::{CanteenId, NoticeId, PersonId, RectificationId, ViolationId},
    notice::{NoticeState, Standing},
    place::ZoneKind,
    role::Scope,
    rule::{RuleCode, Severity},
    time::WallTime,
};
use std::time::Duration;

/// What a notice tells of its violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViolationSummary {
    /// Its id.
    pub id: ViolationId,
    /// Which rule.
    pub code: RuleCode,
    /// Where.
    pub zone: ZoneKind,
    /// The camera that saw it.
    pub camera: CameraName,
    /// First judgement.
    pub started_at: WallTime,
    /// Object with the snapshot.
    pub snapshot_key: String,
    /// How grave.
    pub severity: Severity,
}

/// A notice (告知书), or a prompt (预警提示) until a person has confirmed the violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// 文号; `None` for a prompt.
    pub number: Option<String>,
    /// Whether a person has confirmed the violation.
    pub is_formal: bool,
    /// Where it stands.
    pub state: NoticeState,
    /// Who has to answer.
    pub canteen: CanteenName,
    /// What it is about.
    pub violation: ViolationSummary,
    /// When the canteen got it.
    pub sent_at: WallTime,
    /// When it must be put right; `None` for a prompt.
    pub deadline_at: Option<WallTime>,
    /// When the canteen read it.
    pub acknowledged_at: Option<WallTime>,
    /// When the canteen last said it is put right.
    pub rectified_at: Option<WallTime>,
    /// When the regulator closed it.
    pub closed_at: Option<WallTime>,
    /// When it was taken back.
    pub withdrawn_at: Option<WallTime>,
    /// What it demands, Chinese.
    pub demand: String,
    /// What it demands, English.
    pub demand_en: String,
    pub(crate) rectify_within: Duration,
    pub(crate) answered_at: Option<WallTime>,
    pub(crate) resume_state: Option<NoticeState>,
    /// The number also while the notice is a prompt again.
    pub(crate) kept_number: Option<String>,
}

impl Notice {
    /// Whether the canteen owes an answer and its time is over.
    #[must_use]
    pub fn is_overdue(&self, now: WallTime) -> bool {
        self.state.is_open() && self.deadline_at.is_some_and(|deadline| deadline < now)
    }

    pub(crate) const fn standing(&self) -> Standing {
        if self.is_formal { Standing::Formal } else { Standing::Prompt }
    }
}

/// Which notices are wanted; `None` means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    /// In that state.
    pub state: Option<NoticeState>,
    /// Only those that the canteen must answer.
    pub open: bool,
    /// Only those past their deadline.
    pub overdue: bool,
    /// Of that canteen.
    pub canteen_id: Option<CanteenId>,
}

/// A stored photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// The object.
    pub object_key: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
}

/// What somebody says with an act on a notice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The words.
    pub text: String,
    /// The photo of a rectification.
    pub photo: Option<Photo>,
}

/// A rectification (整改) as the canteen sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rectification {
    /// Its id.
    pub id: RectificationId,
    /// What the canteen did.
    pub text: String,
    /// The photo.
    pub photo: Option<Photo>,
    /// When it came.
    pub at: WallTime,
    /// Who sent it.
    pub person_id: PersonId,
    /// The sender's office, then.
    pub by: String,
}

/// An appeal (申辩) as the canteen sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appeal {
    /// The words.
    pub text: String,
    /// When it came.
    pub at: WallTime,
    /// The sender's office, then.
    pub by: String,
}

/// A step in the life of a notice, from the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// When.
    pub at: WallTime,
    /// The office that acted, or `system`.
    pub actor: String,
    /// What, as `notice.rectify`.
    pub action: String,
    /// More, as JSON.
    pub detail: serde_json::Value,
}

/// A notice with everything about it.
#[derive(Debug, Clone, PartialEq)]
pub struct NoticeDetail {
    /// The notice.
    pub notice: Notice,
    /// What it is about.
    pub violation: Violation,
    /// What the canteen did, oldest first.
    pub rectifications: Vec<Rectification>,
    /// What the canteen objected, oldest first.
    pub appeals: Vec<Appeal>,
    /// What happened, oldest first.
    pub history: Vec<HistoryEntry>,
}

impl Record for Notice {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let is_formal = row.cell("is_formal")?;
        let kept_number: Option<String> = row.maybe("number")?;
        Ok(Self {
            id: row.cell("notice_id")?,
            number: kept_number.clone().filter(|_| is_formal),
            is_formal,
            state: row.cell("state")?,
            canteen: CanteenName {
                id: row.cell("canteen_id")?,
                name: row.cell("canteen_name")?,
                name_en: row.cell("canteen_name_en")?,
            },
            violation: ViolationSummary {
                id: row.cell("violation_id")?,
                code: row.cell("code")?,
                zone: row.cell("zone")?,
                camera: CameraName {
                    id: row.cell("camera_id")?,
                    name: row.cell("camera_name")?,
                    name_en: row.cell("camera_name_en")?,
                    is_synthetic: row.cell("is_synthetic")?,
                },
                started_at: row.cell("started_at")?,
                snapshot_key: row.cell("snapshot_key")?,
                severity: row.cell("severity")?,
            },
            sent_at: row.cell("sent_at")?,
            deadline_at: row.maybe("deadline_at")?,
            acknowledged_at: row.maybe("acknowledged_at")?,
            rectified_at: row.maybe("rectified_at")?,
            closed_at: row.maybe("closed_at")?,
            withdrawn_at: row.maybe("withdrawn_at")?,
            demand: row.cell("demand")?,
            demand_en: row.cell("demand_en")?,
            rectify_within: row.cell::<Millis>("rectify_ms")?.0,
            answered_at: row.maybe("answered_at")?,
            resume_state: row.maybe("resume_state")?,
            kept_number,
        })
    }
}

impl Record for Rectification {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let photo = row.maybe("photo_key")?.zip(row.maybe("photo_sha256")?);
        Ok(Self {
            id: row.cell("rectification_id")?,
            text: row.cell("body")?,
            photo: photo.map(|(object_key, sha256)| Photo { object_key, sha256 }),
            at: row.cell("sent_at")?,
            person_id: row.cell("person_id")?,
            by: row.cell("office")?,
        })
    }
}

impl Record for Appeal {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self { text: row.cell("body")?, at: row.cell("sent_at")?, by: row.cell("office")? })
    }
}

impl Record for HistoryEntry {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let detail: Json<serde_json::Value> = row.cell("detail")?;
        let office = detail.0.get("office").and_then(serde_json::Value::as_str).map(str::to_owned);
        let actor = match office {
            Some(office) => office,
            None => row.cell("actor")?,
        };
        Ok(Self { at: row.cell("at")?, actor, action: row.cell("action")?, detail: detail.0 })
    }
}

macro_rules! select_notice {
    () => {
        "select n.*, canteen.name as canteen_name, canteen.name_en as canteen_name_en, v.code, v.zone, v.severity, \
         v.started_at, v.snapshot_key, v.demand, v.demand_en, v.rectify_ms, v.camera_id, \
         camera.name as camera_name, camera.name_en as camera_name_en, camera.is_synthetic \
         from notice n join violation v on v.violation_id = n.violation_id \
         join canteen on canteen.canteen_id = n.canteen_id join camera on camera.camera_id = v.camera_id where "
    };
}

const ONE_NOTICE: &str = concat!(select_notice!(), "n.notice_id = $3 and ", within!("canteen.path"));

impl Tx {
    /// Returns a notice within the scope.
    pub(crate) async fn notice(&mut self, scope: &Scope, id: NoticeId) -> Result<Notice, StoreError> {
        self.one("notice", ONE_NOTICE, scoped(scope, args![id])).await
    }

    /// Writes all of a notice that changes in its life.
    pub(crate) async fn save_notice(&mut self, notice: &Notice) -> Result<(), StoreError> {
        const SQL: &str = "update notice set is_formal = $2, number = $3, state = $4, resume_state = $5, \
             deadline_at = $6, acknowledged_at = $7, rectified_at = $8, answered_at = $9, closed_at = $10, \
             withdrawn_at = $11 where notice_id = $1";
        let args = args![
            notice.id,
            notice.is_formal,
            notice.kept_number.clone(),
            notice.state.as_str(),
            notice.resume_state.map(|state| state.as_str()),
            notice.deadline_at,
            notice.acknowledged_at,
            notice.rectified_at,
            notice.answered_at,
            notice.closed_at,
            notice.withdrawn_at,
        ];
        self.run(SQL, args).await.map(|_| ())
    }

    /// Returns the mark of the county that issues a canteen's notices: the first character of its name.
    pub(crate) async fn issuer_mark(&mut self, canteen: CanteenId) -> Result<String, StoreError> {
        const SQL: &str = "select area.name as t from area join canteen on canteen.path like area.path || '%' \
             where canteen.canteen_id = $1 order by case when area.level = 'county' then 0 else 1 end, area.path limit 1";
        let name = self.one::<Text>("area", SQL, args![canteen]).await?.0;
        Ok(name.chars().take(1).collect())
    }
}

impl Store {
    /// Returns a page of the notices of the scope, newest first.
    ///
    /// # Errors
    /// `BadCursor`.
    pub async fn notices(
        &self,
        scope: &Scope,
        filter: &NoticeFilter,
        key: &PageKey,
        now: WallTime,
    ) -> Result<Page<Notice>, StoreError> {
        const SQL: &str = concat!(
            select_notice!(),
            "($3 is null or n.state = $3) and ($4 is null or n.canteen_id = $4) \
             and (not $5 or n.state in ('sent', 'acknowledged')) \
             and (not $6 or (n.state in ('sent', 'acknowledged') and n.deadline_at < $7)) \
             and (n.sent_at, n.notice_id) < ($8, $9) and ",
            within!("canteen.path"),
            " order by n.sent_at desc, n.notice_id desc limit $10",
        );
        let cursor = key.cursor()?;
        let args = args![
            filter.state.map(|state| state.as_str()),
            filter.canteen_id,
            filter.open,
            filter.overdue,
            now,
            cursor.at,
            cursor.id,
            key.rows(),
        ];
        let rows = self.db.all(SQL, scoped(scope, args)).await?;
        Ok(key.page(rows, |row: &Notice| Cursor { at: row.sent_at, id: row.id.uuid() }))
    }

    /// Returns a notice with everything about it.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn notice(&self, scope: &Scope, id: NoticeId) -> Result<NoticeDetail, StoreError> {
        const RECTIFICATIONS: &str =
            "select * from rectification where notice_id = $1 order by sent_at, rectification_id";
        const APPEALS: &str = "select * from appeal where notice_id = $1 order by sent_at, appeal_id";
        const HISTORY: &str = "select * from audit where subject in ($1, $2) order by seq";
        let notice: Notice = self.db.one("notice", ONE_NOTICE, scoped(scope, args![id])).await?;
        let violation = self.violation(scope, notice.violation.id).await?;
        let subjects = args![format!("notice:{id}"), format!("violation:{}", violation.id)];
        Ok(NoticeDetail {
            rectifications: self.db.all(RECTIFICATIONS, args![id]).await?,
            appeals: self.db.all(APPEALS, args![id]).await?,
            history: self.db.all(HISTORY, subjects).await?,
            notice,
            violation,
        })
    }

    /// Returns a rectification.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn rectification(&self, scope: &Scope, id: RectificationId) -> Result<Rectification, StoreError> {
        const SQL: &str = concat!(
            "select r.* from rectification r join notice n on n.notice_id = r.notice_id \
             join canteen on canteen.canteen_id = n.canteen_id where r.rectification_id = $3 and ",
            within!("canteen.path"),
        );
        self.db.one("rectification", SQL, scoped(scope, args![id])).await
    }
}
