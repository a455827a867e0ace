//! The film that simulated cameras play and archives hold.

use anyhow::Context;
use std::{path::PathBuf, process::Stdio};
use tokio::process::Command;

/// Changes with what ffmpeg is told, so that an older film is not taken for this one.
const NAME: &str = "ingest-1080p25-2mbit-1.mp4";
/// Noise that moves: no encoder makes it small, so that the bit rate is what is asked for.
const PICTURES: &str = "testsrc2=size=1920x1080:rate=25,noise=alls=12:allf=t";
const CODER: &str = "-t 10 -pix_fmt yuv420p -c:v libx264 -preset veryfast -profile:v high -bf 0 -g 50 -keyint_min 50 \
                     -sc_threshold 0 -b:v 2M -maxrate 2M -bufsize 1M";

/// Returns 10 s of 1080p25 H.264 at 2 Mbit/s, a key picture every 2 s; made once a machine.
pub(super) async fn usual() -> anyhow::Result<PathBuf> {
    let folder = std::env::temp_dir().join("mingchu-bench");
    let film = folder.join(NAME);
    if film.exists() {
        return Ok(film);
    }
    eprintln!("ffmpeg makes the film (once): {}", film.display());
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let own = tempfile::Builder::new().suffix(".mp4").tempfile_in(&folder)?.into_temp_path();
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", PICTURES])
        .args(CODER.split_whitespace())
        .arg(&own)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .context("ffmpeg is needed to make the film; install it (apt install ffmpeg), or give one with --clip FILE")?;
    anyhow::ensure!(made.success(), "ffmpeg made no film; does it have libx264? give one with --clip FILE");
    own.persist(&film).context("cannot keep the film")?;
    Ok(film)
}
