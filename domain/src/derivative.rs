//! What crosses between the public pages and whoever makes public pictures out of a camera's.

use crate::{
    id::{CameraId, StreamId},
    live::LiveRefused,
    time::WallTime,
};

/// A public picture that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicWish {
    /// Of which camera.
    pub camera: CameraId,
    /// The camera's stream that it is made of, the small one where there is one.
    pub stream: StreamId,
    /// Canteen and camera, drawn into the picture.
    pub title: String,
}

/// Why no public picture is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicRefused {
    /// This process has no maker of public pictures.
    #[error("this server makes no public pictures; they come from the server with the roles gateway and analyzer")]
    NotHere,
    /// Switched off.
    #[error("public pictures are switched off by analyzer.public.is_enabled")]
    Disabled,
    /// Something is missing without which nobody can be hidden: the models, the encoder, the font.
    #[error("people cannot be hidden in pictures here, so none goes out: {0}")]
    CannotHide(String),
    /// As many cameras at once as the server may treat.
    #[error("this server shows as many public cameras at once as it may; try again in a few minutes")]
    TooManyCameras,
    /// The stream cannot be watched.
    #[error(transparent)]
    Live(#[from] LiveRefused),
}

impl PublicRefused {
    /// Returns a stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotHere => "no_public_pictures",
            Self::Disabled => "public_pictures_off",
            Self::CannotHide(_) => "cannot_hide",
            Self::TooManyCameras => "too_many_public_cameras",
            Self::Live(_) => "not_watchable",
        }
    }
}

/// Returns the time in China as it is drawn into pictures: `2026-11-22 11:30:05`.
#[must_use]
pub fn china_clock(at: WallTime) -> String {
    let stamp = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
    jiff::tz::Offset::constant(8).to_datetime(stamp).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_carries_the_time_in_china() {
        let at: WallTime = "2026-11-22T03:30:05Z".parse().unwrap();
        assert_eq!(china_clock(at), "2026-11-22 11:30:05");
    }
}
