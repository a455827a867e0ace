//! From an SDP offer to an answer, or to a sentence that says what is wrong with it.

use str0m::{
    Candidate, Rtc, RtcConfig,
    change::SdpOffer,
    format::Codec,
    media::{MediaKind, Mid, Pt},
    rtp::Extension,
};

/// Larger offers are refused; a browser's has some 6 kB.
pub(crate) const LARGEST_OFFER_BYTES: usize = 64 * 1024;
/// A viewer needs one picture; clients that also offer sound and a data channel have three.
const MOST_TRACKS: usize = 8;

/// Why an offer is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OfferError {
    #[error("the body is no SDP offer: {0}")]
    Malformed(String),
    #[error("the offer has {0} media sections; a viewer needs one for video, at most {MOST_TRACKS} are read")]
    TooManyTracks(usize),
    #[error("the offer has no video that can be received; add a transceiver for video with the direction recvonly")]
    NoVideo,
    #[error(
        "the offer has no H.264 with packetization-mode=1, which is all that cameras send here; watch by another way"
    )]
    NoH264,
}

impl OfferError {
    /// A stable word for programs.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "bad_offer",
            Self::TooManyTracks(_) => "too_many_tracks",
            Self::NoVideo => "no_video_offered",
            Self::NoH264 => "no_h264_offered",
        }
    }
}

/// A session that waits for its viewer.
pub(super) struct Accepted {
    pub(super) rtc: Rtc,
    pub(super) answer: String,
    /// Where pictures are written.
    pub(super) mid: Mid,
    pub(super) payload_type: Pt,
    /// Names the session in the viewer's STUN requests.
    pub(super) ufrag: String,
}

/// Answers an offer; the viewer is told to send to `candidate`.
pub(super) fn accept(text: &str, config: RtcConfig, candidate: Candidate) -> Result<Accepted, OfferError> {
    let malformed = |error: &dyn std::fmt::Display| OfferError::Malformed(error.to_string());
    let tracks = text.lines().filter(|line| line.starts_with("m=")).count();
    if tracks > MOST_TRACKS {
        return Err(OfferError::TooManyTracks(tracks));
    }
    let offer = SdpOffer::from_sdp_string(text).map_err(|error| malformed(&error))?;
    let config = config
        .clear_codecs()
        .enable_h264(true)
        .set_ice_lite(true)
        // a browser that knows it shows a picture as soon as it has it
        .set_extension(5, Extension::PlayoutDelay);
    let mut rtc = config.build(std::time::Instant::now());
    rtc.add_local_candidate(candidate);
    let answer = rtc.sdp_api().accept_offer(offer).map_err(|error| malformed(&error))?.to_sdp_string();
    let (mid, payload_type) = video_of(&mut rtc, &answer)?;
    let ufrag = rtc.direct_api().local_ice_credentials().ufrag;
    Ok(Accepted { rtc, answer, mid, payload_type, ufrag })
}

/// Returns the first video section that we send, and the payload type of its H.264.
fn video_of(rtc: &mut Rtc, answer: &str) -> Result<(Mid, Pt), OfferError> {
    let mut error = OfferError::NoVideo;
    for mid in answer.lines().filter_map(|line| line.strip_prefix("a=mid:")).map(|name| Mid::from(name.trim())) {
        let sends =
            rtc.media(mid).is_some_and(|media| media.kind() == MediaKind::Video && media.direction().is_sending());
        if !sends {
            continue;
        }
        error = OfferError::NoH264;
        let Some(writer) = rtc.writer(mid) else { continue };
        let whole = |params: &&str0m::format::PayloadParams| {
            let spec = params.spec();
            spec.codec == Codec::H264 && spec.format.packetization_mode == Some(1)
        };
        if let Some(params) = writer.payload_params().find(whole) {
            return Ok((mid, params.pt()));
        }
    }
    Err(error)
}

#[cfg(test)]
#[path = "offer_tests.rs"]
mod tests;
