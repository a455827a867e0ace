//! A bin's picture as numbers: directions of edges by place, and colours by place. Pure.

use std::f32::consts::PI;

/// Side of the square picture that features are taken of.
pub const SIDE: usize = 32;
const CELLS: usize = 4;
const DIRECTIONS: usize = 8;
/// Colours count less than edges: light changes them.
const COLOUR_WEIGHT: f32 = 0.5;

/// What a bin looks like, as a unit vector of edges and a weighted one of colours.
#[derive(Debug, Clone, PartialEq)]
pub struct Features(Vec<f32>);

impl Features {
    /// Returns the features of packed blue, green, red pixels, [`SIDE`] x [`SIDE`], row-major; `None` for another size.
    #[must_use]
    pub fn of(bgr: &[u8]) -> Option<Self> {
        if bgr.len() != SIDE * SIDE * 3 {
            return None;
        }
        let grey: Vec<f32> = bgr.chunks_exact(3).map(|p| p.iter().map(|&v| f32::from(v)).sum::<f32>() / 3.0).collect();
        let mut edges = edges(&grey);
        let mut colours = colours(bgr);
        normalise(&mut edges, 1.0);
        normalise(&mut colours, COLOUR_WEIGHT);
        edges.extend(colours);
        Some(Self(edges))
    }

    /// Returns the features that a model gave.
    #[must_use]
    pub const fn of_model(values: Vec<f32>) -> Self {
        Self(values)
    }

    /// Returns the distance to another bin's picture: 0 when they are the same, 1.6 at most.
    #[must_use]
    pub fn distance(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
    }
}

fn cell(x: usize, y: usize) -> usize {
    y * CELLS / SIDE * CELLS + x * CELLS / SIDE
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index below DIRECTIONS")]
fn edges(grey: &[f32]) -> Vec<f32> {
    let mut bins = vec![0.0; CELLS * CELLS * DIRECTIONS];
    for y in 1..SIDE - 1 {
        for x in 1..SIDE - 1 {
            let dx = grey[y * SIDE + x + 1] - grey[y * SIDE + x - 1];
            let dy = grey[(y + 1) * SIDE + x] - grey[(y - 1) * SIDE + x];
            let direction = (dy.atan2(dx) + PI) / (2.0 * PI) * DIRECTIONS as f32;
            let direction = (direction as usize).min(DIRECTIONS - 1);
            bins[cell(x, y) * DIRECTIONS + direction] += dx.hypot(dy);
        }
    }
    // The root keeps one strong edge from drowning the others.
    bins.iter_mut().for_each(|bin| *bin = bin.sqrt());
    bins
}

/// Mean colour of each cell against the whole, so that exposure cancels.
fn colours(bgr: &[u8]) -> Vec<f32> {
    let mut sums = vec![0.0; CELLS * CELLS * 3];
    let mut whole = 1.0;
    for (index, pixel) in bgr.chunks_exact(3).enumerate() {
        for (channel, &value) in pixel.iter().enumerate() {
            sums[cell(index % SIDE, index / SIDE) * 3 + channel] += f32::from(value);
            whole += f32::from(value);
        }
    }
    let mean = whole / sums.len() as f32;
    sums.iter_mut().for_each(|sum| *sum = *sum / mean - 1.0);
    sums
}

fn normalise(values: &mut [f32], length: f32) {
    let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    if norm > 1e-6 {
        values.iter_mut().for_each(|v| *v *= length / norm);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A drawn bin: a body, and a lid or a dark mouth; `shift` moves it by pixels, `light` scales it.
    pub(crate) fn drawn(is_open: bool, shift: usize, light: f32, noise: u32) -> Vec<u8> {
        let mut pixels = Vec::with_capacity(SIDE * SIDE * 3);
        let mut seed = noise.wrapping_mul(2_654_435_761).wrapping_add(12_345);
        for y in 0..SIDE {
            for x in 0..SIDE {
                let in_body = (6 + shift..26 + shift).contains(&x) && y >= 10;
                let in_top = (5 + shift..27 + shift).contains(&x) && (5..10).contains(&y);
                let level: [f32; 3] = match (in_body, in_top, is_open) {
                    (_, true, false) => [70.0, 150.0, 80.0],
                    (_, true, true) => [20.0, 22.0, 25.0],
                    (true, ..) => [60.0, 130.0, 70.0],
                    _ => [170.0, 170.0, 165.0],
                };
                for value in level {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let speckle = (seed >> 24) as f32 / 255.0 * 16.0 - 8.0;
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                    pixels.push((value * light + speckle).clamp(0.0, 255.0) as u8);
                }
            }
        }
        pixels
    }

    #[test]
    fn light_changes_less_than_a_lid_does() {
        let of = |is_open, light, noise| Features::of(&drawn(is_open, 0, light, noise)).unwrap();
        let (closed, darker, open) = (of(false, 1.0, 1), of(false, 0.7, 2), of(true, 1.0, 3));
        assert!(closed.distance(&darker) < 0.7 * closed.distance(&open));
    }

    #[test]
    fn another_size_has_no_features() {
        assert!(Features::of(&[0; 30]).is_none());
    }
}
