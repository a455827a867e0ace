use crate::world::{World, later};
use mingchu_domain::{
    camera::GapCause,
    chain::chain,
    footage::{ExportState, ViewPurpose, ViewReason},
    id::{CameraId, ExportId, SegmentId, ViewId, VolumeId},
    retention::{DeletionCause, StorageStep},
    role::Scope,
    time::{MediaTime, TimeRange, WallTime},
    timeline::SEAM,
};
use mingchu_store::{
    Deletable, ExportedFile, JobKind, NewExport, NewView, PageKey, Person, Segment, StoreError, ViewFilter, Volume,
    VolumeState,
};
use std::time::Duration;

/// A range in milliseconds after now.
fn ms(w: &World, from: u64, to: u64) -> TimeRange {
    let at = |ms| w.now + Duration::from_millis(ms);
    TimeRange::new(at(from), at(to)).unwrap()
}

fn segment(w: &World, range: TimeRange, volume: Option<VolumeId>) -> Segment {
    let id = SegmentId::generate();
    Segment {
        id,
        stream_id: w.main,
        range,
        first_90k: MediaTime(0),
        frames: 10,
        size_bytes: 1000,
        volume_id: volume,
        path: format!("main/{id}.mp4"),
        sha256: "ab".repeat(32),
        chain: "cd".repeat(32),
        clock_offset_us: None,
        fault: None,
    }
}

async fn disk(w: &World) -> VolumeId {
    let id = VolumeId::generate();
    let volume = Volume {
        id,
        host: "kitchen-1".into(),
        path: "/archive".into(),
        position: 0,
        state: VolumeState::Online,
        step: StorageStep::Normal,
        since: w.now,
        detail: String::new(),
        total_bytes: 1000,
        used_bytes: 10,
        archive_bytes: 5,
        written_per_day_bytes: 7,
        shortens_at: None,
        floor_breaks_at: None,
        checked_at: w.now,
    };
    w.store.set_volume(&volume).await.unwrap();
    id
}

/// Joins what touches, up to a seam: what spans must come to, whatever the order they were told in.
fn joined(ranges: impl IntoIterator<Item = TimeRange>) -> Vec<TimeRange> {
    let mut ranges: Vec<_> = ranges.into_iter().filter(|range| range.length() > Duration::ZERO).collect();
    ranges.sort_unstable_by_key(|range| (range.start(), range.end()));
    let mut joined: Vec<TimeRange> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start() <= last.end() + SEAM => {
                *last = TimeRange::new(last.start(), last.end().max(range.end())).unwrap();
            }
            _ => joined.push(range),
        }
    }
    joined
}

async fn spans(w: &World) -> Vec<TimeRange> {
    joined(w.store.footage_spans(w.main, ms(w, 0, 1_000_000_000)).await.unwrap())
}

pub(crate) async fn spans_are_the_segments_joined_in_whatever_order_they_come(w: World) {
    // seams of 0, 100 and 200 ms are none; 201 ms, a minute and an overlap; one of no length
    let ranges = [
        ms(&w, 0, 60_000),
        ms(&w, 60_100, 120_000),
        ms(&w, 120_200, 180_000),
        ms(&w, 180_201, 240_000),
        ms(&w, 300_000, 360_000),
        ms(&w, 350_000, 380_000),
        ms(&w, 380_000, 380_000),
        ms(&w, 500_000, 500_500),
    ];
    // as they come, backwards, and each third: rows of a journal may be told late
    for step in [1, 7, 3] {
        let order = (0..ranges.len()).map(|n| ranges[n * step % ranges.len()]);
        let told: Vec<_> = order
            .map(|range| {
                TimeRange::new(later(range.start(), 1000 * step as u64), later(range.end(), 1000 * step as u64))
                    .unwrap()
            })
            .collect();
        for range in &told {
            w.store.insert_segment(&segment(&w, *range, None)).await.unwrap();
        }
        let from = later(w.now, 1000 * step as u64);
        let window = TimeRange::new(from, later(from, 900)).unwrap();
        let found = joined(w.store.footage_spans(w.main, window).await.unwrap());
        assert_eq!(found, joined(told), "order {step}");
    }
    assert_eq!(w.store.footage_spans(w.sub, ms(&w, 0, 1_000_000_000)).await.unwrap(), []);
}

pub(crate) async fn many_segments_come_together_or_not_at_all(w: World) {
    let minutes: Vec<_> = (0..50).map(|n| segment(&w, ms(&w, n * 60_000, (n + 1) * 60_000), None)).collect();
    let twin = Segment { id: SegmentId::generate(), ..minutes[3].clone() };
    let with_twin: Vec<_> = minutes.iter().cloned().chain([twin]).collect();
    let error = w.store.insert_segments(&with_twin).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { constraint } if constraint == "segment_path_key"), "{error}");
    assert_eq!(spans(&w).await, [], "none was added");
    w.store.insert_segments(&minutes).await.unwrap();
    assert_eq!(spans(&w).await, [ms(&w, 0, 3_000_000)]);
}

