//! A small district and a client for it.

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use bytes::Bytes;
use mingchu_domain::{
    derivative::{PublicRefused, PublicWish},
    footage::{FootageRefused, Playlist, Still},
    geometry::{BBox, Polygon},
    id::{AreaId, CameraId, CanteenId, PersonId, SegmentId, StillId, StreamId, ViolationId},
    live::{CameraAddress, LiveRefused, LiveUnit, ProbeFailed, ProbeReport},
    media::StreamKind,
    place::{AreaLevel, ZoneKind},
    publication::{ConsentBasis, FactKind, ServiceWindow, Side},
    role::{Role, Scope},
    rule::{RuleCode, RulePack},
    time::{Clock, ManualClock, TimeRange, WallTime},
    violation::{DecisionFrame, EvidenceState, Figures},
};
use mingchu_store::{
    Area, Canteen, NewCamera, NewPerson, NewPublicationFact, NewPublicationStill, NewStream, NewViolation, Store,
};
use mingchu_web::{App, Config, Footage, FootageFile, Live, NoArchive, Pictures, PublicPictures, StillWish};
use serde_json::Value;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tower::ServiceExt as _;

/// A Saturday noon in Beijing.
pub(crate) const NOON: &str = "2026-11-21T04:00:00Z";
pub(crate) const CODE: &str = "7H3K9M2Q";

/// Live pictures from a script: what a test sent before the viewer came, then the sender closes.
#[derive(Default)]
pub(crate) struct ScriptedLive {
    pub(crate) script: std::sync::Mutex<Vec<LiveUnit>>,
    pub(crate) probe: std::sync::Mutex<Option<Result<ProbeReport, ProbeFailed>>>,
    pub(crate) probed: std::sync::Mutex<Vec<CameraAddress>>,
    /// Keeps the stream open after the script.
    pub(crate) open: std::sync::Mutex<Vec<mpsc::Sender<LiveUnit>>>,
    /// Streams that somebody opened as they are.
    pub(crate) opened: std::sync::Mutex<Vec<StreamId>>,
    pub(crate) public: Arc<ScriptedPublic>,
}

/// Public pictures that say that they are.
#[derive(Default)]
pub(crate) struct ScriptedPublic {
    pub(crate) refuses: std::sync::Mutex<Option<PublicRefused>>,
    pub(crate) wishes: std::sync::Mutex<Vec<PublicWish>>,
    pub(crate) open: std::sync::Mutex<Vec<mpsc::Sender<LiveUnit>>>,
}

#[async_trait]
impl Live for ScriptedLive {
    async fn open(&self, stream: StreamId) -> Result<mpsc::Receiver<LiveUnit>, LiveRefused> {
        self.opened.lock().unwrap().push(stream);
        let script = self.script.lock().unwrap().clone();
        if script.is_empty() {
            return Err(LiveRefused::NotPulled);
        }
        let (sender, receiver) = mpsc::channel(64);
        for unit in script {
            sender.try_send(unit).unwrap();
        }
        self.open.lock().unwrap().push(sender);
        Ok(receiver)
    }

    async fn still(&self, _stream: StreamId) -> Result<Still, LiveRefused> {
        match self.script.lock().unwrap().last() {
            Some(LiveUnit::Lost { cause, since, .. }) => Err(LiveRefused::Lost { cause: *cause, since: *since }),
            Some(_) => Ok(Still { jpeg: Bytes::from_static(b"jpeg"), at: NOON.parse().unwrap() }),
            None => Err(LiveRefused::NotPulled),
        }
    }

    async fn probe(&self, address: &CameraAddress) -> Result<ProbeReport, ProbeFailed> {
        self.probed.lock().unwrap().push(address.clone());
        self.probe.lock().unwrap().clone().expect("the test sets the answer")
    }
}

