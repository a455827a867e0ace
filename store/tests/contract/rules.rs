use crate::world::{World, later};
use mingchu_domain::{
    geometry::{Point, Polygon},
    id::{BinId, BinReferenceId, ZoneId},
    place::ZoneKind,
    publication::ServiceWindow,
    role::Scope,
    rule::{Lid, RuleCode, WhyNot},
    time::TimeRange,
    violation::{DismissReason, Observation, Verdict},
};
use mingchu_store::{Bin, BinReference, Drawing, Mute, PageKey, Refused, Site, StoreError, Tally, Zone};

pub(crate) async fn an_edited_rule_binds_and_the_old_version_stays(w: World) {
    let old = w.store.rule_pack().await.unwrap();
    let mut next = old.clone();
    next.version += 1;
    next.rules[0].cool_down_s = 1200;
    w.store.edit_rules(&next, &["no_hat"], &w.superior, w.now).await.unwrap();
    assert_eq!(w.store.rule_pack().await.unwrap(), next);
    assert_eq!(w.store.rule_pack_of(old.version).await.unwrap(), old);
    let versions = w.store.rule_versions().await.unwrap();
    assert_eq!((versions[0].version, versions[0].saved_at), (next.version, Some(w.now)));
    assert_eq!(versions[1].saved_at, None, "came with the program");
    let twice = w.store.edit_rules(&next, &["no_hat"], &w.superior, w.now).await.unwrap_err();
    assert!(matches!(&twice, StoreError::Conflict { constraint } if constraint == "rule_pack_pk"), "{twice}");
    let trail = w.store.audit(&PageKey { after: None, limit: 10 }).await.unwrap();
    let row = trail.items.iter().find(|row| row.entry.action == "rules.edit").unwrap();
    assert!(row.entry.detail.contains("no_hat") && row.entry.subject.ends_with(&next.label()), "{row:?}");
}

fn corner(x: f32, y: f32) -> Point {
    Point { x, y }
}

fn triangle() -> Polygon {
    vec![corner(0.1, 0.1), corner(0.4, 0.1), corner(0.4, 0.5)].try_into().unwrap()
}

pub(crate) async fn a_drawing_replaces_zones_and_keeps_the_pictures_of_bins_that_stay(w: World) {
    let zone = |kind| Zone { id: ZoneId::generate(), kind, outline: triangle(), rules_off: vec![RuleCode::Phone] };
    let bin = || Bin { id: BinId::generate(), outline: triangle(), references: vec![] };
    let (stays, goes) = (bin(), bin());
    let drawing = Drawing {
        zones: vec![zone(ZoneKind::Cooking), zone(ZoneKind::Washing)],
        bins: vec![stays.clone(), goes.clone()],
    };
    w.store.draw(&Scope::All, w.camera, &drawing, &w.superior, w.now).await.unwrap();
    let picture = |bin: &Bin, lid| BinReference {
        id: BinReferenceId::generate(),
        bin_id: bin.id,
        lid,
        object_key: format!("bin/{}/{}.jpg", bin.id, lid as u8),
        taken_at: w.now,
    };
    let kept = picture(&stays, Lid::Closed);
    for reference in [&kept, &picture(&goes, Lid::Open)] {
        w.store.add_reference(w.camera, reference).await.unwrap();
    }
    let less = Drawing { zones: drawing.zones[..1].to_vec(), bins: vec![stays.clone()] };
    let orphans = w.store.draw(&Scope::All, w.camera, &less, &w.superior, w.now).await.unwrap();
    assert_eq!(orphans, [picture(&goes, Lid::Open).object_key]);
    let judged = w.store.judged_cameras().await.unwrap();
    let camera = judged.iter().find(|camera| camera.camera_id == w.camera).unwrap();
    assert_eq!(camera.zones, less.zones);
    assert_eq!(camera.bins, [Bin { references: vec![kept.clone()], ..stays }]);
    assert_eq!(w.store.bins(&Scope::All, w.camera).await.unwrap(), camera.bins);
    assert_eq!(w.store.remove_reference(w.camera, kept.id).await.unwrap(), kept.object_key);
    let foreign = w.store.draw(&Scope::Public, w.camera, &less, &w.superior, w.now).await.unwrap_err();
    assert!(matches!(foreign, StoreError::NotFound { .. }), "{foreign}");
}

pub(crate) async fn a_bin_has_pictures_enough(w: World) {
    let bin = Bin { id: BinId::generate(), outline: triangle(), references: vec![] };
    let drawing = Drawing { zones: vec![], bins: vec![bin.clone()] };
    w.store.draw(&Scope::All, w.camera, &drawing, &w.superior, w.now).await.unwrap();
    let add = || async {
        let id = BinReferenceId::generate();
        let reference =
            BinReference { id, bin_id: bin.id, lid: Lid::Open, object_key: id.to_string(), taken_at: w.now };
        w.store.add_reference(w.camera, &reference).await
    };
    for _ in 0..60 {
        add().await.unwrap();
    }
    assert!(matches!(add().await.unwrap_err(), StoreError::Refused(Refused::EnoughReferences)));
}

