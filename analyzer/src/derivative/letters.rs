//! Chinese letters in pictures, drawn from a font of the system.

use super::canvas::Canvas;
use ab_glyph::{Font, FontVec, PxScale, ScaleFont, point};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

/// Where Debian's packages put fonts that have Chinese letters.
const FONTS: [&str; 4] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
];
/// Place of simplified Chinese in the Noto collection; in another collection the first will do.
const SIMPLIFIED: u32 = 2;

/// Letters that cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoLetters {
    /// No font is installed.
    #[error("no font with Chinese letters: install fonts-noto-cjk, or set analyzer.public.font")]
    Missing,
    /// The font cannot be used.
    #[error("font {path} cannot be used: {detail}; install fonts-noto-cjk, or set analyzer.public.font")]
    Unusable {
        /// Which.
        path: String,
        /// Why.
        detail: String,
    },
}

/// Returns the font to use.
///
/// # Errors
/// When there is none.
pub(super) fn font(wished: Option<&Path>) -> Result<PathBuf, NoLetters> {
    if let Some(path) = wished {
        let detail = "it is no file".to_owned();
        let unusable = NoLetters::Unusable { path: path.display().to_string(), detail };
        return if path.is_file() { Ok(path.to_owned()) } else { Err(unusable) };
    }
    FONTS.iter().map(PathBuf::from).find(|path| path.is_file()).ok_or(NoLetters::Missing)
}

struct Glyph {
    /// Right and down from the pen, the pen being on the base line.
    place: (i32, i32),
    width: usize,
    /// How much of each pixel the letter covers, 0..1, row-major.
    cover: Vec<f32>,
    advance: f32,
}

/// The letters of some texts in one size.
pub(super) struct Letters {
    glyphs: HashMap<char, Glyph>,
    /// From the top of a line to the base line.
    ascent: f32,
}

impl Letters {
    /// Reads the letters of `text` in `px` pixels; the font itself, up to 20 MB, is not kept.
    pub(super) fn read(path: &Path, text: &str, px: f32) -> Result<Self, NoLetters> {
        let unusable = |detail: String| NoLetters::Unusable { path: path.display().to_string(), detail };
        let read = || std::fs::read(path).map_err(|error| unusable(error.to_string()));
        let font = FontVec::try_from_vec_and_index(read()?, SIMPLIFIED);
        let font = match font {
            Ok(font) => font,
            Err(_) => FontVec::try_from_vec_and_index(read()?, 0).map_err(|_| unusable("it is no font".to_owned()))?,
        };
        let scaled = font.as_scaled(PxScale::from(px));
        let glyphs = text.chars().map(|letter| (letter, glyph(&font, letter, px))).collect();
        Ok(Self { glyphs, ascent: scaled.ascent() })
    }

    /// Returns how wide a text is, in pixels.
    pub(super) fn width(&self, text: &str) -> f32 {
        text.chars().filter_map(|letter| self.glyphs.get(&letter)).map(|glyph| glyph.advance).sum()
    }

    /// Draws a text whose line begins at `(x, y)`, top left, no further right than `end`.
    pub(super) fn draw(&self, canvas: &mut Canvas, text: &str, (x, y): (f32, f32), end: f32, colour: [u8; 3]) {
        let mut pen = x;
        for glyph in text.chars().filter_map(|letter| self.glyphs.get(&letter)) {
            if pen + glyph.advance > end {
                return;
            }
            let (left, top) = (whole(pen) + glyph.place.0, whole(y + self.ascent) + glyph.place.1);
            for (index, &share) in glyph.cover.iter().enumerate() {
                let offset = |from: i32, by: usize| usize::try_from(from).ok().map(|from| from + by);
                if let (Some(x), Some(y)) = (offset(left, index % glyph.width), offset(top, index / glyph.width)) {
                    canvas.mix((x, y), colour, share);
                }
            }
            pen += glyph.advance;
        }
    }
}

fn glyph(font: &FontVec, letter: char, px: f32) -> Glyph {
    let id = font.glyph_id(letter);
    let advance = font.as_scaled(PxScale::from(px)).h_advance(id);
    let Some(outline) = font.outline_glyph(id.with_scale_and_position(PxScale::from(px), point(0.0, 0.0))) else {
        return Glyph { place: (0, 0), width: 1, cover: Vec::new(), advance };
    };
    let bounds = outline.px_bounds();
    let side = |length: f32| usize::try_from(whole(length.ceil())).unwrap_or(0);
    let (width, height) = (side(bounds.width()).max(1), side(bounds.height()));
    let mut cover = vec![0.0; width * height];
    outline.draw(|x, y, share| {
        let at = y as usize * width + x as usize;
        if let Some(pixel) = cover.get_mut(at) {
            *pixel = share;
        }
    });
    Glyph { place: (whole(bounds.min.x), whole(bounds.min.y)), width, cover, advance }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
fn whole(length: f32) -> i32 {
    length.floor() as i32
}
