//! The detector made of models: the project's own detector and classifiers, or the four borrowed models.

use super::{
    BinSeen, Class, DetectError, Detector, HatSeen, HatState, HeadSeen, MaskSeen, MaskState, Network, Runtime,
    RuntimeError, Scene, Tensor, aizoo, yolox::Layout,
};
use crate::{
    cv::{self, Pixels},
    judge::Face,
    models::{BinFormat, DetectFormat, HeadBands, HeadFormat, ModelKind, ModelSet},
    picture::Picture,
    track::{Person, head::grown},
};
use mingchu_domain::geometry::BBox;

/// Persons below this score are not reported; the tracker has the finer thresholds.
const LEAST_PERSON: f32 = 0.25;
/// Faces below this score are not reported; the judge has the finer thresholds.
const LEAST_FACE: f32 = 0.3;
/// Pictures this many times as wide as high go to the detector for wide pictures, where there is one.
const WIDE: f32 = 1.5;
/// Side of the classifiers' input.
const HEAD_SIDE: u16 = 128;
/// The hat classifier sees the head and this share around it.
const AROUND_HEAD: f32 = 0.3;
/// A head whose box overlaps with where it was looked for by less is looked at again, where it is.
const WELL_CUT: f32 = 0.85;
/// So often at most.
const LOOKS: usize = 4;
/// A box that overlaps with where the head was looked for by less is somebody else's, or nobody's.
const SAME_HEAD: f32 = 0.15;
/// The mask classifier sees the face and this share around it.
const AROUND_FACE: f32 = 0.3;

/// Models on a runtime; a missing model leaves its question unanswered.
#[derive(Default)]
pub struct Networks {
    scene: Option<(Network, Layout)>,
    /// The same for wide pictures.
    wide: Option<(Network, Layout)>,
    head: Option<(Network, HeadFormat)>,
    bin: Option<(Network, BinFormat)>,
    face: Option<Network>,
    hat: Option<Network>,
    mask: Option<Network>,
}

impl Networks {
    /// Reads the models of `set`; those that cannot be read are returned beside the others.
    #[must_use]
    pub fn read(runtime: &Runtime, set: &ModelSet, threads: usize) -> (Self, Vec<RuntimeError>) {
        Self::read_some(runtime, set, threads, |_| true)
    }

    /// Reads only the model that finds persons and heads in whole pictures.
    #[must_use]
    pub fn read_finder(runtime: &Runtime, set: &ModelSet, threads: usize) -> (Self, Vec<RuntimeError>) {
        Self::read_some(runtime, set, threads, |kind| {
            matches!(kind, ModelKind::Detect | ModelKind::DetectWide | ModelKind::Person)
        })
    }

    fn read_some(
        runtime: &Runtime,
        set: &ModelSet,
        threads: usize,
        is_wanted: impl Fn(ModelKind) -> bool,
    ) -> (Self, Vec<RuntimeError>) {
        let mut networks = Self::default();
        let mut errors = Vec::new();
        for (kind, model) in set.usable().filter(|(kind, _)| is_wanted(*kind)) {
            match runtime.network(kind.as_str(), model, threads) {
                Ok(network) => networks.put(kind, network, set),
                Err(error) => errors.push(error),
            }
        }
        (networks, errors)
    }

    fn put(&mut self, kind: ModelKind, network: Network, set: &ModelSet) {
        let manifest = set.manifest();
        match kind {
            ModelKind::Detect => self.scene = manifest.map(|manifest| (network, layout(&manifest.detect))),
            ModelKind::DetectWide => {
                self.wide = manifest.and_then(|manifest| {
                    let wide = manifest.detect.wide.as_ref()?;
                    Some((network, Layout { input: (wide.width, wide.height), ..layout(&manifest.detect) }))
                });
            }
            ModelKind::Head => self.head = manifest.map(|manifest| (network, manifest.head.clone())),
            ModelKind::Bin => self.bin = manifest.and_then(|manifest| Some((network, manifest.bin.clone()?))),
            ModelKind::Person => self.scene = Some((network, Layout::coco(LEAST_PERSON))),
            ModelKind::Face => self.face = Some(network),
            ModelKind::Hat => self.hat = Some(network),
            ModelKind::Mask => self.mask = Some(network),
        }
    }

