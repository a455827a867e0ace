//! The measurements themselves: what they print, and that the recorder they measure is whole.
#![cfg(feature = "gateway")]
#![allow(clippy::unwrap_used, reason = "a test ends where its means fail")]

mod district;

use district::{District, clip, finished};
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

fn figure(report: &Value, key: &str) -> f64 {
    report[key].as_f64().unwrap_or_else(|| panic!("{key} is no number in {report}"))
}

#[tokio::test]
async fn the_recorder_is_measured_and_loses_no_picture() {
    let district = District::new().await;
    let film = clip(&district.path("film.mp4"), "libx264", "320x240");
    let mut command = district::binary();
    command.args(["bench", "ingest", "--cameras", "3", "--seconds", "3", "--paced", "--json", "--clip"]).arg(film);
    let output = timeout(Duration::from_secs(120), command.output()).await.expect("it ends").unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["cameras"], &report["paced"]), (&3.into(), &true.into()));
    assert_eq!(report["frames_lost"], 0, "{report}");
    // three cameras at 10 pictures a second; a busy machine measures longer, never shorter
    assert!(figure(&report, "frames_sent") >= 80.0, "{report}");
    assert!(figure(&report, "mb_per_camera") > 0.0, "{report}");
    let floor = &report["peers"]["floor"];
    assert_eq!(floor["frames_lost"], Value::Null, "{report}");
    let (ours, theirs) = (figure(&report, "cpu_percent_per_camera"), figure(floor, "cpu_percent_per_camera"));
    // so few pictures may cost less than the system counts
    match report["ratios"]["floor"].as_f64() {
        Some(ratio) => assert!((ratio - ours / theirs).abs() <= 0.01 * ratio, "{report}"),
        None => assert!(theirs == 0.0, "{report}"),
    }
}

#[tokio::test]
async fn a_film_that_is_none_is_named_with_the_remedy() {
    let output =
        finished(&["bench", "ingest", "--cameras", "1", "--seconds", "2", "--clip", "/nowhere/film.mp4"]).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("/nowhere/film.mp4") && said.contains("give an MP4 file"), "{said}");
}

#[tokio::test]
async fn a_peer_that_is_not_installed_is_named_with_the_remedy() {
    let mut command = district::binary();
    command.args(["bench", "ingest", "--against", "gstreamer"]).env("PATH", "/nowhere");
    let output = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("gst-launch-1.0") && said.contains("install gstreamer1.0-tools"), "{said}");
}

#[cfg(feature = "web")]
#[tokio::test]
async fn playback_is_measured_over_http_on_a_small_archive() {
    let district = District::new().await;
    let film = clip(&district.path("film.mp4"), "libx264", "320x240");
    let mut command = district::binary();
    command.args(["bench", "playback", "--cameras", "1", "--days", "1", "--requests", "8", "--json", "--clip"]);
    let output = timeout(Duration::from_secs(120), command.arg(film).output()).await.expect("it ends").unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_str(String::from_utf8(output.stdout).unwrap().trim()).unwrap();
    assert!(figure(&report, "segments") > 1000.0, "{report}");
    let measures = report["measures"].as_array().unwrap();
    let names: Vec<_> = measures.iter().map(|measure| measure["what"].as_str().unwrap()).collect();
    for what in ["timeline_month", "timeline_day", "timeline_hour", "days", "playlist", "seek", "still"] {
        assert_eq!(names.iter().filter(|name| **name == what).count(), 2, "alone and together: {names:?}");
    }
    for measure in measures {
        assert_eq!(measure["requests"], 8);
        assert!(figure(measure, "p50_ms") > 0.0 && figure(measure, "p50_ms") <= figure(measure, "p99_ms"), "{measure}");
        assert!(figure(measure, "mean_bytes") > 50.0, "an answer: {measure}");
    }
}
