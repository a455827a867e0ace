//! The pictures that may become evidence: JPEG of each main picture that showed a possible violation.

use crate::{
    cv::{self, CvError},
    picture::Picture,
    track::head,
};
use bytes::Bytes;
use mingchu_domain::{geometry::BBox, time::WallTime};
use std::{collections::VecDeque, time::Duration};

/// Longer than the longest window of the national rules; at most about 30 pictures at one a second.
const KEPT_FOR: Duration = Duration::from_secs(30);
const KEPT_AT_MOST: usize = 30;
const QUALITY: u8 = 90;
const WHOLE: BBox = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };

/// JPEGs by time, oldest first.
#[derive(Debug, Default)]
pub(super) struct Shots(VecDeque<(WallTime, Bytes)>);

impl Shots {
    /// Keeps the picture, once; the oldest gives way.
    pub(super) fn keep(&mut self, picture: &Picture) -> Result<(), CvError> {
        let at = picture.at();
        if self.of(at).is_some() {
            return Ok(());
        }
        while self.0.len() >= KEPT_AT_MOST || self.0.front().is_some_and(|(old, _)| at.since(*old) > KEPT_FOR) {
            self.0.pop_front();
        }
        self.0.push_back((at, cv::jpeg(picture, WHOLE, u32::MAX, QUALITY)?.into()));
        Ok(())
    }

    pub(super) fn of(&self, at: WallTime) -> Option<Bytes> {
        self.0.iter().find(|(kept, _)| *kept == at).map(|(_, jpeg)| jpeg.clone())
    }
}

/// Returns a whole picture at the size of lists; nothing of nothing.
pub(super) fn small(jpeg: &Bytes) -> Result<Bytes, CvError> {
    match cv::read_jpeg(jpeg, WallTime::default())? {
        Some(picture) => Ok(cv::jpeg(&picture, WHOLE, 640, QUALITY)?.into()),
        None => Ok(Bytes::new()),
    }
}

/// Returns the surroundings of a person as JPEG, for lists: a picture of the whole room says nothing at that size.
pub(super) fn snapshot(picture: &Picture, person: BBox) -> Result<Bytes, CvError> {
    let around = head::grown(person, 0.3);
    // At least as wide as three quarters of its height, so that a slim person is not a strip.
    let least = around.height() * 0.75 / picture.aspect();
    let missing = (least - around.width()).max(0.0) / 2.0;
    let region = BBox { x1: around.x1 - missing, x2: around.x2 + missing, ..around }.clipped();
    Ok(cv::jpeg(picture, region, 640, QUALITY)?.into())
}
