//! The work list: what one part of the house asks of another, in the transaction that made it necessary.

use crate::{
    cell::{Cells, Json, Record},
    db::{Tx, args},
    error::StoreError,
    open::Store,
};
use mingchu_domain::{id::JobId, time::WallTime};
use std::time::Duration;

/// A job that failed so often is given up.
const MOST_ATTEMPTS: u32 = 8;
/// Jobs handed out at once; the lease must be long enough for all of them.
const BATCH: i64 = 8;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Cut the evidence clip of `{"violation_id": …}`; the gateway does it.
    EvidenceClip,
    /// Cut the export of `{"export_id": …}`; the gateway does it.
    FootageExport,
    /// Issue the notice of `{"violation_id": …}`; the web role does it.
    IssueNotice,
}

impl JobKind {
    /// Returns the word used in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EvidenceClip => "evidence_clip",
            Self::FootageExport => "footage_export",
            Self::IssueNotice => "issue_notice",
        }
    }
    /// Returns the kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::EvidenceClip, Self::FootageExport, Self::IssueNotice].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A job that is leased to the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// On what.
    pub payload: serde_json::Value,
    /// How often it was tried, this time included.
    pub attempts: u32,
    run_at: WallTime,
}

/// What becomes of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobFate {
    /// It runs again at that time.
    Retry(WallTime),
    /// It is given up; say so where a person sees it.
    Dead,
}

impl Record for Job {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let payload: Json<serde_json::Value> = row.cell("payload")?;
        Ok(Self {
            id: row.cell("job_id")?,
            kind: row.cell("kind")?,
            payload: payload.0,
            attempts: row.cell("attempts")?,
            run_at: row.cell("run_at")?,
        })
    }
}

/// Returns the pause before the next attempt: 2 s, 6 s, 18 s, … 30 min.
fn pause_after(attempts: u32) -> Duration {
    let seconds = 2u64.saturating_mul(3u64.saturating_pow(attempts.saturating_sub(1)));
    Duration::from_secs(seconds.min(1800))
}

impl Tx {
    /// Puts a job on the list.
    pub(crate) async fn enqueue(
        &mut self,
        kind: JobKind,
        payload: &serde_json::Value,
        run_at: WallTime,
    ) -> Result<JobId, StoreError> {
        const SQL: &str = "insert into job (job_id, kind, payload, run_at, attempts, is_dead) \
             values ($1, $2, $3, $4, 0, false)";
        let id = JobId::generate();
        self.run(SQL, args![id, kind.as_str(), payload.to_string(), run_at]).await?;
        Ok(id)
    }

    /// Says where a person sees it what became of the thing that a dead job was for.
    async fn give_up(&mut self, job: &Job, why: &str, now: WallTime) -> Result<(), StoreError> {
        let named = |name| job.payload.get(name).and_then(|id| id.as_str());
        let violation = named("violation_id").and_then(|id| id.parse().ok());
        let export = named("export_id").and_then(|id| id.parse().ok());
        match (job.kind, violation, export) {
            (JobKind::EvidenceClip, Some(violation), _) => self.evidence_given_up(violation, why, now).await,
            (JobKind::FootageExport, _, Some(export)) => self.export_given_up(export, why, now).await,
            _ => Ok(()),
        }
    }
}