pub(crate) async fn deleted_segments_leave_the_span_on_either_side(w: World) {
    let volume = disk(&w).await;
    let mut end = String::new();
    for minute in 0..10 {
        let mut segment = segment(&w, ms(&w, minute * 60_000, (minute + 1) * 60_000), Some(volume));
        end = chain(&end, &segment.sha256);
        segment.chain.clone_from(&end);
        w.store.insert_segment(&segment).await.unwrap();
    }
    let delete = async |range: TimeRange, ended_by| {
        let what = Deletable {
            stream: w.main,
            volume,
            range,
            begun_from: WallTime::from_micros(0),
            ended_by,
            violations_ended_by: WallTime::from_micros(0),
            cause: DeletionCause::Period,
            policy_version: 0,
            order: None,
            basis: "routine_days=30".into(),
            limit: 100,
        };
        w.store.delete_footage(&what, later(w.now, 86_400)).await.unwrap()
    };
    let whole_day = ms(&w, 0, 86_400_000);
    // out of the middle, then from the beginning
    assert_eq!(delete(ms(&w, 250_000, 290_000), later(w.now, 86_400)).await.paths.len(), 1);
    assert_eq!(spans(&w).await, [ms(&w, 0, 240_000), ms(&w, 300_000, 600_000)]);
    assert_eq!(delete(whole_day, later(w.now, 120)).await.paths.len(), 2);
    assert_eq!(spans(&w).await, [ms(&w, 120_000, 240_000), ms(&w, 300_000, 600_000)]);
    let reach = w.store.archive_reach(w.main).await.unwrap().unwrap();
    assert_eq!((reach.first, reach.last), (w.now, later(w.now, 600)), "the gap that deletion left belongs to it");
    let causes: Vec<_> = w.store.told_gaps(w.main, whole_day).await.unwrap().iter().map(|gap| gap.cause).collect();
    assert!(causes.iter().all(|cause| *cause == GapCause::DeletedByRetention) && !causes.is_empty(), "{causes:?}");
    assert_eq!(delete(whole_day, later(w.now, 86_400)).await.paths.len(), 7);
    assert_eq!(spans(&w).await, []);
}

async fn person(w: &World, login: &str) -> Person {
    w.store.person_by_login(login).await.unwrap().unwrap().0
}

fn view(w: &World, cameras: &[CameraId], seconds: u64) -> NewView {
    NewView {
        id: ViewId::generate(),
        cameras: cameras.to_vec(),
        range: ms(w, 0, 60_000),
        purpose: ViewPurpose::View,
        reason: ViewReason::Complaint,
        reason_text: "家长来电".into(),
        created_at: later(w.now, seconds),
        expires_at: later(w.now, seconds + 7200),
    }
}

pub(crate) async fn the_ledger_is_read_by_the_canteens_it_concerns(w: World) {
    let s = &w.store;
    let (inspector, superior) = (person(&w, "inspector").await, person(&w, "superior").await);
    let foreign = view(&w, &[w.camera, w.other_camera], 1);
    let refused = s.insert_view(&inspector, &foreign).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound { what: "camera" }), "{refused}");
    assert!(matches!(s.own_view(inspector.id, foreign.id).await, Err(StoreError::NotFound { .. })), "nothing is left");

    let (mine, both) = (view(&w, &[w.camera], 2), view(&w, &[w.camera, w.other_camera], 3));
    s.insert_view(&inspector, &mine).await.unwrap();
    s.insert_view(&superior, &both).await.unwrap();
    let read = s.own_view(inspector.id, mine.id).await.unwrap();
    assert_eq!((&read.view, read.login.as_str(), read.office.as_str()), (&mine, "inspector", "office of inspector"));
    assert!(matches!(s.own_view(superior.id, mine.id).await, Err(StoreError::NotFound { .. })), "another person's");

    let ids = async |scope: Scope, filter: ViewFilter| {
        let page = s.views(&scope, &filter, &PageKey::first(10)).await.unwrap();
        page.items.into_iter().map(|(found, cameras)| (found.view.id, cameras.len())).collect::<Vec<_>>()
    };
    let all = ViewFilter::default();
    assert_eq!(ids(Scope::Canteen(w.here), all).await, [(both.id, 1), (mine.id, 1)], "newest first, own cameras only");
    assert_eq!(ids(Scope::Canteen(w.there), all).await, [(both.id, 1)]);
    assert_eq!(ids(Scope::All, all).await, [(both.id, 2), (mine.id, 1)]);
    assert_eq!(ids(Scope::Public, all).await, []);
    let by_person = ViewFilter { person_id: Some(inspector.id), ..all };
    assert_eq!(ids(Scope::All, by_person).await, [(mine.id, 1)]);
    let by_camera = ViewFilter { camera_id: Some(w.other_camera), ..all };
    assert_eq!(ids(Scope::Area(w.county), by_camera).await, [(both.id, 2)], "whole entries, of which one camera is it");
    let first = s.views(&Scope::All, &all, &PageKey::first(1)).await.unwrap();
    let rest = s.views(&Scope::All, &all, &PageKey { after: first.next, limit: 10 }).await.unwrap();
    assert_eq!((rest.items.len(), rest.items[0].0.view.id), (1, mine.id));
    assert_eq!(s.verify_audit().await.unwrap().first_broken, None);
}

