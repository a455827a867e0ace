//! Real archive files of a minute, which stand for all.

use crate::commands::bench::film;
use anyhow::Context;
use mingchu_gateway::{mp4, sim::archive_file};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    time::Duration,
};

/// How many differ.
const FILES: u32 = 3;
const MINUTE: Duration = Duration::from_secs(60);
const MINUTE_90K: u64 = 60 * 90_000;

/// A file and what a row says of it.
pub(super) struct Film {
    pub(super) path: PathBuf,
    pub(super) size_bytes: u64,
    pub(super) sha256: String,
    pub(super) first_90k: i64,
    pub(super) frames: u32,
}

/// Makes them in a folder out of a clip, or the film of `bench ingest`: one minute behind another.
pub(super) async fn make(folder: &Path, clip: Option<&Path>) -> anyhow::Result<Vec<Film>> {
    let source = match clip {
        Some(clip) => clip.to_owned(),
        None => film::usual().await?,
    };
    let mut films = Vec::new();
    for number in 0..FILES {
        let begin_90k = u64::from(number) * MINUTE_90K;
        let bytes = archive_file(&source, MINUTE, begin_90k).await;
        let bytes =
            bytes.with_context(|| format!("{} cannot stand for an archive; give an MP4 file", source.display()))?;
        let path = folder.join(format!("film-{number}.mp4"));
        fs::write(&path, &bytes).context("cannot write the film")?;
        let scan = mp4::scan(&mut Cursor::new(&bytes)).context("the film is no archive file")?;
        let frames = scan.fragments.iter().map(|fragment| fragment.pictures.len()).sum::<usize>();
        films.push(Film {
            size_bytes: bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(&bytes)),
            first_90k: i64::try_from(begin_90k)?,
            frames: u32::try_from(frames)?,
            path,
        });
    }
    Ok(films)
}
