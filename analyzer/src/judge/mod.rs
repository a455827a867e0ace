//! From observations to violations. Pure: same looks and rules, same findings.
//!
//! ```text
//! head of a track in one picture -> bands -> violating / compliant / cannot judge
//!   -> window of the track and rule: k of n -> zone: must? -> cool-down of the camera and rule -> finding
//! ```

mod animal;
mod bands;
mod clothes;
mod place;
pub mod seen;
mod site;
mod window;

#[cfg(test)]
mod tests;

pub use self::{
    animal::AnimalWatch,
    bands::{Bands, Face, Judgement},
    clothes::{Palette, torso_of},
    place::Zone,
    site::Site,
    window::Ballot,
};
use self::{place::Place, window::Window};
use crate::track::TrackId;
use mingchu_domain::{
    geometry::{BBox, Point},
    id::ZoneId,
    place::ZoneKind,
    rule::{Duty, Rule, RuleCode, RulePack, WhyNot},
    time::WallTime,
    violation::Figures,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// A violation that goes on is reported again after this long.
const REPORT_EVERY: Duration = Duration::from_secs(30);

/// What the judge reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Finding {
    /// A new violation.
    Opened(Opened),
    /// The violation of this code that was opened last goes on, or others join it within the cool-down.
    Continued {
        /// What is judged.
        code: RuleCode,
        /// The last violating judgement.
        ended_at: WallTime,
        /// Further tracks merged into it.
        merged: u32,
    },
}

/// A violation as it opens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Opened {
    /// What is judged.
    pub code: RuleCode,
    /// Where.
    #[serde(skip)]
    pub zone_id: ZoneId,
    /// The kind of that zone.
    pub zone: ZoneKind,
    /// Who.
    pub track: TrackId,
    /// The first violating judgement of the window.
    pub started_at: WallTime,
    /// The last violating judgement of the window.
    pub ended_at: WallTime,
    /// The numbers behind it.
    pub figures: Figures,
    /// The judgements it rests on, up to three, in order of time.
    pub frames: Vec<Ballot>,
}

/// What was found without a vote of tracks: a bin, an animal, a camera's trouble.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// When it was found.
    pub at: WallTime,
    /// Whose; 0 where nobody is followed.
    pub track: TrackId,
    /// First sight.
    pub started_at: WallTime,
    /// Last sight.
    pub ended_at: WallTime,
    /// The numbers behind it.
    pub figures: Figures,
    /// The pictures it rests on, up to three, in order of time.
    pub frames: Vec<Ballot>,
}

#[derive(Debug, Clone)]
struct Open {
    last_at: WallTime,
    reported_at: WallTime,
    tracks: BTreeSet<TrackId>,
}

/// Judges one camera.
#[derive(Debug, Clone)]
pub struct Judge {
    rules: Vec<Rule>,
    zones: Vec<Zone>,
    site: Site,
    now: WallTime,
    places: BTreeMap<TrackId, Place>,
    windows: BTreeMap<(TrackId, RuleCode), Window>,
    open: BTreeMap<RuleCode, Open>,
}

impl Judge {
    /// Returns a judge by the rules of `pack`, as they bind in the camera's province.
    #[must_use]
    pub fn new(pack: &RulePack, zones: Vec<Zone>) -> Self {
        Self {
            rules: pack.rules.clone(),
            zones,
            site: Site::default(),
            now: WallTime::default(),
            places: BTreeMap::new(),
            windows: BTreeMap::new(),
            open: BTreeMap::new(),
        }
    }

    /// Returns the judge with what is known of the place.
    #[must_use]
    pub fn at_site(self, site: Site) -> Self {
        Self { site, ..self }
    }

