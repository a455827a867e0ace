//! What the change gate lets pass of the footage: next to nothing of a still kitchen, and everybody who comes in.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

mod play;

use mingchu_analyzer::{
    cv,
    gate::{ChangeGate, HEIGHT, WIDTH},
};
use mingchu_domain::time::WallTime;
use play::Clip;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(5);
/// The sub stream is looked at twice a second; whoever comes in is seen in the next picture or the one after.
const SOON: Duration = Duration::from_millis(1050);
/// A sliver of a shoulder at the picture's edge is nobody yet.
const SOMEBODY: f32 = 0.3;

/// Plays the sub stream through a gate that knows of nobody, the hardest case; returns when it let a picture pass.
fn looks(clip: &Clip) -> Vec<Duration> {
    let mut gate = ChangeGate::default();
    let passes = |picture: &mingchu_analyzer::Picture| {
        let grey = cv::small_grey(picture, i32::from(WIDTH), i32::from(HEIGHT)).unwrap();
        gate.is_worth_a_look(picture.at(), grey, false, EVERY)
    };
    let mut pictures = clip.sub_pictures();
    let mut passes = passes;
    pictures.retain(|picture| passes(picture));
    pictures.iter().map(|picture| picture.at().since(WallTime::default())).collect()
}

#[test]
fn whoever_comes_in_is_looked_at_at_once() {
    let mut arrivals = 0;
    for clip in Clip::all() {
        let looks = looks(&clip);
        let mut known: Vec<String> = Vec::new();
        for step in 0..clip.length().as_millis() / 100 {
            let since = Duration::from_millis(u64::try_from(step).unwrap() * 100);
            for (who, _, visible) in clip.persons(since) {
                if visible < SOMEBODY || known.contains(&who) || since + SOON > clip.length() {
                    continue;
                }
                let is_seen = looks.iter().any(|&look| look >= since && look <= since + SOON);
                assert!(is_seen, "{}: {who} came in at {since:?}, looks at {looks:?}", clip.name);
                known.push(who);
                arrivals += 1;
            }
        }
    }
    assert!(arrivals >= 6, "{arrivals} arrivals in the footage");
}

#[test]
fn a_kitchen_without_anybody_is_looked_at_once_in_five_seconds() {
    let mut still = 0;
    for clip in Clip::all() {
        let is_empty = |since: &Duration| clip.persons(*since).is_empty();
        let tenths =
            (0..clip.length().as_millis() / 100).map(|n| Duration::from_millis(u64::try_from(n).unwrap() * 100));
        let empty_until = tenths.take_while(is_empty).last().unwrap_or_default();
        if clip.name == "bin_open" || empty_until < EVERY {
            continue;
        }
        let wasted = looks(&clip).iter().filter(|&&look| look < empty_until).count();
        let needed = usize::try_from(empty_until.as_secs() / EVERY.as_secs()).unwrap() + 1;
        assert_eq!(wasted, needed, "{}: nobody until {empty_until:?}", clip.name);
        still += 1;
    }
    assert!(still >= 1, "no clip begins without anybody");
}
