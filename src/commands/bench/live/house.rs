//! A server of its own process with simulated cameras, and the way in for those who watch.

use super::{film, http::Http};
use crate::{
    commands::bench::ingest::process::Programs,
    config::{Config, MetricsSection, StoreSection},
};
use anyhow::Context;
use mingchu_domain::{
    geometry::Polygon,
    id::{AreaId, CameraId, CanteenId, PersonId, StreamId},
    media::StreamKind,
    place::{AreaLevel, ZoneKind, short_code},
    role::Role,
    time::{Clock, WallTime},
};
use mingchu_gateway::sim::{self, Sim};
use mingchu_store::{Area, Canteen, NewCamera, NewPerson, NewStream, Store, SystemClock};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
    time::Duration,
};
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

/// The server listens and its camera sends within this time.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const NAME: (&str, &str) = ("测量", "Measurement");

/// The server, its camera, and a signed-in person.
pub(super) struct House {
    pub(super) server: Programs,
    pub(super) address: SocketAddr,
    pub(super) camera: CameraId,
    /// `name=value` of the session.
    pub(super) cookie: String,
    /// Path of a link that signs somebody in, once.
    pub(super) link: String,
    simulator: Sim,
    /// The same moment on both clocks.
    began: (Instant, WallTime),
    _folder: tempfile::TempDir,
}

impl House {
    /// Starts everything for so many viewers of one camera.
    pub(super) async fn open(viewers: u16) -> anyhow::Result<Self> {
        let film = film::numbered().await?;
        let folder = tempfile::Builder::new().prefix("mingchu-bench-").tempdir().context("cannot make a folder")?;
        let clip = sim::Clip { main: film.clone(), sub: Some(film) };
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let simulator = sim::start(sim::Config::new(vec![clip], 1, local)).await?;
        let config = configuration(folder.path(), viewers);
        fs::write(folder.path().join("mingchu.toml"), toml::to_string(&config)?)?;
        let store = Store::open(&config.store.to_store()).await.context("cannot open the store")?;
        let (camera, links) = fill(&store, &simulator).await?;
        store.close().await;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["run", "--config"]).arg(folder.path().join("mingchu.toml")).stdout(Stdio::null());
        let log = folder.path().join("server.log");
        let mut server = Programs::new("the server", "TERM", &log)?;
        server.start(command)?;
        let address = address(&server, &log).await?;
        let [first, link] = links;
        let cookie = sign_in(address, &first).await?;
        let began = (Instant::now(), SystemClock.now());
        let house = Self { server, address, camera, cookie, link, simulator, began, _folder: folder };
        house.picture().await?;
        Ok(house)
    }

    /// Waits until the camera's pictures come through the server.
    async fn picture(&self) -> anyhow::Result<()> {
        let path = format!("/api/v1/cameras/{}/live.jpg", self.camera);
        let deadline = Instant::now() + PATIENCE;
        let mut http = Http::open(self.address).await?;
        loop {
            let answer = http.get(&path, &self.cookie).await?;
            if answer.status == 200 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            anyhow::ensure!(Instant::now() < deadline, "no picture within {} s: {text}", PATIENCE.as_secs());
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Returns when the camera sent a picture.
    pub(super) fn sent_at(&self, number: u64) -> Option<Instant> {
        self.simulator.due(1, StreamKind::Sub, number)
    }

    /// Returns the delay of the picture that carries `shown` and was on the screen at `at`.
    pub(super) fn delay_of(&self, shown: u64, at: WallTime) -> Option<Duration> {
        let since = at.micros().checked_sub(self.began.1.micros())?;
        let at = self.began.0 + Duration::from_micros(u64::try_from(since).ok()?);
        let now = self.simulator.last_number(1, StreamKind::Sub)?;
        let newest = now.checked_sub((now + film::PICTURES - shown) % film::PICTURES)?;
        let rounds = (0..=newest / film::PICTURES).map(|round| newest - round * film::PICTURES);
        rounds.filter_map(|number| at.checked_duration_since(self.sent_at(number)?)).next()
    }

    /// Ends the server in order.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.server.check()?;
        self.server.stop().await?;
        self.simulator.stop().await;
        Ok(())
    }
}

