use crate::world::{World, add_camera, later};
use mingchu_domain::{
    camera::GapCause,
    chain::chain,
    id::{HoldId, SegmentId, VolumeId},
    place::ZoneKind,
    retention::{DeletionCause, FootageClass, Policy, StorageStep},
    role::Scope,
    time::{MediaTime, TimeRange, WallTime},
    violation::{DismissReason, Verdict},
};
use mingchu_store::{
    Deletable, Deleted, DeletionDone, NewDeletionOrder, NewHold, PageKey, PolicyPlace, Refused, Segment, StorageStatus,
    StoreError, Volume, VolumeState,
};

const ALWAYS_FROM: WallTime = WallTime::from_micros(0);

fn minutes(w: &World, from: u64, to: u64) -> TimeRange {
    TimeRange::new(later(w.now, from * 60), later(w.now, to * 60)).unwrap()
}

/// A disk with ten minutes of the main stream, chained as the recorder does.
async fn filled(w: &World) -> VolumeId {
    let volume = volume(w);
    w.store.set_volume(&volume).await.unwrap();
    let mut end = String::new();
    for minute in 0..10 {
        let range = minutes(w, minute, minute + 1);
        let sha256 = format!("{minute:064x}");
        end = chain(&end, &sha256);
        let segment = Segment {
            id: SegmentId::generate(),
            stream_id: w.main,
            range,
            first_90k: MediaTime(0),
            frames: 1500,
            size_bytes: 1000 + minute,
            volume_id: Some(volume.id),
            path: format!("main/{minute}.mp4"),
            sha256,
            chain: end.clone(),
            clock_offset_us: None,
            fault: None,
        };
        w.store.insert_segment(&segment).await.unwrap();
    }
    volume.id
}

fn volume(w: &World) -> Volume {
    Volume {
        id: VolumeId::generate(),
        host: "kitchen-1".into(),
        path: "/var/lib/mingchu/archive".into(),
        position: 0,
        state: VolumeState::Online,
        step: StorageStep::Normal,
        since: w.now,
        detail: String::new(),
        total_bytes: 8_000_000_000_000,
        used_bytes: 10,
        archive_bytes: 5,
        written_per_day_bytes: 7,
        shortens_at: Some(later(w.now, 86_400)),
        floor_breaks_at: None,
        checked_at: w.now,
    }
}

fn deletable(w: &World, volume: VolumeId, ended_by: WallTime) -> Deletable {
    Deletable {
        stream: w.main,
        volume,
        range: TimeRange::new(ALWAYS_FROM, later(w.now, 86_400)).unwrap(),
        begun_from: ALWAYS_FROM,
        ended_by,
        violations_ended_by: ALWAYS_FROM,
        cause: DeletionCause::Period,
        policy_version: 0,
        order: None,
        basis: "routine_days=30".into(),
        limit: 100,
    }
}

async fn delete(w: &World, what: &Deletable) -> Deleted {
    w.store.delete_footage(what, later(w.now, 5000)).await.unwrap()
}

async fn hold(w: &World, range: (u64, Option<u64>), is_whole: bool) -> HoldId {
    let new = NewHold {
        id: HoldId::generate(),
        canteen_id: w.here,
        cameras: if is_whole { vec![] } else { vec![w.camera] },
        started_at: later(w.now, range.0 * 60),
        ended_at: range.1.map(|end| later(w.now, end * 60)),
        reason: "案件调查".into(),
    };
    w.store.insert_hold(&Scope::All, &new, &w.inspector, later(w.now, 3000)).await.unwrap();
    new.id
}

async fn left(w: &World) -> Vec<String> {
    let segments = w.store.segments(w.main, minutes(w, 0, 100)).await.unwrap();
    segments.into_iter().map(|segment| segment.path).collect()
}

