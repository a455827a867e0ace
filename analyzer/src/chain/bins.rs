//! The waste bins of a camera: read each ten seconds, with the people around them.

use super::Shown;
use crate::{
    bins::{self, BinWatch, Features, LidReader, READ_CHANGED_EVERY, READ_EVERY, SIDE},
    cv,
    detect::{DetectError, Detector},
    gate,
    judge::{Ballot, Judge, Judgement, Sighting, seen},
    picture::Picture,
    track::{TrackId, head},
};
use bytes::Bytes;
use mingchu_domain::{
    geometry::{BBox, Polygon},
    id::BinId,
    rule::{Duty, Lid, RuleCode, WhyNot},
    time::WallTime,
};
use std::time::Duration;

/// So long before a bin is overdue main pictures are wanted often.
const SOON: Duration = Duration::from_secs(3);
/// A bin's picture shows this much around it.
const AROUND: f32 = 0.3;
const WHOLE: BBox = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };
const QUALITY: u8 = 85;

/// A bin as the chain is told of it.
#[derive(Debug, Clone)]
pub struct KnownBin {
    /// Its id.
    pub id: BinId,
    /// Where in the picture.
    pub outline: Polygon,
    /// Pictures of it, taken with the surroundings that a reading shows.
    pub references: Vec<(Lid, Picture)>,
}

/// Reads the bins of one camera.
pub(super) struct Bins {
    seats: Vec<Seat>,
    /// The last small grey picture.
    grey: Vec<u8>,
}

struct Seat {
    bin: KnownBin,
    bbox: BBox,
    /// By pixels, or by the model's features; made at the first reading.
    reader: Option<LidReader>,
    watch: BinWatch,
    read_at: Option<WallTime>,
    /// The small grey picture of that time, and whether the bin looks otherwise since.
    grey: Vec<u8>,
    has_changed: bool,
    last: Option<Judgement>,
    shots: Vec<(WallTime, Bytes)>,
}

/// What a reading brought.
pub(super) struct Reading {
    pub(super) ballot: Ballot,
    pub(super) finding: Option<Shown>,
}

impl Bins {
    pub(super) fn new(bins: Vec<KnownBin>) -> Self {
        let seat = |bin: KnownBin| {
            let bbox = bins::box_of(&bin.outline);
            Seat {
                bin,
                bbox,
                reader: None,
                watch: BinWatch::default(),
                read_at: None,
                grey: Vec::new(),
                has_changed: false,
                last: None,
                shots: Vec::new(),
            }
        };
        Self { seats: bins.into_iter().map(seat).collect(), grey: Vec::new() }
    }

    /// Takes the small grey picture of the sub stream: a bin that changes is read at once.
    pub(super) fn notice(&mut self, at: WallTime, grey: &[u8]) {
        if self.seats.is_empty() {
            return;
        }
        for seat in &mut self.seats {
            let is_new = !seat.has_changed && seat.read_at.is_some();
            if is_new && bins::has_changed(&seat.grey, grey, usize::from(gate::WIDTH), seat.bbox) {
                seat.has_changed = true;
                seat.watch.changed(at);
            }
        }
        grey.clone_into(&mut self.grey);
    }

    /// Whether a main picture is wanted for a bin sooner than each ten seconds: it changed, or is about to be overdue.
    pub(super) fn are_urgent(&self, at: WallTime, judge: &Judge) -> bool {
        self.seats.iter().any(|seat| seat.has_changed || seat.decides_in(at, judge).is_some_and(|left| left <= SOON))
    }

    /// Returns each bin's box and what was read of it last.
    pub(super) fn states(&self) -> impl Iterator<Item = (BinId, BBox, Option<Judgement>)> {
        self.seats.iter().map(|seat| (seat.bin.id, seat.bbox, seat.last))
    }

    /// Reads the bins that are due in a main picture.
    pub(super) fn look(
        &mut self,
        picture: &Picture,
        persons: &[BBox],
        is_obscured: bool,
        judge: &mut Judge,
        detector: &mut dyn Detector,
    ) -> Result<Vec<Reading>, DetectError> {
        let at = picture.at();
        let mut readings = Vec::new();
        for seat in &mut self.seats {
            if !seat.is_due(at, judge) {
                continue;
            }
            let duty = judge.binding_at(seat.bbox.center(), RuleCode::BinOpen).map(|(_, duty)| duty);
            if duty.is_none_or(|duty| duty == Duty::Off) {
                continue;
            }
            seat.read_at = Some(at);
            seat.has_changed = false;
            self.grey.clone_into(&mut seat.grey);
            let judgement = if is_obscured {
                Judgement::cannot(WhyNot::LensObscured)
            } else if persons.iter().any(|&person| bins::is_hidden(person, seat.bbox)) {
                Judgement::cannot(WhyNot::Overlap)
            } else {
                seat.read(picture, detector)?
            };
            seat.last = Some(judgement);
            let ballot = Ballot { at, judgement, subject: seat.bbox, head: None, head_px: None };
            let is_near = persons.iter().any(|&person| bins::is_near(person, seat.bbox, picture.aspect()));
            let finding = seat.judge(ballot, is_near, picture, judge)?;
            readings.push(Reading { ballot, finding });
        }
        Ok(readings)
    }
}

