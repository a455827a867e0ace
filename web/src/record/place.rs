//! Areas and canteens.

use mingchu_domain::id::{AreaId, CanteenId};
use serde::Serialize;
use utoipa::ToSchema;

/// The areas of the caller's scope.
#[derive(Debug, Serialize, ToSchema)]
pub struct AreaList {
    /// Parents before children.
    pub areas: Vec<Area>,
}

/// A node of the area tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct Area {
    /// Its id.
    #[schema(value_type = String)]
    pub id: AreaId,
    /// The area it lies in.
    #[schema(value_type = Option<String>)]
    pub parent_id: Option<AreaId>,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// As `county`.
    pub level: String,
}

/// The canteens of the caller's scope.
#[derive(Debug, Serialize, ToSchema)]
pub struct CanteenList {
    /// By name.
    pub canteens: Vec<CanteenSummary>,
}

/// A canteen and what is open there.
#[derive(Debug, Serialize, ToSchema)]
pub struct CanteenSummary {
    /// The canteen.
    #[serde(flatten)]
    pub canteen: Canteen,
    /// Cameras.
    pub cameras: u32,
    /// Cameras with a live picture.
    pub live: u32,
    /// Violations nobody has looked at.
    pub to_review: u32,
    /// Notices the canteen still owes an answer to.
    pub open_notices: u32,
    /// Of these, past the deadline.
    pub overdue: u32,
    /// Live pictures that signed-in people watch now; not those that come as LL-HLS.
    pub viewers: u32,
    /// Live pictures that the public watches now; not those that come as LL-HLS.
    pub public_viewers: u32,
}

/// A canteen.
#[derive(Debug, Serialize, ToSchema)]
pub struct Canteen {
    /// Its id.
    #[schema(value_type = String)]
    pub id: CanteenId,
    /// The area it lies in.
    #[schema(value_type = String)]
    pub area_id: AreaId,
    /// Short code of its public page, 8 characters.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// The school.
    pub school: String,
    /// Number of the food licence.
    pub licence_no: String,
    /// Grade of the last inspection.
    pub grade: String,
    /// Address of the public page, as its QR code holds it.
    pub public_url: String,
}
