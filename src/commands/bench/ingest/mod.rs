//! `mingchu bench ingest`: what recording costs, a camera, on the same simulated streams one recorder after another.
//!
//! ```text
//! simulator (a process of its own) --RTSP--> gateway | ffmpeg | GStreamer | bare client, as processes
//!                                            CPU and memory from /proc; pictures counted in the files they leave
//! ```

mod cameras;
mod files;
mod ours;
pub(super) mod process;
mod recorder;
mod report;

use super::film;
use crate::{commands::say, roles};
use anyhow::Context;
use cameras::Cameras;
use clap::Args;
use recorder::{Folder, Peer, Recorder};
use report::{Figures, Report};
use std::{path::PathBuf, time::Duration};
use tokio::time::Instant;
use url::Url;

/// From the last camera's first picture to the measurement: bursts at the start and table building are over.
const SETTLE: Duration = Duration::from_secs(3);
/// From the end of the measurement to the end of the recorder: the last pictures are on their way.
const TAIL: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct BenchIngestArguments {
    /// Simulated cameras recorded at the same time
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    cameras: u16,
    /// How long to measure each recorder
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(2..=3600))]
    seconds: u64,
    /// Each packet comes alone, spread over the picture's time, as from real cameras
    #[arg(long)]
    paced: bool,
    /// Other recorders to measure on the same streams
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PEER")]
    against: Vec<Peer>,
    /// Video file to play; without one, 1080p25 H.264 at 2 Mbit/s that ffmpeg makes once
    #[arg(long, value_name = "FILE")]
    clip: Option<PathBuf>,
    /// Print one JSON line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FloorArguments {
    /// Streams to play
    #[arg(required = true)]
    urls: Vec<Url>,
}

pub(super) async fn bench(arguments: BenchIngestArguments) -> anyhow::Result<()> {
    let report = tokio::select! {
        report = measure_all(&arguments) => report?,
        stopped = roles::asked_to_stop() => {
            stopped?;
            anyhow::bail!("stopped before the end; nothing was measured");
        }
    };
    if arguments.json {
        say(serde_json::to_string(&report)?)
    } else {
        say(report.table())
    }
    anyhow::ensure!(report.is_complete(), "some recorders were not measured; the lines above say why");
    Ok(())
}

pub(super) async fn floor(arguments: FloorArguments) -> anyhow::Result<()> {
    Ok(mingchu_gateway::discard(arguments.urls).await?)
}

async fn measure_all(arguments: &BenchIngestArguments) -> anyhow::Result<Report> {
    let recorders: Vec<_> = arguments.against.iter().map(|peer| Recorder::Peer(*peer)).collect();
    for recorder in &recorders {
        recorder.check().await?;
    }
    let clip = match &arguments.clip {
        Some(clip) => clip.clone(),
        None => film::usual().await?,
    };
    let folder = tempfile::Builder::new().prefix("mingchu-bench-").tempdir().context("cannot make a folder")?;
    let cameras = Cameras::start(&clip, arguments.cameras, arguments.paced, folder.path()).await?;
    let length = Duration::from_secs(arguments.seconds);
    let mut report = Report::new(arguments.cameras, length, arguments.paced, segment(length));
    for recorder in [Recorder::Gateway, Recorder::Floor].into_iter().chain(recorders) {
        let figures = measure(recorder, &cameras, length, folder.path()).await;
        match (figures, recorder) {
            (Ok(figures), _) => report.add(recorder, figures),
            // what was measured before is not thrown away
            (Err(error), Recorder::Peer(_)) => {
                eprintln!("{recorder}: not measured: {error:#}");
                report.leave_out(recorder);
                cameras.none_watched().await?;
            }
            (Err(error), _) => return Err(error.context(format!("{recorder} was not measured"))),
        }
    }
    Ok(report)
}

/// Returns how long files are: three of each camera are closed while it is measured, and no more than usual.
fn segment(length: Duration) -> Duration {
    (length / 3).clamp(Duration::from_secs(2), Duration::from_secs(60))
}

async fn measure(
    recorder: Recorder,
    cameras: &Cameras,
    length: Duration,
    folder: &std::path::Path,
) -> anyhow::Result<Figures> {
    let folder = Folder::new(folder, recorder, segment(length))?;
    eprintln!("{recorder}: starts");
    let running = recorder.start(&folder, cameras).await?;
    cameras.all_watched(|| running.programs.check()).await?;
    tokio::time::sleep(SETTLE).await;
    eprintln!("{recorder}: measured for {} s", length.as_secs());
    let (first, began, before) = (cameras.sent().await?, Instant::now(), running.programs.cpu()?);
    let simulator_before = cameras.cpu()?;
    tokio::time::sleep(length).await;
    let (cpu, took) = (running.programs.cpu()? - before, began.elapsed());
    let simulator = cameras.cpu()? - simulator_before;
    let (memory, last) = (running.programs.memory_bytes()?, cameras.sent().await?);
    tokio::time::sleep(TAIL).await;
    running.programs.check()?;
    running.programs.stop().await?;
    cameras.none_watched().await?;
    let sent = first.into_iter().zip(last).map(|(first, last)| first..last).collect::<Vec<_>>();
    let lost = match running.files {
        Some(files) => Some(files.count_lost(&sent).await?),
        None => None,
    };
    folder.remove()?;
    Ok(Figures::new(cameras.count(), took, cpu, simulator, memory, lost, &sent))
}
