//! Approvals of public pictures, and service hours.

use crate::world::{World, later};
use mingchu_domain::{
    id::StillId,
    publication::{ConsentBasis, FactKind, ServiceWindow, Side},
    role::Scope,
};
use mingchu_store::{Approved, NewPublicationFact, NewPublicationStill, PageKey, Refused, StoreError};

fn still(w: &World, seconds: u64) -> NewPublicationStill {
    let id = StillId::generate();
    let object_key = format!("publication/{}/{id}.jpg", w.camera);
    NewPublicationStill { id, object_key, sha256: "ab".repeat(32), taken_at: later(w.now, seconds) }
}

/// Puts a picture up and has both sides approve it.
async fn approved(w: &World, seconds: u64) -> StillId {
    let (still, at) = (still(w, seconds), later(w.now, seconds));
    w.store.put_up_still(&Scope::All, w.camera, &still, &w.inspector, at).await.unwrap();
    for (side, person) in [(Side::School, &w.manager), (Side::Regulator, &w.inspector)] {
        w.store.approve_publication(&Scope::All, w.camera, (still.id, side), person, at).await.unwrap();
    }
    still.id
}

async fn of_camera(w: &World) -> Approved {
    let one = w.store.camera_publication(w.camera).await.unwrap().approved();
    let all = w.store.approved_cameras(w.here).await.unwrap();
    assert_eq!(one, all.get(&w.camera).copied().unwrap_or_default());
    one
}

const BOTH: Approved = Approved { school: true, regulator: true };

pub(crate) async fn both_sides_approve_the_same_newest_picture(w: World) {
    assert_eq!(of_camera(&w).await, Approved::default());
    let first = approved(&w, 0).await;
    assert_eq!(of_camera(&w).await, BOTH);
    let again = w.store.approve_publication(&Scope::All, w.camera, (first, Side::School), &w.manager, w.now).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    let second = still(&w, 60);
    w.store.put_up_still(&Scope::All, w.camera, &second, &w.inspector, later(w.now, 60)).await.unwrap();
    assert_eq!(of_camera(&w).await, Approved::default());
    let old = w.store.approve_publication(&Scope::All, w.camera, (first, Side::School), &w.manager, w.now).await;
    assert!(matches!(old, Err(StoreError::Refused(Refused::OtherStill))), "{old:?}");
    let known = w.store.camera_publication(w.camera).await.unwrap();
    assert_eq!((known.still.unwrap().id, known.approvals.len()), (second.id, 2));
}

pub(crate) async fn either_side_takes_its_approval_back_and_the_rows_stay(w: World) {
    let first = approved(&w, 0).await;
    let at = later(w.now, 90);
    w.store.withdraw_publication(&Scope::All, w.camera, Side::Regulator, &w.superior, at).await.unwrap();
    assert_eq!(of_camera(&w).await, Approved { school: true, regulator: false });
    let known = w.store.camera_publication(w.camera).await.unwrap();
    let row = known.approvals.iter().find(|row| row.side == Side::Regulator).unwrap();
    assert_eq!(row.withdrawn, Some((w.superior.office.clone(), at)));
    let again = w.store.withdraw_publication(&Scope::All, w.camera, Side::Regulator, &w.superior, at).await;
    assert!(matches!(again, Err(StoreError::NotFound { .. })), "{again:?}");
    let seen = (first, Side::Regulator);
    w.store.approve_publication(&Scope::All, w.camera, seen, &w.inspector, later(at, 1)).await.unwrap();
    assert_eq!(of_camera(&w).await, BOTH);
    let audit = w.store.audit(&PageKey { after: None, limit: 9 }).await.unwrap();
    let actions: Vec<_> = audit.items.iter().rev().map(|row| row.entry.action.as_str()).collect();
    let approve = "publication.approve";
    assert_eq!(actions, ["publication.put_up", approve, approve, "publication.withdraw", approve]);
}

