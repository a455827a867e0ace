//! Cameras by GStreamer's `rtspsrc`: the fall-back for cameras that retina refuses. Nothing is decoded.
//!
//! ```text
//! rtspsrc ! rtph264depay ! h264parse ! avc, au ! appsink --bounded channel--> GstSource
//! ```

use super::{CameraUrl, Item, Lost, NO_VIDEO, Source};
use crate::{config::Transport, sample::SampleReader};
use async_trait::async_trait;
use gstreamer::{self as gst, glib, prelude::*};
use gstreamer_app::{AppSink, AppSinkCallbacks};
use mingchu_domain::{camera::GapCause, live::CameraAddress, media::Codec, time::Clock};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::mpsc;

/// Two seconds at 25 frames a second. Overflow: the streaming thread waits, and the camera with it.
const QUEUE_UNITS: usize = 50;

type Sender = mpsc::Sender<Result<Item, Lost>>;

/// A camera played by GStreamer.
pub(super) struct GstSource {
    pipeline: gst::Pipeline,
    items: mpsc::Receiver<Result<Item, Lost>>,
}

impl GstSource {
    /// Starts a pipeline; sign-in and first picture follow, or their failure, by [`Source::next`].
    pub(crate) async fn open(
        url: &CameraUrl,
        address: &CameraAddress,
        limit: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Lost> {
        let (url, address) = (url.clone(), address.clone());
        let started = tokio::task::spawn_blocking(move || start(&url, &address, limit, clock)).await;
        match started {
            Ok(Ok(source)) => Ok(source),
            Ok(Err(error)) => {
                Err(Lost::new(GapCause::BadStream, format!("GStreamer cannot play: {error}; run mingchu check")))
            }
            Err(_) => Err(Lost::new(GapCause::BadStream, "GStreamer failed to start")),
        }
    }
}

#[async_trait]
impl Source for GstSource {
    async fn next(&mut self) -> Result<Item, Lost> {
        let ended = || Err(Lost::new(GapCause::CameraOffline, "camera closed the session"));
        self.items.recv().await.unwrap_or_else(ended)
    }

    async fn close(self: Box<Self>) {}
}

impl Drop for GstSource {
    fn drop(&mut self) {
        // A streaming thread that waits for room would keep the pipeline from stopping.
        self.items.close();
        self.pipeline.call_async(|pipeline| {
            if pipeline.set_state(gst::State::Null).is_err() {
                tracing::warn!("pipeline did not stop");
            }
        });
    }
}

fn start(
    url: &CameraUrl,
    address: &CameraAddress,
    limit: Duration,
    clock: Arc<dyn Clock>,
) -> Result<GstSource, glib::BoolError> {
    gst::init().map_err(|_| glib::bool_error!("it cannot be initialised"))?;
    let (sender, items) = mpsc::channel(QUEUE_UNITS);
    let pipeline = gst::Pipeline::new();
    let source = rtsp_source(url, address, limit)?;
    pipeline.add(&source)?;
    let weak = pipeline.downgrade();
    let pads = sender.clone();
    source.connect_pad_added(move |_, pad| {
        let Some(pipeline) = weak.upgrade() else { return };
        if let Err(error) = attach(&pipeline, pad, &pads, &clock) {
            tell(&pads, Lost::new(GapCause::BadStream, format!("GStreamer cannot play: {error}")));
        }
    });
    let has_no_more = sender.clone();
    source.connect("no-more-pads", false, move |values| {
        let source = values[0].get::<gst::Element>().ok()?;
        if source.src_pads().is_empty() {
            tell(&has_no_more, Lost::new(GapCause::NoVideo, NO_VIDEO));
        }
        None
    });
    let bus = pipeline.bus().ok_or_else(|| glib::bool_error!("the pipeline has no bus"))?;
    bus.set_sync_handler(move |_, message| {
        if let Some(lost) = read_message(message) {
            tell(&sender, lost);
        }
        gst::BusSyncReply::Drop
    });
    let source = GstSource { pipeline, items };
    let started = source.pipeline.set_state(gst::State::Playing);
    started.map_err(|_| glib::bool_error!("the pipeline does not start"))?;
    Ok(source)
}

fn rtsp_source(url: &CameraUrl, address: &CameraAddress, limit: Duration) -> Result<gst::Element, glib::BoolError> {
    let micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
    let protocols = match url.transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
    };
    let source = gst::ElementFactory::make("rtspsrc")
        .property("location", url.url.as_str())
        .property("user-id", address.username.as_deref())
        .property("user-pw", address.password.as_deref())
        .property_from_str("protocols", protocols)
        // the camera's own distances between pictures, not ours
        .property_from_str("buffer-mode", "none")
        .property("latency", 100u32)
        .property("tcp-timeout", micros)
        .property("user-agent", "Mingchu")
        .build()?;
    source.connect("select-stream", false, |values| {
        let caps = values.get(2)?.get::<gst::Caps>().ok()?;
        let is_video = caps.structure(0).is_some_and(|media| media.get::<&str>("media") == Ok("video"));
        Some(is_video.to_value())
    });
    Ok(source)
}

