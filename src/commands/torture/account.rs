//! The account of one stream: each picture that the camera showed is in exactly one segment or in a declared gap. Pure.

use super::bed::PICTURES_PER_SECOND;
use mingchu_domain::time::{TimeRange, WallTime};
use serde::Serialize;

/// Rows that should touch may be so far apart; the gateway's own times are exact to the microsecond.
const TOUCHING_US: i64 = 1_000;
/// A gap may be so much shorter than the pictures missing in it: they come late on a busy machine.
const LATE_US: i64 = 3_000_000;

/// A segment: its time by the row and the numbers in its file.
#[derive(Debug, Clone)]
pub(super) struct Footage {
    pub(super) range: TimeRange,
    pub(super) numbers: Vec<u64>,
    /// Whether packets before or among its pictures never came, by a row.
    pub(super) has_losses: bool,
}

/// What is known of one stream.
pub(super) struct Stream {
    /// The first picture in service and the last one.
    pub(super) shown: (u64, u64),
    /// In order of time.
    pub(super) footage: Vec<Footage>,
    /// Begin and end, in order of time; `None`: lasts.
    pub(super) gaps: Vec<(WallTime, Option<WallTime>)>,
}

/// Where its pictures are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Account {
    /// Pictures that the cameras showed while in service.
    pub(super) frames_sent: u64,
    /// Of them in exactly one segment.
    pub(super) frames_archived: u64,
    /// Of them in a declared gap.
    pub(super) frames_in_gaps: u64,
    /// Of them missing inside a segment, where lost packets are declared.
    pub(super) frames_in_packet_losses: u64,
    /// Of them nowhere.
    pub(super) frames_lost: u64,
    /// Of them in more than one place.
    pub(super) frames_twice: u64,
    /// Times between two rows that neither claims.
    pub(super) undeclared_gaps: u64,
    /// Times that both footage and a gap claim.
    pub(super) contradictions: u64,
}

impl Account {
    pub(super) fn add(&mut self, other: &Self) {
        self.frames_sent += other.frames_sent;
        self.frames_archived += other.frames_archived;
        self.frames_in_gaps += other.frames_in_gaps;
        self.frames_in_packet_losses += other.frames_in_packet_losses;
        self.frames_lost += other.frames_lost;
        self.frames_twice += other.frames_twice;
        self.undeclared_gaps += other.undeclared_gaps;
        self.contradictions += other.contradictions;
    }
}

/// Where a picture lies, or would lie, between pieces of footage.
#[derive(Clone, Copy)]
struct Hole {
    /// Index of the piece with the picture before, and of that with the picture behind.
    pieces: (Option<usize>, Option<usize>),
    frames: u64,
}

/// Draws up the account of one stream.
pub(super) fn account(stream: &Stream) -> Account {
    let (first, last) = stream.shown;
    let mut account = Account { frames_sent: (last + 1).saturating_sub(first), ..Account::default() };
    let (mut expected, mut piece) = (first, None);
    for (index, footage) in stream.footage.iter().enumerate() {
        for number in footage.numbers.iter().copied().filter(|number| (first..=last).contains(number)) {
            if number < expected {
                account.frames_twice += 1;
                continue;
            }
            if number > expected {
                let hole = Hole { pieces: (piece, Some(index)), frames: number - expected };
                account.missing(stream, hole);
            }
            account.frames_archived += 1;
            (expected, piece) = (number + 1, Some(index));
        }
    }
    if expected <= last {
        account.missing(stream, Hole { pieces: (piece, None), frames: last + 1 - expected });
    }
    let (undeclared, contradictions) = claims(stream);
    account.undeclared_gaps = undeclared;
    account.contradictions = contradictions;
    account
}

impl Account {
    fn missing(&mut self, stream: &Stream, hole: Hole) {
        let piece = |index: Option<usize>| index.and_then(|index| stream.footage.get(index));
        if hole.pieces.0.is_some() && hole.pieces.0 == hole.pieces.1 {
            let declared = piece(hole.pieces.0).is_some_and(|footage| footage.has_losses);
            let place = if declared { &mut self.frames_in_packet_losses } else { &mut self.frames_lost };
            *place += hole.frames;
            return;
        }
        let from = piece(hole.pieces.0).map(|footage| footage.range.end().micros());
        let to = piece(hole.pieces.1).map(|footage| footage.range.start().micros());
        let fits = declared_us(&stream.gaps, from, to).saturating_add(LATE_US);
        let fits = u64::try_from(fits).unwrap_or(0).saturating_mul(PICTURES_PER_SECOND) / 1_000_000;
        // one of no length says as well that pictures are missing there
        let has_gap = stream.gaps.iter().any(|gap| touches(gap, from, to));
        let in_gaps = if has_gap { hole.frames.min(fits) } else { 0 };
        self.frames_in_gaps += in_gaps;
        self.frames_lost += hole.frames - in_gaps;
    }
}

/// Returns how much of the time between is declared; the ends may be open.
fn declared_us(gaps: &[(WallTime, Option<WallTime>)], from: Option<i64>, to: Option<i64>) -> i64 {
    gaps.iter().map(|gap| overlap(gap, from, to)).fold(0, i64::saturating_add)
}

