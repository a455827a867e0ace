//! What a camera usually sees: the edges that stay, and the layout of bright and dark.

use super::view::{HEIGHT, LAYOUT, View, WIDTH};

const W: usize = WIDTH as usize;
const H: usize = HEIGHT as usize;
/// Samples before there is a background to compare with.
const LEARN: u32 = 6;
/// Weight of a new sample once it is learnt.
const SLOWLY: f32 = 0.04;
/// An edge belongs to the background when it is there in this share of the samples.
const STAYS: f32 = 0.6;
/// Parts that are looked at on their own, across and down.
const PARTS: (usize, usize) = (4, 3);
/// A part with fewer background edges says nothing.
const LEAST_IN_PART: f32 = 40.0;
/// A part that keeps this share of its edges is as it should be.
const INTACT: f32 = 0.7;
/// A background with fewer edges says nothing: a wall.
const LEAST_EDGES: usize = 250;

/// The background of a camera, by day or by infrared.
#[derive(Debug, Clone, Default)]
pub struct Background {
    samples: u32,
    edges: Vec<f32>,
    layout: Vec<f32>,
    sharpness: f32,
}

/// How like a picture is to the background.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// Share of the background's edges that are there, less what chance gives, 0..1.
    pub kept: f32,
    /// Edges of the picture over edges of the background.
    pub own: f32,
    /// Fine detail of the picture over that of the background.
    pub sharp: f32,
    /// Correlation of bright and dark blocks, -1..1.
    pub layout: f32,
    /// Share of the background's edges that lie in parts where hardly any edge is left.
    pub lost: f32,
    /// Share of the background's edges that are there in those parts; in the whole picture where there are none.
    pub kept_where_lost: f32,
    /// Share of the background's edges that lie in parts as they should be.
    pub intact: f32,
}

impl Background {
    /// Nothing learnt yet.
    pub const EMPTY: Self = Self { samples: 0, edges: Vec::new(), layout: Vec::new(), sharpness: 0.0 };

    /// Adds a picture that shows what the camera usually sees.
    pub fn learn(&mut self, view: &View) {
        if self.samples == 0 {
            self.edges = vec![0.0; W * H];
            self.layout = vec![0.0; LAYOUT.0 * LAYOUT.1];
        }
        self.samples = (self.samples + 1).min(10_000);
        let weight = SLOWLY.max(1.0 / self.samples as f32);
        for (known, &edge) in self.edges.iter_mut().zip(&view.edges) {
            *known += weight * (f32::from(u8::from(edge)) - *known);
        }
        for (known, &level) in self.layout.iter_mut().zip(&view.layout) {
            *known += weight * (level - *known);
        }
        self.sharpness += weight * (view.sharpness - self.sharpness);
    }

    /// Whether enough was seen, and it has enough edges, to compare with.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.samples >= LEARN && self.count() >= LEAST_EDGES
    }

    /// Whether pictures are still being gathered.
    #[must_use]
    pub const fn is_learning(&self) -> bool {
        self.samples < LEARN
    }

    fn count(&self) -> usize {
        self.edges.iter().filter(|&&known| known >= STAYS).count()
    }

    /// Compares a picture with the background.
    #[must_use]
    pub fn compare(&self, view: &View, covered: f32) -> Likeness {
        let mut parts = [Part::default(); PARTS.0 * PARTS.1];
        for y in 1..H - 1 {
            for x in 1..W - 1 {
                let part = &mut parts[y * PARTS.1 / H * PARTS.0 + x * PARTS.0 / W];
                let is_near = f32::from(u8::from(is_near(&view.faint, x, y)));
                part.area += 1.0;
                part.near += is_near;
                part.own += f32::from(u8::from(view.edges[y * W + x]));
                if self.edges[y * W + x] >= STAYS {
                    part.of += 1.0;
                    part.kept += is_near;
                }
            }
        }
        let sum = |value: fn(&Part) -> f32| parts.iter().map(value).sum::<f32>();
        let (of, own) = (sum(|p| p.of).max(1.0), sum(|p| p.own));
        let kept = sum(|p| p.of * p.share());
        let is_lost = |p: &&Part| p.of >= LEAST_IN_PART && p.share() < covered && p.own < 0.5 * p.of;
        let (lost, lost_kept) =
            parts.iter().filter(is_lost).fold((0.0, 0.0), |(of, kept), p| (of + p.of, kept + p.of * p.share()));
        Likeness {
            kept: kept / of,
            own: own / of,
            sharp: view.sharpness / self.sharpness.max(1e-6),
            layout: correlation(&self.layout, &view.layout),
            lost: lost / of,
            kept_where_lost: if lost > 0.0 { lost_kept / lost } else { kept / of },
            intact: parts.iter().filter(|p| p.share() >= INTACT).map(|p| p.of).sum::<f32>() / of,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Part {
    area: f32,
    /// Pixels next to an edge of the picture.
    near: f32,
    of: f32,
    kept: f32,
    own: f32,
}

impl Part {
    /// Returns the share of background edges kept beyond what chance would: tiles have edges everywhere.
    fn share(&self) -> f32 {
        let chance = self.near / self.area.max(1.0);
        let kept = self.kept / self.of.max(1.0);
        ((kept - chance) / (1.0 - chance).max(0.05)).clamp(0.0, 1.0)
    }
}

/// Whether an edge lies within one pixel.
fn is_near(edges: &[bool], x: usize, y: usize) -> bool {
    (y - 1..=y + 1).any(|y| edges[y * W + x - 1..=y * W + x + 1].contains(&true))
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len().max(1) as f32;
    let mean = |v: &[f32]| v.iter().sum::<f32>() / n;
    let (ma, mb) = (mean(a), mean(b));
    let (mut both, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (&a, &b) in a.iter().zip(b) {
        both += (a - ma) * (b - mb);
        aa += (a - ma).powi(2);
        bb += (b - mb).powi(2);
    }
    if aa <= f32::EPSILON || bb <= f32::EPSILON { 0.0 } else { both / (aa * bb).sqrt() }
}
