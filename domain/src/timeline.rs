//! Where a stream has footage and where not: a partition of the time, in which nothing is left unsaid.

use crate::{
    camera::GapCause,
    time::{TimeRange, WallTime},
};
use std::time::Duration;

/// A shorter pause between two files is the seam of a recording, not a gap.
pub const SEAM: Duration = Duration::from_millis(200);

/// Why there is no footage to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNone {
    /// As the gateway said.
    Cause(GapCause),
    /// It is being written; a file can be played once it is closed, about a minute later.
    Recording,
    /// Nothing was recorded and nobody said why.
    NotRecorded,
}

impl WhyNone {
    /// The words besides those of [`GapCause`].
    pub const MORE: [&'static str; 2] = ["recording", "not_recorded"];

    /// Returns the word used in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cause(cause) => cause.as_str(),
            Self::Recording => Self::MORE[0],
            Self::NotRecorded => Self::MORE[1],
        }
    }
}

/// A time without footage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// When it begins.
    pub from: WallTime,
    /// When it ends; `None` while it lasts.
    pub to: Option<WallTime>,
    /// Why; of several, that of the longest.
    pub why: WhyNone,
    /// More, for a person.
    pub detail: String,
    /// How many gaps it stands for.
    pub count: u32,
    /// Time without footage in it.
    pub missing: Duration,
}

/// A gap as the gateway recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldGap {
    /// When it began.
    pub from: WallTime,
    /// When it ended; `None` while it lasts.
    pub to: Option<WallTime>,
    /// Why.
    pub cause: GapCause,
    /// More, for a person.
    pub detail: String,
}

impl ToldGap {
    /// Whether it hides footage that the index has: its file is missing or damaged.
    fn is_of_file(&self) -> bool {
        matches!(self.cause, GapCause::FileMissing | GapCause::FileDamaged)
    }
}

/// What is known of a stream, to be cut to a range.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// When the stream was first heard of, and when it was taken out of use.
    pub service: Option<(WallTime, Option<WallTime>)>,
    /// Footage of the index, in order of its beginnings; may touch and overlap.
    pub spans: Vec<TimeRange>,
    /// Gaps in order of their beginnings.
    pub gaps: Vec<ToldGap>,
    /// When the last footage or gap of all ends; what follows is being recorded.
    pub last_word: Option<WallTime>,
    /// The last sign of a stream that is being recorded; `None` when it is not.
    pub alive_at: Option<WallTime>,
    /// The present: what reaches it, lasts.
    pub now: WallTime,
}

/// A time cut into footage and holes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// Footage, in order, apart from one another.
    pub spans: Vec<TimeRange>,
    /// The rest of the service, in order.
    pub holes: Vec<Hole>,
}

/// A recording that has given no sign for so long is not believed to go on.
const BELIEVED: Duration = Duration::from_secs(60);

/// Cuts `range` into footage and holes. `range` ends at the present at the latest.
///
/// Every instant of the service within the range is in exactly one of them.
#[must_use]
pub fn cover(known: &Known, range: TimeRange) -> Timeline {
    let Some((begin, end)) = known.service else { return Timeline::default() };
    let from = range.start().max(begin);
    let to = end.map_or(range.end(), |end| range.end().min(end));
    let Some(range) = TimeRange::new(from, to).filter(|range| range.length() > Duration::ZERO) else {
        return Timeline::default();
    };
    let hidden: Vec<TimeRange> =
        known.gaps.iter().filter(|gap| gap.is_of_file()).filter_map(|gap| clip(gap, range)).collect();
    let spans = without(&merge(&known.spans, range), &hidden);
    let mut holes = Vec::new();
    let mut at = range.start();
    for span in spans.iter().copied().chain(TimeRange::new(range.end(), range.end())) {
        if at < span.start() {
            explain(known, at, span.start(), &mut holes);
        }
        at = span.end();
    }
    Timeline { spans, holes }
}

fn clip(gap: &ToldGap, range: TimeRange) -> Option<TimeRange> {
    let end = gap.to.unwrap_or(range.end()).min(range.end());
    TimeRange::new(gap.from.max(range.start()), end).filter(|gap| gap.length() > Duration::ZERO)
}

