//! Pictures of any video file that GStreamer opens, for the command line. Cameras' units take [`super::Decoder`].

use super::{DecodeError, decoder::drop_what_is_not_due, decoder::picture_of, make, start};
use crate::picture::Picture;
use gstreamer::{self as gst, prelude::*};
use gstreamer_app::AppSink;
use mingchu_domain::time::WallTime;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// A file that gives no picture for this long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// A file may end this much before its own header says; more is a file cut short.
const SHORTER_BY: Duration = Duration::from_secs(1);

/// The pictures of a video file in order; [`Picture::at`] is the time since the first one, from the epoch on.
///
/// A damaged file gives the pictures before the damage, then one error, then nothing.
pub struct VideoPictures {
    pipeline: gst::Pipeline,
    sink: AppSink,
    target: gst::Pad,
    path: String,
    has_no_video: Arc<AtomicBool>,
    every: Duration,
    length: Option<Duration>,
    /// Time of the first and of the last picture, as the file has it.
    seen: Option<(WallTime, WallTime)>,
    has_ended: bool,
}

/// Opens a video file; pictures nearer than `every` to the last one are left out.
///
/// # Errors
/// When GStreamer lacks an element or the file cannot be opened.
pub fn read_video(path: &Path, every: Duration) -> Result<VideoPictures, DecodeError> {
    gst::init().map_err(start)?;
    let name = path.display().to_string();
    std::fs::File::open(path).map_err(|error| unreadable(&name, error.to_string()))?;
    let source = make("filesrc")?;
    source.set_property("location", path.to_string_lossy().as_ref());
    let (decoder, convert) = (make("decodebin")?, make("videoconvert")?);
    let caps = gst::Caps::builder("video/x-raw").field("format", "BGR").build();
    let sink = AppSink::builder().caps(&caps).sync(false).max_buffers(2).build();
    let pipeline = gst::Pipeline::new();
    pipeline.add_many([&source, &decoder, &convert, sink.upcast_ref()]).map_err(start)?;
    source.link(&decoder).map_err(start)?;
    convert.link(&sink).map_err(start)?;
    let target = convert.static_pad("sink").ok_or_else(|| start("the converter has no input"))?;
    let has_no_video = Arc::new(AtomicBool::new(false));
    let linked = target.clone();
    decoder.connect_pad_added(move |_, pad| {
        let is_video =
            pad.current_caps().is_some_and(|caps| caps.structure(0).is_some_and(|s| s.name() == "video/x-raw"));
        // Sound and further tracks stay unlinked.
        if is_video && !linked.is_linked() && (drop_what_is_not_due(pad, every).is_none() || pad.link(&linked).is_err())
        {
            tracing::debug!(pad = %pad.name(), "track left aside");
        }
    });
    let tell = Arc::clone(&has_no_video);
    let watched = target.clone();
    decoder.connect_no_more_pads(move |_| tell.store(!watched.is_linked(), Ordering::Relaxed));
    let pictures = VideoPictures {
        pipeline,
        sink,
        target,
        path: name,
        has_no_video,
        every,
        length: None,
        seen: None,
        has_ended: false,
    };
    match pictures.pipeline.set_state(gst::State::Playing) {
        Ok(_) => Ok(pictures),
        Err(_) => Err(pictures.fault().unwrap_or_else(|| unreadable(&pictures.path, "it cannot be opened".to_owned()))),
    }
}

fn unreadable(path: &str, detail: String) -> DecodeError {
    DecodeError::Video { path: path.to_owned(), detail }
}

impl Iterator for VideoPictures {
    type Item = Result<Picture, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(sample) = self.sink.try_pull_sample(gst::ClockTime::from_mseconds(20)) {
                let picture = picture_of(&sample, WallTime::default());
                if picture.is_none() {
                    self.has_ended = true;
                }
                return Some(
                    picture
                        .map(|picture| self.since_the_first(picture))
                        .ok_or_else(|| unreadable(&self.path, "a picture has no time or no known format".to_owned())),
                );
            }
            if let Some(fault) = self.fault() {
                self.has_ended = true;
                return Some(Err(fault));
            }
            if self.has_no_video.load(Ordering::Relaxed) {
                self.has_ended = true;
                return Some(Err(unreadable(&self.path, "it holds no video".to_owned())));
            }
            if self.sink.is_eos() {
                self.has_ended = true;
                return self.cut_short().map(Err);
            }
        }
        self.has_ended = true;
        Some(Err(unreadable(&self.path, format!("no picture for {} s", PATIENCE.as_secs()))))
    }
}

impl VideoPictures {
    fn since_the_first(&mut self, picture: Picture) -> Picture {
        if self.length.is_none() {
            self.length =
                self.pipeline.query_duration::<gst::ClockTime>().map(|length| Duration::from_nanos(length.nseconds()));
        }
        let first = self.seen.map_or(picture.at(), |(first, _)| first);
        self.seen = Some((first, picture.at()));
        let since = picture.at().since(first);
        picture.taken_at(WallTime::default() + since)
    }

    /// Returns what the pipeline complained of.
    fn fault(&self) -> Option<DecodeError> {
        let message = self.pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
        match message.view() {
            // Nobody takes the sound of a file without video: the demuxer stops.
            gst::MessageView::Error(error)
                if !self.target.is_linked() && error.error().matches(gst::StreamError::Failed) =>
            {
                Some(unreadable(&self.path, "it holds no video".to_owned()))
            }
            gst::MessageView::Error(error) => Some(unreadable(&self.path, error.error().to_string())),
            _ => None,
        }
    }

    /// Returns an error when the file ended long before its header says, or without any picture.
    fn cut_short(&self) -> Option<DecodeError> {
        let Some((_, last)) = self.seen else { return Some(unreadable(&self.path, "it holds no picture".to_owned())) };
        let (length, last) = (self.length?, last.since(WallTime::default()));
        let is_short = last + self.every + SHORTER_BY < length;
        is_short.then(|| {
            let detail = format!("it ends after {:.1} of {:.1} s", last.as_secs_f32(), length.as_secs_f32());
            unreadable(&self.path, detail)
        })
    }
}

impl Drop for VideoPictures {
    fn drop(&mut self) {
        if self.pipeline.set_state(gst::State::Null).is_err() {
            tracing::warn!("cannot close a video");
        }
    }
}
