//! A detector that answers what it was told, for tests of the chain.

use super::{DetectError, Detector};
use crate::{judge::Face, picture::Picture, track::Person};
use mingchu_domain::{geometry::BBox, time::WallTime};

/// Answers from functions of the picture's time.
pub struct Scripted<P, F, H> {
    /// Persons at a time.
    pub persons: P,
    /// Faces at a time.
    pub faces: F,
    /// Probability of a covered head at a time, by the head's region.
    pub covered: H,
}

impl<P, F, H> Detector for Scripted<P, F, H>
where
    P: FnMut(WallTime) -> Vec<Person> + Send,
    F: FnMut(WallTime) -> Vec<Face> + Send,
    H: FnMut(WallTime, BBox) -> f32 + Send,
{
    fn persons(&mut self, picture: &Picture) -> Result<Option<Vec<Person>>, DetectError> {
        Ok(Some((self.persons)(picture.at())))
    }
    fn faces(&mut self, picture: &Picture, _region: BBox) -> Result<Option<Vec<Face>>, DetectError> {
        Ok(Some((self.faces)(picture.at())))
    }
    fn covered(&mut self, picture: &Picture, region: BBox) -> Result<Option<f32>, DetectError> {
        Ok(Some((self.covered)(picture.at(), region)))
    }
    fn masked(&mut self, _picture: &Picture, _region: BBox) -> Result<Option<f32>, DetectError> {
        Ok(None)
    }
}
