//! The life of one stream's session.

use super::{Hurry, Item, Lost, Opener, Source, Step, Timeline, backoff::Backoff, open::Client, timeline::ClockWatch};
use crate::{
    config::Config,
    hub::{End, Publisher},
    metric,
    status::StatusBoard,
};
use mingchu_domain::{
    camera::GapCause,
    id::StreamId,
    live::CameraAddress,
    media::AccessUnit,
    time::{Clock, WallTime},
};
use std::{ops::ControlFlow, sync::Arc, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often the watchdogs look. They are checked by one timer instead of armed for each picture.
const WATCH: Duration = Duration::from_millis(500);
/// A session that lived so long is no failed attempt: the next pause is short again.
const PROVED: Duration = Duration::from_secs(10);

/// What a session works with.
pub(crate) struct Session {
    pub(crate) stream: StreamId,
    pub(crate) address: CameraAddress,
    pub(crate) opener: Opener,
    pub(crate) config: Arc<Config>,
    pub(crate) publisher: Publisher,
    pub(crate) board: StatusBoard,
    pub(crate) clock: Arc<dyn Clock>,
    /// Held until the first key picture or the first failure.
    pub(crate) hurry: Option<Hurry>,
}

/// Runs until `stop`, which is a child of `gateway_stop`.
pub(crate) async fn run(session: Session, stop: CancellationToken, gateway_stop: CancellationToken) {
    let began_at = session.clock.now();
    session.board.connecting(session.stream, began_at);
    let mut running = Running {
        timeline: Timeline::default(),
        began: Instant::now(),
        clock_watch: ClockWatch::default(),
        backoff: Backoff::new(session.config.retry_min, session.config.retry_max),
        client: session.opener.first_client(),
        last_at: began_at,
        lost: None,
        frames: metrics::counter!(metric::FRAMES),
        bytes: metrics::counter!(metric::BYTES),
        session,
    };
    while let ControlFlow::Continue(lost) = running.play(&stop).await {
        let pause = running.lose(lost);
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    running.end(if gateway_stop.is_cancelled() { End::GatewayStops } else { End::StreamRemoved });
}

struct Running {
    session: Session,
    timeline: Timeline,
    /// Where the monotonic clock counts from.
    began: Instant,
    clock_watch: ClockWatch,
    backoff: Backoff,
    client: Client,
    /// When the last picture came, or when the session began.
    last_at: WallTime,
    /// The loss that lasts: cause, and whether the archive knows of it.
    lost: Option<GapCause>,
    frames: metrics::Counter,
    bytes: metrics::Counter,
}

impl Running {
    /// Connects and plays until the camera is lost, or breaks when the session shall stop.
    async fn play(&mut self, stop: &CancellationToken) -> ControlFlow<(), Lost> {
        let opened = tokio::select! {
            () = stop.cancelled() => return ControlFlow::Break(()),
            opened = self.session.opener.open(&self.session.address, self.client) => opened,
        };
        let mut source = match opened {
            Ok(source) => source,
            Err(lost) => return ControlFlow::Continue(self.refused(lost)),
        };
        let ended = self.watch(source.as_mut(), stop).await;
        source.close().await;
        ended
    }

    /// Takes pictures and watches for silence, which no client reports by itself.
    async fn watch(&mut self, source: &mut dyn Source, stop: &CancellationToken) -> ControlFlow<(), Lost> {
        let opened = Instant::now();
        let mut last_unit = None;
        let mut has_key = false;
        let mut watch = interval(WATCH);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return ControlFlow::Break(()),
                item = source.next() => match item {
                    Ok(Item::Unit(unit)) => {
                        last_unit = Some(Instant::now());
                        has_key |= unit.is_key;
                        self.publish(unit);
                    }
                    Ok(Item::PacketLoss(packets)) => self.packet_loss(packets),
                    Ok(Item::ClockOffset(offset_us)) => {
                        self.session.publisher.clock_offset(offset_us);
                        self.session.board.clock_offset(self.session.stream, offset_us);
                    }
                    Err(lost) if has_key => return ControlFlow::Continue(Lost { is_refusal: false, ..lost }),
                    Err(lost) => return ControlFlow::Continue(self.refused(lost)),
                },
                _ = watch.tick() => {
                    if let Some(lost) = self.silence(opened, last_unit, has_key) {
                        return ControlFlow::Continue(lost);
                    }
                    if has_key && opened.elapsed() > PROVED {
                        self.backoff.reset();
                    }
                }
            }
        }
    }

    fn silence(&self, opened: Instant, last_unit: Option<Instant>, has_key: bool) -> Option<Lost> {
        let Config { first_frame_timeout, idle_timeout, .. } = *self.session.config;
        match last_unit {
            Some(last) if last.elapsed() >= idle_timeout => Some(Lost::new(
                GapCause::CameraOffline,
                format!("camera has sent nothing for {} s", idle_timeout.as_secs()),
            )),
            Some(_) if !has_key && opened.elapsed() >= first_frame_timeout => Some(Lost::new(
                GapCause::NoVideo,
                format!(
                    "no key frame within {} s; shorten the camera's key frame interval",
                    first_frame_timeout.as_secs()
                ),
            )),
            None if opened.elapsed() >= first_frame_timeout => Some(Lost::new(
                GapCause::CameraOffline,
                format!("camera answers but sends no picture within {} s", first_frame_timeout.as_secs()),
            )),
            _ => None,
        }
    }

    fn publish(&mut self, mut unit: AccessUnit) {
        let elapsed = self.began.elapsed();
        let (pts_90k, mut step) = self.timeline.place(unit.pts_90k, elapsed);
        if let Some(by_us) = self.clock_watch.look(self.session.clock.now(), elapsed) {
            tracing::warn!(stream.id = %self.session.stream, by_us, "gateway's clock was set; new segment");
            step = Step::ClockSet { by_us };
        } else if step == Step::Begins && self.lost.is_none() && pts_90k.0 > 0 {
            tracing::info!(stream.id = %self.session.stream, "camera's timestamps jumped; new timeline");
        }
        unit.pts_90k = pts_90k;
        self.last_at = unit.arrived_at;
        self.frames.increment(1);
        self.bytes.increment(unit.data.len() as u64);
        if unit.is_key {
            self.session.hurry = None;
            if self.lost.take().is_some() {
                tracing::info!(stream.id = %self.session.stream, "camera is back");
            }
            self.session.board.live(self.session.stream, &unit);
        }
        self.session.publisher.unit(&unit, step);
    }

    fn packet_loss(&self, packets: u32) {
        metrics::counter!(metric::PACKETS_LOST).increment(u64::from(packets));
        self.session.publisher.packet_loss(packets, self.session.clock.now());
    }

    /// Lets the other client try a camera that this one does not understand.
    fn refused(&mut self, lost: Lost) -> Lost {
        if lost.is_refusal
            && let Some(other) = self.session.opener.other_client(self.client)
        {
            tracing::info!(stream.id = %self.session.stream, detail = %lost.detail, next = ?other, "client refuses camera");
            self.client = other;
        }
        lost
    }

    /// Tells everybody and returns the pause before the next attempt.
    fn lose(&mut self, lost: Lost) -> Duration {
        let Lost { cause, detail, .. } = lost;
        self.session.hurry = None;
        self.timeline.break_off();
        let pause = self.backoff.pause(rand::random());
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        let session = &self.session;
        tracing::warn!(stream.id = %session.stream, cause = cause.as_str(), %detail, pause_ms, "camera lost; will retry");
        metrics::counter!(metric::LOSSES, "cause" => cause.as_str()).increment(1);
        // The first loss counts from the last picture; a cause that changes later counts from now.
        let at = if self.lost.is_none() { self.last_at } else { session.clock.now() };
        if self.lost.replace(cause) != Some(cause) {
            session.publisher.lost(cause, &detail, at);
        }
        session.board.failing(session.stream, cause, &detail, at);
        pause
    }

    fn end(self, end: End) {
        let Session { stream, publisher, board, clock, .. } = self.session;
        match end {
            End::GatewayStops => board.gateway_down(stream, clock.now()),
            End::StreamRemoved => board.remove(stream),
        }
        publisher.end(end, clock.now());
    }
}