pub(crate) async fn the_ledger_is_never_changed(w: World) {
    w.store.insert_view(&person(&w, "inspector").await, &view(&w, &[w.camera], 1)).await.unwrap();
    for sql in [
        "update footage_view set reason_text = 'another'",
        "update footage_view set login = 'somebody'",
        "delete from footage_view",
    ] {
        let error = w.try_raw(sql).await.unwrap_err().to_string();
        assert!(error.contains("never changed or deleted"), "{sql}: {error}");
    }
}

pub(crate) async fn an_export_goes_from_queued_to_expired(w: World) {
    let s = &w.store;
    let (inspector, superior) = (person(&w, "inspector").await, person(&w, "superior").await);
    let entry = NewView { purpose: ViewPurpose::Export, ..view(&w, &[w.camera], 1) };
    s.insert_view(&inspector, &entry).await.unwrap();
    let new = |seconds| NewExport {
        id: ExportId::generate(),
        view_id: entry.id,
        camera_id: w.camera,
        stream_id: w.main,
        range: ms(&w, 0, 2000),
        created_at: later(w.now, seconds),
    };
    let (first, second, third) = (new(2), new(3), new(4));
    for export in [&first, &second, &third] {
        s.insert_export(export).await.unwrap();
    }
    let jobs = s.claim(&[JobKind::FootageExport], later(w.now, 10), Duration::from_secs(60)).await.unwrap();
    assert_eq!(jobs.len(), 3, "each is on the list");
    assert_eq!(s.running_exports(inspector.id).await.unwrap(), 3);
    let own = s.own_exports(inspector.id, None).await.unwrap();
    assert_eq!(own.iter().map(|export| export.asked.id).collect::<Vec<_>>(), [third.id, second.id, first.id]);
    assert_eq!(s.own_exports(superior.id, Some(entry.id)).await.unwrap(), []);
    assert!(matches!(s.own_export(superior.id, first.id).await, Err(StoreError::NotFound { .. })));

    assert!(s.set_export_progress(first.id, 2000).await.unwrap());
    let running = s.export(first.id).await.unwrap();
    assert_eq!((running.state, running.progress_permille), (ExportState::Running, 1000));
    let file = ExportedFile {
        object_key: "export/x.mp4".into(),
        size_bytes: 5_000_000_000,
        sha256: "ef".repeat(32),
        frames: 50,
        first_picture_at: w.now,
        last_picture_at: later(w.now, 2),
    };
    assert!(s.export_ready(first.id, &file, later(w.now, 100)).await.unwrap());
    let ready = s.own_export(inspector.id, first.id).await.unwrap();
    assert_eq!((ready.state, ready.file.as_ref()), (ExportState::Ready, Some(&file)));
    assert!(!s.set_export_progress(first.id, 10).await.unwrap(), "what is ready does not run again");

    s.export_failed(second.id, "nothing was recorded then", later(w.now, 20)).await.unwrap();
    let failed = s.export(second.id).await.unwrap();
    assert_eq!((failed.state, failed.error.as_deref()), (ExportState::Failed, Some("nothing was recorded then")));
    s.delete_export(third.id).await.unwrap();
    assert!(!s.export_ready(third.id, &file, later(w.now, 100)).await.unwrap(), "deleted while it was cut");
    assert_eq!(s.running_exports(inspector.id).await.unwrap(), 0);

    assert_eq!(s.exports_to_expire(later(w.now, 99)).await.unwrap(), []);
    let over = s.exports_to_expire(later(w.now, 100)).await.unwrap();
    assert_eq!(over.iter().map(|export| export.asked.id).collect::<Vec<_>>(), [first.id]);
    s.export_expired(first.id).await.unwrap();
    let expired = s.export(first.id).await.unwrap();
    assert_eq!((expired.state, expired.file), (ExportState::Expired, None));
    assert_eq!(s.exports_to_expire(later(w.now, 1000)).await.unwrap(), []);
}
