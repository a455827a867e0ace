//! A client that throws pictures away and counts them.

use crate::sim::{camera::Stream, counter, packet::RTP_HEADER_BYTES};
use bytes::{Buf, BytesMut};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout_at},
};

/// After the window, time for the last pictures to arrive.
const GRACE: Duration = Duration::from_secs(2);

/// What counts: pictures due in a span of time.
pub(super) struct Window {
    pub(super) stream: Arc<Stream>,
    pub(super) from: Instant,
    pub(super) to: Instant,
    pub(super) late: Duration,
}

/// What one reader, or all together, saw in the window.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) expected: u64,
    pub(super) delivered: u64,
    pub(super) late: u64,
    pub(super) bytes: u64,
    pub(super) worst_delay: Duration,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.expected += other.expected;
        self.delivered += other.delivered;
        self.late += other.late;
        self.bytes += other.bytes;
        self.worst_delay = self.worst_delay.max(other.worst_delay);
    }
}

pub(super) struct Reader {
    socket: TcpStream,
    input: BytesMut,
    /// Number of the picture that is arriving.
    number: Option<u64>,
    /// What of it is here.
    bytes: u64,
}

impl Reader {
    /// Plays the main stream of a camera.
    pub(super) async fn open(address: SocketAddr, camera: usize) -> io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        let mut reader = Self { socket, input: BytesMut::with_capacity(64 << 10), number: None, bytes: 0 };
        let url = format!("rtsp://{address}/cam/{camera}/main");
        let set_up = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
        let answer = reader.ask(&format!("SETUP {url}/track1 RTSP/1.0\r\nCSeq: 1\r\n{set_up}\r\n")).await?;
        let session = answer.lines().find_map(|line| line.strip_prefix("Session: "));
        let session = session.and_then(|session| session.split(';').next()).unwrap_or_default().to_owned();
        reader.ask(&format!("PLAY {url} RTSP/1.0\r\nCSeq: 2\r\nSession: {session}\r\n\r\n")).await?;
        Ok(reader)
    }

    async fn ask(&mut self, request: &str) -> io::Result<String> {
        self.socket.write_all(request.as_bytes()).await?;
        let end = loop {
            if let Some(at) = self.input.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if self.socket.read_buf(&mut self.input).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let answer = String::from_utf8_lossy(&self.input.split_to(end)).into_owned();
        if answer.starts_with("RTSP/1.0 200") { Ok(answer) } else { Err(io::Error::other(answer)) }
    }

    /// Reads up to the end of the window and counts the pictures that were due in it.
    pub(super) async fn tally(mut self, window: Window) -> Tally {
        let program = window.stream.program_now(window.from);
        let number_at = |at| program.number_at(window.stream.time_90k(at));
        let wanted = number_at(window.from) + 1..number_at(window.to) + 1;
        let mut tally = Tally { expected: wanted.end - wanted.start, ..Tally::default() };
        let mut last = None;
        while last.is_none_or(|last| last + 1 < wanted.end) {
            let Ok(Ok(1..)) = timeout_at(window.to + GRACE, self.socket.read_buf(&mut self.input)).await else { break };
            let now = Instant::now();
            while let Some((number, bytes)) = self.next_picture() {
                last = Some(number);
                if wanted.contains(&number) {
                    let delay = now.saturating_duration_since(window.stream.instant(program.shown(number).due_90k));
                    tally.delivered += 1;
                    tally.late += u64::from(delay > window.late);
                    tally.bytes += bytes;
                    tally.worst_delay = tally.worst_delay.max(delay);
                }
            }
        }
        tally
    }

    /// Takes packets out of the input up to the end of a picture; returns its number and size.
    fn next_picture(&mut self) -> Option<(u64, u64)> {
        loop {
            let &[_, channel, high, low] = self.input.first_chunk::<4>()?;
            let length = 4 + usize::from(u16::from_be_bytes([high, low]));
            let packet = self.input.get(4..length)?;
            let is_last = channel == 0 && packet.get(1).is_some_and(|byte| byte & 0x80 != 0);
            if channel == 0
                && let Some(payload) = packet.get(RTP_HEADER_BYTES..)
            {
                let number = counter::number_in(payload, mingchu_domain::media::Codec::H264);
                let number = number.or_else(|| counter::number_in(payload, mingchu_domain::media::Codec::H265));
                self.number = number.or(self.number);
            }
            self.input.advance(length);
            self.bytes += length as u64;
            if is_last && let Some(number) = self.number.take() {
                return Some((number, std::mem::take(&mut self.bytes)));
            }
        }
    }
}
