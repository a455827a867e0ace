//! Pictures with known boxes: what is found, and how hats and masks of known heads are judged.

use super::{Auc, EvalError, Reliability, Share, auc, reliability};
use crate::{
    detect::{Class, DetectError, Detector, HatState, MaskState, look_at_head},
    judge::Bands,
    picture::Picture,
};
use mingchu_domain::geometry::BBox;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Overlap from which a found box is the known one.
const SAME: f32 = 0.5;
/// Head widths in pixels at which figures are split.
const SIZES: [(f32, &str); 4] = [(80.0, "from_80"), (40.0, "from_40"), (20.0, "from_20"), (0.0, "below_20")];

/// A known box.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TruthBox {
    /// `person`, `head`, `bin`, `cat` and so on.
    pub class: String,
    /// Left, top, right, bottom in pixels of the picture.
    #[serde(rename = "box")]
    pub bbox: [f32; 4],
    /// The box around what can be seen of it, where something hides a part; a found box may be like either.
    #[serde(default)]
    pub seen: Option<[f32; 4]>,
    /// `covered` or `bare`, of a head; absent: not judged.
    #[serde(default)]
    pub hat: Option<HatState>,
    /// `worn`, `not_worn`, `wrongly_worn` or `face_not_seen`, of a head; absent: not judged.
    #[serde(default)]
    pub mask: Option<String>,
}

impl TruthBox {
    fn boxes(&self) -> impl Iterator<Item = [f32; 4]> {
        [self.bbox].into_iter().chain(self.seen)
    }
}

/// A line of `annotations.jsonl`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Labelled {
    /// The picture, relative to the data set's folder.
    pub image: PathBuf,
    /// Known boxes.
    pub boxes: Vec<TruthBox>,
    /// Classes of which every instance has a box; only of these is something found too much.
    #[serde(default)]
    pub complete: Vec<String>,
}

/// Reads `annotations.jsonl` of a data set.
///
/// # Errors
/// When it is missing, or a line is not in the format: the line is named.
pub fn annotations(folder: &Path) -> Result<Vec<Labelled>, EvalError> {
    let file = folder.join("annotations.jsonl");
    let path = file.display().to_string();
    let text = std::fs::read_to_string(&file).map_err(|source| EvalError::Unreadable { path: path.clone(), source })?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(index, line): (usize, &str)| {
        let wrong = |detail: String| EvalError::Format { path: path.clone(), line: index + 1, detail };
        let labelled: Labelled = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let flat = labelled.boxes.iter().flat_map(TruthBox::boxes).find(|[x1, y1, x2, y2]| x1 >= x2 || y1 >= y2);
        match flat {
            Some(bbox) => Err(wrong(format!("box {bbox:?} has no area; it is [left, top, right, bottom]"))),
            None => Ok(labelled),
        }
    };
    lines.map(read).collect()
}

/// Counts over pictures.
#[derive(Debug, Default)]
pub struct Tally {
    pictures: u64,
    classes: BTreeMap<String, Found>,
    hats: Vec<Seen<HatState>>,
    masks: Vec<Seen<MaskState>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Found {
    known: u64,
    found: u64,
    right: u64,
    reported: u64,
}

#[derive(Debug, Clone, Copy)]
struct Seen<S> {
    truth: S,
    said: S,
    /// Probability of what should be: covered, worn.
    p: Option<f32>,
    px: f32,
}

impl Tally {
    /// Looks at a picture and counts.
    ///
    /// # Errors
    /// When a model fails.
    pub fn look(
        &mut self,
        picture: &Picture,
        labelled: &Labelled,
        detector: &mut dyn Detector,
        bands: &Bands,
    ) -> Result<(), DetectError> {
        self.pictures += 1;
        if let Some(scene) = detector.scene(picture)? {
            let mut found: BTreeMap<Class, Vec<BBox>> = BTreeMap::new();
            found.insert(Class::Person, scene.persons.iter().map(|person| person.bbox).collect());
            if let Some(heads) = &scene.heads {
                found.insert(Class::Head, heads.iter().map(|head| head.bbox).collect());
                for class in [Class::Cat, Class::Dog, Class::Rodent, Class::Phone] {
                    let of_class = scene.things.iter().filter(|thing| thing.class == class);
                    found.insert(class, of_class.map(|thing| thing.bbox).collect());
                }
            }
            found.iter().for_each(|(class, found)| self.count(*class, found, picture, labelled));
        }
        for known in labelled.boxes.iter().filter(|known| known.class == Class::Head.as_str()) {
            let mask = known.mask.as_deref().and_then(mask_state);
            if known.hat.is_none() && mask.is_none() {
                continue;
            }
            let head = relative(known.bbox, picture);
            let seen = look_at_head(detector, picture, head, bands)?;
            let px = known.bbox[2] - known.bbox[0];
            if let Some(truth) = known.hat.filter(|truth| *truth != HatState::Unknown) {
                let (said, p) = seen.hat.map_or((HatState::Unknown, None), |hat| (hat.state, Some(hat.covered)));
                self.hats.push(Seen { truth, said, p, px });
            }
            if let Some(truth) = mask {
                let (said, p) = seen.mask.map_or((MaskState::Unknown, None), |mask| (mask.state, Some(mask.worn)));
                self.masks.push(Seen { truth, said, p, px });
            }
        }
        Ok(())
    }

