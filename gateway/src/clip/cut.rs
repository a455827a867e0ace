//! Cuts a plain file out of archive files. [`plan`] is pure; [`cut`] blocks: call it from a blocking thread.

use crate::mp4::{Fragment, Picture, Scan, plain_head, scan};
use mingchu_domain::time::{MediaTime, TimeRange, WallTime};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::PathBuf,
    time::Duration,
};

/// A shorter pause between two files is the seam of a recording, not a gap.
const SEAM: Duration = Duration::from_millis(200);

/// A file to cut from.
#[derive(Debug, Clone)]
pub(super) struct Footage {
    /// Where it lies; the second name is tried when the first is gone, because a file is renamed when it is finished.
    pub(super) paths: Vec<PathBuf>,
    /// When its first picture came.
    pub(super) start: WallTime,
    /// The first picture's time on the track's timeline.
    pub(super) first: MediaTime,
}

/// A cut clip.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Clip {
    pub(super) bytes: Vec<u8>,
    pub(super) range: TimeRange,
    pub(super) frames: u32,
}

/// A fragment that the clip takes whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    file: usize,
    fragment: usize,
    start: WallTime,
    end: WallTime,
}

/// Cuts the whole GOPs that touch `wanted`. Returns `None` when there are none, or none that show `shown`.
///
/// A gap between two pictures stays as long in the clip as it was. Other parameters begin another track, which a plain
/// file has only one of: then the clip is what belongs together with `shown`.
pub(super) fn cut(footage: &[Footage], wanted: TimeRange, shown: TimeRange) -> io::Result<Option<Clip>> {
    let mut files = Vec::new();
    for footage in footage {
        if let Some((mut file, name)) = open(&footage.paths)? {
            let scan = scan(&mut BufReader::new(&mut file))
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", name.display())))?;
            files.push((file, scan, footage.start, footage.first));
        }
    }
    let scans: Vec<_> = files.iter().map(|(_, scan, start, first)| (scan, *start, *first)).collect();
    let pieces = plan(&scans, wanted, shown);
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Ok(None) };
    let Some(range) = TimeRange::new(first.start, last.end.max(first.start)) else { return Ok(None) };
    let pictures = pictures(&scans, &pieces);
    let mut bytes = plain_head(&files[first.file].1.sample_entry, &pictures);
    let frames = u32::try_from(pictures.len()).unwrap_or(u32::MAX);
    for piece in &pieces {
        let (file, scan, ..) = &mut files[piece.file];
        let fragment = &scan.fragments[piece.fragment];
        file.seek(SeekFrom::Start(fragment.data_offset))?;
        let wanted = fragment.end - fragment.data_offset;
        if file.take(wanted).read_to_end(&mut bytes)? as u64 != wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Some(Clip { bytes, range, frames }))
}

