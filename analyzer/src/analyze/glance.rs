//! One picture by itself: persons, heads, hats, masks.

use super::{NamedZone, ZoneUse};
use crate::{
    cv::{self, Mark},
    detect::{Class, DetectError, Detector, HatState, MaskState, look_at_head},
    judge::Bands,
    models::BinBands,
    picture::Picture,
    track::head,
};
use mingchu_domain::geometry::{BBox, Point};
use serde::Serialize;

/// Two heads that overlap more cannot be told apart.
const HEADS_APART: f32 = 0.3;

/// Edges in pixels of the picture: left, top, right, bottom.
pub type Pixels = [f32; 4];

/// What is seen of one person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonSeen {
    /// Where, in pixels.
    #[serde(rename = "box")]
    pub bbox: Pixels,
    /// Confidence, 0..1.
    pub score: f32,
    /// The head in pixels; `None` where it is not seen.
    pub head: Option<Pixels>,
    /// Hat.
    pub hat: HatReport,
    /// Mask.
    pub mask: MaskReport,
    /// Names of the zones in which the person stands; absent without a zones file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
}

/// Hat of a head.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HatReport {
    /// The state.
    pub state: HatState,
    /// Probability that the head is covered; `None` where no model looked.
    pub p: Option<f32>,
}

/// Mask of a head.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MaskReport {
    /// The state.
    pub state: MaskState,
    /// Probability that the mask is worn as it should be; `None` where no model looked.
    pub p: Option<f32>,
}

/// Something else that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThingSeen {
    /// What.
    pub class: Class,
    /// Where, in pixels.
    #[serde(rename = "box")]
    pub bbox: Pixels,
    /// Confidence, 0..1.
    pub score: f32,
}

/// Whether a bin's lid is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LidState {
    /// On.
    On,
    /// Off.
    Off,
    /// Cannot judge.
    Unknown,
}

/// What is seen of a waste bin that the zones file names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BinReport {
    /// Its name in the zones file.
    pub name: String,
    /// Around its outline, in pixels.
    #[serde(rename = "box")]
    pub bbox: Pixels,
    /// The lid.
    pub lid: LidState,
    /// Probability that the lid is off; `None` where no model looked.
    pub p: Option<f32>,
}

/// How good the picture is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HealthReport {
    /// Mean grey level, 0 to 255: a covered lens is dark.
    pub brightness: f32,
    /// Standard deviation of grey levels: a covered or blinded lens has little.
    pub contrast: f32,
}

/// What is seen in one picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Glance {
    /// Persons, surest first.
    pub persons: Vec<PersonSeen>,
    /// Animals and telephones, surest first.
    pub things: Vec<ThingSeen>,
    /// The waste bins of the zones file, in its order.
    pub bins: Vec<BinReport>,
    /// The picture itself.
    pub health: HealthReport,
}

/// Looks at one picture. `None` where there is no model for persons.
///
/// # Errors
/// When a model fails.
pub fn glance(
    picture: &Picture,
    detector: &mut dyn Detector,
    bands: &Bands,
    (zones, lids): (Option<&[NamedZone]>, Option<BinBands>),
) -> Result<Option<Glance>, DetectError> {
    let Some(scene) = detector.scene(picture)? else { return Ok(None) };
    let boxes: Vec<BBox> = scene.persons.iter().map(|person| person.bbox).collect();
    let found = scene.heads_of(&boxes).unwrap_or_else(|| vec![None; boxes.len()]);
    let guess = |person: &BBox| head::head_of(*person, picture.aspect());
    let heads: Vec<Option<BBox>> =
        boxes.iter().zip(found).map(|(person, head)| head.or_else(|| guess(person))).collect();
    let mut persons = Vec::new();
    for (index, person) in scene.persons.iter().enumerate() {
        let others = heads.iter().enumerate().filter(|&(other, _)| other != index).filter_map(|(_, head)| *head);
        let head = heads[index].filter(|head| others.clone().all(|other| head.iou(other) <= HEADS_APART));
        let seen = match head {
            Some(head) => look_at_head(detector, picture, head, bands)?,
            None => crate::detect::HeadSeen::default(),
        };
        let hat = seen.hat.map_or((HatState::Unknown, None), |hat| (hat.state, Some(hat.covered)));
        let mask = seen.mask.map_or((MaskState::Unknown, None), |mask| (mask.state, Some(mask.worn)));
        persons.push(PersonSeen {
            bbox: pixels(person.bbox, picture),
            score: person.score,
            head: seen.bbox.or(head).map(|head| pixels(head, picture)),
            hat: HatReport { state: hat.0, p: hat.1 },
            mask: MaskReport { state: mask.0, p: mask.1 },
            zones: zones.map(|zones| standing(person.bbox, zones)),
        });
    }
    let thing = |thing: &crate::detect::Thing| ThingSeen {
        class: thing.class,
        bbox: pixels(thing.bbox, picture),
        score: thing.score,
    };
    let mut bins = Vec::new();
    for zone in zones.unwrap_or_default().iter().filter(|zone| zone.kind == ZoneUse::Bin) {
        let outline = around(zone.outline.corners());
        let seen = detector.bin(picture, outline)?;
        let lid = match seen.as_ref().zip(lids).and_then(|(seen, lids)| lids.is_open(seen)) {
            Some(true) => LidState::Off,
            Some(false) => LidState::On,
            None => LidState::Unknown,
        };
        let p = seen.map(|seen| seen.open / (seen.open + seen.closed).max(1e-6));
        bins.push(BinReport { name: zone.name.clone(), bbox: pixels(outline, picture), lid, p });
    }
    let things = scene.things.iter().map(thing).collect();
    Ok(Some(Glance { persons, things, bins, health: health(picture)? }))
}

