//! A decoded picture: packed blue, green, red bytes with the time the gateway had it.

use bytes::Bytes;
use mingchu_domain::time::WallTime;

/// One decoded picture; cheap to clone.
// Invariant: 0 < width, 0 < height, bgr.len() == width * height * 3.
#[derive(Debug, Clone)]
pub struct Picture {
    at: WallTime,
    width: u32,
    height: u32,
    bgr: Bytes,
}

/// Bytes that make no picture of the named size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{len} bytes make no {width}x{height} picture of 3 bytes a pixel")]
pub struct InvalidPicture {
    /// Width asked for.
    pub width: u32,
    /// Height asked for.
    pub height: u32,
    /// Bytes given.
    pub len: usize,
}

impl Picture {
    /// Returns the picture of `width` x `height` in `bgr`, row-major, rows without padding.
    ///
    /// # Errors
    /// When the size is zero or does not fit the bytes.
    pub fn new(at: WallTime, width: u32, height: u32, bgr: Bytes) -> Result<Self, InvalidPicture> {
        let wanted = u64::from(width) * u64::from(height) * 3;
        if wanted == 0 || usize::try_from(wanted) != Ok(bgr.len()) {
            return Err(InvalidPicture { width, height, len: bgr.len() });
        }
        Ok(Self { at, width, height, bgr })
    }
    /// Returns the same picture with another time.
    #[must_use]
    pub fn taken_at(self, at: WallTime) -> Self {
        Self { at, ..self }
    }
    /// Returns when the gateway had the picture.
    #[must_use]
    pub const fn at(&self) -> WallTime {
        self.at
    }
    /// Returns the width in pixels.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }
    /// Returns the height in pixels.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }
    /// Returns the pixels, row-major, 3 bytes each in the order blue, green, red.
    #[must_use]
    pub fn bgr(&self) -> &[u8] {
        &self.bgr
    }
    /// Returns width over height.
    #[must_use]
    pub fn aspect(&self) -> f32 {
        self.width as f32 / self.height as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_another_size_make_no_picture() {
        let error = Picture::new(WallTime::default(), 2, 2, Bytes::from_static(&[0; 11])).unwrap_err();
        assert_eq!(error.to_string(), "11 bytes make no 2x2 picture of 3 bytes a pixel");
        assert!(Picture::new(WallTime::default(), 0, 2, Bytes::new()).is_err());
    }
}
