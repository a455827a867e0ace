//! The work list of the web role: violations whose evidence is settled become notices.

use crate::app::App;
use mingchu_domain::id::ViolationId;
use mingchu_store::{Job, JobKind, StoreError};
use std::time::Duration;
use tokio::time::sleep;

const PAUSE: Duration = Duration::from_secs(1);
/// Another process may take a job over when its worker said nothing for this long.
const LEASE: Duration = Duration::from_secs(60);

/// A job that cannot be done.
#[derive(Debug, thiserror::Error)]
enum JobFailed {
    #[error("its payload names no violation")]
    Payload,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Works until the server stops.
pub(crate) async fn work(app: App) {
    loop {
        let found = match app.store.claim(&[JobKind::IssueNotice], app.now(), LEASE).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::warn!(%error, "jobs could not be claimed; will retry");
                Vec::new()
            }
        };
        let is_idle = found.is_empty();
        for job in found {
            run(&app, job).await;
        }
        let pause = if is_idle { PAUSE } else { Duration::ZERO };
        tokio::select! {
            () = app.stop.cancelled() => return,
            () = sleep(pause) => {}
        }
    }
}

async fn run(app: &App, job: Job) {
    let outcome = match issue(app, &job).await {
        Ok(()) => app.store.finish(job.id).await,
        Err(error) => {
            tracing::warn!(job.id = %job.id, %error, "notice could not be issued; will retry");
            app.store.fail(job.id, app.now(), &error.to_string()).await.map(|_| ())
        }
    };
    if let Err(error) = outcome {
        tracing::warn!(job.id = %job.id, %error, "job could not be settled; its lease will run out");
    }
}

async fn issue(app: &App, job: &Job) -> Result<(), JobFailed> {
    let violation = job.payload.get("violation_id").and_then(|id| id.as_str()).and_then(|id| id.parse().ok());
    let violation: ViolationId = violation.ok_or(JobFailed::Payload)?;
    match app.store.issue_notice(violation, app.now()).await? {
        Some(notice) => tracing::info!(violation.id = %violation, notice.id = %notice, "notice sent to the canteen"),
        None => tracing::info!(violation.id = %violation, "no notice: a person has dismissed the violation"),
    }
    Ok(())
}
