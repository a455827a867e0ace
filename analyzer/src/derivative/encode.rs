//! Treated pictures to H.264. It sees nothing else.
//!
//! ```text
//! Canvas -> appsrc -> videoconvert -> x264enc (baseline, zerolatency, 1 thread) -> h264parse -> appsink -> access unit
//! ```

use super::canvas::Canvas;
use crate::decode::{DecodeError, make, sample_entry, start};
use bytes::Bytes;
use gstreamer::{self as gst, prelude::*};
use gstreamer_app::{AppLeakyType, AppSink, AppSinkCallbacks, AppSrc};
use mingchu_domain::{
    media::{AccessUnit, Codec, VideoParameters},
    time::{Clock, MediaTime},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::mpsc;

/// Treated pictures that may wait for the encoder; the oldest gives way.
const WAITING: u64 = 4;
/// Seconds between two key units: who comes in waits no longer.
const KEY_EVERY_S: u32 = 2;

/// What an encoder makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Most pictures a second.
    pub fps: u32,
    /// Size in kbit/s.
    pub kbit_s: u32,
}

/// Encodes canvases of one size.
pub struct Encoder {
    pipeline: gst::Pipeline,
    input: AppSrc,
    format: Format,
    last: Option<gst::ClockTime>,
}

impl Encoder {
    /// Starts an encoder, whose units go to `units`; when that queue is full the encoder gives up.
    ///
    /// # Errors
    /// When an element is missing.
    pub fn start(format: Format, clock: Arc<dyn Clock>, units: mpsc::Sender<AccessUnit>) -> Result<Self, DecodeError> {
        gst::init().map_err(start)?;
        let side = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
        let caps = gst::Caps::builder("video/x-raw")
            .field("format", "BGR")
            .field("width", side(format.width))
            .field("height", side(format.height))
            .field("framerate", gst::Fraction::new(i32::try_from(format.fps).unwrap_or(i32::MAX), 1))
            .build();
        let input = AppSrc::builder().caps(&caps).format(gst::Format::Time).max_bytes(0).max_buffers(WAITING);
        let input = input.leaky_type(AppLeakyType::Downstream).build();
        let encoder = make("x264enc")?;
        encoder.set_property_from_str("tune", "zerolatency");
        encoder.set_property_from_str("speed-preset", "veryfast");
        encoder.set_property("bitrate", format.kbit_s);
        encoder.set_property("key-int-max", format.fps * KEY_EVERY_S);
        encoder.set_property("threads", 1u32);
        let chain = [
            input.clone().upcast(),
            make("videoconvert")?,
            filter("video/x-raw", &[("format", "I420")])?,
            encoder,
            filter("video/x-h264", &[("profile", "constrained-baseline")])?,
            make("h264parse")?,
            sink(format, clock, units).upcast::<gst::Element>(),
        ];
        let pipeline = gst::Pipeline::new();
        pipeline.add_many(&chain).map_err(start)?;
        gst::Element::link_many(&chain).map_err(start)?;
        pipeline.set_state(gst::State::Playing).map_err(start)?;
        Ok(Self { pipeline, input, format, last: None })
    }

    /// Returns whether it takes canvases of that size.
    #[must_use]
    pub const fn fits(&self, (width, height): (usize, usize)) -> bool {
        self.format.width == width && self.format.height == height
    }

    /// Hands over a canvas taken `since` the encoder's start; returns at once.
    ///
    /// # Errors
    /// When the encoder has given up, or the canvas has another size; start a new one.
    pub fn push(&mut self, canvas: &Canvas, since: Duration) -> Result<(), DecodeError> {
        if let Some(message) = self.pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]))
            && let gst::MessageView::Error(error) = message.view()
        {
            return Err(DecodeError::Broken(error.error().to_string()));
        }
        if !self.fits((canvas.width(), canvas.height())) {
            return Err(DecodeError::Broken("the picture changed its size".to_owned()));
        }
        let mut buffer = gst::Buffer::from_slice(padded(canvas));
        let since = gst::ClockTime::from_nseconds(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX / 2));
        let after_last = self.last.map(|last| last + gst::ClockTime::from_mseconds(1));
        self.last = after_last.max(Some(since));
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(self.last);
        }
        self.input.push_buffer(buffer).map(drop).map_err(|error| DecodeError::Broken(error.to_string()))
    }

    /// Says that nothing follows; what was handed over is encoded yet.
    ///
    /// # Errors
    /// When the encoder has given up.
    pub fn finish(&self) -> Result<(), DecodeError> {
        self.input.end_of_stream().map(drop).map_err(|error| DecodeError::Broken(error.to_string()))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        if let Err(error) = self.pipeline.set_state(gst::State::Null) {
            tracing::warn!(error = %error, "cannot stop an encoder");
        }
    }
}

