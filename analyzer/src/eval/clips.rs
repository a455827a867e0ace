//! Clips with known violations: what the whole chain finds of them, what it misses, what it makes up, and how late.

use super::{
    EvalError, Share,
    reel::{Reel, Showing},
    truth::{Event, Truth},
    vary::Weather,
};
use crate::{
    Config,
    chain::{Chain, KnownBin},
    detect::Detector,
    judge::{Finding, Site, Zone},
};
use mingchu_domain::{
    geometry::Polygon,
    id::{BinId, ZoneId},
    rule::{Duty, RuleCode, RulePack},
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// A violation may be reported this long after it has ended, because votes are counted over a window.
const GRACE: f64 = 15.0;
/// A violation is in time when it is reported this long after the rule's dwell.
const LATE_AFTER: f64 = 2.0;
/// A clip with an open bin is played on until this long after the bin's patience has ended.
const PAST_PATIENCE: f64 = 40.0;

/// How clips are played.
#[derive(Debug, Clone, Copy, Default)]
pub struct Play {
    /// A clip in which nothing is to be found is repeated for this long.
    pub loop_for: Duration,
    /// Each picture of a repeated clip has noise, exposure and compression of its own.
    pub is_varied: bool,
}

/// What became of one known violation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Known {
    /// What is judged.
    pub code: String,
    /// Seconds that the rule waits by itself: its window, or a bin's patience.
    pub dwell: f64,
    /// Seconds after its beginning until it was found; `None`: missed.
    pub delay: Option<f64>,
    /// Whether that is at most two seconds more than the dwell.
    pub is_in_time: bool,
}

/// A violation that the chain opened: what, when in seconds, and on whom by the truth, where it is about a person.
struct Found {
    code: RuleCode,
    at: f64,
    who: Option<String>,
}

/// What the chain made of one clip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClipReport {
    /// The clip's name.
    pub clip: String,
    /// The zone whose rules bind.
    pub zone: &'static str,
    /// How long it was played, in seconds.
    pub played: f64,
    /// The known violations of rules that bind there.
    pub known: Vec<Known>,
    /// Codes of findings that nothing known about that very person explains, with the second in which they were made.
    pub unfounded: Vec<(String, f64)>,
    /// Milliseconds observed, judged, and in which somebody could not be judged.
    pub shares_ms: (u64, u64, u64),
}

/// What became of the violations of one rule in all clips.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RuleReport {
    /// Known violations that were found.
    pub recall: Share,
    /// Findings that something known explains.
    pub precision: Share,
    /// Known violations found in time, of those that were found.
    pub in_time: Share,
}

