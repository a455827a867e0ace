//! What lies on the disk.

use anyhow::Context;
use mingchu_gateway::{
    mp4::{self, ScanError},
    sim::read_counter,
};
use mingchu_store::Segment;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::process::Command;

/// Returns the numbers of the pictures in a file, a list for each whole fragment.
pub(super) fn numbers(path: &Path) -> anyhow::Result<Vec<Vec<u64>>> {
    let scan = match mp4::scan(&mut File::open(path)?) {
        Ok(scan) => scan,
        Err(ScanError::NoInit) => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let codec = mp4::codec_of(&scan.sample_entry).context("neither H.264 nor H.265")?;
    let bytes = fs::read(path)?;
    let fragments = scan.fragments.iter().map(|fragment| {
        let mut at = usize::try_from(fragment.data_offset).unwrap_or(usize::MAX);
        let pictures = fragment.pictures.iter().filter_map(|picture| {
            let picture = bytes.get(at..at + picture.size_bytes as usize)?;
            at += picture.len();
            read_counter(picture, codec)
        });
        pictures.collect()
    });
    Ok(fragments.collect())
}

/// Returns all files below a folder.
pub(super) fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// Every whole fragment that a kill left on the disk: by stream folder, first number and last.
#[derive(Default)]
pub(super) struct Fragments(BTreeMap<(String, u64), u64>);

impl Fragments {
    /// Adds what unfinished files hold now. Finished ones are in the account anyway.
    pub(super) fn look(&mut self, archive: &Path) -> anyhow::Result<()> {
        for path in walk(archive).iter().filter(|path| path.extension().is_some_and(|extension| extension == "part")) {
            let folder = path.strip_prefix(archive)?.iter().next().unwrap_or_default().to_string_lossy().into_owned();
            for fragment in numbers(path)? {
                if let (Some(first), Some(last)) = (fragment.first(), fragment.last()) {
                    self.0.insert((folder.clone(), *first), *last);
                }
            }
        }
        Ok(())
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns how many of a stream are not whole among `archived`, which is in order.
    pub(super) fn lost(&self, stream: &str, archived: &[u64]) -> usize {
        let of_stream = self.0.iter().filter(|((folder, _), _)| folder == stream);
        let is_whole = |first: &u64, last: &u64| (*first..=*last).all(|number| archived.binary_search(&number).is_ok());
        of_stream.filter(|((_, first), last)| !is_whole(first, last)).count()
    }
}

/// Says how a file differs from its row.
pub(super) fn differs(path: &Path, segment: &Segment) -> Option<String> {
    let Ok(bytes) = fs::read(path) else { return Some("is missing".to_owned()) };
    if bytes.len() as u64 != segment.size_bytes {
        return Some(format!("has {} bytes, row says {}", bytes.len(), segment.size_bytes));
    }
    (hex::encode(Sha256::digest(&bytes)) != segment.sha256).then(|| "has another hash than its row".to_owned())
}

/// Says why ffprobe does not decode as many pictures as the row says, or any at all without an error.
pub(super) async fn undecodable(path: &Path, segment: &Segment) -> anyhow::Result<Option<String>> {
    let args = ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"];
    let mut probe = Command::new("ffprobe");
    probe.args(args).args(["-of", "csv=p=0"]).arg(path).stdin(Stdio::null()).kill_on_drop(true);
    let probe = probe.output().await.context("ffprobe is needed; install it (apt install ffmpeg)")?;
    let (said, wrong) = (String::from_utf8_lossy(&probe.stdout), String::from_utf8_lossy(&probe.stderr));
    if !wrong.is_empty() {
        return Ok(Some(wrong.trim().to_owned()));
    }
    let decoded = said.trim().trim_end_matches(',');
    Ok((decoded != segment.frames.to_string())
        .then(|| format!("{decoded} pictures decoded, row says {}", segment.frames)))
}
