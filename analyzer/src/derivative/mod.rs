//! Public pictures: a derivative of a camera's stream, made while somebody watches (design.md invariant 6).
//!
//! ```text
//! hub -> decode -> Treater: detect, remember, background -> mosaic --fresh?--> sign -> encode -> delay -> Outlet (hub)
//!                                                         '--late, failed, none--> card --^
//! ```
//! Architecture invariant: the encoder is handed treated pictures and cards, nothing else, and a picture whose
//! treatment began more than [`FRESH`] ago is not handed over. The card is drawn by a clock, not by an error, so that it
//! comes when detector, decoder or camera hang.

mod background;
mod canvas;
mod cells;
mod config;
mod draw;
mod encode;
mod letters;
mod run;
mod treat;

pub use self::{
    canvas::Canvas,
    cells::{CELL, Cells, Shown},
    config::{Hidden, PublicConfig},
    draw::Card,
    encode::{Encoder, Format},
    run::FRESH,
    treat::{TreatError, Treated, Treater},
};

use crate::{
    Config, Frames,
    detect::{
        Detector,
        apart::{self, Finder, Program, Stopper},
    },
};
use mingchu_domain::{
    derivative::{PublicRefused, PublicWish},
    id::{CameraId, StreamId},
    media::AccessUnit,
    time::Clock,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Longest wait for a look that goes on at the end.
const PEACE: Duration = Duration::from_millis(500);
/// Longest wait for the end of a process that looks for people.
const FAREWELL: Duration = Duration::from_secs(1);

/// One detector for all public pictures of the process, one look at a time.
type SharedDetector = Arc<Mutex<Box<dyn Detector>>>;

/// Where a derivative goes: a stream of its own, which has viewers and no archive. It ends when this is dropped.
pub trait Outlet: Send + Sync + 'static {
    /// Hands a picture to every viewer; never waits.
    fn publish(&self, unit: &AccessUnit);

    /// Returns how many viewers there are now.
    fn viewers(&self) -> usize;
}

/// Opens outlets: the hub of the same process.
pub trait Outlets: Send + Sync + 'static {
    /// Opens one as `stream`; `None` when the gateway has stopped.
    fn open(&self, stream: StreamId) -> Option<Box<dyn Outlet>>;
}

/// What derivatives are made from and with.
pub struct Means {
    /// Cameras' pictures.
    pub frames: Arc<dyn Frames>,
    /// Where treated pictures go.
    pub outlets: Arc<dyn Outlets>,
    /// The time drawn into pictures.
    pub clock: Arc<dyn Clock>,
}

/// All derivatives of a process. Cheap to clone.
#[derive(Clone)]
pub struct Derivatives(Arc<Inner>);

struct Inner {
    config: Arc<PublicConfig>,
    means: Means,
    detector: Result<SharedDetector, PublicRefused>,
    /// Of a detector in a process of its own.
    stopper: Option<Stopper>,
    running: Mutex<HashMap<CameraId, Running>>,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

struct Running {
    wish: PublicWish,
    stream: StreamId,
    wanted_at: Instant,
    stopping: CancellationToken,
}

impl Derivatives {
    /// Reads the model that finds people; blocks for some hundred milliseconds. What is missing is said to whoever
    /// asks for a picture. With `analyzer.public.isolate` people are looked for by `program`, where there is one.
    #[must_use]
    pub fn open(config: &Config, means: Means, program: Option<Program>) -> Self {
        let found = if config.public.is_enabled && config.is_enabled {
            finder(config, program).map_err(PublicRefused::CannotHide)
        } else {
            Err(PublicRefused::Disabled)
        };
        if let Err(refused) = &found {
            tracing::warn!(reason = %refused, "no public pictures");
        }
        let (detector, stopper) = match found {
            Ok((detector, stopper)) => (Ok(detector), stopper),
            Err(refused) => (Err(refused), None),
        };
        Self::new(&config.public, means, detector, stopper)
    }

    /// Returns derivatives that look for people with `detector`.
    #[must_use]
    pub fn with_detector(config: &PublicConfig, means: Means, detector: Box<dyn Detector>) -> Self {
        Self::new(config, means, Ok(detector), None)
    }

    fn new(
        config: &PublicConfig,
        means: Means,
        detector: Result<Box<dyn Detector>, PublicRefused>,
        stopper: Option<Stopper>,
    ) -> Self {
        Self(Arc::new(Inner {
            config: Arc::new(config.clone()),
            means,
            detector: detector.map(|detector| Arc::new(Mutex::new(detector))),
            stopper,
            running: Mutex::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        }))
    }

