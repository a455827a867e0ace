//! The pictures that wait to become a fragment.

use super::part::Fragment;
use crate::mp4::Picture;
use bytes::Bytes;
use mingchu_domain::{
    media::AccessUnit,
    time::{MediaTime, WallTime},
};
use std::time::Duration;

/// A GOP that grows larger is written in pieces, so that memory and loss at a crash stay bounded.
const LARGEST_BYTES: usize = 4 << 20;
/// Shown as the length of a single picture: 25 frames a second.
const USUAL_STEP_90K: i64 = 3600;

/// The pictures that wait to become a fragment.
#[derive(Default)]
pub(super) struct Gop {
    units: Vec<AccessUnit>,
    bytes: usize,
    step_90k: Option<i64>,
}

impl Gop {
    pub(super) fn push(&mut self, unit: AccessUnit) {
        if let Some(last) = self.units.last() {
            self.step_90k = Some(unit.pts_90k.ticks_since(last.pts_90k));
        }
        self.bytes += unit.data.len();
        self.units.push(unit);
    }

    /// Whether `unit` belongs into the next fragment.
    pub(super) fn ends_before(&self, unit: &AccessUnit) -> bool {
        !self.units.is_empty() && (unit.is_key || self.bytes + unit.data.len() > LARGEST_BYTES)
    }

    /// Returns when the first picture was due, by the least delayed of all.
    ///
    /// Cameras begin with a burst: the pictures since their last key picture come at once, the first of them late.
    pub(super) fn start(&self) -> Option<WallTime> {
        let first = self.units.first()?.pts_90k;
        let due = |unit: &AccessUnit| {
            let ticks = unit.pts_90k.ticks_since(first).max(0).unsigned_abs();
            unit.arrived_at - Duration::from_micros(ticks.saturating_mul(100) / 9)
        };
        self.units.iter().map(due).min()
    }

    /// Returns when the first picture came.
    pub(super) fn arrived_at(&self) -> Option<WallTime> {
        self.units.first().map(|unit| unit.arrived_at)
    }

    /// Returns the sample entry for the pictures.
    pub(super) fn sample_entry(&self) -> Option<Bytes> {
        self.units.first().map(|unit| unit.parameters.sample_entry.clone())
    }

    /// Returns when the last picture came and how long it lasts by the distance before it.
    pub(super) fn end(&self) -> Option<WallTime> {
        let last = self.units.last()?;
        let step = self.step_90k.unwrap_or(USUAL_STEP_90K);
        Some(last.arrived_at + Duration::from_micros((step.max(0) * 100 / 9).unsigned_abs()))
    }

    /// Returns the fragment and starts over. `next` is the time of the picture that follows, if it does.
    pub(super) fn take(&mut self, next: Option<MediaTime>) -> Option<Fragment> {
        let units = std::mem::take(&mut self.units);
        self.bytes = 0;
        let begin = units.first()?.pts_90k;
        let end = next.unwrap_or_else(|| {
            let last = units.last().map_or(begin, |unit| unit.pts_90k);
            MediaTime(last.0 + self.step_90k.unwrap_or(USUAL_STEP_90K))
        });
        let followers = units.iter().skip(1).map(|unit| unit.pts_90k).chain([end]);
        let pictures = units.iter().zip(followers).map(|(unit, next)| Picture {
            size_bytes: u32::try_from(unit.data.len()).unwrap_or(u32::MAX),
            duration_90k: u32::try_from(next.ticks_since(unit.pts_90k)).unwrap_or(1),
            is_key: unit.is_key,
        });
        Some(Fragment { begin, pictures: pictures.collect(), data: units.into_iter().map(|unit| unit.data).collect() })
    }
}
