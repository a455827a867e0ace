//! `mingchu bench`: measurements of this machine, a module each with its own arguments.
//!
//! Each prints one JSON line with `--json`, else a table; progress goes to standard error.

#[cfg(feature = "analyzer")]
mod analyze;
mod ingest;
mod sim;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// How many cameras one core judges, and what takes the time
    #[cfg(feature = "analyzer")]
    Analyze(analyze::BenchAnalyzeArguments),
    /// How many simulated streams this machine carries
    Sim(sim::BenchSimArguments),
    /// What recording a camera costs, also against other recorders
    Ingest(ingest::BenchIngestArguments),
    /// The bare client that the recorder is measured against
    #[command(hide = true)]
    IngestFloor(ingest::FloorArguments),
}

pub(super) async fn bench(command: BenchCommand) -> anyhow::Result<()> {
    match command {
        #[cfg(feature = "analyzer")]
        BenchCommand::Analyze(arguments) => analyze::bench(arguments).await,
        BenchCommand::Sim(arguments) => sim::bench(arguments).await,
        BenchCommand::Ingest(arguments) => ingest::bench(arguments).await,
        BenchCommand::IngestFloor(arguments) => ingest::floor(arguments).await,
    }
}
