//! `mingchu analyze`: what is seen in pictures and videos, picture by picture.

use super::say;
use crate::{cli::ConfigArguments, config::Config};
use anyhow::{Context, bail};
use clap::Args;
use mingchu_analyzer::{
    Config as AnalyzerConfig, Eyes,
    analyze::{Frame, Glance, NamedZone, frames, glance, read_zones},
    cv,
};
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

#[derive(Debug, Args)]
pub(crate) struct AnalyzeArguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Pictures (JPEG, PNG) and videos
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Zones as JSON: [{"name": "…", "kind": "serving", "outline": [[0.1, 0.2], …]}], corners from 0 to 1
    #[arg(long, value_name = "FILE")]
    zones: Option<PathBuf>,
    /// Pictures of a video that are looked at in a second
    #[arg(long, default_value_t = 2.0, value_name = "FPS")]
    fps: f32,
    /// Folder for pictures with the boxes drawn in; made when missing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON line a picture
    #[arg(long)]
    json: bool,
}

pub(super) async fn analyze(arguments: AnalyzeArguments) -> anyhow::Result<()> {
    let config = analyzer_config(&arguments.config)?;
    tokio::task::spawn_blocking(move || look(&arguments, &config)).await?
}

/// Returns the analyzer's settings with the models that the command line names.
pub(super) fn analyzer_config(arguments: &ConfigArguments) -> anyhow::Result<AnalyzerConfig> {
    let mut config = Config::load(arguments.config.as_deref())?.analyzer;
    config.models = arguments.models.clone().or(config.models);
    Ok(config)
}

/// Reads the models once; a file that is missing or wrong is named and the others go on.
pub(super) fn open_eyes(config: &AnalyzerConfig) -> anyhow::Result<Eyes> {
    cv::use_one_thread();
    let eyes = Eyes::open(config, 1);
    if !eyes.can_judge() {
        bail!("nothing can be judged: {}", eyes.faults.join("; "));
    }
    eyes.faults.iter().for_each(|fault| tracing::warn!(fault, "a model is not used"));
    Ok(eyes)
}

fn look(arguments: &AnalyzeArguments, config: &AnalyzerConfig) -> anyhow::Result<()> {
    if !(0.1..=60.0).contains(&arguments.fps) {
        bail!("--fps must be 0.1 to 60");
    }
    let zones = arguments.zones.as_deref().map(read_zones).transpose()?;
    if let Some(folder) = &arguments.out {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let mut eyes = open_eyes(config)?;
    let mut failed = 0;
    for path in &arguments.files {
        if let Err(error) = look_at(path, arguments, config, zones.as_deref(), &mut eyes) {
            failed += 1;
            tracing::error!("{error:#}");
        }
    }
    match failed {
        0 => Ok(()),
        failed => bail!("{failed} of {} files could not be read to the end; see above", arguments.files.len()),
    }
}

fn look_at(
    path: &Path,
    arguments: &AnalyzeArguments,
    config: &AnalyzerConfig,
    zones: Option<&[NamedZone]>,
    eyes: &mut Eyes,
) -> anyhow::Result<()> {
    let lids = eyes.set.as_ref().and_then(|set| Some(set.manifest()?.bin.as_ref()?.bands));
    let [networks] = eyes.networks.as_mut_slice() else { bail!("no models are open") };
    for (number, frame) in frames(path, Duration::from_secs_f32(1.0 / arguments.fps))?.enumerate() {
        let frame = frame?;
        let seen = glance(&frame.picture, networks, &config.bands, (zones, lids))
            .with_context(|| format!("{} at {:.1} s cannot be judged", path.display(), frame.seconds))?
            .context("there is no model for persons")?;
        if let Some(folder) = &arguments.out {
            draw(folder, path, number, &frame, &seen)?;
        }
        if arguments.json { tell_json(path, &frame, &seen)? } else { tell(path, &frame, &seen) }
    }
    Ok(())
}

/// One picture's line.
#[derive(Serialize)]
struct Line<'a> {
    source: String,
    /// Seconds since the first picture of the file.
    t: f64,
    width: u32,
    height: u32,
    #[serde(flatten)]
    seen: &'a Glance,
}

fn tell_json(path: &Path, frame: &Frame, seen: &Glance) -> anyhow::Result<()> {
    let (width, height) = (frame.picture.width(), frame.picture.height());
    let t = (frame.seconds * 1000.0).round() / 1000.0;
    say(serde_json::to_string(&Line { source: path.display().to_string(), t, width, height, seen })?);
    Ok(())
}

fn tell(path: &Path, frame: &Frame, seen: &Glance) {
    let persons = seen.persons.len();
    say(format_args!(
        "{}  {:.1} s  {persons} person{}",
        path.display(),
        frame.seconds,
        if persons == 1 { "" } else { "s" }
    ));
    for person in &seen.persons {
        let [x1, y1, x2, y2] = person.bbox.map(f32::round);
        let head = person.head.map_or("no head".to_owned(), |[x1, _, x2, _]| format!("head {:.0} px", x2 - x1));
        let zones = person.zones.as_ref().map_or(String::new(), |zones| match zones.as_slice() {
            [] => "  in no zone".to_owned(),
            zones => format!("  in {}", zones.join(", ")),
        });
        let (score, hat, mask) = (person.score, person.hat.to_string(), person.mask.to_string());
        say(format_args!(
            "  person {score:.2}  {x1:>4},{y1:>4} to {x2:>4},{y2:>4}  {head:<11}  hat {hat:<12}  mask {mask}{zones}"
        ));
    }
    for bin in &seen.bins {
        let p = bin.p.map_or(String::new(), |p| format!(" {p:.2}"));
        let lid = format!("{:?}", bin.lid).to_lowercase();
        say(format_args!("  bin {}  lid {lid}{p}", bin.name));
    }
    for thing in &seen.things {
        let [x1, y1, x2, y2] = thing.bbox.map(f32::round);
        say(format_args!("  {} {:.2}  {x1:>4},{y1:>4} to {x2:>4},{y2:>4}", thing.class.as_str(), thing.score));
    }
}

/// Writes `NAME-00001.jpg`; the file's ending stays in the name, so that `a.jpg` and `a.mp4` do not meet.
fn draw(folder: &Path, path: &Path, number: usize, frame: &Frame, seen: &Glance) -> anyhow::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let target = folder.join(format!("{name}-{number:05}.jpg"));
    let jpeg = cv::marked_jpeg(&frame.picture, &seen.marks(&frame.picture), 88)?;
    std::fs::write(&target, jpeg).with_context(|| format!("cannot write {}", target.display()))
}
