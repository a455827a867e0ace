//! What `mingchu check` says of the disks.

use super::{marker, room};
use crate::config::Config;
use mingchu_store::Store;
use std::path::Path;
use tokio::task::spawn_blocking;

/// Looks at every folder of the archive and at what the gateway last foresaw: ok, or what to do. Makes the folders.
pub async fn inspect_storage(store: &Store, config: &Config) -> Vec<Result<String, String>> {
    let mut findings = Vec::new();
    let known = store.volumes().await.unwrap_or_default();
    for path in config.archive_folders() {
        let folder = path.to_owned();
        let found = spawn_blocking(move || look(&folder)).await;
        let found = found.unwrap_or_else(|error| Err(error.to_string()));
        let row = known.iter().find(|row| Path::new(&row.path) == path);
        findings.push(found.map(|text| match row.and_then(|row| row.floor_breaks_at) {
            None => text,
            Some(at) => format!("{text}; at today's rate its floor breaks on {}", day(at)),
        }));
    }
    match store.storage_status().await {
        Ok(statuses) => {
            for status in statuses {
                findings.push(match (status.floor_breaks_at, status.shortens_at) {
                    (Some(at), _) => Err(format!(
                        "{}: at today's rate the shortest period that must be kept breaks on {}; add a disk to \
                         gateway.volumes, or lower bit rates",
                        status.host,
                        day(at)
                    )),
                    (None, Some(at)) => Ok(format!(
                        "{}: at today's rate footage goes before its period ends from {} on, not below the floor",
                        status.host,
                        day(at)
                    )),
                    (None, None) => Ok(format!("{}: at today's rate every period is kept", status.host)),
                });
            }
        }
        Err(error) => findings.push(Err(format!("what the gateway foresaw cannot be read: {error}"))),
    }
    findings
}

fn look(folder: &Path) -> Result<String, String> {
    let place = folder.display();
    std::fs::create_dir_all(folder).map_err(|error| {
        format!("{place} is not writable ({error}); change its owner or set gateway.data and gateway.volumes")
    })?;
    let room = room::measure(folder).map_err(|error| format!("{place} cannot be measured: {error}"))?;
    if room.is_read_only {
        return Err(format!("{place} is not writable; change its owner, mount it for writing, or set gateway.data"));
    }
    marker::read(folder).map_err(|error| format!("{place}: its marker file cannot be read: {error}"))?;
    let percent = room.used_bytes.saturating_mul(100) / room.total_bytes.max(1);
    Ok(format!("{place} is writable, {percent} % of {} GB taken", room.total_bytes / 1_000_000_000))
}

fn day(at: mingchu_domain::time::WallTime) -> String {
    at.to_string().get(..10).unwrap_or_default().to_owned()
}
