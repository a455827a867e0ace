#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

use super::{
    conversation::Program,
    finder::{Finder, Patience},
    wire::{self, Answer, MOST_PIXELS, Question},
};
use crate::{
    Config, Picture,
    detect::{Class, DetectError, Detector, Scene, Thing},
    track::Person,
};
use bytes::Bytes;
use mingchu_domain::{geometry::BBox, time::WallTime};
use proptest::prelude::*;
use std::{
    io::{Cursor, ErrorKind},
    path::PathBuf,
    time::{Duration, Instant},
};

const SHORT: Patience = Patience {
    start: Duration::from_secs(5),
    answer: Duration::from_secs(1),
    quiet: Duration::from_secs(60),
    first_pause: Duration::from_millis(100),
    longest_pause: Duration::from_millis(350),
    steady: Duration::from_secs(60),
};

fn picture(width: u32, height: u32) -> Picture {
    let bytes = vec![7; (width * height * 3) as usize];
    Picture::new(WallTime::default(), width, height, Bytes::from(bytes)).unwrap()
}

/// A process that does what `script` says instead of looking for people.
fn shell(script: &str) -> Program {
    Program { path: "/bin/sh".into(), arguments: vec!["-c".into(), script.into()] }
}

fn finder(script: &str) -> Finder {
    Finder::with_patience(shell(script), &Config::default(), SHORT)
}

fn why(asked: Result<Option<Scene>, DetectError>) -> String {
    asked.unwrap_err().to_string()
}

/// An answer as the process writes it, for `printf`.
fn text(json: &str) -> String {
    let length = u32::try_from(json.len()).unwrap().to_le_bytes();
    let length: String = length.iter().map(|byte| format!("\\{byte:03o}")).collect();
    format!("printf '{length}{json}'")
}

fn ready() -> String {
    text("\"ready\"")
}

/// Asks until the pause after a fall is over.
fn after_the_pause(finder: &mut Finder) -> Result<Option<Scene>, DetectError> {
    let begun = Instant::now();
    loop {
        let asked = finder.scene(&picture(16, 8));
        let is_pausing = matches!(&asked, Err(error) if error.to_string().ends_with("is not there"));
        if !is_pausing || begun.elapsed() > Duration::from_secs(10) {
            return asked;
        }
        std::thread::yield_now();
    }
}

