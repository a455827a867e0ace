//! A picture to paint on.

/// Packed blue, green, red, row-major.
// Invariant: bgr.len() == width * height * 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvas {
    width: usize,
    height: usize,
    bgr: Vec<u8>,
}

impl Canvas {
    /// Returns a canvas of one colour.
    pub(super) fn plain(width: usize, height: usize, colour: [u8; 3]) -> Self {
        Self { width, height, bgr: colour.repeat(width * height) }
    }

    /// Returns a canvas of `bgr`; `None` where the bytes do not fit the size.
    pub(super) fn of(width: u32, height: u32, bgr: Vec<u8>) -> Option<Self> {
        let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        (width > 0 && height > 0 && bgr.len() == width * height * 3).then_some(Self { width, height, bgr })
    }

    /// Returns the width in pixels.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }
    /// Returns the height in pixels.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }
    /// Returns the pixels.
    #[must_use]
    pub fn bgr(&self) -> &[u8] {
        &self.bgr
    }

    /// Returns the pixels of `columns` in line `y`.
    pub(super) fn line(&mut self, y: usize, columns: std::ops::Range<usize>) -> &mut [u8] {
        let begin = y * self.width * 3;
        &mut self.bgr[begin + columns.start * 3..begin + columns.end * 3]
    }

    /// Mixes `colour` into a pixel, by `share` 0..1; nothing outside the canvas.
    pub(super) fn mix(&mut self, (x, y): (usize, usize), colour: [u8; 3], share: f32) {
        if x >= self.width || y >= self.height {
            return;
        }
        for (old, new) in self.line(y, x..x + 1).iter_mut().zip(colour) {
            *old = blend(*old, new, share);
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
fn blend(old: u8, new: u8, share: f32) -> u8 {
    (f32::from(old) + (f32::from(new) - f32::from(old)) * share.clamp(0.0, 1.0)).round() as u8
}
