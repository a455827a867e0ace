//! The inference thread: takes pictures from the desk, runs the chain, hands on what came out.

use super::{
    desk::{Desk, Task},
    outcome::Outcome,
    seat::{Looks, Seat},
};
use crate::{
    Config,
    chain::{HeadLook, PersonLook},
    cv,
    detect::{DetectError, Detector},
    judge::Finding,
    picture::Picture,
};
use mingchu_domain::{geometry::BBox, id::CameraId, time::WallTime};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

const COVERAGE_EVERY: Duration = Duration::from_secs(15);
const SCENE_EVERY: Duration = Duration::from_millis(900);
const STILL_WIDTH: u32 = 960;
const STILL_QUALITY: u8 = 80;
const WHOLE: BBox = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };

/// One inference thread's state.
pub(super) struct Inference {
    desk: Arc<Desk>,
    detector: Box<dyn Detector>,
    // When the writer is late the thread waits; the pictures meanwhile give way at the desk.
    outcomes: mpsc::Sender<Outcome>,
    still_every: Duration,
    last_still: BTreeMap<CameraId, WallTime>,
    last_coverage: BTreeMap<CameraId, WallTime>,
    last_scene: BTreeMap<CameraId, WallTime>,
}

impl Inference {
    pub(super) fn new(
        desk: Arc<Desk>,
        detector: Box<dyn Detector>,
        outcomes: mpsc::Sender<Outcome>,
        config: &Config,
    ) -> Self {
        let still_every = config.still_every;
        Self {
            desk,
            detector,
            outcomes,
            still_every,
            last_still: BTreeMap::new(),
            last_coverage: BTreeMap::new(),
            last_scene: BTreeMap::new(),
        }
    }

    /// Works until the desk is closed or nobody listens; blocks its thread.
    pub(super) fn run(mut self) {
        while let Some(task) = self.desk.take() {
            let seat = Arc::clone(&task.seat);
            if let Err(error) = self.work(task) {
                metrics::counter!("mingchu_analyzer_failed_looks_total").increment(1);
                tracing::warn!(camera.id = %seat.camera_id, error = &error as &dyn std::error::Error, "a picture could not be judged");
            }
            self.desk.done(seat.camera_id);
        }
    }

    fn work(&mut self, task: Task) -> Result<(), DetectError> {
        let Task { seat, sub, main, is_main_alone } = task;
        if let Some(sub) = &sub {
            self.look_for_persons(&seat, sub)?;
            if seat.looks == Looks::One {
                self.look_at_heads(&seat, sub)?;
                seat.chain().look_at_place(sub, self.detector.as_mut())?;
                self.keep_still(&seat, sub)?;
            }
        }
        if let Some(main) = &main {
            if is_main_alone {
                self.look_for_persons(&seat, main)?;
            }
            self.look_at_heads(&seat, main)?;
            seat.chain().look_at_place(main, self.detector.as_mut())?;
            self.keep_still(&seat, main)?;
        }
        Ok(())
    }

    fn look_for_persons(&mut self, seat: &Arc<Seat>, picture: &Picture) -> Result<(), DetectError> {
        let mut chain = seat.chain();
        let begun = Instant::now();
        let look = chain.look_for_persons(picture, self.detector.as_mut())?;
        seat.set_wants_heads(chain.wants_heads());
        seat.set_wants_main(chain.wants_main());
        seat.set_is_calm(chain.is_calm());
        let last = *self.last_coverage.entry(seat.camera_id).or_insert(picture.at());
        let (coverage, tallies) = if picture.at().since(last) >= COVERAGE_EVERY {
            self.last_coverage.insert(seat.camera_id, picture.at());
            (chain.take_coverage(), chain.take_tallies())
        } else {
            (Vec::new(), Vec::new())
        };
        let found = chain.take_findings();
        let last = self.last_scene.get(&seat.camera_id);
        let is_due = last.is_none_or(|&last| picture.at().since(last) >= SCENE_EVERY || picture.at() < last);
        let scene = (is_due && self.desk.is_watched(seat.camera_id)).then(|| chain.scene());
        drop(chain);
        self.hand_on_findings(seat, found);
        if !tallies.is_empty() {
            self.hand_on(Outcome::Tallies(Arc::clone(seat), tallies));
        }
        if let Some(json) = scene.and_then(|scene| serde_json::to_vec(&scene).ok()) {
            self.last_scene.insert(seat.camera_id, picture.at());
            self.hand_on(Outcome::Scene(Arc::clone(seat), json.into()));
        }
        let kind = match look {
            PersonLook::Still => "still",
            PersonLook::Settled => "settled",
            PersonLook::Looked => "person",
            PersonLook::NoModel => "no_model",
        };
        took(kind, begun);
        if !coverage.is_empty() {
            self.hand_on(Outcome::Coverage(Arc::clone(seat), coverage));
        }
        Ok(())
    }

    fn look_at_heads(&mut self, seat: &Arc<Seat>, picture: &Picture) -> Result<(), DetectError> {
        if !seat.wants_heads() {
            return Ok(());
        }
        let begun = Instant::now();
        let HeadLook { judged, findings } = seat.chain().look_at_heads(picture, self.detector.as_mut())?;
        took("head", begun);
        for judged in judged {
            let (code, duty) = (judged.code.as_str(), judged.duty.as_str());
            let state = judged.ballot.judgement.state.as_str();
            metrics::counter!("mingchu_analyzer_judgements_total", "code" => code, "duty" => duty, "state" => state)
                .increment(1);
        }
        self.hand_on_findings(seat, findings);
        Ok(())
    }

    fn hand_on_findings(&self, seat: &Arc<Seat>, findings: Vec<(Finding, Option<crate::chain::Pictures>)>) {
        for (finding, pictures) in findings {
            match (finding, pictures) {
                (Finding::Opened(opened), Some(pictures)) => {
                    self.hand_on(Outcome::Opened(Arc::clone(seat), Box::new(opened), pictures));
                }
                (Finding::Continued { code, ended_at, merged }, _) => {
                    self.hand_on(Outcome::Continued(Arc::clone(seat), code, ended_at, merged));
                }
                (Finding::Opened(_), None) => {}
            }
        }
    }

    fn keep_still(&mut self, seat: &Arc<Seat>, picture: &Picture) -> Result<(), DetectError> {
        let last = self.last_still.get(&seat.camera_id);
        if last.is_some_and(|&last| picture.at().since(last) < self.still_every) {
            return Ok(());
        }
        self.last_still.insert(seat.camera_id, picture.at());
        let still = cv::jpeg(picture, WHOLE, STILL_WIDTH, STILL_QUALITY)?;
        self.hand_on(Outcome::Still(Arc::clone(seat), still.into()));
        Ok(())
    }

    fn hand_on(&self, outcome: Outcome) {
        if self.outcomes.blocking_send(outcome).is_err() {
            tracing::debug!("the writer has ended");
        }
    }
}

/// Counts a look and how long it took.
fn took(kind: &'static str, begun: Instant) {
    metrics::histogram!("mingchu_analyzer_look_seconds", "kind" => kind).record(begun.elapsed());
}
