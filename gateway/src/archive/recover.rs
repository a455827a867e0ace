//! What a crash left behind. Blocking: call from a blocking thread.

use super::{
    disk::Disk,
    name::{finished_path, start_of, suspect_of},
    part::{Facts, finish_name},
    suspect,
};
use crate::{
    mp4::{Scan, scan},
    retention::volume_of,
};
use mingchu_domain::{
    id::StreamId,
    time::{MediaTime, WallTime},
};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A finished file that needs a row.
pub(crate) struct Recovered {
    pub(super) facts: Facts,
    pub(super) end: WallTime,
    pub(super) sha256: String,
}

/// Finishes every part file of a stream and finds every finished file newer than `last`, oldest first.
///
/// `last` is the path of the newest segment with a row. Paths sort by time.
pub(super) fn recover_stream(disk: &Disk, folder: &Path, stream: StreamId, last: Option<&str>) -> Vec<Recovered> {
    let mut files = Vec::new();
    if let Err(error) = collect(folder, &folder.join(stream.to_string()), last, &mut files)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(stream.id = %stream, %error, "archive folder cannot be read");
    }
    files.sort_by_key(|file| final_path(file));
    let recovered = files.iter().filter_map(|file| match recover_file(disk, folder, stream, file) {
        Ok(recovered) => recovered,
        Err(error) => {
            tracing::warn!(stream.id = %stream, file = %file.display(), %error, "archive file not recovered");
            None
        }
    });
    recovered.collect()
}

/// Returns the name that a file has or will have when it is finished.
fn final_path(file: &Path) -> PathBuf {
    finished_path(file).or_else(|| suspect_of(file).map(|(finished, _)| finished)).unwrap_or_else(|| file.to_owned())
}

fn collect(root: &Path, folder: &Path, last: Option<&str>, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_unfinished = finished_path(&path).is_some() || suspect_of(&path).is_some();
        let relative = path.strip_prefix(root).ok().and_then(Path::to_str).unwrap_or_default();
        if path.is_dir() {
            // a day before that of the newest row holds nothing new
            if last.is_none_or(|last| last.get(..relative.len()).is_none_or(|same| relative >= same)) {
                collect(root, &path, last, files)?;
            }
        } else if is_unfinished || (relative.ends_with(".mp4") && last.is_none_or(|last| relative > last)) {
            files.push(path);
        }
    }
    Ok(())
}

pub(super) fn recover_file(disk: &Disk, root: &Path, stream: StreamId, path: &Path) -> io::Result<Option<Recovered>> {
    if let Some(finished) = finished_path(path) {
        return if path.exists() { recover_part(disk, root, stream, path, &finished) } else { Ok(None) };
    }
    if let Some((finished, sha256)) = suspect_of(path) {
        if finished.exists() {
            // the crash came between the copy and the end of what it was copied from
            return fs::remove_file(path).map(|()| None);
        }
        suspect::copy(disk, path, &finished, &sha256)?;
        return describe(root, stream, &finished, &scan_file(&finished)?).map(Some);
    }
    describe(root, stream, path, &scan_file(path)?).map(Some)
}

/// Cuts a part file behind its last complete fragment and finishes it; removes it when there is none.
fn recover_part(
    disk: &Disk,
    root: &Path,
    stream: StreamId,
    part: &Path,
    finished: &Path,
) -> io::Result<Option<Recovered>> {
    let scan = match scan_file(part) {
        Ok(scan) if !scan.fragments.is_empty() => scan,
        Ok(_) => return fs::remove_file(part).map(|()| None),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return fs::remove_file(part).map(|()| None),
        Err(error) => return Err(error),
    };
    let file = File::options().write(true).open(part)?;
    let written_at = file.metadata()?.modified().ok().and_then(wall_time);
    file.set_len(scan.complete_bytes)?;
    match disk.sync(&file) {
        Ok(()) => finish_name(disk, part, finished)?,
        Err(error) => {
            suspect::failed(finished, &error);
            let (_, sha256) = hash_file(part)?;
            suspect::copy(disk, &suspect::mark(part, finished, &sha256)?, finished, &sha256)?;
        }
    }
    let mut recovered = describe(root, stream, finished, &scan)?;
    // Nothing arrived after the last write; a camera that began with a burst has more media time than wall time.
    recovered.end = written_at.map_or(recovered.end, |at| recovered.end.min(at).max(recovered.facts.start));
    Ok(Some(recovered))
}

fn wall_time(time: SystemTime) -> Option<WallTime> {
    let since_1970 = time.duration_since(UNIX_EPOCH).ok()?;
    Some(WallTime::from_micros(i64::try_from(since_1970.as_micros()).ok()?))
}

fn scan_file(path: &Path) -> io::Result<Scan> {
    use crate::mp4::ScanError;
    scan(&mut BufReader::new(File::open(path)?)).map_err(|error| match error {
        ScanError::Io(error) => error,
        ScanError::NoInit => io::Error::new(io::ErrorKind::UnexpectedEof, error),
        ScanError::Foreign(_) => io::Error::new(io::ErrorKind::InvalidData, error),
    })
}

