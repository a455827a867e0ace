//! Where a person's head should be, from the person's box alone.
//!
//! A stand-in until a head detector is trained: it needs no model, and the face detector corrects it where it finds a
//! face. Measured in README.md ("Where the head is").

use mingchu_domain::geometry::BBox;

/// Height over width of a person's box, and the share of its height that is head: the less of the body is seen, the
/// larger the share. Measured on rendered kitchens with a hat on half of the heads.
const SHARES: [(f32, f32); 4] = [(1.2, 0.42), (1.8, 0.34), (2.3, 0.20), (3.0, 0.17)];
/// Width over height of a head.
const HEAD_ASPECT: f32 = 0.85;
/// Detectors cut hats off: the head begins this share of its height above the box.
const ABOVE: f32 = 0.05;

/// Returns the head of the person in `person`, or `None` where the picture cuts it off.
///
/// `aspect` is width over height of the picture.
#[must_use]
pub fn head_of(person: BBox, aspect: f32) -> Option<BBox> {
    let (width, height) = (person.width() * aspect, person.height());
    if width <= 0.0 || height <= 0.0 || person.y1 <= 0.004 {
        return None;
    }
    let head_height = height * share(height / width);
    let head_width = head_height * HEAD_ASPECT / aspect;
    let middle = person.center().x;
    let top = person.y1 - ABOVE * head_height;
    let head =
        BBox { x1: middle - head_width / 2.0, y1: top, x2: middle + head_width / 2.0, y2: top + head_height }.clipped();
    (head.area() > 0.8 * head_width * head_height).then_some(head)
}

/// Returns `head` moved sideways so that its middle lies over `face`.
#[must_use]
pub fn centered_on(head: BBox, face: BBox) -> BBox {
    let shift = face.center().x - head.center().x;
    BBox { x1: head.x1 + shift, x2: head.x2 + shift, ..head }.clipped()
}

/// Returns `bbox` grown on every side by `by` of its longer side, made square in pixels.
#[must_use]
pub fn square_around(bbox: BBox, by: f32, aspect: f32) -> BBox {
    let half = 0.5 * (bbox.width() * aspect).max(bbox.height()) * (1.0 + by);
    let middle = bbox.center();
    BBox { x1: middle.x - half / aspect, y1: middle.y - half, x2: middle.x + half / aspect, y2: middle.y + half }
        .clipped()
}

/// Returns `bbox` with width and height larger by the share `by`.
#[must_use]
pub fn grown(bbox: BBox, by: f32) -> BBox {
    let (dx, dy) = (bbox.width() * by / 2.0, bbox.height() * by / 2.0);
    BBox { x1: bbox.x1 - dx, y1: bbox.y1 - dy, x2: bbox.x2 + dx, y2: bbox.y2 + dy }.clipped()
}

fn share(slimness: f32) -> f32 {
    let (first, last) = (SHARES[0], SHARES[SHARES.len() - 1]);
    if slimness <= first.0 {
        return first.1;
    }
    let pair = SHARES.windows(2).find(|pair| slimness <= pair[1].0);
    pair.map_or(last.1, |pair| {
        let along = (slimness - pair[0].0) / (pair[1].0 - pair[0].0);
        pair[0].1 + along * (pair[1].1 - pair[0].1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_standing_person_has_a_head_of_a_fifth_at_the_top() {
        let person = BBox { x1: 0.4, y1: 0.2, x2: 0.4 + 0.6 / 2.3 * 9.0 / 16.0, y2: 0.8 };
        let head = head_of(person, 16.0 / 9.0).unwrap();
        assert!((head.height() - 0.12).abs() < 0.002, "{head:?}");
        assert!((head.center().x - person.center().x).abs() < 1e-4);
    }

    #[test]
    fn a_head_above_the_picture_is_none() {
        assert!(head_of(BBox { x1: 0.4, y1: 0.0, x2: 0.6, y2: 0.7 }, 1.78).is_none());
    }

    proptest! {
        #[test]
        fn a_head_lies_in_the_picture_and_is_smaller_than_its_person(
            x in 0.0f32..0.9, y in 0.0f32..0.8, w in 0.01f32..0.5, h in 0.01f32..0.9
        ) {
            let person = BBox { x1: x, y1: y, x2: x + w, y2: y + h }.clipped();
            if let Some(head) = head_of(person, 16.0 / 9.0) {
                prop_assert_eq!(head, head.clipped());
                prop_assert!(head.height() < person.height() * 0.5);
            }
        }
    }
}
