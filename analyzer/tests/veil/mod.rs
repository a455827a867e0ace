//! Reads public pictures as a parent's browser would, and tells how much of the camera's own picture is left in them.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small pictures"
)]

use mingchu_analyzer::{
    Picture,
    decode::{Decoder, Output, Pace},
    derivative::CELL,
};
use mingchu_domain::media::AccessUnit;
use std::{ops::Range, time::Duration};
use tokio::sync::mpsc;

/// Decodes access units one after the other.
pub(crate) struct Screen {
    decoder: Option<Decoder>,
    pictures: (mpsc::Sender<Picture>, mpsc::Receiver<Picture>),
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self { decoder: None, pictures: mpsc::channel(1000) }
    }

    pub(crate) fn push(&mut self, unit: &AccessUnit) {
        let output = Output { pace: Pace::File, width_at_most: u32::MAX, every: Duration::ZERO };
        let decoder = self.decoder.get_or_insert_with(|| {
            Decoder::start(&unit.parameters, unit.arrived_at, output, self.pictures.0.clone()).unwrap()
        });
        decoder.push(unit).unwrap();
    }

    /// Returns the next picture; a decoder may keep one until the next unit comes.
    pub(crate) fn next(&mut self) -> Option<Picture> {
        self.pictures.1.try_recv().ok()
    }

    pub(crate) fn rest(mut self) -> Vec<Picture> {
        if let Some(decoder) = self.decoder.take() {
            decoder.finish().unwrap();
        }
        std::iter::from_fn(|| self.pictures.1.try_recv().ok()).collect()
    }
}

/// Returns how much of the source's detail is left in the pixels: 1 for the picture itself, 0 for a mosaic of it.
///
/// Detail is what a pixel has besides the mean of its cell: what is left is the slope of the shown detail over the
/// source's, so that noise of the encoder and edges between tiles do not count. `None` where the source has none.
pub(crate) fn detail_left(source: &Picture, shown: &Picture, columns: Range<usize>, rows: Range<usize>) -> Option<f64> {
    let (mut both, mut own, mut count) = (0.0, 0.0, 0.0);
    for y in (rows.start / CELL * CELL..rows.end).step_by(CELL) {
        for x in (columns.start / CELL * CELL..columns.end).step_by(CELL) {
            let (xs, ys) =
                (x.max(columns.start)..(x + CELL).min(columns.end), y.max(rows.start)..(y + CELL).min(rows.end));
            let (source, shown) = (detail(source, &xs, &ys), detail(shown, &xs, &ys));
            both += source.iter().zip(&shown).map(|(a, b)| a * b).sum::<f64>();
            own += source.iter().map(|a| a * a).sum::<f64>();
            count += source.len() as f64;
        }
    }
    (own / f64::max(count, 1.0) >= 4.0).then(|| both / own)
}

fn detail(picture: &Picture, columns: &Range<usize>, rows: &Range<usize>) -> Vec<f64> {
    let width = picture.width() as usize;
    let grey = |x: usize, y: usize| {
        let at = (y * width + x) * 3;
        picture.bgr()[at..at + 3].iter().map(|&part| f64::from(part)).sum::<f64>() / 3.0
    };
    let pixels: Vec<f64> =
        rows.clone().flat_map(|y| columns.clone().map(move |x| (x, y))).map(|(x, y)| grey(x, y)).collect();
    let mean = pixels.iter().sum::<f64>() / pixels.len().max(1) as f64;
    pixels.into_iter().map(|pixel| pixel - mean).collect()
}

/// Whether the picture is the card: one dark colour above its letters.
pub(crate) fn is_card(picture: &Picture) -> bool {
    let width = picture.width() as usize;
    let above = picture.height() as usize / 6;
    let near = |pixel: &[u8]| pixel.iter().zip([58u8, 48, 40]).all(|(&part, wanted)| part.abs_diff(wanted) < 12);
    picture.bgr()[..above * width * 3].chunks_exact(3).all(near)
}

/// Whether everything above the line of text is tiles of one colour, 64 pixels wide.
pub(crate) fn is_all_tiles(picture: &Picture) -> bool {
    const TILE: usize = 64;
    let (width, height) = (picture.width() as usize, picture.height() as usize - 32);
    let at = |x: usize, y: usize| &picture.bgr()[(y * width + x) * 3..][..3];
    // Away from the tiles' edges, where the encoder smoothes.
    let inner = |from: usize, length: usize| from + 10..(from + TILE).min(length).saturating_sub(10).max(from + 10);
    (0..height).step_by(TILE).all(|ty| {
        (0..width).step_by(TILE).all(|tx| {
            inner(ty, height).all(|y| {
                inner(tx, width).all(|x| {
                    let middle = at(inner(tx, width).start, inner(ty, height).start);
                    at(x, y).iter().zip(middle).all(|(a, b)| a.abs_diff(*b) < 24)
                })
            })
        })
    })
}