    fn count(&mut self, class: Class, found: &[BBox], picture: &Picture, labelled: &Labelled) {
        let name = class.as_str();
        let of_class = labelled.boxes.iter().filter(|known| known.class == name);
        let known: Vec<Vec<BBox>> =
            of_class.map(|known| known.boxes().map(|bbox| relative(bbox, picture)).collect()).collect();
        let is_complete = labelled.complete.iter().any(|class| class == name);
        let tally = self.classes.entry(name.to_owned()).or_default();
        tally.known += known.len() as u64;
        // Found boxes come surest first; each takes the known box it overlaps most.
        let mut open = known;
        for bbox in found {
            let overlap = |index: usize| open[index].iter().map(|known| bbox.iou(*known)).fold(0.0, f32::max);
            let best = (0..open.len()).max_by(|&a, &b| overlap(a).total_cmp(&overlap(b)));
            let is_right = best.is_some_and(|best| overlap(best) >= SAME);
            if let (Some(best), true) = (best, is_right) {
                open.swap_remove(best);
                tally.found += 1;
            }
            if is_complete {
                tally.reported += 1;
                tally.right += u64::from(is_right);
            }
        }
    }

    /// Returns the figures.
    #[must_use]
    pub fn report(&self) -> PictureReport {
        let detection = |found: &Found| Detection {
            recall: Share::new(found.found, found.known),
            precision: Share::new(found.right, found.reported),
        };
        let hat_good = HatState::Covered;
        PictureReport {
            pictures: self.pictures,
            detection: self.classes.iter().map(|(name, found)| (name.clone(), detection(found))).collect(),
            hat: by_size(&self.hats, &[HatState::Covered, HatState::Bare], HatState::Unknown, hat_good),
            mask: by_size(
                &self.masks,
                &[MaskState::Worn, MaskState::NotWorn, MaskState::WronglyWorn],
                MaskState::Unknown,
                MaskState::Worn,
            ),
        }
    }
}

/// How well a class is found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Detection {
    /// Known boxes that were found.
    pub recall: Share,
    /// Found boxes that are known, in pictures whose boxes of the class are complete.
    pub precision: Share,
}

/// How well the states of known heads are judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// Heads.
    pub heads: u64,
    /// Of them not judged.
    pub not_judged: Share,
    /// By state: of the heads said to be so, those that are.
    pub precision: BTreeMap<String, Share>,
    /// By state: of the heads that are so, those said to be.
    pub recall: BTreeMap<String, Share>,
    /// The probability that all is as it should be, against whether it is; whether judged or not.
    pub auc: Option<Auc>,
    /// The same probability, said and come true.
    pub reliability: Vec<Reliability>,
}

/// Figures of a data set of pictures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PictureReport {
    /// Pictures looked at.
    pub pictures: u64,
    /// By class.
    pub detection: BTreeMap<String, Detection>,
    /// Hats of known heads, `all` and by head width in pixels.
    pub hat: BTreeMap<String, ClassReport>,
    /// Masks of known heads, `all` and by head width in pixels.
    pub mask: BTreeMap<String, ClassReport>,
}

fn by_size<S: Copy + PartialEq + Serialize>(
    seen: &[Seen<S>],
    states: &[S],
    unknown: S,
    good: S,
) -> BTreeMap<String, ClassReport> {
    let size = |px: f32| SIZES.iter().find(|(from, _)| px >= *from).map_or("below_20", |(_, name)| *name);
    let mut groups: BTreeMap<String, Vec<Seen<S>>> = BTreeMap::new();
    for seen in seen {
        groups.entry("all".to_owned()).or_default().push(*seen);
        groups.entry(size(seen.px).to_owned()).or_default().push(*seen);
    }
    groups.into_iter().map(|(name, seen)| (name, class_report(&seen, states, unknown, good))).collect()
}

fn class_report<S: Copy + PartialEq + Serialize>(seen: &[Seen<S>], states: &[S], unknown: S, good: S) -> ClassReport {
    let count = |is: &dyn Fn(&Seen<S>) -> bool| seen.iter().filter(|seen| is(seen)).count() as u64;
    let name =
        |state: &S| serde_json::to_value(state).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let share = |of: &dyn Fn(&Seen<S>, S) -> bool, state: S| {
        Share::new(count(&|s| of(s, state) && s.truth == state && s.said == state), count(&|s| of(s, state)))
    };
    // A face that is not seen cannot be right or wrong in its mask; only what was said of it counts.
    let scored: Vec<(f32, bool)> =
        seen.iter().filter(|s| s.truth != unknown).filter_map(|s| Some((s.p?, s.truth == good))).collect();
    ClassReport {
        heads: seen.len() as u64,
        not_judged: Share::new(count(&|s| s.said == unknown), seen.len() as u64),
        precision: states.iter().map(|state| (name(state), share(&|s, state| s.said == state, *state))).collect(),
        recall: states.iter().map(|state| (name(state), share(&|s, state| s.truth == state, *state))).collect(),
        auc: auc(&scored),
        reliability: reliability(&scored),
    }
}

