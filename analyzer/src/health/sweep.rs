//! Who is offline, and whose clock is off: asked of the store, because no picture tells it.

use crate::{
    chain::Pictures,
    evidence::{self, Origin},
    judge::Opened,
    track::TrackId,
    worker::service_of,
};
use mingchu_domain::{
    camera::CameraState,
    id::{CameraId, ViolationId},
    publication::{ServiceWindow, began_before},
    role::Scope,
    rule::{Duty, Rule, RuleCode, RulePack},
    time::{Clock, WallTime},
    violation::{Figures, Measure},
};
use mingchu_store::{CameraDetail, JudgedCamera, Store, StoreError};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How often the store is asked; with the rule's 270 s an outage is found within five minutes.
const EVERY: Duration = Duration::from_secs(15);

/// Sweeps until `stopping`.
pub(crate) async fn run(store: Store, clock: Arc<dyn Clock>, stopping: CancellationToken) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut sweep = Sweep::default();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            _ = tick.tick() => {}
        }
        if let Err(error) = sweep.once(&store, clock.now()).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the cameras' health could not be looked at; will retry");
        }
    }
}

/// What a sweep remembers.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// How often in a row a clock was off.
    drifting: BTreeMap<CameraId, u32>,
}

impl Sweep {
    /// Looks at every camera once; writes what is new and extends what goes on.
    pub(crate) async fn once(&mut self, store: &Store, now: WallTime) -> Result<(), StoreError> {
        let pack = store.rule_pack().await?;
        let details = store.cameras(&Scope::All, None).await?;
        let details: HashMap<CameraId, CameraDetail> =
            details.into_iter().map(|detail| (detail.camera.id, detail)).collect();
        for camera in store.judged_cameras().await? {
            let Some(detail) = details.get(&camera.camera_id) else { continue };
            let local = pack.clone().in_province(&camera.province);
            let service = service_of(&camera, &local);
            if let Some((since, measure)) = offline(detail, local.rule(RuleCode::CamOffline), &service, now) {
                let found = Found { code: RuleCode::CamOffline, since, now, measure, times: 1 };
                write(store, &camera, &local, &found).await?;
            }
            let drift = drift(detail, local.rule(RuleCode::ClockDrift));
            let times = self.drifting.entry(camera.camera_id).or_default();
            *times = if drift.is_some() { *times + 1 } else { 0 };
            let needed = local.rule(RuleCode::ClockDrift).map_or(u32::MAX, |rule| rule.vote.at_least);
            if let Some(measure) = drift.filter(|_| *times >= needed) {
                let since = now - EVERY * (needed - 1);
                let found = Found { code: RuleCode::ClockDrift, since, now, measure, times: needed };
                write(store, &camera, &local, &found).await?;
            }
        }
        Ok(())
    }
}

/// Returns since when a camera has had no picture in service hours, when that is longer than the rule lets it.
fn offline(
    detail: &CameraDetail,
    rule: Option<&Rule>,
    service: &[ServiceWindow],
    now: WallTime,
) -> Option<(WallTime, Measure)> {
    let limit = rule?.limit?;
    let is_failing = |state| matches!(state, CameraState::Failing);
    if detail.streams.is_empty() || !detail.streams.iter().all(|stream| is_failing(stream.status.state)) {
        return None;
    }
    let lost = detail.streams.iter().map(|stream| stream.status.since).max()?;
    if !rule?.hours.contains(now, service) {
        return None;
    }
    // What was lost at night counts from the morning on.
    let since = match rule?.hours {
        mingchu_domain::rule::RuleHours::Service => lost.max(began_before(service, now).unwrap_or(lost)),
        _ => lost,
    };
    let value = now.since(since).as_secs_f32();
    (value >= limit).then_some((since, Measure { value, limit }))
}

/// Returns how far a camera's clock is off, when that is more than the rule lets it.
fn drift(detail: &CameraDetail, rule: Option<&Rule>) -> Option<Measure> {
    let limit = rule?.limit?;
    let live = detail.streams.iter().filter(|stream| stream.status.state == CameraState::Live);
    let offsets = live.filter_map(|stream| stream.status.clock_offset_us);
    let value = offsets.map(|us| us.unsigned_abs() as f32 / 1e6).reduce(f32::max)?;
    (value >= limit).then_some(Measure { value, limit })
}

struct Found {
    code: RuleCode,
    since: WallTime,
    now: WallTime,
    measure: Measure,
    times: u32,
}

