//! Files through the decoder: every picture of H.264 and H.265, key units alone, and what is no video.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

use mingchu_analyzer::{
    Picture,
    decode::{Decoder, Output, Pace, read_clip},
};
use mingchu_domain::{media::AccessUnit, time::WallTime};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tokio::sync::mpsc;

const START: WallTime = WallTime::from_micros(1_763_700_000_000_000);

/// Encodes three seconds of moving bars, 10 pictures a second, a key unit each second.
fn bars(folder: &Path, encoder: &str, size: &str) -> PathBuf {
    let path = folder.join(format!("{encoder}-{size}.mp4"));
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-f", "lavfi", "-i", &format!("testsrc2=size={size}:rate=10"), "-t", "3", "-g", "10"]);
    ffmpeg.args(["-c:v", encoder, "-preset", "ultrafast", "-bf", "0", "-pix_fmt", "yuv420p"]);
    if encoder == "libx265" {
        ffmpeg.args(["-x265-params", "log-level=error:bframes=0:keyint=10:scenecut=0", "-tag:v", "hvc1"]);
    }
    assert!(ffmpeg.arg(&path).status().unwrap().success());
    path
}

fn decode(units: impl Iterator<Item = AccessUnit>, every_ms: u64, width_at_most: u32) -> Vec<Picture> {
    let output = Output { pace: Pace::File, width_at_most, every: Duration::from_millis(every_ms) };
    let (sender, mut pictures) = mpsc::channel(1000);
    let mut decoder: Option<Decoder> = None;
    for unit in units {
        decoder
            .get_or_insert_with(|| Decoder::start(&unit.parameters, START, output, sender.clone()).unwrap())
            .push(&unit)
            .unwrap();
    }
    decoder.unwrap().finish().unwrap();
    drop(sender);
    std::iter::from_fn(|| pictures.blocking_recv()).collect()
}

fn seconds(pictures: &[Picture]) -> Vec<f32> {
    pictures.iter().map(|picture| picture.at().since(START).as_secs_f32()).collect()
}

#[test]
fn both_codecs_are_decoded_whole_and_by_key_units() {
    let folder = tempfile::tempdir().unwrap();
    for encoder in ["libx264", "libx265"] {
        let path = bars(folder.path(), encoder, "960x540");
        let units = || read_clip(&path, START).unwrap().map(Result::unwrap);
        assert_eq!(units().count(), 30, "{encoder}");
        let all = decode(units(), 0, u32::MAX);
        assert_eq!((all.len(), all[0].width(), all[0].height()), (30, 960, 540), "{encoder}");
        let keys = decode(units().filter(|unit| unit.is_key), 0, u32::MAX);
        assert_eq!(seconds(&keys), [0.0, 1.0, 2.0], "{encoder}");
    }
}

#[test]
fn only_due_pictures_come_out_scaled() {
    let folder = tempfile::tempdir().unwrap();
    let path = bars(folder.path(), "libx264", "960x540");
    let due = decode(read_clip(&path, START).unwrap().map(Result::unwrap), 500, 640);
    assert_eq!(seconds(&due), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
    assert_eq!((due[0].width(), due[0].height()), (640, 360));
}

#[test]
fn rows_whose_length_needs_padding_are_packed() {
    let folder = tempfile::tempdir().unwrap();
    let path = bars(folder.path(), "libx264", "646x362");
    let pictures = decode(read_clip(&path, START).unwrap().map(Result::unwrap), 1000, u32::MAX);
    assert_eq!((pictures.len(), pictures[0].width(), pictures[0].bgr().len()), (3, 646, 646 * 362 * 3));
}

#[test]
fn a_file_without_video_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("menu.mp4");
    std::fs::write(&path, b"no video at all, but long enough to be looked into").unwrap();
    let error = read_clip(&path, START).unwrap().next().unwrap().unwrap_err();
    assert!(error.to_string().contains("menu.mp4 has no H.264 or H.265 video"), "{error}");
    let missing = read_clip(&folder.path().join("gone.mp4"), START);
    let error = missing.map_or_else(|error| error, |mut units| units.next().unwrap().unwrap_err());
    assert!(error.to_string().contains("gone.mp4"), "{error}");
}

#[test]
fn a_broken_unit_does_not_end_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let path = bars(folder.path(), "libx264", "960x540");
    let mut units: Vec<AccessUnit> = read_clip(&path, START).unwrap().map(Result::unwrap).collect();
    let mut torn = units[5].data.to_vec();
    let middle = torn.len() / 2;
    torn[middle..].fill(0x5a);
    units[5].data = torn.into();
    assert!(decode(units.into_iter(), 0, u32::MAX).len() >= 20);
}
