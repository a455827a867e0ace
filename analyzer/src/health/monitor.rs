//! From pictures to what is wrong for minutes. Pure.

use super::{
    Trouble,
    background::{Background, Likeness},
    view::{View, difference},
};
use mingchu_domain::{
    rule::{RuleCode, RulePack},
    time::WallTime,
    violation::Measure,
};
use std::time::Duration;

/// A picture is looked at this often.
pub const SAMPLE_EVERY: Duration = Duration::from_secs(5);
/// Samples are summed up over this long (domain.md 1.4: each 60 s).
const MINUTE: Duration = Duration::from_secs(60);
/// Fewest samples that make a minute; a camera that sends less is offline, not tampered with.
const FEWEST: usize = 4;
/// Share of a minute's samples that must show the trouble.
const MOST_OF_IT: f32 = 0.75;
/// Below this share of the samples nobody says that all is well either.
const KEPT_WHEN_CLEAR: f32 = 0.7;
/// Edges of the picture over the background's, below which nothing is left to see.
const NOTHING_LEFT: f32 = 0.15;
/// Share of the background in parts without edges from which something hangs before the lens,
const COVERED: f32 = 0.3;
/// if so much is as it was,
const STILL_THERE: f32 = 0.15;
/// or so much is gone.
const MOSTLY_COVERED: f32 = 0.6;
/// Bright and dark lie as usual: out of focus, not elsewhere.
const SAME_LAYOUT: f32 = 0.75;
/// Without a background: a picture with fewer edges and less contrast shows nothing.
const NO_EDGES: usize = 120;
const NO_CONTRAST: f32 = 14.0;
/// A dark kitchen has lamps and reflections; a dead sensor has none.
const BLACK_DEVIATION: f32 = 8.0;

/// Limits of the measures, from the rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Brightness below which a picture is black, in grey levels.
    pub black: f32,
    /// Share of edges kept below which a part is covered.
    pub covered: f32,
    /// Share of edges kept below which the camera was moved.
    pub moved: f32,
    /// Fine detail over the usual below which it is out of focus.
    pub blur: f32,
    /// Difference of pictures below which they are the same, in grey levels.
    pub frozen: f32,
}

impl Limits {
    /// Returns the limits of a pack; those of the national pack where it has none.
    #[must_use]
    pub fn of(pack: &RulePack) -> Self {
        let limit = |code, else_: f32| pack.rule(code).and_then(|rule| rule.limit).unwrap_or(else_);
        Self {
            black: limit(RuleCode::CamBlack, 12.0),
            covered: limit(RuleCode::CamCovered, 0.25),
            moved: limit(RuleCode::CamMoved, 0.45),
            blur: limit(RuleCode::CamBlur, 0.3),
            frozen: limit(RuleCode::CamFrozen, 0.01),
        }
    }
}

/// One sample.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sample {
    trouble: Option<Trouble>,
    value: f32,
    is_same: bool,
    difference: f32,
}

/// What a minute was like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minute {
    /// When its last sample was.
    pub at: WallTime,
    /// What was wrong most of the time.
    pub trouble: Option<Trouble>,
    /// The measure behind it, median of the samples; of a clear minute the share of edges kept.
    pub measure: Measure,
}

/// Watches one camera's pictures.
#[derive(Debug, Clone)]
pub struct Monitor {
    limits: Limits,
    by_day: Background,
    by_infrared: Background,
    last: Option<(WallTime, Vec<u8>)>,
    sampled_at: Option<WallTime>,
    minute_from: Option<WallTime>,
    samples: Vec<Sample>,
    hidden_for: u32,
}

