//! Sends the pictures of a stream to one viewer, as packets and reports; the session does the IO.

use super::{
    camera::{State, Stream, low_bits},
    counter::counter_nal,
    packet::{RTP_HEADER_BYTES, rtp_header},
    rtcp::{REPORT_PAUSE, SenderReport},
};
use mingchu_domain::time::WallTime;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::Instant;

/// A thin line keeps at most so much; what is later is left out.
const MAX_LAG: Duration = Duration::from_secs(2);

/// Random bytes in place of a picture.
const GARBAGE_BYTES: usize = 4096;

/// Which of the two flows of a session a packet belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Rtp,
    Rtcp,
}

/// Packets ready to be sent, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    pub(super) bytes: Vec<u8>,
    /// Where each packet ends.
    pub(super) ends: Vec<(usize, Flow)>,
    /// The channels of RTP and RTCP, when interleaved (RFC 2326 §10.12).
    channels: Option<[u8; 2]>,
}

impl Outgoing {
    pub(super) fn new(channels: Option<[u8; 2]>) -> Self {
        Self { channels, ..Self::default() }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Returns a packet by its index.
    pub(super) fn packet_at(&self, index: usize) -> (&[u8], Flow) {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before].0);
        let (end, flow) = self.ends[index];
        (&self.bytes[start..end], flow)
    }

    fn packet(&mut self, flow: Flow, length: usize, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(channels) = self.channels {
            let channel = channels[usize::from(flow == Flow::Rtcp)];
            self.bytes.extend([b'$', channel]);
            self.bytes.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
        write(&mut self.bytes);
        self.ends.push((self.bytes.len(), flow));
    }
}

/// Where a viewer starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// At the last key picture, with those after it at once.
    #[default]
    LastKey,
    /// At the current picture, which can be decoded only after the next key picture.
    AtOnce,
}

/// One viewer of one stream.
#[derive(Debug)]
pub(super) struct Playback {
    stream: Arc<Stream>,
    /// Number of the next picture.
    number: u64,
    sequence: u16,
    waits_for_key: bool,
    /// When a thin line has sent what it holds.
    line_free_at: Instant,
    report_due_at: Instant,
    packets: u32,
    payload_bytes: u32,
    garbages_seen: u64,
}

impl Playback {
    pub(super) fn new(stream: &Arc<Stream>, state: &State, start: Start, now: Instant) -> Self {
        let program = stream.program_now(now);
        let number = program.number_at(stream.time_90k(now));
        let number = match start {
            Start::LastKey => program.key_before(number),
            Start::AtOnce => number,
        };
        stream.viewers.fetch_add(1, Ordering::Relaxed);
        Self {
            stream: Arc::clone(stream),
            number,
            sequence: rand::random(),
            waits_for_key: false,
            line_free_at: now,
            report_due_at: now,
            packets: 0,
            payload_bytes: 0,
            garbages_seen: state.garbages,
        }
    }

    /// Returns sequence number and RTP timestamp of the first packet, for `RTP-Info`.
    pub(super) fn first(&self, state: &State) -> (u16, u32) {
        let shown_at = state.program_of(self.number).shown(self.number).pts_90k;
        (self.sequence, state.offset_90k.wrapping_add(low_bits(shown_at)))
    }

    /// Returns how many pictures the stream has shown up to the last one written.
    pub(super) fn pictures(&self) -> u64 {
        self.number
    }

    /// Returns when the next picture is to be sent.
    pub(super) fn due(&self, state: &State) -> Instant {
        let due = self.stream.instant(state.program_of(self.number).shown(self.number).due_90k);
        if state.lastings.slow.is_on(due) { due.max(self.line_free_at) } else { due }
    }

