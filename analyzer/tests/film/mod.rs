//! A kitchen in a store, and a clip that plays as its camera.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

use crate::play::Clip;
use mingchu_analyzer::Frames;
use mingchu_domain::{
    geometry::Polygon,
    id::{AreaId, CameraId, CanteenId, PersonId, StreamId},
    media::{AccessUnit, StreamKind},
    place::{AreaLevel, ZoneKind},
    publication::ServiceWindow,
    role::Scope,
    time::{Clock, WallTime},
};
use mingchu_store::{Area, Canteen, Config, NewCamera, NewStream, Reviewer, Store, SystemClock};
use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};
use tokio::sync::mpsc;

pub(crate) async fn opened_store(folder: &Path) -> Store {
    let database = format!("sqlite:{}", folder.join("mingchu.db").display());
    let config = Config { database, objects: folder.join("objects"), key_file: folder.join("key") };
    Store::open(&config).await.unwrap()
}

/// A camera in a store.
pub(crate) struct Eye {
    pub(crate) id: CameraId,
    main: StreamId,
    sub: StreamId,
}

/// Puts a canteen with cameras into the store.
pub(crate) async fn kitchen(store: &Store, zone: ZoneKind, cameras: usize) -> Vec<Eye> {
    let area = Area {
        id: AreaId::generate(),
        parent: None,
        name: "示范县".into(),
        name_en: "Model county".into(),
        level: AreaLevel::County,
        province: "江苏".into(),
    };
    store.insert_area(&area).await.unwrap();
    let canteen = Canteen {
        id: CanteenId::generate(),
        area_id: area.id,
        code: "0K1TCHEN".into(),
        name: "食堂".into(),
        name_en: "Canteen".into(),
        school: "小学".into(),
        licence_no: "1".into(),
        grade: "A".into(),
    };
    store.insert_canteen(&canteen).await.unwrap();
    // Tests run at any time of the day.
    let by = Reviewer { person_id: PersonId::generate(), office: "食品安全员".into() };
    let always = [ServiceWindow::always()];
    store.set_service_windows(&Scope::All, canteen.id, &always, &by, SystemClock.now()).await.unwrap();
    let mut eyes = Vec::new();
    for _ in 0..cameras {
        let eye = Eye { id: CameraId::generate(), main: StreamId::generate(), sub: StreamId::generate() };
        let stream =
            |id, kind| NewStream { id, kind, url: "rtsp://127.0.0.1/x".into(), username: None, password: None };
        let camera = NewCamera {
            id: eye.id,
            canteen_id: canteen.id,
            name: "机位".into(),
            name_en: "Camera".into(),
            zone,
            outline: Polygon::whole(),
            is_synthetic: true,
            streams: vec![stream(eye.main, StreamKind::Main), stream(eye.sub, StreamKind::Sub)],
        };
        store.insert_camera(&camera, SystemClock.now()).await.unwrap();
        eyes.push(eye);
    }
    eyes
}

/// Streams that loop over the units of clips, faster than they were taken.
pub(crate) struct Film {
    reels: HashMap<StreamId, (Arc<Vec<AccessUnit>>, Duration)>,
    speed: u32,
}

impl Film {
    pub(crate) fn empty() -> Self {
        Self { reels: HashMap::new(), speed: 1 }
    }

    pub(crate) fn of(clip: &Clip, eyes: &[Eye], speed: u32) -> Self {
        let reel = |kind| (Arc::new(clip.units(kind, WallTime::default())), clip.length());
        let (main, sub) = (reel(StreamKind::Main), reel(StreamKind::Sub));
        let reels = eyes.iter().flat_map(|eye| [(eye.main, main.clone()), (eye.sub, sub.clone())]).collect();
        Self { reels, speed }
    }
}

impl Frames for Film {
    fn subscribe(&self, stream: StreamId) -> mpsc::Receiver<AccessUnit> {
        let (sender, receiver) = mpsc::channel(64);
        let (reel, length) = self.reels.get(&stream).cloned().unwrap_or_default();
        let speed = self.speed;
        tokio::spawn(async move {
            let (begun, start) = (tokio::time::Instant::now(), SystemClock.now());
            for time in 0..if reel.is_empty() { 0 } else { u32::MAX } {
                for unit in reel.iter() {
                    let since = unit.arrived_at.since(WallTime::default()) + length * time;
                    tokio::time::sleep_until(begun + since / speed).await;
                    let unit = AccessUnit { arrived_at: start + since, ..unit.clone() };
                    if sender.send(unit).await.is_err() {
                        return;
                    }
                }
            }
            sender.closed().await;
        });
        receiver
    }
}
