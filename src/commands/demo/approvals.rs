//! The demo's own people do what the public gate asks of a canteen: hours and facts at the start, and each camera's
//! picture is put up and approved as soon as the analyzer has one.

use anyhow::Context;
use mingchu_domain::{
    id::StillId,
    publication::{ConsentBasis, FactKind, ServiceWindow, Side},
    role::Scope,
    time::Clock,
};
use mingchu_store::{CameraDetail, NewPublicationFact, NewPublicationStill, Reviewer, Store, StoreError, SystemClock};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// What the demo's canteens say they have done, and when.
const FACTS: [(FactKind, Option<ConsentBasis>, &str); 3] = [
    (FactKind::Signage, None, "演示数据：后厨入口、食堂大门各一块"),
    (FactKind::StaffNotice, Some(ConsentBasis::Mosaic), "演示数据：上岗培训时书面告知"),
    (FactKind::Assessment, None, "演示数据：评估报告示 2026-01 号"),
];
const DONE_ON: &str = "2026-09-01";

/// The first picture of a camera comes within some seconds.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Approves every camera that may be public, as their pictures come; ends when all are approved.
pub(super) async fn approve(store: Store) {
    if let Err(error) = approve_each(&store).await {
        tracing::warn!(error = format!("{error:#}"), "the demo's cameras could not be approved for the public");
    }
}

async fn approve_each(store: &Store) -> anyhow::Result<()> {
    let (manager, regulator) = (person(store, "manager").await?, person(store, "regulator").await?);
    loop {
        let mut waiting = 0;
        for camera in store.cameras(&Scope::All, None).await? {
            let is_candidate = camera.camera.is_public && camera.camera.is_synthetic;
            if is_candidate && !approve_one(store, &camera, &manager, &regulator).await? {
                waiting += 1;
            }
        }
        if waiting == 0 {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Says of every canteen when it works, and that it has done what it must; synthetic facts of a synthetic district.
pub(super) async fn prepare(store: &Store) -> anyhow::Result<()> {
    let (manager, now) = (person(store, "manager").await?, SystemClock.now());
    for summary in store.canteens(&Scope::All, now).await? {
        let id = summary.canteen.id;
        // A demonstration runs at any time of the day.
        if store.service_windows(id).await?.is_empty() {
            store.set_service_windows(&Scope::All, id, &[ServiceWindow::always()], &manager, now).await?;
        }
        for (kind, basis, note) in FACTS {
            let fact = NewPublicationFact { kind, basis, done_on: DONE_ON.into(), note: note.into() };
            store.enter_publication_fact(&Scope::All, id, &fact, &manager, now).await?;
        }
    }
    Ok(())
}

/// Approves a camera once it has a picture; whatever a person did to its approvals stays as it is.
async fn approve_one(
    store: &Store,
    camera: &CameraDetail,
    manager: &Reviewer,
    regulator: &Reviewer,
) -> anyhow::Result<bool> {
    let id = camera.camera.id;
    if store.camera_publication(id).await?.still.is_some() {
        return Ok(true);
    }
    let jpeg = match store.objects().get(&format!("still/{id}.jpg")).await {
        Ok(jpeg) => jpeg,
        Err(StoreError::NotFound { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let (still_id, now) = (StillId::generate(), SystemClock.now());
    let still = NewPublicationStill {
        id: still_id,
        object_key: format!("publication/{id}/{still_id}.jpg"),
        sha256: hex::encode(Sha256::digest(&jpeg)),
        taken_at: now,
    };
    store.objects().put(&still.object_key, jpeg).await?;
    store.put_up_still(&Scope::All, id, &still, manager, now).await?;
    for (side, by) in [(Side::School, manager), (Side::Regulator, regulator)] {
        store.approve_publication(&Scope::All, id, (still_id, side), by, now).await?;
    }
    Ok(true)
}

async fn person(store: &Store, login: &str) -> anyhow::Result<Reviewer> {
    let found = store.person_by_login(login).await?;
    found.map(|(person, _)| person.reviewer()).with_context(|| format!("the demo has no {login}"))
}
