//! What a torture found, as one JSON line.

use super::account::Account;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) cameras: usize,
    pub(super) seconds: u64,
    pub(super) database: String,
    /// SIGKILLs.
    pub(super) kills: u32,
    /// Times that the disk was full.
    pub(super) disk_full: u32,
    /// Orders to let writes or fsyncs fail.
    pub(super) io_errors: u32,
    /// How long the database was stopped.
    pub(super) database_stopped_s: u64,
    /// Stops in order that a slow disk or database cut short; the next start finished them.
    pub(super) unfinished_stops: u32,
    #[serde(flatten)]
    pub(super) account: Account,
    /// Whole fragments that lay in unfinished files when the gateway was killed.
    pub(super) fragments_at_kills: usize,
    /// Of them not in the archive afterwards.
    pub(super) fragments_lost: usize,
    /// Most pictures that a camera had shown and that were not yet on the disk when a recording gateway was killed.
    pub(super) worst_open_frames: u64,
    pub(super) segments: usize,
    /// Gaps by cause.
    pub(super) gaps: BTreeMap<&'static str, usize>,
    /// Files that are not what their row says, files without a row, files left unfinished; the first few.
    pub(super) disagreements: Vec<String>,
    /// Files that ffprobe does not decode to the last picture; the first few.
    pub(super) undecodable: Vec<String>,
    /// Files read by ffprobe.
    pub(super) decoded_files: usize,
}

impl Report {
    /// Returns what must not be, in words.
    pub(super) fn failures(&self) -> Vec<String> {
        let Account { frames_lost, frames_twice, undeclared_gaps, contradictions, .. } = self.account;
        let numbers = [
            (frames_lost, "pictures lost"),
            (frames_twice, "pictures in two places"),
            (undeclared_gaps, "undeclared gaps"),
            (contradictions, "times with footage and a gap"),
            (self.fragments_lost as u64, "closed fragments lost"),
            (self.disagreements.len() as u64, "disagreements of index and files"),
            (self.undecodable.len() as u64, "files that do not decode"),
            (u64::from(self.account.frames_archived == 0), "runs without any footage"),
        ];
        numbers.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
    }
}
