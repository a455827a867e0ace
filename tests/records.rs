//! Cameras in, archive out, with the real binary: every picture a camera sends is on disk.
#![cfg(feature = "gateway")]
#![allow(clippy::unwrap_used, reason = "a test ends where its means fail")]

mod district;

use district::{Account, District, Simulator, clip, eventually};
use std::{path::Path, process::Command, time::Duration};

const ACCOUNT: Account = Account { name: "viewer", password: "only-for-this-test" };

/// Counts the pictures that an independent reader decodes from a file.
fn decoded(file: &Path) -> usize {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-select_streams", "v:0"])
        .args(["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"])
        .arg(file)
        .output()
        .expect("ffprobe is installed (scripts/setup test)");
    assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().trim_end_matches(',').parse().unwrap()
}

fn assert_no_step(numbers: &[u64]) {
    let steps: Vec<_> = numbers.windows(2).filter(|pair| pair[1] != pair[0] + 1).collect();
    assert!(steps.is_empty(), "pictures are missing or doubled: {steps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_simulated_picture_is_in_the_archive_over_tcp_and_udp_in_h264_and_h265_with_digest() {
    let district = District::new().await;
    let h264 = clip(&district.path("h264.mp4"), "libx264", "320x240");
    let h265 = clip(&district.path("h265.mp4"), "libx265", "320x240");
    let cameras = Simulator::start(&[h264, h265], 4, Some(ACCOUNT)).await;
    let urls = [cameras.url(1), cameras.url(2), cameras.udp_url(3), cameras.udp_url(4)];
    let mut streams = Vec::new();
    for url in &urls {
        streams.push(district.add_camera(url, Some(ACCOUNT)).await);
    }

    let gateway = district.run_gateway("segment = \"2s\"");
    district.all_live(&streams).await;
    for stream in &streams {
        eventually("three segments are archived", Duration::from_secs(30), || async {
            (district.segments(*stream).await.len() >= 3).then_some(())
        })
        .await;
    }
    let (code, took) = gateway.stop().await;
    cameras.stop().await;

    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(3), "stopping took {took:?}");
    for (stream, url) in streams.iter().zip(&urls) {
        let segments = district.segments(*stream).await;
        let files: usize = segments.iter().map(|segment| decoded(&district.path("archive").join(&segment.path))).sum();
        let rows: usize = segments.iter().map(|segment| usize::try_from(segment.frames).unwrap()).sum();
        let numbers = district.archived(*stream).await;
        assert!(numbers.len() >= 60, "{url}: {} pictures", numbers.len());
        assert_eq!((files, rows), (numbers.len(), numbers.len()), "{url}");
        assert_no_step(&numbers);
    }
}
