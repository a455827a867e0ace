use crate::world::{World, later};
use mingchu_domain::{
    id::PersonId,
    role::{Role, Scope},
};
use mingchu_store::{NewPerson, StoreError};
use std::time::Duration;

pub(crate) async fn a_login_is_unique_and_a_role_needs_its_reach(w: World) {
    let person = |login: &str, role| NewPerson {
        id: PersonId::generate(),
        login: login.into(),
        office: "office".into(),
        role,
        area_id: None,
        canteen_id: None,
    };
    let refusals = [
        (person("manager", Role::Admin), "person_login_key"),
        (person("new", Role::Regulator), "person_regulator_check"),
        (person("new", Role::Manager), "person_manager_check"),
    ];
    for (person, name) in refusals {
        let error = w.store.insert_person(&person).await.unwrap_err();
        assert!(matches!(&error, StoreError::Conflict { constraint } if constraint == name), "{error}");
    }
    w.store.insert_person(&person("root", Role::Admin)).await.unwrap();
    let scope = async |login| w.store.person_by_login(login).await.unwrap().unwrap().0.scope();
    assert_eq!(scope("root").await, Scope::All);
    assert_eq!(scope("inspector").await, Scope::Area(w.office));
    assert_eq!(scope("manager").await, Scope::Canteen(w.here));
    assert!(w.store.person_by_login("nobody").await.unwrap().is_none());

    w.store.set_password(w.manager.person_id, "$argon2id$…").await.unwrap();
    let (person, hash) = w.store.person_by_login("manager").await.unwrap().unwrap();
    assert_eq!((person.reviewer(), hash.as_deref()), (w.manager.clone(), Some("$argon2id$…")));
    assert!(w.store.set_password(PersonId::generate(), "x").await.is_err());
    assert_eq!(w.store.people().await.unwrap().len(), 4);
}

pub(crate) async fn a_sign_in_link_works_once(w: World) {
    let until = later(w.now, 600);
    w.store.insert_sign_in_link("aa", w.manager.person_id, until).await.unwrap();
    w.store.insert_sign_in_link("bb", w.manager.person_id, until).await.unwrap();
    assert_eq!(w.store.redeem_sign_in_link("bb", until).await.unwrap(), None, "expired");
    assert_eq!(w.store.redeem_sign_in_link("cc", w.now).await.unwrap(), None, "unknown");
    let tries = (0..8).map(|_| {
        let (store, now) = (w.store.clone(), w.now);
        tokio::spawn(async move { store.redeem_sign_in_link("aa", now).await.unwrap() })
    });
    let mut worked = 0;
    for attempt in tries.collect::<Vec<_>>() {
        worked += usize::from(attempt.await.unwrap().is_some());
    }
    assert_eq!(worked, 1);
}

pub(crate) async fn a_session_ends_when_idle_when_old_and_when_ended(w: World) {
    let (idle, absolute) = (Duration::from_secs(1800), Duration::from_secs(7200));
    let s = &w.store;
    let is_on = async |token: &str, seconds| s.session(token, later(w.now, seconds)).await.unwrap().is_some();
    let begin = async |token: &str| {
        s.insert_session(token, w.manager.person_id, w.now, idle, absolute).await.unwrap();
    };
    begin("idle").await;
    assert!(!is_on("idle", 1800).await);
    begin("used").await;
    for seconds in [1700, 3400, 5100, 6800] {
        assert!(is_on("used", seconds).await, "{seconds}");
    }
    assert!(!is_on("used", 7200).await, "however much it is used");
    assert!(!is_on("unknown", 0).await);
    begin("ended").await;
    begin("other").await;
    s.end_session("ended").await.unwrap();
    assert!(!is_on("ended", 1).await);
    assert!(is_on("other", 1).await);
    s.end_sessions_of(w.manager.person_id).await.unwrap();
    assert!(!is_on("other", 1).await);
}

pub(crate) async fn failed_sign_ins_are_counted_since(w: World) {
    for seconds in [0, 10, 20] {
        w.store.record_login_failure("manager", later(w.now, seconds)).await.unwrap();
    }
    w.store.record_login_failure("other", w.now).await.unwrap();
    assert_eq!(w.store.login_failures("manager", later(w.now, 10)).await.unwrap(), 2);
    w.store.clear_login_failures("manager").await.unwrap();
    assert_eq!(w.store.login_failures("manager", w.now).await.unwrap(), 0);
    assert_eq!(w.store.login_failures("other", w.now).await.unwrap(), 1);
}
