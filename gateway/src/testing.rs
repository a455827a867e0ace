//! Pictures for tests.

use crate::{archive::Fragment, mp4};
use bytes::Bytes;
use mingchu_domain::{
    media::{AccessUnit, Codec, VideoParameters},
    time::{MediaTime, WallTime},
};
use std::sync::Arc;

pub(crate) fn sample_entry() -> Vec<u8> {
    mp4::sample_entry(Codec::H264, 640, 360, &[1, 0x64, 0, 0x28, 0xff])
}

pub(crate) fn parameters(width: u16) -> Arc<VideoParameters> {
    Arc::new(VideoParameters {
        codec: Codec::H264,
        codec_string: "avc1.640028".into(),
        width,
        height: 360,
        sample_entry: Bytes::from(mp4::sample_entry(Codec::H264, width, 360, &[1, 0x64, 0, 0x28, 0xff])),
    })
}

/// Parameters of an H.265 stream, for who does not decode it.
pub(crate) fn h265_parameters() -> Arc<VideoParameters> {
    Arc::new(VideoParameters {
        codec: Codec::H265,
        codec_string: "hvc1.1.6.L93.90".into(),
        width: 1920,
        height: 1080,
        sample_entry: Bytes::from(mp4::sample_entry(Codec::H265, 1920, 1080, &[1, 1, 0x60, 0, 0, 0, 0x90])),
    })
}

/// A picture that arrives when its timestamp says.
pub(crate) fn unit(parameters: &Arc<VideoParameters>, is_key: bool, pts_90k: i64) -> AccessUnit {
    AccessUnit {
        parameters: Arc::clone(parameters),
        is_key,
        pts_90k: MediaTime(pts_90k),
        arrived_at: WallTime::from_micros(pts_90k * 100 / 9),
        data: Bytes::from(vec![0, 0, 0, 1, 9]),
    }
}

/// A fragment of pictures of these sizes, 25 a second.
pub(crate) fn fragment(begin: i64, sizes: &[u32]) -> Fragment {
    let picture =
        |(index, size): (usize, &u32)| mp4::Picture { size_bytes: *size, duration_90k: 3600, is_key: index == 0 };
    Fragment {
        begin: MediaTime(begin),
        pictures: sizes.iter().enumerate().map(picture).collect(),
        data: sizes.iter().map(|size| Bytes::from(vec![1; *size as usize])).collect(),
    }
}
