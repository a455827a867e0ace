//! The simulated cameras: a process of their own, whose cost is not counted.

use super::process::Programs;
use anyhow::Context;
use std::{net::SocketAddr, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::Command,
    sync::Mutex,
    time::{Instant, sleep},
};
use url::Url;

/// All streams play, or none, within this time.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

pub(super) struct Cameras {
    simulator: Programs,
    address: SocketAddr,
    control: Mutex<BufReader<TcpStream>>,
    count: u16,
}

impl Cameras {
    /// Starts `mingchu sim`; its log is in `folder`.
    pub(super) async fn start(clip: &Path, count: u16, paced: bool, folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--log", "warn", "sim", "--bind", "127.0.0.1:0", "--control", "127.0.0.1:0"]);
        command.arg("--cameras").arg(count.to_string()).arg("--clip").arg(clip).stdout(Stdio::piped());
        if paced {
            command.arg("--paced");
        }
        let mut simulator = Programs::new("the simulator", "TERM", &folder.join("simulator.log"))?;
        let said = simulator.start(command)?.stdout.take().context("the simulator says nothing")?;
        let mut lines = BufReader::new(said).lines();
        let mut address_after = async |start: &str| -> anyhow::Result<SocketAddr> {
            let Some(line) = lines.next_line().await? else { return Err(simulator.ended().await) };
            let rest = line.strip_prefix(start).and_then(|rest| rest.split('/').next());
            rest.and_then(|address| address.parse().ok()).with_context(|| format!("the simulator said: {line}"))
        };
        let (address, control) = (address_after("rtsp://").await?, address_after("control port ").await?);
        let control = BufReader::new(TcpStream::connect(control).await?);
        Ok(Self { simulator, address, control: Mutex::new(control), count })
    }

    pub(super) fn count(&self) -> u16 {
        self.count
    }

    /// Returns the main streams, in the order of the cameras.
    pub(super) fn urls(&self) -> anyhow::Result<Vec<Url>> {
        let url = |number| Url::parse(&format!("rtsp://{}/cam/{number}/main", self.address));
        (1..=self.count).map(url).collect::<Result<_, _>>().context("no address")
    }

    /// Returns the processor time the simulator has used.
    pub(super) fn cpu(&self) -> anyhow::Result<Duration> {
        self.simulator.cpu()
    }

    /// Returns how many pictures each camera has sent.
    pub(super) async fn sent(&self) -> anyhow::Result<Vec<u64>> {
        self.each("sent=").await
    }

    /// Waits until each camera is watched; `alive` says when that will not happen any more.
    pub(super) async fn all_watched(&self, alive: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            alive()?;
            let watched = self.each("viewers=").await?.iter().filter(|viewers| **viewers > 0).count();
            if watched == usize::from(self.count) {
                return Ok(());
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "only {watched} of {} cameras are watched after {} s; give fewer --cameras",
                self.count,
                PATIENCE.as_secs()
            );
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Waits until the last reader has gone.
    pub(super) async fn none_watched(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.each("viewers=").await?.iter().any(|viewers| *viewers > 0) {
            anyhow::ensure!(Instant::now() < deadline, "readers of an ended recorder stay at the simulator");
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// Returns a number out of each camera's state.
    async fn each(&self, key: &str) -> anyhow::Result<Vec<u64>> {
        let mut control = self.control.lock().await;
        let orders: String = (1..=self.count).map(|number| format!("state {number}\n")).collect();
        control.get_mut().write_all(orders.as_bytes()).await.context("the simulator has gone")?;
        let mut values = Vec::with_capacity(usize::from(self.count));
        for _ in 0..self.count {
            let mut line = String::new();
            control.read_line(&mut line).await.context("the simulator has gone")?;
            let value = line.split_whitespace().find_map(|word| word.strip_prefix(key)?.parse().ok());
            values.push(value.with_context(|| format!("the simulator answered: {}", line.trim()))?);
        }
        Ok(values)
    }
}
