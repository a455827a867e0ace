//! Cameras that send H.265 alone, watched by browsers.

use crate::rig::{Coding, Rig, clip, eventually};
use mingchu_domain::{
    id::StreamId,
    live::{LiveRefused, LiveUnit},
};
use mingchu_gateway::{
    Gateway,
    sim::{Cameras, Fault},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, timeout},
};

const WAIT: Duration = Duration::from_secs(30);

fn kitchen() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/footage/clips/serving_compliant_h265.mp4")
}

/// Opens the camera's live stream, once its first picture is there.
async fn open(gateway: &Gateway, stream: StreamId) -> Receiver<LiveUnit> {
    let (hub, transcodes) = (gateway.hub(), gateway.transcodes());
    let is_known = || async { (hub.live(stream).err() == Some(LiveRefused::NotPlayable)).then_some(()) };
    eventually("an H.265 stream", WAIT, is_known).await;
    transcodes.live(stream).unwrap()
}

async fn next(viewer: &mut Receiver<LiveUnit>) -> LiveUnit {
    timeout(WAIT, viewer.recv()).await.unwrap().expect("the stream goes on")
}

/// Waits for the next init segment and returns the picture's size.
async fn size(viewer: &mut Receiver<LiveUnit>) -> (u16, u16) {
    loop {
        if let LiveUnit::Init { codec_string, width, height, .. } = next(viewer).await {
            assert!(codec_string.starts_with("avc1.42"), "baseline plays everywhere: {codec_string}");
            return (width, height);
        }
    }
}

async fn lost(viewer: &mut Receiver<LiveUnit>) {
    while !matches!(next(viewer).await, LiveUnit::Lost { .. }) {}
}