#[async_trait]
impl PublicPictures for ScriptedPublic {
    fn ready(&self) -> Result<(), PublicRefused> {
        self.refuses.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    async fn open(&self, wish: &PublicWish) -> Result<mpsc::Receiver<LiveUnit>, PublicRefused> {
        self.ready()?;
        self.wishes.lock().unwrap().push(wish.clone());
        let (sender, receiver) = mpsc::channel(64);
        let data = Bytes::from_static(b"treated");
        let init = LiveUnit::Init { codec_string: "avc1.42c01e".into(), width: 640, height: 360, data };
        sender.try_send(init).unwrap();
        self.open.lock().unwrap().push(sender);
        Ok(receiver)
    }
}

/// Archived footage from a script: the same playlist, file and picture whatever is asked for, or a refusal.
#[derive(Default)]
pub(crate) struct ScriptedFootage {
    pub(crate) refuses: std::sync::Mutex<Option<FootageRefused>>,
    /// The times of playlists that were asked for.
    pub(crate) asked: std::sync::Mutex<Vec<TimeRange>>,
}

impl ScriptedFootage {
    fn answer(&self) -> Result<(), FootageRefused> {
        self.refuses.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Footage for ScriptedFootage {
    async fn playlist(&self, _stream: StreamId, range: TimeRange) -> Result<Playlist, FootageRefused> {
        self.answer()?;
        self.asked.lock().unwrap().push(range);
        Ok(Playlist { text: "#EXTM3U\n".into(), codecs: vec!["avc1.64001f".into()] })
    }

    async fn open(&self, _segment: SegmentId) -> Result<FootageFile, FootageRefused> {
        self.answer()?;
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, b"0123456789").unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        Ok(FootageFile { file: tokio::fs::File::from_std(file), size_bytes: 10 })
    }

    async fn still(&self, wish: StillWish) -> Result<Still, FootageRefused> {
        self.answer()?;
        Ok(Still { jpeg: Bytes::from_static(b"jpeg"), at: wish.at })
    }
}

/// Returns live pictures from a script, public ones that are marked as treated, and no archive.
pub(crate) fn pictures(live: &Arc<ScriptedLive>) -> Pictures {
    Pictures { live: live.clone(), footage: Arc::new(NoArchive), public: live.public.clone() }
}

/// The server over a seeded store.
pub(crate) struct District {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) live: Arc<ScriptedLive>,
    pub(crate) footage: Arc<ScriptedFootage>,
    pub(crate) app: App,
    router: Router,
    pub(crate) canteen: CanteenId,
    pub(crate) other_canteen: CanteenId,
    pub(crate) camera: CameraId,
    pub(crate) counter: CameraId,
    pub(crate) other_camera: CameraId,
    _folder: tempfile::TempDir,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.body))
    }
    pub(crate) fn error(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
    /// Returns `name=value` of the session's cookie.
    pub(crate) fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}

pub(crate) async fn demo() -> District {
    district(Config { is_demo: true, ..Config::default() }).await
}

pub(crate) async fn district(config: Config) -> District {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&mingchu_store::Config {
        database: format!("sqlite:{}", folder.path().join("mingchu.db").display()),
        objects: folder.path().join("objects"),
        key_file: folder.path().join("key"),
    })
    .await
    .unwrap();
    let clock = Arc::new(ManualClock::at(NOON.parse().unwrap()));
    let (live, footage) = (Arc::new(ScriptedLive::default()), Arc::new(ScriptedFootage::default()));
    let bound = SocketAddr::from(([127, 0, 0, 1], 8080));
    let app =
        App::new(store.clone(), config, Pictures { footage: footage.clone(), ..pictures(&live) }, clock.clone(), bound);
    let router = mingchu_web::router(&app);

    let county = area(&store, None, "示范县", AreaLevel::County).await;
    let other_county = area(&store, None, "邻县", AreaLevel::County).await;
    let canteen = canteen(&store, county, CODE, "第一小学食堂").await;
    let other_canteen = canteen_of(&store, other_county).await;
    let now = clock.now();
    let camera = camera(&store, canteen, "备餐间1号", ZoneKind::Serving, now).await;
    let counter = self::camera(&store, canteen, "售饭窗口", ZoneKind::Counter, now).await;
    let other_camera = self::camera(&store, other_canteen, "烹饪间", ZoneKind::Cooking, now).await;
    for (login, role, area_id, canteen_id) in [
        ("regulator", Role::Regulator, Some(county), None),
        ("other-regulator", Role::Regulator, Some(other_county), None),
        ("manager", Role::Manager, None, Some(canteen)),
        ("other-manager", Role::Manager, None, Some(other_canteen)),
        ("parent", Role::Parent, None, Some(canteen)),
        ("admin", Role::Admin, None, None),
    ] {
        let office = format!("office of {login}");
        let person = NewPerson { id: PersonId::generate(), login: login.into(), office, role, area_id, canteen_id };
        store.insert_person(&person).await.unwrap();
    }
    District {
        store,
        clock,
        live,
        footage,
        app,
        router,
        canteen,
        other_canteen,
        camera,
        counter,
        other_camera,
        _folder: folder,
    }
}

