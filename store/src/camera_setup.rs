//! What people do to cameras: add, change, take out of use.

use crate::{
    cameras::{Camera, ZoneOf},
    db::{Tx, args},
    error::{Refused, StoreError},
    open::Store,
    scope::{scoped, within},
};
use mingchu_domain::{
    geometry::Polygon,
    id::{CameraId, CanteenId, StreamId, ZoneId},
    media::StreamKind,
    place::ZoneKind,
    role::Scope,
    time::WallTime,
};

/// A camera to add.
#[derive(Debug, Clone)]
pub struct NewCamera {
    /// Its id.
    pub id: CameraId,
    /// Where it hangs.
    pub canteen_id: CanteenId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// What it looks at.
    pub zone: ZoneKind,
    /// The zone's outline in its picture.
    pub outline: Polygon,
    /// Whether its footage is rendered.
    pub is_synthetic: bool,
    /// Main stream, sub stream, or both.
    pub streams: Vec<NewStream>,
}

/// A stream to add.
#[derive(Debug, Clone)]
pub struct NewStream {
    /// Its id.
    pub id: StreamId,
    /// Main or sub.
    pub kind: StreamKind,
    /// `rtsp://host:port/path`, without name and password.
    pub url: String,
    /// Sign-in name.
    pub username: Option<String>,
    /// Sign-in password; sealed before it is stored.
    pub password: Option<String>,
}

/// What a person changes of a camera; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CameraChange {
    /// Chinese name.
    pub name: Option<String>,
    /// English name.
    pub name_en: Option<String>,
    /// Kind of its zones.
    pub zone: Option<ZoneKind>,
    /// Whether it may be public.
    pub is_public: Option<bool>,
    /// Whether it is pulled and judged.
    pub is_enabled: Option<bool>,
}

/// Whether the authority of an address (RFC 3986 §3.2) holds name or password.
fn holds_credentials(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

impl Store {
    /// Adds a camera with its zone and streams, enabled and not public.
    ///
    /// # Errors
    /// `CredentialsInUrl`; `Conflict` when the canteen does not exist or a kind of stream comes twice.
    pub async fn insert_camera(&self, camera: &NewCamera, at: WallTime) -> Result<(), StoreError> {
        if camera.streams.iter().any(|stream| holds_credentials(&stream.url)) {
            return Err(StoreError::CredentialsInUrl);
        }
        let mut tx = self.db.begin().await?;
        tx.run(
            "insert into camera (camera_id, canteen_id, name, name_en, is_public, is_enabled, is_synthetic, changed_at) \
             values ($1, $2, $3, $4, false, true, $5, $6)",
            args![camera.id, camera.canteen_id, &camera.name, &camera.name_en, camera.is_synthetic, at],
        )
        .await?;
        tx.run(
            "insert into zone (zone_id, camera_id, kind, outline) values ($1, $2, $3, $4)",
            args![ZoneId::generate(), camera.id, camera.zone.as_str(), serde_json::to_string(&camera.outline)?],
        )
        .await?;
        for stream in &camera.streams {
            let place = format!("stream:{}", stream.id);
            let sealed = stream.password.as_deref().map(|password| self.seal.seal(password, &place));
            tx.run(
                "insert into stream (stream_id, camera_id, kind, url, username, password_sealed) \
                 values ($1, $2, $3, $4, $5, $6)",
                args![stream.id, camera.id, stream.kind.as_str(), &stream.url, stream.username.clone(), sealed],
            )
            .await?;
        }
        tx.commit().await
    }

    /// Changes a camera.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope; `Refused(NeverPublic)`.
    pub async fn change_camera(
        &self,
        scope: &Scope,
        id: CameraId,
        change: &CameraChange,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const FIND: &str = concat!(
            "select camera.*, canteen.name as canteen_name, canteen.name_en as canteen_name_en \
             from camera join canteen using (canteen_id) where removed_at is null and camera_id = $3 and ",
            within!("canteen.path"),
        );
        let mut tx = self.db.begin().await?;
        let camera: Camera = tx.one("camera", FIND, scoped(scope, args![id])).await?;
        if let Some(zone) = change.zone {
            tx.run("update zone set kind = $2 where camera_id = $1", args![id, zone.as_str()]).await?;
        }
        if change.is_public.unwrap_or(camera.is_public) {
            refuse_never_public(&mut tx, id).await?;
        }
        tx.run(
            "update camera set name = $2, name_en = $3, is_public = $4, is_enabled = $5, changed_at = $6 \
             where camera_id = $1",
            args![
                id,
                change.name.as_ref().unwrap_or(&camera.name),
                change.name_en.as_ref().unwrap_or(&camera.name_en),
                change.is_public.unwrap_or(camera.is_public),
                change.is_enabled.unwrap_or(camera.is_enabled),
                at,
            ],
        )
        .await?;
        tx.commit().await
    }

    /// Takes a camera out of use. Its footage and violations stay.
    ///
    /// # Errors
    /// `NotFound`, also outside the scope.
    pub async fn remove_camera(&self, scope: &Scope, id: CameraId, at: WallTime) -> Result<(), StoreError> {
        const SQL: &str = concat!(
            "update camera set removed_at = $4, is_enabled = false, is_public = false \
             where camera_id = $3 and removed_at is null \
             and exists (select 1 from canteen where canteen.canteen_id = camera.canteen_id and ",
            within!("canteen.path"),
            ")",
        );
        match self.db.run(SQL, scoped(scope, args![id, at])).await? {
            0 => Err(StoreError::NotFound { what: "camera" }),
            _ => Ok(()),
        }
    }
}

async fn refuse_never_public(tx: &mut Tx, id: CameraId) -> Result<(), StoreError> {
    let zones: Vec<ZoneOf> = tx.all("select * from zone where camera_id = $1", args![id]).await?;
    match zones.iter().find(|ZoneOf(_, zone)| !zone.kind.may_be_public()) {
        Some(ZoneOf(_, zone)) => Err(Refused::NeverPublic(zone.kind).into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_found_only_in_the_authority() {
        assert!(holds_credentials("rtsp://admin:12345@10.0.0.7:554/main"));
        assert!(holds_credentials("rtsp://admin@10.0.0.7"));
        assert!(!holds_credentials("rtsp://10.0.0.7:554/main?mail=a@b"));
    }
}
