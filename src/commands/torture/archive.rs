//! `mingchu torture archive`.

use super::{
    account::{self, Footage},
    bed::Bed,
    child::GatewayProcess,
    files::{self, Fragments},
    report::Report,
};
use crate::commands::{chance::Chance, postgres::Postgres, say};
use anyhow::Context;
use clap::Args;
use mingchu_domain::time::{TimeRange, WallTime};
use std::{collections::BTreeSet, path::PathBuf, time::Duration};
use tokio::time::{Instant, sleep};

/// A run of the gateway between two kills lasts at least so long.
const SHORTEST_RUN: Duration = Duration::from_millis(200);
/// A gateway that finds no database is started again so soon, as a service manager does.
const START_AGAIN: Duration = Duration::from_millis(500);
/// At the end each camera must be recorded once more within this time.
const PATIENCE: Duration = Duration::from_secs(120);
/// What is shown of many things that are wrong.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
pub(crate) struct ArchiveArguments {
    /// How many times the gateway is killed
    #[arg(long, default_value_t = 20)]
    pub(super) kills: u32,
    /// Decides all that happens by chance
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Longest run of the gateway between two kills, in seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) longest_run: u64,
    /// How many cameras
    #[arg(long, default_value_t = 2, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=100))]
    pub(super) cameras: usize,
    /// Length of an archive file in seconds
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(2..=600))]
    pub(super) segment: u64,
    /// MP4 file that the cameras play, 25 pictures a second; one is made without it
    #[arg(long, value_name = "FILE")]
    pub(super) clip: Option<PathBuf>,
    /// Let the disk be full now and then
    #[arg(long)]
    pub(super) enospc: bool,
    /// Let writes and fsyncs fail now and then
    #[arg(long)]
    pub(super) io_errors: bool,
    /// Use a PostgreSQL server of its own, and stop it for so many seconds after half of the kills
    #[arg(long, value_name = "SECONDS")]
    pub(super) database_stop: Option<u64>,
    /// Decode every file with ffprobe afterwards
    #[arg(long)]
    pub(super) ffprobe: bool,
    /// Keep the folder with archive, database and the gateway's log
    #[arg(long)]
    pub(super) keep: bool,
    /// Print one JSON line
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) async fn archive(arguments: ArchiveArguments) -> anyhow::Result<()> {
    let began = Instant::now();
    let bed = Bed::make(&arguments).await?;
    let mut torture = Torture {
        chance: Chance::new(arguments.seed),
        fragments: Fragments::default(),
        report: Report { seed: arguments.seed, cameras: arguments.cameras, ..Report::default() },
        first_shown: bed.shown(),
        bed,
    };
    for kill in 0..arguments.kills {
        if kill == arguments.kills / 2 && arguments.database_stop.is_some() {
            torture.stop_database(&arguments).await?;
        }
        torture.run_and_kill(&arguments).await?;
        eprintln!("{} of {} kills", kill + 1, arguments.kills);
    }
    let last_shown = torture.run_to_the_end().await?;
    torture.account(&last_shown).await?;
    if arguments.ffprobe {
        torture.decode().await?;
    }
    torture.report.seconds = began.elapsed().as_secs();
    torture.report.database = torture.bed.store.database_label().to_owned();
    torture.bed.store.close().await;
    let Torture { report, bed, .. } = torture;
    if arguments.keep {
        eprintln!("kept: {}", bed.keep().display());
    }
    let failures = report.failures();
    say(if arguments.json { serde_json::to_string(&report)? } else { format!("{report:#?}") });
    anyhow::ensure!(failures.is_empty(), "{}", failures.join(", "));
    Ok(())
}

struct Torture {
    bed: Bed,
    chance: Chance,
    fragments: Fragments,
    /// The numbers of the first pictures in service.
    first_shown: Vec<u64>,
    report: Report,
}

impl Torture {
    fn start(&self) -> anyhow::Result<GatewayProcess> {
        GatewayProcess::start(&self.bed.config, &self.bed.log())
    }

