//! `mingchu bench`: measurements of this machine, a module each with its own arguments.
//!
//! Each prints one JSON line with `--json`, else a table; progress goes to standard error.

mod ingest;
mod sim;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
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
        BenchCommand::Sim(arguments) => sim::bench(arguments).await,
        BenchCommand::Ingest(arguments) => ingest::bench(arguments).await,
        BenchCommand::IngestFloor(arguments) => ingest::floor(arguments).await,
    }
}
