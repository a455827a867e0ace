//! The work list's jobs `evidence_clip`.

use super::cut::{Clip, Footage, cut};
use crate::{archive::Recordings, retention::Volumes};
use futures::future::join_all;
use mingchu_domain::{
    id::{ClipId, StreamId, ViolationId},
    media::StreamKind,
    role::Scope,
    time::{Clock, TimeRange, WallTime},
    violation::EvidenceState,
};
use mingchu_store::{Gap, Job, JobKind, NewClip, Store, StoreError, Violation};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// How often the list is asked.
const POLL: Duration = Duration::from_secs(1);
/// How long the jobs of one round may take before another gateway may try them.
const LEASE: Duration = Duration::from_secs(300);
/// What a clip shows before and after.
const MARGIN: Duration = Duration::from_secs(5);
/// Most that a clip shows of a violation that goes on.
const LONGEST: Duration = Duration::from_secs(60);
/// How long a clip waits for the GOP that ends it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Footage missing for less at either end of a clip is not worth a word.
const SLACK: Duration = Duration::from_secs(2);

/// What cutting clips needs.
#[derive(Clone)]
pub(crate) struct Jobs {
    pub(crate) store: Store,
    pub(crate) volumes: Volumes,
    pub(crate) recordings: Recordings,
    pub(crate) clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct Payload {
    violation_id: ViolationId,
}

/// Why a clip was not cut; the job is tried again.
#[derive(Debug, thiserror::Error)]
enum ClipError {
    #[error("job names no violation")]
    Payload(#[from] serde_json::Error),
    #[error("store failed")]
    Store(#[from] StoreError),
    #[error("archive cannot be read")]
    Io(#[from] io::Error),
}

/// Cuts clips until `stop`.
pub(crate) async fn run(jobs: Jobs, stop: CancellationToken) {
    let mut poll = interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = poll.tick() => {}
        }
        match jobs.store.claim(&[JobKind::EvidenceClip], jobs.clock.now(), LEASE).await {
            // A job that is broken off here comes back when its lease ends.
            Ok(claimed) => {
                stop.run_until_cancelled(join_all(claimed.iter().map(|job| jobs.run(job)))).await;
            }
            Err(error) => tracing::warn!(%error, "work list not readable"),
        }
    }
}

impl Jobs {
    async fn run(&self, job: &Job) {
        let done = match self.evidence(job).await {
            Ok(()) => self.store.finish(job.id).await,
            Err(error) => self.failed(job, &error).await,
        };
        if let Err(error) = done {
            tracing::warn!(job.id = %job.id, %error, "job not taken off the list; it will run again");
        }
    }

    async fn failed(&self, job: &Job, error: &ClipError) -> Result<(), StoreError> {
        let why = chain(error);
        tracing::warn!(job.id = %job.id, attempts = job.attempts, error = %why, "evidence clip not cut");
        // Given up for good, the store writes the reason into the evidence.
        self.store.fail(job.id, self.clock.now(), &why).await.map(|_| ())
    }

    async fn evidence(&self, job: &Job) -> Result<(), ClipError> {
        let Payload { violation_id } = payload(job)?;
        let violation = self.store.violation(&Scope::All, violation_id).await?;
        let camera = self.store.camera(&Scope::All, violation.camera.id).await?;
        let of_kind = |kind| camera.streams.iter().find(move |stream| stream.kind == kind);
        let Some(stream) = of_kind(StreamKind::Main).or_else(|| of_kind(StreamKind::Sub)).map(|stream| stream.id)
        else {
            return self.missing(violation_id, "the camera has no stream any more").await;
        };
        let (wanted, shown) = ranges(&violation);
        self.recordings.wait_for(stream, wanted.end(), PATIENCE).await;
        let footage = self.footage(stream, wanted).await?;
        let clip = spawn_blocking(move || cut(&footage, wanted, shown)).await;
        match clip.unwrap_or_else(|_| Err(io::Error::other("cutting panicked")))? {
            Some(clip) => self.ready(violation_id, stream, wanted, clip).await,
            None => {
                let reason = self.why_missing(stream, shown).await?;
                self.missing(violation_id, &reason).await
            }
        }
    }

