//! Reads the access units of a file, as a camera would send them.

use super::{DecodeError, make, sample_entry, start};
use bytes::Bytes;
use gstreamer::{self as gst, prelude::*};
use gstreamer_app::AppSink;
use mingchu_domain::{
    media::{AccessUnit, Codec, VideoParameters},
    time::{MediaTime, WallTime},
};
use std::{path::Path, sync::Arc, time::Duration};

/// The access units of a file in order; `arrived_at` is the time in the file after the given start.
pub struct ClipUnits {
    pipeline: gst::Pipeline,
    sink: AppSink,
    from: WallTime,
    parameters: Option<Arc<VideoParameters>>,
    path: String,
}

/// Opens an MP4 file; its first picture is at `from`.
///
/// # Errors
/// When it is no readable file with H.264 or H.265 video.
pub fn read_clip(path: &Path, from: WallTime) -> Result<ClipUnits, DecodeError> {
    gst::init().map_err(start)?;
    let source = make("filesrc")?;
    source.set_property("location", path.to_string_lossy().as_ref());
    let demuxer = make("qtdemux")?;
    let caps = ["video/x-h264", "video/x-h265"].map(|media| gst::Structure::builder(media).build());
    let sink = AppSink::builder().caps(&gst::Caps::from_iter(caps)).sync(false).max_buffers(4).build();
    let pipeline = gst::Pipeline::new();
    pipeline.add_many([&source, &demuxer, sink.upcast_ref()]).map_err(start)?;
    source.link(&demuxer).map_err(start)?;
    let target = sink.static_pad("sink").ok_or_else(|| start("the sink has no input"))?;
    demuxer.connect_pad_added(move |_, pad| {
        // Audio does not fit the sink's caps and stays unlinked.
        if !target.is_linked() && pad.link(&target).is_err() {
            tracing::debug!(pad = %pad.name(), "track left aside");
        }
    });
    let path = path.display().to_string();
    if pipeline.set_state(gst::State::Playing).is_err() {
        return Err(DecodeError::NoVideo { path, detail: "cannot be opened".to_owned() });
    }
    Ok(ClipUnits { pipeline, sink, from, parameters: None, path })
}

impl Iterator for ClipUnits {
    type Item = Result<AccessUnit, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let fault = |detail: String| DecodeError::NoVideo { path: self.path.clone(), detail };
        let bus = self.pipeline.bus()?;
        loop {
            if let Some(sample) = self.sink.try_pull_sample(gst::ClockTime::from_mseconds(20)) {
                let unit = unit_of(&sample, self.from, &mut self.parameters);
                return Some(unit.ok_or_else(|| fault("a picture without time or parameters".to_owned())));
            }
            if self.sink.is_eos() {
                return self.parameters.is_none().then(|| Err(fault("no picture".to_owned())));
            }
            match bus.pop_filtered(&[gst::MessageType::Error, gst::MessageType::Eos]) {
                Some(message) => {
                    return match message.view() {
                        gst::MessageView::Error(error) => Some(Err(fault(error.error().to_string()))),
                        _ => None,
                    };
                }
                None => continue,
            }
        }
    }
}

impl Drop for ClipUnits {
    fn drop(&mut self) {
        if self.pipeline.set_state(gst::State::Null).is_err() {
            tracing::warn!("cannot close a clip");
        }
    }
}

fn unit_of(sample: &gst::Sample, from: WallTime, known: &mut Option<Arc<VideoParameters>>) -> Option<AccessUnit> {
    let parameters = match known {
        Some(parameters) => Arc::clone(parameters),
        None => Arc::clone(known.insert(Arc::new(parameters_of(sample)?))),
    };
    let buffer = sample.buffer()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let since = segment.to_running_time(buffer.pts()?)?;
    let ticks = i64::try_from(since.nseconds() / 1000 * 9 / 100).ok()?;
    Some(AccessUnit {
        parameters,
        is_key: !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT),
        pts_90k: MediaTime(ticks),
        arrived_at: from + Duration::from_nanos(since.nseconds()),
        data: Bytes::copy_from_slice(&buffer.map_readable().ok()?),
    })
}

fn parameters_of(sample: &gst::Sample) -> Option<VideoParameters> {
    let caps = sample.caps()?.structure(0)?;
    let side = |key| u16::try_from(caps.get::<i32>(key).ok()?).ok();
    let (width, height) = (side("width")?, side("height")?);
    let buffer = caps.get::<gst::Buffer>("codec_data").ok()?;
    let configuration = buffer.map_readable().ok()?;
    let codec = if caps.name() == "video/x-h264" { Codec::H264 } else { Codec::H265 };
    let codec_string = match (codec, configuration.get(1..4)) {
        (Codec::H264, Some([profile, compatible, level])) => format!("avc1.{profile:02x}{compatible:02x}{level:02x}"),
        _ => "hvc1".to_owned(),
    };
    let sample_entry = Bytes::from(sample_entry::around(codec, &configuration, width, height));
    Some(VideoParameters { codec, codec_string, width, height, sample_entry })
}
