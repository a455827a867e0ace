//! Which pictures an export takes, and how long each lasts. Pure.

use super::super::index::wall_time;
use crate::mp4::{self, Picture, Scan};
use mingchu_domain::time::{TimeRange, WallTime};
use mingchu_store::Segment;
use std::time::Duration;

/// Bytes of an archive file that go into the export as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) file: usize,
    pub(super) offset: u64,
    pub(super) size_bytes: u64,
}

/// What an export holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) sample_entries: Vec<Vec<u8>>,
    pub(super) pictures: Vec<Picture>,
    /// From which picture on which sample entry holds.
    pub(super) changes: Vec<(usize, usize)>,
    /// Pictures that are decoded, not shown.
    pub(super) lead: usize,
    pub(super) pieces: Vec<Piece>,
    pub(super) first_at: WallTime,
    pub(super) last_at: WallTime,
}

/// Why there is no export, for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoPlan {
    #[error("there is no picture in this time; the timeline says why")]
    NoPicture,
    #[error(
        "the camera changed from {before} to {after} at {at}, which one file cannot hold; export the time before and the time after it apart"
    )]
    OtherCodec { before: &'static str, after: &'static str, at: WallTime },
}

struct Shot {
    file: usize,
    offset: u64,
    at: WallTime,
    picture: Picture,
}

/// Takes exactly the pictures of the range, and those since the key picture before that they need.
///
/// Each picture lasts until the next one was taken, so that a gap stays as long as it was.
pub(super) fn plan(files: &[(Segment, Scan)], range: TimeRange) -> Result<Plan, NoPlan> {
    let mut shots: Vec<Shot> =
        files.iter().enumerate().flat_map(|(file, (row, scan))| shots(file, row, scan)).collect();
    order(&mut shots);
    let first = shots.iter().position(|shot| shot.at >= range.start()).ok_or(NoPlan::NoPicture)?;
    let last = shots.iter().rposition(|shot| shot.at < range.end()).filter(|last| *last >= first);
    let last = last.ok_or(NoPlan::NoPicture)?;
    let key = shots[..=first].iter().rposition(|shot| shot.picture.is_key).unwrap_or(first);
    let taken = &shots[key..=last];
    let (sample_entries, changes) = entries(files, taken)?;
    Ok(Plan {
        sample_entries,
        pictures: pictures(taken, range.end()),
        changes,
        lead: first - key,
        pieces: pieces(taken),
        first_at: shots[first].at,
        last_at: shots[last].at,
    })
}

fn shots(file: usize, row: &Segment, scan: &Scan) -> Vec<Shot> {
    let mut shots = Vec::new();
    for fragment in &scan.fragments {
        let (mut offset, mut time_90k) = (fragment.data_offset, fragment.decode_time_90k);
        for picture in &fragment.pictures {
            shots.push(Shot { file, offset, at: wall_time(row, time_90k), picture: *picture });
            offset += u64::from(picture.size_bytes);
            time_90k += u64::from(picture.duration_90k);
        }
    }
    shots
}

/// Two pictures are at least so far apart.
const CLOSEST: Duration = Duration::from_millis(1);

/// Lets no picture be later than the next: a camera's clock that runs ahead of ours is set right at the seam of files.
fn order(shots: &mut [Shot]) {
    let mut next: Option<WallTime> = None;
    for shot in shots.iter_mut().rev() {
        shot.at = next.map_or(shot.at, |next| shot.at.min(next - CLOSEST));
        next = Some(shot.at);
    }
}

type Entries = (Vec<Vec<u8>>, Vec<(usize, usize)>);

fn entries(files: &[(Segment, Scan)], taken: &[Shot]) -> Result<Entries, NoPlan> {
    let (mut entries, mut changes): Entries = (Vec::new(), Vec::new());
    for (number, shot) in taken.iter().enumerate() {
        let entry = &files[shot.file].1.sample_entry;
        let (Some(first), Some((_, current))) = (entries.first(), changes.last()) else {
            entries.push(entry.clone());
            changes.push((number, 0));
            continue;
        };
        if entries[*current] == *entry {
            continue;
        }
        let codec = |entry: &[u8]| mp4::codec_of(entry).map_or("another codec", |codec| codec.as_str());
        if codec(first) != codec(entry) {
            return Err(NoPlan::OtherCodec { before: codec(first), after: codec(entry), at: shot.at });
        }
        let known = entries.iter().position(|known| known == entry);
        let place = known.unwrap_or(entries.len());
        if known.is_none() {
            entries.push(entry.clone());
        }
        changes.push((number, place));
    }
    Ok((entries, changes))
}

/// Returns the table: rounded on the time since the first picture, so that errors do not add up.
fn pictures(taken: &[Shot], end: WallTime) -> Vec<Picture> {
    let Some(base) = taken.first().map(|shot| shot.at) else { return Vec::new() };
    let ticks = |at: WallTime| u64::try_from(at.since(base).as_micros() * 9 / 100).unwrap_or(u64::MAX);
    let mut at = 0;
    let mut pictures = Vec::with_capacity(taken.len());
    for (number, shot) in taken.iter().enumerate() {
        let next = match taken.get(number + 1) {
            Some(next) => ticks(next.at),
            None => (at + u64::from(shot.picture.duration_90k)).min(ticks(end)),
        };
        let duration = next.saturating_sub(at).max(1);
        pictures.push(Picture { duration_90k: u32::try_from(duration).unwrap_or(u32::MAX), ..shot.picture });
        at += duration;
    }
    pictures
}

