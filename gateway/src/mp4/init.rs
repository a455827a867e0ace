//! The init segment: `ftyp` + `moov` without pictures (ISO/IEC 14496-12 §8.16).

use super::boxes::{put_box, put_file_type, put_full_box, put_movie_header, put_track, put_u32};

/// Returns the init segment for a sample entry.
#[must_use]
pub fn init_segment(sample_entry: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(700 + sample_entry.len());
    put_file_type(&mut out, *b"iso5", &[*b"iso5", *b"iso6", *b"mp41"]);
    put_box(&mut out, *b"moov", |out| {
        put_movie_header(out, 0);
        put_track(out, sample_entry, 0, |out| {
            for table in [*b"stts", *b"stsc", *b"stco"] {
                put_full_box(out, table, 0, 0, |out| put_u32(out, 0));
            }
            put_full_box(out, *b"stsz", 0, 0, |out| out.extend_from_slice(&[0; 8]));
        });
        put_box(out, *b"mvex", |out| {
            put_full_box(out, *b"trex", 0, 0, |out| {
                for value in [1, 1, 0, 0, 0] {
                    put_u32(out, value);
                }
            });
        });
    });
    out
}