/// Puts depayloader, parser and sink behind a pad of the source.
fn attach(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    sender: &Sender,
    clock: &Arc<dyn Clock>,
) -> Result<(), glib::BoolError> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let encoding = caps.structure(0).and_then(|media| media.get::<String>("encoding-name").ok()).unwrap_or_default();
    let (depay, parse, format, codec) = match encoding.as_str() {
        "H264" => ("rtph264depay", "h264parse", "video/x-h264,stream-format=avc,alignment=au", Codec::H264),
        "H265" => ("rtph265depay", "h265parse", "video/x-h265,stream-format=hvc1,alignment=au", Codec::H265),
        other => {
            let detail = format!("camera sends {other}, which is not supported; set its encoding to H.264 or H.265");
            tell(sender, Lost::new(GapCause::NoVideo, detail));
            return Ok(());
        }
    };
    let depay = gst::ElementFactory::make(depay).build()?;
    let parse = gst::ElementFactory::make(parse).build()?;
    let format = format.parse::<gst::Caps>()?;
    let sink = AppSink::builder().caps(&format).sync(false).build();
    let reader = Mutex::new(SampleReader::new(codec, Arc::clone(clock)));
    let items = sender.clone();
    let on_sample = move |sink: &AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let pts = sample.buffer().and_then(|buffer| buffer.pts().or(buffer.dts()));
        let Some(pts) = pts else { return Ok(gst::FlowSuccess::Ok) };
        let unit = reader.lock().map_err(|_| gst::FlowError::Error)?.read(&sample, pts);
        let Some(unit) = unit else { return Ok(gst::FlowSuccess::Ok) };
        items.blocking_send(Ok(Item::Unit(unit))).map_err(|_| gst::FlowError::Eos)?;
        Ok(gst::FlowSuccess::Ok)
    };
    sink.set_callbacks(AppSinkCallbacks::builder().new_sample(on_sample).build());
    let elements = [&depay, &parse, sink.upcast_ref()];
    pipeline.add_many(elements)?;
    gst::Element::link_many(elements)?;
    for element in elements {
        element.sync_state_with_parent()?;
    }
    let entry = depay.static_pad("sink").ok_or_else(|| glib::bool_error!("the depayloader has no pad"))?;
    pad.link(&entry).map_err(|_| glib::bool_error!("the stream does not fit its depayloader"))?;
    Ok(())
}

/// Returns the loss that a message of the pipeline means.
fn read_message(message: &gst::Message) -> Option<Lost> {
    match message.view() {
        gst::MessageView::Eos(_) => Some(Lost::new(GapCause::CameraOffline, "camera closed the session")),
        gst::MessageView::Error(error) => {
            let error = error.error();
            if error.kind::<gst::StreamError>() == Some(gst::StreamError::CodecNotFound) {
                return Some(Lost::new(GapCause::NoVideo, NO_VIDEO));
            }
            let cause = match error.kind::<gst::ResourceError>() {
                Some(gst::ResourceError::NotAuthorized) => GapCause::WrongPassword,
                Some(gst::ResourceError::NotFound) => GapCause::NoVideo,
                Some(gst::ResourceError::OpenRead | gst::ResourceError::OpenReadWrite) => GapCause::NetworkLost,
                Some(_) => GapCause::CameraOffline,
                None => GapCause::BadStream,
            };
            Some(Lost::new(cause, error.message().trim_end_matches('.').to_owned()))
        }
        _ => None,
    }
}

fn tell(sender: &Sender, lost: Lost) {
    // A full queue means that pictures wait; the loss shows when they end and nothing follows.
    if sender.try_send(Err(lost)).is_err() {
        tracing::debug!("nobody listens to the pipeline any more");
    }
}