/// Returns the bytes to copy, joined where they lie behind one another.
fn pieces(taken: &[Shot]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for shot in taken {
        let size_bytes = u64::from(shot.picture.size_bytes);
        match pieces.last_mut() {
            Some(last) if last.file == shot.file && last.offset + last.size_bytes == shot.offset => {
                last.size_bytes += size_bytes;
            }
            _ => pieces.push(Piece { file: shot.file, offset: shot.offset, size_bytes }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mp4::Fragment;
    use mingchu_domain::{
        id::{SegmentId, StreamId},
        media::Codec,
        time::MediaTime,
    };
    use proptest::prelude::*;

    /// A file of GOPs of one second, 5 pictures of 10 bytes each.
    fn file(start_ms: u64, gops: u64, codec: Codec, width: u16) -> (Segment, Scan) {
        let start = WallTime::from_micros(0) + Duration::from_millis(start_ms);
        let segment = Segment {
            id: SegmentId::generate(),
            stream_id: StreamId::generate(),
            range: TimeRange::new(start, start + Duration::from_secs(gops)).unwrap(),
            first_90k: MediaTime(900),
            frames: 0,
            size_bytes: 0,
            path: String::new(),
            sha256: String::new(),
            chain: String::new(),
            clock_offset_us: None,
            fault: None,
            volume_id: None,
        };
        let picture = |index| Picture { size_bytes: 10, duration_90k: 18_000, is_key: index == 0 };
        let fragment = |gop: u64| Fragment {
            offset: gop * 100,
            data_offset: gop * 100 + 50,
            end: gop * 100 + 100,
            decode_time_90k: 900 + gop * 90_000,
            pictures: (0..5).map(picture).collect(),
        };
        let sample_entry = mp4::sample_entry(codec, width, 360, &[1, 2, 3]);
        (segment, Scan { sample_entry, fragments: (0..gops).map(fragment).collect(), complete_bytes: 0 })
    }

    fn range(from_ms: u64, to_ms: u64) -> TimeRange {
        let at = |ms| WallTime::from_micros(0) + Duration::from_millis(ms);
        TimeRange::new(at(from_ms), at(to_ms)).unwrap()
    }

    #[test]
    fn a_change_of_size_is_a_second_sample_entry_and_a_change_of_codec_is_refused() {
        let files = [file(0, 2, Codec::H264, 640), file(2000, 2, Codec::H264, 320), file(4000, 2, Codec::H265, 320)];
        let plan_of = |range| plan(&files, range);
        let two = plan_of(range(1500, 3000)).unwrap();
        assert_eq!((two.sample_entries.len(), &two.changes[..], two.lead), (2, &[(0, 0), (5, 1)][..], 3));
        assert_eq!(two.pieces.len(), 2);
        let at = range(0, 4000).end();
        assert_eq!(plan_of(range(3000, 5000)), Err(NoPlan::OtherCodec { before: "h264", after: "h265", at }));
        assert_eq!(plan_of(range(6000, 9000)), Err(NoPlan::NoPicture));
    }

    proptest! {
        #[test]
        fn the_pictures_shown_are_exactly_those_of_the_range_and_last_as_long_as_they_did(
            from in 0u64..9000, length in 1u64..9000, pause in 0u64..3000,
        ) {
            let files = [file(0, 4, Codec::H264, 640), file(4000 + pause, 4, Codec::H264, 640)];
            let wanted = range(from, from + length);
            let all: Vec<u64> = (0..20).map(|n| n * 200).chain((0..20).map(|n| 4000 + pause + n * 200)).collect();
            let inside: Vec<u64> = all.into_iter().filter(|at| (from..from + length).contains(at)).collect();
            match plan(&files, wanted) {
                Err(error) => prop_assert!(inside.is_empty() && error == NoPlan::NoPicture),
                Ok(plan) => {
                    prop_assert_eq!(plan.pictures.len() - plan.lead, inside.len());
                    prop_assert_eq!(plan.first_at.millis(), i64::try_from(inside[0]).unwrap());
                    prop_assert_eq!(plan.last_at.millis(), i64::try_from(*inside.last().unwrap()).unwrap());
                    prop_assert!(plan.pictures[0].is_key && plan.lead < 5);
                    let shown = &plan.pictures[plan.lead..plan.pictures.len() - 1];
                    let ticks: u64 = shown.iter().map(|picture| u64::from(picture.duration_90k)).sum();
                    prop_assert_eq!(ticks, (inside.last().unwrap() - inside[0]) * 90);
                    let bytes: u64 = plan.pieces.iter().map(|piece| piece.size_bytes).sum();
                    prop_assert_eq!(bytes, plan.pictures.len() as u64 * 10);
                }
            }
        }
    }
}
