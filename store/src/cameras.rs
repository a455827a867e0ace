//! Cameras, their zones and the state of their streams, as people and the analyzer see them.

use crate::{
    cell::{Cells, Json, Record},
    db::args,
    error::StoreError,
    mutes::Mute,
    open::Store,
    scope::{scoped, within},
    zones::{Bin, BinOf},
};
use mingchu_domain::{
    camera::{CameraState, GapCause},
    geometry::Polygon,
    id::{CameraId, CanteenId, StreamId, ZoneId},
    media::{Codec, StreamKind},
    place::ZoneKind,
    publication::ServiceWindow,
    role::Scope,
    rule::RuleCode,
    time::WallTime,
};
use std::collections::HashMap;

/// A camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// Its id.
    pub id: CameraId,
    /// Where it hangs.
    pub canteen_id: CanteenId,
    /// The canteen's Chinese name.
    pub canteen_name: String,
    /// The canteen's English name.
    pub canteen_name_en: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Whether a person has allowed it to be public; the public gate asks more.
    pub is_public: bool,
    /// Whether it is pulled and judged.
    pub is_enabled: bool,
    /// Whether its footage is rendered.
    pub is_synthetic: bool,
    changed_at: WallTime,
}

/// A zone of a camera's picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// Its id.
    pub id: ZoneId,
    /// Which kind.
    pub kind: ZoneKind,
    /// Where in the picture.
    pub outline: Polygon,
    /// Rules that a person switched off here.
    pub rules_off: Vec<RuleCode>,
}

/// What a stream is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamStatus {
    /// The state.
    pub state: CameraState,
    /// Since when.
    pub since: WallTime,
    /// Why it has no picture.
    pub cause: Option<GapCause>,
    /// More, for a person; no address, no password.
    pub detail: String,
    /// The codec, once known.
    pub codec: Option<Codec>,
    /// Picture width in pixels.
    pub width: Option<u16>,
    /// Picture height in pixels.
    pub height: Option<u16>,
    /// When the last picture came.
    pub last_frame_at: Option<WallTime>,
    /// The camera's clock minus ours, in microseconds.
    pub clock_offset_us: Option<i64>,
}

/// A stream as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamInfo {
    /// Its id.
    pub id: StreamId,
    /// Main or sub.
    pub kind: StreamKind,
    /// The address, without name and password.
    pub url: String,
    /// Whether a password is stored.
    pub has_password: bool,
    /// What it is doing.
    pub status: StreamStatus,
}

/// A camera with its zones and streams.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraDetail {
    /// The camera.
    pub camera: Camera,
    /// Its zones.
    pub zones: Vec<Zone>,
    /// Its streams, main first.
    pub streams: Vec<StreamInfo>,
}

/// An enabled camera as the analyzer judges it.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedCamera {
    /// Its id.
    pub camera_id: CameraId,
    /// Where it hangs.
    pub canteen_id: CanteenId,
    /// Chinese name of the province, which picks the rules.
    pub province: String,
    /// Its zones.
    pub zones: Vec<Zone>,
    /// The waste bins in its picture.
    pub bins: Vec<Bin>,
    /// When the kitchen works; empty: as the rule pack says.
    pub service: Vec<ServiceWindow>,
    /// The colours of the canteen's work clothes, as `#ffffff`.
    pub clothes: Vec<String>,
    /// Rules that open no violations here for a while.
    pub mutes: Vec<Mute>,
    /// The full size stream.
    pub main: Option<StreamId>,
    /// The small stream.
    pub sub: Option<StreamId>,
}

impl Record for Camera {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("camera_id")?,
            canteen_id: row.cell("canteen_id")?,
            canteen_name: row.cell("canteen_name")?,
            canteen_name_en: row.cell("canteen_name_en")?,
            name: row.cell("name")?,
            name_en: row.cell("name_en")?,
            is_public: row.cell("is_public")?,
            is_enabled: row.cell("is_enabled")?,
            is_synthetic: row.cell("is_synthetic")?,
            changed_at: row.cell("changed_at")?,
        })
    }
}

