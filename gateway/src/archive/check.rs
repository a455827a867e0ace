//! Whether the files are there that the index names, as long as it says.
//!
//! Runs once after each start, behind the recorders: a footage row whose file is gone or has another size is flagged, and
//! its time is a gap. A file that is back is served again.

use super::{recorder::Archive, recover::hash_file};
use mingchu_domain::camera::GapCause;
use mingchu_store::{Segment, StoreError};
use std::{
    fs, io,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

/// Rows read at once.
const PAGE: u32 = 500;

/// What a file is, seen against its row.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Whole,
    Faulty(GapCause, String),
    /// Its disk is away, or it cannot be read now: nothing is known.
    Unknown,
}

/// Looks for the file of every row, until `stop`.
pub(crate) async fn check_index(archive: Archive, stop: CancellationToken) {
    let flagged = AtomicU64::new(0);
    let checked = tokio::select! {
        () = stop.cancelled() => return,
        checked = check_all(&archive, &flagged) => checked,
    };
    match (checked, flagged.into_inner()) {
        (Ok(files), 0) => tracing::info!(files, "archive index agrees with the files"),
        (Ok(files), flagged) => {
            tracing::error!(files, flagged, "archive files are missing or damaged; restore them from a backup");
        }
        (Err(error), _) => tracing::warn!(%error, "archive index not checked; the next start does"),
    }
}

async fn check_all(archive: &Archive, flagged: &AtomicU64) -> Result<usize, StoreError> {
    let mut files = 0;
    for stream in archive.store.archived_streams().await? {
        let mut last: Option<Segment> = None;
        loop {
            let page = archive.store.segments_behind(stream.id, last.as_ref(), PAGE).await?;
            let Some(newest) = page.last().cloned() else { break };
            files += page.len();
            let volumes = archive.volumes.clone();
            let looked = spawn_blocking(move || {
                let look = |segment: Segment| {
                    let found = volumes.path_of(&segment).map_or(Found::Unknown, |path| look(&segment, &path));
                    (segment, found)
                };
                page.into_iter().map(look).collect::<Vec<_>>()
            });
            for (segment, found) in looked.await.unwrap_or_default() {
                settle(archive, &segment, found, flagged).await?;
            }
            last = Some(newest);
        }
    }
    Ok(files)
}

async fn settle(archive: &Archive, segment: &Segment, found: Found, flagged: &AtomicU64) -> Result<(), StoreError> {
    let (fault, detail) = match (found, segment.fault) {
        (Found::Faulty(fault, detail), None) => (fault, detail),
        (Found::Whole, Some(_)) => {
            tracing::info!(path = %segment.path, "archive file is whole again");
            return archive.store.unflag_segment(segment.id).await;
        }
        _ => return Ok(()),
    };
    // false: deleted in the meantime
    if archive.store.flag_segment(segment, fault, &detail).await? {
        flagged.fetch_add(1, Ordering::Relaxed);
        tracing::error!(path = %segment.path, cause = fault.as_str(), detail, "archive file is not whole");
    }
    Ok(())
}

/// Compares a file with its row: by its size, and by its hash when it was faulty before.
fn look(segment: &Segment, path: &Path) -> Found {
    match fs::metadata(path) {
        Ok(file) if file.len() != segment.size_bytes => Found::Faulty(
            GapCause::FileDamaged,
            format!("the file has {} bytes instead of {}", file.len(), segment.size_bytes),
        ),
        Ok(_) if segment.fault.is_none() => Found::Whole,
        Ok(_) => match hash_file(path) {
            Ok((_, sha256)) if sha256 == segment.sha256 => Found::Whole,
            _ => Found::Unknown,
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Found::Faulty(GapCause::FileMissing, "the file is not where the index says".to_owned())
        }
        Err(_) => Found::Unknown,
    }
}
