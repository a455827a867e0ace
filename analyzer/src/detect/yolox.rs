//! YOLOX-nano (arXiv:2107.08430): input `[1, 3, 416, 416]`, output `[1, 3549, 85]`.
//!
//! A row is x, y, w, h, objectness, 80 class scores; x and y are offsets in grid cells of stride 8, 16, 32, w and h are
//! logarithms. Scores have passed the sigmoid.

use super::{DetectError, Tensor, nms::suppress};
use crate::track::Person;
use mingchu_domain::geometry::BBox;

/// Side of the input in pixels.
pub(super) const SIDE: u16 = 416;
const STRIDES: [u16; 3] = [8, 16, 32];
const ROW: usize = 85;
/// Index of the score for "person" in a row.
const PERSON: usize = 5;
const OVERLAP: f32 = 0.45;

/// Reads the persons above `least` out of the network's output. `width` and `height` are the picture's size in pixels,
/// `scale` the factor from picture to input.
pub(super) fn persons(
    output: &Tensor,
    (width, height): (u32, u32),
    scale: f32,
    least: f32,
) -> Result<Vec<Person>, DetectError> {
    let cells: usize = STRIDES.iter().map(|&stride| usize::from(SIDE / stride).pow(2)).sum();
    if output.data.len() != cells * ROW {
        return Err(DetectError::Shape { model: "person", shape: output.shape.clone(), expected: "[1, 3549, 85]" });
    }
    let grid = STRIDES.iter().flat_map(|&stride| {
        let side = SIDE / stride;
        (0..side).flat_map(move |y| (0..side).map(move |x| (f32::from(x), f32::from(y), f32::from(stride))))
    });
    let (to_x, to_y) = (1.0 / (scale * width as f32), 1.0 / (scale * height as f32));
    let found = output.data.chunks_exact(ROW).zip(grid).filter_map(|(row, (x, y, stride))| {
        let score = row[4] * row[PERSON];
        if score < least {
            return None;
        }
        let (cx, cy) = ((row[0] + x) * stride, (row[1] + y) * stride);
        let (w, h) = (row[2].exp() * stride / 2.0, row[3].exp() * stride / 2.0);
        let bbox = BBox { x1: (cx - w) * to_x, y1: (cy - h) * to_y, x2: (cx + w) * to_x, y2: (cy + h) * to_y };
        Some(Person { bbox: bbox.clipped(), score })
    });
    Ok(suppress(found.collect(), OVERLAP, |person| (person.bbox, person.score)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_the_second_stride_lands_where_its_grid_says() {
        let mut output = Tensor { shape: vec![1, 3549, ROW], data: vec![0.0; 3549 * ROW] };
        // Row 3, column 5 of the 26 x 26 grid, behind the 52 x 52 cells of stride 8.
        let row = (52 * 52 + 3 * 26 + 5) * ROW;
        output.data[row..row + 6].copy_from_slice(&[0.5, 0.5, 2f32.ln(), 4f32.ln(), 0.9, 0.8]);
        let found = persons(&output, (832, 416), 0.5, 0.3).unwrap();
        let [person] = found.as_slice() else { panic!("{found:?}") };
        let near = |a: f32, b: f32| (a - b).abs() < 1e-5;
        // Middle (88, 56) in the input is (176, 112) in the picture; 32 x 64 in the input is 64 x 128.
        assert!(near(person.score, 0.72) && near(person.bbox.x1, 144.0 / 832.0) && near(person.bbox.y2, 176.0 / 416.0));
    }

    #[test]
    fn an_output_of_another_model_is_named() {
        let error = persons(&Tensor { shape: vec![1, 2], data: vec![0.0; 2] }, (4, 4), 1.0, 0.3).unwrap_err();
        assert_eq!(error.to_string(), "model person gave [1, 2], expected [1, 3549, 85]");
    }
}
