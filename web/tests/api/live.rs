//! Live pictures over a real socket, and start and stop of the real server.

use crate::support::{CODE, District, demo, pictures};
use axum::http::StatusCode;
use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use mingchu_domain::{
    camera::GapCause,
    derivative::PublicRefused,
    live::LiveUnit,
    media::{Codec, StreamKind},
    role::Scope,
    time::Clock as _,
};
use mingchu_store::{JobKind, StreamStatus};
use mingchu_web::{Config, Web, WebError};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) async fn serve(district: &District) -> Web {
    serve_checked(district, Duration::from_secs(1)).await
}

/// Starts the server; viewers are asked again every `live_check`.
pub(crate) async fn serve_checked(district: &District, live_check: Duration) -> Web {
    let bind = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = Config { bind, live_check, is_demo: true, ..Config::default() };
    let (store, clock) = (district.store.clone(), district.clock.clone());
    mingchu_web::start(store, config, pictures(&district.live), clock).await.unwrap()
}

fn script() -> Vec<LiveUnit> {
    let fragment =
        |text: &'static [u8], is_key| LiveUnit::Fragment { data: Bytes::from_static(text), is_key, pts_90k: 0 };
    let init = || LiveUnit::Init {
        codec_string: "avc1.640028".into(),
        width: 960,
        height: 540,
        data: Bytes::from_static(b"moov"),
    };
    let lost = LiveUnit::Lost {
        cause: GapCause::CameraOffline,
        detail: "closed by the camera".into(),
        since: crate::support::NOON.parse().unwrap(),
    };
    vec![init(), fragment(b"key", true), fragment(b"next", false), lost, init(), fragment(b"key again", true)]
}

pub(crate) async fn open(
    web: &Web,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Result<Socket, tungstenite::Error> {
    let mut request = format!("ws://{}{path}", web.address()).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket)
}

fn refused(answer: Result<Socket, tungstenite::Error>) -> (StatusCode, Value) {
    match answer {
        Err(tungstenite::Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            (response.status(), serde_json::from_slice(&body).unwrap_or_default())
        }
        other => panic!("not refused: {other:?}"),
    }
}

async fn next(socket: &mut Socket) -> Message {
    tokio::time::timeout(Duration::from_secs(5), socket.next()).await.expect("a message within 5 s").unwrap().unwrap()
}

pub(crate) async fn text(socket: &mut Socket) -> Value {
    serde_json::from_str(next(socket).await.to_text().unwrap()).unwrap()
}

#[tokio::test]
async fn a_viewer_gets_init_fragments_and_the_loss() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = script();
    let web = serve(&district).await;
    let cookie = district.sign_in("regulator").await;
    let path = format!("/api/v1/cameras/{}/live?stream=sub", district.camera);
    let mut socket = open(&web, &path, &[("cookie", &cookie)]).await.unwrap();
    let init = json!({"type": "init", "codec": "avc1.640028", "width": 960, "height": 540});
    assert_eq!(text(&mut socket).await, init);
    for expected in ["moov", "key", "next"] {
        assert_eq!(next(&mut socket).await.into_data(), expected);
    }
    let lost = text(&mut socket).await;
    assert_eq!((&lost["type"], &lost["cause"]), (&json!("lost"), &json!("camera_offline")));
    assert_eq!(text(&mut socket).await, init);
    assert_eq!(next(&mut socket).await.into_data(), "moov");
    assert_eq!(next(&mut socket).await.into_data(), "key again");
    // the gateway ends
    district.live.open.lock().unwrap().clear();
    assert_eq!(text(&mut socket).await["code"], "stream_ended");
    assert!(next(&mut socket).await.is_close());
    web.stop().await;
}

