//! Animals at night: three sightings that make a path. Experimental. Pure.

use super::{bands::Judgement, window::Ballot};
use crate::detect::Thing;
use mingchu_domain::{
    rule::Vote,
    time::WallTime,
    violation::{Figures, Observation},
};
use std::{collections::VecDeque, time::Duration};

/// Two sightings further apart are two animals, as a share of the picture's width a second.
const FASTEST: f32 = 0.6;
/// A thing that stays where it is, is a thing.
const LEAST_WAY: f32 = 0.02;

/// Watches one camera for animals.
#[derive(Debug, Clone, Default)]
pub struct AnimalWatch(VecDeque<Ballot>);

impl AnimalWatch {
    /// Takes the animals of one picture; returns the sightings once there are enough, and they moved.
    pub fn see(&mut self, at: WallTime, animals: &[Thing], vote: &Vote) -> Option<(Figures, Vec<Ballot>)> {
        let window = Duration::from_secs_f32(vote.window_s);
        self.0.retain(|old| old.at < at && at.since(old.at) < window);
        let surest = animals.iter().max_by(|a, b| a.score.total_cmp(&b.score))?;
        let is_far = self.0.back().is_some_and(|last| {
            let (a, b) = (last.subject.center(), surest.bbox.center());
            (a.x - b.x).hypot(a.y - b.y) > FASTEST * at.since(last.at).as_secs_f32().max(0.5)
        });
        if is_far {
            self.0.clear();
        }
        let judgement = Judgement::violating(surest.score);
        self.0.push_back(Ballot { at, judgement, subject: surest.bbox, head: None, head_px: None });
        let (first, last) = (self.0.front()?.subject.center(), self.0.back()?.subject.center());
        let way = (first.x - last.x).hypot(first.y - last.y);
        if self.0.len() < vote.at_least as usize || way < LEAST_WAY {
            return None;
        }
        let mut scores: Vec<f32> = self.0.iter().map(|ballot| ballot.judgement.confidence).collect();
        scores.sort_by(f32::total_cmp);
        let n = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let figures = Figures {
            votes: n,
            of: n,
            window_s: vote.window_s,
            confidence: scores[scores.len() / 2],
            head_px: None,
            measure: None,
        };
        let all: Vec<Ballot> = self.0.iter().copied().collect();
        Some((figures, [0, all.len() / 2, all.len() - 1].map(|index| all[index]).to_vec()))
    }

    /// Whether something was seen lately, so that pictures may become evidence.
    #[must_use]
    pub fn has_seen(&self) -> bool {
        self.0.iter().any(|ballot| ballot.judgement.state == Observation::Violating)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Class;
    use mingchu_domain::geometry::BBox;

    const VOTE: Vote = Vote { window_s: 10.0, needed: 0.5, at_least: 3 };

    fn watch(places: &[(i64, f32)]) -> Vec<i64> {
        let mut watch = AnimalWatch::default();
        let sightings = places.iter().filter_map(|&(ms, x)| {
            let bbox = BBox { x1: x, y1: 0.8, x2: x + 0.04, y2: 0.84 };
            let thing = Thing { class: Class::Rodent, bbox, score: 0.6 };
            watch.see(WallTime::from_micros(ms * 1000), &[thing], &VOTE).map(|_| ms)
        });
        sightings.collect()
    }

    #[test]
    fn three_sightings_on_a_path_are_an_animal() {
        assert_eq!(watch(&[(0, 0.1), (500, 0.15), (1000, 0.2)]), [1000]);
    }

    #[test]
    fn a_thing_that_stays_is_none_and_two_sightings_are_too_few() {
        assert!(watch(&[(0, 0.1), (500, 0.1), (1000, 0.101), (1500, 0.1)]).is_empty());
        assert!(watch(&[(0, 0.1), (500, 0.2)]).is_empty());
    }

    #[test]
    fn sightings_across_the_room_make_no_path() {
        assert!(watch(&[(0, 0.1), (500, 0.9), (1000, 0.1), (1500, 0.9)]).is_empty());
    }
}
