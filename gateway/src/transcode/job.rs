//! The life of one camera's transcode.

use super::pipeline::{TRANSCODED, TranscodeError, Transcoder};
use crate::{
    hub::{Derived, Hub},
    metric,
};
use mingchu_domain::{
    camera::GapCause,
    id::StreamId,
    live::LiveUnit,
    media::{AccessUnit, Codec},
    time::Clock,
};
use std::{error::Error, ops::ControlFlow, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    task::spawn_blocking,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// How often is asked whether anybody watches, and whether the camera is lost.
const LOOK_ROUND: Duration = Duration::from_millis(250);
/// A stream that could not be transcoded is tried again after this long.
const RETRY: Duration = Duration::from_secs(2);

/// Feeds a transcoder with a camera's pictures and publishes what it makes.
pub(super) struct Job {
    stream: StreamId,
    outlet: Derived,
    hub: Hub,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    current: Option<Current>,
    retry_at: Option<Instant>,
    /// Viewers know that the camera is lost.
    is_lost: bool,
}

/// A running pipeline.
struct Current {
    of: AccessUnit,
    transcoder: Transcoder,
    made: mpsc::Receiver<AccessUnit>,
}

impl Job {
    pub(super) fn new(
        stream: StreamId,
        outlet: Derived,
        hub: Hub,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Self {
        Self { stream, outlet, hub, clock, stop, current: None, retry_at: None, is_lost: false }
    }

    /// Runs until `is_idle`, asked with the number of viewers, says so, the stream needs no transcode any more, or the
    /// gateway stops.
    pub(super) async fn run(mut self, is_idle: impl Fn(usize) -> bool) {
        tracing::info!(stream.id = %self.stream, "transcode begins");
        metrics::gauge!(metric::TRANSCODES).increment(1.0);
        let began_at = Instant::now();
        let mut told_s = 0;
        let mut units = self.hub.units_since_key(self.stream);
        let mut look_round = interval(LOOK_ROUND);
        look_round.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                Some(unit) = made(&mut self.current) => self.outlet.publish(&unit),
                unit = units.recv() => match unit {
                    Some(unit) if unit.parameters.codec == Codec::H265 => self.take(unit, &mut units).await,
                    _ => break,
                },
                _ = look_round.tick() => {
                    let run_s = began_at.elapsed().as_secs();
                    metrics::counter!(metric::TRANSCODE_SECONDS).increment(run_s - told_s);
                    told_s = run_s;
                    if is_idle(self.outlet.viewers()) || self.look_at_camera().await.is_break() {
                        break;
                    }
                }
            }
        }
        self.close().await;
        metrics::gauge!(metric::TRANSCODES).decrement(1.0);
        tracing::info!(stream.id = %self.stream, duration_s = began_at.elapsed().as_secs(), "transcode ends");
    }

    async fn take(&mut self, unit: AccessUnit, units: &mut mpsc::Receiver<AccessUnit>) {
        if self.retry_at.is_some_and(|at| Instant::now() < at) {
            return;
        }
        self.retry_at = None;
        if let Err(error) = self.try_take(unit, units).await {
            tracing::warn!(stream.id = %self.stream, error = &error as &dyn Error, "stream cannot be transcoded; will retry");
            self.retry_at = Some(Instant::now() + RETRY);
            self.close().await;
            self.outlet.lost(GapCause::BadStream, &error.to_string(), self.clock.now());
        }
    }

    async fn try_take(
        &mut self,
        unit: AccessUnit,
        units: &mut mpsc::Receiver<AccessUnit>,
    ) -> Result<(), TranscodeError> {
        let is_new = self.current.as_ref().is_none_or(|current| current.of.parameters != unit.parameters);
        if !is_new {
            return self.current.as_mut().map_or(Ok(()), |current| current.transcoder.push(&unit));
        }
        if !unit.is_key {
            return Ok(());
        }
        self.close().await;
        let (sender, made) = mpsc::channel(TRANSCODED);
        let (parameters, base, clock) = (Arc::clone(&unit.parameters), unit.pts_90k, Arc::clone(&self.clock));
        let started = spawn_blocking(move || Transcoder::start(&parameters, base, clock, sender)).await;
        let mut transcoder = started.map_err(|error| TranscodeError::Start(error.to_string()))??;
        let mut waiting = vec![unit.clone()];
        let belongs = |next: &AccessUnit| next.parameters == unit.parameters;
        while let Ok(next) = units.try_recv() {
            if !belongs(&next) {
                break;
            }
            if next.is_key {
                waiting.clear();
            }
            waiting.push(next);
        }
        transcoder.catch_up(&waiting)?;
        self.current = Some(Current { of: unit, transcoder, made });
        Ok(())
    }

    /// Tells viewers when the camera is lost; breaks when nobody pulls it any more.
    async fn look_at_camera(&mut self) -> ControlFlow<()> {
        match self.hub.loss(self.stream) {
            Err(_) => return ControlFlow::Break(()),
            Ok(None) => self.is_lost = false,
            Ok(Some(LiveUnit::Lost { cause, detail, since })) if !self.is_lost => {
                self.is_lost = true;
                self.close().await;
                self.outlet.lost(cause, &detail, since);
            }
            Ok(Some(_)) => {}
        }
        ControlFlow::Continue(())
    }

    async fn close(&mut self) {
        if let Some(current) = self.current.take()
            && spawn_blocking(move || drop(current)).await.is_err()
        {
            tracing::warn!("a transcode could not be closed");
        }
    }
}

/// Returns the next picture that the pipeline made; never returns while there is no pipeline.
async fn made(current: &mut Option<Current>) -> Option<AccessUnit> {
    match current {
        Some(current) => current.made.recv().await,
        None => std::future::pending().await,
    }
}
