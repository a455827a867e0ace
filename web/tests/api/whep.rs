//! WHEP: a WebRTC client of its own over loopback, and everything that is refused.

use crate::support::{Answer, District, demo, district, with_cookie};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use bytes::Bytes;
use mingchu_domain::{camera::GapCause, live::LiveUnit};
use mingchu_web::Config;
use std::{sync::Arc, time::Duration};
use str0m::{
    Candidate, Event, Input, Output, Rtc, RtcConfig,
    change::{SdpAnswer, SdpOffer},
    media::{Direction, KeyframeRequestKind, MediaData, MediaKind, Mid},
    net::{Protocol, Receive},
};
use tokio::{
    net::UdpSocket,
    time::{Instant, timeout, timeout_at},
};

const PATIENCE: Duration = Duration::from_secs(10);

/// A real H.264 init segment; the pictures are texts in NAL units, which nobody here decodes.
fn init() -> LiveUnit {
    let data = Bytes::from_static(include_bytes!("fixtures/init.mp4"));
    LiveUnit::Init { codec_string: "avc1.64000d".into(), width: 320, height: 240, data }
}

fn picture(number: u8, is_key: bool, pts_90k: i64) -> LiveUnit {
    let nal = [if is_key { 0x65 } else { 0x41 }, number, number];
    let data = [&[0, 0, 0, 8][..], b"moof", &[0, 0, 0, 15], b"mdat", &[0, 0, 0, 3], &nal].concat();
    LiveUnit::Fragment { data: Bytes::from(data), is_key, pts_90k }
}

/// A camera's group of pictures, ten a second.
fn group(pictures: u8) -> Vec<LiveUnit> {
    std::iter::once(init())
        .chain((0..pictures).map(|number| picture(number, number == 0, i64::from(number) * 9_000)))
        .collect()
}

/// A viewer whose program is not a browser.
struct Client {
    rtc: Rtc,
    socket: UdpSocket,
    mid: Mid,
}

impl Client {
    /// Returns a client and its offer.
    async fn new() -> (Self, String, impl FnOnce(&mut Self, &Answer)) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        let mut rtc = RtcConfig::new().set_crypto_provider(crypto).build(std::time::Instant::now());
        rtc.add_local_candidate(Candidate::host(socket.local_addr().unwrap(), "udp").unwrap());
        let mut change = rtc.sdp_api();
        let mid = change.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        let (offer, pending) = change.apply().unwrap();
        let take = move |client: &mut Self, answer: &Answer| {
            assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
            let text = std::str::from_utf8(&answer.body).unwrap();
            client.rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(text).unwrap()).unwrap();
        };
        (Self { rtc, socket, mid }, offer.to_sdp_string(), take)
    }

    /// Opens a session as `cookie` says.
    async fn open(district: &District, cookie: &str) -> (Self, Answer) {
        let (mut client, offer, take) = Self::new().await;
        let answer = begin(district, cookie, &offer).await;
        take(&mut client, &answer);
        (client, answer)
    }

    /// Returns the next picture, or `None` when the session is over.
    async fn next(&mut self) -> Option<MediaData> {
        let deadline = Instant::now() + PATIENCE;
        let mut buffer = vec![0; 2048];
        loop {
            assert!(Instant::now() < deadline, "nothing for {PATIENCE:?}");
            let wake_at = match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => Instant::from_std(at),
                Output::Transmit(transmit) => {
                    self.socket.send_to(&transmit.contents, transmit.destination).await.unwrap();
                    continue;
                }
                Output::Event(Event::MediaData(data)) => return Some(data),
                Output::Event(Event::Closed) => return None,
                Output::Event(_) => continue,
            };
            if !self.rtc.is_alive() {
                return None;
            }
            let Ok(received) = timeout_at(wake_at.min(deadline), self.socket.recv_from(&mut buffer)).await else {
                self.rtc.handle_input(Input::Timeout(std::time::Instant::now())).unwrap();
                continue;
            };
            let (length, source) = received.unwrap();
            let destination = self.socket.local_addr().unwrap();
            let contents = buffer[..length].try_into().unwrap();
            let receive = Receive { proto: Protocol::Udp, source, destination, contents };
            self.rtc.handle_input(Input::Receive(std::time::Instant::now(), receive)).unwrap();
        }
    }

    async fn pictures(&mut self, count: usize) -> Vec<MediaData> {
        let mut pictures = Vec::new();
        while pictures.len() < count {
            pictures.push(self.next().await.expect("the session goes on"));
        }
        pictures
    }

    fn ask_for_a_key_picture(&mut self) {
        self.rtc.writer(self.mid).unwrap().request_keyframe(None, KeyframeRequestKind::Pli).unwrap();
    }
}

