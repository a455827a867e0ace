//! `mingchu run`: real cameras.

use super::open_store;
use crate::{
    cli::RunArguments,
    config::Config,
    roles::{self, Roles},
    telemetry,
};

pub(super) async fn run(arguments: RunArguments) -> anyhow::Result<()> {
    let roles = roles::choose(&arguments.role)?;
    #[cfg_attr(not(feature = "analyzer"), expect(unused_mut))]
    let mut config = Config::load(arguments.config.config.as_deref())?;
    #[cfg(feature = "analyzer")]
    if arguments.config.models.is_some() {
        config.analyzer.models = arguments.config.models;
    }
    if let Some(bind) = config.metrics.address()? {
        telemetry::serve_metrics(bind)?;
    }
    let store = open_store(&config).await?;
    let running = Roles::start(store, &config, &roles).await?;
    #[cfg(feature = "web")]
    if let Some(address) = running.address() {
        tracing::info!(%address, "pages are served at http://{address}");
    }
    roles::asked_to_stop().await?;
    running.stop().await;
    Ok(())
}
