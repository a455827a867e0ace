//! Exports: exactly the pictures of a time, as one plain file that plays everywhere.
//!
//! ```text
//! job footage_export --> rows of the range --> SHA-256 of each file --> plan --> Objects, for a day
//! ```

mod plan;

use self::plan::{NoPlan, Plan, plan};
use super::{Inner, Playback, chain, check::hash};
use crate::{
    archive::Recordings,
    mp4::{Excerpt, Scan, excerpt_head, scan},
};
use mingchu_domain::{
    footage::ExportLabel,
    id::ExportId,
    role::Scope,
    time::{Clock, WallTime},
};
use mingchu_store::{ExportedFile, FootageExport, Job, JobKind, Segment, StoreError};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// How often the list is asked, and progress written.
const POLL: Duration = Duration::from_secs(1);
/// How long the exports of one round may take before another gateway may try them.
const LEASE: Duration = Duration::from_secs(1800);
/// How long an exported file is kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);

#[derive(Deserialize)]
struct Payload {
    export_id: ExportId,
}

/// Why there is no export yet, or none at all.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error("job names no export")]
    Payload(#[from] serde_json::Error),
    #[error("store failed")]
    Store(#[from] StoreError),
    #[error("archive cannot be read")]
    Io(#[from] io::Error),
    #[error("the end of the time is still being written")]
    NotYet,
    #[error(transparent)]
    NoPlan(#[from] NoPlan),
}

/// Told from outside while a file is written.
#[derive(Default)]
struct Progress {
    permille: AtomicU32,
    is_deleted: AtomicBool,
}

impl Playback {
    /// Cuts exports, and deletes those that are a day old, until `stop`.
    pub(crate) async fn export(self, recordings: Recordings, clock: Arc<dyn Clock>, stop: CancellationToken) {
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = poll.tick() => {}
            }
            if let Err(error) = self.0.expire(clock.now()).await {
                tracing::warn!(%error, "old exports not deleted; will retry");
            }
            match self.0.store.claim(&[JobKind::FootageExport], clock.now(), LEASE).await {
                // a job that is broken off here comes back when its lease ends
                Ok(jobs) => {
                    for job in jobs {
                        stop.run_until_cancelled(self.0.work(&job, &recordings, &clock)).await;
                    }
                }
                Err(error) => tracing::warn!(%error, "work list not readable"),
            }
        }
    }
}

impl Inner {
    async fn expire(&self, now: WallTime) -> Result<(), StoreError> {
        for export in self.store.exports_to_expire(now).await? {
            if let Some(file) = export.file {
                self.store.objects().delete(&file.object_key).await?;
            }
            self.store.export_expired(export.asked.id).await?;
        }
        Ok(())
    }

    async fn work(&self, job: &Job, recordings: &Recordings, clock: &Arc<dyn Clock>) {
        let done = match self.cut(job, recordings, clock).await {
            Ok(()) => self.store.finish(job.id).await,
            Err(ExportError::Store(StoreError::NotFound { .. })) => self.store.finish(job.id).await,
            Err(error) => {
                let why = chain(&error);
                tracing::warn!(job.id = %job.id, attempts = job.attempts, error = %why, "export not cut; will retry");
                self.store.fail(job.id, clock.now(), &why).await.map(|_| ())
            }
        };
        if let Err(error) = done {
            tracing::warn!(job.id = %job.id, %error, "job not taken off the list; it will run again");
        }
    }

    async fn cut(&self, job: &Job, recordings: &Recordings, clock: &Arc<dyn Clock>) -> Result<(), ExportError> {
        let Payload { export_id } = Payload::deserialize(&job.payload)?;
        let export = self.store.export(export_id).await?;
        let asked = &export.asked;
        let open = recordings.open_part(asked.stream_id);
        if open.is_some_and(|open| open.start < asked.range.end()) {
            return Err(ExportError::NotYet);
        }
        if !self.store.set_export_progress(export_id, 0).await? {
            return Ok(());
        }
        let files = self.whole_files(&export).await?;
        let found: Vec<(Segment, Scan)> =
            files.iter().map(|(segment, _, scan)| (segment.clone(), scan.clone())).collect();
        let plan = match plan(&found, asked.range) {
            Ok(plan) => plan,
            Err(reason) => {
                self.store.export_failed(export_id, &reason.to_string(), clock.now()).await?;
                return Ok(());
            }
        };
        let paths = files.into_iter().map(|(_, path, _)| path).collect();
        self.write(&export, plan, paths, clock).await
    }

    /// Returns the files of the range that are as they were recorded. The others are gaps.
    async fn whole_files(&self, export: &FootageExport) -> Result<Vec<(Segment, PathBuf, Scan)>, ExportError> {
        let mut files = Vec::new();
        for segment in self.store.segments_to_play(export.asked.stream_id, export.asked.range).await? {
            if self.checks.first_look(&self.store, &self.files, &segment).await.is_err() {
                continue;
            }
            let path = self.files.path_of(&segment)?;
            let read = move || -> io::Result<_> {
                let sha256 = hash(&path)?;
                let scan = scan(&mut BufReader::new(File::open(&path)?)).map_err(io::Error::other)?;
                Ok((path, sha256, scan))
            };
            let (path, sha256, scan) = spawn_blocking(read).await.map_err(io::Error::other)??;
            if sha256 == segment.sha256 {
                files.push((segment, path, scan));
            } else {
                let why = io::Error::other("its SHA-256 is not the recorded one");
                self.checks.damaged(&self.store, &segment, &why).await;
            }
        }
        Ok(files)
    }

    async fn write(
        &self,
        export: &FootageExport,
        plan: Plan,
        paths: Vec<PathBuf>,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), ExportError> {
        let asked = &export.asked;
        let camera = self.store.archived_camera(&Scope::All, asked.camera_id).await?;
        let label =
            ExportLabel { canteen: camera.canteen_name, camera: camera.name, zone: camera.zone, range: asked.range };
        let (first_picture_at, last_picture_at) = (plan.first_at, plan.last_at);
        let frames = u32::try_from(plan.pictures.len() - plan.lead).unwrap_or(u32::MAX);
        let head = excerpt_head(&Excerpt {
            sample_entries: &plan.sample_entries,
            pictures: &plan.pictures,
            changes: &plan.changes,
            lead: plan.lead,
            title: &label.title(),
            date: &first_picture_at.to_string(),
            comment: &format!("export {}; pictures as recorded, gaps kept", asked.id),
        });
        let object_key = format!("export/{}.mp4", asked.id);
        let progress = Arc::new(Progress::default());
        let written = Arc::new((AtomicU64::new(0), std::sync::Mutex::new(String::new())));
        let (told, noted) = (Arc::clone(&progress), Arc::clone(&written));
        let fill = move |file: &mut File| -> io::Result<()> {
            let (size_bytes, sha256) = copy(file, &head, &plan, &paths, &told)?;
            noted.0.store(size_bytes, Ordering::Relaxed);
            *noted.1.lock().map_err(|_| io::Error::other("a writer panicked"))? = sha256;
            Ok(())
        };
        let put = self.store.objects().put_with(&object_key, fill);
        let put = self.with_progress(asked.id, &progress, put).await;
        if progress.is_deleted.load(Ordering::Relaxed) {
            return Ok(());
        }
        put?;
        let sha256 = written.1.lock().map(|sha256| sha256.clone()).unwrap_or_default();
        let size_bytes = written.0.load(Ordering::Relaxed);
        let file = ExportedFile {
            object_key: object_key.clone(),
            size_bytes,
            sha256,
            frames,
            first_picture_at,
            last_picture_at,
        };
        if !self.store.export_ready(asked.id, &file, clock.now() + KEPT).await? {
            self.store.objects().delete(&object_key).await?;
        }
        tracing::info!(export.id = %asked.id, size_bytes, frames, "footage exported");
        Ok(())
    }

    /// Writes how far it is while `work` goes on; tells it to stop when the export was deleted.
    async fn with_progress<T>(&self, id: ExportId, progress: &Progress, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let mut tick = interval(POLL);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = tick.tick() => {
                    let permille = progress.permille.load(Ordering::Relaxed);
                    if matches!(self.store.set_export_progress(id, permille).await, Ok(false)) {
                        progress.is_deleted.store(true, Ordering::Relaxed);
                    }
                }
            }
        }
    }
}

