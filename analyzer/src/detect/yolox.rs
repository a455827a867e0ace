//! YOLOX (arXiv:2107.08430): input `[1, 3, height, width]`, output `[1, branches * cells, 5 + classes]`.
//!
//! A row is x, y, w, h, objectness, a score for each class; x and y are offsets in grid cells of stride 8, 16, 32, w and
//! h are logarithms. Scores have passed the sigmoid. A second branch has rows of its own for the same cells.

use super::{Class, DetectError, Tensor, Thing, nms::suppress};
use mingchu_domain::geometry::BBox;

const STRIDES: [u16; 3] = [8, 16, 32];
/// Columns before the class scores.
const BOX: usize = 5;

/// How a network's input and output are laid out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// Width and height of the input in pixels.
    pub(super) input: (u16, u16),
    /// Columns of a row.
    pub(super) columns: usize,
    /// Which column of the class scores stands for what, and its least score.
    pub(super) classes: Vec<(usize, Class, f32)>,
    /// Overlap from which the lesser of two boxes of a class goes.
    pub(super) overlap: f32,
}

impl Layout {
    /// YOLOX-nano on COCO's 80 classes, of which only persons are read.
    pub(super) fn coco(least: f32) -> Self {
        Self { input: (416, 416), columns: 85, classes: vec![(0, Class::Person, least)], overlap: 0.45 }
    }

    fn cells(&self) -> Vec<(f32, f32, f32)> {
        let grid = |stride: u16| {
            let (across, down) = (self.input.0 / stride, self.input.1 / stride);
            (0..down).flat_map(move |y| (0..across).map(move |x| (f32::from(x), f32::from(y), f32::from(stride))))
        };
        STRIDES.into_iter().flat_map(grid).collect()
    }

    /// Reads what was found out of the network's output, each class best first. `width` and `height` are the picture's
    /// size in pixels, `scale` the factor from picture to input.
    pub(super) fn things(
        &self,
        output: &Tensor,
        (width, height): (u32, u32),
        scale: f32,
    ) -> Result<Vec<Thing>, DetectError> {
        let cells = self.cells();
        let rows = output.data.len() / self.columns;
        if rows == 0 || !rows.is_multiple_of(cells.len()) || !output.data.len().is_multiple_of(self.columns) {
            let shape = output.shape.clone();
            return Err(DetectError::Shape {
                model: "detect",
                shape,
                expected: "YOLOX rows of models.toml's input and classes",
            });
        }
        let (to_x, to_y) = (1.0 / (scale * width as f32), 1.0 / (scale * height as f32));
        let mut found: Vec<Vec<Thing>> = vec![Vec::new(); self.classes.len()];
        for (row, (x, y, stride)) in output.data.chunks_exact(self.columns).zip(cells.iter().cycle()) {
            for (found, &(column, class, least)) in found.iter_mut().zip(&self.classes) {
                let score = row[4] * row[BOX + column];
                if score < least {
                    continue;
                }
                let (cx, cy) = ((row[0] + x) * stride, (row[1] + y) * stride);
                let (w, h) = (row[2].exp() * stride / 2.0, row[3].exp() * stride / 2.0);
                let bbox = BBox { x1: (cx - w) * to_x, y1: (cy - h) * to_y, x2: (cx + w) * to_x, y2: (cy + h) * to_y };
                found.push(Thing { class, bbox: bbox.clipped(), score });
            }
        }
        let kept = found.into_iter().flat_map(|found| suppress(found, self.overlap, |thing| (thing.bbox, thing.score)));
        Ok(kept.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f32, b: f32) -> bool {
        (a - b).abs() < 1e-5
    }

    #[test]
    fn a_cell_of_the_second_stride_lands_where_its_grid_says() {
        let mut output = Tensor { shape: vec![1, 3549, 85], data: vec![0.0; 3549 * 85] };
        // Row 3, column 5 of the 26 x 26 grid, behind the 52 x 52 cells of stride 8.
        let row = (52 * 52 + 3 * 26 + 5) * 85;
        output.data[row..row + 6].copy_from_slice(&[0.5, 0.5, 2f32.ln(), 4f32.ln(), 0.9, 0.8]);
        let found = Layout::coco(0.3).things(&output, (832, 416), 0.5).unwrap();
        let [person] = found.as_slice() else { panic!("{found:?}") };
        // Middle (88, 56) in the input is (176, 112) in the picture; 32 x 64 in the input is 64 x 128.
        assert!(near(person.score, 0.72) && near(person.bbox.x1, 144.0 / 832.0) && near(person.bbox.y2, 176.0 / 416.0));
    }

    #[test]
    fn the_second_branch_of_a_wide_input_has_the_same_cells() {
        let classes = vec![(0, Class::Person, 0.3), (1, Class::Head, 0.3)];
        let layout = Layout { input: (64, 32), columns: 7, classes, overlap: 0.45 };
        // 8 x 4 + 4 x 2 + 2 x 1 cells, twice.
        let mut output = Tensor { shape: vec![1, 84, 7], data: vec![0.0; 84 * 7] };
        let row = (42 + 32 + 4) * 7;
        output.data[row..row + 7].copy_from_slice(&[0.5, 0.5, 0.0, 0.0, 1.0, 0.0, 0.7]);
        let found = layout.things(&output, (640, 320), 0.1).unwrap();
        let [head] = found.as_slice() else { panic!("{found:?}") };
        // Stride 16, row 1, column 0: middle (8, 24) of 64 x 32.
        assert!(head.class == Class::Head && near(head.bbox.center().x, 0.125) && near(head.bbox.center().y, 0.75));
    }

    #[test]
    fn an_output_of_another_model_is_named() {
        let output = Tensor { shape: vec![1, 2], data: vec![0.0; 2] };
        let error = Layout::coco(0.3).things(&output, (4, 4), 1.0).unwrap_err();
        assert!(error.to_string().starts_with("model detect gave [1, 2], expected YOLOX rows"), "{error}");
    }
}