pub(crate) async fn a_mute_lasts_until_its_end_and_can_be_taken_back(w: World) {
    let mute = |seconds| Mute {
        camera_id: w.camera,
        code: RuleCode::NoHat,
        until: later(w.now, seconds),
        reason: "cap taken for hair".into(),
        by: w.superior.office.clone(),
    };
    w.store.mute(&Scope::All, &mute(60), &w.superior, w.now).await.unwrap();
    w.store.mute(&Scope::All, &mute(600), &w.superior, w.now).await.unwrap();
    assert_eq!(w.store.mutes(&Scope::All, w.now).await.unwrap(), [mute(600)]);
    assert_eq!(w.store.mutes(&Scope::All, later(w.now, 600)).await.unwrap(), []);
    assert_eq!(w.store.mutes(&Scope::Public, w.now).await.unwrap(), []);
    w.store.unmute(&Scope::All, w.camera, RuleCode::NoHat, &w.superior, w.now).await.unwrap();
    assert_eq!(w.store.mutes(&Scope::All, w.now).await.unwrap(), []);
    let again = w.store.unmute(&Scope::All, w.camera, RuleCode::NoHat, &w.superior, w.now).await.unwrap_err();
    assert!(matches!(again, StoreError::NotFound { .. }));
}

pub(crate) async fn precision_counts_verdicts_by_camera_and_rule(w: World) {
    let ids = [w.violation(0).await, w.violation(1).await, w.violation(2).await];
    let verdicts = [Verdict::Confirm, Verdict::Dismiss(DismissReason::NotAViolation)];
    for (id, verdict) in ids.iter().zip(verdicts) {
        w.store.review(&Scope::All, *id, &w.superior, verdict, w.now).await.unwrap();
    }
    let range = TimeRange::new(w.now, later(w.now, 86_400)).unwrap();
    let [row] = w.store.precision(&Scope::All, range).await.unwrap()[..] else { panic!("one camera and rule") };
    assert_eq!((row.camera_id, row.confirmed, row.dismissed, row.to_review), (w.camera, 1, 1, 1));
    assert!(w.store.precision(&Scope::Public, range).await.unwrap().is_empty());
}

pub(crate) async fn judgements_add_up_with_why_not(w: World) {
    let tally = |state, why_not, judged| Tally { camera_id: w.camera, code: RuleCode::NoHat, state, why_not, judged };
    let unclear = |judged| tally(Observation::CannotJudge, Some(WhyNot::TooSmall), judged);
    w.store.add_tallies(w.now, &[tally(Observation::Compliant, None, 5), unclear(2)]).await.unwrap();
    w.store.add_tallies(later(w.now, 3600), &[unclear(3)]).await.unwrap();
    let range = TimeRange::new(w.now, later(w.now, 7200)).unwrap();
    let found = w.store.tallies(&Scope::All, range).await.unwrap();
    assert_eq!(found, [unclear(5), tally(Observation::Compliant, None, 5)]);
}

pub(crate) async fn a_site_says_when_it_works_and_in_which_colours(w: World) {
    assert_eq!(w.store.site(&Scope::All, w.here).await.unwrap(), Site::default());
    let site = Site { clothes: vec!["#ffffff".into()] };
    let windows = [ServiceWindow::new(&[1, 2], 240, 600).unwrap(), ServiceWindow::new(&[3], 240, 1320).unwrap()];
    w.store.set_site(&Scope::All, w.here, &site, Some(&w.superior), w.now).await.unwrap();
    assert_eq!(w.store.site(&Scope::All, w.here).await.unwrap(), site);
    assert!(w.store.judged_cameras().await.unwrap().iter().all(|camera| camera.service.is_empty()));
    w.store.set_service_windows(&Scope::All, w.here, &windows, &w.manager, w.now).await.unwrap();
    let judged = w.store.judged_cameras().await.unwrap();
    assert!(judged.iter().any(|camera| camera.service == windows && camera.clothes == site.clothes));
    assert!(judged.iter().all(|camera| camera.service.is_empty() == (camera.canteen_id != w.here)));
}

pub(crate) async fn a_scene_is_wanted_for_a_while(w: World) {
    w.store.want_scene(w.camera, later(w.now, 30)).await.unwrap();
    assert_eq!(w.store.scenes_wanted(w.now).await.unwrap(), [w.camera]);
    assert_eq!(w.store.scenes_wanted(later(w.now, 30)).await.unwrap(), []);
}
