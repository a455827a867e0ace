//! A public picture without a fresh look for people is a card, whoever hangs or fails.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "clippy knows test functions, not their helpers")]

mod play;
mod veil;

use mingchu_analyzer::{
    Frames, Picture,
    derivative::{Derivatives, FRESH, Hidden, Means, Outlet, Outlets, PublicConfig},
    detect::{DetectError, Detector},
    judge::Face,
    track::Person,
};
use mingchu_domain::{
    derivative::{PublicRefused, PublicWish},
    geometry::BBox,
    id::{CameraId, StreamId},
    media::{AccessUnit, StreamKind},
    time::{Clock, WallTime},
};
use mingchu_store::SystemClock;
use play::Clip;
use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use veil::{Screen, is_all_tiles, is_card};

/// Waits are "until it happens", at most this long: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the detector does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// Finds somebody in the whole picture, so that all of it must be tiles.
    Works,
    /// Does not return: what SIGSTOP does to a process, within this one.
    Hangs,
    Fails,
}

#[derive(Clone)]
struct Moody(Arc<(Mutex<Mood>, Condvar)>);

impl Moody {
    fn new() -> Self {
        Self(Arc::new((Mutex::new(Mood::Works), Condvar::new())))
    }
    fn set(&self, mood: Mood) {
        *self.0.0.lock().unwrap() = mood;
        self.0.1.notify_all();
    }
}

