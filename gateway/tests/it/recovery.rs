use crate::rig::{Coding, Rig, SmallDisk, assert_whole, decoded_frames, eventually};
use mingchu_domain::camera::GapCause;
use mingchu_store::Gap;
use std::{path::PathBuf, sync::Arc, time::Duration};

const LONG: Duration = Duration::from_secs(30);

/// Runs a gateway on a runtime of its own and lets it vanish in the middle of everything: no task sees an end.
fn run_and_vanish(rig: &Rig, until: impl Future<Output = ()> + Send + 'static) {
    let (store_folder, config) = (rig.folder.path().to_owned(), rig.config.clone());
    let run = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async move {
            let store = crate::rig::open_store(&store_folder).await;
            let clock = Arc::new(mingchu_store::SystemClock);
            let gateway = mingchu_gateway::start(store, config, clock).await.unwrap();
            until.await;
            std::mem::forget(gateway);
        });
        runtime.shutdown_background();
    });
    run.join().unwrap();
}

fn parts(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(parts(&path));
        } else if path.extension().is_some_and(|extension| extension == "part") {
            found.push(path);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_gateway_loses_at_most_the_open_gop_and_the_gap_is_declared() {
    let mut rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    rig.config.segment = Duration::from_secs(60);
    let folder = rig.config.data.clone();
    let grown = async move {
        eventually("a part file of some GOPs", LONG, || async {
            let sizes = parts(&folder).into_iter().map(|part| part.metadata().unwrap().len());
            sizes.into_iter().any(|size| size > 60_000).then_some(())
        })
        .await;
    };
    tokio::task::block_in_place(|| run_and_vanish(&rig, grown));
    let left = parts(&rig.config.data);
    assert_eq!(left.len(), 1, "the part file is left behind");
    let whole = crate::rig::numbers_in(&left[0]);
    // down for longer than a group of pictures lasts
    tokio::time::sleep(Duration::from_millis(1500)).await;

    let gateway = rig.start().await;
    let recovered = eventually("the recovered row", LONG, || async { rig.segments(0).await.into_iter().next() }).await;
    let is_closed = |gap: &Gap| gap.ended_at.is_some() && gap.started_at >= recovered.range.end();
    let closed = || async { rig.gaps(0).await.into_iter().find(is_closed) };
    let gap = eventually("the closed gap", LONG, closed).await;
    gateway.stop().await;

    assert_eq!(crate::rig::numbers_in(&rig.path(&recovered)), whole);
    assert_whole(&whole, "the recovered file");
    assert_eq!(decoded_frames(&rig.path(&recovered)) as usize, whole.len());
    assert_eq!(gap.cause.as_str(), "gateway_down");
    assert_eq!(gap.started_at, recovered.range.end());
    let next = rig.segments(0).await[1].clone();
    assert_eq!(gap.ended_at, Some(next.range.start()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_file_without_a_row_is_adopted() {
    let rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    let gateway = rig.start().await;
    eventually("two segments", LONG, || async { (rig.segments(0).await.len() >= 2).then_some(()) }).await;
    gateway.stop().await;
    // a file whose row was never written: a copy of the last one under a later name
    let last = rig.segments(0).await.pop().unwrap();
    let path = rig.path(&last);
    let later = path.with_file_name("235959-999999.mp4");
    std::fs::copy(&path, &later).unwrap();

    let gateway = rig.start().await;
    let is_adopted =
        || async { rig.segments(0).await.into_iter().find(|segment| segment.path.ends_with("235959-999999.mp4")) };
    let adopted = eventually("the adopted row", LONG, is_adopted).await;
    gateway.stop().await;
    assert_eq!((adopted.frames, &adopted.sha256), (last.frames, &last.sha256));
    assert_eq!(adopted.chain, mingchu_gateway::chain(&last.chain, &last.sha256));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_or_cut_off_is_a_gap_until_it_is_back() {
    let rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    let gateway = rig.start().await;
    eventually("three segments", LONG, || async { (rig.segments(0).await.len() >= 3).then_some(()) }).await;
    gateway.stop().await;
    let whole = rig.segments(0).await;
    let (gone, cut) = (rig.path(&whole[0]), rig.path(&whole[1]));
    let (aside, bytes) = (gone.with_extension("aside"), std::fs::read(&cut).unwrap());
    std::fs::rename(&gone, &aside).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();

    let gateway = rig.start().await;
    let flagged = || async {
        let gaps = rig.gaps(0).await;
        let found = |cause| gaps.iter().find(|gap| gap.cause == cause).cloned();
        Some((found(GapCause::FileMissing)?, found(GapCause::FileDamaged)?))
    };
    let (missing, damaged) = eventually("both faults", LONG, flagged).await;
    gateway.stop().await;
    let range = |gap: Gap| (gap.started_at, gap.ended_at.unwrap());
    assert_eq!(range(missing), (whole[0].range.start(), whole[0].range.end()));
    assert_eq!(range(damaged), (whole[1].range.start(), whole[1].range.end()));
    assert_eq!(rig.segments(0).await.first(), whole.get(2), "neither is served as whole");

    std::fs::rename(&aside, &gone).unwrap();
    std::fs::write(&cut, bytes).unwrap();
    let gateway = rig.start().await;
    let is_whole = || async { (rig.segments(0).await.get(..2) == Some(&whole[..2])).then_some(()) };
    eventually("both files again", LONG, is_whole).await;
    gateway.stop().await;
    assert!(flagged().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_refuses_is_a_gap_and_recording_goes_on_once_it_takes_again() {
    let rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    // a file where the stream's folder should be: nothing can be created there
    let blocked = rig.config.data.join(rig.cameras[0].main.to_string());
    std::fs::create_dir_all(&rig.config.data).unwrap();
    std::fs::write(&blocked, b"").unwrap();
    let gateway = rig.start().await;
    let open = || async { rig.gaps(0).await.into_iter().find(|gap| gap.cause.as_str() == "disk_full") };
    eventually("a gap", LONG, open).await;
    std::fs::remove_file(&blocked).unwrap();
    eventually("a segment", LONG, || async { rig.segments(0).await.into_iter().next() }).await;
    gateway.stop().await;
    let gap = open().await.unwrap();
    assert_eq!(gap.ended_at, Some(rig.segments(0).await[0].range.start()));
    assert_whole(&rig.numbers(0).await, "what came after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_keeps_what_it_took_and_recording_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::of_kib(1024) else {
        println!("skipped: this user may not mount a small disk");
        return;
    };
    let mut rig = Rig::new(&[(Coding::H264, "rtsp")]).await;
    rig.config.data = disk.path().join("archive");
    let gateway = rig.start().await;
    let full = || async { rig.gaps(0).await.into_iter().find(|gap| gap.cause.as_str() == "disk_full") };
    eventually("a full disk", LONG * 2, full).await;
    let kept = rig.segments(0).await;
    assert!(!kept.is_empty());
    std::fs::remove_file(rig.path(&kept[0])).unwrap();
    eventually("room again", LONG, || async { full().await.is_some_and(|gap| gap.ended_at.is_some()).then_some(()) })
        .await;
    gateway.stop().await;
    let gap = full().await.unwrap();
    for segment in rig.segments(0).await.iter().skip(1) {
        assert_eq!(decoded_frames(&rig.path(segment)), segment.frames);
        let range = segment.range;
        assert!(
            range.end() <= gap.started_at || gap.ended_at.is_some_and(|end| range.start() >= end),
            "{segment:?} {gap:?}"
        );
    }
    assert!(parts(&rig.config.data).len() <= 1, "attempts leave no empty files: {:?}", parts(&rig.config.data));
}