/// Writes head and pictures; returns size and SHA-256. Blocking.
fn copy(out: &mut File, head: &[u8], plan: &Plan, paths: &[PathBuf], progress: &Progress) -> io::Result<(u64, String)> {
    let all: u64 = plan.pieces.iter().map(|piece| piece.size_bytes).sum();
    let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 18]);
    let mut put = |bytes: &[u8]| -> io::Result<()> {
        hasher.update(bytes);
        size += bytes.len() as u64;
        out.write_all(bytes)
    };
    put(head)?;
    let mut copied = 0;
    let mut open: Option<(usize, File)> = None;
    for piece in &plan.pieces {
        if open.as_ref().is_none_or(|(file, _)| *file != piece.file) {
            open = Some((piece.file, File::open(&paths[piece.file])?));
        }
        let Some((_, source)) = &mut open else { continue };
        source.seek(SeekFrom::Start(piece.offset))?;
        let mut rest = source.take(piece.size_bytes);
        let mut left = piece.size_bytes;
        while left > 0 {
            if progress.is_deleted.load(Ordering::Relaxed) {
                return Err(io::Error::other("the export was deleted"));
            }
            let read = rest.read(&mut buffer)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            put(&buffer[..read])?;
            left -= read as u64;
            copied += read as u64;
            let permille = copied * 1000 / all.max(1);
            progress.permille.store(u32::try_from(permille).unwrap_or(1000), Ordering::Relaxed);
        }
    }
    Ok((size, hex::encode(hasher.finalize())))
}
