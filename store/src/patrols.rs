//! What a wall of live pictures shows by turns (轮巡), saved by name for the inspectors of an area.

use crate::{
    audit::entry,
    cell::{Cells, Record},
    db::{Tx, args},
    error::StoreError,
    open::Store,
    people::Reviewer,
    scope::{scoped, within},
    service_hours::Window,
};
use mingchu_domain::{
    id::{AreaId, CameraId, CanteenId, PatrolId},
    publication::ServiceWindow,
    role::Scope,
    time::WallTime,
};
use serde_json::json;
use std::collections::HashMap;

/// Which cameras a patrol shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatrolChoice {
    /// All of its area.
    Area,
    /// All of a canteen.
    Canteen(CanteenId),
    /// These, at least one, in this order; those that were removed since are left out.
    Cameras(Vec<CameraId>),
}

/// What a person says of a patrol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatrolEdit {
    /// Whose inspectors use it.
    pub area_id: AreaId,
    /// Its name, once in its area.
    pub name: String,
    /// Which cameras.
    pub choice: PatrolChoice,
    /// Pictures at the same time: 1, 4, 9 or 16.
    pub tiles: u16,
    /// How long each page stays, 5 to 600 s.
    pub dwell_s: u32,
    /// When it is offered by itself.
    pub windows: Vec<ServiceWindow>,
}

/// A saved patrol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patrol {
    /// Its id.
    pub id: PatrolId,
    /// What was saved.
    pub edit: PatrolEdit,
    /// When it was last saved.
    pub changed_at: WallTime,
    /// By which office.
    pub changed_office: String,
}

impl Record for Patrol {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let canteen: Option<CanteenId> = row.maybe("canteen_id")?;
        let edit = PatrolEdit {
            area_id: row.cell("area_id")?,
            name: row.cell("name")?,
            choice: canteen.map_or(PatrolChoice::Area, PatrolChoice::Canteen),
            tiles: row.cell("tiles")?,
            dwell_s: row.cell("dwell_s")?,
            windows: Vec::new(),
        };
        let (changed_at, changed_office) = (row.cell("changed_at")?, row.cell("changed_office")?);
        Ok(Self { id: row.cell("patrol_id")?, edit, changed_at, changed_office })
    }
}

struct CameraOf(PatrolId, CameraId);

impl Record for CameraOf {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(row.cell("patrol_id")?, row.cell("camera_id")?))
    }
}

struct WindowOf(PatrolId, Window);

impl Record for WindowOf {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(row.cell("patrol_id")?, Window::read(row)?))
    }
}

impl Store {
    /// Returns the patrols of the areas in scope, by name, with those of their cameras that are in scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn patrols(&self, scope: &Scope) -> Result<Vec<Patrol>, StoreError> {
        const PATROLS: &str = concat!(
            "select patrol.* from patrol join area on area.area_id = patrol.area_id where ",
            within!("area.path"),
            " order by patrol.name, patrol.patrol_id",
        );
        const CAMERAS: &str = concat!(
            "select chosen.patrol_id, chosen.camera_id from patrol_camera chosen \
             join camera on camera.camera_id = chosen.camera_id join canteen on canteen.canteen_id = camera.canteen_id \
             where camera.removed_at is null and ",
            within!("canteen.path"),
            " order by chosen.patrol_id, chosen.position",
        );
        const CHOSEN: &str = concat!(
            "select chosen.patrol_id, chosen.camera_id from patrol_camera chosen \
             join patrol on patrol.patrol_id = chosen.patrol_id join area on area.area_id = patrol.area_id \
             where chosen.position = 0 and ",
            within!("area.path"),
        );
        const WINDOWS: &str = concat!(
            "select patrol_window.* from patrol_window join patrol on patrol.patrol_id = patrol_window.patrol_id \
             join area on area.area_id = patrol.area_id where ",
            within!("area.path"),
            " order by patrol_window.patrol_id, patrol_window.position",
        );
        let mut patrols: Vec<Patrol> = self.db.all(PATROLS, scoped(scope, vec![])).await?;
        let mut cameras: HashMap<PatrolId, Vec<CameraId>> = HashMap::new();
        // a list whose cameras are all gone stays a list: it must not turn into the whole area
        for CameraOf(patrol, _) in self.db.all(CHOSEN, scoped(scope, vec![])).await? {
            cameras.entry(patrol).or_default();
        }
        for CameraOf(patrol, camera) in self.db.all(CAMERAS, scoped(scope, vec![])).await? {
            cameras.entry(patrol).or_default().push(camera);
        }
        let mut windows: HashMap<PatrolId, Vec<ServiceWindow>> = HashMap::new();
        for WindowOf(patrol, Window(window)) in self.db.all(WINDOWS, scoped(scope, vec![])).await? {
            windows.entry(patrol).or_default().extend(window);
        }
        for patrol in &mut patrols {
            if let Some(cameras) = cameras.remove(&patrol.id) {
                patrol.edit.choice = PatrolChoice::Cameras(cameras);
            }
            patrol.edit.windows = windows.remove(&patrol.id).unwrap_or_default();
        }
        Ok(patrols)
    }

    /// Saves a new patrol.
    ///
    /// # Errors
    /// `NotFound` for an area, canteen or camera outside the scope; `Conflict` with `patrol_area_id_name_key` when the area has
    /// another of that name.
    pub async fn insert_patrol(
        &self,
        scope: &Scope,
        id: PatrolId,
        edit: &PatrolEdit,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into patrol (patrol_id, area_id, canteen_id, name, tiles, dwell_s, changed_at, \
             changed_by, changed_office) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let mut tx = self.db.begin().await?;
        check(&mut tx, scope, edit).await?;
        tx.run(SQL, row(id, edit, by, at)).await?;
        fill(&mut tx, scope, id, edit).await?;
        let detail = json!({ "name": edit.name, "area_id": edit.area_id });
        tx.audit(&entry(&by.actor(), "patrol.save", &format!("patrol:{id}"), &detail, at)).await?;
        tx.commit().await
    }

    /// Saves what is now said of a patrol.
    ///
    /// # Errors
    /// As [`Self::insert_patrol`]; `NotFound` also for the patrol.
    pub async fn change_patrol(
        &self,
        scope: &Scope,
        id: PatrolId,
        edit: &PatrolEdit,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "update patrol set area_id = $2, canteen_id = $3, name = $4, tiles = $5, dwell_s = $6, \
             changed_at = $7, changed_by = $8, changed_office = $9 where patrol_id = $1";
        let mut tx = self.db.begin().await?;
        let before = find(&mut tx, scope, id).await?;
        check(&mut tx, scope, edit).await?;
        tx.run(SQL, row(id, edit, by, at)).await?;
        empty(&mut tx, id).await?;
        fill(&mut tx, scope, id, edit).await?;
        let detail = json!({ "name": edit.name, "before": before.edit.name, "area_id": edit.area_id });
        tx.audit(&entry(&by.actor(), "patrol.change", &format!("patrol:{id}"), &detail, at)).await?;
        tx.commit().await
    }

    /// Deletes a patrol.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn delete_patrol(
        &self,
        scope: &Scope,
        id: PatrolId,
        by: &Reviewer,
        at: WallTime,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let patrol = find(&mut tx, scope, id).await?;
        empty(&mut tx, id).await?;
        tx.run("delete from patrol where patrol_id = $1", args![id]).await?;
        let detail = json!({ "name": patrol.edit.name, "area_id": patrol.edit.area_id });
        tx.audit(&entry(&by.actor(), "patrol.delete", &format!("patrol:{id}"), &detail, at)).await?;
        tx.commit().await
    }
}

