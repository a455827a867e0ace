//! One picture's way from the camera's to the public's: who is there is hidden, and so is whatever may be somebody.
//!
//! A picture is hidden by what was found in that very picture, by where people were in the second before it, and by
//! all that differs from the background, so that a person whom the detector misses is coarse all the same.

use super::{
    Hidden,
    background::{Background, PER_CELL},
    canvas::Canvas,
    cells::{CELL, Cells, Shown},
};
use crate::{
    cv,
    detect::{DetectError, Detector, Scene},
    picture::Picture,
    track::Person,
};
use mingchu_domain::{geometry::BBox, time::WallTime};
use std::{collections::VecDeque, time::Duration};

/// Boxes hide for so long after they were found.
const REMEMBERED: Duration = Duration::from_secs(1);
/// The background is unknown for so long; nothing is shown before.
const LEARNING: Duration = Duration::from_secs(3);
/// A figure wider than this share of its height bends or lies: its head may be anywhere.
const UPRIGHT: f32 = 0.8;
/// Share of an upright figure's height that holds head and shoulders, however it bends over a bench.
const UPPER: f32 = 0.5;
/// A box grows by this share of its width and height on each side.
const GROWN: f32 = 0.2;
/// A head's box grows by this share.
const HEAD_GROWN: f32 = 0.6;
/// From this score on, the lower part of an upright figure may be shown.
const SURE: f32 = 0.5;

