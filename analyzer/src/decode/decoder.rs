//! One stream's decoder.

use super::{DecodeError, due::Due, make, sample_entry, start};
use crate::picture::Picture;
use bytes::Bytes;
use gstreamer::{self as gst, prelude::*};
use gstreamer_app::{AppSink, AppSinkCallbacks, AppSrc};
use gstreamer_video::{VideoFrameExt, VideoFrameRef, VideoInfo};
use mingchu_domain::{
    media::{AccessUnit, Codec, VideoParameters},
    time::WallTime,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// Coded pictures that may wait for the decoder: a second, and those that [`super::Doze`] hands over at once. When it is
/// full, see [`Pace`].
const WAITING: u64 = 30 + super::doze::HELD_AT_MOST as u64;

/// Who waits when units come faster than they are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Nobody, as a camera does not wait: everything up to the next key unit is dropped.
    Live,
    /// The caller, as a file can: [`Decoder::push`] blocks.
    File,
}

/// What comes out of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// Who waits when units come too fast.
    pub pace: Pace,
    /// Pictures are scaled down to this width, their aspect kept; never up.
    pub width_at_most: u32,
    /// Pictures nearer than this to the last one are decoded but not given out.
    pub every: Duration,
}

/// Decodes the access units of one stream with unchanged parameters.
pub struct Decoder {
    pipeline: gst::Pipeline,
    input: AppSrc,
    base: WallTime,
    pace: Pace,
    is_behind: bool,
    last_pts: Option<gst::ClockTime>,
    dropped: Arc<AtomicU64>,
}

impl Decoder {
    /// Starts a decoder. Pictures go to `pictures`; when that queue is full the new picture is dropped and counted,
    /// because whoever is late wants the next one, not an old one.
    ///
    /// # Errors
    /// When an element is missing or the parameters are unusable.
    pub fn start(
        parameters: &VideoParameters,
        base: WallTime,
        output: Output,
        pictures: mpsc::Sender<Picture>,
    ) -> Result<Self, DecodeError> {
        gst::init().map_err(start)?;
        let configuration =
            sample_entry::configuration(&parameters.sample_entry).ok_or(DecodeError::NoConfiguration)?;
        let (media, format, parser, decoder) = match parameters.codec {
            Codec::H264 => ("video/x-h264", "avc", "h264parse", "avdec_h264"),
            // hev1: parameter sets may also come in band.
            Codec::H265 => ("video/x-h265", "hev1", "h265parse", "avdec_h265"),
        };
        let caps = gst::Caps::builder(media)
            .field("stream-format", format)
            .field("alignment", "au")
            .field("codec_data", gst::Buffer::from_slice(configuration.to_vec()))
            .build();
        let input = AppSrc::builder().caps(&caps).format(gst::Format::Time).max_bytes(0).max_buffers(WAITING);
        let input = input.block(output.pace == Pace::File).build();
        let decoder = make(decoder)?;
        decoder.set_property("max-threads", 1i32);
        let decoded = decoder.static_pad("src").ok_or_else(|| start("the decoder has no output"))?;
        drop_what_is_not_due(&decoded, output.every).ok_or_else(|| start("the decoder's output cannot be watched"))?;
        let dropped = Arc::new(AtomicU64::new(0));
        let sink = sink(parameters, output, base, pictures, Arc::clone(&dropped));
        let pipeline = gst::Pipeline::new();
        let chain = [
            input.clone().upcast(),
            make(parser)?,
            decoder,
            make("videoscale")?,
            make("videoconvert")?,
            sink.upcast::<gst::Element>(),
        ];
        pipeline.add_many(&chain).map_err(start)?;
        gst::Element::link_many(&chain).map_err(start)?;
        pipeline.set_state(gst::State::Playing).map_err(start)?;
        Ok(Self { pipeline, input, base, pace: output.pace, is_behind: false, last_pts: None, dropped })
    }

    /// Hands over one access unit; returns at once unless the pace is a file's.
    ///
    /// # Errors
    /// When the decoder has given up; start a new one.
    pub fn push(&mut self, unit: &AccessUnit) -> Result<(), DecodeError> {
        self.check()?;
        let is_full = self.pace == Pace::Live && self.input.current_level_buffers() >= WAITING;
        self.is_behind = is_full || (self.is_behind && !unit.is_key);
        if self.is_behind {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        let mut buffer = gst::Buffer::from_slice(unit.data.clone());
        let since = u64::try_from(unit.arrived_at.since(self.base).as_nanos()).unwrap_or(u64::MAX / 2);
        // Strictly rising: a decoder may reorder or drop equal times.
        let after_last = self.last_pts.map(|last| last + gst::ClockTime::from_useconds(1));
        self.last_pts = after_last.max(Some(gst::ClockTime::from_nseconds(since)));
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(self.last_pts);
            buffer.set_dts(self.last_pts);
            if !unit.is_key {
                buffer.set_flags(gst::BufferFlags::DELTA_UNIT);
            }
        }
        self.input.push_buffer(buffer).map(drop).map_err(|error| DecodeError::Broken(error.to_string()))
    }

