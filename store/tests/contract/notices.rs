use crate::world::{World, later};
use mingchu_domain::{
    notice::{NoticeEvent as E, NoticeRefused, NoticeState},
    role::Scope,
    time::WallTime,
    violation::{DismissReason, Verdict},
};
use mingchu_store::{Answer, NoticeFilter, PageKey, Photo, Refused, StoreError};

fn says(text: &str) -> Answer {
    Answer { text: text.into(), photo: None }
}

pub(crate) async fn a_notice_goes_from_prompt_to_closed(w: World) {
    let (violation, id) = w.prompt(0).await;
    let (inside, office) = (Scope::Canteen(w.here), Scope::Area(w.office));
    let s = &w.store;
    let prompt = s.notice(&inside, id).await.unwrap();
    assert_eq!((prompt.notice.number, prompt.notice.is_formal), (None, false));
    assert_eq!(prompt.violation.id, violation);

    s.notice_event(&inside, id, &w.manager, E::Acknowledge, &says(""), later(w.now, 30)).await.unwrap();
    let photo = Photo { object_key: "rectification/x.jpg".into(), sha256: "ef".repeat(32) };
    let answer = Answer { text: "已戴口罩".into(), photo: Some(photo.clone()) };
    s.notice_event(&inside, id, &w.manager, E::Rectify, &answer, later(w.now, 40)).await.unwrap();
    let error = s.notice_event(&office, id, &w.inspector, E::Close, &says(""), later(w.now, 50)).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(Refused::Notice(NoticeRefused::NotFormal))), "{error}");
    s.review(&office, violation, &w.inspector, Verdict::Confirm, later(w.now, 60)).await.unwrap();
    let closed = s.notice_event(&office, id, &w.inspector, E::Close, &says("合格"), later(w.now, 70)).await.unwrap();
    assert_eq!((closed.state, closed.closed_at), (NoticeState::Closed, Some(later(w.now, 70))));

    let detail = s.notice(&inside, id).await.unwrap();
    assert_eq!(detail.notice, closed);
    assert_eq!(detail.notice.acknowledged_at, Some(later(w.now, 30)));
    assert_eq!(detail.notice.rectified_at, Some(later(w.now, 40)));
    let [sent] = detail.rectifications.try_into().unwrap();
    assert_eq!((sent.text.as_str(), sent.photo, sent.by.as_str()), ("已戴口罩", Some(photo), "office of manager"));
    let steps: Vec<_> = detail.history.iter().map(|step| (step.action.as_str(), step.actor.as_str())).collect();
    let expected = [
        ("notice.issue", "system"),
        ("notice.acknowledge", "office of manager"),
        ("notice.rectify", "office of manager"),
        ("violation.confirm", "office of inspector"),
        ("notice.formal", "office of inspector"),
        ("notice.close", "office of inspector"),
    ];
    assert_eq!(steps, expected);
    assert_eq!(s.verify_audit().await.unwrap().first_broken, None);
}

pub(crate) async fn a_notice_is_issued_once_and_not_for_a_dismissed_violation(w: World) {
    let (violation, id) = w.prompt(0).await;
    assert_eq!(w.store.issue_notice(violation, later(w.now, 99)).await.unwrap(), Some(id));
    let other = w.violation(10).await;
    let verdict = Verdict::Dismiss(DismissReason::CannotTell);
    w.store.review(&Scope::All, other, &w.inspector, verdict, later(w.now, 30)).await.unwrap();
    assert_eq!(w.store.issue_notice(other, later(w.now, 40)).await.unwrap(), None);
    let all = w.store.notices(&Scope::All, &NoticeFilter::default(), &PageKey::default(), w.now).await.unwrap();
    assert_eq!(all.items.iter().map(|notice| notice.id).collect::<Vec<_>>(), [id]);
}

pub(crate) async fn an_event_that_does_not_fit_is_refused_and_changes_nothing(w: World) {
    let (_, id) = w.formal(0).await;
    let before = w.store.notice(&Scope::All, id).await.unwrap();
    for event in [E::Close, E::Reject] {
        let error = w.store.notice_event(&Scope::All, id, &w.inspector, event, &says("x"), w.now).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused(Refused::Notice(NoticeRefused::Illegal { .. }))), "{error}");
    }
    assert_eq!(w.store.notice(&Scope::All, id).await.unwrap(), before);
}

pub(crate) async fn a_rejected_notice_gets_a_new_deadline(w: World) {
    let (_, id) = w.formal(0).await;
    let s = &w.store;
    s.notice_event(&Scope::All, id, &w.manager, E::Appeal, &says("并非我方"), later(w.now, 100)).await.unwrap();
    let rejected =
        s.notice_event(&Scope::All, id, &w.inspector, E::Reject, &says("画面清楚"), later(w.now, 200)).await.unwrap();
    assert_eq!((rejected.state, rejected.deadline_at), (NoticeState::Sent, Some(later(w.now, 200 + 3600))));
    let detail = s.notice(&Scope::All, id).await.unwrap();
    assert_eq!(detail.appeals[0].text, "并非我方");
    let last = detail.history.last().unwrap();
    assert_eq!((last.action.as_str(), &last.detail["text"]), ("notice.reject", &serde_json::json!("画面清楚")));
    let appeal = detail.history.iter().find(|step| step.action == "notice.appeal").unwrap();
    assert!(!appeal.detail.to_string().contains("并非"), "a canteen's words may name people");
}