/// Writes a violation of the camera, or extends the one that goes on.
async fn write(store: &Store, camera: &JudgedCamera, pack: &RulePack, found: &Found) -> Result<(), StoreError> {
    let Found { code, since, now, measure, times } = *found;
    let Some(rule) = pack.rule(code) else { return Ok(()) };
    let Some(zone) = camera.zones.first() else { return Ok(()) };
    let is_muted = camera.mutes.iter().any(|mute| mute.code == code && now < mute.until);
    if is_muted || zone.rules_off.contains(&code) || rule.duty(zone.kind) != Duty::Must {
        return Ok(());
    }
    if let Some(recent) = store.recent_violation(camera.camera_id, code, since - rule.cool_down()).await? {
        return store.extend_violation(recent.id, now, recent.merged).await;
    }
    let figures = Figures {
        votes: times,
        of: times,
        window_s: now.since(since).as_secs_f32(),
        confidence: 1.0,
        head_px: None,
        measure: Some(measure),
    };
    let opened = Opened {
        code,
        zone_id: zone.id,
        zone: zone.kind,
        track: TrackId(0),
        started_at: since,
        ended_at: now,
        figures,
        frames: Vec::new(),
    };
    // The last picture there was, for the list; there may never have been one.
    let still = store.objects().get(&format!("still/{}.jpg", camera.camera_id)).await.unwrap_or_default();
    let pictures = Pictures { frames: Vec::new(), snapshot: still };
    let (camera_id, canteen_id) = (camera.camera_id, camera.canteen_id);
    let origin = Origin { camera_id, canteen_id, pack, models: "gateway" };
    let id = ViolationId::generate();
    evidence::record(store, &origin, id, &opened, &pictures).await?;
    tracing::info!(camera.id = %camera_id, violation.id = %id, code = code.as_str(), "camera trouble found");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mingchu_domain::{
        camera::GapCause,
        geometry::Polygon,
        id::{AreaId, CanteenId, StreamId},
        media::StreamKind,
        place::{AreaLevel, ZoneKind},
    };
    use mingchu_store::{Area, Canteen, Config, NewCamera, NewStream, StreamStatus, Violation, ViolationFilter};

    struct Kitchen {
        store: Store,
        stream: StreamId,
        _folder: tempfile::TempDir,
    }

    /// 10:00 in Beijing.
    fn at(second: u64) -> WallTime {
        "2026-11-20T02:00:00Z".parse::<WallTime>().unwrap() + Duration::from_secs(second)
    }

    async fn kitchen() -> Kitchen {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("mingchu.db").display());
        let config = Config { database, objects: folder.path().join("objects"), key_file: folder.path().join("key") };
        let store = Store::open(&config).await.unwrap();
        let area = AreaId::generate();
        let (name, name_en, province) = ("示范县".to_owned(), "County".to_owned(), "河南".to_owned());
        store
            .insert_area(&Area { id: area, parent: None, name, name_en, level: AreaLevel::County, province })
            .await
            .unwrap();
        let canteen = CanteenId::generate();
        let words = || "x".to_owned();
        let new = Canteen {
            id: canteen,
            area_id: area,
            code: "0K1TCHEN".into(),
            name: words(),
            name_en: words(),
            school: words(),
            licence_no: words(),
            grade: words(),
        };
        store.insert_canteen(&new).await.unwrap();
        let stream = StreamId::generate();
        let url = "rtsp://127.0.0.1/x".to_owned();
        let camera = NewCamera {
            id: CameraId::generate(),
            canteen_id: canteen,
            name: words(),
            name_en: words(),
            zone: ZoneKind::Cooking,
            outline: Polygon::whole(),
            is_synthetic: true,
            streams: vec![NewStream { id: stream, kind: StreamKind::Main, url, username: None, password: None }],
        };
        store.insert_camera(&camera, at(0)).await.unwrap();
        Kitchen { store, stream, _folder: folder }
    }

    impl Kitchen {
        async fn says(&self, state: CameraState, since: WallTime, clock_offset_us: Option<i64>) {
            let status = StreamStatus {
                state,
                since,
                cause: (state == CameraState::Failing).then_some(GapCause::NetworkLost),
                detail: String::new(),
                codec: None,
                width: None,
                height: None,
                last_frame_at: None,
                clock_offset_us,
            };
            self.store.set_stream_status(self.stream, &status).await.unwrap();
        }

        /// Sweeps each 15 s and returns the violations with the second at which each was there first.
        async fn sweep(&self, seconds: std::ops::Range<u64>) -> Vec<(u64, Violation)> {
            let mut sweep = Sweep::default();
            let mut found: Vec<(u64, Violation)> = Vec::new();
            for second in seconds.step_by(15) {
                sweep.once(&self.store, at(second)).await.unwrap();
                let filter = ViolationFilter::default();
                let page = self.store.violations(&Scope::All, &filter, &mingchu_store::PageKey::default()).await;
                for violation in page.unwrap().items {
                    match found.iter_mut().find(|(_, known)| known.id == violation.id) {
                        Some((_, known)) => *known = violation,
                        None => found.push((second, violation)),
                    }
                }
            }
            found
        }
    }

    #[tokio::test]
    async fn a_camera_without_pictures_is_found_within_five_minutes_once() {
        let kitchen = kitchen().await;
        kitchen.says(CameraState::Failing, at(5), None).await;
        let found = kitchen.sweep(0..900).await;
        let [(second, violation)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((violation.code, violation.started_at), (RuleCode::CamOffline, at(5)));
        assert!(*second - 5 <= 300, "{second}");
        assert_eq!(violation.ended_at, at(885), "it goes on, and nothing is doubled");
        assert!(violation.frames.is_empty() && violation.snapshot_key.is_empty());
        assert!(!violation.clauses.is_empty());
    }

    #[tokio::test]
    async fn an_outage_at_night_counts_from_the_morning_on() {
        let kitchen = kitchen().await;
        let night = 12 * 3600;
        kitchen.says(CameraState::Failing, at(night), None).await;
        assert!(kitchen.sweep(night..night + 900).await.is_empty(), "22:00 in Beijing");
        let morning = 19 * 3600 + 1800;
        let found = kitchen.sweep(morning - 60..morning + 400).await;
        let [(second, violation)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(violation.started_at, at(morning));
        assert!((morning + 270..morning + 300).contains(second), "{second}");
    }

    #[tokio::test]
    async fn a_clock_that_is_off_three_times_in_a_row_is_found_and_a_right_one_is_not() {
        let kitchen = kitchen().await;
        kitchen.says(CameraState::Live, at(0), Some(-2_000_000)).await;
        assert!(kitchen.sweep(0..300).await.is_empty());
        kitchen.says(CameraState::Live, at(300), Some(-45_000_000)).await;
        let found = kitchen.sweep(300..600).await;
        let [(second, violation)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((*second, violation.code), (330, RuleCode::ClockDrift));
        assert_eq!(violation.figures.measure, Some(Measure { value: 45.0, limit: 30.0 }));
    }
}
