//! The last half minute of a stream as LL-HLS: parts of about 200 ms, segments of about 2 s. Pure.
//!
//! Fragments are grouped as they come, never changed: a part is some fragments after one another, a segment its parts.

use bytes::Bytes;
use mingchu_domain::time::WallTime;
use std::collections::VecDeque;

/// `EXT-X-TARGETDURATION`, in seconds.
pub(super) const TARGET_S: i64 = 2;
/// Wished length of a part.
const PART_90K: i64 = 18_000;
/// Shown and cut by until the camera's pace is known: 25 pictures a second.
const USUAL_STEP_90K: i64 = 3_600;
/// A key picture begins a new segment when the last one is this long.
const SHORTEST_SEGMENT_90K: i64 = 89_000;
/// Cut here even without a key picture: rounds to [`TARGET_S`] (RFC 8216 §4.3.3.1).
const LONGEST_SEGMENT_90K: i64 = 220_000;
/// Closed segments kept: half a minute, so that delta updates have something to leave out.
const KEPT: usize = 15;

/// Some pictures that one request fetches.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) duration_90k: i64,
    /// Decoding can start here.
    pub(super) is_independent: bool,
    data: Bytes,
}

/// Some parts; the last one of a window is open and grows.
#[derive(Debug)]
pub(super) struct Segment {
    /// Its media sequence number, never used again for other pictures.
    pub(super) number: u64,
    /// Which init segment it needs.
    pub(super) init: u64,
    /// The pictures before it are of another timeline.
    pub(super) follows_break: bool,
    pub(super) started_at: WallTime,
    pub(super) parts: Vec<Part>,
    /// Set when it is complete.
    pub(super) duration_90k: Option<i64>,
    start_90k: i64,
}

/// The part that pictures are added to.
#[derive(Debug)]
struct OpenPart {
    start_90k: i64,
    is_independent: bool,
    fragments: Vec<Bytes>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    Init(u64),
    Segment(u64),
    Part(u64, usize),
}

impl Object {
    /// Reads `init-7.mp4`, `seg-7.m4s`, `part-7-3.m4s`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if let Some(number) = name.strip_prefix("init-").and_then(|rest| rest.strip_suffix(".mp4")) {
            return number.parse().ok().map(Self::Init);
        }
        let stem = name.strip_suffix(".m4s")?;
        if let Some(number) = stem.strip_prefix("seg-") {
            return number.parse().ok().map(Self::Segment);
        }
        let (segment, part) = stem.strip_prefix("part-")?.split_once('-')?;
        Some(Self::Part(segment.parse().ok()?, part.parse().ok()?))
    }
}

/// Whether an object is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Here(Vec<Bytes>),
    /// It may come within a part's time.
    Later,
    /// It never was, or is gone.
    Never,
}

/// The window.
#[derive(Debug)]
pub(super) struct Window {
    next_number: u64,
    inits: VecDeque<(u64, Bytes)>,
    pub(super) segments: VecDeque<Segment>,
    /// Breaks that left the window (`EXT-X-DISCONTINUITY-SEQUENCE`).
    pub(super) breaks_gone: u64,
    part: Option<OpenPart>,
    part_target_90k: Option<i64>,
    step_90k: i64,
    last_90k: Option<i64>,
    last_key_90k: Option<i64>,
    /// Last distance between two key pictures.
    gop_90k: Option<i64>,
    is_broken: bool,
    /// Wall time of tick 0 of this timeline, in µs: the least delayed picture decides.
    zero_us: Option<i64>,
}

impl Window {
    /// Returns an empty window; `number` is larger than that of any window of this stream before.
    pub(super) const fn new(number: u64) -> Self {
        Self {
            next_number: number,
            inits: VecDeque::new(),
            segments: VecDeque::new(),
            breaks_gone: 0,
            part: None,
            part_target_90k: None,
            step_90k: USUAL_STEP_90K,
            last_90k: None,
            last_key_90k: None,
            gop_90k: None,
            is_broken: false,
            zero_us: None,
        }
    }