async fn begin(district: &District, cookie: &str, offer: &str) -> Answer {
    let path = format!("/api/v1/cameras/{}/whep?stream=sub", district.camera);
    post(district, &path, "application/sdp", offer, cookie).await
}

async fn post(district: &District, path: &str, kind: &str, body: &str, cookie: &str) -> Answer {
    let request = Request::post(path)
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body.to_owned()))
        .unwrap();
    district.send(with_cookie(request, cookie)).await
}

async fn end(district: &District, location: &str, cookie: &str) -> StatusCode {
    let request = Request::delete(location).header(header::HOST, "127.0.0.1:8080").body(Body::empty()).unwrap();
    district.send(with_cookie(request, cookie)).await.status
}

/// The number that a picture's NAL unit carries, behind whatever comes before it.
fn number(picture: &MediaData) -> u8 {
    *picture.data.last().unwrap()
}

#[tokio::test]
async fn a_viewer_gets_the_group_at_once_and_then_each_picture_as_it_comes() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = group(20);
    let cookie = district.sign_in("regulator").await;
    let (mut client, _) = Client::open(&district, &cookie).await;
    let burst = client.pictures(20).await;
    assert_eq!(burst.iter().map(number).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
    let key = &burst[0].data;
    for kind in [0x67, 0x68, 0x65] {
        assert!(key.windows(4).any(|four| four == [0, 0, 1, kind]), "no NAL unit {kind:#x} in {key:?}");
    }
    let times: Vec<_> =
        burst.iter().map(|picture| picture.time.rebase(str0m::media::Frequency::NINETY_KHZ).numer()).collect();
    assert!(times.windows(2).all(|two| two[1] - two[0] == 90), "a burst passes within milliseconds: {times:?}");
    let sender = district.live.open.lock().unwrap()[0].clone();
    for more in 20..23 {
        sender.send(picture(more, false, i64::from(more) * 9_000)).await.unwrap();
        let next = client.next().await.unwrap();
        assert_eq!(number(&next), more);
        let time = next.time.rebase(str0m::media::Frequency::NINETY_KHZ).numer();
        assert_eq!(time - times[19], (u64::from(more) - 19) * 9_000, "live pictures keep their distance");
    }
}

#[tokio::test]
async fn a_viewer_who_lost_packets_gets_the_group_again() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = group(3);
    let cookie = district.sign_in("manager").await;
    let (mut client, _) = Client::open(&district, &cookie).await;
    client.pictures(3).await;
    client.ask_for_a_key_picture();
    let again = client.pictures(3).await;
    assert_eq!(again.iter().map(number).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(district.live.opened.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn another_size_comes_with_its_own_parameter_sets() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = [group(2), group(2)].concat();
    let cookie = district.sign_in("regulator").await;
    let (mut client, _) = Client::open(&district, &cookie).await;
    let pictures = client.pictures(4).await;
    let sets: Vec<_> =
        pictures.iter().map(|picture| picture.data.windows(4).any(|four| four == [0, 0, 1, 0x67])).collect();
    assert_eq!(sets, [true, false, true, false]);
}

#[tokio::test]
async fn a_session_ends_for_its_own_sign_in_only() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = group(2);
    let (cookie, other) = (district.sign_in("regulator").await, district.sign_in("manager").await);
    let (mut client, answer) = Client::open(&district, &cookie).await;
    client.pictures(2).await;
    let location = answer.header("location").to_owned();
    assert_eq!(end(&district, &location, &other).await, StatusCode::NOT_FOUND);
    assert_eq!(end(&district, "/api/v1/whep/unknown", &cookie).await, StatusCode::NOT_FOUND);
    assert_eq!(end(&district, &location, &cookie).await, StatusCode::NO_CONTENT);
    assert!(client.next().await.is_none(), "the viewer is told");
}

