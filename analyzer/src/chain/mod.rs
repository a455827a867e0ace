//! One camera's way from pictures to findings, the same for live pictures and for files.
//!
//! It holds no clock, no queue and no store: the same pictures, models and rules give the same findings.

mod shots;

#[cfg(test)]
mod tests;

use self::shots::Shots;
use crate::{
    Config,
    coverage::{Coverage, Seen},
    cv,
    detect::{DetectError, Detector},
    gate::{self, ChangeGate},
    judge::{Ballot, Bands, Face, Finding, Judge, Judgement, Opened, Zone},
    picture::Picture,
    track::{TrackId, TrackSettings, Tracker, head},
};
use bytes::Bytes;
use mingchu_domain::{
    geometry::BBox,
    rule::{Duty, RuleCode, RulePack},
    time::WallTime,
    violation::Observation,
};
use std::{collections::BTreeMap, time::Duration};

/// Advice, and violations already reported, are judged no more often than this.
const UNHURRIED: Duration = Duration::from_secs(4);
/// Whoever kept a rule in this many looks in a row is looked at half as often, until one look says otherwise.
const CALM_AFTER: u32 = 5;
const CALM: Duration = Duration::from_millis(1900);
/// While everybody stands still persons are looked for no more often than this.
const SETTLED: Duration = Duration::from_millis(900);
/// A person judged within this time counts as judged.
const JUDGED_FOR: Duration = Duration::from_secs(6);
/// The face detector sees the head and this much around it: measured best at faces of a seventh of its input.
const AROUND_HEAD: f32 = 3.0;
/// Two heads that overlap more cannot be told apart.
const HEADS_APART: f32 = 0.3;

/// What a look for persons was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonLook {
    /// Nothing had changed and nobody was there.
    Still,
    /// Everybody stood still and was looked at just before.
    Settled,
    /// The models looked.
    Looked,
    /// There is no model for persons.
    NoModel,
}

/// One judgement, for metrics and `analyze`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Who.
    pub track: TrackId,
    /// By which rule.
    pub code: RuleCode,
    /// How the rule binds there.
    pub duty: Duty,
    /// What counts of it.
    pub ballot: Ballot,
}

/// The pictures of a new violation.
#[derive(Debug, Clone)]
pub struct Pictures {
    /// Each decision frame with its JPEG, the whole picture as decoded.
    pub frames: Vec<(Ballot, Bytes)>,
    /// The person, cut out of the last one.
    pub snapshot: Bytes,
}

/// What one main picture brought.
#[derive(Debug, Default)]
pub struct HeadLook {
    /// Every judgement.
    pub judged: Vec<Judged>,
    /// Findings; an opened one comes with its pictures.
    pub findings: Vec<(Finding, Option<Pictures>)>,
}

/// One camera's state.
pub struct Chain {
    bands: Bands,
    look_at_least_every: Duration,
    gate: ChangeGate,
    /// Whether a detector has looked; without one, a still picture is not judged either.
    has_looked: bool,
    tracker: Tracker,
    judge: Judge,
    shots: Shots,
    coverage: Coverage,
    looked_at: Option<WallTime>,
    last_look: BTreeMap<(TrackId, RuleCode), WallTime>,
    kept_in_a_row: BTreeMap<(TrackId, RuleCode), u32>,
    last_judged: BTreeMap<TrackId, WallTime>,
}

impl Chain {
    /// Returns the chain of a camera with `zones` under the rules of `pack` as they bind in its province.
    #[must_use]
    pub fn new(config: &Config, pack: &RulePack, zones: Vec<Zone>) -> Self {
        Self {
            bands: config.bands,
            look_at_least_every: config.look_at_least_every,
            gate: ChangeGate::default(),
            has_looked: false,
            tracker: Tracker::new(TrackSettings::default()),
            judge: Judge::new(pack, zones),
            shots: Shots::default(),
            coverage: Coverage::default(),
            looked_at: None,
            last_look: BTreeMap::new(),
            kept_in_a_row: BTreeMap::new(),
            last_judged: BTreeMap::new(),
        }
    }

    /// Looks for persons in a picture of the sub stream. Pictures come in order of time.
    ///
    /// # Errors
    /// When a model or OpenCV fails; the picture is lost, the chain goes on.
    pub fn look_for_persons(
        &mut self,
        picture: &Picture,
        detector: &mut dyn Detector,
    ) -> Result<PersonLook, DetectError> {
        let at = picture.at();
        let grey = cv::small_grey(picture, i32::from(gate::WIDTH), i32::from(gate::HEIGHT))?;
        if !self.gate.is_worth_a_look(at, grey, self.tracker.has_anybody(), self.look_at_least_every) {
            self.coverage.add(at, if self.has_looked { Seen::Judged } else { Seen::NotJudged });
            return Ok(PersonLook::Still);
        }
        let is_fresh = self.looked_at.is_some_and(|last| at >= last && at.since(last) < SETTLED);
        if is_fresh && self.tracker.has_anybody() && self.tracker.is_settled() {
            let seen = self.seen(at);
            self.coverage.add(at, seen);
            return Ok(PersonLook::Settled);
        }
        self.looked_at = Some(at);
        let Some(persons) = detector.persons(picture)? else {
            self.has_looked = false;
            self.coverage.add(at, Seen::NotJudged);
            return Ok(PersonLook::NoModel);
        };
        self.has_looked = true;
        self.tracker.update(at, &persons);
        let tracks: Vec<(TrackId, BBox)> = self.tracker.confirmed().map(|track| (track.id, track.bbox())).collect();
        self.judge.stand(&tracks);
        let is_here = |id: &TrackId| tracks.iter().any(|(track, _)| track == id);
        self.last_look.retain(|(id, _), _| is_here(id));
        self.kept_in_a_row.retain(|(id, _), _| is_here(id));
        self.last_judged.retain(|id, _| is_here(id));
        let seen = self.seen(at);
        self.coverage.add(at, seen);
        Ok(PersonLook::Looked)
    }

