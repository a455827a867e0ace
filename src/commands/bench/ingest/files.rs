//! What recorders leave, and which pictures are missing in it.

use anyhow::Context;
use mingchu_gateway::sim;
use std::{
    collections::BTreeSet,
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

/// The files of each camera: a folder each.
pub(super) struct Files(Vec<PathBuf>);

impl Files {
    /// `folders` are those of the cameras, in their order.
    pub(super) fn new(folders: Vec<PathBuf>) -> Self {
        Self(folders)
    }

    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.0
    }

    /// Returns how many of the pictures that each camera sent are in none of its files.
    pub(super) async fn count_lost(&self, sent: &[Range<u64>]) -> anyhow::Result<u64> {
        let mut lost = 0;
        for (folder, sent) in self.0.iter().zip(sent) {
            let mut kept = BTreeSet::new();
            for file in mp4_files(folder)? {
                let numbers = sim::read_numbers(&file).await;
                let numbers = numbers.with_context(|| format!("recording {} is unreadable", file.display()))?;
                kept.extend(numbers.into_iter().filter(|number| sent.contains(number)));
            }
            lost += (sent.end - sent.start).saturating_sub(kept.len() as u64);
        }
        Ok(lost)
    }
}

fn mp4_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("no recordings in {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "mp4") {
                found.push(path);
            }
        }
    }
    Ok(found)
}