#[tokio::test]
async fn a_seat_is_taken_until_the_sign_in_ends() {
    let config =
        Config { live_viewers_per_canteen: 1, live_check: Duration::from_secs(1), is_demo: true, ..Config::default() };
    let district = district(config).await;
    *district.live.script.lock().unwrap() = group(2);
    let (cookie, other) = (district.sign_in("regulator").await, district.sign_in("manager").await);
    let (mut client, _) = Client::open(&district, &cookie).await;
    client.pictures(2).await;
    let (_, offer, _) = Client::new().await;
    let full = begin(&district, &other, &offer).await;
    assert_eq!((full.status, full.error().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "too_many_viewers_of_canteen"));
    assert_eq!(full.header("retry-after"), "60");
    let sign_out =
        Request::delete("/api/v1/session").header(header::HOST, "127.0.0.1:8080").body(Body::empty()).unwrap();
    assert!(district.send(with_cookie(sign_out, &cookie)).await.status.is_success());
    assert!(timeout(PATIENCE, client.next()).await.unwrap().is_none(), "who signed out sees nothing more");
    let (mut next, answer) = Client::open(&district, &other).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    next.pictures(2).await;
}

#[tokio::test]
async fn a_lost_camera_is_named_with_cause_and_time() {
    let district = demo().await;
    let since = crate::support::NOON.parse().unwrap();
    let lost = LiveUnit::Lost { cause: GapCause::NetworkLost, detail: "no route".into(), since };
    *district.live.script.lock().unwrap() = vec![lost];
    let cookie = district.sign_in("regulator").await;
    let (_, offer, _) = Client::new().await;
    let answer = begin(&district, &cookie, &offer).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "no_pictures"));
    assert_eq!(answer.json()["error"]["cause"], "network_lost");
    assert_eq!(answer.json()["error"]["since"], "2026-11-21T04:00:00.000000Z");
}

#[tokio::test]
async fn what_is_no_offer_is_refused_with_its_remedy() {
    let district = demo().await;
    *district.live.script.lock().unwrap() = group(2);
    let cookie = district.sign_in("regulator").await;
    let path = format!("/api/v1/cameras/{}/whep", district.camera);
    let (_, offer, _) = Client::new().await;
    let many = format!("{offer}{}", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(100));
    let huge = "a=".repeat(40_000);
    let no_h264 = offer.replace("H264", "VP8");
    for (kind, body, status, code) in [
        ("application/sdp", "hello", 400, "bad_offer"),
        ("application/sdp", many.as_str(), 422, "too_many_tracks"),
        ("application/sdp", no_h264.as_str(), 422, "no_h264_offered"),
        ("application/sdp", huge.as_str(), 413, "offer_too_large"),
        ("application/json", offer.as_str(), 415, "not_sdp"),
    ] {
        let answer = post(&district, &path, kind, body, &cookie).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, code), "{:?}", answer.body);
    }
    assert!(SdpOffer::from_sdp_string(&offer).is_ok());
    let foreign = format!("/api/v1/cameras/{}/whep", district.other_camera);
    assert_eq!(post(&district, &foreign, "application/sdp", &offer, &cookie).await.status, StatusCode::NOT_FOUND);
    let parent = district.sign_in("parent").await;
    assert_eq!(post(&district, &path, "application/sdp", &offer, &parent).await.status, StatusCode::FORBIDDEN);
    assert_eq!(post(&district, &path, "application/sdp", &offer, "").await.status, StatusCode::UNAUTHORIZED);
}
