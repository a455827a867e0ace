//! A plain MP4 file with its table in front: plays and seeks everywhere, with the right duration.

use super::boxes::{put_box, put_file_type, put_full_box, put_movie_header, put_track, put_u32, put_u64};
use super::fragment::Picture;

/// Returns everything of a plain file but the pictures' bytes, which follow it in order.
#[must_use]
pub fn plain_head(sample_entry: &[u8], pictures: &[Picture]) -> Vec<u8> {
    let mut out = movie(sample_entry, pictures, 0);
    // The table holds the offset of the data, which begins after the table: its size does not depend on the value.
    let data_at = out.len() as u64 + 16;
    out = movie(sample_entry, pictures, data_at);
    let data_bytes: u64 = pictures.iter().map(|picture| u64::from(picture.size_bytes)).sum();
    put_u32(&mut out, 1); // the size follows in 64 bits
    out.extend_from_slice(b"mdat");
    put_u64(&mut out, data_bytes + 16);
    out
}

fn movie(sample_entry: &[u8], pictures: &[Picture], data_at: u64) -> Vec<u8> {
    let duration_90k = pictures.iter().map(|picture| u64::from(picture.duration_90k)).sum();
    let mut out = Vec::with_capacity(800 + sample_entry.len() + 16 * pictures.len());
    put_file_type(&mut out, *b"isom", &[*b"isom", *b"iso2", *b"mp41"]);
    put_box(&mut out, *b"moov", |out| {
        put_movie_header(out, duration_90k);
        put_track(out, sample_entry, duration_90k, |out| put_tables(out, pictures, data_at));
    });
    out
}

fn put_tables(out: &mut Vec<u8>, pictures: &[Picture], data_at: u64) {
    put_full_box(out, *b"stts", 0, 0, |out| put_runs(out, pictures));
    put_full_box(out, *b"stss", 0, 0, |out| put_keys(out, pictures));
    // all pictures in one chunk
    put_full_box(out, *b"stsc", 0, 0, |out| {
        put_u32(out, 1);
        put_u32(out, 1);
        put_count(out, pictures.len());
        put_u32(out, 1);
    });
    put_full_box(out, *b"stsz", 0, 0, |out| put_sizes(out, pictures));
    put_full_box(out, *b"co64", 0, 0, |out| {
        put_u32(out, 1);
        put_u64(out, data_at);
    });
}

/// Appends the numbers of the key pictures, from 1.
pub(super) fn put_keys(out: &mut Vec<u8>, pictures: &[Picture]) {
    let keys: Vec<_> = (1..).zip(pictures).filter(|(_, picture)| picture.is_key).map(|(at, _)| at).collect();
    put_count(out, keys.len());
    keys.iter().for_each(|at| put_u32(out, *at));
}

/// Appends the size of each picture.
pub(super) fn put_sizes(out: &mut Vec<u8>, pictures: &[Picture]) {
    put_u32(out, 0);
    put_count(out, pictures.len());
    pictures.iter().for_each(|picture| put_u32(out, picture.size_bytes));
}

/// Appends runs of equal durations.
pub(super) fn put_runs(out: &mut Vec<u8>, pictures: &[Picture]) {
    let runs: Vec<_> = pictures.chunk_by(|a, b| a.duration_90k == b.duration_90k).collect();
    put_count(out, runs.len());
    for run in runs {
        put_count(out, run.len());
        put_u32(out, run[0].duration_90k);
    }
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    put_u32(out, u32::try_from(count).expect("a clip holds minutes, not 4 G pictures"));
}
