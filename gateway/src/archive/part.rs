//! The file being written. Blocking: call from a blocking thread.

use super::{
    disk::Disk,
    name::{part_path, segment_path},
    suspect,
};
use crate::{
    metric,
    mp4::{Picture, fragment_head, init_segment},
    retention::volume_of,
};
use bytes::Bytes;
use mingchu_domain::{
    id::{SegmentId, StreamId, VolumeId},
    time::{MediaTime, TimeRange, WallTime},
};
use mingchu_store::Segment;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, IoSlice},
    path::{Path, PathBuf},
    time::Duration,
};

/// A GOP ready to be written.
pub(crate) struct Fragment {
    pub(crate) begin: MediaTime,
    pub(crate) pictures: Vec<Picture>,
    pub(crate) data: Vec<Bytes>,
}

/// A segment being written under the name of its `.part`.
pub(super) struct PartFile {
    disk: Disk,
    file: File,
    part: PathBuf,
    finished: PathBuf,
    facts: Facts,
    hasher: Sha256,
    sequence: u32,
}

/// What the row will say.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) stream: StreamId,
    pub(super) volume: Option<VolumeId>,
    pub(super) path: String,
    pub(super) start: WallTime,
    pub(super) first: MediaTime,
    pub(super) frames: u32,
    pub(super) size_bytes: u64,
}

impl Facts {
    /// Returns the row of a file that ends at `end` and has this hash.
    pub(super) fn segment(
        &self,
        end: WallTime,
        sha256: String,
        chain: String,
        clock_offset_us: Option<i64>,
    ) -> Option<Segment> {
        Some(Segment {
            id: SegmentId::generate(),
            stream_id: self.stream,
            range: TimeRange::new(self.start, end.max(self.start))?,
            first_90k: self.first,
            frames: self.frames,
            size_bytes: self.size_bytes,
            volume_id: self.volume,
            path: self.path.clone(),
            sha256,
            chain,
            clock_offset_us,
            fault: None,
        })
    }
}

impl PartFile {
    /// Creates the file with its init segment.
    pub(super) fn create(
        disk: &Disk,
        folder: &Path,
        stream: StreamId,
        start: WallTime,
        first: MediaTime,
        sample_entry: &[u8],
    ) -> io::Result<Self> {
        let (mut start, mut path) = (start, segment_path(stream, start));
        // after a clock was set back the name may be taken
        while folder.join(&path).exists() || part_path(&folder.join(&path)).exists() {
            start = start + Duration::from_micros(1);
            path = segment_path(stream, start);
        }
        let finished = folder.join(&path);
        let part = part_path(&finished);
        if let Some(day) = finished.parent() {
            disk.create_folder(day, folder)?;
        }
        let file = disk.create(&part)?;
        let facts = Facts { stream, volume: volume_of(folder), path, start, first, frames: 0, size_bytes: 0 };
        let mut part = Self { disk: disk.clone(), file, part, finished, facts, hasher: Sha256::new(), sequence: 0 };
        match part.write(&[IoSlice::new(&init_segment(sample_entry))]) {
            Ok(()) => Ok(part),
            Err(error) => {
                part.discard();
                Err(error)
            }
        }
    }

    /// Removes the file: it holds no picture.
    pub(super) fn discard(self) {
        if let Err(error) = fs::remove_file(&self.part) {
            tracing::warn!(path = %self.facts.path, %error, "empty archive file left behind");
        }
    }

