use crate::world::{World, later};
use mingchu_domain::{
    id::ViolationId,
    notice::{NoticeEvent, NoticeState},
    role::Scope,
    rule::RuleCode,
    violation::{AlreadyReviewed, DismissReason, Verdict, ViolationState},
};
use mingchu_store::{Answer, Notice, Refused, StoreError};

const DISMISS: Verdict = Verdict::Dismiss(DismissReason::NotAViolation);

async fn notice_of(w: &World, violation: ViolationId) -> Notice {
    let id = w.store.violation(&Scope::All, violation).await.unwrap().notice_id.unwrap();
    w.store.notice(&Scope::All, id).await.unwrap().notice
}

pub(crate) async fn a_second_verdict_is_refused(w: World) {
    let id = w.violation(0).await;
    let scope = Scope::Area(w.office);
    let confirmed = w.store.review(&scope, id, &w.inspector, Verdict::Confirm, later(w.now, 30)).await.unwrap();
    let review = confirmed.review.unwrap();
    assert_eq!((review.state(), review.at), (ViolationState::Confirmed, later(w.now, 30)));
    assert_eq!((review.by.as_str(), review.reason), ("office of inspector", None));
    let error = w.store.review(&scope, id, &w.superior, DISMISS, later(w.now, 31)).await.unwrap_err();
    let already = AlreadyReviewed(ViolationState::Confirmed);
    assert!(matches!(error, StoreError::Refused(Refused::Reviewed(found)) if found == already), "{error}");
    assert_eq!(w.store.violation(&Scope::All, id).await.unwrap().state, ViolationState::Confirmed);
}

pub(crate) async fn two_reviewers_at_once_give_one_verdict(w: World) {
    let (id, notice) = w.prompt(0).await;
    let tries = [(w.inspector.clone(), Verdict::Confirm), (w.superior.clone(), DISMISS)].map(|(reviewer, verdict)| {
        let (store, at) = (w.store.clone(), later(w.now, 30));
        tokio::spawn(async move { store.review(&Scope::All, id, &reviewer, verdict, at).await })
    });
    let mut given = vec![];
    for attempt in tries {
        match attempt.await.unwrap() {
            Ok(violation) => given.push(violation.state),
            Err(error) => assert!(matches!(error, StoreError::Refused(Refused::Reviewed(_))), "{error}"),
        }
    }
    let found = w.store.violation(&Scope::All, id).await.unwrap();
    assert_eq!(given, [found.state]);
    let notice = w.store.notice(&Scope::All, notice).await.unwrap().notice;
    assert_eq!(notice.is_formal, found.state == ViolationState::Confirmed);
    assert_eq!(notice.state == NoticeState::Withdrawn, found.state == ViolationState::Dismissed);
}

pub(crate) async fn a_confirmed_violation_has_a_formal_notice_at_once(w: World) {
    let id = w.violation(0).await;
    w.store.review(&Scope::All, id, &w.inspector, Verdict::Confirm, later(w.now, 30)).await.unwrap();
    let notice = notice_of(&w, id).await;
    assert_eq!(notice.number.as_deref(), Some("（示）明厨告〔2026〕0001号"));
    assert_eq!((notice.state, notice.is_formal), (NoticeState::Sent, true));
    assert_eq!(notice.deadline_at, Some(later(w.now, 30 + 3600)));
    // the clip's job comes later and finds it
    w.ready(id).await;
    assert_eq!(w.store.issue_notice(id, later(w.now, 60)).await.unwrap(), Some(notice.id));
    assert_eq!(notice_of(&w, id).await, notice);
}

pub(crate) async fn a_dismissed_violation_withdraws_its_notice(w: World) {
    let (id, _) = w.prompt(0).await;
    let dismissed = w.store.review(&Scope::All, id, &w.inspector, DISMISS, later(w.now, 30)).await.unwrap();
    assert_eq!(dismissed.review.unwrap().reason, Some(DismissReason::NotAViolation));
    let notice = notice_of(&w, id).await;
    assert_eq!((notice.state, notice.withdrawn_at), (NoticeState::Withdrawn, Some(later(w.now, 30))));
    assert_eq!((notice.number, notice.is_formal), (None, false));
    // a dismissed violation is no history
    let next = w.violation(600).await;
    assert_eq!(w.store.violation(&Scope::All, next).await.unwrap().history_30d, 0);
    let third = w.violation(700).await;
    assert_eq!(w.store.violation(&Scope::All, third).await.unwrap().history_30d, 1);
    assert_eq!(w.store.violation_history(w.here, RuleCode::NoMask, w.now).await.unwrap(), 2);
}