/// GStreamer's lines begin at multiples of 4 bytes.
fn padded(canvas: &Canvas) -> Vec<u8> {
    let row = canvas.width() * 3;
    let pad = row.next_multiple_of(4) - row;
    if pad == 0 {
        return canvas.bgr().to_vec();
    }
    canvas.bgr().chunks_exact(row).flat_map(|line| line.iter().copied().chain(std::iter::repeat_n(0, pad))).collect()
}

fn filter(media: &str, fields: &[(&str, &str)]) -> Result<gst::Element, DecodeError> {
    let filter = make("capsfilter")?;
    let caps = fields.iter().fold(gst::Caps::builder(media), |caps, &(name, value)| caps.field(name, value));
    filter.set_property("caps", caps.build());
    Ok(filter)
}

fn sink(format: Format, clock: Arc<dyn Clock>, units: mpsc::Sender<AccessUnit>) -> AppSink {
    let known: Mutex<Option<Arc<VideoParameters>>> = Mutex::default();
    let callbacks = AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let mut known = known.lock().map_err(|_| gst::FlowError::Error)?;
        if known.is_none() {
            *known = parameters(&sample, format).map(Arc::new);
        }
        let parameters = known.clone().ok_or(gst::FlowError::NotNegotiated)?;
        let unit = unit(&sample, parameters, clock.as_ref()).ok_or(gst::FlowError::Error)?;
        // A reader so late that its queue is full gets a new stream, from a key unit on.
        units.try_send(unit).map(|()| gst::FlowSuccess::Ok).map_err(|_| gst::FlowError::Error)
    });
    let caps = gst::Caps::builder("video/x-h264").field("stream-format", "avc").field("alignment", "au").build();
    AppSink::builder().caps(&caps).sync(false).max_buffers(1).callbacks(callbacks.build()).build()
}

fn parameters(sample: &gst::Sample, format: Format) -> Option<VideoParameters> {
    let configuration = sample.caps()?.structure(0)?.get::<gst::Buffer>("codec_data").ok()?;
    let configuration = configuration.map_readable().ok()?;
    let [_, profile, constraints, level, ..] = configuration.as_slice() else { return None };
    let side = |length: usize| u16::try_from(length).ok();
    let (width, height) = (side(format.width)?, side(format.height)?);
    Some(VideoParameters {
        codec: Codec::H264,
        codec_string: format!("avc1.{profile:02x}{constraints:02x}{level:02x}"),
        width,
        height,
        sample_entry: Bytes::from(sample_entry::around(Codec::H264, &configuration, width, height)),
    })
}

fn unit(sample: &gst::Sample, parameters: Arc<VideoParameters>, clock: &dyn Clock) -> Option<AccessUnit> {
    let buffer = sample.buffer()?;
    let since = buffer.pts()?.nseconds();
    Some(AccessUnit {
        parameters,
        is_key: !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT),
        pts_90k: MediaTime(i64::try_from(since / 1000 * 9 / 100).ok()?),
        arrived_at: clock.now(),
        data: Bytes::copy_from_slice(&buffer.map_readable().ok()?),
    })
}

/// Checks that the encoder is installed.
///
/// # Errors
/// Names what is missing.
pub(super) fn check() -> Result<(), DecodeError> {
    gst::init().map_err(start)?;
    make("x264enc").map(drop)
}