async fn area(store: &Store, parent: Option<AreaId>, name: &str, level: AreaLevel) -> AreaId {
    let id = AreaId::generate();
    let area = Area { id, parent, name: name.into(), name_en: "County".into(), level, province: "河南".into() };
    store.insert_area(&area).await.unwrap();
    id
}

async fn canteen_of(store: &Store, area: AreaId) -> CanteenId {
    canteen(store, area, "8J4N5P6R", "邻县中学食堂").await
}

async fn canteen(store: &Store, area_id: AreaId, code: &str, name: &str) -> CanteenId {
    let id = CanteenId::generate();
    let canteen = Canteen {
        id,
        area_id,
        code: code.into(),
        name: name.into(),
        name_en: "Canteen".into(),
        school: "School".into(),
        licence_no: "JY34101000000001".into(),
        grade: "A".into(),
    };
    store.insert_canteen(&canteen).await.unwrap();
    id
}

async fn camera(store: &Store, canteen_id: CanteenId, name: &str, zone: ZoneKind, at: WallTime) -> CameraId {
    let id = CameraId::generate();
    let stream = |kind, path: &str| NewStream {
        id: StreamId::generate(),
        kind,
        url: format!("rtsp://127.0.0.1:1/{path}"),
        username: None,
        password: None,
    };
    let camera = NewCamera {
        id,
        canteen_id,
        name: name.into(),
        name_en: "Camera".into(),
        zone,
        outline: Polygon::whole(),
        is_synthetic: true,
        streams: vec![stream(StreamKind::Main, "main"), stream(StreamKind::Sub, "sub")],
    };
    store.insert_camera(&camera, at).await.unwrap();
    id
}

