//! Removes files whose rows are gone. Blocking.

use std::{
    fs, io,
    path::{Component, Path},
};

/// Removes files of a disk; returns those that are gone now. Folders of past days go with their last file.
pub(super) fn remove(folder: &Path, paths: &[String]) -> Vec<String> {
    let gone = paths.iter().filter(|path| match remove_one(folder, path) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%path, %error, "file of deleted footage is not removed yet; will retry");
            false
        }
    });
    gone.cloned().collect()
}

fn remove_one(folder: &Path, path: &str) -> io::Result<()> {
    let relative = Path::new(path);
    if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "path leaves the archive"));
    }
    match fs::remove_file(folder.join(relative)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the folders of days before `today` (`2026/11/21`) that the files leave empty.
pub(super) fn remove_empty_days(folder: &Path, paths: &[String], today: &str) {
    let mut days: Vec<_> = paths.iter().filter_map(|path| path.rsplit_once('/').map(|(day, _)| day)).collect();
    days.sort_unstable();
    days.dedup();
    for day in days {
        let Some((stream, date)) = day.split_once('/') else { continue };
        if date >= today {
            continue;
        }
        // STREAM/2026/11/21, then STREAM/2026/11 and so on; the first that is not empty ends it
        for above in Path::new(day).ancestors().take_while(|above| above.components().count() > 1) {
            if !above.starts_with(stream) || fs::remove_dir(folder.join(above)).is_err() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_with_the_folders_of_past_days_and_nothing_outside_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let make = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        };
        make("stream/2026/10/01/a.mp4");
        make("stream/2026/11/21/b.mp4");
        make("other.txt");
        let paths: Vec<String> =
            ["stream/2026/10/01/a.mp4", "stream/2026/11/21/b.mp4", "stream/2026/10/01/gone.mp4", "../x", "/etc/x"]
                .map(str::to_owned)
                .into();
        assert_eq!(remove(folder.path(), &paths), paths[..3]);
        remove_empty_days(folder.path(), &paths[..3], "2026/11/21");
        assert!(!folder.path().join("stream/2026/10").exists());
        assert!(folder.path().join("stream/2026/11/21").exists(), "today's folder may be written to any moment");
        assert!(folder.path().join("other.txt").exists());
    }
}
