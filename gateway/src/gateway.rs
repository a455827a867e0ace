//! Start and stop of the gateway.

use crate::{
    archive::{Archive, Disk, Recordings, check_index, clerk},
    clip,
    config::{Config, InvalidConfig},
    hub::Hub,
    live_stills::LiveStills,
    playback::Playback,
    retention::{Keeper, NoVolume},
    session::SessionThread,
    status::{StatusBoard, write_statuses},
    supervisor::Supervisor,
    transcode::Transcodes,
};
use mingchu_domain::time::Clock;
use mingchu_store::Store;
use std::{io, path::PathBuf, sync::Arc, time::Duration};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long sessions and recorders may take to end.
const STAGE: Duration = Duration::from_millis(1500);

/// A camera that nobody watches is transcoded so much longer: who comes back, or turns the wall's page, waits for nothing.
const TRANSCODE_IDLE: Duration = Duration::from_secs(10);

/// Why the gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A setting out of range.
    #[error(transparent)]
    Config(#[from] InvalidConfig),
    /// The system is out of threads.
    #[error("no thread can be started; raise the limit of processes (ulimit -u)")]
    Thread(#[source] io::Error),
    /// No folder of the archive can be written.
    #[error("archive folder {} cannot be written; give it to this user or set gateway.data and gateway.volumes", .path.display())]
    NotWritable {
        /// Which folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl From<NoVolume> for GatewayError {
    fn from(NoVolume { path, source }: NoVolume) -> Self {
        Self::NotWritable { path, source }
    }
}

/// The running gateway.
pub struct Gateway {
    hub: Hub,
    live_stills: LiveStills,
    transcodes: Transcodes,
    playback: Playback,
    /// Ends sessions and clip jobs.
    stop: CancellationToken,
    streams: TaskTracker,
    cameras: Arc<SessionThread>,
    /// Ends what serves them.
    stop_status: CancellationToken,
    services: TaskTracker,
}

/// Starts pulling every enabled stream of the store.
///
/// # Errors
/// When a setting is out of range or the archive folder cannot be written.
pub async fn start(store: Store, config: Config, clock: Arc<dyn Clock>) -> Result<Gateway, GatewayError> {
    start_on(Disk::default(), store, config, clock).await
}

/// The same on a disk that may have faults, for tests and `mingchu torture`.
///
/// # Errors
/// As [`start`].
pub async fn start_on(
    disk: Disk,
    store: Store,
    config: Config,
    clock: Arc<dyn Clock>,
) -> Result<Gateway, GatewayError> {
    config.validate()?;
    let config = Arc::new(config);
    let (hub, board, recordings) = (Hub::new(config.viewers_per_stream), StatusBoard::default(), Recordings::default());
    let cameras = Arc::new(SessionThread::start(hub.viewers()).map_err(GatewayError::Thread)?);
    let (stop, streams) = (CancellationToken::new(), TaskTracker::new());
    let (stop_status, services) = (CancellationToken::new(), TaskTracker::new());
    services.spawn(write_statuses(board.clone(), store.clone(), stop_status.clone()));
    let keeper = Keeper::open(store.clone(), Arc::clone(&config), Arc::clone(&clock), stop.clone()).await?;
    let volumes = keeper.volumes();
    streams.spawn(keeper.run());
    let journal_folder = volumes.folders().first().cloned().unwrap_or_else(|| Arc::from(config.data.as_path()));
    let (clerk, desk) = clerk(store.clone(), disk.clone(), journal_folder).await;
    let playback = Playback::new(store.clone(), volumes.clone());
    streams.spawn(playback.clone().check_files(stop.clone()));
    let exports = playback.clone().export(recordings.clone(), Arc::clone(&clock), stop.clone());
    streams.spawn(exports);
    services.spawn(desk.run());
    let segment = config.segment;
    let archive = Archive {
        store: store.clone(),
        clerk,
        disk,
        volumes: volumes.clone(),
        segment,
        recordings: recordings.clone(),
    };
    let jobs = clip::Jobs { store: store.clone(), volumes, recordings, clock: Arc::clone(&clock) };
    streams.spawn(clip::run(jobs, stop.clone()));
    streams.spawn(check_index(archive.clone(), stop.clone()));
    let transcodes = Transcodes::new(
        hub.clone(),
        config.transcodes,
        TRANSCODE_IDLE,
        Arc::clone(&clock),
        (streams.clone(), stop.clone()),
    );
    let supervisor = Supervisor {
        store,
        config,
        hub: hub.clone(),
        archive,
        board,
        clock,
        tracker: streams.clone(),
        cameras: Arc::clone(&cameras),
        stop: stop.clone(),
    };
    streams.spawn(supervisor.run());
    let live_stills = LiveStills::new(hub.clone());
    Ok(Gateway { hub, live_stills, transcodes, playback, stop, streams, cameras, stop_status, services })
}

impl Gateway {
    /// Returns the hub, which ends with the gateway.
    #[must_use]
    pub fn hub(&self) -> Hub {
        self.hub.clone()
    }

    /// Returns single pictures of now.
    #[must_use]
    pub fn live_stills(&self) -> LiveStills {
        self.live_stills.clone()
    }

    /// Returns live pictures that browsers play, whatever the camera sends.
    #[must_use]
    pub fn transcodes(&self) -> Transcodes {
        self.transcodes.clone()
    }

    /// Returns the archive, for those who look at it.
    #[must_use]
    pub fn playback(&self) -> Playback {
        self.playback.clone()
    }

    /// Ends sessions, closes and rows the open files, ends the clip jobs. Takes less than two seconds.
    pub async fn stop(self) {
        self.stop.cancel();
        self.streams.close();
        if timeout(STAGE, self.streams.wait()).await.is_err() {
            tracing::warn!(waiting = self.streams.len(), "streams did not end in time; the next start recovers");
        }
        self.hub.close();
        // a supervisor that did not end in time still holds it: then it ends with the process
        if let Some(cameras) = Arc::into_inner(self.cameras) {
            cameras.end().await;
        }
        self.stop_status.cancel();
        self.services.close();
        if timeout(STAGE / 4, self.services.wait()).await.is_err() {
            tracing::warn!("stream states not written at the end");
        }
    }
}
