//! Small clips made with ffmpeg, and simulators that play them.

use mingchu_gateway::sim::{self, Clip, Config, Sim};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

pub(crate) const FRAMES_PER_SECOND: u64 = 10;

/// Makes a clip of 3 s with a key picture each second.
pub(crate) fn make(folder: &Path, name: &str, encoder: &str, size: &str) -> PathBuf {
    let path = folder.join(name);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-y", "-f", "lavfi", "-i", &format!("testsrc2=size={size}:rate={FRAMES_PER_SECOND}")]);
    ffmpeg.args(["-t", "3", "-pix_fmt", "yuv420p", "-g", "10", "-bf", "0", "-c:v", encoder, "-preset", "ultrafast"]);
    if encoder == "libx265" {
        ffmpeg.args(["-x265-params", "keyint=10:min-keyint=10:bframes=0:log-level=none", "-tag:v", "hvc1"]);
    }
    let status = ffmpeg.arg(&path).status().expect("ffmpeg is installed");
    assert!(status.success(), "ffmpeg made no clip");
    path
}

/// Makes a clip that no encoder can make small: some 10 Mbit/s.
pub(crate) fn make_noise(folder: &Path) -> PathBuf {
    let path = folder.join("noise.mp4");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-f", "lavfi", "-i", "nullsrc=size=320x240:rate=10,geq=random(1)*255:128:128"]);
    ffmpeg.args(["-t", "2", "-pix_fmt", "yuv420p", "-g", "10", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "4"]);
    assert!(ffmpeg.arg(&path).status().expect("ffmpeg is installed").success());
    path
}

/// A folder with an H.264 clip of two sizes and an H.265 clip.
pub(crate) struct Clips {
    _folder: tempfile::TempDir,
    pub(crate) h264: Clip,
    pub(crate) h265: Clip,
}

impl Clips {
    pub(crate) fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let h264 = make(folder.path(), "h264.mp4", "libx264", "320x240");
        make(folder.path(), "h264.sub.mp4", "libx264", "160x120");
        let h265 = make(folder.path(), "h265.mp4", "libx265", "320x240");
        Self { h264: Clip::of(h264), h265: Clip::of(h265), _folder: folder }
    }

    /// Returns a simulator with the H.264 clip on camera 1 and the H.265 clip on camera 2.
    pub(crate) fn config(&self) -> Config {
        Config::new(vec![self.h264.clone(), self.h265.clone()], 2, free_port())
    }
}

pub(crate) fn free_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Starts the usual simulator.
pub(crate) async fn simulator() -> (Sim, Clips) {
    let clips = Clips::make();
    (sim::start(clips.config()).await.unwrap(), clips)
}
