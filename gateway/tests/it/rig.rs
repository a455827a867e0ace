//! A kitchen for tests: simulator, store, folder, gateway.

use mingchu_domain::{
    geometry::Polygon,
    id::{AreaId, CameraId, CanteenId, StreamId},
    media::{Codec, StreamKind},
    place::{AreaLevel, ZoneKind},
    role::Scope,
    time::{Clock, TimeRange, WallTime},
};
use mingchu_gateway::{
    Config, Gateway, StorageConfig,
    mp4::{self, Scan},
    sim::{self, Clip, Sim, read_counter},
};
use mingchu_store::{
    Area, CameraChange, Canteen, Gap, NewCamera, NewStream, PacketLoss, Segment, Store, StreamStatus, SystemClock,
};
use std::{
    fs::File,
    future::Future,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// How the test clips are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    H264,
    H265,
}

/// Returns a clip of 8 s, 25 frames a second, a key frame a second; made once for all tests and runs.
pub(crate) fn clip(coding: Coding) -> PathBuf {
    let x265 = "bframes=0:keyint=25:min-keyint=25:scenecut=0:open-gop=0:log-level=none";
    let (name, coder): (_, &[&str]) = match coding {
        Coding::H264 => ("h264.mp4", &["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-sc_threshold", "0"]),
        Coding::H265 => {
            ("h265.mp4", &["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", x265, "-tag:v", "hvc1"])
        }
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let clip = folder.join(name);
    if !clip.exists() {
        // tests run side by side: each makes its own, the last one wins
        let own = tempfile::Builder::new().suffix(".mp4").tempfile_in(folder).unwrap().into_temp_path();
        encode(&own, coder);
        own.persist(&clip).unwrap();
    }
    clip
}

fn encode(clip: &Path, coder: &[&str]) {
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=8"])
        .args(["-pix_fmt", "yuv420p", "-g", "25", "-keyint_min", "25"])
        .args(coder)
        .arg(clip)
        .status()
        .unwrap();
    assert!(made.success());
}

/// One simulated camera and its row.
pub(crate) struct Camera {
    pub(crate) id: CameraId,
    pub(crate) main: StreamId,
}

pub(crate) struct Rig {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) sim: Sim,
    pub(crate) canteen: CanteenId,
    pub(crate) cameras: Vec<Camera>,
    pub(crate) config: Config,
}

impl Rig {
    /// Starts a simulator of one camera for each entry and gives each a row; `rtspu` streams come over UDP.
    pub(crate) async fn new(cameras: &[(Coding, &str)]) -> Self {
        let clips = cameras.iter().map(|(coding, _)| clip(*coding)).collect();
        let schemes: Vec<_> = cameras.iter().map(|(_, scheme)| *scheme).collect();
        Self::of(clips, &schemes).await
    }

    /// The same with these clips, one a camera.
    pub(crate) async fn of(clips: Vec<PathBuf>, schemes: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let clips = clips.into_iter().map(|main| Clip { main, sub: None }).collect();
        let sim = sim::start(sim::Config::new(clips, schemes.len(), "127.0.0.1:0".parse().unwrap())).await.unwrap();
        let store = open_store(folder.path()).await;
        let canteen = add_canteen(&store).await;
        let mut added = Vec::new();
        for (index, scheme) in schemes.iter().enumerate() {
            let url = sim.url(index + 1, StreamKind::Main).replacen("rtsp", scheme, 1);
            added.push(add_camera(&store, canteen, &url).await);
        }
        let config = Config {
            data: folder.path().join("archive"),
            segment: Duration::from_secs(2),
            idle_timeout: Duration::from_secs(3),
            storage: StorageConfig { check_every: Duration::from_secs(1), ..StorageConfig::default() },
            ..Config::default()
        };
        Self { folder, store, sim, canteen, cameras: added, config }
    }

    pub(crate) async fn start(&self) -> Gateway {
        mingchu_gateway::start(self.store.clone(), self.config.clone(), Arc::new(SystemClock)).await.unwrap()
    }

    pub(crate) async fn status(&self, camera: usize) -> StreamStatus {
        let detail = self.store.camera(&Scope::All, self.cameras[camera].id).await.unwrap();
        detail.streams[0].status.clone()
    }

    pub(crate) async fn segments(&self, camera: usize) -> Vec<Segment> {
        self.store.segments(self.cameras[camera].main, always()).await.unwrap()
    }

    pub(crate) async fn gaps(&self, camera: usize) -> Vec<Gap> {
        self.store.gaps(self.cameras[camera].main, always()).await.unwrap()
    }

    pub(crate) async fn losses(&self, camera: usize) -> Vec<PacketLoss> {
        self.store.packet_losses(self.cameras[camera].main, always()).await.unwrap()
    }

