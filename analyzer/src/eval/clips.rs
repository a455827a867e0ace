//! Clips with known violations: what the whole chain finds of them, what it misses, what it makes up, and how late.

use super::EvalError;
use crate::{
    Config, Picture,
    chain::Chain,
    decode::{Decoder, Output, Pace, read_clip},
    detect::Detector,
    judge::{Finding, Zone},
};
use mingchu_domain::{
    geometry::Polygon,
    id::ZoneId,
    place::ZoneKind,
    rule::{Duty, RuleCode, RulePack},
    time::WallTime,
};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::mpsc;

/// A violation may be reported this long after it has ended, because votes are counted over a window.
const GRACE: f64 = 15.0;
const PERSON_WIDTH: u32 = 640;

#[derive(Deserialize)]
struct Truth {
    room: String,
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    code: String,
    from: f64,
    to: f64,
}

/// What became of one known violation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Known {
    /// What is judged.
    pub code: String,
    /// Seconds after its beginning until it was found; `None`: missed.
    pub delay: Option<f64>,
}

/// What the chain made of one clip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClipReport {
    /// The clip's name.
    pub clip: String,
    /// The zone whose rules bind.
    pub zone: &'static str,
    /// The known violations of rules that bind there.
    pub known: Vec<Known>,
    /// Codes of findings that nothing known explains, with the second in which they were made.
    pub unfounded: Vec<(String, f64)>,
    /// Milliseconds observed, judged, and in which somebody could not be judged.
    pub shares_ms: (u64, u64, u64),
}

/// Returns the truth files of a folder, in order of name.
///
/// # Errors
/// When the folder cannot be read.
pub fn clips_of(folder: &Path) -> Result<Vec<PathBuf>, EvalError> {
    let unreadable = |source| EvalError::Unreadable { path: folder.display().to_string(), source };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut truths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    truths.retain(|path| path.to_string_lossy().ends_with(".truth.json"));
    truths.sort();
    Ok(truths)
}

/// Plays the clip of a truth file, `NAME.mp4` and `NAME.sub.mp4` beside it, through the chain as one camera whose whole
/// picture is one zone, and compares.
///
/// # Errors
/// When a file is missing or no clip, or a model fails.
pub fn eval_clip(truth: &Path, config: &Config, detector: &mut dyn Detector) -> Result<ClipReport, EvalError> {
    let path = truth.display().to_string();
    let text = std::fs::read_to_string(truth).map_err(|source| EvalError::Unreadable { path: path.clone(), source })?;
    let wrong = |detail: String| EvalError::Format { path: path.clone(), line: 1, detail };
    let known: Truth = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    // A truth says 库房 where the rules say 食品库房.
    let zone = ZoneKind::ALL.iter().copied().find(|kind| kind.zh().ends_with(&known.room));
    let zone = zone.ok_or_else(|| wrong(format!("room \"{}\" is no zone", known.room)))?;
    let name = truth.file_name().unwrap_or_default().to_string_lossy().trim_end_matches(".truth.json").to_owned();
    let beside = |ending: &str| truth.with_file_name(format!("{name}{ending}"));

    let pack = RulePack::national();
    let outline = Zone { id: ZoneId::generate(), kind: zone, outline: Polygon::whole() };
    let mut chain = Chain::new(config, &pack, vec![outline]);
    let mut main = decode(&beside(".mp4"), true, config)?.into_iter().peekable();
    let mut found: Vec<(RuleCode, f64)> = Vec::new();
    for sub in decode(&beside(".sub.mp4"), false, config)? {
        chain.look_for_persons(&sub, detector)?;
        while let Some(picture) = main.next_if(|picture| picture.at() <= sub.at()) {
            if !chain.wants_heads() {
                continue;
            }
            for (finding, _) in chain.look_at_heads(&picture, detector)?.findings {
                if let Finding::Opened(opened) = finding {
                    found.push((opened.code, opened.ended_at.since(WallTime::default()).as_secs_f64()));
                }
            }
        }
    }
    let binds = |code: &str| {
        let code = RuleCode::parse(code)?;
        (pack.rule(code)?.duty(zone) == Duty::Must).then_some(code)
    };
    let events: Vec<(RuleCode, &Event)> =
        known.events.iter().filter_map(|event| Some((binds(&event.code)?, event))).collect();
    let is_of = |(code, at): &(RuleCode, f64), event: &(RuleCode, &Event)| {
        *code == event.0 && *at >= event.1.from && *at <= event.1.to + GRACE
    };
    let became = |event: &(RuleCode, &Event)| {
        let first = found.iter().find(|found| is_of(found, event));
        Known { code: event.0.as_str().to_owned(), delay: first.map(|(_, at)| at - event.1.from) }
    };
    let unfounded = found.iter().filter(|found| !events.iter().any(|event| is_of(found, event)));
    let shares_ms = chain.take_coverage().iter().fold((0, 0, 0), |sum, (_, shares)| {
        (sum.0 + shares.observed_ms, sum.1 + shares.judged_ms, sum.2 + shares.cannot_judge_ms)
    });
    Ok(ClipReport {
        clip: name,
        zone: zone.as_str(),
        known: events.iter().map(became).collect(),
        unfounded: unfounded.map(|(code, at)| (code.as_str().to_owned(), *at)).collect(),
        shares_ms,
    })
}

/// Returns the pictures that the running analyzer would look at.
fn decode(path: &Path, keys_only: bool, config: &Config) -> Result<Vec<Picture>, EvalError> {
    let output = match keys_only {
        true => Output { pace: Pace::File, width_at_most: u32::MAX, every: Duration::ZERO },
        false => Output { pace: Pace::File, width_at_most: PERSON_WIDTH, every: config.person_every() },
    };
    let units = read_clip(path, WallTime::default())?.collect::<Result<Vec<_>, _>>()?;
    let units: Vec<_> = units.into_iter().filter(|unit| unit.is_key || !keys_only).collect();
    let Some(first) = units.first() else { return Ok(Vec::new()) };
    let (sender, mut pictures) = mpsc::channel(units.len());
    let mut decoder = Decoder::start(&first.parameters, WallTime::default(), output, sender)?;
    units.iter().try_for_each(|unit| decoder.push(unit))?;
    decoder.finish()?;
    Ok(std::iter::from_fn(|| pictures.try_recv().ok()).collect())
}
