//! `mingchu torture gateway`: the gateway role alone, on a disk that fails on order.
//!
//! Orders come on standard input, a line each; its end stops the gateway in order, so that none outlives its torturer.

use crate::{commands::open_store, config::Config};
use anyhow::Context;
use clap::Args;
use mingchu_gateway::{Disk, DiskFaults};
use mingchu_store::SystemClock;
use std::{io, path::PathBuf, sync::Arc};
use tokio::task::spawn_blocking;

#[derive(Debug, Args)]
pub(crate) struct GatewayArguments {
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

pub(super) async fn gateway(arguments: GatewayArguments) -> anyhow::Result<()> {
    let config = Config::load(Some(&arguments.config))?;
    let store = open_store(&config).await?;
    let faults = DiskFaults::none();
    let disk = Disk::with_faults(Arc::clone(&faults));
    let gateway = mingchu_gateway::start_on(disk, store.clone(), config.gateway, Arc::new(SystemClock)).await?;
    let orders = spawn_blocking(move || {
        io::stdin().lines().try_for_each(|order| obey(&faults, &order.context("cannot read orders")?))
    });
    let obeyed = orders.await?;
    gateway.stop().await;
    store.close().await;
    obeyed
}

fn obey(faults: &DiskFaults, order: &str) -> anyhow::Result<()> {
    match order.split_once(' ') {
        Some(("room", "all")) => faults.leave_room(u64::MAX),
        Some(("room", bytes)) => faults.leave_room(bytes.parse().context("room takes bytes or all")?),
        Some(("fail-writes", count)) => faults.fail_writes(count.parse().context("fail-writes takes a number")?),
        Some(("fail-syncs", count)) => faults.fail_syncs(count.parse().context("fail-syncs takes a number")?),
        _ => anyhow::bail!("order {order:?} is none of room, fail-writes, fail-syncs"),
    }
    tracing::info!(order, "disk was told");
    Ok(())
}