    /// Whether persons can be found, without which nothing is judged.
    #[must_use]
    pub const fn can_find_persons(&self) -> bool {
        self.scene.is_some() || self.wide.is_some()
    }
}

/// Classes that the manifest names and this program does not know are left aside.
fn layout(format: &DetectFormat) -> Layout {
    let known = format.classes.iter().enumerate().filter_map(|(column, name)| {
        let least = if name == "person" { LEAST_PERSON } else { *format.least.get(name)? };
        Some((column, Class::parse(name)?, least))
    });
    Layout {
        input: format.input(),
        columns: 5 + format.classes.len(),
        classes: known.collect(),
        overlap: format.nms_iou,
    }
}

impl Detector for Networks {
    fn scene(&mut self, picture: &Picture) -> Result<Option<Scene>, DetectError> {
        let (any, wide) = (self.scene.as_mut(), self.wide.as_mut());
        let (first_choice, second) = if picture.aspect() >= WIDE { (wide, any) } else { (any, wide) };
        let Some((network, layout)) = first_choice.or(second) else { return Ok(None) };
        let (input, scale) = cv::letterbox_input(picture, layout.input)?;
        let output = first(network.run(&input)?, "detect")?;
        let found = layout.things(&output, (picture.width(), picture.height()), scale)?;
        let knows_heads = layout.classes.iter().any(|(_, class, _)| *class == Class::Head);
        let (heads, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|thing| thing.class == Class::Head);
        let (persons, things): (Vec<_>, Vec<_>) = rest.into_iter().partition(|thing| thing.class == Class::Person);
        let persons = persons.iter().map(|thing| Person { bbox: thing.bbox, score: thing.score }).collect();
        Ok(Some(Scene { persons, heads: knows_heads.then_some(heads), things }))
    }

    fn persons(&mut self, picture: &Picture) -> Result<Option<Vec<Person>>, DetectError> {
        Ok(self.scene(picture)?.map(|scene| scene.persons))
    }

    fn head(&mut self, picture: &Picture, region: BBox) -> Result<Option<HeadSeen>, DetectError> {
        let Some((network, format)) = &mut self.head else { return Ok(None) };
        let mut look = |region: BBox| -> Result<(Vec<Tensor>, Option<BBox>), DetectError> {
            let cut = grown(region, format.grow);
            let outputs = network.run(&cv::square_input(picture, cut, format.side, Pixels::RgbSigned)?)?;
            let found = network.named(&outputs, "box").and_then(|found| head_in(cut, &found.data));
            Ok((outputs, found.filter(|found| found.iou(region) >= SAME_HEAD)))
        };
        let (mut outputs, mut found) = look(region)?;
        let mut cut = region;
        for _ in 1..LOOKS {
            let Some(nearer) = found.filter(|found| found.iou(cut) < WELL_CUT) else { break };
            cut = nearer;
            let again = look(cut)?;
            (outputs, found) = (again.0, again.1.or(found));
        }
        let px = found.unwrap_or(region).width() * picture.width() as f32;
        let of = |name, length| named(network, &outputs, name, length);
        Ok(Some(HeadSeen {
            hat: Some(hat_seen(of("hat", 2)?, px, &format.bands)),
            mask: Some(mask_seen(of("mask", 4)?, px, &format.bands)),
            bbox: found,
        }))
    }

    fn bin(&mut self, picture: &Picture, region: BBox) -> Result<Option<BinSeen>, DetectError> {
        let Some((network, format)) = &mut self.bin else { return Ok(None) };
        let input = cv::square_input(picture, grown(region, format.grow), format.side, Pixels::RgbSigned)?;
        let outputs = network.run(&input)?;
        let lid = of_length(&outputs, 3, "bin")?;
        let features = outputs.iter().find(|output| output.data.len() > 3).map(|output| output.data.clone());
        let features = features.unwrap_or_default();
        Ok(Some(BinSeen { closed: lid[0], open: lid[1], occluded: lid[2], features }))
    }

    fn faces(&mut self, picture: &Picture, region: BBox) -> Result<Option<Vec<Face>>, DetectError> {
        let Some(network) = &mut self.face else { return Ok(None) };
        let input = cv::square_input(picture, region, aizoo::SIDE, Pixels::RgbUnit)?;
        aizoo::faces(&network.run(&input)?, region, LEAST_FACE).map(Some)
    }