#[tokio::test]
async fn an_h265_main_stream_gives_way_to_an_h264_sub_stream_over_both_ways_of_video() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = script();
    let web = serve(&district).await;
    let cookie = district.sign_in("regulator").await;
    let detail = district.store.camera(&Scope::All, district.camera).await.unwrap();
    let id_of = |kind| detail.streams.iter().find(|stream| stream.kind == kind).unwrap().id;
    let (main, sub) = (id_of(StreamKind::Main), id_of(StreamKind::Sub));
    let main_path = format!("/api/v1/cameras/{}/live?stream=main", district.camera);
    let address = format!("/api/v1/cameras/{}/live-address?stream=main", district.camera);
    let cases = [(Codec::H264, Codec::H264, main, "/main/"), (Codec::H265, Codec::H264, sub, "/sub/")];
    // with H.265 alone nothing is better than what was asked for
    for (main_codec, sub_codec, expected, in_address) in
        cases.into_iter().chain([(Codec::H265, Codec::H265, main, "/main/")])
    {
        for (stream, codec) in [(main, main_codec), (sub, sub_codec)] {
            let status = StreamStatus { codec: Some(codec), ..detail.streams[0].status.clone() };
            district.store.set_stream_status(stream, &status).await.unwrap();
        }
        open(&web, &main_path, &[("cookie", &cookie)]).await.unwrap();
        assert_eq!(district.live.opened.lock().unwrap().pop(), Some(expected), "{main_codec:?} {sub_codec:?}");
        let playlist = district.get(&address, &cookie).await.json()["playlist"].as_str().unwrap().to_owned();
        assert!(playlist.contains(in_address), "{playlist}");
    }
    web.stop().await;
}

#[tokio::test]
async fn a_stream_nobody_pulls_says_so_over_the_socket() {
    let district = demo().await;
    let web = serve(&district).await;
    let cookie = district.sign_in("manager").await;
    let path = format!("/api/v1/cameras/{}/live", district.camera);
    let mut socket = open(&web, &path, &[("cookie", &cookie)]).await.unwrap();
    let error = text(&mut socket).await;
    assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("not_pulled")));
    assert!(next(&mut socket).await.is_close());
    web.stop().await;
}

#[tokio::test]
async fn only_those_who_may_watch_get_a_socket() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = script();
    let web = serve(&district).await;
    let path = format!("/api/v1/cameras/{}/live", district.camera);
    let stranger = district.sign_in("other-manager").await;
    let parent = district.sign_in("parent").await;
    let regulator = district.sign_in("regulator").await;
    assert_eq!(refused(open(&web, &path, &[]).await).0, StatusCode::UNAUTHORIZED);
    assert_eq!(refused(open(&web, &path, &[("cookie", &stranger)]).await).0, StatusCode::NOT_FOUND);
    assert_eq!(refused(open(&web, &path, &[("cookie", &parent)]).await).0, StatusCode::FORBIDDEN);
    let evil = open(&web, &path, &[("cookie", &regulator), ("origin", "http://evil.example")]).await;
    let (status, body) = refused(evil);
    assert_eq!((status, &body["error"]["code"]), (StatusCode::FORBIDDEN, &json!("cross_site")));
    let own = format!("http://{}", web.address());
    open(&web, &path, &[("cookie", &regulator), ("origin", &own)]).await.unwrap();
    web.stop().await;
}

#[tokio::test]
async fn a_parent_watches_a_public_camera_without_signing_in() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = script();
    let web = serve(&district).await;
    let path = format!("/api/v1/public/canteens/{CODE}/cameras/{}/live", district.camera);
    let (status, body) = refused(open(&web, &path, &[]).await);
    assert_eq!((status, &body["error"]["code"]), (StatusCode::FORBIDDEN, &json!("not_public")));
    district.publish(district.camera).await;
    let mut socket = open(&web, &path, &[]).await.unwrap();
    assert_eq!(text(&mut socket).await["type"], "init");
    assert_eq!(next(&mut socket).await, Message::binary(b"treated".as_slice()));
    let wish = district.live.public.wishes.lock().unwrap().pop().unwrap();
    assert_eq!((wish.camera, wish.title.as_str()), (district.camera, "第一小学食堂 备餐间1号"));
    assert!(district.live.opened.lock().unwrap().is_empty(), "nobody opened the camera's own stream");
    *district.live.public.refuses.lock().unwrap() = Some(PublicRefused::CannotHide("no models".into()));
    let (status, body) = refused(open(&web, &path, &[]).await);
    assert_eq!((status, &body["error"]["code"]), (StatusCode::FORBIDDEN, &json!("cannot_hide")));
    web.stop().await;
}

