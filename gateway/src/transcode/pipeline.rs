//! H.265 to small H.264. GStreamer types stay here.
//!
//! ```text
//! appsrc -> h265parse -> avdec (1 thread) -> [new enough?] -> scale, convert -> x264enc (baseline, zerolatency, 1 thread)
//!        -> h264parse -> appsink -> access unit
//! ```

use crate::{mp4, sample::SampleReader};
use gstreamer::{self as gst, prelude::*};
use gstreamer_app::{AppSink, AppSinkCallbacks, AppSrc};
use mingchu_domain::{
    media::{AccessUnit, Codec, VideoParameters},
    time::{Clock, MediaTime},
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::mpsc;

/// Coded pictures that may wait for the decoder. Overflow: units are dropped up to the next key unit.
const WAITING: u64 = 30;
/// Transcoded pictures that may wait to be published. Overflow: the pipeline gives up and is started anew.
pub(super) const TRANSCODED: usize = 64;
/// As wide as sub-streams are; the aspect is kept, and smaller pictures stay as they are.
const WIDTH: u32 = 640;
const KBIT_S: u32 = 600;
/// Who comes in waits no longer for a picture to begin with.
const KEY_EVERY: gst::ClockTime = gst::ClockTime::from_mseconds(1500);
/// Key units are asked for by time; this is where none was.
const MOST_BETWEEN_KEYS: u32 = 250;

/// A pipeline that cannot be started, or gave up.
#[derive(Debug, thiserror::Error)]
pub(super) enum TranscodeError {
    #[error("the GStreamer element {0} is missing; install gstreamer1.0-libav, -plugins-bad and -plugins-ugly")]
    NoElement(&'static str),
    #[error("the transcode cannot start: {0}")]
    Start(String),
    #[error("the stream has no decoder configuration")]
    NoConfiguration,
    #[error("the stream cannot be transcoded: {0}")]
    Broken(String),
}

fn start(error: impl std::fmt::Display) -> TranscodeError {
    TranscodeError::Start(error.to_string())
}

fn broken(error: impl std::fmt::Display) -> TranscodeError {
    TranscodeError::Broken(error.to_string())
}

/// Transcodes the access units of one stream with unchanged parameters.
pub(super) struct Transcoder {
    pipeline: gst::Pipeline,
    input: AppSrc,
    encoder: gst::Element,
    base: MediaTime,
    /// Pictures before this time are decoded but not shown, in nanoseconds.
    shown_from_ns: Arc<AtomicU64>,
    room: u64,
    is_behind: bool,
    last: Option<gst::ClockTime>,
    key_due: gst::ClockTime,
}

impl Transcoder {
    /// Starts a pipeline for `parameters`, whose time begins with `base`. Pictures go to `units`. Blocking.
    ///
    /// # Errors
    /// When an element is missing or the parameters are unusable.
    pub(super) fn start(
        parameters: &VideoParameters,
        base: MediaTime,
        clock: Arc<dyn Clock>,
        units: mpsc::Sender<AccessUnit>,
    ) -> Result<Self, TranscodeError> {
        gst::init().map_err(start)?;
        let input = input(parameters)?;
        let (parser, decoder) = match parameters.codec {
            Codec::H264 => ("h264parse", "avdec_h264"),
            Codec::H265 => ("h265parse", "avdec_h265"),
        };
        let decoder = make(decoder)?;
        decoder.set_property("max-threads", 1i32);
        let shown_from_ns = Arc::new(AtomicU64::new(0));
        let pad = decoder.static_pad("src").ok_or_else(|| start("the decoder has no output"))?;
        let from_ns = Arc::clone(&shown_from_ns);
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
            let pts = info.buffer().and_then(|buffer| buffer.pts());
            let is_old = pts.is_some_and(|pts| pts.nseconds() < from_ns.load(Ordering::Relaxed));
            if is_old { gst::PadProbeReturn::Drop } else { gst::PadProbeReturn::Ok }
        });
        let encoder = encoder()?;
        let chain = [
            input.clone().upcast(),
            make(parser)?,
            decoder,
            make("videoscale")?,
            make("videoconvert")?,
            filter(&size_of(u32::from(parameters.width), u32::from(parameters.height)))?,
            encoder.clone(),
            filter(&gst::Caps::builder("video/x-h264").field("profile", "constrained-baseline").build())?,
            make("h264parse")?,
            sink(base, clock, units).upcast::<gst::Element>(),
        ];
        let pipeline = gst::Pipeline::new();
        pipeline.add_many(&chain).map_err(start)?;
        gst::Element::link_many(&chain).map_err(start)?;
        pipeline.set_state(gst::State::Playing).map_err(start)?;
        let key_due = KEY_EVERY;
        Ok(Self { pipeline, input, encoder, base, shown_from_ns, room: WAITING, is_behind: false, last: None, key_due })
    }

    /// Hands over what was sent before somebody watched, a key unit first: only the newest picture is shown.
    ///
    /// # Errors
    /// When the pipeline has given up.
    pub(super) fn catch_up(&mut self, units: &[AccessUnit]) -> Result<(), TranscodeError> {
        let Some(newest) = units.last() else { return Ok(()) };
        self.room = WAITING + units.len() as u64;
        self.shown_from_ns.store(self.time_of(newest).nseconds(), Ordering::Relaxed);
        units.iter().try_for_each(|unit| self.push(unit))
    }

    /// Hands over one access unit; returns at once. When units come faster than they are transcoded, they are dropped up
    /// to the next key unit.
    ///
    /// # Errors
    /// When the pipeline has given up; start a new one.
    pub(super) fn push(&mut self, unit: &AccessUnit) -> Result<(), TranscodeError> {
        if let Some(message) = self.pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]))
            && let gst::MessageView::Error(error) = message.view()
        {
            return Err(broken(error.error()));
        }
        let is_full = self.input.current_level_buffers() >= self.room;
        self.is_behind = is_full || (self.is_behind && !unit.is_key);
        if self.is_behind {
            metrics::counter!(crate::metric::DROPPED, "consumer" => "transcode").increment(1);
            return Ok(());
        }
        let mut buffer = gst::Buffer::from_slice(unit.data.clone());
        // Strictly rising: a decoder may reorder or drop equal times.
        let after_last = self.last.map(|last| last + gst::ClockTime::from_useconds(1));
        let pts = after_last.map_or(self.time_of(unit), |least| least.max(self.time_of(unit)));
        self.last = Some(pts);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(pts);
            buffer.set_dts(pts);
            if !unit.is_key {
                buffer.set_flags(gst::BufferFlags::DELTA_UNIT);
            }
        }
        if pts >= self.key_due {
            self.key_due = pts + KEY_EVERY;
            let wish = gst::Structure::builder("GstForceKeyUnit").field("all-headers", true).build();
            self.encoder.send_event(gst::event::CustomUpstream::new(wish));
        }
        self.input.push_buffer(buffer).map(drop).map_err(broken)
    }

    fn time_of(&self, unit: &AccessUnit) -> gst::ClockTime {
        let ticks = u64::try_from(unit.pts_90k.ticks_since(self.base)).unwrap_or(0);
        gst::ClockTime::from_nseconds(ticks.saturating_mul(100_000) / 9)
    }
}

