//! `models.toml`: what the project's own models take, answer, and from which probability on they are believed.

use crate::detect::BinSeen;
use serde::Deserialize;

/// The manifest of a folder of models.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Manifest {
    /// Finds persons, heads and small things.
    pub detect: DetectFormat,
    /// Judges hat and mask of a head.
    pub head: HeadFormat,
    /// Judges the lid of a waste bin.
    pub bin: Option<BinFormat>,
}

/// The detector: YOLOX rows, several branches one after the other.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DetectFormat {
    /// File name.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Side of a square input in pixels, where `width` and `height` are absent.
    #[serde(default)]
    side: Option<u16>,
    #[serde(default)]
    width: Option<u16>,
    #[serde(default)]
    height: Option<u16>,
    /// What each score column stands for.
    pub classes: Vec<String>,
    /// Overlap from which the lesser of two boxes of a class goes.
    pub nms_iou: f32,
    /// Least score of each class.
    pub least: std::collections::BTreeMap<String, f32>,
    /// The same network with an input for wide pictures.
    #[serde(default)]
    pub wide: Option<WideFormat>,
}

/// The detector once more, its input cut to wide pictures: as many pixels, of which a camera's picture fills all.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct WideFormat {
    /// File name.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Width of the input in pixels.
    pub width: u16,
    /// Height of the input in pixels.
    pub height: u16,
}

impl DetectFormat {
    /// Returns width and height of the input in pixels.
    #[must_use]
    pub fn input(&self) -> (u16, u16) {
        let side = self.side.unwrap_or(416);
        (self.width.unwrap_or(side), self.height.unwrap_or(side))
    }
}

/// The head classifier.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HeadFormat {
    /// File name.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Side of the input in pixels.
    pub side: u16,
    /// The crop is wider and higher than the head by this share.
    pub grow: f32,
    /// From which probability on a state is believed.
    pub bands: HeadBands,
}

/// From which probability on each state of a head is believed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HeadBands {
    /// Hat.
    pub hat: HatBands,
    /// Mask.
    pub mask: MaskBands,
}

/// Bands of the hat's states.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HatBands {
    /// Covered.
    pub covered: BySize,
    /// Bare.
    pub bare: BySize,
}

/// Bands of the mask's states.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MaskBands {
    /// Worn as it should be.
    pub worn: BySize,
    /// Not worn.
    pub not_worn: BySize,
    /// Under the nose or on the chin.
    pub wrongly_worn: BySize,
}

/// A probability by the head's width in pixels of the picture; above 1 means never.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct BySize {
    from_20: f32,
    from_40: f32,
    from_80: f32,
}

impl BySize {
    /// Returns the least probability for a head `px` wide; `None` where it is too narrow for any judgement.
    #[must_use]
    pub fn at(self, px: f32) -> Option<f32> {
        match px {
            px if px >= 80.0 => Some(self.from_80),
            px if px >= 40.0 => Some(self.from_40),
            px if px >= 20.0 => Some(self.from_20),
            _ => None,
        }
    }
}

/// The bin classifier.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BinFormat {
    /// File name.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Side of the input in pixels.
    pub side: u16,
    /// The crop is wider and higher than the bin by this share.
    pub grow: f32,
    /// From which probability on a state is believed.
    pub bands: BinBands,
}

/// Bands of the lid's states.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct BinBands {
    /// The lid is on.
    pub closed: f32,
    /// The lid is off.
    pub open: f32,
}

impl BinBands {
    /// Judges the lid; `None` where it cannot be judged.
    #[must_use]
    pub fn is_open(self, seen: &BinSeen) -> Option<bool> {
        if seen.occluded > seen.closed.max(seen.open) {
            return None;
        }
        let is_open = seen.open > seen.closed;
        let is_sure = if is_open { seen.open >= self.open } else { seen.closed >= self.closed };
        is_sure.then_some(is_open)
    }
}
