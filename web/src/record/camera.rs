//! Cameras and their streams.

use super::word;
use mingchu_domain::{
    camera::{CameraState, GapCause},
    id::{CameraId, CanteenId, StreamId},
    media::{Codec, StreamKind},
    place::ZoneKind,
    time::WallTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The cameras asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct CameraList {
    /// By canteen and name.
    pub cameras: Vec<Camera>,
}

/// A camera; its address and sign-in never leave the server.
#[derive(Debug, Serialize, ToSchema)]
pub struct Camera {
    /// Its id.
    #[schema(value_type = String)]
    pub id: CameraId,
    /// The canteen it watches.
    #[schema(value_type = String)]
    pub canteen_id: CanteenId,
    /// The canteen's Chinese name.
    pub canteen_name: String,
    /// The canteen's English name.
    pub canteen_name_en: String,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// What it watches.
    #[schema(value_type = word::ZoneKind)]
    pub zone: ZoneKind,
    /// Whether the public may watch it, if the public gate lets it.
    pub is_public: bool,
    /// Whether its footage is rendered.
    pub is_synthetic: bool,
    /// Whether it is pulled at all.
    pub is_enabled: bool,
    /// The full-size stream.
    pub main: Option<Stream>,
    /// The small stream.
    pub sub: Option<Stream>,
}

/// A stream and how it does.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stream {
    /// Its id.
    #[schema(value_type = String)]
    pub id: StreamId,
    /// Its state.
    #[schema(value_type = word::CameraState)]
    pub state: CameraState,
    /// Since when it is in that state.
    #[schema(value_type = String, format = DateTime)]
    pub since: WallTime,
    /// Why it has no picture.
    #[schema(value_type = Option<word::GapCause>)]
    pub cause: Option<GapCause>,
    /// More, without address or password.
    pub detail: String,
    /// The codec.
    #[schema(value_type = Option<word::Codec>)]
    pub codec: Option<Codec>,
    /// Picture width in pixels.
    pub width: Option<u16>,
    /// Picture height in pixels.
    pub height: Option<u16>,
    /// When the last picture arrived.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_frame_at: Option<WallTime>,
}

/// A camera to add. Name and password may also stand in the addresses; they are taken out of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCamera {
    /// The canteen it watches.
    #[schema(value_type = String)]
    pub canteen_id: CanteenId,
    /// Chinese name.
    pub name: String,
    /// English name; the Chinese one when left out.
    pub name_en: Option<String>,
    /// What it watches.
    #[schema(value_type = word::ZoneKind)]
    pub zone: ZoneKind,
    /// `rtsp://host[:port]/path` of the full-size stream.
    pub main_url: String,
    /// The same of the small stream, if the camera has one.
    pub sub_url: Option<String>,
    /// Sign-in name at the camera.
    pub username: Option<String>,
    /// Password at the camera.
    #[schema(format = Password)]
    pub password: Option<String>,
}

/// What is to change about a camera; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraChange {
    /// Whether the public may watch it.
    pub is_public: Option<bool>,
    /// Whether it is pulled.
    pub is_enabled: Option<bool>,
    /// Chinese name.
    pub name: Option<String>,
    /// What it watches.
    #[schema(value_type = Option<word::ZoneKind>)]
    pub zone: Option<ZoneKind>,
}

/// A camera address to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeRequest {
    /// `rtsp://host[:port]/path`.
    pub url: String,
    /// Sign-in name at the camera.
    pub username: Option<String>,
    /// Password at the camera.
    #[schema(format = Password)]
    pub password: Option<String>,
}

/// What a camera answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbeReport {
    /// The codec.
    #[schema(value_type = word::Codec)]
    pub codec: Codec,
    /// Codec string of RFC 6381.
    pub codec_string: String,
    /// Picture width in pixels.
    pub width: u16,
    /// Picture height in pixels.
    pub height: u16,
    /// Whether browsers play it as it is; H.265 they do not.
    pub is_playable: bool,
}

impl From<mingchu_store::CameraDetail> for Camera {
    fn from(detail: mingchu_store::CameraDetail) -> Self {
        let mingchu_store::CameraDetail { camera, zones, streams } = detail;
        let (mut main, mut sub) = (None, None);
        for stream in streams {
            let place = match stream.kind {
                StreamKind::Main => &mut main,
                StreamKind::Sub => &mut sub,
            };
            *place = Some(Stream::from(stream));
        }
        Self {
            id: camera.id,
            canteen_id: camera.canteen_id,
            canteen_name: camera.canteen_name,
            canteen_name_en: camera.canteen_name_en,
            name: camera.name,
            name_en: camera.name_en,
            // the store adds each camera with a zone; the kind that is never public is the safe answer to a lost one
            zone: zones.first().map_or(ZoneKind::Counter, |zone| zone.kind),
            is_public: camera.is_public,
            is_synthetic: camera.is_synthetic,
            is_enabled: camera.is_enabled,
            main,
            sub,
        }
    }
}

impl From<mingchu_store::StreamInfo> for Stream {
    fn from(stream: mingchu_store::StreamInfo) -> Self {
        let mingchu_store::StreamInfo { id, status, .. } = stream;
        Self {
            id,
            state: status.state,
            since: status.since,
            cause: status.cause,
            detail: status.detail,
            codec: status.codec,
            width: status.width,
            height: status.height,
            last_frame_at: status.last_frame_at,
        }
    }
}
