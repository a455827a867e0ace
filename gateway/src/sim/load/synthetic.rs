//! A stream of the size that kitchen cameras send, whose pictures nobody can decode.

use crate::sim::{
    media::Media,
    track::{Sample, Track},
};
use bytes::Bytes;
use mingchu_domain::media::Codec;
use std::sync::Arc;

const FRAMES_PER_SECOND: u64 = 25;
/// Pictures from key to key.
const GOP: u64 = 50;
const KEY_BYTES: usize = 60_000;
/// With the key pictures this makes 2 Mbit/s.
const DELTA_BYTES: usize = 8_980;

/// Returns 2 s of H.264 at 25 pictures a second.
pub(super) fn media() -> Arc<Media> {
    let slice = |header: u8, size: usize| Bytes::from([&[header][..], &vec![0xaa; size - 1]].concat());
    let (key, delta) = (slice(0x65, KEY_BYTES), slice(0x41, DELTA_BYTES));
    let samples = (0..GOP).map(|index| {
        let at_90k = index * 90_000 / FRAMES_PER_SECOND;
        let nal = if index == 0 { &key } else { &delta };
        Sample { dts_90k: at_90k, pts_90k: at_90k, is_key: index == 0, nals: vec![nal.clone()] }
    });
    let parameter_sets = vec![vec![0x67, 0x64, 0, 0x28, 0xac], vec![0x68, 0xee, 0x3c, 0x80]];
    Arc::new(Media::of(&Track {
        codec: Codec::H264,
        width: 1920,
        height: 1080,
        parameter_sets,
        samples: samples.collect(),
        duration_90k: GOP * 90_000 / FRAMES_PER_SECOND,
    }))
}
