//! Approvals of public pictures, and the hours in which a canteen is served.

use super::word;
use crate::public_gate::Publication;
use mingchu_domain::{
    id::{CameraId, CanteenId, StillId},
    publication::{ConsentBasis, FactKind, InvalidWindow, ServiceWindow, Side},
    time::WallTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What was put up and approved of a camera.
#[derive(Debug, Serialize, ToSchema)]
pub struct CameraPublication {
    /// The camera.
    #[schema(value_type = String)]
    pub camera_id: CameraId,
    /// Its canteen.
    #[schema(value_type = String)]
    pub canteen_id: CanteenId,
    /// Chinese name of the camera.
    pub name: String,
    /// English name of the camera.
    pub name_en: String,
    /// Whether it is marked to be public.
    pub is_public: bool,
    /// Which side the caller speaks for.
    #[schema(value_type = Option<word::Side>)]
    pub own_side: Option<Side>,
    /// The newest picture put up for approval; null: none yet.
    pub still: Option<PublicationStill>,
    /// The school's approval of that picture.
    pub school: Option<PublicationApproval>,
    /// The authority's approval of that picture.
    pub regulator: Option<PublicationApproval>,
    /// Whether the public may watch it now.
    pub publication: Publication,
    /// Approvals, withdrawn ones too, newest first.
    pub history: Vec<PublicationApproval>,
    /// When the canteen's kitchen works.
    pub hours: Vec<ServiceHours>,
    /// What the canteen has done; all three kinds are needed.
    pub facts: Vec<PublicationFact>,
}

/// What a canteen has done before any picture of it may be public.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationFact {
    /// What.
    #[schema(value_type = word::FactKind)]
    pub kind: FactKind,
    /// Of a staff notice: on what the staff's pictures may go out.
    #[schema(value_type = Option<word::ConsentBasis>)]
    pub basis: Option<ConsentBasis>,
    /// On which day in China.
    #[schema(format = Date)]
    pub done_on: String,
    /// Where the sign hangs, the number of the document; empty: nothing more.
    pub note: String,
    /// The office that entered it.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
}

impl From<mingchu_store::PublicationFact> for PublicationFact {
    fn from(known: mingchu_store::PublicationFact) -> Self {
        let mingchu_store::NewPublicationFact { kind, basis, done_on, note } = known.fact;
        Self { kind, basis, done_on, note, by: known.office, at: known.entered_at }
    }
}

/// A canteen's facts in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationFacts {
    /// At most one of a kind.
    pub facts: Vec<PublicationFact>,
}

/// A fact as a person enters it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnterFact {
    /// Needed for a staff notice, and for nothing else.
    #[schema(value_type = Option<word::ConsentBasis>)]
    pub basis: Option<ConsentBasis>,
    /// As `2026-09-01`, today in China at the latest.
    #[schema(format = Date)]
    pub done_on: String,
    /// At most 200 letters.
    pub note: String,
}

/// A picture put up for approval.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationStill {
    /// Its id.
    #[schema(value_type = String)]
    pub id: StillId,
    /// When it was taken.
    #[schema(value_type = String, format = DateTime)]
    pub taken_at: WallTime,
    /// Hex SHA-256 of the picture.
    pub sha256: String,
    /// The office that put it up.
    pub put_up_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub put_up_at: WallTime,
}

impl From<mingchu_store::PublicationStill> for PublicationStill {
    fn from(still: mingchu_store::PublicationStill) -> Self {
        let mingchu_store::PublicationStill { id, taken_at, sha256, put_up_office, put_up_at, .. } = still;
        Self { id, taken_at, sha256, put_up_by: put_up_office, put_up_at }
    }
}

/// An approval.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationApproval {
    /// Of which picture.
    #[schema(value_type = String)]
    pub still_id: StillId,
    /// Whose.
    #[schema(value_type = word::Side)]
    pub side: Side,
    /// The office.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
    /// The office that took it back; null: in force.
    pub withdrawn_by: Option<String>,
    /// When it was taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<WallTime>,
}

impl From<&mingchu_store::PublicationApproval> for PublicationApproval {
    fn from(approval: &mingchu_store::PublicationApproval) -> Self {
        let (withdrawn_by, withdrawn_at) = approval.withdrawn.clone().unzip();
        let mingchu_store::PublicationApproval { still_id, side, office, approved_at, .. } = approval.clone();
        Self { still_id, side, by: office, at: approved_at, withdrawn_by, withdrawn_at }
    }
}

/// Approves the picture that the person has seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// Which.
    #[schema(value_type = String)]
    pub still_id: StillId,
}

/// A time of day on some days of the week, in China.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceHours {
    /// 1 (Monday) to 7 (Sunday).
    pub days: Vec<u8>,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`, up to `24:00`; the first minute after it.
    pub until: String,
}

/// The service hours of a canteen; none: its pictures are never public, and rules are judged by the rule pack's hours.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceHoursList {
    /// At most 14.
    pub hours: Vec<ServiceHours>,
}

impl From<ServiceWindow> for ServiceHours {
    fn from(window: ServiceWindow) -> Self {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        Self { days: window.days(), from: clock(window.from()), until: clock(window.until()) }
    }
}

impl TryFrom<&ServiceHours> for ServiceWindow {
    type Error = InvalidWindow;
    fn try_from(hours: &ServiceHours) -> Result<Self, InvalidWindow> {
        let minute = |text: &str| -> Option<u16> {
            let (hour, minute) = text.split_once(':')?;
            let is_clock = hour.len() == 2 && minute.len() == 2;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (is_clock && minute < 60 && hour <= 24).then_some(hour * 60 + minute)
        };
        let minutes = minute(&hours.from).zip(minute(&hours.until)).ok_or(InvalidWindow::Reversed)?;
        Self::new(&hours.days, minutes.0, minutes.1)
    }
}
