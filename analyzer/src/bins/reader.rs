//! Tells a bin's lid by the pictures that are nearest to it. Pure.

use super::features::Features;
use crate::judge::Judgement;
use mingchu_domain::rule::{Lid, WhyNot};

/// Fewest pictures of each state; twenty of each are asked for.
pub const FEWEST_REFERENCES: usize = 5;
/// Neighbours whose distance is averaged.
const NEIGHBOURS: usize = 3;
/// The nearer state must be at most this share of the other's distance.
const CLEARLY: f32 = 0.8;
/// A picture this many times farther from all than the pictures are from one another shows something else.
const STRANGE: f32 = 1.8;

/// Reads one bin.
#[derive(Debug, Clone, Default)]
pub struct LidReader {
    closed: Vec<Features>,
    open: Vec<Features>,
    usual: f32,
}

impl LidReader {
    /// Returns a reader that knows these pictures of the bin.
    #[must_use]
    pub fn new(references: Vec<(Lid, Features)>) -> Self {
        let (mut closed, mut open) = (Vec::new(), Vec::new());
        for (lid, features) in references {
            match lid {
                Lid::Closed => closed.push(features),
                Lid::Open => open.push(features),
            }
        }
        let usual = usual(&closed).max(usual(&open));
        Self { closed, open, usual }
    }

    /// Whether it has pictures enough of both states.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.closed.len() >= FEWEST_REFERENCES && self.open.len() >= FEWEST_REFERENCES
    }

    /// Judges a picture of the bin: an open lid is violating.
    #[must_use]
    pub fn read(&self, features: &Features) -> Judgement {
        if !self.is_ready() {
            return Judgement::cannot(WhyNot::NoReference);
        }
        let (closed, open) = (nearest(&self.closed, features), nearest(&self.open, features));
        let (near, far) = (closed.min(open), closed.max(open));
        if near > STRANGE * self.usual || near > CLEARLY * far {
            return Judgement::cannot(WhyNot::Unsure);
        }
        let confidence = far / (near + far);
        if open < closed { Judgement::violating(confidence) } else { Judgement::compliant(confidence) }
    }
}

/// Returns the mean distance to the nearest pictures.
fn nearest(known: &[Features], features: &Features) -> f32 {
    let mut distances: Vec<f32> = known.iter().map(|other| features.distance(other)).collect();
    distances.sort_by(f32::total_cmp);
    let near = &distances[..distances.len().min(NEIGHBOURS)];
    near.iter().sum::<f32>() / near.len().max(1) as f32
}

/// Returns how far a picture lies from its neighbours of the same state, at most.
fn usual(known: &[Features]) -> f32 {
    let from_others = |index: usize| {
        let others: Vec<Features> =
            known.iter().enumerate().filter(|&(other, _)| other != index).map(|(_, f)| f.clone()).collect();
        if others.is_empty() { 0.0 } else { nearest(&others, &known[index]) }
    };
    (0..known.len()).map(from_others).fold(0.05, f32::max)
}

#[cfg(test)]
mod tests {
    use super::{super::features::tests::drawn, *};
    use crate::bins::SIDE;
    use mingchu_domain::violation::Observation;

    fn reader(of_each: u32) -> LidReader {
        let both = |n| {
            [
                (Lid::Closed, drawn(false, n as usize % 3, 0.9 + 0.02 * n as f32, n)),
                (Lid::Open, drawn(true, n as usize % 3, 0.9 + 0.02 * n as f32, n + 100)),
            ]
        };
        LidReader::new((0..of_each).flat_map(both).map(|(lid, p)| (lid, Features::of(&p).unwrap())).collect())
    }

    fn read(reader: &LidReader, pixels: &[u8]) -> Judgement {
        reader.read(&Features::of(pixels).unwrap())
    }

    #[test]
    fn an_open_bin_is_told_from_a_closed_one_in_other_light() {
        let reader = reader(8);
        for n in 0..10 {
            let light = 0.75 + 0.05 * n as f32;
            assert_eq!(read(&reader, &drawn(true, 1, light, 900 + n)).state, Observation::Violating, "{light}");
            assert_eq!(read(&reader, &drawn(false, 1, light, 950 + n)).state, Observation::Compliant, "{light}");
        }
    }

    #[test]
    fn something_before_the_bin_is_neither() {
        let sack: Vec<u8> =
            (0..SIDE * SIDE).flat_map(|i| if i % 7 < 3 { [200, 40, 160] } else { [30, 200, 220] }).collect();
        assert_eq!(read(&reader(8), &sack), Judgement::cannot(WhyNot::Unsure));
    }

    #[test]
    fn a_bin_that_nobody_showed_is_not_judged() {
        assert_eq!(read(&reader(4), &drawn(true, 0, 1.0, 1)), Judgement::cannot(WhyNot::NoReference));
    }
}