pub(crate) async fn a_confirmation_taken_back_keeps_its_number(w: World) {
    let (id, _) = w.formal(0).await;
    let undone = w.store.undo_review(&Scope::All, id, &w.inspector, later(w.now, 60)).await.unwrap();
    assert_eq!((undone.state, undone.review), (ViolationState::ToReview, None));
    let prompt = notice_of(&w, id).await;
    assert_eq!((prompt.number.as_deref(), prompt.is_formal, prompt.deadline_at), (None, false, None));
    let (other, _) = w.formal(100).await;
    assert_eq!(notice_of(&w, other).await.number.as_deref(), Some("（示）明厨告〔2026〕0002号"));
    w.store.review(&Scope::All, id, &w.superior, Verdict::Confirm, later(w.now, 200)).await.unwrap();
    assert_eq!(notice_of(&w, id).await.number.as_deref(), Some("（示）明厨告〔2026〕0001号"));
}

pub(crate) async fn a_dismissal_taken_back_restores_the_notice(w: World) {
    let (id, notice) = w.prompt(0).await;
    let inside = Scope::Canteen(w.here);
    let answer = Answer::default();
    let at = later(w.now, 25);
    w.store.notice_event(&inside, notice, &w.manager, NoticeEvent::Acknowledge, &answer, at).await.unwrap();
    let before = notice_of(&w, id).await;
    w.store.review(&Scope::All, id, &w.inspector, DISMISS, later(w.now, 30)).await.unwrap();
    w.store.undo_review(&Scope::All, id, &w.inspector, later(w.now, 40)).await.unwrap();
    assert_eq!(notice_of(&w, id).await, before);

    // dismissed before the notice was issued: taken back, it is issued after all
    let early = w.violation(100).await;
    w.store.review(&Scope::All, early, &w.inspector, DISMISS, later(w.now, 110)).await.unwrap();
    w.ready(early).await;
    assert_eq!(w.store.issue_notice(early, later(w.now, 115)).await.unwrap(), None);
    w.store.undo_review(&Scope::All, early, &w.inspector, later(w.now, 120)).await.unwrap();
    assert_eq!(notice_of(&w, early).await.state, NoticeState::Sent);
}

pub(crate) async fn a_verdict_stands_after_thirty_seconds_or_an_answer(w: World) {
    let (id, notice) = w.formal(0).await;
    let undo = async |reviewer, seconds| w.store.undo_review(&Scope::All, id, reviewer, later(w.now, seconds)).await;
    let is_late = |error: &StoreError| matches!(error, StoreError::Refused(Refused::UndoTooLate));
    assert!(is_late(&undo(&w.superior, 40).await.unwrap_err()), "another person's");
    assert!(is_late(&undo(&w.inspector, 61).await.unwrap_err()), "too late");
    let inside = Scope::Canteen(w.here);
    let at = later(w.now, 41);
    w.store.notice_event(&inside, notice, &w.manager, NoticeEvent::Appeal, &Answer::default(), at).await.unwrap();
    assert!(is_late(&undo(&w.inspector, 42).await.unwrap_err()), "answered");
    assert_eq!(w.store.violation(&Scope::All, id).await.unwrap().state, ViolationState::Confirmed);
    let fresh = w.violation(500).await;
    let error = w.store.undo_review(&Scope::All, fresh, &w.inspector, w.now).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(Refused::NotReviewed)), "{error}");
}

pub(crate) async fn a_foreign_reviewer_finds_nothing(w: World) {
    let (id, notice) = w.prompt(0).await;
    let foreign = Scope::Area(w.other_office);
    let missing = |error: &StoreError| matches!(error, StoreError::NotFound { .. });
    let error = w.store.review(&foreign, id, &w.inspector, Verdict::Confirm, w.now).await.unwrap_err();
    assert!(missing(&error), "{error}");
    let error = w.store.undo_review(&foreign, id, &w.inspector, w.now).await.unwrap_err();
    assert!(missing(&error), "{error}");
    let (event, answer) = (NoticeEvent::Withdraw, Answer::default());
    let error = w.store.notice_event(&foreign, notice, &w.inspector, event, &answer, w.now).await.unwrap_err();
    assert!(missing(&error), "{error}");
    let error = w.store.extend_deadline(&foreign, notice, &w.inspector, w.now, "", w.now).await.unwrap_err();
    assert!(missing(&error), "{error}");
}
