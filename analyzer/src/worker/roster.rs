//! Which cameras are looked at: follows the store's list of cameras, zones and rules.

use super::{
    camera,
    desk::Desk,
    outcome::Outcome,
    seat::{Looks, Seat},
    site::site_of,
};
use crate::{Config, Frames, chain::Chain, judge::Zone};
use mingchu_domain::{id::CameraId, rule::RulePack};
use mingchu_store::{JudgedCamera, Store};
use std::{collections::BTreeMap, sync::Arc};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// A camera that is looked at, and by what.
struct Entry {
    camera: JudgedCamera,
    pack: RulePack,
    seat: Arc<Seat>,
    stopping: CancellationToken,
    task: JoinHandle<()>,
}

/// The cameras.
pub(super) struct Roster {
    store: Store,
    config: Arc<Config>,
    frames: Arc<dyn Frames>,
    desk: Arc<Desk>,
    outcomes: mpsc::Sender<Outcome>,
    stopping: CancellationToken,
    entries: BTreeMap<CameraId, Entry>,
}

impl Roster {
    pub(super) fn new(
        store: Store,
        config: Arc<Config>,
        frames: Arc<dyn Frames>,
        desk: Arc<Desk>,
        outcomes: mpsc::Sender<Outcome>,
        stopping: CancellationToken,
    ) -> Self {
        Self { store, config, frames, desk, outcomes, stopping, entries: BTreeMap::new() }
    }

    /// Starts cameras that are new, ends those that are gone, restarts those whose zones, streams or rules changed.
    pub(super) async fn reload(&mut self) {
        let read = async { Ok((self.store.judged_cameras().await?, self.store.rule_pack().await?)) };
        let (cameras, pack) = match read.await {
            Ok(read) => read,
            Err(error) => {
                let error: mingchu_store::StoreError = error;
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the cameras could not be read; the old list stays");
                return;
            }
        };
        let is_current =
            |entry: &Entry| !entry.task.is_finished() && entry.pack == pack && cameras.contains(&entry.camera);
        let old: Vec<CameraId> =
            self.entries.iter().filter(|(_, entry)| !is_current(entry)).map(|(id, _)| *id).collect();
        for camera in old {
            self.end(camera).await;
        }
        for camera in cameras {
            if !self.entries.contains_key(&camera.camera_id) {
                self.begin(camera, &pack).await;
            }
        }
        metrics::gauge!("mingchu_analyzer_cameras").set(self.entries.len() as f64);
    }

    /// Ends all cameras.
    pub(super) async fn close(&mut self) {
        for entry in self.entries.values() {
            entry.stopping.cancel();
        }
        let cameras: Vec<CameraId> = self.entries.keys().copied().collect();
        for camera in cameras {
            self.end(camera).await;
        }
    }

    async fn begin(&mut self, camera: JudgedCamera, pack: &RulePack) {
        let looks = match (camera.main, camera.sub) {
            (Some(_), Some(_)) => Looks::Both,
            (None, None) => return,
            _ => Looks::One,
        };
        let zones =
            camera.zones.iter().map(|zone| Zone { id: zone.id, kind: zone.kind, outline: zone.outline.clone() });
        let local = Arc::new(pack.clone().in_province(&camera.province));
        let (site, bins) = site_of(&self.store, &camera, &local).await;
        let chain = Chain::new(&self.config, &local, zones.collect()).at_site(site, bins);
        let seat = Arc::new(Seat::new(camera.camera_id, camera.canteen_id, looks, local, chain));
        self.desk.seat(Arc::clone(&seat));
        let stopping = self.stopping.child_token();
        let task = tokio::spawn(camera::run(
            Arc::clone(&seat),
            (camera.main, camera.sub),
            Arc::clone(&self.frames),
            Arc::clone(&self.desk),
            Arc::clone(&self.config),
            stopping.clone(),
        ));
        tracing::debug!(camera.id = %camera.camera_id, "camera is looked at");
        self.entries.insert(camera.camera_id, Entry { camera, pack: pack.clone(), seat, stopping, task });
    }

    async fn end(&mut self, camera: CameraId) {
        let Some(entry) = self.entries.remove(&camera) else { return };
        entry.stopping.cancel();
        self.desk.unseat(camera);
        if let Err(error) = entry.task.await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(camera.id = %camera, error, "a camera's task failed");
        }
        // An inference thread may hold the chain for one last picture.
        let seat = Arc::clone(&entry.seat);
        let coverage = tokio::task::spawn_blocking(move || seat.chain().take_coverage()).await.unwrap_or_default();
        if !coverage.is_empty() && self.outcomes.send(Outcome::Coverage(entry.seat, coverage)).await.is_err() {
            tracing::debug!("the writer has ended");
        }
    }
}