pub(crate) async fn deleted_footage_leaves_a_gap_a_receipt_and_a_chain_that_holds(w: World) {
    let volume = filled(&w).await;
    let before = w.store.segments(w.main, minutes(&w, 0, 100)).await.unwrap();

    let first = delete(&w, &Deletable { limit: 2, ..deletable(&w, volume, later(w.now, 240)) }).await;
    assert!(!first.is_all && first.paths == ["main/0.mp4", "main/1.mp4"] && first.bytes == 2001, "{first:?}");
    let rest = delete(&w, &deletable(&w, volume, later(w.now, 240))).await;
    assert!(rest.is_all && rest.paths == ["main/2.mp4", "main/3.mp4"]);
    assert_eq!(left(&w).await.len(), 6);

    let gaps = w.store.gaps(w.main, minutes(&w, 0, 100)).await.unwrap();
    let [gap] = &gaps[..] else { panic!("one gap, grown: {gaps:?}") };
    assert_eq!((gap.cause, gap.started_at), (GapCause::DeletedByRetention, w.now));
    assert_eq!(gap.ended_at, Some(later(w.now, 240)));

    let receipts = w.store.receipts(&Scope::All, &PageKey::first(10)).await.unwrap().items;
    let [second, first] = &receipts[..] else { panic!("two receipts: {receipts:?}") };
    assert_eq!((first.seq, first.facts.files, first.facts.bytes), (1, 2, 2001));
    assert_eq!((first.facts.chain_before.as_str(), &first.facts.chain_after), ("", &before[1].chain));
    assert_eq!((&second.facts.chain_before, &second.facts.chain_after), (&before[1].chain, &before[3].chain));
    assert_eq!((second.camera_name.as_str(), second.facts.basis.as_str()), ("一号摄像头", "routine_days=30"));
    let page = w.store.receipts(&Scope::Area(w.other_office), &PageKey::default()).await.unwrap();
    assert!(page.items.is_empty(), "another area's receipts");

    let state = w.store.verify_footage(w.main).await.unwrap();
    assert_eq!((state.sound, state.deleted, state.first_broken), (6, 4, None));
    assert_eq!(w.store.verify_receipts().await.unwrap().sound, 2);
    assert_eq!(w.store.chain_end(w.main).await.unwrap(), before[9].chain);
    delete(&w, &deletable(&w, volume, later(w.now, 86_400))).await;
    assert_eq!(w.store.chain_end(w.main).await.unwrap(), before[9].chain, "the chain goes on after the last file");
    assert_eq!(w.store.verify_footage(w.main).await.unwrap().deleted, 10);
}

pub(crate) async fn a_row_that_goes_without_a_receipt_is_found(w: World) {
    let volume = filled(&w).await;
    delete(&w, &deletable(&w, volume, later(w.now, 120))).await;
    w.raw("delete from segment where path = 'main/5.mp4'").await;
    let state = w.store.verify_footage(w.main).await.unwrap();
    let broken = w.store.segments(w.main, minutes(&w, 6, 7)).await.unwrap()[0].id;
    assert_eq!((state.sound, state.first_broken), (3, Some(broken)));
}

pub(crate) async fn receipts_are_never_changed(w: World) {
    let volume = filled(&w).await;
    delete(&w, &deletable(&w, volume, later(w.now, 120))).await;
    assert!(w.try_raw("update receipt set files = 0").await.is_err());
    assert!(w.try_raw("delete from receipt").await.is_err());
    w.raw("drop trigger receipt_no_update on receipt".trim_end_matches(if w.is_sqlite() { " on receipt" } else { "" }))
        .await;
    w.raw("update receipt set files = 0").await;
    assert_eq!(w.store.verify_receipts().await.unwrap().first_broken, Some(1));
}

pub(crate) async fn files_of_deleted_rows_are_remembered_until_they_are_removed(w: World) {
    let volume = filled(&w).await;
    let deleted = delete(&w, &deletable(&w, volume, later(w.now, 180))).await;
    assert_eq!(w.store.doomed_files(volume, 10).await.unwrap(), deleted.paths);
    w.store.files_removed(volume, &deleted.paths[..2]).await.unwrap();
    assert_eq!(w.store.doomed_files(volume, 10).await.unwrap(), ["main/2.mp4"]);
}

