//! Files whose fsync failed. Blocking: call from a blocking thread.
//!
//! The system may have dropped their bytes and would say yes to a second fsync. So such a file is marked by its name,
//! which also tells what it should hold, and copied; only a copy with that hash takes its place.
//!
//! ```text
//! .NAME.mp4.part --fsync fails--> .NAME.mp4.SHA256.suspect --copy: .NAME.mp4.part, fsync, rename--> NAME.mp4
//!                                      '-- holds something else --> .NAME.mp4.damaged, for a person to look at
//! ```

use super::{
    disk::Disk,
    name::{part_path, suspect_path},
    part::finish_name,
};
use crate::metric;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, IoSlice, Read},
    path::{Path, PathBuf},
};

/// Counts and tells a failed fsync.
pub(super) fn failed(finished: &Path, error: &io::Error) {
    metrics::counter!(metric::FSYNC_ERRORS).increment(1);
    tracing::error!(path = %finished.display(), %error, "archive file may not be durable; check the disk");
}

/// Marks a part file as suspect and returns its new path.
pub(super) fn mark(part: &Path, finished: &Path, sha256: &str) -> io::Result<PathBuf> {
    let suspect = suspect_path(finished, sha256);
    fs::rename(part, &suspect)?;
    Ok(suspect)
}

/// Copies a suspect to its final name when it holds what it should.
///
/// # Errors
/// When the copy cannot be made durable: the suspect stays for the next start. When it holds something else: it is
/// marked as damaged.
pub(super) fn copy(disk: &Disk, suspect: &Path, finished: &Path, sha256: &str) -> io::Result<()> {
    let part = part_path(finished);
    // left by a crash in the middle of a copy
    if part.exists() {
        fs::remove_file(&part)?;
    }
    match write_copy(disk, suspect, &part) {
        Ok(found) if found == sha256 => {}
        Ok(_) => {
            fs::remove_file(&part)?;
            fs::rename(suspect, finished.with_extension("mp4.damaged"))?;
            return Err(io::Error::other("the file does not hold what was written to it"));
        }
        Err(error) => {
            metrics::counter!(metric::WRITE_ERRORS).increment(1);
            // its fsync may have failed too
            fs::remove_file(&part).or_else(|gone| if part.exists() { Err(gone) } else { Ok(()) })?;
            return Err(error);
        }
    }
    finish_name(disk, &part, finished)?;
    fs::remove_file(suspect)
}

/// Returns the hash of what it copied.
fn write_copy(disk: &Disk, from: &Path, to: &Path) -> io::Result<String> {
    let (mut source, mut copy) = (File::open(from)?, disk.create(to)?);
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 18]);
    loop {
        match source.read(&mut buffer)? {
            0 => break,
            read => {
                hasher.update(&buffer[..read]);
                disk.write_all(&mut copy, &[IoSlice::new(&buffer[..read])])?;
            }
        }
    }
    disk.sync(&copy)?;
    Ok(hex::encode(hasher.finalize()))
}
