use crate::world::{World, later};
use mingchu_domain::notice::NoticeEvent;
use mingchu_domain::{
    id::{AreaId, CanteenId},
    role::Scope,
    time::TimeRange,
};
use mingchu_store::{Answer, CameraCoverage, Canteen, NoticeFilter, PageKey, StoreError, ViolationFilter};

fn is_missing<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::NotFound { .. }))
}

/// Each list and each single thing, once for every scope.
pub(crate) async fn a_scope_sees_its_own_and_nothing_else(w: World) {
    let (violation, notice) = w.formal(0).await;
    let answer = Answer { text: "已整改".into(), photo: None };
    let inside = Scope::Canteen(w.here);
    w.store.notice_event(&inside, notice, &w.manager, NoticeEvent::Rectify, &answer, later(w.now, 60)).await.unwrap();
    let rectification = w.store.notice(&Scope::All, notice).await.unwrap().rectifications[0].id;
    let hour = CameraCoverage { camera_id: w.camera, observed_ms: 1, judged_ms: 1, cannot_judge_ms: 0 };
    w.store.add_coverage(w.now, &hour).await.unwrap();
    let day = TimeRange::new(w.now, later(w.now, 86_400)).unwrap();

    let scopes = [
        (Scope::All, true),
        (Scope::Area(w.county), true),
        (Scope::Area(w.office), true),
        (Scope::Canteen(w.here), true),
        (Scope::Area(w.other_office), false),
        (Scope::Canteen(w.there), false),
        (Scope::Public, false),
        (Scope::Area(AreaId::generate()), false),
        (Scope::Canteen(CanteenId::generate()), false),
    ];
    let s = &w.store;
    for (scope, sees) in &scopes {
        let canteens = s.canteens(scope, w.now).await.unwrap();
        assert_eq!(canteens.iter().any(|summary| summary.canteen.id == w.here), *sees, "{scope:?}");
        let cameras = s.cameras(scope, None).await.unwrap();
        assert_eq!(cameras.iter().any(|detail| detail.camera.id == w.camera), *sees, "{scope:?}");
        let violations = s.violations(scope, &ViolationFilter::default(), &PageKey::first(9)).await.unwrap();
        assert_eq!(violations.items.len(), usize::from(*sees), "{scope:?}");
        let notices = s.notices(scope, &NoticeFilter::default(), &PageKey::first(9), w.now).await.unwrap();
        assert_eq!(notices.items.len(), usize::from(*sees), "{scope:?}");
        assert_eq!(s.coverage(scope, day).await.unwrap().len(), usize::from(*sees), "{scope:?}");
        let single = [
            is_missing(&s.canteen(scope, w.here).await),
            is_missing(&s.camera(scope, w.camera).await),
            is_missing(&s.violation(scope, violation).await),
            is_missing(&s.notice(scope, notice).await),
            is_missing(&s.rectification(scope, rectification).await),
        ];
        assert_eq!(single, [!*sees; 5], "{scope:?}");
    }
    assert_eq!(s.canteens(&Scope::Area(w.county), w.now).await.unwrap().len(), 2);
    // a manager also reads which offices are above
    assert_eq!(s.areas(&Scope::Canteen(w.here)).await.unwrap().len(), 2);
    assert_eq!(s.areas(&Scope::Area(w.county)).await.unwrap().len(), 3);
    assert_eq!(s.areas(&Scope::Public).await.unwrap().len(), 0);
}

pub(crate) async fn a_public_code_is_unique_and_finds_its_canteen(w: World) {
    let found = w.store.canteen_by_code("HERE0001").await.unwrap();
    assert_eq!(found.id, w.here);
    assert!(is_missing(&w.store.canteen_by_code("NOWHERE1").await));
    let twin = Canteen { id: CanteenId::generate(), ..found.clone() };
    let error = w.store.insert_canteen(&twin).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { constraint } if constraint == "canteen_code_key"), "{error}");
    let short = Canteen { id: CanteenId::generate(), code: "SHORT".into(), ..found };
    let error = w.store.insert_canteen(&short).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { constraint } if constraint == "canteen_code_check"), "{error}");
}

pub(crate) async fn a_canteen_shows_what_it_needs_today(w: World) {
    w.violation(0).await;
    w.prompt(100).await;
    w.formal(200).await;
    let find = async |now| {
        let canteens = w.store.canteens(&Scope::Canteen(w.here), now).await.unwrap();
        let [only] = canteens.try_into().unwrap();
        only
    };
    let summary = find(later(w.now, 300)).await;
    let counts = (summary.cameras, summary.live, summary.to_review, summary.open_notices, summary.overdue);
    assert_eq!(counts, (1, 0, 2, 2, 0));
    assert_eq!(find(later(w.now, 200_000)).await.overdue, 1);
    let live = crate::cameras::live(w.now);
    w.store.set_stream_status(w.sub, &live).await.unwrap();
    w.store.set_stream_status(w.main, &live).await.unwrap();
    assert_eq!(find(w.now).await.live, 1);
}