impl Detector for Moody {
    fn persons(&mut self, _picture: &Picture) -> Result<Option<Vec<Person>>, DetectError> {
        let mood = self.0.1.wait_while(self.0.0.lock().unwrap(), |mood| *mood == Mood::Hangs).unwrap();
        match *mood {
            Mood::Fails => Err(DetectError::Network { model: "person", detail: "it fell over".into() }),
            _ => Ok(Some(vec![Person { bbox: BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 }, score: 0.9 }])),
        }
    }
    fn faces(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<Vec<Face>>, DetectError> {
        Ok(None)
    }
    fn covered(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<f32>, DetectError> {
        Ok(None)
    }
    fn masked(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<f32>, DetectError> {
        Ok(None)
    }
}

/// A camera that loops over a clip at its own pace.
struct Reel(Arc<Vec<AccessUnit>>, Duration);

impl Frames for Reel {
    fn subscribe(&self, _stream: StreamId) -> mpsc::Receiver<AccessUnit> {
        let (sender, receiver) = mpsc::channel(64);
        let (units, length) = (Arc::clone(&self.0), self.1);
        tokio::spawn(async move {
            let (begun, start) = (tokio::time::Instant::now(), SystemClock.now());
            for round in 0.. {
                for unit in units.iter() {
                    let since = unit.arrived_at.since(WallTime::default()) + length * round;
                    tokio::time::sleep_until(begun + since).await;
                    let unit = AccessUnit { arrived_at: start + since, ..unit.clone() };
                    if sender.send(unit).await.is_err() {
                        return;
                    }
                }
            }
        });
        receiver
    }
}

/// The viewers' side: every unit that leaves, and when.
struct Audience {
    sender: mpsc::UnboundedSender<(Instant, AccessUnit)>,
    viewers: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

struct Seat {
    sender: mpsc::UnboundedSender<(Instant, AccessUnit)>,
    viewers: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Outlets for Audience {
    fn open(&self, _stream: StreamId) -> Option<Box<dyn Outlet>> {
        self.open.fetch_add(1, Ordering::SeqCst);
        let (viewers, open) = (Arc::clone(&self.viewers), Arc::clone(&self.open));
        Some(Box::new(Seat { sender: self.sender.clone(), viewers, open }))
    }
}

impl Outlet for Seat {
    fn publish(&self, unit: &AccessUnit) {
        let _test_ended = self.sender.send((Instant::now(), unit.clone()));
    }
    fn viewers(&self) -> usize {
        self.viewers.load(Ordering::SeqCst)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Stage {
    derivatives: Derivatives,
    detector: Moody,
    viewers: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    units: mpsc::UnboundedReceiver<(Instant, AccessUnit)>,
    screen: Screen,
    /// When each unit in the decoder left.
    left_at: std::collections::VecDeque<Instant>,
}

impl Stage {
    fn new(config: &PublicConfig) -> Self {
        let clip = Clip::all().into_iter().find(|clip| clip.name == "serving_compliant").unwrap();
        let frames = Arc::new(Reel(Arc::new(clip.units(StreamKind::Sub, WallTime::default())), clip.length()));
        let (sender, units) = mpsc::unbounded_channel();
        let (viewers, open) = (Arc::new(AtomicUsize::new(1)), Arc::new(AtomicUsize::new(0)));
        let outlets = Arc::new(Audience { sender, viewers: Arc::clone(&viewers), open: Arc::clone(&open) });
        let means = Means { frames, outlets, clock: Arc::new(SystemClock) };
        let detector = Moody::new();
        let derivatives = Derivatives::with_detector(config, means, Box::new(detector.clone()));
        Self { derivatives, detector, viewers, open, units, screen: Screen::new(), left_at: Default::default() }
    }

    /// Returns the next picture that a viewer sees, and when it left.
    async fn next(&mut self) -> (Instant, Picture) {
        loop {
            if let Some(picture) = self.screen.next() {
                return (self.left_at.pop_front().unwrap(), picture);
            }
            let waited = tokio::time::timeout(Duration::from_millis(20), self.units.recv()).await;
            if let Ok(unit) = waited {
                let (at, unit) = unit.expect("the derivative goes on");
                self.left_at.push_back(at);
                self.screen.push(&unit);
            }
        }
    }

    /// Reads pictures until one is, or is no, card; everything on the way is card or tiles. Returns when that one left.
    async fn until(&mut self, wants_card: bool) -> Instant {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (at, picture) = self.next().await;
            let is_card = is_card(&picture);
            assert!(is_card || is_all_tiles(&picture), "an untreated picture left");
            if is_card == wants_card {
                return at;
            }
            assert!(Instant::now() < deadline, "no such picture within {PATIENCE:?}");
        }
    }
}

fn wish(camera: CameraId) -> PublicWish {
    PublicWish { camera, stream: StreamId::generate(), title: "第一小学食堂 备餐间".into() }
}

async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nobody_looks_for_people_the_card_is_up_within_a_second() {
    let mut stage = Stage::new(&PublicConfig { hide: Hidden::Persons, ..PublicConfig::default() });
    let stream = stage.derivatives.watch(&wish(CameraId::generate()));
    assert!(stream.is_ok(), "{stream:?}");
    let mut waits = Vec::new();
    for mood in [Mood::Hangs, Mood::Fails, Mood::Hangs] {
        stage.until(false).await;
        let stopped = Instant::now();
        stage.detector.set(mood);
        let card_at = loop {
            let at = stage.until(true).await;
            if at > stopped {
                break at;
            }
        };
        waits.push(card_at - stopped);
        // and it stays, however long nobody looks
        for _ in 0..4 {
            assert!(is_card(&stage.next().await.1), "a picture left while nobody looked for people");
        }
        stage.detector.set(Mood::Works);
    }
    println!("from the stop to the card: {waits:?}");
    assert!(FRESH <= Duration::from_millis(500));
    // The best of three: a busy machine may be late by itself.
    assert!(waits.iter().min().unwrap() <= &Duration::from_secs(1), "{waits:?}");
    stage.derivatives.stop().await;
    eventually("every outlet is closed", || stage.open.load(Ordering::SeqCst) == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_derivative_serves_all_and_ends_when_nobody_watches() {
    let config = PublicConfig { cameras: 1, idle: Duration::from_secs(1), ..PublicConfig::default() };
    let mut stage = Stage::new(&config);
    let first = wish(CameraId::generate());
    let stream = stage.derivatives.watch(&first).unwrap();
    assert_eq!(stage.derivatives.watch(&first), Ok(stream));
    assert_eq!(stage.open.load(Ordering::SeqCst), 1);
    let other = wish(CameraId::generate());
    assert_eq!(stage.derivatives.watch(&other), Err(PublicRefused::TooManyCameras));
    stage.until(true).await;
    stage.viewers.store(0, Ordering::SeqCst);
    eventually("the derivative ends", || stage.open.load(Ordering::SeqCst) == 0).await;
    assert!(stage.derivatives.watch(&other).is_ok(), "its place is free");
    stage.derivatives.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detector_that_never_returns_does_not_hold_the_stop() {
    let stage = Stage::new(&PublicConfig::default());
    stage.detector.set(Mood::Hangs);
    stage.derivatives.watch(&wish(CameraId::generate())).unwrap();
    let begun = Instant::now();
    tokio::time::timeout(PATIENCE, stage.derivatives.stop()).await.expect("the stop ends");
    println!("stopped in {:?}", begun.elapsed());
    stage.detector.set(Mood::Works);
}

#[tokio::test]
async fn without_models_nobody_is_shown_and_the_reason_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(&PublicConfig::default());
    let config = mingchu_analyzer::Config { models: Some(folder.path().to_owned()), ..Default::default() };
    let (sender, _units) = mpsc::unbounded_channel();
    let outlets = Arc::new(Audience { sender, viewers: Arc::clone(&stage.viewers), open: Arc::clone(&stage.open) });
    let means = Means { frames: Arc::new(Reel(Arc::default(), Duration::ZERO)), outlets, clock: Arc::new(SystemClock) };
    let derivatives = Derivatives::open(&config, means, None);
    let refused = derivatives.watch(&wish(CameraId::generate())).unwrap_err();
    assert!(refused.code() == "cannot_hide" && refused.to_string().contains("yolox_nano_416.onnx"), "{refused}");
    assert_eq!((derivatives.ready(), stage.open.load(Ordering::SeqCst)), (Err(refused), 0));
}
