//! Independent readers: ffprobe, GStreamer, and our own look at the wire.

use crate::clip::{Clips, simulator};
use mingchu_domain::media::StreamKind::Main;
use mingchu_gateway::sim::{self, Account, Cameras, Config, Fault, SignIn, Sim};
use std::process::Stdio;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
};

/// NAL unit type of a slice that is no key picture's.
pub(crate) const DELTA_SLICE: u8 = 1;

/// A bare RTSP client that shows each packet.
pub(crate) struct Wire {
    socket: TcpStream,
    sequence: u32,
    session: String,
}

impl Wire {
    pub(crate) async fn connect(sim: &Sim) -> Self {
        Self { socket: TcpStream::connect(sim.address()).await.unwrap(), sequence: 0, session: String::new() }
    }

    /// Sends a request and returns the whole answer's head.
    pub(crate) async fn request(&mut self, method: &str, url: &str, headers: &str) -> String {
        self.send(method, url, headers).await;
        self.answer().await
    }

    pub(crate) async fn send(&mut self, method: &str, url: &str, headers: &str) {
        self.sequence += 1;
        let session = if self.session.is_empty() { String::new() } else { format!("Session: {}\r\n", self.session) };
        let text = format!("{method} {url} RTSP/1.0\r\nCSeq: {}\r\n{session}{headers}\r\n", self.sequence);
        self.socket.write_all(text.as_bytes()).await.unwrap();
    }

    pub(crate) async fn answer(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.socket.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if let Some(session) = value("Session:") {
            self.session = session.split(';').next().unwrap().to_owned();
        }
        let body: usize = value("Content-Length:").map_or(0, |length| length.parse().unwrap());
        self.socket.read_exact(&mut vec![0; body]).await.unwrap();
        head
    }

    pub(crate) async fn play(sim: &Sim, url: &str) -> Self {
        let mut wire = Self::connect(sim).await;
        let answer =
            wire.request("SETUP", &format!("{url}/track1"), "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n").await;
        assert!(answer.starts_with("RTSP/1.0 200"), "{answer}");
        let answer = wire.request("PLAY", url, "").await;
        assert!(answer.starts_with("RTSP/1.0 200"), "{answer}");
        wire
    }

    /// Returns channel and packet, `None` at the end of the connection.
    pub(crate) async fn packet(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 4];
        self.socket.read_exact(&mut head).await.ok()?;
        assert_eq!(head[0], b'$', "no interleaved packet: {head:?}");
        let mut packet = vec![0; usize::from(u16::from_be_bytes([head[2], head[3]]))];
        self.socket.read_exact(&mut packet).await.ok()?;
        Some((head[1], packet))
    }

    /// Returns the next RTP packet.
    pub(crate) async fn rtp(&mut self) -> Vec<u8> {
        loop {
            let (channel, packet) = self.packet().await.expect("the session goes on");
            if channel == 0 {
                return packet;
            }
        }
    }

    /// Returns the session description.
    pub(crate) async fn describe(&mut self, url: &str) -> String {
        self.send("DESCRIBE", url, "").await;
        let mut text = Vec::new();
        while !text.ends_with(b"a=control:track1\r\n") {
            text.push(self.socket.read_u8().await.unwrap());
        }
        String::from_utf8(text).unwrap().lines().filter(|line| line.starts_with("a=fmtp")).collect()
    }

    /// Skips a packet whose first byte was read.
    pub(crate) async fn skip_packet(&mut self) {
        let mut head = [0; 3];
        self.socket.read_exact(&mut head).await.unwrap();
        let length = usize::from(u16::from_be_bytes([head[1], head[2]]));
        self.socket.read_exact(&mut vec![0; length]).await.unwrap();
    }

    pub(crate) async fn byte(&mut self) -> std::io::Result<u8> {
        self.socket.read_u8().await
    }
}

/// Returns the H.264 kind of the first slice that a new viewer of camera 1 gets, in a fragment too.
pub(crate) async fn first_slice_kind(sim: &Sim) -> u8 {
    let mut wire = Wire::play(sim, &sim.url(1, Main)).await;
    loop {
        let packet = wire.rtp().await;
        match (packet[12] & 0x1f, packet[13] & 0x1f) {
            (28, kind) | (kind @ 1..=5, _) => return kind,
            _ => {}
        }
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let (sim, _clips) = simulator().await;
    let (mut wire, url) = (Wire::connect(&sim).await, sim.url(1, Main));
    wire.send("OPTIONS", &url, "").await;
    wire.send("DESCRIBE", &url, "").await;
    wire.send("GET_PARAMETER", &url, "Content-Type: text/parameters\r\nContent-Length: 0\r\n").await;
    wire.send("FLY", &url, "").await;
    wire.send("PLAY", &url, "").await;
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(wire.answer().await);
    }
    let statuses: Vec<&str> = answers.iter().map(|answer| &answer[9..12]).collect();
    assert_eq!(statuses, ["200", "200", "200", "405", "455"]);
    assert!(answers.iter().zip(1..).all(|(answer, number)| answer.contains(&format!("CSeq: {number}\r\n"))));
    sim.stop().await;
}

