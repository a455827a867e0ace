//! What the public may know. Pictures pass the public gate in `web` besides.

use crate::{
    cameras::CameraDetail,
    cell::{Cells, Record},
    db::args,
    error::StoreError,
    open::Store,
};
use mingchu_domain::{
    id::CanteenId,
    role::Scope,
    rule::RuleCode,
    time::{TimeRange, WallTime},
};

/// A violation that a person has confirmed, as the public reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedViolation {
    /// When it was found.
    pub started_at: WallTime,
    /// Which rule.
    pub code: RuleCode,
    /// When the regulator closed its notice; `None` while it is not put right.
    pub closed_at: Option<WallTime>,
}

impl Record for PublishedViolation {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self { started_at: row.cell("started_at")?, code: row.cell("code")?, closed_at: row.maybe("closed_at")? })
    }
}

impl Store {
    /// Returns the canteen's cameras that a person has allowed to be public.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn public_cameras(&self, canteen: CanteenId) -> Result<Vec<CameraDetail>, StoreError> {
        self.select_cameras(&Scope::Canteen(canteen), None, None, true).await
    }

    /// Returns the canteen's confirmed violations that began in the range, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn published_violations(
        &self,
        canteen: CanteenId,
        range: TimeRange,
    ) -> Result<Vec<PublishedViolation>, StoreError> {
        const SQL: &str = "select v.started_at, v.code, n.closed_at from violation v \
             join review r on r.violation_id = v.violation_id and r.verdict = 'confirmed' \
             left join notice n on n.violation_id = v.violation_id \
             where v.canteen_id = $1 and v.started_at >= $2 and v.started_at < $3 \
             order by v.started_at desc, v.violation_id desc";
        self.db.all(SQL, args![canteen, range.start(), range.end()]).await
    }
}
