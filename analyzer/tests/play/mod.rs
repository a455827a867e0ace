//! Plays a clip file through decoder and chain.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "clippy knows test functions, not their helpers")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels and frame numbers of short clips")]

use mingchu_analyzer::{
    Config, Picture,
    chain::{Chain, Judged},
    decode::{Decoder, Output, Pace, read_clip},
    detect::{Networks, Provider, Runtime},
    find,
    judge::{Finding, Zone},
    models::ModelSet,
};
use mingchu_domain::{
    geometry::{BBox, Point, Polygon},
    id::ZoneId,
    media::{AccessUnit, StreamKind},
    place::ZoneKind,
    rule::{Duty, Lid, RuleCode, RulePack, Subject},
    time::WallTime,
    violation::Observation,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::mpsc;

/// Returns the models, or `None` after printing why the test is skipped.
pub(crate) fn models() -> Option<Networks> {
    let is_demanded = std::env::var_os("MINGCHU_TEST_MODELS").is_some();
    let Some(folder) = folder() else {
        println!("skipped: no models; MINGCHU_TEST_MODELS names their folder");
        return None;
    };
    let runtime = find::runtime(None).map_or(Runtime::OpenCv, |path| Runtime::open(&path, Provider::Cpu).unwrap());
    let set = ModelSet::read(&folder);
    let (networks, errors) = Networks::read(&runtime, &set, 1);
    assert!(errors.is_empty() && (set.faults().is_empty() || !is_demanded), "{errors:?} {:?}", set.faults());
    Some(networks)
}

/// A clip with its truth.
pub(crate) struct Clip {
    pub(crate) name: String,
    main: PathBuf,
    sub: PathBuf,
    truth: Value,
}

/// Returns the folder of the models, if there is one. `MINGCHU_TEST_MODELS` demands one; it may be the folder itself.
pub(crate) fn folder() -> Option<PathBuf> {
    let demanded = std::env::var_os("MINGCHU_TEST_MODELS").map(PathBuf::from);
    let found = demanded.clone().filter(|folder| folder.is_dir()).or_else(|| find::models(None));
    assert!(demanded.is_none() || found.is_some(), "MINGCHU_TEST_MODELS is set, but there are no models");
    found
}

impl Clip {
    /// Returns the clips of `MINGCHU_TEST_CLIPS`, else of tests/footage.
    pub(crate) fn all() -> Vec<Self> {
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/footage/clips");
        let folder = std::env::var_os("MINGCHU_TEST_CLIPS").map_or_else(|| PathBuf::from(own), PathBuf::from);
        Self::all_in(&folder)
    }

    pub(crate) fn all_in(folder: &Path) -> Vec<Self> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut truths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        truths.retain(|path| path.to_string_lossy().ends_with(".truth.json"));
        truths.sort();
        truths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(truth: &Path) -> Self {
        let name = truth.file_name().unwrap().to_string_lossy().trim_end_matches(".truth.json").to_owned();
        let beside = |ending: &str| truth.with_file_name(format!("{name}{ending}"));
        let (main, sub) = (beside(".mp4"), beside(".sub.mp4"));
        let truth = serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap();
        Self { name, main, sub, truth }
    }

    /// Returns the file of the sub stream.
    pub(crate) fn sub(&self) -> &Path {
        &self.sub
    }

    pub(crate) fn zone(&self) -> ZoneKind {
        // A truth says 库房 where the rules say 食品库房.
        let room = self.truth["room"].as_str().unwrap_or(ZoneKind::Serving.zh());
        ZoneKind::ALL.iter().copied().find(|kind| kind.zh().ends_with(room)).unwrap()
    }

    /// Returns the heads of the picture at `at`, counted from the beginning, the clip looping.
    pub(crate) fn heads_at(&self, at: WallTime) -> Vec<BBox> {
        let frames = self.truth["frames"].as_array().unwrap();
        let since = at.since(WallTime::default()).as_secs_f64() % self.length().as_secs_f64();
        let distance = |frame: &Value| (frame["t"].as_f64().unwrap() - since).abs();
        let frame = frames.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
        let sides = ["width", "height"].map(|side| self.truth[side].as_f64().unwrap());
        let edges =
            |head: &Value| [0, 1, 2, 3].map(|edge| (head["box"][edge].as_f64().unwrap() / sides[edge % 2]) as f32);
        let boxes = frame["heads"].as_array().unwrap().iter().map(edges);
        boxes.map(|[x1, y1, x2, y2]| BBox { x1, y1, x2, y2 }.clipped()).collect()
    }

    /// The codes about persons whose rule binds in the clip's zone and that the truth names. A bin stands open for longer
    /// than a clip lasts: it has a test of its own.
    pub(crate) fn expected(&self) -> BTreeSet<RuleCode> {
        let pack = RulePack::national();
        let codes = self.truth["events"].as_array().unwrap().iter().filter_map(|event| match event["code"].as_str() {
            Some("wrongly_worn_mask") => None,
            code => RuleCode::parse(code?),
        });
        codes
            .filter(|&code| code.subject() == Subject::Person)
            .filter(|&code| pack.rule(code).unwrap().duty(self.zone()) == Duty::Must)
            .collect()
    }

    /// Plays the clip `times` over, as a looping camera.
    pub(crate) fn play(&self, networks: &mut Networks, times: u32) -> Report {
        let zone = Zone { id: ZoneId::generate(), kind: self.zone(), outline: Polygon::whole() };
        let config = Config::default();
        let mut chain = Chain::new(&config, &RulePack::national(), vec![zone]);
        let start = WallTime::from_micros(1_763_700_000_000_000);
        let (first, length) = (self.decode(StreamKind::Sub, start), self.length());
        let main = self.decode(StreamKind::Main, start);
        let mut report = Report { clip: self.name.clone(), zone: self.zone(), ..Report::default_at(start) };
        for time in 0..times {
            let shift = |picture: &Picture| {
                let bgr = bytes::Bytes::copy_from_slice(picture.bgr());
                Picture::new(picture.at() + length * time, picture.width(), picture.height(), bgr).unwrap()
            };
            let mut waiting = main.iter().map(shift).peekable();
            for sub in first.iter().map(shift) {
                chain.look_for_persons(&sub, networks).unwrap();
                while let Some(picture) = waiting.next_if(|picture| picture.at() <= sub.at()) {
                    if !chain.wants_heads() {
                        continue;
                    }
                    let look = chain.look_at_heads(&picture, networks).unwrap();
                    report.findings.extend(look.findings.into_iter().map(|(finding, pictures)| {
                        if let Some(pictures) = pictures {
                            assert_eq!(pictures.frames.len(), 3, "a violation has three decision frames");
                        }
                        finding
                    }));
                    for judged in look.judged {
                        self.compare(&judged, picture.at().since(start + length * time), &mut report);
                    }
                }
            }
        }
        report.shares = chain.take_coverage().iter().fold((0, 0, 0), |sum, (_, shares)| {
            (sum.0 + shares.observed_ms, sum.1 + shares.judged_ms, sum.2 + shares.cannot_judge_ms)
        });
        report
    }

    /// Returns up to `most` key pictures of the main stream, spread over the clip.
    pub(crate) fn key_pictures(&self, most: usize) -> Vec<Picture> {
        let all = self.decode(StreamKind::Main, WallTime::default());
        let step = all.len().div_ceil(most).max(1);
        all.into_iter().step_by(step).collect()
    }

    /// Returns the sub stream, two pictures a second.
    pub(crate) fn sub_pictures(&self) -> Vec<Picture> {
        self.decode(StreamKind::Sub, WallTime::default())
    }

    /// Returns who is in the picture at a time of the clip, with the share of each that is visible.
    pub(crate) fn persons(&self, since: Duration) -> Vec<(String, BBox, f32)> {
        let (width, height) = (self.truth["width"].as_f64().unwrap(), self.truth["height"].as_f64().unwrap());
        let person = |value: &Value| {
            let edge = |index: usize, length: f64| (value["box"][index].as_f64().unwrap() / length) as f32;
            let bbox = BBox { x1: edge(0, width), y1: edge(1, height), x2: edge(2, width), y2: edge(3, height) };
            (value["id"].as_str().unwrap().to_owned(), bbox, value["visible"].as_f64().unwrap() as f32)
        };
        self.frame(since)["persons"].as_array().unwrap().iter().map(person).collect()
    }

    fn frame(&self, since: Duration) -> &Value {
        let frames = self.truth["frames"].as_array().unwrap();
        let at = (since.as_secs_f64() * self.truth["fps"].as_f64().unwrap()).round() as usize;
        &frames[at.min(frames.len() - 1)]
    }

    /// Returns the outline of the first bin and how its lid lies at a time of the clip.
    pub(crate) fn bin(&self, since: Duration) -> (Polygon, Lid) {
        let lid = if self.frame(since)["bins"][0]["lid"] == "on" { Lid::Closed } else { Lid::Open };
        let (width, height) = (self.truth["width"].as_f64().unwrap(), self.truth["height"].as_f64().unwrap());
        let first = &self.truth["frames"][0]["bins"][0]["box"];
        let edge = |index: usize, length: f64| (first[index].as_f64().unwrap() / length) as f32;
        let (x1, y1, x2, y2) = (edge(0, width), edge(1, height), edge(2, width), edge(3, height));
        let corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)].map(|(x, y)| Point { x, y });
        (Polygon::try_from(corners.to_vec()).unwrap(), lid)
    }

    pub(crate) fn length(&self) -> Duration {
        let frames = self.truth["frames"].as_array().unwrap().len();
        Duration::from_secs_f64(frames as f64 / self.truth["fps"].as_f64().unwrap())
    }

    /// Returns the coded pictures of a stream, the first at `start`.
    pub(crate) fn units(&self, kind: StreamKind, start: WallTime) -> Vec<AccessUnit> {
        let path = if kind == StreamKind::Main { &self.main } else { &self.sub };
        read_clip(path, start).unwrap().map(Result::unwrap).collect()
    }

    /// Returns the pictures of the sub stream's key units.
    pub(crate) fn sub_keys(&self) -> Vec<Picture> {
        let units = self.units(StreamKind::Sub, WallTime::default()).into_iter().filter(|unit| unit.is_key);
        Self::decode_units(units, StreamKind::Sub, WallTime::default())
    }

    fn decode(&self, kind: StreamKind, start: WallTime) -> Vec<Picture> {
        let units = self.units(kind, start).into_iter().filter(|unit| kind == StreamKind::Sub || unit.is_key);
        Self::decode_units(units, kind, start)
    }

    fn decode_units(units: impl Iterator<Item = AccessUnit>, kind: StreamKind, start: WallTime) -> Vec<Picture> {
        let (width_at_most, every) = match kind {
            StreamKind::Main => (u32::MAX, Duration::ZERO),
            StreamKind::Sub => (640, Duration::from_millis(500)),
        };
        let output = Output { pace: Pace::File, width_at_most, every };
        let (sender, mut pictures) = mpsc::channel(10_000);
        let mut decoder: Option<Decoder> = None;
        for unit in units {
            let decoder =
                decoder.get_or_insert_with(|| Decoder::start(&unit.parameters, start, output, sender.clone()).unwrap());
            decoder.push(&unit).unwrap();
        }
        decoder.unwrap().finish().unwrap();
        drop(sender);
        let mut decoded = Vec::new();
        while let Some(picture) = pictures.blocking_recv() {
            decoded.push(picture);
        }
        decoded
    }

    /// Notes what was judged of which true head.
    fn compare(&self, judged: &Judged, since: Duration, report: &mut Report) {
        let frame = self.frame(since);
        let (width, height) = (self.truth["width"].as_f64().unwrap(), self.truth["height"].as_f64().unwrap());
        let bbox = |value: &Value| {
            let edge = |index: usize, length: f64| (value["box"][index].as_f64().unwrap() / length) as f32;
            BBox { x1: edge(0, width), y1: edge(1, height), x2: edge(2, width), y2: edge(3, height) }
        };
        let persons = frame["persons"].as_array().unwrap();
        let best = persons
            .iter()
            .max_by(|a, b| judged.ballot.subject.iou(bbox(a)).total_cmp(&judged.ballot.subject.iou(bbox(b))));
        let Some(person) = best.filter(|person| judged.ballot.subject.iou(bbox(person)) > 0.2) else { return };
        let heads = frame["heads"].as_array().unwrap();
        let Some(head) = heads.iter().find(|head| head["id"] == person["id"]) else { return };
        let truth = match judged.code {
            RuleCode::NoHat => format!("hat {}", head["hat"].as_str().unwrap()),
            RuleCode::NoMask => format!("mask {}", head["mask"].as_str().unwrap()),
            other => format!("{} unknown", other.as_str()),
        };
        let row = report.heads.entry((person["id"].as_str().unwrap().to_owned(), truth)).or_default();
        *row.states.entry(judged.ballot.judgement.state.as_str()).or_default() += 1;
        if judged.ballot.judgement.state != Observation::CannotJudge {
            row.confidences.push(judged.ballot.judgement.confidence);
        }
        if let Some(found) = judged.ballot.head {
            let (found, true_head) = (found, bbox(head));
            row.overlaps.push(found.iou(true_head));
            row.widths.push(found.width() / true_head.width());
            row.px.push((true_head.width() * width as f32).round());
        }
    }
}