fn health(picture: &Picture) -> Result<HealthReport, DetectError> {
    let grey = cv::small_grey(picture, 64, 36)?;
    let count = grey.len().max(1) as f32;
    let brightness = grey.iter().map(|&g| f32::from(g)).sum::<f32>() / count;
    let variance = grey.iter().map(|&g| (f32::from(g) - brightness).powi(2)).sum::<f32>() / count;
    let rounded = |value: f32| (value * 10.0).round() / 10.0;
    Ok(HealthReport { brightness: rounded(brightness), contrast: rounded(variance.sqrt()) })
}

/// Returns the box around corners.
fn around(corners: &[Point]) -> BBox {
    let empty = BBox { x1: 1.0, y1: 1.0, x2: 0.0, y2: 0.0 };
    corners.iter().fold(empty, |bbox, corner| BBox {
        x1: bbox.x1.min(corner.x),
        y1: bbox.y1.min(corner.y),
        x2: bbox.x2.max(corner.x),
        y2: bbox.y2.max(corner.y),
    })
}

impl Glance {
    /// Returns the boxes to draw: persons grey, heads green (hat and mask in order), red (one is not), yellow (unknown).
    #[must_use]
    pub fn marks(&self, picture: &Picture) -> Vec<Mark> {
        let back = |pixels: Pixels| {
            let (width, height) = (picture.width() as f32, picture.height() as f32);
            BBox { x1: pixels[0] / width, y1: pixels[1] / height, x2: pixels[2] / width, y2: pixels[3] / height }
        };
        let mut marks = Vec::new();
        for person in &self.persons {
            marks.push(Mark { bbox: back(person.bbox), bgr: GREY, text: format!("person {:.2}", person.score) });
            let Some(head) = person.head else { continue };
            let is_wrong = person.hat.state == HatState::Bare
                || matches!(person.mask.state, MaskState::NotWorn | MaskState::WronglyWorn);
            let is_right = person.hat.state == HatState::Covered && person.mask.state == MaskState::Worn;
            let bgr = if is_wrong {
                RED
            } else if is_right {
                GREEN
            } else {
                YELLOW
            };
            marks.push(Mark { bbox: back(head), bgr, text: format!("hat {} mask {}", person.hat, person.mask) });
        }
        let thing = |thing: &ThingSeen| Mark {
            bbox: back(thing.bbox),
            bgr: RED,
            text: format!("{} {:.2}", thing.class.as_str(), thing.score),
        };
        marks.extend(self.things.iter().map(thing));
        let bin = |bin: &BinReport| {
            let (bgr, lid) = match bin.lid {
                LidState::On => (GREEN, "on"),
                LidState::Off => (RED, "off"),
                LidState::Unknown => (YELLOW, "unknown"),
            };
            Mark { bbox: back(bin.bbox), bgr, text: format!("lid {lid}") }
        };
        marks.extend(self.bins.iter().map(bin));
        marks
    }
}

const GREY: [u8; 3] = [200, 200, 200];
const GREEN: [u8; 3] = [80, 200, 80];
const RED: [u8; 3] = [60, 60, 230];
const YELLOW: [u8; 3] = [60, 220, 230];

impl std::fmt::Display for HatReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match self.state {
            HatState::Covered => "covered",
            HatState::Bare => "bare",
            HatState::Unknown => "unknown",
        };
        written(f, state, self.p)
    }
}

impl std::fmt::Display for MaskReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match self.state {
            MaskState::Worn => "worn",
            MaskState::NotWorn => "not worn",
            MaskState::WronglyWorn => "wrongly worn",
            MaskState::Unknown => "unknown",
        };
        written(f, state, self.p)
    }
}

fn written(f: &mut std::fmt::Formatter<'_>, state: &str, p: Option<f32>) -> std::fmt::Result {
    match p {
        Some(p) => write!(f, "{state} {p:.2}"),
        None => write!(f, "{state}"),
    }
}

fn standing(person: BBox, zones: &[NamedZone]) -> Vec<String> {
    let foot = person.foot();
    // A person cut off below has the foot on the picture's edge.
    let foot = Point { x: foot.x.clamp(0.001, 0.999), y: foot.y.clamp(0.001, 0.999) };
    let rooms = zones.iter().filter(|zone| zone.kind != ZoneUse::Bin);
    rooms.filter(|zone| zone.outline.contains(foot)).map(|zone| zone.name.clone()).collect()
}

fn pixels(bbox: BBox, picture: &Picture) -> Pixels {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let rounded = |value: f32| (value * 10.0).round() / 10.0;
    [bbox.x1 * width, bbox.y1 * height, bbox.x2 * width, bbox.y2 * height].map(rounded)
}
