//! `mingchu bench`: measurements of this machine, a module each with its own arguments.
//!
//! Each prints one JSON line with `--json`, else a table; progress goes to standard error.

#[cfg(feature = "analyzer")]
mod analyze;
mod film;
mod ingest;
#[cfg(feature = "web")]
mod live;
#[cfg(feature = "web")]
mod playback;
mod sim;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// How many cameras one core judges, and what takes the time
    #[cfg(feature = "analyzer")]
    Analyze(analyze::BenchAnalyzeArguments),
    /// How many simulated streams this machine carries
    Sim(sim::BenchSimArguments),
    /// From the camera to the screen in a real browser, way by way
    #[cfg(feature = "web")]
    Live(live::BenchLiveArguments),
    /// What one more viewer costs, and whether everybody gets every picture in time
    #[cfg(feature = "web")]
    Fanout(live::BenchFanoutArguments),
    /// What recording a camera costs, also against other recorders
    Ingest(ingest::BenchIngestArguments),
    /// How soon timelines, playlists and pictures of a month of footage come, over HTTP
    #[cfg(feature = "web")]
    Playback(playback::BenchPlaybackArguments),
    /// The bare client that the recorder is measured against
    #[command(hide = true)]
    IngestFloor(ingest::FloorArguments),
}

pub(super) async fn bench(command: BenchCommand) -> anyhow::Result<()> {
    match command {
        #[cfg(feature = "analyzer")]
        BenchCommand::Analyze(arguments) => analyze::bench(arguments).await,
        BenchCommand::Sim(arguments) => sim::bench(arguments).await,
        #[cfg(feature = "web")]
        BenchCommand::Live(arguments) => live::bench(arguments).await,
        #[cfg(feature = "web")]
        BenchCommand::Fanout(arguments) => live::bench_fanout(arguments).await,
        BenchCommand::Ingest(arguments) => ingest::bench(arguments).await,
        #[cfg(feature = "web")]
        BenchCommand::Playback(arguments) => playback::bench(arguments).await,
        BenchCommand::IngestFloor(arguments) => ingest::floor(arguments).await,
    }
}
