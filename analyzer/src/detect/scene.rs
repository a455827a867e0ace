//! What detectors say of a picture and of a head.

use super::DetectError;
use crate::{judge::Bands, picture::Picture, track::Person};
use mingchu_domain::{geometry::BBox, violation::Observation};
use serde::{Deserialize, Serialize};

/// What a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A whole person.
    Person,
    /// A head with hat and hair.
    Head,
    /// A cat.
    Cat,
    /// A dog.
    Dog,
    /// A rat or mouse.
    Rodent,
    /// A telephone in use.
    Phone,
}

impl Class {
    /// Returns the class of the name a manifest uses.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Person, Self::Head, Self::Cat, Self::Dog, Self::Rodent, Self::Phone];
        all.into_iter().find(|class| class.as_str() == name)
    }
    /// Returns the name a manifest uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Head => "head",
            Self::Cat => "cat",
            Self::Dog => "dog",
            Self::Rodent => "rodent",
            Self::Phone => "phone",
        }
    }
}

/// A thing found in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thing {
    /// What it is.
    pub class: Class,
    /// Where, relative to the picture.
    pub bbox: BBox,
    /// Confidence, 0..1.
    pub score: f32,
}

/// Everything one look at a whole picture found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scene {
    /// Persons.
    pub persons: Vec<Person>,
    /// Heads, best first; `None` where the model knows none.
    pub heads: Option<Vec<Thing>>,
    /// Animals and telephones, best first.
    pub things: Vec<Thing>,
}

impl Scene {
    /// Returns the head of each person, in the order of `persons`: a head belongs to one person, the one whose upper
    /// part it fits best. `None` where the model knows no heads; an inner `None` where a person has none.
    #[must_use]
    pub fn heads_of(&self, persons: &[BBox]) -> Option<Vec<Option<BBox>>> {
        let heads = self.heads.as_ref()?;
        let mut fits: Vec<(f32, usize, usize)> = Vec::new();
        for (p, person) in persons.iter().enumerate() {
            for (h, head) in heads.iter().enumerate() {
                fits.extend(fit(*person, head.bbox).map(|fit| (fit, p, h)));
            }
        }
        fits.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut found = vec![None; persons.len()];
        let mut taken = vec![false; heads.len()];
        for (_, p, h) in fits {
            if found[p].is_none() && !taken[h] {
                found[p] = Some(heads[h].bbox);
                taken[h] = true;
            }
        }
        Some(found)
    }
}

/// Returns how well `head` sits on `person`, 0..1; `None` where it cannot be this person's.
fn fit(person: BBox, head: BBox) -> Option<f32> {
    let (width, height) = (person.width(), person.height());
    let middle = head.center();
    let aside = (middle.x - person.center().x).abs() / width.max(1e-6);
    let below = (head.y1 - person.y1) / height.max(1e-6);
    let is_there = aside <= 0.5 && (-0.15..=0.35).contains(&below) && head.height() <= 0.75 * height;
    is_there.then(|| 1.0 - aside - below.abs())
}

/// Whether a head is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HatState {
    /// Hat, cap or net.
    Covered,
    /// Hair.
    Bare,
    /// Cannot judge.
    Unknown,
}

/// How a mask is worn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskState {
    /// Over mouth and nose.
    Worn,
    /// No mask.
    NotWorn,
    /// Under the nose or on the chin.
    WronglyWorn,
    /// Cannot judge.
    Unknown,
}

/// What was seen of a head's hat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HatSeen {
    /// The state.
    pub state: HatState,
    /// Probability that the head is covered.
    pub covered: f32,
}

/// What was seen of a head's mask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaskSeen {
    /// The state.
    pub state: MaskState,
    /// Probability that the mask is worn as it should be, given that the face is seen.
    pub worn: f32,
    /// Confidence in the state; 0 where it is unknown.
    pub confidence: f32,
}

/// What one look at a head said; `None` where no model looked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HeadSeen {
    /// Hat.
    pub hat: Option<HatSeen>,
    /// Mask.
    pub mask: Option<MaskSeen>,
    /// Where the head is, nearer than where it was looked for; `None` where the model does not say.
    pub bbox: Option<BBox>,
}

/// What was seen of a waste bin.
#[derive(Debug, Clone, PartialEq)]
pub struct BinSeen {
    /// Probability that the lid is on.
    pub closed: f32,
    /// Probability that the lid is off.
    pub open: f32,
    /// Probability that something hides the bin.
    pub occluded: f32,
    /// Length 1; what a camera's own boundary between open and closed is fitted on.
    pub features: Vec<f32>,
}

/// Looks at one head with the models there are, in one way for the command line, the figures and the cameras' chain.
///
/// # Errors
/// When a model fails.
pub fn look_at_head(
    detector: &mut dyn super::Detector,
    picture: &Picture,
    head: BBox,
    bands: &Bands,
) -> Result<HeadSeen, DetectError> {
    if let Some(seen) = detector.head(picture, head)? {
        return Ok(seen);
    }
    let around = crate::track::head::square_around(head, AROUND_HEAD, picture.aspect());
    let faces = detector.faces(picture, around)?;
    let face = faces.as_ref().and_then(|faces| bands.face_of(head, faces));
    let head = face.map_or(head, |face| crate::track::head::centered_on(head, face.bbox));
    let covered = detector.covered(picture, head)?;
    let hat = covered.map(|covered| {
        let state = match bands.hat(Some(covered)).state {
            Observation::Compliant => HatState::Covered,
            Observation::Violating => HatState::Bare,
            Observation::CannotJudge => HatState::Unknown,
        };
        HatSeen { state, covered }
    });
    let classifier = match face.filter(|face| face.bare > face.masked) {
        Some(face) => detector.masked(picture, face.bbox)?,
        None => None,
    };
    let mask = faces.map(|_| {
        let judged = bands.mask(face.as_ref(), classifier);
        let state = match judged.state {
            Observation::Compliant => MaskState::Worn,
            Observation::Violating => MaskState::NotWorn,
            Observation::CannotJudge => MaskState::Unknown,
        };
        let worn = face.map_or(0.5, |face| face.masked / (face.masked + face.bare).max(1e-6));
        MaskSeen { state, worn, confidence: judged.confidence }
    });
    Ok(HeadSeen { hat, mask, bbox: None })
}

/// The face detector sees the head and this much around it: measured best at faces of a seventh of its input.
const AROUND_HEAD: f32 = 3.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn bbox(x1: f32, y1: f32, x2: f32, y2: f32) -> BBox {
        BBox { x1, y1, x2, y2 }
    }

    #[test]
    fn each_head_belongs_to_the_person_it_sits_on() {
        let heads = [bbox(0.22, 0.1, 0.28, 0.22), bbox(0.31, 0.12, 0.37, 0.24), bbox(0.8, 0.8, 0.85, 0.9)];
        let things = heads.map(|bbox| Thing { class: Class::Head, bbox, score: 0.9 });
        let scene = Scene { heads: Some(things.to_vec()), ..Scene::default() };
        let persons = [bbox(0.27, 0.12, 0.41, 0.8), bbox(0.2, 0.1, 0.3, 0.8), bbox(0.6, 0.1, 0.7, 0.8)];
        assert_eq!(scene.heads_of(&persons), Some(vec![Some(heads[1]), Some(heads[0]), None]));
        assert_eq!(Scene::default().heads_of(&persons), None);
    }
}