/// A zone and whose it is.
pub(crate) struct ZoneOf(pub(crate) CameraId, pub(crate) Zone);

impl Record for ZoneOf {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let outline: Json<Polygon> = row.cell("outline")?;
        let rules_off: Json<Vec<RuleCode>> = row.cell("rules_off")?;
        let zone =
            Zone { id: row.cell("zone_id")?, kind: row.cell("kind")?, outline: outline.0, rules_off: rules_off.0 };
        Ok(Self(row.cell("camera_id")?, zone))
    }
}

struct StreamOf {
    camera_id: CameraId,
    id: StreamId,
    kind: StreamKind,
    url: String,
    has_password: bool,
    status: Option<StreamStatus>,
}

impl Record for StreamOf {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let state: Option<CameraState> = row.maybe("state")?;
        let status = match state {
            None => None,
            Some(state) => Some(StreamStatus {
                state,
                since: row.cell("since")?,
                cause: row.maybe("cause")?,
                detail: row.cell("detail")?,
                codec: row.maybe("codec")?,
                width: row.maybe("width")?,
                height: row.maybe("height")?,
                last_frame_at: row.maybe("last_frame_at")?,
                clock_offset_us: row.maybe("clock_offset_us")?,
            }),
        };
        Ok(Self {
            camera_id: row.cell("camera_id")?,
            id: row.cell("stream_id")?,
            kind: row.cell("kind")?,
            url: row.cell("url")?,
            has_password: row.cell("has_password")?,
            status,
        })
    }
}

impl StreamOf {
    /// Returns the stream as it shows; a camera that is switched off says so, whatever the gateway wrote last.
    fn info(self, camera: &Camera) -> StreamInfo {
        let idle = |state| StreamStatus {
            state,
            since: camera.changed_at,
            cause: None,
            detail: String::new(),
            codec: None,
            width: None,
            height: None,
            last_frame_at: None,
            clock_offset_us: None,
        };
        let status = match self.status {
            Some(status) if camera.is_enabled => status,
            Some(status) => StreamStatus {
                codec: status.codec,
                width: status.width,
                height: status.height,
                last_frame_at: status.last_frame_at,
                ..idle(CameraState::Disabled)
            },
            None if camera.is_enabled => idle(CameraState::Connecting),
            None => idle(CameraState::Disabled),
        };
        StreamInfo { id: self.id, kind: self.kind, url: self.url, has_password: self.has_password, status }
    }
}

struct Judged(JudgedCamera);

impl Record for Judged {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let clothes: Json<Vec<String>> = row.cell("clothes")?;
        Ok(Self(JudgedCamera {
            camera_id: row.cell("camera_id")?,
            canteen_id: row.cell("canteen_id")?,
            province: row.cell("province")?,
            zones: vec![],
            bins: vec![],
            service: vec![],
            clothes: clothes.0,
            mutes: vec![],
            main: row.maybe("main_id")?,
            sub: row.maybe("sub_id")?,
        }))
    }
}

fn group_zones(rows: Vec<ZoneOf>) -> HashMap<CameraId, Vec<Zone>> {
    let mut zones: HashMap<CameraId, Vec<Zone>> = HashMap::new();
    for ZoneOf(camera, zone) in rows {
        zones.entry(camera).or_default().push(zone);
    }
    zones
}

impl Store {
    /// Returns a camera.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope and when removed.
    pub async fn camera(&self, scope: &Scope, id: CameraId) -> Result<CameraDetail, StoreError> {
        let cameras = self.select_cameras(scope, None, Some(id), false).await?;
        cameras.into_iter().next().ok_or(StoreError::NotFound { what: "camera" })
    }