impl Monitor {
    /// Returns a monitor that has seen nothing.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            by_day: Background::EMPTY,
            by_infrared: Background::EMPTY,
            last: None,
            sampled_at: None,
            minute_from: None,
            samples: Vec::new(),
            hidden_for: 0,
        }
    }

    /// Whether the picture of `at` is wanted: one each [`SAMPLE_EVERY`], and the one after it to see what moves.
    #[must_use]
    pub fn wants(&self, at: WallTime) -> bool {
        let is_due = self.sampled_at.is_none_or(|last| at.since(last) >= SAMPLE_EVERY || at < last);
        // The picture after a sample only says whether anything moves.
        is_due || self.last.as_ref().is_some_and(|(last, _)| Some(*last) == self.sampled_at && at > *last)
    }

    /// Takes a wanted picture, [`super::WIDTH`] x [`super::HEIGHT`] grey levels; returns the minute that it ends.
    pub fn take(&mut self, at: WallTime, grey: Vec<u8>, is_infrared: bool) -> Option<Minute> {
        let moved_by = self.last.as_ref().map(|(_, old)| difference(old, &grey));
        let is_sample = self.sampled_at.is_none_or(|last| at.since(last) >= SAMPLE_EVERY || at < last);
        if !is_sample {
            if let (Some(sample), Some(by)) = (self.samples.last_mut(), moved_by) {
                sample.difference = sample.difference.max(by);
                sample.is_same = sample.difference < self.limits.frozen;
            }
            self.last = Some((at, grey));
            return None;
        }
        let view = View::of(&grey, is_infrared)?;
        let ended = self.end_minute(at);
        self.sampled_at = Some(at);
        let (trouble, value) = self.look(&view);
        let hides = trouble.is_some_and(Trouble::hides_people);
        self.hidden_for = if hides { self.hidden_for + 1 } else { 0 };
        let by = moved_by.unwrap_or(f32::INFINITY);
        self.samples.push(Sample { trouble, value, is_same: by < self.limits.frozen, difference: by });
        self.last = Some((at, grey));
        ended
    }

    /// Whether people cannot be judged by the pictures of now: twice in a row black, covered or out of focus.
    #[must_use]
    pub const fn is_obscured(&self) -> bool {
        self.hidden_for >= 2
    }

    fn look(&mut self, view: &View) -> (Option<Trouble>, f32) {
        let limits = self.limits;
        if view.mean < limits.black && view.deviation < BLACK_DEVIATION {
            return (Some(Trouble::Black), view.mean);
        }
        let background = if view.is_infrared { &mut self.by_infrared } else { &mut self.by_day };
        if !background.is_ready() {
            if view.edge_count() < NO_EDGES && view.deviation < NO_CONTRAST {
                return (Some(Trouble::Covered), 0.0);
            }
            background.learn(view);
            return (None, 1.0);
        }
        let likeness = background.compare(view, limits.covered);
        let trouble = trouble_of(likeness, limits);
        if trouble.is_none() && likeness.kept >= KEPT_WHEN_CLEAR {
            background.learn(view);
        }
        let value = match trouble {
            Some(Trouble::Blur) => likeness.sharp,
            Some(Trouble::Covered) => likeness.kept_where_lost,
            _ => likeness.kept,
        };
        (trouble, value)
    }

    fn end_minute(&mut self, at: WallTime) -> Option<Minute> {
        let from = *self.minute_from.get_or_insert(at);
        if at >= from && at.since(from) < MINUTE {
            return None;
        }
        self.minute_from = Some(at);
        let samples = std::mem::take(&mut self.samples);
        // A stream that was away does not speak for the minutes between.
        let is_whole = samples.len() >= FEWEST && at >= from && at.since(from) < 2 * MINUTE;
        is_whole.then(|| sum_up(at, &samples, self.limits))
    }
}

/// Returns what is wrong with a picture that is so like the background.
fn trouble_of(likeness: Likeness, limits: Limits) -> Option<Trouble> {
    let Likeness { kept, own, sharp, layout, lost, intact, .. } = likeness;
    if sharp < limits.blur || own < NOTHING_LEFT {
        return Some(if layout >= SAME_LAYOUT { Trouble::Blur } else { Trouble::Covered });
    }
    // A camera that looks elsewhere has edges everywhere, and no part as it was.
    if lost >= COVERED && (intact >= STILL_THERE || lost >= MOSTLY_COVERED) {
        return Some(Trouble::Covered);
    }
    (kept < limits.moved && own >= 0.5).then_some(Trouble::Moved)
}

fn sum_up(at: WallTime, samples: &[Sample], limits: Limits) -> Minute {
    let n = samples.len() as f32;
    let share = |is: &dyn Fn(&&Sample) -> bool| samples.iter().filter(is).count() as f32 / n;
    let median = |mut values: Vec<f32>| {
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let of = [Trouble::Black, Trouble::Covered, Trouble::Moved, Trouble::Blur];
    let found = of.into_iter().find(|&trouble| share(&|s| s.trouble == Some(trouble)) >= MOST_OF_IT);
    let is_frozen = found.is_none() && samples.iter().all(|sample| sample.is_same);
    let trouble = if is_frozen { Some(Trouble::Frozen) } else { found };
    let value = match trouble {
        Some(Trouble::Frozen) => samples.iter().map(|s| s.difference).fold(0.0, f32::max),
        wanted => median(samples.iter().filter(|s| s.trouble == wanted).map(|s| s.value).collect()),
    };
    let limit = match trouble {
        Some(Trouble::Black) => limits.black,
        Some(Trouble::Covered) => limits.covered,
        Some(Trouble::Blur) => limits.blur,
        Some(Trouble::Frozen) => limits.frozen,
        Some(Trouble::Moved) | None => limits.moved,
    };
    Minute { at, trouble, measure: Measure { value, limit } }
}
