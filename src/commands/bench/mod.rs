//! `mingchu bench`: measurements of this machine, a module each with its own arguments.
//!
//! Each prints one JSON line with `--json`, else a table; progress goes to standard error.

mod sim;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// How many simulated streams this machine carries
    Sim(sim::BenchSimArguments),
}

pub(super) async fn bench(command: BenchCommand) -> anyhow::Result<()> {
    match command {
        BenchCommand::Sim(arguments) => sim::bench(arguments).await,
    }
}