    /// Returns how many units and pictures were dropped because somebody was late, and starts to count anew.
    pub fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    /// Waits until everything handed over is decoded; blocks, for files.
    ///
    /// # Errors
    /// When the decoder gives up before.
    pub fn finish(self) -> Result<(), DecodeError> {
        self.input.end_of_stream().map_err(|error| DecodeError::Broken(error.to_string()))?;
        let Some(bus) = self.pipeline.bus() else { return Ok(()) };
        let wanted = [gst::MessageType::Eos, gst::MessageType::Error];
        match bus.timed_pop_filtered(gst::ClockTime::from_seconds(60), &wanted) {
            Some(message) => fault_of(&message).map_or(Ok(()), Err),
            None => Err(DecodeError::Broken("no end within 60 s".to_owned())),
        }
    }

    fn check(&self) -> Result<(), DecodeError> {
        let message = self.pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
        message.as_ref().and_then(fault_of).map_or(Ok(()), Err)
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        if let Err(error) = self.pipeline.set_state(gst::State::Null) {
            tracing::warn!(error = %error, "cannot stop a decoder");
        }
    }
}

fn fault_of(message: &gst::Message) -> Option<DecodeError> {
    match message.view() {
        gst::MessageView::Error(error) => Some(DecodeError::Broken(error.error().to_string())),
        _ => None,
    }
}

/// Lets only due pictures out of the decoder's `pad`, before they cost scaling and conversion.
pub(super) fn drop_what_is_not_due(pad: &gst::Pad, every: Duration) -> Option<gst::PadProbeId> {
    let due = std::sync::Mutex::new(Due::new(every));
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let pts = info.buffer().and_then(|buffer| buffer.pts());
        let since_start = pts.map(|pts| Duration::from_nanos(pts.nseconds()));
        let is_due = since_start.is_none_or(|since| due.lock().is_ok_and(|mut due| due.takes(since)));
        if is_due { gst::PadProbeReturn::Ok } else { gst::PadProbeReturn::Drop }
    })
}

fn sink(
    parameters: &VideoParameters,
    output: Output,
    base: WallTime,
    pictures: mpsc::Sender<Picture>,
    dropped: Arc<AtomicU64>,
) -> AppSink {
    let (width, height) = fit(u32::from(parameters.width), u32::from(parameters.height), output.width_at_most);
    let mut caps = gst::Caps::builder("video/x-raw").field("format", "BGR");
    if width < u32::from(parameters.width) {
        let side = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
        caps = caps.field("width", side(width)).field("height", side(height));
        caps = caps.field("pixel-aspect-ratio", gst::Fraction::new(1, 1));
    }
    let callbacks = AppSinkCallbacks::builder().new_sample(move |sink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let picture = picture_of(&sample, base).ok_or(gst::FlowError::Error)?;
        if pictures.try_send(picture).is_err() {
            dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(gst::FlowSuccess::Ok)
    });
    AppSink::builder().caps(&caps.build()).sync(false).max_buffers(1).callbacks(callbacks.build()).build()
}

/// Returns the size fitted to `width_at_most`, sides even, aspect kept.
fn fit(width: u32, height: u32, width_at_most: u32) -> (u32, u32) {
    if width <= width_at_most {
        return (width, height);
    }
    let even = |side: u32| (side & !1).max(2);
    (even(width_at_most), even(height * width_at_most / width))
}

pub(super) fn picture_of(sample: &gst::Sample, base: WallTime) -> Option<Picture> {
    let buffer = sample.buffer_owned()?;
    let info = VideoInfo::from_caps(sample.caps()?).ok()?;
    let at = base + Duration::from_nanos(buffer.pts()?.nseconds());
    let row = usize::try_from(info.width()).ok()? * 3;
    let bytes = row * usize::try_from(info.height()).ok()?;
    let bgr = if usize::try_from(*info.stride().first()?).ok()? == row && buffer.size() == bytes {
        // The picture keeps the decoder's own buffer, which goes back to its pool afterwards: copies in as many
        // threads as there are streams cost 100 MB of heap at 8 cameras.
        Bytes::from_owner(buffer.into_mapped_buffer_readable().ok()?)
    } else {
        without_padding(&buffer, &info, row, bytes)?
    };
    Picture::new(at, info.width(), info.height(), bgr).ok()
}

fn without_padding(buffer: &gst::Buffer, info: &VideoInfo, row: usize, bytes: usize) -> Option<Bytes> {
    let frame = VideoFrameRef::from_buffer_ref_readable(buffer, info).ok()?;
    let stride = usize::try_from(*frame.plane_stride().first()?).ok()?;
    let rows = frame.plane_data(0).ok()?.chunks(stride).take(usize::try_from(info.height()).ok()?);
    let mut bgr = Vec::with_capacity(bytes);
    rows.for_each(|line| bgr.extend_from_slice(&line[..row.min(line.len())]));
    Some(Bytes::from(bgr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_scaled_down_with_their_aspect_but_never_up() {
        assert_eq!(fit(1920, 1080, 640), (640, 360));
        assert_eq!(fit(704, 576, 640), (640, 522));
        assert_eq!(fit(352, 288, 640), (352, 288));
    }
}
