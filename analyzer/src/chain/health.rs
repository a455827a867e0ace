//! The camera's own health: three troubled minutes in a row become a finding with their pictures.

use super::Shown;
use crate::{
    cv::{self, CvError},
    health::{HEIGHT, Limits, Minute, Monitor, Trouble, WIDTH, is_infrared},
    judge::{Ballot, Judge, Judgement, Sighting},
    picture::Picture,
    track::TrackId,
};
use bytes::Bytes;
use mingchu_domain::{geometry::BBox, rule::RulePack, time::WallTime, violation::Figures};

const WHOLE: BBox = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };
const QUALITY: u8 = 85;

/// Watches a camera's pictures and keeps those of troubled minutes.
pub(super) struct Health {
    monitor: Monitor,
    troubled: Vec<(Minute, Bytes)>,
    started_at: Option<WallTime>,
    last: Option<Minute>,
}

impl Health {
    pub(super) fn new(pack: &RulePack) -> Self {
        Self { monitor: Monitor::new(Limits::of(pack)), troubled: Vec::new(), started_at: None, last: None }
    }

    pub(super) const fn is_obscured(&self) -> bool {
        self.monitor.is_obscured()
    }

    /// Returns what was wrong with the last minute.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.last.and_then(|minute| minute.trouble)
    }

    /// Takes a picture; returns what it brought, with the pictures it rests on.
    pub(super) fn see(&mut self, picture: &Picture, judge: &mut Judge) -> Result<Option<Shown>, CvError> {
        if !self.monitor.wants(picture.at()) {
            return Ok(None);
        }
        let grey = cv::small_grey(picture, i32::from(WIDTH), i32::from(HEIGHT))?;
        let minute = self.monitor.take(picture.at(), grey, is_infrared(picture.bgr()));
        let Some(minute) = minute else { return Ok(None) };
        self.last = Some(minute);
        self.end(minute, picture, judge)
    }

    fn end(&mut self, minute: Minute, picture: &Picture, judge: &mut Judge) -> Result<Option<Shown>, CvError> {
        let before = self.troubled.last().and_then(|(last, _)| last.trouble);
        let Some(trouble) = minute.trouble else {
            self.troubled.clear();
            return Ok(None);
        };
        if before != Some(trouble) {
            self.troubled.clear();
            self.started_at = Some(minute.at);
        }
        self.troubled.push((minute, cv::jpeg(picture, WHOLE, u32::MAX, QUALITY)?.into()));
        let needed = judge.rule(trouble.code()).map_or(3, |rule| rule.vote.at_least as usize);
        if self.troubled.len() > needed {
            self.troubled.remove(0);
        }
        if self.troubled.len() < needed {
            return Ok(None);
        }
        let frames = self.troubled.iter().map(|(minute, jpeg)| (ballot(minute), jpeg.clone()));
        let frames: Vec<(Ballot, Bytes)> = frames.skip(needed.saturating_sub(3)).collect();
        Ok(judge.report(trouble.code(), self.sighting(minute, &frames, needed)).map(|finding| (finding, frames)))
    }

    fn sighting(&self, minute: Minute, frames: &[(Ballot, Bytes)], needed: usize) -> Sighting {
        let n = u32::try_from(needed).unwrap_or(u32::MAX);
        Sighting {
            at: minute.at,
            track: TrackId(0),
            started_at: self.started_at.unwrap_or(minute.at),
            ended_at: minute.at,
            figures: Figures {
                votes: n,
                of: n,
                window_s: 60.0 * n as f32,
                confidence: certainty(minute),
                head_px: None,
                measure: Some(minute.measure),
            },
            frames: frames.iter().map(|(ballot, _)| *ballot).collect(),
        }
    }
}

fn ballot(minute: &Minute) -> Ballot {
    let judgement = Judgement::violating(certainty(*minute));
    Ballot { at: minute.at, judgement, subject: WHOLE, head: None, head_px: None }
}

/// How far the measure lies below its limit: 0.5 at the limit, 1 at nothing left.
fn certainty(minute: Minute) -> f32 {
    let share = minute.measure.value / minute.measure.limit.max(1e-6);
    (1.0 - 0.5 * share).clamp(0.5, 1.0)
}
