//! Every fault a camera can have, once, with the real binary: it shows as lost with the reason, comes back by itself,
//! and what is missing is a gap row with its cause. No other camera loses a picture.
#![cfg(feature = "gateway")]
#![allow(clippy::unwrap_used, reason = "a test ends where its means fail")]

mod district;

use district::{Account, District, Simulator, clip, eventually};
use futures::future::join_all;
use mingchu_domain::{
    camera::{CameraState, GapCause},
    id::StreamId,
};
use std::time::Duration;

const ACCOUNT: Account = Account { name: "viewer", password: "only-for-this-test" };
/// How soon a person must see that a camera is lost.
const SEEN_WITHIN: Duration = Duration::from_secs(10);
const BACK_WITHIN: Duration = Duration::from_secs(40);

/// Faults after which the camera is lost, with the cause that must show.
const LOST: &[(&str, GapCause)] = &[
    ("close", GapCause::CameraOffline),
    ("freeze 12s", GapCause::CameraOffline),
    ("refuse 6s", GapCause::CameraOffline),
    ("password 6s", GapCause::WrongPassword),
    ("ssrc", GapCause::BadStream),
    ("garbage 6s", GapCause::BadStream),
];
/// Faults that may cost single pictures, while the camera goes on.
const COSTLY: &[&str] = &["loss 20 4s", "slow 40 4s"];
/// Faults that a camera may have without losing a picture.
const KEPT: &[&str] = &["jump 30", "jump -5", "wrap", "parameters"];

/// Returns the steps of more than one between neighbours: pictures that are not in the archive.
fn missing(numbers: &[u64]) -> Vec<(u64, u64)> {
    numbers.windows(2).filter(|pair| pair[1] != pair[0] + 1).map(|pair| (pair[0], pair[1])).collect()
}

/// Orders the fault and waits until the camera was lost with that cause and is live again with a closed gap.
async fn lost_and_back(
    district: &District,
    cameras: &Simulator,
    number: usize,
    stream: StreamId,
    fault: &str,
    cause: GapCause,
) {
    cameras.order(&format!("fault {number} {fault}")).await;
    let gap = eventually(&format!("{fault}: the camera is lost with a reason"), SEEN_WITHIN, || async {
        let gaps = district.gaps(stream).await;
        // the gap from before the camera's first picture is not this fault's
        gaps.into_iter().find(|gap| gap.cause == cause)
    })
    .await;
    assert!(!gap.detail.contains("rtsp://") && !gap.detail.contains(ACCOUNT.password), "{fault}: {}", gap.detail);
    eventually(&format!("{fault}: the camera is back, its gap closed"), BACK_WITHIN, || async {
        let is_live = district.state(stream).await.0 == CameraState::Live;
        let is_closed = district.gaps(stream).await.iter().all(|gap| gap.ended_at.is_some());
        (is_live && is_closed).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_camera_shows_why_comes_back_and_harms_no_other() {
    let district = District::new().await;
    let main = clip(&district.path("kitchen.mp4"), "libx264", "320x240");
    let count = LOST.len() + COSTLY.len() + KEPT.len() + 1;
    let cameras = Simulator::start(&[main], count, Some(ACCOUNT)).await;
    let mut streams = Vec::new();
    for number in 1..=count {
        streams.push(district.add_camera(&cameras.url(number), Some(ACCOUNT)).await);
    }
    let gateway = district.run_gateway("segment = \"5s\"\nretry_max = \"4s\"");
    district.all_live(&streams).await;

    let kept = LOST.len() + COSTLY.len();
    for (index, fault) in COSTLY.iter().chain(KEPT).enumerate() {
        cameras.order(&format!("fault {} {fault}", LOST.len() + index + 1)).await;
    }
    let lost = LOST.iter().enumerate();
    join_all(
        lost.map(|(index, (fault, cause))| {
            lost_and_back(&district, &cameras, index + 1, streams[index], fault, *cause)
        }),
    )
    .await;
    for stream in &streams[LOST.len()..] {
        assert_eq!(district.state(*stream).await.0, CameraState::Live);
    }
    let (code, took) = gateway.stop().await;
    cameras.stop().await;

    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(3), "stopping took {took:?}");
    for (index, fault) in LOST.iter().map(|(fault, _)| fault).chain(COSTLY).enumerate() {
        let steps = missing(&district.archived(streams[index]).await);
        assert!(!steps.is_empty() || index >= LOST.len(), "{fault}: no picture is missing, so the fault was none");
        assert!(steps.iter().all(|(before, after)| after > before), "{fault}: pictures are doubled: {steps:?}");
    }
    for (index, fault) in KEPT.iter().enumerate() {
        let numbers = district.archived(streams[kept + index]).await;
        assert_eq!(missing(&numbers), [], "{fault}");
    }
    let untouched = district.archived(streams[count - 1]).await;
    assert!(untouched.len() > 100 && missing(&untouched).is_empty(), "{:?}", missing(&untouched));
}