/// Opens the first path that is there, or nothing: footage may be deleted while a clip is cut.
fn open(paths: &[PathBuf]) -> io::Result<Option<(File, PathBuf)>> {
    for path in paths {
        match File::open(path) {
            Ok(file) => return Ok(Some((file, path.clone()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Chooses the fragments, oldest first.
fn plan(files: &[(&Scan, WallTime, MediaTime)], wanted: TimeRange, shown: TimeRange) -> Vec<Piece> {
    let all: Vec<Piece> = files
        .iter()
        .enumerate()
        .flat_map(|(file, (scan, start, first))| {
            let piece = move |(fragment, held): (usize, &Fragment)| {
                let (start, end) = wall_range(held, *start, *first);
                Piece { file, fragment, start, end }
            };
            scan.fragments.iter().enumerate().map(piece)
        })
        .collect();
    let touches = |piece: &&Piece, range: TimeRange| piece.start < range.end() && piece.end > range.start();
    let Some(core) = all.iter().position(|piece| touches(&piece, shown)) else { return Vec::new() };
    let entry = |piece: &Piece| &files[piece.file].0.sample_entry;
    let is_key = |piece: &Piece| files[piece.file].0.fragments[piece.fragment].is_key();
    let belongs = |piece: &&Piece| entry(piece) == entry(&all[core]);
    let mut from = core - all[..core].iter().rev().take_while(|piece| belongs(piece) && touches(piece, wanted)).count();
    // a GOP that was written in pieces begins with the first of them
    while from > 0 && !is_key(&all[from]) && belongs(&&all[from - 1]) {
        from -= 1;
    }
    let after = all[core..].iter().take_while(|piece| belongs(piece) && touches(piece, wanted)).count();
    all[from..core + after].to_vec()
}

fn wall_range(fragment: &Fragment, start: WallTime, first: MediaTime) -> (WallTime, WallTime) {
    let ticks = fragment.decode_time_90k.saturating_sub(first.0.max(0).unsigned_abs());
    let begin = start + micros(ticks);
    (begin, begin + micros(fragment.duration_90k()))
}

fn micros(ticks_90k: u64) -> Duration {
    Duration::from_micros(ticks_90k.saturating_mul(100) / 9)
}

/// Returns the clip's table; the picture before a gap lasts as long as the gap.
fn pictures(files: &[(&Scan, WallTime, MediaTime)], pieces: &[Piece]) -> Vec<Picture> {
    let mut all: Vec<Picture> = Vec::new();
    let mut end = None;
    for piece in pieces {
        if let (Some(last), Some(end)) = (all.last_mut(), end) {
            let gap = piece.start.since(end);
            if gap > SEAM {
                let ticks = u32::try_from(gap.as_micros() * 9 / 100).unwrap_or(u32::MAX);
                last.duration_90k = last.duration_90k.saturating_add(ticks);
            }
        }
        all.extend(&files[piece.file].0.fragments[piece.fragment].pictures);
        end = Some(piece.end);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 90_000;

    /// GOPs of one second, 5 pictures each.
    fn file(entry: u8, first_s: u64, gops: u64) -> Scan {
        let picture = |index| Picture { size_bytes: 1, duration_90k: 18_000, is_key: index == 0 };
        let fragment = |gop| Fragment {
            offset: 0,
            data_offset: 0,
            end: 5,
            decode_time_90k: (first_s + gop) * SECOND,
            pictures: (0..5).map(picture).collect(),
        };
        Scan { sample_entry: vec![entry], fragments: (0..gops).map(fragment).collect(), complete_bytes: 0 }
    }

    fn at(second: i64) -> WallTime {
        WallTime::from_micros(second * 1_000_000)
    }

    fn range(from: i64, to: i64) -> TimeRange {
        TimeRange::new(at(from), at(to)).unwrap()
    }

    fn seconds(pieces: &[Piece]) -> Option<(i64, i64)> {
        let (first, last) = (pieces.first()?, pieces.last()?);
        Some((first.start.micros() / 1_000_000, last.end.micros() / 1_000_000))
    }

    #[test]
    fn a_clip_goes_over_the_seam_of_two_files() {
        let (a, b) = (file(1, 0, 60), file(1, 60, 30));
        let files = [(&a, at(100), MediaTime(0)), (&b, at(160), MediaTime(60 * 90_000))];
        let pieces = plan(&files, range(153, 167), range(158, 162));
        assert_eq!(seconds(&pieces), Some((153, 167)));
        assert_eq!(pictures(&files, &pieces).len(), 14 * 5);
    }

    #[test]
    fn a_clip_keeps_to_the_parameters_of_what_it_shows() {
        let (a, b) = (file(1, 0, 10), file(2, 10, 10));
        let files = [(&a, at(0), MediaTime(0)), (&b, at(10), MediaTime(10 * 90_000))];
        assert_eq!(seconds(&plan(&files, range(5, 17), range(12, 13))), Some((10, 17)));
        assert_eq!(seconds(&plan(&files, range(5, 17), range(8, 9))), Some((5, 10)));
    }

    #[test]
    fn footage_around_a_violation_that_does_not_show_it_is_no_evidence() {
        let a = file(1, 0, 10);
        assert_eq!(plan(&[(&a, at(0), MediaTime(0))], range(5, 25), range(12, 20)), []);
    }

    #[test]
    fn a_gap_inside_the_clip_lasts_as_long_as_it_did() {
        let (a, b) = (file(1, 0, 10), file(1, 0, 10));
        let files = [(&a, at(0), MediaTime(0)), (&b, at(13), MediaTime(0))];
        let pieces = plan(&files, range(8, 15), range(9, 14));
        let ticks: u64 = pictures(&files, &pieces).iter().map(|picture| u64::from(picture.duration_90k)).sum();
        assert_eq!(ticks, 7 * SECOND);
    }

    proptest! {
        #[test]
        fn a_clip_covers_what_is_wanted_and_there_and_begins_with_a_key(from in 0i64..40, length in 1i64..30) {
            let (a, b) = (file(1, 0, 20), file(1, 20, 20));
            let files = [(&a, at(0), MediaTime(0)), (&b, at(20), MediaTime(20 * 90_000))];
            let wanted = range(from, from + length);
            let pieces = plan(&files, wanted, wanted);
            prop_assert_eq!(seconds(&pieces), Some((from, (from + length).min(40))));
            prop_assert!(pieces.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }
}
