//! The public gate: the one place that decides which pictures leave the house (design.md invariant 6).
//!
//! It asks of a camera: no zone where pupils are seen (个人信息保护法 Art. 25-31; 国务院令第799号 Art. 22, 33), marked and
//! switched on; of its canteen: a sign that people are filmed, the staff told, the impact assessed; its picture approved
//! by the school and by the authority, within the canteen's service hours. What goes out then is the derivative of
//! [`crate::PublicPictures`], never the camera's own stream.

use mingchu_domain::{
    derivative::PublicRefused,
    publication::{FactKind, ServiceWindow, Side, is_open},
    time::WallTime,
};
use mingchu_store::{Approved, CameraDetail, PublicationFact};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether pictures may be public here now, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Publication {
    /// Whether any picture may be public.
    pub allowed: bool,
    /// A stable word for programs: `cannot_hide`, `out_of_hours`, `approval_missing`, …
    #[schema(value_type = Option<String>)]
    pub reason: Option<&'static str>,
    /// For a person.
    pub detail: Option<String>,
}

impl From<Result<(), Refused>> for Publication {
    fn from(answer: Result<(), Refused>) -> Self {
        let refused = answer.err();
        Self {
            allowed: refused.is_none(),
            reason: refused.as_ref().map(Refused::code),
            detail: refused.map(|refused| refused.to_string()),
        }
    }
}

/// What the gate must know of a camera.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// Whether every zone of the picture is of a kind that may be public.
    pub(crate) is_zone_publishable: bool,
    pub(crate) is_enabled: bool,
    pub(crate) is_public: bool,
    /// What its canteen has not done yet, the first of it.
    pub(crate) missing: Option<FactKind>,
    pub(crate) approved: Approved,
}

/// Returns the first fact that is not in force.
pub(crate) fn missing(facts: &[PublicationFact]) -> Option<FactKind> {
    FactKind::ALL.iter().copied().find(|kind| facts.iter().all(|known| known.fact.kind != *kind))
}

impl Candidate {
    pub(crate) fn new(detail: &CameraDetail, facts: &[PublicationFact], approved: Approved) -> Self {
        Self {
            // a picture without a zone shows nobody knows what
            is_zone_publishable: !detail.zones.is_empty() && detail.zones.iter().all(|zone| zone.kind.may_be_public()),
            is_enabled: detail.camera.is_enabled,
            is_public: detail.camera.is_public,
            missing: missing(facts),
            approved,
        }
    }
}

/// Why a camera's picture stays inside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("pictures of this zone are never public, because pupils are seen there")]
    ZoneNeverPublic,
    #[error("this camera is not public")]
    NotPublic,
    #[error("this camera is switched off")]
    Disabled,
    #[error("not entered by the canteen on its page for public pictures: {}", .0.en().to_lowercase())]
    FactMissing(FactKind),
    #[error("the approval of the {} is missing, given on the camera's newest picture put up for it", .0.en().to_lowercase())]
    ApprovalMissing(Side),
    #[error("the canteen's service hours are not set; pictures are public in these hours only")]
    HoursNotSet,
    #[error("pictures are public in the canteen's service hours only")]
    OutOfHours,
    #[error(transparent)]
    NotMade(#[from] PublicRefused),
}

impl Refused {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::ZoneNeverPublic => "zone_never_public",
            Self::NotPublic => "not_public",
            Self::Disabled => "camera_disabled",
            Self::FactMissing(FactKind::Signage) => "signage_missing",
            Self::FactMissing(FactKind::StaffNotice) => "staff_notice_missing",
            Self::FactMissing(FactKind::Assessment) => "assessment_missing",
            Self::ApprovalMissing(_) => "approval_missing",
            Self::HoursNotSet => "hours_not_set",
            Self::OutOfHours => "out_of_hours",
            Self::NotMade(refused) => refused.code(),
        }
    }
}

/// Whether a person may mark the camera public.
pub(crate) const fn may_publish(camera: Candidate) -> Result<(), Refused> {
    if camera.is_zone_publishable { Ok(()) } else { Err(Refused::ZoneNeverPublic) }
}

/// Whether the public may watch the camera within the canteen's hours.
pub(crate) fn is_published(camera: Candidate) -> Result<(), Refused> {
    may_publish(camera)?;
    if !camera.is_public {
        return Err(Refused::NotPublic);
    }
    if !camera.is_enabled {
        return Err(Refused::Disabled);
    }
    if let Some(missing) = camera.missing {
        return Err(Refused::FactMissing(missing));
    }
    let Approved { school, regulator } = camera.approved;
    match (school, regulator) {
        (true, true) => Ok(()),
        (false, _) => Err(Refused::ApprovalMissing(Side::School)),
        (true, false) => Err(Refused::ApprovalMissing(Side::Regulator)),
    }
}

