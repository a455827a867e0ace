//! One module a command.

#[cfg(feature = "gateway")]
mod bench;
#[cfg(feature = "web")]
mod canteen;
mod check;
#[cfg(all(feature = "gateway", feature = "analyzer", feature = "web"))]
mod demo;
#[cfg(feature = "gateway")]
mod probe;
mod run;
#[cfg(feature = "gateway")]
mod sim;
#[cfg(feature = "web")]
mod user;

#[cfg(feature = "gateway")]
pub(crate) use bench::BenchCommand;

use crate::{
    cli::{Arguments, Command},
    config::Config,
    telemetry,
};
use anyhow::Context;
use mingchu_store::Store;

/// Runs the command on a runtime of its own.
pub(crate) fn dispatch(arguments: Arguments) -> anyhow::Result<()> {
    telemetry::log(&arguments.log, arguments.log_json)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    let done = runtime.block_on(async {
        match arguments.command {
            Command::Run(arguments) => run::run(arguments).await,
            #[cfg(all(feature = "gateway", feature = "analyzer", feature = "web"))]
            Command::Demo(arguments) => demo::demo(arguments).await,
            #[cfg(feature = "gateway")]
            Command::Bench(command) => bench::bench(command).await,
            #[cfg(feature = "gateway")]
            Command::Sim(arguments) => sim::sim(arguments).await,
            #[cfg(feature = "gateway")]
            Command::Probe(arguments) => probe::probe(arguments).await,
            #[cfg(feature = "web")]
            Command::Canteen(command) => canteen::canteen(command).await,
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

/// Writes a line of the command's own output.
#[expect(clippy::print_stdout, reason = "the one place where commands print their result")]
fn say(line: impl std::fmt::Display) {
    println!("{line}");
}
