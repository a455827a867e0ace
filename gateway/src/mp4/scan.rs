//! Reads fragmented files back, whole or cut off in the middle of a write.

use super::fragment::Picture;
use std::io::{self, Read, Seek, SeekFrom};

/// No box but `mdat` of ours comes near this; a larger one is not read into memory.
const LARGEST_TABLE: u64 = 16 << 20;

/// One complete fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Where its `moof` begins.
    pub offset: u64,
    /// Where the first picture's bytes begin.
    pub data_offset: u64,
    /// Where the next fragment begins.
    pub end: u64,
    /// Time of the first picture on the track's timeline, 90 kHz.
    pub decode_time_90k: u64,
    /// Its pictures, in order.
    pub pictures: Vec<Picture>,
}

impl Fragment {
    /// Returns the sum of the pictures' durations.
    #[must_use]
    pub fn duration_90k(&self) -> u64 {
        self.pictures.iter().map(|picture| u64::from(picture.duration_90k)).sum()
    }
    /// Whether decoding can start with its first picture.
    #[must_use]
    pub fn is_key(&self) -> bool {
        self.pictures.first().is_some_and(|picture| picture.is_key)
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The sample entry box of its one track.
    pub sample_entry: Vec<u8>,
    /// The complete fragments.
    pub fragments: Vec<Fragment>,
    /// Where the last complete fragment ends; what follows was cut off.
    pub complete_bytes: u64,
}

/// A file that cannot be read as ours.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The file could not be read.
    #[error("file cannot be read")]
    Io(#[from] io::Error),
    /// It ends before the end of its init segment.
    #[error("file ends before its first picture")]
    NoInit,
    /// It is something else, or was changed.
    #[error("file is no archive segment: {0}")]
    Foreign(&'static str),
}

/// Reads the tables of a file of [`super::init_segment`] and fragments, never the pictures.
///
/// # Errors
/// When it has no complete init segment, or what lies between fragments is none. A cut-off end is no error.
pub fn scan<R: Read + Seek>(file: &mut R) -> Result<Scan, ScanError> {
    let len = file.seek(SeekFrom::End(0))?;
    let mut scan = Scan { sample_entry: Vec::new(), fragments: Vec::new(), complete_bytes: 0 };
    let mut moof: Option<(u64, Vec<u8>)> = None;
    let mut at = 0;
    while let Some(header) = header_at(file, at, len)? {
        let end = at + header.size;
        if end > len {
            break;
        }
        match &header.kind {
            b"moov" => scan.sample_entry = sample_entry_of(&body(file, at, &header)?)?,
            b"moof" => moof = Some((at, body(file, at, &header)?)),
            b"mdat" => {
                let (offset, table) = moof.take().ok_or(ScanError::Foreign("data without its table"))?;
                let fragment = parse_moof(&table, offset, at + header.head, end)?;
                scan.fragments.push(fragment);
                scan.complete_bytes = end;
            }
            b"ftyp" | b"styp" | b"free" | b"sidx" => {}
            _ => return Err(ScanError::Foreign("unknown box")),
        }
        if scan.fragments.is_empty() && &header.kind == b"moov" {
            scan.complete_bytes = end;
        }
        at = end;
    }
    if scan.sample_entry.is_empty() { Err(ScanError::NoInit) } else { Ok(scan) }
}

/// Reads the fragment whose `moof` begins at `offset`, never the pictures.
///
/// # Errors
/// When there is no whole fragment of ours.
pub fn fragment_in<R: Read + Seek>(file: &mut R, offset: u64) -> Result<Fragment, ScanError> {
    let len = file.seek(SeekFrom::End(0))?;
    let moof = header_at(file, offset, len)?.filter(|moof| &moof.kind == b"moof" && offset + moof.size <= len);
    let moof = moof.ok_or(ScanError::Foreign("no moof where one was"))?;
    let table = body(file, offset, &moof)?;
    let data = offset + moof.size;
    let mdat = header_at(file, data, len)?.filter(|mdat| &mdat.kind == b"mdat" && data + mdat.size <= len);
    let mdat = mdat.ok_or(ScanError::Foreign("a table without its data"))?;
    parse_moof(&table, offset, data + mdat.head, data + mdat.size)
}

struct Header {
    kind: [u8; 4],
    head: u64,
    size: u64,
}

fn header_at<R: Read + Seek>(file: &mut R, at: u64, len: u64) -> Result<Option<Header>, ScanError> {
    if at + 8 > len {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = [0; 16];
    file.read_exact(&mut bytes[..8])?;
    let kind = [bytes[4], bytes[5], bytes[6], bytes[7]];
    let size = u32_at(&bytes, 0).map(u64::from).ok_or(ScanError::NoInit)?;
    match size {
        1 if at + 16 <= len => {
            file.read_exact(&mut bytes[8..])?;
            let size = u64::from_be_bytes(bytes[8..].try_into().expect("8 bytes"));
            if size < 16 || size > i64::MAX.unsigned_abs() - at {
                return Err(ScanError::Foreign("a box with an impossible size"));
            }
            Ok(Some(Header { kind, head: 16, size }))
        }
        1 => Ok(None),
        0 | 2..8 => Err(ScanError::Foreign("a box with an impossible size")),
        _ => Ok(Some(Header { kind, head: 8, size })),
    }
}

fn body<R: Read>(file: &mut R, _at: u64, header: &Header) -> Result<Vec<u8>, ScanError> {
    let len = header.size - header.head;
    if len > LARGEST_TABLE {
        return Err(ScanError::Foreign("a table of more than 16 MiB"));
    }
    let mut bytes = Vec::new();
    file.take(len).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn sample_entry_of(moov: &[u8]) -> Result<Vec<u8>, ScanError> {
    let path = [*b"trak", *b"mdia", *b"minf", *b"stbl", *b"stsd"];
    let stsd = path.iter().try_fold(moov, |inside, kind| child(inside, *kind));
    let entry = stsd.and_then(|stsd| stsd.get(8..)).filter(|entry| !entry.is_empty());
    entry.map(<[u8]>::to_vec).ok_or(ScanError::Foreign("no sample entry"))
}

/// Returns what the first box of `kind` in `inside` holds.
fn child(mut inside: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    loop {
        let size = usize::try_from(u32_at(inside, 0)?).ok()?;
        let held = inside.get(8..size)?;
        if inside[4..8] == kind {
            return Some(held);
        }
        inside = &inside[size..];
    }
}

fn parse_moof(moof: &[u8], offset: u64, data_offset: u64, end: u64) -> Result<Fragment, ScanError> {
    let parts = || {
        let traf = child(moof, *b"traf")?;
        let decode_time = child(traf, *b"tfdt")?.get(4..12)?;
        let trun = child(traf, *b"trun")?;
        let count = usize::try_from(u32_at(trun, 4)?).ok()?;
        let table = trun.get(12..)?;
        let is_ours = u32_at(trun, 0)? == 0x701 && table.len() == count.checked_mul(12)?;
        is_ours.then(|| (u64::from_be_bytes(decode_time.try_into().expect("8 bytes")), table))
    };
    let (decode_time_90k, table) = parts().ok_or(ScanError::Foreign("a moof of another writer"))?;
    let pictures: Vec<_> = table
        .as_chunks::<12>()
        .0
        .iter()
        .filter_map(|row| Some(Picture::from_flags(u32_at(row, 4)?, u32_at(row, 0)?, u32_at(row, 8)?)))
        .collect();
    let data_bytes: u64 = pictures.iter().map(|picture| u64::from(picture.size_bytes)).sum();
    if data_offset + data_bytes != end {
        return Err(ScanError::Foreign("table and data differ in size"));
    }
    Ok(Fragment { offset, data_offset, end, decode_time_90k, pictures })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
