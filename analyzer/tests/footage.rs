//! Plays the footage through the whole chain, as cameras would send it, and compares with its truth.
//!
//! `MINGCHU_TEST_CLIPS` names another folder of clips; `--nocapture` prints what was judged of each head.

mod play;

use play::{Clip, Report, models};

#[test]
fn the_violations_of_each_clip_are_found_and_nothing_else() {
    let Some(mut detector) = models() else { return };
    let clips = Clip::all();
    if clips.is_empty() {
        println!("skipped: no clips in tests/footage/clips");
        return;
    }
    let mut wrong = Vec::new();
    for clip in &clips {
        let report: Report = clip.play(&mut detector, 3);
        println!("{report}");
        if report.found() != clip.expected() {
            wrong.push(format!("{}: found {:?}, expected {:?}", clip.name, report.found(), clip.expected()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_replayed_clip_gives_the_same_findings() {
    let Some(mut detector) = models() else { return };
    let Some(clip) = Clip::all().into_iter().next() else { return };
    let mut run = || serde_json::to_string(&clip.play(&mut detector, 1).findings).unwrap();
    assert_eq!(run(), run());
}
