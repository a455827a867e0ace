//! The file being written. Blocking: call from a blocking thread.

use super::name::part_path;
use crate::{
    metric,
    mp4::{Picture, fragment_head, init_segment},
};
use bytes::Bytes;
use mingchu_domain::{
    id::{SegmentId, StreamId},
    time::{MediaTime, TimeRange, WallTime},
};
use mingchu_store::Segment;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, IoSlice, Write},
    path::{Path, PathBuf},
};

/// A GOP ready to be written.
pub(crate) struct Fragment {
    pub(crate) begin: MediaTime,
    pub(crate) pictures: Vec<Picture>,
    pub(crate) data: Vec<Bytes>,
}

/// A segment being written under the name of its `.part`.
pub(super) struct PartFile {
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
    pub(super) path: String,
    pub(super) start: WallTime,
    pub(super) first: MediaTime,
    pub(super) frames: u32,
    pub(super) size_bytes: u64,
}

impl Facts {
    /// Returns the row of a file that ends at `end` and has this hash.
    pub(super) fn segment(&self, end: WallTime, sha256: String, chain: String) -> Option<Segment> {
        Some(Segment {
            id: SegmentId::generate(),
            stream_id: self.stream,
            range: TimeRange::new(self.start, end.max(self.start))?,
            first_90k: self.first,
            frames: self.frames,
            size_bytes: self.size_bytes,
            volume_id: None,
            path: self.path.clone(),
            sha256,
            chain,
            clock_offset_us: None,
            fault: None,
        })
    }
}

impl PartFile {
    /// Creates the file with its init segment.
    pub(super) fn create(
        folder: &Path,
        stream: StreamId,
        start: WallTime,
        first: MediaTime,
        sample_entry: &[u8],
    ) -> io::Result<Self> {
        let path = super::name::segment_path(stream, start);
        let finished = folder.join(&path);
        let part = part_path(&finished);
        if let Some(day) = finished.parent() {
            create_folder(day, folder)?;
        }
        let file = File::options().write(true).create_new(true).open(&part)?;
        let facts = Facts { stream, path, start, first, frames: 0, size_bytes: 0 };
        let mut part = Self { file, part, finished, facts, hasher: Sha256::new(), sequence: 0 };
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

    /// Appends a fragment.
    pub(super) fn append(&mut self, fragment: &Fragment) -> io::Result<()> {
        self.sequence += 1;
        let head = fragment_head(self.sequence, fragment.begin.0.max(0).unsigned_abs(), &fragment.pictures);
        let slices: Vec<_> = [&head[..]].into_iter().chain(fragment.data.iter().map(|data| &data[..])).collect();
        self.write(&slices.into_iter().map(IoSlice::new).collect::<Vec<_>>())?;
        self.facts.frames += u32::try_from(fragment.pictures.len()).unwrap_or(u32::MAX);
        Ok(())
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<()> {
        write_all(&mut self.file, slices)?;
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
    pub(super) fn finish(self) -> io::Result<(Facts, String)> {
        sync_and_rename(&self.file, &self.part, &self.finished)?;
        metrics::counter!(metric::SEGMENTS).increment(1);
        Ok((self.facts, hex::encode(self.hasher.finalize())))
    }
}

/// Makes a folder below `root` so that it outlives a power cut: each new one is an entry of a folder to be fsynced.
fn create_folder(folder: &Path, root: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    for above in folder.ancestors().skip(1).take_while(|above| above.starts_with(root)) {
        File::open(above)?.sync_all()?;
    }
    Ok(())
}

/// Writes all bytes of all slices, in few system calls.
fn write_all(file: &mut File, slices: &[IoSlice<'_>]) -> io::Result<()> {
    /// What Linux takes at once (`IOV_MAX`).
    const MOST: usize = 1024;
    for slices in slices.chunks(MOST) {
        let mut slices = slices.to_vec();
        let mut rest = &mut slices[..];
        while !rest.is_empty() {
            match file.write_vectored(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut rest, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// fsync, rename, fsync of the folder. After a failed fsync the file is not trusted and not tried again.
pub(super) fn sync_and_rename(file: &File, part: &Path, finished: &Path) -> io::Result<()> {
    file.sync_all().inspect_err(|_| metrics::counter!(metric::FSYNC_ERRORS).increment(1))?;
    fs::rename(part, finished)?;
    match finished.parent() {
        Some(day) => File::open(day)?.sync_all(),
        None => Ok(()),
    }
}