/// A picture that could not be treated; it must not go out.
#[derive(Debug, thiserror::Error)]
pub enum TreatError {
    /// The detector failed.
    #[error("people could not be looked for")]
    Detect(#[from] DetectError),
    /// OpenCV failed.
    #[error("the picture could not be scaled")]
    Cv(#[from] cv::CvError),
    /// Nobody can be found without a model.
    #[error("there is no model that finds people")]
    NoModel,
    /// A picture whose bytes do not fit its size.
    #[error("the picture is damaged")]
    Damaged,
}

/// A treated picture.
#[derive(Debug)]
pub struct Treated {
    /// What the public may see, once `is_known`.
    pub canvas: Canvas,
    /// Which cells are hidden.
    pub cells: Cells,
    /// When the gateway had the picture.
    pub at: WallTime,
    /// Whether the background is known; before, nothing is shown.
    pub is_known: bool,
}

struct Figure {
    /// All of it, for the background.
    whole: BBox,
    /// What is hidden of it.
    hidden: BBox,
}

/// Treats the pictures of one camera, in order.
pub struct Treater {
    hide: Hidden,
    background: Option<(Background, (u32, u32))>,
    seen: VecDeque<(WallTime, Vec<Figure>)>,
    first: Option<WallTime>,
    last: Option<WallTime>,
}

impl Treater {
    /// Returns a treater that has seen nothing.
    #[must_use]
    pub const fn new(hide: Hidden) -> Self {
        Self { hide, background: None, seen: VecDeque::new(), first: None, last: None }
    }

    /// Treats a picture.
    ///
    /// # Errors
    /// When nobody could be looked for: the picture must not go out.
    pub fn treat(&mut self, picture: &Picture, detector: &mut dyn Detector) -> Result<Treated, TreatError> {
        let scene = detector.scene(picture)?.ok_or(TreatError::NoModel)?;
        let at = picture.at();
        self.remember(at, &scene, picture.aspect());
        let mut canvas =
            Canvas::of(picture.width(), picture.height(), picture.bgr().to_vec()).ok_or(TreatError::Damaged)?;
        let mut cells = Cells::new(canvas.width(), canvas.height());
        let unknown = self.unknown(picture, &cells)?;
        let shown = self.shown_although_unknown(&scene, &cells, picture.aspect());
        let (across, _) = cells.shape();
        for (index, _) in unknown.iter().enumerate().filter(|&(index, &is_unknown)| is_unknown && !shown[index]) {
            cells.hide(index % across, index / across, Shown::Coarse);
        }
        for figure in self.seen.iter().flat_map(|(_, figures)| figures) {
            let width_px = figure.whole.width() * picture.width() as f32;
            cells.hide_box(figure.hidden, Shown::for_person(width_px));
        }
        cells.paint(&mut canvas);
        let first = *self.first.get_or_insert(at);
        Ok(Treated { canvas, cells, at, is_known: at.since(first) >= LEARNING })
    }

    fn remember(&mut self, at: WallTime, scene: &Scene, aspect: f32) {
        self.seen.retain(|(seen_at, _)| at.since(*seen_at) <= REMEMBERED);
        let mut figures: Vec<Figure> = scene.persons.iter().map(|person| self.figure(person, aspect)).collect();
        let heads = scene.heads.iter().flatten();
        figures.extend(heads.map(|head| {
            let hidden = grown(head.bbox, HEAD_GROWN);
            Figure { whole: hidden, hidden }
        }));
        self.seen.push_back((at, figures));
    }

    fn figure(&self, person: &Person, aspect: f32) -> Figure {
        let (bbox, whole) = (person.bbox, grown(person.bbox, GROWN));
        let is_part = self.hide == Hidden::Heads && is_upright(bbox, aspect);
        let lowest = if is_part { bbox.y1 + UPPER * bbox.height() } else { whole.y2 };
        Figure { whole, hidden: BBox { y2: lowest, ..whole } }
    }

    /// Returns which cells are not surely background.
    fn unknown(&mut self, picture: &Picture, cells: &Cells) -> Result<Vec<bool>, TreatError> {
        let size = (picture.width(), picture.height());
        let small = |length: usize| (length * PER_CELL).div_ceil(CELL);
        let (width, height) = (small(cells.size().0), small(cells.size().1));
        let step = self.last.map_or(Duration::ZERO, |last| picture.at().since(last));
        self.last = Some(picture.at());
        let mut people = Cells::new(cells.size().0, cells.size().1);
        for figure in self.seen.iter().flat_map(|(_, figures)| figures) {
            people.hide_box(figure.whole, Shown::Fine);
        }
        if self.background.as_ref().is_none_or(|&(_, known)| known != size) {
            self.background = Some((Background::new(width, height), size));
            self.first = None;
        }
        let Some((background, _)) = &mut self.background else { return Err(TreatError::Damaged) };
        let bgr = cv::scaled_bgr(picture, width, height)?;
        Ok(background.look(&bgr, step, cells.shape().0, |x, y| people.at(x, y) != Shown::Plain))
    }

    /// Returns the cells well inside the lower part of upright figures that were surely found in this picture.
    fn shown_although_unknown(&self, scene: &Scene, cells: &Cells, aspect: f32) -> Vec<bool> {
        let (across, down) = cells.shape();
        let mut shown = vec![false; across * down];
        if self.hide == Hidden::Persons {
            return shown;
        }
        for Person { bbox, score } in scene.persons.iter().filter(|person| is_upright(person.bbox, aspect)) {
            let lower = BBox { y1: bbox.y1 + UPPER * bbox.height(), ..*bbox };
            let (columns, rows) = cells.touched(lower);
            for y in rows.start + 1..if *score >= SURE { rows.end } else { 0 } {
                (columns.start + 1..columns.end.saturating_sub(1)).for_each(|x| shown[y * across + x] = true);
            }
        }
        shown
    }
}

fn is_upright(bbox: BBox, aspect: f32) -> bool {
    bbox.width() * aspect < UPRIGHT * bbox.height()
}

fn grown(bbox: BBox, share: f32) -> BBox {
    let (dx, dy) = (bbox.width() * share, bbox.height() * share);
    BBox { x1: bbox.x1 - dx, y1: bbox.y1 - dy, x2: bbox.x2 + dx, y2: bbox.y2 + dy }.clipped()
}