    /// Whether there is nothing to be listed.
    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Begins a new timeline with other parameters.
    pub(super) fn init(&mut self, data: Bytes) {
        self.end_timeline();
        self.inits.push_back((self.next_number, data));
    }

    /// Closes what is open: the camera is lost.
    pub(super) fn end_timeline(&mut self) {
        if let Some(last_90k) = self.last_90k.take() {
            self.close_part(last_90k + self.step_90k);
            self.close_segment(last_90k + self.step_90k);
            self.is_broken = true;
        }
        self.zero_us = None;
        self.last_key_90k = None;
    }

    /// Takes a picture that arrived `now`.
    pub(super) fn fragment(&mut self, data: Bytes, is_key: bool, pts_90k: i64, now: WallTime) {
        let Some(&(init, _)) = self.inits.back() else { return };
        if self.last_90k.is_none() && !is_key {
            return;
        }
        if let Some(step) = self.last_90k.map(|last| pts_90k - last).filter(|step| (1..900_000).contains(step)) {
            self.step_90k = step;
            self.part_target_90k.get_or_insert_with(|| part_target_90k(step));
        }
        self.last_90k = Some(pts_90k);
        if is_key {
            self.gop_90k = self.last_key_90k.map(|last| pts_90k - last).or(self.gop_90k);
            self.last_key_90k = Some(pts_90k);
        }
        let zero_us = now.micros() - pts_90k * 100 / 9;
        let zero_us = self.zero_us.map_or(zero_us, |known| known.min(zero_us));
        self.zero_us = Some(zero_us);
        self.close_what_ends_before(pts_90k, is_key);
        if self.segments.back().is_none_or(|segment| segment.duration_90k.is_some()) {
            self.segments.push_back(Segment {
                number: self.next_number,
                init,
                follows_break: std::mem::take(&mut self.is_broken) && !self.segments.is_empty(),
                started_at: WallTime::from_micros(zero_us + pts_90k * 100 / 9),
                parts: Vec::new(),
                duration_90k: None,
                start_90k: pts_90k,
            });
            self.next_number += 1;
        }
        let part = self.part.get_or_insert_with(|| OpenPart {
            start_90k: pts_90k,
            is_independent: is_key,
            fragments: Vec::new(),
        });
        part.fragments.push(data);
        let end_90k = pts_90k + self.step_90k;
        let is_full = end_90k + self.step_90k - part.start_90k;
        if self.part_target_90k.is_some_and(|target| is_full > target) {
            self.close_part(end_90k);
        }
    }

    fn close_what_ends_before(&mut self, pts_90k: i64, is_key: bool) {
        let Some(segment) = self.segments.back().filter(|segment| segment.duration_90k.is_none()) else { return };
        let length = pts_90k - segment.start_90k;
        let is_long = length + self.step_90k > LONGEST_SEGMENT_90K;
        if (is_key && length >= SHORTEST_SEGMENT_90K) || is_long {
            self.close_part(pts_90k);
            self.close_segment(pts_90k);
            return;
        }
        let is_part_full = self.part.as_ref().zip(self.part_target_90k);
        // a key picture begins a part, so that a viewer can start there
        if is_key || is_part_full.is_some_and(|(part, target)| pts_90k + self.step_90k - part.start_90k > target) {
            self.close_part(pts_90k);
        }
    }

    fn close_part(&mut self, end_90k: i64) {
        let (Some(part), Some(segment)) = (self.part.take(), self.segments.back_mut()) else { return };
        let OpenPart { start_90k, is_independent, fragments } = part;
        let data = Bytes::from(fragments.concat());
        segment.parts.push(Part { duration_90k: (end_90k - start_90k).max(1), is_independent, data });
    }

