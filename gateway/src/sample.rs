//! Samples of GStreamer's parsers (`avc` or `hvc1`, aligned to access units) as access units.

use crate::mp4;
use bytes::Bytes;
use gstreamer as gst;
use mingchu_domain::{
    media::{AccessUnit, Codec, VideoParameters},
    time::{Clock, MediaTime},
};
use std::sync::Arc;

/// Turns samples of one stream into access units.
pub(crate) struct SampleReader {
    codec: Codec,
    parameters: Option<(gst::Caps, Arc<VideoParameters>)>,
    clock: Arc<dyn Clock>,
}

impl SampleReader {
    pub(crate) fn new(codec: Codec, clock: Arc<dyn Clock>) -> Self {
        Self { codec, parameters: None, clock }
    }

    /// Returns the picture of a sample, which is presented at `pts`; nothing before its parameters are known.
    pub(crate) fn read(&mut self, sample: &gst::Sample, pts: gst::ClockTime) -> Option<AccessUnit> {
        let (buffer, caps) = (sample.buffer()?, sample.caps_owned()?);
        if self.parameters.as_ref().is_none_or(|(known, _)| *known != caps) {
            let parameters = parameters_of(self.codec, &caps)?;
            let parameters = match self.parameters.take() {
                Some((_, known)) if *known == parameters => known,
                _ => Arc::new(parameters),
            };
            self.parameters = Some((caps, parameters));
        }
        let (_, parameters) = self.parameters.as_ref()?;
        let data = buffer.map_readable().ok()?;
        Some(AccessUnit {
            parameters: Arc::clone(parameters),
            is_key: !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT),
            pts_90k: MediaTime(i64::try_from(u128::from(pts.nseconds()) * 9 / 100_000).ok()?),
            arrived_at: self.clock.now(),
            data: Bytes::copy_from_slice(&data),
        })
    }
}

fn parameters_of(codec: Codec, caps: &gst::Caps) -> Option<VideoParameters> {
    let structure = caps.structure(0)?;
    let size = |name| u16::try_from(structure.get::<i32>(name).ok()?).ok();
    let (width, height) = (size("width")?, size("height")?);
    let configuration = structure.get::<gst::Buffer>("codec_data").ok()?;
    let configuration = configuration.map_readable().ok()?;
    Some(VideoParameters {
        codec,
        codec_string: mp4::codec_string(codec, &configuration)?,
        width,
        height,
        sample_entry: Bytes::from(mp4::sample_entry(codec, width, height, &configuration)),
    })
}
