//! A PostgreSQL server of a command's own: to be stopped in the middle, or to be measured.

use anyhow::Context;
use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// Where Debian puts the server.
const BIN: &str = "/usr/lib/postgresql/15/bin";
/// Debian's account for it; PostgreSQL refuses to run as root.
const ACCOUNT: &str = "postgres";
const PATIENCE: Duration = Duration::from_secs(120);

/// A server in a folder of its own, on a socket in it; ends when dropped.
pub(super) struct Postgres {
    folder: TempDir,
    account: Option<(u32, u32)>,
    address: String,
    process: Option<Child>,
}

impl Postgres {
    pub(super) async fn start() -> anyhow::Result<Self> {
        anyhow::ensure!(
            Path::new(BIN).join("postgres").exists(),
            "this needs PostgreSQL 15 in {BIN}; install it (apt install postgresql-15)"
        );
        let folder = tempfile::Builder::new().prefix("mingchu-pg-").tempdir()?;
        let account = account(folder.path())?;
        if let Some((uid, gid)) = account {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        let made = command(account, "initdb")
            .args(["--auth=trust", "--encoding=UTF8", "--no-locale", "--username=mingchu", "-D"])
            .arg(folder.path().join("data"))
            .output()?;
        anyhow::ensure!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        let address =
            format!("postgres://mingchu@{}/postgres", folder.path().display().to_string().replace('/', "%2F"));
        let mut server = Self { folder, account, address, process: None };
        server.resume().await?;
        Ok(server)
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Ends the server at once, in the middle of everything.
    pub(super) fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        // SIGQUIT: no checkpoint, no goodbye to anybody
        let asked = Command::new("kill").args(["-QUIT", &process.id().to_string()]).status()?;
        anyhow::ensure!(asked.success(), "PostgreSQL cannot be stopped");
        process.wait()?;
        Ok(())
    }

    /// Starts it again and waits until it answers.
    pub(super) async fn resume(&mut self) -> anyhow::Result<()> {
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        let mut server = command(self.account, "postgres");
        server.arg("-D").arg(self.folder.path().join("data")).arg("-k").arg(self.folder.path());
        server.args(["-c", "listen_addresses="]).stdout(Stdio::null()).stderr(log);
        self.process = Some(server.spawn().context("PostgreSQL does not start")?);
        let deadline = Instant::now() + PATIENCE;
        let mut ready = command(self.account, "pg_isready");
        ready.arg("-q").arg("-h").arg(self.folder.path());
        while !ready.status()?.success() {
            anyhow::ensure!(Instant::now() < deadline, "PostgreSQL does not answer");
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(%error, "PostgreSQL may still run");
        }
    }
}

/// Returns user and group of the server: its own account when we are root, else ours.
fn account(folder: &Path) -> anyhow::Result<Option<(u32, u32)>> {
    if fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let id = |flag| -> anyhow::Result<u32> {
        let output = Command::new("id").args([flag, ACCOUNT]).output()?;
        String::from_utf8_lossy(&output.stdout).trim().parse().with_context(|| format!("no account {ACCOUNT}"))
    };
    Ok(Some((id("-u")?, id("-g")?)))
}

/// `setpriv` changes the account, and lets the kernel end the server when the command is killed.
fn command(account: Option<(u32, u32)>, program: &str) -> Command {
    let mut command = Command::new("setpriv");
    // the account may not enter the folder that the torture runs in
    command.current_dir("/");
    command.args(["--pdeathsig", "SIGQUIT"]);
    if let Some((uid, gid)) = account {
        command.args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned()]);
    }
    command.arg(PathBuf::from(BIN).join(program)).stdin(Stdio::null());
    command
}
