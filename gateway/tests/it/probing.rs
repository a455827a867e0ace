use crate::rig::{Coding, clip};
use mingchu_domain::{
    camera::GapCause,
    live::{CameraAddress, ProbeFailed},
    media::{Codec, StreamKind},
};
use mingchu_gateway::{
    probe,
    sim::{self, Account, Cameras, Clip, Fault, SignIn},
};
use std::time::Instant;

fn address(url: &str) -> CameraAddress {
    CameraAddress { url: url.to_owned(), username: None, password: None }
}

fn signed(url: &str, password: &str) -> CameraAddress {
    CameraAddress { username: Some("viewer".into()), password: Some(password.into()), ..address(url) }
}

async fn camera(coding: Coding, sign_in: SignIn) -> sim::Sim {
    let clips = vec![Clip { main: clip(coding), sub: None }];
    let config = sim::Config::new(clips, 1, "127.0.0.1:0".parse().unwrap());
    sim::start(sim::Config { sign_in, ..config }).await.unwrap()
}

#[tokio::test]
async fn a_camera_tells_codec_and_size() {
    let account = Account { username: "viewer".into(), password: "s3cret".into() };
    for sign_in in [SignIn::Digest(account.clone()), SignIn::Basic(account)] {
        let sim = camera(Coding::H265, sign_in).await;
        let url = sim.url(1, StreamKind::Main);
        for url in [url.clone(), url.replacen("rtsp", "rtspu", 1)] {
            let report = probe(&signed(&url, "s3cret")).await.unwrap();
            assert_eq!((report.codec, report.width, report.height), (Codec::H265, 320, 240));
        }
        sim.stop().await;
    }
}

#[tokio::test]
async fn every_failure_names_the_thing_and_the_remedy() {
    let account = Account { username: "viewer".into(), password: "s3cret".into() };
    let sim = camera(Coding::H264, SignIn::Digest(account)).await;
    let url = sim.url(1, StreamKind::Main);
    let host = sim.address().to_string();
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();

    let failed = |address: CameraAddress| async move { probe(&address).await.unwrap_err() };
    let ProbeFailed { cause, message } = failed(address("http://10.0.0.7/main")).await;
    assert_eq!(cause, GapCause::BadStream);
    assert_eq!(message, "the address is no RTSP address; write it as rtsp://192.168.1.64:554/path");

    let ProbeFailed { cause, message } = failed(signed(&url, "wrong-one")).await;
    assert_eq!(cause, GapCause::WrongPassword);
    assert_eq!(message, format!("{host}: camera refuses the name or password; check name and password"));

    let ProbeFailed { cause, message } = failed(address(&url)).await;
    assert_eq!((cause, message.contains("name and password")), (GapCause::WrongPassword, true), "{message}");

    let ProbeFailed { cause, message } = failed(address(&format!("rtsp://{unused}/main"))).await;
    assert_eq!(cause, GapCause::NetworkLost);
    assert!(message.starts_with(&format!("{unused}: camera cannot be reached: connection refused")), "{message}");

    let ProbeFailed { cause, message } = failed(signed(&format!("rtsp://{host}/nothing"), "s3cret")).await;
    assert_eq!(cause, GapCause::NoVideo);
    assert!(message.ends_with("camera has no stream at this path (404); check the path"), "{message}");

    let ProbeFailed { cause, message } = failed(address(&url.replace("rtsp://", "rtsp://viewer:s3cret@"))).await;
    assert_eq!((cause, message.contains("s3cret")), (GapCause::BadStream, false), "{message}");

    sim.fault(Cameras::One(1), Fault::Freeze(None)).unwrap();
    let began = Instant::now();
    let ProbeFailed { cause, message } = failed(signed(&url, "s3cret")).await;
    assert_eq!(cause, GapCause::NoVideo);
    assert!(message.contains("no key picture within 8 s"), "{message}");
    assert!(began.elapsed().as_secs() < 10);
    sim.stop().await;
}
