//! One client: answers its requests and sends it pictures (RFC 2326).

use super::{
    Pacing, Shared,
    camera::{State, Stream},
    message::{self, Incoming, Request, Response},
    pace::Departure,
    play::{Flow, Outgoing, Playback},
};
use bytes::BytesMut;
use mingchu_domain::media::StreamKind;
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

const PUBLIC: &str = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN";

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the client left")]
    ByClient,
    #[error("the client was silent for too long")]
    Silent,
    #[error("the client reads too slowly")]
    SlowReader,
    #[error("the client does not speak rtsp")]
    NoRtsp,
    #[error("a fault closed it")]
    ByFault,
    #[error("the simulator stops")]
    ByStop,
    #[error("the connection broke")]
    Broken(#[from] io::Error),
}

/// Where the packets of a session go.
#[derive(Debug, Clone, Copy)]
enum Transport {
    /// On the channels of RTP and RTCP of this connection.
    Interleaved([u8; 2]),
    /// To the ports of RTP and RTCP.
    Udp(SocketAddr, SocketAddr),
}

struct Session {
    shared: Arc<Shared>,
    socket: TcpStream,
    local: IpAddr,
    peer: SocketAddr,
    nonce: String,
    id: String,
    /// The stream that the client asked for first.
    stream: Option<(Arc<Stream>, watch::Receiver<State>)>,
    transport: Option<Transport>,
    playback: Option<Playback>,
    out: Outgoing,
    /// The picture in `out`, while packets of it wait.
    departure: Option<Departure>,
    closings_seen: u64,
    heard_at: Instant,
}

/// Serves one client until it leaves, is too slow, or the simulator stops.
pub(super) async fn run(shared: Arc<Shared>, socket: TcpStream, peer: SocketAddr) {
    let local = socket.local_addr().map_or(peer.ip(), |local| local.ip());
    // a picture is one write; waiting for more would only delay it
    let nodelay = socket.set_nodelay(true);
    let session = Session {
        shared,
        socket,
        local,
        peer,
        nonce: format!("{:032x}", rand::random::<u128>()),
        id: format!("{:08x}", rand::random::<u32>()),
        stream: None,
        transport: None,
        playback: None,
        out: Outgoing::default(),
        departure: None,
        closings_seen: 0,
        heard_at: Instant::now(),
    };
    match nodelay.map_err(Ended::from) {
        Ok(()) => match session.serve().await {
            Ok(()) | Err(Ended::ByClient | Ended::ByFault | Ended::ByStop) => {}
            Err(error) => tracing::debug!(client.address = %peer, %error, "simulator session ended"),
        },
        Err(error) => tracing::debug!(client.address = %peer, %error, "simulator session did not begin"),
    }
}

