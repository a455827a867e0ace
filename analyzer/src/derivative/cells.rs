//! Which cells of a picture are hidden, and the mosaic that hides them. Pure.

use super::canvas::Canvas;
use mingchu_domain::geometry::BBox;
use std::ops::Range;

/// Side of a cell in pixels; the right and lower cells may be cut.
pub const CELL: usize = 16;

/// How a cell is shown; the later, the coarser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Shown {
    /// As it is.
    #[default]
    Plain,
    /// As one tile of 16 pixels.
    Fine,
    /// Within a tile of 32 pixels.
    Coarse,
    /// Within a tile of 64 pixels.
    Coarsest,
}

impl Shown {
    const fn tile(self) -> usize {
        match self {
            Self::Plain => 0,
            Self::Fine => CELL,
            Self::Coarse => 2 * CELL,
            Self::Coarsest => 4 * CELL,
        }
    }

    /// Returns the tile for a person this many pixels wide: a head, about 0.4 of that, must not span more than four.
    pub(super) fn for_person(width_px: f32) -> Self {
        match width_px {
            ..128.0 => Self::Fine,
            128.0..256.0 => Self::Coarse,
            _ => Self::Coarsest,
        }
    }
}

/// The cells of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    size: (usize, usize),
    across: usize,
    down: usize,
    shown: Vec<Shown>,
}

impl Cells {
    /// Returns the cells of a picture of that size, all shown.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let (across, down) = (width.div_ceil(CELL), height.div_ceil(CELL));
        Self { size: (width, height), across, down, shown: vec![Shown::Plain; across * down] }
    }

    /// Returns how many cells there are across and down.
    #[must_use]
    pub const fn shape(&self) -> (usize, usize) {
        (self.across, self.down)
    }

    /// Returns width and height of the picture in pixels.
    #[must_use]
    pub const fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Returns how the cell is shown.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> Shown {
        self.shown[y * self.across + x]
    }

    /// Hides a cell at least so coarsely.
    pub(super) fn hide(&mut self, x: usize, y: usize, shown: Shown) {
        let cell = &mut self.shown[y * self.across + x];
        *cell = shown.max(*cell);
    }

    /// Hides every cell that the box touches.
    pub(super) fn hide_box(&mut self, bbox: BBox, shown: Shown) {
        let (columns, rows) = self.touched(bbox);
        for y in rows {
            columns.clone().for_each(|x| self.hide(x, y, shown));
        }
    }

    /// Returns the columns and rows of cells that the box touches.
    pub(super) fn touched(&self, bbox: BBox) -> (Range<usize>, Range<usize>) {
        let bbox = bbox.clipped();
        (reach(bbox.x1, bbox.x2, self.size.0, self.across), reach(bbox.y1, bbox.y2, self.size.1, self.down))
    }

    /// Returns the share of cells that are hidden, 0..1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a few thousand cells")]
    pub fn hidden_share(&self) -> f32 {
        let hidden = self.shown.iter().filter(|&&shown| shown != Shown::Plain).count();
        hidden as f32 / self.shown.len().max(1) as f32
    }

    /// Paints the mosaic: each tile with a cell of its coarseness becomes one colour.
    pub(super) fn paint(&self, canvas: &mut Canvas) {
        for shown in [Shown::Coarsest, Shown::Coarse, Shown::Fine] {
            let cells = shown.tile() / CELL;
            for y in (0..self.down).step_by(cells) {
                for x in (0..self.across).step_by(cells) {
                    let (columns, rows) = (x..(x + cells).min(self.across), y..(y + cells).min(self.down));
                    let is_hidden = rows.clone().any(|y| columns.clone().any(|x| self.at(x, y) == shown));
                    if is_hidden {
                        one_colour(canvas, pixels(&columns, self.size.0), pixels(&rows, self.size.1));
                    }
                }
            }
        }
    }
}

fn pixels(cells: &Range<usize>, length: usize) -> Range<usize> {
    cells.start * CELL..(cells.end * CELL).min(length)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "picture sizes, clipped at 0")]
#[expect(clippy::cast_precision_loss, reason = "picture sizes")]
fn reach(from: f32, to: f32, length_px: usize, cells: usize) -> Range<usize> {
    let begin = (from * length_px as f32 / CELL as f32).floor() as usize;
    let end = (to * length_px as f32 / CELL as f32).ceil() as usize;
    if to > from { begin.min(cells)..end.min(cells) } else { 0..0 }
}

fn one_colour(canvas: &mut Canvas, columns: Range<usize>, rows: Range<usize>) {
    let count = u32::try_from(columns.len() * rows.len()).unwrap_or(u32::MAX).max(1);
    let mut sum = [0u32; 3];
    for y in rows.clone() {
        for pixel in canvas.line(y, columns.clone()).chunks_exact(3) {
            sum.iter_mut().zip(pixel).for_each(|(sum, &part)| *sum += u32::from(part));
        }
    }
    let colour = sum.map(|sum| u8::try_from(sum / count).unwrap_or(u8::MAX));
    for y in rows {
        canvas.line(y, columns.clone()).chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&colour));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn noise(width: usize, height: usize) -> Canvas {
        let bytes = (0..width * height * 3).map(|i| u8::try_from((i * 7919 + i / 13) % 251).unwrap()).collect();
        Canvas::of(u32::try_from(width).unwrap(), u32::try_from(height).unwrap(), bytes).unwrap()
    }

    proptest! {
        #[test]
        fn no_detail_is_left_in_any_box_and_nothing_else_is_touched(
            (w, h) in (20usize..200, 20usize..200), (x, y) in (-0.2f32..1.0, -0.2f32..1.0), (bw, bh) in (0.01f32..0.9, 0.01f32..0.9)
        ) {
            let (source, mut canvas, mut cells) = (noise(w, h), noise(w, h), Cells::new(w, h));
            let bbox = BBox { x1: x, y1: y, x2: x + bw, y2: y + bh };
            cells.hide_box(bbox, Shown::Fine);
            cells.paint(&mut canvas);
            for py in 0..h {
                for px in 0..w {
                    let at = (py * w + px) * 3;
                    let (rx, ry) = ((px as f32 + 0.5) / w as f32, (py as f32 + 0.5) / h as f32);
                    let is_inside = rx >= bbox.x1 && rx < bbox.x2 && ry >= bbox.y1 && ry < bbox.y2;
                    let cell = cells.at(px / CELL, py / CELL);
                    prop_assert!(!is_inside || cell == Shown::Fine);
                    let first = (py / CELL * CELL * w + px / CELL * CELL) * 3;
                    let expected = if cell == Shown::Plain { &source.bgr()[at..at + 3] } else { &canvas.bgr()[first..first + 3] };
                    prop_assert_eq!(&canvas.bgr()[at..at + 3], expected);
                }
            }
        }
    }

    #[test]
    fn a_close_person_becomes_coarser_tiles() {
        assert_eq!([60.0, 200.0, 400.0].map(Shown::for_person), [Shown::Fine, Shown::Coarse, Shown::Coarsest]);
        let (mut canvas, mut cells) = (noise(128, 128), Cells::new(128, 128));
        cells.hide(1, 1, Shown::Coarsest);
        cells.paint(&mut canvas);
        let first = canvas.bgr()[..3].to_vec();
        assert!((0..64).all(|y| canvas.line(y, 0..64).chunks_exact(3).all(|pixel| pixel == first)));
    }
}