pub(crate) async fn held_footage_stays_until_the_hold_is_released(w: World) {
    let volume = filled(&w).await;
    let hold = hold(&w, (2, Some(4)), false).await;
    let all = deletable(&w, volume, later(w.now, 86_400));
    let deleted = delete(&w, &all).await;
    assert_eq!(deleted.receipts.len(), 2, "one before and one behind what is held");
    assert_eq!(left(&w).await, ["main/2.mp4", "main/3.mp4"]);
    assert_eq!(w.store.verify_footage(w.main).await.unwrap().first_broken, None);

    let found = w.store.holds_in(w.camera, minutes(&w, 3, 9)).await.unwrap();
    assert_eq!((found.len(), found[0].id, found[0].reason.as_str()), (1, hold, "案件调查"));
    assert!(w.store.holds_in(w.camera, minutes(&w, 4, 9)).await.unwrap().is_empty(), "half open");
    assert!(w.store.holds_in(w.other_camera, minutes(&w, 0, 9)).await.unwrap().is_empty());

    let foreign = w.store.release_hold(&Scope::Area(w.other_office), hold, "x", &w.superior, w.now).await;
    assert!(matches!(foreign, Err(StoreError::NotFound { .. })));
    let at = later(w.now, 4000);
    w.store.release_hold(&Scope::All, hold, "结案", &w.superior, at).await.unwrap();
    let again = w.store.release_hold(&Scope::All, hold, "结案", &w.superior, at).await.unwrap_err();
    assert!(matches!(again, StoreError::Refused(Refused::Released)), "{again}");
    let released = w.store.hold(&Scope::All, hold).await.unwrap();
    assert_eq!((released.released_at, released.release_reason.as_deref()), (Some(at), Some("结案")));
    assert!(w.store.holds(&Scope::All, true).await.unwrap().is_empty());
    let actions = w.store.audit(&PageKey::first(10)).await.unwrap().items;
    assert!(actions.iter().any(|row| row.entry.action == "hold.place" && row.entry.detail.contains("案件调查")));
    assert!(actions.iter().any(|row| row.entry.action == "hold.release" && row.entry.detail.contains("结案")));
    delete(&w, &all).await;
    assert!(left(&w).await.is_empty());
}

pub(crate) async fn a_canteen_held_with_an_open_end_holds_what_comes(w: World) {
    let volume = filled(&w).await;
    hold(&w, (5, None), true).await;
    delete(&w, &deletable(&w, volume, later(w.now, 86_400))).await;
    assert_eq!(left(&w).await.len(), 5);
    let (later_camera, ..) = add_camera(&w.store, w.here, ZoneKind::Cooking, w.now).await;
    assert_eq!(w.store.holds_in(later_camera, minutes(&w, 100, 200)).await.unwrap().len(), 1);
    let mut foreign = NewHold {
        id: HoldId::generate(),
        canteen_id: w.here,
        cameras: vec![w.other_camera],
        started_at: w.now,
        ended_at: None,
        reason: "x".into(),
    };
    let refused = w.store.insert_hold(&Scope::All, &foreign, &w.inspector, w.now).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound { what: "camera" }), "{refused}");
    foreign.cameras.clear();
    let refused = w.store.insert_hold(&Scope::Area(w.other_office), &foreign, &w.inspector, w.now).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound { .. }), "{refused}");
}

