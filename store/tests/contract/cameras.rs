use crate::world::{World, add_camera, later};
use mingchu_domain::{
    camera::{CameraState, GapCause},
    geometry::Polygon,
    id::{CameraId, CanteenId, StreamId},
    media::{Codec, StreamKind},
    place::ZoneKind,
    role::Scope,
    time::WallTime,
};
use mingchu_store::{CameraChange, NewCamera, NewStream, Refused, StoreError, StreamHeard, StreamStatus};

/// A stream whose pictures arrive.
pub(crate) fn live(at: WallTime) -> StreamStatus {
    StreamStatus {
        state: CameraState::Live,
        since: at,
        cause: None,
        detail: String::new(),
        codec: Some(Codec::H264),
        width: Some(1920),
        height: Some(1080),
        last_frame_at: Some(later(at, 3)),
        clock_offset_us: Some(-42),
    }
}

pub(crate) async fn a_password_is_sealed_at_rest_and_opened_for_the_gateway(w: World) {
    let sources = w.store.streams_to_pull().await.unwrap();
    let of = |id| sources.iter().find(|source| source.stream_id == id).unwrap();
    assert_eq!(of(w.main).password.as_ref().unwrap().expose(), "s3cret-厨房");
    assert_eq!(of(w.sub).password, None);
    assert!(!format!("{sources:?}").contains("s3cret"));
    let shown = w.store.camera(&Scope::All, w.camera).await.unwrap();
    assert_eq!(shown.streams.iter().map(|stream| stream.has_password).collect::<Vec<_>>(), [true, false]);
    // a sealed password that is moved to another stream opens nowhere
    w.raw(
        "update stream set password_sealed = (select password_sealed from stream where password_sealed is not null \
         limit 1) where password_sealed is null",
    )
    .await;
    let error = w.store.streams_to_pull().await.unwrap_err();
    assert!(matches!(error, StoreError::Unsealable { .. }), "{error}");
}

pub(crate) async fn an_address_with_credentials_is_refused(w: World) {
    let stream = NewStream {
        id: StreamId::generate(),
        kind: StreamKind::Main,
        url: "rtsp://admin:12345@10.0.0.7/main".into(),
        username: None,
        password: None,
    };
    let camera = NewCamera {
        id: CameraId::generate(),
        canteen_id: w.here,
        name: "一".into(),
        name_en: "1".into(),
        zone: ZoneKind::Cooking,
        outline: Polygon::whole(),
        is_synthetic: false,
        streams: vec![stream],
    };
    let error = w.store.insert_camera(&camera, w.now).await.unwrap_err();
    assert!(matches!(error, StoreError::CredentialsInUrl), "{error}");
    let nowhere = NewCamera { canteen_id: CanteenId::generate(), streams: vec![], ..camera };
    let error = w.store.insert_camera(&nowhere, w.now).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    assert_eq!(w.store.cameras(&Scope::All, None).await.unwrap().len(), 2);
}

pub(crate) async fn a_status_is_read_as_written(w: World) {
    let status = |detail| (detail, w.store.camera(&Scope::All, w.camera));
    let (_, before) = status("before");
    let before = before.await.unwrap();
    assert_eq!(before.streams[0].kind, StreamKind::Main);
    assert_eq!(before.streams[0].status.state, CameraState::Connecting);
    w.store.set_stream_status(w.main, &live(w.now)).await.unwrap();
    let failing = StreamStatus {
        state: CameraState::Failing,
        cause: Some(GapCause::WrongPassword),
        detail: "the camera says 401".into(),
        ..live(w.now)
    };
    w.store.set_stream_status(w.sub, &failing).await.unwrap();
    let after = w.store.camera(&Scope::All, w.camera).await.unwrap();
    assert_eq!(after.streams[0].status, live(w.now));
    assert_eq!(after.streams[1].status, failing);

    let heard =
        |stream, seconds| StreamHeard { stream, last_frame_at: Some(later(w.now, seconds)), clock_offset_us: Some(-5) };
    // one that was never written is left out
    w.store.set_streams_heard(&[heard(w.main, 7), heard(StreamId::generate(), 8), heard(w.sub, 9)]).await.unwrap();
    let heard = w.store.camera(&Scope::All, w.camera).await.unwrap();
    for (stream, before, seconds) in [(&heard.streams[0], live(w.now), 7), (&heard.streams[1], failing, 9)] {
        let last_frame_at = Some(later(w.now, seconds));
        assert_eq!(stream.status, StreamStatus { last_frame_at, clock_offset_us: Some(-5), ..before });
    }
}

