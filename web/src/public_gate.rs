//! The public gate: the one place that decides which pictures leave the house (design.md invariant 6).
//!
//! Until a blurred public derivative exists, only synthetic pictures of a demo may be published. Zones where pupils
//! are seen are never published (个人信息保护法 Art. 25-31; 国务院令第799号 Art. 22, 33).

use mingchu_store::CameraDetail;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether pictures may be public here, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Publication {
    /// Whether any picture may be public.
    pub allowed: bool,
    /// A stable word for programs: `no_public_derivative`.
    #[schema(value_type = Option<String>)]
    pub reason: Option<&'static str>,
    /// For a person.
    #[schema(value_type = Option<String>)]
    pub detail: Option<&'static str>,
}

/// What the gate must know of a camera.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// Whether every zone of the picture is of a kind that may be public.
    pub(crate) is_zone_publishable: bool,
    pub(crate) is_synthetic: bool,
    pub(crate) is_enabled: bool,
    pub(crate) is_public: bool,
}

impl From<&CameraDetail> for Candidate {
    fn from(detail: &CameraDetail) -> Self {
        Self {
            // a picture without a zone shows nobody knows what
            is_zone_publishable: !detail.zones.is_empty() && detail.zones.iter().all(|zone| zone.kind.may_be_public()),
            is_synthetic: detail.camera.is_synthetic,
            is_enabled: detail.camera.is_enabled,
            is_public: detail.camera.is_public,
        }
    }
}

/// Why a camera's picture stays inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("pictures of this zone are never public, because pupils are seen there")]
    ZoneNeverPublic,
    #[error(
        "live pictures are not public yet: the blurred public derivative does not exist, and unblurred pictures \
         of people need their separate consent. Only the synthetic cameras of `mingchu demo` can be published"
    )]
    NoPublicDerivative,
    #[error("this camera is not public")]
    NotPublic,
    #[error("this camera is switched off")]
    Disabled,
}

impl Refused {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::ZoneNeverPublic => "zone_never_public",
            Self::NoPublicDerivative => "no_public_derivative",
            Self::NotPublic => "not_public",
            Self::Disabled => "camera_disabled",
        }
    }
}

/// Decides what the public may see.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PublicGate {
    is_demo: bool,
}

impl PublicGate {
    pub(crate) const fn new(is_demo: bool) -> Self {
        Self { is_demo }
    }

    /// Returns whether this installation publishes pictures at all.
    pub(crate) const fn publication(self) -> Publication {
        if self.is_demo {
            return Publication { allowed: true, reason: None, detail: None };
        }
        Publication {
            allowed: false,
            reason: Some(Refused::NoPublicDerivative.code()),
            detail: Some(
                "live pictures are not public yet: the blurred public derivative does not exist, and unblurred \
                 pictures of people need their separate consent",
            ),
        }
    }

    /// Whether a person may mark the camera public.
    pub(crate) const fn may_publish(self, camera: Candidate) -> Result<(), Refused> {
        if !camera.is_zone_publishable {
            return Err(Refused::ZoneNeverPublic);
        }
        if !self.is_demo || !camera.is_synthetic {
            return Err(Refused::NoPublicDerivative);
        }
        Ok(())
    }

    /// Whether the public may watch the camera now. Asked for every picture, not only when it was marked.
    pub(crate) fn may_watch(self, camera: Candidate) -> Result<(), Refused> {
        self.may_publish(camera)?;
        if !camera.is_public {
            return Err(Refused::NotPublic);
        }
        if !camera.is_enabled {
            return Err(Refused::Disabled);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KITCHEN: Candidate =
        Candidate { is_zone_publishable: true, is_synthetic: true, is_enabled: true, is_public: true };

    #[test]
    fn only_synthetic_pictures_of_a_demo_are_public() {
        assert_eq!(PublicGate::new(true).may_watch(KITCHEN), Ok(()));
        let real = Candidate { is_synthetic: false, ..KITCHEN };
        assert_eq!(PublicGate::new(true).may_watch(real), Err(Refused::NoPublicDerivative));
        assert_eq!(PublicGate::new(false).may_watch(KITCHEN), Err(Refused::NoPublicDerivative));
    }

    #[test]
    fn a_zone_with_pupils_is_never_public() {
        let counter = Candidate { is_zone_publishable: false, ..KITCHEN };
        assert_eq!(PublicGate::new(true).may_publish(counter), Err(Refused::ZoneNeverPublic));
    }

    #[test]
    fn a_camera_must_be_marked_and_switched_on() {
        let gate = PublicGate::new(true);
        assert_eq!(gate.may_watch(Candidate { is_public: false, ..KITCHEN }), Err(Refused::NotPublic));
        assert_eq!(gate.may_watch(Candidate { is_enabled: false, ..KITCHEN }), Err(Refused::Disabled));
    }

    #[test]
    fn a_refusing_gate_says_why() {
        let publication = PublicGate::new(false).publication();
        assert!(!publication.allowed && publication.reason == Some("no_public_derivative"));
    }
}
