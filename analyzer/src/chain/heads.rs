//! Judges the persons of one main picture by every rule that is due.

use super::{Chain, HeadLook, Judged, ballot, shots};
use crate::{
    detect::{Class, DetectError, Detector},
    judge::{Ballot, Face, Finding, Judgement, Opened, seen, torso_of},
    picture::Picture,
    track::{TrackId, head},
};
use mingchu_domain::{
    geometry::BBox,
    rule::{Duty, RuleCode, WhyNot},
    violation::Observation,
};

/// The face detector sees the head and this much around it: measured best at faces of a seventh of its input.
const AROUND_HEAD: f32 = 3.0;
/// Two heads that overlap more cannot be told apart.
const HEADS_APART: f32 = 0.3;
/// A guessed head may be this much narrower than the head that is found.
const GUESS_OFF: f32 = 1.5;
/// Pictures of torsos have this side.
const TORSO: usize = 24;

/// One person of the picture.
struct Subject {
    track: TrackId,
    person: BBox,
    /// The head, or why there is none.
    head: Result<BBox, WhyNot>,
}

impl Chain {
    /// Judges the heads of the tracks in a picture of the main stream.
    ///
    /// # Errors
    /// When a model or OpenCV fails; the picture is lost, the chain goes on.
    pub fn look_at_heads(&mut self, picture: &Picture, detector: &mut dyn Detector) -> Result<HeadLook, DetectError> {
        self.judge.now_is(picture.at());
        let mut look = HeadLook::default();
        for subject in self.subjects(picture) {
            self.judge_head(picture, detector, &subject, &mut look)?;
            self.judge_rest(picture, &subject, &mut look)?;
        }
        Ok(look)
    }

    fn subjects(&mut self, picture: &Picture) -> Vec<Subject> {
        let (at, aspect) = (picture.at(), picture.aspect());
        let bound = self.tracker.confirmed().filter(|track| self.binds(track.id));
        let found: Vec<(TrackId, BBox)> = bound.filter_map(|track| Some((track.id, track.bbox_at(at)?))).collect();
        let heads: Vec<Option<BBox>> =
            found.iter().map(|&(track, person)| self.head_of(track, person, aspect)).collect();
        let is_apart = |index: usize, head: BBox| {
            let others = heads.iter().enumerate().filter(|&(other, _)| other != index);
            others.filter_map(|(_, other)| *other).all(|other| head.iou(other) <= HEADS_APART)
        };
        let subject = |(index, &(track, person)): (usize, &(TrackId, BBox))| {
            let head = match heads[index] {
                None => Err(WhyNot::CutOff),
                Some(head) if is_apart(index, head) => Ok(head),
                Some(_) => Err(WhyNot::Overlap),
            };
            Subject { track, person, head }
        };
        let subjects: Vec<Subject> = found.iter().enumerate().map(subject).collect();
        // Two persons on whom one head was found: it is guessed anew next time.
        for subject in subjects.iter().filter(|subject| subject.head == Err(WhyNot::Overlap)) {
            self.heads.remove(&subject.track);
        }
        subjects
    }

    /// Returns the head that was found on this person lately, else where it should be.
    fn head_of(&self, track: TrackId, person: BBox, aspect: f32) -> Option<BBox> {
        let found = self.heads.get(&track).map(|share| of_share(person, *share));
        found.map(BBox::clipped).or_else(|| head::head_of(person, aspect))
    }

    fn judge_head(
        &mut self,
        picture: &Picture,
        detector: &mut dyn Detector,
        subject: &Subject,
        look: &mut HeadLook,
    ) -> Result<(), DetectError> {
        let &Subject { track, person, head } = subject;
        let due = |code| self.is_due(track, code, picture.at());
        let (hat, mask) = (due(RuleCode::NoHat), due(RuleCode::NoMask));
        if !hat && !mask {
            return Ok(());
        }
        let head = match head {
            Ok(head) if !self.health.is_obscured() => head,
            hidden => {
                let why = hidden.err().unwrap_or(WhyNot::LensObscured);
                for code in
                    [(hat, RuleCode::NoHat), (mask, RuleCode::NoMask)].into_iter().filter_map(|(is, c)| is.then_some(c))
                {
                    self.cast(
                        picture,
                        track,
                        code,
                        ballot(picture, person, hidden.ok(), Judgement::cannot(why)),
                        look,
                    )?;
                }
                return Ok(());
            }
        };
        let px = head.width() * picture.width() as f32;
        let may_be_large = |code| px * GUESS_OFF >= self.judge.min_head_px(code);
        let small = Judgement::cannot(WhyNot::TooSmall);
        let seen = if hat && may_be_large(RuleCode::NoHat) || mask && may_be_large(RuleCode::NoMask) {
            detector.head(picture, head)?
        } else {
            None
        };
        if let Some(seen) = seen {
            if let Some(nearer) = seen.bbox {
                self.heads.insert(track, share_of(person, nearer));
            }
            // Whether it is large enough is seen on the ballot, by the head that was found.
            let head = seen.bbox.unwrap_or(head);
            if hat {
                let ballot = ballot(picture, person, Some(head), seen::hat(seen.hat));
                self.cast(picture, track, RuleCode::NoHat, ballot, look)?;
            }
            if mask {
                let ballot = ballot(picture, person, Some(head), seen::mask(seen.mask));
                self.cast(picture, track, RuleCode::NoMask, ballot, look)?;
            }
            return Ok(());
        }
        let is_large = |code| px >= self.judge.min_head_px(code);
        let (see_hat, see_mask) = (hat && is_large(RuleCode::NoHat), mask && is_large(RuleCode::NoMask));
        let faces = if see_mask { Some(self.face(picture, detector, head)?) } else { None };
        let face = faces.flatten().flatten();
        let head = face.map_or(head, |face| head::centered_on(head, face.bbox));
        if hat {
            let judged = if see_hat { self.bands.hat(detector.covered(picture, head)?) } else { small };
            self.cast(picture, track, RuleCode::NoHat, ballot(picture, person, Some(head), judged), look)?;
        }
        if mask {
            let classifier = match face.filter(|face| face.bare > face.masked) {
                Some(face) => detector.masked(picture, face.bbox)?,
                None => None,
            };
            let judged = match faces {
                None => small,
                Some(None) => Judgement::cannot(WhyNot::NoModel),
                Some(Some(face)) => self.bands.mask(face.as_ref(), classifier),
            };
            self.cast(picture, track, RuleCode::NoMask, ballot(picture, person, Some(head), judged), look)?;
        }
        Ok(())
    }

