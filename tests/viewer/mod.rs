//! A server with one public camera, and a parent who watches it and looks at every pixel.

use crate::{
    district::{District, Simulator, binary},
    veil::{Screen, is_card},
};
use futures::StreamExt as _;
use mingchu_analyzer::{Picture, find};
use mingchu_domain::{
    id::{CameraId, PersonId, StillId},
    media::{AccessUnit, Codec, VideoParameters},
    publication::{ConsentBasis, FactKind, ServiceWindow, Side},
    role::{Role, Scope},
    time::{Clock, MediaTime, WallTime},
};
use mingchu_store::{CameraChange, NewPerson, NewPublicationFact, NewPublicationStill, Reviewer, SystemClock};
use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Child,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// Waits are "until it happens", at most this long: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(90);
const CODE: &str = "TEST0001";
/// Side of the tiles that hide what is not known.
const TILE: usize = 32;

/// Whether there are models; without any there are no public pictures.
pub(crate) fn has_models() -> bool {
    let has = find::models(None).is_some();
    if !has {
        println!("skipped: no models");
    }
    has
}

/// Sends a signal, as `-STOP`.
pub(crate) fn signal(name: &str, pid: u32) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

/// Whether the process, or its zombie, is there.
pub(crate) fn is_there(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Makes the camera's clip: squares of fine detail, each of another brightness in each picture.
fn make_restless(file: &Path) {
    let light = "40+80*mod(floor(X/2)+floor(Y/2),2)+mod(N*61+floor(X/32)*53+floor(Y/32)*31,100)";
    let source = format!("nullsrc=size=640x360:rate=10:duration=4,geq=lum='{light}':cb=128:cr=128");
    let status = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-y", "-f", "lavfi", "-i", &source, "-pix_fmt", "yuv420p", "-c:v", "libx264"])
        .args(["-bf", "0", "-g", "10", "-preset", "ultrafast"])
        .arg(file)
        .stdin(Stdio::null())
        .status()
        .expect("ffmpeg is installed (scripts/setup test)");
    assert!(status.success());
}

/// Returns the camera's own picture.
pub(crate) fn restless(server: &Server) -> Picture {
    let arguments = ["-frames:v", "1", "-pix_fmt", "bgr24", "-f", "rawvideo", "-"];
    let ffmpeg = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&server.clip).args(arguments).output().unwrap();
    Picture::new(WallTime::default(), 640, 360, ffmpeg.stdout.into()).unwrap()
}

/// Returns the detail of the tile that has most of it: grey levels between neighbours two pixels apart.
pub(crate) fn detail(picture: &Picture) -> f64 {
    let (width, height) = (picture.width() as usize, picture.height() as usize - TILE);
    let green = |x: usize, y: usize| picture.bgr()[(y * width + x) * 3 + 1];
    let of_tile = |tx: usize, ty: usize| {
        // away from the tile's edges, where the encoder smoothes
        let inner = |from: usize| from + 8..from + TILE - 8;
        let steps = inner(ty).flat_map(|y| inner(tx).map(move |x| (x, y)));
        let steps: Vec<f64> = steps.map(|(x, y)| f64::from(green(x, y).abs_diff(green(x + 2, y)))).collect();
        steps.iter().sum::<f64>() / f64::from(u32::try_from(steps.len()).unwrap())
    };
    let tiles = (0..height / TILE).flat_map(|y| (0..width / TILE).map(move |x| (x * TILE, y * TILE)));
    tiles.map(|(x, y)| of_tile(x, y)).fold(0.0, f64::max)
}

/// Detail that an encoder adds to a tile of one colour.
const NO_DETAIL: f64 = 12.0;

