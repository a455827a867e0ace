//! How much of the time each camera was observed and judged.

use crate::{
    cell::{Cells, Record},
    db::args,
    error::StoreError,
    open::Store,
    scope::{scoped, within},
};
use mingchu_domain::{
    id::CameraId,
    role::Scope,
    time::{TimeRange, WallTime},
};

/// What was observed and judged of a camera, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraCoverage {
    /// The camera.
    pub camera_id: CameraId,
    /// Pictures arrived.
    pub observed_ms: u64,
    /// The rules were judged.
    pub judged_ms: u64,
    /// Somebody was there but could not be judged.
    pub cannot_judge_ms: u64,
}

impl Record for CameraCoverage {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            camera_id: row.cell("camera_id")?,
            observed_ms: row.cell("observed_ms")?,
            judged_ms: row.cell("judged_ms")?,
            cannot_judge_ms: row.cell("cannot_judge_ms")?,
        })
    }
}

impl Store {
    /// Adds to what was observed in the hour that begins at `hour`.
    ///
    /// # Errors
    /// `Conflict` when there is no such camera.
    pub async fn add_coverage(&self, hour: WallTime, more: &CameraCoverage) -> Result<(), StoreError> {
        const SQL: &str = "insert into coverage (camera_id, hour, observed_ms, judged_ms, cannot_judge_ms) \
             values ($1, $2, $3, $4, $5) on conflict (camera_id, hour) do update set \
             observed_ms = coverage.observed_ms + excluded.observed_ms, \
             judged_ms = coverage.judged_ms + excluded.judged_ms, \
             cannot_judge_ms = coverage.cannot_judge_ms + excluded.cannot_judge_ms";
        let args = args![more.camera_id, hour, more.observed_ms, more.judged_ms, more.cannot_judge_ms];
        self.db.run(SQL, args).await.map(|_| ())
    }

    /// Returns the sum of the hours that begin in the range, for each camera of the scope that has any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn coverage(&self, scope: &Scope, range: TimeRange) -> Result<Vec<CameraCoverage>, StoreError> {
        // the casts: PostgreSQL sums bigint to numeric
        const SQL: &str = concat!(
            "select camera_id, cast(sum(observed_ms) as bigint) as observed_ms, \
             cast(sum(judged_ms) as bigint) as judged_ms, cast(sum(cannot_judge_ms) as bigint) as cannot_judge_ms \
             from coverage join camera using (camera_id) join canteen using (canteen_id) \
             where hour >= $3 and hour < $4 and ",
            within!("canteen.path"),
            " group by camera_id order by camera_id",
        );
        self.db.all(SQL, scoped(scope, args![range.start(), range.end()])).await
    }
}
