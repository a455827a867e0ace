//! What crosses the two pipes.
//!
//! ```text
//! to the process:  settings  length u32 | JSON
//!                  question  number u32 | width u32 | height u32 | width * height * 3 bytes, blue, green, red
//! from it:         answer    length u32 | JSON; the first says whether it can look at all
//! ```
//! Numbers are little endian. Each side refuses what is larger than it may be before it takes room for it.

use crate::{
    detect::{Class, Scene, Thing},
    picture::Picture,
    track::Person,
};
use bytes::Bytes;
use mingchu_domain::{geometry::BBox, time::WallTime};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Public pictures are at most 960 wide; a tall one is no larger than this.
pub(super) const MOST_PIXELS: u64 = 4_000_000;
/// Settings or an answer; five hundred people take half of it.
const MOST_TEXT: usize = 64 * 1024;
/// Longest sentence about a failure.
const MOST_WHY: usize = 1000;

/// A picture to look at.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// The answer carries the same.
    pub(super) number: u32,
    pub(super) picture: Picture,
}

/// What the process says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum Answer {
    /// It has its models; questions may come.
    Ready,
    /// It cannot look for people at all.
    Blind { why: String },
    /// What it found.
    Found { number: u32, persons: Vec<Seen>, heads: Option<Vec<Seen>> },
    /// It could not look at this picture.
    Failed { number: u32, why: String },
}

/// A person or a head.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seen {
    #[serde(rename = "box")]
    bbox: [f32; 4],
    score: f32,
}

impl Answer {
    pub(super) fn found(number: u32, scene: &Scene) -> Self {
        let persons = scene.persons.iter().map(|person| Seen::of(person.bbox, person.score)).collect();
        let heads =
            scene.heads.as_ref().map(|heads| heads.iter().map(|head| Seen::of(head.bbox, head.score)).collect());
        Self::Found { number, persons, heads }
    }

    pub(super) fn failed(number: u32, why: &str) -> Self {
        Self::Failed { number, why: why.chars().take(MOST_WHY).collect() }
    }

    pub(super) fn blind(why: &str) -> Self {
        Self::Blind { why: why.chars().take(MOST_WHY).collect() }
    }
}

impl Seen {
    fn of(bbox: BBox, score: f32) -> Self {
        Self { bbox: [bbox.x1, bbox.y1, bbox.x2, bbox.y2], score }
    }

    /// Returns the box with its score; `None` for one that can be in no picture.
    fn checked(self) -> Option<(BBox, f32)> {
        let [x1, y1, x2, y2] = self.bbox;
        let is_near = self.bbox.iter().all(|edge| (-1.0..=2.0).contains(edge));
        let is_right = is_near && x1 <= x2 && y1 <= y2 && (0.0..=1.0).contains(&self.score);
        is_right.then_some((BBox { x1, y1, x2, y2 }, self.score))
    }
}

/// Returns what was found; `None` when a box cannot be.
pub(super) fn scene(persons: Vec<Seen>, heads: Option<Vec<Seen>>) -> Option<Scene> {
    let checked = |seen: Vec<Seen>| seen.into_iter().map(Seen::checked).collect::<Option<Vec<_>>>();
    let persons = checked(persons)?.into_iter().map(|(bbox, score)| Person { bbox, score }).collect();
    let head = |(bbox, score)| Thing { class: Class::Head, bbox, score };
    let heads = heads.map(|heads| Some(checked(heads)?.into_iter().map(head).collect()));
    let heads = match heads {
        Some(heads) => Some(heads?),
        None => None,
    };
    Some(Scene { persons, heads, things: Vec::new() })
}

/// Writes settings or an answer.
///
/// # Errors
/// When it is too long, or the pipe fails.
pub(super) fn write_text<T: Serialize>(to: &mut impl Write, value: &T) -> io::Result<()> {
    let text = serde_json::to_vec(value)?;
    let length = u32::try_from(text.len()).ok().filter(|_| text.len() <= MOST_TEXT);
    let length = length.ok_or_else(|| wrong(format!("a text of {} bytes is too long", text.len())))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&text)?;
    to.flush()
}

/// Reads settings or an answer.
///
/// # Errors
/// When it is too long or not understood, or the pipe fails.
pub(super) fn read_text<T: for<'de> Deserialize<'de>>(from: &mut impl Read) -> io::Result<T> {
    let length = number(from)?;
    let length = usize::try_from(length).ok().filter(|&length| length <= MOST_TEXT);
    let mut text = vec![0; length.ok_or_else(|| wrong("a text is too long".to_owned()))?];
    from.read_exact(&mut text)?;
    serde_json::from_slice(&text).map_err(Into::into)
}

/// Writes a question.
///
/// # Errors
/// When the picture is too large, or the pipe fails.
pub(super) fn write_question(to: &mut impl Write, question: &Question) -> io::Result<()> {
    let (width, height) = (question.picture.width(), question.picture.height());
    bytes_of(width, height)?;
    for number in [question.number, width, height] {
        to.write_all(&number.to_le_bytes())?;
    }
    to.write_all(question.picture.bgr())?;
    to.flush()
}

/// Reads a question; `None` when there are no more.
///
/// # Errors
/// When the picture is too large or cut off, or the pipe fails.
pub(super) fn read_question(from: &mut impl Read) -> io::Result<Option<Question>> {
    let mut first = [0; 1];
    if from.read(&mut first)? == 0 {
        return Ok(None);
    }
    let mut rest = [0; 3];
    from.read_exact(&mut rest)?;
    let asked = u32::from_le_bytes([first[0], rest[0], rest[1], rest[2]]);
    let (width, height) = (number(from)?, number(from)?);
    let mut bgr = vec![0; bytes_of(width, height)?];
    from.read_exact(&mut bgr)?;
    let picture = Picture::new(WallTime::default(), width, height, Bytes::from(bgr));
    let picture = picture.map_err(|error| wrong(error.to_string()))?;
    Ok(Some(Question { number: asked, picture }))
}

fn number(from: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn bytes_of(width: u32, height: u32) -> io::Result<usize> {
    let pixels = u64::from(width) * u64::from(height);
    let is_right = (1..=MOST_PIXELS).contains(&pixels);
    let bytes = is_right.then(|| usize::try_from(pixels * 3).ok()).flatten();
    bytes.ok_or_else(|| wrong(format!("a picture of {width}x{height} pixels is not looked at")))
}

fn wrong(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