/// Reads until the server says why it closes.
pub(crate) async fn farewell(socket: &mut Socket) -> Value {
    loop {
        if let Message::Text(text) = next(socket).await {
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["type"] == "error" {
                return message;
            }
        }
    }
}

#[tokio::test]
async fn a_viewer_whose_session_ends_sees_no_more() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = script();
    let web = serve(&district).await;
    let cookie = district.sign_in("regulator").await;
    let path = format!("/api/v1/cameras/{}/live", district.camera);
    let mut socket = open(&web, &path, &[("cookie", &cookie)]).await.unwrap();
    let (person, _) = district.store.person_by_login("regulator").await.unwrap().unwrap();
    district.store.end_sessions_of(person.id).await.unwrap();
    assert_eq!(farewell(&mut socket).await["code"], "not_signed_in");
    web.stop().await;
}

#[tokio::test]
async fn a_camera_taken_from_the_public_is_gone_for_those_who_watch() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = script();
    let web = serve(&district).await;
    let publish = |is_public| {
        let change = mingchu_store::CameraChange { is_public: Some(is_public), ..Default::default() };
        let (store, id, now) = (district.store.clone(), district.camera, district.clock.now());
        async move { store.change_camera(&Scope::All, id, &change, now).await.unwrap() }
    };
    district.publish(district.camera).await;
    let path = format!("/api/v1/public/canteens/{CODE}/cameras/{}/live", district.camera);
    let mut socket = open(&web, &path, &[]).await.unwrap();
    publish(false).await;
    assert_eq!(farewell(&mut socket).await["code"], "not_public");
    web.stop().await;
}

#[tokio::test]
async fn a_viewer_that_does_not_read_slows_nobody_and_goes_on_at_a_key_fragment() {
    const FRAGMENTS: u32 = 2_000;
    const KEY_EVERY: u32 = 25;
    let district = demo().await;
    *district.live.script.lock().unwrap() = script()[..1].to_vec();
    let web = serve(&district).await;
    let cookie = district.sign_in("regulator").await;
    let path = format!("/api/v1/cameras/{}/live", district.camera);
    let mut socket = open(&web, &path, &[("cookie", &cookie)]).await.unwrap();
    let sender = district.live.open.lock().unwrap()[0].clone();
    let send_all = async {
        for number in 0..=FRAGMENTS {
            let mut data = number.to_be_bytes().to_vec();
            data.resize(20_000, 0);
            let is_key = number % KEY_EVERY == 0;
            sender.send(LiveUnit::Fragment { data: data.into(), is_key, pts_90k: 0 }).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(10), send_all).await.expect("the gateway's side is never held up");
    let mut seen = Vec::new();
    while seen.last() != Some(&FRAGMENTS) {
        if let Message::Binary(data) = next(&mut socket).await
            && data.len() == 20_000
        {
            seen.push(u32::from_be_bytes(data[..4].try_into().unwrap()));
        }
    }
    let jumps: Vec<_> = seen.windows(2).filter(|pair| pair[1] != pair[0] + 1).map(|pair| pair[1]).collect();
    assert!(!jumps.is_empty(), "40 MB fit into no socket buffer");
    assert!(jumps.iter().all(|number| number % KEY_EVERY == 0), "{jumps:?}");
    web.stop().await;
}

#[tokio::test]
async fn garbage_ends_only_the_viewing_of_the_one_who_sends_it() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = script();
    let web = serve(&district).await;
    let cookie = district.sign_in("regulator").await;
    let path = format!("/api/v1/cameras/{}/live", district.camera);
    let mut quiet = open(&web, &path, &[("cookie", &cookie)]).await.unwrap();
    let mut loud = open(&web, &path, &[("cookie", &cookie)]).await.unwrap();
    let mut rude = open(&web, &path, &[("cookie", &cookie)]).await.unwrap();
    // the server may close before it has taken all
    loud.send(Message::binary(vec![7; 1 << 20])).await.ok();
    let MaybeTlsStream::Plain(raw) = rude.get_mut() else { panic!("no TLS here") };
    raw.write_all(&[0xff; 4096]).await.unwrap();
    for mut socket in [loud, rude] {
        let end = async { while let Some(Ok(_)) = socket.next().await {} };
        tokio::time::timeout(Duration::from_secs(60), end).await.expect("the server ends it");
    }
    let sender = district.live.open.lock().unwrap()[0].clone();
    let data = Bytes::from_static(b"still here");
    sender.send(LiveUnit::Fragment { data, is_key: true, pts_90k: 9_000 }).await.unwrap();
    while next(&mut quiet).await.into_data() != "still here" {}
    web.stop().await;
}

