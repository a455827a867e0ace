//! One camera's derivative while somebody watches.
//!
//! Three parties, so that none can hold the card back: a task that feeds the decoder, a thread that treats pictures, and
//! the task that hands pictures or cards to the encoder and units to the viewers.

use super::{
    Outlet, SharedDetector,
    canvas::Canvas,
    config::PublicConfig,
    draw::{Card, Pen},
    encode::{Encoder, Format},
    treat::{Treated, Treater},
};
use crate::{
    Frames,
    decode::{DecodeError, Decoder, Output, Pace},
    picture::Picture,
};
use mingchu_domain::{derivative::PublicWish, media::AccessUnit, time::Clock};
use std::{
    collections::VecDeque,
    error::Error,
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_blocking,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

/// What people's boxes are good for; an older picture is not shown, and the card comes after as long without one.
pub const FRESH: Duration = Duration::from_millis(500);
/// Decoded pictures that wait for treatment; a new one is dropped when it is full.
const DECODED: usize = 1;
/// Treated pictures that wait for the encoder; a new one is dropped when it is full.
const TREATED: usize = 1;
/// Encoded pictures that wait to be published; see [`Encoder::start`] for when it is full.
const ENCODED: usize = 64;
/// A stream that could not be decoded is tried again after this long.
const RETRY: Duration = Duration::from_secs(2);
/// How often is asked whether anybody watches.
const LOOK_ROUND: Duration = Duration::from_secs(1);
/// A treatment that hangs is not waited for longer at the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// What one derivative needs.
pub(super) struct Job {
    pub(super) wish: PublicWish,
    pub(super) config: Arc<PublicConfig>,
    pub(super) frames: Arc<dyn Frames>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) detector: SharedDetector,
    pub(super) outlet: Box<dyn Outlet>,
    pub(super) stopping: CancellationToken,
}

struct Fresh {
    treated: Treated,
    /// When its treatment began.
    begun_at: Instant,
}

impl Job {
    /// Runs until `is_idle`, asked with the number of viewers, says so, or the gateway stops.
    pub(super) async fn run(self, is_idle: impl Fn(usize) -> bool) {
        let camera = self.wish.camera;
        let (wished, title) = (self.config.font.clone(), self.wish.title.clone());
        let pen = match spawn_blocking(move || Pen::new(wished.as_deref(), &title)).await {
            Ok(Ok(pen)) => pen,
            Ok(Err(error)) => {
                tracing::error!(camera.id = %camera, error = &error as &dyn Error, "no public picture can be drawn");
                return;
            }
            Err(_) => return,
        };
        tracing::info!(camera.id = %camera, "public picture begins");
        metrics::gauge!("mingchu_public_pictures").increment(1.0);
        let (pictures_in, pictures) = mpsc::channel(DECODED);
        let (treated_in, treated) = mpsc::channel(TREATED);
        let (ended_in, ended) = oneshot::channel::<()>();
        let (detector, hide) = (Arc::clone(&self.detector), self.config.hide);
        let thread = std::thread::Builder::new().name("public picture".to_owned());
        let treating = thread.spawn(move || {
            treat(pictures, &detector, Treater::new(hide), &treated_in);
            drop(ended_in);
        });
        if let Err(error) = treating {
            tracing::error!(camera.id = %camera, error = &error as &dyn Error, "a thread cannot be started");
        }
        let feed = Feed { every: self.config.every(), width: self.config.width, pictures: pictures_in, decoder: None };
        let units = self.frames.subscribe(self.wish.stream);
        let feeding = tokio::spawn(feed.run(units, self.stopping.child_token()));
        let stopping = self.stopping.clone();
        Maker::new(self, pen).run(treated, is_idle).await;
        stopping.cancel();
        if feeding.await.is_err() {
            tracing::error!(camera.id = %camera, "a stream's task failed");
        }
        if timeout(FAREWELL, ended).await.is_err() {
            tracing::warn!(camera.id = %camera, "the treatment of a picture hangs; it is left behind");
        }
        metrics::gauge!("mingchu_public_pictures").decrement(1.0);
        tracing::info!(camera.id = %camera, "public picture ends");
    }
}

