//! One camera's way from pictures to findings, the same for live pictures and for files.
//!
//! It holds no clock, no queue and no store: the same pictures, models and rules give the same findings.

mod bins;
mod heads;
mod health;
mod scene;
mod shots;
mod tally;

#[cfg(test)]
mod tests;

use self::{bins::Bins, health::Health, shots::Shots, tally::Tally};
pub use self::{
    bins::KnownBin,
    scene::{LiveBin, LivePerson, LiveRule, LiveScene},
    tally::Outcome,
};
use crate::{
    Config,
    coverage::{Coverage, Seen},
    cv,
    detect::{DetectError, Detector, Thing},
    gate::{self, ChangeGate},
    judge::{AnimalWatch, Ballot, Bands, Finding, Judge, Judgement, Sighting, Site, Zone},
    picture::Picture,
    track::{TrackId, TrackSettings, Tracker},
};
use bytes::Bytes;
use mingchu_domain::{
    geometry::BBox,
    rule::{Duty, RuleCode, RulePack, WhyNot},
    time::WallTime,
};
use std::{collections::BTreeMap, time::Duration};

/// Advice, and violations already reported, are judged no more often than this.
const UNHURRIED: Duration = Duration::from_secs(4);
/// Whoever kept a rule in this many looks in a row is looked at half as often, until one look says otherwise.
const CALM_AFTER: u32 = 5;
const CALM: Duration = Duration::from_millis(1900);
/// While everybody stands still persons are looked for no more often than this.
const SETTLED: Duration = Duration::from_millis(900);
/// After so long without change or anybody a camera is calm.
const CALM_SCENE_AFTER: Duration = Duration::from_secs(5);
/// A person judged within this time counts as judged.
const JUDGED_FOR: Duration = Duration::from_secs(6);
/// Somebody in a kitchen counts as judged when one of these was.
const OF_HEADS: [RuleCode; 2] = [RuleCode::NoHat, RuleCode::NoMask];

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

