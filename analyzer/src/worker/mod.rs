//! The running analyzer: who looks at which camera, and what becomes of it.
//!
//! ```text
//! supervisor: every few seconds cameras, zones and rules from the store -> camera tasks
//! camera task: access units -> decoder -> desk (one tray a stream, the newest wins)
//! inference thread: desk -> chain -> outcome -> writer -> store
//! ```

mod camera;
mod desk;
mod inference;
mod outcome;
mod roster;
mod seat;
mod site;
mod writer;

pub(crate) use self::site::service_of;
use self::{desk::Desk, inference::Inference, outcome::Outcome, roster::Roster, writer::Writer};
use crate::{AnalyzerError, Config, Eyes, Frames, cv, detect::Networks, evidence, heap};
use mingchu_domain::time::Clock;
use mingchu_store::{AnalyzerStatus, Store};
use std::{sync::Arc, thread::JoinHandle, time::Duration};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Outcomes between inference threads and the writer. When it is full the threads wait and pictures give way at the
/// desk; no finding is dropped.
const OUTCOMES: usize = 64;
/// The status row is renewed this often, so that a dead analyzer shows.
const STATUS_EVERY: Duration = Duration::from_secs(30);

/// Somebody who opens a camera's scene sees it this much later.
const WATCHED_EVERY: Duration = Duration::from_secs(2);

/// A running analyzer.
pub struct Analyzer {
    desk: Arc<Desk>,
    outcomes: mpsc::Sender<Outcome>,
    inference: Vec<JoinHandle<()>>,
    supervisor: TaskTracker,
    writer: TaskTracker,
    stopping: CancellationToken,
}

/// Starts the analyzer; it judges as soon as models are read and cameras send.
///
/// # Errors
/// When a setting is out of range or a thread cannot be started. Missing models or a missing runtime library are no
/// errors: the status says so, and everything else runs.
pub async fn start(
    store: Store,
    config: Config,
    frames: Arc<dyn Frames>,
    clock: Arc<dyn Clock>,
) -> Result<Analyzer, AnalyzerError> {
    config.validate()?;
    heap::keep_small();
    cv::use_one_thread();
    let config = Arc::new(config);
    let for_reading = Arc::clone(&config);
    let mut eyes = tokio::task::spawn_blocking(move || Eyes::open(&for_reading, for_reading.workers)).await?;
    eyes.faults.iter().for_each(|fault| tracing::warn!(fault, "a model is not used"));
    let (status, label) =
        (Status::of(&eyes, config.is_enabled), eyes.set.as_ref().map(evidence::label).unwrap_or_default());
    tracing::info!(runtime = eyes.runtime, models = ?status.models, "models read");
    if eyes.networks.is_empty() {
        eyes.networks.push(Networks::default());
    }
    let desk = Arc::new(Desk::default());
    let (sender, outcomes) = mpsc::channel(OUTCOMES);
    let mut inference = Vec::new();
    for (number, networks) in eyes.networks.into_iter().enumerate() {
        let worker = Inference::new(Arc::clone(&desk), Box::new(networks), sender.clone(), &config);
        let thread = std::thread::Builder::new().name(format!("inference-{number}"));
        inference.push(thread.spawn(move || worker.run()).map_err(AnalyzerError::Thread)?);
    }
    let stopping = CancellationToken::new();
    let (supervisor, writing) = (TaskTracker::new(), TaskTracker::new());
    writing.spawn(Writer::new(store.clone(), label, stopping.clone()).run(outcomes));
    let roster =
        Roster::new(store.clone(), Arc::clone(&config), frames, Arc::clone(&desk), sender.clone(), stopping.clone());
    if config.is_enabled {
        let (store, clock, desk) = (store.clone(), Arc::clone(&clock), Arc::clone(&desk));
        supervisor.spawn(watched(store.clone(), Arc::clone(&clock), desk, stopping.clone()));
        supervisor.spawn(crate::health::sweep::run(store, clock, stopping.clone()));
    }
    supervisor.spawn(supervise(roster, store, status, clock, config, stopping.clone()));
    supervisor.close();
    writing.close();
    Ok(Analyzer { desk, outcomes: sender, inference, supervisor, writer: writing, stopping })
}

impl Analyzer {
    /// Stops: cameras first, then the threads, then what is left is written.
    pub async fn stop(self) {
        self.stopping.cancel();
        self.supervisor.wait().await;
        self.desk.close();
        let threads = self.inference;
        let joined =
            tokio::task::spawn_blocking(move || threads.into_iter().filter_map(|thread| thread.join().err()).count());
        match joined.await {
            Ok(0) => {}
            _ => tracing::error!("an inference thread had failed"),
        }
        drop(self.outcomes);
        self.writer.wait().await;
    }
}

/// Tells the desk whose judgements somebody is looking at.
async fn watched(store: Store, clock: Arc<dyn Clock>, desk: Arc<Desk>, stopping: CancellationToken) {
    let mut tick = tokio::time::interval(WATCHED_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            _ = tick.tick() => {}
        }
        match store.scenes_wanted(clock.now()).await {
            Ok(cameras) => desk.set_watched(cameras),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "who is looked at could not be read");
            }
        }
    }
}

async fn supervise(
    mut roster: Roster,
    store: Store,
    status: Status,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
    stopping: CancellationToken,
) {
    let mut reload = tokio::time::interval(config.reload_every);
    reload.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut tell = tokio::time::interval(STATUS_EVERY);
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            _ = tell.tick() => status.write(&store, clock.as_ref()).await,
            _ = reload.tick() => if config.is_enabled {
                roster.reload().await;
            },
        }
    }
    roster.close().await;
}

/// What the status page says.
struct Status {
    reason: Option<&'static str>,
    detail: String,
    models: Vec<String>,
}

impl Status {
    fn of(eyes: &Eyes, is_enabled: bool) -> Self {
        let faults = eyes.faults.join("; ");
        let folder = eyes.set.as_ref().map(|set| set.folder().display().to_string()).unwrap_or_default();
        let (reason, detail) = match (is_enabled, eyes.can_judge()) {
            (false, _) => (Some("disabled"), "judging is switched off by analyzer.is_enabled".to_owned()),
            (true, true) if faults.is_empty() => (None, format!("{}, models in {folder}", eyes.runtime)),
            (true, true) => (None, format!("{}, models in {folder}; {faults}", eyes.runtime)),
            (true, false) if eyes.set.is_none() || eyes.networks.is_empty() => (Some("no_models"), faults),
            (true, false) => {
                let detail = format!("no model for persons in {folder}: {faults}; start with --models FOLDER");
                (Some("no_models"), detail)
            }
        };
        let models = eyes.set.as_ref().map(crate::models::ModelSet::labels).unwrap_or_default();
        Self { reason, detail, models }
    }

    async fn write(&self, store: &Store, clock: &dyn Clock) {
        let status = AnalyzerStatus {
            is_judging: self.reason.is_none(),
            reason: self.reason.map(ToOwned::to_owned),
            detail: self.detail.clone(),
            models: self.models.clone(),
            updated_at: clock.now(),
        };
        if let Err(error) = store.set_analyzer_status(&status).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the analyzer's status could not be written");
        }
    }
}
