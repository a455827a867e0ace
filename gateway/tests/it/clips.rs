use crate::rig::{Coding, Rig, assert_whole, decoded_frames, eventually};
use mingchu_domain::{
    id::ViolationId,
    place::ZoneKind,
    role::Scope,
    rule::{RuleCode, RulePack},
    time::{Clock, WallTime},
    violation::{EvidenceState, Figures},
};
use mingchu_gateway::sim::{Cameras, Fault};
use mingchu_store::{Evidence, NewViolation, SystemClock};
use std::{path::Path, process::Command, time::Duration};

const LONG: Duration = Duration::from_secs(45);

async fn violate(rig: &Rig, started_at: WallTime, ended_at: WallTime) -> ViolationId {
    let id = ViolationId::generate();
    let pack = RulePack::national();
    let rule = pack.rule(RuleCode::NoHat).unwrap();
    let violation = NewViolation {
        id,
        camera_id: rig.cameras[0].id,
        canteen_id: rig.canteen,
        zone: ZoneKind::Cooking,
        code: rule.code,
        severity: rule.severity,
        rule_pack: pack.label(),
        clauses: rule.clauses.clone(),
        demand: rule.demand.clone(),
        demand_en: rule.demand_en.clone(),
        rectify_within: rule.rectify_within(),
        model: "scripted".into(),
        track: 1,
        started_at,
        ended_at,
        figures: Figures { votes: 5, of: 6, window_s: 6.0, confidence: 0.9, head_px: None, measure: None },
        frames: vec![],
        snapshot_key: "violation/1/snapshot.jpg".into(),
        clock_offset_us: None,
    };
    rig.store.insert_violation(&violation).await.unwrap();
    id
}

async fn evidence(rig: &Rig, id: ViolationId) -> Evidence {
    eventually("decided evidence", LONG, || async {
        let evidence = rig.store.violation(&Scope::All, id).await.unwrap().evidence;
        (evidence.state != EvidenceState::Pending).then_some(evidence)
    })
    .await
}

fn duration_s(path: &Path) -> f64 {
    let args = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"];
    let probe = Command::new("ffprobe").args(args).arg(path).output().unwrap();
    String::from_utf8_lossy(&probe.stdout).trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_shows_five_seconds_before_and_after_out_of_closed_and_open_files() {
    let mut rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    rig.config.segment = Duration::from_secs(8);
    let gateway = rig.start().await;
    let first = eventually("a segment", LONG, || async { rig.segments(0).await.into_iter().next() }).await;
    let (started_at, ended_at) =
        (first.range.end() - Duration::from_secs(1), first.range.end() + Duration::from_secs(1));
    let id = violate(&rig, started_at, ended_at).await;

    let Evidence { state, reason, clip } = evidence(&rig, id).await;

    assert_eq!((state, reason), (EvidenceState::Ready, None));
    let clip = clip.unwrap();
    let path = rig.store.objects().path(&clip.object_key).unwrap();
    assert!(clip.range.start() <= started_at - Duration::from_secs(5), "{clip:?}");
    assert!(clip.range.end() >= ended_at + Duration::from_secs(5), "{clip:?}");
    assert_eq!(decoded_frames(&path), clip.frames);
    let length = duration_s(&path);
    // the row goes by the gateway's clock, and a busy machine takes pictures late
    assert!((length - clip.range.length().as_secs_f64()).abs() < 1.5, "{length} s, row says {:?}", clip.range.length());
    assert!((11.0..16.0).contains(&length), "{length} s");
    gateway.stop().await;
    let numbers = rig.numbers(0).await;
    assert_whole(&numbers, "the archive");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_violation_without_footage_says_why() {
    let rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    let gateway = rig.start().await;
    eventually("a segment", LONG, || async { (!rig.segments(0).await.is_empty()).then_some(()) }).await;
    rig.sim.fault(Cameras::One(1), Fault::Password(None)).unwrap();
    let refused = || async { rig.gaps(0).await.into_iter().find(|gap| gap.cause.as_str() == "wrong_password") };
    let gap = eventually("a gap", LONG, refused).await;
    let at = gap.started_at + Duration::from_secs(2);
    while SystemClock.now() < at {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let id = violate(&rig, at - Duration::from_secs(1), at).await;

    let Evidence { state, reason, clip } = evidence(&rig, id).await;

    assert_eq!((state, clip), (EvidenceState::Missing, None));
    let reason = reason.unwrap();
    assert!(reason.starts_with("no footage from ") && reason.contains("wrong password"), "{reason}");
    gateway.stop().await;
}
