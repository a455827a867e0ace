//! AIZOO face and mask detector, an SSD: input `[1, 3, 260, 260]`, outputs offsets `[1, 5972, 4]` and scores
//! `[1, 5972, 2]` (with mask, without).
//!
//! Anchors: grids of 33, 17, 9, 5 and 3 cells with 4 shapes each; offsets are scaled by the variances 0.1 and 0.2.

use super::{DetectError, Tensor, nms::suppress};
use crate::judge::Face;
use mingchu_domain::geometry::BBox;
use std::sync::LazyLock;

/// Side of the input in pixels.
pub(super) const SIDE: u16 = 260;
const GRIDS: [(u16, [f32; 2]); 5] =
    [(33, [0.04, 0.056]), (17, [0.08, 0.11]), (9, [0.16, 0.22]), (5, [0.32, 0.45]), (3, [0.64, 0.72])];
/// Width over height of the further shapes of the first size.
const FURTHER: [f32; 2] = [0.62, 0.42];
const OVERLAP: f32 = 0.4;

/// Middle x, middle y, width, height, relative to the input, in the order of the outputs.
static ANCHORS: LazyLock<Vec<[f32; 4]>> = LazyLock::new(anchors);

fn anchors() -> Vec<[f32; 4]> {
    let mut anchors = Vec::with_capacity(5972);
    for (side, sizes) in GRIDS {
        let further = FURTHER.map(|ratio| [sizes[0] * ratio.sqrt(), sizes[0] / ratio.sqrt()]);
        let shapes = [[sizes[0]; 2], [sizes[1]; 2], further[0], further[1]];
        let middle = |cell: u16| (f32::from(cell) + 0.5) / f32::from(side);
        for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
            anchors.extend(shapes.map(|[width, height]| [middle(x), middle(y), width, height]));
        }
    }
    anchors
}

/// Reads the faces above `least` out of the network's outputs; the input showed `region` of the picture.
pub(super) fn faces(outputs: &[Tensor], region: BBox, least: f32) -> Result<Vec<Face>, DetectError> {
    let of_width = |width: usize| {
        let fits = |tensor: &&Tensor| tensor.shape.last() == Some(&width) && tensor.data.len() == ANCHORS.len() * width;
        outputs.iter().find(fits).ok_or_else(|| DetectError::Shape {
            model: "face",
            shape: outputs.iter().flat_map(|tensor| tensor.shape.clone()).collect(),
            expected: "[1, 5972, 4] and [1, 5972, 2]",
        })
    };
    let (offsets, scores) = (of_width(4)?, of_width(2)?);
    let rows = offsets.data.chunks_exact(4).zip(scores.data.chunks_exact(2)).zip(ANCHORS.iter());
    let found = rows.filter(|((_, score), _)| score[0].max(score[1]) >= least).map(|((offset, score), anchor)| {
        let (cx, cy) = (offset[0] * 0.1 * anchor[2] + anchor[0], offset[1] * 0.1 * anchor[3] + anchor[1]);
        let (w, h) = ((offset[2] * 0.2).exp() * anchor[2] / 2.0, (offset[3] * 0.2).exp() * anchor[3] / 2.0);
        let (x, y) =
            (|share: f32| region.x1 + share * region.width(), |share: f32| region.y1 + share * region.height());
        let bbox = BBox { x1: x(cx - w), y1: y(cy - h), x2: x(cx + w), y2: y(cy + h) };
        Face { bbox: bbox.clipped(), masked: score[0], bare: score[1] }
    });
    Ok(suppress(found.collect(), OVERLAP, |face| (face.bbox, face.score())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_anchors_as_the_format_says() {
        assert_eq!(ANCHORS.len(), 5972);
        assert_eq!(ANCHORS[0], [0.5 / 33.0, 0.5 / 33.0, 0.04, 0.04]);
    }

    #[test]
    fn a_face_in_the_middle_of_a_region_lands_in_the_middle_of_it() {
        let mut offsets = Tensor { shape: vec![1, 5972, 4], data: vec![0.0; 5972 * 4] };
        let mut scores = Tensor { shape: vec![1, 5972, 2], data: vec![0.0; 5972 * 2] };
        offsets.data[5971 * 4] = 0.0;
        // The second shape of the middle cell of the 9 x 9 grid.
        let anchor = (33 * 33 + 17 * 17) * 4 + 40 * 4 + 1;
        scores.data[anchor * 2] = 0.9;
        let region = BBox { x1: 0.2, y1: 0.2, x2: 0.4, y2: 0.6 };
        let found = faces(&[scores, offsets], region, 0.4).unwrap();
        let [face] = found.as_slice() else { panic!("{found:?}") };
        assert!((face.bbox.center().x - 0.3).abs() < 1e-5 && (face.bbox.width() - 0.2 * 0.22).abs() < 1e-5);
        assert_eq!((face.masked, face.bare), (0.9, 0.0));
    }
}
