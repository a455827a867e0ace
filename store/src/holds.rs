//! Legal holds: footage that nothing deletes until a person releases it.

use crate::{
    audit::entry,
    cell::{Cells, Record},
    db::{Tx, args},
    error::{Refused, StoreError},
    open::Store,
    people::Reviewer,
    scope::{scoped, within},
};
use mingchu_domain::{
    id::{CameraId, CanteenId, HoldId},
    role::Scope,
    time::{TimeRange, WallTime},
};
use serde_json::json;
use std::collections::HashMap;

/// The condition that a hold in force covers the row of `segment` of the row of `camera`.
macro_rules! held {
    () => {
        "exists (select 1 from hold where hold.canteen_id = camera.canteen_id and hold.released_at is null \
          and hold.started_at < segment.ended_at and (hold.ended_at is null or hold.ended_at > segment.started_at) \
          and (hold.is_whole_canteen or exists (select 1 from hold_camera \
               where hold_camera.hold_id = hold.hold_id and hold_camera.camera_id = camera.camera_id)))"
    };
}
pub(crate) use held;

/// A hold to place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHold {
    /// Its id.
    pub id: HoldId,
    /// The canteen.
    pub canteen_id: CanteenId,
    /// Its cameras; empty: the whole canteen, with cameras that come later.
    pub cameras: Vec<CameraId>,
    /// First instant held.
    pub started_at: WallTime,
    /// First instant not held; `None`: all that comes.
    pub ended_at: Option<WallTime>,
    /// Why.
    pub reason: String,
}

/// A camera of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldCamera {
    /// The camera.
    pub id: CameraId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
}

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// The canteen.
    pub canteen_id: CanteenId,
    /// Chinese name of the canteen.
    pub canteen_name: String,
    /// English name of the canteen.
    pub canteen_name_en: String,
    /// Its cameras; empty: the whole canteen.
    pub cameras: Vec<HoldCamera>,
    /// First instant held.
    pub started_at: WallTime,
    /// First instant not held; `None`: all that comes.
    pub ended_at: Option<WallTime>,
    /// Why.
    pub reason: String,
    /// When it was placed.
    pub placed_at: WallTime,
    /// By which office, as it was then.
    pub placed_office: String,
    /// When it was released; `None`: in force.
    pub released_at: Option<WallTime>,
    /// By which office, as it was then.
    pub released_office: Option<String>,
    /// Why it was released.
    pub release_reason: Option<String>,
}

impl Record for Hold {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("hold_id")?,
            canteen_id: row.cell("canteen_id")?,
            canteen_name: row.cell("canteen_name")?,
            canteen_name_en: row.cell("canteen_name_en")?,
            cameras: Vec::new(),
            started_at: row.cell("started_at")?,
            ended_at: row.maybe("ended_at")?,
            reason: row.cell("reason")?,
            placed_at: row.cell("placed_at")?,
            placed_office: row.cell("placed_office")?,
            released_at: row.maybe("released_at")?,
            released_office: row.maybe("released_office")?,
            release_reason: row.maybe("release_reason")?,
        })
    }
}

struct CameraOf(HoldId, HoldCamera);

impl Record for CameraOf {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let camera = HoldCamera { id: row.cell("camera_id")?, name: row.cell("name")?, name_en: row.cell("name_en")? };
        Ok(Self(row.cell("hold_id")?, camera))
    }
}

impl Tx {
    /// Lets no footage be deleted and no hold be placed beside this transaction.
    pub(crate) async fn lock_footage(&mut self) -> Result<(), StoreError> {
        self.run("update receipt_head set seq = seq where id = 1", vec![]).await.map(|_| ())
    }
}

impl Store {
    /// Places a hold. What it covers and was not deleted by then stays.
    ///
    /// # Errors
    /// `NotFound` for a canteen outside the scope, or a camera that is not the canteen's.
    pub async fn insert_hold(
        &self,
        scope: &Scope,
        hold: &NewHold,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into hold (hold_id, canteen_id, is_whole_canteen, started_at, ended_at, reason, \
             placed_at, placed_by, placed_office) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        const CAMERA: &str = "insert into hold_camera (hold_id, camera_id) \
             select $1, camera_id from camera where camera_id = $2 and canteen_id = $3";
        self.canteen(scope, hold.canteen_id).await?;
        let mut tx = self.db.begin().await?;
        tx.lock_footage().await?;
        let args = args![
            hold.id,
            hold.canteen_id,
            hold.cameras.is_empty(),
            hold.started_at,
            hold.ended_at,
            &hold.reason,
            at,
            by.person_id,
            &by.office,
        ];
        tx.run(SQL, args).await?;
        for camera in &hold.cameras {
            if tx.run(CAMERA, args![hold.id, *camera, hold.canteen_id]).await? == 0 {
                return Err(StoreError::NotFound { what: "camera" });
            }
        }
        let detail = json!({
            "canteen_id": hold.canteen_id, "cameras": hold.cameras, "from": hold.started_at, "to": hold.ended_at,
            "reason": hold.reason,
        });
        tx.audit(&entry(&by.actor(), "hold.place", &format!("hold:{}", hold.id), &detail, at)).await?;
        tx.commit().await
    }

