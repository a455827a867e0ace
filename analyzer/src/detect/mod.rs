//! Pictures to detections: persons, faces, hats, masks.
//!
//! [`Detector`] is what the chain asks; [`Networks`] answers with models, [`Scripted`] with what a test wrote. The
//! models run on `ort` or, where its library is absent, on OpenCV DNN ([`Network`]), in this process or in one of their
//! own ([`apart`]).

mod aizoo;
pub mod apart;
mod network;
mod networks;
mod nms;
mod scene;
mod scripted;
mod yolox;

pub use self::{
    network::{BesidePlain, Network, Provider, Runtime, RuntimeError, Tensor},
    networks::Networks,
    scene::{BinSeen, Class, HatSeen, HatState, HeadSeen, MaskSeen, MaskState, Scene, Thing, look_at_head},
    scripted::Scripted,
};
use crate::{cv::CvError, judge::Face, picture::Picture, track::Person};
use mingchu_domain::geometry::BBox;

/// A detection that failed.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The picture could not be prepared.
    #[error("cannot prepare the picture")]
    Picture(#[from] CvError),
    /// The network failed.
    #[error("model {model} failed: {detail}")]
    Network {
        /// Which model.
        model: &'static str,
        /// What the runtime said.
        detail: String,
    },
    /// The network's output has another shape than its format says.
    #[error("model {model} gave {shape:?}, expected {expected}")]
    Shape {
        /// Which model.
        model: &'static str,
        /// What it gave.
        shape: Vec<usize>,
        /// What its format says.
        expected: &'static str,
    },
    /// The process of [`apart`] cannot answer.
    #[error("the process that looks for people {0}")]
    Apart(String),
}

/// Finds what is in a picture. Boxes are relative to the whole picture.
///
/// Every question may go unanswered where there is no model for it; then nothing is judged by it.
pub trait Detector: Send {
    /// Finds persons; `None` without a model.
    ///
    /// # Errors
    /// When a model fails.
    fn persons(&mut self, picture: &Picture) -> Result<Option<Vec<Person>>, DetectError>;

    /// Finds everything the model knows in a whole picture; `None` without a model.
    ///
    /// # Errors
    /// When a model fails.
    fn scene(&mut self, picture: &Picture) -> Result<Option<Scene>, DetectError> {
        Ok(self.persons(picture)?.map(|persons| Scene { persons, ..Scene::default() }))
    }

    /// Judges hat and mask of the head in `region`; `None` without a model that does both.
    ///
    /// # Errors
    /// When a model fails.
    fn head(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<HeadSeen>, DetectError> {
        Ok(None)
    }

    /// Judges the lid of the waste bin in `region`; `None` without a model.
    ///
    /// # Errors
    /// When a model fails.
    fn bin(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<BinSeen>, DetectError> {
        Ok(None)
    }

    /// Finds faces in `region`; `None` without a model.
    ///
    /// # Errors
    /// When a model fails.
    fn faces(&mut self, picture: &Picture, region: BBox) -> Result<Option<Vec<Face>>, DetectError>;

    /// Returns the probability that the head in `region` is covered; `None` without a model.
    ///
    /// # Errors
    /// When a model fails.
    fn covered(&mut self, picture: &Picture, region: BBox) -> Result<Option<f32>, DetectError>;

    /// Returns the probability that the face in `region` wears a mask; `None` without a model.
    ///
    /// # Errors
    /// When a model fails.
    fn masked(&mut self, picture: &Picture, region: BBox) -> Result<Option<f32>, DetectError>;
}
