//! Public pictures: nobody can be recognised in them, and no untreated one leaves.
//!
//! `--nocapture` prints the figures of each clip.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "clippy knows test functions, not their helpers")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small pictures"
)]

mod play;
mod veil;

use mingchu_analyzer::{
    Picture,
    decode::{Decoder, Output, Pace},
    derivative::{CELL, Encoder, Format, Hidden, Shown, Treated, Treater},
    detect::{Detector, Scripted},
};
use mingchu_domain::{geometry::BBox, media::StreamKind, time::WallTime};
use mingchu_store::SystemClock;
use play::Clip;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use veil::{Screen, detail_left};

const FPS: u32 = 5;
/// Share of the source's detail that may be left in a head: what the encoder's own noise makes of none.
const MOST_DETAIL: f64 = 0.15;
/// Share of heads that must be covered.
const COVERED: f64 = 0.995;
/// The first seconds are played once more at the end, because the background is not known when they come first.
const ONCE_MORE: Duration = Duration::from_secs(4);

/// What became of the heads of a clip.
#[derive(Debug, Default)]
struct Heads {
    pictures: usize,
    heads: usize,
    /// Every cell of the head's box is hidden.
    covered: usize,
    /// The decoded public picture has next to none of the camera's detail there.
    unreadable: usize,
    hidden_share: f64,
    worst: f64,
}

impl Heads {
    fn add(&mut self, other: &Self) {
        self.pictures += other.pictures;
        self.heads += other.heads;
        self.covered += other.covered;
        self.unreadable += other.unreadable;
    }
}

/// Returns the pictures that a derivative is made of.
fn pictures(clip: &Clip) -> Vec<Picture> {
    let first = clip.units(StreamKind::Sub, WallTime::default());
    let again = clip.units(StreamKind::Sub, WallTime::default() + clip.length());
    let again =
        again.into_iter().take_while(|unit| unit.arrived_at.since(WallTime::default() + clip.length()) < ONCE_MORE);
    let (sender, mut receiver) = mpsc::channel(1000);
    let output = Output { pace: Pace::File, width_at_most: 640, every: Duration::from_secs(1) / FPS };
    let mut decoder = Decoder::start(&first[0].parameters, WallTime::default(), output, sender).unwrap();
    first.iter().cloned().chain(again).for_each(|unit| decoder.push(&unit).unwrap());
    decoder.finish().unwrap();
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

/// Treats and encodes each picture, decodes what came out, and looks at the heads of the truth.
fn look(clip: &Clip, hide: Hidden, detector: &mut dyn Detector) -> Heads {
    let mut treater = Treater::new(hide);
    let (sender, mut units) = mpsc::channel(64);
    let format = Format { width: 640, height: 360, fps: FPS, kbit_s: 400 };
    let mut encoder = Encoder::start(format, Arc::new(SystemClock), sender).unwrap();
    let mut screen = Screen::new();
    let mut known: Vec<(Picture, Treated)> = Vec::new();
    for picture in pictures(clip) {
        let treated = treater.treat(&picture, detector).unwrap();
        if !treated.is_known {
            continue;
        }
        encoder.push(&treated.canvas, picture.at().since(WallTime::default())).unwrap();
        screen.push(&units.blocking_recv().expect("the encoder gives each picture"));
        known.push((picture, treated));
    }
    let shown = screen.rest();
    assert_eq!(shown.len(), known.len(), "{}: each picture is encoded and decoded", clip.name);
    let mut heads = Heads { pictures: known.len(), ..Heads::default() };
    for ((source, treated), shown) in known.iter().zip(&shown) {
        heads.hidden_share += f64::from(treated.cells.hidden_share()) / known.len() as f64;
        for head in clip.heads_at(source.at()) {
            heads.count(head, source, treated, shown);
        }
    }
    heads
}

impl Heads {
    fn count(&mut self, head: BBox, source: &Picture, treated: &Treated, shown: &Picture) {
        let edge = |share: f32, length: u32| (share * length as f32).round() as usize;
        let columns = edge(head.x1, source.width())..edge(head.x2, source.width());
        let rows = edge(head.y1, source.height())..edge(head.y2, source.height());
        if columns.len() < 4 || rows.len() < 4 {
            return;
        }
        self.heads += 1;
        let is_covered = (rows.start / CELL..=(rows.end - 1) / CELL)
            .all(|y| (columns.start / CELL..=(columns.end - 1) / CELL).all(|x| treated.cells.at(x, y) != Shown::Plain));
        self.covered += usize::from(is_covered);
        let left = detail_left(source, shown, columns, rows).unwrap_or(0.0);
        self.unreadable += usize::from(left <= MOST_DETAIL);
        self.worst = self.worst.max(left);
    }
}

#[test]
fn heads_of_people_are_covered_in_every_public_picture() {
    if play::models().is_none() {
        return;
    }
    let mut all = Heads::default();
    let clips = Clip::all();
    std::thread::scope(|scope| {
        let looks =
            clips.iter().map(|clip| (clip, scope.spawn(|| look(clip, Hidden::Heads, &mut play::models().unwrap()))));
        for (clip, heads) in looks.collect::<Vec<_>>() {
            let heads = heads.join().unwrap();
            println!("{}: {heads:?}", clip.name);
            all.add(&heads);
        }
    });
    println!("all: {all:?}");
    assert!(all.heads > 400, "{} heads are too few to say anything", all.heads);
    for (what, count) in [("covered", all.covered), ("unreadable", all.unreadable)] {
        let share = count as f64 / all.heads as f64;
        assert!(share >= COVERED, "{what}: {count} of {} heads, {share:.4}", all.heads);
    }
}

#[test]
fn the_check_sees_a_head_that_is_not_covered() {
    let clip = Clip::all().into_iter().find(|clip| clip.name == "serving_compliant").unwrap();
    let source = pictures(&clip).remove(30);
    let shifted = pictures(&clip).remove(31);
    let heads = clip.heads_at(source.at());
    assert_eq!(heads.len(), 2);
    for head in heads {
        let edge = |share: f32, length: u32| (share * length as f32).round() as usize;
        let columns = edge(head.x1, 640)..edge(head.x2, 640);
        let rows = edge(head.y1, 360)..edge(head.y2, 360);
        let own = detail_left(&source, &source, columns.clone(), rows.clone()).unwrap();
        let next = detail_left(&source, &shifted, columns, rows).unwrap();
        assert!((own - 1.0).abs() < 1e-9 && next > MOST_DETAIL, "{own} {next}");
    }
}

/// What the second net catches alone: everybody who came in or moves.
#[test]
fn somebody_whom_the_detector_never_sees_is_coarse_all_the_same() {
    let clip = Clip::all().into_iter().find(|clip| clip.name == "night_person").unwrap();
    let mut blind = Scripted { persons: |_| Vec::new(), faces: |_| Vec::new(), covered: |_, _| 0.0 };
    let heads = look(&clip, Hidden::Heads, &mut blind);
    println!("without a detector: {heads:?}");
    assert!(heads.heads > 40 && heads.covered as f64 >= 0.9 * heads.heads as f64, "{heads:?}");
    assert!(heads.hidden_share < 0.5, "an empty store stays to be seen: {heads:?}");
}
