//! A small county to make claims about: two offices, a canteen in each, a camera in each canteen.

use mingchu_domain::{
    geometry::{BBox, Polygon},
    id::{AreaId, CameraId, CanteenId, ClipId, NoticeId, PersonId, StreamId, ViolationId},
    media::StreamKind,
    place::{AreaLevel, ZoneKind},
    role::{Role, Scope},
    rule::{Clause, RuleCode, Severity},
    time::{TimeRange, WallTime},
    violation::{DecisionFrame, EvidenceState, Figures, Verdict},
};
use mingchu_store::{Area, Canteen, Config, NewCamera, NewClip, NewPerson, NewStream, NewViolation, Reviewer, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use std::time::Duration;
use tempfile::TempDir;

/// The store and what is in it.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) config: Config,
    pub(crate) folder: TempDir,
    pub(crate) now: WallTime,
    pub(crate) county: AreaId,
    /// The area of `here`.
    pub(crate) office: AreaId,
    /// The area of `there`.
    pub(crate) other_office: AreaId,
    pub(crate) here: CanteenId,
    pub(crate) there: CanteenId,
    pub(crate) camera: CameraId,
    pub(crate) other_camera: CameraId,
    pub(crate) main: StreamId,
    pub(crate) sub: StreamId,
    /// Regulator of `office`.
    pub(crate) inspector: Reviewer,
    /// Regulator of the county.
    pub(crate) superior: Reviewer,
    /// Manager of `here`.
    pub(crate) manager: Reviewer,
}

/// `seconds` after `time`.
pub(crate) fn later(time: WallTime, seconds: u64) -> WallTime {
    time + Duration::from_secs(seconds)
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("mingchu.db").display());
        Self::build(folder, database).await
    }

    pub(crate) async fn on(database: String) -> Self {
        Self::build(tempfile::tempdir().unwrap(), database).await
    }

    async fn build(folder: TempDir, database: String) -> Self {
        let config =
            Config { database, objects: folder.path().join("objects"), key_file: folder.path().join("mingchu.key") };
        let store = Store::open(&config).await.unwrap();
        let now: WallTime = "2026-11-20T03:04:05.25Z".parse().unwrap();
        let county = area(&store, None, "示范县", AreaLevel::County).await;
        let office = area(&store, Some(county), "城关所", AreaLevel::Office).await;
        let other_office = area(&store, Some(county), "河东所", AreaLevel::Office).await;
        let here = canteen(&store, office, "HERE0001").await;
        let there = canteen(&store, other_office, "THERE001").await;
        let (camera, main, sub) = add_camera(&store, here, ZoneKind::Serving, now).await;
        let (other_camera, ..) = add_camera(&store, there, ZoneKind::Cooking, now).await;
        let inspector = person(&store, "inspector", Role::Regulator, Some(office), None).await;
        let superior = person(&store, "superior", Role::Regulator, Some(county), None).await;
        let manager = person(&store, "manager", Role::Manager, None, Some(here)).await;
        Self {
            store,
            config,
            folder,
            now,
            county,
            office,
            other_office,
            here,
            there,
            camera,
            other_camera,
            main,
            sub,
            inspector,
            superior,
            manager,
        }
    }

    /// Whether this is SQLite, for what only one of the two can do.
    pub(crate) fn is_sqlite(&self) -> bool {
        self.config.database.starts_with("sqlite:")
    }

    /// Runs statements behind the store's back.
    pub(crate) async fn raw(&self, sql: &str) {
        self.try_raw(sql).await.unwrap();
    }

    /// Runs statements behind the store's back, which the database may refuse.
    pub(crate) async fn try_raw(&self, sql: &str) -> Result<(), sqlx::Error> {
        let (address, sql) = (&self.config.database, AssertSqlSafe(sql.to_owned()));
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(address).await?;
            sqlx::raw_sql(sql).execute(&mut connection).await?;
        } else {
            let mut connection = PgConnection::connect(address).await?;
            sqlx::raw_sql(sql).execute(&mut connection).await?;
        }
        Ok(())
    }

    /// Returns a violation of `here`, begun `seconds` after now.
    pub(crate) fn new_violation(&self, seconds: u64) -> NewViolation {
        let started_at = later(self.now, seconds);
        let frame = |n: u16| DecisionFrame {
            at: later(started_at, n.into()),
            object_key: format!("violation/x/frame-{n}.jpg"),
            sha256: "ab".repeat(32),
            subject: BBox { x1: 0.1, y1: 0.2, x2: 0.3, y2: 0.9 },
            head: (n > 1).then_some(BBox { x1: 0.15, y1: 0.2, x2: 0.2, y2: 0.3 }),
            confidence: 0.1 * f32::from(n),
        };
        NewViolation {
            id: ViolationId::generate(),
            camera_id: self.camera,
            canteen_id: self.here,
            zone: ZoneKind::Serving,
            code: RuleCode::NoMask,
            severity: Severity::B,
            rule_pack: "cn-default-2026 v1".into(),
            clauses: vec![Clause {
                title: "某标准".into(), article: Some("1".into()), quote: None, verified: false
            }],
            demand: "立即整改".into(),
            demand_en: "Put right at once".into(),
            rectify_within: Duration::from_secs(3600),
            model: "yolox-s 1".into(),
            track: 7,
            started_at,
            ended_at: later(started_at, 12),
            figures: Figures { votes: 5, of: 6, window_s: 10.0, confidence: 0.83, head_px: Some(61.5), measure: None },
            frames: vec![frame(1), frame(2), frame(3)],
            snapshot_key: "violation/x/snapshot.jpg".into(),
            clock_offset_us: Some(-1200),
        }
    }

    /// Adds a violation of `here`.
    pub(crate) async fn violation(&self, seconds: u64) -> ViolationId {
        let violation = self.new_violation(seconds);
        self.store.insert_violation(&violation).await.unwrap();
        violation.id
    }

    /// Adds a violation and its prompt.
    pub(crate) async fn prompt(&self, seconds: u64) -> (ViolationId, NoticeId) {
        let violation = self.violation(seconds).await;
        let notice = self.store.issue_notice(violation, later(self.now, seconds + 20)).await.unwrap();
        (violation, notice.unwrap())
    }

    /// Adds a violation and its formal notice, confirmed 30 s after it began.
    pub(crate) async fn formal(&self, seconds: u64) -> (ViolationId, NoticeId) {
        let (violation, notice) = self.prompt(seconds).await;
        let at = later(self.now, seconds + 30);
        self.store.review(&Scope::All, violation, &self.inspector, Verdict::Confirm, at).await.unwrap();
        (violation, notice)
    }

    pub(crate) fn clip(&self) -> NewClip {
        let range = TimeRange::new(self.now, later(self.now, 20)).unwrap();
        NewClip {
            id: ClipId::generate(),
            range,
            object_key: "clip/x.mp4".into(),
            size_bytes: 5_000_000_000,
            sha256: "cd".repeat(32),
            frames: 500,
        }
    }

    pub(crate) async fn ready(&self, violation: ViolationId) {
        let clip = self.clip();
        self.store.set_evidence(violation, EvidenceState::Ready, None, Some(&clip), self.now).await.unwrap();
    }
}

