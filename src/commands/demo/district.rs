//! The sample district: a county, its supervision office, three canteens, eight cameras, one account a role.

use anyhow::Context;
use mingchu_domain::{
    geometry::Polygon,
    id::{AreaId, CameraId, CanteenId, PersonId, StreamId},
    media::StreamKind,
    place::{AreaLevel, ZoneKind, short_code},
    role::{Role, Scope},
    time::Clock,
};
use mingchu_store::{Area, CameraChange, Canteen, NewCamera, NewPerson, NewStream, Store, SystemClock};
use std::net::SocketAddr;

/// One simulated camera.
pub(super) struct SampleCamera {
    canteen: usize,
    zone: ZoneKind,
    /// Clip in `tests/footage/clips`.
    pub(super) clip: &'static str,
}

const fn camera(canteen: usize, zone: ZoneKind, clip: &'static str) -> SampleCamera {
    SampleCamera { canteen, zone, clip }
}

/// The cameras in the simulator's order. Canteen 2 is the compliant kitchen.
pub(super) const CAMERAS: &[SampleCamera] = &[
    camera(0, ZoneKind::Cooking, "cooking_no_hat"),
    camera(0, ZoneKind::Serving, "serving_no_mask"),
    camera(0, ZoneKind::Storage, "night_person"),
    camera(1, ZoneKind::Special, "serving_compliant"),
    camera(1, ZoneKind::Washing, "bin_open"),
    camera(1, ZoneKind::Sample, "night_person"),
    camera(2, ZoneKind::Serving, "serving_compliant"),
    camera(2, ZoneKind::Special, "serving_compliant"),
];

/// Name, English name, school, licence number (made up), grade.
const CANTEENS: [(&str, &str, &str, &str, &str); 3] = [
    ("示范县第一小学食堂", "No. 1 Primary School canteen", "示范县第一小学", "JY30000000000001", "A"),
    ("示范县实验中学食堂", "Experimental Middle School canteen", "示范县实验中学", "JY30000000000002", "B"),
    ("示范县阳光幼儿园食堂", "Sunshine Kindergarten canteen", "示范县阳光幼儿园", "JY30000000000003", "A"),
];

/// Fills an empty database; the cameras' streams are at `simulator`.
pub(super) async fn fill(store: &Store, simulator: SocketAddr) -> anyhow::Result<()> {
    let county = area(None, "示范县", "Sample County", AreaLevel::County);
    let office = area(Some(county.id), "示范县市场监督管理局城关所", "Chengguan supervision office", AreaLevel::Office);
    store.insert_area(&county).await?;
    store.insert_area(&office).await?;
    let mut canteens = Vec::new();
    for (name, name_en, school, licence_no, grade) in CANTEENS {
        let id = CanteenId::generate();
        let canteen = Canteen {
            id,
            area_id: office.id,
            code: short_code(id),
            name: name.into(),
            name_en: name_en.into(),
            school: school.into(),
            licence_no: licence_no.into(),
            grade: grade.into(),
        };
        store.insert_canteen(&canteen).await?;
        canteens.push(canteen.id);
    }
    for (index, sample) in CAMERAS.iter().enumerate() {
        insert_camera(store, canteens[sample.canteen], sample, index + 1, simulator)
            .await
            .with_context(|| format!("camera {}", index + 1))?;
    }
    insert_people(store, county.id, canteens[0]).await
}

fn area(parent: Option<AreaId>, name: &str, name_en: &str, level: AreaLevel) -> Area {
    Area {
        id: AreaId::generate(),
        parent,
        name: name.into(),
        name_en: name_en.into(),
        level,
        province: "示范省".into(),
    }
}

async fn insert_camera(
    store: &Store,
    canteen_id: CanteenId,
    sample: &SampleCamera,
    number: usize,
    simulator: SocketAddr,
) -> anyhow::Result<()> {
    let stream = |kind: StreamKind| NewStream {
        id: StreamId::generate(),
        kind,
        url: format!("rtsp://{simulator}/cam/{number}/{}", kind.as_str()),
        username: None,
        password: None,
    };
    let id = CameraId::generate();
    let new = NewCamera {
        id,
        canteen_id,
        name: format!("{} {number}号", sample.zone.zh()),
        name_en: format!("{} {number}", sample.zone.en()),
        zone: sample.zone,
        outline: Polygon::whole(),
        is_synthetic: true,
        streams: vec![stream(StreamKind::Main), stream(StreamKind::Sub)],
    };
    let now = SystemClock.now();
    store.insert_camera(&new, now).await?;
    let public = CameraChange { is_public: Some(true), ..CameraChange::default() };
    store.change_camera(&Scope::All, id, &public, now).await?;
    Ok(())
}

/// The manager answers for the first canteen, where the violations are; the regulator for the county.
async fn insert_people(store: &Store, county: AreaId, canteen: CanteenId) -> anyhow::Result<()> {
    let people = [
        (Role::Regulator, "县局食品监管岗", Some(county), None),
        (Role::Manager, "食堂食品安全员", None, Some(canteen)),
        (Role::Parent, "家长委员会", None, Some(canteen)),
        (Role::Admin, "系统管理员", None, None),
    ];
    for (role, office, area_id, canteen_id) in people {
        let login = role.as_str().to_owned();
        let person = NewPerson { id: PersonId::generate(), login, office: office.into(), role, area_id, canteen_id };
        store.insert_person(&person).await?;
    }
    Ok(())
}
