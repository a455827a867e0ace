//! Walls by turns, saved for an area.

use crate::world::{World, later};
use mingchu_domain::{id::PatrolId, publication::ServiceWindow, role::Scope};
use mingchu_store::{PageKey, PatrolChoice, PatrolEdit, StoreError};

fn lunch(w: &World, choice: PatrolChoice) -> PatrolEdit {
    PatrolEdit {
        area_id: w.office,
        name: "午餐加工".into(),
        choice,
        tiles: 4,
        dwell_s: 15,
        windows: vec![ServiceWindow::new(&[1, 2, 3, 4, 5], 510, 680).unwrap()],
    }
}

async fn save(w: &World, scope: &Scope, edit: &PatrolEdit) -> Result<PatrolId, StoreError> {
    let id = PatrolId::generate();
    w.store.insert_patrol(scope, id, edit, &w.inspector, w.now).await.map(|()| id)
}

async fn names(w: &World, scope: &Scope) -> Vec<String> {
    w.store.patrols(scope).await.unwrap().into_iter().map(|patrol| patrol.edit.name).collect()
}

pub(crate) async fn a_patrol_is_read_as_written_and_changed_as_a_whole(w: World) {
    let scope = Scope::Area(w.office);
    let first = lunch(&w, PatrolChoice::Cameras(vec![w.camera]));
    let id = save(&w, &scope, &first).await.unwrap();
    let [kept] = &w.store.patrols(&scope).await.unwrap()[..] else { panic!("one patrol") };
    assert_eq!((kept.id, &kept.edit, kept.changed_at), (id, &first, w.now));
    assert_eq!(kept.changed_office, w.inspector.office);
    let windows = vec![ServiceWindow::new(&[7], 0, 1440).unwrap(), ServiceWindow::new(&[6], 60, 61).unwrap()];
    let second = PatrolEdit { name: "晚餐".into(), tiles: 16, windows, ..lunch(&w, PatrolChoice::Canteen(w.here)) };
    w.store.change_patrol(&scope, id, &second, &w.superior, later(w.now, 9)).await.unwrap();
    let [kept] = &w.store.patrols(&scope).await.unwrap()[..] else { panic!("one patrol") };
    assert_eq!((&kept.edit, kept.changed_at), (&second, later(w.now, 9)));
    w.store.delete_patrol(&scope, id, &w.inspector, later(w.now, 10)).await.unwrap();
    assert_eq!(w.store.patrols(&Scope::All).await.unwrap(), []);
    let gone = w.store.delete_patrol(&scope, id, &w.inspector, w.now).await;
    assert!(matches!(gone, Err(StoreError::NotFound { what: "patrol" })), "{gone:?}");
    let audit = w.store.audit(&PageKey { after: None, limit: 9 }).await.unwrap();
    let actions: Vec<_> = audit.items.iter().rev().map(|row| row.entry.action.as_str()).collect();
    assert_eq!(actions, ["patrol.save", "patrol.change", "patrol.delete"]);
}

pub(crate) async fn a_patrol_is_its_areas_and_shows_nothing_outside(w: World) {
    let (own, other, county) = (Scope::Area(w.office), Scope::Area(w.other_office), Scope::Area(w.county));
    let everywhere = lunch(&w, PatrolChoice::Cameras(vec![w.other_camera, w.camera]));
    for choice in [everywhere.choice.clone(), PatrolChoice::Canteen(w.there)] {
        let refused = save(&w, &own, &lunch(&w, choice)).await;
        assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    }
    let foreign = PatrolEdit { area_id: w.county, ..lunch(&w, PatrolChoice::Area) };
    assert!(matches!(save(&w, &own, &foreign).await, Err(StoreError::NotFound { what: "area" })));
    // whose reach is wider chose a camera that this office does not see
    let id = save(&w, &county, &everywhere).await.unwrap();
    let choice_of = |scope: Scope| {
        let store = &w.store;
        async move { store.patrols(&scope).await.unwrap().into_iter().map(|patrol| patrol.edit.choice).collect::<Vec<_>>() }
    };
    assert_eq!(choice_of(county.clone()).await, std::slice::from_ref(&everywhere.choice));
    assert_eq!(choice_of(own).await, [PatrolChoice::Cameras(vec![w.camera])]);
    for scope in [other.clone(), Scope::Canteen(w.here), Scope::Public] {
        assert_eq!(choice_of(scope).await, []);
    }
    let change = w.store.change_patrol(&other, id, &lunch(&w, PatrolChoice::Area), &w.inspector, w.now).await;
    let delete = w.store.delete_patrol(&other, id, &w.inspector, w.now).await;
    for answer in [change, delete] {
        assert!(matches!(answer, Err(StoreError::NotFound { what: "patrol" })), "{answer:?}");
    }
    assert_eq!(choice_of(county).await, [everywhere.choice]);
}

pub(crate) async fn a_name_is_taken_once_in_an_area(w: World) {
    let edit = lunch(&w, PatrolChoice::Area);
    save(&w, &Scope::All, &edit).await.unwrap();
    let again = save(&w, &Scope::All, &edit).await;
    assert!(
        matches!(&again, Err(StoreError::Conflict { constraint }) if constraint == "patrol_area_id_name_key"),
        "{again:?}"
    );
    save(&w, &Scope::All, &PatrolEdit { area_id: w.other_office, ..edit }).await.unwrap();
    assert_eq!(names(&w, &Scope::All).await.len(), 2);
    assert_eq!(names(&w, &Scope::Area(w.office)).await, ["午餐加工"]);
}

pub(crate) async fn a_list_whose_cameras_are_gone_is_empty_and_not_the_area(w: World) {
    save(&w, &Scope::All, &lunch(&w, PatrolChoice::Cameras(vec![w.camera]))).await.unwrap();
    w.store.remove_camera(&Scope::All, w.camera, later(w.now, 5)).await.unwrap();
    let [kept] = &w.store.patrols(&Scope::All).await.unwrap()[..] else { panic!("one patrol") };
    assert_eq!(kept.edit.choice, PatrolChoice::Cameras(vec![]));
    let empty =
        save(&w, &Scope::All, &PatrolEdit { name: "x".into(), ..lunch(&w, PatrolChoice::Cameras(vec![])) }).await;
    assert!(matches!(empty, Err(StoreError::NotFound { what: "camera" })), "{empty:?}");
}