    /// Judges by the rules that need no head: hours, clothes, phones.
    fn judge_rest(&mut self, picture: &Picture, subject: &Subject, look: &mut HeadLook) -> Result<(), DetectError> {
        let (at, track, person) = (picture.at(), subject.track, subject.person);
        let head = subject.head.ok();
        let is_obscured = self.health.is_obscured();
        if self.is_due(track, RuleCode::OffHours, at) {
            let score =
                self.tracker.confirmed().find(|other| other.id == track).map_or(0.0, crate::track::Track::score);
            self.cast(
                picture,
                track,
                RuleCode::OffHours,
                ballot(picture, person, head, Judgement::violating(score)),
                look,
            )?;
        }
        if self.is_due(track, RuleCode::NoUniform, at) {
            let judged = if is_obscured {
                Judgement::cannot(WhyNot::LensObscured)
            } else if self.is_infrared {
                Judgement::cannot(WhyNot::NoColour)
            } else {
                let torso = torso_of(person);
                let width_px = torso.width() * picture.width() as f32;
                self.judge.site().clothes.judge(&crate::cv::small_bgr(picture, torso, TORSO)?, width_px)
            };
            self.cast(picture, track, RuleCode::NoUniform, ballot(picture, person, head, judged), look)?;
        }
        if self.is_due(track, RuleCode::Phone, at) {
            let judged = if is_obscured {
                Judgement::cannot(WhyNot::LensObscured)
            } else {
                let person_px = person.height() * picture.height() as f32;
                seen::phone(person, person_px, self.things.as_deref())
            };
            self.cast(picture, track, RuleCode::Phone, ballot(picture, person, head, judged), look)?;
        }
        Ok(())
    }

    /// Returns the face of the head; an outer `None` without a model.
    fn face(
        &self,
        picture: &Picture,
        detector: &mut dyn Detector,
        head: BBox,
    ) -> Result<Option<Option<Face>>, DetectError> {
        let around = head::square_around(head, AROUND_HEAD, picture.aspect());
        Ok(detector.faces(picture, around)?.map(|faces| self.bands.face_of(head, &faces)))
    }

    fn cast(
        &mut self,
        picture: &Picture,
        track: TrackId,
        code: RuleCode,
        mut ballot: Ballot,
        look: &mut HeadLook,
    ) -> Result<(), DetectError> {
        let duty = self.judge.duty(track, code);
        let was_cooling = self.judge.is_cooling(code, ballot.at);
        let (judgement, finding) = self.judge.cast(track, code, ballot);
        ballot.judgement = judgement;
        self.tally.add(ballot.at, code, judgement);
        self.last_ballot.insert((track, code), ballot);
        let kept = self.kept_in_a_row.entry((track, code)).or_default();
        *kept = if judgement.state == Observation::Compliant { *kept + 1 } else { 0 };
        if judgement.state != Observation::CannotJudge && super::OF_HEADS.contains(&code) {
            self.last_judged.insert(track, ballot.at);
        }
        if judgement.state == Observation::Violating && duty == Duty::Must && !was_cooling {
            self.shots.keep(picture)?;
        }
        look.judged.push(Judged { track, code, duty, ballot });
        if let Some(finding) = finding {
            let pictures = match &finding {
                Finding::Opened(opened) => Some(self.pictures(opened, picture, &ballot)?),
                Finding::Continued { .. } => None,
            };
            look.findings.push((finding, pictures));
        }
        Ok(())
    }

    pub(super) fn pictures(
        &self,
        opened: &Opened,
        last: &Picture,
        ballot: &Ballot,
    ) -> Result<super::Pictures, DetectError> {
        let frames = opened.frames.iter().filter_map(|frame| Some((*frame, self.shots.of(frame.at)?))).collect();
        Ok(super::Pictures { frames, snapshot: shots::snapshot(last, ballot.subject)? })
    }

    /// Returns the animals among what the detector found.
    pub(super) fn animals(things: &[crate::detect::Thing]) -> Vec<crate::detect::Thing> {
        let is_animal = |class| matches!(class, Class::Cat | Class::Dog | Class::Rodent);
        things.iter().filter(|thing| is_animal(thing.class)).copied().collect()
    }
}

/// Returns `head` in shares of the person's box.
pub(super) fn share_of(person: BBox, head: BBox) -> BBox {
    let (width, height) = (person.width().max(1e-6), person.height().max(1e-6));
    BBox {
        x1: (head.x1 - person.x1) / width,
        y1: (head.y1 - person.y1) / height,
        x2: (head.x2 - person.x1) / width,
        y2: (head.y2 - person.y1) / height,
    }
}

/// Returns the head at `share` of the person's box.
fn of_share(person: BBox, share: BBox) -> BBox {
    BBox {
        x1: person.x1 + share.x1 * person.width(),
        y1: person.y1 + share.y1 * person.height(),
        x2: person.x1 + share.x2 * person.width(),
        y2: person.y1 + share.y2 * person.height(),
    }
}