    /// Whether somebody is there whose head some rule wants to see.
    #[must_use]
    pub fn wants_heads(&self) -> bool {
        self.tracker.confirmed().any(|track| self.binds(track.id))
    }

    /// Returns what was added to the coverage since the last call.
    pub fn take_coverage(&mut self) -> Vec<(WallTime, crate::coverage::Shares)> {
        self.coverage.take()
    }

    /// Judges the heads of the tracks in a picture of the main stream.
    ///
    /// # Errors
    /// When a model or OpenCV fails; the picture is lost, the chain goes on.
    pub fn look_at_heads(&mut self, picture: &Picture, detector: &mut dyn Detector) -> Result<HeadLook, DetectError> {
        let at = picture.at();
        let aspect = picture.aspect();
        let bound = self.tracker.confirmed().filter(|track| self.binds(track.id));
        let subjects: Vec<(TrackId, BBox)> = bound.filter_map(|track| Some((track.id, track.bbox_at(at)?))).collect();
        let heads: Vec<Option<BBox>> = subjects.iter().map(|(_, person)| head::head_of(*person, aspect)).collect();
        let mut look = HeadLook::default();
        for (index, &(track, subject)) in subjects.iter().enumerate() {
            let others = heads.iter().enumerate().filter(|&(other, _)| other != index).filter_map(|(_, head)| *head);
            let head = heads[index].filter(|head| others.clone().all(|other| head.iou(other) <= HEADS_APART));
            self.judge_head(picture, detector, track, subject, head, &mut look)?;
        }
        Ok(look)
    }

    fn judge_head(
        &mut self,
        picture: &Picture,
        detector: &mut dyn Detector,
        track: TrackId,
        subject: BBox,
        head: Option<BBox>,
        look: &mut HeadLook,
    ) -> Result<(), DetectError> {
        let due = |code| self.is_due(track, code, picture.at());
        let (hat, mask) = (due(RuleCode::NoHat), due(RuleCode::NoMask));
        let px = head.map(|head| head.width() * picture.width() as f32);
        let large = |code| px.is_some_and(|px| px >= self.judge.min_head_px(code));
        let face = match head.filter(|_| mask && large(RuleCode::NoMask)) {
            Some(head) => self.face(picture, detector, head)?,
            None => None,
        };
        let head = head.map(|head| face.map_or(head, |face| head::centered_on(head, face.bbox)));
        if hat {
            let covered = match head.filter(|_| large(RuleCode::NoHat)) {
                Some(head) => detector.covered(picture, head)?,
                None => None,
            };
            let ballot = ballot(picture, subject, head, self.bands.hat(covered));
            self.cast(picture, track, RuleCode::NoHat, ballot, look)?;
        }
        if mask {
            let classifier = match face.filter(|face| face.bare > face.masked) {
                Some(face) => detector.masked(picture, face.bbox)?,
                None => None,
            };
            let ballot = ballot(picture, subject, head, self.bands.mask(face.as_ref(), classifier));
            self.cast(picture, track, RuleCode::NoMask, ballot, look)?;
        }
        Ok(())
    }

    fn face(&self, picture: &Picture, detector: &mut dyn Detector, head: BBox) -> Result<Option<Face>, DetectError> {
        let around = head::square_around(head, AROUND_HEAD, picture.aspect());
        Ok(detector.faces(picture, around)?.and_then(|faces| self.bands.face_of(head, &faces)))
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
        self.last_look.insert((track, code), ballot.at);
        let kept = self.kept_in_a_row.entry((track, code)).or_default();
        *kept = if judgement.state == Observation::Compliant { *kept + 1 } else { 0 };
        if judgement.state != Observation::CannotJudge {
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

    fn pictures(&self, opened: &Opened, last: &Picture, ballot: &Ballot) -> Result<Pictures, DetectError> {
        let frames = opened.frames.iter().filter_map(|frame| Some((*frame, self.shots.of(frame.at)?))).collect();
        Ok(Pictures { frames, snapshot: shots::snapshot(last, ballot.subject)? })
    }

    fn binds(&self, track: TrackId) -> bool {
        RuleCode::ALL.iter().any(|&code| self.judge.duty(track, code) != Duty::Off)
    }

    fn is_due(&self, track: TrackId, code: RuleCode, at: WallTime) -> bool {
        let is_calm = self.kept_in_a_row.get(&(track, code)).is_some_and(|&kept| kept >= CALM_AFTER);
        let pause = match self.judge.duty(track, code) {
            Duty::Off => return false,
            Duty::Must if self.judge.is_cooling(code, at) => UNHURRIED,
            Duty::Must if is_calm => CALM,
            Duty::Must => return true,
            Duty::Advisory => UNHURRIED,
        };
        self.last_look.get(&(track, code)).is_none_or(|&last| at.since(last) >= pause)
    }

    fn seen(&self, at: WallTime) -> Seen {
        let must = |track| RuleCode::ALL.iter().any(|&code| self.judge.duty(track, code) == Duty::Must);
        let lately = |track| self.last_judged.get(&track).is_some_and(|&last| at.since(last) <= JUDGED_FOR);
        let unclear = self.tracker.confirmed().any(|track| must(track.id) && !lately(track.id));
        if unclear { Seen::CannotJudge } else { Seen::Judged }
    }
}

fn ballot(picture: &Picture, subject: BBox, head: Option<BBox>, judgement: Judgement) -> Ballot {
    let head_px = head.map(|head| head.width() * picture.width() as f32);
    Ballot { at: picture.at(), judgement, subject, head, head_px }
}