pub(crate) async fn a_foreign_camera_is_neither_put_up_nor_approved(w: World) {
    let foreign = Scope::Canteen(w.there);
    let put_up = w.store.put_up_still(&foreign, w.camera, &still(&w, 0), &w.inspector, w.now).await;
    let first = approved(&w, 0).await;
    let seen = (first, Side::School);
    let approve = w.store.approve_publication(&foreign, w.camera, seen, &w.manager, w.now).await;
    let withdraw = w.store.withdraw_publication(&foreign, w.camera, Side::School, &w.manager, w.now).await;
    let hours = w.store.set_service_windows(&foreign, w.here, &[], &w.manager, w.now).await;
    let sign = w.store.enter_publication_fact(&foreign, w.here, &sign(), &w.manager, w.now).await;
    for answer in [put_up, approve, withdraw, hours, sign] {
        assert!(matches!(answer, Err(StoreError::NotFound { .. })), "{answer:?}");
    }
    assert_eq!(of_camera(&w).await, BOTH);
}

fn sign() -> NewPublicationFact {
    NewPublicationFact { kind: FactKind::Signage, basis: None, done_on: "2026-09-01".into(), note: "大门".into() }
}

fn notice(basis: Option<ConsentBasis>) -> NewPublicationFact {
    NewPublicationFact { kind: FactKind::StaffNotice, basis, ..sign() }
}

async fn facts(w: &World) -> Vec<(NewPublicationFact, String)> {
    let facts = w.store.publication_facts(w.here).await.unwrap();
    facts.into_iter().map(|known| (known.fact, known.office)).collect()
}

pub(crate) async fn facts_are_read_as_entered_and_stay_when_they_are_withdrawn(w: World) {
    let told = notice(Some(ConsentBasis::Mosaic));
    for fact in [sign(), told.clone()] {
        w.store.enter_publication_fact(&Scope::All, w.here, &fact, &w.manager, w.now).await.unwrap();
    }
    let office = w.manager.office.clone();
    assert_eq!(facts(&w).await, [(sign(), office.clone()), (told.clone(), office.clone())]);
    let moved = NewPublicationFact { note: "侧门".into(), ..sign() };
    w.store.enter_publication_fact(&Scope::All, w.here, &moved, &w.manager, later(w.now, 1)).await.unwrap();
    assert_eq!(facts(&w).await, [(moved, office.clone()), (told.clone(), office.clone())]);
    let (gone, at) = (FactKind::Signage, later(w.now, 2));
    w.store.withdraw_publication_fact(&Scope::All, w.here, gone, &w.superior, at).await.unwrap();
    assert_eq!(facts(&w).await, [(told, office)]);
    let again = w.store.withdraw_publication_fact(&Scope::All, w.here, gone, &w.superior, at).await;
    assert!(matches!(again, Err(StoreError::NotFound { .. })), "{again:?}");
    assert!(w.store.publication_facts(w.there).await.unwrap().is_empty());
    let audit = w.store.audit(&PageKey { after: None, limit: 9 }).await.unwrap();
    let actions: Vec<_> = audit.items.iter().rev().map(|row| row.entry.action.as_str()).collect();
    assert_eq!(actions, [&["publication.fact"; 3][..], &["publication.fact_withdraw"]].concat());
}

pub(crate) async fn only_a_staff_notice_has_a_basis(w: World) {
    let wrong = NewPublicationFact { basis: Some(ConsentBasis::Consent), ..sign() };
    for fact in [notice(None), wrong] {
        let refused = w.store.enter_publication_fact(&Scope::All, w.here, &fact, &w.manager, w.now).await;
        assert!(
            matches!(&refused, Err(StoreError::Conflict { constraint }) if constraint == "publication_fact_basis_check"),
            "{refused:?}"
        );
    }
    assert!(w.store.publication_facts(w.here).await.unwrap().is_empty());
}

pub(crate) async fn service_hours_are_read_as_written(w: World) {
    assert!(w.store.service_windows(w.here).await.unwrap().is_empty());
    let windows = [ServiceWindow::new(&[1, 5], 630, 750).unwrap(), ServiceWindow::new(&[7], 0, 1440).unwrap()];
    for windows in [&windows[..], &windows[1..]] {
        w.store.set_service_windows(&Scope::All, w.here, windows, &w.manager, w.now).await.unwrap();
        assert_eq!(w.store.service_windows(w.here).await.unwrap(), windows);
    }
    assert!(w.store.service_windows(w.there).await.unwrap().is_empty());
}