    fn covered(&mut self, picture: &Picture, region: BBox) -> Result<Option<f32>, DetectError> {
        probability(self.hat.as_mut(), "hat", picture, grown(region, AROUND_HEAD))
    }

    fn masked(&mut self, picture: &Picture, region: BBox) -> Result<Option<f32>, DetectError> {
        probability(self.mask.as_mut(), "mask", picture, grown(region, AROUND_FACE))
    }
}

fn probability(
    network: Option<&mut Network>,
    model: &'static str,
    picture: &Picture,
    region: BBox,
) -> Result<Option<f32>, DetectError> {
    let Some(network) = network else { return Ok(None) };
    let input = cv::square_input(picture, region, HEAD_SIDE, Pixels::RgbSigned)?;
    let output = first(network.run(&input)?, model)?;
    match output.data.as_slice() {
        [p] => Ok(Some(*p)),
        _ => Err(DetectError::Shape { model, shape: output.shape, expected: "[1, 1]" }),
    }
}

fn first(outputs: Vec<Tensor>, model: &'static str) -> Result<Tensor, DetectError> {
    outputs.into_iter().next().ok_or(DetectError::Shape { model, shape: Vec::new(), expected: "one output" })
}

/// Returns the numbers of the output called `name`, of which there are `length`.
fn named<'o>(
    network: &Network,
    outputs: &'o [Tensor],
    name: &'static str,
    length: usize,
) -> Result<&'o [f32], DetectError> {
    let found = network.named(outputs, name).filter(|output| output.data.len() == length);
    found.map(|output| output.data.as_slice()).ok_or_else(|| DetectError::Shape {
        model: "head",
        shape: outputs.iter().map(|output| output.data.len()).collect(),
        expected: "hat [1, 2] and mask [1, 4]",
    })
}

/// Returns the head whose sides are given as shares of `cut`, inside the picture.
fn head_in(cut: BBox, sides: &[f32]) -> Option<BBox> {
    let &[x1, y1, x2, y2] = sides else { return None };
    let at = |x: f32, y: f32| (cut.x1 + x * cut.width(), cut.y1 + y * cut.height());
    let ((x1, y1), (x2, y2)) = (at(x1, y1), at(x2, y2));
    // Not a number is in no order.
    (x1 < x2 && y1 < y2).then(|| BBox { x1, y1, x2, y2 }.clipped())
}

/// Returns the numbers of the output that has `length` of them.
fn of_length<'o>(outputs: &'o [Tensor], length: usize, model: &'static str) -> Result<&'o [f32], DetectError> {
    let found = outputs.iter().find(|output| output.data.len() == length).map(|output| output.data.as_slice());
    found.ok_or_else(|| DetectError::Shape {
        model,
        shape: outputs.iter().map(|output| output.data.len()).collect(),
        expected: "lid [1, 3]",
    })
}

/// `[covered, bare]` to a state.
fn hat_seen(p: &[f32], px: f32, bands: &HeadBands) -> HatSeen {
    let (state, p_state, band) = if p[0] >= p[1] {
        (HatState::Covered, p[0], bands.hat.covered)
    } else {
        (HatState::Bare, p[1], bands.hat.bare)
    };
    let is_sure = band.at(px).is_some_and(|least| p_state >= least);
    HatSeen { state: if is_sure { state } else { HatState::Unknown }, covered: p[0] }
}

/// `[worn, not worn, wrongly worn, face not seen]` to a state.
fn mask_seen(p: &[f32], px: f32, bands: &HeadBands) -> MaskSeen {
    let states = [
        (MaskState::Worn, p[0], Some(bands.mask.worn)),
        (MaskState::NotWorn, p[1], Some(bands.mask.not_worn)),
        (MaskState::WronglyWorn, p[2], Some(bands.mask.wrongly_worn)),
        (MaskState::Unknown, p[3], None),
    ];
    let (state, p_state, band) =
        states.into_iter().fold(states[3], |best, next| if next.1 > best.1 { next } else { best });
    let is_sure = band.and_then(|band| band.at(px)).is_some_and(|least| p_state >= least);
    let worn = p[0] / (p[0] + p[1] + p[2]).max(1e-6);
    if is_sure {
        MaskSeen { state, worn, confidence: p_state }
    } else {
        MaskSeen { state: MaskState::Unknown, worn, confidence: 0.0 }
    }
}
