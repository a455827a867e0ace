//! Where a track was, and where it should be next.

use mingchu_domain::{geometry::BBox, time::WallTime};
use std::{collections::VecDeque, time::Duration};

/// Sightings kept: enough to place a main picture that comes up to two seconds late.
const KEPT: usize = 6;
/// Beyond this a box is not guessed.
const GUESS_AT_MOST: Duration = Duration::from_secs(1);

/// Boxes of somebody who stands at a place overlap at least this much.
const STILL: f32 = 0.75;

/// The last sightings of a track, oldest first.
// Invariant: not empty, times strictly rising.
#[derive(Debug, Clone)]
pub(super) struct Motion(VecDeque<(WallTime, BBox)>);

impl Motion {
    pub(super) fn new(at: WallTime, bbox: BBox) -> Self {
        Self(VecDeque::from([(at, bbox)]))
    }

    pub(super) fn push(&mut self, at: WallTime, bbox: BBox) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back((at, bbox));
    }

    pub(super) fn last(&self) -> (WallTime, BBox) {
        *self.0.back().expect("never empty")
    }

    /// Returns the box to look for at `at`: moved by half its speed, since kitchen staff start and stop.
    pub(super) fn expected(&self, at: WallTime) -> BBox {
        let (last_at, last) = self.last();
        let Some(&(before_at, before)) = self.0.iter().rev().nth(1) else { return last };
        let gap = last_at.since(before_at).as_secs_f32();
        let ahead = at.since(last_at).as_secs_f32().min(GUESS_AT_MOST.as_secs_f32());
        if gap <= 0.0 { last } else { between(before, last, 1.0 + 0.5 * ahead / gap.max(ahead)) }
    }

    /// Whether the last two sightings are in one place.
    pub(super) fn is_still(&self) -> bool {
        let mut newest = self.0.iter().rev();
        let (Some((_, last)), Some((_, before))) = (newest.next(), newest.next()) else { return false };
        last.iou(*before) >= STILL
    }

    pub(super) fn at(&self, at: WallTime) -> Option<BBox> {
        let (last_at, _) = self.last();
        if at > last_at {
            return (at.since(last_at) <= GUESS_AT_MOST).then(|| self.expected(at).clipped());
        }
        let later = self.0.iter().position(|&(seen, _)| seen >= at)?;
        let (b_at, b) = self.0[later];
        let Some(&(a_at, a)) = later.checked_sub(1).and_then(|index| self.0.get(index)) else {
            return (b_at.since(at) <= GUESS_AT_MOST).then_some(b);
        };
        if b_at.since(a_at) > 2 * GUESS_AT_MOST {
            return (b_at == at).then_some(b);
        }
        Some(between(a, b, at.since(a_at).as_secs_f32() / b_at.since(a_at).as_secs_f32()))
    }
}

/// Returns the box `share` of the way from `a` to `b`; beyond 1 it goes on.
fn between(a: BBox, b: BBox, share: f32) -> BBox {
    let mix = |from: f32, to: f32| from + (to - from) * share;
    BBox { x1: mix(a.x1, b.x1), y1: mix(a.y1, b.y1), x2: mix(a.x2, b.x2), y2: mix(a.y2, b.y2) }
}
