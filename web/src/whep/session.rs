//! One viewer's session: WebRTC in and out, pictures from the mux, and the right to watch asked again and again.

use super::{clock::RtpClock, offer::Accepted, picture::ParameterSets, port::Inbox};
use crate::{app::App, live_socket::StillAllowed, seats::Seat};
use bytes::Bytes;
use mingchu_domain::{id::StreamId, live::LiveUnit};
use std::{collections::VecDeque, net::SocketAddr, time::Duration};
use str0m::{
    Event, Input, Output, Rtc, RtcError,
    media::{Frequency, MediaTime, Mid, Pt},
    net::{Protocol, Receive},
};
use tokio::{
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval, sleep_until},
};
use tokio_util::sync::CancellationToken;

/// From the answer to the first picture's way being open; a browser needs a tenth of a second on a local network.
const CONNECT_WITHIN: Duration = Duration::from_secs(15);
/// A viewer that says nothing for so long is gone: browsers report each second.
const SILENCE: Duration = Duration::from_secs(15);
/// A camera that is lost for longer ends the session; the page then asks why.
const LOSS: Duration = Duration::from_secs(3);
/// Pictures are sent again this often at most, however often a viewer asks.
const AGAIN: Duration = Duration::from_secs(1);
/// Pictures that wait to be sent: what the gateway keeps of a group, and what came meanwhile.
/// Overflow: they stay with the gateway, which drops to the next key picture.
const MOST_WAITING: usize = 1_024;
/// A burst rests after so many bytes, or a receiver's socket buffer (some 200 kB) overflows before it is read.
const BURST_BYTES: usize = 64 * 1024;
const REST: Duration = Duration::from_millis(2);

/// What a session is made of.
pub(super) struct Parts {
    pub(super) app: App,
    pub(super) accepted: Accepted,
    pub(super) inbox: Inbox,
    /// The candidate that the viewer was told.
    pub(super) local: SocketAddr,
    pub(super) stream: StreamId,
    pub(super) units: mpsc::Receiver<LiveUnit>,
    pub(super) sets: ParameterSets,
    pub(super) still_allowed: StillAllowed,
    pub(super) seat: Seat,
    pub(super) stopping: CancellationToken,
}

struct Picture {
    data: Bytes,
    is_key: bool,
    pts_90k: i64,
}

/// The session.
pub(super) struct Session {
    app: App,
    rtc: Rtc,
    mid: Mid,
    payload_type: Pt,
    inbox: Inbox,
    local: SocketAddr,
    stream: StreamId,
    units: mpsc::Receiver<LiveUnit>,
    sets: ParameterSets,
    /// Of the pictures after those that wait.
    next_sets: Option<ParameterSets>,
    waiting: VecDeque<Picture>,
    clock: RtpClock,
    still_allowed: StillAllowed,
    _seat: Seat,
    stopping: CancellationToken,
    is_connected: bool,
    is_asked_again: bool,
    sent_again_at: Option<Instant>,
    lost_at: Option<Instant>,
    begun_at: Instant,
    heard_at: Instant,
    burst_bytes: usize,
    rest_until: Instant,
}

/// Why a session ended.
#[derive(Debug)]
enum End {
    /// The viewer left, never came, or the server stops.
    Left,
    /// The camera is lost, or the gateway gives no more.
    NoPictures,
    /// The viewer may no longer watch.
    Refused(&'static str),
    Broken(RtcError),
}

impl From<RtcError> for End {
    fn from(error: RtcError) -> Self {
        Self::Broken(error)
    }
}

/// What the session waited for.
enum Woken {
    Datagram(super::port::Datagram),
    Unit(Option<LiveUnit>),
    Timeout,
    Check,
    Stop,
}

impl Session {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { app, accepted, inbox, local, stream, units, sets, still_allowed, seat, stopping } = parts;
        let Accepted { rtc, mid, payload_type, .. } = accepted;
        let now = Instant::now();
        Self {
            app,
            rtc,
            mid,
            payload_type,
            inbox,
            local,
            stream,
            units,
            sets,
            next_sets: None,
            waiting: VecDeque::new(),
            clock: RtpClock::default(),
            still_allowed,
            _seat: seat,
            stopping,
            is_connected: false,
            is_asked_again: false,
            sent_again_at: None,
            lost_at: None,
            begun_at: now,
            heard_at: now,
            burst_bytes: 0,
            rest_until: now,
        }
    }

    /// Runs until one of both sides ends it.
    pub(super) async fn run(mut self) {
        metrics::gauge!("mingchu_whep_viewers").increment(1.0);
        let Err(end) = self.pump().await;
        match end {
            End::Broken(error) => tracing::debug!(%error, "a WHEP session broke"),
            End::Refused(code) => tracing::info!(code, "a WHEP viewer may no longer watch"),
            End::Left | End::NoPictures => {}
        }
        // a goodbye that does not get through is no loss: the viewer's own watchdog ends it
        if self.rtc.close().is_ok() {
            let _gone = self.drain().await;
        }
        metrics::gauge!("mingchu_whep_viewers").decrement(1.0);
    }