/// Returns what became of each rule's violations.
#[must_use]
pub fn by_rule(clips: &[ClipReport]) -> BTreeMap<String, RuleReport> {
    let mut counts: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    for clip in clips {
        for known in &clip.known {
            let [all, found, in_time, _] = counts.entry(&known.code).or_default();
            *all += 1;
            *found += u64::from(known.delay.is_some());
            *in_time += u64::from(known.is_in_time);
        }
        for (code, _) in &clip.unfounded {
            counts.entry(code).or_default()[3] += 1;
        }
    }
    let report = |[all, found, in_time, unfounded]: [u64; 4]| RuleReport {
        recall: Share::new(found, all),
        precision: Share::new(found, found + unfounded),
        in_time: Share::new(in_time, found),
    };
    counts.into_iter().map(|(code, counts)| (code.to_owned(), report(counts))).collect()
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
pub fn eval_clip(
    truth: &Path,
    play: Play,
    config: &Config,
    detector: &mut dyn Detector,
) -> Result<ClipReport, EvalError> {
    let known = Truth::read(truth)?;
    let zone = known.zone();
    let name = truth.file_name().unwrap_or_default().to_string_lossy().trim_end_matches(".truth.json").to_owned();
    let beside = |ending: &str| truth.with_file_name(format!("{name}{ending}"));
    let reel = Reel::read(&beside(".mp4"), &beside(".sub.mp4"))?;

    let pack = RulePack::national();
    let outline = Zone { id: ZoneId::generate(), kind: zone, outline: Polygon::whole() };
    let bin = |outline| KnownBin { id: BinId::generate(), outline, references: Vec::new() };
    let bins = known.bins().into_iter().map(bin).collect();
    let site = Site { service: vec![pack.service_hours.window()], ..Site::default() };
    let mut chain = Chain::new(config, &pack, vec![outline]).at_site(site, bins);

    let binds = |event: &Event| {
        let code = event.code()?;
        (pack.rule(code)?.duty(zone) == Duty::Must).then_some(code)
    };
    let clip_s = reel.length().as_secs_f64();
    let events: Vec<(RuleCode, &Event)> =
        known.events.iter().filter_map(|event| Some((binds(event)?, event))).collect();
    let longest = events.iter().map(|(code, event)| event.from + dwell(&pack, *code, &known, event) + PAST_PATIENCE);
    let has_open_bin = events.iter().any(|(code, _)| *code == RuleCode::BinOpen);
    let length = match (events.is_empty(), has_open_bin) {
        (true, _) => play.loop_for.max(reel.length()),
        (false, true) => Duration::from_secs_f64(longest.fold(clip_s, f64::max)),
        (false, false) => reel.length(),
    };
    let weather = (play.is_varied && events.is_empty()).then_some(Weather { seed: 1 });
    let again_from = Duration::from_secs_f64(if has_open_bin { known.lids_rest_from() } else { 0.0 });
    let showing = Showing { start: known.start(), length, again_from, weather };
    let mut found: Vec<Found> = Vec::new();
    reel.play(&showing, config, &mut chain, detector, &mut |finding| {
        if let Finding::Opened(opened) = finding {
            let at = opened.ended_at.since(showing.start).as_secs_f64();
            let last = opened.frames.last().filter(|_| RuleCode::of_persons().any(|code| code == opened.code));
            let who = last.and_then(|ballot| known.who(ballot.subject, at % clip_s)).map(str::to_owned);
            found.push(Found { code: opened.code, at, who });
        }
    })?;
    // What lasts until the end of a clip goes on while it is repeated.
    let until = |event: &Event| if event.to >= clip_s - 0.5 { length.as_secs_f64() } else { event.to };
    let is_then = |found: &Found, event: &(RuleCode, &Event)| {
        found.code == event.0 && found.at >= event.1.from && found.at <= until(event.1) + GRACE
    };
    let is_founded = |found: &Found| {
        let is_theirs = |event: &Event| found.who.as_ref().is_none_or(|who| *who == event.who);
        events.iter().any(|event| is_then(found, event) && is_theirs(event.1))
    };
    let became = |event: &(RuleCode, &Event)| {
        // Those who break a rule at the same time share one violation: it may have been found on either.
        let first = found.iter().find(|found| is_then(found, event) && is_founded(found));
        let delay = first.map(|found| found.at - event.1.from);
        let dwell = dwell(&pack, event.0, &known, event.1);
        let is_in_time = delay.is_some_and(|delay| delay <= dwell + LATE_AFTER);
        Known { code: event.0.as_str().to_owned(), dwell, delay, is_in_time }
    };
    let unfounded = found.iter().filter(|found| !is_founded(found));
    let shares_ms = chain.take_coverage().iter().fold((0, 0, 0), |sum, (_, shares)| {
        (sum.0 + shares.observed_ms, sum.1 + shares.judged_ms, sum.2 + shares.cannot_judge_ms)
    });
    Ok(ClipReport {
        clip: name,
        zone: zone.as_str(),
        played: length.as_secs_f64(),
        known: events.iter().map(became).collect(),
        unfounded: unfounded.map(|found| (found.code.as_str().to_owned(), found.at)).collect(),
        shares_ms,
    })
}

/// Returns how many seconds a rule waits by itself; a bin longer while somebody may be scraping plates into it.
fn dwell(pack: &RulePack, code: RuleCode, truth: &Truth, event: &Event) -> f64 {
    let Some(rule) = pack.rule(code) else { return 0.0 };
    match rule.patience {
        Some(patience) if truth.is_attended(event) => patience.attended_s.into(),
        Some(patience) => patience.alone_s.into(),
        None => rule.vote.window_s.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_its_own_recall_precision_and_share_in_time() {
        let known = |code: &str, delay: Option<f64>| Known {
            code: code.to_owned(),
            dwell: 10.0,
            delay,
            is_in_time: delay.is_some_and(|delay| delay <= 12.0),
        };
        let clip = ClipReport {
            clip: "a".to_owned(),
            zone: "serving",
            played: 30.0,
            known: vec![known("no_hat", Some(6.0)), known("no_hat", Some(13.0)), known("no_hat", None)],
            unfounded: vec![("no_mask".to_owned(), 3.0), ("no_hat".to_owned(), 4.0)],
            shares_ms: (0, 0, 0),
        };
        let rules = by_rule(&[clip]);
        let hat = rules["no_hat"];
        assert_eq!((hat.recall.hits, hat.recall.of, hat.precision.of, hat.in_time.hits), (2, 3, 3, 1));
        assert_eq!((rules["no_mask"].recall.of, rules["no_mask"].precision.value), (0, Some(0.0)));
    }
}
