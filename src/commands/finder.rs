//! `mingchu finder`: looks for people on behalf of the server that started it (analyzer/README.md, "Public pictures").

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

pub(super) async fn finder() -> anyhow::Result<()> {
    // Ctrl-C and the service manager's SIGTERM are for the server, which ends this process in its turn.
    let _interrupt = signal(SignalKind::interrupt()).context("cannot leave Ctrl-C to the server")?;
    let _terminate = signal(SignalKind::terminate()).context("cannot leave SIGTERM to the server")?;
    Ok(tokio::task::spawn_blocking(mingchu_analyzer::detect::apart::serve).await??)
}