    /// Writes the next picture, or what a fault makes of it, and moves on.
    pub(super) fn write_next(&mut self, state: &State, now: Instant, wall: WallTime, out: &mut Outgoing) {
        let program = Arc::clone(state.program_of(self.number));
        let shown = program.shown(self.number);
        let number = self.number;
        self.number += 1;
        if state.lastings.freeze.is_on(now) {
            self.waits_for_key = true;
            return;
        }
        if state.garbages > self.garbages_seen || state.lastings.garbage.is_on(now) {
            self.garbages_seen = state.garbages;
            return write_garbage(out);
        }
        if state.lastings.slow.is_on(now) && now.saturating_duration_since(self.stream.instant(shown.due_90k)) > MAX_LAG
        {
            self.waits_for_key = true;
        }
        if self.waits_for_key && !shown.frame.is_key {
            return;
        }
        self.waits_for_key = false;
        let before = out.bytes.len();
        let timestamp = state.offset_90k.wrapping_add(low_bits(shown.pts_90k));
        let loss = if state.lastings.loss.is_on(now) { state.lastings.loss_percent / 100.0 } else { 0.0 };
        if shown.frame.is_key {
            self.write(program.media.parameters.iter(), timestamp, state.ssrc, loss, out);
        }
        self.write(shown.frame.before.iter(), timestamp, state.ssrc, loss, out);
        let counter = counter_nal(number, program.media.codec);
        self.write(std::iter::once(counter.as_slice()), timestamp, state.ssrc, loss, out);
        let last = shown.frame.slices.len().saturating_sub(1);
        for (index, payload) in shown.frame.slices.iter().enumerate() {
            self.write_one(payload, index == last, timestamp, state.ssrc, loss, out);
        }
        if now >= self.report_due_at {
            self.write_report(state, now, wall, out);
        }
        if state.lastings.slow.is_on(now) {
            let bits = (out.bytes.len() - before) as u64 * 8;
            let pause = Duration::from_millis(bits / u64::from(state.lastings.slow_kbps.max(1)));
            self.line_free_at = self.line_free_at.max(now) + pause;
        }
    }

    fn write<'a>(
        &mut self,
        payloads: impl Iterator<Item = &'a [u8]>,
        timestamp: u32,
        ssrc: u32,
        loss: f64,
        out: &mut Outgoing,
    ) {
        for payload in payloads {
            self.write_one(payload, false, timestamp, ssrc, loss, out);
        }
    }

    fn write_one(&mut self, payload: &[u8], is_last: bool, timestamp: u32, ssrc: u32, loss: f64, out: &mut Outgoing) {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        if loss > 0.0 && rand::random_bool(loss.min(1.0)) {
            return;
        }
        out.packet(Flow::Rtp, RTP_HEADER_BYTES + payload.len(), |bytes| {
            rtp_header(bytes, is_last, sequence, timestamp, ssrc);
            bytes.extend_from_slice(payload);
        });
        self.packets = self.packets.wrapping_add(1);
        self.payload_bytes = self.payload_bytes.wrapping_add(u32::try_from(payload.len()).unwrap_or(0));
    }

    fn write_report(&mut self, state: &State, now: Instant, at: WallTime, out: &mut Outgoing) {
        let report = SenderReport {
            ssrc: state.ssrc,
            at,
            rtp_timestamp: state.offset_90k.wrapping_add(low_bits(self.stream.time_90k(now))),
            packets: self.packets,
            payload_bytes: self.payload_bytes,
        };
        let report = report.to_bytes();
        out.packet(Flow::Rtcp, report.len(), |bytes| bytes.extend_from_slice(&report));
        self.report_due_at = now + REPORT_PAUSE;
    }
}

impl Drop for Playback {
    fn drop(&mut self) {
        self.stream.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Writes bytes that are neither a packet nor an answer.
fn write_garbage(out: &mut Outgoing) {
    let start = out.bytes.len();
    out.bytes.resize(start + GARBAGE_BYTES, 0);
    rand::fill(&mut out.bytes[start..]);
    out.bytes[start] = b'#';
    let ends = [1024, 2048, 3072, GARBAGE_BYTES].map(|end| (start + end, Flow::Rtp));
    out.ends.extend(ends);
}
