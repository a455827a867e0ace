//! What the camera watch says of the footage: nothing of it as it is, with noise, drifting exposure and compression;
//! and each trouble by its name when it is tampered with.
//!
//! `MINGCHU_TEST_CLIPS` names another folder of clips; `--nocapture` prints the measures.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "clippy knows test functions, not their helpers")]

mod play;

use mingchu_analyzer::{
    Picture, cv,
    health::{HEIGHT, Limits, Minute, Monitor, Trouble, WIDTH, is_infrared},
};
use mingchu_domain::{geometry::BBox, rule::RulePack, time::WallTime};
use play::Clip;
use std::time::Duration;

const WHOLE: BBox = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };

/// A grey picture of the watch's size.
struct Still {
    grey: Vec<u8>,
    is_infrared: bool,
}

/// Returns the clip's sub stream, two pictures a second.
fn stills(clip: &Clip, jpeg_quality: Option<u8>) -> Vec<Still> {
    let still = |picture: &Picture| {
        let again = jpeg_quality.map(|quality| {
            let jpeg = cv::jpeg(picture, WHOLE, u32::MAX, quality).unwrap();
            cv::read_jpeg(&jpeg, picture.at()).unwrap().unwrap()
        });
        let picture = again.as_ref().unwrap_or(picture);
        let grey = cv::small_grey(picture, i32::from(WIDTH), i32::from(HEIGHT)).unwrap();
        Still { grey, is_infrared: is_infrared(picture.bgr()) }
    };
    clip.sub_pictures().iter().map(still).collect()
}

/// Plays the clip in a loop for `seconds`; from second 95 on each picture goes through `tamper` with its number.
fn watch(stills: &[Still], seconds: u64, tamper: impl Fn(&[u8], usize) -> Vec<u8>) -> Vec<Minute> {
    let mut monitor = Monitor::new(Limits::of(&RulePack::national()));
    let start = WallTime::from_micros(1_763_700_000_000_000);
    let mut minutes = Vec::new();
    for number in 0..usize::try_from(seconds * 2).unwrap() {
        let at = start + Duration::from_millis(500) * u32::try_from(number).unwrap();
        if !monitor.wants(at) {
            continue;
        }
        let still = &stills[number % stills.len()];
        let grey = if number < 190 { still.grey.clone() } else { tamper(&still.grey, number) };
        minutes.extend(monitor.take(at, grey, still.is_infrared));
    }
    minutes
}

fn noisy(grey: &[u8], seed: usize, gain: f32, noise: f32) -> Vec<u8> {
    let mut state = (seed as u32).wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let level = |&g: &u8| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let speckle = ((state >> 16) as f32 / 32_767.5 - 1.0) * noise;
        (f32::from(g) * gain + speckle).clamp(0.0, 255.0) as u8
    };
    grey.iter().map(level).collect()
}

fn blurred(grey: &[u8], radius: usize) -> Vec<u8> {
    let (w, h) = (usize::from(WIDTH), usize::from(HEIGHT));
    let mean = |source: &[u8], length: usize, at: &dyn Fn(usize, usize) -> usize| {
        let mut out = vec![0; w * h];
        for line in 0..w * h / length {
            for i in 0..length {
                let (from, to) = (i.saturating_sub(radius), (i + radius).min(length - 1));
                let sum: usize = (from..=to).map(|k| usize::from(source[at(line, k)])).sum();
                out[at(line, i)] = (sum / (to - from + 1)) as u8;
            }
        }
        out
    };
    let across = mean(grey, w, &|line, i| line * w + i);
    mean(&across, h, &|line, i| i * w + line)
}

#[test]
fn normal_footage_has_no_trouble_also_with_noise_drift_and_compression() {
    let mut wrong = Vec::new();
    for clip in Clip::all() {
        for (name, quality, noise) in [("as it is", None, 0.0), ("noise, drift, compression", Some(25), 5.0)] {
            let stills = stills(&clip, quality);
            let drift = |n: usize| if noise > 0.0 { 0.8 + 0.4 * (n % 400) as f32 / 400.0 } else { 1.0 };
            let minutes = watch(&stills, 310, |grey, n| noisy(grey, n, drift(n), noise));
            let kept: Vec<String> = minutes.iter().map(|m| format!("{:.2}", m.measure.value)).collect();
            println!("{} {name}: edges kept {}", clip.name, kept.join(" "));
            let troubles: Vec<Trouble> = minutes.iter().filter_map(|minute| minute.trouble).collect();
            if minutes.len() < 4 || !troubles.is_empty() {
                wrong.push(format!("{} {name}: {troubles:?} in {} minutes", clip.name, minutes.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

type Tamper = Box<dyn Fn(&[u8], usize) -> Vec<u8>>;

#[test]
fn each_trouble_is_found_in_the_footage_within_five_minutes() {
    let (w, h) = (usize::from(WIDTH), usize::from(HEIGHT));
    let half = move |grey: &[u8], n: usize| {
        let covered = |(i, &g): (usize, &u8)| if i % w < w * 6 / 10 { 88 } else { g };
        noisy(&grey.iter().enumerate().map(covered).collect::<Vec<u8>>(), n, 1.0, 2.0)
    };
    let moved = move |grey: &[u8], n: usize| {
        let aside = |i: usize| grey[(i / w + 25) % h * w + (i % w + 70) % w];
        noisy(&(0..w * h).map(aside).collect::<Vec<u8>>(), n, 1.0, 2.0)
    };
    let cases: [(Trouble, Tamper); 6] = [
        (Trouble::Black, Box::new(|grey, n| noisy(grey, n, 0.02, 2.0))),
        (Trouble::Covered, Box::new(move |grey, n| noisy(&vec![120; grey.len()], n, 1.0, 2.0))),
        (Trouble::Covered, Box::new(half)),
        (Trouble::Moved, Box::new(moved)),
        (Trouble::Blur, Box::new(|grey, n| noisy(&blurred(&blurred(grey, 4), 4), n, 1.0, 1.0))),
        (Trouble::Frozen, Box::new(|grey, _| grey.to_vec())),
    ];
    let mut wrong = Vec::new();
    for clip in Clip::all() {
        let stills = stills(&clip, None);
        for (trouble, tamper) in &cases {
            let still = stills[0].grey.clone();
            let frozen: Tamper = Box::new(move |_, _| still.clone());
            let tamper = if *trouble == Trouble::Frozen { &frozen } else { tamper };
            let minutes = watch(&stills, 310, tamper);
            let start = WallTime::from_micros(1_763_700_000_000_000) + Duration::from_secs(95);
            let hits: Vec<&Minute> = minutes.iter().filter(|minute| minute.trouble == Some(*trouble)).collect();
            let found = hits.get(2).map(|minute| minute.at.since(start).as_secs());
            let measures: Vec<String> = hits.iter().map(|m| format!("{:.3}", m.measure.value)).collect();
            println!("{} {trouble:?}: found after {found:?} s, measured {}", clip.name, measures.join(" "));
            if found.is_none_or(|after| after > 300) {
                let seen: Vec<Option<Trouble>> = minutes.iter().map(|minute| minute.trouble).collect();
                wrong.push(format!("{} {trouble:?}: {seen:?}", clip.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
