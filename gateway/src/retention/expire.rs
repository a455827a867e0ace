//! What goes now: footage past its period, by order, and for want of room.

use super::{
    files,
    volumes::{Volumes, Writable},
};
use crate::{config::Config, metric};
use mingchu_domain::{
    retention::{DeletionCause, Policy, StorageStep, days_before},
    role::Scope,
    time::{Clock, TimeRange, WallTime},
};
use mingchu_store::{
    ArchivedStream, Deletable, Deleted, DeletionDone, DeletionOrder, Policies, SYSTEM, Store, StoreError,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::task::spawn_blocking;

/// Files whose rows go in one transaction; recorders write between two of them.
const BATCH: u32 = 200;
/// Under pressure footage goes slice by slice of this length, the oldest first, until there is room.
const SLICE: Duration = Duration::from_secs(3600);
const EVER: WallTime = WallTime::from_micros(0);

/// Deletes what may go. Dropped in the middle it leaves nothing half done: the next one goes on.
pub(super) struct Expiry<'a> {
    pub(super) store: &'a Store,
    pub(super) config: &'a Config,
    pub(super) volumes: &'a Volumes,
    pub(super) clock: &'a dyn Clock,
}

/// What one run deleted, for the audit trail.
#[derive(Debug, Default)]
struct Tally {
    files: u64,
    bytes: u64,
    receipts: Option<(i64, i64)>,
}

impl Tally {
    fn add(&mut self, deleted: &Deleted) {
        self.files += deleted.paths.len() as u64;
        self.bytes += deleted.bytes;
        for receipt in &deleted.receipts {
            let first = self.receipts.map_or(receipt.seq, |(first, _)| first);
            self.receipts = Some((first, receipt.seq));
        }
    }
}

/// What is asked of one stream on one disk.
struct Ask {
    cause: DeletionCause,
    range: TimeRange,
    begun_from: WallTime,
    ended_by: WallTime,
    violations_ended_by: WallTime,
    basis: String,
}

