//! `mingchu eval`: how right models and chain are on a data set.

use super::{
    analyze::{analyzer_config, open_eyes},
    say,
};
use crate::cli::ConfigArguments;
use anyhow::{Context, bail};
use clap::Args;
use mingchu_analyzer::{
    Config as AnalyzerConfig,
    analyze::frames,
    eval::{
        ClassReport, ClipReport, PictureReport, Play, RuleReport, Share, Tally, annotations, by_rule, clips_of,
        eval_clip,
    },
};
use serde::Serialize;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

#[derive(Debug, Args)]
pub(crate) struct EvalArguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Folder with annotations.jsonl and pictures, or with clips and their NAME.truth.json
    #[arg(value_name = "DATASET")]
    dataset: PathBuf,
    /// Repeat the clips in which nothing is to be found for this long, as 1h
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "0s")]
    loop_for: Duration,
    /// Give each picture of a repeated clip noise, exposure and compression of its own
    #[arg(long)]
    vary: bool,
    /// Print one JSON line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    models: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pictures: Option<PictureReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clips: Option<Clips>,
}

#[derive(Serialize)]
struct Clips {
    found: usize,
    missed: usize,
    unfounded: usize,
    by_rule: BTreeMap<String, RuleReport>,
    clips: Vec<ClipReport>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let length = humantime::parse_duration(text).map_err(|_| "it is no duration such as 90s or 1h".to_owned())?;
    if length > Duration::from_secs(24 * 3600) { Err("it is more than a day".to_owned()) } else { Ok(length) }
}

pub(super) async fn eval(arguments: EvalArguments) -> anyhow::Result<()> {
    let config = analyzer_config(&arguments.config)?;
    let is_json = arguments.json;
    let report = tokio::task::spawn_blocking(move || measure(&arguments, &config)).await??;
    if is_json {
        say(serde_json::to_string(&report)?)
    } else {
        tell(&report)
    }
    Ok(())
}

fn measure(arguments: &EvalArguments, config: &AnalyzerConfig) -> anyhow::Result<Report> {
    let folder = &arguments.dataset;
    let has_pictures = folder.join("annotations.jsonl").is_file();
    let truths = clips_of(folder)?;
    if !has_pictures && truths.is_empty() {
        bail!("{} holds neither annotations.jsonl nor NAME.truth.json", folder.display());
    }
    let labelled = if has_pictures { annotations(folder)? } else { Vec::new() };
    let mut eyes = open_eyes(config)?;
    let models = eyes.set.as_ref().map(mingchu_analyzer::models::ModelSet::labels).unwrap_or_default();
    let [networks] = eyes.networks.as_mut_slice() else { bail!("no models are open") };
    let mut tally = Tally::default();
    for labelled in &labelled {
        let path = folder.join(&labelled.image);
        let picture =
            frames(&path, Duration::ZERO)?.next().with_context(|| format!("{} is empty", path.display()))??;
        let looked = tally.look(&picture.picture, labelled, networks, &config.bands);
        looked.with_context(|| format!("{} cannot be judged", path.display()))?;
    }
    let mut clips = Vec::new();
    let play = Play { loop_for: arguments.loop_for, is_varied: arguments.vary };
    for truth in &truths {
        clips.push(eval_clip(truth, play, config, networks)?);
    }
    let known = || clips.iter().flat_map(|clip| &clip.known);
    let found = known().filter(|known| known.delay.is_some()).count();
    let missed = known().count() - found;
    let unfounded = clips.iter().map(|clip| clip.unfounded.len()).sum();
    Ok(Report {
        models,
        pictures: has_pictures.then(|| tally.report()),
        clips: (!clips.is_empty()).then_some(Clips { found, missed, unfounded, by_rule: by_rule(&clips), clips }),
    })
}

fn tell(report: &Report) {
    say(format_args!("models {}", report.models.join(", ")));
    if let Some(pictures) = &report.pictures {
        say(format_args!("{} pictures", pictures.pictures));
        for (class, found) in &pictures.detection {
            say(format_args!("  {class:<8} recall {}  precision {}", shown(&found.recall), shown(&found.precision)));
        }
        for (name, states) in [("hat", &pictures.hat), ("mask", &pictures.mask)] {
            tell_states(name, states);
        }
    }
    if let Some(clips) = &report.clips {
        for clip in &clips.clips {
            for known in &clip.known {
                let late = if known.is_in_time { "" } else { ", late" };
                let became = known.delay.map_or("missed".to_owned(), |delay| format!("found after {delay:.1} s{late}"));
                say(format_args!("{} ({}): {} {became}", clip.clip, clip.zone, known.code));
            }
            for (code, at) in &clip.unfounded {
                say(format_args!("{} ({}): {code} at {at:.1} s is unfounded", clip.clip, clip.zone));
            }
        }
        for (code, rule) in &clips.by_rule {
            let (recall, precision, in_time) = (shown(&rule.recall), shown(&rule.precision), shown(&rule.in_time));
            say(format_args!("{code}: recall {recall}  precision {precision}  in time {in_time}"));
        }
        let hours = clips.clips.iter().map(|clip| clip.played).sum::<f64>() / 3600.0;
        say(format_args!(
            "{} clips, {hours:.2} hours: {} found, {} missed, {} unfounded",
            clips.clips.len(),
            clips.found,
            clips.missed,
            clips.unfounded
        ));
    }
}

fn tell_states(name: &str, states: &BTreeMap<String, ClassReport>) {
    for (size, class) in states {
        let auc = class
            .auc
            .map_or(String::new(), |auc| format!("  AUC {:.3} ({:.3} to {:.3})", auc.value, auc.low, auc.high));
        say(format_args!("  {name} {size}: {} heads, not judged {}{auc}", class.heads, shown(&class.not_judged)));
        for (state, precision) in &class.precision {
            let recall = class.recall.get(state).map(shown).unwrap_or_default();
            say(format_args!("    {state:<13} precision {}  recall {recall}", shown(precision)));
        }
    }
}

fn shown(share: &Share) -> String {
    match share.value {
        Some(value) => format!("{value:.3} ({:.3} to {:.3}; {} of {})", share.low, share.high, share.hits, share.of),
        None => "-".to_owned(),
    }
}
