//! Rules that are muted at a camera for a while, and how often people dismiss what a rule finds.

use crate::{
    audit::entry,
    cell::{Cells, Record},
    db::args,
    error::StoreError,
    open::Store,
    people::Reviewer,
    scope::{scoped, within},
};
use mingchu_domain::{
    id::CameraId,
    role::Scope,
    rule::RuleCode,
    time::{TimeRange, WallTime},
};
use serde_json::json;

/// A rule that opens no violations at a camera until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// The camera.
    pub camera_id: CameraId,
    /// The rule.
    pub code: RuleCode,
    /// Until when.
    pub until: WallTime,
    /// Why.
    pub reason: String,
    /// The office that muted it; empty where it does not matter.
    pub by: String,
}

impl Record for Mute {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            camera_id: row.cell("camera_id")?,
            code: row.cell("code")?,
            until: row.cell("until_at")?,
            reason: row.cell("reason")?,
            by: row.cell("office")?,
        })
    }
}

/// What people said of the violations of one rule at one camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precision {
    /// The camera.
    pub camera_id: CameraId,
    /// The rule.
    pub code: RuleCode,
    /// Confirmed.
    pub confirmed: u32,
    /// Dismissed.
    pub dismissed: u32,
    /// Nobody has looked yet.
    pub to_review: u32,
}

impl Record for Precision {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            camera_id: row.cell("camera_id")?,
            code: row.cell("code")?,
            confirmed: row.cell("confirmed")?,
            dismissed: row.cell("dismissed")?,
            to_review: row.cell("to_review")?,
        })
    }
}

impl Store {
    /// Mutes a rule at a camera, or changes until when.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn mute(&self, scope: &Scope, mute: &Mute, by: &Reviewer, at: WallTime) -> Result<(), StoreError> {
        const SQL: &str = "insert into mute (camera_id, code, until_at, reason, person_id, office, muted_at) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (camera_id, code) do update set \
             until_at = excluded.until_at, reason = excluded.reason, person_id = excluded.person_id, \
             office = excluded.office, muted_at = excluded.muted_at";
        self.camera(scope, mute.camera_id).await?;
        let Mute { camera_id, code, until, reason, .. } = mute;
        let mut tx = self.db.begin().await?;
        tx.run(SQL, args![*camera_id, code.as_str(), *until, reason, by.person_id, &by.office, at]).await?;
        let detail = json!({ "office": by.office, "code": code, "until": until, "reason": reason });
        tx.audit(&entry(&by.actor(), "rule.mute", &format!("camera:{camera_id}"), &detail, at)).await?;
        tx.commit().await
    }

    /// Ends a mute before its time.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn unmute(
        &self,
        scope: &Scope,
        camera: CameraId,
        code: RuleCode,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        self.camera(scope, camera).await?;
        let mut tx = self.db.begin().await?;
        let gone = tx.run("delete from mute where camera_id = $1 and code = $2", args![camera, code.as_str()]).await?;
        if gone == 0 {
            return Err(StoreError::NotFound { what: "mute" });
        }
        let detail = json!({ "office": by.office, "code": code });
        tx.audit(&entry(&by.actor(), "rule.unmute", &format!("camera:{camera}"), &detail, at)).await?;
        tx.commit().await
    }

    /// Returns the mutes of the scope that last beyond `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mutes(&self, scope: &Scope, now: WallTime) -> Result<Vec<Mute>, StoreError> {
        const SQL: &str = concat!(
            "select mute.* from mute join camera using (camera_id) join canteen using (canteen_id) \
             where removed_at is null and until_at > $3 and ",
            within!("canteen.path"),
            " order by camera_id, mute.code",
        );
        self.db.all(SQL, scoped(scope, args![now])).await
    }

    /// Returns what people said of the violations that began in the range, by camera and rule.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn precision(&self, scope: &Scope, range: TimeRange) -> Result<Vec<Precision>, StoreError> {
        const SQL: &str = concat!(
            "select v.camera_id, v.code, \
             count(case when r.verdict = 'confirmed' then 1 end) as confirmed, \
             count(case when r.verdict = 'dismissed' then 1 end) as dismissed, \
             count(case when r.verdict is null then 1 end) as to_review \
             from violation v join canteen using (canteen_id) left join review r on r.violation_id = v.violation_id \
             where v.started_at >= $3 and v.started_at < $4 and ",
            within!("canteen.path"),
            " group by v.camera_id, v.code order by v.camera_id, v.code",
        );
        self.db.all(SQL, scoped(scope, args![range.start(), range.end()])).await
    }
}