impl Session {
    async fn serve(mut self) -> Result<(), Ended> {
        let stop = self.shared.stop.clone();
        let mut input = BytesMut::with_capacity(4096);
        loop {
            while let Some(incoming) = message::next_message(&mut input).map_err(|_| Ended::NoRtsp)? {
                self.heard_at = Instant::now();
                if let Incoming::Request(request) = incoming {
                    self.answer(&request).await?;
                }
            }
            let silent_at = self.heard_at + self.shared.session_timeout;
            let due = self.packet_due();
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = changed(&mut self.stream) => self.obey_faults()?,
                () = sleep_until(due.map_or(silent_at, |due| due.min(silent_at))) => {
                    if Instant::now() >= silent_at {
                        return Err(Ended::Silent);
                    }
                    self.send().await?;
                }
                read = self.socket.read_buf(&mut input) => {
                    if read? == 0 {
                        return Err(Ended::ByClient);
                    }
                }
            }
        }
    }

    fn packet_due(&self) -> Option<Instant> {
        let (playback, (_, state)) = (self.playback.as_ref()?, self.stream.as_ref()?);
        if let Some(due) = self.departure.and_then(|departure| departure.due()) {
            return Some(due);
        }
        Some(playback.due(&state.borrow()))
    }

    /// Ends the session when a fault closes or refuses it.
    fn obey_faults(&mut self) -> Result<(), Ended> {
        let Some((_, state)) = &mut self.stream else { return Ok(()) };
        let state = state.borrow_and_update();
        let now = Instant::now();
        let is_closed = state.closings > self.closings_seen;
        if is_closed || state.lastings.refuse.is_on(now) || state.lastings.password.is_on(now) {
            return Err(Ended::ByFault);
        }
        Ok(())
    }

    /// Sends what is due: a picture, or some of its packets.
    async fn send(&mut self) -> Result<(), Ended> {
        let (Some(playback), Some((stream, state))) = (&mut self.playback, &self.stream) else { return Ok(()) };
        let (pacing, now) = (self.shared.pacing, Instant::now());
        let mut departure = match self.departure.take() {
            Some(departure) => departure,
            None => {
                self.out.clear();
                let state = state.borrow();
                playback.write_next(&state, now, self.shared.now(), &mut self.out);
                Departure::new(pacing, self.out.ends.len(), now, playback.due(&state))
            }
        };
        match self.transport {
            Some(Transport::Interleaved(_)) if pacing == Pacing::Burst => {
                write(&mut self.socket, &self.out.bytes, &self.shared).await?;
            }
            Some(transport) => {
                while departure.due().is_some_and(|due| due <= now) {
                    let (packet, flow) = self.out.packet_at(departure.next());
                    match transport {
                        Transport::Interleaved(_) => write(&mut self.socket, packet, &self.shared).await?,
                        Transport::Udp(rtp, rtcp) => {
                            let (socket, to) = match flow {
                                Flow::Rtp => (&self.shared.rtp, rtp),
                                Flow::Rtcp => (&self.shared.rtcp, rtcp),
                            };
                            // a datagram that cannot be sent is lost, as on the road
                            let _lost = socket.send_to(packet, to).await;
                        }
                    }
                }
                if departure.due().is_some() {
                    self.departure = Some(departure);
                    return Ok(());
                }
            }
            None => {}
        }
        stream.count_sent(playback.pictures());
        Ok(())
    }

    async fn answer(&mut self, request: &Request) -> Result<(), Ended> {
        let response = self.respond(request);
        let text = response.to_text(request.header("CSeq").unwrap_or("0"));
        write(&mut self.socket, text.as_bytes(), &self.shared).await
    }

    fn respond(&mut self, request: &Request) -> Response {
        let found = self.find(request);
        let now = Instant::now();
        if found.as_ref().is_ok_and(|stream| stream.lastings().refuse.is_on(now)) {
            return Response::new(503);
        }
        if request.method == "OPTIONS" {
            return Response::new(200).with("Public", PUBLIC);
        }
        let stream = match found {
            Ok(stream) => stream,
            Err(status) => return Response::new(status),
        };
        let lastings = stream.lastings();
        let authorization = request.header("Authorization");
        let is_known = self.shared.sign_in.accepts(authorization, &request.method, &self.nonce);
        if lastings.password.is_on(now) || !is_known {
            return Response::new(401).with("WWW-Authenticate", &self.shared.sign_in.challenge(&self.nonce));
        }
        match request.method.as_str() {
            "DESCRIBE" => self.describe(request, &stream),
            "SETUP" => self.set_up(request, &stream),
            "PLAY" => self.play(request, &stream),
            "PAUSE" | "TEARDOWN" => self.end(request),
            "GET_PARAMETER" | "SET_PARAMETER" => Response::new(200),
            _ => Response::new(405).with("Allow", PUBLIC),
        }
    }

    /// Returns the stream of a URL `/cam/NUMBER/KIND`, or of the session when the URL is `*`.
    fn find(&mut self, request: &Request) -> Result<Arc<Stream>, u16> {
        let mut parts = request.path().split('/').skip(1);
        let found = match (parts.next(), parts.next(), parts.next()) {
            (Some("cam"), Some(number), Some(kind)) => {
                let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                let camera = index.and_then(|index| self.shared.cameras.get(index));
                StreamKind::parse(kind).and_then(|kind| camera?.stream(kind)).cloned()
            }
            _ => return self.stream.as_ref().map(|(stream, _)| Arc::clone(stream)).ok_or(404),
        };
        let found = found.ok_or(404_u16)?;
        if self.stream.as_ref().is_none_or(|(stream, _)| !Arc::ptr_eq(stream, &found)) {
            let state = found.watch();
            self.closings_seen = state.borrow().closings;
            (self.playback, self.transport) = (None, None);
            self.stream = Some((Arc::clone(&found), state));
        }
        Ok(found)
    }

    fn describe(&self, request: &Request, stream: &Stream) -> Response {
        let program = stream.program_now(Instant::now());
        let base = format!("{}/", request.url.trim_end_matches('/'));
        let sdp = program.media.sdp(self.shared.now().millis().unsigned_abs(), self.local);
        Response::new(200).with("Content-Base", &base).body("application/sdp", sdp)
    }

    fn set_up(&mut self, request: &Request, stream: &Stream) -> Response {
        let offers = request.header("Transport").unwrap_or_default().split(',');
        let Some((transport, accepted)) = offers.filter_map(|offer| self.choose(offer.trim())).next() else {
            return Response::new(461);
        };
        self.transport = Some(transport);
        self.playback = None;
        let ssrc = stream.watch().borrow().ssrc;
        let timeout_s = self.shared.session_timeout.as_secs();
        Response::new(200)
            .with("Transport", &format!("{accepted};ssrc={ssrc:08X};mode=\"PLAY\""))
            .with("Session", &format!("{};timeout={timeout_s}", self.id))
    }

    /// Returns the transport of an offer that we can do (RFC 2326 §12.39).
    fn choose(&self, offer: &str) -> Option<(Transport, String)> {
        let pair = |name: &str| {
            let value = offer.split(';').find_map(|part| part.trim().strip_prefix(name))?;
            let (first, second) = value.split_once('-').unwrap_or((value, ""));
            let first: u16 = first.parse().ok()?;
            Some((first, second.parse().unwrap_or(first.wrapping_add(1))))
        };
        if offer.starts_with("RTP/AVP/TCP") {
            let (rtp, rtcp) = pair("interleaved=").unwrap_or((0, 1));
            let channels = [u8::try_from(rtp).ok()?, u8::try_from(rtcp).ok()?];
            let accepted = format!("RTP/AVP/TCP;unicast;interleaved={rtp}-{rtcp}");
            return Some((Transport::Interleaved(channels), accepted));
        }
        let is_udp = offer.split(';').next().is_some_and(|kind| matches!(kind, "RTP/AVP" | "RTP/AVP/UDP"));
        if !is_udp || offer.contains("multicast") {
            return None;
        }
        let (rtp, rtcp) = pair("client_port=")?;
        let ours = (self.shared.rtp.local_addr().ok()?.port(), self.shared.rtcp.local_addr().ok()?.port());
        let to = |port| SocketAddr::new(self.peer.ip(), port);
        let accepted = format!("RTP/AVP;unicast;client_port={rtp}-{rtcp};server_port={}-{}", ours.0, ours.1);
        Some((Transport::Udp(to(rtp), to(rtcp)), accepted))
    }

    fn play(&mut self, request: &Request, stream: &Arc<Stream>) -> Response {
        let Some(transport) = self.transport else { return Response::new(455) };
        if !self.is_ours(request) {
            return Response::new(454);
        }
        if self.playback.is_none() {
            self.departure = None;
            self.out = Outgoing::new(match transport {
                Transport::Interleaved(channels) => Some(channels),
                Transport::Udp(..) => None,
            });
        }
        let state = stream.watch();
        let state = state.borrow();
        // a second PLAY is a keep-alive for some clients
        let playback =
            self.playback.get_or_insert_with(|| Playback::new(stream, &state, self.shared.start, Instant::now()));
        let (sequence, timestamp) = playback.first(&state);
        let url = request.url.trim_end_matches('/');
        let info = format!("url={url}/track1;seq={sequence};rtptime={timestamp}");
        Response::new(200).with("Session", &self.id).with("Range", "npt=now-").with("RTP-Info", &info)
    }

    fn end(&mut self, request: &Request) -> Response {
        if !self.is_ours(request) || self.transport.is_none() {
            return Response::new(454);
        }
        self.playback = None;
        if request.method == "TEARDOWN" {
            self.transport = None;
        }
        Response::new(200).with("Session", &self.id)
    }

    /// Returns whether the `Session` header names this session.
    fn is_ours(&self, request: &Request) -> bool {
        let given = request.header("Session").and_then(|given| given.split(';').next());
        given.is_some_and(|given| given.trim() == self.id)
    }
}

/// Waits for a fault; for ever while no stream was asked for.
async fn changed(stream: &mut Option<(Arc<Stream>, watch::Receiver<State>)>) {
    match stream {
        Some((_, state)) => {
            if state.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
        None => std::future::pending().await,
    }
}

/// Writes all, or ends the session of a reader that does not keep up.
///
/// Bounded: nothing is queued here; what waits is in the system's socket buffer.
async fn write(socket: &mut TcpStream, bytes: &[u8], shared: &Shared) -> Result<(), Ended> {
    let sent = match socket.try_write(bytes) {
        Ok(sent) => sent,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
        Err(error) => return Err(error.into()),
    };
    if sent < bytes.len() {
        tokio::select! {
            () = shared.stop.cancelled() => return Err(Ended::ByStop),
            rest = timeout(shared.slow_reader, socket.write_all(&bytes[sent..])) => rest.map_err(|_| Ended::SlowReader)??,
        }
    }
    Ok(())
}