#[test]
fn whatever_the_process_does_instead_of_answering_is_an_error_and_never_an_answer() {
    let nobody = text(r#"{"found":{"number":1,"persons":[],"heads":null}}"#);
    let other = text(r#"{"found":{"number":7,"persons":[],"heads":null}}"#);
    let outside = text(r#"{"found":{"number":1,"persons":[{"box":[0.1,0.1,9.0,0.5],"score":0.9}],"heads":null}}"#);
    let reversed = text(r#"{"found":{"number":1,"persons":[{"box":[0.9,0.1,0.1,0.5],"score":0.9}],"heads":null}}"#);
    let blind = text(r#"{"blind":{"why":"no models"}}"#);
    let cases = [
        ("exit 3".to_owned(), "has died"),
        ("exec sleep 60".to_owned(), "does not answer"),
        ("exec cat".to_owned(), "cannot be understood"),
        ("printf '\\377\\377\\377\\377'; exec sleep 60".to_owned(), "too long"),
        (format!("{blind}; exec sleep 60"), "cannot look: no models"),
        (format!("{nobody}; exec sleep 60"), "answers out of turn"),
        (format!("{}; exec sleep 60", ready()), "does not answer"),
        (format!("{}; head -c 100 >/dev/null; exit 0", ready()), "has died"),
        (format!("{}; {other}; exec sleep 60", ready()), "answers out of turn"),
        (format!("{}; {outside}; exec sleep 60", ready()), "answers nonsense"),
        (format!("{}; {reversed}; exec sleep 60", ready()), "answers nonsense"),
    ];
    for (script, expected) in cases {
        let said = why(finder(&script).scene(&picture(16, 8)));
        assert!(said.contains(expected), "{script}: {said}");
    }
    let missing = Program { path: "/nowhere/mingchu".into(), arguments: Vec::new() };
    let said = why(Finder::with_patience(missing, &Config::default(), SHORT).scene(&picture(16, 8)));
    assert!(said.contains("cannot be started"), "{said}");
}

#[test]
fn a_process_that_answers_is_believed() {
    // reads the settings and, once it is ready, one small picture by dd, which takes what is there
    let script = format!(
        "dd bs=65536 count=1 2>/dev/null >/dev/null; {}; dd bs=65536 count=1 2>/dev/null >/dev/null; {}; exec sleep 60",
        ready(),
        text(r#"{"found":{"number":1,"persons":[{"box":[0.1,0.2,0.3,0.4],"score":0.5}],"heads":[]}}"#),
    );
    let mut asked = finder(&script);
    let scene = asked.scene(&picture(16, 8)).unwrap().unwrap();
    let bbox = BBox { x1: 0.1, y1: 0.2, x2: 0.3, y2: 0.4 };
    assert_eq!(scene, Scene { persons: vec![Person { bbox, score: 0.5 }], heads: Some(vec![]), things: vec![] });
}

#[test]
fn a_process_that_nobody_asks_is_ended_and_another_answers_the_next_question() {
    let folder = tempfile::tempdir().unwrap();
    let (starts, pid) = (folder.path().join("starts"), folder.path().join("pid"));
    // the question that finds nobody there is asked again under the next number
    let answer = text(r#"{"found":{"number":N,"persons":[],"heads":null}}"#).replace('N', "'$n'");
    let script = format!(
        "echo $$ > {pid}; echo >> {starts}; n=$((2 * $(wc -l < {starts}) - 1)); dd bs=65536 count=1 2>/dev/null >/dev/null; {}; \
         dd bs=65536 count=1 2>/dev/null >/dev/null; {answer}; exec sleep 60",
        ready(),
        pid = pid.display(),
        starts = starts.display(),
    );
    let patience = Patience { quiet: Duration::from_millis(100), ..SHORT };
    let mut finder = Finder::with_patience(shell(&script), &Config::default(), patience);
    for starts_so_far in 1..=2 {
        assert_eq!(finder.scene(&picture(16, 8)).unwrap(), Some(Scene::default()));
        assert_eq!(std::fs::read_to_string(&starts).unwrap().lines().count(), starts_so_far);
        let number = std::fs::read_to_string(&pid).unwrap().trim().to_owned();
        let (process, begun) = (PathBuf::from(format!("/proc/{number}")), Instant::now());
        while process.exists() {
            assert!(begun.elapsed() < Duration::from_secs(10), "process {number} is left");
            std::thread::yield_now();
        }
    }
}

#[test]
fn the_pause_grows_with_each_fall_and_nothing_is_started_in_between() {
    let folder = tempfile::tempdir().unwrap();
    let starts = folder.path().join("starts");
    let mut finder = finder(&format!("echo >> {}; exit 1", starts.display()));
    let (mut pauses, mut begun) = (Vec::new(), Instant::now());
    assert!(why(finder.scene(&picture(16, 8))).contains("has died"));
    for _ in 0..4 {
        assert!(why(after_the_pause(&mut finder)).contains("has died"));
        pauses.push(begun.elapsed());
        begun = Instant::now();
    }
    let least = [100, 200, 350, 350].map(Duration::from_millis);
    assert!(pauses.iter().zip(least).all(|(pause, least)| *pause >= least), "{pauses:?}");
    assert_eq!(std::fs::read_to_string(&starts).unwrap().lines().count(), 5);
}

#[test]
fn a_stopped_finder_has_no_process_and_starts_none() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!("echo $$ > {}; {}; exec sleep 60", pid.display(), ready());
    let mut finder = finder(&script);
    let stopper = finder.stopper();
    // it does not answer, so that it is dying or dead now
    assert!(finder.scene(&picture(16, 8)).is_err());
    stopper.stop();
    let number = std::fs::read_to_string(&pid).unwrap().trim().to_owned();
    assert!(!std::path::Path::new(&format!("/proc/{number}")).exists(), "process {number} is left, or its zombie");
    assert!(after_the_pause(&mut finder).is_err());
    assert_eq!(std::fs::read_to_string(&pid).unwrap().trim(), number, "another was started");
}

#[test]
fn sizes_are_checked_before_there_is_room_for_them() {
    let question = |number: u32, width: u32, height: u32| {
        [number, width, height].iter().flat_map(|part| part.to_le_bytes()).collect::<Vec<u8>>()
    };
    for (width, height) in [(0, 5), (5, 0), (u32::MAX, u32::MAX), (4000, 1001)] {
        let error = wire::read_question(&mut Cursor::new(question(1, width, height))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{width}x{height}");
    }
    let cut = wire::read_question(&mut Cursor::new(question(1, 4, 4))).unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::UnexpectedEof);
    assert!(wire::read_question(&mut Cursor::new(Vec::new())).unwrap().is_none());
    let long = wire::read_text::<Answer>(&mut Cursor::new(65_537u32.to_le_bytes().to_vec())).unwrap_err();
    assert_eq!(long.kind(), ErrorKind::InvalidData);
    let large = Question { number: 1, picture: picture(2001, 2000) };
    assert!(u64::from(2001u32 * 2000) > MOST_PIXELS);
    assert!(wire::write_question(&mut Vec::new(), &large).is_err());
}

proptest! {
    #[test]
    fn questions_and_answers_come_over_whole(number: u32, (width, height) in (1u32..40, 1u32..40), x in 0.0f32..0.5, score in 0.0f32..1.0) {
        let mut pipe = Vec::new();
        wire::write_question(&mut pipe, &Question { number, picture: picture(width, height) }).unwrap();
        let read = wire::read_question(&mut Cursor::new(pipe)).unwrap().unwrap();
        prop_assert_eq!((read.number, read.picture.width(), read.picture.bgr().len()), (number, width, (width * height * 3) as usize));
        let bbox = BBox { x1: x, y1: 0.1, x2: x + 0.5, y2: 1.0 };
        let head = Thing { class: Class::Head, bbox, score };
        let scene = Scene { persons: vec![Person { bbox, score }; 3], heads: Some(vec![head]), things: vec![] };
        let mut pipe = Vec::new();
        wire::write_text(&mut pipe, &Answer::found(number, &scene)).unwrap();
        let Answer::Found { number: of, persons, heads } = wire::read_text(&mut Cursor::new(pipe)).unwrap() else {
            return Err(TestCaseError::fail("another answer"));
        };
        prop_assert_eq!((of, wire::scene(persons, heads)), (number, Some(scene)));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(wire::read_text::<Answer>(&mut Cursor::new(&bytes)));
        drop(wire::read_question(&mut Cursor::new(&bytes)));
    }
}