/// `mingchu run` with one camera that the public may see.
pub(crate) struct Server {
    child: Child,
    address: String,
    camera: CameraId,
    log: Arc<Mutex<Vec<String>>>,
    reading: JoinHandle<()>,
    clip: PathBuf,
    _cameras: Simulator,
    _district: District,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let district = District::new().await;
        let clip = district.path("restless.mp4");
        make_restless(&clip);
        let cameras = Simulator::start(std::slice::from_ref(&clip), 1, None).await;
        district.add_camera(&cameras.url(1), None).await;
        let camera = publish(&district).await;
        let config = district.config("[analyzer.public]\nhide = \"persons\"\n");
        let mut command = binary();
        command.args(["run", "--config", config.to_str().unwrap()]).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = timeout(PATIENCE, lines.next_line()).await.expect("the server starts").unwrap().unwrap();
            if let Some((_, rest)) = line.split_once("served at http://") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
        };
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&log);
        let reading = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock().unwrap().push(line);
            }
        });
        Self { child, address, camera, log, reading, clip, _cameras: cameras, _district: district }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Returns the server's processes that look for people.
    pub(crate) fn finders(&self) -> Vec<u32> {
        let parent = self.pid().to_string();
        let is_ours = |pid: u32| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
            let (_, fields) = stat.rsplit_once(')')?;
            let is_child = fields.split_whitespace().nth(1)? == parent;
            (is_child && command.trim_end_matches('\0').ends_with("finder")).then_some(pid)
        };
        let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        all.filter_map(is_ours).collect()
    }

    /// Returns the one process that looks for people.
    pub(crate) fn finder(&self) -> u32 {
        let finders = self.finders();
        assert_eq!(finders.len(), 1, "{finders:?}");
        finders[0]
    }

    /// Interrupts the server and all its processes, as Ctrl-C does in a terminal; it must stop in order and in silence.
    pub(crate) async fn interrupt_all(&mut self) {
        self.log.lock().unwrap().clear();
        let group = format!("-{}", self.pid());
        assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
        let status = timeout(PATIENCE, self.child.wait()).await.expect("the server stops").unwrap();
        timeout(PATIENCE, &mut self.reading).await.expect("its log ends").unwrap();
        let log = self.log.lock().unwrap().join("\n");
        assert!(status.success(), "{log}");
        assert!(!log.contains("looks for people") && !log.contains("ERROR") && !log.contains("panicked"), "{log}");
    }
}

/// Does all that the public gate asks for.
async fn publish(district: &District) -> CameraId {
    let (store, now) = (&district.store, SystemClock.now());
    let canteen = store.canteen_by_code(CODE).await.unwrap().id;
    let camera = store.cameras(&Scope::All, None).await.unwrap().remove(0).camera.id;
    let id = PersonId::generate();
    let person = NewPerson {
        id,
        login: "manager".into(),
        office: "食品安全员".into(),
        role: Role::Manager,
        area_id: None,
        canteen_id: Some(canteen),
    };
    store.insert_person(&person).await.unwrap();
    let by = Reviewer { person_id: id, office: person.office };
    let change = CameraChange { is_public: Some(true), ..CameraChange::default() };
    store.change_camera(&Scope::All, camera, &change, now).await.unwrap();
    store.set_service_windows(&Scope::All, canteen, &[ServiceWindow::always()], &by, now).await.unwrap();
    for &kind in FactKind::ALL {
        let basis = (kind == FactKind::StaffNotice).then_some(ConsentBasis::Mosaic);
        let fact = NewPublicationFact { kind, basis, done_on: "2026-09-01".into(), note: String::new() };
        store.enter_publication_fact(&Scope::All, canteen, &fact, &by, now).await.unwrap();
    }
    let still = StillId::generate();
    let object_key = format!("publication/{camera}/{still}.jpg");
    let put_up = NewPublicationStill { id: still, object_key, sha256: "ab".repeat(32), taken_at: now };
    store.put_up_still(&Scope::All, camera, &put_up, &by, now).await.unwrap();
    for side in [Side::School, Side::Regulator] {
        store.approve_publication(&Scope::All, camera, (still, side), &by, now).await.unwrap();
    }
    camera
}

/// A parent's browser.
pub(crate) struct Viewer {
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    parameters: Option<Arc<VideoParameters>>,
    count: i64,
    screen: Screen,
    /// When each unit in the decoder came.
    came_at: VecDeque<Instant>,
}

