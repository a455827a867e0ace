//! A clip made ready for sending: RTP payloads that all cameras of the clip share.

use super::{
    nal::{self, NalKind},
    packet::Payloads,
    track::Track,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use mingchu_domain::media::Codec;
use std::sync::Arc;

/// The pictures of a clip, packetised once.
#[derive(Debug, Clone)]
pub(super) struct Media {
    pub(super) codec: Codec,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) duration_90k: u64,
    /// In decoding order; the first one is a key picture.
    pub(super) frames: Arc<[Frame]>,
    parameter_sets: Vec<Vec<u8>>,
    /// The parameter sets as they go before each key picture.
    pub(super) parameters: Payloads,
}

/// One picture. Sent in this order: parameters (key pictures only), `before`, counter, `slices`.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) dts_90k: u64,
    pub(super) pts_90k: u64,
    pub(super) is_key: bool,
    /// The clip's own SEI messages.
    pub(super) before: Payloads,
    pub(super) slices: Payloads,
}

impl Media {
    pub(super) fn of(track: &Track) -> Self {
        let codec = track.codec;
        let frames = track.samples.iter().map(|sample| {
            let is_slice = |nal: &&[u8]| nal::kind(nal, codec) == NalKind::Slice;
            let nals: Vec<&[u8]> = sample.nals.iter().map(AsRef::as_ref).filter(|nal| is_sent(nal, codec)).collect();
            let first_slice = nals.iter().position(is_slice).unwrap_or(nals.len());
            Frame {
                dts_90k: sample.dts_90k,
                pts_90k: sample.pts_90k,
                is_key: sample.is_key,
                before: Payloads::of(&nals[..first_slice], codec),
                slices: Payloads::of(&nals[first_slice..], codec),
            }
        });
        Self {
            codec,
            width: track.width,
            height: track.height,
            duration_90k: track.duration_90k,
            frames: frames.collect(),
            parameters: payloads(&track.parameter_sets, codec),
            parameter_sets: track.parameter_sets.clone(),
        }
    }

    /// Returns the same pictures under an SPS of another level, which every decoder plays on.
    pub(super) fn at_another_level(&self) -> Self {
        let sets = self.parameter_sets.iter().map(|set| match self.codec {
            Codec::H264 if set[0] & 0x1f == 7 => other_level(set, H264_LEVEL_AT, 51, 52),
            Codec::H265 if (set[0] >> 1) & 0x3f == 33 => other_level(set, H265_LEVEL_AT, 153, 156),
            _ => set.clone(),
        });
        let parameter_sets: Vec<_> = sets.collect();
        Self { parameters: payloads(&parameter_sets, self.codec), parameter_sets, ..self.clone() }
    }

    /// Returns the session description (RFC 4566, RFC 6184 §8.2.1, RFC 7798 §7.1).
    pub(super) fn sdp(&self, session: u64, host: std::net::IpAddr) -> String {
        let family = if host.is_ipv4() { "IP4" } else { "IP6" };
        let any = if host.is_ipv4() { "0.0.0.0" } else { "::" };
        let (name, format) = match self.codec {
            Codec::H264 => ("H264", self.h264_format()),
            Codec::H265 => ("H265", self.h265_format()),
        };
        format!(
            "v=0\r\no=- {session} 1 IN {family} {host}\r\ns=mingchu simulator\r\nc=IN {family} {any}\r\nt=0 0\r\n\
             a=control:*\r\na=range:npt=now-\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 {name}/90000\r\n\
             a=fmtp:96 {format}\r\na=control:track1\r\n"
        )
    }

    fn h264_format(&self) -> String {
        let profile = self.parameter_sets[0].get(1..4).map(hex::encode).unwrap_or_default();
        let sets: Vec<_> = self.parameter_sets.iter().map(|set| STANDARD.encode(set)).collect();
        format!("packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={}", sets.join(","))
    }

    fn h265_format(&self) -> String {
        let sets = [(32, "vps"), (33, "sps"), (34, "pps")].map(|(kind, name)| {
            let sets = self.parameter_sets.iter().filter(|set| (set[0] >> 1) & 0x3f == kind);
            let sets: Vec<_> = sets.map(|set| STANDARD.encode(set)).collect();
            format!("sprop-{name}={}", sets.join(","))
        });
        sets.join(";")
    }
}

/// Delimiters and filler are for byte streams; parameter sets go out from [`Media::parameters`].
fn is_sent(nal: &[u8], codec: Codec) -> bool {
    let is_padding = match codec {
        Codec::H264 => matches!(nal[0] & 0x1f, 9 | 12),
        Codec::H265 => matches!((nal[0] >> 1) & 0x3f, 35 | 38),
    };
    !is_padding && nal::kind(nal, codec) != NalKind::ParameterSet
}

fn payloads(sets: &[Vec<u8>], codec: Codec) -> Payloads {
    let sets: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
    Payloads::of(&sets, codec)
}

/// Place of `level_idc` in an unescaped SPS (ITU-T H.264 §7.3.2.1.1).
const H264_LEVEL_AT: usize = 3;
/// Place of `general_level_idc` in an unescaped SPS (ITU-T H.265 §7.3.2.2, §7.3.3).
const H265_LEVEL_AT: usize = 14;

fn other_level(sps: &[u8], at: usize, level: u8, instead: u8) -> Vec<u8> {
    let mut raw = nal::unescape(sps);
    if let Some(found) = raw.get_mut(at) {
        *found = if *found == level { instead } else { level };
    }
    nal::escape(&raw)
}
