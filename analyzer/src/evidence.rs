//! Writes down what was found: pictures first, then the row that points at them.

use crate::{chain::Pictures, judge::Opened, models::ModelSet};
use bytes::Bytes;
use mingchu_domain::{
    id::{CameraId, CanteenId, ViolationId},
    role::Scope,
    rule::RulePack,
    violation::DecisionFrame,
};
use mingchu_store::{NewViolation, Store, StoreError};
use sha2::{Digest, Sha256};

/// Where a violation was seen, and by what it was judged.
pub(crate) struct Origin<'o> {
    pub(crate) camera_id: CameraId,
    pub(crate) canteen_id: CanteenId,
    pub(crate) pack: &'o RulePack,
    pub(crate) models: &'o str,
}

/// Returns names and hash prefixes of the models, as violations cite them.
pub(crate) fn label(models: &ModelSet) -> String {
    models.labels().join(", ")
}

/// Stores the pictures of a violation, then its row with the job that cuts its clip. `id` stays the same when it is
/// tried again, so that nothing is stored twice.
///
/// # Errors
/// When the store refuses; then no row points at pictures that are not there.
pub(crate) async fn record(
    store: &Store,
    origin: &Origin<'_>,
    id: ViolationId,
    opened: &Opened,
    pictures: &Pictures,
) -> Result<(), StoreError> {
    let rule = origin.pack.rule(opened.code).ok_or(StoreError::NotFound { what: "rule" })?;
    let mut frames = Vec::with_capacity(pictures.frames.len());
    for (number, (ballot, jpeg)) in (1..).zip(&pictures.frames) {
        let object_key = format!("violation/{id}/frame-{number}.jpg");
        put(store, &object_key, jpeg).await?;
        frames.push(DecisionFrame {
            at: ballot.at,
            object_key,
            sha256: hex::encode(Sha256::digest(jpeg)),
            subject: ballot.subject,
            head: ballot.head,
            confidence: ballot.judgement.confidence,
        });
    }
    // A camera that never sent a picture has none.
    let snapshot_key = if pictures.snapshot.is_empty() {
        String::new()
    } else {
        let key = format!("violation/{id}/snapshot.jpg");
        put(store, &key, &pictures.snapshot).await?;
        key
    };
    let violation = NewViolation {
        id,
        camera_id: origin.camera_id,
        canteen_id: origin.canteen_id,
        zone: opened.zone,
        code: opened.code,
        severity: rule.severity,
        rule_pack: origin.pack.label(),
        clauses: rule.clauses.clone(),
        demand: rule.demand.clone(),
        demand_en: rule.demand_en.clone(),
        rectify_within: rule.rectify_within(),
        model: origin.models.to_owned(),
        track: i64::try_from(opened.track.0).unwrap_or(i64::MAX),
        started_at: opened.started_at,
        ended_at: opened.ended_at,
        figures: opened.figures.clone(),
        frames,
        snapshot_key,
        clock_offset_us: clock_offset(store, origin.camera_id).await,
    };
    store.insert_violation(&violation).await
}

async fn put(store: &Store, key: &str, jpeg: &Bytes) -> Result<(), StoreError> {
    store.objects().put(key, jpeg.clone()).await
}

/// Returns the camera's clock offset as the gateway measured it last; a violation is worth more than its offset.
async fn clock_offset(store: &Store, camera: CameraId) -> Option<i64> {
    let detail = store.camera(&Scope::All, camera).await.ok()?;
    detail.streams.iter().find_map(|stream| stream.status.clock_offset_us)
}