impl Store {
    /// Puts a job on the list, not to run before `run_at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue(
        &self,
        kind: JobKind,
        payload: &serde_json::Value,
        run_at: WallTime,
    ) -> Result<JobId, StoreError> {
        let mut tx = self.db.begin().await?;
        let id = tx.enqueue(kind, payload, run_at).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Leases the oldest due jobs of these kinds, at most 8 of each. Whoever does not finish within the lease loses it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(&self, kinds: &[JobKind], now: WallTime, lease: Duration) -> Result<Vec<Job>, StoreError> {
        const GIVE_UP: &str = "update job set is_dead = true, lease_until = null, last_error = $4 \
             where kind = $1 and not is_dead and attempts >= $2 and lease_until <= $3 \
             returning job_id, kind, payload, attempts, run_at";
        const STOPPED: &str = "the worker stopped each time";
        const CLAIM: &str = "update job set lease_until = $3, attempts = attempts + 1 where job_id in ( \
             select job_id from job where kind = $1 and run_at <= $2 and not is_dead \
             and (lease_until is null or lease_until <= $2) order by run_at, job_id limit $4) \
             returning job_id, kind, payload, attempts, run_at";
        // SQLite has one writer and needs no row locks; in PostgreSQL workers must not wait for one another
        const CLAIM_PG: &str = "update job set lease_until = $3, attempts = attempts + 1 where job_id in ( \
             select job_id from job where kind = $1 and run_at <= $2 and not is_dead \
             and (lease_until is null or lease_until <= $2) order by run_at, job_id limit $4 \
             for update skip locked) \
             returning job_id, kind, payload, attempts, run_at";
        if kinds.is_empty() || !self.has_due(kinds, now).await? {
            return Ok(vec![]);
        }
        let mut tx = self.db.begin().await?;
        let claim = tx.dialect(CLAIM, CLAIM_PG);
        let mut jobs = vec![];
        for kind in kinds {
            let args = args![kind.as_str(), MOST_ATTEMPTS, now, STOPPED];
            for dead in tx.all::<Job>(GIVE_UP, args).await? {
                tx.give_up(&dead, STOPPED, now).await?;
            }
            let mut claimed: Vec<Job> = tx.all(claim, args![kind.as_str(), now, now + lease, BATCH]).await?;
            // neither database promises an order of the rows that an update returns
            claimed.sort_by_key(|job| (job.run_at, job.id));
            jobs.extend(claimed);
        }
        tx.commit().await?;
        Ok(jobs)
    }

    /// Whether a job is due, asked without the write lock: an idle worker asks once a second.
    async fn has_due(&self, kinds: &[JobKind], now: WallTime) -> Result<bool, StoreError> {
        const SQL: &str = "select count(*) as n from job where kind = $1 and run_at <= $2 and not is_dead \
             and (lease_until is null or lease_until <= $2)";
        for kind in kinds {
            if self.db.one::<crate::cell::Number>("count", SQL, args![kind.as_str(), now]).await?.0 > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes a finished job off the list.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(&self, job: JobId) -> Result<(), StoreError> {
        self.db.run("delete from job where job_id = $1", args![job]).await.map(|_| ())
    }

    /// Puts a failed job back, to run again after a growing pause, or gives it up after 8 attempts. A clip given up
    /// becomes missing evidence, with the reason.
    ///
    /// # Errors
    /// `NotFound` when it is no longer on the list.
    pub async fn fail(&self, job: JobId, now: WallTime, error: &str) -> Result<JobFate, StoreError> {
        const FIND: &str = "select job_id, kind, payload, attempts, run_at from job where job_id = $1 and not is_dead";
        const SQL: &str = "update job set lease_until = null, run_at = $2, is_dead = $3, last_error = $4 \
             where job_id = $1";
        let mut tx = self.db.begin().await?;
        let failed = tx.one::<Job>("job", FIND, args![job]).await?;
        let run_at = now + pause_after(failed.attempts);
        let is_dead = failed.attempts >= MOST_ATTEMPTS;
        tx.run(SQL, args![job, run_at, is_dead, error]).await?;
        if is_dead {
            tx.give_up(&failed, error, now).await?;
        }
        tx.commit().await?;
        Ok(if is_dead { JobFate::Dead } else { JobFate::Retry(run_at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        let pauses: Vec<u64> = (1..=MOST_ATTEMPTS).map(|n| pause_after(n).as_secs()).collect();
        assert_eq!(pauses, [2, 6, 18, 54, 162, 486, 1458, 1800]);
        assert_eq!(pause_after(u32::MAX).as_secs(), 1800);
    }
}
