//! Coded pictures to a JPEG, with GStreamer. Blocking: call from a blocking thread.
//!
//! ```text
//! appsrc -> h264parse | h265parse -> avdec (1 thread) -> [the last one] -> scale, convert -> jpegenc -> appsink
//! ```

use bytes::Bytes;
use gstreamer::{self as gst, prelude::*};
use gstreamer_app::{AppSink, AppSrc};
use mingchu_domain::media::Codec;

/// How long a group of pictures may take; a damaged one makes decoders wait.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(20);
const QUALITY: i32 = 85;

/// What a decoder must know before the first picture.
pub(super) struct Coding<'a> {
    pub(super) codec: Codec,
    /// `AVCDecoderConfigurationRecord` or `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15).
    pub(super) configuration: &'a [u8],
    /// Width and height in pixels.
    pub(super) size: (u16, u16),
}

/// Decodes from the key picture on and returns the last picture as JPEG, scaled down to `width`, never up.
///
/// # Errors
/// Says for a person what is missing or wrong.
pub(super) fn last_as_jpeg(coding: &Coding<'_>, units: &[Bytes], width: Option<u32>) -> Result<Bytes, String> {
    gst::init().map_err(|error| error.to_string())?;
    let (input, sink, pipeline) = build(coding, units.len(), width)?;
    let decoded = run(&input, &sink, &pipeline, units);
    if let Err(error) = pipeline.set_state(gst::State::Null) {
        tracing::warn!(%error, "cannot stop a decoder");
    }
    decoded
}

fn run(input: &AppSrc, sink: &AppSink, pipeline: &gst::Pipeline, units: &[Bytes]) -> Result<Bytes, String> {
    pipeline.set_state(gst::State::Playing).map_err(|error| error.to_string())?;
    for (number, unit) in (0..).zip(units) {
        let mut buffer = gst::Buffer::from_slice(unit.clone());
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(time_of(number));
            buffer.set_dts(time_of(number));
            if number > 0 {
                buffer.set_flags(gst::BufferFlags::DELTA_UNIT);
            }
        }
        input.push_buffer(buffer).map_err(|error| error.to_string())?;
    }
    input.end_of_stream().map_err(|error| error.to_string())?;
    let Some(sample) = sink.try_pull_sample(PATIENCE) else { return Err(why_none(pipeline)) };
    let jpeg = sample.buffer().and_then(|buffer| buffer.map_readable().ok());
    jpeg.map(|jpeg| Bytes::copy_from_slice(&jpeg)).ok_or_else(|| "the decoder gave an empty picture".to_owned())
}

fn time_of(number: u64) -> gst::ClockTime {
    gst::ClockTime::from_mseconds(number * 40)
}

fn build(coding: &Coding<'_>, units: usize, width: Option<u32>) -> Result<(AppSrc, AppSink, gst::Pipeline), String> {
    let (media, format, parser, decoder) = match coding.codec {
        Codec::H264 => ("video/x-h264", "avc", "h264parse", "avdec_h264"),
        // hev1: parameter sets may also come in band
        Codec::H265 => ("video/x-h265", "hev1", "h265parse", "avdec_h265"),
    };
    let caps = gst::Caps::builder(media)
        .field("stream-format", format)
        .field("alignment", "au")
        .field("codec_data", gst::Buffer::from_slice(coding.configuration.to_vec()))
        .build();
    let input = AppSrc::builder().caps(&caps).format(gst::Format::Time).max_bytes(0).build();
    let decoder = make(decoder)?;
    decoder.set_property("max-threads", 1i32);
    keep_last(&decoder, units)?;
    let scaled = gst::ElementFactory::make("capsfilter").property("caps", size_of(coding.size, width)).build();
    let scaled = scaled.map_err(|error| error.to_string())?;
    let encoder = make("jpegenc")?;
    encoder.set_property("quality", QUALITY);
    let sink = AppSink::builder().sync(false).build();
    let chain = [
        input.clone().upcast(),
        make(parser)?,
        decoder,
        make("videoscale")?,
        make("videoconvert")?,
        scaled,
        encoder,
        sink.clone().upcast::<gst::Element>(),
    ];
    let pipeline = gst::Pipeline::new();
    pipeline.add_many(&chain).map_err(|error| error.to_string())?;
    gst::Element::link_many(&chain).map_err(|error| error.to_string())?;
    Ok((input, sink, pipeline))
}

fn make(element: &str) -> Result<gst::Element, String> {
    let missing =
        |_| format!("the GStreamer element {element} is missing; install gstreamer1.0-libav and -plugins-good");
    gst::ElementFactory::make(element).build().map_err(missing)
}

/// Lets only the last picture out of the decoder, before the others cost scaling and coding.
fn keep_last(decoder: &gst::Element, units: usize) -> Result<(), String> {
    let pad = decoder.static_pad("src").ok_or("the decoder has no output")?;
    let last = time_of(units.saturating_sub(1) as u64);
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let is_last = info.buffer().and_then(|buffer| buffer.pts()).is_none_or(|pts| pts >= last);
        if is_last { gst::PadProbeReturn::Ok } else { gst::PadProbeReturn::Drop }
    });
    Ok(())
}

fn size_of((width, height): (u16, u16), at_most: Option<u32>) -> gst::Caps {
    // jpegenc takes video's narrow range for the full one of JPEG, and the picture looks washed out; not so from RGB
    let caps = gst::Caps::builder("video/x-raw").field("format", "RGB");
    let (width, height) = (u32::from(width), u32::from(height));
    match at_most.filter(|at_most| *at_most < width) {
        Some(at_most) => {
            let even = |side: u32| i32::try_from((side & !1).max(2)).unwrap_or(i32::MAX);
            let caps = caps.field("width", even(at_most)).field("height", even(height * at_most / width));
            caps.field("pixel-aspect-ratio", gst::Fraction::new(1, 1)).build()
        }
        None => caps.build(),
    }
}

fn why_none(pipeline: &gst::Pipeline) -> String {
    let message = pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
    match message.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Error(error)) => error.error().to_string(),
        _ => "the decoder gave no picture; the recording is damaged there".to_owned(),
    }
}