    /// Returns the cameras of the scope, or of one canteen in it, by canteen and age.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cameras(&self, scope: &Scope, canteen: Option<CanteenId>) -> Result<Vec<CameraDetail>, StoreError> {
        self.select_cameras(scope, canteen, None, false).await
    }

    pub(crate) async fn select_cameras(
        &self,
        scope: &Scope,
        canteen: Option<CanteenId>,
        camera: Option<CameraId>,
        only_public: bool,
    ) -> Result<Vec<CameraDetail>, StoreError> {
        const CAMERAS: &str = concat!(
            "select camera.*, canteen.name as canteen_name, canteen.name_en as canteen_name_en \
             from camera join canteen using (canteen_id) \
             where removed_at is null and ($3 is null or canteen_id = $3) and ($4 is null or camera_id = $4) and (not $5 or is_public) and ",
            within!("canteen.path"),
            " order by canteen.name, canteen_id, camera_id",
        );
        const ZONES: &str = concat!(
            "select zone.* from zone join camera using (camera_id) join canteen using (canteen_id) \
             where removed_at is null and ($3 is null or canteen_id = $3) and ($4 is null or camera_id = $4) and (not $5 or is_public) and ",
            within!("canteen.path"),
            " order by zone_id",
        );
        const STREAMS: &str = concat!(
            "select stream.stream_id, stream.camera_id, stream.kind, stream.url, \
             stream.password_sealed is not null as has_password, s.state, s.since, s.cause, s.detail, s.codec, \
             s.width, s.height, s.last_frame_at, s.clock_offset_us \
             from stream join camera using (camera_id) join canteen using (canteen_id) \
             left join stream_status s on s.stream_id = stream.stream_id \
             where removed_at is null and ($3 is null or canteen_id = $3) and ($4 is null or camera_id = $4) and (not $5 or is_public) and ",
            within!("canteen.path"),
            " order by stream.kind",
        );
        let args = scoped(scope, args![canteen, camera, only_public]);
        let cameras: Vec<Camera> = self.db.all(CAMERAS, args.clone()).await?;
        let mut zones = group_zones(self.db.all(ZONES, args.clone()).await?);
        let mut streams: HashMap<CameraId, Vec<StreamOf>> = HashMap::new();
        for stream in self.db.all::<StreamOf>(STREAMS, args).await? {
            streams.entry(stream.camera_id).or_default().push(stream);
        }
        let detail = |camera: Camera| {
            let zones = zones.remove(&camera.id).unwrap_or_default();
            let streams = streams.remove(&camera.id).unwrap_or_default();
            let streams = streams.into_iter().map(|stream| stream.info(&camera)).collect();
            CameraDetail { camera, zones, streams }
        };
        Ok(cameras.into_iter().map(detail).collect())
    }

    /// Returns the cameras to judge: enabled ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn judged_cameras(&self) -> Result<Vec<JudgedCamera>, StoreError> {
        const CAMERAS: &str = "select camera.camera_id, camera.canteen_id, area.province, \
             canteen.clothes, m.stream_id as main_id, s.stream_id as sub_id \
             from camera join canteen using (canteen_id) join area using (area_id) \
             left join stream m on m.camera_id = camera.camera_id and m.kind = 'main' \
             left join stream s on s.camera_id = camera.camera_id and s.kind = 'sub' \
             where removed_at is null and is_enabled order by camera.camera_id";
        const ZONES: &str = "select zone.* from zone join camera using (camera_id) \
             where removed_at is null and is_enabled order by zone_id";
        let cameras: Vec<Judged> = self.db.all(CAMERAS, vec![]).await?;
        let mut zones = group_zones(self.db.all(ZONES, vec![]).await?);
        let mut bins: HashMap<CameraId, Vec<Bin>> = HashMap::new();
        for BinOf(camera, bin) in self.all_bins().await? {
            bins.entry(camera).or_default().push(bin);
        }
        let mutes = self.mutes(&Scope::All, WallTime::from_micros(i64::MIN)).await?;
        let service = self.all_service_windows().await?;
        let of_camera = |Judged(camera)| JudgedCamera {
            service: service.get(&camera.canteen_id).cloned().unwrap_or_default(),
            zones: zones.remove(&camera.camera_id).unwrap_or_default(),
            bins: bins.remove(&camera.camera_id).unwrap_or_default(),
            mutes: mutes.iter().filter(|mute| mute.camera_id == camera.camera_id).cloned().collect(),
            ..camera
        };
        Ok(cameras.into_iter().map(of_camera).collect())
    }
}