/// A finding with the pictures it rests on.
type Shown = (Finding, Vec<(Ballot, Bytes)>);

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
    /// What was judged last of each track and rule.
    last_ballot: BTreeMap<(TrackId, RuleCode), Ballot>,
    kept_in_a_row: BTreeMap<(TrackId, RuleCode), u32>,
    last_judged: BTreeMap<TrackId, WallTime>,
    /// Each track's head as shares of the person's box, where one was found.
    heads: BTreeMap<TrackId, BBox>,
    /// Animals and phones of the last look; `None` without a model that knows them.
    things: Option<Vec<Thing>>,
    is_infrared: bool,
    seen_at: WallTime,
    health: Health,
    bins: Bins,
    animals: AnimalWatch,
    tally: Tally,
    /// Findings of bins, animals and the camera itself, until they are fetched; few, because each cools down.
    found: Vec<(Finding, Option<Pictures>)>,
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
            last_ballot: BTreeMap::new(),
            kept_in_a_row: BTreeMap::new(),
            last_judged: BTreeMap::new(),
            heads: BTreeMap::new(),
            things: None,
            is_infrared: false,
            seen_at: WallTime::default(),
            health: Health::new(pack),
            bins: Bins::new(Vec::new()),
            animals: AnimalWatch::default(),
            tally: Tally::default(),
            found: Vec::new(),
        }
    }

    /// Returns the chain with what is known of the place, and its waste bins.
    #[must_use]
    pub fn at_site(self, site: Site, bins: Vec<KnownBin>) -> Self {
        Self { judge: self.judge.at_site(site), bins: Bins::new(bins), ..self }
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
        self.judge.now_is(at);
        self.seen_at = at;
        self.is_infrared = crate::health::is_infrared(picture.bgr());
        if let Some((finding, frames)) = self.health.see(picture, &mut self.judge)? {
            self.keep_finding(finding, frames)?;
        }
        let grey = cv::small_grey(picture, i32::from(gate::WIDTH), i32::from(gate::HEIGHT))?;
        self.bins.notice(at, &grey);
        if !self.gate.is_worth_a_look(at, grey, self.tracker.has_anybody(), self.look_at_least_every) {
            let seen = if self.has_looked { self.seen(at) } else { Seen::NotJudged };
            self.coverage.add(at, seen);
            return Ok(PersonLook::Still);
        }
        let is_fresh = self.looked_at.is_some_and(|last| at >= last && at.since(last) < SETTLED);
        if is_fresh && self.tracker.has_anybody() && self.tracker.is_settled() {
            let seen = self.seen(at);
            self.coverage.add(at, seen);
            return Ok(PersonLook::Settled);
        }
        self.looked_at = Some(at);
        let Some(scene) = detector.scene(picture)? else {
            self.has_looked = false;
            self.coverage.add(at, Seen::NotJudged);
            return Ok(PersonLook::NoModel);
        };
        self.has_looked = true;
        self.tracker.update(at, &scene.persons);
        let tracks: Vec<(TrackId, BBox)> = self.tracker.confirmed().map(|track| (track.id, track.bbox())).collect();
        self.judge.stand(at, &tracks);
        self.place_heads(&tracks, &scene);
        self.things = scene.heads.is_some().then_some(scene.things);
        self.look_for_animals(picture)?;
        let is_here = |id: &TrackId| tracks.iter().any(|(track, _)| track == id);
        self.last_ballot.retain(|(id, _), _| is_here(id));
        self.heads.retain(|id, _| is_here(id));
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

    /// Whether the next key unit of the main stream is wanted: for somebody's head, or for a bin that changed.
    #[must_use]
    pub fn wants_main(&self) -> bool {
        self.wants_heads() || self.bins.are_urgent(self.seen_at, &self.judge)
    }

    /// Whether nothing has changed and nobody has been there for a while, so that pictures may come less often: see
    /// [`crate::decode::Doze`].
    #[must_use]
    pub fn is_calm(&self) -> bool {
        !self.tracker.has_anybody() && self.gate.still_for(self.seen_at) >= CALM_SCENE_AFTER
    }

    /// Returns what was added to the coverage since the last call.
    pub fn take_coverage(&mut self) -> Vec<(WallTime, crate::coverage::Shares)> {
        self.coverage.take()
    }

    /// Reads the waste bins in a picture of the main stream, whether somebody is there or not.
    ///
    /// # Errors
    /// When a model or OpenCV fails; the picture is lost, the chain goes on.
    pub fn look_at_place(&mut self, picture: &Picture, detector: &mut dyn Detector) -> Result<(), DetectError> {
        self.judge.now_is(picture.at());
        let persons: Vec<BBox> = self.tracker.confirmed().filter_map(|track| track.bbox_at(picture.at())).collect();
        let is_obscured = self.health.is_obscured();
        for reading in self.bins.look(picture, &persons, is_obscured, &mut self.judge, detector)? {
            self.tally.add(reading.ballot.at, RuleCode::BinOpen, reading.ballot.judgement);
            if let Some((finding, frames)) = reading.finding {
                self.keep_finding(finding, frames)?;
            }
        }
        Ok(())
    }

    /// Returns the findings of bins, animals and the camera itself since the last call.
    pub fn take_findings(&mut self) -> Vec<(Finding, Option<Pictures>)> {
        std::mem::take(&mut self.found)
    }

    /// Returns how often each rule was judged since the last call, by the start of its hour.
    pub fn take_tallies(&mut self) -> Vec<(WallTime, Vec<(Outcome, u64)>)> {
        self.tally.take()
    }

    /// Returns what is seen now.
    #[must_use]
    pub fn scene(&self) -> LiveScene {
        let person = |track: &crate::track::Track| {
            let of_track = |code| self.last_ballot.get(&(track.id, code));
            let rule = |code| {
                let judgement = of_track(code).map(|ballot| ballot.judgement);
                LiveRule { code, duty: self.judge.duty(track.id, code), judgement }
            };
            LivePerson {
                track: track.id.0,
                bbox: track.bbox(),
                head: OF_HEADS.into_iter().find_map(|code| of_track(code)?.head),
                rules: RuleCode::of_persons().map(rule).filter(|rule| rule.duty != Duty::Off).collect(),
            }
        };
        LiveScene {
            at: self.seen_at,
            trouble: self.health.trouble().map(crate::health::Trouble::code),
            is_obscured: self.health.is_obscured(),
            has_model: self.has_looked,
            persons: self.tracker.confirmed().map(person).collect(),
            bins: self.bins.states().map(|(id, bbox, judgement)| LiveBin { id, bbox, judgement }).collect(),
        }
    }

    fn place_heads(&mut self, tracks: &[(TrackId, BBox)], scene: &crate::detect::Scene) {
        let persons: Vec<BBox> = tracks.iter().map(|&(_, person)| person).collect();
        for (&(track, person), head) in tracks.iter().zip(scene.heads_of(&persons).into_iter().flatten()) {
            let Some(head) = head else { continue };
            self.heads.insert(track, heads::share_of(person, head));
        }
    }

    /// Motion woke the detector; outside service hours an animal on a path is a finding.
    fn look_for_animals(&mut self, picture: &Picture) -> Result<(), DetectError> {
        let whole = mingchu_domain::geometry::Point { x: 0.5, y: 0.5 };
        let is_due = self.judge.binding_at(whole, RuleCode::Animal).is_some_and(|(_, duty)| duty != Duty::Off);
        let Some(vote) = self.judge.rule(RuleCode::Animal).map(|rule| rule.vote).filter(|_| is_due) else {
            return Ok(());
        };
        let Some(things) = &self.things else {
            self.tally.add(picture.at(), RuleCode::Animal, Judgement::cannot(WhyNot::NoModel));
            return Ok(());
        };
        let animals = Self::animals(things);
        let seen = self.animals.see(picture.at(), &animals, &vote);
        if !animals.is_empty() {
            self.shots.keep(picture)?;
        }
        let Some((figures, frames)) = seen else { return Ok(()) };
        let range = frames.first().zip(frames.last()).map(|(first, last)| (first.at, last.at));
        let Some((started_at, ended_at)) = range else { return Ok(()) };
        let sighting = Sighting { at: picture.at(), track: TrackId(0), started_at, ended_at, figures, frames };
        if let Some(finding) = self.judge.report(RuleCode::Animal, sighting) {
            let pictures = match &finding {
                Finding::Opened(opened) => match opened.frames.last() {
                    Some(last) => Some(self.pictures(opened, picture, last)?),
                    None => None,
                },
                Finding::Continued { .. } => None,
            };
            self.found.push((finding, pictures));
        }
        Ok(())
    }

    fn keep_finding(&mut self, finding: Finding, frames: Vec<(Ballot, Bytes)>) -> Result<(), DetectError> {
        let pictures = match &finding {
            Finding::Opened(_) => {
                let last = frames.last().map(|(_, jpeg)| jpeg.clone()).unwrap_or_default();
                Some(Pictures { snapshot: shots::small(&last)?, frames })
            }
            Finding::Continued { .. } => None,
        };
        self.found.push((finding, pictures));
        Ok(())
    }

    fn binds(&self, track: TrackId) -> bool {
        RuleCode::of_persons().any(|code| self.judge.duty(track, code) != Duty::Off)
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
        self.last_ballot.get(&(track, code)).is_none_or(|last| at.since(last.at) >= pause)
    }

    fn seen(&self, at: WallTime) -> Seen {
        if self.health.is_obscured() {
            return Seen::CannotJudge;
        }
        let must = |track| OF_HEADS.into_iter().any(|code| self.judge.duty(track, code) == Duty::Must);
        let lately = |track| self.last_judged.get(&track).is_some_and(|&last| at.since(last) <= JUDGED_FOR);
        let unclear = self.tracker.confirmed().any(|track| must(track.id) && !lately(track.id));
        if unclear { Seen::CannotJudge } else { Seen::Judged }
    }
}

fn ballot(picture: &Picture, subject: BBox, head: Option<BBox>, judgement: Judgement) -> Ballot {
    let head_px = head.map(|head| head.width() * picture.width() as f32);
    Ballot { at: picture.at(), judgement, subject, head, head_px }
}
