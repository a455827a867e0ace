//! `mingchu archive`: what lies on the disks, seen from outside.

use super::{open_store, say};
use crate::{cli::ConfigArguments, config::Config, roles};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use mingchu_domain::{id::CameraId, role::Scope, time::WallTime};
use mingchu_gateway::{Damage, Progress, Selection, Verified, verify_archive};
use mingchu_store::Store;
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

/// How often progress is told.
const EVERY: Duration = Duration::from_secs(2);
/// Names of cameras in an error.
const NAMED: usize = 10;

#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveCommand {
    /// Read every archive file and compare it with what was recorded; what differs is flagged and served no more
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Only this camera, by name or id
    #[arg(long, value_name = "NAME")]
    camera: Option<String>,
    /// Only files that begin then or later, as 2026-11-21T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<WallTime>,
    /// Only files that begin before, as 2026-11-22T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<WallTime>,
    /// Print one JSON line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    seconds: f64,
    files: u64,
    bytes: u64,
    /// Faulty before, whole now, served again.
    back: u64,
    missing: u64,
    truncated: u64,
    changed: u64,
    /// Not readable now; they may be whole.
    unreadable: u64,
    broken_chains: Vec<String>,
    damaged: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    segment_id: String,
    camera_id: String,
    camera: String,
    from: WallTime,
    to: WallTime,
    path: String,
    damage: &'static str,
    detail: String,
}

pub(super) async fn archive(command: ArchiveCommand) -> anyhow::Result<()> {
    match command {
        ArchiveCommand::Verify(arguments) => verify(arguments).await,
    }
}

fn time(text: &str) -> Result<WallTime, String> {
    text.parse().map_err(|_| "it must be a time with a zone, as 2026-11-21T08:00:00+08:00".to_owned())
}

async fn verify(arguments: VerifyArguments) -> anyhow::Result<()> {
    let config = Config::load(arguments.config.config.as_deref())?;
    if let (Some(from), Some(to)) = (arguments.from, arguments.to) {
        anyhow::ensure!(from < to, "--to must lie after --from");
    }
    let store = open_store(&config).await?;
    let names = names(&store).await?;
    let camera = arguments.camera.as_deref().map(|wanted| camera(&names, wanted)).transpose()?;
    let selection = Selection { camera, from: arguments.from, to: arguments.to };
    let began = Instant::now();
    let mut last = began;
    let told = |Progress { files, bytes, streams }: Progress| {
        if last.elapsed() >= EVERY {
            last = Instant::now();
            eprintln!("{files} files, {:.1} GB; {} of {} streams done", gigabytes(bytes), streams.0, streams.1);
        }
    };
    let found = tokio::select! {
        found = verify_archive(&store, &config.gateway, selection, told) => found.context("cannot verify the archive")?,
        stopped = roles::asked_to_stop() => {
            stopped?;
            bail!("stopped before the end; what was found so far is flagged");
        }
    };
    let report = report(&found, &names, began.elapsed());
    store.close().await;
    if arguments.json {
        say(serde_json::to_string(&report)?);
    } else {
        tell(&report);
    }
    let Report { missing, truncated, changed, unreadable, broken_chains, .. } = &report;
    if !found.damaged.is_empty() || !broken_chains.is_empty() {
        bail!(
            "{missing} files missing, {truncated} truncated, {changed} changed, {unreadable} not readable, {} chains \
             broken; restore them from a backup and verify again",
            broken_chains.len()
        );
    }
    Ok(())
}

async fn names(store: &Store) -> anyhow::Result<BTreeMap<CameraId, String>> {
    let cameras = store.cameras(&Scope::All, None).await.context("cannot read the cameras")?;
    Ok(cameras.into_iter().map(|detail| (detail.camera.id, detail.camera.name)).collect())
}

/// Finds a camera by name or id.
fn camera(names: &BTreeMap<CameraId, String>, wanted: &str) -> anyhow::Result<CameraId> {
    if let Ok(id) = wanted.parse::<CameraId>() {
        // also one that was taken out of use
        return Ok(id);
    }
    let found: Vec<_> = names.iter().filter(|(_, name)| *name == wanted).map(|(id, _)| *id).collect();
    match found.as_slice() {
        [id] => Ok(*id),
        [] => {
            let known: Vec<&str> = names.values().take(NAMED).map(String::as_str).collect();
            bail!("--camera: there is no camera {wanted:?}; there are {}", known.join(", "))
        }
        several => {
            let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
            bail!("--camera: {} cameras are called {wanted:?}; name one by its id: {}", ids.len(), ids.join(", "))
        }
    }
}

fn report(found: &Verified, names: &BTreeMap<CameraId, String>, took: Duration) -> Report {
    let count = |damage: Damage| found.damaged.iter().filter(|file| file.damage == damage).count() as u64;
    let line = |file: &mingchu_gateway::DamagedFile| Line {
        segment_id: file.segment.id.to_string(),
        camera_id: file.camera.to_string(),
        camera: names.get(&file.camera).cloned().unwrap_or_default(),
        from: file.segment.range.start(),
        to: file.segment.range.end(),
        path: file.segment.path.clone(),
        damage: file.damage.as_str(),
        detail: file.detail.clone(),
    };
    Report {
        seconds: took.as_secs_f64(),
        files: found.files,
        bytes: found.bytes,
        back: found.back,
        missing: count(Damage::Missing),
        truncated: count(Damage::Truncated),
        changed: count(Damage::Changed),
        unreadable: count(Damage::Unreadable),
        broken_chains: found.broken_chains.iter().map(ToString::to_string).collect(),
        damaged: found.damaged.iter().map(line).collect(),
    }
}

fn tell(report: &Report) {
    for Line { camera, from, path, damage, detail, .. } in &report.damaged {
        say(format_args!("{damage}\t{camera}\t{from}\t{path}\t{detail}"));
    }
    for stream in &report.broken_chains {
        say(format_args!("broken chain\tstream {stream}\trows were changed or removed without a receipt"));
    }
    let (files, bytes, seconds) = (report.files, gigabytes(report.bytes), report.seconds);
    say(format_args!("{files} files, {bytes:.2} GB in {seconds:.1} s; {} whole again", report.back));
}

fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}