/// Records `seconds` of what a viewer gets as fragmented MP4, and returns the presentation times.
async fn record(viewer: &mut Receiver<LiveUnit>, seconds: i64, to: &Path) -> Vec<i64> {
    let (mut file, mut times, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    while times.last().is_none_or(|last| last - times[0] < seconds * 90_000) {
        match next(viewer).await {
            LiveUnit::Init { data, .. } => file.extend_from_slice(&data),
            LiveUnit::Fragment { data, is_key, pts_90k } => {
                file.extend_from_slice(&data);
                times.push(pts_90k);
                keys.extend(is_key.then_some(pts_90k));
            }
            LiveUnit::Lost { detail, .. } => panic!("lost: {detail}"),
        }
    }
    let apart = keys.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(apart.is_some_and(|apart| apart <= 180_000), "a key picture each two seconds: {keys:?}");
    std::fs::write(to, file).unwrap();
    times
}

/// Returns the pictures of a file as gray pixels of this size.
fn gray(file: &Path, (width, height): (u16, u16)) -> Vec<Vec<u8>> {
    let scale = format!("scale={width}:{height}");
    let args = ["-v", "error", "-i", file.to_str().unwrap(), "-vf", &scale, "-fps_mode", "passthrough"];
    let out = Command::new("ffmpeg").args(args).args(["-pix_fmt", "gray", "-f", "rawvideo", "-"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stderr), "", "{} decodes without an error", file.display());
    out.stdout.chunks_exact(usize::from(width) * usize::from(height)).map(<[u8]>::to_vec).collect()
}

/// Returns the nearest picture's place, and the mean difference in levels of 256.
fn nearest(picture: &[u8], among: &[Vec<u8>]) -> (usize, f64) {
    let difference = |other: &Vec<u8>| {
        let sum: u64 = picture.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        f64::from(u32::try_from(sum).unwrap()) / f64::from(u32::try_from(picture.len()).unwrap())
    };
    let differences = among.iter().map(difference).enumerate();
    differences.min_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_of_an_h265_camera_see_its_pictures_in_order_and_small() {
    let rig = Rig::of(vec![kitchen(), clip(Coding::H265)], &["rtsp", "rtsp"]).await;
    let gateway = rig.start().await;
    let folder = TempDir::new().unwrap();
    for (camera, size) in [(0, (640, 360)), (1, (320, 240))] {
        let began = Instant::now();
        let mut viewer = open(&gateway, rig.cameras[camera].main).await;
        let opened = Instant::now();
        let LiveUnit::Init { width, height, data, .. } = next(&mut viewer).await else { panic!("no init first") };
        println!("camera {camera}: seen after {:?}, first picture {:?} later", opened - began, opened.elapsed());
        assert_eq!((width, height), size);
        let file = folder.path().join(format!("{camera}.mp4"));
        let times = record(&mut viewer, 4, &file).await;
        let fragments = std::fs::read(&file).unwrap();
        std::fs::write(&file, [&data[..], &fragments].concat()).unwrap();
        let quarter = (size.0 / 4, size.1 / 4);
        let (seen, source) = (gray(&file, quarter), gray(&[kitchen(), clip(Coding::H265)][camera], quarter));
        assert_eq!(seen.len(), times.len());
        let found: Vec<_> = seen.iter().map(|picture| nearest(picture, &source)).collect();
        let worst = found.iter().map(|(_, levels)| *levels).fold(0.0, f64::max);
        println!("camera {camera}: {} pictures, {worst:.2} levels off at most", seen.len());
        assert!(worst < 6.0, "{found:?}");
        if camera == 1 {
            // the test picture counts its frames: none is missing, none twice
            let follows = |pair: &[(usize, f64)]| pair[1].0 == (pair[0].0 + 1) % source.len();
            assert!(found.windows(2).all(follows), "{found:?}");
            assert!(times.windows(2).all(|pair| (pair[1] - pair[0] - 3600).abs() < 1000), "{times:?}");
        }
    }
    gateway.stop().await;
}

/// Returns the levels that a hundredth of the pixels lie below, and above.
fn extremes(picture: &[u8]) -> (u8, u8) {
    let mut levels = picture.to_vec();
    levels.sort_unstable();
    (levels[levels.len() / 100], levels[levels.len() - 1 - levels.len() / 100])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_still_is_as_dark_and_as_bright_as_what_the_camera_sends() {
    let rig = Rig::of(vec![kitchen()], &["rtsp"]).await;
    let gateway = rig.start().await;
    let stills = gateway.live_stills();
    let newest = || async { stills.newest(rig.cameras[0].main).await.ok() };
    let still = eventually("a still", WAIT, newest).await;
    gateway.stop().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("still.jpg");
    std::fs::write(&file, &still.jpeg).unwrap();
    let (seen, source) = (gray(&file, (240, 134)), gray(&kitchen(), (240, 134)));
    let (dark, bright) = extremes(&seen[0]);
    let (source_dark, source_bright) = extremes(&source[0]);
    println!("{dark} to {bright}, of {source_dark} to {source_bright}");
    assert!(dark.abs_diff(source_dark) <= 6 && bright.abs_diff(source_bright) <= 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_share_one_transcode_that_ends_after_the_last_and_no_more_run_than_may() {
    let mut rig = Rig::new(&[(Coding::H265, "rtsp"); 2]).await;
    rig.config.transcodes = 1;
    let gateway = rig.start().await;
    let (first, second) = (rig.cameras[0].main, rig.cameras[1].main);
    let mut viewers = vec![open(&gateway, first).await];
    let transcodes = gateway.transcodes();
    for _ in 0..20 {
        viewers.push(transcodes.live(first).unwrap());
    }
    for viewer in &mut viewers {
        assert!(matches!(next(viewer).await, LiveUnit::Init { .. }));
    }
    let hub = gateway.hub();
    let is_known = || async { (hub.live(second).err() == Some(LiveRefused::NotPlayable)).then_some(()) };
    eventually("the other camera", WAIT, is_known).await;
    assert_eq!(transcodes.live(second).unwrap_err(), LiveRefused::TooManyTranscodes);
    drop(viewers);
    let left = Instant::now();
    // who comes back soon joins what still runs, and finds a picture waiting
    let mut again = transcodes.live(first).unwrap();
    assert!(matches!(timeout(Duration::from_millis(200), again.recv()).await, Ok(Some(LiveUnit::Init { .. }))));
    drop(again);
    let is_free = || async { transcodes.live(second).ok() };
    let mut other = eventually("the place is free", WAIT, is_free).await;
    let after = left.elapsed();
    assert!((10..13).contains(&after.as_secs()), "the transcode ended after {after:?}");
    assert!(matches!(next(&mut other).await, LiveUnit::Init { .. }));
    gateway.stop().await;
    while let Some(unit) = timeout(WAIT, other.recv()).await.unwrap() {
        assert!(matches!(unit, LiveUnit::Fragment { .. }), "{unit:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_is_lost_freezes_or_changes_in_mid_view_is_told_and_comes_back() {
    let rig = Rig::new(&[(Coding::H265, "rtsp")]).await;
    let gateway = rig.start().await;
    let mut viewer = open(&gateway, rig.cameras[0].main).await;
    size(&mut viewer).await;
    for fault in [Fault::Close, Fault::Freeze(Some(Duration::from_secs(5)))] {
        rig.sim.fault(Cameras::One(1), fault).unwrap();
        let told = Instant::now();
        timeout(WAIT, lost(&mut viewer)).await.unwrap();
        println!("{fault:?}: told after {:?}", told.elapsed());
        timeout(WAIT, size(&mut viewer)).await.unwrap();
        assert!(matches!(next(&mut viewer).await, LiveUnit::Fragment { is_key: true, .. }), "{fault:?}");
        println!("{fault:?}: back after {:?}", told.elapsed());
    }
    rig.sim.fault(Cameras::One(1), Fault::Garbage(Some(Duration::from_secs(2)))).unwrap();
    for _ in 0..100 {
        next(&mut viewer).await;
    }
    rig.sim.fault(Cameras::One(1), Fault::Parameters).unwrap();
    timeout(WAIT, size(&mut viewer)).await.unwrap();
    assert!(matches!(next(&mut viewer).await, LiveUnit::Fragment { is_key: true, .. }));
    // switched off: viewers ask again, and hear why
    rig.enable(0, false).await;
    while timeout(WAIT, viewer.recv()).await.unwrap().is_some() {}
    assert_eq!(gateway.transcodes().live(rig.cameras[0].main).unwrap_err(), LiveRefused::NotPulled);
    gateway.stop().await;
}
