//! Processes being measured: started, read through `/proc`, asked to end.

use anyhow::Context;
use std::{fs, path::Path, path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

/// Linux counts processor time in these for every program, whatever the kernel's own clock (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);
/// A recorder closes its files within this time, also those that write their tables only then.
const GOODBYE: Duration = Duration::from_secs(180);
/// What is shown of the log of a process that failed.
const LOG_LINES: usize = 6;

/// Processes that do one thing together; killed when dropped.
pub(in crate::commands::bench) struct Programs {
    name: String,
    signal: &'static str,
    log: PathBuf,
    children: Vec<Child>,
}

impl Programs {
    /// `signal` asks them to end in order; what they say goes to the file `log`.
    pub(in crate::commands::bench) fn new(
        name: impl ToString,
        signal: &'static str,
        log: &Path,
    ) -> anyhow::Result<Self> {
        fs::write(log, "").with_context(|| format!("cannot write {}", log.display()))?;
        Ok(Self { name: name.to_string(), signal, log: log.to_owned(), children: Vec::new() })
    }

    pub(in crate::commands::bench) fn start(&mut self, mut command: Command) -> anyhow::Result<&mut Child> {
        let log = fs::File::options().append(true).open(&self.log)?;
        command.kill_on_drop(true).stdin(Stdio::null()).stderr(log);
        let child = command.spawn().with_context(|| format!("{} does not start", self.name))?;
        self.children.push(child);
        self.children.last_mut().context("a process was started")
    }

    /// # Errors
    /// When one has ended, with the end of the log.
    pub(in crate::commands::bench) fn check(&self) -> anyhow::Result<()> {
        match self.children.iter().all(|child| child.id().is_some_and(is_running)) {
            true => Ok(()),
            false => Err(self.failure()),
        }
    }

    /// Returns why they ended; for those who know that they did.
    pub(in crate::commands::bench) async fn ended(&mut self) -> anyhow::Error {
        for child in &mut self.children {
            let _status = timeout(GOODBYE, child.wait()).await;
        }
        self.failure()
    }

    fn failure(&self) -> anyhow::Error {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n  ");
        anyhow::anyhow!("{} has ended by itself:\n  {end}", self.name)
    }

    /// Returns the processor time of all, in user and system mode.
    pub(in crate::commands::bench) fn cpu(&self) -> anyhow::Result<Duration> {
        let mut sum = Duration::ZERO;
        for text in self.read("stat")? {
            // the name in brackets may hold blanks; utime and stime are fields 14 and 15 (proc_pid_stat(5))
            let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
            let ticks = fields.map(str::parse::<u32>).sum::<Result<u32, _>>().context("cannot read /proc")?;
            sum += TICK * ticks;
        }
        Ok(sum)
    }

    /// Returns the memory of all, what they share divided among those who share it.
    pub(in crate::commands::bench) fn memory_bytes(&self) -> anyhow::Result<u64> {
        let pss = |text: &String| {
            let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
            line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
        };
        let all = self.read("smaps_rollup")?;
        all.iter().map(|text| pss(text).map(|kb| kb * 1024).context("cannot read /proc")).sum()
    }

    fn read(&self, file: &str) -> anyhow::Result<Vec<String>> {
        let ids = self.children.iter().filter_map(Child::id);
        ids.map(|id| fs::read_to_string(format!("/proc/{id}/{file}")).map_err(|_| self.failure())).collect()
    }

    /// Asks all to end and waits until they have.
    pub(in crate::commands::bench) async fn stop(mut self) -> anyhow::Result<()> {
        let ids = self.children.iter().filter_map(Child::id).map(|id| id.to_string());
        // the shell's own kill: there is one everywhere
        let mut kill = Command::new("sh");
        kill.args(["-c", &format!("kill -s {} \"$@\"", self.signal), "kill"]).args(ids);
        kill.status().await.context("cannot send a signal")?;
        for child in &mut self.children {
            let ended = timeout(GOODBYE, child.wait()).await;
            ended.with_context(|| format!("{} does not end within {} s", self.name, GOODBYE.as_secs()))??;
        }
        Ok(())
    }
}

fn is_running(id: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}