pub(crate) async fn a_deadline_is_only_extended(w: World) {
    let (_, prompt) = w.prompt(0).await;
    let (_, formal) = w.formal(100).await;
    let extend = async |id, seconds| {
        w.store.extend_deadline(&Scope::All, id, &w.inspector, later(w.now, seconds), "设备维修", w.now).await
    };
    let no_deadline = |error: &StoreError| matches!(error, StoreError::Refused(Refused::NoDeadline));
    assert!(no_deadline(&extend(prompt, 9000).await.unwrap_err()), "a prompt has none");
    assert!(no_deadline(&extend(formal, 3000).await.unwrap_err()), "earlier");
    assert_eq!(extend(formal, 9000).await.unwrap().deadline_at, Some(later(w.now, 9000)));
    w.store.notice_event(&Scope::All, formal, &w.manager, E::Rectify, &says("x"), w.now).await.unwrap();
    assert!(no_deadline(&extend(formal, 9900).await.unwrap_err()), "answered");
}

pub(crate) async fn overdue_notices_are_found(w: World) {
    let (_, prompt) = w.prompt(0).await;
    let (_, late) = w.formal(100).await;
    let (_, rectified) = w.formal(200).await;
    w.store.notice_event(&Scope::All, rectified, &w.manager, E::Rectify, &says("x"), later(w.now, 300)).await.unwrap();
    let find = async |filter: NoticeFilter, now: WallTime| {
        let page = w.store.notices(&Scope::All, &filter, &PageKey::default(), now).await.unwrap();
        page.items.iter().map(|notice| notice.id).collect::<Vec<_>>()
    };
    let any = NoticeFilter::default;
    assert_eq!(find(any(), w.now).await, [rectified, late, prompt]);
    assert_eq!(find(NoticeFilter { open: true, ..any() }, w.now).await, [late, prompt]);
    let after = later(w.now, 130 + 3601);
    assert_eq!(find(NoticeFilter { overdue: true, ..any() }, w.now).await, []);
    assert_eq!(find(NoticeFilter { overdue: true, ..any() }, after).await, [late]);
    let state = Some(NoticeState::Rectified);
    assert_eq!(find(NoticeFilter { state, ..any() }, w.now).await, [rectified]);
    assert_eq!(find(NoticeFilter { canteen_id: Some(w.there), ..any() }, w.now).await, []);
    let notice = w.store.notice(&Scope::All, late).await.unwrap().notice;
    assert!(notice.is_overdue(after) && !notice.is_overdue(w.now));
}

pub(crate) async fn numbers_count_by_the_year_in_china(w: World) {
    let mut numbers = vec![];
    // the last: the first minute of 2027 in China, still 2026 in London
    for at in ["2026-12-31T15:58:00Z", "2026-12-31T15:59:00Z", "2026-12-31T16:00:00Z"] {
        let violation = w.violation(0).await;
        w.store.review(&Scope::All, violation, &w.inspector, Verdict::Confirm, at.parse().unwrap()).await.unwrap();
        let id = w.store.violation(&Scope::All, violation).await.unwrap().notice_id.unwrap();
        numbers.push(w.store.notice(&Scope::All, id).await.unwrap().notice.number.unwrap());
    }
    assert_eq!(numbers, ["（示）明厨告〔2026〕0001号", "（示）明厨告〔2026〕0002号", "（示）明厨告〔2027〕0001号"]);
}

/// Reviews lock violation, notice and trail in one order with the answers; otherwise PostgreSQL ends one as a deadlock.
pub(crate) async fn answers_and_verdicts_at_once_do_not_block_each_other(w: World) {
    let mut tasks = vec![];
    for n in 0..6 {
        let (violation, notice) = w.prompt(n).await;
        let (store, inspector, manager, at) =
            (w.store.clone(), w.inspector.clone(), w.manager.clone(), later(w.now, 30));
        let reviewing = store.clone();
        tasks.push(tokio::spawn(async move {
            reviewing.review(&Scope::All, violation, &inspector, Verdict::Confirm, at).await.map(|_| ())
        }));
        tasks.push(tokio::spawn(async move {
            store.notice_event(&Scope::All, notice, &manager, E::Rectify, &says("x"), at).await.map(|_| ())
        }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let filter = NoticeFilter { state: Some(NoticeState::Rectified), ..NoticeFilter::default() };
    let page = w.store.notices(&Scope::All, &filter, &PageKey::default(), w.now).await.unwrap();
    let mut numbers: Vec<_> = page.items.into_iter().map(|notice| notice.number.unwrap()).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 6);
    assert_eq!(w.store.verify_audit().await.unwrap().first_broken, None);
}
