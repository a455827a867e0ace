//! Where the fragments of an archive file lie, out of its `moof` boxes.

use super::{files::Files, recent::Recent};
use crate::mp4::{ScanError, scan};
use mingchu_domain::{
    id::SegmentId,
    time::{MediaTime, WallTime},
};
use mingchu_store::Segment;
use std::{
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::task::spawn_blocking;

/// Fragments kept in memory, 48 bytes each: two days of a camera with a key picture every two seconds.
const MOST_FRAGMENTS: usize = 100_000;

/// Where the fragments of an archive file lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    /// Length of the init segment at the beginning of the file.
    pub(super) init_bytes: u64,
    /// The sample entry box of its one track.
    pub(super) sample_entry: Vec<u8>,
    /// Groups of pictures: each begins with a key picture.
    pub(super) gops: Vec<Gop>,
}

/// A key picture and what follows it: one fragment, or several that lie behind one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gop {
    /// Where its first `moof` begins.
    pub(super) offset: u64,
    /// Where the next one begins.
    pub(super) end: u64,
    /// Time of the key picture on the track's timeline.
    pub(super) decode_time_90k: u64,
    /// Length.
    pub(super) duration_90k: u64,
}

impl Gop {
    /// Returns when the key picture was taken, in a file of which `segment` is the row.
    pub(super) fn start(&self, segment: &Segment) -> WallTime {
        wall_time(segment, self.decode_time_90k)
    }

    /// Returns when its last picture ends.
    pub(super) fn finish(&self, segment: &Segment) -> WallTime {
        wall_time(segment, self.decode_time_90k + self.duration_90k)
    }
}

/// Returns the wall time of a media time in a file of which `segment` is the row.
pub(super) fn wall_time(segment: &Segment, time_90k: u64) -> WallTime {
    let MediaTime(first) = segment.first_90k;
    segment.range.start() + micros(time_90k.saturating_sub(first.max(0).unsigned_abs()))
}

pub(super) fn micros(ticks_90k: u64) -> Duration {
    Duration::from_micros(ticks_90k.saturating_mul(100) / 9)
}

impl Index {
    /// Reads the index of a file. Blocking.
    ///
    /// # Errors
    /// `InvalidData` when the file is none of ours, or holds no picture.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let scan = scan(&mut BufReader::new(File::open(path)?)).map_err(|error| match error {
            ScanError::Io(error) => error,
            other => io::Error::new(io::ErrorKind::InvalidData, other),
        })?;
        let mut gops: Vec<Gop> = Vec::new();
        for fragment in &scan.fragments {
            let duration_90k = fragment.duration_90k();
            match gops.last_mut() {
                // a large GOP is written in pieces
                Some(last) if !fragment.is_key() => {
                    last.end = fragment.end;
                    last.duration_90k = (fragment.decode_time_90k + duration_90k).saturating_sub(last.decode_time_90k);
                }
                _ => gops.push(Gop {
                    offset: fragment.offset,
                    end: fragment.end,
                    decode_time_90k: fragment.decode_time_90k,
                    duration_90k,
                }),
            }
        }
        let first = gops.first().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "file holds no picture"))?;
        Ok(Self { init_bytes: first.offset, sample_entry: scan.sample_entry, gops })
    }
}

/// The indexes that were asked for lately.
pub(super) struct Indexes(Recent<SegmentId, Arc<Index>>);

impl Default for Indexes {
    fn default() -> Self {
        Self(Recent::new(MOST_FRAGMENTS))
    }
}

impl Indexes {
    /// Returns the index of each segment, in order; reads those that are not known.
    pub(super) async fn of(&self, files: &Files, segments: &[Segment]) -> Vec<io::Result<Arc<Index>>> {
        let mut found: Vec<Option<Arc<Index>>> = segments.iter().map(|segment| self.0.get(&segment.id)).collect();
        let unknown: Vec<(usize, io::Result<PathBuf>)> = (0..segments.len())
            .filter(|at| found[*at].is_none())
            .map(|at| (at, files.path_of(&segments[at])))
            .collect();
        if unknown.is_empty() {
            return found.into_iter().flatten().map(Ok).collect();
        }
        let read = move || {
            unknown.into_iter().map(|(at, path)| (at, path.and_then(|path| Index::read(&path)))).collect::<Vec<_>>()
        };
        let mut failed = std::collections::HashMap::new();
        for (at, index) in spawn_blocking(read).await.unwrap_or_default() {
            match index {
                Ok(index) => {
                    let weight = index.gops.len();
                    let index = Arc::new(index);
                    self.0.put(segments[at].id, Arc::clone(&index), weight);
                    found[at] = Some(index);
                }
                Err(error) => {
                    failed.insert(at, error);
                }
            }
        }
        let result = |(at, index): (usize, Option<Arc<Index>>)| {
            index.ok_or_else(|| failed.remove(&at).unwrap_or_else(|| io::Error::other("reading stopped")))
        };
        found.into_iter().enumerate().map(result).collect()
    }
}