#[derive(Default)]
struct Row {
    states: BTreeMap<&'static str, u32>,
    confidences: Vec<f32>,
    overlaps: Vec<f32>,
    widths: Vec<f32>,
    px: Vec<f32>,
}

/// What a clip brought.
pub(crate) struct Report {
    clip: String,
    zone: ZoneKind,
    start: WallTime,
    pub(crate) findings: Vec<Finding>,
    heads: BTreeMap<(String, String), Row>,
    shares: (u64, u64, u64),
}

impl Report {
    fn default_at(start: WallTime) -> Self {
        Self {
            clip: String::new(),
            zone: ZoneKind::Serving,
            start,
            findings: Vec::new(),
            heads: BTreeMap::new(),
            shares: (0, 0, 0),
        }
    }

    pub(crate) fn found(&self) -> BTreeSet<RuleCode> {
        let opened = self.findings.iter().filter_map(|finding| match finding {
            Finding::Opened(opened) => Some(opened.code),
            Finding::Continued { .. } => None,
        });
        opened.collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let median = |values: &[f32]| {
            let mut values = values.to_vec();
            values.sort_by(f32::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(f32::NAN)
        };
        let (observed, judged, cannot) = self.shares;
        writeln!(
            f,
            "{} ({}): observed {observed} ms, judged {judged}, cannot {cannot}",
            self.clip,
            self.zone.as_str()
        )?;
        for ((who, truth), row) in &self.heads {
            writeln!(
                f,
                "  {who} {truth:<18} {:?} head {} px, overlap {:.2}, width {:.2}; confidence {:.2}, least {:.2}",
                row.states,
                median(&row.px),
                median(&row.overlaps),
                median(&row.widths),
                median(&row.confidences),
                row.confidences.iter().copied().fold(f32::NAN, f32::min),
            )?;
        }
        for finding in &self.findings {
            match finding {
                Finding::Opened(opened) => writeln!(
                    f,
                    "  -> {} after {:.1} s, track {}, {:?}",
                    opened.code.as_str(),
                    opened.ended_at.since(self.start).as_secs_f32(),
                    opened.track.0,
                    opened.figures
                )?,
                Finding::Continued { code, ended_at, merged } => writeln!(
                    f,
                    "  .. {} until {:.1} s, {merged} merged",
                    code.as_str(),
                    ended_at.since(self.start).as_secs_f32()
                )?,
            }
        }
        Ok(())
    }
}
