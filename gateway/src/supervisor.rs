//! Starts and ends sessions as the store's list of streams changes.

use crate::{
    archive::{Archive, Recorder},
    config::{Config, Transport},
    hub::{ARCHIVE_QUEUE_BYTES, Hub, archive_queue},
    session::{self, CameraUrl, Hurry, Opener, Session, SessionThread},
    status::StatusBoard,
};
use futures::future::try_join_all;
use mingchu_domain::{id::StreamId, live::CameraAddress, media::StreamKind, time::Clock};
use mingchu_store::{Store, StreamSource};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    task::{AbortHandle, JoinHandle},
    time::{MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, Span};

/// How soon a new, changed or removed stream is noticed.
const POLL: Duration = Duration::from_secs(2);

/// Owns the sessions.
pub(crate) struct Supervisor {
    pub(crate) store: Store,
    pub(crate) config: Arc<Config>,
    pub(crate) hub: Hub,
    pub(crate) archive: Archive,
    pub(crate) board: StatusBoard,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tracker: TaskTracker,
    pub(crate) cameras: Arc<SessionThread>,
    pub(crate) stop: CancellationToken,
}

/// A stream being pulled.
struct Pulled {
    source: StreamSource,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// Runs until the gateway stops; the sessions end by the same token.
    pub(crate) async fn run(self) {
        let mut pulled = HashMap::new();
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                _ = poll.tick() => {}
            }
            match self.store.streams_to_pull().await {
                Ok(wanted) => self.adjust(&mut pulled, wanted),
                Err(error) => tracing::warn!(%error, "list of streams not readable; the known ones go on"),
            }
        }
    }

    fn adjust(&self, pulled: &mut HashMap<StreamId, Pulled>, wanted: Vec<StreamSource>) {
        let wanted: HashMap<_, _> = wanted.into_iter().map(|source| (source.stream_id, source)).collect();
        for (stream, running) in pulled.iter() {
            if wanted.get(stream) != Some(&running.source) && !running.stop.is_cancelled() {
                tracing::info!(stream.id = %stream, "stream removed or changed");
                running.stop.cancel();
            }
        }
        // A changed stream begins again once its old session has closed its files.
        pulled.retain(|_, running| !running.task.is_finished());
        for (stream, source) in wanted {
            pulled.entry(stream).or_insert_with(|| self.start(source));
        }
    }

    fn start(&self, source: StreamSource) -> Pulled {
        let stop = self.stop.child_token();
        let span = tracing::info_span!("camera", camera.id = %source.camera_id, stream = source.kind.as_str());
        let task = self.pull(&source, stop.clone(), &span);
        Pulled { source, stop, task }
    }

    /// Starts the two tasks of one stream, session and recorder; returns one that ends when both have.
    fn pull(&self, source: &StreamSource, stop: CancellationToken, span: &Span) -> JoinHandle<()> {
        let stream = source.stream_id;
        let is_archived = source.kind == StreamKind::Main || self.config.archive_sub;
        let (queue, events) = archive_queue(ARCHIVE_QUEUE_BYTES);
        let recorder =
            is_archived.then(|| Recorder::new(stream, source.kind, self.archive.clone(), self.clock.now()).run(events));
        let session = self.hub.publish(stream, is_archived.then_some(queue)).map(|publisher| Session {
            stream,
            address: CameraAddress {
                url: source.url.clone(),
                username: source.username.clone(),
                password: source.password.as_ref().map(|password| password.expose().to_owned()),
            },
            opener: Opener {
                kind: self.config.source,
                transport: self.config.transport,
                timeout: self.config.first_frame_timeout,
                clock: Arc::clone(&self.clock),
            },
            config: Arc::clone(&self.config),
            publisher,
            board: self.board.clone(),
            clock: Arc::clone(&self.clock),
            hurry: Some(Hurry::new(&self.hub.viewers())),
        });
        let session = session.map(|session| {
            let session = session::run(session, stop, self.stop.clone()).instrument(span.clone());
            // a system holds too little of UDP to let it wait
            match CameraUrl::parse(&source.url, self.config.transport) {
                Ok(url) if url.transport == Transport::Tcp => self.cameras.spawn(&self.tracker, session),
                _ => self.tracker.spawn(session),
            }
        });
        let recorder = recorder.map(|recorder| self.tracker.spawn(recorder.instrument(span.clone())));
        let tasks: Vec<_> = [session, recorder].into_iter().flatten().collect();
        self.tracker.spawn(async {
            let both: Vec<_> = tasks.iter().map(JoinHandle::abort_handle).collect();
            // one without the other would record nothing, and say nothing
            if try_join_all(tasks).await.is_err_and(|error| error.is_panic()) {
                tracing::error!("a camera's task panicked; it is started anew");
                both.iter().for_each(AbortHandle::abort);
            }
        })
    }
}