pub(crate) async fn footage_around_a_violation_is_kept_longer_unless_it_was_dismissed(w: World) {
    let volume = filled(&w).await;
    // minute 5, with a minute before and behind
    let violation = w.violation(5 * 60 + 10).await;
    let all = deletable(&w, volume, later(w.now, 86_400));
    delete(&w, &all).await;
    assert_eq!(left(&w).await, ["main/4.mp4", "main/5.mp4", "main/6.mp4"]);
    let classes = w.store.footage_by_age(volume, later(w.now, 2 * 86_400)).await.unwrap();
    let [kept] = &classes[..] else { panic!("{classes:?}") };
    assert_eq!((kept.class, kept.files, kept.age_days), (FootageClass::Violation, 3, 1));

    let dismissed = Verdict::Dismiss(DismissReason::ALL[0]);
    w.store.review(&Scope::All, violation, &w.inspector, dismissed, later(w.now, 400)).await.unwrap();
    delete(&w, &Deletable { ended_by: later(w.now, 300), ..all.clone() }).await;
    assert_eq!(left(&w).await, ["main/5.mp4", "main/6.mp4"]);
    delete(&w, &Deletable { violations_ended_by: later(w.now, 86_400), ..all }).await;
    assert!(left(&w).await.is_empty());
}

pub(crate) async fn the_nearest_policy_counts_within_the_bounds_above(w: World) {
    let s = &w.store;
    let (built_in, version) = s.policy_of(&Scope::All, PolicyPlace::Canteen(w.here)).await.unwrap();
    assert_eq!((built_in, version), (Policy::default(), 0));
    let set = async |place, policy: Policy| {
        let scope = &Scope::All;
        s.set_policy(scope, place, Some(&policy), &w.superior, w.now).await
    };
    let county = Policy { floor_days: 15, routine_days: 30, violation_days: 90, ceiling_days: 180 };
    assert_eq!(set(PolicyPlace::Area(w.county), county).await.unwrap(), 1);
    let low = Policy { floor_days: 7, ..county };
    let refused = set(PolicyPlace::Canteen(w.here), low).await.unwrap_err();
    let StoreError::Refused(Refused::Policy(invalid)) = &refused else { panic!("{refused}") };
    assert_eq!((invalid.field, invalid.lowest, invalid.highest), ("floor_days", 15, 180));
    let own = Policy { routine_days: 60, ..county };
    assert_eq!(set(PolicyPlace::Canteen(w.here), own).await.unwrap(), 2);
    assert_eq!(s.policy_of(&Scope::All, PolicyPlace::Canteen(w.here)).await.unwrap(), (own, 2));
    assert_eq!(s.policy_of(&Scope::All, PolicyPlace::Canteen(w.there)).await.unwrap(), (county, 1));
    let tighter = Policy { ceiling_days: 45, violation_days: 45, ..county };
    set(PolicyPlace::Area(w.county), tighter).await.unwrap();
    let (now, _) = s.policy_of(&Scope::All, PolicyPlace::Canteen(w.here)).await.unwrap();
    assert_eq!((now.routine_days, now.violation_days, now.ceiling_days), (45, 45, 45), "what is above was tightened");
    s.set_policy(&Scope::All, PolicyPlace::Canteen(w.here), None, &w.superior, w.now).await.unwrap();
    assert_eq!(s.policy_of(&Scope::All, PolicyPlace::Canteen(w.here)).await.unwrap(), (tighter, 4));

    let listed = s.retention_policies(&Scope::Canteen(w.there)).await.unwrap();
    assert_eq!(listed.iter().map(|row| row.version).collect::<Vec<_>>(), [3], "those above count here");
    let outside = s.set_policy(&Scope::Area(w.office), PolicyPlace::Area(w.county), None, &w.inspector, w.now).await;
    assert!(matches!(outside, Err(StoreError::NotFound { .. })));
    let rows = s.audit(&PageKey::first(10)).await.unwrap().items;
    assert_eq!(rows.iter().filter(|row| row.entry.action == "retention.set").count(), 4);
}

