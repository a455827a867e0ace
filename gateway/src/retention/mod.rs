//! How long footage stays: disks, periods, holds, orders, receipts, and what is given up when there is no room.
//!
//! ```text
//! every check_every:  disks --fill--> ladder --step--> recorders ask Volumes::pick
//!                     orders, pressure, evidence only --+
//! every expire_every: periods --------------------------+--> rows + gap + receipt, one transaction --> files
//! now and then:       footage by age and class --> usage, forecast
//! ```
//!
//! Architecture invariants: a row is gone before its bytes are; files of rows that are gone are noted in that
//! transaction and removed at the next look, also after a crash. Held footage is never deleted: the store's statement
//! itself excludes it. Nothing is deleted on a disk that is gone or read-only.

mod config;
mod expire;
mod files;
mod marker;
mod outlook;
mod report;
mod room;
mod volumes;

pub use config::StorageConfig;
pub use report::inspect_storage;

pub(crate) use marker::volume_of;
pub(crate) use volumes::{NoVolume, Volumes};

use crate::{config::Config, metric};
use expire::Expiry;
use mingchu_domain::{
    retention::StorageStep,
    time::{Clock, WallTime},
};
use mingchu_store::{SYSTEM, StorageStatus, Store, StoreError};
use outlook::Ahead;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often the state is written although nothing changed.
const REFRESH: Duration = Duration::from_secs(60);
/// Looking at all footage may take this part of the time at most.
const SHARE_OF_TIME: u32 = 50;

/// Looks after the disks.
pub(crate) struct Keeper {
    store: Store,
    config: Arc<Config>,
    volumes: Volumes,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    status: StorageStatus,
    written_at: Option<WallTime>,
}

impl Keeper {
    /// Finds the disks, measures them and removes what a crash left behind; then recorders may start.
    pub(crate) async fn open(
        store: Store,
        config: Arc<Config>,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Result<Self, NoVolume> {
        let now = clock.now();
        let volumes = Volumes::open(&store, &config, now).await?;
        let host = volumes::host();
        let known = store.storage_status().await.unwrap_or_default().into_iter().find(|status| status.host == host);
        let status = known.unwrap_or(StorageStatus {
            host,
            step: StorageStep::Normal,
            since: now,
            used_permille: 0,
            written_per_day_bytes: 0,
            shortens_at: None,
            floor_breaks_at: None,
            checked_at: now,
        });
        let mut keeper = Self { store, config, volumes, clock, stop, status, written_at: None };
        keeper.check().await;
        if let Err(error) = keeper.expiry().sweep().await {
            tracing::warn!(%error, "files of deleted footage are not removed yet; will retry");
        }
        Ok(keeper)
    }

    pub(crate) fn volumes(&self) -> Volumes {
        self.volumes.clone()
    }

    /// Runs until `stop`.
    pub(crate) async fn run(mut self) {
        let stop = self.stop.clone();
        let mut poll = interval(self.config.storage.check_every);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut expired, mut looked) = (None::<Instant>, None::<(Instant, Duration)>);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = poll.tick() => {}
            }
            self.check().await;
            let is_due = |at: Option<Instant>, pause| at.is_none_or(|at| at.elapsed() >= pause);
            if is_due(looked.map(|(at, _)| at), looked.map_or(REFRESH, |(_, took)| REFRESH.max(took * SHARE_OF_TIME))) {
                let begun = Instant::now();
                self.look_ahead().await;
                looked = Some((Instant::now(), begun.elapsed()));
            }
            // dropped in the middle, a transaction leaves no trace, and a noted file is removed at the next start
            let with_periods = is_due(expired, self.config.storage.expire_every);
            match stop.run_until_cancelled(self.expiry().run(with_periods)).await {
                None => break,
                Some(Ok(())) if with_periods => expired = Some(Instant::now()),
                Some(Ok(())) => {}
                Some(Err(error)) => tracing::warn!(%error, "footage past its period is not deleted yet; will retry"),
            }
        }
    }

    fn expiry(&self) -> Expiry<'_> {
        Expiry { store: &self.store, config: &self.config, volumes: &self.volumes, clock: &*self.clock }
    }

    /// Measures the disks, and says so when a step begins or ends.
    async fn check(&mut self) {
        let now = self.clock.now();
        let changed = self.volumes.measure(&self.store, &self.config.storage, now).await;
        let step = self.volumes.step();
        let used = self.volumes.used_share();
        metrics::gauge!(metric::STORAGE_USED).set(used);
        metrics::gauge!(metric::STORAGE_STEP).set(f64::from(step as u8));
        let was = self.status.step;
        self.status.used_permille = permille(used);
        if step != was {
            (self.status.step, self.status.since) = (step, now);
            let used_permille = self.status.used_permille;
            tracing::warn!(from = was.as_str(), to = step.as_str(), used_permille, "storage: {}", step.en());
            let detail = json!({ "from": was.as_str(), "to": step.as_str(), "used_permille": used_permille });
            let subject = format!("host:{}", self.status.host);
            if let Err(error) = self.store.append_audit(SYSTEM, "storage.step", &subject, &detail, now).await {
                tracing::warn!(%error, "storage step not in the audit trail");
            }
        }
        let is_old = self.written_at.is_none_or(|at| now.since(at) >= REFRESH);
        if step != was || changed || is_old {
            self.write(now).await;
        }
    }

    /// Writes what the disks are doing.
    async fn write(&mut self, now: WallTime) {
        self.status.checked_at = now;
        match self.try_to_write().await {
            Ok(()) => self.written_at = Some(now),
            Err(error) => {
                self.written_at = None;
                tracing::warn!(%error, "state of the disks not written; will retry");
            }
        }
    }

    async fn try_to_write(&self) -> Result<(), StoreError> {
        for volume in self.volumes.rows() {
            self.store.set_volume(&volume).await?;
        }
        self.store.set_storage_status(&self.status).await
    }

    /// Looks at all footage: what takes the room, and on which day it will not be enough.
    async fn look_ahead(&mut self) {
        let now = self.clock.now();
        match outlook::look(&self.store, &self.volumes.rows(), self.config.storage.ladder(0).expire_at, now).await {
            Ok(found) => {
                self.volumes.set_ahead(&found.volumes);
                let Ahead { per_day, shortens_at, floor_breaks_at, .. } = found.all;
                self.status.written_per_day_bytes = per_day;
                (self.status.shortens_at, self.status.floor_breaks_at) = (shortens_at, floor_breaks_at);
                let seconds = floor_breaks_at.map_or(0, |at| at.micros() / 1_000_000);
                #[allow(clippy::cast_precision_loss, reason = "a gauge; f64 holds seconds for 285 million years")]
                metrics::gauge!(metric::STORAGE_FLOOR_BREAKS).set(seconds as f64);
                self.write(now).await;
            }
            Err(error) => tracing::warn!(%error, "footage not counted; the forecast stays as it was"),
        }
    }
}

/// Returns a share as thousandths.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn permille(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 1000.0).round() as u32
}
