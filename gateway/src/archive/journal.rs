//! What the database could not be told yet, in a file beside the archive. Blocking: call from a blocking thread.
//!
//! ```text
//! 16 hex digits of the SHA-256 of what follows, a blank, one fact as JSON, a line feed
//! ```
//!
//! Invariant: a record that [`Journal::append`] returned from is on the disk. A record cut off by a crash is left out.

use super::{disk::Disk, fact::Fact};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, IoSlice, Seek, SeekFrom},
    path::Path,
};

const CHECK_DIGITS: usize = 16;

/// The journal of one archive folder.
pub(super) struct Journal {
    disk: Disk,
    file: File,
    /// Where the first record lies that the database does not know.
    at: u64,
    end: u64,
}

impl Journal {
    /// Opens the journal of an archive folder; makes it when there is none.
    pub(super) fn open(disk: &Disk, folder: &Path) -> io::Result<Self> {
        let path = folder.join(".journal");
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let end = file.seek(SeekFrom::End(0))?;
        disk.sync_folder(folder)?;
        Ok(Self { disk: disk.clone(), file, at: 0, end })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    /// Adds a record and makes it durable.
    ///
    /// # Errors
    /// When the disk refuses. The record is then not in the journal.
    pub(super) fn append(&mut self, fact: &Fact) -> io::Result<()> {
        let json = serde_json::to_string(fact)?;
        let line = format!("{} {json}\n", check(&json));
        self.file.seek(SeekFrom::Start(self.end))?;
        let written = self
            .disk
            .write_all(&mut self.file, &[IoSlice::new(line.as_bytes())])
            .and_then(|()| self.disk.sync(&self.file));
        if let Err(error) = written {
            self.file.set_len(self.end)?;
            return Err(error);
        }
        self.end += line.len() as u64;
        Ok(())
    }

    /// Returns the oldest record and where it ends; leaves out what is none.
    pub(super) fn first(&mut self) -> io::Result<Option<(Fact, u64)>> {
        self.file.seek(SeekFrom::Start(self.at))?;
        let mut reader = BufReader::new(&self.file);
        while self.at < self.end {
            let mut line = Vec::new();
            let end = self.at + reader.read_until(b'\n', &mut line)? as u64;
            if end == self.at {
                break;
            }
            if let Some(fact) = parse(&line) {
                return Ok(Some((fact, end)));
            }
            tracing::error!(offset = self.at, "record of the archive's journal is damaged; left out");
            self.at = end;
        }
        self.forget(self.end)?;
        Ok(None)
    }

    /// Says that the database knows everything before `end`.
    pub(super) fn forget(&mut self, end: u64) -> io::Result<()> {
        self.at = end;
        if self.is_empty() {
            self.file.set_len(0)?;
            (self.at, self.end) = (0, 0);
        }
        Ok(())
    }
}

fn check(json: &str) -> String {
    let mut digest = hex::encode(Sha256::digest(json));
    digest.truncate(CHECK_DIGITS);
    digest
}

fn parse(line: &[u8]) -> Option<Fact> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (digits, json) = line.split_once(' ')?;
    (digits == check(json)).then(|| serde_json::from_str(json).ok())?
}

#[cfg(test)]
mod tests {
    use super::{super::disk::DiskFaults, *};
    use mingchu_domain::{id::GapId, time::WallTime};
    use std::{fs, sync::Arc};

    fn fact(second: i64) -> Fact {
        Fact::GapEnded { gap: GapId::generate(), at: WallTime::from_micros(second * 1_000_000) }
    }

    fn read_all(journal: &mut Journal) -> Vec<Fact> {
        std::iter::from_fn(|| {
            let (fact, end) = journal.first().unwrap()?;
            journal.forget(end).unwrap();
            Some(fact)
        })
        .collect()
    }

    #[test]
    fn records_outlive_a_crash_and_come_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let facts = [fact(1), fact(2), fact(3)];
        let mut journal = Journal::open(&Disk::default(), folder.path()).unwrap();
        facts.iter().for_each(|fact| journal.append(fact).unwrap());
        drop(journal);
        let mut journal = Journal::open(&Disk::default(), folder.path()).unwrap();
        assert_eq!(read_all(&mut journal), facts);
        journal.append(&facts[0]).unwrap();
        assert_eq!(read_all(&mut journal), facts[..1]);
        assert_eq!(fs::metadata(folder.path().join(".journal")).unwrap().len(), 0);
    }

    #[test]
    fn a_damaged_and_a_cut_off_record_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let facts = [fact(1), fact(2), fact(3)];
        let mut journal = Journal::open(&Disk::default(), folder.path()).unwrap();
        facts.iter().for_each(|fact| journal.append(fact).unwrap());
        let path = folder.path().join(".journal");
        let mut bytes = fs::read(&path).unwrap();
        let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        bytes[second + 40] ^= 1;
        bytes.truncate(bytes.len() - 1);
        fs::write(&path, bytes).unwrap();
        let mut journal = Journal::open(&Disk::default(), folder.path()).unwrap();
        assert_eq!(read_all(&mut journal), facts[..1]);
    }

    #[test]
    fn a_record_that_the_disk_refuses_is_not_there() {
        let (folder, faults) = (tempfile::tempdir().unwrap(), DiskFaults::none());
        let mut journal = Journal::open(&Disk::with_faults(Arc::clone(&faults)), folder.path()).unwrap();
        let facts = [fact(1), fact(2), fact(3)];
        faults.leave_room(40);
        journal.append(&facts[0]).unwrap_err();
        faults.leave_room(u64::MAX);
        journal.append(&facts[1]).unwrap();
        faults.fail_syncs(1);
        journal.append(&facts[2]).unwrap_err();
        journal.append(&facts[0]).unwrap();
        assert_eq!(read_all(&mut journal), [facts[1].clone(), facts[0].clone()]);
    }
}
