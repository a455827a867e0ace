//! Writes outcomes into the store, one after the other. A store that fails is tried again; pictures wait meanwhile at
//! the desk, where newer ones replace them.

use super::{outcome::Outcome, seat::Seat};
use crate::{
    chain::Pictures,
    evidence::{self, Origin},
    judge::Opened,
};
use mingchu_domain::{
    id::{CameraId, ViolationId},
    rule::RuleCode,
    time::WallTime,
};
use mingchu_store::{CameraCoverage, Store, StoreError, Tally};
use std::{collections::BTreeMap, error::Error, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Pauses between tries; after the last the outcome is given up, with an error in the log.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
    Duration::from_secs(30),
];

/// The writer's state.
pub(super) struct Writer {
    store: Store,
    models: String,
    open: BTreeMap<(CameraId, RuleCode), ViolationId>,
    stopping: CancellationToken,
}

impl Writer {
    pub(super) fn new(store: Store, models: String, stopping: CancellationToken) -> Self {
        Self { store, models, open: BTreeMap::new(), stopping }
    }

    /// Writes until every sender is gone, so that nothing found before a stop is lost.
    pub(super) async fn run(mut self, mut outcomes: mpsc::Receiver<Outcome>) {
        while let Some(outcome) = outcomes.recv().await {
            self.write(outcome).await;
        }
    }

    async fn write(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Opened(seat, opened, pictures) => self.open(&seat, &opened, &pictures).await,
            Outcome::Continued(seat, code, ended_at, merged) => self.extend(&seat, code, ended_at, merged).await,
            Outcome::Still(seat, jpeg) => {
                let key = format!("still/{}.jpg", seat.camera_id);
                let put = self.store.objects().put(&key, jpeg).await;
                self.note(&seat, "still", put);
            }
            Outcome::Scene(seat, json) => {
                let put = self.store.objects().put(&Store::scene_key(seat.camera_id), json).await;
                self.note(&seat, "scene", put);
            }
            Outcome::Tallies(seat, hours) => {
                for (hour, counts) in hours {
                    let tally = |((code, state, why_not), judged)| Tally {
                        camera_id: seat.camera_id,
                        code,
                        state,
                        why_not,
                        judged,
                    };
                    let tallies: Vec<Tally> = counts.into_iter().map(tally).collect();
                    let added = self.store.add_tallies(hour, &tallies).await;
                    self.note(&seat, "tally", added);
                }
            }
            Outcome::Coverage(seat, hours) => {
                for (hour, shares) in hours {
                    let more = CameraCoverage {
                        camera_id: seat.camera_id,
                        observed_ms: shares.observed_ms,
                        judged_ms: shares.judged_ms,
                        cannot_judge_ms: shares.cannot_judge_ms,
                    };
                    let added = self.store.add_coverage(hour, &more).await;
                    self.note(&seat, "coverage", added);
                }
            }
        }
    }

    async fn open(&mut self, seat: &Seat, opened: &Opened, pictures: &Pictures) {
        let id = ViolationId::generate();
        for pause in PAUSES {
            match self.try_open(seat, id, opened, pictures).await {
                Ok(()) => return,
                Err(error) => {
                    let source = &error as &dyn Error;
                    tracing::warn!(camera.id = %seat.camera_id, violation.id = %id, error = source, pause_ms = pause.as_millis(), "a violation could not be written; will retry");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stopping.cancelled() => break,
            }
        }
        if let Err(error) = self.try_open(seat, id, opened, pictures).await {
            let source = &error as &dyn Error;
            tracing::error!(camera.id = %seat.camera_id, violation.id = %id, error = source, "a violation is lost: the store refuses it");
        }
    }

    async fn try_open(
        &mut self,
        seat: &Seat,
        id: ViolationId,
        opened: &Opened,
        pictures: &Pictures,
    ) -> Result<(), StoreError> {
        let cool_down = seat.pack.rule(opened.code).map_or(Duration::ZERO, mingchu_domain::rule::Rule::cool_down);
        // After a restart the judge does not know what cools down; the store does.
        let since = opened.started_at - cool_down;
        if let Some(recent) = self.store.recent_violation(seat.camera_id, opened.code, since).await? {
            self.open.insert((seat.camera_id, opened.code), recent.id);
            if recent.id == id {
                return Ok(());
            }
            return self.store.extend_violation(recent.id, opened.ended_at, recent.merged + 1).await;
        }
        let origin =
            Origin { camera_id: seat.camera_id, canteen_id: seat.canteen_id, pack: &seat.pack, models: &self.models };
        evidence::record(&self.store, &origin, id, opened, pictures).await?;
        self.open.insert((seat.camera_id, opened.code), id);
        let code = opened.code.as_str();
        metrics::counter!("mingchu_analyzer_violations_total", "code" => code).increment(1);
        tracing::info!(camera.id = %seat.camera_id, violation.id = %id, code, track = opened.track.0, "violation found");
        Ok(())
    }

    async fn extend(&self, seat: &Arc<Seat>, code: RuleCode, ended_at: WallTime, merged: u32) {
        if let Some(&id) = self.open.get(&(seat.camera_id, code)) {
            let extended = self.store.extend_violation(id, ended_at, merged).await;
            self.note(seat, "violation", extended);
        }
    }

    /// Logs what may be lost: the next still, extension or coverage comes soon.
    fn note(&self, seat: &Seat, what: &'static str, written: Result<(), StoreError>) {
        if let Err(error) = written {
            metrics::counter!("mingchu_analyzer_unwritten_total", "what" => what).increment(1);
            tracing::warn!(camera.id = %seat.camera_id, error = &error as &dyn Error, "a {what} could not be written");
        }
    }
}