pub(crate) async fn a_disabled_camera_is_neither_pulled_nor_judged(w: World) {
    let judged = w.store.judged_cameras().await.unwrap();
    let camera = judged.iter().find(|camera| camera.camera_id == w.camera).unwrap();
    assert_eq!((camera.main, camera.sub, camera.province.as_str()), (Some(w.main), Some(w.sub), "河南"));
    assert_eq!(camera.zones[0].kind, ZoneKind::Serving);
    w.store.set_stream_status(w.main, &live(w.now)).await.unwrap();

    let off = CameraChange { is_enabled: Some(false), ..CameraChange::default() };
    w.store.change_camera(&Scope::All, w.camera, &off, later(w.now, 9)).await.unwrap();
    assert!(w.store.judged_cameras().await.unwrap().iter().all(|camera| camera.camera_id != w.camera));
    assert!(w.store.streams_to_pull().await.unwrap().iter().all(|source| source.camera_id != w.camera));
    let status = w.store.camera(&Scope::All, w.camera).await.unwrap().streams[0].status.clone();
    assert_eq!((status.state, status.since), (CameraState::Disabled, later(w.now, 9)));
    assert_eq!(status.last_frame_at, Some(later(w.now, 3)));
}

pub(crate) async fn a_removed_camera_is_gone_but_its_violations_keep_its_name(w: World) {
    let violation = w.violation(0).await;
    w.store.remove_camera(&Scope::All, w.camera, w.now).await.unwrap();
    assert!(matches!(w.store.camera(&Scope::All, w.camera).await, Err(StoreError::NotFound { .. })));
    assert!(matches!(w.store.remove_camera(&Scope::All, w.camera, w.now).await, Err(StoreError::NotFound { .. })));
    assert_eq!(w.store.cameras(&Scope::All, None).await.unwrap().len(), 1);
    assert_eq!(w.store.streams_to_pull().await.unwrap().len(), 2);
    assert_eq!(w.store.violation(&Scope::All, violation).await.unwrap().camera.name, "一号摄像头");
}

pub(crate) async fn a_serving_counter_is_never_public(w: World) {
    let (counter, ..) = add_camera(&w.store, w.here, ZoneKind::Counter, w.now).await;
    let public = CameraChange { is_public: Some(true), ..CameraChange::default() };
    let error = w.store.change_camera(&Scope::All, counter, &public, w.now).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(Refused::NeverPublic(ZoneKind::Counter))), "{error}");
    assert!(w.store.public_cameras(w.here).await.unwrap().is_empty());

    w.store.change_camera(&Scope::All, w.camera, &public, w.now).await.unwrap();
    let shown = w.store.public_cameras(w.here).await.unwrap();
    assert_eq!(shown.iter().map(|detail| detail.camera.id).collect::<Vec<_>>(), [w.camera]);
    let turned = CameraChange { zone: Some(ZoneKind::Counter), ..CameraChange::default() };
    assert!(w.store.change_camera(&Scope::All, w.camera, &turned, w.now).await.is_err());
    assert_eq!(w.store.camera(&Scope::All, w.camera).await.unwrap().zones[0].kind, ZoneKind::Serving);
}

pub(crate) async fn a_foreign_camera_cannot_be_changed(w: World) {
    let renamed = CameraChange { name: Some("二".into()), name_en: Some("2".into()), ..CameraChange::default() };
    let foreign = Scope::Area(w.other_office);
    assert!(matches!(
        w.store.change_camera(&foreign, w.camera, &renamed, w.now).await,
        Err(StoreError::NotFound { .. })
    ));
    assert!(matches!(w.store.remove_camera(&foreign, w.camera, w.now).await, Err(StoreError::NotFound { .. })));
    w.store.change_camera(&Scope::Area(w.office), w.camera, &renamed, w.now).await.unwrap();
    let camera = w.store.camera(&Scope::All, w.camera).await.unwrap().camera;
    assert_eq!((camera.name.as_str(), camera.is_enabled, camera.is_public), ("二", true, false));
}