fn row(id: PatrolId, edit: &PatrolEdit, by: &Reviewer, at: WallTime) -> Vec<crate::db::Arg> {
    let canteen = match edit.choice {
        PatrolChoice::Canteen(canteen) => Some(canteen),
        PatrolChoice::Area | PatrolChoice::Cameras(_) => None,
    };
    args![id, edit.area_id, canteen, &edit.name, edit.tiles, edit.dwell_s, at, by.person_id, &by.office]
}

async fn find(tx: &mut Tx, scope: &Scope, id: PatrolId) -> Result<Patrol, StoreError> {
    const SQL: &str = concat!(
        "select patrol.* from patrol join area on area.area_id = patrol.area_id where patrol_id = $3 and ",
        within!("area.path"),
    );
    tx.one("patrol", SQL, scoped(scope, args![id])).await
}

/// Makes sure that area and canteen are in scope.
async fn check(tx: &mut Tx, scope: &Scope, edit: &PatrolEdit) -> Result<(), StoreError> {
    const AREA: &str = concat!("select * from area where area_id = $3 and ", within!("area.path"));
    const CANTEEN: &str = concat!("select * from canteen where canteen_id = $3 and ", within!("canteen.path"));
    tx.one::<crate::places::Area>("area", AREA, scoped(scope, args![edit.area_id])).await?;
    match &edit.choice {
        PatrolChoice::Canteen(canteen) => {
            tx.one::<crate::places::Canteen>("canteen", CANTEEN, scoped(scope, args![*canteen])).await.map(drop)
        }
        PatrolChoice::Cameras(cameras) if cameras.is_empty() => Err(StoreError::NotFound { what: "camera" }),
        PatrolChoice::Area | PatrolChoice::Cameras(_) => Ok(()),
    }
}

async fn empty(tx: &mut Tx, id: PatrolId) -> Result<(), StoreError> {
    tx.run("delete from patrol_camera where patrol_id = $1", args![id]).await?;
    tx.run("delete from patrol_window where patrol_id = $1", args![id]).await?;
    Ok(())
}

async fn fill(tx: &mut Tx, scope: &Scope, id: PatrolId, edit: &PatrolEdit) -> Result<(), StoreError> {
    const CAMERA: &str = concat!(
        "insert into patrol_camera (patrol_id, position, camera_id) select $3, $4, camera.camera_id from camera \
         join canteen on canteen.canteen_id = camera.canteen_id \
         where camera.removed_at is null and camera.camera_id = $5 and ",
        within!("canteen.path"),
    );
    const WINDOW: &str = "insert into patrol_window (patrol_id, position, days, from_minute, until_minute) \
         values ($1, $2, $3, $4, $5)";
    if let PatrolChoice::Cameras(cameras) = &edit.choice {
        for (position, camera) in (0i64..).zip(cameras) {
            if tx.run(CAMERA, scoped(scope, args![id, position, *camera])).await? == 0 {
                return Err(StoreError::NotFound { what: "camera" });
            }
        }
    }
    for (position, window) in (0i64..).zip(&edit.windows) {
        let row = args![id, position, i64::from(window.bits()), window.from(), window.until()];
        tx.run(WINDOW, row).await?;
    }
    Ok(())
}
