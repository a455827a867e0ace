use crate::world::{World, later};
use mingchu_domain::{
    notice::NoticeEvent,
    role::Scope,
    rule::{RuleCode, RulePack},
    time::TimeRange,
    violation::{DismissReason, Verdict},
};
use mingchu_store::{AnalyzerStatus, Answer, CameraCoverage, StoreError};

pub(crate) async fn the_national_rules_are_there_from_the_start(w: World) {
    let pack = w.store.rule_pack().await.unwrap();
    assert_eq!(pack, RulePack::national());
    let error = w.store.save_rule_pack(&pack).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { constraint } if constraint == "rule_pack_pk"), "{error}");
    let mut next = pack;
    next.version += 1;
    w.store.save_rule_pack(&next).await.unwrap();
    assert_eq!(w.store.rule_pack().await.unwrap(), next);
}

pub(crate) async fn coverage_adds_up_by_camera(w: World) {
    let more = |observed_ms, judged_ms, cannot_judge_ms| CameraCoverage {
        camera_id: w.camera,
        observed_ms,
        judged_ms,
        cannot_judge_ms,
    };
    let hours = [w.now, later(w.now, 3600), later(w.now, 7200)];
    w.store.add_coverage(hours[0], &more(1000, 900, 10)).await.unwrap();
    w.store.add_coverage(hours[0], &more(2000, 1100, 0)).await.unwrap();
    w.store.add_coverage(hours[1], &more(5, 4, 1)).await.unwrap();
    w.store.add_coverage(hours[2], &more(7, 7, 7)).await.unwrap();
    let range = TimeRange::new(hours[0], hours[2]).unwrap();
    assert_eq!(w.store.coverage(&Scope::All, range).await.unwrap(), [more(3005, 2004, 11)]);
}

pub(crate) async fn the_analyzer_says_why_it_does_not_judge(w: World) {
    assert_eq!(w.store.analyzer_status().await.unwrap(), None);
    let judging = AnalyzerStatus {
        is_judging: true,
        reason: None,
        detail: String::new(),
        models: vec!["head 3".into()],
        updated_at: w.now,
    };
    let stopped = AnalyzerStatus {
        is_judging: false,
        reason: Some("no_models".into()),
        detail: "no model files in models/".into(),
        models: vec![],
        updated_at: later(w.now, 1),
    };
    for status in [judging, stopped] {
        w.store.set_analyzer_status(&status).await.unwrap();
        assert_eq!(w.store.analyzer_status().await.unwrap(), Some(status));
    }
}

pub(crate) async fn a_setting_is_replaced(w: World) {
    assert_eq!(w.store.setting("demo").await.unwrap(), None);
    for value in ["false", "true"] {
        w.store.set_setting("demo", value).await.unwrap();
    }
    assert_eq!(w.store.setting("demo").await.unwrap().as_deref(), Some("true"));
    w.store.ping().await.unwrap();
    let expected = if w.is_sqlite() { "SQLite 3." } else { "PostgreSQL 15." };
    assert!(w.store.database_label().starts_with(expected), "{}", w.store.database_label());
}

pub(crate) async fn the_public_sees_confirmed_violations_only(w: World) {
    let (_, confirmed) = w.formal(0).await;
    w.formal(100).await;
    w.prompt(200).await;
    let dismissed = w.violation(300).await;
    let verdict = Verdict::Dismiss(DismissReason::NotStaff);
    w.store.review(&Scope::All, dismissed, &w.inspector, verdict, later(w.now, 400)).await.unwrap();
    for (event, by) in [(NoticeEvent::Rectify, &w.manager), (NoticeEvent::Close, &w.inspector)] {
        let at = later(w.now, 500);
        w.store.notice_event(&Scope::All, confirmed, by, event, &Answer::default(), at).await.unwrap();
    }
    let week = TimeRange::new(w.now, later(w.now, 600)).unwrap();
    let published = w.store.published_violations(w.here, week).await.unwrap();
    let told: Vec<_> = published.iter().map(|item| (item.started_at, item.code, item.closed_at)).collect();
    let (open, closed) = (later(w.now, 100), later(w.now, 500));
    assert_eq!(told, [(open, RuleCode::NoMask, None), (w.now, RuleCode::NoMask, Some(closed))]);
    assert_eq!(w.store.published_violations(w.there, week).await.unwrap(), []);
}
