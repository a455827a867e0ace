//! A plain MP4 file that shows a part of its pictures: those before the first one shown are decoded, not shown.

use super::boxes::{Edit, put_box, put_file_type, put_full_box, put_movie_header, put_track_of, put_u32, put_u64};
use super::fragment::Picture;
use super::plain::{put_keys, put_runs, put_sizes};

/// What an excerpt holds.
#[derive(Debug, Clone, Copy)]
pub struct Excerpt<'a> {
    /// The sample entries; a change of the camera's parameters is a further one.
    pub sample_entries: &'a [Vec<u8>],
    /// The pictures in order, the first one a key picture.
    pub pictures: &'a [Picture],
    /// From which picture on which sample entry holds, both counted from 0, in order; the first one is `(0, 0)`.
    pub changes: &'a [(usize, usize)],
    /// Pictures at the beginning that are decoded, not shown.
    pub lead: usize,
    /// Title, for players.
    pub title: &'a str,
    /// When the first picture shown was taken, RFC 3339.
    pub date: &'a str,
    /// What else there is to say, for people.
    pub comment: &'a str,
}

/// Returns everything of the file but the pictures' bytes, which follow it in order.
#[must_use]
pub fn excerpt_head(excerpt: &Excerpt<'_>) -> Vec<u8> {
    let chunks = chunks(excerpt);
    let mut out = movie(excerpt, &chunks, 0);
    // The table holds offsets of the data, which begins after the table: its size does not depend on their value.
    let data_at = out.len() as u64 + 16;
    out = movie(excerpt, &chunks, data_at);
    let data_bytes: u64 = excerpt.pictures.iter().map(|picture| u64::from(picture.size_bytes)).sum();
    put_u32(&mut out, 1); // the size follows in 64 bits
    out.extend_from_slice(b"mdat");
    put_u64(&mut out, data_bytes + 16);
    out
}

/// Pictures with the same parameters, one behind the other.
struct Chunk {
    pictures: usize,
    bytes: u64,
    entry: usize,
}

fn chunks(excerpt: &Excerpt<'_>) -> Vec<Chunk> {
    let ends = excerpt.changes.iter().skip(1).map(|(at, _)| *at).chain([excerpt.pictures.len()]);
    let runs = excerpt.changes.iter().zip(ends).map(|((from, entry), to)| {
        let pictures = &excerpt.pictures[*from..to];
        let bytes = pictures.iter().map(|picture| u64::from(picture.size_bytes)).sum();
        Chunk { pictures: pictures.len(), bytes, entry: *entry }
    });
    runs.collect()
}

fn length(pictures: &[Picture]) -> u64 {
    pictures.iter().map(|picture| u64::from(picture.duration_90k)).sum()
}

fn movie(excerpt: &Excerpt<'_>, chunks: &[Chunk], data_at: u64) -> Vec<u8> {
    let (before_90k, media_90k) = (length(&excerpt.pictures[..excerpt.lead]), length(excerpt.pictures));
    let edit = Edit { from_90k: before_90k, duration_90k: media_90k - before_90k };
    let mut out = Vec::with_capacity(2000 + 16 * excerpt.pictures.len());
    put_file_type(&mut out, *b"isom", &[*b"isom", *b"iso2", *b"mp41"]);
    put_box(&mut out, *b"moov", |out| {
        put_movie_header(out, edit.duration_90k);
        put_track_of(out, excerpt.sample_entries, media_90k, Some(edit), |out| {
            put_full_box(out, *b"stts", 0, 0, |out| put_runs(out, excerpt.pictures));
            put_full_box(out, *b"stss", 0, 0, |out| put_keys(out, excerpt.pictures));
            put_full_box(out, *b"stsc", 0, 0, |out| {
                put_u32(out, number(chunks.len()));
                for (at, chunk) in (1..).zip(chunks) {
                    put_u32(out, at);
                    put_u32(out, number(chunk.pictures));
                    put_u32(out, number(chunk.entry + 1));
                }
            });
            put_full_box(out, *b"stsz", 0, 0, |out| put_sizes(out, excerpt.pictures));
            put_full_box(out, *b"co64", 0, 0, |out| {
                put_u32(out, number(chunks.len()));
                let mut at = data_at;
                for chunk in chunks {
                    put_u64(out, at);
                    at += chunk.bytes;
                }
            });
        });
        put_tags(out, excerpt);
    });
    out
}

/// Appends title, date and comment as players read them (`udta/meta/ilst`, as iTunes wrote it first).
fn put_tags(out: &mut Vec<u8>, excerpt: &Excerpt<'_>) {
    let tags = [(*b"\xa9nam", excerpt.title), (*b"\xa9day", excerpt.date), (*b"\xa9cmt", excerpt.comment)];
    put_box(out, *b"udta", |out| {
        put_full_box(out, *b"meta", 0, 0, |out| {
            put_full_box(out, *b"hdlr", 0, 0, |out| {
                put_u32(out, 0);
                out.extend_from_slice(b"mdirappl");
                out.extend_from_slice(&[0; 9]);
            });
            put_box(out, *b"ilst", |out| {
                for (kind, text) in tags {
                    put_box(out, kind, |out| {
                        // type 1: UTF-8
                        put_full_box(out, *b"data", 0, 1, |out| {
                            put_u32(out, 0);
                            out.extend_from_slice(text.as_bytes());
                        });
                    });
                }
            });
        });
    });
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("an excerpt holds hours, not 4 G pictures")
}
