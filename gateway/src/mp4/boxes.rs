//! Boxes (ISO/IEC 14496-12 §4.2) and the parts of `moov` that fragmented and plain files share.

use super::{TIMESCALE, dimensions};

/// Appends a box; `fill` writes what it holds.
pub(super) fn put_box(out: &mut Vec<u8>, kind: [u8; 4], fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&kind);
    fill(out);
    let size = u32::try_from(out.len() - start).expect("only boxes of tables are built here, far below 4 GiB");
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

/// Appends a box with version and flags.
pub(super) fn put_full_box(out: &mut Vec<u8>, kind: [u8; 4], version: u8, flags: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    put_box(out, kind, |out| {
        put_u32(out, (u32::from(version) << 24) | flags);
        fill(out);
    });
}

pub(super) fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(super) fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(super) fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// The unity matrix of headers, 16.16 and 2.30 fixed point.
fn put_matrix(out: &mut Vec<u8>) {
    for value in [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000] {
        put_u32(out, value);
    }
}

pub(super) fn put_file_type(out: &mut Vec<u8>, major: [u8; 4], brands: &[[u8; 4]]) {
    put_box(out, *b"ftyp", |out| {
        out.extend_from_slice(&major);
        put_u32(out, 0x200);
        for brand in brands {
            out.extend_from_slice(brand);
        }
    });
}

pub(super) fn put_movie_header(out: &mut Vec<u8>, duration_90k: u64) {
    put_full_box(out, *b"mvhd", 1, 0, |out| {
        put_u64(out, 0);
        put_u64(out, 0);
        put_u32(out, TIMESCALE);
        put_u64(out, duration_90k);
        put_u32(out, 0x1_0000);
        out.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        put_matrix(out);
        out.extend_from_slice(&[0; 24]);
        put_u32(out, 2);
    });
}

/// Which part of the media is shown (ISO/IEC 14496-12 §8.6.6).
#[derive(Debug, Clone, Copy)]
pub(super) struct Edit {
    pub(super) from_90k: u64,
    pub(super) duration_90k: u64,
}

/// Appends the one video track; `tables` writes what follows `stsd` in `stbl`.
pub(super) fn put_track(out: &mut Vec<u8>, sample_entry: &[u8], duration_90k: u64, tables: impl FnOnce(&mut Vec<u8>)) {
    put_track_of(out, &[sample_entry.to_vec()], duration_90k, None, tables);
}

/// As [`put_track`], with several sample entries, and a part of the media shown.
pub(super) fn put_track_of(
    out: &mut Vec<u8>,
    sample_entries: &[Vec<u8>],
    duration_90k: u64,
    edit: Option<Edit>,
    tables: impl FnOnce(&mut Vec<u8>),
) {
    put_box(out, *b"trak", |out| {
        let shown_90k = edit.map_or(duration_90k, |edit| edit.duration_90k);
        put_track_header(out, sample_entries.first().map_or(&[], Vec::as_slice), shown_90k);
        if let Some(edit) = edit {
            put_box(out, *b"edts", |out| {
                put_full_box(out, *b"elst", 1, 0, |out| {
                    put_u32(out, 1);
                    put_u64(out, edit.duration_90k);
                    put_u64(out, edit.from_90k);
                    put_u32(out, 0x1_0000);
                });
            });
        }
        put_box(out, *b"mdia", |out| {
            put_full_box(out, *b"mdhd", 1, 0, |out| {
                put_u64(out, 0);
                put_u64(out, 0);
                put_u32(out, TIMESCALE);
                put_u64(out, duration_90k);
                put_u32(out, 0x55C4_0000); // language "und"
            });
            put_full_box(out, *b"hdlr", 0, 0, |out| {
                put_u32(out, 0);
                out.extend_from_slice(b"vide");
                out.extend_from_slice(&[0; 12]);
                out.extend_from_slice(b"Mingchu\0");
            });
            put_box(out, *b"minf", |out| {
                put_full_box(out, *b"vmhd", 0, 1, |out| out.extend_from_slice(&[0; 8]));
                put_box(out, *b"dinf", |out| {
                    put_full_box(out, *b"dref", 0, 0, |out| {
                        put_u32(out, 1);
                        put_full_box(out, *b"url ", 0, 1, |_| {});
                    });
                });
                put_box(out, *b"stbl", |out| {
                    put_full_box(out, *b"stsd", 0, 0, |out| {
                        put_u32(out, u32::try_from(sample_entries.len()).expect("a camera changes a few times"));
                        sample_entries.iter().for_each(|entry| out.extend_from_slice(entry));
                    });
                    tables(out);
                });
            });
        });
    });
}

fn put_track_header(out: &mut Vec<u8>, sample_entry: &[u8], duration_90k: u64) {
    let (width, height) = dimensions(sample_entry).unwrap_or_default();
    // flags: enabled, in movie, in preview
    put_full_box(out, *b"tkhd", 1, 7, |out| {
        put_u64(out, 0);
        put_u64(out, 0);
        put_u32(out, 1);
        put_u32(out, 0);
        put_u64(out, duration_90k);
        out.extend_from_slice(&[0; 16]);
        put_matrix(out);
        put_u32(out, u32::from(width) << 16);
        put_u32(out, u32::from(height) << 16);
    });
}
