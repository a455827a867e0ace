//! A small district for end-to-end tests: the real binary, a folder of its own, simulated cameras.
#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

mod program;
mod simulator;

pub(crate) use program::{Program, binary, finished};
pub(crate) use simulator::{Account, Simulator, clip, counters};

use mingchu_domain::{
    camera::CameraState,
    geometry::Polygon,
    id::{AreaId, CameraId, CanteenId, StreamId},
    media::StreamKind,
    place::{AreaLevel, ZoneKind},
    time::{Clock, TimeRange, WallTime},
};
use mingchu_store::{Area, Canteen, Gap, NewCamera, NewStream, Segment, Store, SystemClock};
use std::{future::Future, path::PathBuf, time::Duration};
use tempfile::TempDir;
use tokio::time::Instant;

/// A canteen in a folder of its own.
pub(crate) struct District {
    folder: TempDir,
    canteen: CanteenId,
    pub(crate) store: Store,
}

impl District {
    /// Makes the folder, the database and one canteen.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("mingchu-e2e-").tempdir().unwrap();
        let store = Store::open(&mingchu_store::Config {
            database: format!("sqlite:{}", folder.path().join("mingchu.db").display()),
            objects: folder.path().join("objects"),
            key_file: folder.path().join("secret.key"),
        })
        .await
        .unwrap();
        let area = Area {
            id: AreaId::generate(),
            parent: None,
            name: "示范县".into(),
            name_en: "Sample county".into(),
            level: AreaLevel::County,
            province: "河南".into(),
        };
        let canteen = Canteen {
            id: CanteenId::generate(),
            area_id: area.id,
            code: "TEST0001".into(),
            name: "第一小学食堂".into(),
            name_en: "First primary school canteen".into(),
            school: "第一小学".into(),
            licence_no: "JY34100000000001".into(),
            grade: "A".into(),
        };
        store.insert_area(&area).await.unwrap();
        store.insert_canteen(&canteen).await.unwrap();
        Self { folder, canteen: canteen.id, store }
    }

    /// Returns a path inside the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds a camera with a main stream at `url`.
    pub(crate) async fn add_camera(&self, url: &str, account: Option<Account>) -> StreamId {
        let id = StreamId::generate();
        let stream = NewStream {
            id,
            kind: StreamKind::Main,
            url: url.to_owned(),
            username: account.map(|account| account.name.to_owned()),
            password: account.map(|account| account.password.to_owned()),
        };
        let camera = NewCamera {
            id: CameraId::generate(),
            canteen_id: self.canteen,
            name: "烹饪间".into(),
            name_en: "Cooking".into(),
            zone: ZoneKind::Cooking,
            outline: Polygon::whole(),
            is_synthetic: true,
            streams: vec![stream],
        };
        self.store.insert_camera(&camera, SystemClock.now()).await.unwrap();
        id
    }

    /// Writes `mingchu.toml` on this district's database; `gateway` holds further keys of that table.
    pub(crate) fn config(&self, gateway: &str) -> PathBuf {
        let file = self.path("mingchu.toml");
        let text = format!(
            "[store]\ndatabase = \"sqlite:{db}\"\nobjects = \"{objects}\"\nkey_file = \"{key}\"\n\
             [gateway]\ndata = \"{archive}\"\n{gateway}\n[metrics]\nbind = \"\"\n[web]\nbind = \"127.0.0.1:0\"\n",
            db = self.path("mingchu.db").display(),
            objects = self.path("objects").display(),
            key = self.path("secret.key").display(),
            archive = self.path("archive").display(),
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    /// Starts `mingchu run` with the gateway alone.
    pub(crate) fn run_gateway(&self, gateway: &str) -> Program {
        let config = self.config(gateway);
        Program::start(&["run", "--role", "gateway", "--config", config.to_str().unwrap()])
    }

    pub(crate) async fn segments(&self, stream: StreamId) -> Vec<Segment> {
        self.store.segments(stream, always()).await.unwrap()
    }

    pub(crate) async fn gaps(&self, stream: StreamId) -> Vec<Gap> {
        self.store.gaps(stream, always()).await.unwrap()
    }

    /// Returns the numbers of the simulated pictures in the archive of a stream, in order.
    pub(crate) async fn archived(&self, stream: StreamId) -> Vec<u64> {
        let segments = self.segments(stream).await;
        segments.iter().flat_map(|segment| counters(&self.path("archive").join(&segment.path))).collect()
    }

    /// Returns state and cause of a stream.
    pub(crate) async fn state(&self, stream: StreamId) -> (CameraState, Option<mingchu_domain::camera::GapCause>) {
        let cameras = self.store.cameras(&mingchu_domain::role::Scope::All, None).await.unwrap();
        let mut streams = cameras.into_iter().flat_map(|camera| camera.streams);
        let status = streams.find(|info| info.id == stream).unwrap().status;
        (status.state, status.cause)
    }

    /// Waits until every stream is live.
    pub(crate) async fn all_live(&self, streams: &[StreamId]) {
        for stream in streams {
            eventually("the camera is live", Duration::from_secs(20), || async {
                (self.state(*stream).await.0 == CameraState::Live).then_some(())
            })
            .await;
        }
    }
}

/// A range that holds every test.
fn always() -> TimeRange {
    TimeRange::new(WallTime::from_micros(0), WallTime::from_micros(i64::MAX / 2)).unwrap()
}

/// Asks until there is an answer; fails with `what` after `limit`.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> F,
) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