/// Treats pictures until there are no more; runs in a thread of its own.
fn treat(
    mut pictures: mpsc::Receiver<Picture>,
    detector: &SharedDetector,
    mut treater: Treater,
    out: &mpsc::Sender<Fresh>,
) {
    let mut is_failing = false;
    while let Some(picture) = pictures.blocking_recv() {
        let mut detector = detector.lock().unwrap_or_else(PoisonError::into_inner);
        // Waiting for its turn makes no box older.
        let begun_at = Instant::now();
        let treated = treater.treat(&picture, detector.as_mut());
        drop(detector);
        match treated {
            Ok(treated) => {
                is_failing = false;
                if out.try_send(Fresh { treated, begun_at }).is_err() {
                    metrics::counter!("mingchu_public_dropped_total").increment(1);
                }
            }
            Err(error) => {
                metrics::counter!("mingchu_public_failed_total").increment(1);
                // The others of a row fail alike.
                if !std::mem::replace(&mut is_failing, true) {
                    tracing::warn!(
                        error = &error as &dyn Error,
                        "a public picture could not be treated; the card is shown"
                    );
                }
            }
        }
    }
}

/// Feeds the decoder.
struct Feed {
    every: Duration,
    width: u32,
    pictures: mpsc::Sender<Picture>,
    decoder: Option<(AccessUnit, Decoder)>,
}

impl Feed {
    async fn run(mut self, mut units: mpsc::Receiver<AccessUnit>, stopping: CancellationToken) {
        let mut retry_at: Option<Instant> = None;
        loop {
            let unit = tokio::select! {
                () = stopping.cancelled() => break,
                unit = units.recv() => unit,
            };
            let Some(unit) = unit else { break };
            if retry_at.is_some_and(|at| Instant::now() < at) {
                continue;
            }
            if let Err(error) = self.take(&unit).await {
                tracing::warn!(error = &error as &dyn Error, "a stream cannot be decoded for the public; will retry");
                retry_at = Some(Instant::now() + RETRY);
                self.close().await;
            }
        }
        self.close().await;
    }

    async fn take(&mut self, unit: &AccessUnit) -> Result<(), DecodeError> {
        let is_new = self.decoder.as_ref().is_none_or(|(first, _)| first.parameters != unit.parameters);
        if is_new && !unit.is_key {
            return Ok(());
        }
        if is_new {
            self.close().await;
            let output = Output { pace: Pace::Live, width_at_most: self.width, every: self.every };
            let (parameters, base, pictures) = (Arc::clone(&unit.parameters), unit.arrived_at, self.pictures.clone());
            let opened = spawn_blocking(move || Decoder::start(&parameters, base, output, pictures)).await;
            let decoder = opened.map_err(|error| DecodeError::Broken(error.to_string()))??;
            self.decoder = Some((unit.clone(), decoder));
        }
        self.decoder.as_mut().map_or(Ok(()), |(_, decoder)| decoder.push(unit))
    }

    async fn close(&mut self) {
        if let Some((_, decoder)) = self.decoder.take()
            && spawn_blocking(move || drop(decoder)).await.is_err()
        {
            tracing::warn!("a decoder could not be closed");
        }
    }
}

/// Hands pictures or cards to the encoder, and units to the viewers.
struct Maker {
    job: Job,
    pen: Pen,
    began_at: Instant,
    size: (usize, usize),
    encoder: Option<Encoder>,
    units_in: mpsc::Sender<AccessUnit>,
    units: mpsc::Receiver<AccessUnit>,
    /// Units and when they may be published. Bounded by the delay.
    held: VecDeque<(Instant, AccessUnit)>,
}