    /// Returns the files that touch the range, oldest first, the open one last.
    async fn footage(&self, stream: StreamId, range: TimeRange) -> Result<Vec<Footage>, ClipError> {
        // Asked before the rows: a file that is finished in between has its row then.
        let open = self.recordings.open_part(stream);
        let segments = self.store.segments(stream, range).await?;
        let mut footage = Vec::new();
        for segment in segments {
            footage.push(Footage {
                paths: vec![self.volumes.path_of(&segment)?],
                start: segment.range.start(),
                first: segment.first_90k,
            });
        }
        if let Some(open) = open
            && footage.iter().all(|footage| footage.start != open.start)
        {
            footage.push(Footage { paths: vec![open.part, open.finished], start: open.start, first: open.first });
        }
        Ok(footage)
    }

    async fn ready(
        &self,
        violation: ViolationId,
        stream: StreamId,
        wanted: TimeRange,
        clip: Clip,
    ) -> Result<(), ClipError> {
        let id = ClipId::generate();
        let object_key = format!("clip/{id}.mp4");
        let covers = clip.range.start() <= wanted.start() + SLACK && clip.range.end() + SLACK >= wanted.end();
        let reason = if covers { None } else { Some(self.why_missing(stream, wanted).await?) };
        let new = NewClip {
            id,
            range: clip.range,
            object_key: object_key.clone(),
            size_bytes: clip.bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(&clip.bytes)),
            frames: clip.frames,
        };
        self.store.objects().put(&object_key, clip.bytes).await?;
        let now = self.clock.now();
        self.store.set_evidence(violation, EvidenceState::Ready, reason.as_deref(), Some(&new), now).await?;
        tracing::info!(violation.id = %violation, size_bytes = new.size_bytes, frames = new.frames, "evidence clip cut");
        Ok(())
    }

    async fn missing(&self, violation: ViolationId, reason: &str) -> Result<(), ClipError> {
        tracing::warn!(violation.id = %violation, reason, "violation has no evidence clip");
        let (state, now) = (EvidenceState::Missing, self.clock.now());
        Ok(self.store.set_evidence(violation, state, Some(reason), None, now).await?)
    }

    /// Says which footage is missing, and why, by the rows of gaps.
    async fn why_missing(&self, stream: StreamId, range: TimeRange) -> Result<String, ClipError> {
        let gaps = self.store.gaps(stream, range).await?;
        let told: Vec<_> = gaps.iter().map(describe).collect();
        Ok(if told.is_empty() {
            format!("the archive holds no footage of all of {} to {}", second(range.start()), second(range.end()))
        } else {
            told.join("; ")
        })
    }
}

fn payload(job: &Job) -> Result<Payload, serde_json::Error> {
    Payload::deserialize(&job.payload)
}

/// Returns what the clip shall show at best, and what it must show of.
fn ranges(violation: &Violation) -> (TimeRange, TimeRange) {
    let (start, end) = (violation.started_at, violation.ended_at.max(violation.started_at));
    let end = end.min(start + LONGEST);
    let range = |start, end| TimeRange::new(start, end).expect("the end is not before the start");
    // a violation seen in one instant still lasts a moment
    (range(start - MARGIN, end + MARGIN), range(start, end + Duration::from_millis(1)))
}

fn describe(gap: &Gap) -> String {
    let end = gap.ended_at.map_or_else(|| "still".to_owned(), second);
    let start = second(gap.started_at);
    format!("no footage from {start} to {end}: {} ({})", gap.cause.en().to_lowercase(), gap.detail)
}

fn second(at: WallTime) -> String {
    let text = at.to_string();
    text.get(..19).map_or(text.clone(), |text| format!("{text}Z"))
}

/// Returns an error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