fn touches(gap: &(WallTime, Option<WallTime>), from: Option<i64>, to: Option<i64>) -> bool {
    let (start, end) = (gap.0.micros(), gap.1.map_or(i64::MAX, WallTime::micros));
    from.is_none_or(|from| end >= from) && to.is_none_or(|to| start <= to)
}

fn overlap(gap: &(WallTime, Option<WallTime>), from: Option<i64>, to: Option<i64>) -> i64 {
    let (start, end) = (gap.0.micros(), gap.1.map_or(i64::MAX, WallTime::micros));
    let (from, to) = (from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX));
    end.min(to).saturating_sub(start.max(from)).max(0)
}

/// Counts times that no row claims, and times that footage and a gap both claim.
fn claims(stream: &Stream) -> (u64, u64) {
    let footage =
        stream.footage.iter().map(|footage| (footage.range.start().micros(), footage.range.end().micros(), true));
    let gaps = stream.gaps.iter().map(|(start, end)| (start.micros(), end.map_or(i64::MAX, WallTime::micros), false));
    let mut rows: Vec<_> = footage.chain(gaps).collect();
    rows.sort_unstable();
    let (mut undeclared, mut contradictions) = (0, 0);
    let mut until: Option<(i64, bool)> = None;
    for (start, end, is_footage) in rows {
        if let Some((covered, was_footage)) = until {
            undeclared += u64::from(start > covered.saturating_add(TOUCHING_US));
            contradictions += u64::from(start.saturating_add(TOUCHING_US) < covered && is_footage != was_footage);
        }
        if until.is_none_or(|(covered, _)| end >= covered) {
            until = Some((end, is_footage));
        }
    }
    (undeclared, contradictions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> WallTime {
        WallTime::from_micros(ms * 1000)
    }

    /// Pictures `first..end`, 40 ms each, in a segment by the gateway's clock.
    fn footage(first: u64, end: u64) -> Footage {
        let time = |number: u64| at(i64::try_from(number * 40).unwrap());
        let range = TimeRange::new(time(first), time(end)).unwrap();
        Footage { range, numbers: (first..end).collect(), has_losses: false }
    }

    fn gap(first: u64, end: u64) -> (WallTime, Option<WallTime>) {
        let footage = footage(first, end);
        (footage.range.start(), Some(footage.range.end()))
    }

    fn stream(footage: Vec<Footage>, gaps: Vec<(WallTime, Option<WallTime>)>) -> Stream {
        Stream { shown: (0, 999), footage, gaps }
    }

    #[test]
    fn pictures_in_segments_and_gaps_are_all() {
        let found = account(&stream(vec![footage(100, 400), footage(500, 1000)], vec![gap(0, 100), gap(400, 500)]));
        let expected = Account { frames_sent: 1000, frames_archived: 800, frames_in_gaps: 200, ..Account::default() };
        assert_eq!(found, expected);
    }

    #[test]
    fn pictures_without_a_gap_are_lost_and_their_time_is_undeclared() {
        let found = account(&stream(vec![footage(0, 400), footage(500, 1000)], vec![]));
        assert_eq!((found.frames_lost, found.undeclared_gaps), (100, 1));
    }

    #[test]
    fn a_gap_elsewhere_or_too_short_excuses_nothing() {
        let elsewhere = account(&stream(vec![footage(0, 400), footage(500, 1000)], vec![gap(100, 200)]));
        assert_eq!((elsewhere.frames_lost, elsewhere.contradictions), (100, 1));
        let mut shifted = footage(800, 1000);
        shifted.range = TimeRange::new(at(16_400), at(26_000)).unwrap();
        let short = account(&stream(vec![footage(0, 400), shifted], vec![gap(400, 410)]));
        assert_eq!((short.frames_in_gaps, short.frames_lost), (85, 315), "0.4 s and the tolerance hold 85");
    }

    #[test]
    fn pictures_inside_a_segment_are_missing_only_with_lost_packets() {
        let mut torn = footage(0, 1000);
        torn.numbers.retain(|number| !(300..310).contains(number));
        assert_eq!(account(&stream(vec![torn.clone()], vec![])).frames_lost, 10);
        torn.has_losses = true;
        let found = account(&stream(vec![torn], vec![]));
        assert_eq!((found.frames_lost, found.frames_in_packet_losses), (0, 10));
    }

    #[test]
    fn a_picture_in_two_segments_is_counted() {
        let mut again = footage(500, 1000);
        again.numbers = (450..1000).collect();
        assert_eq!(account(&stream(vec![footage(0, 500), again], vec![])).frames_twice, 50);
    }

    #[test]
    fn the_time_after_the_last_segment_needs_a_gap_that_lasts() {
        let ended = account(&stream(vec![footage(0, 900)], vec![]));
        assert_eq!(ended.frames_lost, 100);
        let lasting = account(&stream(vec![footage(0, 900)], vec![(at(36_000), None)]));
        assert_eq!((lasting.frames_lost, lasting.frames_in_gaps), (0, 100));
    }
}