impl Seat {
    fn is_due(&self, at: WallTime, judge: &Judge) -> bool {
        let Some(since) = self.read_at.filter(|last| at >= *last).map(|last| at.since(last)) else { return true };
        since >= READ_EVERY.mul_f32(0.9)
            || (self.has_changed && since >= READ_CHANGED_EVERY.mul_f32(0.9))
            || self.decides_in(at, judge).is_some_and(|left| left.is_zero())
    }

    fn decides_in(&self, at: WallTime, judge: &Judge) -> Option<Duration> {
        self.watch.decides_in(at, judge.rule(RuleCode::BinOpen)?.patience?)
    }

    fn read(&mut self, picture: &Picture, detector: &mut dyn Detector) -> Result<Judgement, DetectError> {
        let seen = detector.bin(picture, self.bbox)?;
        if self.reader.is_none() {
            self.reader = Some(self.learn(detector)?);
        }
        let Some(reader) = self.reader.as_ref().filter(|reader| reader.is_ready()) else {
            return Ok(seen.as_ref().map_or(Judgement::cannot(WhyNot::NoReference), seen::lid));
        };
        if seen.as_ref().is_some_and(|seen| seen.occluded > seen.closed.max(seen.open)) {
            return Ok(Judgement::cannot(WhyNot::Overlap));
        }
        let around = head::grown(self.bbox, AROUND);
        Ok(features(picture, around, seen.map(|seen| seen.features))?
            .map_or(Judgement::cannot(WhyNot::Unsure), |features| reader.read(&features)))
    }

    /// Learns the bin from its pictures: by the model's features where there is one, else by its own.
    fn learn(&self, detector: &mut dyn Detector) -> Result<LidReader, DetectError> {
        // A stored picture already shows the surroundings that the model adds.
        let inner = 0.5 * (1.0 - 1.0 / (1.0 + AROUND));
        let bin = BBox { x1: inner, y1: inner, x2: 1.0 - inner, y2: 1.0 - inner };
        let mut known = Vec::new();
        for (lid, picture) in &self.bin.references {
            let by_model = detector.bin(picture, bin)?.map(|seen| seen.features);
            known.extend(features(picture, WHOLE, by_model)?.map(|features| (*lid, features)));
        }
        Ok(LidReader::new(known))
    }

    fn judge(
        &mut self,
        ballot: Ballot,
        is_near: bool,
        picture: &Picture,
        judge: &mut Judge,
    ) -> Result<Option<Shown>, DetectError> {
        let Some((patience, vote)) = judge.rule(RuleCode::BinOpen).and_then(|rule| Some((rule.patience?, rule.vote)))
        else {
            return Ok(None);
        };
        let overdue = self.watch.read(ballot, is_near, patience, &vote);
        self.keep_shot(ballot, picture)?;
        let Some(overdue) = overdue else { return Ok(None) };
        let shot = |frame: &Ballot| {
            let nearest = self.shots.iter().min_by_key(|(at, _)| at.micros().abs_diff(frame.at.micros()));
            nearest.map(|(at, jpeg)| (Ballot { at: *at, ..*frame }, jpeg.clone()))
        };
        let mut frames: Vec<(Ballot, Bytes)> = overdue.frames.iter().filter_map(shot).collect();
        frames.dedup_by_key(|(frame, _)| frame.at);
        let sighting = Sighting {
            at: ballot.at,
            track: TrackId(0),
            started_at: overdue.started_at,
            ended_at: overdue.ended_at,
            figures: overdue.figures,
            frames: frames.iter().map(|(frame, _)| *frame).collect(),
        };
        Ok(judge.report(RuleCode::BinOpen, sighting).map(|finding| (finding, frames)))
    }

    /// Keeps the first, a middle and the last picture of an open bin.
    fn keep_shot(&mut self, ballot: Ballot, picture: &Picture) -> Result<(), DetectError> {
        if !self.watch.is_open() {
            self.shots.clear();
            return Ok(());
        }
        if ballot.judgement.state != mingchu_domain::violation::Observation::Violating {
            return Ok(());
        }
        if let [(first, _), (middle, _), (last, _)] = self.shots[..] {
            // The middle one moves on when the last is nearer to the middle of the time.
            let half = first.micros() + (ballot.at.micros() - first.micros()) / 2;
            let gone = if middle.micros().abs_diff(half) > last.micros().abs_diff(half) { 1 } else { 2 };
            self.shots.remove(gone);
        }
        let jpeg = cv::jpeg(picture, WHOLE, u32::MAX, QUALITY)?;
        self.shots.push((ballot.at, jpeg.into()));
        Ok(())
    }
}

fn features(picture: &Picture, region: BBox, by_model: Option<Vec<f32>>) -> Result<Option<Features>, DetectError> {
    if let Some(values) = by_model.filter(|values| !values.is_empty()) {
        return Ok(Some(Features::of_model(values)));
    }
    Ok(Features::of(&cv::small_bgr(picture, region, SIDE)?))
}