    /// Appends a fragment. A failure may leave a part of it, which [`Self::finish`] cuts off.
    pub(super) fn append(&mut self, fragment: &Fragment) -> io::Result<()> {
        self.sequence += 1;
        let head = fragment_head(self.sequence, fragment.begin.0.max(0).unsigned_abs(), &fragment.pictures);
        let slices: Vec<_> = [&head[..]].into_iter().chain(fragment.data.iter().map(|data| &data[..])).collect();
        self.write(&slices.into_iter().map(IoSlice::new).collect::<Vec<_>>())?;
        self.facts.frames += u32::try_from(fragment.pictures.len()).unwrap_or(u32::MAX);
        Ok(())
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<()> {
        self.disk.write_all(&mut self.file, slices)?;
        for slice in slices {
            self.hasher.update(&**slice);
            self.facts.size_bytes += slice.len() as u64;
        }
        Ok(())
    }

    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    pub(super) fn finished(&self) -> &Path {
        &self.finished
    }

    /// Makes the file durable under its final name; returns what the row says and its hash.
    ///
    /// When its fsync fails, a copy is made of it, for the file itself can be trusted no more.
    pub(super) fn finish(self) -> io::Result<(Facts, String)> {
        let Self { disk, file, part, finished, facts, hasher, .. } = self;
        let sha256 = hex::encode(hasher.finalize());
        let synced = cut_off(&file, facts.size_bytes).and_then(|()| disk.sync(&file));
        match synced {
            Ok(()) => finish_name(&disk, &part, &finished)?,
            Err(error) => {
                suspect::failed(&finished, &error);
                drop(file);
                suspect::copy(&disk, &suspect::mark(&part, &finished, &sha256)?, &finished, &sha256)?;
            }
        }
        metrics::counter!(metric::SEGMENTS).increment(1);
        Ok((facts, sha256))
    }
}

/// Cuts off what a failed write left behind the last whole fragment.
fn cut_off(file: &File, size_bytes: u64) -> io::Result<()> {
    if file.metadata()?.len() == size_bytes { Ok(()) } else { file.set_len(size_bytes) }
}

/// Gives a durable file its final name.
pub(super) fn finish_name(disk: &Disk, part: &Path, finished: &Path) -> io::Result<()> {
    match disk.rename(part, finished) {
        // The bytes are durable and the name is there; should a power cut take it, the next start finds the part.
        Err(error) if finished.exists() => {
            metrics::counter!(metric::FSYNC_ERRORS).increment(1);
            tracing::warn!(%error, "name of an archive file may not be durable; check the disk");
            Ok(())
        }
        renamed => renamed,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::disk::DiskFaults, *};
    use crate::{mp4::scan, testing};
    use std::sync::Arc;

    fn part_on(disk: &Disk, folder: &Path) -> PartFile {
        let start = WallTime::from_micros(1_000_000);
        let mut part =
            PartFile::create(disk, folder, StreamId::generate(), start, MediaTime(0), &testing::sample_entry())
                .unwrap();
        part.append(&testing::fragment(0, &[40, 20])).unwrap();
        part
    }

    fn names(folder: &Path, facts: &Facts) -> Vec<String> {
        let day = folder.join(&facts.path).parent().unwrap().to_owned();
        let names = fs::read_dir(day).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_torn_fragment_is_cut_off() {
        let (folder, faults) = (tempfile::tempdir().unwrap(), DiskFaults::none());
        let mut part = part_on(&Disk::with_faults(Arc::clone(&faults)), folder.path());
        faults.leave_room(30);
        assert!(part.append(&testing::fragment(7200, &[400, 200])).is_err());
        let (facts, sha256) = part.finish().unwrap();
        let bytes = fs::read(folder.path().join(&facts.path)).unwrap();
        assert_eq!((bytes.len() as u64, hex::encode(Sha256::digest(&bytes))), (facts.size_bytes, sha256));
        assert_eq!(scan(&mut io::Cursor::new(bytes)).unwrap().fragments.len(), 1);
    }

    #[test]
    fn a_file_whose_fsync_fails_is_copied_and_never_synced_again() {
        let (folder, faults) = (tempfile::tempdir().unwrap(), DiskFaults::none());
        let part = part_on(&Disk::with_faults(Arc::clone(&faults)), folder.path());
        faults.fail_syncs(1);
        let (facts, sha256) = part.finish().unwrap();
        let bytes = fs::read(folder.path().join(&facts.path)).unwrap();
        assert_eq!(hex::encode(Sha256::digest(&bytes)), sha256);
        assert_eq!(names(folder.path(), &facts).len(), 1, "the file that failed is gone");
    }

    #[test]
    fn a_file_that_cannot_be_copied_stays_marked() {
        let (folder, faults) = (tempfile::tempdir().unwrap(), DiskFaults::none());
        let part = part_on(&Disk::with_faults(Arc::clone(&faults)), folder.path());
        let facts = part.facts().clone();
        faults.fail_syncs(2);
        assert!(part.finish().is_err());
        let [left] = &names(folder.path(), &facts)[..] else { panic!("one file") };
        assert!(left.ends_with(".suspect"), "{left}");
    }
}
