//! `moof` + the head of `mdat` (ISO/IEC 14496-12 §8.8).

use super::boxes::{put_box, put_full_box, put_u32, put_u64};

/// `sample_depends_on = 2`: a picture that needs no other.
const KEY_FLAGS: u32 = 0x0200_0000;
/// `sample_depends_on = 1`, `sample_is_non_sync_sample`.
const DELTA_FLAGS: u32 = 0x0101_0000;
/// Bytes of a `moof` with one `traf` before the table of pictures in `trun`.
const FIXED_LEN: usize = 8 + 16 + 8 + 16 + 20 + 20;

/// What the table of a fragment says of one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Length of its NAL units with their length fields.
    pub size_bytes: u32,
    /// Until the next picture, 90 kHz.
    pub duration_90k: u32,
    /// Whether decoding can start here.
    pub is_key: bool,
}

impl Picture {
    pub(super) fn from_flags(size_bytes: u32, duration_90k: u32, flags: u32) -> Self {
        Self { size_bytes, duration_90k, is_key: flags & 0x0001_0000 == 0 }
    }
}

/// Returns everything of a fragment but the pictures' bytes, which follow it in order.
///
/// `decode_time_90k` is the time of the first picture on the track's timeline.
#[must_use]
pub fn fragment_head(sequence: u32, decode_time_90k: u64, pictures: &[Picture]) -> Vec<u8> {
    let head_bytes = FIXED_LEN + 12 * pictures.len() + 8;
    let mut out = Vec::with_capacity(head_bytes);
    put_box(&mut out, *b"moof", |out| {
        put_full_box(out, *b"mfhd", 0, 0, |out| put_u32(out, sequence));
        put_box(out, *b"traf", |out| {
            // default-base-is-moof: offsets count from the moof, so fragments can be moved
            put_full_box(out, *b"tfhd", 0, 0x2_0000, |out| put_u32(out, 1));
            put_full_box(out, *b"tfdt", 1, 0, |out| put_u64(out, decode_time_90k));
            // data offset, duration, size and flags of each picture
            put_full_box(out, *b"trun", 0, 0x0000_0701, |out| {
                put_u32(out, table_len(pictures.len()));
                put_u32(out, small(head_bytes));
                for picture in pictures {
                    put_u32(out, picture.duration_90k);
                    put_u32(out, picture.size_bytes);
                    put_u32(out, if picture.is_key { KEY_FLAGS } else { DELTA_FLAGS });
                }
            });
        });
    });
    let data_bytes: u32 = pictures.iter().map(|picture| picture.size_bytes).sum();
    put_u32(&mut out, data_bytes + 8);
    out.extend_from_slice(b"mdat");
    debug_assert_eq!(out.len(), head_bytes);
    out
}

fn table_len(pictures: usize) -> u32 {
    u32::try_from(pictures).expect("a fragment holds a GOP, cut long before 4 G pictures")
}

fn small(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a moof is some kilobytes")
}
