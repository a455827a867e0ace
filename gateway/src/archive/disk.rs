//! The seam through which everything of the archive reaches the disk, so that tests and `mingchu torture` can let it fail.
//!
//! Blocking: call from a blocking thread.

use std::{
    fs::{self, File},
    io::{self, IoSlice, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

/// The disk of the archive; the default one fails only when the system's does. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Disk(Option<Arc<DiskFaults>>);

/// What a disk with faults refuses. All may be changed at any time.
#[derive(Debug)]
pub struct DiskFaults {
    /// Bytes that still fit.
    room_bytes: AtomicU64,
    failing_writes: AtomicU32,
    failing_syncs: AtomicU32,
}

/// `ENOSPC` of Linux.
const NO_SPACE: i32 = 28;
/// `EIO` of Linux.
const IO_ERROR: i32 = 5;

impl DiskFaults {
    /// Returns a disk with endless room and no fault.
    #[must_use]
    pub fn none() -> Arc<Self> {
        let (failing_writes, failing_syncs) = (AtomicU32::new(0), AtomicU32::new(0));
        Arc::new(Self { room_bytes: AtomicU64::new(u64::MAX), failing_writes, failing_syncs })
    }

    /// Leaves room for so many bytes; further writes end with `ENOSPC`, the last one in the middle.
    pub fn leave_room(&self, bytes: u64) {
        self.room_bytes.store(bytes, Ordering::SeqCst);
    }

    /// Lets the next `count` writes fail with `EIO`.
    pub fn fail_writes(&self, count: u32) {
        self.failing_writes.store(count, Ordering::SeqCst);
    }

    /// Lets the next `count` calls of fsync fail with `EIO`.
    pub fn fail_syncs(&self, count: u32) {
        self.failing_syncs.store(count, Ordering::SeqCst);
    }

    /// Returns how many of `wanted` bytes may be written.
    fn take_room(&self, wanted: u64) -> io::Result<u64> {
        fails(&self.failing_writes)?;
        let taken = |room: u64| if room == u64::MAX { None } else { Some(room.saturating_sub(wanted)) };
        match self.room_bytes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, taken) {
            Err(_) => Ok(wanted),
            Ok(0) if wanted > 0 => Err(io::Error::from_raw_os_error(NO_SPACE)),
            Ok(room) => Ok(room.min(wanted)),
        }
    }
}

fn fails(left: &AtomicU32) -> io::Result<()> {
    match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
        Ok(_) => Err(io::Error::from_raw_os_error(IO_ERROR)),
        Err(_) => Ok(()),
    }
}

impl Disk {
    /// Returns a disk that refuses what `faults` says.
    #[must_use]
    pub fn with_faults(faults: Arc<DiskFaults>) -> Self {
        Self(Some(faults))
    }

    /// Makes a file that is not there yet.
    pub(super) fn create(&self, path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).open(path)
    }

    /// Writes all bytes of all slices, in few system calls. A failure leaves some of them written.
    pub(super) fn write_all(&self, file: &mut File, slices: &[IoSlice<'_>]) -> io::Result<()> {
        /// What Linux takes at once (`IOV_MAX`).
        const MOST: usize = 1024;
        for slices in slices.chunks(MOST) {
            let mut slices = slices.to_vec();
            let mut rest = &mut slices[..];
            while !rest.is_empty() {
                match self.write_some(file, rest) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(written) => IoSlice::advance_slices(&mut rest, written),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    fn write_some(&self, file: &mut File, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let Some(faults) = &self.0 else { return file.write_vectored(slices) };
        let wanted = slices.iter().map(|slice| slice.len() as u64).sum();
        if faults.take_room(wanted)? == wanted {
            return file.write_vectored(slices);
        }
        // what a disk does that is filled by a part of a write
        let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
        file.write(&first[..first.len().div_ceil(2)])
    }

    /// Makes the bytes of a file durable. After a failure the file must not be tried again: the system may have dropped
    /// the bytes and would say yes.
    pub(super) fn sync(&self, file: &File) -> io::Result<()> {
        if let Some(faults) = &self.0 {
            fails(&faults.failing_syncs)?;
        }
        file.sync_all()
    }

    /// Makes the names in a folder durable.
    pub(super) fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.sync(&File::open(folder)?)
    }

    /// Makes a folder below `root` so that it outlives a power cut: each new one is an entry of a folder to be fsynced.
    pub(super) fn create_folder(&self, folder: &Path, root: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(folder)?;
        for above in folder.ancestors().skip(1).take_while(|above| above.starts_with(root)) {
            self.sync_folder(above)?;
        }
        Ok(())
    }

    /// Gives a durable file its final name.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)?;
        to.parent().map_or(Ok(()), |folder| self.sync_folder(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_fills_up_takes_a_part_and_then_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let faults = DiskFaults::none();
        let disk = Disk::with_faults(Arc::clone(&faults));
        let path = folder.path().join("file");
        let mut file = disk.create(&path).unwrap();
        faults.leave_room(10);
        let error = disk.write_all(&mut file, &[IoSlice::new(&[1; 8]), IoSlice::new(&[2; 8])]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!((1..16).contains(&path.metadata().unwrap().len()), "torn in the middle");
        faults.leave_room(u64::MAX);
        disk.write_all(&mut file, &[IoSlice::new(&[3; 8])]).unwrap();
        faults.fail_syncs(1);
        assert!(disk.sync(&file).is_err());
        assert!(disk.sync(&file).is_ok());
        faults.fail_writes(1);
        assert!(disk.write_all(&mut file, &[IoSlice::new(&[3; 8])]).is_err());
    }
}
