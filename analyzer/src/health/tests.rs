use super::*;
use mingchu_domain::{rule::RulePack, time::WallTime};

const W: usize = WIDTH as usize;
const H: usize = HEIGHT as usize;

/// Speckle of a camera, the same for the same seed.
fn noise(seed: u32) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as f32 / 65_535.0 * 6.0 - 3.0
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn level(value: f32) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

/// A kitchen of benches and shelves, seen from `dx` pixels aside, without noise.
fn kitchen(dx: usize) -> Vec<f32> {
    let shelf = |x: usize, y: usize| {
        let (x, y) = ((x + dx) % W, y);
        match (x / 23 % 3, y / 17 % 3) {
            (0, 0) => 70.0,
            (1, 1) => 190.0,
            (2, _) if y > 90 => 40.0 + x as f32 * 0.3,
            _ => 120.0 + y as f32 * 0.2,
        }
    };
    (0..W * H).map(|i| shelf(i % W, i / W)).collect()
}

fn blurred(picture: &[f32], radius: usize) -> Vec<f32> {
    let along = |source: &[f32], length: usize, at: fn(usize, usize) -> usize| {
        let mut out = vec![0.0; W * H];
        for line in 0..W * H / length {
            for i in 0..length {
                let (from, to) = (i.saturating_sub(radius), (i + radius).min(length - 1));
                let sum: f32 = (from..=to).map(|k| source[at(line, k)]).sum();
                out[at(line, i)] = sum / (to - from + 1) as f32;
            }
        }
        out
    };
    let across = along(picture, W, |line, i| line * W + i);
    along(&across, H, |line, i| i * W + line)
}

fn view(picture: &[f32], seed: u32) -> Vec<u8> {
    let mut speckle = noise(seed);
    picture.iter().map(|&v| level(v + speckle())).collect()
}

fn at(second: u64) -> WallTime {
    WallTime::from_micros(1_763_700_000_000_000) + std::time::Duration::from_secs(second)
}

/// Plays a minute and a half of the usual kitchen, then `then` for five minutes; returns each minute's trouble.
fn play(then: impl Fn(u64) -> Vec<u8>) -> Vec<Option<Trouble>> {
    let mut monitor = Monitor::new(Limits::of(&RulePack::national()));
    let usual = kitchen(0);
    let mut minutes = Vec::new();
    for second in (0..310).step_by(10) {
        if monitor.wants(at(second)) {
            let seen = if second < 100 { view(&usual, u32::try_from(second).unwrap()) } else { then(second) };
            minutes.extend(monitor.take(at(second), seen, false).map(|minute| minute.trouble));
        }
    }
    minutes
}

fn seed(second: u64) -> u32 {
    u32::try_from(second).unwrap()
}

#[test]
fn a_usual_kitchen_has_no_trouble_also_when_the_light_changes() {
    let usual = kitchen(0);
    let lit = |second: u64| {
        let gain = 0.75 + 0.5 * ((second % 120) as f32 / 120.0);
        view(&usual.iter().map(|v| v * gain).collect::<Vec<_>>(), seed(second))
    };
    let minutes = play(lit);
    assert!(minutes.len() >= 4 && minutes.iter().all(Option::is_none), "{minutes:?}");
}

type Tamper = Box<dyn Fn(u64) -> Vec<u8>>;

#[test]
fn each_trouble_is_named_in_three_minutes_of_the_first_four() {
    let usual = kitchen(0);
    let half: Vec<f32> = usual.iter().enumerate().map(|(i, &v)| if i % W < W * 6 / 10 { 95.0 } else { v }).collect();
    let moved: Vec<f32> = kitchen(0).iter().rev().copied().collect();
    let dull = blurred(&usual, 9);
    let cases: [(Trouble, Tamper); 6] = [
        (Trouble::Black, Box::new(|s| view(&vec![3.0; W * H], seed(s)))),
        (Trouble::Covered, Box::new(|s| view(&vec![95.0; W * H], seed(s)))),
        (Trouble::Covered, Box::new(move |s| view(&half, seed(s)))),
        (Trouble::Moved, Box::new(move |s| view(&moved, seed(s)))),
        (Trouble::Blur, Box::new(move |s| view(&dull, seed(s)))),
        (Trouble::Frozen, Box::new(|_| view(&kitchen(0), 7))),
    ];
    for (trouble, then) in cases {
        let minutes = play(then);
        // Trouble begins at second 100; the minute that ends at 120 is mixed, those at 180, 240 and 300 are not.
        assert!(minutes[2..5].iter().all(|&minute| minute == Some(trouble)), "{trouble:?}: {minutes:?}");
    }
}

#[test]
fn a_cook_before_the_lens_for_half_a_minute_is_no_trouble() {
    let usual = kitchen(0);
    let minutes = play(|second| {
        let picture = if (200..230).contains(&second) { vec![140.0; W * H] } else { usual.clone() };
        view(&picture, seed(second))
    });
    assert!(minutes.iter().all(Option::is_none), "{minutes:?}");
}

#[test]
fn behind_a_covered_lens_nobody_can_be_judged_after_two_samples() {
    let mut monitor = Monitor::new(Limits::of(&RulePack::national()));
    let usual = kitchen(0);
    for second in (0..60).step_by(5) {
        monitor.take(at(second), view(&usual, seed(second)), false);
    }
    assert!(!monitor.is_obscured());
    for second in [60, 65] {
        assert!(!monitor.is_obscured());
        monitor.take(at(second), view(&vec![180.0; W * H], seed(second)), false);
    }
    assert!(monitor.is_obscured());
    for second in [70, 75] {
        monitor.take(at(second), view(&usual, seed(second)), false);
    }
    assert!(!monitor.is_obscured());
}

#[test]
fn a_camera_that_was_away_starts_a_new_minute() {
    let mut monitor = Monitor::new(Limits::of(&RulePack::national()));
    let usual = kitchen(0);
    for second in [0, 5, 10] {
        assert!(monitor.take(at(second), view(&usual, seed(second)), false).is_none());
    }
    assert!(monitor.take(at(1000), view(&usual, 1), false).is_none(), "three samples of sixteen minutes say nothing");
}