pub(crate) async fn an_order_is_refused_for_held_footage_and_carried_out_once(w: World) {
    let volume = filled(&w).await;
    let order = NewDeletionOrder {
        id: mingchu_domain::id::DeletionOrderId::generate(),
        camera_id: w.camera,
        range: minutes(&w, 2, 4),
        reason: "误录个人隐私".into(),
    };
    let hold = hold(&w, (3, Some(4)), false).await;
    let preview = w.store.preview_order(&Scope::All, w.camera, order.range).await.unwrap();
    assert_eq!((preview.files, preview.bytes, preview.held_files, preview.violation_files), (2, 2005, 1, 0));
    let refused = w.store.insert_deletion_order(&Scope::All, &order, &w.superior, w.now).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused(Refused::Held)), "{refused}");
    w.store.release_hold(&Scope::All, hold, "解除", &w.inspector, w.now).await.unwrap();
    w.store.insert_deletion_order(&Scope::All, &order, &w.superior, w.now).await.unwrap();
    assert_eq!(w.store.open_deletion_orders().await.unwrap().len(), 1);

    let what = Deletable {
        range: order.range,
        violations_ended_by: later(w.now, 86_400),
        cause: DeletionCause::Order,
        order: Some(order.id),
        basis: format!("order={}", order.id),
        ..deletable(&w, volume, later(w.now, 86_400))
    };
    delete(&w, &what).await;
    assert_eq!(w.store.deleted_by_order(order.id).await.unwrap(), (2, 2005));
    let done = DeletionDone { at: later(w.now, 6000), files: 2, bytes: 2005, held_files: 0 };
    w.store.deletion_order_done(order.id, &done).await.unwrap();
    w.store.deletion_order_done(order.id, &DeletionDone { files: 9, ..done }).await.unwrap();
    assert!(w.store.open_deletion_orders().await.unwrap().is_empty());
    assert_eq!(w.store.deletion_orders(&Scope::All).await.unwrap()[0].done, Some(done));
    assert!(w.store.deletion_orders(&Scope::Area(w.other_office)).await.unwrap().is_empty());
    let gaps = w.store.gaps(w.main, minutes(&w, 0, 100)).await.unwrap();
    assert_eq!((gaps.len(), gaps[0].cause), (1, GapCause::DeletedByOrder));
}

pub(crate) async fn disks_and_steps_are_read_as_written(w: World) {
    let volume = volume(&w);
    w.store.set_volume(&volume).await.unwrap();
    let full = Volume { state: VolumeState::Gone, step: StorageStep::Expiring, detail: "not there".into(), ..volume };
    w.store.set_volume(&full).await.unwrap();
    assert_eq!(w.store.volumes().await.unwrap(), std::slice::from_ref(&full));
    let status = StorageStatus {
        host: "kitchen-1".into(),
        step: StorageStep::EvidenceOnly,
        since: w.now,
        used_permille: 985,
        written_per_day_bytes: 21_600_000_000,
        shortens_at: None,
        floor_breaks_at: Some(later(w.now, 86_400)),
        checked_at: w.now,
    };
    w.store.set_storage_status(&status).await.unwrap();
    w.store.set_storage_status(&status).await.unwrap();
    assert_eq!(w.store.storage_status().await.unwrap(), [status]);
    assert_eq!(w.store.archive_bytes(full.id).await.unwrap(), 0);
    assert_eq!(w.store.oldest_footage(full.id, ALWAYS_FROM).await.unwrap(), None);
}

pub(crate) async fn footage_from_before_disks_is_the_first_ones(w: World) {
    let volume = filled(&w).await;
    w.raw("update segment set volume_id = null").await;
    assert_eq!(w.store.archive_bytes(volume).await.unwrap(), 0);
    assert_eq!(w.store.adopt_segments(volume).await.unwrap(), 10);
    assert_eq!(w.store.archive_bytes(volume).await.unwrap(), 10_045);
    assert_eq!(w.store.oldest_footage(volume, w.now).await.unwrap(), Some(later(w.now, 60)));
}
