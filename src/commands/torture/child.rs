//! The gateway as a child process.

use anyhow::Context;
use std::{fs::File, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    time::timeout,
};

/// Longer than all stages of a stop together, on a busy machine.
const GOODBYE: Duration = Duration::from_secs(60);

/// A gateway; killed when dropped.
pub(super) struct GatewayProcess {
    child: Child,
}

impl GatewayProcess {
    /// Starts it; what it logs is added to `log`.
    pub(super) fn start(config: &Path, log: &Path) -> anyhow::Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let child = Command::new(std::env::current_exe()?)
            .args(["--log", "info", "torture", "gateway", "--config"])
            .arg(config)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("the gateway does not start")?;
        Ok(Self { child })
    }

    /// Whether it still runs.
    pub(super) fn is_running(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Tells its disk what to refuse.
    pub(super) async fn order(&mut self, order: &str) -> anyhow::Result<()> {
        let orders = self.child.stdin.as_mut().context("the gateway takes no orders")?;
        orders.write_all(format!("{order}\n").as_bytes()).await.context("the gateway has ended by itself; see its log")
    }

    /// Ends it with SIGKILL.
    pub(super) async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("the gateway cannot be killed")
    }

    /// Ends it in order.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        let status = timeout(GOODBYE, self.child.wait()).await.context("the gateway does not stop")??;
        anyhow::ensure!(status.success(), "the gateway ended with {status}; see its log");
        Ok(())
    }
}