impl Viewer {
    pub(crate) async fn open(server: &Server) -> Self {
        let path = format!("ws://{}/api/v1/public/canteens/{CODE}/cameras/{}/live", server.address, server.camera);
        let (socket, _) = connect_async(path).await.unwrap();
        Self { socket, parameters: None, count: 0, screen: Screen::new(), came_at: VecDeque::new() }
    }

    /// Returns the next picture, and when its bytes came.
    async fn next(&mut self) -> (Instant, Picture) {
        loop {
            if let Some(picture) = self.screen.next() {
                return (self.came_at.pop_front().unwrap(), picture);
            }
            // the decoder's own thread may still have it
            if let Ok(message) = timeout(Duration::from_millis(20), self.socket.next()).await {
                self.take(message.expect("the stream goes on").unwrap());
            }
        }
    }

    fn take(&mut self, message: Message) {
        let Message::Binary(bytes) = message else { return };
        if let Some(entry) = sample_entry(&bytes) {
            assert!(self.parameters.is_none(), "the public picture keeps its size");
            self.parameters = Some(Arc::new(VideoParameters {
                codec: Codec::H264,
                codec_string: "avc1.42c01e".into(),
                width: 640,
                height: 360,
                sample_entry: entry.into(),
            }));
            return;
        }
        let unit = AccessUnit {
            parameters: self.parameters.clone().expect("an init segment comes first"),
            is_key: self.count == 0,
            pts_90k: MediaTime(self.count * 18_000),
            arrived_at: WallTime::from_micros(self.count * 200_000),
            data: inner(&bytes, b"mdat").expect("one picture a fragment").to_vec().into(),
        };
        self.count += 1;
        self.came_at.push_back(Instant::now());
        self.screen.push(&unit);
    }

    /// Looks at pictures until one is, or is no card; all on the way are cards or tiles. Returns when that one came.
    pub(crate) async fn until(&mut self, wants_card: bool) -> Instant {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (at, picture) = self.next().await;
            let is_card = is_card(&picture);
            assert!(is_card || detail(&picture) < NO_DETAIL, "an untreated picture left: {}", detail(&picture));
            if is_card == wants_card {
                return at;
            }
            assert!(Instant::now() < deadline, "no such picture within {PATIENCE:?}");
        }
    }

    /// Does `what` and returns how long after it the card came; it must stay for a while.
    pub(crate) async fn card_after(&mut self, what: impl FnOnce()) -> Duration {
        let begun = Instant::now();
        what();
        loop {
            let at = self.until(true).await;
            if at > begun {
                return at - begun;
            }
        }
    }

    /// Sees nothing new for so long, once what was on its way has come.
    pub(crate) async fn silent_for(&mut self, length: Duration) {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(message) = timeout(length, self.socket.next()).await {
            self.take(message.expect("the stream goes on").unwrap());
            assert!(Instant::now() < deadline, "a stopped server sends");
        }
    }
}

/// Returns the content of the first box of that kind at the top.
fn inner<'b>(mut boxes: &'b [u8], kind: &[u8; 4]) -> Option<&'b [u8]> {
    while boxes.len() >= 8 {
        let length = usize::try_from(u32::from_be_bytes(boxes[..4].try_into().unwrap())).unwrap();
        let (this, rest) = boxes.split_at(length.clamp(8, boxes.len()));
        if &this[4..8] == kind {
            return Some(&this[8..]);
        }
        boxes = rest;
    }
    None
}

/// Returns the `avc1` box of an init segment.
fn sample_entry(segment: &[u8]) -> Option<Vec<u8>> {
    let moov = inner(segment, b"moov")?;
    let at = moov.windows(4).position(|word| word == b"avc1")?.checked_sub(4)?;
    let length = usize::try_from(u32::from_be_bytes(moov[at..at + 4].try_into().unwrap())).unwrap();
    Some(moov[at..at + length].to_vec())
}
