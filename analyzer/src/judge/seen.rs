//! From what models saw to one of three states. Pure.

use super::bands::Judgement;
use crate::detect::{BinSeen, Class, HatSeen, HatState, MaskSeen, MaskState, Thing};
use mingchu_domain::{geometry::BBox, rule::WhyNot};

/// From this probability of the lid model on, the lid is on or off.
const LID_SURE: f32 = 0.8;
/// A person lower than this many pixels holds a phone that no detector sees.
const PHONE_SHOWS_FROM_PX: f32 = 240.0;

/// Judges the hat; `None`: no model looked.
#[must_use]
pub fn hat(seen: Option<HatSeen>) -> Judgement {
    match seen {
        None => Judgement::cannot(WhyNot::NoModel),
        Some(HatSeen { state: HatState::Covered, covered }) => Judgement::compliant(covered),
        Some(HatSeen { state: HatState::Bare, covered }) => Judgement::violating(1.0 - covered),
        Some(_) => Judgement::cannot(WhyNot::Unsure),
    }
}

/// Judges the mask: not worn and wrongly worn both break the rule. `None`: no model looked.
#[must_use]
pub fn mask(seen: Option<MaskSeen>) -> Judgement {
    match seen {
        None => Judgement::cannot(WhyNot::NoModel),
        Some(MaskSeen { state: MaskState::Worn, confidence, .. }) => Judgement::compliant(confidence),
        Some(MaskSeen { state: MaskState::NotWorn | MaskState::WronglyWorn, confidence, .. }) => {
            Judgement::violating(confidence)
        }
        Some(_) => Judgement::cannot(WhyNot::FaceHidden),
    }
}

/// Judges the lid by the model that knows bins in general.
#[must_use]
pub fn lid(seen: &BinSeen) -> Judgement {
    let BinSeen { closed, open, occluded, .. } = *seen;
    if occluded > closed.max(open) {
        Judgement::cannot(WhyNot::Overlap)
    } else if open >= LID_SURE {
        Judgement::violating(open)
    } else if closed >= LID_SURE {
        Judgement::compliant(closed)
    } else {
        Judgement::cannot(WhyNot::Unsure)
    }
}

/// Judges whether a person uses a phone: one that lies in the upper part of their box. `person_px`: height of the
/// person in pixels; `things`: `None` where no model looks for phones.
#[must_use]
pub fn phone(person: BBox, person_px: f32, things: Option<&[Thing]>) -> Judgement {
    let Some(things) = things else { return Judgement::cannot(WhyNot::NoModel) };
    let is_held = |thing: &&Thing| {
        let at = thing.bbox.center();
        let reach = 0.15 * person.width();
        thing.class == Class::Phone
            && (person.x1 - reach..=person.x2 + reach).contains(&at.x)
            && (person.y1..=person.y1 + 0.7 * person.height()).contains(&at.y)
    };
    let phones = things.iter().filter(is_held);
    match phones.map(|phone| phone.score).reduce(f32::max) {
        Some(score) => Judgement::violating(score),
        None if person_px < PHONE_SHOWS_FROM_PX => Judgement::cannot(WhyNot::TooSmall),
        None => Judgement::compliant(0.5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mingchu_domain::violation::Observation as O;

    #[test]
    fn a_mask_under_the_nose_breaks_the_rule_like_none() {
        let judged = |state| mask(Some(MaskSeen { state, worn: 0.1, confidence: 0.8 })).state;
        assert_eq!(judged(MaskState::WronglyWorn), O::Violating);
        assert_eq!(judged(MaskState::NotWorn), O::Violating);
        assert_eq!(judged(MaskState::Worn), O::Compliant);
        assert_eq!(judged(MaskState::Unknown), O::CannotJudge);
    }

    #[test]
    fn without_a_model_nothing_is_judged_and_it_says_so() {
        assert_eq!(hat(None).why, Some(WhyNot::NoModel));
        assert_eq!(mask(None).why, Some(WhyNot::NoModel));
        assert_eq!(phone(BBox::default(), 500.0, None).why, Some(WhyNot::NoModel));
    }

    #[test]
    fn a_phone_on_the_table_is_nobodys() {
        let person = BBox { x1: 0.4, y1: 0.2, x2: 0.5, y2: 0.9 };
        let at = |x: f32, y: f32| {
            [Thing { class: Class::Phone, bbox: BBox { x1: x, y1: y, x2: x + 0.02, y2: y + 0.02 }, score: 0.6 }]
        };
        assert_eq!(phone(person, 500.0, Some(&at(0.48, 0.4))), Judgement::violating(0.6));
        assert_eq!(phone(person, 500.0, Some(&at(0.48, 0.85))).state, O::Compliant);
        assert_eq!(phone(person, 500.0, Some(&at(0.8, 0.4))).state, O::Compliant);
        assert_eq!(phone(person, 100.0, Some(&[])).why, Some(WhyNot::TooSmall));
    }

    #[test]
    fn a_hidden_bin_is_not_judged() {
        let seen = |closed, open, occluded| BinSeen { closed, open, occluded, features: vec![] };
        assert_eq!(lid(&seen(0.1, 0.3, 0.6)).why, Some(WhyNot::Overlap));
        assert_eq!(lid(&seen(0.05, 0.9, 0.05)).state, O::Violating);
        assert_eq!(lid(&seen(0.4, 0.55, 0.05)).why, Some(WhyNot::Unsure));
    }
}
