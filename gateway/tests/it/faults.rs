use crate::rig::{Coding, Rig, assert_whole, decoded_frames, eventually};
use mingchu_domain::camera::CameraState;
use mingchu_gateway::sim::{Cameras, Fault};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::Instant;

const LOST_WITHIN: Duration = Duration::from_secs(10);
const BACK_WITHIN: Duration = Duration::from_secs(40);

fn for_s(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

async fn live(rig: &Rig, camera: usize) {
    let what = format!("camera {camera} live");
    eventually(&what, BACK_WITHIN, || async { (rig.status(camera).await.state == CameraState::Live).then_some(()) })
        .await;
}

/// Waits until the camera shows as lost for that cause and returns how long it took.
async fn lost(rig: &Rig, camera: usize, cause: &str) -> Duration {
    let began = Instant::now();
    let is_lost = || async {
        let status = rig.status(camera).await;
        (status.state == CameraState::Failing && status.cause.is_some_and(|seen| seen.as_str() == cause)).then_some(())
    };
    eventually(&format!("camera {camera} {cause}"), LOST_WITHIN, is_lost).await;
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_shows_its_cause_mends_itself_and_leaves_a_gap_with_its_cause() {
    let faults = [
        (Fault::Close, "camera_offline"),
        (Fault::Freeze(for_s(6)), "camera_offline"),
        (Fault::Refuse(for_s(4)), "camera_offline"),
        (Fault::Password(for_s(4)), "wrong_password"),
        (Fault::Ssrc, "bad_stream"),
        (Fault::Garbage(for_s(3)), "bad_stream"),
    ];
    let rig = Rig::new(&vec![(Coding::H264, "rtsp"); faults.len() + 1]).await;
    let gateway = rig.start().await;
    let healthy = faults.len();
    for camera in 0..=healthy {
        live(&rig, camera).await;
    }
    for (camera, (fault, _)) in faults.iter().enumerate() {
        rig.sim.fault(Cameras::One(camera + 1), *fault).unwrap();
    }
    let all = faults.iter().enumerate().map(|(camera, (_, cause))| lost(&rig, camera, cause));
    let seen = futures::future::join_all(all).await;
    for ((fault, cause), after) in faults.iter().zip(&seen) {
        println!("{fault:?}: {cause} after {} ms", after.as_millis());
    }
    for camera in 0..faults.len() {
        live(&rig, camera).await;
        eventually("closed gap", BACK_WITHIN, || async {
            rig.gaps(camera).await.iter().any(|gap| gap.ended_at.is_some()).then_some(())
        })
        .await;
    }
    gateway.stop().await;

    assert_whole(&rig.numbers(healthy).await, "the camera without a fault");
    for (camera, (fault, cause)) in faults.iter().enumerate() {
        let gaps = rig.gaps(camera).await;
        let gap = gaps.iter().find(|gap| gap.cause.as_str() == *cause);
        assert!(gap.is_some_and(|gap| gap.ended_at.is_some()), "{fault:?}: {gaps:?}");
        for segment in rig.segments(camera).await {
            assert_eq!(decoded_frames(&rig.path(&segment)), segment.frames, "{fault:?}");
            let is_apart = |gap: &mingchu_store::Gap| {
                gap.started_at >= segment.range.start() || gap.ended_at.is_some_and(|end| end <= segment.range.start())
            };
            assert!(gaps.iter().all(is_apart), "{fault:?}: footage inside a gap");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jumps_wraps_and_new_parameters_lose_no_frame() {
    let faults = [Fault::Jump { seconds: 30 }, Fault::Jump { seconds: -5 }, Fault::Wrap, Fault::Parameters];
    let rig = Rig::new(&vec![(Coding::H264, "rtsp"); faults.len()]).await;
    let gateway = rig.start().await;
    for (camera, fault) in faults.iter().enumerate() {
        live(&rig, camera).await;
        eventually("a segment", BACK_WITHIN, || async { (!rig.segments(camera).await.is_empty()).then_some(()) }).await;
        rig.sim.fault(Cameras::One(camera + 1), *fault).unwrap();
    }
    let rig = &rig;
    let more = |camera| async move {
        let before = rig.segments(camera).await.len();
        let grown = || async { (rig.segments(camera).await.len() >= before + 3).then_some(()) };
        eventually("more segments", BACK_WITHIN, grown).await;
    };
    futures::future::join_all((0..faults.len()).map(more)).await;
    gateway.stop().await;
    for (camera, fault) in faults.iter().enumerate() {
        assert_whole(&rig.numbers(camera).await, &format!("{fault:?}"));
        let gaps = rig.gaps(camera).await;
        assert!(gaps.iter().all(|gap| gap.cause.as_str() == "gateway_down"), "{fault:?}: {gaps:?}");
        let mut entries = BTreeSet::new();
        for segment in rig.segments(camera).await {
            assert_eq!(decoded_frames(&rig.path(&segment)), segment.frames, "{fault:?}");
            entries.insert(crate::rig::scan(&rig.path(&segment)).sample_entry);
        }
        assert_eq!(entries.len(), if *fault == Fault::Parameters { 2 } else { 1 }, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_packets_and_a_slow_line_cost_pictures_but_not_the_file() {
    let faults = [Fault::Loss { percent: 10.0, lasting: for_s(3) }, Fault::Slow { kbps: 64, lasting: for_s(4) }];
    let rig = Rig::new(&vec![(Coding::H264, "rtsp"); faults.len() + 1]).await;
    let gateway = rig.start().await;
    for (camera, fault) in faults.iter().enumerate() {
        live(&rig, camera).await;
        rig.sim.fault(Cameras::One(camera + 1), *fault).unwrap();
    }
    live(&rig, faults.len()).await;
    for camera in 0..faults.len() {
        eventually("segments", BACK_WITHIN, || async { (rig.segments(camera).await.len() >= 4).then_some(()) }).await;
        live(&rig, camera).await;
    }
    gateway.stop().await;
    assert_whole(&rig.numbers(faults.len()).await, "the camera without a fault");
    let losses = rig.losses(0).await;
    assert!(losses.iter().any(|loss| loss.packets > 0 && loss.events > 0), "lost packets are told: {losses:?}");
    assert_eq!(rig.losses(faults.len()).await, [], "the camera without a fault");
    for camera in 0..faults.len() {
        assert!(rig.numbers(camera).await.is_sorted(), "order is kept");
        for segment in rig.segments(camera).await {
            assert!(crate::rig::scan(&rig.path(&segment)).fragments.iter().all(mingchu_gateway::mp4::Fragment::is_key));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_refuses_is_a_lost_network() {
    let rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    let gateway = rig.start().await;
    live(&rig, 0).await;
    rig.sim.fault(Cameras::All, Fault::Refuse(for_s(5))).unwrap();
    lost(&rig, 0, "network_lost").await;
    live(&rig, 0).await;
    gateway.stop().await;
    let gaps = rig.gaps(0).await;
    assert!(gaps.iter().any(|gap| gap.cause.as_str() == "network_lost" && gap.ended_at.is_some()), "{gaps:?}");
}
