//! One module a command.

#[cfg(feature = "analyzer")]
mod analyze;
#[cfg(feature = "gateway")]
mod archive;
#[cfg(feature = "gateway")]
mod bench;
#[cfg(feature = "web")]
mod canteen;
#[cfg(feature = "gateway")]
mod chance;
mod check;
#[cfg(feature = "web")]
mod dataset;
#[cfg(all(feature = "gateway", feature = "analyzer", feature = "web"))]
mod demo;
#[cfg(feature = "analyzer")]
mod eval;
#[cfg(feature = "analyzer")]
mod finder;
#[cfg(feature = "gateway")]
mod postgres;
#[cfg(feature = "gateway")]
mod probe;
mod run;
#[cfg(feature = "gateway")]
mod sim;
#[cfg(feature = "gateway")]
mod torture;
#[cfg(feature = "web")]
mod user;

#[cfg(feature = "analyzer")]
pub(crate) use analyze::AnalyzeArguments;
#[cfg(feature = "gateway")]
pub(crate) use archive::ArchiveCommand;
#[cfg(feature = "gateway")]
pub(crate) use bench::BenchCommand;
#[cfg(feature = "analyzer")]
pub(crate) use eval::EvalArguments;
#[cfg(feature = "gateway")]
pub(crate) use torture::TortureCommand;

use crate::{
    cli::{Arguments, Command},
    config::Config,
    telemetry,
};
use anyhow::Context;
use mingchu_store::Store;
use std::io::Write;

/// Runs the command on a runtime of its own.
pub(crate) fn dispatch(arguments: Arguments) -> anyhow::Result<()> {
    telemetry::log(&arguments.log, arguments.log_json)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    let done = runtime.block_on(async {
        match arguments.command {
            Command::Run(arguments) => run::run(arguments).await,
            #[cfg(feature = "analyzer")]
            Command::Analyze(arguments) => analyze::analyze(arguments).await,
            #[cfg(feature = "analyzer")]
            Command::Eval(arguments) => eval::eval(arguments).await,
            #[cfg(feature = "analyzer")]
            Command::Finder => finder::finder().await,
            #[cfg(all(feature = "gateway", feature = "analyzer", feature = "web"))]
            Command::Demo(arguments) => demo::demo(arguments).await,
            #[cfg(feature = "gateway")]
            Command::Archive(command) => archive::archive(command).await,
            #[cfg(feature = "gateway")]
            Command::Bench(command) => bench::bench(command).await,
            #[cfg(feature = "gateway")]
            Command::Torture(command) => torture::torture(command).await,
            #[cfg(feature = "gateway")]
            Command::Sim(arguments) => sim::sim(arguments).await,
            #[cfg(feature = "gateway")]
            Command::Probe(arguments) => probe::probe(arguments).await,
            #[cfg(feature = "web")]
            Command::Canteen(command) => canteen::canteen(command).await,
            #[cfg(feature = "web")]
            Command::Dataset(command) => dataset::dataset(command).await,
            Command::Check(arguments) => check::check(arguments).await,
            #[cfg(feature = "web")]
            Command::User(command) => user::user(command).await,
        }
    });
    // a worker that still holds a blocking call must not hold up the end
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    done
}

/// Opens the store and says which one.
async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let store = Store::open(&config.store.to_store()).await.context("cannot open the store")?;
    tracing::info!(database = store.database_label(), "store open");
    Ok(store)
}

/// Writes a line of the command's own output. Whoever listens may have heard enough (`| head`): then the command ends.
fn say(line: impl std::fmt::Display) {
    if let Err(error) = writeln!(std::io::stdout(), "{line}") {
        let is_enough = error.kind() == std::io::ErrorKind::BrokenPipe;
        tracing::debug!(error = &error as &dyn std::error::Error, "the output ended early");
        std::process::exit(i32::from(!is_enough));
    }
}