    fn close_segment(&mut self, end_90k: i64) {
        let Some(segment) = self.segments.back_mut() else { return };
        segment.duration_90k = Some((end_90k - segment.start_90k).max(1));
        while self.segments.len() > KEPT {
            let gone = self.segments.pop_front();
            self.breaks_gone += u64::from(gone.is_some_and(|segment| segment.follows_break));
        }
        if let Some(oldest) = self.segments.front() {
            let needed = oldest.init;
            self.inits.retain(|&(number, _)| number >= needed);
        }
    }

    /// Returns the longest part, in 90 kHz ticks; `None` until the camera's pace is known.
    pub(super) const fn part_target(&self) -> Option<i64> {
        self.part_target_90k
    }

    /// Returns the name of the part that comes next.
    pub(super) fn next_part(&self) -> (u64, usize) {
        match self.segments.back() {
            Some(segment) if segment.duration_90k.is_none() => (segment.number, segment.parts.len()),
            _ => (self.next_number, 0),
        }
    }

    /// Returns the part to be announced: where a key picture is due, the first one of a new segment.
    pub(super) fn hinted_part(&self) -> (u64, usize) {
        let next = self.next_part();
        if next.1 > 0 && self.part.is_none() && self.is_cut_due() { (next.0 + 1, 0) } else { next }
    }

    /// Whether the picture after the last one will begin a new segment, if the camera keeps its pace.
    fn is_cut_due(&self) -> bool {
        let (Some(last_90k), Some(segment)) = (self.last_90k, self.segments.back()) else { return false };
        let expected_90k = last_90k + self.step_90k;
        let length = expected_90k - segment.start_90k;
        let is_key_due =
            self.last_key_90k.zip(self.gop_90k).is_some_and(|(key, gop)| expected_90k - key >= gop - self.step_90k / 2);
        (is_key_due && length >= SHORTEST_SEGMENT_90K) || length + self.step_90k > LONGEST_SEGMENT_90K
    }

    /// Whether the playlist holds this segment, or this part of it, or something later (blocking reload).
    pub(super) fn holds(&self, number: u64, part: Option<usize>) -> bool {
        let (next_number, next_part) = self.next_part();
        let (number, part) = match part {
            None => (number + 1, 0),
            Some(part) => (number, part + 1),
        };
        if number != next_number {
            return number < next_number;
        }
        part <= next_part
    }

    /// Whether a request waits for what is further off than any client may ask for.
    pub(super) fn is_too_far(&self, number: u64) -> bool {
        number > self.next_part().0 + 1
    }

    pub(super) fn find(&self, object: Object) -> Found {
        match object {
            Object::Init(wanted) => {
                let found = self.inits.iter().find(|(number, _)| *number == wanted);
                found.map_or(Found::Never, |(_, data)| Found::Here(vec![data.clone()]))
            }
            Object::Segment(number) => match self.segment(number) {
                Some(segment) if segment.duration_90k.is_some() => {
                    Found::Here(segment.parts.iter().map(|part| part.data.clone()).collect())
                }
                Some(_) => Found::Later,
                None => Found::Never,
            },
            Object::Part(number, index) => {
                if let Some(part) = self.segment(number).and_then(|segment| segment.parts.get(index)) {
                    return Found::Here(vec![part.data.clone()]);
                }
                if [self.next_part(), self.hinted_part()].contains(&(number, index)) {
                    Found::Later
                } else {
                    Found::Never
                }
            }
        }
    }

    fn segment(&self, number: u64) -> Option<&Segment> {
        let first = self.segments.front()?.number;
        self.segments.get(usize::try_from(number.checked_sub(first)?).ok()?)
    }
}

/// Returns a length that whole pictures fill to more than 85 %, jitter of a twentieth included.
fn part_target_90k(step_90k: i64) -> i64 {
    let pictures = ((PART_90K + step_90k / 2) / step_90k).max(1);
    pictures * step_90k * 11 / 10
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
