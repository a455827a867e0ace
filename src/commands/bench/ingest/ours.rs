//! Our gateway as in production: the same command, a database, a folder, every file hashed and made durable.

use super::{
    files::Files,
    recorder::{Folder, Recorder, Running, ourselves},
};
use crate::config::{Config, MetricsSection, StoreSection};
use anyhow::Context;
use mingchu_domain::{
    geometry::Polygon,
    id::{AreaId, CameraId, CanteenId, StreamId},
    media::StreamKind,
    place::{AreaLevel, ZoneKind, short_code},
    time::Clock,
};
use mingchu_store::{Area, Canteen, NewCamera, NewStream, Store, SystemClock};
use std::fs;
use url::Url;

/// Starts the production command on a database that holds the cameras.
pub(super) async fn start(folder: &Folder, urls: &[Url]) -> anyhow::Result<Running> {
    let path = |name: &str| folder.path.join(name);
    let mut config = Config {
        store: StoreSection {
            database: format!("sqlite:{}", path("mingchu.db").display()),
            objects: path("objects"),
            key_file: path("secret.key"),
        },
        // metrics are counted, as always; the port is any
        metrics: MetricsSection { bind: "127.0.0.1:0".to_owned() },
        ..Config::default()
    };
    config.gateway.data = path("archive");
    config.gateway.segment = folder.segment;
    fs::write(path("mingchu.toml"), toml::to_string(&config)?)?;
    let store = Store::open(&config.store.to_store()).await.context("cannot open the store")?;
    let streams = insert_cameras(&store, urls).await?;
    store.close().await;
    let mut command = ourselves()?;
    command.args(["run", "--role", "gateway", "--config"]).arg(path("mingchu.toml"));
    let mut programs = folder.programs(Recorder::Gateway, "TERM")?;
    programs.start(command)?;
    let files = streams.iter().map(|stream| config.gateway.data.join(stream.to_string())).collect();
    Ok(Running { programs, files: Some(Files::new(files)) })
}

async fn insert_cameras(store: &Store, urls: &[Url]) -> anyhow::Result<Vec<StreamId>> {
    let (name, name_en) = ("测量", "Measurement");
    let (area_id, canteen_id) = (AreaId::generate(), CanteenId::generate());
    let (parent, level) = (None, AreaLevel::County);
    let (area_name, area_en, province) = (name.into(), name_en.into(), name.into());
    store.insert_area(&Area { id: area_id, parent, name: area_name, name_en: area_en, level, province }).await?;
    let canteen = Canteen {
        id: canteen_id,
        area_id,
        code: short_code(canteen_id),
        name: name.into(),
        name_en: name_en.into(),
        school: name.into(),
        licence_no: String::new(),
        grade: String::new(),
    };
    store.insert_canteen(&canteen).await?;
    let mut streams = Vec::with_capacity(urls.len());
    for (index, url) in urls.iter().enumerate() {
        let stream = StreamId::generate();
        streams.push(stream);
        let (kind, url) = (StreamKind::Main, url.to_string());
        let camera = NewCamera {
            id: CameraId::generate(),
            canteen_id,
            name: format!("{name}{}", index + 1),
            name_en: format!("{name_en} {}", index + 1),
            zone: ZoneKind::Cooking,
            outline: Polygon::whole(),
            is_synthetic: true,
            streams: vec![NewStream { id: stream, kind, url, username: None, password: None }],
        };
        store.insert_camera(&camera, SystemClock.now()).await?;
    }
    Ok(streams)
}