impl Drop for Transcoder {
    fn drop(&mut self) {
        if let Err(error) = self.pipeline.set_state(gst::State::Null) {
            tracing::warn!(%error, "cannot stop a transcode");
        }
    }
}

fn make(element: &'static str) -> Result<gst::Element, TranscodeError> {
    gst::ElementFactory::make(element).build().map_err(|_| TranscodeError::NoElement(element))
}

fn filter(caps: &gst::Caps) -> Result<gst::Element, TranscodeError> {
    let filter = make("capsfilter")?;
    filter.set_property("caps", caps);
    Ok(filter)
}

fn input(parameters: &VideoParameters) -> Result<AppSrc, TranscodeError> {
    let configuration = mp4::configuration_of(&parameters.sample_entry).ok_or(TranscodeError::NoConfiguration)?;
    let (media, format) = match parameters.codec {
        Codec::H264 => ("video/x-h264", "avc"),
        // hev1: parameter sets may also come in band
        Codec::H265 => ("video/x-h265", "hev1"),
    };
    let caps = gst::Caps::builder(media)
        .field("stream-format", format)
        .field("alignment", "au")
        .field("codec_data", gst::Buffer::from_slice(configuration.to_vec()))
        .build();
    Ok(AppSrc::builder().caps(&caps).format(gst::Format::Time).max_bytes(0).max_buffers(0).build())
}

fn encoder() -> Result<gst::Element, TranscodeError> {
    let encoder = make("x264enc")?;
    encoder.set_property_from_str("tune", "zerolatency");
    encoder.set_property_from_str("speed-preset", "superfast");
    encoder.set_property("bitrate", KBIT_S);
    encoder.set_property("key-int-max", MOST_BETWEEN_KEYS);
    encoder.set_property("threads", 1u32);
    Ok(encoder)
}

/// Returns the caps of a picture fitted to [`WIDTH`], sides even, aspect kept, never larger.
fn size_of(width: u32, height: u32) -> gst::Caps {
    let (width, height) = fit(width, height);
    gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", width)
        .field("height", height)
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .build()
}

fn fit(width: u32, height: u32) -> (i32, i32) {
    let even = |side: u32| i32::try_from((side & !1).max(2)).unwrap_or(i32::MAX);
    if width <= WIDTH { (even(width), even(height)) } else { (even(WIDTH), even(height * WIDTH / width)) }
}

fn sink(base: MediaTime, clock: Arc<dyn Clock>, units: mpsc::Sender<AccessUnit>) -> AppSink {
    let reader = Mutex::new(SampleReader::new(Codec::H264, clock));
    let callbacks = AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        // x264enc moves its segment so that no decoding time is negative: only the running time is the source's.
        let segment = sample.segment().and_then(|segment| segment.downcast_ref::<gst::ClockTime>());
        let pts = sample.buffer().and_then(|buffer| buffer.pts());
        let shown_at = segment.zip(pts).and_then(|(segment, pts)| segment.to_running_time(pts));
        let shown_at = shown_at.ok_or(gst::FlowError::Error)?;
        let unit = reader.lock().map_err(|_| gst::FlowError::Error)?.read(&sample, shown_at);
        let mut unit = unit.ok_or(gst::FlowError::NotNegotiated)?;
        unit.pts_90k = MediaTime(base.0 + unit.pts_90k.0);
        units.try_send(unit).map(|()| gst::FlowSuccess::Ok).map_err(|_| gst::FlowError::Error)
    });
    let caps = gst::Caps::builder("video/x-h264").field("stream-format", "avc").field("alignment", "au").build();
    AppSink::builder().caps(&caps).sync(false).callbacks(callbacks.build()).build()
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_picture_becomes_as_small_as_a_sub_stream_with_its_aspect_but_never_larger() {
        assert_eq!(fit(1920, 1080), (640, 360));
        assert_eq!(fit(2560, 1920), (640, 480));
        assert_eq!(fit(353, 288), (352, 288));
    }
}