/// Whether any picture of the canteen may be public now.
pub(crate) fn is_time(windows: &[ServiceWindow], now: WallTime) -> Result<(), Refused> {
    if windows.is_empty() {
        return Err(Refused::HoursNotSet);
    }
    if is_open(windows, now) { Ok(()) } else { Err(Refused::OutOfHours) }
}

/// Whether the public may watch the camera now. Asked for every viewer again and again, not only when it was marked.
pub(crate) fn may_watch(
    camera: Candidate,
    windows: &[ServiceWindow],
    now: WallTime,
    ready: Result<(), PublicRefused>,
) -> Result<(), Refused> {
    is_published(camera)?;
    is_time(windows, now)?;
    Ok(ready?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mingchu_store::NewPublicationFact;

    const BOTH: Approved = Approved { school: true, regulator: true };
    const KITCHEN: Candidate =
        Candidate { is_zone_publishable: true, is_enabled: true, is_public: true, missing: None, approved: BOTH };
    /// Friday noon in China.
    const NOON: WallTime = WallTime::from_micros(1_795_147_200_000_000);

    fn lunch() -> Vec<ServiceWindow> {
        vec![ServiceWindow::new(&[5], 11 * 60, 13 * 60).unwrap()]
    }

    #[test]
    fn every_condition_must_hold() {
        let ask = |camera| may_watch(camera, &lunch(), NOON, Ok(()));
        assert_eq!(NOON.to_string(), "2026-11-20T04:00:00.000000Z");
        assert_eq!(ask(KITCHEN), Ok(()));
        assert_eq!(ask(Candidate { is_zone_publishable: false, ..KITCHEN }), Err(Refused::ZoneNeverPublic));
        assert_eq!(ask(Candidate { is_public: false, ..KITCHEN }), Err(Refused::NotPublic));
        assert_eq!(ask(Candidate { is_enabled: false, ..KITCHEN }), Err(Refused::Disabled));
        for (kind, code) in FactKind::ALL.iter().zip(["signage_missing", "staff_notice_missing", "assessment_missing"])
        {
            let refused = ask(Candidate { missing: Some(*kind), ..KITCHEN }).unwrap_err();
            assert_eq!((refused.code(), &refused), (code, &Refused::FactMissing(*kind)));
        }
        for side in [Side::School, Side::Regulator] {
            let approved = Approved { school: side == Side::Regulator, regulator: side == Side::School };
            assert_eq!(ask(Candidate { approved, ..KITCHEN }), Err(Refused::ApprovalMissing(side)));
        }
        assert_eq!(may_watch(KITCHEN, &[], NOON, Ok(())), Err(Refused::HoursNotSet));
        let evening = WallTime::from_micros(NOON.micros() + 8 * 3_600_000_000);
        assert_eq!(may_watch(KITCHEN, &lunch(), evening, Ok(())), Err(Refused::OutOfHours));
        let away = may_watch(KITCHEN, &lunch(), NOON, Err(PublicRefused::NotHere));
        assert_eq!(away, Err(Refused::NotMade(PublicRefused::NotHere)));
    }

    #[test]
    fn the_first_fact_that_is_not_in_force_is_missing() {
        let entered = |kind: &FactKind| {
            let fact = NewPublicationFact { kind: *kind, basis: None, done_on: String::new(), note: String::new() };
            PublicationFact { fact, office: String::new(), entered_at: NOON }
        };
        let all: Vec<_> = FactKind::ALL.iter().map(entered).collect();
        assert_eq!(missing(&all), None);
        for (index, kind) in FactKind::ALL.iter().enumerate() {
            let others: Vec<_> = all.iter().filter(|known| known.fact.kind != *kind).cloned().collect();
            assert_eq!((missing(&others), missing(&all[..index])), (Some(*kind), Some(*kind)));
        }
    }

    #[test]
    fn a_refusing_gate_says_why() {
        let publication = Publication::from(Err(Refused::OutOfHours));
        assert!(!publication.allowed && publication.reason == Some("out_of_hours"));
        assert_eq!(Publication::from(Ok(())), Publication { allowed: true, reason: None, detail: None });
    }
}
