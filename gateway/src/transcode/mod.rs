//! Cameras that send H.265 alone, made playable for browsers while somebody watches.
//!
//! ```text
//! Hub --access units, H.265--> Transcoder (decode, scale, H.264) --> Derived stream of the hub --> viewers, muxed once
//! ```
//! One transcode serves all viewers of a camera. The archive, evidence and the analyzer never see it.
//!
//! Architecture invariant: GStreamer types stay in `pipeline`.

#[cfg(feature = "gst")]
mod job;
#[cfg(feature = "gst")]
mod pipeline;

use crate::{hub::Hub, metric};
use mingchu_domain::{
    id::StreamId,
    live::{LiveRefused, LiveUnit},
    time::Clock,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Live pictures that browsers play: a stream as it is, or transcoded. Cheap to clone.
#[derive(Clone)]
pub struct Transcodes(Arc<Inner>);

#[cfg_attr(not(feature = "gst"), expect(dead_code, reason = "nothing is transcoded without GStreamer"))]
struct Inner {
    hub: Hub,
    /// Most cameras at the same time.
    most: usize,
    /// How long a transcode goes on without a viewer.
    idle: Duration,
    clock: Arc<dyn Clock>,
    running: Mutex<HashMap<StreamId, Running>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[cfg_attr(not(feature = "gst"), expect(dead_code, reason = "nothing is transcoded without GStreamer"))]
struct Running {
    /// What viewers get.
    derived: StreamId,
    wanted_at: Instant,
}

impl Transcodes {
    /// Returns transcodes that run on `tasks` until `stop`.
    pub(crate) fn new(
        hub: Hub,
        most: usize,
        idle: Duration,
        clock: Arc<dyn Clock>,
        (tasks, stop): (TaskTracker, CancellationToken),
    ) -> Self {
        Self(Arc::new(Inner { hub, most, idle, clock, running: Mutex::default(), tasks, stop }))
    }

    /// Returns a stream muxed for browsers, as [`Hub::live`] does; one that browsers do not play is transcoded.
    ///
    /// The first viewer starts the transcode, which ends some seconds after the last has left. A stream that changes its
    /// codec ends its viewers' queues: they ask again.
    ///
    /// # Errors
    /// When nobody pulls the stream, it has too many viewers, or too many other cameras are transcoded.
    pub fn live(&self, stream: StreamId) -> Result<mpsc::Receiver<LiveUnit>, LiveRefused> {
        match self.0.hub.live(stream) {
            #[cfg(feature = "gst")]
            Err(LiveRefused::NotPlayable) if self.0.most > 0 => self.0.hub.live(self.watch(stream)?),
            answer => answer,
        }
    }

    /// Returns the transcode of a stream, started if nobody watches it yet.
    #[cfg(feature = "gst")]
    fn watch(&self, stream: StreamId) -> Result<StreamId, LiveRefused> {
        let mut running = self.0.running();
        if let Some(known) = running.get_mut(&stream) {
            known.wanted_at = Instant::now();
            return Ok(known.derived);
        }
        if running.len() >= self.0.most {
            metrics::counter!(metric::TRANSCODES_REFUSED).increment(1);
            return Err(LiveRefused::TooManyTranscodes);
        }
        let derived = StreamId::generate();
        let outlet = self.0.hub.derive(derived).ok_or(LiveRefused::NotPulled)?;
        running.insert(stream, Running { derived, wanted_at: Instant::now() });
        drop(running);
        let (hub, clock) = (self.0.hub.clone(), Arc::clone(&self.0.clock));
        let job = job::Job::new(stream, outlet, hub, clock, self.0.stop.child_token());
        let inner = Arc::clone(&self.0);
        self.0.tasks.spawn(async move {
            let asked = Arc::clone(&inner);
            job.run(move |viewers| asked.is_idle(stream, derived, viewers)).await;
            inner.forget(stream, derived);
        });
        Ok(derived)
    }
}

#[cfg(feature = "gst")]
impl Inner {
    fn running(&self) -> MutexGuard<'_, HashMap<StreamId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether nobody has watched for long; then the place is free at once, so that nobody joins what ends.
    fn is_idle(&self, stream: StreamId, derived: StreamId, viewers: usize) -> bool {
        let mut running = self.running();
        let Some(known) = running.get_mut(&stream).filter(|known| known.derived == derived) else { return true };
        if viewers > 0 {
            known.wanted_at = Instant::now();
        }
        let is_idle = known.wanted_at.elapsed() >= self.idle;
        if is_idle {
            running.remove(&stream);
        }
        is_idle
    }

    fn forget(&self, stream: StreamId, derived: StreamId) {
        let mut running = self.running();
        if running.get(&stream).is_some_and(|known| known.derived == derived) {
            running.remove(&stream);
        }
    }
}

#[cfg(all(test, feature = "gst"))]
mod tests {
    use super::*;
    use crate::{
        session::Step,
        testing::{h265_parameters, parameters, unit},
    };
    use mingchu_domain::time::{ManualClock, WallTime};

    #[tokio::test]
    async fn viewers_of_a_stream_that_changes_its_codec_ask_again_and_get_what_it_is_now() {
        let (hub, stream) = (Hub::new(9), StreamId::generate());
        let owner = (TaskTracker::new(), CancellationToken::new());
        let clock = Arc::new(ManualClock::at(WallTime::from_micros(0)));
        let transcodes = Transcodes::new(hub.clone(), 1, Duration::from_secs(9), clock, owner.clone());
        let camera = hub.publish(stream, None).unwrap();
        let (h264, h265) = (parameters(640), h265_parameters());
        camera.unit(&unit(&h264, true, 0), Step::Continues);
        let mut plain = transcodes.live(stream).unwrap();
        camera.unit(&unit(&h265, true, 3600), Step::Continues);
        while plain.recv().await.is_some() {}
        let mut transcoded = transcodes.live(stream).unwrap();
        assert_eq!(owner.0.len(), 1);
        camera.unit(&unit(&h264, true, 7200), Step::Continues);
        while transcoded.recv().await.is_some() {}
        assert!(matches!(transcodes.live(stream).unwrap().recv().await, Some(LiveUnit::Init { width: 640, .. })));
        owner.0.close();
        owner.0.wait().await;
    }

    #[tokio::test]
    async fn without_a_place_nothing_is_transcoded() {
        let (hub, stream) = (Hub::new(9), StreamId::generate());
        let owner = (TaskTracker::new(), CancellationToken::new());
        let clock = Arc::new(ManualClock::at(WallTime::from_micros(0)));
        let transcodes = Transcodes::new(hub.clone(), 0, Duration::from_secs(9), clock, owner);
        let camera = hub.publish(stream, None).unwrap();
        camera.unit(&unit(&h265_parameters(), true, 0), Step::Continues);
        assert_eq!(transcodes.live(stream).unwrap_err(), LiveRefused::NotPlayable);
    }
}