impl District {
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Opens a one-time link as `login` and returns the cookie.
    pub(crate) async fn sign_in(&self, login: &str) -> String {
        let answer = self.send(get(&self.link(login).await)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{:?}", answer.body);
        answer.cookie()
    }

    /// Returns the path of a fresh link.
    pub(crate) async fn link(&self, login: &str) -> String {
        let (person, _) = self.store.person_by_login(login).await.unwrap().unwrap();
        let lives = Duration::from_secs(3600);
        mingchu_web::sign_in_link(&self.store, "", person.id, lives, self.clock.now()).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send(with_cookie(get(path), cookie)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value, cookie: &str) -> Answer {
        self.send(with_cookie(json(Method::POST, path, &body), cookie)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value, cookie: &str) -> Answer {
        self.send(with_cookie(json(Method::PATCH, path, &body), cookie)).await
    }

    /// Marks a camera public, as its administrator does.
    pub(crate) async fn mark_public(&self, camera: CameraId) {
        let change = mingchu_store::CameraChange { is_public: Some(true), ..Default::default() };
        self.store.change_camera(&Scope::All, camera, &change, self.clock.now()).await.unwrap();
    }

    /// Serves the canteen all day, every day.
    pub(crate) async fn open_hours(&self) {
        let always = ServiceWindow::new(&[1, 2, 3, 4, 5, 6, 7], 0, 24 * 60).unwrap();
        let (person, _) = self.store.person_by_login("manager").await.unwrap().unwrap();
        let now = self.clock.now();
        self.store.set_service_windows(&Scope::All, self.canteen, &[always], &person.reviewer(), now).await.unwrap();
    }

    /// Enters all that the canteen must have done.
    pub(crate) async fn enter_facts(&self) {
        let (person, _) = self.store.person_by_login("manager").await.unwrap().unwrap();
        for &kind in FactKind::ALL {
            let basis = (kind == FactKind::StaffNotice).then_some(ConsentBasis::Mosaic);
            let fact = NewPublicationFact { kind, basis, done_on: "2026-09-01".into(), note: String::new() };
            let (by, now) = (person.reviewer(), self.clock.now());
            self.store.enter_publication_fact(&Scope::All, self.canteen, &fact, &by, now).await.unwrap();
        }
    }

    /// Marks a camera public, serves its canteen all day, enters its facts, and has both sides approve a picture.
    pub(crate) async fn publish(&self, camera: CameraId) {
        self.mark_public(camera).await;
        self.open_hours().await;
        self.enter_facts().await;
        let (id, now) = (StillId::generate(), self.clock.now());
        let object_key = format!("publication/{camera}/{id}.jpg");
        let still = NewPublicationStill { id, object_key, sha256: "ab".repeat(32), taken_at: now };
        for (side, login) in [(Side::School, "manager"), (Side::Regulator, "regulator")] {
            let (person, _) = self.store.person_by_login(login).await.unwrap().unwrap();
            let by = person.reviewer();
            if side == Side::School {
                self.store.put_up_still(&Scope::All, camera, &still, &by, now).await.unwrap();
            }
            self.store.approve_publication(&Scope::All, camera, (id, side), &by, now).await.unwrap();
        }
    }

    /// Adds a violation with pictures, as the analyzer does, and its notice, as the worker does.
    pub(crate) async fn violation(&self, camera: CameraId, canteen: CanteenId) -> ViolationId {
        let id = ViolationId::generate();
        let now = self.clock.now();
        let pack = RulePack::national();
        let rule = pack.rule(RuleCode::NoMask).unwrap();
        let objects = self.store.objects();
        let snapshot_key = format!("violation/{id}/snapshot.jpg");
        objects.put(&snapshot_key, Bytes::from_static(b"jpeg")).await.unwrap();
        let mut frames = Vec::new();
        for number in 1u8..=3 {
            let object_key = format!("violation/{id}/frame-{number}.jpg");
            objects.put(&object_key, vec![number; 8]).await.unwrap();
            let subject = BBox { x1: 0.25, y1: 0.25, x2: 0.5, y2: 0.75 };
            frames.push(DecisionFrame {
                at: now - Duration::from_secs(9),
                object_key,
                sha256: "00".repeat(32),
                subject,
                head: Some(BBox { x1: 0.25, y1: 0.25, x2: 0.375, y2: 0.375 }),
                confidence: 0.75,
            });
        }
        let violation = NewViolation {
            id,
            camera_id: camera,
            canteen_id: canteen,
            zone: ZoneKind::Serving,
            code: RuleCode::NoMask,
            severity: rule.severity,
            rule_pack: pack.label(),
            clauses: rule.clauses.clone(),
            demand: rule.demand.clone(),
            demand_en: rule.demand_en.clone(),
            rectify_within: rule.rectify_within(),
            model: "scripted".into(),
            track: 1,
            started_at: now - Duration::from_secs(10),
            ended_at: now,
            figures: Figures { votes: 8, of: 10, window_s: 15.0, confidence: 0.75, head_px: Some(52.0), measure: None },
            frames,
            snapshot_key,
            clock_offset_us: Some(1500),
        };
        self.store.insert_violation(&violation).await.unwrap();
        id
    }

    pub(crate) async fn notice_of(&self, violation: ViolationId) -> mingchu_domain::id::NoticeId {
        let missing = EvidenceState::Missing;
        self.store.set_evidence(violation, missing, Some("no footage"), None, self.clock.now()).await.unwrap();
        self.store.issue_notice(violation, self.clock.now()).await.unwrap().unwrap()
    }
}

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path).header(header::HOST, "127.0.0.1:8080").body(Body::empty()).unwrap()
}

pub(crate) fn json(method: Method, path: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

pub(crate) fn with_cookie(mut request: Request<Body>, cookie: &str) -> Request<Body> {
    if !cookie.is_empty() {
        request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
    }
    request
}

/// A multipart form with a line of text and a photo.
pub(crate) fn form(path: &str, text: &str, photo: Option<&[u8]>, cookie: &str) -> Request<Body> {
    let mut body = format!("--b\r\ncontent-disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n").into_bytes();
    if let Some(photo) = photo {
        body.extend_from_slice(
            b"--b\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\ncontent-type: image/jpeg\r\n\r\n",
        );
        body.extend_from_slice(photo);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    let request = Request::post(path)
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(body))
        .unwrap();
    with_cookie(request, cookie)
}
