//! Simulated cameras, a folder, a database: what the gateway is tortured on.

use super::archive::ArchiveArguments;
use crate::commands::postgres::Postgres;
use anyhow::Context;
use mingchu_domain::{
    geometry::Polygon,
    id::{AreaId, CameraId, CanteenId, StreamId},
    media::StreamKind,
    place::{AreaLevel, ZoneKind, short_code},
    time::Clock,
};
use mingchu_gateway::sim::{self, Clip, Sim};
use mingchu_store::{Area, Canteen, NewCamera, NewStream, Store, SystemClock};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
};
use tempfile::TempDir;
use tokio::process::Command;

/// Pictures a second of the film, for the length of what is missing.
pub(super) const PICTURES_PER_SECOND: u64 = 25;
const FILM: &str = "testsrc2=size=320x240:rate=25:duration=8";
/// A key picture each second.
const CODER: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 0 -g 25 -keyint_min 25 -sc_threshold 0";

pub(super) struct Bed {
    folder: TempDir,
    pub(super) store: Store,
    pub(super) sim: Sim,
    /// In the order of the simulator's cameras.
    pub(super) streams: Vec<StreamId>,
    pub(super) postgres: Option<Postgres>,
    pub(super) config: PathBuf,
}

impl Bed {
    pub(super) async fn make(arguments: &ArchiveArguments) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("mingchu-torture-").tempdir()?;
        let film = match &arguments.clip {
            Some(clip) => clip.clone(),
            None => film(folder.path()).await?,
        };
        let postgres = match arguments.database_stop {
            Some(_) => Some(Postgres::start().await?),
            None => None,
        };
        let database = postgres.as_ref().map_or_else(
            || format!("sqlite:{}", folder.path().join("mingchu.db").display()),
            |server| server.address().to_owned(),
        );
        let store_config = mingchu_store::Config {
            database: database.clone(),
            objects: folder.path().join("objects"),
            key_file: folder.path().join("secret.key"),
        };
        let store = Store::open(&store_config).await.context("cannot open the store")?;
        let clip = Clip { main: film, sub: None };
        let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let sim = sim::start(sim::Config::new(vec![clip], arguments.cameras, any_port)).await?;
        let streams = add_cameras(&store, &sim, arguments.cameras).await?;
        let config = folder.path().join("mingchu.toml");
        let bed = Self { folder, store, sim, streams, postgres, config };
        let text = format!(
            "[store]\ndatabase = {database:?}\nobjects = {:?}\nkey_file = {:?}\n[gateway]\ndata = {:?}\n\
             segment = \"{}s\"\nretry_min = \"100ms\"\nretry_max = \"1s\"\n[metrics]\nbind = \"\"\n",
            store_config.objects,
            store_config.key_file,
            bed.archive(),
            arguments.segment
        );
        std::fs::write(&bed.config, text)?;
        Ok(bed)
    }

    pub(super) fn archive(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    /// Returns where the gateway's log goes.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.path().join("gateway.log")
    }

    /// Returns the number of the last picture that each camera has shown.
    pub(super) fn shown(&self) -> Vec<u64> {
        (1..=self.streams.len()).map(|camera| self.sim.last_number(camera, StreamKind::Main).unwrap_or(0)).collect()
    }

    /// Leaves the folder where it is, for a person to look at.
    pub(super) fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

async fn film(folder: &Path) -> anyhow::Result<PathBuf> {
    let film = folder.join("film.mp4");
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", FILM])
        .args(CODER.split_whitespace())
        .arg(&film)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .context("ffmpeg is needed to make the film; install it (apt install ffmpeg), or give one with --clip FILE")?;
    anyhow::ensure!(made.success(), "ffmpeg made no film; does it have libx264? give one with --clip FILE");
    Ok(film)
}

async fn add_cameras(store: &Store, sim: &Sim, count: usize) -> anyhow::Result<Vec<StreamId>> {
    let (area, canteen) = (AreaId::generate(), CanteenId::generate());
    let (name, name_en, province) = ("示范县".to_owned(), "Sample county".to_owned(), "河南".to_owned());
    store.insert_area(&Area { id: area, parent: None, name, name_en, level: AreaLevel::County, province }).await?;
    let canteen_row = Canteen {
        id: canteen,
        area_id: area,
        code: short_code(canteen),
        name: "第一食堂".into(),
        name_en: "First canteen".into(),
        school: "第一小学".into(),
        licence_no: "JY0000000000000000".into(),
        grade: "A".into(),
    };
    store.insert_canteen(&canteen_row).await?;
    let mut streams = Vec::new();
    for number in 1..=count {
        let (id, url) = (StreamId::generate(), sim.url(number, StreamKind::Main));
        let camera = NewCamera {
            id: CameraId::generate(),
            canteen_id: canteen,
            name: format!("摄像头 {number}"),
            name_en: format!("Camera {number}"),
            zone: ZoneKind::Cooking,
            outline: Polygon::whole(),
            is_synthetic: true,
            streams: vec![NewStream { id, kind: StreamKind::Main, url, username: None, password: None }],
        };
        store.insert_camera(&camera, SystemClock.now()).await?;
        streams.push(id);
    }
    Ok(streams)
}
