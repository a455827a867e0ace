//! The file that names a disk: an empty mount point has none, and is not taken for the disk. Blocking.

use mingchu_domain::id::VolumeId;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

const NAME: &str = ".mingchu-volume";

/// Returns the disk that a folder is the root of; `None` when it has no marker that can be read.
pub(crate) fn volume_of(folder: &Path) -> Option<VolumeId> {
    read(folder).ok().flatten()
}

/// Reads the marker; `None` when there is none.
pub(super) fn read(folder: &Path) -> io::Result<Option<VolumeId>> {
    match fs::read_to_string(folder.join(NAME)) {
        Ok(text) => text.trim().parse().map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the marker so that it outlives a power cut.
pub(super) fn write(folder: &Path, volume: VolumeId) -> io::Result<()> {
    let (path, new) = (folder.join(NAME), folder.join(format!("{NAME}.new")));
    let mut file = File::create(&new)?;
    writeln!(file, "{volume}")?;
    file.sync_all()?;
    fs::rename(new, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_read_as_written_and_a_folder_without_one_is_no_disk() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), None);
        let volume = VolumeId::generate();
        write(folder.path(), volume).unwrap();
        assert_eq!(volume_of(folder.path()), Some(volume));
        fs::write(folder.path().join(NAME), "no id").unwrap();
        assert_eq!(read(folder.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(volume_of(folder.path()), None);
    }
}