fn describe(root: &Path, stream: StreamId, file: &Path, scan: &Scan) -> io::Result<Recovered> {
    let foreign = |what| io::Error::new(io::ErrorKind::InvalidData, what);
    let path =
        file.strip_prefix(root).ok().and_then(Path::to_str).ok_or_else(|| foreign("file outside the archive"))?;
    let start = start_of(file).ok_or_else(|| foreign("file name tells no time"))?;
    let (Some(first), Some(last)) = (scan.fragments.first(), scan.fragments.last()) else {
        return Err(foreign("file holds no picture"));
    };
    let ticks = (last.decode_time_90k + last.duration_90k()).saturating_sub(first.decode_time_90k);
    let frames = scan.fragments.iter().map(|fragment| fragment.pictures.len()).sum::<usize>();
    let (size_bytes, sha256) = hash_file(file)?;
    let facts = Facts {
        stream,
        volume: volume_of(root),
        path: path.to_owned(),
        start,
        first: MediaTime(i64::try_from(first.decode_time_90k).unwrap_or(0)),
        frames: u32::try_from(frames).unwrap_or(u32::MAX),
        size_bytes,
    };
    let end = start + Duration::from_micros(ticks.saturating_mul(100) / 9);
    Ok(Recovered { facts, end, sha256 })
}

pub(super) fn hash_file(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hasher, mut size_bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((size_bytes, hex::encode(hasher.finalize()))),
            read => {
                hasher.update(&buffer[..read]);
                size_bytes += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        archive::{disk::DiskFaults, part::PartFile},
        testing,
    };

    #[test]
    fn a_part_cut_in_the_middle_keeps_its_complete_fragments() {
        let folder = tempfile::tempdir().unwrap();
        let (stream, start) = (StreamId::generate(), WallTime::from_micros(1_000_000));
        let mut part =
            PartFile::create(&Disk::default(), folder.path(), stream, start, MediaTime(900), &testing::sample_entry())
                .unwrap();
        for gop in 0..3 {
            part.append(&testing::fragment(900 + gop * 7200, &[40, 20])).unwrap();
        }
        let path = part.part().to_owned();
        drop(part);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() - 7).unwrap();

        let recovered = recover_stream(&Disk::default(), folder.path(), stream, None);

        let [Recovered { facts, end, .. }] = &recovered[..] else { panic!("one file expected") };
        assert_eq!((facts.frames, facts.first, facts.start), (4, MediaTime(900), start));
        assert_eq!(end.micros(), 1_000_000 + 14_400 * 100 / 9);
        assert!(!path.exists());
        assert!(folder.path().join(&facts.path).exists());
        assert!(
            recover_stream(&Disk::default(), folder.path(), stream, Some(&facts.path)).is_empty(),
            "a file with a row is left alone"
        );
    }

    #[test]
    fn a_part_without_a_picture_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let stream = StreamId::generate();
        let entry = testing::sample_entry();
        let part =
            PartFile::create(&Disk::default(), folder.path(), stream, WallTime::from_micros(0), MediaTime(0), &entry)
                .unwrap();
        let path = part.part().to_owned();
        drop(part);
        assert!(recover_stream(&Disk::default(), folder.path(), stream, None).is_empty());
        assert!(!path.exists());
    }

    #[test]
    fn a_suspect_that_holds_what_it_should_is_copied_and_another_is_marked() {
        let (folder, disk, faults) = (tempfile::tempdir().unwrap(), Disk::default(), DiskFaults::none());
        let (stream, entry, failing) =
            (StreamId::generate(), testing::sample_entry(), Disk::with_faults(faults.clone()));
        let paths = [0, 60].map(|second| {
            let start = WallTime::from_micros(second * 1_000_000);
            let mut part = PartFile::create(&failing, folder.path(), stream, start, MediaTime(0), &entry).unwrap();
            part.append(&testing::fragment(0, &[40, 20])).unwrap();
            let facts = part.facts().clone();
            faults.fail_syncs(2);
            part.finish().unwrap_err();
            folder.path().join(facts.path)
        });
        let name = paths[1].file_name().unwrap().to_str().unwrap().to_owned();
        let suspects = fs::read_dir(paths[1].parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
        let mut suspects: Vec<_> = suspects.filter(|path| path.to_str().unwrap().contains(&name)).collect();
        fs::write(suspects.pop().unwrap(), b"something else").unwrap();

        let recovered = recover_stream(&disk, folder.path(), stream, None);

        assert_eq!(recovered.iter().map(|file| folder.path().join(&file.facts.path)).collect::<Vec<_>>(), paths[..1]);
        assert!(paths[1].with_extension("mp4.damaged").exists());
        assert!(recover_stream(&disk, folder.path(), stream, Some(&recovered[0].facts.path)).is_empty());
    }
}