impl Maker {
    fn new(job: Job, pen: Pen) -> Self {
        let width = usize::try_from(job.config.width & !1).unwrap_or(640);
        let (units_in, units) = mpsc::channel(ENCODED);
        let size = (width, (width * 9 / 16) & !1);
        Self { job, pen, began_at: Instant::now(), size, encoder: None, units_in, units, held: VecDeque::new() }
    }

    async fn run(mut self, mut treated: mpsc::Receiver<Fresh>, is_idle: impl Fn(usize) -> bool) {
        let mut look_round = interval(LOOK_ROUND);
        look_round.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first card comes at once: who opens the page sees that something happens.
        let (mut card_at, mut card) = (Instant::now(), Card::Preparing);
        loop {
            let held_until = self.held.front().map(|(until, _)| *until);
            tokio::select! {
                biased;
                () = self.job.stopping.cancelled() => break,
                Some(unit) = self.units.recv() => {
                    self.held.push_back((Instant::now() + self.job.config.delay, unit));
                    self.publish();
                }
                () = sleep_until(held_until.unwrap_or(card_at)), if held_until.is_some() => self.publish(),
                Some(Fresh { treated, begun_at }) = treated.recv() => {
                    if begun_at.elapsed() > FRESH {
                        metrics::counter!("mingchu_public_late_total").increment(1);
                        continue;
                    }
                    card = Card::Unavailable;
                    card_at = Instant::now() + FRESH;
                    self.show(treated).await;
                }
                () = sleep_until(card_at) => {
                    card_at = Instant::now() + FRESH;
                    metrics::counter!("mingchu_public_cards_total").increment(1);
                    let at = self.job.clock.now();
                    self.encode(self.pen.card(self.size, card, at)).await;
                    if self.began_at.elapsed() > PREPARING_AT_MOST {
                        card = Card::Unavailable;
                    }
                }
                _ = look_round.tick() => if is_idle(self.job.outlet.viewers()) {
                    break;
                }
            }
        }
        self.close().await;
    }

    async fn show(&mut self, treated: Treated) {
        let Treated { mut canvas, at, is_known, .. } = treated;
        self.size = (canvas.width(), canvas.height());
        if is_known {
            self.pen.sign(&mut canvas, at);
            self.encode(canvas).await;
        } else {
            self.encode(self.pen.card(self.size, Card::Preparing, at)).await;
        }
    }

    async fn encode(&mut self, canvas: Canvas) {
        if let Err(error) = self.try_encode(&canvas).await {
            let camera = self.job.wish.camera;
            tracing::warn!(camera.id = %camera, error = &error as &dyn Error, "a public picture cannot be encoded; will retry");
            self.close().await;
        }
    }

    async fn try_encode(&mut self, canvas: &Canvas) -> Result<(), DecodeError> {
        if self.encoder.as_ref().is_none_or(|encoder| !encoder.fits((canvas.width(), canvas.height()))) {
            self.close().await;
            let PublicConfig { fps, kbit_s, .. } = *self.job.config;
            let format = Format { width: canvas.width(), height: canvas.height(), fps, kbit_s };
            let (clock, units) = (Arc::clone(&self.job.clock), self.units_in.clone());
            let opened = spawn_blocking(move || Encoder::start(format, clock, units)).await;
            self.encoder = Some(opened.map_err(|error| DecodeError::Broken(error.to_string()))??);
        }
        let since = self.began_at.elapsed();
        self.encoder.as_mut().map_or(Ok(()), |encoder| encoder.push(canvas, since))
    }

    fn publish(&mut self) {
        let now = Instant::now();
        while let Some((_, unit)) = self.held.pop_front_if(|(until, _)| *until <= now) {
            self.job.outlet.publish(&unit);
        }
    }

    async fn close(&mut self) {
        if let Some(encoder) = self.encoder.take()
            && spawn_blocking(move || drop(encoder)).await.is_err()
        {
            tracing::warn!("an encoder could not be closed");
        }
    }
}

/// A camera that sends nothing is not said to be preparing for longer.
const PREPARING_AT_MOST: Duration = Duration::from_secs(6);
