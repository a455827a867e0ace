//! How often each rule was judged, and whose judgements somebody is looking at.

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
    rule::{RuleCode, WhyNot},
    time::{TimeRange, WallTime},
    violation::Observation,
};

/// How often a camera's pictures were judged by a rule, with which outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// The camera.
    pub camera_id: CameraId,
    /// By which rule.
    pub code: RuleCode,
    /// The outcome.
    pub state: Observation,
    /// Why it could not be judged.
    pub why_not: Option<WhyNot>,
    /// How often.
    pub judged: u64,
}

impl Record for Tally {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let reason: String = row.cell("reason")?;
        Ok(Self {
            camera_id: row.cell("camera_id")?,
            code: row.cell("code")?,
            state: row.cell("state")?,
            why_not: WhyNot::parse(&reason),
            judged: row.cell("judged")?,
        })
    }
}

struct Wanted(CameraId);

impl Record for Wanted {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(row.cell("camera_id")?))
    }
}

impl Store {
    /// Adds to the judgements of the hour that begins at `hour`.
    ///
    /// # Errors
    /// `Conflict` when there is no such camera.
    pub async fn add_tallies(&self, hour: WallTime, tallies: &[Tally]) -> Result<(), StoreError> {
        const SQL: &str = "insert into judgement (camera_id, hour, code, state, reason, judged) \
             values ($1, $2, $3, $4, $5, $6) on conflict (camera_id, hour, code, state, reason) \
             do update set judged = judgement.judged + excluded.judged";
        let mut tx = self.db.begin().await?;
        for tally in tallies {
            let reason = tally.why_not.map_or("", WhyNot::as_str);
            let Tally { camera_id, code, state, judged, .. } = tally;
            tx.run(SQL, args![*camera_id, hour, code.as_str(), state.as_str(), reason, *judged]).await?;
        }
        tx.commit().await
    }

    /// Returns the judgements of the hours that begin in the range, for each camera of the scope that has any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tallies(&self, scope: &Scope, range: TimeRange) -> Result<Vec<Tally>, StoreError> {
        // the cast: PostgreSQL sums bigint to numeric
        const SQL: &str = concat!(
            "select camera_id, judgement.code, state, reason, cast(sum(judged) as bigint) as judged \
             from judgement join camera using (camera_id) join canteen using (canteen_id) \
             where hour >= $3 and hour < $4 and ",
            within!("canteen.path"),
            " group by camera_id, judgement.code, state, reason order by camera_id, judgement.code, state, reason",
        );
        self.db.all(SQL, scoped(scope, args![range.start(), range.end()])).await
    }

    /// Asks the analyzer to write down what it sees of a camera until then.
    ///
    /// # Errors
    /// `Conflict` when there is no such camera.
    pub async fn want_scene(&self, camera: CameraId, until: WallTime) -> Result<(), StoreError> {
        const SQL: &str = "insert into scene_wanted (camera_id, until_at) values ($1, $2) \
             on conflict (camera_id) do update set until_at = excluded.until_at";
        self.db.run(SQL, args![camera, until]).await.map(|_| ())
    }

    /// Returns the cameras whose judgements somebody is looking at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scenes_wanted(&self, now: WallTime) -> Result<Vec<CameraId>, StoreError> {
        const SQL: &str = "select camera_id from scene_wanted where until_at > $1";
        Ok(self.db.all::<Wanted>(SQL, args![now]).await?.into_iter().map(|Wanted(camera)| camera).collect())
    }

    /// Returns the object that holds what the analyzer saw last of a camera.
    #[must_use]
    pub fn scene_key(camera: CameraId) -> String {
        format!("scene/{camera}.json")
    }
}
