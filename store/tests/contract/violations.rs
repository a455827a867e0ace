use crate::world::{World, later};
use mingchu_domain::{
    id::ViolationId,
    role::Scope,
    rule::RuleCode,
    violation::{DismissReason, EvidenceState, Verdict, ViolationState},
};
use mingchu_store::{JobKind, NewViolation, PageKey, StoreError, ViolationFilter};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);

pub(crate) async fn a_violation_is_read_as_written(w: World) {
    let new = w.new_violation(0);
    w.store.insert_violation(&new).await.unwrap();
    let found = w.store.violation(&Scope::All, new.id).await.unwrap();
    let again = NewViolation {
        id: found.id,
        camera_id: found.camera.id,
        canteen_id: found.canteen.id,
        zone: found.zone,
        code: found.code,
        severity: found.severity,
        rule_pack: found.rule_pack,
        clauses: found.clauses,
        demand: found.demand,
        demand_en: found.demand_en,
        rectify_within: found.rectify_within,
        model: found.model,
        track: found.track,
        started_at: found.started_at,
        ended_at: found.ended_at,
        figures: found.figures,
        frames: found.frames,
        snapshot_key: found.snapshot_key,
        clock_offset_us: found.clock_offset_us,
    };
    assert_eq!(again, new);
    assert_eq!((found.state, found.evidence.state), (ViolationState::ToReview, EvidenceState::Pending));
    assert_eq!((found.review, found.notice_id, found.history_30d), (None, None, 0));
    assert_eq!(found.canteen.name, "食堂 HERE0001");
}

pub(crate) async fn a_violation_and_its_clip_job_come_together(w: World) {
    let new = w.new_violation(0);
    w.store.insert_violation(&new).await.unwrap();
    assert!(w.store.insert_violation(&new).await.is_err(), "the same id twice");
    let due = new.ended_at + Duration::from_secs(6);
    assert!(w.store.claim(&[JobKind::EvidenceClip], later(new.ended_at, 5), LEASE).await.unwrap().is_empty());
    let jobs = w.store.claim(&[JobKind::EvidenceClip, JobKind::IssueNotice], due, LEASE).await.unwrap();
    let payloads: Vec<_> = jobs.iter().map(|job| &job.payload["violation_id"]).collect();
    assert_eq!(payloads, [&serde_json::json!(new.id)]);
}

pub(crate) async fn pages_show_each_violation_once_even_at_the_same_time(w: World) {
    for seconds in [0, 0, 0, 0, 0, 1, 1, 2] {
        w.violation(seconds).await;
    }
    let list = async |key: &PageKey| w.store.violations(&Scope::All, &ViolationFilter::default(), key).await.unwrap();
    let all: Vec<ViolationId> = list(&PageKey::first(0)).await.items.iter().map(|item| item.id).collect();
    assert_eq!(all.len(), 8);
    let mut seen: Vec<ViolationId> = vec![];
    let mut key = PageKey::first(3);
    loop {
        let page = list(&key).await;
        assert!(page.items.len() <= 3);
        seen.extend(page.items.iter().map(|item| item.id));
        match page.next {
            Some(next) => key.after = Some(next),
            None => break,
        }
        w.violation(9).await; // newer ones shift nothing
    }
    assert_eq!(seen, all);
    let strange = PageKey { after: Some("yesterday".into()), limit: 3 };
    let error = w.store.violations(&Scope::All, &ViolationFilter::default(), &strange).await.unwrap_err();
    assert!(matches!(error, StoreError::BadCursor(_)), "{error}");
}