async fn area(store: &Store, parent: Option<AreaId>, name: &str, level: AreaLevel) -> AreaId {
    let id = AreaId::generate();
    let area = Area { id, parent, name: name.into(), name_en: "Area".into(), level, province: "河南".into() };
    store.insert_area(&area).await.unwrap();
    id
}

async fn canteen(store: &Store, area_id: AreaId, code: &str) -> CanteenId {
    let id = CanteenId::generate();
    let canteen = Canteen {
        id,
        area_id,
        code: code.into(),
        name: format!("食堂 {code}"),
        name_en: format!("Canteen {code}"),
        school: "第一小学".into(),
        licence_no: "JY3".into(),
        grade: "A".into(),
    };
    store.insert_canteen(&canteen).await.unwrap();
    id
}

/// Adds a camera with main and sub stream; the main one has a password.
pub(crate) async fn add_camera(
    store: &Store,
    canteen_id: CanteenId,
    zone: ZoneKind,
    at: WallTime,
) -> (CameraId, StreamId, StreamId) {
    let (id, main, sub) = (CameraId::generate(), StreamId::generate(), StreamId::generate());
    let stream = |id, kind: StreamKind, password: Option<&str>| NewStream {
        id,
        kind,
        url: format!("rtsp://10.0.0.7:554/{}", kind.as_str()),
        username: Some("viewer".into()),
        password: password.map(str::to_owned),
    };
    let camera = NewCamera {
        id,
        canteen_id,
        name: "一号摄像头".into(),
        name_en: "Camera 1".into(),
        zone,
        outline: Polygon::whole(),
        is_synthetic: true,
        streams: vec![stream(main, StreamKind::Main, Some("s3cret-厨房")), stream(sub, StreamKind::Sub, None)],
    };
    store.insert_camera(&camera, at).await.unwrap();
    (id, main, sub)
}

async fn person(
    store: &Store,
    login: &str,
    role: Role,
    area_id: Option<AreaId>,
    canteen_id: Option<CanteenId>,
) -> Reviewer {
    let id = PersonId::generate();
    let office = format!("office of {login}");
    let person = NewPerson { id, login: login.into(), office: office.clone(), role, area_id, canteen_id };
    store.insert_person(&person).await.unwrap();
    Reviewer { person_id: id, office }
}