    /// One run of the gateway: a random time with random faults, then SIGKILL.
    async fn run_and_kill(&mut self, arguments: &ArchiveArguments) -> anyhow::Result<()> {
        let (since, mut gateway) = (self.bed.shown(), self.start()?);
        let end = Instant::now() + self.chance.between(SHORTEST_RUN, Duration::from_secs(arguments.longest_run));
        let faults = self.plan(arguments);
        for (pause, order) in faults {
            sleep(pause.min(end.saturating_duration_since(Instant::now()))).await;
            if Instant::now() < end {
                self.count(&order);
                gateway.order(&order).await?;
            }
        }
        sleep(end.saturating_duration_since(Instant::now())).await;
        anyhow::ensure!(gateway.is_running()?, "the gateway has ended by itself: {}", self.end_of_log());
        self.kill(gateway, &since).await
    }

    /// Draws what the disk refuses in a run: pauses and orders.
    fn plan(&mut self, arguments: &ArchiveArguments) -> Vec<(Duration, String)> {
        let soon = (Duration::from_millis(100), Duration::from_secs(2));
        let mut orders = Vec::new();
        if arguments.enospc && self.chance.below(3) > 0 {
            orders.push((self.chance.between(soon.0, soon.1), format!("room {}", self.chance.below(100_000))));
            orders.push((self.chance.between(soon.0, soon.1), "room all".to_owned()));
        }
        if arguments.io_errors && self.chance.below(3) > 0 {
            let what = if self.chance.below(2) == 0 { "fail-writes" } else { "fail-syncs" };
            orders.push((self.chance.between(soon.0, soon.1), format!("{what} {}", 1 + self.chance.below(3))));
        }
        orders
    }

    fn count(&mut self, order: &str) {
        self.report.disk_full += u32::from(order.starts_with("room ") && !order.ends_with("all"));
        self.report.io_errors += u32::from(order.starts_with("fail-"));
    }

    /// Kills a gateway that was started when `since` was shown.
    async fn kill(&mut self, gateway: GatewayProcess, since: &[u64]) -> anyhow::Result<()> {
        let shown = self.bed.shown();
        gateway.kill().await?;
        self.report.kills += 1;
        self.fragments.look(&self.bed.archive())?;
        for (camera, shown) in shown.into_iter().enumerate() {
            // one that wrote nothing yet has no group of pictures open
            let written = self.last_written(camera)?.filter(|last| *last > since[camera]);
            let behind = written.map_or(0, |last| shown.saturating_sub(last));
            self.report.worst_open_frames = self.report.worst_open_frames.max(behind);
        }
        Ok(())
    }

    /// Returns the highest number in a camera's unfinished files.
    fn last_written(&self, camera: usize) -> anyhow::Result<Option<u64>> {
        let folder = self.bed.archive().join(self.bed.streams[camera].to_string());
        let mut last = None;
        for path in files::walk(&folder) {
            if path.extension().is_some_and(|extension| extension == "part") {
                last = last.max(files::numbers(&path)?.concat().last().copied());
            }
        }
        Ok(last)
    }

    /// Stops the database under a running gateway, kills the gateway before the database is back.
    async fn stop_database(&mut self, arguments: &ArchiveArguments) -> anyhow::Result<()> {
        let Some(seconds) = arguments.database_stop else { return Ok(()) };
        let (since, gateway) = (self.bed.shown(), self.start()?);
        self.all_recorded(&since).await?;
        eprintln!("the database stops for {seconds} s");
        self.postgres()?.stop()?;
        let back = Instant::now() + Duration::from_secs(seconds);
        // most of the time recording, at the end killed with what the database does not know in its journal
        sleep(Duration::from_secs(seconds * 9 / 10)).await;
        self.kill(gateway, &since).await?;
        let mut gateway = self.start()?;
        while Instant::now() < back {
            sleep(START_AGAIN).await;
            if !gateway.is_running()? {
                gateway = self.start()?;
            }
        }
        self.postgres()?.resume().await?;
        self.report.database_stopped_s += seconds;
        eprintln!("the database is back");
        while !gateway.is_running()? {
            gateway = self.start()?;
            sleep(START_AGAIN).await;
        }
        let since = self.bed.shown();
        self.all_recorded(&since).await?;
        self.kill(gateway, &since).await
    }

    fn postgres(&mut self) -> anyhow::Result<&mut Postgres> {
        self.bed.postgres.as_mut().context("there is no PostgreSQL")
    }