    /// Releases a hold; its footage is deleted when its period is over, which may be at once.
    ///
    /// # Errors
    /// `NotFound` outside the scope, `Refused::Released` when somebody was faster.
    pub async fn release_hold(
        &self,
        scope: &Scope,
        id: HoldId,
        reason: &str,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "update hold set released_at = $2, released_by = $3, released_office = $4, \
             release_reason = $5 where hold_id = $1 and released_at is null";
        self.hold(scope, id).await?;
        let mut tx = self.db.begin().await?;
        tx.lock_footage().await?;
        if tx.run(SQL, args![id, at, by.person_id, &by.office, reason]).await? == 0 {
            return Err(Refused::Released.into());
        }
        let detail = json!({ "reason": reason });
        tx.audit(&entry(&by.actor(), "hold.release", &format!("hold:{id}"), &detail, at)).await?;
        tx.commit().await
    }

    /// Returns a hold.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn hold(&self, scope: &Scope, id: HoldId) -> Result<Hold, StoreError> {
        let holds = self.select_holds(scope, Some(id), false).await?;
        holds.into_iter().next().ok_or(StoreError::NotFound { what: "hold" })
    }

    /// Returns the holds of the scope, those in force first, then the newest; only those in force when asked so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holds(&self, scope: &Scope, only_in_force: bool) -> Result<Vec<Hold>, StoreError> {
        self.select_holds(scope, None, only_in_force).await
    }

    /// Returns the holds in force that cover footage of a camera in the range, the oldest first. No scope: for those
    /// who have already asked for the camera.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holds_in(&self, camera: CameraId, range: TimeRange) -> Result<Vec<Hold>, StoreError> {
        const SQL: &str = "select hold.*, canteen.name as canteen_name, canteen.name_en as canteen_name_en \
             from hold join canteen on canteen.canteen_id = hold.canteen_id \
             join camera on camera.canteen_id = hold.canteen_id \
             where camera.camera_id = $1 and hold.released_at is null and hold.started_at < $3 \
             and (hold.ended_at is null or hold.ended_at > $2) and (hold.is_whole_canteen or exists ( \
                 select 1 from hold_camera where hold_camera.hold_id = hold.hold_id and hold_camera.camera_id = $1)) \
             order by hold.started_at, hold.hold_id";
        let holds = self.db.all(SQL, args![camera, range.start(), range.end()]).await?;
        self.with_cameras(holds).await
    }

    async fn select_holds(
        &self,
        scope: &Scope,
        id: Option<HoldId>,
        only_in_force: bool,
    ) -> Result<Vec<Hold>, StoreError> {
        const SQL: &str = concat!(
            "select hold.*, canteen.name as canteen_name, canteen.name_en as canteen_name_en \
             from hold join canteen on canteen.canteen_id = hold.canteen_id \
             where ($3 is null or hold.hold_id = $3) and (not $4 or hold.released_at is null) and ",
            within!("canteen.path"),
            " order by case when hold.released_at is null then 0 else 1 end, hold.placed_at desc, hold.hold_id limit 500",
        );
        let holds = self.db.all(SQL, scoped(scope, args![id, only_in_force])).await?;
        self.with_cameras(holds).await
    }

    async fn with_cameras(&self, mut holds: Vec<Hold>) -> Result<Vec<Hold>, StoreError> {
        const SQL: &str = "select hold_camera.hold_id, camera.camera_id, camera.name, camera.name_en from hold_camera \
             join camera on camera.camera_id = hold_camera.camera_id where hold_camera.hold_id = $1 order by camera.name";
        let mut cameras: HashMap<HoldId, Vec<HoldCamera>> = HashMap::new();
        for hold in &holds {
            for CameraOf(id, camera) in self.db.all::<CameraOf>(SQL, args![hold.id]).await? {
                cameras.entry(id).or_default().push(camera);
            }
        }
        for hold in &mut holds {
            hold.cameras = cameras.remove(&hold.id).unwrap_or_default();
        }
        Ok(holds)
    }
}