/// Joins what touches, up to a seam, and cuts it to the range.
fn merge(spans: &[TimeRange], range: TimeRange) -> Vec<TimeRange> {
    let mut merged: Vec<TimeRange> = Vec::new();
    for span in spans {
        let cut = TimeRange::new(span.start().max(range.start()), span.end().min(range.end()));
        let Some(cut) = cut.filter(|cut| cut.length() > Duration::ZERO) else { continue };
        match merged.last_mut() {
            Some(last) if cut.start() <= last.end() + SEAM => {
                *last = TimeRange::new(last.start(), last.end().max(cut.end())).unwrap_or(*last);
            }
            _ => merged.push(cut),
        }
    }
    merged
}

/// Takes `hidden` out of `spans`.
fn without(spans: &[TimeRange], hidden: &[TimeRange]) -> Vec<TimeRange> {
    let mut rest = spans.to_vec();
    for hole in hidden {
        let pieces = rest.iter().flat_map(|span| {
            let before = TimeRange::new(span.start(), span.end().min(hole.start()));
            let after = TimeRange::new(span.start().max(hole.end()), span.end());
            if hole.start() >= span.end() || hole.end() <= span.start() { [Some(*span), None] } else { [before, after] }
        });
        rest = pieces.flatten().filter(|span| span.length() > Duration::ZERO).collect();
    }
    rest
}

/// Says why there is nothing from `from` to `to`: told gaps first, in order, then what follows from the state.
fn explain(known: &Known, from: WallTime, to: WallTime, holes: &mut Vec<Hole>) {
    let mut at = from;
    let touching = known.gaps.iter().filter(|gap| gap.from < to && gap.to.is_none_or(|end| end > from));
    for gap in touching {
        let start = gap.from.max(at);
        let end = gap.to.unwrap_or(to).min(to);
        if end <= start {
            continue;
        }
        untold(known, at, start, holes);
        push(known, holes, (start, end), WhyNone::Cause(gap.cause), &gap.detail);
        at = end;
    }
    untold(known, at, to, holes);
}

/// Says what no gap says: it is being recorded, or nobody knows.
fn untold(known: &Known, from: WallTime, to: WallTime, holes: &mut Vec<Hole>) {
    if from >= to {
        return;
    }
    let believed = known.alive_at.map(|at| at + BELIEVED).filter(|_| known.last_word.is_none_or(|last| from >= last));
    let recorded_to = believed.map_or(from, |until| until.clamp(from, to));
    if recorded_to > from {
        let detail = "being written; it can be played about a minute later";
        push(known, holes, (from, recorded_to), WhyNone::Recording, detail);
    }
    if recorded_to < to {
        let detail = "nothing was recorded, and no reason is known";
        push(known, holes, (recorded_to, to), WhyNone::NotRecorded, detail);
    }
}

fn push(known: &Known, holes: &mut Vec<Hole>, (from, to): (WallTime, WallTime), why: WhyNone, detail: &str) {
    let (missing, lasts) = (to.since(from), to >= known.now);
    holes.push(Hole { from, to: (!lasts).then_some(to), why, detail: detail.to_owned(), count: 1, missing });
}

/// Makes one hole of those that lie less than `resolution` apart; the footage between them is left out.
///
/// No hole is lost: a timeline that shows less detail shows more of them, not less.
#[must_use]
pub fn coarsen(timeline: Timeline, resolution: Duration, until: WallTime) -> Timeline {
    let mut holes: Vec<(Hole, Duration)> = Vec::new();
    for hole in timeline.holes {
        let longest = hole.missing;
        match holes.last_mut() {
            Some((last, most)) if hole.from.since(last.to.unwrap_or(until)) < resolution => {
                last.to = hole.to;
                last.count += hole.count;
                last.missing += hole.missing;
                if longest > *most {
                    (*most, last.why, last.detail) = (longest, hole.why, hole.detail);
                }
            }
            _ => holes.push((hole, longest)),
        }
    }
    let holes: Vec<Hole> = holes.into_iter().map(|(hole, _)| hole).collect();
    let covered: Vec<TimeRange> =
        holes.iter().filter_map(|hole| TimeRange::new(hole.from, hole.to.unwrap_or(until))).collect();
    Timeline { spans: without(&timeline.spans, &covered), holes }
}

#[cfg(test)]
mod tests;
