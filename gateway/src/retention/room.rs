//! How full a disk is. Blocking.

use rustix::fs::{StatVfsMountFlags, statvfs};
use std::{fs::File, io, path::Path};

/// What the system says of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// Bytes that this user can have, taken ones included.
    pub(super) total_bytes: u64,
    /// Of them taken.
    pub(super) used_bytes: u64,
    /// Whether nothing can be written, room or not.
    pub(super) is_read_only: bool,
}

/// Asks how full the disk of a folder is, and tries to make a file on it.
pub(super) fn measure(folder: &Path) -> io::Result<Room> {
    let stat = statvfs(folder)?;
    // what is kept back for root is neither taken nor free: the figure is that of `df`
    let used = stat.f_blocks.saturating_sub(stat.f_bfree).saturating_mul(stat.f_frsize);
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let is_read_only = stat.f_flag.contains(StatVfsMountFlags::RDONLY) || !takes_files(folder);
    Ok(Room { total_bytes: used + free, used_bytes: used, is_read_only })
}

/// Whether a file can be made; a full disk does not count as one that takes none.
fn takes_files(folder: &Path) -> bool {
    let probe = folder.join(".writable");
    match File::create(&probe).and_then(|_| std::fs::remove_file(&probe)) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::StorageFull,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_room_and_a_missing_one_has_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let room = measure(folder.path()).unwrap();
        assert!(room.used_bytes <= room.total_bytes && room.total_bytes > 0 && !room.is_read_only, "{room:?}");
        assert!(measure(&folder.path().join("gone")).is_err());
    }
}
