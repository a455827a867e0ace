use crate::world::{World, later};
use mingchu_domain::{role::Scope, violation::EvidenceState};
use mingchu_store::{JobFate, JobKind, StoreError};
use serde_json::json;
use std::{collections::HashSet, time::Duration};

const KIND: JobKind = JobKind::EvidenceClip;
const LEASE: Duration = Duration::from_secs(30);

pub(crate) async fn a_job_is_claimed_once_under_concurrency(w: World) {
    for n in 0..40 {
        w.store.enqueue(KIND, &json!({ "n": n }), w.now).await.unwrap();
    }
    w.store.enqueue(JobKind::IssueNotice, &json!({}), w.now).await.unwrap();
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (store, now) = (w.store.clone(), w.now);
            tokio::spawn(async move {
                let mut mine = vec![];
                loop {
                    let jobs = store.claim(&[KIND], now, LEASE).await.unwrap();
                    if jobs.is_empty() {
                        return mine;
                    }
                    for job in jobs {
                        assert_eq!((job.kind, job.attempts), (KIND, 1));
                        store.finish(job.id).await.unwrap();
                        mine.push(job.id);
                    }
                }
            })
        })
        .collect();
    let mut claimed = vec![];
    for worker in workers {
        claimed.extend(worker.await.unwrap());
    }
    let distinct: HashSet<_> = claimed.iter().copied().collect();
    assert_eq!((claimed.len(), distinct.len()), (40, 40));
}

pub(crate) async fn a_job_waits_for_its_time_and_its_lease(w: World) {
    let id = w.store.enqueue(KIND, &json!({}), later(w.now, 10)).await.unwrap();
    let claim = async |seconds| w.store.claim(&[KIND], later(w.now, seconds), LEASE).await.unwrap();
    assert_eq!(claim(9).await, []);
    assert_eq!(claim(10).await[0].id, id);
    assert_eq!(claim(39).await, [], "leased");
    assert_eq!(claim(40).await[0].attempts, 2, "the first worker is gone");
    w.store.finish(id).await.unwrap();
    w.store.finish(id).await.unwrap();
    assert_eq!(claim(999).await, []);
    let gone = w.store.fail(id, w.now, "late").await;
    assert!(matches!(gone, Err(StoreError::NotFound { .. })));
}

pub(crate) async fn a_job_that_keeps_failing_dies(w: World) {
    let id = w.store.enqueue(KIND, &json!({}), w.now).await.unwrap();
    let mut now = w.now;
    for attempt in 1..=8 {
        let jobs = w.store.claim(&[KIND], now, LEASE).await.unwrap();
        assert_eq!(jobs.len(), 1, "attempt {attempt}");
        match w.store.fail(id, now, "no footage yet").await.unwrap() {
            JobFate::Retry(at) => {
                assert!(attempt < 8 && at > now);
                assert!(w.store.claim(&[KIND], now, LEASE).await.unwrap().is_empty(), "pauses");
                now = at;
            }
            JobFate::Dead => assert_eq!(attempt, 8),
        }
    }
    assert!(w.store.claim(&[KIND], later(now, 86_400), LEASE).await.unwrap().is_empty());
}

pub(crate) async fn a_job_whose_worker_keeps_stopping_dies(w: World) {
    w.store.enqueue(KIND, &json!({}), w.now).await.unwrap();
    for n in 0..8 {
        assert_eq!(w.store.claim(&[KIND], later(w.now, n * 30), LEASE).await.unwrap().len(), 1);
    }
    assert!(w.store.claim(&[KIND], later(w.now, 8 * 30), LEASE).await.unwrap().is_empty());
}

pub(crate) async fn a_clip_given_up_leaves_the_reason_and_the_notice_goes_out(w: World) {
    let failing = w.violation(0).await;
    let mut now = later(w.now, 100);
    while let [job] = &w.store.claim(&[KIND], now, LEASE).await.unwrap()[..] {
        if let JobFate::Retry(at) = w.store.fail(job.id, now, "disk error").await.unwrap() {
            now = at;
        }
    }
    let evidence = w.store.violation(&Scope::All, failing).await.unwrap().evidence;
    assert_eq!(evidence.state, EvidenceState::Missing);
    assert_eq!(evidence.reason.as_deref(), Some("the clip could not be cut: disk error"));

    let stopping = w.violation(0).await;
    while !w.store.claim(&[KIND], now, LEASE).await.unwrap().is_empty() {
        now = now + LEASE;
    }
    let evidence = w.store.violation(&Scope::All, stopping).await.unwrap().evidence;
    assert_eq!(evidence.reason.as_deref(), Some("the clip could not be cut: the worker stopped each time"));

    let notices = w.store.claim(&[JobKind::IssueNotice], now, LEASE).await.unwrap();
    let asked: Vec<_> = notices.iter().map(|job| &job.payload["violation_id"]).collect();
    assert_eq!(asked, [&json!(failing), &json!(stopping)]);
}