    /// Returns the archived frame numbers, in order of the rows.
    pub(crate) async fn numbers(&self, camera: usize) -> Vec<u64> {
        let segments = self.segments(camera).await;
        segments.iter().flat_map(|segment| numbers_in(&self.config.data.join(&segment.path))).collect()
    }

    pub(crate) async fn enable(&self, camera: usize, is_enabled: bool) {
        let change = CameraChange { is_enabled: Some(is_enabled), ..CameraChange::default() };
        self.store.change_camera(&Scope::All, self.cameras[camera].id, &change, SystemClock.now()).await.unwrap();
    }

    pub(crate) fn path(&self, segment: &Segment) -> PathBuf {
        self.config.data.join(&segment.path)
    }
}

pub(crate) async fn open_store(folder: &Path) -> Store {
    let config = mingchu_store::Config {
        database: format!("sqlite:{}", folder.join("mingchu.db").display()),
        objects: folder.join("objects"),
        key_file: folder.join("key"),
    };
    Store::open(&config).await.unwrap()
}

pub(crate) async fn add_canteen(store: &Store) -> CanteenId {
    let (area, canteen) = (AreaId::generate(), CanteenId::generate());
    let words = |text: &str| text.to_owned();
    let (name, name_en, province) = (words("示范县"), words("Sample county"), words("河南"));
    store
        .insert_area(&Area { id: area, parent: None, name, name_en, level: AreaLevel::County, province })
        .await
        .unwrap();
    let new = Canteen {
        id: canteen,
        area_id: area,
        code: words("ABCD2345"),
        name: words("第一食堂"),
        name_en: words("First canteen"),
        school: words("第一小学"),
        licence_no: words("JY0000000000000000"),
        grade: words("A"),
    };
    store.insert_canteen(&new).await.unwrap();
    canteen
}

pub(crate) async fn add_camera(store: &Store, canteen: CanteenId, url: &str) -> Camera {
    let (id, main) = (CameraId::generate(), StreamId::generate());
    let stream = NewStream { id: main, kind: StreamKind::Main, url: url.to_owned(), username: None, password: None };
    let camera = NewCamera {
        id,
        canteen_id: canteen,
        name: "烹饪间".to_owned(),
        name_en: "Cooking room".to_owned(),
        zone: ZoneKind::Cooking,
        outline: Polygon::whole(),
        is_synthetic: true,
        streams: vec![stream],
    };
    store.insert_camera(&camera, SystemClock.now()).await.unwrap();
    Camera { id, main }
}

pub(crate) fn always() -> TimeRange {
    TimeRange::new(WallTime::from_micros(0), WallTime::from_micros(i64::MAX / 2)).unwrap()
}

pub(crate) fn scan(path: &Path) -> Scan {
    mp4::scan(&mut File::open(path).unwrap()).unwrap()
}

/// Returns the simulator's frame numbers in an archive file.
pub(crate) fn numbers_in(path: &Path) -> Vec<u64> {
    let (scan, bytes) = (scan(path), std::fs::read(path).unwrap());
    let codec: Codec = mp4::codec_of(&scan.sample_entry).unwrap();
    let mut numbers = Vec::new();
    for fragment in &scan.fragments {
        let mut at = usize::try_from(fragment.data_offset).unwrap();
        for picture in &fragment.pictures {
            let end = at + picture.size_bytes as usize;
            // a picture whose counter was in a lost packet has none
            numbers.extend(read_counter(&bytes[at..end], codec));
            at = end;
        }
    }
    numbers
}

/// Returns what `ffprobe -count_frames` decodes.
pub(crate) fn decoded_frames(path: &Path) -> u32 {
    let args = ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"];
    let probe = Command::new("ffprobe").args(args).args(["-of", "csv=p=0"]).arg(path).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&probe.stderr), "", "{} decodes without an error", path.display());
    String::from_utf8_lossy(&probe.stdout).trim().trim_end_matches(',').parse().unwrap()
}

/// Asserts that numbers follow one another without a hole.
pub(crate) fn assert_whole(numbers: &[u64], what: &str) {
    let holes: Vec<_> = numbers.windows(2).filter(|pair| pair[0] + 1 != pair[1]).collect();
    assert!(!numbers.is_empty() && holes.is_empty(), "{what}: {} numbers, holes {holes:?}", numbers.len());
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    limit: Duration,
    ask: impl Fn() -> F,
) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what} within {limit:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// A small file system of its own, or nothing where this user may not mount one.
pub(crate) struct SmallDisk(TempDir);

impl SmallDisk {
    pub(crate) fn of_kib(kib: u32) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let size = format!("size={kib}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then_some(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        assert!(Command::new("umount").arg("-l").arg(self.0.path()).status().unwrap().success());
    }
}