pub(crate) async fn filters_narrow_the_list(w: World) {
    let (old, hat, dismissed) = (w.violation(0).await, w.new_violation(100), w.violation(200).await);
    w.store.insert_violation(&NewViolation { code: RuleCode::NoHat, ..hat.clone() }).await.unwrap();
    let verdict = Verdict::Dismiss(DismissReason::Duplicate);
    w.store.review(&Scope::All, dismissed, &w.inspector, verdict, later(w.now, 300)).await.unwrap();
    let find = async |filter: ViolationFilter| {
        let page = w.store.violations(&Scope::All, &filter, &PageKey::first(9)).await.unwrap();
        page.items.iter().map(|item| item.id).collect::<Vec<_>>()
    };
    let any = ViolationFilter::default;
    assert_eq!(find(any()).await, [dismissed, hat.id, old]);
    let to_review = Some(ViolationState::ToReview);
    assert_eq!(find(ViolationFilter { state: to_review, ..any() }).await, [hat.id, old]);
    let state = Some(ViolationState::Dismissed);
    assert_eq!(find(ViolationFilter { state, ..any() }).await, [dismissed]);
    assert_eq!(find(ViolationFilter { code: Some(RuleCode::NoHat), ..any() }).await, [hat.id]);
    assert_eq!(find(ViolationFilter { since: Some(later(w.now, 100)), ..any() }).await, [dismissed, hat.id]);
    assert_eq!(find(ViolationFilter { canteen_id: Some(w.there), ..any() }).await, []);
}

pub(crate) async fn a_longer_violation_is_extended_not_doubled(w: World) {
    let id = w.violation(0).await;
    let recent = w.store.recent_violation(w.camera, RuleCode::NoMask, later(w.now, 12)).await.unwrap().unwrap();
    assert_eq!((recent.id, recent.ended_at, recent.merged), (id, later(w.now, 12), 0));
    assert_eq!(w.store.recent_violation(w.camera, RuleCode::NoMask, later(w.now, 13)).await.unwrap(), None);
    assert_eq!(w.store.recent_violation(w.camera, RuleCode::NoHat, w.now).await.unwrap(), None);
    assert_eq!(w.store.recent_violation(w.other_camera, RuleCode::NoMask, w.now).await.unwrap(), None);
    w.store.extend_violation(id, later(w.now, 90), 1).await.unwrap();
    w.store.extend_violation(id, later(w.now, 80), 2).await.unwrap();
    let found = w.store.violation(&Scope::All, id).await.unwrap();
    assert_eq!((found.ended_at, found.merged), (later(w.now, 90), 2));
    assert!(w.store.extend_violation(ViolationId::generate(), w.now, 1).await.is_err());
}

pub(crate) async fn evidence_asks_for_the_notice_once(w: World) {
    let id = w.violation(0).await;
    let clip = w.clip();
    for _ in 0..2 {
        w.store.set_evidence(id, EvidenceState::Ready, None, Some(&clip), w.now).await.unwrap();
    }
    let evidence = w.store.violation(&Scope::All, id).await.unwrap().evidence;
    assert_eq!((evidence.state, evidence.clip.as_ref(), evidence.reason), (EvidenceState::Ready, Some(&clip), None));
    let jobs = w.store.claim(&[JobKind::IssueNotice], w.now, LEASE).await.unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].payload["violation_id"], serde_json::json!(id));
}

pub(crate) async fn missing_evidence_needs_a_reason(w: World) {
    let id = w.violation(0).await;
    let refusals = [(EvidenceState::Missing, "evidence_missing_check"), (EvidenceState::Ready, "evidence_ready_check")];
    for (state, name) in refusals {
        let error = w.store.set_evidence(id, state, None, None, w.now).await.unwrap_err();
        assert!(matches!(&error, StoreError::Conflict { constraint } if constraint == name), "{error}");
    }
    assert!(w.store.claim(&[JobKind::IssueNotice], w.now, LEASE).await.unwrap().is_empty());
    w.store.set_evidence(id, EvidenceState::Missing, Some("no footage"), None, w.now).await.unwrap();
    let evidence = w.store.violation(&Scope::All, id).await.unwrap().evidence;
    assert_eq!((evidence.state, evidence.reason.as_deref()), (EvidenceState::Missing, Some("no footage")));
}