impl Expiry<'_> {
    /// Carries out orders, then makes room; with `with_periods` deletes what is past its period before.
    pub(super) async fn run(&self, with_periods: bool) -> Result<(), StoreError> {
        self.sweep().await?;
        let orders = self.store.open_deletion_orders().await?;
        let writable = self.volumes.writable();
        let is_tight = writable.iter().any(|volume| volume.step >= StorageStep::Expiring);
        if !with_periods && !is_tight && orders.is_empty() {
            return Ok(());
        }
        let (streams, policies) = (self.store.archived_streams().await?, self.store.policies().await?);
        for order in &orders {
            self.carry_out(order, &streams, &policies).await?;
        }
        if with_periods {
            self.expire(&streams, &policies).await?;
        }
        for volume in &writable {
            if volume.step >= StorageStep::Expiring {
                self.relieve(volume, &streams, &policies).await?;
            }
            if let Some(since) = volume.evidence_since {
                self.keep_evidence_only(volume, since, &streams, &policies).await?;
            }
        }
        Ok(())
    }

    /// Removes files of rows that are gone: what a crash or a disk that was away left behind.
    pub(super) async fn sweep(&self) -> Result<(), StoreError> {
        for volume in self.volumes.writable() {
            loop {
                let doomed = self.store.doomed_files(volume.id, BATCH).await?;
                if doomed.is_empty() || self.remove(&volume, doomed).await? == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Deletes what is past its period.
    async fn expire(&self, streams: &[ArchivedStream], policies: &Policies) -> Result<(), StoreError> {
        let (now, mut tally) = (self.clock.now(), Tally::default());
        for volume in self.volumes.writable() {
            for stream in streams {
                let (policy, version) = policies.in_force(&stream.path);
                let ask = Ask {
                    cause: DeletionCause::Period,
                    range: until(now),
                    begun_from: EVER,
                    ended_by: days_before(now, policy.routine_days),
                    violations_ended_by: days_before(now, policy.violation_days),
                    basis: basis(&policy),
                };
                self.delete_all(&volume, stream, version, &ask, &mut tally).await?;
            }
        }
        self.tell(DeletionCause::Period, &tally, now).await
    }

    /// Deletes routine footage above the floors, the oldest first, until the disk is no longer nearly full.
    async fn relieve(
        &self,
        volume: &Writable,
        streams: &[ArchivedStream],
        policies: &Policies,
    ) -> Result<(), StoreError> {
        let (now, mut tally) = (self.clock.now(), Tally::default());
        let floors = streams.iter().map(|stream| policies.in_force(&stream.path).0.floor_days);
        let newest = days_before(now, floors.min().unwrap_or_else(|| Policy::default().floor_days));
        let mut after = EVER;
        while let Some(oldest) = self.store.oldest_footage(volume.id, after).await? {
            if oldest >= newest || self.measured(volume).await < StorageStep::Expiring {
                break;
            }
            let before = tally.files;
            for stream in streams {
                let (policy, version) = policies.in_force(&stream.path);
                let ask = Ask {
                    cause: DeletionCause::Pressure,
                    range: until(now),
                    begun_from: EVER,
                    ended_by: (oldest + SLICE).min(days_before(now, policy.floor_days)),
                    violations_ended_by: EVER,
                    basis: basis(&policy),
                };
                self.delete_all(volume, stream, version, &ask, &mut tally).await?;
            }
            if tally.files == before {
                // held, around a violation, or of a place with a higher floor
                after = oldest + SLICE;
            }
        }
        self.tell(DeletionCause::Pressure, &tally, now).await
    }

    /// Measures the disks again and returns the step of one.
    async fn measured(&self, volume: &Writable) -> StorageStep {
        self.volumes.measure(self.store, &self.config.storage, self.clock.now()).await;
        let there = self.volumes.writable().into_iter().find(|found| found.id == volume.id);
        there.map_or(StorageStep::Normal, |found| found.step)
    }

    /// Deletes what was recorded since the disk is that full and shows no violation.
    async fn keep_evidence_only(
        &self,
        volume: &Writable,
        since: WallTime,
        streams: &[ArchivedStream],
        policies: &Policies,
    ) -> Result<(), StoreError> {
        let (now, mut tally) = (self.clock.now(), Tally::default());
        for stream in streams {
            let (policy, version) = policies.in_force(&stream.path);
            let ask = Ask {
                cause: DeletionCause::EvidenceOnly,
                range: until(now),
                begun_from: since,
                ended_by: now - self.config.storage.evidence_wait,
                violations_ended_by: EVER,
                basis: basis(&policy),
            };
            self.delete_all(volume, stream, version, &ask, &mut tally).await?;
        }
        self.tell(DeletionCause::EvidenceOnly, &tally, now).await
    }

    /// Carries out an order. It stays open while some of its footage lies on a disk that is away.
    async fn carry_out(
        &self,
        order: &DeletionOrder,
        streams: &[ArchivedStream],
        policies: &Policies,
    ) -> Result<(), StoreError> {
        let (now, mut tally) = (self.clock.now(), Tally::default());
        let of_camera = || streams.iter().filter(|stream| stream.camera_id == order.camera_id);
        for volume in self.volumes.writable() {
            for stream in of_camera() {
                let ask = Ask {
                    cause: DeletionCause::Order,
                    range: order.range,
                    begun_from: EVER,
                    ended_by: now,
                    violations_ended_by: now,
                    basis: format!("order={}", order.id),
                };
                let version = policies.in_force(&stream.path).1;
                let what = Deletable { order: Some(order.id), ..deletable(&volume, stream, version, &ask) };
                self.delete(&volume, &what, &mut tally).await?;
            }
        }
        let left = self.store.preview_order(&Scope::All, order.camera_id, order.range).await?;
        if left.files > left.held_files {
            tracing::warn!(order.id = %order.id, files = left.files, "ordered footage lies on a disk that is away");
            return Ok(());
        }
        let (files, bytes) = self.store.deleted_by_order(order.id).await?;
        let done = DeletionDone { at: now, files, bytes, held_files: left.held_files };
        self.store.deletion_order_done(order.id, &done).await?;
        self.tell(DeletionCause::Order, &tally, now).await
    }

    async fn delete_all(
        &self,
        volume: &Writable,
        stream: &ArchivedStream,
        version: u32,
        ask: &Ask,
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        self.delete(volume, &deletable(volume, stream, version, ask), tally).await
    }

    async fn delete(&self, volume: &Writable, what: &Deletable, tally: &mut Tally) -> Result<(), StoreError> {
        loop {
            let deleted = self.store.delete_footage(what, self.clock.now()).await?;
            tally.add(&deleted);
            metrics::counter!(metric::DELETED, "cause" => what.cause.as_str()).increment(deleted.bytes);
            let is_all = deleted.is_all;
            self.remove(volume, deleted.paths).await?;
            if is_all {
                return Ok(());
            }
        }
    }

    /// Removes files whose rows are gone; returns how many are.
    async fn remove(&self, volume: &Writable, paths: Vec<String>) -> Result<usize, StoreError> {
        if paths.is_empty() {
            return Ok(0);
        }
        let (folder, today) = (Arc::clone(&volume.folder), day(self.clock.now()));
        let gone = spawn_blocking(move || {
            let gone = files::remove(&folder, &paths);
            files::remove_empty_days(&folder, &gone, &today);
            gone
        });
        let gone = gone.await.unwrap_or_default();
        self.store.files_removed(volume.id, &gone).await?;
        Ok(gone.len())
    }

    /// Notes in the log and the audit trail what a run deleted.
    async fn tell(&self, cause: DeletionCause, tally: &Tally, at: WallTime) -> Result<(), StoreError> {
        let Some((first, last)) = tally.receipts else { return Ok(()) };
        let cause = cause.as_str();
        tracing::info!(cause, files = tally.files, size_bytes = tally.bytes, first, last, "footage deleted");
        let detail = json!({ "cause": cause, "files": tally.files, "bytes": tally.bytes, "receipts": [first, last] });
        self.store.append_audit(SYSTEM, "footage.delete", "storage", &detail, at).await
    }
}

fn deletable(volume: &Writable, stream: &ArchivedStream, policy_version: u32, ask: &Ask) -> Deletable {
    Deletable {
        stream: stream.id,
        volume: volume.id,
        range: ask.range,
        begun_from: ask.begun_from,
        ended_by: ask.ended_by,
        violations_ended_by: ask.violations_ended_by,
        cause: ask.cause,
        policy_version,
        order: None,
        basis: ask.basis.clone(),
        limit: BATCH,
    }
}

fn until(now: WallTime) -> TimeRange {
    TimeRange::new(EVER.min(now), now).expect("no later than now")
}

/// Returns the periods in force as a receipt prints them.
fn basis(policy: &Policy) -> String {
    format!(
        "floor_days={} routine_days={} violation_days={}",
        policy.floor_days, policy.routine_days, policy.violation_days
    )
}

/// Returns the day as archive folders write it: `2026/11/21`, UTC.
fn day(now: WallTime) -> String {
    now.to_string().get(..10).unwrap_or_default().replace('-', "/")
}
