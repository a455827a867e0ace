//! The detector made of models: YOLOX for persons, AIZOO for faces, two head classifiers.

use super::{DetectError, Detector, Network, Runtime, RuntimeError, Tensor, aizoo, yolox};
use crate::{
    cv::{self, Pixels},
    judge::Face,
    models::{ModelKind, ModelSet},
    picture::Picture,
    track::{Person, head::grown},
};
use mingchu_domain::geometry::BBox;

/// Persons below this score are not reported; the tracker has the finer thresholds.
const LEAST_PERSON: f32 = 0.25;
/// Faces below this score are not reported; the judge has the finer thresholds.
const LEAST_FACE: f32 = 0.3;
/// Side of the classifiers' input.
const HEAD_SIDE: u16 = 128;
/// The hat classifier sees the head and this share around it.
const AROUND_HEAD: f32 = 0.3;
/// The mask classifier sees the face and this share around it.
const AROUND_FACE: f32 = 0.3;

/// Models on a runtime; a missing model leaves its question unanswered.
#[derive(Default)]
pub struct Networks {
    person: Option<Network>,
    face: Option<Network>,
    hat: Option<Network>,
    mask: Option<Network>,
}

impl Networks {
    /// Reads the models of `set`; those that cannot be read are returned beside the others.
    #[must_use]
    pub fn read(runtime: &Runtime, set: &ModelSet, threads: usize) -> (Self, Vec<RuntimeError>) {
        let mut networks = Self::default();
        let mut errors = Vec::new();
        for (kind, model) in set.usable() {
            match runtime.network(kind.as_str(), model, threads) {
                Ok(network) => *networks.slot(kind) = Some(network),
                Err(error) => errors.push(error),
            }
        }
        (networks, errors)
    }

    fn slot(&mut self, kind: ModelKind) -> &mut Option<Network> {
        match kind {
            ModelKind::Person => &mut self.person,
            ModelKind::Face => &mut self.face,
            ModelKind::Hat => &mut self.hat,
            ModelKind::Mask => &mut self.mask,
        }
    }

    /// Whether persons can be found, without which nothing is judged.
    #[must_use]
    pub const fn can_find_persons(&self) -> bool {
        self.person.is_some()
    }
}

impl Detector for Networks {
    fn persons(&mut self, picture: &Picture) -> Result<Option<Vec<Person>>, DetectError> {
        let Some(network) = &mut self.person else { return Ok(None) };
        let (input, scale) = cv::letterbox_input(picture, yolox::SIDE)?;
        let output = first(network.run(&input)?, "person")?;
        yolox::persons(&output, (picture.width(), picture.height()), scale, LEAST_PERSON).map(Some)
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