#[tokio::test]
async fn more_viewers_than_seats_are_told_to_wait() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = script();
    let config =
        Config { bind: SocketAddr::from(([127, 0, 0, 1], 0)), live_viewers: 1, is_demo: true, ..Config::default() };
    let (store, clock) = (district.store.clone(), district.clock.clone());
    let web = mingchu_web::start(store, config, pictures(&district.live), clock).await.unwrap();
    let cookie = district.sign_in("regulator").await;
    let path = format!("/api/v1/cameras/{}/live", district.camera);
    let first = open(&web, &path, &[("cookie", &cookie)]).await.unwrap();
    let (status, body) = refused(open(&web, &path, &[("cookie", &cookie)]).await);
    assert_eq!((status, &body["error"]["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("too_many_viewers")));
    drop(first);
    web.stop().await;
}

#[tokio::test]
async fn the_server_stops_within_two_seconds_while_people_watch() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = script();
    let web = serve(&district).await;
    let cookie = district.sign_in("regulator").await;
    let path = format!("/api/v1/cameras/{}/live", district.camera);
    let mut watching = open(&web, &path, &[("cookie", &cookie)]).await.unwrap();
    // a client that connected and says nothing
    let _silent = TcpStream::connect(web.address()).await.unwrap();
    let begun = std::time::Instant::now();
    web.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let mut last = next(&mut watching).await;
    while !last.is_close() {
        last = next(&mut watching).await;
    }
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_remedy() {
    let district = demo().await;
    let web = serve(&district).await;
    let config = Config { bind: web.address(), ..Config::default() };
    let (store, clock) = (district.store.clone(), district.clock.clone());
    let error = mingchu_web::start(store, config, pictures(&district.live), clock).await.err().unwrap();
    assert!(matches!(error, WebError::Bind { .. }), "{error}");
    assert!(error.to_string().contains(&web.address().to_string()) && error.to_string().contains("web.bind"));
    web.stop().await;
}

#[tokio::test]
async fn settled_evidence_becomes_a_notice_by_itself() {
    let district = demo().await;
    let violation = district.violation(district.camera, district.canteen).await;
    let missing = mingchu_domain::violation::EvidenceState::Missing;
    district.store.set_evidence(violation, missing, Some("no footage"), None, district.clock.now()).await.unwrap();
    let web = serve(&district).await;
    let begun = std::time::Instant::now();
    let notice = loop {
        let found = district.store.violation(&Scope::All, violation).await.unwrap();
        if let Some(notice) = found.notice_id {
            break notice;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "no notice after 10 s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let manager = district.sign_in("manager").await;
    let inbox = district.get("/api/v1/notices", &manager).await.json();
    assert_eq!(inbox["notices"][0]["id"], notice.to_string());
    web.stop().await;
    let later = district.clock.now() + Duration::from_secs(3600);
    let left = district.store.claim(&[JobKind::IssueNotice], later, Duration::from_secs(1)).await.unwrap();
    assert!(left.is_empty(), "the job is done");
}
