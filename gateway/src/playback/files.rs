//! Where archive files lie.

use crate::retention::Volumes;
use mingchu_domain::footage::FootageRefused;
use mingchu_store::Segment;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Finds archive files.
#[derive(Clone)]
pub(super) enum Files {
    /// On the disks of this machine.
    Volumes(Volumes),
    /// In one folder, with no gateway beside.
    Folder(Arc<Path>),
}

impl Files {
    /// Returns where the file of a segment lies.
    ///
    /// # Errors
    /// `NotConnected` when its disk is not there now.
    pub(super) fn path_of(&self, segment: &Segment) -> io::Result<PathBuf> {
        match self {
            Self::Volumes(volumes) => volumes.path_of(segment),
            Self::Folder(folder) => Ok(folder.join(&segment.path)),
        }
    }
}

/// Tells a disk that is away from one that fails.
pub(super) fn unreadable(error: &io::Error) -> FootageRefused {
    match error.kind() {
        io::ErrorKind::NotConnected => FootageRefused::DiskAway,
        _ => FootageRefused::Failed(super::chain(error)),
    }
}