    /// Tells whether public pictures can be made here.
    ///
    /// # Errors
    /// Says why not.
    pub fn ready(&self) -> Result<(), PublicRefused> {
        self.0.detector.as_ref().map(drop).map_err(Clone::clone)
    }

    /// Returns the stream of the camera's derivative, which is started if nobody watches it yet and goes on for a
    /// while for the caller to join.
    ///
    /// # Errors
    /// When none can be made, or too many other cameras are watched.
    pub fn watch(&self, wish: &PublicWish) -> Result<StreamId, PublicRefused> {
        let detector = self.0.detector.as_ref().map_err(Clone::clone)?;
        if self.0.stopping.is_cancelled() {
            return Err(PublicRefused::NotHere);
        }
        let mut running = self.0.running();
        match running.get_mut(&wish.camera) {
            Some(known) if known.wish == *wish => {
                known.wanted_at = Instant::now();
                return Ok(known.stream);
            }
            // Renamed, or with another stream: its viewers ask again.
            Some(old) => {
                old.stopping.cancel();
                running.remove(&wish.camera);
            }
            None => {}
        }
        if running.len() >= self.0.config.cameras {
            return Err(PublicRefused::TooManyCameras);
        }
        let stream = StreamId::generate();
        let outlet = self.0.means.outlets.open(stream).ok_or(PublicRefused::NotHere)?;
        let stopping = self.0.stopping.child_token();
        let job = run::Job {
            wish: wish.clone(),
            config: Arc::clone(&self.0.config),
            frames: Arc::clone(&self.0.means.frames),
            clock: Arc::clone(&self.0.means.clock),
            detector: Arc::clone(detector),
            outlet,
            stopping: stopping.clone(),
        };
        running.insert(wish.camera, Running { wish: wish.clone(), stream, wanted_at: Instant::now(), stopping });
        let (inner, camera) = (Arc::clone(&self.0), wish.camera);
        self.0.tasks.spawn(async move {
            let idle = Arc::clone(&inner);
            job.run(move |viewers| idle.is_idle(camera, stream, viewers)).await;
            inner.forget(camera, stream);
        });
        Ok(stream)
    }

    /// Stops all derivatives and waits for them.
    pub async fn stop(self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
        // A look that goes on may end in peace; one that hangs is ended with its process.
        let is_idle = timeout(PEACE, self.0.tasks.wait()).await.is_ok();
        if let Some(stopper) = self.0.stopper.clone() {
            let ended = timeout(FAREWELL, tokio::task::spawn_blocking(move || stopper.stop())).await;
            if !matches!(ended, Ok(Ok(()))) {
                tracing::warn!("the process that looks for people does not end; it is left behind");
            }
        }
        if !is_idle {
            self.0.tasks.wait().await;
        }
    }
}

impl Inner {
    fn running(&self) -> MutexGuard<'_, HashMap<CameraId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether nobody has watched for long; then the place is free at once, so that nobody joins what ends.
    fn is_idle(&self, camera: CameraId, stream: StreamId, viewers: usize) -> bool {
        let mut running = self.running();
        let Some(known) = running.get_mut(&camera).filter(|known| known.stream == stream) else { return true };
        if viewers > 0 {
            known.wanted_at = Instant::now();
        }
        let is_idle = known.wanted_at.elapsed() >= self.config.idle;
        if is_idle {
            running.remove(&camera);
        }
        is_idle
    }

    fn forget(&self, camera: CameraId, stream: StreamId) {
        let mut running = self.running();
        if running.get(&camera).is_some_and(|known| known.stream == stream) {
            running.remove(&camera);
        }
    }
}

/// Checks that public pictures can be made, and returns what finds people, or a sentence that says what is missing.
fn finder(config: &Config, program: Option<Program>) -> Result<(Box<dyn Detector>, Option<Stopper>), String> {
    letters::font(config.public.font.as_deref()).map_err(|error| error.to_string())?;
    encode::check().map_err(|error| error.to_string())?;
    let networks = apart::open(config)?;
    let Some(program) = program.filter(|_| config.public.isolate) else { return Ok((Box::new(networks), None)) };
    // The models were read to say now what is missing; those that look are read by the process.
    drop(networks);
    let finder = Finder::new(program, config);
    let stopper = finder.stopper();
    Ok((Box::new(finder), Some(stopper)))
}