    /// Returns what is known of the place.
    #[must_use]
    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// Returns the rule for `code`.
    #[must_use]
    pub fn rule(&self, code: RuleCode) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.code == code)
    }

    /// Tells the judge the time, by which rules bind.
    pub fn now_is(&mut self, at: WallTime) {
        self.now = at;
    }

    /// Takes where the tracks of one picture stand; tracks that are not named are forgotten.
    pub fn stand(&mut self, at: WallTime, tracks: &[(TrackId, BBox)]) {
        self.now = at;
        let is_here = |id: TrackId| tracks.iter().any(|&(track, _)| track == id);
        self.places.retain(|&track, _| is_here(track));
        self.windows.retain(|&(track, _), _| is_here(track));
        for &(track, person) in tracks {
            self.places.entry(track).or_default().stand(person, &self.zones);
        }
    }

    /// Returns how `code` binds where the track stands.
    #[must_use]
    pub fn duty(&self, track: TrackId, code: RuleCode) -> Duty {
        self.binding(track, code).map_or(Duty::Off, |(_, _, duty)| duty)
    }

    /// Whether a violation of `code` is open or cooling down at `at`, so that another would be merged into it.
    #[must_use]
    pub fn is_cooling(&self, code: RuleCode, at: WallTime) -> bool {
        self.rule(code).zip(self.open.get(&code)).is_some_and(|(rule, open)| at.since(open.last_at) <= rule.cool_down())
    }

    /// Returns the width in pixels below which `code` judges no head.
    #[must_use]
    pub fn min_head_px(&self, code: RuleCode) -> f32 {
        self.rule(code).map_or(0.0, |rule| rule.min_head_px as f32)
    }

    /// Takes one judgement of a track; what counts of it comes back with the finding, if it made one.
    pub fn cast(&mut self, track: TrackId, code: RuleCode, mut ballot: Ballot) -> (Judgement, Option<Finding>) {
        self.now = ballot.at;
        let Some((rule, zone, duty)) = self.binding(track, code) else { return (ballot.judgement, None) };
        if ballot.head_px.is_some_and(|px| px < rule.min_head_px as f32) {
            ballot.judgement = Judgement::cannot(WhyNot::TooSmall);
        }
        let (rule, zone) = (rule.clone(), zone.clone());
        let window = self.windows.entry((track, code)).or_default();
        if duty != Duty::Must || self.site.is_muted(code, ballot.at) {
            window.clear();
            return (ballot.judgement, None);
        }
        window.push(ballot, &rule.vote);
        (ballot.judgement, self.decide(track, &rule, &zone, ballot.at))
    }

    fn binding(&self, track: TrackId, code: RuleCode) -> Option<(&Rule, &Zone, Duty)> {
        let rule = self.rule(code).filter(|rule| self.is_time_for(rule))?;
        let (zone, duty) = self.places.get(&track)?.binding(rule, &self.zones, &self.site.off)?;
        Some((rule, zone, duty))
    }

    fn is_time_for(&self, rule: &Rule) -> bool {
        rule.hours.contains(self.now, &self.site.service)
    }

    /// Returns how `code` binds at a place of the picture, and in which zone; outside every zone that of the camera's
    /// first one.
    #[must_use]
    pub fn binding_at(&self, at: Point, code: RuleCode) -> Option<(&Zone, Duty)> {
        let rule = self.rule(code).filter(|rule| self.is_time_for(rule))?;
        let zone = self.zones.iter().find(|zone| zone.outline.contains(at)).or_else(|| self.zones.first())?;
        let is_off = self.site.off.contains(&(zone.id, code));
        Some((zone, if is_off { Duty::Off } else { rule.duty(zone.kind) }))
    }

    /// Takes what was found of a bin, an animal or the camera itself; within the cool-down it is merged.
    pub fn report(&mut self, code: RuleCode, seen: Sighting) -> Option<Finding> {
        self.now = self.now.max(seen.ended_at);
        let at = seen.frames.last().map_or(Point { x: 0.5, y: 0.5 }, |frame| frame.subject.center());
        let (zone, duty) = self.binding_at(at, code)?;
        if duty != Duty::Must || self.site.is_muted(code, seen.ended_at) {
            return None;
        }
        let (rule, zone) = (self.rule(code)?.clone(), zone.clone());
        self.open_or_merge(&rule, &zone, seen)
    }

    fn decide(&mut self, track: TrackId, rule: &Rule, zone: &Zone, at: WallTime) -> Option<Finding> {
        let window = self.windows.get(&(track, rule.code)).filter(|window| window.is_carried(&rule.vote))?;
        let (started_at, ended_at) = window.range()?;
        let (figures, frames) = (window.figures(&rule.vote), window.decision_frames());
        let seen = Sighting { at, track, started_at, ended_at, figures, frames };
        self.open_or_merge(rule, zone, seen)
    }

    fn open_or_merge(&mut self, rule: &Rule, zone: &Zone, seen: Sighting) -> Option<Finding> {
        let Sighting { at, track, started_at, ended_at, figures, frames } = seen;
        if let Some(open) = self.open.get_mut(&rule.code).filter(|open| at.since(open.last_at) <= rule.cool_down()) {
            open.last_at = open.last_at.max(ended_at);
            let joined = open.tracks.insert(track);
            if !joined && at.since(open.reported_at) < REPORT_EVERY {
                return None;
            }
            open.reported_at = at;
            let merged = u32::try_from(open.tracks.len() - 1).unwrap_or(u32::MAX);
            return Some(Finding::Continued { code: rule.code, ended_at: open.last_at, merged });
        }
        let open = Open { last_at: ended_at, reported_at: at, tracks: BTreeSet::from([track]) };
        self.open.insert(rule.code, open);
        Some(Finding::Opened(Opened {
            code: rule.code,
            zone_id: zone.id,
            zone: zone.kind,
            track,
            started_at,
            ended_at,
            figures,
            frames,
        }))
    }
}
