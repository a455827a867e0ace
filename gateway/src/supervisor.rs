//! Starts and ends sessions as the store's list of streams changes.

use crate::{
    archive::{Recorder, Recordings},
    config::Config,
    hub::{ARCHIVE_QUEUE_BYTES, Hub, archive_queue},
    session::{self, Opener, Session},
    status::StatusBoard,
};
use mingchu_domain::{id::StreamId, live::CameraAddress, media::StreamKind, time::Clock};
use mingchu_store::{Store, StreamSource};
use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// How soon a new, changed or removed stream is noticed.
const POLL: Duration = Duration::from_secs(2);

/// Owns the sessions.
pub(crate) struct Supervisor {
    pub(crate) store: Store,
    pub(crate) config: Arc<Config>,
    pub(crate) hub: Hub,
    pub(crate) recordings: Recordings,
    pub(crate) board: StatusBoard,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tracker: TaskTracker,
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
        let task = self.tracker.spawn(self.pull(&source, stop.clone()).instrument(span));
        Pulled { source, stop, task }
    }

    /// Returns the work of one stream: session and recorder.
    fn pull(&self, source: &StreamSource, stop: CancellationToken) -> impl Future<Output = ()> + Send + use<> {
        let stream = source.stream_id;
        let is_archived = source.kind == StreamKind::Main || self.config.archive_sub;
        let (queue, events) = archive_queue(ARCHIVE_QUEUE_BYTES);
        let folder: Arc<Path> = Arc::from(self.config.data.as_path());
        let recorder = is_archived.then(|| {
            Recorder::new(stream, self.store.clone(), folder, self.config.segment, self.recordings.clone()).run(events)
        });
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
        });
        let gateway_stop = self.stop.clone();
        async move {
            let session = async {
                if let Some(session) = session {
                    session::run(session, stop, gateway_stop).await;
                }
            };
            let recorder = async {
                if let Some(recorder) = recorder {
                    recorder.await;
                }
            };
            tokio::join!(session, recorder);
        }
    }
}
