//! Follows persons from picture to picture (ByteTrack, arXiv:2110.06864). Pure: same detections, same tracks.
//!
//! Sure detections are matched first, then the faint ones keep known tracks alive, and only a sure one starts a
//! track. A track is confirmed by its second sighting and forgotten after `keep_lost` without any. Boxes are relative
//! to the whole picture, so that tracks of the sub stream are valid on the main stream.

pub mod head;
mod match_boxes;
mod motion;

#[cfg(test)]
mod tests;

use self::{match_boxes::match_boxes, motion::Motion};
use mingchu_domain::{geometry::BBox, time::WallTime};
use std::time::Duration;

/// Number of a track within its camera, in order of appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct TrackId(pub u64);

/// A person found in one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Person {
    /// Where, relative to the picture.
    pub bbox: BBox,
    /// Confidence, 0..1.
    pub score: f32,
}

/// Thresholds of the tracker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackSettings {
    /// Score from which a detection may start a track.
    pub sure: f32,
    /// Score below which a detection is not used at all.
    pub faint: f32,
    /// Sightings that confirm a track.
    pub confirm_after: u32,
    /// How long a track without sightings is kept.
    pub keep_lost: Duration,
}

impl Default for TrackSettings {
    fn default() -> Self {
        Self { sure: 0.45, faint: 0.25, confirm_after: 2, keep_lost: Duration::from_secs(3) }
    }
}

/// A person followed over time.
#[derive(Debug, Clone)]
pub struct Track {
    /// Its number.
    pub id: TrackId,
    motion: Motion,
    sightings: u32,
    score: f32,
}

impl Track {
    /// Returns the box of the last sighting.
    #[must_use]
    pub fn bbox(&self) -> BBox {
        self.motion.last().1
    }
    /// Returns the detector's score of the last sighting, 0..1.
    #[must_use]
    pub const fn score(&self) -> f32 {
        self.score
    }
    /// Returns when it was last seen.
    #[must_use]
    pub fn seen_at(&self) -> WallTime {
        self.motion.last().0
    }
    /// Returns the box at `at`: between two sightings by interpolation, just after the last by its speed;
    /// `None` where it was not seen within a second.
    #[must_use]
    pub fn bbox_at(&self, at: WallTime) -> Option<BBox> {
        self.motion.at(at)
    }
}

/// Follows the persons of one camera.
#[derive(Debug, Clone)]
pub struct Tracker {
    settings: TrackSettings,
    tracks: Vec<Track>,
    next: u64,
}

impl Tracker {
    /// Returns a tracker without tracks.
    #[must_use]
    pub const fn new(settings: TrackSettings) -> Self {
        Self { settings, tracks: Vec::new(), next: 1 }
    }

    /// Takes the persons of one picture; pictures come in order of time, a late one is ignored.
    pub fn update(&mut self, at: WallTime, persons: &[Person]) {
        if self.tracks.iter().any(|track| track.seen_at() >= at) {
            return;
        }
        let (sure, faint): (Vec<&Person>, Vec<&Person>) = persons
            .iter()
            .filter(|person| person.score >= self.settings.faint)
            .partition(|person| person.score >= self.settings.sure);
        let mut open: Vec<usize> = (0..self.tracks.len()).collect();
        let unmatched = self.match_round(at, &sure, &mut open);
        self.match_round(at, &faint, &mut open);
        for person in unmatched {
            let motion = Motion::new(at, person.bbox);
            self.tracks.push(Track { id: TrackId(self.next), motion, sightings: 1, score: person.score });
            self.next += 1;
        }
        let (keep_lost, confirm_after) = (self.settings.keep_lost, self.settings.confirm_after);
        // An unconfirmed track that misses one picture was a flicker.
        self.tracks.retain(|track| {
            track.seen_at() == at || (track.sightings >= confirm_after && at.since(track.seen_at()) <= keep_lost)
        });
    }

    /// Matches `persons` to the tracks in `open`, removes the matched from `open`, returns the persons left.
    fn match_round<'p>(&mut self, at: WallTime, persons: &[&'p Person], open: &mut Vec<usize>) -> Vec<&'p Person> {
        let expected: Vec<BBox> = open.iter().map(|&index| self.tracks[index].motion.expected(at)).collect();
        let boxes: Vec<BBox> = persons.iter().map(|person| person.bbox).collect();
        let pairs = match_boxes(&expected, &boxes);
        for &(slot, person) in &pairs {
            let track = &mut self.tracks[open[slot]];
            track.motion.push(at, persons[person].bbox);
            track.sightings += 1;
            track.score = persons[person].score;
        }
        let mut slot = 0;
        open.retain(|_| {
            slot += 1;
            pairs.iter().all(|&(matched, _)| matched != slot - 1)
        });
        let free = |index: usize| pairs.iter().all(|&(_, person)| person != index);
        persons.iter().enumerate().filter(|&(index, _)| free(index)).map(|(_, person)| *person).collect()
    }

    /// Returns the confirmed tracks.
    pub fn confirmed(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(|track| track.sightings >= self.settings.confirm_after)
    }
    /// Whether every track is confirmed, was seen in the last picture, and stands still.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let last = self.tracks.iter().map(Track::seen_at).max();
        let confirm_after = self.settings.confirm_after;
        self.tracks
            .iter()
            .all(|track| track.sightings > confirm_after && Some(track.seen_at()) == last && track.motion.is_still())
    }
    /// Whether anybody is or was just in the picture, confirmed or not.
    #[must_use]
    pub fn has_anybody(&self) -> bool {
        !self.tracks.is_empty()
    }
}
