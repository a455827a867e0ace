//! `mingchu bench sim`: how many streams the simulator carries.

use crate::commands::say;
use clap::Args;
use mingchu_gateway::sim;
use std::{path::PathBuf, time::Duration};

#[derive(Debug, Args)]
pub(crate) struct BenchSimArguments {
    /// Video files to play; without one, made-up pictures of 2 Mbit/s at 25 a second
    #[arg(long, num_args = 1.., value_name = "FILE")]
    clip: Vec<PathBuf>,
    /// Streams read at the same time
    #[arg(long, default_value_t = 300)]
    streams: usize,
    /// How long to measure
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Print one JSON line
    #[arg(long)]
    json: bool,
}

pub(super) async fn bench(arguments: BenchSimArguments) -> anyhow::Result<()> {
    let load = sim::Load {
        clips: arguments.clip.iter().map(sim::Clip::of).collect(),
        streams: arguments.streams,
        length: Duration::from_secs(arguments.seconds),
    };
    let report = sim::load(load).await?;
    if arguments.json {
        say(serde_json::to_string(&report)?);
        return Ok(());
    }
    say(format_args!(
        "{} streams, {:.0} s, {:.0} Mbit/s: {} of {} pictures, {} late, worst delay {:.0} ms; simulator {:.1} % of one core",
        report.streams,
        report.seconds,
        report.megabits_per_second,
        report.delivered_frames,
        report.expected_frames,
        report.late_frames,
        report.worst_delay_ms,
        report.simulator_cpu_percent
    ));
    Ok(())
}
