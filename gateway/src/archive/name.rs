//! Names of archive files: `STREAM/2026/11/21/HHMMSS-micros.mp4`, UTC, relative to the archive folder.

use mingchu_domain::{id::StreamId, time::WallTime};
use std::path::{Path, PathBuf};

/// Returns the path of the segment that begins at `start`.
pub(super) fn segment_path(stream: StreamId, start: WallTime) -> String {
    // 2026-11-21T03:04:05.250000Z
    let text = start.to_string();
    let digits = |from: usize, to: usize| text.get(from..to).unwrap_or("0");
    let (year, month, day) = (digits(0, 4), digits(5, 7), digits(8, 10));
    let (hour, minute, second, micros) = (digits(11, 13), digits(14, 16), digits(17, 19), digits(20, 26));
    format!("{stream}/{year}/{month}/{day}/{hour}{minute}{second}-{micros}.mp4")
}

/// Returns the path under which a segment is being written.
pub(super) fn part_path(finished: &Path) -> PathBuf {
    let name = finished.file_name().unwrap_or_default().to_string_lossy();
    finished.with_file_name(format!(".{name}.part"))
}

/// Returns the path that a part file gets when it is finished, or `None` when it is no part file.
pub(super) fn finished_path(part: &Path) -> Option<PathBuf> {
    let name = part.file_name()?.to_str()?.strip_prefix('.')?.strip_suffix(".part")?;
    Some(part.with_file_name(name))
}

/// Returns the name of a file whose fsync failed: what it should hold stands in the name, so that a later look can tell.
pub(super) fn suspect_path(finished: &Path, sha256: &str) -> PathBuf {
    let name = finished.file_name().unwrap_or_default().to_string_lossy();
    finished.with_file_name(format!(".{name}.{sha256}.suspect"))
}

/// Returns the path that a suspect file gets when it proves whole, and its SHA-256; `None` when it is no suspect.
pub(super) fn suspect_of(path: &Path) -> Option<(PathBuf, String)> {
    let (name, sha256) = path.file_name()?.to_str()?.strip_prefix('.')?.strip_suffix(".suspect")?.rsplit_once('.')?;
    Some((path.with_file_name(name), sha256.to_owned()))
}

/// Reads the start of a segment from its path.
pub(super) fn start_of(path: &Path) -> Option<WallTime> {
    let name = path.file_name()?.to_str()?.strip_suffix(".mp4")?;
    let (time, micros) = name.split_once('-')?;
    let mut folders = path.parent()?.iter().rev().map(|folder| folder.to_str());
    let (day, month, year) = (folders.next()??, folders.next()??, folders.next()??);
    let (hour, minute, second) = (time.get(0..2)?, time.get(2..4)?, time.get(4..6)?);
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}.{micros}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_the_start_and_comes_back_from_its_part() {
        let start: WallTime = "2026-11-21T03:04:05.000250Z".parse().unwrap();
        let stream = StreamId::generate();
        let path = segment_path(stream, start);
        assert_eq!(path, format!("{stream}/2026/11/21/030405-000250.mp4"));
        assert_eq!(start_of(Path::new(&path)), Some(start));
        let part = part_path(Path::new(&path));
        assert!(part.ends_with(".030405-000250.mp4.part"));
        assert_eq!(finished_path(&part), Some(PathBuf::from(&path)));
        assert_eq!(start_of(&part), None);
        let suspect = suspect_path(Path::new(&path), "ab12");
        assert_eq!(suspect_of(&suspect), Some((PathBuf::from(&path), "ab12".to_owned())));
        assert_eq!((suspect_of(&part), finished_path(&suspect)), (None, None));
    }
}
