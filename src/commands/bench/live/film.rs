//! The film that the simulated cameras play: each picture carries its number, as black and white squares.

use anyhow::Context;
use std::{path::PathBuf, process::Stdio};
use tokio::process::Command;

/// Changes with what ffmpeg is told, so that an older film is not taken for this one.
const NAME: &str = "live-360p25-number-1.mp4";
/// Pictures of one round; the number on the picture is that of the camera modulo this.
pub(super) const PICTURES: u64 = 250;
/// Squares side by side along the upper edge: the number, lowest bit first, then each bit's opposite.
const BITS: usize = 8;
/// Side of a square, in pixels: 16 of them fill 640.
const SIDE: usize = 40;
/// As a sub stream of a kitchen camera: 640x360, 25 pictures a second, 512 kbit/s, a key picture every 2 s.
const CODER: &str = "-t 10 -pix_fmt yuv420p -c:v libx264 -preset veryfast -profile:v high -bf 0 -g 50 -keyint_min 50 \
                     -sc_threshold 0 -b:v 512k -maxrate 512k -bufsize 256k";

/// Returns the film; made once a machine.
pub(super) async fn numbered() -> anyhow::Result<PathBuf> {
    let folder = std::env::temp_dir().join("mingchu-bench");
    let film = folder.join(NAME);
    if film.exists() {
        return Ok(film);
    }
    eprintln!("ffmpeg makes the film (once): {}", film.display());
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let own = tempfile::Builder::new().suffix(".mp4").tempfile_in(&folder)?.into_temp_path();
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", &pictures()])
        .args(CODER.split_whitespace())
        .arg(&own)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .context("ffmpeg is needed to make the film; install it (apt install ffmpeg)")?;
    anyhow::ensure!(made.success(), "ffmpeg made no film; does it have libx264 and drawbox?");
    own.persist(&film).context("cannot keep the film")?;
    Ok(film)
}

/// Returns the source of pictures for ffmpeg.
fn pictures() -> String {
    let mut filters = format!("testsrc2=size=640x360:rate=25,noise=alls=6:allf=t,drawbox=h={SIDE}:w=iw:c=black:t=fill");
    for bit in 0..BITS {
        let value = 1 << bit;
        for (place, wanted) in [(bit, 1), (bit + BITS, 0)] {
            let x = place * SIDE;
            let is_on = format!("eq(mod(floor(n/{value}),2),{wanted})");
            filters += &format!(",drawbox=x={x}:w={SIDE}:h={SIDE}:c=white:t=fill:enable='{is_on}'");
        }
    }
    filters
}
