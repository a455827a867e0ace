//! What a wall shows by turns, saved by name.

use super::publication::ServiceHours;
use mingchu_domain::{
    id::{AreaId, CameraId, CanteenId, PatrolId},
    time::WallTime,
};
use mingchu_store::PatrolChoice;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The patrols of the caller's areas.
#[derive(Debug, Serialize, ToSchema)]
pub struct PatrolList {
    /// By name.
    pub patrols: Vec<Patrol>,
}

/// A saved patrol.
#[derive(Debug, Serialize, ToSchema)]
pub struct Patrol {
    /// Its id.
    #[schema(value_type = String)]
    pub id: PatrolId,
    /// Whose inspectors use it.
    #[schema(value_type = String)]
    pub area_id: AreaId,
    /// Its name, once in its area.
    pub name: String,
    /// All cameras of this canteen.
    #[schema(value_type = Option<String>)]
    pub canteen_id: Option<CanteenId>,
    /// These cameras, in this order; with neither, all of the area.
    #[schema(value_type = Option<Vec<String>>)]
    pub camera_ids: Option<Vec<CameraId>>,
    /// Pictures at the same time.
    pub tiles: u16,
    /// Seconds that each page stays.
    pub dwell_s: u32,
    /// When it is offered by itself; none: never.
    pub hours: Vec<ServiceHours>,
    /// Whether one of these hours is now, by the server's clock.
    pub is_now: bool,
    /// When it was last saved.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: WallTime,
    /// By which office.
    pub changed_by: String,
}

/// What is saved of a patrol.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatrolEdit {
    /// Whose inspectors use it; the caller's own area when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub area_id: Option<AreaId>,
    /// 1 to 40 characters, once in its area.
    pub name: String,
    /// All cameras of this canteen.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub canteen_id: Option<CanteenId>,
    /// These cameras, 1 to 400, in this order; with neither, all of the area.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub camera_ids: Option<Vec<CameraId>>,
    /// Pictures at the same time: 1, 4, 9 or 16.
    pub tiles: u16,
    /// Seconds that each page stays, 5 to 600.
    pub dwell_s: u32,
    /// When it is offered by itself, at most 14; none: never.
    pub hours: Vec<ServiceHours>,
}

impl Patrol {
    /// Returns the patrol as it is at `now`.
    pub(crate) fn new(patrol: mingchu_store::Patrol, now: WallTime) -> Self {
        let mingchu_store::Patrol { id, edit, changed_at, changed_office } = patrol;
        let (canteen_id, camera_ids) = match edit.choice {
            PatrolChoice::Area => (None, None),
            PatrolChoice::Canteen(canteen) => (Some(canteen), None),
            PatrolChoice::Cameras(cameras) => (None, Some(cameras)),
        };
        Self {
            id,
            area_id: edit.area_id,
            name: edit.name,
            canteen_id,
            camera_ids,
            tiles: edit.tiles,
            dwell_s: edit.dwell_s,
            is_now: mingchu_domain::publication::is_open(&edit.windows, now),
            hours: edit.windows.into_iter().map(ServiceHours::from).collect(),
            changed_at,
            changed_by: changed_office,
        }
    }
}