#[tokio::test]
async fn a_sender_report_comes_with_the_first_picture() {
    let (sim, _clips) = simulator().await;
    let mut wire = Wire::play(&sim, &sim.url(1, Main)).await;
    let first = wire.rtp().await;
    let report = loop {
        let (channel, packet) = wire.packet().await.unwrap();
        if channel == 1 {
            break packet;
        }
    };
    assert_eq!(report[1], 200);
    assert_eq!(report[4..8], first[8..12], "another SSRC");
    sim.stop().await;
}

#[tokio::test]
async fn teardown_ends_the_stream_but_not_the_connection() {
    let (sim, _clips) = simulator().await;
    let url = sim.url(1, Main);
    let mut wire = Wire::connect(&sim).await;
    assert!(wire.request("SETUP", &url, "Transport: RTP/AVP;multicast\r\n").await.contains(" 461 "));
    assert!(
        wire.request("SETUP", &url, "Transport: RTP/AVP;unicast;client_port=40000-40001\r\n")
            .await
            .contains("server_port=")
    );
    assert!(wire.request("PLAY", &url, "").await.contains(" 200 "));
    assert_eq!(sim.viewers(1, Main), 1);
    assert!(wire.request("TEARDOWN", &url, "").await.contains(" 200 "));
    assert_eq!(sim.viewers(1, Main), 0);
    assert!(wire.request("OPTIONS", &url, "").await.contains(" 200 "));
    sim.stop().await;
}

/// Decodes pictures and returns what was asked for, one line each; any complaint is a failure.
async fn ffprobe(url: &str, transport: &str, frames: u32, ask: &str) -> Vec<String> {
    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args(["-v", "error", "-rtsp_transport", transport, "-count_frames", "-show_entries", ask]);
    ffprobe.args(["-read_intervals", &format!("%+#{frames}"), "-of", "csv=p=0", url]);
    let output = ffprobe.kill_on_drop(true).output().await.expect("ffprobe is installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "ffprobe over {transport}: {errors}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| line.trim_end_matches(',').to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Reads 15 decoded pictures from `rtspsrc`.
///
/// Then it is killed: GStreamer 1.22 races with itself when it pauses a TCP session at the end of a stream.
async fn gstreamer(url: &str, transport: &str, decode: &str) {
    const PICTURES_BYTES: usize = 15 * 320 * 240 * 3 / 2;
    let mut gst = Command::new("gst-launch-1.0");
    gst.args(["-q", "rtspsrc", &format!("location={url}"), &format!("protocols={transport}")]);
    gst.args(["user-id=viewer", "user-pw=s3cret", "!"]).args(decode.split(' '));
    gst.args(["!", "video/x-raw,format=I420,width=320,height=240", "!", "fdsink", "sync=false"]);
    gst.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut gst = gst.spawn().expect("gst-launch-1.0 is installed");
    let (mut pictures, mut errors) = (gst.stdout.take().unwrap(), gst.stderr.take().unwrap());
    let mut decoded = vec![0; PICTURES_BYTES];
    let read = tokio::time::timeout(std::time::Duration::from_secs(60), pictures.read_exact(&mut decoded)).await;
    if !matches!(read, Ok(Ok(_))) {
        gst.kill().await.unwrap();
        let mut complaint = String::new();
        errors.read_to_string(&mut complaint).await.unwrap();
        panic!("rtspsrc over {transport} ended before 15 pictures: {complaint}");
    }
    assert!(decoded.iter().any(|&byte| byte != decoded[0]), "rtspsrc over {transport}: an empty picture");
    gst.kill().await.unwrap();
}

async fn signed_in() -> (Sim, Clips) {
    let clips = Clips::make();
    let sign_in = SignIn::Digest(Account { username: "viewer".into(), password: "s3cret".into() });
    (sim::start(Config { sign_in, ..clips.config() }).await.unwrap(), clips)
}

#[tokio::test]
async fn ffprobe_plays_both_codecs_over_both_transports_with_digest() {
    let (sim, _clips) = signed_in().await;
    for (camera, codec) in [(1, "h264"), (2, "hevc")] {
        let url = sim.url(camera, Main).replace("rtsp://", "rtsp://viewer:s3cret@");
        for transport in ["tcp", "udp"] {
            let seen = ffprobe(&url, transport, 15, "stream=codec_name,width,nb_read_frames").await;
            assert_eq!(seen, [format!("{codec},320,15")], "camera {camera}, {transport}");
        }
    }
    sim.stop().await;
}

#[tokio::test]
async fn gstreamer_plays_both_codecs_over_both_transports_with_digest() {
    let (sim, _clips) = signed_in().await;
    for (camera, decode) in [(1, "rtph264depay ! h264parse ! avdec_h264"), (2, "rtph265depay ! h265parse ! avdec_h265")]
    {
        for transport in ["tcp", "udp"] {
            gstreamer(&sim.url(camera, Main), transport, decode).await;
        }
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_decoder_plays_on_over_a_parameter_change() {
    let (sim, _clips) = simulator().await;
    for (camera, width) in [(1, "160"), (2, "320")] {
        let url = sim.url(camera, Main);
        let change = async {
            let until = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
            while sim.viewers(camera, Main) == 0 && tokio::time::Instant::now() < until {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            sim.fault(Cameras::One(camera), Fault::Parameters).unwrap();
        };
        let (widths, ()) = tokio::join!(ffprobe(&url, "tcp", 40, "frame=width"), change);
        assert_eq!((widths.len(), widths[0].as_str(), widths[39].as_str()), (40, "320", width));
    }
    sim.stop().await;
}
