use crate::rig::{Coding, Rig, assert_whole, decoded_frames, eventually};
use mingchu_domain::{
    camera::CameraState,
    live::LiveUnit,
    media::{Codec, StreamKind},
};
use mingchu_gateway::chain;
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn every_frame_is_archived_over_tcp_and_udp_as_h264_and_h265() {
    let rig =
        Rig::new(&[(Coding::H264, "rtsp"), (Coding::H265, "rtsp"), (Coding::H264, "rtspu"), (Coding::H265, "rtspu")])
            .await;
    let gateway = rig.start().await;
    for camera in 0..4 {
        eventually("three segments", LONG, || async { (rig.segments(camera).await.len() >= 3).then_some(()) }).await;
        assert_eq!(rig.status(camera).await.state, CameraState::Live);
    }
    let stopping = Instant::now();
    gateway.stop().await;
    assert!(stopping.elapsed() < Duration::from_secs(2), "stopped in {:?}", stopping.elapsed());

    for camera in 0..4 {
        let segments = rig.segments(camera).await;
        assert_whole(&rig.numbers(camera).await, &format!("camera {camera}"));
        let mut previous = String::new();
        for segment in &segments {
            let path = rig.path(segment);
            assert_eq!(decoded_frames(&path), segment.frames);
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(bytes.len() as u64, segment.size_bytes);
            assert_eq!(hex::encode(Sha256::digest(&bytes)), segment.sha256);
            previous = chain(&previous, &segment.sha256);
            assert_eq!(segment.chain, previous);
        }
        let seams = segments.windows(2).map(|pair| (pair[0].range.end(), pair[1].range.start()));
        assert!(seams.into_iter().all(|(end, start)| end == start), "no time between segments");
    }
    let parts = walk(&rig.config.data).into_iter().filter(|path| path.ends_with(".part"));
    assert_eq!(parts.count(), 0, "a stopped gateway leaves no part file");
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path.display().to_string()) }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn state_tells_codec_size_and_the_cameras_clock() {
    let rig = Rig::new(&[(Coding::H265, "rtsp")]).await;
    let gateway = rig.start().await;
    let status = eventually("clock offset", LONG, || async {
        Some(rig.status(0).await).filter(|status| status.clock_offset_us.is_some())
    })
    .await;
    assert_eq!((status.codec, status.width, status.height), (Some(Codec::H265), Some(320), Some(240)));
    assert!(status.clock_offset_us.unwrap().abs() < 2_000_000, "both read the same clock");
    gateway.stop().await;
    let status = rig.status(0).await;
    assert_eq!((status.state, status.cause.map(|cause| cause.as_str())), (CameraState::Failing, Some("gateway_down")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_gets_a_playable_stream_and_h265_is_refused_with_a_reason() {
    let rig = Rig::new(&[(Coding::H264, "rtsp"), (Coding::H265, "rtsp")]).await;
    let gateway = rig.start().await;
    for camera in 0..2 {
        eventually("live", LONG, || async { (rig.status(camera).await.state == CameraState::Live).then_some(()) })
            .await;
    }
    let hub = gateway.hub();
    let refused = hub.live(rig.cameras[1].main).unwrap_err();
    assert!(refused.to_string().contains("H.265"), "{refused}");
    let mut viewer = hub.live(rig.cameras[0].main).unwrap();
    let Some(LiveUnit::Init { codec_string, width, data, .. }) = viewer.recv().await else { panic!("init first") };
    assert!(codec_string.starts_with("avc1."), "{codec_string}");
    assert_eq!(width, 320);
    let (mut file, mut last) = (data.to_vec(), -1);
    for index in 0..60 {
        let Some(LiveUnit::Fragment { data, is_key, pts_90k }) = viewer.recv().await else { panic!("fragment") };
        assert!(index > 0 || is_key, "the first picture is a key picture");
        assert!(pts_90k > last);
        (last, file) = (pts_90k, [file, data.to_vec()].concat());
    }
    gateway.stop().await;
    assert!(viewer.recv().await.is_none_or(|unit| !matches!(unit, LiveUnit::Init { .. })));
    let path = rig.folder.path().join("live.mp4");
    std::fs::write(&path, file).unwrap();
    assert_eq!(decoded_frames(&path), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_camera_ends_its_files_and_a_new_one_begins() {
    let rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    let gateway = rig.start().await;
    let mut units = gateway.hub().units(rig.cameras[0].main);
    assert!(units.recv().await.unwrap().is_key);
    rig.enable(0, false).await;
    let viewers = || async { (rig.sim.viewers(1, StreamKind::Main) == 0).then_some(()) };
    eventually("end of the session", LONG, viewers).await;
    eventually("row", LONG, || async { (!rig.segments(0).await.is_empty()).then_some(()) }).await;
    rig.enable(0, true).await;
    let off = || async {
        rig.gaps(0).await.into_iter().find(|gap| gap.cause.as_str() == "switched_off" && gap.ended_at.is_some())
    };
    let off = eventually("the end of the time out of service", LONG, off).await;
    gateway.stop().await;
    let gaps = rig.gaps(0).await;
    let pieces = rig.segments(0).await;
    assert!(pieces.iter().any(|piece| piece.range.end() == off.started_at), "{pieces:?} {gaps:?}");
    assert!(pieces.iter().any(|piece| Some(piece.range.start()) == off.ended_at), "{pieces:?} {gaps:?}");
}
