//! What plays without faults.

use crate::{
    clip::{FRAMES_PER_SECOND, free_port, make, simulator},
    reader::{How, Reader, assert_continuous},
    tools::{DELTA_SLICE, first_slice_kind},
};
use mingchu_domain::media::StreamKind::{Main, Sub};
use mingchu_gateway::sim::{self, Clip, Config, Pacing, SimError, Start};
use std::error::Error;

const TICKS_PER_FRAME: i64 = 90_000 / FRAMES_PER_SECOND as i64;

#[tokio::test]
async fn no_picture_is_lost_over_clip_loops() {
    let (sim, _clips) = simulator().await;
    for (camera, udp) in [(1, false), (2, false), (1, true), (2, true)] {
        let how = How { udp, ..How::default() };
        let mut reader = Reader::open_as(&sim.url(camera, Main), how).await.unwrap();
        let seen = reader.read(35).await;
        assert!(seen[0].is_key, "camera {camera}");
        assert_continuous(&seen);
        assert!(seen.windows(2).all(|pair| pair[1].timestamp - pair[0].timestamp == TICKS_PER_FRAME));
        assert_eq!(seen.iter().map(|seen| seen.lost_packets).sum::<u16>(), 0);
    }
    sim.stop().await;
}

#[tokio::test]
async fn no_picture_is_lost_when_each_packet_comes_alone() {
    let clips = crate::clip::Clips::make();
    let sim = sim::start(Config { pacing: Pacing::Spread, ..clips.config() }).await.unwrap();
    for (camera, udp) in [(1, false), (2, false), (1, true), (2, true)] {
        let mut reader = Reader::open_as(&sim.url(camera, Main), How { udp, ..How::default() }).await.unwrap();
        let seen = reader.read(15).await;
        assert_continuous(&seen);
        assert_eq!(seen.iter().map(|seen| seen.lost_packets).sum::<u16>(), 0);
    }
    sim.stop().await;
}

#[tokio::test]
async fn viewers_of_a_camera_see_the_same_picture_and_cameras_differ() {
    let (sim, _clips) = simulator().await;
    let mut first = Reader::open(&sim.url(1, Main)).await;
    let mut second = Reader::open(&sim.url(1, Main)).await;
    let (first, second) = (first.read(15).await, second.read(15).await);
    let common = first.iter().filter(|seen| second.iter().any(|other| other.number == seen.number));
    assert!(common.count() >= 5);
    assert_eq!(sim.viewers(2, Main), 0);
    sim.stop().await;
}

#[tokio::test]
async fn the_sub_stream_is_the_file_beside_the_clip() {
    let (sim, _clips) = simulator().await;
    let seen = Reader::open(&sim.url(1, Sub)).await.read(3).await;
    assert_eq!(seen[0].size, (160, 120));
    let missing = Reader::open_as(&sim.url(2, Sub), How::default()).await.err().unwrap();
    assert!(missing.to_string().contains("404"), "{missing}");
    let unknown = Reader::open_as(&sim.url(3, Main), How::default()).await.err().unwrap();
    assert!(unknown.to_string().contains("404"), "{unknown}");
    sim.stop().await;
}

#[tokio::test]
async fn a_stream_may_start_between_key_pictures() {
    let clips = crate::clip::Clips::make();
    let sim = sim::start(Config { start: Start::AtOnce, ..clips.config() }).await.unwrap();
    // nine of ten pictures are no key pictures
    let mut kinds = Vec::new();
    while kinds.len() < 20 && !kinds.contains(&DELTA_SLICE) {
        kinds.push(first_slice_kind(&sim).await);
        tokio::time::sleep(std::time::Duration::from_millis(70)).await;
    }
    assert!(kinds.contains(&DELTA_SLICE), "{kinds:?}");
    sim.stop().await;
}

#[tokio::test]
async fn a_fragmented_clip_plays_too() {
    let folder = tempfile::tempdir().unwrap();
    let plain = make(folder.path(), "plain.mp4", "libx264", "320x240");
    let fragmented = folder.path().join("fragmented.mp4");
    let status = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&plain)
        .args(["-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof"])
        .arg(&fragmented)
        .status();
    assert!(status.unwrap().success());
    let sim = sim::start(Config::new(vec![Clip::of(fragmented)], 1, free_port())).await.unwrap();
    let seen = Reader::open(&sim.url(1, Main)).await.read(35).await;
    assert_continuous(&seen);
    assert!(seen.windows(2).all(|pair| pair[1].timestamp - pair[0].timestamp == TICKS_PER_FRAME));
    sim.stop().await;
}

#[tokio::test]
async fn a_clip_that_is_no_video_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("sound.mp4");
    let status = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac"])
        .arg(&sound)
        .status();
    assert!(status.unwrap().success());
    let text = folder.path().join("notes.mp4");
    std::fs::write(&text, "this is no film").unwrap();
    let mpeg4 = make(folder.path(), "old.mp4", "mpeg4", "320x240");
    let missing = folder.path().join("missing.mp4");
    let expected = [
        (sound, "the file has no video track"),
        (text, "the file is no MP4"),
        (mpeg4, "neither H.264 nor H.265"),
        (missing, "the file cannot be read"),
    ];
    for (path, cause) in expected {
        let error = sim::start(Config::new(vec![Clip::of(&path)], 1, free_port())).await.unwrap_err();
        assert!(matches!(&error, SimError::Clip { path: named, .. } if *named == path));
        assert!(error.to_string().contains("ffmpeg -i FILE"), "no remedy: {error}");
        assert!(error.source().unwrap().to_string().contains(cause), "{:?}", error.source());
    }
}

#[tokio::test]
async fn a_damaged_clip_is_played_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(make(folder.path(), "whole.mp4", "libx264", "160x120")).unwrap();
    let index_at = whole.windows(4).position(|four| four == b"moov").unwrap();
    let damaged = folder.path().join("damaged.mp4");
    let mut refused = 0;
    for step in 0..300 {
        let mut file = whole.clone();
        let at = index_at + step * 7919 % (whole.len() - index_at);
        file[at] ^= 1 << (step % 8);
        file[at / 2] = 0xff;
        std::fs::write(&damaged, &file[..file.len() - step % 3]).unwrap();
        match sim::start(Config::new(vec![Clip::of(&damaged)], 1, free_port())).await {
            Ok(sim) => sim.stop().await,
            Err(error) => {
                assert!(matches!(error, SimError::Clip { .. }), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let (sim, clips) = simulator().await;
    let taken = sim.address();
    let error = sim::start(Config { bind: taken, ..clips.config() }).await.unwrap_err();
    assert!(error.to_string().contains(&taken.to_string()), "{error}");
    sim.stop().await;
}
