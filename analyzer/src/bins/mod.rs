//! Waste bins: is the lid on, and how long has it been off. Judged by pictures of this very bin that a person showed.
//!
//! ```text
//! bin's box in a main picture each 10 s -> features -> nearest pictures with lid on / off -> closed, open, cannot judge
//! -> dwell: open for 180 s with nobody near, or 600 s -> finding
//! ```
//! No picture set of waste bins with and without lid could be had, so there is no model that knows all bins; twenty
//! pictures of each state of one bin, taken by its own camera, say more about it.

mod dwell;
mod features;
mod reader;

pub use self::{
    dwell::{BinWatch, Overdue},
    features::{Features, SIDE},
    reader::{FEWEST_REFERENCES, LidReader},
};
use mingchu_domain::geometry::{BBox, Polygon};

/// A bin is read this often, and sooner when its picture has changed.
pub const READ_EVERY: std::time::Duration = std::time::Duration::from_secs(10);
/// A bin whose picture keeps changing, as behind somebody at work, is read no more often.
pub const READ_CHANGED_EVERY: std::time::Duration = std::time::Duration::from_secs(2);
/// Mean difference in grey levels from which a bin's picture has changed: a lid makes 5 and more, noise less than 1.
const CHANGED: f32 = 3.0;
/// A person this many of their own heights away is near: 1.5 m of 1.7 m (domain.md 1.4).
const NEAR: f32 = 0.9;

/// Returns the smallest box around an outline.
#[must_use]
pub fn box_of(outline: &Polygon) -> BBox {
    let start = BBox { x1: 1.0, y1: 1.0, x2: 0.0, y2: 0.0 };
    outline.corners().iter().fold(start, |b, p| BBox {
        x1: b.x1.min(p.x),
        y1: b.y1.min(p.y),
        x2: b.x2.max(p.x),
        y2: b.y2.max(p.y),
    })
}

/// Whether a person stands so near that they may be scraping plates into the bin. `aspect`: width over height of the
/// picture.
#[must_use]
pub fn is_near(person: BBox, bin: BBox, aspect: f32) -> bool {
    let gap = |a1: f32, a2: f32, b1: f32, b2: f32| (a1 - b2).max(b1 - a2).max(0.0);
    let dx = gap(person.x1, person.x2, bin.x1, bin.x2) * aspect;
    let dy = gap(person.y1, person.y2, bin.y1, bin.y2);
    dx.hypot(dy) <= NEAR * person.height()
}

/// Whether a person's box hides part of the bin.
#[must_use]
pub fn is_hidden(person: BBox, bin: BBox) -> bool {
    let overlap = BBox {
        x1: person.x1.max(bin.x1),
        y1: person.y1.max(bin.y1),
        x2: person.x2.min(bin.x2),
        y2: person.y2.min(bin.y2),
    };
    overlap.area() > 0.1 * bin.area()
}

/// Whether the picture of a bin has changed between two small grey pictures of `width` pixels a row, after taking out a
/// change of the whole picture's brightness.
#[must_use]
pub fn has_changed(old: &[u8], new: &[u8], width: usize, bin: BBox) -> bool {
    if old.len() != new.len() || old.is_empty() || width == 0 {
        return true;
    }
    let mean = |grey: &[u8]| grey.iter().map(|&g| f32::from(g)).sum::<f32>() / grey.len() as f32;
    let brighter = mean(new) - mean(old);
    let height = old.len() / width;
    let is_inside = |index: usize| {
        let middle = |place: usize, length: usize| (place as f32 + 0.5) / length as f32;
        let (x, y) = (middle(index % width, width), middle(index / width, height));
        (bin.x1..bin.x2).contains(&x) && (bin.y1..bin.y2).contains(&y)
    };
    let pairs = old.iter().zip(new).enumerate().filter(|(index, _)| is_inside(*index));
    let (sum, n) = pairs
        .fold((0.0, 0.0), |(sum, n), (_, (&a, &b))| (sum + (f32::from(b) - f32::from(a) - brighter).abs(), n + 1.0));
    n > 0.0 && sum / n >= CHANGED
}

#[cfg(test)]
mod tests {
    use super::*;

    const BIN: BBox = BBox { x1: 0.5, y1: 0.6, x2: 0.6, y2: 0.8 };

    #[test]
    fn somebody_at_arms_length_is_near_and_across_the_room_is_not() {
        let person = |x: f32| BBox { x1: x, y1: 0.3, x2: x + 0.1, y2: 0.8 };
        assert!(is_near(person(0.35), BIN, 16.0 / 9.0) && !is_hidden(person(0.35), BIN));
        assert!(!is_near(person(0.05), BIN, 16.0 / 9.0));
        assert!(is_hidden(person(0.52), BIN));
    }

    #[test]
    fn a_lid_is_a_change_and_a_lamp_is_none() {
        let grey = |inside: u8, outside: u8| -> Vec<u8> {
            let is_lid = |i: usize| (32..38).contains(&(i % 64)) && (22..25).contains(&(i / 64));
            (0..64 * 36).map(|i| if is_lid(i) { inside } else { outside }).collect()
        };
        assert!(has_changed(&grey(60, 100), &grey(90, 100), 64, BIN));
        assert!(!has_changed(&grey(60, 100), &grey(75, 115), 64, BIN));
        assert!(has_changed(&[], &grey(60, 100), 64, BIN), "never seen before");
    }

    #[test]
    fn a_box_holds_its_outline() {
        let corners = [(0.2, 0.3), (0.6, 0.2), (0.5, 0.9)].map(|(x, y)| mingchu_domain::geometry::Point { x, y });
        let found = box_of(&corners.to_vec().try_into().unwrap());
        assert_eq!(found, BBox { x1: 0.2, y1: 0.2, x2: 0.6, y2: 0.9 });
    }
}