    async fn pump(&mut self) -> Result<std::convert::Infallible, End> {
        let mut check = interval(self.app.config.live_check);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        check.reset();
        loop {
            let wake_at = self.drain().await?;
            if !self.rtc.is_alive() || self.heard_at.elapsed() > SILENCE {
                return Err(End::Left);
            }
            if !self.is_connected && self.begun_at.elapsed() > CONNECT_WITHIN {
                return Err(End::Left);
            }
            if self.lost_at.is_some_and(|at| at.elapsed() > LOSS) {
                return Err(End::NoPictures);
            }
            self.send_again().await;
            if self.is_connected && self.write()? {
                continue;
            }
            match self.wait(wake_at, &mut check).await {
                Woken::Datagram(datagram) => self.take(&datagram)?,
                Woken::Unit(unit) => self.keep(unit.ok_or(End::NoPictures)?),
                Woken::Timeout => self.rtc.handle_input(Input::Timeout(std::time::Instant::now()))?,
                Woken::Check => (self.still_allowed)().await.map_err(|refused| End::Refused(refused.code))?,
                Woken::Stop => return Err(End::Left),
            }
        }
    }

    async fn wait(&mut self, wake_at: Instant, check: &mut Interval) -> Woken {
        let is_ready = self.is_connected && self.waiting.is_empty();
        let rest_until = if self.waiting.is_empty() { wake_at } else { self.rest_until };
        tokio::select! {
            biased;
            () = self.app.stop.cancelled() => Woken::Stop,
            () = self.stopping.cancelled() => Woken::Stop,
            Some(datagram) = self.inbox.next() => Woken::Datagram(datagram),
            unit = self.units.recv(), if is_ready => Woken::Unit(unit),
            () = sleep_until(wake_at.min(rest_until)) => Woken::Timeout,
            _ = check.tick() => Woken::Check,
        }
    }

    /// Sends what is to be sent, and returns when the session must be woken.
    async fn drain(&mut self) -> Result<Instant, RtcError> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) => return Ok(Instant::from_std(at)),
                Output::Transmit(transmit) => {
                    self.burst_bytes += transmit.contents.len();
                    self.inbox.send(&transmit.contents, transmit.destination).await;
                }
                Output::Event(Event::Connected) => self.is_connected = true,
                Output::Event(Event::KeyframeRequest(_)) => self.is_asked_again = true,
                Output::Event(_) => {}
            }
        }
    }

    fn take(&mut self, datagram: &super::port::Datagram) -> Result<(), RtcError> {
        let Ok(contents) = datagram.data.as_ref().try_into() else { return Ok(()) };
        let (source, destination) = (datagram.source, self.local);
        let input = Input::Receive(datagram.at, Receive { proto: Protocol::Udp, source, destination, contents });
        if self.rtc.accepts(&input) {
            self.heard_at = Instant::now();
            self.rtc.handle_input(input)?;
        }
        Ok(())
    }

    fn keep(&mut self, unit: LiveUnit) {
        match unit {
            LiveUnit::Init { data, .. } => {
                self.lost_at = None;
                self.next_sets = ParameterSets::of_init(&data);
            }
            LiveUnit::Fragment { data, is_key, pts_90k } => self.waiting.push_back(Picture { data, is_key, pts_90k }),
            LiveUnit::Lost { .. } => self.lost_at = Some(Instant::now()),
        }
    }

    /// Takes what is already there, up to the next change of parameters.
    fn fill(&mut self) {
        while self.waiting.len() < MOST_WAITING && self.next_sets.is_none() {
            let Ok(unit) = self.units.try_recv() else { return };
            self.keep(unit);
        }
    }

    /// Writes one picture; false when there is none, or the burst rests.
    fn write(&mut self) -> Result<bool, End> {
        let now = Instant::now();
        if now < self.rest_until && !self.waiting.is_empty() {
            return Ok(false);
        }
        if self.waiting.is_empty()
            && let Some(sets) = self.next_sets.take()
        {
            self.sets = sets;
        }
        self.fill();
        let newest_90k = self.waiting.back().map(|picture| picture.pts_90k);
        let Some((picture, newest_90k)) = self.waiting.pop_front().zip(newest_90k) else {
            self.burst_bytes = 0;
            return Ok(false);
        };
        if self.burst_bytes > BURST_BYTES {
            self.burst_bytes = 0;
            self.rest_until = now + REST;
        }
        let time = self.clock.time(newest_90k, self.waiting.len(), ticks_90k(now - self.begun_at));
        let Some(unit) = self.sets.access_unit(&picture.data, picture.is_key) else { return Ok(false) };
        let Some(writer) = self.rtc.writer(self.mid) else { return Err(End::Left) };
        let time = MediaTime::new(time, Frequency::NINETY_KHZ);
        let none = MediaTime::new(0, Frequency::NINETY_KHZ);
        writer.playout_delay(none, none).write(self.payload_type, now.into_std(), time, unit)?;
        Ok(true)
    }

    /// Begins again with the key picture, as the viewer asked: a camera makes none on demand.
    async fn send_again(&mut self) {
        let now = Instant::now();
        if !self.is_asked_again || self.sent_again_at.is_some_and(|at| now < at + AGAIN) {
            return;
        }
        self.is_asked_again = false;
        self.sent_again_at = Some(now);
        if let Ok(units) = self.app.live.open(self.stream).await {
            self.units = units;
            self.next_sets = None;
            self.waiting.clear();
        }
    }
}

fn ticks_90k(time: Duration) -> i64 {
    i64::try_from(time.as_micros().saturating_mul(9) / 100).unwrap_or(i64::MAX)
}
