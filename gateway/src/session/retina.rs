//! Cameras by the `retina` client: one task a camera, 0.07 % of a core each (design.md decision 1).

use super::{CameraUrl, Item, Lost, NO_VIDEO, Source};
use crate::config::Transport;
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use mingchu_domain::{
    camera::GapCause,
    live::CameraAddress,
    media::{AccessUnit, Codec, VideoParameters},
    time::{Clock, MediaTime},
};
use retina::{
    client::{self, Demuxed, PlayOptions, SessionGroup, SessionOptions, SetupOptions},
    codec::{CodecItem, FrameFormat, ParametersRef, VideoFrame},
    rtcp::ReceivedCompoundPacket,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};

/// How long a camera may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(300);

/// A camera played by retina.
pub(super) struct RetinaSource {
    frames: Demuxed,
    group: Arc<SessionGroup>,
    track: usize,
    clock_rate: i64,
    parameters: Option<Arc<VideoParameters>>,
    clock: Arc<dyn Clock>,
    /// A picture behind a loss, which is told first.
    behind_loss: Option<AccessUnit>,
}

impl RetinaSource {
    /// Signs in, chooses the video track and starts playing, all within `limit`.
    pub(crate) async fn open(
        url: &CameraUrl,
        address: &CameraAddress,
        limit: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Lost> {
        let deadline = Instant::now() + limit;
        let group = Arc::new(SessionGroup::default());
        let options = SessionOptions::default()
            .creds(credentials(address))
            .user_agent("Mingchu".to_owned())
            // some Dahua firmware changes the session id between SETUP replies
            .session_id(client::SessionIdPolicy::UseFirst)
            .session_group(Arc::clone(&group));
        let no_answer =
            || Lost::new(GapCause::NetworkLost, format!("camera does not answer within {} s", limit.as_secs()));
        let described = timeout_at(deadline, client::Session::describe(url.url.clone(), options)).await;
        let mut session = described.map_err(|_| no_answer())?.map_err(|error| explain(&error))?;
        let track = video_track(session.streams())?;
        let transport = match url.transport {
            Transport::Tcp => client::Transport::Tcp(client::TcpTransportOptions::default()),
            Transport::Udp => client::Transport::Udp(client::UdpTransportOptions::default()),
        };
        let setup = SetupOptions::default().transport(transport).frame_format(FrameFormat::MP4);
        let playing = async {
            session.setup(track, setup).await?;
            session.play(PlayOptions::default()).await?.demuxed()
        };
        let frames = timeout_at(deadline, playing).await.map_err(|_| no_answer())?;
        let frames = frames.map_err(|error| explain(&error))?;
        let clock_rate = i64::from(frames.streams()[track].clock_rate_hz());
        Ok(Self { frames, group, track, clock_rate, parameters: None, clock, behind_loss: None })
    }

    /// Returns the picture, or `None` when the camera has not said its parameters yet.
    fn unit(&mut self, frame: VideoFrame) -> Result<Option<AccessUnit>, Lost> {
        if frame.has_new_parameters() || self.parameters.is_none() {
            self.parameters = self.read_parameters()?;
        }
        let Some(parameters) = self.parameters.clone() else { return Ok(None) };
        let ticks = frame.timestamp().timestamp();
        let pts_90k = match self.clock_rate {
            MediaTime::PER_SECOND => ticks,
            rate => i64::try_from(i128::from(ticks) * i128::from(MediaTime::PER_SECOND) / i128::from(rate))
                .map_err(|_| Lost::new(GapCause::BadStream, "camera's timestamps leave the possible range"))?,
        };
        Ok(Some(AccessUnit {
            parameters,
            is_key: frame.is_random_access_point(),
            pts_90k: MediaTime(pts_90k),
            arrived_at: self.clock.now(),
            data: Bytes::from(frame.into_data()),
        }))
    }

    fn read_parameters(&self) -> Result<Option<Arc<VideoParameters>>, Lost> {
        let Some(ParametersRef::Video(video)) = self.frames.streams()[self.track].parameters() else {
            return Ok(None);
        };
        let unusable = |what| Lost::new(GapCause::NoVideo, format!("camera's video parameters are unusable: {what}"));
        let sample_entry = video.mp4_sample_entry().build().map_err(|_| unusable("no sample entry"))?;
        let codec = crate::mp4::codec_of(&sample_entry).ok_or_else(|| unusable("neither H.264 nor H.265"))?;
        let (width, height) = crate::mp4::dimensions(&sample_entry).ok_or_else(|| unusable("no size"))?;
        // retina writes hvc1 strings without a prefix of its own; both follow ISO/IEC 14496-15 Annex E
        let codec_string = video.rfc6381_codec().to_owned();
        let sample_entry = Bytes::from(sample_entry);
        let fresh = VideoParameters { codec, codec_string, width, height, sample_entry };
        // An unchanged set keeps its identity: consumers compare pointers.
        Ok(Some(match &self.parameters {
            Some(known) if **known == fresh => Arc::clone(known),
            _ => Arc::new(fresh),
        }))
    }

    fn clock_offset(&self, packet: &ReceivedCompoundPacket) -> Option<i64> {
        let report = packet.pkts().next()?.as_sender_report().ok()??;
        let since_1970 = report.ntp_timestamp().0.wrapping_sub(retina::UNIX_EPOCH.0);
        let (seconds, fraction) = (since_1970 >> 32, since_1970 & 0xFFFF_FFFF);
        let micros = i64::try_from(seconds * 1_000_000 + ((fraction * 1_000_000) >> 32)).ok()?;
        // A camera whose clock was never set says 0.
        (report.ntp_timestamp().0 != 0).then(|| micros - self.clock.now().micros())
    }
}

#[async_trait]
impl Source for RetinaSource {
    async fn next(&mut self) -> Result<Item, Lost> {
        if let Some(unit) = self.behind_loss.take() {
            return Ok(Item::Unit(unit));
        }
        loop {
            match self.frames.next().await {
                Some(Ok(CodecItem::VideoFrame(frame))) => {
                    let packets = u32::from(frame.loss());
                    let unit = self.unit(frame)?;
                    if packets > 0 {
                        self.behind_loss = unit;
                        return Ok(Item::PacketLoss(packets));
                    }
                    if let Some(unit) = unit {
                        return Ok(Item::Unit(unit));
                    }
                }
                Some(Ok(CodecItem::Rtcp(packet))) => {
                    if let Some(offset_us) = self.clock_offset(&packet) {
                        return Ok(Item::ClockOffset(offset_us));
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(explain_broken(&error)),
                None => return Err(Lost::new(GapCause::CameraOffline, "camera closed the session")),
            }
        }
    }

    async fn close(self: Box<Self>) {
        let Self { frames, group, .. } = *self;
        drop(frames);
        // Dropping sends TEARDOWN in the background; a camera that does not answer is left to its own time-out.
        if let Ok(Err(error)) = timeout(GOODBYE, group.await_teardown()).await {
            tracing::debug!(error = %first_line(&error), "camera did not confirm the end of the session");
        }
    }
}

fn credentials(address: &CameraAddress) -> Option<client::Credentials> {
    let username = address.username.clone()?;
    Some(client::Credentials { username, password: address.password.clone().unwrap_or_default() })
}

fn video_track(tracks: &[client::Stream]) -> Result<usize, Lost> {
    let is_video = |track: &client::Stream| track.media() == "video";
    let is_known = |track: &client::Stream| matches!(track.encoding_name(), "h264" | "h265");
    if let Some(at) = tracks.iter().position(|track| is_video(track) && is_known(track)) {
        return Ok(at);
    }
    let detail = match tracks.iter().find(|track| is_video(track)) {
        Some(other) => format!(
            "camera sends {}, which is not supported; set its encoding to {} or {}",
            other.encoding_name().to_uppercase(),
            codec_name(Codec::H264),
            codec_name(Codec::H265)
        ),
        None => NO_VIDEO.to_owned(),
    };
    Err(Lost::new(GapCause::NoVideo, detail))
}

fn codec_name(codec: Codec) -> &'static str {
    match codec {
        Codec::H264 => "H.264",
        Codec::H265 => "H.265",
    }
}

/// retina's errors name the connection on further lines, of no use to a person.
fn first_line(error: &retina::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().trim_end_matches(':').to_owned()
}

/// Says why a camera could not be opened. Without its address: the text is shown wherever the state is.
pub(super) fn explain(error: &retina::Error) -> Lost {
    let line = first_line(error);
    let refusal = || Lost::refusal(format!("camera answers what the client does not understand: {line}"));
    match error.status_code() {
        Some(401) => Lost::new(GapCause::WrongPassword, "camera refuses the name or password"),
        Some(403) => Lost::new(GapCause::WrongPassword, "camera forbids this account to watch (403)"),
        Some(404) => Lost::new(GapCause::NoVideo, "camera has no stream at this path (404); check the path"),
        Some(453 | 500..=599) => Lost::new(GapCause::CameraOffline, format!("camera is busy or broken: {line}")),
        Some(_) => refusal(),
        None if line.starts_with("Unable to connect") => {
            Lost::new(GapCause::NetworkLost, format!("camera cannot be reached: {}", lower(after_colon(&line))))
        }
        None if line.starts_with("Error reading") || line.starts_with("Error writing") => {
            Lost::new(GapCause::CameraOffline, "camera closed the connection before the first picture")
        }
        None => refusal(),
    }
}

/// Says why a playing camera was lost.
fn explain_broken(error: &retina::Error) -> Lost {
    let line = first_line(error);
    match line.split_once(':').map_or(line.as_str(), |(what, _)| what) {
        "Error reading from RTSP peer" | "Error writing to RTSP peer" => {
            Lost::new(GapCause::CameraOffline, format!("camera closed the connection: {}", lower(after_colon(&line))))
        }
        "Error receiving UDP packet" => {
            Lost::new(GapCause::NetworkLost, format!("no way to the camera: {}", lower(after_colon(&line))))
        }
        _ => Lost::refusal(format!("camera sends what is no valid stream: {line}")),
    }
}

fn after_colon(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(_, rest)| rest)
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
