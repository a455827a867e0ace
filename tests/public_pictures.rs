//! Public pictures of the real binary, read pixel by pixel as a parent's browser gets them, while the process that looks
//! for people is stopped, killed, and ended with the server.
//!
//! The camera shows nothing but fine detail that changes in every picture: a treated picture is tiles all over, so that
//! a single untreated one would show.
#![cfg(all(feature = "gateway", feature = "analyzer", feature = "web"))]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test ends where its means fail, and says its figures")]

mod district;
#[path = "../analyzer/tests/veil/mod.rs"]
mod veil;
mod viewer;

use mingchu_analyzer::{
    Config, Picture,
    detect::{
        Detector, Networks, Runtime,
        apart::{Finder, Program},
    },
    find,
    models::ModelSet,
};
use mingchu_domain::time::WallTime;
use std::{
    io::Write,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use viewer::{Server, Viewer, detail, has_models, is_there, restless, signal};

const ONE_SECOND: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn whatever_becomes_of_the_process_that_looks_no_untreated_picture_leaves() {
    if !has_models() {
        return;
    }
    let mut server = Server::start().await;
    assert!(detail(&restless(&server)) > 40.0, "the camera's own picture is full of detail");
    assert!(server.finders().is_empty(), "nobody watches, nobody looks");
    let mut viewer = Viewer::open(&server).await;
    viewer.until(false).await;
    let mut waits = Vec::new();

    let first = server.finder();
    waits.push(viewer.card_after(|| signal("-STOP", first)).await);
    signal("-CONT", first);
    viewer.until(false).await;

    let second = server.finder();
    waits.push(viewer.card_after(|| signal("-STOP", second)).await);
    // it stays stopped: another takes its place
    viewer.until(false).await;
    let third = server.finder();
    assert!(third != second && !is_there(second), "{second} is replaced by {third} and has no zombie");

    waits.push(viewer.card_after(|| signal("-KILL", third)).await);
    viewer.until(false).await;
    println!("from the signal to the card: {waits:?}");
    // The best of three: a busy machine may be late by itself.
    assert!(waits.iter().min().unwrap() <= &ONE_SECOND, "{waits:?}");

    signal("-STOP", server.pid());
    viewer.silent_for(ONE_SECOND).await;
    signal("-CONT", server.pid());
    viewer.until(false).await;

    let last = server.finder();
    server.interrupt_all().await;
    assert!(!is_there(last), "the process is gone with its server");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_process_does_not_outlive_a_server_that_is_killed() {
    if !has_models() {
        return;
    }
    let server = Server::start().await;
    let mut viewer = Viewer::open(&server).await;
    viewer.until(false).await;
    let finder = server.finder();
    signal("-STOP", finder);
    signal("-KILL", server.pid());
    let begun = Instant::now();
    while is_there(finder) {
        assert!(begun.elapsed() < Duration::from_secs(20), "process {finder} is left");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn the_process_sees_what_the_server_would_see_itself() {
    if !has_models() {
        return;
    }
    let config = Config::default();
    let program = Program { path: env!("CARGO_BIN_EXE_mingchu").into(), arguments: vec!["finder".into()] };
    let mut apart = Finder::new(program, &config);
    let set = ModelSet::read(&find::models(None).unwrap());
    let (mut here, _) = Networks::read_finder(&Runtime::choose(&config).unwrap(), &set, 1);
    let mut found = 0;
    for second in [1, 4, 8] {
        let picture = still("serving_compliant.sub.mp4", second);
        let (apart, here) = (apart.scene(&picture).unwrap().unwrap(), here.scene(&picture).unwrap().unwrap());
        assert_eq!((&apart.persons, &apart.heads), (&here.persons, &here.heads));
        found += apart.persons.len() + apart.heads.map_or(0, |heads| heads.len());
    }
    assert!(found > 0, "there is somebody in the pictures");
}

/// Returns a picture of a clip.
fn still(clip: &str, second: u32) -> Picture {
    let file = format!("{}/tests/footage/clips/{clip}", env!("CARGO_MANIFEST_DIR"));
    let ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-ss", &second.to_string(), "-i", &file, "-frames:v", "1"])
        .args(["-vf", "scale=640:360", "-pix_fmt", "bgr24", "-f", "rawvideo", "-"])
        .output()
        .unwrap();
    Picture::new(WallTime::default(), 640, 360, ffmpeg.stdout.into()).unwrap()
}

#[test]
fn the_process_ends_with_its_input_and_says_what_it_does_not_understand() {
    let run = |input: &[u8]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingchu"));
        command.arg("finder").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    };
    for (name, input) in [("nothing", &b""[..]), ("a huge text", &[255; 12]), ("no settings", b"\x02\0\0\0ab")] {
        let output = run(input);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains("starts this command itself"), "{name}: {said}");
        assert!(output.stdout.is_empty(), "{name}");
    }
    let settings = br#"{"models":"/nowhere"}"#;
    let blind = run(&[&[u8::try_from(settings.len()).unwrap(), 0, 0, 0][..], settings].concat());
    assert!(blind.status.success(), "{}", String::from_utf8_lossy(&blind.stderr));
    assert!(String::from_utf8_lossy(&blind.stdout).contains("no model for persons"));
}
