//! `mingchu bench fanout`: what one more viewer costs the server, and whether everybody gets every picture in time.

use super::{
    Kind,
    house::House,
    percentile,
    viewer::{Seen, Stand, watch},
};
use crate::{commands::say, roles};
use anyhow::Context;
use clap::Args;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// From the last viewer's first picture to the measurement.
const SETTLE: Duration = Duration::from_secs(2);
/// What the server costs without a viewer is measured for so long.
const IDLE: Duration = Duration::from_secs(5);
/// All viewers have a picture within this time.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(crate) struct BenchFanoutArguments {
    /// Viewers of one camera's sub stream, 640x360 at 25 pictures a second and 512 kbit/s
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=5000))]
    viewers: u16,
    /// How they watch
    #[arg(long, value_enum, default_value_t = Kind::Ws)]
    kind: Kind,
    /// How long to measure
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(2..=3600))]
    seconds: u64,
    /// Print one JSON line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    kind: Kind,
    viewers: u16,
    seconds: f64,
    /// From the first connection to the last viewer's first picture.
    all_watch_after_ms: f64,
    cpu_percent_per_viewer: f64,
    kb_per_viewer: f64,
    megabits_per_second: f64,
    frames: u64,
    /// More than this long after the camera sent them.
    late_after_ms: u64,
    late_frames: u64,
    dropped_frames: u64,
    delay_p50_ms: f64,
    delay_p95_ms: f64,
}

pub(in crate::commands::bench) async fn bench(arguments: BenchFanoutArguments) -> anyhow::Result<()> {
    let report = tokio::select! {
        report = measure(&arguments) => report?,
        stopped = roles::asked_to_stop() => {
            stopped?;
            anyhow::bail!("stopped before the end; nothing was measured");
        }
    };
    if arguments.json {
        say(serde_json::to_string(&report)?);
        return Ok(());
    }
    say(format_args!(
        "{} viewers by {:?}, {:.0} s: {:.3} % of one core and {:.0} kB a viewer, {:.0} Mbit/s; {} pictures, {} late (over {} ms), {} dropped; delay p50 {:.0} ms, p95 {:.0} ms; all had a picture after {:.0} ms",
        report.viewers,
        report.kind,
        report.seconds,
        report.cpu_percent_per_viewer,
        report.kb_per_viewer,
        report.megabits_per_second,
        report.frames,
        report.late_frames,
        report.late_after_ms,
        report.dropped_frames,
        report.delay_p50_ms,
        report.delay_p95_ms,
        report.all_watch_after_ms
    ));
    Ok(())
}

async fn measure(arguments: &BenchFanoutArguments) -> anyhow::Result<Report> {
    let house = House::open(arguments.viewers).await?;
    sleep(SETTLE).await;
    eprintln!("the server alone: {} s", IDLE.as_secs());
    let (began, before) = (Instant::now(), house.server.cpu()?);
    sleep(IDLE).await;
    let idle = (house.server.cpu()? - before).div_duration_f64(began.elapsed());
    let memory_before = house.server.memory_bytes()?;

    let (stand, ready) = (Stand { house, begin: Notify::new(), end: CancellationToken::new() }, Semaphore::new(0));
    let (stand, ready) = (Arc::new(stand), Arc::new(ready));
    let began = Instant::now();
    let mut viewers = JoinSet::new();
    for _ in 0..arguments.viewers {
        viewers.spawn(watch(Arc::clone(&stand), arguments.kind, Arc::clone(&ready)));
    }
    let all = ready.acquire_many(arguments.viewers.into());
    tokio::select! {
        all = timeout(PATIENCE, all) => drop(all.context("not every viewer got a picture in a minute")?),
        failed = viewers.join_next() => failed.context("no viewer")??.map(|_| anyhow::bail!("a viewer left"))??,
    }
    let all_watch_after = began.elapsed();
    sleep(SETTLE).await;
    eprintln!("{} viewers: {} s", arguments.viewers, arguments.seconds);
    stand.begin.notify_waiters();
    let (began, before) = (Instant::now(), stand.house.server.cpu()?);
    sleep(Duration::from_secs(arguments.seconds)).await;
    let (cpu, took) = (stand.house.server.cpu()? - before, began.elapsed());
    let memory = stand.house.server.memory_bytes()?;
    stand.end.cancel();
    let mut seen = Vec::new();
    while let Some(viewer) = viewers.join_next().await {
        seen.push(viewer??);
    }
    let stand = Arc::into_inner(stand).context("a viewer is left")?;
    stand.house.close().await?;
    Ok(report(arguments, took, cpu.div_duration_f64(took) - idle, memory.saturating_sub(memory_before), seen)
        .with_start(all_watch_after))
}

#[allow(clippy::cast_precision_loss, reason = "counts of a measurement fit a float")]
fn report(arguments: &BenchFanoutArguments, took: Duration, cpu: f64, memory: u64, seen: Vec<Seen>) -> Report {
    let late_after = arguments.kind.late_after();
    let mut delays: Vec<_> = seen.iter().flat_map(|seen| seen.delays.iter().copied()).collect();
    delays.sort_unstable();
    let viewers = f64::from(arguments.viewers);
    let sum = |count: fn(&Seen) -> u64| seen.iter().map(count).sum::<u64>();
    Report {
        kind: arguments.kind,
        viewers: arguments.viewers,
        seconds: took.as_secs_f64(),
        all_watch_after_ms: 0.0,
        cpu_percent_per_viewer: 100.0 * cpu / viewers,
        kb_per_viewer: memory as f64 / 1000.0 / viewers,
        megabits_per_second: sum(|seen| seen.bytes) as f64 * 8e-6 / took.as_secs_f64(),
        frames: sum(|seen| seen.pictures),
        late_after_ms: u64::try_from(late_after.as_millis()).unwrap_or(u64::MAX),
        late_frames: delays.iter().filter(|delay| **delay > late_after).count() as u64,
        dropped_frames: sum(|seen| seen.dropped),
        delay_p50_ms: percentile(&delays, 50),
        delay_p95_ms: percentile(&delays, 95),
    }
}

impl Report {
    fn with_start(self, all_watch_after: Duration) -> Self {
        Self { all_watch_after_ms: all_watch_after.as_secs_f64() * 1000.0, ..self }
    }
}
