//! Pictures of a file: one of a JPEG or PNG, many of a video.

use crate::{
    cv,
    decode::{DecodeError, VideoPictures, read_video},
    picture::Picture,
};
use mingchu_domain::time::WallTime;
use std::{path::Path, time::Duration};

/// A picture and when it is in its file.
pub struct Frame {
    /// The picture.
    pub picture: Picture,
    /// Seconds since the first picture of the file.
    pub seconds: f64,
}

/// A file that gives no picture, or not all.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be opened.
    #[error("{path} cannot be opened")]
    Missing {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// No picture.
    #[error("picture {path} cannot be read: {detail}; copy it again")]
    Picture {
        /// Which file.
        path: String,
        /// Why.
        detail: String,
    },
    /// No video, or not to its end.
    #[error(transparent)]
    Video(#[from] DecodeError),
}

/// First bytes of JPEG, PNG, BMP, WebP (RIFF, told from AVI by its eighth byte), TIFF.
const PICTURES: [&[u8]; 6] = [b"\xff\xd8", b"\x89PNG", b"BM", b"RIFF", b"II*\0", b"MM\0*"];

/// Returns the pictures of the file at `path`; of a video at most one each `every`. A damaged video gives the pictures
/// before the damage, then an error.
///
/// # Errors
/// When the file is missing, or is no picture or video.
pub fn frames(path: &Path, every: Duration) -> Result<Frames, SourceError> {
    let name = || path.display().to_string();
    let missing = |source| SourceError::Missing { path: name(), source };
    let mut head = [0; 12];
    let mut file = std::fs::File::open(path).map_err(missing)?;
    let length = std::io::Read::read(&mut file, &mut head).map_err(missing)?;
    if !is_picture(&head[..length]) {
        return Ok(Frames::Video(read_video(path, every)?));
    }
    let bytes = std::fs::read(path).map_err(missing)?;
    let picture = cv::read_picture(&bytes).map_err(|detail| SourceError::Picture { path: name(), detail })?;
    Ok(Frames::One(Some(picture)))
}

fn is_picture(head: &[u8]) -> bool {
    let is_riff = head.starts_with(b"RIFF");
    PICTURES.iter().any(|magic| head.starts_with(magic)) && (!is_riff || head.ends_with(b"WEBP"))
}

/// The pictures of a file in order.
pub enum Frames {
    /// A single picture.
    One(Option<Picture>),
    /// A video.
    Video(VideoPictures),
}

impl Iterator for Frames {
    type Item = Result<Frame, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let picture = match self {
            Self::One(picture) => Ok(picture.take()?),
            Self::Video(pictures) => pictures.next()?.map_err(SourceError::from),
        };
        Some(picture.map(|picture| {
            let seconds = picture.at().since(WallTime::default()).as_secs_f64();
            Frame { picture, seconds }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_first_bytes() {
        assert!(is_picture(b"\xff\xd8\xff\xe0") && is_picture(b"\x89PNG\r\n") && is_picture(b"RIFF\0\0\0\0WEBP"));
        assert!(!is_picture(b"RIFF\0\0\0\0AVI ") && !is_picture(b"\0\0\0\x18ftypmp42") && !is_picture(b""));
    }

    #[test]
    fn a_missing_and_a_damaged_file_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let text = |path: &Path| frames(path, Duration::ZERO).err().unwrap().to_string();
        assert!(text(&path).ends_with("a.png cannot be opened"));
        std::fs::write(&path, b"\x89PNG\r\n\x1a\nno more").unwrap();
        assert!(text(&path).contains("a.png cannot be read") && text(&path).ends_with("copy it again"));
    }
}
