//! From what the models say of one head to one of three states.
//!
//! Between the bands of both states lies grey: cannot judge. Every band was chosen from measured heads (README.md,
//! "Thresholds").

use mingchu_domain::{geometry::BBox, rule::WhyNot, violation::Observation};
use serde::{Deserialize, Serialize};

/// What was judged of one head, with how much confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Judgement {
    /// The state.
    pub state: Observation,
    /// Confidence in it, 0..1; 0 where it cannot be judged.
    pub confidence: f32,
    /// Why it cannot be judged; with the third state only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<WhyNot>,
}

impl Judgement {
    /// Returns the third state.
    #[must_use]
    pub const fn cannot(why: WhyNot) -> Self {
        Self { state: Observation::CannotJudge, confidence: 0.0, why: Some(why) }
    }
    /// Returns the rule broken.
    #[must_use]
    pub const fn violating(confidence: f32) -> Self {
        Self { state: Observation::Violating, confidence, why: None }
    }
    /// Returns the rule kept.
    #[must_use]
    pub const fn compliant(confidence: f32) -> Self {
        Self { state: Observation::Compliant, confidence, why: None }
    }
}

/// A face found in the surroundings of a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Where, relative to the whole picture.
    pub bbox: BBox,
    /// The detector's score for a face with a mask, 0..1.
    pub masked: f32,
    /// The detector's score for a face without, 0..1.
    pub bare: f32,
}

impl Face {
    /// Returns the higher of both scores.
    #[must_use]
    pub const fn score(&self) -> f32 {
        self.masked.max(self.bare)
    }
}

/// The decision bands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bands {
    /// From this probability of a covered head on, it is covered.
    pub hat_covered: f32,
    /// Up to this probability of a covered head, it is bare.
    pub hat_bare: f32,
    /// Faces below this score are no faces.
    pub face: f32,
    /// Narrowest face, as a share of the head's width.
    pub face_narrowest: f32,
    /// Widest face, as a share of the head's width: wider ones are heads with hats, taken for faces.
    pub face_widest: f32,
    /// The other state must score below this share of the winning one.
    pub face_rival: f32,
    /// From this probability of the mask classifier on, a face is not said to be bare.
    pub mask_veto: f32,
}

impl Default for Bands {
    fn default() -> Self {
        Self {
            hat_covered: 0.55,
            hat_bare: 0.40,
            face: 0.45,
            face_narrowest: 0.30,
            face_widest: 0.85,
            face_rival: 0.5,
            mask_veto: 0.95,
        }
    }
}

impl Bands {
    /// Judges the hat by the probability that the head is covered; `None` where no classifier looked.
    #[must_use]
    pub fn hat(&self, covered: Option<f32>) -> Judgement {
        match covered {
            Some(p) if p >= self.hat_covered => Judgement::compliant(p),
            Some(p) if p <= self.hat_bare => Judgement::violating(1.0 - p),
            Some(_) => Judgement::cannot(WhyNot::Unsure),
            None => Judgement::cannot(WhyNot::NoModel),
        }
    }

    /// Judges the mask by the face in the head, and the mask classifier where there is one. No face: cannot judge.
    #[must_use]
    pub fn mask(&self, face: Option<&Face>, classifier: Option<f32>) -> Judgement {
        let Some(face) = face.filter(|face| face.score() >= self.face) else {
            return Judgement::cannot(WhyNot::FaceHidden);
        };
        let rival = face.masked.min(face.bare);
        if rival > self.face_rival * face.score() {
            return Judgement::cannot(WhyNot::Unsure);
        }
        if face.masked > face.bare {
            return Judgement::compliant(face.masked);
        }
        match classifier {
            Some(p) if p >= self.mask_veto => Judgement::cannot(WhyNot::Unsure),
            _ => Judgement::violating(face.bare),
        }
    }

    /// Returns the face of the head in `head`: the most certain one of plausible width whose middle lies in the head's
    /// column and height.
    #[must_use]
    pub fn face_of(&self, head: BBox, faces: &[Face]) -> Option<Face> {
        let fits = |face: &&Face| {
            let share = face.bbox.width() / head.width();
            let (middle, centre) = (face.bbox.center(), head.center());
            (self.face_narrowest..=self.face_widest).contains(&share)
                && (middle.x - centre.x).abs() <= 0.9 * head.width()
                && middle.y >= head.y1
                && middle.y <= head.y2 + 0.5 * head.height()
                && face.score() >= self.face
        };
        faces.iter().filter(fits).max_by(|a, b| a.score().total_cmp(&b.score())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Observation as O;

    const HEAD: BBox = BBox { x1: 0.4, y1: 0.2, x2: 0.5, y2: 0.35 };

    fn face(x: f32, width: f32, masked: f32, bare: f32) -> Face {
        let bbox = BBox { x1: x - width / 2.0, y1: 0.26, x2: x + width / 2.0, y2: 0.34 };
        Face { bbox, masked, bare }
    }

    #[test]
    fn a_grey_head_is_neither_covered_nor_bare() {
        let bands = Bands::default();
        let states: Vec<O> = [0.1, 0.40, 0.47, 0.55, 0.9].map(|p| bands.hat(Some(p)).state).to_vec();
        assert_eq!(states, [O::Violating, O::Violating, O::CannotJudge, O::Compliant, O::Compliant]);
        assert_eq!(bands.hat(None), Judgement::cannot(WhyNot::NoModel));
    }

    #[test]
    fn a_turned_back_is_no_missing_mask() {
        assert_eq!(Bands::default().mask(None, Some(0.0)), Judgement::cannot(WhyNot::FaceHidden));
    }

    #[test]
    fn a_face_that_may_be_either_is_not_judged() {
        assert_eq!(Bands::default().mask(Some(&face(0.45, 0.05, 0.4, 0.5)), None).why, Some(WhyNot::Unsure));
    }

    #[test]
    fn a_sure_mask_classifier_stops_a_bare_face_but_never_makes_one() {
        let bands = Bands::default();
        let bare = face(0.45, 0.05, 0.02, 0.8);
        assert_eq!(bands.mask(Some(&bare), Some(0.3)).state, O::Violating);
        assert_eq!(bands.mask(Some(&bare), Some(0.97)).why, Some(WhyNot::Unsure));
        assert_eq!(bands.mask(Some(&face(0.45, 0.05, 0.8, 0.0)), Some(0.0)).state, O::Compliant);
    }

    #[test]
    fn a_face_as_wide_as_the_head_is_a_head_taken_for_a_face() {
        let bands = Bands::default();
        assert!(bands.face_of(HEAD, &[face(0.45, 0.1, 0.0, 0.9)]).is_none());
        let found = bands.face_of(HEAD, &[face(0.45, 0.1, 0.0, 0.9), face(0.46, 0.05, 0.6, 0.0)]);
        assert_eq!(found.unwrap().masked, 0.6);
        assert!(bands.face_of(HEAD, &[face(0.7, 0.05, 0.6, 0.0)]).is_none());
    }
}
