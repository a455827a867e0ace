//! What a camera sees when nobody is there, learnt slowly. Pure.
//!
//! It is the second net under the detector: whatever differs from the known background is hidden, person or not, and
//! so is whatever is not known yet. A pixel becomes background when it has not changed for a while and no person's box
//! lay over it; somebody whom the detector never sees and who does not move at all for [`AGAIN`] would be learnt.

use std::time::Duration;

/// Pixels of the small picture along the side of a cell.
pub(super) const PER_CELL: usize = 4;
/// Steady for so long, a pixel becomes background for the first time.
const FIRST: Duration = Duration::from_millis(2500);
/// The same where another background was known: light switched on, a pot put down.
const AGAIN: Duration = Duration::from_secs(30);
/// Pictures further apart than this count no more than this.
const LONGEST_STEP: Duration = Duration::from_millis(500);
/// Difference of one colour, 0..255, that noise and compression do not reach.
const NEAR: f32 = 14.0;
/// Share of the newest picture in a background that it confirms.
const DRIFT: f32 = 0.05;
/// Pixels of 16 that must differ before a cell does.
const PIXELS: usize = 2;

#[derive(Debug, Clone, Default)]
struct Pixel {
    known: Option<[f32; 3]>,
    candidate: [f32; 3],
    steady: Duration,
}

/// The background of one camera in a small picture.
#[derive(Debug, Clone)]
pub(super) struct Background {
    width: usize,
    pixels: Vec<Pixel>,
}

impl Background {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, pixels: vec![Pixel::default(); width * height] }
    }

    /// Takes a small picture, `step` after the one before it, and returns which cells are not surely background,
    /// row-major, `across` in a row. `has_person` tells of a cell whether a person's box touches it.
    pub(super) fn look(
        &mut self,
        bgr: &[u8],
        step: Duration,
        across: usize,
        has_person: impl Fn(usize, usize) -> bool,
    ) -> Vec<bool> {
        let step = step.min(LONGEST_STEP);
        let rows = self.pixels.len() / self.width;
        let mut differing = vec![0; across * rows.div_ceil(PER_CELL)];
        for (index, (pixel, bgr)) in self.pixels.iter_mut().zip(bgr.chunks_exact(3)).enumerate() {
            let (x, y) = (index % self.width / PER_CELL, index / self.width / PER_CELL);
            let seen = [bgr[0], bgr[1], bgr[2]].map(f32::from);
            if !pixel.take(seen, step, has_person(x, y)) {
                differing[y * across + x] += 1;
            }
        }
        widened(&differing.iter().map(|&count| count >= PIXELS).collect::<Vec<_>>(), across)
    }
}

impl Pixel {
    /// Returns whether the pixel shows background.
    fn take(&mut self, seen: [f32; 3], step: Duration, has_person: bool) -> bool {
        if let Some(known) = &mut self.known
            && is_near(*known, seen)
        {
            if !has_person {
                drift(known, seen);
            }
            self.steady = Duration::ZERO;
            return true;
        }
        if has_person || !is_near(self.candidate, seen) {
            (self.candidate, self.steady) = (seen, Duration::ZERO);
            return false;
        }
        drift(&mut self.candidate, seen);
        self.steady += step;
        let enough = if self.known.is_some() { AGAIN } else { FIRST };
        if self.steady >= enough {
            self.known = Some(self.candidate);
            self.steady = Duration::ZERO;
        }
        self.steady.is_zero() && self.known.is_some()
    }
}

fn is_near(a: [f32; 3], b: [f32; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < NEAR)
}

fn drift(old: &mut [f32; 3], new: [f32; 3]) {
    old.iter_mut().zip(new).for_each(|(old, new)| *old += (new - *old) * DRIFT);
}

/// Returns the cells with their neighbours: what moves has an edge that is near the background.
fn widened(cells: &[bool], across: usize) -> Vec<bool> {
    let down = cells.len() / across.max(1);
    let is_set = |x: usize, y: usize| {
        let (columns, rows) = (x.saturating_sub(1)..(x + 2).min(across), y.saturating_sub(1)..(y + 2).min(down));
        rows.into_iter().any(|y| columns.clone().any(|x| cells[y * across + x]))
    };
    (0..cells.len()).map(|index| is_set(index % across, index / across)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(200);
    /// 8 x 8 cells.
    const SIDE: usize = 8 * PER_CELL;

    fn room() -> Vec<u8> {
        vec![90; SIDE * SIDE * 3]
    }

    /// A patch of 4 x 4 cells from cell (2, 2) on.
    fn with_patch(level: u8) -> Vec<u8> {
        let mut bgr = room();
        for y in 2 * PER_CELL..6 * PER_CELL {
            bgr[(y * SIDE + 2 * PER_CELL) * 3..(y * SIDE + 6 * PER_CELL) * 3].fill(level);
        }
        bgr
    }

    fn learnt() -> Background {
        let mut background = Background::new(SIDE, SIDE);
        assert!(background.look(&room(), STEP, 8, |_, _| false).iter().all(|&is_unknown| is_unknown));
        (0..20).for_each(|_| drop(background.look(&room(), STEP, 8, |_, _| false)));
        background
    }

    #[test]
    fn nothing_is_known_at_first_and_an_empty_room_after_some_seconds() {
        assert!(learnt().look(&room(), STEP, 8, |_, _| false).iter().all(|&differs| !differs));
    }

    #[test]
    fn what_comes_into_the_room_differs_with_its_edge_until_it_has_stood_still_for_long() {
        let mut background = learnt();
        let differs = background.look(&with_patch(160), STEP, 8, |_, _| false);
        assert!(differs[8 + 1] && differs[6 * 8 + 6] && differs[3 * 8 + 3]);
        assert!(!differs[0] && !differs[7 * 8 + 7]);
        let looks = |pause: Duration| pause.as_millis() / STEP.as_millis() + 3;
        for _ in 0..looks(AGAIN) - 10 {
            assert!(background.look(&with_patch(160), STEP, 8, |_, _| false)[3 * 8 + 3]);
        }
        (0..20).for_each(|_| drop(background.look(&with_patch(160), STEP, 8, |_, _| false)));
        assert!(!background.look(&with_patch(160), STEP, 8, |_, _| false)[3 * 8 + 3]);
    }

    #[test]
    fn a_person_is_never_learnt() {
        let mut background = Background::new(SIDE, SIDE);
        let is_person = |x: usize, y: usize| (2..6).contains(&x) && (2..6).contains(&y);
        (0..400).for_each(|_| drop(background.look(&with_patch(160), STEP, 8, is_person)));
        // the detector loses the person for one picture
        assert!(background.look(&with_patch(160), STEP, 8, |_, _| false)[3 * 8 + 3]);
    }

    #[test]
    fn noise_is_background() {
        let mut background = learnt();
        let noisy: Vec<u8> = (0..SIDE * SIDE * 3).map(|i| if i % 2 == 0 { 84 } else { 97 }).collect();
        assert!(background.look(&noisy, STEP, 8, |_, _| false).iter().all(|&differs| !differs));
    }
}
