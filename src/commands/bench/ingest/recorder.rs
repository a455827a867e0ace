//! The recorders that are measured, and how each is started.

use super::{cameras::Cameras, files::Files, ours, process::Programs};
use anyhow::Context;
use clap::ValueEnum;
use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::process::Command;
use url::Url;

/// Recorders of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Peer {
    /// `ffmpeg -c copy -f segment`, a process a camera
    Ffmpeg,
    /// `rtspsrc ! h264parse ! splitmuxsink`, all cameras in one process
    Gstreamer,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recorder {
    /// Ours: `mingchu run --role gateway`.
    Gateway,
    /// Our client alone, which throws all pictures away.
    Floor,
    Peer(Peer),
}

impl fmt::Display for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gateway => "mingchu",
            Self::Floor => "floor",
            Self::Peer(Peer::Ffmpeg) => "ffmpeg",
            Self::Peer(Peer::Gstreamer) => "gstreamer",
        })
    }
}

/// A recorder at work.
pub(super) struct Running {
    pub(super) programs: Programs,
    /// `None` when it keeps nothing.
    pub(super) files: Option<Files>,
}

/// Where a recorder works.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// How long its files are.
    pub(super) segment: Duration,
}

impl Folder {
    pub(super) fn new(above: &Path, recorder: Recorder, segment: Duration) -> anyhow::Result<Self> {
        let path = above.join(recorder.to_string());
        fs::create_dir(&path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Self { path, segment })
    }

    /// Frees the disk for the next recorder.
    pub(super) fn remove(self) -> anyhow::Result<()> {
        fs::remove_dir_all(&self.path).with_context(|| format!("cannot remove the folder {}", self.path.display()))
    }

    pub(super) fn programs(&self, recorder: Recorder, signal: &'static str) -> anyhow::Result<Programs> {
        Programs::new(recorder, signal, &self.path.join("log"))
    }

    /// Makes a folder for each camera's files.
    fn each(&self, urls: &[Url]) -> anyhow::Result<Files> {
        let folders: Vec<_> = (1..=urls.len()).map(|number| self.path.join(number.to_string())).collect();
        folders.iter().try_for_each(fs::create_dir)?;
        Ok(Files::new(folders))
    }
}

impl Recorder {
    /// # Errors
    /// When a peer is not installed; the error says how to install it.
    pub(super) async fn check(self) -> anyhow::Result<()> {
        let (needed, remedy): (&[&[&str]], _) = match self {
            Self::Gateway | Self::Floor => return Ok(()),
            Self::Peer(Peer::Ffmpeg) => (&[&["ffmpeg", "-version"]], "install ffmpeg"),
            Self::Peer(Peer::Gstreamer) => (
                &[
                    &["gst-launch-1.0", "--version"],
                    &["gst-inspect-1.0", "--exists", "splitmuxsink"],
                    &["gst-inspect-1.0", "--exists", "h264parse"],
                ],
                "install gstreamer1.0-tools, gstreamer1.0-plugins-good and gstreamer1.0-plugins-bad",
            ),
        };
        for words in needed {
            let mut command = Command::new(words[0]);
            let answered = command.args(&words[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
            let words = words.join(" ");
            anyhow::ensure!(
                answered.is_ok_and(|status| status.success()),
                "{self} cannot be measured, {words} does not work: {remedy}, or leave it out of --against"
            );
        }
        Ok(())
    }

    pub(super) async fn start(self, folder: &Folder, cameras: &Cameras) -> anyhow::Result<Running> {
        let urls = cameras.urls()?;
        match self {
            Self::Gateway => ours::start(folder, &urls).await,
            Self::Floor => {
                let mut command = ourselves()?;
                command.args(["bench", "ingest-floor"]).args(urls.iter().map(Url::as_str));
                let mut programs = folder.programs(self, "TERM")?;
                programs.start(command)?;
                Ok(Running { programs, files: None })
            }
            Self::Peer(Peer::Ffmpeg) => {
                let (files, mut programs) = (folder.each(&urls)?, folder.programs(self, "TERM")?);
                for (url, files) in urls.iter().zip(files.folders()) {
                    programs.start(ffmpeg(url, files, folder.segment))?;
                }
                Ok(Running { programs, files: Some(files) })
            }
            Self::Peer(Peer::Gstreamer) => {
                let (files, mut programs) = (folder.each(&urls)?, folder.programs(self, "INT")?);
                programs.start(gstreamer(&urls, &files, folder.segment))?;
                Ok(Running { programs, files: Some(files) })
            }
        }
    }
}

pub(super) fn ourselves() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.stdout(Stdio::null());
    Ok(command)
}

fn ffmpeg(url: &Url, folder: &Path, segment: Duration) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", url.as_str(), "-an", "-c", "copy"]);
    command.args(["-f", "segment", "-segment_time", &segment.as_secs().to_string()]);
    command.arg(folder.join("%05d.mp4"));
    command
}

fn gstreamer(urls: &[Url], files: &Files, segment: Duration) -> Command {
    let mut command = Command::new("gst-launch-1.0");
    // -e: at the end, files are closed
    command.args(["-e", "-q"]).stdout(Stdio::null());
    for (url, folder) in urls.iter().zip(files.folders()) {
        command.args(["rtspsrc", &format!("location={url}"), "protocols=tcp", "latency=100", "buffer-mode=none"]);
        command.args(["!", "rtph264depay", "!", "h264parse", "!", "splitmuxsink"]);
        command.arg(format!("location={}", folder.join("%05d.mp4").display()));
        command.arg(format!("max-size-time={}", segment.as_nanos()));
    }
    command
}
