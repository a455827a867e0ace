//! What is known of a clip: `NAME.truth.json`, as tests/footage/README.md describes it.

use super::EvalError;
use crate::bins::is_near;
use mingchu_domain::{
    geometry::{BBox, Point, Polygon},
    place::ZoneKind,
    rule::RuleCode,
    time::WallTime,
};
use serde::Deserialize;
use std::path::Path;

/// 10:12 and 01:22 in the morning in Shanghai, 18 November 2026.
const BY_DAY: WallTime = WallTime::from_micros(1_794_967_920_000_000);
const AT_NIGHT: WallTime = WallTime::from_micros(1_794_936_120_000_000);

/// A truth file.
#[derive(Deserialize)]
pub(super) struct Truth {
    room: String,
    width: f32,
    height: f32,
    pub(super) events: Vec<Event>,
    frames: Vec<Frame>,
}

/// What ought to be noticed, from and to in seconds of the clip.
#[derive(Deserialize)]
pub(super) struct Event {
    code: String,
    #[serde(default)]
    pub(super) who: String,
    pub(super) from: f64,
    pub(super) to: f64,
}

#[derive(Deserialize)]
struct Frame {
    t: f64,
    #[serde(default)]
    persons: Vec<Person>,
    #[serde(default)]
    bins: Vec<Bin>,
}

#[derive(Deserialize)]
struct Person {
    #[serde(default)]
    id: String,
    #[serde(rename = "box")]
    bbox: [f32; 4],
}

#[derive(Deserialize)]
struct Bin {
    #[serde(default)]
    id: String,
    #[serde(rename = "box")]
    bbox: [f32; 4],
    lid: String,
}

impl Event {
    /// Returns the rule that it breaks; `None` where no rule knows it.
    pub(super) fn code(&self) -> Option<RuleCode> {
        match self.code.as_str() {
            "person_off_hours" => Some(RuleCode::OffHours),
            code => RuleCode::parse(code),
        }
    }
}

impl Truth {
    pub(super) fn read(file: &Path) -> Result<Self, EvalError> {
        let path = file.display().to_string();
        let text =
            std::fs::read_to_string(file).map_err(|source| EvalError::Unreadable { path: path.clone(), source })?;
        serde_json::from_str(&text).map_err(|error| EvalError::Format { path, line: 1, detail: error.to_string() })
    }

    /// Returns the zone of the clip's room. A room of no kind is a serving room, where every rule about persons binds.
    pub(super) fn zone(&self) -> ZoneKind {
        // A truth says 库房 where the rules say 食品库房.
        let zone = ZoneKind::ALL.iter().copied().find(|kind| kind.zh().ends_with(&self.room));
        zone.unwrap_or(ZoneKind::Serving)
    }

    /// Returns a time of the day at which the clip's events are what they are: at night for somebody off hours.
    pub(super) fn start(&self) -> WallTime {
        let is_night = self.events.iter().any(|event| event.code() == Some(RuleCode::OffHours));
        if is_night { AT_NIGHT } else { BY_DAY }
    }

    /// Returns an outline around each bin, as an operator draws it: its box in the first frame.
    pub(super) fn bins(&self) -> Vec<Polygon> {
        let outline = |bin: &Bin| {
            let [x1, y1, x2, y2] = bin.bbox;
            let corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)];
            let corner = |(x, y): (f32, f32)| Point { x: x / self.width, y: y / self.height };
            Polygon::try_from(corners.map(corner).to_vec()).ok()
        };
        self.frames.first().map_or_else(Vec::new, |frame| frame.bins.iter().filter_map(outline).collect())
    }

    fn relative(&self, [x1, y1, x2, y2]: [f32; 4]) -> BBox {
        BBox { x1: x1 / self.width, y1: y1 / self.height, x2: x2 / self.width, y2: y2 / self.height }
    }

    /// Returns whose box it is that overlaps most with `found` at `t` seconds of the clip; `None` where nobody's does.
    pub(super) fn who(&self, found: BBox, t: f64) -> Option<&str> {
        let frame = self.frames.iter().min_by(|a, b| (a.t - t).abs().total_cmp(&(b.t - t).abs()))?;
        let overlap = |person: &Person| self.relative(person.bbox).iou(found);
        let best = frame.persons.iter().max_by(|a, b| overlap(a).total_cmp(&overlap(b)))?;
        (overlap(best) > 0.0).then_some(best.id.as_str())
    }

    /// Whether anybody is near the event's bin in any of its frames.
    pub(super) fn is_attended(&self, event: &Event) -> bool {
        let relative = |bbox| self.relative(bbox);
        let aspect = self.width / self.height;
        self.frames.iter().filter(|frame| frame.t >= event.from && frame.t < event.to).any(|frame| {
            let is_near_one = |bin: &Bin| {
                frame.persons.iter().any(|person| is_near(relative(person.bbox), relative(bin.bbox), aspect))
            };
            frame.bins.iter().filter(|bin| bin.id == event.who).any(is_near_one)
        })
    }

    /// Returns the second from which on no lid changes any more.
    pub(super) fn lids_rest_from(&self) -> f64 {
        let lids = |frame: &Frame| frame.bins.iter().map(|bin| bin.lid.clone()).collect::<Vec<_>>();
        let mut changes = self.frames.windows(2).filter(|pair| lids(&pair[0]) != lids(&pair[1]));
        changes.next_back().map_or(0.0, |pair| pair[1].t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_found_person_is_the_one_of_the_truth_whose_box_it_overlaps_most_at_that_time() {
        let text = r#"{"room":"评测间","width":100,"height":50,"events":[],"frames":[
            {"t":0,"persons":[{"id":"A","box":[10,10,30,40]},{"id":"B","box":[28,10,48,40]}]},
            {"t":1,"persons":[{"id":"B","box":[10,10,30,40]}]}]}"#;
        let truth: Truth = serde_json::from_str(text).unwrap();
        let found = BBox { x1: 0.12, y1: 0.2, x2: 0.31, y2: 0.8 };
        assert_eq!((truth.who(found, 0.4), truth.who(found, 0.6)), (Some("A"), Some("B")));
        assert_eq!(truth.who(BBox { x1: 0.6, y1: 0.2, x2: 0.8, y2: 0.8 }, 0.0), None);
    }

    #[test]
    fn a_truth_tells_zone_hour_bins_and_when_the_last_lid_moved() {
        let text = r#"{"room":"评测间","width":100,"height":50,"events":[{"code":"bin_open","from":1,"to":3}],"frames":[
            {"t":0,"bins":[{"box":[10,10,20,20],"lid":"on"}]},{"t":1,"bins":[{"box":[10,10,20,20],"lid":"off"}]},
            {"t":2,"bins":[{"box":[10,10,20,20],"lid":"off"}]}]}"#;
        let truth: Truth = serde_json::from_str(text).unwrap();
        assert_eq!((truth.zone(), truth.start(), truth.lids_rest_from()), (ZoneKind::Serving, BY_DAY, 1.0));
        assert!(!truth.is_attended(&truth.events[0]));
        assert_eq!(truth.bins()[0].corners()[2], Point { x: 0.2, y: 0.4 });
        let night: Truth = serde_json::from_str(
            r#"{"room":"库房","width":1,"height":1,"events":[{"code":"person_off_hours","from":0,"to":1}],"frames":[]}"#,
        )
        .unwrap();
        assert_eq!((night.zone(), night.start()), (ZoneKind::Storage, AT_NIGHT));
    }
}