    /// Waits until pictures of every camera that are newer than `since` are on the disk.
    async fn all_recorded(&self, since: &[u64]) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        for (camera, since) in since.iter().enumerate() {
            while self.last_written(camera)?.is_none_or(|last| last <= *since) {
                anyhow::ensure!(Instant::now() < deadline, "a camera is not recorded: {}", self.end_of_log());
                sleep(Duration::from_millis(200)).await;
            }
        }
        Ok(())
    }

    /// Lets the gateway record once more and stops it in order; returns the last pictures shown then.
    ///
    /// A stop that a slow disk or database cuts short leaves work for the next start, so there is one then.
    async fn run_to_the_end(&mut self) -> anyhow::Result<Vec<u64>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (since, gateway) = (self.bed.shown(), self.start()?);
            self.all_recorded(&since).await?;
            gateway.stop().await?;
            let shown = self.bed.shown();
            if self.is_finished().await? || Instant::now() > deadline {
                return Ok(shown);
            }
            self.report.unfinished_stops += 1;
        }
    }

    /// Whether the stop was told and no file is left unfinished.
    async fn is_finished(&self) -> anyhow::Result<bool> {
        for (camera, stream) in self.bed.streams.iter().enumerate() {
            if self.last_written(camera)?.is_some() || self.bed.store.open_gap_of(*stream).await?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads what the archive says and holds.
    async fn account(&mut self, last_shown: &[u64]) -> anyhow::Result<()> {
        let mut known = BTreeSet::new();
        for (index, stream) in self.bed.streams.iter().enumerate() {
            let (segments, gaps) =
                (self.bed.store.segments(*stream, always()).await?, self.bed.store.gaps(*stream, always()).await?);
            let losses = self.bed.store.packet_losses(*stream, always()).await?;
            let mut footage = Vec::new();
            for segment in &segments {
                let path = self.bed.archive().join(&segment.path);
                if let Some(how) = files::differs(&path, segment) {
                    self.report.disagreements.push(format!("{} {how}", segment.path));
                }
                let has_losses = losses
                    .iter()
                    .any(|loss| loss.started_at <= segment.range.end() && loss.ended_at >= segment.range.start());
                let numbers = if path.exists() { files::numbers(&path)?.concat() } else { Vec::new() };
                footage.push(Footage { range: segment.range, numbers, has_losses });
                known.insert(path);
            }
            for gap in &gaps {
                *self.report.gaps.entry(gap.cause.as_str()).or_default() += 1;
            }
            let mut archived: Vec<u64> = footage.iter().flat_map(|footage| footage.numbers.iter().copied()).collect();
            archived.sort_unstable();
            self.report.fragments_lost += self.fragments.lost(&stream.to_string(), &archived);
            self.report.segments += segments.len();
            let first = archived.first().map_or(self.first_shown[index], |first| self.first_shown[index].min(*first));
            let gaps = gaps.iter().map(|gap| (gap.started_at, gap.ended_at)).collect();
            let stream = account::Stream { shown: (first, last_shown[index]), footage, gaps };
            self.report.account.add(&account::account(&stream));
        }
        self.report.fragments_at_kills = self.fragments.count();
        let strays = files::walk(&self.bed.archive()).into_iter().filter(|path| !known.contains(path));
        let strays = strays.filter(|path| path.components().count() > self.bed.archive().components().count() + 1);
        self.report.disagreements.extend(strays.map(|path| format!("{} has no row", path.display())));
        self.report.disagreements.truncate(SHOWN);
        Ok(())
    }

    async fn decode(&mut self) -> anyhow::Result<()> {
        for stream in &self.bed.streams {
            for segment in self.bed.store.segments(*stream, always()).await? {
                let path = self.bed.archive().join(&segment.path);
                if let Some(why) = files::undecodable(&path, &segment).await? {
                    self.report.undecodable.push(format!("{}: {why}", segment.path));
                }
                self.report.decoded_files += 1;
            }
        }
        self.report.undecodable.truncate(SHOWN);
        Ok(())
    }

    fn end_of_log(&self) -> String {
        let log = std::fs::read_to_string(self.bed.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}

fn always() -> TimeRange {
    TimeRange::new(WallTime::from_micros(0), WallTime::from_micros(i64::MAX / 2)).expect("the end is later")
}