fn configuration(folder: &Path, viewers: u16) -> Config {
    let path = |name: &str| folder.join(name);
    let mut config = Config {
        store: StoreSection {
            database: format!("sqlite:{}", path("mingchu.db").display()),
            objects: path("objects"),
            key_file: path("secret.key"),
        },
        metrics: MetricsSection { bind: "127.0.0.1:0".to_owned() },
        ..Config::default()
    };
    config.gateway.data = path("archive");
    config.gateway.viewers_per_stream = usize::from(viewers) + 10;
    config.web.live_viewers = u32::from(viewers) + 10;
    config.web.live_viewers_per_canteen = config.web.live_viewers;
    config.web.bind = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    #[cfg(feature = "analyzer")]
    {
        config.analyzer.is_enabled = false;
    }
    config
}

/// Inserts one camera and one person, and returns two links that sign in.
async fn fill(store: &Store, simulator: &Sim) -> anyhow::Result<(CameraId, [String; 2])> {
    let (area_id, canteen_id, camera_id) = (AreaId::generate(), CanteenId::generate(), CameraId::generate());
    let (name, name_en) = (NAME.0.to_owned(), NAME.1.to_owned());
    let (parent, level, province) = (None, AreaLevel::County, name.clone());
    store
        .insert_area(&Area { id: area_id, parent, name: name.clone(), name_en: name_en.clone(), level, province })
        .await?;
    let canteen = Canteen {
        id: canteen_id,
        area_id,
        code: short_code(canteen_id),
        name: name.clone(),
        name_en: name_en.clone(),
        school: name.clone(),
        licence_no: String::new(),
        grade: String::new(),
    };
    store.insert_canteen(&canteen).await?;
    let stream = |kind| NewStream {
        id: StreamId::generate(),
        kind,
        url: simulator.url(1, kind),
        username: None,
        password: None,
    };
    let camera = NewCamera {
        id: camera_id,
        canteen_id,
        name: name.clone(),
        name_en,
        zone: ZoneKind::Cooking,
        outline: Polygon::whole(),
        is_synthetic: true,
        streams: vec![stream(StreamKind::Main), stream(StreamKind::Sub)],
    };
    store.insert_camera(&camera, SystemClock.now()).await?;
    let (id, login, office) = (PersonId::generate(), "bench".to_owned(), name);
    let (role, area_id, canteen_id) = (Role::Regulator, Some(area_id), None);
    store.insert_person(&NewPerson { id, login, office, role, area_id, canteen_id }).await?;
    let good_for = Duration::from_secs(3600);
    let link = || mingchu_web::sign_in_link(store, "", id, good_for, SystemClock.now());
    Ok((camera_id, [link().await?, link().await?]))
}

/// Reads in the log where the pages are.
async fn address(server: &Programs, log: &Path) -> anyhow::Result<SocketAddr> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(log)?;
        let found = text.split_once("pages are served at http://").map(|(_, rest)| rest);
        let found = found.and_then(|rest| rest.split_once(|c: char| c != '.' && c != ':' && !c.is_ascii_digit()));
        if let Some(address) = found.and_then(|(address, _)| address.parse().ok()) {
            return Ok(address);
        }
        server.check()?;
        anyhow::ensure!(Instant::now() < deadline, "the server does not listen within {} s", PATIENCE.as_secs());
        sleep(LOOK_AGAIN).await;
    }
}

async fn sign_in(address: SocketAddr, link: &str) -> anyhow::Result<String> {
    let answer = Http::open(address).await?.get(link, "").await?;
    let cookie = answer.cookie.context("the link signs nobody in")?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}
