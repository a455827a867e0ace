//! What parents and the public read: published facts, no pictures of people but through the public gate.

use super::word;
use crate::public_gate::Publication;
use mingchu_domain::{
    camera::CameraState,
    id::CameraId,
    place::{PublicHeading, ZoneKind},
    publication::ServiceWindow,
    rule::RuleCode,
    time::WallTime,
};
use serde::Serialize;
use utoipa::ToSchema;

/// The canteens of a demo.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicCanteenList {
    /// By name.
    pub canteens: Vec<PublicCanteenName>,
}

/// A canteen and the code of its page.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicCanteenName {
    /// Short code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// The school.
    pub school: String,
}

/// The public page of a canteen.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicCanteen {
    /// Short code.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// The school.
    pub school: String,
    /// Grade of the last inspection.
    pub grade: String,
    /// Whether the footage is rendered, which the page must say.
    pub is_synthetic: bool,
    /// Whether pictures are public here.
    pub publication: Publication,
    /// When pictures are public today, in China; empty: not today.
    pub hours_today: Vec<PublicHours>,
    /// The cameras the public may watch now.
    pub cameras: Vec<PublicCamera>,
    /// The record of the last seven days.
    pub week: PublicWeek,
}

/// A part of the day.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicHours {
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`, up to `24:00`.
    pub until: String,
}

impl From<ServiceWindow> for PublicHours {
    fn from(window: ServiceWindow) -> Self {
        let super::publication::ServiceHours { from, until, .. } = window.into();
        Self { from, until }
    }
}

/// A camera the public may watch.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicCamera {
    /// Its id.
    #[schema(value_type = String)]
    pub id: CameraId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// What it watches.
    #[schema(value_type = word::ZoneKind)]
    pub zone: ZoneKind,
    /// Under which heading it stands.
    #[schema(value_type = word::PublicHeading)]
    pub heading: PublicHeading,
    /// Its state.
    #[schema(value_type = word::CameraState)]
    pub state: CameraState,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: WallTime,
}

/// The record of the last seven days.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicWeek {
    /// Confirmed violations.
    pub found: u32,
    /// Of these, put right and closed.
    pub rectified: u32,
    /// Share of the observed time in which the rules could be judged, 0..1; null when nothing was observed.
    pub judged_share: Option<f64>,
    /// Each of them, newest first.
    pub items: Vec<PublicItem>,
}

/// A confirmed violation: what and when, no picture and no person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicItem {
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub on: WallTime,
    /// What.
    #[schema(value_type = word::RuleCode)]
    pub code: RuleCode,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<WallTime>,
}