fn mask_state(word: &str) -> Option<MaskState> {
    match word {
        "worn" => Some(MaskState::Worn),
        "not_worn" => Some(MaskState::NotWorn),
        "wrongly_worn" => Some(MaskState::WronglyWorn),
        "face_not_seen" => Some(MaskState::Unknown),
        _ => None,
    }
}

fn relative(bbox: [f32; 4], picture: &Picture) -> BBox {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    BBox { x1: bbox[0] / width, y1: bbox[1] / height, x2: bbox[2] / width, y2: bbox[3] / height }.clipped()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{detect::Scripted, track::Person};
    use bytes::Bytes;
    use mingchu_domain::time::WallTime;

    #[test]
    fn a_missed_a_false_and_a_right_person_and_a_grey_head_are_counted() {
        let line = r#"{"image":"a.jpg","source":"test","synthetic":true,"complete":["person"],"boxes":[
            {"class":"person","box":[0,0,50,100]},{"class":"person","box":[60,0,90,100]},
            {"class":"head","box":[10,0,40,30],"hat":"covered"},{"class":"head","box":[60,0,90,30],"hat":"bare"}]}"#;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("annotations.jsonl"), line.replace('\n', " ")).unwrap();
        let labelled = annotations(folder.path()).unwrap().remove(0);
        let picture = Picture::new(WallTime::default(), 100, 100, Bytes::from(vec![0; 30_000])).unwrap();
        let bbox = |x1, x2| BBox { x1, y1: 0.0, x2, y2: 1.0 };
        let mut detector = Scripted {
            persons: move |_| {
                vec![Person { bbox: bbox(0.0, 0.5), score: 0.9 }, Person { bbox: bbox(0.9, 1.0), score: 0.8 }]
            },
            faces: |_| Vec::new(),
            covered: |_, head: BBox| if head.x1 < 0.5 { 0.9 } else { 0.47 },
        };
        let mut tally = Tally::default();
        tally.look(&picture, &labelled, &mut detector, &Bands::default()).unwrap();
        let report = tally.report();
        let person = report.detection["person"];
        assert_eq!((person.recall.hits, person.recall.of, person.precision.hits, person.precision.of), (1, 2, 1, 2));
        let hat = &report.hat["all"];
        assert_eq!((hat.heads, hat.not_judged.hits), (2, 1));
        assert_eq!((hat.precision["covered"].value, hat.recall["bare"].value), (Some(1.0), Some(0.0)));
        assert_eq!(hat.auc.unwrap().value, 1.0);
        assert!(report.hat.contains_key("from_20") && !report.hat.contains_key("from_80"));
    }

    #[test]
    fn a_person_behind_a_bench_is_found_by_what_can_be_seen() {
        let line = r#"{"image":"a.jpg","complete":["person"],"boxes":[
            {"class":"person","box":[0,0,50,100],"seen":[0,0,50,40]},{"class":"person","box":[60,0,90,100]}]}"#;
        let labelled: Labelled = serde_json::from_str(line).unwrap();
        let picture = Picture::new(WallTime::default(), 100, 100, Bytes::from(vec![0; 30_000])).unwrap();
        let upper = |x1, x2| Person { bbox: BBox { x1, y1: 0.0, x2, y2: 0.4 }, score: 0.9 };
        let mut detector = Scripted {
            persons: move |_| vec![upper(0.0, 0.5), upper(0.6, 0.9)],
            faces: |_| Vec::new(),
            covered: |_, _| 0.5,
        };
        let mut tally = Tally::default();
        tally.look(&picture, &labelled, &mut detector, &Bands::default()).unwrap();
        let person = tally.report().detection["person"];
        assert_eq!((person.recall.hits, person.recall.of, person.precision.of), (1, 2, 2));
    }

    #[test]
    fn a_wrong_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("annotations.jsonl");
        std::fs::write(&file, "{\"image\":\"a.jpg\",\"boxes\":[]}\n{\"image\":3}\n").unwrap();
        assert!(annotations(folder.path()).unwrap_err().to_string().contains("annotations.jsonl, line 2"));
        std::fs::write(&file, "{\"image\":\"a\",\"boxes\":[{\"class\":\"head\",\"box\":[5,0,1,9]}]}").unwrap();
        assert!(annotations(folder.path()).unwrap_err().to_string().contains("has no area"));
    }
}
