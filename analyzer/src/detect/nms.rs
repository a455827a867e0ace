//! Non-maximum suppression: of boxes that overlap much only the best stays.

use mingchu_domain::geometry::BBox;

/// Returns the boxes that stay, best first; `overlap` is the share from which the lesser box goes.
pub(super) fn suppress<T: Copy>(mut found: Vec<T>, overlap: f32, of: impl Fn(&T) -> (BBox, f32)) -> Vec<T> {
    found.sort_by(|a, b| of(b).1.total_cmp(&of(a).1));
    let mut kept: Vec<T> = Vec::new();
    for candidate in found {
        let bbox = of(&candidate).0;
        if kept.iter().all(|best| of(best).0.iou(bbox) < overlap) {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_best_stays_and_no_two_overlap(
            boxes in prop::collection::vec((0.0f32..0.8, 0.0f32..0.8, 0.05f32..0.2, 0.0f32..1.0), 1..40)
        ) {
            let found: Vec<(BBox, f32)> =
                boxes.iter().map(|&(x, y, s, score)| (BBox { x1: x, y1: y, x2: x + s, y2: y + s }, score)).collect();
            let best = found.iter().map(|found| found.1).fold(0.0, f32::max);
            let kept = suppress(found, 0.45, |found| *found);
            prop_assert!((kept[0].1 - best).abs() < f32::EPSILON);
            for (index, a) in kept.iter().enumerate() {
                prop_assert!(kept[..index].iter().all(|b| a.0.iou(b.0) < 0.45));
            }
        }
    }
}
